// SPDX-License-Identifier: GPL-2.0-or-later
/* answer - the three costs: reader tax, writer latency, collateral stall */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "cond.h"
#include "mem.h"
#include "point-est.h"
#include "rank.h"

#define KINDS_MAX	6
#define ROWS_MAX	12	/* of one cost; the tables have the rest */

/* What a point must be like; the end is a row without a key. */
struct want {
	const char	*key;
	const char	*is;	/* a value, or LEAST, MOST of those there are */
};

static const char LEAST[] = "least", MOST[] = "most";

/*
 * The point of BENCH that is as WANT says, each row among those that the
 * rows before have left; NULL if there is none. A key that the bench does
 * not have asks for nothing.
 */
static const struct point *pick(const struct points *all, const char *bench,
				const struct want *want)
{
	const struct point **p = mem_get(all->nr_point, sizeof(*p)), *one;
	size_t nr = 0, i, n;

	for (i = 0; i < all->nr_point; i++)
		if (all->point[i].nr_rep && !strcmp(all->point[i].bench, bench))
			p[nr++] = &all->point[i];
	for (; want->key; want++) {
		bool extreme = want->is == LEAST || want->is == MOST;
		const char *best = want->is;

		for (i = 0; extreme && i < nr; i++) {
			const char *v = point_get(p[i], want->key);
			int c = i ? value_order(v, best) : -1;

			if (!i || (want->is == LEAST ? c < 0 : c > 0))
				best = v;
		}
		for (i = n = 0; i < nr; i++) {
			const char *v = point_get(p[i], want->key);

			if ((!v && !extreme) || !value_order(v, best))
				p[n++] = p[i];
		}
		nr = n;
	}
	one = nr ? p[0] : NULL;
	free(p);
	return one;
}

/* Distinct values of KEY over the points of BENCH, in order. */
static size_t distinct(const struct points *all, const char *bench,
		       const char *key, const char **value, size_t max)
{
	size_t nr = 0, i, k;

	for (i = 0; i < all->nr_point; i++) {
		const struct point *p = &all->point[i];
		const char *v = point_get(p, key);

		if (!p->nr_rep || strcmp(p->bench, bench) || !v)
			continue;
		for (k = 0; k < nr && value_order(v, value[k]) > 0; k++)
			;
		if ((k < nr && !value_order(v, value[k])) || nr == max)
			continue;
		memmove(value + k + 1, value + k, (nr - k) * sizeof(*value));
		value[k] = v;
		nr++;
	}
	return nr;
}

static const struct point *quiet(const struct report *r, const char *kind,
				 const char *period)
{
	return pick(&r->points, "clone", (struct want[]){
		{ "workload", "idle" }, { "kind", kind }, { "period", period },
		{ "siblings", LEAST }, { "cloners", LEAST },
		{ "group", LEAST }, { "until", LEAST }, { NULL, NULL } });
}

/* Clones of KIND beside a writer, closed loop: comparable with quiet(). */
static const struct point *beside(const struct report *r, const char *kind,
				  const struct point *base)
{
	const struct point *p;

	p = pick(&r->points, "clone-attach", (struct want[]){
		{ "workload", "idle" }, { "kind", kind },
		{ "victims", "unrelated" }, { "period", LEAST },
		{ "cloners", LEAST }, { "think", LEAST },
		{ "attachers", LEAST }, { "threads", LEAST }, { NULL, NULL } });
	if (!p || point_number(p, "period") > 0 ||
	    value_order(point_get(p, "cloners"), point_get(base, "cloners")))
		return NULL;
	return p;
}

static const struct size_fit *fit_of(const struct report *r,
				     const char *hierarchy, const char *think)
{
	for (size_t i = 0; i < r->sizes.nr_fit; i++) {
		const struct size_fit *f = &r->sizes.fit[i];

		if (f->fitted &&
		    !value_order(point_get(f->point[0], "hierarchy"), hierarchy) &&
		    (!think ||
		     !value_order(point_get(f->point[0], "think"), think)))
			return f;
	}
	return NULL;
}

static const struct point *writer(const struct report *r,
				  const char *hierarchy, const char *think)
{
	const struct point *p = pick(&r->points, "attach", (struct want[]){
		{ "workload", "idle" }, { "by", "procs" },
		{ "hierarchy", hierarchy }, { "attachers", LEAST },
		{ "threads", "1" }, { "depth", LEAST }, { "think", think },
		{ "into", "as-is" }, { "spread", LEAST }, { "mounted", LEAST },
		{ NULL, NULL } });

	return p;
}

size_t answer_stall(const struct report *r, const struct point **point,
		    char label[][64], size_t max)
{
	const char *kind[KINDS_MAX], *victims[4], *think[16];
	size_t nr_kind, nr_victims, nr_think, nr = 0, i, v, h;

	nr_victims = distinct(&r->points, "clone-attach", "victims", victims, 4);
	nr_kind = distinct(&r->points, "clone-attach", "kind", kind, KINDS_MAX);
	nr_think = distinct(&r->points, "clone-attach", "think", think, 16);

	for (i = 0; i < nr_kind; i++) {
		const struct point *p, *base;

		/* Quiet as the victims will be, on a schedule or not. */
		p = pick(&r->points, "clone-attach", (struct want[]){
			{ "workload", "idle" }, { "kind", kind[i] },
			{ "period", MOST }, { NULL, NULL } });
		base = p ? quiet(r, kind[i], point_get(p, "period") ?: "0") :
			   NULL;
		if (base && nr < max) {
			snprintf(label[nr], 64, "%s%squiet%s",
				 nr_kind > 1 ? kind[i] : "",
				 nr_kind > 1 ? " " : "",
				 point_number(base, "period") > 0 ? ", open" :
				 "");
			point[nr++] = base;
		}
		/* "unrelated" sorts last and is the surprise: show it first. */
		for (v = nr_victims; v--; ) {
			/* The two ends of think time: nobody else in between. */
			for (h = 0; h < nr_think; h += nr_think > 1 ?
						      nr_think - 1 : 1) {
				p = pick(&r->points, "clone-attach",
					 (struct want[]){
					{ "workload", "idle" },
					{ "kind", kind[i] },
					{ "victims", victims[v] },
					{ "think", think[h] },
					{ "period", MOST },
					{ "cloners", LEAST },
					{ "attachers", LEAST },
					{ "hierarchy", LEAST },
					{ "threads", LEAST },
					{ NULL, NULL } });
				if (!p || nr == max)
					continue;
				snprintf(label[nr], 64, "%s%s%s%s%s%s",
					 nr_kind > 1 ? kind[i] : "",
					 nr_kind > 1 ? " " : "", victims[v],
					 nr_think > 1 ? ", think " : "",
					 nr_think > 1 ? think[h] : "",
					 point_number(p, "period") > 0 ?
					 ", open" : "");
				point[nr++] = p;
			}
		}
	}
	return nr;
}

static void add_row(struct answer *row, size_t *nr, size_t max,
		    struct answer one)
{
	if (one.point && (*nr)++ < max)
		row[*nr - 1] = one;
}

/* Of NR pauses, the shortest first, that of most hierarchies; then the longest. */
static size_t lonely(const struct report *r, const char *const *hier,
		     size_t nr_hier, const char *const *think, size_t nr)
{
	size_t best = 0, most = 0;

	for (size_t c = 1; c < nr; c++) {
		size_t n = 0;

		for (size_t i = 0; i < nr_hier; i++) {
			const struct point *p = writer(r, hier[i], think[c]);

			n += p && p->nr_rep;
		}
		if (n && n >= most) {
			most = n;
			best = c;
		}
	}
	return best;
}

size_t answer_rows(const struct report *r, struct answer *row, size_t max)
{
	const char *kind[KINDS_MAX], *hier[ROWS_MAX + 1], *think[16];
	const struct point *p[ROWS_MAX];
	char label[ROWS_MAX][64];
	size_t nr_kind, nr_hier, nr_think, nr_stall, nr = 0, i, c, alone;

	nr_kind = distinct(&r->points, "clone", "kind", kind, KINDS_MAX);
	nr_hier = distinct(&r->points, "attach", "hierarchy", hier,
			   ROWS_MAX + 1);
	nr_think = distinct(&r->points, "attach", "think", think, 16);
	nr_stall = answer_stall(r, p, label, ROWS_MAX);
	for (i = 0; i < nr_kind; i++) {
		struct answer one = { .cost = "reader-tax" };

		snprintf(one.label, sizeof(one.label), "%s", kind[i]);
		one.point = quiet(r, kind[i], "0");
		if (one.point)
			one.beside = beside(r, kind[i], one.point);
		add_row(row, &nr, max, one);
	}
	alone = lonely(r, hier, nr_hier, think, nr_think);
	for (i = 0; i < nr_hier; i++) {
		for (c = 0; c < nr_think; c = c < alone ? alone : nr_think) {
			struct answer one = { .cost = "writer-latency" };

			snprintf(one.label, sizeof(one.label), "%.40s, think %.12s",
				 hier[i], think[c]);
			one.point = writer(r, hier[i], think[c]);
			one.fit = fit_of(r, hier[i], think[c]);
			add_row(row, &nr, max, one);
		}
	}
	for (i = 0; i < nr_stall; i++) {
		struct answer one = { .cost = "collateral-stall" };

		memcpy(one.label, label[i], sizeof(one.label));
		one.point = p[i];
		add_row(row, &nr, max, one);
	}
	return nr;
}
