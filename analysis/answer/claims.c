// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * claims - what has been published, and what was measured here
 *
 * A [claim] section says who said what, and the points that repeat it: either
 * two, whose ratio is compared with the published one, or one, whose figure is
 * compared with the published range. Figures of others come from where the
 * section says; none of ours stands there.
 */
#include <string.h>

#include "question.h"

/* One that has all of these options, with these values. */
static const struct point *find(const struct report *r,
				const struct ask_points *arm)
{
	for (size_t i = 0; i < r->points.nr_point; i++) {
		const struct point *p = &r->points.point[i];
		unsigned int k = 0;

		if (strcmp(p->bench, arm->bench) || strcmp(p->workload, "idle"))
			continue;
		while (k < arm->nr && point_get(p, arm->want[k].key) &&
		       !value_order(point_get(p, arm->want[k].key),
				    arm->want[k].values.v[0]))
			k++;
		if (k == arm->nr)
			return p;
	}
	return NULL;
}

static const char *why_not(const struct point *p)
{
	return (p ? point_reason(p) : NULL) ?: "no number in this run";
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

/* Nothing to compare with what was published. */
static void not_repeated(struct sentences *to, const char *why)
{
	say_verdict(to, "not repeated");
	say(to, "not repeated: %s.", why);
}

static void judge_ratio(const struct ask *c, const struct point *base,
			const struct point *p, struct sentences *to)
{
	struct arms_ratio ratio = arms_ratio(base, p, c->figure);
	char a[60], b[60], text[80];
	const char *word;

	if (ratio.verdict == ARMS_NONE) {
		not_repeated(to, "no number in this run");
		return;
	}
	word = ratio_verdict(&ratio, c->from, c->to);
	question_figure(to, a, sizeof(a), "from", base, c->figure);
	question_figure(to, b, sizeof(b), "to", p, c->figure);
	say_ratio(to, "to over from", c->figure, &ratio, p, base);
	say_verdict(to, word);
	say(to, "%s -> %s, %s; n=%zu: %s.", a, b,
	    arms_ratio_text(text, sizeof(text), &ratio), ratio.nr, word);
}

static void judge_figure(const struct ask *c, const struct point *p,
			 struct sentences *to)
{
	char a[60], text[60], ops[60], unit[64];
	struct est e = point_est(p, c->figure);
	const char *word;

	if (!e.nr) {
		not_repeated(to, "too few operations for this quantile");
		return;
	}
	word = e.range ? "too few repetitions for a verdict" :
	       verdict(e.lo, e.hi, c->from, c->to);
	question_figure(to, a, sizeof(a), "ours", p, c->figure);
	snprintf(unit, sizeof(unit), "%.*s-max-ns",
		 (int)strcspn(c->figure, "-"), c->figure);
	out_time(text, sizeof(text), point_max(p, unit));
	snprintf(unit, sizeof(unit), "%.*s-ops", (int)strcspn(c->figure, "-"),
		 c->figure);
	out_count(ops, sizeof(ops), point_sum(p, unit));
	say_verdict(to, word);
	say(to, "%s, slowest of %s %s; n=%zu: %s.", a, ops, text, e.nr, word);
}

static void judge(const struct report *r, const struct ask *c,
		  struct sentences *to)
{
	bool ratio = c->base.bench;
	const struct point *base = ratio ? find(r, &c->base) : NULL;
	const struct point *p = find(r, &c->arm);

	say_asks(to, c->called);
	if (!p || !p->nr_rep || (ratio && (!base || !base->nr_rep)))
		not_repeated(to, why_not(p && p->nr_rep ? base : p));
	else if (ratio)
		judge_ratio(c, base, p, to);
	else
		judge_figure(c, p, to);
}

void claims_make(const struct report *r, struct sentences *all)
{
	for (unsigned int i = 0; i < r->asks.nr; i++)
		if (r->asks.ask[i].claim)
			judge(r, &r->asks.ask[i], all);
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
