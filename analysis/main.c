// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * forkpath-analysis - samples to statistics to tables and plots
 *
 * Reads files only: nothing here needs the machine that measured. A verb is
 * a function and a row in the table below.
 */
#include <errno.h>
#include <gsl/gsl_errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "file.h"
#include "mem.h"
#include "opt.h"
#include "report.h"
#include "verbs.h"

static int format;

static const struct opt report_opts[] = {
	{ "format", OPT_CHOICE, &format, "text", "text",
	  "how the report is laid out" },
	OPT_END
};

static void (*const formats[])(struct report *, FILE *) = { report_text };

static int report(char **path, int nr)
{
	struct file_new out;
	struct report r;
	char *text;
	size_t len;
	FILE *to;
	int ret, fd;

	if (nr != 1) {
		err_say("report: %d folders given; one results folder is right",
			nr);
		return EXIT_BAD;
	}
	if (report_make(&r, path[0])) {
		err_say("%s", r.run.error);
		report_free(&r);
		return EXIT_BAD;
	}
	fd = plots_open(r.run.dirfd);
	if (fd < 0)
		err_say("%s/plots: %s; the report is on stdout only", path[0],
			strerror(-fd));
	plots_make(&r, fd);
	if (*r.plots.problem)
		err_say("plots: %s", r.plots.problem);

	to = open_memstream(&text, &len);
	if (!to) {
		err_say("out of memory");
		report_free(&r);
		return EXIT_FAIL;
	}
	formats[format](&r, to);
	fclose(to);

	if (fd >= 0) {
		ret = file_new(&out, r.run.dirfd, "report.txt");
		if (!ret) {
			ret = file_write(&out, text, len);
			if (ret)
				file_drop(&out);
			else
				ret = file_keep(&out);
		}
		if (ret)
			err_say("%s/report.txt: %s; the report is on stdout only",
				path[0], strerror(-ret));
		close(fd);
	}
	/* A reader that closes the pipe early is no error of ours. */
	ret = fwrite(text, 1, len, stdout) == len && !fflush(stdout) ? 0 :
		errno;
	if (ret && ret != EPIPE)
		err_say("stdout: %s", strerror(ret));
	free(text);
	report_free(&r);
	return ret && ret != EPIPE ? EXIT_FAIL : EXIT_OK;
}

static const struct verb {
	const char	 *name, *usage, *summary;
	const struct opt *opts;
	int		(*run)(char **path, int nr);
	const char	 *more;
} verbs[] = {
	{ "report", "DIR [OPTION]...",
	  "one results folder as a report of 72 columns", report_opts, report,
	  "DIR is a folder that ./run.sh made. The report goes to stdout and to\n"
	  "DIR/report.txt, figures with their data and scripts to DIR/plots/.\n"
	  "\nEXAMPLES\n"
	  "  forkpath-analysis report results/latest\n"
	  "  forkpath-analysis report results/latest | mail -s numbers me\n" },
	{ "compare", "BASE NEW [DIR]... [OPTION]...",
	  "sets of results folders, a verdict per point",
	  compare_opts, compare_verb, compare_more },
	{ "power", "DIR... [OPTION]...",
	  "from a pilot: how many boots it takes",
	  power_opts, power_verb, power_more },
};

static void help(FILE *to)
{
	fputs("forkpath-analysis - samples to statistics to tables and plots\n"
	      "\nUsage: forkpath-analysis VERB DIR... [OPTION]...\n\nVerbs:\n",
	      to);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		fprintf(to, "  %-10s %s\n", verbs[i].name, verbs[i].summary);
	fputs("\nforkpath-analysis VERB --help says more.\n\nEXAMPLES\n"
	      "  forkpath-analysis report results/latest\n"
	      "  forkpath-analysis report --help\n", to);
}

static int run_verb(const struct verb *v, int argc, char **argv)
{
	const struct opt_prog prog = {
		.name = err_prog, .summary = v->summary, .usage = v->usage,
		.tables = { v->opts }, .more = v->more,
	};
	char **arg = mem_get(argc + 1, sizeof(*arg));
	int nr = 0, at, ret;

	/* Folders may stand before and behind the options. */
	while (nr + 1 < argc && argv[nr + 1][0] != '-') {
		arg[nr] = argv[nr + 1];
		nr++;
	}
	at = opt_parse(&prog, argc - nr, argv + nr);
	if (at < 0) {
		free(arg);
		return EXIT_BAD;
	}
	for (at += nr; at < argc; at++)
		arg[nr++] = argv[at];
	ret = v->run(arg, nr);
	free(arg);
	return ret;
}

int main(int argc, char **argv)
{
	static char name[64];

	err_prog = "forkpath-analysis";
	signal(SIGPIPE, SIG_IGN);
	gsl_set_error_handler_off();
	if (argc > 1) {
		for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
			if (strcmp(argv[1], verbs[i].name))
				continue;
			snprintf(name, sizeof(name), "forkpath-analysis %s",
				 argv[1]);
			if (argc > 2 && (!strcmp(argv[2], "--help") ||
					 !strcmp(argv[2], "-h")))
				err_prog = name;
			return run_verb(&verbs[i], argc - 1, argv + 1);
		}
		if (argv[1][0] == '-') {
			static const struct opt none[] = { OPT_END };
			const struct opt_prog prog = {
				.name = err_prog, .tables = { none },
			};

			if (!strcmp(argv[1], "-h") ||
			    !strcmp(argv[1], "--help")) {
				help(stdout);
				return EXIT_OK;
			}
			if (opt_parse(&prog, argc, argv) < 0)
				return EXIT_BAD;
		}
		err_say("unknown verb '%s'; known: report compare power", argv[1]);
	} else {
		err_say("a verb is missing; known: report compare power");
	}
	return EXIT_BAD;
}
