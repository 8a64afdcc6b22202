// SPDX-License-Identifier: GPL-2.0-or-later
/* question - what was asked, answered in sentences that are computed */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "question.h"

#define WORDS_MAX	8	/* arms told by a word that get a sentence */
#define ROWS_MAX	24	/* sets of arms in one table; the rest: below */

/* --- sentences from arms ------------------------------------------------- */

/* What one arm is of the base, over all sets. */
struct tally {
	const char	*value;		/* of the key; NULL: while */
	const struct point *least, *most;	/* arm with such a ratio */
	const struct arms *at_least, *at_most;
	struct arms_ratio lo, hi;
	size_t		nr[ARMS_NONE + 1];
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

static const char *tally_text(const struct tally *t, char *buf, size_t len)
{
	const char *word[ARMS_NONE + 1];

	for (int i = 0; i <= ARMS_NONE; i++)
		word[i] = arms_verdict_word(i);
	return out_tally(buf, len, word, t->nr, ARMS_NONE + 1, true);
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

/* What a figure cannot be read without, as far as OF has not said it. */
static const char *regime(const struct arms_sets *all, const struct point *p,
			  const char *of, char *buf, size_t len)
{
	static const char *const keys[] = {
		"think", "hierarchy", "threads", "period", "groups",
	};
	size_t n = 0;

	*buf = '\0';
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys) && n < len; i++) {
		const char *v = kv_get(p->opt, p->nr_opt, keys[i]);
		char said[24];

		snprintf(said, sizeof(said), "%s=", keys[i]);
		if (v && (!all->key || strcmp(keys[i], all->key)) &&
		    strcmp(v, "0") && !strstr(of, said))
			n += snprintf(buf + n, len - n, " %s=%s", keys[i], v);
	}
	if (strcmp(p->workload, "idle") && n < len &&
	    (!all->key || strcmp(all->key, "workload")))
		snprintf(buf + n, len - n, " workload=%s", p->workload);
	return buf;
}

static void say_one(const struct arms_sets *all, const struct arms *s,
		    size_t arm, const struct ask *q, struct sentences *to)
{
	const struct point *base = s->point[0], *p = s->point[arm];
	struct arms_ratio r = arms_ratio(base, p, q->figure);
	char a[160], b[160], x[60], y[60], z[80], more[200], of[320];
	/* "with how=into", "while a group is being moved" */
	const char *with = all->key ? "with " : "";

	arms_name(all, s, arm, a, sizeof(a));
	arms_name(all, s, 0, b, sizeof(b));
	where(all, s, of, sizeof(of));
	question_figure(to, x, sizeof(x), a, p, q->figure);
	question_figure(to, y, sizeof(y), b, base, q->figure);
	say_ratio(to, a, q->figure, &r, p, base);
	arms_where(all, s, more, sizeof(more));
	say_against(to, q->called, b, more);
	if (r.verdict == ARMS_NONE)
		say(to, "%s%s: not answered: %s has no numbers.", q->called,
		    of, base && base->nr_rep ? a : b);
	else
		say(to, "%s%s: %s %s%s, compared with %s with %s: %s, %s; n=%zu%s.",
		    q->called, of, x, with, a, y, b,
		    arms_verdict_word(r.verdict),
		    arms_ratio_text(z, sizeof(z), &r), r.nr,
		    regime(all, p, of, more, sizeof(more)));
}

/* The two ends of T, named as the sentence names them. */
static void say_ends(const struct arms_sets *all, const struct tally *t,
		     const struct ask *q, const char *lo, const char *hi,
		     const char *base, struct sentences *to)
{
	char where[300];

	say_ratio(to, lo, q->figure, &t->lo, t->least, t->at_least->point[0]);
	arms_where(all, t->at_least, where, sizeof(where));
	say_against(to, q->called, base, where);
	if (t->measured < 2)
		return;
	say_ratio(to, hi, q->figure, &t->hi, t->most, t->at_most->point[0]);
	arms_where(all, t->at_most, where, sizeof(where));
	say_against(to, q->called, base, where);
}

static void say_many(const struct arms_sets *all, const struct tally *t,
		     const struct ask *q, struct sentences *to)
{
	char base[160], arm[200], text[200], lo[80], hi[80], wl[320], wh[320];

	arms_name(all, &all->set[0], 0, base, sizeof(base));
	if (!t->measured) {
		say(to, "%s: not answered: %s=%s or %s has no numbers.",
		    q->called, all->key, t->value, base);
		return;
	}
	snprintf(arm, sizeof(arm), "%s=%s", all->key, t->value);
	arms_ratio_text(lo, sizeof(lo), &t->lo);
	arms_ratio_text(hi, sizeof(hi), &t->hi);
	tally_text(t, text, sizeof(text));
	where(all, t->at_least, wl, sizeof(wl));
	where(all, t->at_most, wh, sizeof(wh));
	say_ends(all, t, q, arm, arm, base, to);
	if (t->measured == 1)
		say(to, "%s: %s, compared with %s: %s: %s%s.", q->called, arm, base,
		    text, lo, wl);
	else if (!strcmp(lo, hi))
		say(to, "%s: %s, compared with %s: %s: %s.", q->called, arm, base,
		    text, lo);
	else
		say(to, "%s: %s, compared with %s: %s; smallest %s%s, largest %s%s.", q->called,
		    arm, base, text, lo, wl, hi, wh);
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
			words |= !kv_number(v, &number_of);
		}
	if (words || nr < 2)
		return nr;
	for (k = 1; k < nr; k++)
		if (value_order(value[k], value[0]) > 0)
			value[0] = value[k];
	return 1;
}

/* Arms of one key: a sentence for each that is told by a word. */
static void say_keyed(const struct arms_sets *all, const struct ask *q,
		      struct sentences *to)
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
				tally_add(&t, s, s->point[a], q->figure);
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

/* While others move, or fork: of each base one sentence, least and most. */
static void say_while(const struct arms_sets *all, const struct ask *q,
		      struct sentences *to)
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
			tally_add(&t, s, s->point[a], q->figure);
			least = t.least == s->point[a] ? a : least;
			most = t.most == s->point[a] ? a : most;
		}
		arms_where(all, s, what, sizeof(what));
		if (!t.measured) {
			say(to, "%s%s%s: not answered: one side was not measured, or had too few operations.",
			    q->called, *what ? ", " : "", what);
			continue;
		}
		arms_ratio_text(lo, sizeof(lo), &t.lo);
		arms_ratio_text(hi, sizeof(hi), &t.hi);
		tally_text(&t, text, sizeof(text));
		question_figure(to, base, sizeof(base), all->quiet,
				s->point[0], q->figure);
		arms_name(all, s, least, wl, sizeof(wl));
		arms_name(all, s, most, wh, sizeof(wh));
		say_ends(all, &t, q, wl, wh, all->quiet, to);
		if (!strcmp(lo, hi))
			say(to, "%s%s%s %s, compared with %s with %s: %s: %s.",
			    q->called, *what ? ", " : "", what, all->busy,
			    base, all->quiet, text, lo);
		else
			say(to, "%s%s%s %s, compared with %s with %s: %s; smallest %s (%s), largest %s (%s).",
			    q->called, *what ? ", " : "", what, all->busy,
			    base, all->quiet, text, lo, wl, hi, wh);
	}
}

/* --- the questions ------------------------------------------------------- */

/* What is bound to a word of `compute`. */
static const struct {
	const char	*word;
	void		(*answer)(const struct report *r, const struct ask *q,
				  struct sentences *to);
} computed[] = {
	{ "break-even", question_break_even }, { "footprint", question_footprint },
	{ "knee", question_knee }, { "refused", question_refused },
	{ "scaling", question_scaling }, { "size", question_size },
	{ "slow-readers", question_slow_readers }, { "window", question_window },
};

static void compute(const struct report *r, const struct ask *q,
		    struct sentences *to)
{
	for (size_t i = 0; i < sizeof(computed) / sizeof(*computed); i++)
		if (!strcmp(computed[i].word, q->compute))
			computed[i].answer(r, q, to);
}

/* Measured, but nobody played the role, or counted: it has no such figure. */
static bool no_figure(const struct arms *s, const char *unit)
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

/* Arms that Q does not compare go. */
static void keep_only(struct arms *s, const struct ask *q)
{
	size_t nr = 1;

	for (size_t a = 1; a < s->nr; a++)
		if (mem_has(&q->only, point_get(s->point[a], q->by)))
			s->point[nr++] = s->point[a];
	s->nr = nr;
}

/* The arms of Q; false if it was not asked, or nothing was measured. */
static bool find(const struct ask *q, const struct report *r,
		 struct arms_sets *all)
{
	bool measured = false;

	arms_find(all, &r->points, q);
	for (size_t i = 0; i < all->nr; ) {
		struct arms *s = &all->set[i];

		if (q->only.nr)
			keep_only(s, q);
		if (s->nr < 2 || no_figure(s, q->figure)) {
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

void question_make(const struct report *r, struct sentences *all)
{
	for (unsigned int i = 0; i < r->asks.nr; i++) {
		const struct ask *q = &r->asks.ask[i];
		struct arms_sets sets;

		if (q->claim)
			continue;
		say_asks(all, q->asks);
		if (q->compute) {
			compute(r, q, all);
			continue;
		}
		if (find(q, r, &sets)) {
			if (q->by)
				say_keyed(&sets, q, all);
			else
				say_while(&sets, q, all);
		}
		arms_free(&sets);
	}
}

void question_answers(const struct sentences *all, struct doc *to)
{
	sentences_print(all, to);
	if (all->nr)
		doc_note(to, "[low, high]: 95 %% interval; of ratios, paired by block and not adjusted for multiple comparisons");
}

void question_page(const struct sentences *all, struct doc *to)
{
	if (sentences_short(all, to))
		doc_note(to, "[low, high]: 95 %% interval of the ratio, paired by block, not adjusted for multiple comparisons: one in twenty may miss");
}

/* One set below the other, each with its base on top. */
static void arms_table(const struct arms_sets *all, const struct ask *q,
		       struct doc *to)
{
	char text[320], figure[80];
	size_t rows = 0, i;
	struct table t;

	table_head(&t, 1, "", q->called, "change", NULL);
	for (i = 0; i < all->nr && rows < ROWS_MAX; i++) {
		const struct arms *s = &all->set[i];

		for (size_t a = 0; a < s->nr; a++, rows++) {
			struct arms_ratio one = arms_ratio(s->point[0],
							   s->point[a],
							   q->figure);
			struct change c = arms_change(&one);

			c.verdict = arms_verdict_word(one.verdict);
			arms_where(all, s, text, sizeof(text));
			table_row(&t, a || !*text ? NULL : text);
			table_cell(&t, 0, "%s", arms_name(all, s, a, text,
							  sizeof(text)));
			table_cell(&t, 1, "%s", arms_figure(figure,
					sizeof(figure), s->point[a], q->figure));
			if (a && one.verdict != ARMS_NONE)
				table_change(&t, 2, &c);
		}
	}
	doc_head(to, "%s", q->asks);
	doc_table(to, &t);
	if (i < all->nr)
		doc_note(to, "and %zu more of the kind: see the tables",
			all->nr - i);
}

void question_arms(const struct report *r, struct doc *to)
{
	for (unsigned int i = 0; i < r->asks.nr; i++) {
		const struct ask *q = &r->asks.ask[i];
		struct arms_sets all;

		if (q->compute && !strcmp(q->compute, "scaling"))
			question_forecast(r, q, to);
		if (q->claim || q->compute)
			continue;
		if (find(q, r, &all))
			arms_table(&all, q, to);
		arms_free(&all);
	}
}
