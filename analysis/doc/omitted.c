// SPDX-License-Identifier: GPL-2.0-or-later
/* omitted - what did not become a number, and why */
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "report.h"

#define KEYS_MAX	32
#define NOTES_MAX	6	/* lines of one kind; the rest is counted */

struct reason {
	const char	*text;
	enum verdict	 verdict;
	size_t		 nr_rep, nr_point;
	unsigned int	 line;		/* the first */
	const char	*bench;
	bool		 mixed;		/* of several benches */
};

struct reasons {
	struct reason	*reason;
	size_t		 nr;
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

static const char *const word[NR_VERDICTS] = {
	[REP_SKIP] = "skipped", [REP_FAIL] = "failed", [REP_VOID] = "void",
};

/* That of REP, made if there is none. */
static struct reason *reason_of(struct reasons *all, const struct rep *rep)
{
	struct reason *one;

	for (size_t k = 0; k < all->nr; k++)
		if (all->reason[k].verdict == rep->verdict &&
		    !strcmp(all->reason[k].text, rep->reason))
			return &all->reason[k];
	one = mem_more(&all->reason, &all->nr, sizeof(*one));
	*one = (struct reason){ .text = rep->reason, .verdict = rep->verdict,
				.line = rep->line, .bench = rep->bench };
	return one;
}

static void reasons_make(struct reasons *all, const struct report *r)
{
	const struct run *run = &r->run;

	for (size_t i = 0; i < run->nr_rep; i++) {
		const struct rep *rep = &run->rep[i];
		struct reason *one;

		if (!word[rep->verdict])
			continue;
		one = reason_of(all, rep);
		one->nr_rep++;
		one->mixed |= strcmp(one->bench, rep->bench) != 0;
	}
	/* A skipped point is skipped in every block: count points. */
	for (size_t i = 0; i < r->points.nr_point; i++) {
		const struct rep *rep = point_first(&r->points.point[i],
						    REP_SKIP);

		if (rep)
			reason_of(all, rep)->nr_point++;
	}
}

static void reason_item(const struct reason *one, struct doc *to)
{
	const char *of = one->mixed ? "" : " of ";
	const char *bench = one->mixed ? "" : one->bench;

	if (one->verdict == REP_SKIP && one->nr_point)
		doc_item(to, "skipped: %zu point%s%s%s: %s", one->nr_point,
			 out_s(one->nr_point), of, bench, one->text);
	else
		doc_item(to, "%s: %zu repetition%s%s%s (first: plan line %u): %s",
			 word[one->verdict], one->nr_rep, out_s(one->nr_rep),
			 of, bench, one->line, one->text);
}

static void reasons_items(const struct reasons *all, enum verdict v,
			  struct doc *to)
{
	size_t shown = 0, rest = 0;

	for (size_t k = 0; k < all->nr; k++) {
		if (all->reason[k].verdict != v)
			continue;
		if (shown++ < NOTES_MAX)
			reason_item(&all->reason[k], to);
		else
			rest += all->reason[k].nr_rep;
	}
	if (rest)
		doc_item(to, "%s: %zu more repetition%s for other reasons",
			 word[v], rest, out_s(rest));
}

/* What the plan says, and what it wanted that was not done. */
static void plan_items(const struct run *run, size_t planned, struct doc *to)
{
	for (size_t i = 0; i < run->nr_plan_note; i++)
		doc_item(to, "plan: %s", run->plan_note[i]);
	if (planned && json_is_object(json_object_get(run->meta, "lab")))
		doc_item(to, "not done: %zu of %zu repetition%s of the plan",
			planned, run->nr_rep, out_s(run->nr_rep));
	else if (planned)
		doc_item(to, "not done: %zu of %zu repetition%s of the plan; continue with ./run.sh --resume %s",
			planned, run->nr_rep, out_s(run->nr_rep), run->path);
}

static void remarks(const struct run *run, size_t excluded, struct doc *to)
{
	if (run->nr_note)
		doc_item(to, "excluded: %zu repetition%s, %zu remark%s:",
			excluded, out_s(excluded), run->nr_note,
			out_s(run->nr_note));
	for (size_t i = 0; i < run->nr_note && i < NOTES_MAX; i++)
		doc_note(to, "%s", run->note[i]);
	if (run->nr_note > NOTES_MAX)
		doc_note(to, "and %zu more", run->nr_note - NOTES_MAX);
}

static size_t reps_that(const struct run *run, enum verdict v)
{
	size_t n = 0;

	for (size_t i = 0; i < run->nr_rep; i++)
		n += run->rep[i].verdict == v;
	return n;
}

void omitted_section(const struct report *r, struct doc *to)
{
	const struct run *run = &r->run;
	size_t planned = reps_that(run, REP_PLANNED);
	struct reasons all = { 0 };

	reasons_make(&all, r);
	if (!all.nr && !planned && !run->nr_note && !run->nr_plan_note) {
		doc_para(to, "Every repetition of the plan was measured.");
		return;
	}
	doc_head(to, "Not in the numbers");
	reasons_items(&all, REP_SKIP, to);
	reasons_items(&all, REP_FAIL, to);
	reasons_items(&all, REP_VOID, to);
	repeated(run, to);
	plan_items(run, planned, to);
	remarks(run, reps_that(run, REP_EXCLUDED), to);
	free(all.reason);
}

const char *omitted_lost(const struct run *const *run, size_t nr, char *buf,
			 size_t len)
{
	static const struct { enum verdict v; const char *word; } what[] = {
		{ REP_FAIL, "failed" }, { REP_VOID, "void" },
		{ REP_EXCLUDED, "malformed" }, { REP_PLANNED, "not done" },
	};
	size_t n = 0;

	*buf = 0;
	for (size_t i = 0; i < sizeof(what) / sizeof(*what) && n < len; i++) {
		size_t sum = 0;

		for (size_t k = 0; k < nr; k++)
			sum += reps_that(run[k], what[i].v);
		if (sum)
			n += snprintf(buf + n, len - n, "%s%zu %s",
				      n ? ", " : "", sum, what[i].word);
	}
	return buf;
}

/* MSER-5 found no steady state in these; they are in the numbers. */
void omitted_unsettled(const struct report *r, struct doc *to)
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
