// SPDX-License-Identifier: GPL-2.0-or-later
/* plan-budget - the measuring time of each point */
#define _GNU_SOURCE
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plan-point.h"

bool plan_budget(double budget, unsigned int *blocks, unsigned int n,
		 const double *w, const double *f, double max, double *t)
{
	double least = 0, fixed = 0, share, held, free_w;
	bool fits, changed = true;

	for (unsigned int i = 0; i < n; i++) {
		fixed += f[i];
		t[i] = 0;	/* 0: not yet held at a limit */
	}
	least = fixed + n * PLAN_TIME_FLOOR;
	if (least * *blocks > budget) {
		/* A hair above, lest 3 x 0.1 should not fit into 0.3. */
		*blocks = least > 0 ? (budget / least) * (1 + 1e-12) : *blocks;
		if (!*blocks)
			*blocks = 1;
	}
	fits = least <= budget * (1 + 1e-12);
	share = budget / *blocks - fixed;
	while (changed) {
		changed = false;
		held = free_w = 0;
		for (unsigned int i = 0; i < n; i++) {
			held += t[i];
			free_w += t[i] ? 0 : w[i];
		}
		/*
		 * First those that would be too short: they take from the
		 * others. When there are none left, those that would be too
		 * long: they give.
		 */
		for (int pass = 0; pass < 2 && !changed; pass++) {
			for (unsigned int i = 0; i < n; i++) {
				double v = free_w > 0 ?
					(share - held) * w[i] / free_w : 0;

				if (t[i])
					continue;
				if (!pass && v < PLAN_TIME_FLOOR) {
					t[i] = PLAN_TIME_FLOOR;
					changed = true;
				} else if (pass && v > max) {
					t[i] = max;
					changed = true;
				}
			}
		}
	}
	for (unsigned int i = 0; i < n; i++) {
		if (!t[i])
			t[i] = (share - held) * w[i] / free_w;
		/* Whole milliseconds, downwards: a plan is for people, too. */
		t[i] = floor(t[i] * 1000 + 1e-6) / 1000;
	}
	return fits;
}

/* CONDITIONS with the time T. */
char *plan_retime(const char *conditions, double t)
{
	struct strv words = { 0 };
	struct text fresh = { 0 };

	strv_split(&words, conditions, " ");
	text_printf(&fresh, "time=%.9g", t);
	for (unsigned int i = 0; i < words.nr; i++)
		if (strncmp(words.v[i], "time=", 5))
			text_printf(&fresh, " %s", words.v[i]);
	strv_free(&words);
	return fresh.s;
}

char *plan_fewer(const struct plan *p)
{
	return p->blocks >= p->want ? NULL :
		xprintf("%.6g s: %u block%s instead of %u fit%s", p->budget,
			p->blocks, p->blocks > 1 ? "s" : "", p->want,
			p->blocks > 1 ? "" : "s");
}

/* The budget for the lines that run; rewrites time= in their conditions. */
void plan_spread(struct maker *m, double budget)
{
	struct plan *p = m->plan;
	double *w, *f, *t, max = INFINITY, sum = 0;
	unsigned int n = 0, all, *of;
	char *fewer;

	w = xzalloc((m->nr + 1) * sizeof(*w));
	f = xzalloc((m->nr + 1) * sizeof(*f));
	t = xzalloc((m->nr + 1) * sizeof(*t));
	of = xzalloc((m->nr + 1) * sizeof(*of));
	for (unsigned int i = 0; i < m->nr; i++) {
		struct point *pt = &m->points[i];

		if (pt->reason)
			continue;
		of[n] = i;
		w[n] = pt->weight;
		f[n++] = pt->warmup + pt->overhead + PLAN_LINE_SECONDS;
		if (pt->max < max)
			max = pt->max;
	}
	if (!n)
		goto out;
	/* Every pass of the counters is a block more; timing goes first. */
	all = p->blocks + m->counted.nr;
	plan_budget(budget, &all, n, w, f, max, t);
	if (m->counted.nr && all <= m->counted.nr) {
		plan_note(p, "%.6g s: no time to count events", budget);
		strv_free(&m->counted);
		all = p->blocks;
	}
	p->blocks = all - m->counted.nr;
	if (!plan_budget(budget, &all, n, w, f, max, t)) {
		for (unsigned int i = 0; i < n; i++)
			sum += t[i] + f[i];
		plan_note(p, "%.6g s are too few for one block of %u repetition%s; "
		     "it will take about %.3g s", budget, n, n > 1 ? "s" : "",
		     sum);
	}
	fewer = plan_fewer(p);
	if (fewer)
		plan_note(p, "%s", fewer);
	free(fewer);
	for (unsigned int i = 0; i < n; i++) {
		struct point *pt = &m->points[of[i]];
		char *fresh = plan_retime(pt->conditions, t[i]);

		free(pt->conditions);
		pt->conditions = fresh;
		pt->time = t[i];
	}
out:
	free(w);
	free(f);
	free(t);
	free(of);
}
