// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * claims - what has been published, beside what was measured here
 *
 * A claim is a row: who said what, and the points of configs/claims.conf
 * that repeat it. Either two arms, whose ratio is set against the published
 * one, or one arm, whose figure is set against the published range. Figures
 * of others come from where the row says; none of ours stands here.
 */
#include <math.h>
#include <string.h>

#include "question.h"

struct arm {
	const char	*bench;
	struct kv	 want[6];	/* ends with key NULL */
};

struct claim {
	const char	*said;		/* by whom first */
	const char	*unit;
	struct arm	 from, to;	/* from.bench NULL: one figure only */
	double		 lo, hi;	/* published ratio, or figure, and range */
};

#define ARM(bench_, ...) { bench_, { __VA_ARGS__, { NULL, NULL } } }

static const struct claim claims[] = {
	{ "Cross, containers list, November 2010 (2.6.32): "
	  "a move takes 20 ms (2-CPU ARM) to 100 ms (desktop)",
	  "attacher-p50-ns", { .bench = NULL },
	  ARM("attach", { "by", "procs" }, { "think", "0.05" },
	      { "hierarchy", "v1-own" }), 20e6, 100e6 },
	{ "commit 5d65bc0ca1bc (3.9): "
	  "without synchronize_rcu() a thread moves in 40 us, not 25 ms",
	  "attacher-p50-ns", { .bench = NULL },
	  ARM("attach", { "by", "tasks" }, { "think", "0" },
	      { "hierarchy", "v1-own" }), 0, 40e3 },
	{ "xenopsd #292 (4.4): "
	  "a write to cgroup.procs can take several milliseconds",
	  "attacher-p50-ns", { .bench = NULL },
	  ARM("attach", { "by", "procs" }, { "think", "0.05" },
	      { "hierarchy", "v1-own" }), 2e6, 10e6 },
	{ "runc #4853 (64 CPUs): one write takes 10.6 ms",
	  "attacher-p90-ns", { .bench = NULL },
	  ARM("attach", { "by", "procs" }, { "think", "0.05" },
	      { "hierarchy", "v2" }), 10.6e6, 10.6e6 },
	{ "isolate #194: "
	  "writes without a pause between them hide the cost",
	  "attacher-p50-ns",
	  ARM("attach", { "by", "procs" }, { "think", "0" },
	      { "hierarchy", "v2" }),
	  ARM("attach", { "by", "procs" }, { "think", "0.05" },
	      { "hierarchy", "v2" }), 1, INFINITY },
	{ "commit 9a3284fad42f (5.5): "
	  "`0` of a single thread spares the lock, and improves a move",
	  "attacher-p50-ns",
	  ARM("attach", { "by", "tasks" }, { "think", "0.05" },
	      { "hierarchy", "v1-own" }),
	  ARM("attach", { "by", "zero" }, { "think", "0.05" },
	      { "hierarchy", "v1-own" }), 0, 1 },
	{ "code of 6.18: a number of no process is refused before the lock",
	  "attacher-p50-ns",
	  ARM("attach", { "by", "same" }, { "think", "0.05" }),
	  ARM("attach", { "by", "missing" }, { "think", "0.05" }), 0, 1 },
	{ "gVisor #14125: with clone3 into the cgroup a create takes 52 % less",
	  "spawner-p50-ns",
	  ARM("container", { "do", "life" }, { "how", "write" },
	      { "think", "0.05" }, { "rcu", "as-is" }),
	  ARM("container", { "do", "life" }, { "how", "into" },
	      { "think", "0.05" }, { "rcu", "as-is" }), 0.476, 0.476 },
	{ "runc #4782, commit ef2c41cf38a7 (5.7): "
	  "clone3 into the cgroup spares an exec probe the lock",
	  "spawner-p50-ns",
	  ARM("container", { "do", "probe" }, { "how", "write" },
	      { "think", "0.05" }),
	  ARM("container", { "do", "probe" }, { "how", "into" },
	      { "think", "0.05" }), 0, 1 },
	{ "vm0 #32607 (6.1, 2 virtual CPUs): "
	  "write-self takes 15.3 to 24.2 ms at p90", "spawner-p90-ns",
	  { .bench = NULL }, ARM("container", { "do", "probe" }, { "how", "self" },
			{ "think", "0.05" }), 15.3e6, 24.2e6 },
	{ "arcbox #496: rcu_expedited brings 70-120 ms down to 10 ms",
	  "spawner-p50-ns",
	  ARM("container", { "do", "life" }, { "how", "write" },
	      { "think", "0.05" }, { "rcu", "as-is" }),
	  ARM("container", { "do", "life" }, { "how", "write" },
	      { "think", "0.05" }, { "rcu", "expedited" }), 10. / 120, 10. / 70 },
	{ "Yi Tao, September 2025 (192 CPUs, global lock): "
	  "four movers, 10 ms apart, beside forkers: a tail of 30 ms",
	  "attacher-p99-ns", { .bench = NULL },
	  ARM("clone-attach", { "cloners", "4" }, { "attachers", "4" },
	      { "think", "0.01" }), 30e6, 30e6 },
	{ "Yi Tao, September 2025: "
	  "the same movers take 7.9 % of spawns away (17111 to 15754)",
	  "cloner-ops/s",
	  ARM("clone", { "kind", "fork" }, { "cloners", "4" }),
	  ARM("clone-attach", { "cloners", "4" }, { "attachers", "4" },
	      { "think", "0.01" }), 0.921, 0.921 },
};

static const struct point *find(const struct report *r, const struct arm *arm)
{
	for (size_t i = 0; i < r->points.nr_point; i++) {
		const struct point *p = &r->points.point[i];
		const struct kv *w = arm->want;

		if (strcmp(p->bench, arm->bench) || strcmp(p->workload, "idle"))
			continue;
		while (w->key && point_get(p, w->key) &&
		       !value_order(point_get(p, w->key), w->value))
			w++;
		if (!w->key)
			return p;
	}
	return NULL;
}

/* Why it was not repeated: the first reason that a point of it has. */
static const char *why_not(const struct report *r, const struct point *p)
{
	for (size_t i = 0; p && i < r->run.nr_rep; i++) {
		const struct rep *rep = &r->run.rep[i];

		if (rep->point == p->opt && rep->part == p->part && rep->reason)
			return rep->reason;
	}
	return "no number in this run";
}

/* [LO, HI] is ours, and [FROM, TO] was published. */
static const char *verdict(double lo, double hi, double from, double to)
{
	if (hi < from)
		return "less than published";
	if (lo > to)
		return "more than published";
	return "as published";
}

/*
 * A ratio: the direction first. One that only has a direction was published
 * as all that lies on one side of 1.
 */
static const char *ratio_verdict(const struct arms_ratio *r, double from,
				 double to)
{
	bool less = to <= 1;

	if (r->verdict == ARMS_FEW)
		return "too few repetitions for a verdict";
	if (r->verdict == ARMS_SAME)
		return "not shown here";
	if (less != (r->verdict == ARMS_LESS))
		return "the other way round here";
	if (r->hi < from)
		return less ? "shown, more of it than published" :
			      "shown, less of it than published";
	if (r->lo > to)
		return less ? "shown, less of it than published" :
			      "shown, more of it than published";
	return "shown";
}

/* Nothing to set against what was published. */
static void not_repeated(struct sentences *to, const char *why)
{
	say_verdict(to, "not repeated");
	say(to, "not repeated: %s.", why);
}

static void judge_ratio(const struct claim *c, const struct point *base,
			const struct point *p, struct sentences *to)
{
	struct arms_ratio ratio = arms_ratio(base, p, c->unit);
	char a[60], b[60], text[80];
	const char *word;

	if (ratio.verdict == ARMS_NONE) {
		not_repeated(to, "no number in this run");
		return;
	}
	word = ratio_verdict(&ratio, c->lo, c->hi);
	question_figure(to, a, sizeof(a), "from", base, c->unit);
	question_figure(to, b, sizeof(b), "to", p, c->unit);
	say_ratio(to, "to over from", c->unit, &ratio, p, base);
	say_verdict(to, word);
	say(to, "%s -> %s, %s; n=%zu: %s.", a, b,
	    arms_ratio_text(text, sizeof(text), &ratio), ratio.nr, word);
}

static void judge_figure(const struct claim *c, const struct point *p,
			 struct sentences *to)
{
	char a[60], text[60], ops[60], unit[64];
	struct est e = point_est(p, c->unit);
	const char *word;

	if (!e.nr) {
		not_repeated(to, "too few operations for this quantile");
		return;
	}
	word = e.range ? "too few repetitions for a verdict" :
	       verdict(e.lo, e.hi, c->lo, c->hi);
	question_figure(to, a, sizeof(a), "ours", p, c->unit);
	snprintf(unit, sizeof(unit), "%.*s-max-ns",
		 (int)strcspn(c->unit, "-"), c->unit);
	out_time(text, sizeof(text), point_max(p, unit));
	snprintf(unit, sizeof(unit), "%.*s-ops", (int)strcspn(c->unit, "-"),
		 c->unit);
	out_count(ops, sizeof(ops), point_sum(p, unit));
	say_verdict(to, word);
	say(to, "%s, slowest of %s %s; n=%zu: %s.", a, ops, text, e.nr, word);
}

static void judge(const struct report *r, const struct claim *c,
		  struct sentences *to)
{
	const struct point *base = c->from.bench ? find(r, &c->from) : NULL;
	const struct point *p = find(r, &c->to);

	say_asks(to, c->said);
	if (!p || !p->nr_rep || (c->from.bench && (!base || !base->nr_rep)))
		not_repeated(to, why_not(r, p && p->nr_rep ? base : p));
	else if (c->from.bench)
		judge_ratio(c, base, p, to);
	else
		judge_figure(c, p, to);
}

void claims_make(const struct report *r, struct sentences *all)
{
	if (!r->run.question || strcmp(r->run.question, "claims"))
		return;
	for (size_t i = 0; i < sizeof(claims) / sizeof(*claims); i++)
		judge(r, &claims[i], all);
}

bool claims_section(const struct report *r, struct doc *to)
{
	struct sentences all = { 0 };
	bool any;

	claims_make(r, &all);
	any = all.nr;
	sentences_print(&all, to);
	sentences_free(&all);
	return any;
}
