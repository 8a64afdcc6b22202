// SPDX-License-Identifier: GPL-2.0-or-later
/* verb - a program of verbs: PROGRAM VERB [ARGUMENT]... [OPTION]... */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "mem.h"
#include "opt.h"
#include "verb.h"

static void help(const struct verb_prog *prog, FILE *to)
{
	fprintf(to, "%s - %s\n\nUsage: %s %s\n\nVerbs:\n", prog->name,
		prog->summary, prog->name, prog->usage);
	for (const struct verb *v = prog->verbs; v->name; v++)
		fprintf(to, "  %-10s %s\n", v->name, v->summary);
	fprintf(to, "\n%s VERB --help says more.\n\nEXAMPLES\n%s", prog->name,
		prog->examples);
}

static const char *known(const struct verb_prog *prog)
{
	static struct text list;

	text_free(&list);
	for (const struct verb *v = prog->verbs; v->name; v++)
		text_printf(&list, "%s%s", list.len ? " " : "", v->name);
	return list.s;
}

/* ARGV[0] is the verb. */
static int run(const struct verb *v, int argc, char **argv)
{
	const struct opt_prog prog = {
		.name = err_prog, .summary = v->summary, .usage = v->usage,
		.tables = { v->opts }, .more = v->more,
	};
	scoped char **arg = mem_get(argc + 1, sizeof(*arg));
	int nr = 0, at, ret;

	/* Arguments may stand before and behind the options. */
	while (nr + 1 < argc && argv[nr + 1][0] != '-') {
		arg[nr] = argv[nr + 1];
		nr++;
	}
	at = opt_parse(&prog, argc - nr, argv + nr);
	if (at < 0)
		return EXIT_BAD;
	for (at += nr; at < argc; at++)
		arg[nr++] = argv[at];
	ret = v->run(arg, nr);
	return err_end(ret);
}

static bool asks_help(const char *arg)
{
	return !strcmp(arg, "-h") || !strcmp(arg, "--help");
}

/* No verb at all: --help, --version, or what is wrong. */
static int no_verb(const struct verb_prog *prog, int argc, char **argv)
{
	static const struct opt none[] = { OPT_END };
	const struct opt_prog top = { .name = prog->name, .tables = { none } };

	if (argc < 2) {
		err_say("a verb is missing; known: %s", known(prog));
		return EXIT_BAD;
	}
	if (asks_help(argv[1])) {
		help(prog, stdout);
		return err_end(EXIT_OK);
	}
	if (argv[1][0] == '-' && opt_parse(&top, argc, argv) < 0)
		return EXIT_BAD;
	err_say("unknown verb '%s'; known: %s", argv[1], known(prog));
	return EXIT_BAD;
}

int verb_main(const struct verb_prog *prog, int argc, char **argv)
{
	static char name[64];

	err_prog = prog->name;
	for (const struct verb *v = prog->verbs; v->name && argc > 1; v++) {
		if (strcmp(argv[1], v->name))
			continue;
		snprintf(name, sizeof(name), "%s %s", prog->name, v->name);
		if (argc > 2 && asks_help(argv[2]))
			err_prog = name;
		return run(v, argc - 1, argv + 1);
	}
	return no_verb(prog, argc, argv);
}
