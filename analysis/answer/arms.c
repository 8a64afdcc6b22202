// SPDX-License-Identifier: GPL-2.0-or-later
/* arms - points that differ in one thing only, side by side */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arms.h"
#include "mem.h"
#include "point-est.h"

#define KEYS_MAX 32

/* The arm that has VALUE of KEY; s->nr if none has. */
static size_t arm_of(const struct arms *s, const char *key, const char *value)
{
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (!value_order(point_get(s->point[i], key), value))
			break;
	return i;
}

/* The base to the front; if there is none, a hole. */
static void base_first(struct arms *s, const char *key,
		       const struct strv *base)
{
	const struct point *found;
	size_t i, at = SIZE_MAX;

	if (!base)
		return;
	for (unsigned int k = 0; k < base->nr; k++) {
		i = arm_of(s, key, base->v[k]);
		if (i == s->nr)
			continue;
		if (at == SIZE_MAX)
			at = i;
		if (s->point[i]->nr_rep) {
			at = i;
			break;
		}
	}
	if (at == SIZE_MAX) {
		at = s->nr;
		mem_push(&s->point, &s->nr, NULL);
	}
	found = s->point[at];
	memmove(s->point + 1, s->point, at * sizeof(*s->point));
	s->point[0] = found;
}

/* Is P as WANTED, but for KEY? An option that it does not have asks nothing. */
static bool is(const struct point *p, const struct ask_points *wanted,
	       const char *key)
{
	if (strcmp(p->bench, wanted->bench))
		return false;
	for (unsigned int i = 0; i < wanted->nr; i++) {
		const struct ask_want *w = &wanted->want[i];
		const char *v = point_get(p, w->key);
		unsigned int k = 0;

		if (!v || (key && !strcmp(w->key, key)))
			continue;
		while (k < w->values.nr && value_order(v, w->values.v[k]))
			k++;
		if (k == w->values.nr)
			return false;
	}
	return true;
}

static void by_key(struct arms_sets *all, const struct points *points,
		   const struct ask *ask)
{
	scoped const struct point **p = mem_get(points->nr_point, sizeof(*p));
	scoped struct point_line *line = NULL;
	size_t nr = 0;

	for (size_t i = 0; i < points->nr_point; i++)
		if (is(&points->point[i], &ask->base, ask->by) &&
		    point_get(&points->point[i], ask->by))
			p[nr++] = &points->point[i];
	nr = point_lines(&line, p, nr, ask->by, NULL);
	for (size_t i = 0; i < nr; ) {
		struct arms s = { line[i].point, line[i].nr };

		if (line[i].nr < 2) {
			free(line[i].point);
			line[i] = line[--nr];
			continue;
		}
		base_first(&s, ask->by, ask_values(&ask->base, ask->by));
		mem_push(&all->set, &all->nr, s);
		i++;
	}
}

/* A key that one of them does not have asks for nothing. */
static bool equal(const struct point *a, const struct point *b,
		  const char *key)
{
	const char *x = point_get(a, key), *y = point_get(b, key);

	return !x || !y || !value_order(x, y);
}

/* P while something else goes on that BASE does not know of. */
static bool is_while(const struct point *p, const struct point *base,
		     const struct ask *ask)
{
	if (!is(p, &ask->meanwhile, NULL) || strcmp(p->workload, "idle"))
		return false;
	for (unsigned int i = 0; i < ask->match.nr; i++)
		if (!equal(p, base, ask->match.v[i]))
			return false;
	return true;
}

/* All that A asks for, B does, too; but for how long. */
static bool asks_for(const struct point *a, const struct point *b)
{
	for (size_t i = 0; i < a->nr_opt; i++) {
		const char *v = kv_get(b->opt, b->nr_opt, a->opt[i].key);

		if (!kv_is_length(a->opt[i].key) &&
		    (!v || value_order(a->opt[i].value, v)))
			return false;
	}
	return true;
}

/* Planned twice, in two parts. */
static bool same(const struct point *a, const struct point *b)
{
	return !strcmp(a->bench, b->bench) &&
	       !strcmp(a->workload, b->workload) && asks_for(a, b) &&
	       asks_for(b, a);
}

static bool is_base_already(const struct arms_sets *all, const struct point *p)
{
	for (size_t i = 0; i < all->nr; i++)
		if (same(all->set[i].point[0], p))
			return true;
	return false;
}

static bool is_arm_already(const struct arms *s, const struct point *p)
{
	for (size_t i = 1; i < s->nr; i++)
		if (same(s->point[i], p))
			return true;
	return false;
}

static void meanwhile(struct arms_sets *all, const struct points *points,
		      const struct ask *ask)
{
	for (size_t i = 0; i < points->nr_point; i++) {
		const struct point *base = &points->point[i];
		struct arms s = { .nr = 0 };

		if (!is(base, &ask->base, NULL) ||
		    strcmp(base->workload, "idle") ||
		    is_base_already(all, base))
			continue;
		mem_push(&s.point, &s.nr, base);
		for (size_t k = 0; k < points->nr_point; k++)
			if (is_while(&points->point[k], base, ask) &&
			    !is_arm_already(&s, &points->point[k]))
				mem_push(&s.point, &s.nr, &points->point[k]);
		if (s.nr > 1)
			mem_push(&all->set, &all->nr, s);
		else
			free(s.point);
	}
}

void arms_find(struct arms_sets *all, const struct points *points,
	       const struct ask *ask)
{
	*all = (struct arms_sets){ .key = ask->by, .quiet = ask->quiet,
				   .busy = ask->busy };
	if (ask->by)
		by_key(all, points, ask);
	else
		meanwhile(all, points, ask);
}

void arms_free(struct arms_sets *all)
{
	for (size_t i = 0; i < all->nr; i++)
		free(all->set[i].point);
	free(all->set);
}

const char *arms_name(const struct arms_sets *all, const struct arms *s,
		      size_t arm, char *buf, size_t len)
{
	const struct point *p = s->point[arm];
	const char *key[KEYS_MAX];
	size_t nr;

	if (all->key) {
		snprintf(buf, len, "%s=%s", all->key,
			 p ? point_get(p, all->key) : "?");
		return buf;
	}
	if (!arm)
		snprintf(buf, len, "%s", all->quiet);
	else if (s->nr == 2)
		snprintf(buf, len, "%s", all->busy);
	else {
		nr = point_varying(s->point + 1, s->nr - 1, key, KEYS_MAX);
		point_label(p, key, nr, true, buf, len);
	}
	return buf;
}

const char *arms_where(const struct arms_sets *all, const struct arms *s,
		       char *buf, size_t len)
{
	scoped const struct point **p = mem_get(all->nr, sizeof(*p));
	const char *key[KEYS_MAX], *keep[KEYS_MAX];
	size_t nr = 0, n = 0;

	*buf = '\0';
	for (size_t i = 0; i < all->nr; i++)
		p[nr++] = all->set[i].point[0] ?: all->set[i].point[1];
	nr = nr > 1 ? point_varying(p, nr, key, KEYS_MAX) : 0;
	/* The arms' own key is told by the arms, conditions by the tables. */
	for (size_t i = 0; i < nr; i++)
		if ((!all->key || strcmp(key[i], all->key)) &&
		    kv_get(p[0]->opt, p[0]->nr_opt, key[i]))
			keep[n++] = key[i];
	if (n)
		point_label(s->point[0] ?: s->point[1], keep, n, true, buf,
			    len);
	return buf;
}

struct arms_ratio arms_ratio(const struct point *base, const struct point *arm,
			     const char *unit)
{
	return arms_ratio_units(base, unit, arm, unit);
}

struct arms_ratio arms_ratio_units(const struct point *base,
				   const char *base_unit,
				   const struct point *arm, const char *unit)
{
	struct arms_ratio r = { .verdict = ARMS_NONE };
	struct rank_shift s;
	int ret;

	if (!base || !arm || !base->nr_rep || !arm->nr_rep)
		return r;
	ret = point_ratio_units(base, base_unit, arm, unit, &s, &r.nr);
	if (ret && ret != -ENODATA)
		return r;
	r.est = s.est;
	r.lo = s.lo;
	r.hi = s.hi;
	r.verdict = ret ? ARMS_FEW : s.lo > 1 ? ARMS_MORE :
		    s.hi < 1 ? ARMS_LESS : ARMS_SAME;
	return r;
}

const char *arms_verdict_word(enum arms_verdict v)
{
	static const char *const word[] = {
		[ARMS_MORE] = "more", [ARMS_LESS] = "less",
		[ARMS_SAME] = "no difference shown",
		[ARMS_FEW] = "too few repetitions for an interval",
		[ARMS_NONE] = "no number",
	};

	return word[v];
}

struct change arms_change(const struct arms_ratio *r)
{
	return (struct change){ .ratio = r->est, .low = r->lo, .high = r->hi,
				.n = r->nr, .p = NAN,
				.range = r->verdict == ARMS_FEW };
}

const char *arms_ratio_text(char *buf, size_t len, const struct arms_ratio *r)
{
	struct change c = arms_change(r);

	return out_change(buf, len, &c);
}

/* In words: "ns", "/s", "bytes" or "". */
static const char *word_of(const char *unit)
{
	return mem_ends(unit, "-ns") ? "ns" : mem_ends(unit, "/s") ? "/s" :
		mem_ends(unit, "-bytes") ? "bytes" :
		mem_ends(unit, "-share") ? "share" : "";
}

const char *arms_est(char *buf, size_t len, const struct est *e,
		     const char *unit)
{
	return out_est(buf, len, e, word_of(unit));
}

const char *arms_figure(char *buf, size_t len, const struct point *p,
			const char *unit)
{
	struct est e = { .nr = 0 };

	if (p && p->nr_rep)
		e = point_est(p, unit);
	return arms_est(buf, len, &e, unit);
}
