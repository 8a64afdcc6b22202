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
#include "judge.h"
#include "mem.h"
#include "opt.h"
#include "report.h"
#include "tree.h"
#include "verb.h"
#include "verbs.h"

static int format;
static const char *forecast;
static bool full;

static const struct opt report_opts[] = {
	{ "format", OPT_CHOICE, &format, "text",
	  "text markdown html ktap gobench hgrm kcidb json",
	  "output format" },
	{ "full", OPT_FLAG, &full, NULL, NULL,
	  "everything, not one screen" },
	{ "forecast", OPT_PATH, &forecast, NULL, NULL,
	  "for question scaling: folder of ./run.sh contention --forecast, or "
	  "one that contains such folders; shown next to what was measured" },
	OPT_END
};

static void form_html(const struct doc *d, FILE *to)
{
	doc_html(d, d->nr ? d->block->text : "", to);
}

/* In the order of the words above. */
static const struct {
	/* For people; or for programs, which print it themselves. */
	void		(*form)(const struct doc *d, FILE *to);
	int		(*data)(struct report *r, FILE *to);
	int		(*many)(char *const *path, size_t nr, FILE *to);
	const char	*file;		/* kept in the folder */
	bool		 svg;		/* figures inside of it */
} formats[] = {
	{ .form = doc_text, .file = "report.txt" },
	{ .form = doc_markdown, .file = "report.md" },
	{ .form = form_html, .file = "report.html", .svg = true },
	{ .data = format_ktap },
	{ .data = format_gobench },
	{ .data = format_hgrm },
	{ .many = format_kcidb },
	{ .data = format_json },
};

/* D as FORMAT has it, kept in the results folder R unless FD is not open. */
static void keep(const struct report *r, const struct doc *d, int fd)
{
	const char *file = formats[format].file;
	char *text;
	size_t len;
	FILE *to;
	int ret;

	if (fd < 0)
		return;
	to = mem_stream(&text, &len);
	formats[format].form(d, to);
	fclose(to);
	ret = file_put(r->run.dirfd, file, text, len);
	if (ret)
		err_say("%s/%s: %s; the report is on stdout only", r->run.path,
			file, strerror(-ret));
	free(text);
}

static void for_people(struct report *r)
{
	struct doc d = { 0 };
	int fd = plots_open(r->run.dirfd);

	if (fd < 0)
		err_say("%s/plots: %s; the report is on stdout only",
			r->run.path, strerror(-fd));
	r->plots->want_svg = formats[format].svg;
	figures_make(r, fd);
	if (*r->plots->problem)
		err_say("plots: %s", r->plots->problem);
	report_doc(r, &d);
	keep(r, &d, fd);
	if (fd >= 0)
		close(fd);
	if (!format && !full) {
		doc_free(&d);
		screen_doc(r, &d);
	}
	formats[format].form(&d, stdout);
	doc_free(&d);
}

static int report(char **path, int nr)
{
	struct forecasts forecasts = { 0 };
	int ret = EXIT_OK;
	struct report r;

	if (nr >= 1 && formats[format].many)
		return formats[format].many(path, nr, stdout) ? EXIT_BAD :
								EXIT_OK;
	if (nr != 1) {
		err_say("report: %d folders given; expected one results folder",
			nr);
		return EXIT_BAD;
	}
	/* Before root becomes the owner of the results. */
	if (forecast && forecasts_read(&forecasts, forecast)) {
		forecasts_free(&forecasts);
		return EXIT_BAD;
	}
	ret = report_make(&r, path[0]) ? EXIT_BAD : EXIT_OK;
	r.forecasts = forecasts;
	if (ret) {
		err_say("%s", r.run.error);
	} else if (formats[format].form) {
		for_people(&r);
	} else if (formats[format].data(&r, stdout)) {
		ret = EXIT_FAIL;
	}
	report_free(&r);
	return ret;
}

static const struct verb verbs[] = {
	{ "report", "DIR... [OPTION]...",
	  "one results folder as a report of 72 columns", report_opts, report,
	  "DIR is a folder that ./run.sh made. The report goes to stdout and, if\n"
	  "it is for people (text, markdown, html), to DIR/report.txt, .md or\n"
	  ".html, figures with their data and scripts to DIR/plots/. hgrm: a file\n"
	  "per distribution in DIR/hgrm/, their names to stdout. kcidb takes many:\n"
	  "results folders or trees of them, such as the slots/ of a campaign.\n"
	  "\nEXAMPLES\n"
	  "  forkpath-analysis report results/latest\n"
	  "  forkpath-analysis report results/latest | mail -s numbers me\n"
	  "  forkpath-analysis report results/latest --format html\n"
	  "  forkpath-analysis report results/patch/slots --format kcidb\n" },
	{ "history", "DIR... [OPTION]...",
	  "many results folders in order, change points marked", history_opts,
	  history,
	  "DIR is a results folder or a tree of them. One table and figure per\n"
	  "point, by kernel release or date; figures are kept in --out.\n"
	  "\nEXAMPLES\n"
	  "  forkpath-analysis history results --point clone/kind=fork\n"
	  "  forkpath-analysis history results --by date --out history\n" },
	{ "query", "TREE [OPTION]...", "find results folders", query_opts, query,
	  "Lists the results folders below TREE. TREE/index.tsv is made from\n"
	  "their files, kept up to date, and may be deleted.\n"
	  "\nEXAMPLES\n"
	  "  forkpath-analysis query results --kernel '6.18.*'\n"
	  "  forkpath-analysis query results --since 2026-01-01 --paths\n" },
	{ "site", "DIR RESULTS... [OPTION]...",
	  "pages about results folders, for a browser", site_opts, site,
	  "DIR is created, or was made by this before. RESULTS is a results folder\n"
	  "or a tree of them; a matrix.tsv and an anatomy.tsv there are used, too.\n"
	  "DIR/index.html links to a page per question and machine with the curves\n"
	  "over the kernels; a step links to the functions behind it, or to the\n"
	  "comparison. The pages need no server.\n"
	  "\nEXAMPLES\n"
	  "  forkpath-analysis site site results\n"
	  "  forkpath-analysis site /srv/www/forkpath results/rack1 results/rack2\n" },
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
	  "from a pilot: how many boots it takes to see an effect",
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
