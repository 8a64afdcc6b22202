// SPDX-License-Identifier: GPL-2.0-or-later
/* compare-verb - the verbs compare and power: options, files, exit codes */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doc-form.h"
#include "compare.h"
#include "err.h"
#include "file.h"
#include "mem.h"
#include "owner.h"
#include "verbs.h"

static const char *smallest, *label, *aa, *out;
static bool strict, full;
static int format;

const struct opt compare_opts[] = {
	{ "smallest", OPT_WORD, &smallest, "1", NULL,
	  "smallest effect of interest in per cent, 0.01 to 100" },
	{ "label", OPT_PATH, &label, NULL, NULL,
	  "only these sets, in this order: NAME,NAME..." },
	{ "aa", OPT_PATH, &aa, NULL, NULL,
	  "results folders of an A/A control, separated by commas: those of "
	  "./run.sh aa, or two or more boots of one kernel" },
	{ "out", OPT_PATH, &out, NULL, NULL,
	  "folder to create for compare.txt and plots/" },
	{ "strict", OPT_FLAG, &strict, NULL, NULL,
	  "exit 1 if conditions other than the kernel differ" },
	{ "full", OPT_FLAG, &full, NULL, NULL,
	  "everything, not one screen" },
	{ "format", OPT_CHOICE, &format, "text", "text json",
	  "output format; json: all of it" },
	OPT_END
};

const struct opt power_opts[] = {
	{ "smallest", OPT_WORD, &smallest, "1", NULL,
	  "effect to be found, in per cent, 0.01 to 100" },
	OPT_END
};

const char compare_more[] =
	"A set is what has one label: meta.json's, or the kernel release, or\n"
	"NAME of NAME=DIR,DIR... The first set is the baseline. DIR is a\n"
	"results folder or holds several. Exit 1: --strict, and conditions\n"
	"differ.\n"
	"\nEXAMPLES\n"
	"  forkpath-analysis compare results/6.12.1 results/6.18.0\n"
	"  forkpath-analysis compare A=r/1,r/3 B=r/2,r/4 --aa r/aa --out ab\n";

const char power_more[] =
	"DIR: one folder per boot of a pilot, five are a good start. With one\n"
	"boot it takes repetitions, and says so.\n"
	"\nEXAMPLES\n"
	"  forkpath-analysis power results/6.18.0 --smallest 2\n";

/* 0, or -1 after one line. */
static int percent(const char *verb, double *v)
{
	if (kv_number(smallest, v) && *v >= 0.01 && *v <= 100) {
		*v /= 100;
		return 0;
	}
	err_say("%s: --smallest: '%s' is not a number of per cent from 0.01 to 100",
		verb, smallest);
	return -1;
}

/* What --out asks for; an exit code. */
static int folder_open(int *dirfd, int *plots)
{
	char why[300];

	*dirfd = *plots = -1;
	if (!out)
		return EXIT_OK;
	*dirfd = owner_folder(out, why, sizeof(why));
	if (*dirfd < 0) {
		err_say("compare: --out: %s", why);
		return EXIT_BAD;
	}
	*plots = plots_open(*dirfd);
	if (*plots < 0) {
		err_say("compare: --out: %s/plots: %s", out, strerror(-*plots));
		return EXIT_FAIL;
	}
	return EXIT_OK;
}

/* One screen, or ALL. */
static void print(struct compare *c, bool all, FILE *to)
{
	struct doc d = { 0 };

	c->opt.full = all;
	compare_doc(c, &d);
	doc_text(&d, to);
	doc_free(&d);
}

/* The same blocks for programs. An exit code. */
static int print_json(struct compare *c)
{
	struct doc d = { 0 };
	json_t *o;
	int ret;

	c->opt.full = true;
	compare_doc(c, &d);
	o = doc_json(&d);
	ret = json_dumpf(o, stdout, JSON_INDENT(1)) || puts("") < 0;
	if (ret)
		err_say("compare: cannot be written as JSON");
	json_decref(o);
	doc_free(&d);
	return ret ? EXIT_FAIL : EXIT_OK;
}

/* All of it as compare.txt. 0 or -errno. */
static int keep(struct compare *c, int dirfd)
{
	char *text;
	size_t len;
	FILE *to = mem_stream(&text, &len);
	int ret;

	print(c, true, to);
	fclose(to);
	ret = file_put(dirfd, "compare.txt", text, len);
	free(text);
	return ret;
}

int compare_verb(char **arg, int nr)
{
	struct compare_opt opt = { .label = label, .aa = aa };
	int ret, dirfd, plots, bad;
	struct compare c;
	size_t n;

	if (percent("compare", &opt.smallest))
		return EXIT_BAD;
	if (nr < 1) {
		err_say("compare: no folder given; expected BASE NEW, or NAME=FOLDER,... twice");
		return EXIT_BAD;
	}
	if (compare_make(&c, arg, nr, &opt)) {
		err_say("compare: %s", c.error);
		compare_free(&c);
		return EXIT_BAD;
	}
	n = compare_differing(&c);
	if (strict && n) {
		size_t i = 0;

		while (!c.differs[i].nr_differ || c.differs[i].differ->within)
			i++;
		err_say("compare: --strict: %zu condition%s besides the kernel, the most important is %s: %.60s -> %.60s",
			n, n == 1 ? " differs" : "s differ",
			c.differs[i].differ->key, c.differs[i].differ->a,
			c.differs[i].differ->b);
		compare_free(&c);
		return EXIT_FAIL;
	}
	ret = folder_open(&dirfd, &plots);
	if (!ret) {
		compare_plots(&c, plots);
		if (*c.plots.problem)
			err_say("plots: %s", c.plots.problem);
		bad = dirfd < 0 ? 0 : keep(&c, dirfd);
		if (bad) {
			err_say("%s/compare.txt: %s", out, strerror(-bad));
			ret = EXIT_FAIL;
		}
		if (format)
			ret = print_json(&c) ?: ret;
		else
			print(&c, full, stdout);
	}
	if (plots >= 0)
		close(plots);
	if (dirfd >= 0)
		close(dirfd);
	compare_free(&c);
	return ret;
}

int power_verb(char **arg, int nr)
{
	struct doc d = { 0 };
	char why[1024];
	double effect;
	int ret;

	if (percent("power", &effect))
		return EXIT_BAD;
	if (nr < 1) {
		err_say("power: no folder given; expected the results folders of a pilot");
		return EXIT_BAD;
	}
	ret = power_doc(arg, nr, effect, &d, why, sizeof(why));
	if (ret)
		err_say("power: %s", why);
	else
		doc_text(&d, stdout);
	doc_free(&d);
	return ret ? EXIT_BAD : EXIT_OK;
}
