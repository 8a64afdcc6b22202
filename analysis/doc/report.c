// SPDX-License-Identifier: GPL-2.0-or-later
/* report - one results folder as something to read */
#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "costs.h"
#include "exact.h"
#include "headline.h"
#include "inside.h"
#include "knee.h"
#include "mem.h"
#include "profile.h"
#include "question.h"
#include "report.h"
#include "set.h"

#define KEYS_MAX	32
#define ROLES_MAX	8
#define SEEN_MAX	100	/* units of the points of a table */
#define TORN		0.5	/* a spread that one number cannot stand for */
#define NOTES_MAX	6	/* lines of one kind; the rest is counted */

/* --- a table ------------------------------------------------------------- */

struct order {
	const char	*key[KEYS_MAX];
	size_t		 nr;
};

static int point_order(const void *pa, const void *pb, void *arg)
{
	const struct point *a = *(const struct point *const *)pa;
	const struct point *b = *(const struct point *const *)pb;
	const struct order *o = arg;

	for (size_t i = 0; i < o->nr; i++) {
		int c = value_order(point_get(a, o->key[i]),
				    point_get(b, o->key[i]));

		if (c)
			return c;
	}
	return 0;
}

static const struct { const char *name; double q; } quantiles[] = {
	{ "p90", 0.9 }, { "p99", 0.99 }, { "p99.9", 0.999 },
};

enum { COL_N, COL_P50, COL_SPREAD, COL_Q, COL_MAX = COL_Q + 3, COL_OPS,
       COL_RATE, NR_COLS };

/* Several actors of a kind: then the rate is the point. */
static bool wants_rate(const struct point *const *p, size_t nr,
		       const char *role)
{
	char key[80];

	snprintf(key, sizeof(key), "%ss", role);
	for (size_t i = 0; i < nr; i++)
		if (point_number(p[i], key) > 1)
			return true;
	return false;
}

/* A time in the unit of its table; whole nanoseconds without decimals. */
static const char *scaled(char *buf, size_t len, double ns,
			  const struct scale *s)
{
	if (s->ns == 1 && ns == rint(ns))
		snprintf(buf, len, "%.0f", ns);
	else
		out_number(buf, len, ns / s->ns);
	return buf;
}

/* NAN: "-". */
static void scaled_cell(struct table *t, size_t col, double ns,
			const struct scale *s, const char *mark)
{
	struct est e = { .med = ns, .nr = !isnan(ns) };
	char buf[40];

	table_cell(t, col, "%s%s", e.nr ? scaled(buf, sizeof(buf), ns, s) : "-",
		   e.nr ? mark : "");
	table_typed(t, col, &e, "ns");
}

static void interval_cell(struct table *t, size_t col, const struct est *e,
			  const struct scale *s)
{
	char lo[40], hi[40];

	if (e->nr < 2)
		table_cell(t, col, "-");
	else
		table_cell(t, col, e->range ? "(%s to %s)" : "[%s, %s]",
			   scaled(lo, sizeof(lo), e->lo, s),
			   scaled(hi, sizeof(hi), e->hi, s));
	table_typed(t, col, e, "ns");
}

/* Repetitions contradict each other. */
static bool is_torn(const struct est *e)
{
	return fmax(e->hi - e->med, e->med - e->lo) > TORN * e->med;
}

/*
 * A row's numbers from column AT on; *LACKING if its pool has not all of the
 * repetitions.
 */
static void row_cells(struct table *t, size_t at, const struct point *p,
		      const char *role, const struct scale *s, bool rate,
		      bool *lacking)
{
	const struct pool *pool = point_pool(p, role);
	char unit[100];
	struct est e;
	double v;

	snprintf(unit, sizeof(unit), "%s-p50-ns", role);
	e = point_est(p, unit);
	table_cell(t, at + COL_N, "%zu", e.nr);
	scaled_cell(t, at + COL_P50, e.nr ? e.med : NAN, s, "");
	table_typed(t, at + COL_P50, &e, "ns");
	interval_cell(t, at + COL_SPREAD, &e, s);
	for (size_t q = 0; q < 3; q++) {
		bool some = pool && pool->nr_rep < p->nr_rep;
		bool known = pool_quantile(pool, quantiles[q].q, &v);

		*lacking |= known && some;
		scaled_cell(t, at + COL_Q + q, known ? v : NAN, s,
			    some ? "*" : "");
	}
	if (!pool)
		*lacking = true;
	snprintf(unit, sizeof(unit), "%s-max-ns", role);
	v = point_max(p, unit);
	scaled_cell(t, at + COL_MAX, v < 0 ? NAN : v, s, "");
	snprintf(unit, sizeof(unit), "%s-ops", role);
	table_count(t, at + COL_OPS, point_sum(p, unit));
	if (!rate)
		return;
	snprintf(unit, sizeof(unit), "%s-ops/s", role);
	e = point_est(p, unit);
	table_count(t, at + COL_RATE, e.nr ? e.med : NAN);
}

/* "cloner-cpus=1": where the actors ran, if all repetitions say the same. */
static size_t placement(const struct point *const *p, size_t nr, char *buf,
			size_t len)
{
	char first[200] = "", one[200];
	bool any = false;

	for (size_t i = 0; i < nr; i++) {
		for (size_t k = 0; k < p[i]->nr_rep; k++) {
			const char *at = p[i]->rep[k]->effective ?: "";
			size_t n = 0;

			*one = 0;
			while (*at) {
				size_t word = strcspn(at, " ");
				size_t key = strcspn(at, "=");

				if (key > 5 && key < word &&
				    !strncmp(at + key - 5, "-cpus", 5) &&
				    n + word + 2 < sizeof(one))
					n += sprintf(one + n, " %.*s",
						     (int)word, at);
				at += word;
				at += strspn(at, " ");
			}
			if (any && strcmp(one, first))
				return snprintf(buf, len, " (pinned in several ways)");
			memcpy(first, one, sizeof(first));
			any = true;
		}
	}
	return snprintf(buf, len, "%s", first);
}

/* Constants of the points, once. */
static void hoisted(const struct point *const *p, size_t nr, struct doc *to)
{
	const char *key[KEYS_MAX];
	size_t nr_key = point_keys(p, nr, key, KEYS_MAX), n = 0;
	char line[1000] = "";

	for (size_t i = 0; i < nr_key; i++) {
		const char *v = point_get(p[0], key[i]);

		if (!v || point_varies(p, nr, key[i]) || key_is_length(key[i]) ||
		    (!strcmp(key[i], "workload") && !strcmp(v, "idle")))
			continue;
		if (n < sizeof(line))
			n += snprintf(line + n, sizeof(line) - n, "%s%s=%s",
				      n ? " " : "", key[i], v);
	}
	if (n < sizeof(line))
		n += placement(p, nr, line + n, sizeof(line) - n);
	if (n)
		doc_note(to, "%s", line + (*line == ' '));
}

/* Counters of the program: those that belong to no role. */
static void counters(const struct point *const *p, size_t nr,
		     char role[][64], size_t nr_role, struct doc *to)
{
	const char *seen[SEEN_MAX];
	size_t nr_seen = 0, n = 0;
	char line[800] = "";

	for (size_t k = 0; k < nr; k++)
		for (size_t i = 0; p[k]->nr_rep && i < p[k]->rep[0]->nr_value; i++)
			point_add_key(seen, &nr_seen, SEEN_MAX,
				p[k]->rep[0]->value[i].unit);
	for (size_t i = 0; i < nr_seen; i++) {
		double least = HUGE_VAL, most = -HUGE_VAL;
		char a[40], b[40];
		bool skip = !strcmp(seen[i], "clock-ns");

		for (size_t k = 0; k < nr_role; k++) {
			size_t len = strlen(role[k]);

			skip |= !strncmp(seen[i], role[k], len) &&
				seen[i][len] == '-';
		}
		for (size_t k = 0; k < nr && !skip; k++) {
			struct est e = point_est(p[k], seen[i]);

			if (e.nr) {
				least = fmin(least, e.lo);
				most = fmax(most, e.hi);
			}
		}
		if (skip || least > most || n >= sizeof(line))
			continue;
		snprintf(a, sizeof(a), "%.6g", least);
		snprintf(b, sizeof(b), "%.6g", most);
		n += snprintf(line + n, sizeof(line) - n, "%s%s %s%s%s",
			      n ? ", " : "", seen[i], a,
			      strcmp(a, b) ? ".." : "", strcmp(a, b) ? b : "");
	}
	if (n)
		doc_note(to, "counters: %s", line);
}

/*
 * Table of ROLE over the NR points P. Options that vary are columns; while
 * that is too wide, the widest word moves to a line above its rows. What
 * does not vary is said above the FIRST table of the points.
 */
static void table_of(const struct point **p, size_t nr, const char *role,
		     bool first, struct doc *to)
{
	const char *key[KEYS_MAX];
	size_t nr_key = point_varying(p, nr, key, KEYS_MAX), nr_above, i, k;
	bool rate = wants_rate(p, nr, role), lacking = false;
	const struct scale *s;
	double least = HUGE_VAL;
	struct order order = { .nr = 0 };
	struct table t;
	char unit[100], last[300] = "", above[300];

	snprintf(unit, sizeof(unit), "%s-p50-ns", role);
	for (i = 0; i < nr; i++) {
		struct est e = point_est(p[i], unit);

		if (e.nr && e.med > 0)
			least = fmin(least, e.med);
	}
	s = out_scale(least == HUGE_VAL ? 1 : least);

	for (nr_above = 0; ; nr_above++) {
		size_t widest = nr_above, width = 0;

		/* Keys above come first in the order of rows. */
		order.nr = nr_key;
		memcpy(order.key, key, nr_key * sizeof(*key));
		qsort_r(p, nr, sizeof(*p), point_order, &order);

		table_start(&t, nr_key - nr_above + NR_COLS, nr_key - nr_above);
		table_row(&t, NULL);
		for (k = nr_above; k < nr_key; k++)
			table_cell(&t, k - nr_above, "%s", key[k]);
		k = nr_key - nr_above;
		table_cell(&t, k + COL_N, "n");
		table_cell(&t, k + COL_P50, "p50");
		table_cell(&t, k + COL_SPREAD, "95 %% interval");
		for (i = 0; i < 3; i++)
			table_cell(&t, k + COL_Q + i, "%s", quantiles[i].name);
		table_cell(&t, k + COL_MAX, "max");
		table_cell(&t, k + COL_OPS, "ops");
		if (rate)
			table_cell(&t, k + COL_RATE, "ops/s");
		*last = 0;
		lacking = false;
		for (i = 0; i < nr; i++) {
			point_label(p[i], key, nr_above, true, above,
				    sizeof(above));
			table_row(&t, *above && strcmp(above, last) ? above :
				      NULL);
			memcpy(last, above, sizeof(last));
			for (k = nr_above; k < nr_key; k++)
				table_cell(&t, k - nr_above, "%s",
					   point_get(p[i], key[k]) ?: "-");
			row_cells(&t, nr_key - nr_above, p[i], role, s, rate,
				  &lacking);
		}
		if (table_width(&t, 1) <= OUT_WIDTH - 2 || nr_above == nr_key)
			break;
		/* The widest of the words that are left goes above. */
		for (k = nr_above; k < nr_key; k++) {
			size_t w = strlen(key[k]);

			for (i = 0; i < nr; i++) {
				const char *v = point_get(p[i], key[k]);

				w = v && strlen(v) > w ? strlen(v) : w;
			}
			if (w > width) {
				width = w;
				widest = k;
			}
		}
		{
			const char *moved = key[widest];

			memmove(key + nr_above + 1, key + nr_above,
				(widest - nr_above) * sizeof(*key));
			key[nr_above] = moved;
		}
		table_free(&t);
	}
	doc_head(to, "[%s] %s: latency of one operation of the %s, in %s",
		p[0]->part, p[0]->bench, role, s->name);
	if (first)
		hoisted(p, nr, to);
	doc_table(to, &t);
	if (lacking)
		doc_note(to, "* or a missing p90: some repetitions have no distribution; the list below says which");
}

static void floor_line(const struct report *r, struct doc *to)
{
	char p50[60], p99[40], clock[60];

	if (!r->null_p50.nr && !r->clock.nr) {
		doc_note(to, "noise floor: not measured in this run");
		return;
	}
	out_est(p50, sizeof(p50), &r->null_p50, "ns");
	if (r->null_p99 >= 0)
		out_time(p99, sizeof(p99), r->null_p99);
	else
		snprintf(p99, sizeof(p99), "-");
	out_est(clock, sizeof(clock), &r->clock, "ns");
	if (r->null_p50.nr)
		doc_note(to, "noise floor: an empty operation takes %s, p99 %s; reading the clock %s",
			p50, p99, clock);
	else
		doc_note(to, "noise floor: empty operation not measured; reading the clock %s",
			clock);
}

static void tables(const struct report *r, struct doc *to)
{
	const struct points *all = &r->points;
	const struct point **p = mem_get(all->nr_point, sizeof(*p));
	char role[ROLES_MAX][64];

	for (size_t i = 0; i < all->nr_point; ) {
		size_t nr = 0, nr_role, k;

		for (k = i; k < all->nr_point &&
			    !strcmp(all->point[k].part, all->point[i].part) &&
			    !strcmp(all->point[k].bench, all->point[i].bench);
		     k++)
			if (all->point[k].nr_rep)
				p[nr++] = &all->point[k];
		i = k;
		if (!nr)
			continue;
		/* Its numbers are in the noise floor under every table. */
		if (nr == 1 && p[0] == r->null)
			continue;
		nr_role = point_roles(p[0], role, ROLES_MAX);
		for (k = 0; k < nr_role; k++)
			table_of(p, nr, role[k], !k, to);
		counters(p, nr, role, nr_role, to);
		floor_line(r, to);
	}
	free(p);
}

/* --- size ---------------------------------------------------------------- */

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
	size_t k;

	for (size_t i = 0; i < nr; i++)
		if (fit[i].fitted && size_bent(&fit[i]) &&
		    (!widest || fit[i].nr_point > widest->nr_point))
			widest = &fit[i];
	if (!widest)
		return;
	table_start(&t, nr_key + widest->nr_point - 1, nr_key);
	table_row(&t, NULL);
	for (k = 0; k < nr_key; k++)
		table_cell(&t, k, "%s", key[k]);
	for (size_t i = 0; i + 1 < widest->nr_point; i++)
		table_cell(&t, nr_key + i, "%s-%s",
			   point_get(widest->point[i], "threads"),
			   point_get(widest->point[i + 1], "threads"));
	for (size_t n = 0; n < nr; n++) {
		/* Others of the part may have been given other sizes. */
		if (!fit[n].fitted || fit[n].nr_point != widest->nr_point)
			continue;
		table_row(&t, NULL);
		for (k = 0; k < nr_key; k++)
			table_cell(&t, k, "%s", point_get(fit[n].point[0],
							  key[k]) ?: "-");
		for (size_t i = 0; i + 1 < fit[n].nr_point; i++)
			table_cell(&t, nr_key + i, "%s",
				   out_number(buf, sizeof(buf),
					      size_slope(&fit[n], i)));
	}
	doc_warn(to, "not a straight line; ns per thread from each size to the next (medians):");
	doc_table(to, &t);
}

/* Least squares under the line of Theil-Sen, for whom that convinces more. */
static void ols_row(struct table *t, size_t col, const struct fit_line *l)
{
	const struct scale *s = out_scale(fabs(l->intercept));
	char a[40], b[40], c[40];

	table_row(t, NULL);
	if (l->intercept_hi < 0)
		table_cell(t, col, "OLS -");
	else
		table_cell(t, col, "OLS %s [%s, %s]",
			   out_time(a, sizeof(a), l->intercept),
			   out_number(b, sizeof(b), l->intercept_lo / s->ns),
			   out_number(c, sizeof(c), l->intercept_hi / s->ns));
	table_cell(t, col + 1, "%s [%s, %s]", out_number(a, sizeof(a), l->slope),
		   out_number(b, sizeof(b), l->slope_lo),
		   out_number(c, sizeof(c), l->slope_hi));
}

static void sizes(const struct report *r, struct doc *to)
{
	const struct size_fits *all = &r->sizes;

	for (size_t i = 0; i < all->nr_fit; ) {
		const char *part = all->fit[i].point[0]->part, *key[KEYS_MAX];
		const struct point **head = mem_get(all->nr_fit, sizeof(*head));
		size_t first = i, nr = 0, nr_key, k, n;
		char buf[100], a[40], b[40], c[40];
		struct table t;

		for (; i < all->nr_fit &&
		       !strcmp(all->fit[i].point[0]->part, part); i++)
			if (all->fit[i].fitted)
				head[nr++] = all->fit[i].point[0];
		nr_key = point_varying(head, nr, key, KEYS_MAX);
		for (k = n = 0; k < nr_key; k++)
			if (strcmp(key[k], "threads"))
				key[n++] = key[k];
		nr_key = n;
		free(head);
		if (!nr)
			continue;
		table_start(&t, nr_key + 3, nr_key);
		table_row(&t, NULL);
		for (k = 0; k < nr_key; k++)
			table_cell(&t, k, "%s", key[k]);
		table_cell(&t, k, "fixed cost");
		table_cell(&t, k + 1, "ns per thread");
		table_cell(&t, k + 2, "break-even");
		for (n = first; n < i; n++) {
			const struct size_fit *f = &all->fit[n];
			const struct point *p = f->point[0];

			if (!f->fitted)
				continue;
			table_row(&t, NULL);
			for (k = 0; k < nr_key; k++)
				table_cell(&t, k, "%s",
					   point_get(p, key[k]) ?: "-");
			out_time(a, sizeof(a), f->ts.intercept);
			if (isnan(f->fixed_lo))
				table_cell(&t, k, "%s", a);
			else if (f->fixed_hi < 0)
				table_cell(&t, k, "-");
			else {
				const struct scale *s =
					out_scale(fabs(f->ts.intercept));

				table_cell(&t, k, "%s [%s, %s]", a,
					   out_number(b, sizeof(b),
						      f->fixed_lo / s->ns),
					   out_number(c, sizeof(c),
						      f->fixed_hi / s->ns));
			}
			table_cell(&t, k + 1, "%s [%s, %s]",
				   out_number(a, sizeof(a), f->ts.slope),
				   out_number(b, sizeof(b), f->ts.slope_lo),
				   out_number(c, sizeof(c), f->ts.slope_hi));
			table_cell(&t, k + 2, "%s", size_bent(f) ? "!" :
				   even_text(f, buf, sizeof(buf)));
			ols_row(&t, k, &f->ols);
		}
		doc_head(to, "[%s] Cost of a move by group size: fixed cost + threads x cost per thread",
			part);
		doc_table(to, &t);
		doc_note(to, "Theil-Sen with 95 %% intervals, least squares (OLS) below; break-even: threads that together cost as much as the fixed part");
		size_steps(&all->fit[first], i - first, key, nr_key, to);
	}
}

/* --- what did not become a number ---------------------------------------- */

struct reason {
	const char	*text;
	enum verdict	 verdict;
	size_t		 nr_rep, nr_point;
	unsigned int	 line;		/* the first */
	const char	*bench;
	bool		 mixed;		/* of several benches */
};

/* What was measured twice: the refused one is listed, its repeat counts. */
static void repeated(const struct run *run, struct doc *to)
{
	size_t nr = 0, ok = 0, run_lines = 0;

	for (size_t i = 0; i < run->nr_rep; i++) {
		const struct rep *rep = &run->rep[i];

		nr += rep->of > 0;
		ok += rep->of && rep->verdict == REP_OK;
		run_lines += !rep->of && !rep->planned_skip;
	}
	if (nr)
		doc_item(to, "%zu of %zu measurements %s repeated at the end because the first was refused (void, or over its time limit): %zu %s ok and count%s in its place",
			 nr, run_lines, nr == 1 ? "was" : "were", ok,
			 ok == 1 ? "is" : "are", ok == 1 ? "s" : "");
}

void report_omitted(const struct report *r, struct doc *to)
{
	static const char *const word[NR_VERDICTS] = {
		[REP_SKIP] = "skipped", [REP_FAIL] = "failed",
		[REP_VOID] = "void",
	};
	static const enum verdict order[] = { REP_SKIP, REP_FAIL, REP_VOID };
	const struct run *run = &r->run;
	size_t nr = 0, planned = 0, excluded = 0, i, k;
	struct reason *reason = NULL;

	for (i = 0; i < run->nr_rep; i++) {
		const struct rep *rep = &run->rep[i];

		planned += rep->verdict == REP_PLANNED;
		excluded += rep->verdict == REP_EXCLUDED;
		if (!word[rep->verdict])
			continue;
		for (k = 0; k < nr; k++)
			if (reason[k].verdict == rep->verdict &&
			    !strcmp(reason[k].text, rep->reason))
				break;
		if (k == nr) {
			struct reason *one = mem_more(&reason, &nr,
						      sizeof(*one));

			one->text = rep->reason;
			one->verdict = rep->verdict;
			one->line = rep->line;
			one->bench = rep->bench;
		}
		reason[k].nr_rep++;
		reason[k].mixed |= strcmp(reason[k].bench, rep->bench) != 0;
	}
	/* A skipped point is skipped in every block: count points. */
	for (i = 0; i < r->points.nr_point; i++) {
		const struct point *p = &r->points.point[i];

		for (size_t j = 0; p->count[REP_SKIP] && j < run->nr_rep; j++) {
			const struct rep *rep = &run->rep[j];

			if (rep->verdict != REP_SKIP || rep->part != p->part ||
			    rep->point != p->opt)
				continue;
			for (k = 0; k < nr; k++)
				if (reason[k].verdict == REP_SKIP &&
				    !strcmp(reason[k].text, rep->reason))
					reason[k].nr_point++;
			break;
		}
	}

	if (!nr && !planned && !run->nr_note && !run->nr_plan_note) {
		doc_para(to, "Every repetition of the plan was measured.");
		return;
	}
	doc_head(to, "Not in the numbers");
	for (size_t o = 0; o < 3; o++) {
		size_t shown = 0, rest = 0;

		for (k = 0; k < nr; k++) {
			const struct reason *one = &reason[k];
			bool skip = one->verdict == REP_SKIP && one->nr_point;

			if (one->verdict != order[o])
				continue;
			if (shown++ >= NOTES_MAX) {
				rest += one->nr_rep;
				continue;
			}
			if (skip)
				doc_item(to, "skipped: %zu point%s%s%s: %s",
					one->nr_point,
					out_s(one->nr_point),
					one->mixed ? "" : " of ",
					one->mixed ? "" : one->bench, one->text);
			else
				doc_item(to, "%s: %zu repetition%s%s%s (first: plan line %u): %s",
					word[one->verdict], one->nr_rep,
					out_s(one->nr_rep),
					one->mixed ? "" : " of ",
					one->mixed ? "" : one->bench,
					one->line, one->text);
		}
		if (rest)
			doc_item(to, "%s: %zu more repetition%s for other reasons",
				word[order[o]], rest, out_s(rest));
	}
	repeated(run, to);
	for (i = 0; i < run->nr_plan_note; i++)
		doc_item(to, "plan: %s", run->plan_note[i]);
	if (planned && json_is_object(json_object_get(run->meta, "lab")))
		doc_item(to, "not done: %zu of %zu repetition%s of the plan",
			planned, run->nr_rep, out_s(run->nr_rep));
	else if (planned)
		doc_item(to, "not done: %zu of %zu repetition%s of the plan; continue with ./run.sh --resume %s",
			planned, run->nr_rep, out_s(run->nr_rep), run->path);
	if (run->nr_note)
		doc_item(to, "excluded: %zu repetition%s, %zu remark%s:",
			excluded, out_s(excluded), run->nr_note,
			out_s(run->nr_note));
	for (i = 0; i < run->nr_note && i < NOTES_MAX; i++)
		doc_note(to, "%s", run->note[i]);
	if (run->nr_note > NOTES_MAX)
		doc_note(to, "and %zu more", run->nr_note - NOTES_MAX);
	free(reason);
}

/* MSER-5 found no steady state in these; they are in the numbers. */
static void unsettled(const struct report *r, struct doc *to)
{
	size_t known = 0, never = 0, shown = 0;

	for (size_t i = 0; i < r->points.nr_point; i++) {
		known += r->points.point[i].nr_settle;
		never += r->points.point[i].nr_unsettled;
	}
	if (!known)
		return;
	doc_key(to, "warm-up", "%zu of %zu repetition%s never reached a steady state (MSER-5)%s",
		never, known, out_s(known),
		never ? "; they are kept. Points where at least half did not:" : "");
	for (size_t i = 0; never && i < r->points.nr_point; i++) {
		const struct point *p = &r->points.point[i];
		const char *key[KEYS_MAX];
		char text[200];
		size_t nr = 0;

		if (!p->nr_unsettled || 2 * p->nr_unsettled < p->nr_settle)
			continue;
		for (size_t k = 0; k < p->nr_opt && nr < KEYS_MAX; k++)
			key[nr++] = p->opt[k].key;
		if (shown++ < NOTES_MAX)
			doc_item(to, "[%s] %s %s: %u of %u", p->part, p->bench,
				point_label(p, key, nr, true, text, sizeof(text)),
				p->nr_unsettled, p->nr_settle);
	}
	if (shown > NOTES_MAX)
		doc_item(to, "and %zu more", shown - NOTES_MAX);
}

/* --- the whole ----------------------------------------------------------- */

/* "1 failed, 2 void" of repetitions that were to be measured; "" if none. */
static const char *lost(const struct run *run, char *buf, size_t len)
{
	static const struct { enum verdict v; const char *word; } what[] = {
		{ REP_FAIL, "failed" }, { REP_VOID, "void" },
		{ REP_EXCLUDED, "malformed" }, { REP_PLANNED, "not done" },
	};
	size_t n = 0;

	*buf = 0;
	for (size_t i = 0; i < sizeof(what) / sizeof(*what) && n < len; i++) {
		size_t nr = 0;

		for (size_t k = 0; k < run->nr_rep; k++)
			nr += run->rep[k].verdict == what[i].v;
		if (nr)
			n += snprintf(buf + n, len - n, "%s%zu %s",
				      n ? ", " : "", nr, what[i].word);
	}
	return buf;
}

/* On what, and what may spoil all of it. */
void report_head(const struct report *r, struct doc *to)
{
	const struct run *run = &r->run;
	char buf[400], machine[300], kernel[100];
	size_t n;

	doc_title(to, "%s: %s", run->question, run->title ?: "");
	n = snprintf(buf, sizeof(buf), "%s; %s",
		     cond_text(run, "kernel.release", kernel, sizeof(kernel)) ?:
		     run->sample_kernel ?: "kernel unknown",
		     cond_place(run, machine, sizeof(machine)));
	if (cond_text(run, "lock_mode", machine, sizeof(machine)) &&
	    strcmp(machine, "default"))
		n += snprintf(buf + n, sizeof(buf) - n, "; lock %.40s", machine);
	if (n < sizeof(buf) && cond_label(run, machine, sizeof(machine)))
		snprintf(buf + n, sizeof(buf) - n, "; label %.60s", machine);
	doc_para(to, "%s", buf);
	if (cond_died(run, buf, sizeof(buf)))
		doc_beware(to, "BEWARE", "%s", buf);
	if (cond_beware(run, buf, sizeof(buf)))
		doc_beware(to, "BEWARE", "%s", buf);
	if (*lost(run, buf, sizeof(buf)))
		doc_beware(to, "BEWARE", "%s of %zu repetition%s; the full report says why", buf,
			   run->nr_rep, out_s(run->nr_rep));
	if (!r->nr_max)
		doc_para(to, "No repetition was measured.");
	else if (r->exact)
		exact_head(run, to);
}

/* What the intervals of the tables are. */
static void numbers(const struct report *r, struct doc *to)
{
	if (!r->nr_max || r->exact)
		return;
	doc_para(to, "Each number is a median over the repetitions of one boot. The repetitions are not independent boots, so nothing here tells whether another kernel would differ.%s%s%s",
		 r->nr_max >= 6 ? " [low, high]: 95 % interval of that median." : "",
		 r->has_range ? " (low to high): fewer than 6 repetitions, for which no such interval exists; the whole range." : "",
		 r->has_torn ? " An interval that reaches half the median or more says that repetitions disagree; p90 and up weigh by operations there." : "");
}

/* Those that answer, or the others: behind the tables they belong to. */
static void figures(const struct report *r, struct doc *to, bool answer)
{
	for (size_t i = 0; i < r->plots.nr_plot; i++) {
		const struct plot *p = &r->plots.plot[i];

		if (p->in_report == answer)
			doc_figure(to, p->title, p->text, p->svg);
	}
	if (answer && *r->plots.problem)
		doc_key(to, "plots", "%s", r->plots.problem);
}

static void repeat(const struct report *r, struct doc *to)
{
	const struct run *run = &r->run;

	doc_key(to, "repeat", "%s",
		run->command && *run->command ? run->command : "(command not recorded)");
	doc_key(to, "", "seed %s, suite %s, %zu repetition%s planned",
		run->seed ?: "?", run->sample_suite ?: run->suite ?: "?",
		run->nr_rep, out_s(run->nr_rep));
}

static void answers(struct report *r, bool inside, struct doc *to)
{
	struct sentences all = { 0 };
	struct headline h;
	size_t nr;

	control_section(r, to);
	claims_section(r, to);
	nr = to->nr;
	costs_tables(r, true, to);
	if (headline_make(&h, r)) {
		headline_table(&h, false, to);
		headline_table(&h, true, to);
		headline_free(&h);
	}
	question_make(r, &all);
	if (sentences_asked(&all) > QUESTION_PAGE)
		question_page(&all, to);
	question_answers(&all, to);
	if (nr == to->nr && !inside)
		doc_para(to, "Nothing measured here answers a question that the report knows; see the tables.");
	sentences_free(&all);
}

void report_doc(struct report *r, struct doc *to)
{
	bool inside;

	report_head(r, to);
	numbers(r, to);
	inside = inside_sections(r, to);
	if (r->exact) {
		figures(r, to, true);
		exact_tables(r, true, to);
	} else {
		answers(r, inside, to);
		sizes(r, to);
		knee_section(&r->points, to);
		question_arms(r, to);
		figures(r, to, true);
		tables(r, to);
		figures(r, to, false);
		counted_section(r, to);
		profile_section(r, to);
	}
	report_omitted(r, to);
	unsettled(r, to);
	cond_print(&r->run, to);
	repeat(r, to);
}

static void noise_floor(struct report *r)
{
	const struct points *all = &r->points;
	double *v = mem_get(r->run.nr_rep, sizeof(*v));
	size_t nr = 0;

	r->null_p99 = -1;
	for (size_t i = 0; i < all->nr_point; i++) {
		const struct point *p = &all->point[i];

		nr += point_values(p, "clock-ns", v + nr, NULL);
		if (strcmp(p->bench, "null") || !p->nr_rep ||
		    strcmp(p->workload, "idle") || r->null_p50.nr)
			continue;
		r->null = p;
		r->null_p50 = point_est(p, "null-p50-ns");
		if (!pool_quantile(point_pool(p, "null"), 0.99, &r->null_p99)) {
			struct est e = point_est(p, "null-p99-ns");

			r->null_p99 = e.nr ? e.med : -1;
		}
	}
	r->clock = est_make(v, nr);
	free(v);
}

int report_make(struct report *r, const char *path)
{
	memset(r, 0, sizeof(*r));
	if (run_read(&r->run, path))
		return -1;
	asked_of(&r->run, &r->asks);
	points_make(&r->points, &r->run);
	r->exact = exact_run(&r->run);
	points_counted(&r->counted, &r->run);
	size_make(&r->sizes, &r->points);
	noise_floor(r);
	for (size_t i = 0; i < r->points.nr_point; i++) {
		const struct point *p = &r->points.point[i];
		char role[ROLES_MAX][64], unit[80];
		size_t n = p->nr_rep, nr_role;

		if (!n)
			continue;
		nr_role = point_roles(p, role, ROLES_MAX);
		for (size_t k = 0; k < nr_role; k++) {
			struct est e;

			snprintf(unit, sizeof(unit), "%s-p50-ns", role[k]);
			e = point_est(p, unit);
			r->has_torn |= is_torn(&e);
		}
		if (n > r->nr_max)
			r->nr_max = n;
		if (!r->nr_min || n < r->nr_min)
			r->nr_min = n;
		r->has_range |= n < 6;
	}
	return 0;
}

void report_free(struct report *r)
{
	plots_free(&r->plots);
	size_free(&r->sizes);
	points_free(&r->points);
	points_free(&r->counted);
	ask_free(&r->asks);
	run_free(&r->run);
}
