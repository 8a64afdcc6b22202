// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * costs - what a task costs, what a move costs, and what the one does to the
 * other: three tables that any question may have a part of
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "costs.h"
#include "mem.h"
#include "rank.h"

const char *costs_n(size_t least, size_t most, char *buf, size_t len)
{
	if (least == most)
		snprintf(buf, len, "n=%zu", most);
	else
		snprintf(buf, len, "n=%zu to %zu", least, most);
	return buf;
}

/* Repetitions of the rows of COST: "n=9". */
static const char *n_of(const struct costs *c, const char *cost, char *buf,
			size_t len)
{
	size_t least = 0, most = 0;

	for (size_t i = 0; i < c->nr; i++) {
		size_t n = c->row[i].point->nr_rep;

		if (strcmp(c->row[i].cost, cost))
			continue;
		least = !most || n < least ? n : least;
		most = n > most ? n : most;
	}
	return costs_n(least, most, buf, len);
}

/* "every 20 ms", with FORM "every %s"; "no pause" */
static const char *pause_of(const struct point *p, const char *form, char *buf,
			    size_t len)
{
	double ns = 1e9 * point_number(p, "think");
	const struct scale *s = out_scale(ns);
	char t[40];

	/* Somebody chose it: "50 ms", not the "50.0 ms" of a measurement. */
	snprintf(t, sizeof(t), "%g %s", ns / s->ns, s->name);
	snprintf(buf, len, ns > 0 ? form : "no pause", t);
	return buf;
}

const char *costs_pace(const struct point *p, char *buf, size_t len)
{
	if (point_number(p, "think") > 0)
		return pause_of(p, "with pauses of %s", buf, len);
	snprintf(buf, len, "without a pause");
	return buf;
}

static struct est p99_of(const struct point *p)
{
	struct est e = point_est(p, "cloner-p99-ns");
	double v;

	if (!e.nr && !pool_quantile(point_pool(p, "cloner"), 0.99, &v))
		e = (struct est){ .med = NAN };
	else if (!e.nr)
		e = (struct est){ .med = v, .nr = 1 };
	return e;
}

/* p99 and maximum of the clones of P, from column COL on. */
static void tail_cells(struct table *t, size_t col, const struct point *p)
{
	struct est e = p99_of(p);
	double most = point_max(p, "cloner-max-ns");

	table_est(t, col, &e, "ns");
	table_value(t, col + 1, most < 0 ? NAN : most, "ns");
}

static const char *creation(const char *kind)
{
	return strcmp(kind, "clone3-into-cgroup") ? kind :
		"clone3 into a cgroup";
}

/* Timed until its exit is seen, not until the call returns. */
static bool is_to_exit(const struct point *p)
{
	const char *until = point_get(p, "until");

	return until && !strcmp(until, "exit");
}

static void creating(const struct costs *c, struct doc *to)
{
	bool to_exit = true;
	char n[40];
	struct table t;

	table_head(&t, 1, "", "median", "95 % interval", "p99", "max", NULL);
	for (size_t i = 0; i < c->nr; i++) {
		const struct answer *a = &c->row[i];
		struct est e = point_est(a->point, "cloner-p50-ns");

		if (strcmp(a->cost, "reader-tax") || !e.nr)
			continue;
		to_exit &= is_to_exit(a->point);
		table_row(&t, NULL);
		table_cell(&t, 0, "%s", creation(a->label));
		table_est(&t, 1, &e, "ns");
		table_interval(&t, 2, &e, "ns");
		tail_cells(&t, 3, a->point);
	}
	if (t.nr_row > 1) {
		doc_head(to, "Creating a task%s, no moves in progress (%s)",
			 to_exit ? ", from call to exit" : "",
			 n_of(c, "reader-tax", n, sizeof(n)));
		doc_table(to, &t);
	}
	table_free(&t);
}

const char *costs_hierarchy(const char *hierarchy, char *buf, size_t len)
{
	snprintf(buf, len, "%s", hierarchy ?: "-");
	if (!strncmp(buf, "v1-", 3) || !strncmp(buf, "v2-", 3))
		buf[2] = ' ';
	return buf;
}

/* A row per hierarchy, a column per pause between two moves. */
static void moving(const struct costs *c, struct doc *to)
{
	const struct point *last = NULL;
	const struct size_fit *fit = NULL;
	char text[80], n[40];
	struct table t;

	table_start(&t, 5, 1);
	for (size_t i = 0; i < c->nr; i++) {
		const struct answer *a = &c->row[i];
		const char *hierarchy = point_get(a->point, "hierarchy");
		bool paused = point_number(a->point, "think") > 0;
		struct est e;

		if (strcmp(a->cost, "writer-latency"))
			continue;
		e = point_est(a->point, "attacher-p50-ns");
		if (!e.nr)
			continue;
		if (!last || value_order(point_get(last, "hierarchy"), hierarchy)) {
			table_row(&t, NULL);
			table_cell(&t, 0, "%s", costs_hierarchy(hierarchy, text,
								sizeof(text)));
			fit = NULL;
		}
		last = a->point;
		fit = fit ?: a->fit;
		table_est(&t, paused ? 1 : 2, &e, "ns");
		pause_of(a->point, "%s apart", text, sizeof(text));
		free(t.cell[paused ? 1 : 2].text);
		t.cell[paused ? 1 : 2].text = mem_text("%s", text);
		if (fit) {
			struct est slope = {
				.med = fit->ts.slope, .lo = fit->ts.slope_lo,
				.hi = fit->ts.slope_hi, .nr = fit->nr_rep,
			};

			if (!t.cell[3].text) {
				t.cell[3].text = mem_text("each further thread");
				t.cell[4].text = mem_text("95 %% interval");
			}
			table_est(&t, 3, &slope, "ns");
			table_interval(&t, 4, &slope, "ns");
		}
	}
	if (t.nr_row > 1) {
		doc_head(to, "Moving a thread group: one write to cgroup.procs (%s)",
			 n_of(c, "writer-latency", n, sizeof(n)));
		doc_table(to, &t);
	}
	table_free(&t);
}

bool costs_slowed(const struct point *base, const struct point *p,
		  struct change *c)
{
	struct rank_shift s;
	size_t n;
	int ret = point_ratio(base, p, "cloner-p50-ns", &s, &n);

	if (ret && ret != -ENODATA)
		return false;
	*c = (struct change){ .ratio = s.est, .low = s.lo, .high = s.hi,
			      .range = ret, .n = n, .p = NAN };
	return true;
}

static const char *who(const struct answer *a)
{
	const char *victims = point_get(a->point, "victims");

	return victims && !strcmp(victims, "inside") ? COSTS_MOVED : COSTS_OTHER;
}

static bool is_base(const struct answer *a)
{
	return !strcmp(a->point->bench, "clone");
}

const struct point *costs_base(const struct costs *c)
{
	for (size_t i = 0; i < c->nr; i++)
		if (!strcmp(c->row[i].cost, "collateral-stall") &&
		    is_base(&c->row[i]))
			return c->row[i].point;
	return NULL;
}

/* The row of the stall without moves that A is to be held against. */
static const struct answer *base_of(const struct costs *c, size_t i)
{
	const char *kind = point_get(c->row[i].point, "kind");

	for (size_t k = 0; k < i; k++)
		if (!strcmp(c->row[k].cost, "collateral-stall") &&
		    is_base(&c->row[k]) &&
		    !value_order(point_get(c->row[k].point, "kind"), kind))
			return &c->row[k];
	return NULL;
}

static const char *kinds_of(const struct costs *c)
{
	const char *kind = NULL;

	for (size_t i = 0; i < c->nr; i++) {
		const char *one = point_get(c->row[i].point, "kind");

		if (strcmp(c->row[i].cost, "collateral-stall") || !one)
			continue;
		if (kind && strcmp(kind, one))
			return NULL;
		kind = one;
	}
	return kind;
}

bool costs_change(struct table *t, size_t col, const struct change *c)
{
	bool unshown = !c->range && c->low <= 1 && c->high >= 1;

	struct change one = *c;

	if (unshown)
		one.verdict = "unclear";
	(unshown ? table_unshown : table_change)(t, col, &one);
	return unshown;
}

void costs_legend(bool unshown, struct doc *to)
{
	if (unshown)
		doc_note(to, "~: not shown to differ from no moves [95 %% interval]");
}

static void stalling(const struct costs *c, struct doc *to)
{
	const char *only = kinds_of(c);
	bool open = false, moved = false, shown = false, unshown = false;
	struct change change;
	char text[120], above[120] = "", n[40];
	struct table t;

	table_head(&t, 1, "", "median", "", "p99", "max", NULL);
	for (size_t i = 0; i < c->nr; i++) {
		const struct answer *a = &c->row[i], *base = base_of(c, i);
		const char *kind = point_get(a->point, "kind") ?: "";
		struct est e = point_est(a->point, "cloner-p50-ns");
		bool scheduled = point_number(a->point, "period") > 0;

		if (strcmp(a->cost, "collateral-stall") || !e.nr)
			continue;
		moved |= !is_base(a);
		open |= scheduled;
		snprintf(text, sizeof(text), "%s%s%s", only ? "" :
			 creation(kind), only ? "" : ", ", who(a));
		table_row(&t, is_base(a) || !strcmp(text, above) ? NULL : text);
		memcpy(above, is_base(a) ? "" : text, is_base(a) ? 1 : sizeof(above));
		if (is_base(a))
			table_cell(&t, 0, "%s%sno moves%s", only ? "" :
				   creation(kind), only ? "" : ", ",
				   scheduled ? " *" : "");
		else
			table_cell(&t, 0, "  %s%s", pause_of(a->point,
				   "%s pause", n, sizeof(n)),
				   scheduled ? " *" : "");
		table_est(&t, 1, &e, "ns");
		if (!is_base(a) && base && costs_slowed(base->point, a->point, &change)) {
			unshown |= costs_change(&t, 2, &change);
			shown = true;
		}
		tail_cells(&t, 3, a->point);
	}
	if (shown)
		t.cell[2].text = mem_text("change");
	if (moved) {
		doc_head(to, "Creating a %s while a group is being moved (%s)",
			 only ? creation(only) : "task",
			 n_of(c, "collateral-stall", n, sizeof(n)));
		doc_table(to, &t);
		if (open)
			doc_note(to, "* on a fixed schedule, latency from the scheduled start");
		costs_legend(unshown, to);
	}
	table_free(&t);
}

/* --- in short ------------------------------------------------------------ */

/* The medians of all moves with, or without, a pause: least and most. */
static bool moves(const struct costs *c, bool paused, struct answer const **lo,
		  struct answer const **hi)
{
	double least = HUGE_VAL, most = 0;

	for (size_t i = 0; i < c->nr; i++) {
		const struct answer *a = &c->row[i];
		double v;

		if (strcmp(a->cost, "writer-latency") ||
		    (point_number(a->point, "think") > 0) != paused)
			continue;
		v = point_est(a->point, "attacher-p50-ns").med;
		if (!(v > 0))
			continue;
		if (v < least) {
			least = v;
			*lo = a;
		}
		if (v > most) {
			most = v;
			*hi = a;
		}
	}
	return most > 0;
}

/* "6.03 to 9.70 ms", or the one that there is. */
static const char *from_to(const struct answer *lo, const struct answer *hi,
			   char *buf, size_t len)
{
	double a = point_est(lo->point, "attacher-p50-ns").med;
	double b = point_est(hi->point, "attacher-p50-ns").med;
	char x[40], y[40];
	const char *unit;

	out_time(x, sizeof(x), a);
	out_time(y, sizeof(y), b);
	unit = strchr(x, ' ');
	if (!strcmp(x, y))
		snprintf(buf, len, "%s", x);
	else if (unit && strchr(y, ' ') && !strcmp(unit, strchr(y, ' ')))
		snprintf(buf, len, "%.*s to %s", (int)(unit - x), x, y);
	else
		snprintf(buf, len, "%s to %s", x, y);
	return buf;
}

const char *costs_by(const struct change *c, char *buf, size_t len)
{
	char est[40], lo[40], hi[40];

	if (c->ratio < 2) {
		snprintf(buf, len, "%.1f %% [%.1f, %.1f]", 100 * (c->ratio - 1),
			 100 * (c->low - 1), 100 * (c->high - 1));
		return buf;
	}
	snprintf(buf, len, "a factor of %s [%s, %s]",
		 out_number(est, sizeof(est), c->ratio),
		 out_number(lo, sizeof(lo), c->low),
		 out_number(hi, sizeof(hi), c->high));
	return buf;
}

/* What the tables show only to one who puts two of their cells together. */
void costs_short(const struct costs *c, bool stalls, struct doc *to)
{
	const struct answer *lo[2], *hi[2];
	char pause[40], a[120];
	struct change change;

	if (moves(c, true, &lo[0], &hi[0]) && moves(c, false, &lo[1], &hi[1]) &&
	    point_est(lo[0]->point, "attacher-p50-ns").med >
	    10 * point_est(hi[1]->point, "attacher-p50-ns").med)
		doc_note(to, "Moves %s take %s, most of it, it seems, an RCU grace period; moves without a pause share one.",
			 pause_of(lo[0]->point, "%s apart", pause, sizeof(pause)),
			 from_to(lo[0], hi[0], a, sizeof(a)));
	for (size_t i = 0; stalls && i < c->nr; i++) {
		const struct answer *one = &c->row[i], *base = base_of(c, i);

		/* Whoever is not moved and pays all the same is the surprise. */
		if (strcmp(one->cost, "collateral-stall") || is_base(one) ||
		    !base || strcmp(who(one), COSTS_OTHER) ||
		    !costs_slowed(base->point, one->point, &change) || change.range)
			continue;
		costs_pace(one->point, pause, sizeof(pause));
		if (change.low > 1)
			doc_note(to, "Moves %s raise the median of creation " COSTS_OTHER " by %s.",
				 pause, costs_by(&change, a, sizeof(a)));
	}
}

void costs_make(struct costs *c, const struct report *r)
{
	c->nr = answer_rows(r, c->row, COSTS_MAX);
	if (c->nr > COSTS_MAX)
		c->nr = COSTS_MAX;
}

void costs_tables(const struct costs *c, bool stalls, struct doc *to)
{
	creating(c, to);
	moving(c, to);
	if (stalls)
		stalling(c, to);
}
