// SPDX-License-Identifier: GPL-2.0-or-later
/* history-verb - the verb history: options, files, exit codes */
#include <stdlib.h>
#include <unistd.h>

#include "doc-form.h"
#include "err.h"
#include "history.h"
#include "owner.h"
#include "verbs.h"

static const char *opt_metric, *opt_out, *opt_point;
static int opt_by, opt_hosts;
static unsigned long opt_seed;

const struct opt history_opts[] = {
	{ "metric", OPT_PATH, &opt_metric, NULL, NULL,
	  "unit to follow, as in the sample; default: p50 of every role" },
	{ "point", OPT_PATH, &opt_point, NULL, NULL,
	  "only these: BENCH/KEY=VALUE/.." },
	{ "by", OPT_CHOICE, &opt_by, "version", "version date",
	  "order: kernel release, or time of the run" },
	{ "hosts", OPT_CHOICE, &opt_hosts, "apart", "apart together",
	  "together: hosts with the same machine are one series" },
	{ "out", OPT_PATH, &opt_out, NULL, NULL,
	  "folder for the figures, with data and scripts" },
	{ "seed", OPT_UINT, &opt_seed, "1", "0..4294967295",
	  "seed of the permutation test" },
	OPT_END
};

static void print(struct history *h, int fd)
{
	struct doc d = { 0 };

	doc_head(&d, "history: %zu folders, %zu series", h->nr_past,
		 h->nr_track);
	history_keys(h, &d);
	history_tracks(h, fd, !opt_out, &d);
	if (opt_out && h->plots.nr_plot)
		doc_key(&d, "figures", "%s/history-1.svg and so on, with .png, .dat and .gp",
			opt_out);
	doc_text(&d, stdout);
	doc_free(&d);
}

/* Figures to --out, or of a folder of our own the texts. An exit code. */
static int draw(struct history *h)
{
	char why[600], folder[sizeof(PLOTS_TEMP)] = "";
	int fd = opt_out ? owner_folder(opt_out, why, sizeof(why)) :
		plots_temp(&h->plots, folder);

	if (opt_out && fd < 0) {
		err_say("history: %s", why);
		return EXIT_FAIL;
	}
	print(h, fd);
	if (*h->plots.problem)
		err_say("plots: %s", h->plots.problem);
	if (opt_out)
		close(fd);
	else
		plots_temp_end(&h->plots, fd, folder);
	return EXIT_OK;
}

int history(char **path, int nr)
{
	struct wanted wanted = { 0 };
	struct folders all = { 0 };
	struct history h = {
		.metric = opt_metric, .wanted = opt_point ? &wanted : NULL,
		.by_date = opt_by, .together = opt_hosts, .seed = opt_seed,
	};
	int ret = EXIT_BAD;
	char why[600];

	if (nr < 1) {
		err_say("history: no folder given; expected results folders or a tree of them");
		return EXIT_BAD;
	}
	if ((opt_point && wanted_parse(&wanted, opt_point, why, sizeof(why))) ||
	    folders_find(&all, NULL, path, nr, release_order, why, sizeof(why))) {
		err_say("history: %s", why);
		goto cleanup;
	}
	for (size_t i = 0; i < all.nr; i++) {
		struct points points;
		struct run run;

		if (!history_open(&h, all.path[i], &run, &points))
			continue;
		history_add(&h, &run, &points);
		points_free(&points);
		run_free(&run);
	}
	if (!h.nr_past) {
		err_say("history: %s", h.bad[0]);
	} else if (!h.nr_track) {
		err_say("history: no folder has a repetition of %s%s%s that is ok",
			opt_point ?: "any point", opt_metric ? " with " : "",
			opt_metric ?: "");
	} else {
		history_make(&h);
		ret = draw(&h);
	}
cleanup:
	history_free(&h);
	folders_free(&all);
	wanted_free(&wanted);
	return ret;
}
