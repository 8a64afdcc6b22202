// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * counted - events per operation, beside the times that were measured apart
 *
 * A repetition that counts is no repetition that is timed: counters cost
 * time in the very path that is measured. Its latencies are in no number;
 * what it counted stands here.
 */
#define _GNU_SOURCE
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "report.h"

#define KEYS_MAX	32
#define ROLES_MAX	8
#define EVENTS_MAX	64

/* Points of one bench in one part, and the words of one role's table. */
struct sheet {
	const struct point **p;
	size_t		 nr;
	const char	*key[KEYS_MAX];
	size_t		 nr_key;
	const char	*role;
};

/* "cycles:k not available: reason": where the reason begins, else NULL. */
static const char *unavailable(const char *event)
{
	const char *at = strchr(event, ' ');

	return at ? at + 1 : NULL;
}

/* Is P the same as Q but for the events that were counted? */
static bool same_row(const struct sheet *s, const struct point *p,
		     const struct point *q)
{
	return !point_order(p, q, s->key, s->nr_key);
}

/* The point of ROW that has UNIT, from whichever pass. */
static const struct point *pass_with(const struct sheet *s,
				     const struct point *row, const char *unit)
{
	double v;

	for (size_t i = 0; i < s->nr; i++)
		for (size_t k = 0; k < s->p[i]->nr_rep; k++)
			if (same_row(s, s->p[i], row) &&
			    rep_value(s->p[i]->rep[k], unit, &v))
				return s->p[i];
	return NULL;
}

/* Per operation, as far as it was counted all the time. */
static void cell(struct table *t, size_t col, const struct sheet *s,
		 const struct point *row, const char *event)
{
	char unit[200], n[40], spread[40];
	const struct point *p;
	struct est e, ran;

	snprintf(unit, sizeof(unit), "%s-%s/op", s->role, event);
	p = pass_with(s, row, unit);
	if (p) {
		e = point_est(p, unit);
		if (e.med < 0.001 && e.med > 0)
			snprintf(n, sizeof(n), "%.1e", e.med);
		else if (e.med < 1000)
			out_number(n, sizeof(n), e.med);
		else
			out_count(n, sizeof(n), e.med);
		table_cell(t, col, "%s %s", n, e.hi > e.lo ?
			   est_spread(spread, sizeof(spread), &e) : "");
		return;
	}
	snprintf(unit, sizeof(unit), "%s-%s-enabled-ns", s->role, event);
	p = pass_with(s, row, unit);
	if (!p) {
		table_cell(t, col, "-");
		return;
	}
	e = point_est(p, unit);
	snprintf(unit, sizeof(unit), "%s-%s-running-ns", s->role, event);
	ran = point_est(p, unit);
	table_cell(t, col, "ran %.0f%%", e.med > 0 ? 100 * ran.med / e.med : 0);
}

/* Instructions per cycle, of the same mode and the same repetitions. */
static void ipc(struct table *t, size_t col, const struct sheet *s,
		const struct point *row, const char *mode)
{
	char cycles[100], instructions[100], buf[40];
	const struct point *p;
	double *v, c;
	size_t nr = 0;
	struct est e;

	snprintf(cycles, sizeof(cycles), "%s-cycles%s/op", s->role, mode);
	snprintf(instructions, sizeof(instructions), "%s-instructions%s/op",
		 s->role, mode);
	p = pass_with(s, row, cycles);
	v = mem_get(p ? p->nr_rep : 1, sizeof(*v));
	for (size_t i = 0; p && i < p->nr_rep; i++)
		if (rep_value(p->rep[i], cycles, &c) && c > 0 &&
		    rep_value(p->rep[i], instructions, &v[nr]))
			v[nr++] /= c;
	e = est_make(v, nr);
	free(v);
	table_cell(t, col, "%s", e.nr ? out_number(buf, sizeof(buf), e.med) :
		   "-");
}

/* The table with EVENTs FROM..TO; IPC_MODE: NULL, or ":k". */
static void fill(struct table *t, const struct sheet *s,
		 const char *const *event, size_t from, size_t to,
		 const char *ipc_mode)
{
	size_t k;

	table_start(t, s->nr_key + to - from + !!ipc_mode, s->nr_key);
	table_keys(t, s->key, s->nr_key);
	k = s->nr_key;
	for (size_t e = from; e < to; e++)
		table_cell(t, k++, "%s", event[e]);
	if (ipc_mode)
		table_cell(t, k, "IPC%s", ipc_mode);
	for (size_t i = 0; i < s->nr; i++) {
		const struct point *p = s->p[i];
		bool again = false;

		for (size_t j = 0; j < i; j++)
			again |= same_row(s, p, s->p[j]);
		if (again)
			continue;
		table_point(t, p, s->key, s->nr_key);
		k = s->nr_key;
		for (size_t e = from; e < to; e++)
			cell(t, k++, s, p, event[e]);
		if (ipc_mode)
			ipc(t, k, s, p, ipc_mode);
	}
}

/* "k" of "cycles:k" if the same instructions were counted; else NULL. */
static const char *ipc_mode(const char *const *event, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		for (size_t k = 0; k < nr; k++)
			if (!strncmp(event[i], "cycles", 6) &&
			    !strncmp(event[k], "instructions", 12) &&
			    !strcmp(event[i] + 6, event[k] + 12))
				return event[i] + 6;
	return NULL;
}

/* As many events side by side as fit, the rest below. */
static void role_table(const struct sheet *s, const char *const *event,
		       size_t nr_event, struct doc *to)
{
	const char *mode = ipc_mode(event, nr_event);
	struct table t;

	doc_head(to, "[%s] %s: events per operation of the %s", s->p[0]->part,
		s->p[0]->bench, s->role);
	for (size_t from = 0, end; from < nr_event; from = end) {
		for (end = nr_event; ; end--) {
			fill(&t, s, event, from, end,
			     end == nr_event ? mode : NULL);
			if (end == from + 1 ||
			    table_width(&t, 1) <= OUT_WIDTH - 2)
				break;
			table_free(&t);
		}
		doc_table(to, &t);
	}
}

static void bench_tables(const struct point **p, size_t nr,
			 const char *const *event, size_t nr_event, struct doc *to)
{
	static const char *const but[] = { "events", NULL };
	struct sheet s = { .p = p, .nr = nr };
	char role[ROLES_MAX][64];
	size_t nr_role = points_roles(p, nr, role, ROLES_MAX);

	s.nr_key = point_varying_but(p, nr, s.key, KEYS_MAX, but);
	for (size_t i = 0; i < nr_role; i++) {
		s.role = role[i];
		role_table(&s, event, nr_event, to);
	}
}

/* Those that this machine cannot count, by reason. */
static void missing(const struct run *run, struct doc *to)
{
	for (size_t i = 0; i < run->nr_event; i++) {
		const char *why = unavailable(run->event[i]);
		char names[1000] = "";
		size_t n = 0;
		bool said = false;

		for (size_t k = 0; why && k < i; k++)
			said |= !strcmp(unavailable(run->event[k]) ?: "", why);
		for (size_t k = i; why && !said && k < run->nr_event; k++)
			if (!strcmp(unavailable(run->event[k]) ?: "", why) &&
			    n < sizeof(names))
				n += snprintf(names + n, sizeof(names) - n,
					      "%s%.*s", n ? ", " : "",
					      (int)strcspn(run->event[k], " "),
					      run->event[k]);
		if (n)
			doc_item(to, "%s: %s", names, why);
	}
}

void counted_section(const struct report *r, struct doc *to)
{
	const struct points *all = &r->counted;
	scoped const struct point **p = mem_get(all->nr_point, sizeof(*p));
	const char *event[EVENTS_MAX];
	size_t nr_event = 0;

	for (size_t i = 0; i < r->run.nr_event && nr_event < EVENTS_MAX; i++)
		if (!unavailable(r->run.event[i]))
			event[nr_event++] = r->run.event[i];
	if (r->run.nr_event) {
		doc_head(to, "Event counters");
	}
	for (size_t i = 0; nr_event && i < all->nr_point; ) {
		size_t measured = points_table(all, &i, p), nr = 0;

		for (size_t k = 0; k < measured; k++)
			if (point_get(p[k], "events"))
				p[nr++] = p[k];
		if (nr)
			bench_tables(p, nr, event, nr_event, to);
	}
	if (nr_event)
		doc_note(to, "counted in separate repetitions, whose times appear nowhere else, on the CPUs of the role and for every task there (:actor: for its threads only); ran N%%: the event had to share a counter, so no figure");
	missing(&r->run, to);
}
