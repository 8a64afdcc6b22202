// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * forkpath-analysis - samples to statistics to tables and plots
 *
 * Reads files only: nothing here needs the machine that measured. A verb is
 * a function and a row in the table below.
 */
#include <gsl/gsl_errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doc-form.h"
#include "err.h"
#include "file.h"
#include "history.h"
#include "judge.h"
#include "opt.h"
#include "query.h"
#include "report.h"
#include "tree.h"
#include "verb.h"
#include "verbs.h"

static int format;
static bool full;

static const struct opt report_opts[] = {
	{ "format", OPT_CHOICE, &format, "text",
	  "text markdown html ktap gobench hgrm kcidb json",
	  "how the report is laid out" },
	{ "full", OPT_FLAG, &full, NULL, NULL,
	  "everything, not one screen" },
	OPT_END
};

static int format_text(struct report *r, FILE *to)
{
	struct doc d = { 0 };

	report_doc(r, &d);
	doc_text(&d, to);
	doc_free(&d);
	return 0;
}

static int format_screen(struct report *r, FILE *to)
{
	struct doc d = { 0 };

	screen_doc(r, &d);
	doc_text(&d, to);
	doc_free(&d);
	return 0;
}

static int format_markdown(struct report *r, FILE *to)
{
	struct doc d = { 0 };

	report_doc(r, &d);
	doc_markdown(&d, to);
	doc_free(&d);
	return 0;
}

static int format_html(struct report *r, FILE *to)
{
	struct doc d = { 0 };
	char title[200];

	report_doc(r, &d);
	doc_html(&d, out_ascii(title, sizeof(title), r->run.question), to);
	doc_free(&d);
	return 0;
}

/* In the order of the words above. */
static const struct {
	int		(*make)(struct report *r, FILE *to);
	const char	*file;		/* kept in the folder; NULL: it is not */
	bool		 svg;		/* figures inside of it */
} formats[] = {
	{ format_text, "report.txt", false },
	{ format_markdown, "report.md", false },
	{ format_html, "report.html", true },
	{ format_ktap, NULL, false },
	{ format_gobench, NULL, false },
	{ format_hgrm, NULL, false },
	{ format_kcidb, NULL, false },
	{ format_json, NULL, false },
};

static int report(char **path, int nr)
{
	const char *file = formats[format].file;
	int ret, fd = -1, made;
	struct report r;
	char *text;
	size_t len;
	FILE *to;

	if (nr != 1) {
		err_say("report: %d folders given; expected one results folder",
			nr);
		return EXIT_BAD;
	}
	if (report_make(&r, path[0])) {
		err_say("%s", r.run.error);
		report_free(&r);
		return EXIT_BAD;
	}
	if (file) {
		fd = plots_open(r.run.dirfd);
		if (fd < 0)
			err_say("%s/plots: %s; the report is on stdout only",
				path[0], strerror(-fd));
		r.plots.want_svg = formats[format].svg;
		plots_make(&r, fd);
		if (*r.plots.problem)
			err_say("plots: %s", r.plots.problem);
	}

	to = open_memstream(&text, &len);
	if (!to) {
		err_say("out of memory");
		report_free(&r);
		return EXIT_FAIL;
	}
	made = formats[format].make(&r, to);
	fclose(to);

	if (fd >= 0) {
		ret = file_put(r.run.dirfd, file, text, len);
		if (ret)
			err_say("%s/%s: %s; the report is on stdout only",
				path[0], file, strerror(-ret));
		close(fd);
	}
	if (!format && !full && !made) {
		free(text);
		to = open_memstream(&text, &len);
		if (!to) {
			err_say("out of memory");
			report_free(&r);
			return EXIT_FAIL;
		}
		made = format_screen(&r, to);
		fclose(to);
	}
	fwrite(text, 1, len, stdout);
	free(text);
	report_free(&r);
	return made ? EXIT_FAIL : EXIT_OK;
}

static const struct verb verbs[] = {
	{ "report", "DIR [OPTION]...",
	  "one results folder as a report of 72 columns", report_opts, report,
	  "DIR is a folder that ./run.sh made. The report goes to stdout and, if\n"
	  "it is for people (text, markdown, html), to DIR/report.txt, .md or\n"
	  ".html, figures with their data and scripts to DIR/plots/. hgrm: a file\n"
	  "per distribution in DIR/hgrm/, their names to stdout.\n"
	  "\nEXAMPLES\n"
	  "  forkpath-analysis report results/latest\n"
	  "  forkpath-analysis report results/latest | mail -s numbers me\n"
	  "  forkpath-analysis report results/latest --format html\n" },
	{ "history", "DIR... [OPTION]...",
	  "many results folders in order, change points marked", history_opts,
	  history,
	  "DIR is a results folder or a tree of them. One table and figure per\n"
	  "point, by kernel release or date; figures are kept in --out.\n"
	  "\nEXAMPLES\n"
	  "  forkpath-analysis history results --point clone/kind=fork\n"
	  "  forkpath-analysis history results --by date --out history\n" },
	{ "query", "TREE [OPTION]...", "which runs are there?", query_opts, query,
	  "Lists the results folders below TREE. TREE/index.sqlite is made from\n"
	  "their files, kept up to date, and may be deleted.\n"
	  "\nEXAMPLES\n"
	  "  forkpath-analysis query results --kernel '6.18.*'\n"
	  "  forkpath-analysis query results --since 2026-01-01 --paths\n" },
	{ "judge", "GOOD BAD [NOW]... --point POINT [OPTION]...",
	  "on which side of two results is a third?", judge_opts, judge,
	  "Answers good (exit 0), bad (1), more N (3: N more repetitions would do)\n"
	  "or skip (125); without NOW how many repetitions are needed. For git\n"
	  "bisect there is ./run.sh bisect, which loops.\n"
	  "\nEXAMPLES\n"
	  "  forkpath-analysis judge good bad now --point clone/kind=fork\n" },
	{ "pick", "DIR --point POINT [OPTION]...",
	  "a plan of one point of a results folder", pick_opts, pick,
	  "\nEXAMPLES\n"
	  "  forkpath-analysis pick good --point clone/kind=fork --repeat 12\n" },
	{ "compare", "BASE NEW [DIR]... [OPTION]...",
	  "sets of results folders, a verdict per point",
	  compare_opts, compare_verb, compare_more },
	{ "power", "DIR... [OPTION]...",
	  "from a pilot: how many boots it takes",
	  power_opts, power_verb, power_more },
	{ "counts", "DIR...", "what was counted in exact mode, for programs",
	  counts_opts, counts_verb, counts_more },
	{ .name = NULL }
};

int main(int argc, char **argv)
{
	static const struct verb_prog prog = {
		.name = "forkpath-analysis",
		.summary = "samples to statistics to tables and plots",
		.usage = "VERB DIR... [OPTION]...",
		.examples = "  forkpath-analysis report results/latest\n"
			    "  forkpath-analysis report --help\n",
		.verbs = verbs,
	};

	signal(SIGPIPE, SIG_IGN);
	gsl_set_error_handler_off();
	tree_init(NULL);
	return verb_main(&prog, argc, argv);
}
