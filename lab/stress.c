// SPDX-License-Identifier: GPL-2.0-or-later
/* stress - the stress tests in guests: one test per kernel, as KTAP */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "arch.h"
#include "err.h"
#include "folder.h"
#include "opt.h"
#include "stress.h"
#include "tool.h"
#include "tree.h"

#define OOPS_FUNCTIONS 6
#define MAX_PLACES 40

static unsigned long opt_seed;
static double opt_time;
static const char *opt_out, *opt_mutate;

/* As the runner has them, which gets them in the guest. */
static const struct opt options[] = {
	{ "seed", OPT_UINT, &opt_seed, NULL, "1..9223372036854775807",
	  "drawn if not given" },
	{ "time", OPT_TIME, &opt_time, "600", "0.1..1000000",
	  "budget for all tests together" },
	{ "mutate", OPT_WORD, &opt_mutate, NULL, NULL,
	  "break the tests in this way, to see them fail" },
	{ "out", OPT_PATH, &opt_out, NULL, NULL,
	  "folder of what fails, instead of one below results/stress/" },
	OPT_END
};

static const struct opt_prog prog = {
	.name = "forkpath-lab stress KERNEL... --",
	.summary = "stress tests in virtual machines",
	.usage = "[OPTION]... [NAME[/HIERARCHY]]...",
	.tables = { options, NULL },
	.more = "EXAMPLES\n  forkpath-lab stress 6.12 -- --time 60 escape\n",
};

/* NAME or NAME/HIERARCHY: is the test NAME there? */
static bool is_test(const char *word)
{
	int len = strcspn(word, "/");
	char *path = tree_path("build/bench/stress/%.*s", len, word);
	bool there = len && !access(path, X_OK);

	free(path);
	return there;
}

/* Some tests by name, or all: is the one that loads the module asked for? */
static bool wants_module(char *const *names)
{
	bool named = false;

	for (; *names; names++) {
		if (!strcmp(*names, "kmod") || !strncmp(*names, "kmod/", 5))
			return true;
		named |= is_test(*names);
	}
	return !named;
}

static void add_words(struct strv *to, char *const *names)
{
	static const char *const command[] = {
		"build/forkpath-runner", "stress", "--out", STRESS_KEPT,
	};

	for (size_t i = 0; i < sizeof(command) / sizeof(*command); i++)
		strv_add(to, xstrdup(command[i]));
	strv_add(to, xprintf("--time=%.17g", opt_time));
	if (opt_seed)
		strv_add(to, xprintf("--seed=%lu", opt_seed));
	if (opt_mutate)
		strv_add(to, xprintf("--mutate=%s", opt_mutate));
	for (; *names; names++)
		strv_add(to, xstrdup(*names));
}

int stress_parse(struct stress *s, int argc, char **argv)
{
	int at = opt_first(&prog, argc, argv);

	if (!at)
		at = opt_parse(&prog, argc, argv);
	if (at < 0)
		return EXIT_BAD;
	s->out = opt_out ? opt_out : s->out;
	s->module = wants_module(argv + at);
	/*
	 * The runner ends within twice the budget and a minute, also if a test
	 * hangs, and says so; a guest that hangs as a whole does not.
	 */
	s->limit = 2 * opt_time + 120;
	s->watchdog = opt_time < 60 ? 15 : opt_time > 240 ? 60 : opt_time / 4;
	add_words(&s->argv, argv + at);
	return EXIT_OK;
}

void stress_options(struct stress *s, char *const *word, int nr)
{
	struct text t = { 0 };

	text_add(&t, "", 0);
	for (int i = 0; i < nr; i++) {
		if (!strcmp(word[i], "--out"))
			i++;
		else if (strncmp(word[i], "--out=", 6))
			text_printf(&t, strchr(word[i], ' ') ? "'%s' " : "%s ",
				    word[i]);
	}
	s->options = t.s;
}

void stress_programs(struct strv *add)
{
	struct strv names = tree_names("build/bench/stress", "", true);

	for (unsigned int i = 0; i < names.nr; i++)
		strv_add(add, tree_path("%s/bench/stress/%s:/forkpath/build"
					"/bench/stress/%s", arch_built(),
					names.v[i], names.v[i]));
	strv_free(&names);
}

/* PATH and what is missing above it; what was made is in S->made. */
static void make_dirs(struct stress *s, const char *path)
{
	char *part = xstrdup(path);

	for (char *p = part + 1; ; p++) {
		char was = *p;

		if (was && was != '/')
			continue;
		*p = '\0';
		if (access(part, F_OK)) {
			folder_make_parent(part);
			strv_add(&s->made, xstrdup(part));
		}
		*p = was;
		if (!was)
			break;
	}
	free(part);
}

int stress_begin(struct stress *s, unsigned int nr)
{
	char utc[32], *results;
	struct stat st;
	struct tm tm;
	time_t t = time(NULL);

	gmtime_r(&t, &tm);
	strftime(utc, sizeof(utc), "%Y%m%dT%H%M%SZ", &tm);
	results = tree_results();
	s->dir = s->out ? xstrdup(s->out) :
		 xprintf("%s/stress/lab-%s.%d", results, utc, getpid());
	free(results);
	make_dirs(s, s->dir);
	if (stat(s->dir, &st) || !S_ISDIR(st.st_mode)) {
		err_say("--out: '%s' cannot be made", s->dir);
		return EXIT_BAD;
	}
	printf("KTAP version 1\n1..%u\n", nr);
	fflush(stdout);
	return EXIT_OK;
}

const char *stress_next(struct stress *s, unsigned int nr,
			const struct kernel *k)
{
	char *spec = xstrndup(k->spec, strcspn(k->spec, ",")), *word;
	const char *name = strrchr(spec, '/') ? strrchr(spec, '/') + 1 : spec;

	word = folder_word(name);
	free(s->kept);
	s->kept = xprintf("%s/%u-%s", s->dir, nr, word);
	s->kernel = k;
	free(word);
	free(spec);
	if (!access(s->kept, F_OK)) {
		err_say("--out: '%s' is there already", s->kept);
		return NULL;
	}
	return s->kept;
}

/* Which test it is at, for when it does not get through it. */
static void follow(struct stress *s, const char *line)
{
	static const char subtest[] = "# Subtest: ", seed[] = ", seed ";
	const char *at;

	if ((at = strstr(line, subtest))) {
		free(s->test);
		s->test = xstrdup(at + strlen(subtest));
	} else if (strstr(line, "# forkpath stress, ") &&
		   (at = strstr(line, seed))) {
		s->seed = strtoul(at + strlen(seed), NULL, 10);
	} else if (strstr(line, "# subtests: ")) {
		free(s->test);
		s->test = NULL;
	}
}

/*
 * Places of the kernel that a line names, NAME+0xOFFSET/0xSIZE. Behind a '?'
 * is what else was on the stack.
 */
static void note_places(struct stress *s, const char *line)
{
	const char *rip = strstr(line, "RIP: ") ? "RIP:" : "";

	if (strchr(line, '?'))
		return;
	for (const char *at = line; (at = strstr(at, "+0x")); at++) {
		const char *from = at;
		bool known = s->places.nr >= MAX_PLACES;
		int len = 0;
		char *place;

		while (from > line && (isalnum((unsigned char)from[-1]) ||
				       strchr("_.", from[-1])))
			from--;
		sscanf(at, "+0x%*[0-9a-f]/0x%*[0-9a-f]%n", &len);
		if (from == at || !len)
			continue;
		place = xprintf("%s%.*s", rip, (int)(at - from) + len, from);
		for (unsigned int i = 0; i < s->places.nr && !known; i++)
			known = !strcmp(s->places.v[i], place);
		if (known)
			free(place);
		else
			strv_add(&s->places, place);
	}
}

/* Of a kernel that was built here: in its tree, or beside the image. */
static char *vmlinux_of(const struct kernel *k)
{
	static const char *const from[] = { "", "/../../.." };

	for (size_t i = 0; i < sizeof(from) / sizeof(*from); i++) {
		const char *slash = strrchr(k->image, '/');
		char *path = xprintf("%.*s%s/vmlinux", slash ?
				     (int)(slash - k->image) : 1,
				     slash ? k->image : ".", from[i]);

		if (!access(path, R_OK))
			return path;
		free(path);
	}
	return NULL;
}

/* The lines of the sources where these are, if there is debug information. */
static void show_source(struct stress *s)
{
	char *vmlinux = s->places.nr ? vmlinux_of(s->kernel) : NULL;
	struct strv command = { 0 }, lines = { 0 };
	struct text said = { 0 };

	if (vmlinux) {
		strv_add(&command, tree_path("lab/source"));
		strv_add(&command, vmlinux);
		for (unsigned int i = 0; i < s->places.nr; i++)
			strv_add(&command, xstrdup(s->places.v[i]));
		tool_run(command.v, &said);
		strv_split(&lines, said.s, "\n");
	}
	for (unsigned int i = 0; i < lines.nr; i++)
		printf("  # at %s\n", lines.v[i]);
	strv_free(&s->places);
	strv_free(&command);
	strv_free(&lines);
	text_free(&said);
}

/* One line of the guest's, without its end. */
static void show(struct stress *s, const char *line)
{
	static const char kept[] = "# kept in: " STRESS_KEPT;
	const char *at = strstr(line, kept);

	follow(s, line);
	note_places(s, line);
	if (at)
		printf("  %.*s# kept in: %s%s", (int)(at - line), line, s->kept,
		       at + strlen(kept));
	else
		printf("  %s", line);
	if (strstr(line, "# repeat: "))
		printf(" --on lab %s%s", s->options, s->kernel->spec);
	putchar('\n');
	fflush(stdout);
}

void stress_hear(struct guest *g, char type, const char *text, size_t len)
{
	struct stress *s = g->of;

	if (type != 'o') {
		fwrite(text, 1, len, stderr);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\n') {
			text_add(&s->line, text + i, 1);
			continue;
		}
		show(s, s->line.s ?: "");
		text_free(&s->line);
	}
}

/* The line behind the time, if a kernel that is wrong begins like this. */
static const char *oops_of(const char *line)
{
	const char *at = guest_oops(line);

	return at ?: strstr(line, "WARNING: ") ?: strstr(line, "Kernel panic");
}

/*
 * What a kernel said first as it died, and of which functions: the one it was
 * in and its callers.
 */
static void show_oops(struct stress *s, const char *text)
{
	int left = -1;

	for (const char *end; *text; text = end + strspn(end, "\r\n")) {
		const char *at = NULL;
		char *line;

		end = text + strcspn(text, "\r\n");
		line = xstrndup(text, end - text);
		if (left < 0 && (at = oops_of(line)))
			left = OOPS_FUNCTIONS;
		else if (left > 0 && strstr(line, "+0x") && !strchr(line, '?') &&
			 left--)
			at = strncmp(line, "[", 1) ? line : strstr(line, "] ");
		if (at) {
			note_places(s, at);
			printf("  # %s\n", at + strspn(at, "] "));
		}
		free(line);
	}
}

void stress_died(struct stress *s, const struct guest *g)
{
	if (s->line.len)
		show(s, s->line.s);
	text_free(&s->line);
	if (g->broke)
		s->undecided = "undecided: " GUEST_BROKE;
	if (!s->test)
		return;
	printf("  # reason: %s: the guest: %s\n", s->test, g->failure);
	show_oops(s, g->console.s ?: "");
	show_source(s);
	printf("  # repeat: ./run.sh stress %s --seed %lu --time %g --on lab %s"
	       "%s\n", s->test, s->seed, opt_time, s->options,
	       s->kernel->spec);
}

void stress_result(struct stress *s, unsigned int nr, const char *spec,
		   int code)
{
	char *name = xstrdup(spec);

	free(s->test);
	s->test = NULL;
	if (s->line.len)
		show(s, s->line.s);
	text_free(&s->line);
	show_source(s);
	if (s->kept && !access(s->kept, F_OK))
		printf("  # kept in: %s\n", s->kept);
	/* What follows a '#' is a directive. */
	for (char *p = name; *p; p++)
		if (*p == '#')
			*p = '_';
	printf("%sok %u %s%s%s\n", code && code != EXIT_SKIP ? "not " : "", nr,
	       name, code == EXIT_SKIP ? " # SKIP " : "",
	       code != EXIT_SKIP ? "" : s->undecided ? s->undecided :
	       "nothing can run there");
	s->undecided = NULL;
	fflush(stdout);
	free(name);
}

/* Directories in which nothing was kept go again. */
void stress_end(struct stress *s)
{
	for (unsigned int i = s->made.nr; i > 0; i--)
		rmdir(s->made.v[i - 1]);
	strv_free(&s->made);
	strv_free(&s->argv);
	strv_free(&s->places);
	text_free(&s->line);
	free(s->options);
	free(s->test);
	free(s->kept);
	free(s->dir);
}
