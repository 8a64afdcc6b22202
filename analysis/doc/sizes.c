// SPDX-License-Identifier: GPL-2.0-or-later
/* sizes - what a move costs by the size of the group, as lines */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "report.h"

#define KEYS_MAX	32

/* Where the threads cost as much as the rest, if that was measured. */
static const char *even_text(const struct size_fit *f, char *buf, size_t len)
{
	double most = point_number(f->point[f->nr_point - 1], "threads");

	if (isnan(f->even))
		snprintf(buf, len, "-");
	else if (f->even > most || f->ts.slope_lo <= 0)
		snprintf(buf, len, ">%.0f", most);
	else if (isnan(f->even_hi))
		snprintf(buf, len, "%.0f", f->even);
	else
		snprintf(buf, len, "%.0f [%.0f, %.0f]", f->even, f->even_lo,
			 f->even_hi);
	return buf;
}

/* Where a line does not do: the cost per thread from size to size. */
static void size_steps(const struct size_fit *fit, size_t nr,
		       const char *const *key, size_t nr_key, struct doc *to)
{
	const struct size_fit *widest = NULL;
	struct table t;
	char buf[40];

	for (size_t i = 0; i < nr; i++)
		if (fit[i].fitted && size_bent(&fit[i]) &&
		    (!widest || fit[i].nr_point > widest->nr_point))
			widest = &fit[i];
	if (!widest)
		return;
	table_start(&t, nr_key + widest->nr_point - 1, nr_key);
	table_keys(&t, key, nr_key);
	for (size_t i = 0; i + 1 < widest->nr_point; i++)
		table_cell(&t, nr_key + i, "%s-%s",
			   point_get(widest->point[i], "threads"),
			   point_get(widest->point[i + 1], "threads"));
	for (size_t n = 0; n < nr; n++) {
		/* Others of the part may have been given other sizes. */
		if (!fit[n].fitted || fit[n].nr_point != widest->nr_point)
			continue;
		table_point(&t, fit[n].point[0], key, nr_key);
		for (size_t i = 0; i + 1 < fit[n].nr_point; i++)
			table_cell(&t, nr_key + i, "%s",
				   out_number(buf, sizeof(buf),
					      size_slope(&fit[n], i)));
	}
	doc_warn(to, "not a straight line; ns per thread from each size to the next (medians):");
	doc_table(to, &t);
}

/* "4.26 us [3.84, 4.99]"; "-" where it comes out below zero. */
static void fixed_cell(struct table *t, size_t col, const char *how,
		       double ns, double lo, double hi)
{
	double unit = out_scale(fabs(ns))->ns;
	char a[40], b[40], c[40];

	out_time(a, sizeof(a), ns);
	if (isnan(lo))
		table_cell(t, col, "%s%s", how, a);
	else if (hi < 0)
		table_cell(t, col, "%s-", how);
	else
		table_cell(t, col, "%s%s [%s, %s]", how, a,
			   out_number(b, sizeof(b), lo / unit),
			   out_number(c, sizeof(c), hi / unit));
}

static void slope_cell(struct table *t, size_t col, const struct fit_line *l)
{
	char a[40], b[40], c[40];

	table_cell(t, col, "%s [%s, %s]", out_number(a, sizeof(a), l->slope),
		   out_number(b, sizeof(b), l->slope_lo),
		   out_number(c, sizeof(c), l->slope_hi));
}

/* Least squares under the line of Theil-Sen, for whom that convinces more. */
static void ols_row(struct table *t, size_t col, const struct fit_line *l)
{
	table_row(t, NULL);
	fixed_cell(t, col, "OLS ", l->intercept, l->intercept_lo,
		   l->intercept_hi);
	slope_cell(t, col + 1, l);
}

/* What tells the lines of NR fits apart; their sizes do not. */
static size_t keys_of(const struct size_fit *fit, size_t nr, const char **key)
{
	static const char *const but[] = { "threads", NULL };
	scoped const struct point **head = mem_get(nr, sizeof(*head));
	size_t nr_head = 0;

	for (size_t i = 0; i < nr; i++)
		if (fit[i].fitted)
			head[nr_head++] = fit[i].point[0];
	return point_varying_but(head, nr_head, key, KEYS_MAX, but);
}

static void fit_row(struct table *t, const struct size_fit *f,
		    const char *const *key, size_t nr_key)
{
	char buf[100];

	table_point(t, f->point[0], key, nr_key);
	fixed_cell(t, nr_key, "", f->ts.intercept, f->fixed_lo, f->fixed_hi);
	slope_cell(t, nr_key + 1, &f->ts);
	table_cell(t, nr_key + 2, "%s", size_bent(f) ? "!" :
		   even_text(f, buf, sizeof(buf)));
	ols_row(t, nr_key, &f->ols);
}

/* The NR fits of one part. */
static void part_of(const struct size_fit *fit, size_t nr, struct doc *to)
{
	const char *key[KEYS_MAX];
	size_t nr_key = keys_of(fit, nr, key);
	struct table t;

	table_start(&t, nr_key + 3, nr_key);
	table_keys(&t, key, nr_key);
	table_cell(&t, nr_key, "fixed cost");
	table_cell(&t, nr_key + 1, "ns per thread");
	table_cell(&t, nr_key + 2, "break-even");
	for (size_t i = 0; i < nr; i++)
		if (fit[i].fitted)
			fit_row(&t, &fit[i], key, nr_key);
	if (t.nr_row > 1) {
		doc_head(to, "[%s] Cost of a move by group size: fixed cost + threads x cost per thread",
			fit->point[0]->part);
		doc_table(to, &t);
		doc_note(to, "Theil-Sen with 95 %% intervals, least squares (OLS) below; break-even: threads that together cost as much as the fixed part");
		size_steps(fit, nr, key, nr_key, to);
	}
	table_free(&t);
}

void sizes_section(const struct report *r, struct doc *to)
{
	const struct size_fits *all = &r->sizes;

	for (size_t i = 0, end; i < all->nr_fit; i = end) {
		for (end = i + 1; end < all->nr_fit &&
		     !strcmp(all->fit[end].point[0]->part,
			     all->fit[i].point[0]->part); end++)
			;
		part_of(&all->fit[i], end - i, to);
	}
}
