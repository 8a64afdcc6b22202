// SPDX-License-Identifier: GPL-2.0-or-later
/* question - what was asked, answered in sentences that are computed */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arms.h"
#include "knee.h"
#include "mem.h"
#include "question.h"

#define WORDS_MAX	8	/* arms told by a word that get a sentence */
#define ROWS_MAX	24	/* sets of arms in one table; the rest: below */

struct question {
	const char	*asks;
	const char	*bench, *key, *base;	/* bench NULL: beside */
	const char	*unit;		/* ends in -ns, -bytes or /s */
	const char	*figure;	/* UNIT in words */
	/* Instead of arms: sentences of its own; true if it said something. */
	bool		(*answer)(const struct report *r, const char *asks,
				  FILE *to);
};

static bool gap_due;		/* something stands above */

static void ask(const char *asks, FILE *to)
{
	if (gap_due)
		fputc('\n', to);
	gap_due = false;
	out_wrap(to, "", "%s", asks);
}

/* --- sentences from arms ------------------------------------------------- */

/* What one arm did against the base, over all sets. */
struct tally {
	const char	*value;		/* of the key; NULL: beside */
	const struct point *least, *most;	/* arm with such a ratio */
	const struct arms *at_least, *at_most;
	struct arms_ratio lo, hi;
	unsigned int	nr[ARMS_NONE + 1];
	unsigned int	measured;
};

static void tally_add(struct tally *t, const struct arms *s,
		      const struct point *p, const char *unit)
{
	struct arms_ratio r = arms_ratio(s->point[0], p, unit);

	t->nr[r.verdict]++;
	if (r.verdict == ARMS_NONE)
		return;
	if (!t->measured || r.est < t->lo.est) {
		t->lo = r;
		t->least = p;
		t->at_least = s;
	}
	if (!t->measured || r.est > t->hi.est) {
		t->hi = r;
		t->most = p;
		t->at_most = s;
	}
	t->measured++;
}

static const char *const verdict_word[] = {
	[ARMS_MORE] = "more", [ARMS_LESS] = "less",
	[ARMS_SAME] = "no difference shown",
	[ARMS_FEW] = "too few repetitions for an interval",
	[ARMS_NONE] = "no number",
};

/* "more in 3 of 4, no difference shown in 1" */
static const char *tally_text(const struct tally *t, char *buf, size_t len)
{
	unsigned int all = 0, said = 0;
	size_t n = 0;

	for (int i = 0; i <= ARMS_NONE; i++)
		all += t->nr[i];
	*buf = '\0';
	for (int i = 0; i <= ARMS_NONE && n < len; i++) {
		if (!t->nr[i])
			continue;
		n += snprintf(buf + n, len - n, "%s%s in ", said ? ", " : "",
			      verdict_word[i]);
		if (n < len && t->nr[i] == all)
			n += snprintf(buf + n, len - n, "all %u", all);
		else if (n < len)
			n += snprintf(buf + n, len - n, said ? "%u" :
				      "%u of %u", t->nr[i], all);
		said++;
	}
	return buf;
}

/* " (do=probe think=0.05)" */
static const char *where(const struct arms_sets *all, const struct arms *s,
			 char *buf, size_t len)
{
	char text[300];

	arms_where(all, s, text, sizeof(text));
	if (*text)
		snprintf(buf, len, " (%s)", text);
	else
		*buf = '\0';
	return buf;
}

/* The regime of a lone set: what a figure cannot be read without. */
static const char *regime(const struct arms_sets *all, const struct point *p,
			  char *buf, size_t len)
{
	static const char *const keys[] = {
		"think", "hierarchy", "threads", "period", "groups",
	};
	size_t n = 0;

	*buf = '\0';
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys) && n < len; i++) {
		const char *v = kv_get(p->opt, p->nr_opt, keys[i]);

		if (v && (!all->key || strcmp(keys[i], all->key)) &&
		    strcmp(v, "0"))
			n += snprintf(buf + n, len - n, " %s=%s", keys[i], v);
	}
	if (strcmp(p->workload, "idle") && n < len)
		snprintf(buf + n, len - n, " workload=%s", p->workload);
	return buf;
}

static void say_one(const struct arms_sets *all, const struct arms *s,
		    size_t arm, const struct question *q, FILE *to)
{
	const struct point *base = s->point[0], *p = s->point[arm];
	struct arms_ratio r = arms_ratio(base, p, q->unit);
	char a[160], b[160], x[60], y[60], z[80], more[200], of[320];

	arms_name(all, s, arm, a, sizeof(a));
	arms_name(all, s, 0, b, sizeof(b));
	where(all, s, of, sizeof(of));
	if (r.verdict == ARMS_NONE) {
		out_wrap(to, "  ", "%s%s: not answered: %s has no numbers.",
			 q->figure, of, base && base->nr_rep ? a : b);
		return;
	}
	out_wrap(to, "  ", "%s%s: %s %s against %s %s: %s, %s; n=%zu%s.",
		 q->figure, of, a, arms_figure(x, sizeof(x), p, q->unit), b,
		 arms_figure(y, sizeof(y), base, q->unit),
		 verdict_word[r.verdict],
		 arms_ratio_text(z, sizeof(z), &r), r.nr,
		 regime(all, p, more, sizeof(more)));
}

static void say_many(const struct arms_sets *all, const struct tally *t,
		     const struct question *q, FILE *to)
{
	char base[160], arm[200], text[200], lo[80], hi[80], wl[320], wh[320];

	arms_name(all, &all->set[0], 0, base, sizeof(base));
	if (!t->measured) {
		out_wrap(to, "  ", "%s: not answered: %s=%s or %s has no numbers.",
			 q->figure, all->key, t->value, base);
		return;
	}
	snprintf(arm, sizeof(arm), "%s=%s", all->key, t->value);
	arms_ratio_text(lo, sizeof(lo), &t->lo);
	arms_ratio_text(hi, sizeof(hi), &t->hi);
	tally_text(t, text, sizeof(text));
	if (t->measured == 1)
		out_wrap(to, "  ", "%s: %s against %s: %s: %s%s.", q->figure,
			 arm, base, text, lo,
			 where(all, t->at_least, wl, sizeof(wl)));
	else if (!strcmp(lo, hi))
		out_wrap(to, "  ", "%s: %s against %s: %s: %s.", q->figure,
			 arm, base, text, lo);
	else
		out_wrap(to, "  ", "%s: %s against %s: %s; from %s%s to %s%s.",
			 q->figure, arm, base, text, lo,
			 where(all, t->at_least, wl, sizeof(wl)), hi,
			 where(all, t->at_most, wh, sizeof(wh)));
}

/* The distinct values of the arms, the base left out; numbers: the last. */
static size_t values(const struct arms_sets *all, const char **value,
		     size_t max)
{
	size_t nr = 0, k;
	double number_of;
	bool words = false;

	for (size_t i = 0; i < all->nr; i++)
		for (size_t a = 1; a < all->set[i].nr; a++) {
			const char *v = point_get(all->set[i].point[a],
						  all->key);

			for (k = 0; k < nr && value_order(v, value[k]); k++)
				;
			if (k == nr && nr < max)
				value[nr++] = v;
			words |= !number(v, &number_of);
		}
	if (words || nr < 2)
		return nr;
	for (k = 1; k < nr; k++)
		if (value_order(value[k], value[0]) > 0)
			value[0] = value[k];
	return 1;
}

/* Arms of one key: a sentence for each that is told by a word. */
static void say_keyed(const struct arms_sets *all, const struct question *q,
		      FILE *to)
{
	const char *value[WORDS_MAX];
	size_t nr = values(all, value, WORDS_MAX);

	for (size_t v = 0; v < nr; v++) {
		struct tally t = { .value = value[v] };
		const struct arms *only = NULL;
		size_t arm = 0, sets = 0;

		for (size_t i = 0; i < all->nr; i++) {
			const struct arms *s = &all->set[i];

			for (size_t a = 1; a < s->nr; a++) {
				if (value_order(point_get(s->point[a],
							  all->key), value[v]))
					continue;
				tally_add(&t, s, s->point[a], q->unit);
				only = s;
				arm = a;
				sets++;
			}
		}
		if (sets == 1)
			say_one(all, only, arm, q, to);
		else
			say_many(all, &t, q, to);
	}
}

/* Beside writers: one sentence per kind of clone, from least to most. */
static void say_beside(const struct arms_sets *all, const struct question *q,
		       FILE *to)
{
	for (size_t i = 0; i < all->nr; i++) {
		const struct arms *s = &all->set[i];
		char base[60], text[200], lo[80], hi[80], what[320];
		char wl[200], wh[200];
		size_t least = 0, most = 0;
		struct tally t = { .value = NULL };

		if (s->nr == 2) {
			say_one(all, s, 1, q, to);
			continue;
		}
		for (size_t a = 1; a < s->nr; a++) {
			tally_add(&t, s, s->point[a], q->unit);
			least = t.least == s->point[a] ? a : least;
			most = t.most == s->point[a] ? a : most;
		}
		arms_where(all, s, what, sizeof(what));
		arms_ratio_text(lo, sizeof(lo), &t.lo);
		arms_ratio_text(hi, sizeof(hi), &t.hi);
		tally_text(&t, text, sizeof(text));
		if (!t.measured)
			out_wrap(to, "  ", "%s%s%s: not answered: one side was not measured, or had too few operations.",
				 q->figure, *what ? ", " : "", what);
		else
			out_wrap(to, "  ", !strcmp(lo, hi) ? "%s%s%s beside writers against quiet (%s): %s: %s." :
				 "%s%s%s beside writers against quiet (%s): %s; from %s (%s) to %s (%s).",
				 q->figure, *what ? ", " : "", what,
				 arms_figure(base, sizeof(base), s->point[0],
					     q->unit), text, lo,
				 arms_name(all, s, least, wl, sizeof(wl)), hi,
				 arms_name(all, s, most, wh, sizeof(wh)));
	}
}

/* --- answers that take more than a ratio --------------------------------- */

/* Where the cost of a write jumps: grace periods shared or not. */
static bool knee(const struct report *r, const char *asks, FILE *to)
{
	struct knees all;
	bool said = false;

	knee_make(&all, &r->points);
	for (size_t i = 0; i < all.nr_knee; i++) {
		const struct knee *k = &all.knee[i];
		const struct point *last = k->point[k->nr - 1];
		const char *hier = point_get(last, "hierarchy") ?: "?";
		char a[60], b[60];

		if (!said)
			ask(asks, to);
		said = true;
		arms_figure(a, sizeof(a), k->point[0], "attacher-p50-ns");
		arms_figure(b, sizeof(b), last, "attacher-p50-ns");
		if (k->jump)
			out_wrap(to, "  ", "%s: %s with %s s between two writes, %s with %s s: it jumps between %s and %s s; below, writes share a grace period.",
				 hier, a, point_get(k->point[0], "think"), b,
				 point_get(last, "think"),
				 point_get(k->point[k->at], "think"),
				 point_get(k->point[k->at + 1], "think"));
		else
			out_wrap(to, "  ", "%s: %s with %s s between two writes, %s with %s s: no jump is shown.",
				 hier, a, point_get(k->point[0], "think"), b,
				 point_get(last, "think"));
	}
	knee_free(&all);
	return said;
}

static bool size(const struct report *r, const char *asks, FILE *to)
{
	bool said = false;

	for (size_t i = 0; i < r->sizes.nr_fit; i++) {
		const struct size_fit *f = &r->sizes.fit[i];
		char slope[40], lo[40], hi[40], fixed[60];
		const struct point *p = f->point[0];

		if (!f->fitted)
			continue;
		if (!said)
			ask(asks, to);
		said = true;
		out_number(slope, sizeof(slope), f->ts.slope);
		out_number(lo, sizeof(lo), f->ts.slope_lo);
		out_number(hi, sizeof(hi), f->ts.slope_hi);
		out_time(fixed, sizeof(fixed), f->ts.intercept);
		out_wrap(to, "  ", "%s, %s s between writes: %s%s and %s ns [%s,%s] per thread%s.",
			 point_get(p, "hierarchy") ?: "?",
			 point_get(p, "think") ?: "?",
			 f->ts.intercept > 0 ? fixed : "nothing fixed",
			 f->ts.intercept > 0 ? " fixed" : "", slope, lo, hi,
			 size_bent(f) ? "; not one straight line, see the tables" :
			 "");
	}
	return said;
}

/*
 * Clones lost per write: the rate without writers less that beside them,
 * over the rate of the writes, block by block. What a tax on every clone
 * that spares them must not exceed.
 */
static size_t lost(const struct point *quiet, const struct point *beside,
		   struct est *forks, struct est *rate)
{
	double *x = mem_get(quiet->nr_rep + 1, sizeof(*x));
	double *y = mem_get(beside->nr_rep + 1, sizeof(*y));
	double *w = mem_get(beside->nr_rep + 1, sizeof(*w));
	double *d = mem_get(beside->nr_rep + 1, sizeof(*d));
	unsigned int *bx = mem_get(quiet->nr_rep + 1, sizeof(*bx));
	unsigned int *by = mem_get(beside->nr_rep + 1, sizeof(*by));
	size_t nx = point_values(quiet, "cloner-ops/s", x, bx), n = 0;
	size_t ny = point_values(beside, "cloner-ops/s", y, by);
	size_t nw = point_values(beside, "attacher-ops/s", w, NULL);

	for (size_t i = 0, k = 0; i < nx && k < ny && k < nw; ) {
		if (bx[i] == by[k]) {
			if (w[k] > 0)
				d[n++] = (x[i] - y[k]) / w[k];
			i++;
			k++;
		} else if (bx[i] < by[k]) {
			i++;
		} else {
			k++;
		}
	}
	*forks = est_make(d, n);
	*rate = est_make(w, nw);
	free(x);
	free(y);
	free(w);
	free(d);
	free(bx);
	free(by);
	return n;
}

static bool break_even(const struct report *r, const char *asks, FILE *to)
{
	struct arms_sets all;
	bool said = false;

	arms_beside(&all, &r->points);
	for (size_t i = 0; i < all.nr; i++) {
		const struct arms *s = &all.set[i];
		struct est best = { .nr = 0 }, rate = best, quiet;
		char where_text[300], name[200], n[40], lo[40], hi[40];
		char writes[40], pays[40];
		size_t arm = 0;

		if (point_number(s->point[0], "period") > 0)
			continue;	/* on a schedule none is lost */
		for (size_t a = 1; a < s->nr; a++) {
			struct est one, at;

			/* The loosest think time is the loneliest write. */
			if (lost(s->point[0], s->point[a], &one, &at) < 6 ||
			    (best.nr && at.med >= rate.med))
				continue;
			best = one;
			rate = at;
			arm = a;
		}
		if (!best.nr)
			continue;
		if (!said)
			ask(asks, to);
		said = true;
		arms_where(&all, s, where_text, sizeof(where_text));
		arms_name(&all, s, arm, name, sizeof(name));
		out_number(n, sizeof(n), best.med);
		out_number(lo, sizeof(lo), best.lo);
		out_number(hi, sizeof(hi), best.hi);
		out_number(writes, sizeof(writes), rate.med);
		quiet = point_est(s->point[0], "cloner-ops/s");
		if (best.lo <= 0) {
			out_wrap(to, "  ", "%s%s%s, %s writes/s: no loss of clones is shown, %s [%s,%s] per write: sparing them would not pay.",
				 where_text, *where_text ? ", " : "", name,
				 writes, n, lo, hi);
			continue;
		}
		out_number(pays, sizeof(pays), 0.01 * quiet.med / best.med);
		out_wrap(to, "  ", "%s%s%s, %s writes/s: one write costs the others %s clones [%s,%s]; sparing them for 1 %% more per clone pays from %s writes/s on.",
			 where_text, *where_text ? ", " : "", name, writes, n,
			 lo, hi, pays);
	}
	arms_free(&all);
	return said;
}

/* Until when after a write forks are slower than long after it. */
static bool window(const struct report *r, const char *asks, FILE *to)
{
	static const char *const bin[] = {
		"1", "2", "5", "10", "20", "50", "100",
	};
	enum { NR = sizeof(bin) / sizeof(*bin) };
	static const char last[] = "after-100ms-mean-ns";
	bool said = false;

	for (size_t i = 0; i < r->points.nr_point; i++) {
		const struct point *p = &r->points.point[i];
		char unit[40], text[80], base[60];
		struct arms_ratio first = { .nr = 0 }, one;
		const char *until = NULL;
		struct est e;

		if (strcmp(p->bench, "window") || !p->nr_rep)
			continue;
		if (!said)
			ask(asks, to);
		said = true;
		e = point_est(p, last);
		arms_est(base, sizeof(base), &e, last);
		for (int b = 0; b < NR - 1; b++) {
			snprintf(unit, sizeof(unit), "after-%sms-mean-ns",
				 bin[b]);
			one = arms_ratio_units(p, last, p, unit);
			if (!b)
				first = one;
			if (one.verdict != ARMS_MORE)
				break;
			until = bin[b];
		}
		if (first.verdict == ARMS_NONE || first.verdict == ARMS_FEW)
			out_wrap(to, "  ", "%s: %s.", point_get(p, "kind"),
				 verdict_word[first.verdict]);
		else if (!until)
			out_wrap(to, "  ", "%s: in the first ms after a write %s (%s from 50 ms on): time in user space shows no window; n=%zu.",
				 point_get(p, "kind"),
				 verdict_word[first.verdict], base, first.nr);
		else
			out_wrap(to, "  ", "%s: slower until %s ms after a write: in the first ms %s against %s from 50 ms on; n=%zu.",
				 point_get(p, "kind"), until,
				 arms_ratio_text(text, sizeof(text), &first),
				 base, first.nr);
	}
	return said;
}

static bool footprint(const struct report *r, const char *asks, FILE *to)
{
	bool said = false;

	for (size_t i = 0; i < r->points.nr_point; i++) {
		const struct point *p = &r->points.point[i];
		char whole[60], slab[60], stack[60], tables[60], lock[60];
		double size_of = point_est(p, "signal-struct-bytes").med;

		if (strcmp(p->bench, "footprint") || !p->nr_rep)
			continue;
		if (!said)
			ask(asks, to);
		*lock = '\0';
		if (!said && size_of > 0)
			out_wrap(to, "  ", "signal_struct, of which every process has one, takes %.0f bytes: a lock of 40 bytes in it is %.1f %% of that.",
				 size_of, 100 * 40 / size_of);
		said = true;
		out_wrap(to, "  ", "%s: %s of kernel memory each (small objects %s, stack %s, page tables %s).",
			 point_get(p, "of"),
			 arms_figure(whole, sizeof(whole), p, "whole-bytes"),
			 arms_figure(slab, sizeof(slab), p, "slab-bytes"),
			 arms_figure(stack, sizeof(stack), p, "stack-bytes"),
			 arms_figure(tables, sizeof(tables), p, "tables-bytes"));
	}
	return said;
}

/* --- the questions ------------------------------------------------------- */

#define ARMS(asks_, bench_, key_, base_, unit_, figure_) \
	{ .asks = asks_, .bench = bench_, .key = key_, .base = base_, \
	  .unit = unit_, .figure = figure_ }
#define OWN(asks_, answer_) { .asks = asks_, .answer = answer_ }

static const struct question questions[] = {
	ARMS("What do writers beside it cost a clone that has nothing to do with them?",
	     NULL, NULL, NULL, "cloner-p50-ns", "p50"),
	ARMS("How long can such a clone stand still?",
	     NULL, NULL, NULL, "cloner-p99-ns", "p99"),
	ARMS("How many clones are left of it?",
	     NULL, NULL, NULL, "cloner-ops/s", "rate"),
	OWN("From how many writes on would it pay to spare the others?",
	    break_even),
	ARMS("Is it worse inside the group that is moved?",
	     "clone-attach", "victims", "unrelated", "cloner-p99-ns",
	     "p99 of a clone"),
	ARMS("Does the writer wait longer where the group itself creates threads?",
	     "clone-attach", "victims", "unrelated", "attacher-p50-ns",
	     "p50 of a write"),
	ARMS("What do those who fork cost the writer?",
	     "clone-attach", "cloners", NULL, "attacher-p50-ns",
	     "p50 of a write"),
	OWN("What does a write cost, by the time since the last one?",
	    knee),
	OWN("What does a write cost, by the size of the group?",
	    size),
	ARMS("Who pays for the lock without moving a thread group?",
	     "attach", "by", "procs", "attacher-p50-ns", "p50 of a write"),
	ARMS("Do writers stand in one queue?",
	     "attach", "attachers", NULL, "attacher-ops/s",
	     "writes of all together"),
	ARMS("How much of a write is the grace period?",
	     "attach", "rcu", "as-is", "attacher-p50-ns", "p50 of a write"),
	ARMS("What do expedited grace periods do to those who fork?",
	     "clone-attach", "rcu", "as-is", "cloner-p50-ns", "p50 of a clone"),
	ARMS("Does the hierarchy matter?",
	     "attach", "hierarchy", "v2", "attacher-p50-ns", "p50 of a write"),
	ARMS("Does the depth of the tree matter?",
	     "attach", "depth", "0", "attacher-p50-ns", "p50 of a write"),
	ARMS("Does the number of mounted v1 hierarchies matter?",
	     "attach", "mounted", "0", "attacher-p50-ns", "p50 of a write"),
	OWN("For how long do forks stay slower after one write?",
	    window),
	ARMS("What does it cost who executes?",
	     "exec", "kind", "leader", "spawner-p50-ns", "p50"),
	ARMS("What does the exit of a group cost, by its threads?",
	     "exit", "threads", "1", "reaper-p50-ns", "p50 of an exit"),
	ARMS("Does a migration hold up an exit?",
	     "exit", "attachers", "0", "reaper-p50-ns", "p50 of an exit"),
	ARMS("Does an exit storm hold up a migration?",
	     "exit", "threads", "1", "attacher-p50-ns", "p50 of a write"),
	ARMS("What does it cost to leave a cgroup empty behind?",
	     "exit", "group", "none", "reaper-p50-ns", "p50 of an exit"),
	ARMS("Who is told sooner that a cgroup is empty?",
	     "release", "by", "v2-events", "watcher-p50-ns", "p50"),
	ARMS("Does clone3 into the cgroup spare what a write costs?",
	     "container", "how", "write", "spawner-p50-ns", "p50"),
	ARMS("Do containers that live beside it matter?",
	     "container", "groups", NULL, "spawner-p50-ns", "p50"),
	ARMS("What do expedited grace periods do for containers?",
	     "container", "rcu", "as-is", "spawner-p50-ns", "p50"),
	ARMS("What does reading a list cost, by what is in it?",
	     "pidlist", "tasks", NULL, "reader-p50-ns", "p50 of a reading"),
	ARMS("What does reading a list cost those who fork?",
	     "pidlist", "tasks", NULL, "cloner-p50-ns", "p50 of a clone"),
	ARMS("Is a list of v1 dearer than one of v2?",
	     "pidlist", "hierarchy", "v2", "reader-p50-ns", "p50 of a reading"),
	ARMS("What does a short-lived cgroup cost, by its siblings?",
	     "churn", "siblings", "0", "churner-p50-ns", "p50"),
	ARMS("What does a short-lived cgroup cost, by its depth?",
	     "churn", "depth", "0", "churner-p50-ns", "p50"),
	ARMS("How much of that is the visitor's moving in and out?",
	     "churn", "visitor", "no", "churner-p50-ns", "p50"),
	ARMS("What if who holds the read side may not run: the writer?",
	     "priority", "by", "none", "attacher-max-ns", "slowest write"),
	ARMS("What if who holds the read side may not run: a bystander?",
	     "priority", "by", "none", "bystander-max-ns", "slowest clone"),
	ARMS("Does switching on a controller cost more above a populated group?",
	     "enable", "tasks", "0", "switcher-p50-ns", "p50 of on and off"),
	OWN("What memory does it take?",
	    footprint),
};

#undef ARMS
#undef OWN

enum { NR_QUESTIONS = sizeof(questions) / sizeof(*questions) };

/* Measured, but nobody played the role, or counted: it has no such figure. */
static bool beside_the_point(const struct arms *s, const char *unit)
{
	bool measured = false;

	for (size_t a = 0; a < s->nr; a++) {
		if (!s->point[a] || !s->point[a]->nr_rep)
			continue;
		if (point_est(s->point[a], unit).nr)
			return false;
		measured = true;
	}
	return measured;
}

/* The arms of Q; false if it was not asked, or nothing was measured. */
static bool find(const struct question *q, const struct report *r,
		 struct arms_sets *all)
{
	bool measured = false;

	if (q->bench)
		arms_by_key(all, &r->points, q->bench, q->key, q->base);
	else
		arms_beside(all, &r->points);
	for (size_t i = 0; i < all->nr; ) {
		struct arms *s = &all->set[i];

		if (beside_the_point(s, q->unit)) {
			free(s->point);
			memmove(s, s + 1, (--all->nr - i) * sizeof(*s));
			continue;
		}
		for (size_t a = 0; a < s->nr; a++)
			measured |= s->point[a] && s->point[a]->nr_rep;
		i++;
	}
	return measured;
}

bool question_answers(const struct report *r, bool gap, FILE *to)
{
	bool any = false;

	gap_due = gap;
	for (int i = 0; i < NR_QUESTIONS; i++) {
		const struct question *q = &questions[i];
		struct arms_sets all;

		if (q->answer) {
			any |= q->answer(r, q->asks, to);
			continue;
		}
		if (find(q, r, &all)) {
			ask(q->asks, to);
			if (q->bench)
				say_keyed(&all, q, to);
			else
				say_beside(&all, q, to);
			any = true;
		}
		arms_free(&all);
	}
	if (any)
		out_wrap(to, "  ", "[low,high]: 95 %% interval of the ratio, paired by block, each for itself; +-: as above.");
	return any;
}

/* One set below the other, each with its base on top. */
static void arms_table(const struct arms_sets *all, const struct question *q,
		       FILE *to)
{
	char text[320], figure[80];
	size_t rows = 0, i;
	struct table t;

	table_start(&t, 3, 1);
	table_row(&t, NULL);
	table_cell(&t, 1, "%s", q->figure);
	table_cell(&t, 2, "against the first");
	for (i = 0; i < all->nr && rows < ROWS_MAX; i++) {
		const struct arms *s = &all->set[i];

		for (size_t a = 0; a < s->nr; a++, rows++) {
			struct arms_ratio one = arms_ratio(s->point[0],
							   s->point[a],
							   q->unit);

			arms_where(all, s, text, sizeof(text));
			table_row(&t, a || !*text ? NULL : text);
			table_cell(&t, 0, "%s", arms_name(all, s, a, text,
							  sizeof(text)));
			table_cell(&t, 1, "%s", arms_figure(figure,
					sizeof(figure), s->point[a], q->unit));
			if (a && one.verdict != ARMS_NONE)
				table_cell(&t, 2, "%s%s", arms_ratio_text(text,
						sizeof(text), &one),
					   one.verdict == ARMS_SAME ? " ~" : "");
		}
	}
	out_wrap(to, "", "%s", q->asks);
	table_print(&t, to, "  ");
	table_free(&t);
	if (i < all->nr)
		out_wrap(to, "  ", "and %zu more of the kind: see the tables",
			 all->nr - i);
}

void question_arms(const struct report *r, FILE *to)
{
	for (int i = 0; i < NR_QUESTIONS; i++) {
		const struct question *q = &questions[i];
		struct arms_sets all;

		if (q->answer)
			continue;
		if (find(q, r, &all)) {
			fputc('\n', to);
			arms_table(&all, q, to);
		}
		arms_free(&all);
	}
}
