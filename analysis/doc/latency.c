// SPDX-License-Identifier: GPL-2.0-or-later
/* latency - the tables of all points, one for each part, bench and role */
#define _GNU_SOURCE
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "report.h"

#define KEYS_MAX	32
#define ROLES_MAX	8
#define SEEN_MAX	100	/* units of the points of a table */
#define TORN		0.5	/* a spread that one number cannot stand for */

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

	snprintf(key, sizeof(key), "%.63ss", role);
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
bool latency_torn(const struct est *e)
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
	struct est e = point_p50(p, role);
	double v;

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

		if (!v || point_varies(p, nr, key[i]) || kv_is_length(key[i]) ||
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

/* The points of a table, and what its rows and columns are told by. */
struct layout {
	const struct point **p;
	size_t		 nr;
	const char	*role, *key[KEYS_MAX];
	size_t		 nr_key, nr_above;	/* the first keys: above rows */
	const struct scale *scale;
	bool		 rate, lacking;
};

static void head_row(const struct layout *l, struct table *t)
{
	size_t at = l->nr_key - l->nr_above;

	table_keys(t, l->key + l->nr_above, at);
	table_cell(t, at + COL_N, "n");
	table_cell(t, at + COL_P50, "p50");
	table_cell(t, at + COL_SPREAD, "95 %% interval");
	for (size_t i = 0; i < 3; i++)
		table_cell(t, at + COL_Q + i, "%s", quantiles[i].name);
	table_cell(t, at + COL_MAX, "max");
	table_cell(t, at + COL_OPS, "ops");
	if (l->rate)
		table_cell(t, at + COL_RATE, "ops/s");
}

/* Keys above come first in the order of rows. */
static int by_keys(const void *pa, const void *pb, void *arg)
{
	const struct layout *l = arg;

	return point_order(*(const struct point *const *)pa,
			   *(const struct point *const *)pb, l->key, l->nr_key);
}

static void fill(struct layout *l, struct table *t)
{
	char above[300];

	qsort_r(l->p, l->nr, sizeof(*l->p), by_keys, l);
	table_start(t, l->nr_key - l->nr_above + NR_COLS,
		    l->nr_key - l->nr_above);
	head_row(l, t);
	l->lacking = false;
	for (size_t i = 0; i < l->nr; i++) {
		const struct point *p = l->p[i];

		point_label(p, l->key, l->nr_above, true, above, sizeof(above));
		table_group(t, above);
		for (size_t k = l->nr_above; k < l->nr_key; k++)
			table_cell(t, k - l->nr_above, "%s",
				   point_get(p, l->key[k]) ?: "-");
		row_cells(t, l->nr_key - l->nr_above, p, l->role, l->scale,
			  l->rate, &l->lacking);
	}
}

/* The widest word that is still a column goes above its rows. */
static void widest_above(struct layout *l)
{
	size_t widest = l->nr_above, width = 0;
	const char *moved;

	for (size_t k = l->nr_above; k < l->nr_key; k++) {
		size_t w = strlen(l->key[k]);

		for (size_t i = 0; i < l->nr; i++) {
			const char *v = point_get(l->p[i], l->key[k]);

			w = v && strlen(v) > w ? strlen(v) : w;
		}
		if (w > width) {
			width = w;
			widest = k;
		}
	}
	moved = l->key[widest];
	memmove(l->key + l->nr_above + 1, l->key + l->nr_above,
		(widest - l->nr_above) * sizeof(*l->key));
	l->key[l->nr_above++] = moved;
}

static const struct scale *scale_of(const struct point *const *p, size_t nr,
				    const char *role)
{
	double least = HUGE_VAL;

	for (size_t i = 0; i < nr; i++) {
		struct est e = point_p50(p[i], role);

		if (e.nr && e.med > 0)
			least = fmin(least, e.med);
	}
	return out_scale(least == HUGE_VAL ? 1 : least);
}

/*
 * Table of ROLE over those of the NR points P that have it. Options that vary
 * among all are columns; while that is too wide, the widest word moves to a
 * line above its rows. What does not vary is said above the FIRST table of the
 * points.
 */
static void table_of(const struct point *const *p, size_t nr, const char *role,
		     bool first, struct doc *to)
{
	scoped const struct point **in = mem_get(nr, sizeof(*in));
	struct layout l = { .p = in, .role = role,
			    .nr = points_in_role(in, p, nr, role),
			    .rate = wants_rate(p, nr, role),
			    .scale = scale_of(p, nr, role) };
	struct table t;

	l.nr_key = point_varying(p, nr, l.key, KEYS_MAX);
	fill(&l, &t);
	while (table_width(&t, 1) > OUT_WIDTH - 2 && l.nr_above < l.nr_key) {
		widest_above(&l);
		table_free(&t);
		fill(&l, &t);
	}
	doc_head(to, "[%s] %s: latency of one operation of the %s, in %s",
		p[0]->part, p[0]->bench, role, l.scale->name);
	if (first)
		hoisted(p, nr, to);
	doc_table(to, &t);
	if (l.lacking)
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

void latency_tables(const struct report *r, struct doc *to)
{
	const struct points *all = &r->points;
	scoped const struct point **p = mem_get(all->nr_point, sizeof(*p));
	char role[ROLES_MAX][64];

	for (size_t i = 0; i < all->nr_point; ) {
		size_t nr = points_table(all, &i, p), nr_role;

		if (!nr)
			continue;
		/* Its numbers are in the noise floor under every table. */
		if (nr == 1 && p[0] == r->null)
			continue;
		nr_role = points_roles(p, nr, role, ROLES_MAX);
		for (size_t k = 0; k < nr_role; k++)
			table_of(p, nr, role[k], !k, to);
		counters(p, nr, role, nr_role, to);
		floor_line(r, to);
	}
}
