// SPDX-License-Identifier: GPL-2.0-or-later
/* answer - the three costs: reader tax, writer latency, collateral stall */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "rank.h"
#include "report.h"

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

static const char *const quiet_role = "cloner";

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

static void percent(char *buf, size_t len, double ratio)
{
	double v = 100 * (ratio - 1);

	snprintf(buf, len, "%+.*f", fabs(v) < 9.95 ? 1 : 0, v);
}

/* The same in per cent more; false if there is none. */
static bool more(const struct point *a, const struct point *b,
		 const char *unit, char *buf, size_t len)
{
	char est[16], lo[16], hi[16];
	struct rank_shift s;
	size_t n;
	int ret = point_ratio(a, b, unit, &s, &n);

	if (!ret || ret == -ENODATA) {
		percent(est, sizeof(est), s.est);
		percent(lo, sizeof(lo), s.lo);
		percent(hi, sizeof(hi), s.hi);
		if (n == 1)	/* one pair has no range */
			snprintf(buf, len, "%s%%", est);
		else
			snprintf(buf, len, "%s%% %s[%s,%s]", est,
				 ret ? "r" : "", lo, hi);
	}
	return !ret || ret == -ENODATA;
}

static bool reader_tax(struct report *r, FILE *to)
{
	const char *kind[KINDS_MAX];
	size_t nr = distinct(&r->points, "clone", "kind", kind, KINDS_MAX);
	const struct point *writer = NULL;
	struct table t;
	char unit[64], buf[80];

	snprintf(unit, sizeof(unit), "%s-p50-ns", quiet_role);
	table_start(&t, 5, 1);
	table_row(&t, NULL);
	table_cell(&t, 1, "p50");
	table_cell(&t, 2, "n");
	for (size_t i = 0; i < nr; i++) {
		const struct point *p = quiet(r, kind[i], "0"), *w;
		struct est e;

		if (!p)
			continue;
		e = point_est(p, unit);
		if (!e.nr)
			continue;
		table_row(&t, NULL);
		table_cell(&t, 0, "%s", kind[i]);
		table_cell(&t, 1, "%s", est_time(buf, sizeof(buf), &e));
		table_cell(&t, 2, "%zu", e.nr);
		w = beside(r, kind[i], p);
		if (!w)
			continue;
		writer = w;
		e = point_est(w, unit);
		if (e.nr) {
			table_cell(&t, 3, "%s",
				   est_time(buf, sizeof(buf), &e));
			if (more(p, w, unit, buf, sizeof(buf)))
				table_cell(&t, 4, "%s", buf);
		}
	}
	if (t.nr_row == 1) {
		table_free(&t);
		return false;
	}
	out_wrap(to, "", "READER TAX: what a fork pays always (clone, one cloner, quiet)");
	if (writer) {
		/* The heading belongs to the first row of the table. */
		t.cell[3] = mem_text("beside writer");
		t.cell[4] = mem_text("more, paired");
	}
	table_print(&t, to, "  ");
	table_free(&t);
	if (writer)
		out_wrap(to, "  ", "writer: %s, think %s s, unrelated group. Whole operation: time on one kernel cannot tell the lock from the rest of the fork path; compare two kernels for that: ./run.sh lab --exact A B",
			 point_get(writer, "hierarchy") ?: "?",
			 point_get(writer, "think") ?: "?");
	else
		out_wrap(to, "  ", "Whole operation: time on one kernel cannot tell the lock from the rest of the fork path; compare two kernels for that: ./run.sh lab --exact A B");
	return true;
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
		{ NULL, NULL } });

	return p;
}

static void think_heading(char *buf, size_t len, const char *think)
{
	double v;

	if (number(think, &v) && !v)
		snprintf(buf, len, "back to back");
	else
		snprintf(buf, len, "think %.20s s", think);
}

static bool writer_latency(struct report *r, FILE *to, bool gap)
{
	const char *hier[ROWS_MAX + 1], *think[16];
	size_t nr = distinct(&r->points, "attach", "hierarchy", hier,
			     ROWS_MAX + 1);
	size_t nr_think = distinct(&r->points, "attach", "think", think, 16);
	size_t use[2], nr_use = 0, n_min = 0, n_max = 0;
	char buf[80], lo[40], hi[40];
	bool slopes = false;
	struct table t;

	if (!nr || !nr_think)
		return false;
	/* The longest pause first, then none. */
	if (nr_think > 1)
		use[nr_use++] = nr_think - 1;
	use[nr_use++] = 0;

	table_start(&t, 4, 1);
	table_row(&t, NULL);
	for (size_t c = 0; c < nr_use; c++) {
		think_heading(buf, sizeof(buf), think[use[c]]);
		table_cell(&t, 1 + c, "%s", buf);
	}
	for (size_t i = 0; i < nr; i++) {
		const struct size_fit *f;
		bool any = false;

		for (size_t c = 0; c < nr_use; c++) {
			const struct point *p = writer(r, hier[i],
						       think[use[c]]);
			struct est e = { .nr = 0 };

			if (p)
				e = point_est(p, "attacher-p50-ns");
			if (!e.nr)
				continue;
			if (!any)
				table_row(&t, NULL);
			any = true;
			table_cell(&t, 0, "%s", hier[i]);
			table_cell(&t, 1 + c, "%s",
				   est_time(buf, sizeof(buf), &e));
			n_min = !n_min || e.nr < n_min ? e.nr : n_min;
			n_max = e.nr > n_max ? e.nr : n_max;
		}
		f = any ? fit_of(r, hier[i], think[0]) ?:
			  fit_of(r, hier[i], NULL) : NULL;
		if (!f)
			continue;
		slopes = true;
		table_cell(&t, 3, "%s ns [%s,%s]",
			   out_number(buf, sizeof(buf), f->ts.slope),
			   out_number(lo, sizeof(lo), f->ts.slope_lo),
			   out_number(hi, sizeof(hi), f->ts.slope_hi));
	}
	if (t.nr_row == 1) {
		table_free(&t);
		return false;
	}
	if (slopes) {
		t.cell[3] = mem_text("per thread moved");
	}
	snprintf(buf, sizeof(buf), n_min == n_max ? "n=%zu" : "n=%zu..%zu",
		 n_min, n_max);
	if (gap)
		fputc('\n', to);
	out_wrap(to, "", "WRITER LATENCY: one thread, one write of cgroup.procs (p50, %s)",
		 buf);
	table_print(&t, to, "  ");
	table_free(&t);
	if (nr > ROWS_MAX)
		out_wrap(to, "  ", "more hierarchies: see the tables");
	return true;
}

/* One row of the stall: victims as this point has them. */
static void stall_row(struct table *t, const struct point *p, const char *label)
{
	const struct pool *pool = point_pool(p, quiet_role);
	struct est e = point_est(p, "cloner-p50-ns");
	char buf[80];
	double v;

	table_row(t, NULL);
	table_cell(t, 0, "%s", label);
	table_cell(t, 1, "%s", est_time(buf, sizeof(buf), &e));
	e = point_est(p, "cloner-p99-ns");
	if (e.nr)
		table_cell(t, 2, "%s", est_time(buf, sizeof(buf), &e));
	else if (pool_quantile(pool, 0.99, &v))
		table_cell(t, 2, "%s", out_time(buf, sizeof(buf), v));
	else
		table_cell(t, 2, "-");
	v = point_max(p, "cloner-max-ns");
	table_cell(t, 3, "%s", v < 0 ? "-" : out_time(buf, sizeof(buf), v));
	table_cell(t, 4, "%s", out_count(buf, sizeof(buf),
					 point_sum(p, "cloner-ops")));
	table_cell(t, 5, "%zu", p->nr_rep);
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

static bool stall(struct report *r, FILE *to, bool gap)
{
	const struct point *p[ROWS_MAX];
	char label[ROWS_MAX][64];
	size_t nr = answer_stall(r, p, label, ROWS_MAX), i;
	bool closed = false, open = false, one_kind = true;
	const char *kind;
	struct table t;

	for (i = 0; i < nr; i++) {
		one_kind &= !value_order(point_get(p[i], "kind"),
					 point_get(p[0], "kind"));
		if (strcmp(p[i]->bench, "clone-attach"))
			continue;
		if (point_number(p[i], "period") > 0)
			open = true;
		else
			closed = true;
	}
	if (!closed && !open)
		return false;
	table_start(&t, 6, 1);
	table_row(&t, NULL);
	table_cell(&t, 1, "p50");
	table_cell(&t, 2, "p99");
	table_cell(&t, 3, "max");
	table_cell(&t, 4, "ops");
	table_cell(&t, 5, "n");
	for (i = 0; i < nr; i++)
		stall_row(&t, p[i], label[i]);
	if (gap)
		fputc('\n', to);
	kind = point_get(p[0], "kind");
	out_wrap(to, "", "COLLATERAL STALL: a clone%s%s%s while cgroup.procs is written",
		 one_kind && kind ? " (" : "", one_kind && kind ? kind : "",
		 one_kind && kind ? ")" : "");
	table_print(&t, to, "  ");
	table_free(&t);
	if (closed)
		out_wrap(to, "  ", "closed loop%s: clones queued behind a stalled one are not seen",
			 open ? " (not marked open)" : "");
	if (open)
		out_wrap(to, "  ", "open: on a fixed schedule, latency from the scheduled start");
	out_wrap(to, "  ", "p99: median over repetitions (no +-: pooled); max: of all");
	if (nr == ROWS_MAX)
		out_wrap(to, "  ", "there may be more: see the tables");
	return true;
}

bool answer_costs(struct report *r, FILE *to)
{
	bool any;

	any = reader_tax(r, to);
	any |= writer_latency(r, to, any);
	any |= stall(r, to, any);
	return any;
}

static void add_row(struct answer *row, size_t *nr, size_t max,
		    struct answer one)
{
	if (one.point && (*nr)++ < max)
		row[*nr - 1] = one;
}

size_t answer_rows(const struct report *r, struct answer *row, size_t max)
{
	const char *kind[KINDS_MAX], *hier[ROWS_MAX + 1], *think[16];
	const struct point *p[ROWS_MAX];
	char label[ROWS_MAX][64];
	size_t nr_kind, nr_hier, nr_think, nr_stall, nr = 0, i, c;

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
	for (i = 0; i < nr_hier; i++) {
		for (c = 0; c < nr_think; c += nr_think > 1 ? nr_think - 1 : 1) {
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
