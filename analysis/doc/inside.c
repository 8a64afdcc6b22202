// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inside - what the kernel module measured: read locks, and arrays refused
 *
 * A try for an array is refused or not, and what decides is the state of the
 * memory. That is made anew for each repetition, so states are independent
 * of each other and tries in one are not: the interval of Clopper and Pearson
 * is over states, of a state there is its share of tries.
 * Predictions, which a program makes from what it can read without the
 * module, stand in the same table and are marked.
 */
#define _GNU_SOURCE
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "report.h"
#include "stat.h"

#define KEYS_MAX	32

static bool is_array(const struct point *p)
{
	return p->nr_rep && (!strcmp(p->bench, "array") ||
			     !strcmp(p->bench, "array-predict"));
}

static bool is_lock(const struct point *p)
{
	return p->nr_rep && !strcmp(p->bench, "rwlock");
}

static size_t chosen(const struct report *r, bool (*is)(const struct point *),
		     const struct point **p)
{
	size_t nr = 0;

	for (size_t i = 0; i < r->points.nr_point; i++)
		if (is(&r->points.point[i]))
			p[nr++] = &r->points.point[i];
	return nr;
}

/* --- arrays: refused or not ---------------------------------------------- */

/* These make the rows of a table; the rest is the state above it. */
static const char *const rows_by[] = { "kind", "pointers", "ops", "time",
				       "warmup", "min-ops", NULL };

static size_t nr_of(const char *const *key)
{
	size_t nr = 0;

	while (key[nr])
		nr++;
	return nr;
}

static int by_state(const void *pa, const void *pb, void *arg)
{
	static const char *const last[] = { "kind", "pointers" };
	const struct point *a = *(const struct point *const *)pa;
	const struct point *b = *(const struct point *const *)pb;

	return point_order(a, b, arg, nr_of(arg)) ?:
		strcmp(a->bench, b->bench) ?: point_order(a, b, last, 2);
}

static bool same_state(const struct point *a, const struct point *b,
		       const char *const *key)
{
	return !point_order(a, b, key, nr_of(key));
}

/* All arrays, sorted; KEY ends in NULL. Returns how many there are. */
static size_t states(const struct report *r, const struct point **p,
		     const char **key)
{
	size_t nr = chosen(r, is_array, p);

	key[point_varying_but(p, nr, key, KEYS_MAX, rows_by)] = NULL;
	qsort_r(p, nr, sizeof(*p), by_state, key);
	return nr;
}

/* What a point's states have come to. */
struct refusal {
	size_t	nr, in;		/* states; those in which any was refused */
	double	lo, hi;		/* least and largest share of tries in one */
	double	sum;		/* of the shares */
};

static struct refusal refusal(const struct point *p)
{
	scoped double *share = mem_get(p->nr_rep, sizeof(*share));
	struct refusal r = { .lo = HUGE_VAL };

	r.nr = point_shares(p, "failed-count", "tries-count", share);
	for (size_t i = 0; i < r.nr; i++) {
		r.in += share[i] > 0;
		r.lo = fmin(r.lo, share[i]);
		r.hi = fmax(r.hi, share[i]);
		r.sum += share[i];
	}
	return r;
}

/* 0: no try was refused, 1: all were, 2: some, or nobody knows. */
static int outcome(const struct point *p)
{
	struct refusal r = refusal(p);

	return !r.nr ? 2 : !r.in ? 0 : r.lo >= 1 ? 1 : 2;
}

/* K of N states, and what that says of others: they are independent. */
static void share_cell(struct table *t, size_t col, double k, double n)
{
	struct stat_interval ci;

	if (stat_binomial_ci(k, n, 0.95, &ci))
		table_cell(t, col, "-");
	else
		table_cell(t, col, "[%.2g, %.2g]", ci.lo, ci.hi);
}

/* Tries of one state depend on each other: their share, no interval. */
static void tries_cell(struct table *t, size_t col, const struct refusal *r)
{
	char lo[40], hi[40];

	out_share(lo, sizeof(lo), r->lo);
	out_share(hi, sizeof(hi), r->hi);
	if (!r->nr)
		table_cell(t, col, "-");
	else
		table_cell(t, col, r->lo < r->hi ? "%s..%s" : "%s", lo, hi);
}

/* Neighbouring sizes that all had, or all had not, are one row. */
static size_t array_row(struct table *t, const struct point *const *p,
			size_t nr)
{
	struct refusal r = refusal(p[0]);
	double low = point_est(p[0], "block-order").med, high;
	bool guess = strcmp(p[0]->bench, "array");
	size_t k = 1;
	char a[40];

	for (; outcome(p[0]) != 2 && k < nr && outcome(p[k]) == outcome(p[0]) &&
	     !strcmp(p[k]->bench, p[0]->bench) &&
	     !value_order(point_get(p[k], "kind"), point_get(p[0], "kind"));
	     k++) {
		size_t n = refusal(p[k]).nr;

		if (n < r.nr)
			r.nr = n;
	}
	r.in = outcome(p[0]) == 1 ? r.nr : r.in;
	high = point_est(p[k - 1], "block-order").med;
	table_row(t, NULL);
	table_cell(t, 0, "%s%s", point_get(p[0], "kind") ?: "-",
		   guess ? ", predicted" : "");
	table_cell(t, 1, k > 1 ? "%s..%s" : "%s", point_get(p[0], "pointers"),
		   point_get(p[k - 1], "pointers"));
	table_cell(t, 2, low < high ? "%.0f..%.0f" : "%.0f", low, high);
	if (!r.nr)
		table_cell(t, 3, "-");
	else
		table_cell(t, 3, "%s of %zu", !r.in ? "none" : r.in == r.nr ?
			   "all" : out_count(a, sizeof(a), r.in), r.nr);
	share_cell(t, 4, r.in, r.nr);
	tries_cell(t, 5, &r);
	return k;
}

static void state_name(const struct point *p, const char *const *key,
		       char *buf, size_t len)
{
	point_label(p, key, nr_of(key), true, buf, len);
}

/*
 * P and what comes after it that differs in nothing but how much is left: from
 * which degree on all had it, and up to which none had. Sorted by leave.
 */
static bool degree_row(struct table *t, const struct point *const *p, size_t nr)
{
	const char *had = NULL, *never = NULL;
	bool all_refused = true;

	for (size_t i = 0; i < nr; i++) {
		int how = outcome(p[i]);

		if (how)
			had = NULL;
		else if (!had)
			had = point_get(p[i], "leave");
		all_refused &= how == 1;
		if (all_refused)
			never = point_get(p[i], "leave");
	}
	table_row(t, NULL);
	table_cell(t, 0, "%s", point_get(p[0], "kind"));
	table_cell(t, 1, "%s", point_get(p[0], "pointers"));
	table_cell(t, 2, "%.0f", point_est(p[0], "block-order").med);
	table_cell(t, 3, never ? "%s%%" : "-", never);
	table_cell(t, 4, had ? "%s%%" : "-", had);
	return true;
}

/* A constant whatever is left has no degree. */
static bool same_but_leave(const struct point *a, const struct point *b)
{
	static const char *const but[] = { "leave", NULL };
	const struct point *const two[] = { a, b };
	const char *key[KEYS_MAX];

	return !strcmp(a->bench, b->bench) &&
		!point_varying_but(two, 2, key, KEYS_MAX, but);
}

static void degrees(struct doc *to, const struct point **p, size_t nr)
{
	static const char *const by[] = { "by", "policy", "fragment", "kind",
					  "pointers", "leave", NULL };
	scoped const struct point **q = mem_get(nr, sizeof(*q));
	size_t rows = 0, n = 0, end;
	struct table t;

	for (size_t i = 0; i < nr; i++)
		if (!strcmp(p[i]->bench, "array") && point_get(p[i], "leave") &&
		    point_number(p[i], "fragment") > 0)
			q[n++] = p[i];
	qsort_r(q, n, sizeof(*q), by_state, (void *)by);
	table_head(&t, 1, "kind", "pointers", "order", "never to",
		   "always from", NULL);
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && same_but_leave(q[i], q[end]);)
			end++;
		if (end - i > 1)
			rows += degree_row(&t, q + i, end - i);
	}
	if (rows) {
		doc_head(to, "Arrays: how many of a hundred blocks must be left?");
		doc_table(to, &t);
		doc_note(to, "never to: with that much left, and with less, every try was refused in every state; always from: with that much left, and with more, none was in any state");
	}
	table_free(&t);
}

static bool array_section(const struct report *r, struct doc *to)
{
	scoped const struct point **p = mem_get(r->points.nr_point, sizeof(*p));
	const char *key[KEYS_MAX + 1];
	size_t nr = states(r, p, key), end;
	bool guess = false;
	char label[200];
	struct table t;

	if (!nr)
		return false;
	doc_head(to, "Arrays: in how many states of memory was one refused? (95 %% Clopper-Pearson interval)");
	for (size_t i = 0; i < nr; i = end) {
		for (end = i; end < nr && same_state(p[i], p[end], key); end++)
			guess |= !!strcmp(p[end]->bench, "array");
		state_name(p[i], key, label, sizeof(label));
		if (*label)
			doc_note(to, "%s", label);
		table_head(&t, 1, "kind", "pointers", "order", "refused in",
			   "of all", "tries", NULL);
		for (size_t k = i; k < end;)
			k += array_row(&t, p + k, end - k);
		doc_table(to, &t);
	}
	doc_note(to, "order: of the largest block it needs; refused in: states in which any try was refused, of how many (per size, the fewest), each a repetition with memory fragmented anew where that is asked for; of all: share of such states; tries: share of the tries in one state, which depend on each other");
	if (guess)
		doc_note(to, "predicted: from /proc/buddyinfo; the kernel was not asked for memory");
	degrees(to, p, nr);
	return true;
}

/* What NAME took, in what P is counted in; a pair of locks to a tenth. */
static void per_cell(struct table *t, size_t col, const struct point *p,
		     const char *name)
{
	const char *unit = point_unit(p);
	char full[60], a[40];
	struct est e;

	snprintf(full, sizeof(full), "%s-%s", name, unit);
	e = point_est(p, full);
	if (!e.nr)
		table_cell(t, col, "-");
	else if (!strcmp(name, "pair"))
		table_cell(t, col, "%.1f", e.med);
	else if (strcmp(unit, "ns"))
		table_cell(t, col, "%.0f", e.med);
	else
		table_cell(t, col, "%s", out_time(a, sizeof(a), e.med));
}

/* What the arrays cost that could be had, part by part. */
static bool cost_section(const struct report *r, struct doc *to)
{
	static const char *const part[] = { "alloc", "fill", "walk", "free" };
	scoped const struct point **p = mem_get(r->points.nr_point, sizeof(*p));
	const char *key[KEYS_MAX + 1];
	size_t nr = states(r, p, key), rows = 0;
	char label[200];
	struct table t;

	table_head(&t, 1, "kind", "pointers", part[0], part[1], part[2],
		   part[3], "remote", NULL);
	for (size_t i = 0; i < nr; i++) {
		struct est e;

		if (strcmp(p[i]->bench, "array") || outcome(p[i]) == 1)
			continue;
		state_name(p[i], key, label, sizeof(label));
		table_group(&t, label);
		rows++;
		table_cell(&t, 0, "%s", point_get(p[i], "kind"));
		table_cell(&t, 1, "%s", point_get(p[i], "pointers"));
		for (size_t k = 0; k < 4; k++)
			per_cell(&t, 2 + k, p[i], part[k]);
		e = point_est(p[i], "remote-share");
		table_share(&t, 6, &e);
	}
	if (rows) {
		doc_head(to, "Arrays: what the granted ones cost (%s, median over repetitions of medians over tries)",
			strcmp(point_unit(p[0]), "ns") ? "instructions" : "time");
		doc_table(to, &t);
		doc_note(to, "remote: pages that came from a node other than the one requested; -: not visible");
	}
	table_free(&t);
	return rows;
}

/* --- locks --------------------------------------------------------------- */

static bool lock_section(const struct report *r, struct doc *to)
{
	static const char *const own[] = { "lock", "time", "warmup", "ops",
					   "min-ops", NULL };
	static const char *const col[] = { "pair", "grace", "drain", "window" };
	scoped const struct point **p = mem_get(r->points.nr_point, sizeof(*p));
	const char *key[KEYS_MAX + 1], *by[KEYS_MAX + 2];
	size_t nr = chosen(r, is_lock, p), nr_key;
	char label[200], a[40];
	struct table t;

	if (!nr)
		return false;
	nr_key = point_varying_but(p, nr, key, KEYS_MAX, own);
	memcpy(by, key, nr_key * sizeof(*key));
	by[nr_key] = "lock";
	by[nr_key + 1] = NULL;
	qsort_r(p, nr, sizeof(*p), by_state, by);
	table_head(&t, 1, "lock", "a pair", "+-", "slow", col[1], col[2],
		   col[3], NULL);
	for (size_t i = 0; i < nr; i++) {
		char unit[60];
		struct est e;

		point_label(p[i], key, nr_key, true, label, sizeof(label));
		table_group(&t, label);
		table_cell(&t, 0, "%s", point_get(p[i], "lock"));
		per_cell(&t, 1, p[i], col[0]);
		snprintf(unit, sizeof(unit), "pair-%s", point_unit(p[i]));
		e = point_est(p[i], unit);
		table_cell(&t, 2, "%s", est_spread(a, sizeof(a), &e));
		e = point_est(p[i], "slow-share");
		table_share(&t, 3, &e);
		for (size_t k = 1; k < 4; k++)
			per_cell(&t, 3 + k, p[i], col[k]);
	}
	doc_head(to, "Read locks inside the kernel: %s for one lock and unlock, without the loop around them",
		point_unit(p[0]));
	doc_table(to, &t);
	doc_note(to, "slow: batches that began in the slow mode of the percpu_rwsem; grace, drain: the two parts of a writer's wait; window: until readers are fast again");
	return true;
}

bool inside_sections(const struct report *r, struct doc *to)
{
	bool any = array_section(r, to);

	any |= cost_section(r, to);
	return any | lock_section(r, to);
}

/* --- figures ------------------------------------------------------------- */

/* The points of P's kind come one after the other. Where do they end? */
static size_t kind_end(const struct point *const *p, size_t from, size_t end,
		       bool *some)
{
	size_t i = from;

	*some = false;
	for (; i < end && !value_order(point_get(p[i], "kind"),
				       point_get(p[from], "kind")) &&
	       !strcmp(p[i]->bench, p[from]->bench); i++)
		*some |= outcome(p[i]) && !strcmp(p[i]->bench, "array");
	return i;
}

/* One line for each kind that was ever refused; the others are named. */
static void refused_plot(struct report *r, int fd, bool text_only,
			 const struct point *const *p, size_t from, size_t end,
			 const char *const *key, bool first)
{
	struct plot *plot = plot_new(r->plots, "refused-%zu", from + 1);
	char label[200], text[200], never[160] = "";
	size_t next, lines = 0, len = 0;
	struct figure f;
	bool some;

	state_name(p[from], key, label, sizeof(label));
	snprintf(plot->title, sizeof(plot->title),
		 "share of tries refused, mean and range of states%s%.90s",
		 *label ? ": " : "", label);
	plot->in_report = plot->in_text = first;
	plot_start(&f, plot);
	fprintf(f.dat, "# pointers share low high states\n");
	for (size_t i = from; i < end; i = next) {
		next = kind_end(p, i, end, &some);
		if (!some && len < sizeof(never) && !strcmp(p[i]->bench, "array"))
			len += snprintf(never + len, sizeof(never) - len, "%s%s",
					len ? ", " : "", point_get(p[i], "kind"));
	}
	fprintf(f.gp, "if (!text && !narrow) { set title '%s' }\n",
		plot_quoted(text, sizeof(text), plot->title));
	fprintf(f.gp, "set xlabel 'pointers%s%s'\nset ylabel 'refused'\n"
		"set logscale x 2\nset yrange [-0.05:1.05]\n"
		"set format x '%%.0f'\n"
		"set key outside top center horizontal\n"
		"if (text) { set style data linespoints }"
		" else { set style data yerrorlines }\n",
		len ? "; never refused: " : "",
		plot_quoted(text, sizeof(text), never));
	for (size_t i = from; i < end && lines < PLOT_LINES; i = next) {
		next = kind_end(p, i, end, &some);
		if (!some)
			continue;
		snprintf(text, sizeof(text), "%s", point_get(p[i], "kind"));
		fprintf(f.dat, "%s# %s\n", lines ? "\n\n" : "", text);
		fprintf(f.gp, "%s'%s.dat' index %zu using 1:2:3:4 title '%s'",
			lines ? ", \\\n     " : "plot ", plot->name, lines,
			plot_quoted(label, sizeof(label), text));
		lines++;
		for (; i < next; i++) {
			struct refusal s = refusal(p[i]);

			if (s.nr)
				fprintf(f.dat, "%s %.9g %.9g %.9g %zu\n",
					point_get(p[i], "pointers"),
					s.sum / s.nr, s.lo, s.hi, s.nr);
		}
	}
	fputc('\n', f.gp);
	plot_end(&f, r->plots, plot, fd, text_only);
}

void inside_plots(struct report *r, int fd, bool text_only)
{
	scoped const struct point **p = mem_get(r->points.nr_point, sizeof(*p));
	const char *key[KEYS_MAX + 1];
	size_t nr = states(r, p, key), end;
	bool first = true;

	for (size_t i = 0; i < nr; i = end) {
		bool some = false;

		for (end = i; end < nr && same_state(p[i], p[end], key); end++)
			some |= !strcmp(p[end]->bench, "array") &&
				outcome(p[end]);
		/* A figure of nothing but zeros tells nothing. */
		if (!some)
			continue;
		if (!text_only || first || r->plots->want_svg)
			refused_plot(r, fd, text_only, p, i, end, key, first);
		first = false;
	}
}
