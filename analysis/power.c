// SPDX-License-Identifier: GPL-2.0-or-later
/* power - what a pilot says about the campaign that it is the pilot of */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "boot.h"
#include "compare.h"
#include "mem.h"
#include "report.h"
#include "stat.h"

struct line {
	char	*label;
	size_t	 n;
	double	 p50, sd;	/* sd of ln p50 between units: the CV */
};

/* Of a pilot both arms are the same set: family.c gathers the values. */
static void line_of(struct line *l, const struct family *f,
		    const struct family_row *row)
{
	struct family_values v;

	family_values(f, row, row->unit, 0, &v);
	l->label = mem_text("%s", row->label);
	l->n = v.nr;
	l->p50 = l->sd = NAN;
	if (v.nr)
		stat_median(v.v, v.nr, &l->p50);
	for (size_t i = 0; i < v.nr; i++)
		v.v[i] = v.v[i] > 0 ? log(v.v[i]) : NAN;
	if (v.nr > 1 && stat_sd(v.v, v.nr, &l->sd))
		l->sd = NAN;
	family_values_free(&v);
}

static int by_sd(const void *pa, const void *pb)
{
	const struct line *a = pa, *b = pb;
	double x = isnan(a->sd) ? -1 : a->sd, y = isnan(b->sd) ? -1 : b->sd;

	return x != y ? (x > y ? -1 : 1) : strcmp(a->label, b->label);
}

/*
 * Holm asks the most of the first point, alpha / NR. Normal theory for what
 * that costs: the effect that n can show goes with the sum of both quantiles.
 */
static double holm_factor(size_t nr)
{
	double beta = gsl_cdf_ugaussian_Pinv(0.8);
	double one = gsl_cdf_ugaussian_Qinv(EFFECT_ALPHA / 2) + beta;
	double all = gsl_cdf_ugaussian_Qinv(EFFECT_ALPHA / 2 / nr) + beta;

	return all / one;
}

static void table(const struct line *line, size_t nr, double smallest,
		  size_t fewest, struct doc *to)
{
	double factor = holm_factor(nr), mde;
	size_t room = OUT_WIDTH - 40, need;
	struct table t;
	char buf[40];

	table_head(&t, 1, "p50", "", "n", "sd", "shows", "", "Holm", NULL);
	table_cell(&t, 5, "%g%%: n", 100 * smallest);
	for (size_t i = 0; i < nr; i++) {
		const struct line *l = &line[i];

		table_label(&t, l->label, room);
		if (isnan(l->p50))
			snprintf(buf, sizeof(buf), "-");
		else
			out_time(buf, sizeof(buf), l->p50);
		table_cell(&t, 1, "%s", buf);
		table_cell(&t, 2, "%zu", l->n);
		if (isnan(l->sd)) {
			for (size_t c = 3; c < 7; c++)
				table_cell(&t, c, "-");
			continue;
		}
		table_cell(&t, 3, "%.2f%%", 100 * l->sd);
		if (boot_mde(l->n, l->sd, &mde))
			table_cell(&t, 4, "-");
		else
			table_cell(&t, 4, "%.1f%%", 100 * mde);
		if (boot_needed(smallest, l->sd, &need)) {
			table_cell(&t, 5, ">100000");
			table_cell(&t, 6, "-");
			continue;
		}
		table_cell(&t, 5, "%zu", need);
		if (boot_needed(smallest / factor, l->sd, &need))
			table_cell(&t, 6, ">100000");
		else
			table_cell(&t, 6, "%zu", need > fewest ? need : fewest);
	}
	doc_table(to, &t);
}

static void text(struct family *f, const struct set *set, double smallest,
		 struct doc *to)
{
	scoped struct line *line = mem_get(f->nr_row, sizeof(*line));
	size_t fewest = 0, pairs = 0;
	char machine[300], kernel[300];
	const struct run *run = &set->folder[0]->run;

	for (size_t i = 0; i < f->nr_row; i++)
		line_of(&line[i], f, &f->row[i]);
	qsort(line, f->nr_row, sizeof(*line), by_sd);
	if (f->repetitions)
		doc_para(to, "ONE BOOT: the spread of repetitions stands in for that of boots, which is larger. A lower bound for n, no more.");
	doc_head(to, "power of a campaign like %s, from a pilot of %zu boot%s",
		run->question, set->nr_boot, out_s(set->nr_boot));
	doc_key(to, "kernel", "%s", cond_kernel(run, kernel, sizeof(kernel)));
	doc_key(to, "machine", "%s",
		cond_machine(run, machine, sizeof(machine)));
	boot_fewest(f->nr_row, EFFECT_ALPHA, false, &fewest);
	boot_fewest(f->nr_row, EFFECT_ALPHA, true, &pairs);
	doc_key(to, "least n", "%zu per arm, or %zu pairs: with fewer no point of %zu can differ after Holm",
		fewest, pairs, f->nr_row);
	table(line, f->nr_row, smallest, fewest, to);
	doc_note(to, "sd: of the p50 between %s, relative. shows: the smallest effect that n per arm find with 80 %% probability, one point alone. %g%%: n: how many per arm find an effect of %g %%. Holm: the same as one of %zu points, by normal theory.",
		f->repetitions ? "repetitions" : "boots", 100 * smallest,
		100 * smallest, f->nr_row);
	for (size_t i = 0; i < f->nr_row; i++)
		free(line[i].label);
}

int power_doc(char **arg, int nr, double smallest, struct doc *to, char *why,
	       size_t len)
{
	struct family f = { 0 };
	struct sets all;
	int ret = -1;

	*why = 0;
	if (sets_read(&all, arg, nr) || sets_one(&all, "pilot")) {
		snprintf(why, len, "%s", all.error);
		goto out;
	}
	family_sets(&f, &all.set[0], &all.set[0]);
	family_plan(&f);
	if (!f.nr_row) {
		snprintf(why, len, "%s: no point was measured",
			 all.folder[0]->path);
		goto out;
	}
	text(&f, &all.set[0], smallest, to);
	ret = 0;
out:
	family_free(&f);
	sets_free(&all);
	return ret;
}
