// SPDX-License-Identifier: GPL-2.0-or-later
/* question-own - answers that take more than a ratio of two arms */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "knee.h"
#include "mem.h"
#include "question.h"
#include "stat.h"

const char *question_figure(struct sentences *to, char *buf, size_t len,
			    const char *name, const struct point *p,
			    const char *unit)
{
	struct est e = { .nr = 0 };

	if (p && p->nr_rep)
		e = point_est(p, unit);
	say_figure(to, name, unit, &e, p);
	return arms_est(buf, len, &e, unit);
}

/* "12.3 ns [11.0,14.1]", MARK " ns", of what no point has as it stands. */
static const char *between(struct sentences *to, char *buf, size_t len,
			   const char *name, const char *unit,
			   const struct est *e, const char *mark)
{
	const char *(*show)(char *, size_t, double) =
		strcmp(unit, "share") ? out_number : out_share;
	char est[40], lo[40], hi[40];

	say_figure(to, name, unit, e, NULL);
	snprintf(buf, len, "%s%s [%s, %s]",
		 show(est, sizeof(est), e->med), mark,
		 show(lo, sizeof(lo), e->lo), show(hi, sizeof(hi), e->hi));
	return buf;
}

/* Where the cost of a write jumps: grace periods shared or not. */
void question_knee(const struct report *r, const struct ask *q,
		   struct sentences *to)
{
	static const char unit[] = "attacher-p50-ns";
	struct knees all;

	(void)q;
	knee_make(&all, &r->points);
	for (size_t i = 0; i < all.nr_knee; i++) {
		const struct knee *k = &all.knee[i];
		const struct point *one = k->point[0], *last = k->point[k->nr - 1];
		char a[60], b[60], jump[160] = "no jump is shown";

		question_figure(to, a, sizeof(a), "shortest pause", one, unit);
		question_figure(to, b, sizeof(b), "longest pause", last, unit);
		if (k->jump)
			snprintf(jump, sizeof(jump), "it jumps between %.20s and %.20s s; below, writes share a grace period",
				 point_get(k->point[k->at], "think"),
				 point_get(k->point[k->at + 1], "think"));
		say(to, "%s: %s with %s s between two writes, %s with %s s: %s.",
		    point_get(last, "hierarchy") ?: "?", a,
		    point_get(one, "think"), b, point_get(last, "think"), jump);
	}
	knee_free(&all);
}

/* "; 16 threads [7,17] cost as much as that", if that was measured. */
static const char *even(struct sentences *to, char *buf, size_t len,
			const struct size_fit *f)
{
	double most = point_number(f->point[f->nr_point - 1], "threads");
	struct est e = { f->even, f->even_lo, f->even_hi, f->nr_rep, false };

	*buf = '\0';
	if (size_bent(f) || !isfinite(f->even) || !isfinite(f->even_lo) ||
	    !isfinite(f->even_hi) || f->ts.intercept <= 0 || f->even > most)
		return buf;
	say_figure(to, "even at", "threads", &e, NULL);
	snprintf(buf, len, "; %.0f threads [%.0f, %.0f] cost as much as the rest",
		 f->even, f->even_lo, f->even_hi);
	return buf;
}

void question_size(const struct report *r, const struct ask *q,
		   struct sentences *to)
{
	(void)q;
	for (size_t i = 0; i < r->sizes.nr_fit; i++) {
		const struct size_fit *f = &r->sizes.fit[i];
		struct est slope = { f->ts.slope, f->ts.slope_lo,
				     f->ts.slope_hi, f->nr_rep, false };
		struct est fixed = { f->ts.intercept, f->fixed_lo, f->fixed_hi,
				     f->nr_rep, false };
		const struct point *p = f->point[0];
		char at[120], each[120], once[60];

		if (!f->fitted)
			continue;
		out_time(once, sizeof(once), f->ts.intercept);
		say_figure(to, "fixed", "ns", &fixed, NULL);
		between(to, each, sizeof(each), "per thread", "ns", &slope,
			" ns");
		say(to, "%s, %s s between writes: %s%s and %s per thread%s%s.",
		    point_get(p, "hierarchy") ?: "?",
		    point_get(p, "think") ?: "?",
		    f->ts.intercept > 0 ? once : "nothing fixed",
		    f->ts.intercept > 0 ? " fixed" : "", each,
		    even(to, at, sizeof(at), f), size_bent(f) ?
		    "; not one straight line, see the tables" : "");
	}
}

/*
 * FORKS: clones lost per write, the rate without writers less that beside
 * them, over the RATE of the writes, block by block. PAYS: writes per second
 * from which on they are worth one per cent of all clones; where no loss was
 * seen in a block, no rate is enough.
 */
static size_t lost(const struct point *quiet, const struct point *beside,
		   struct est *forks, struct est *rate, struct est *pays)
{
	size_t room = quiet->nr_rep + 1, n = 0, nr;
	scoped double *x = mem_get(room, sizeof(*x));
	scoped double *y = mem_get(room, sizeof(*y));
	scoped double *w = mem_get(room, sizeof(*w));
	scoped double *d = mem_get(room, sizeof(*d));
	scoped double *e = mem_get(room, sizeof(*e));

	nr = point_pairs(quiet, "cloner-ops/s", beside, "attacher-ops/s", x, w);
	if (nr > point_pairs(quiet, "cloner-ops/s", beside, "cloner-ops/s", x, y))
		nr = 0;
	for (size_t i = 0; i < nr; i++) {
		if (w[i] <= 0)
			continue;
		d[n] = (x[i] - y[i]) / w[i];
		e[n] = d[n] > 0 ? 0.01 * x[i] / d[n] : HUGE_VAL;
		n++;
	}
	*forks = est_make(d, n);
	*pays = est_make(e, n);
	*rate = point_est(beside, "attacher-ops/s");
	return n;
}

/* What sparing them is worth, beside the writers of S that come most rarely. */
static void spare(const struct arms_sets *all, const struct arms *s,
		  struct sentences *to)
{
	struct est best = { .nr = 0 }, rate = best, worth = best;
	char where[300], name[200], loss[140], writes[40], pays[140];
	size_t arm = 0;

	for (size_t a = 1; a < s->nr; a++) {
		struct est one, at, from;

		/* The loosest think time is the loneliest write. */
		if (lost(s->point[0], s->point[a], &one, &at, &from) < 6 ||
		    (best.nr && at.med >= rate.med))
			continue;
		best = one;
		rate = at;
		worth = from;
		arm = a;
	}
	if (!best.nr)
		return;
	arms_where(all, s, where, sizeof(where));
	arms_name(all, s, arm, name, sizeof(name));
	say_figure(to, "writes", "ops/s", &rate, s->point[arm]);
	between(to, loss, sizeof(loss), "lost per write", "clones", &best,
		best.lo > 0 ? " clones" : "");
	out_number(writes, sizeof(writes), rate.med);
	if (best.lo <= 0 || isinf(worth.hi)) {
		say(to, "%s%s%s, %s writes/s: no loss of clones is shown, %s per write, nor that sparing them would pay.",
		    where, *where ? ", " : "", name, writes, loss);
		return;
	}
	between(to, pays, sizeof(pays), "pays from", "ops/s", &worth, "");
	say(to, "%s%s%s, %s writes/s: one write costs the others %s; sparing them for 1 %% more per clone pays from %s writes/s on.",
	    where, *where ? ", " : "", name, writes, loss, pays);
}

void question_break_even(const struct report *r, const struct ask *q,
			 struct sentences *to)
{
	struct arms_sets all;

	arms_find(&all, &r->points, q);
	for (size_t i = 0; i < all.nr; i++)
		/* On a schedule none is lost. */
		if (point_number(all.set[i].point[0], "period") <= 0)
			spare(&all, &all.set[i], to);
	arms_free(&all);
}

/* Until when after a write forks are slower than long after it. */
void question_window(const struct report *r, const struct ask *q,
		     struct sentences *to)
{
	static const char *const bin[] = {
		"1", "2", "5", "10", "20", "50", "100",
	};
	enum { NR = sizeof(bin) / sizeof(*bin) };
	static const char soon[] = "after-1ms-mean-ns";
	static const char last[] = "after-100ms-mean-ns";

	for (size_t i = 0; i < r->points.nr_point; i++) {
		const struct point *p = &r->points.point[i];
		const char *until = NULL, *kind = point_get(p, "kind");
		char unit[40], text[80], base[60];
		struct arms_ratio first = { .nr = 0 }, one;

		if (strcmp(p->bench, q->base.bench) || !p->nr_rep)
			continue;
		question_figure(to, base, sizeof(base), "from 50 ms on", p,
				last);
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
		say_ratio(to, "in the first ms", soon, &first, p, p);
		say_against(to, "mean of a fork", "from 50 ms on", kind);
		if (first.verdict == ARMS_NONE || first.verdict == ARMS_FEW)
			say(to, "%s: %s.", kind,
			    arms_verdict_word(first.verdict));
		else if (!until)
			say(to, "%s: in the first ms after a write %s (%s from 50 ms on): time in user space shows no window; n=%zu.",
			    kind, arms_verdict_word(first.verdict), base,
			    first.nr);
		else
			say(to, "%s: slower until %s ms after a write: in the first ms %s against %s from 50 ms on; n=%zu.",
			    kind, until,
			    arms_ratio_text(text, sizeof(text), &first), base,
			    first.nr);
	}
}

/*
 * What every process has, and what a lock is of it: only of what the kernel
 * tells of its own types. A merged cache has the size of its largest user.
 */
static bool footprint_lock(const struct point *p, struct sentences *to)
{
	struct est e = point_est(p, "signal-struct-bytes");
	struct est lock = point_est(p, "rwsem-bytes");
	struct est merged = point_est(p, "merged-cache-bytes");
	bool is_merged = merged.nr && merged.med > 0;
	struct est cache = is_merged ? merged :
				       point_est(p, "signal-cache-bytes");

	if (e.nr && e.med > 0 && lock.nr && lock.med > 0)
		say(to, "signal_struct, of which every process has one, takes %.0f bytes: an rwsem of %.0f bytes in it is %.1f %% of that.",
		    e.med, lock.med, 100 * lock.med / e.med);
	else if (e.nr && e.med > 0)
		say(to, "signal_struct, of which every process has one, takes %.0f bytes.",
		    e.med);
	else if (cache.nr && cache.med > 0)
		say(to, "signal_struct, of which every process has one, lies in %sobjects of %.0f bytes; this kernel does not tell its own size (BTF).",
		    is_merged ? "merged " : "", cache.med);
	else
		return false;
	return true;
}

void question_footprint(const struct report *r, const struct ask *q,
			struct sentences *to)
{
	bool said = false;

	for (size_t i = 0; i < r->points.nr_point; i++) {
		const struct point *p = &r->points.point[i];
		char whole[60], slab[60], stack[60], tables[60];

		if (strcmp(p->bench, q->base.bench) || !p->nr_rep)
			continue;
		if (!said)
			said = footprint_lock(p, to);
		question_figure(to, whole, sizeof(whole), "whole", p,
				"whole-bytes");
		question_figure(to, slab, sizeof(slab), "small objects", p,
				"slab-bytes");
		question_figure(to, stack, sizeof(stack), "stack", p,
				"stack-bytes");
		question_figure(to, tables, sizeof(tables), "page tables", p,
				"tables-bytes");
		say(to, "%s: %s of kernel memory each (small objects %s, stack %s, page tables %s).",
		    point_get(p, "of"), whole, slab, stack, tables);
	}
}

/* Share of the read locks that took the slow path, by the pause of writers. */
void question_slow_readers(const struct report *r, const struct ask *q,
			   struct sentences *to)
{
	static const char unit[] = "slow-share", window[] = "window-ns";
	struct arms_sets all;

	arms_find(&all, &r->points, q);
	for (size_t i = 0; i < all.nr; i++) {
		const struct arms *s = &all.set[i];
		const struct point *one = s->point[0];
		const struct point *last = s->point[s->nr - 1];
		char a[60], b[60], w[60], where[300], more[100] = "";
		struct est x, y;

		if (!one->nr_rep || !last->nr_rep)
			continue;
		x = point_est(one, unit);
		y = point_est(last, unit);
		if (!x.nr || !y.nr)
			continue;
		question_figure(to, a, sizeof(a), "shortest pause", one, unit);
		question_figure(to, b, sizeof(b), "longest pause", last, unit);
		if (point_est(last, window).nr)
			snprintf(more, sizeof(more), "; they are fast again %s after a write",
				 question_figure(to, w, sizeof(w), "window",
						 last, window));
		arms_where(&all, s, where, sizeof(where));
		say(to, "%s%s%s: slow in %.0f %% of the batches with %s s between writes, in %.0f %% with %s s%s; n=%zu.",
		    point_get(one, "lock"), *where ? ", " : "", where,
		    100 * x.med, point_get(one, "period"), 100 * y.med,
		    point_get(last, "period"), more, x.nr);
	}
	arms_free(&all);
}

/*
 * Share of the tries for an array that the kernel refused, over states of the
 * memory: tries in one are no repetitions. The median may hide a few that
 * refused: *ANY.
 */
static bool share(const struct point *p, struct est *e, bool *any)
{
	scoped double *v = mem_get(p->nr_rep, sizeof(*v));
	size_t nr = point_shares(p, "failed-count", "tries-count", v);

	*any = false;
	for (size_t i = 0; i < nr; i++)
		*any |= v[i] > 0;
	*e = est_make(v, nr);
	return nr;
}

/* From which size on arrays were refused; false if none of S was. */
static bool refused_from(const struct arms_sets *all, const struct arms *s,
			 struct sentences *to)
{
	const struct point *had = NULL;
	char where[300], how[140], below[140] = "";
	struct est e, least;
	bool any;

	for (size_t a = 0; a < s->nr; a++) {
		const struct point *p = s->point[a];

		if (!share(p, &e, &any))
			continue;
		if (!any) {
			had = p;
			least = e;
			continue;
		}
		between(to, how, sizeof(how), "refused", "share", &e, "");
		if (had) {
			say_figure(to, "refused below", "share", &least, had);
			snprintf(below, sizeof(below), "; of %.20s none was in %zu",
				 point_get(had, "pointers"), least.nr);
		}
		arms_where(all, s, where, sizeof(where));
		say(to, "%s: refused from %s pointers on, %s of the tries in each of %zu states%s.",
		    *where ? where : point_get(p, "kind"),
		    point_get(p, "pointers"), how, e.nr, below);
		return true;
	}
	return false;
}

void question_refused(const struct report *r, const struct ask *q,
		      struct sentences *to)
{
	struct arms_sets all;
	double states = 0, least = HUGE_VAL;
	size_t never = 0;
	bool any;

	arms_find(&all, &r->points, q);
	for (size_t i = 0; i < all.nr; i++) {
		const struct arms *s = &all.set[i];

		if (refused_from(&all, s, to))
			continue;
		for (size_t a = 0; a < s->nr; a++) {
			struct est e;

			if (!share(s->point[a], &e, &any))
				continue;
			never++;
			states += e.nr;
			least = fmin(least, e.nr);
		}
	}
	if (never) {
		struct stat_interval ci;
		struct est e = { .nr = states };

		if (!stat_binomial_ci(0, least, 0.95, &ci))
			e.hi = ci.hi;
		say_figure(to, "refused of the others", "share", &e, NULL);
		say(to, "The other %zu points: no try was refused in any of %.0f states; of the least tried, in at most %.2g of all such states (95 %%).",
		    never, states, e.hi);
	}
	arms_free(&all);
}
