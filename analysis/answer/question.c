// SPDX-License-Identifier: GPL-2.0-or-later
/* question - what was asked, answered in sentences that are computed */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "question.h"

#define WORDS_MAX	8	/* arms told by a word that get a sentence */
#define ROWS_MAX	24	/* sets of arms in one table; the rest: below */

struct question {
	const char	*asks;
	const char	*bench;		/* NULL: beside writers, or writers */
	const char	*key;		/* beside: bench of the base */
	const char	*base;		/* values, the first that was measured */
	const char	*only;		/* arms to compare; NULL: all */
	const char	*unit;		/* ends in -ns, -bytes or /s */
	const char	*figure;	/* UNIT in words */
	/* Instead of arms: sentences of its own. */
	void		(*answer)(const struct report *r, struct sentences *to);
};

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
			      arms_verdict_word(i));
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
		    size_t arm, const struct question *q, struct sentences *to)
{
	const struct point *base = s->point[0], *p = s->point[arm];
	struct arms_ratio r = arms_ratio(base, p, q->unit);
	char a[160], b[160], x[60], y[60], z[80], more[200], of[320];

	arms_name(all, s, arm, a, sizeof(a));
	arms_name(all, s, 0, b, sizeof(b));
	where(all, s, of, sizeof(of));
	question_figure(to, x, sizeof(x), a, p, q->unit);
	question_figure(to, y, sizeof(y), b, base, q->unit);
	say_ratio(to, a, q->unit, &r, p, base);
	arms_where(all, s, more, sizeof(more));
	say_against(to, q->figure, b, more);
	if (r.verdict == ARMS_NONE)
		say(to, "%s%s: not answered: %s has no numbers.", q->figure,
		    of, base && base->nr_rep ? a : b);
	else
		say(to, "%s%s: %s %s against %s %s: %s, %s; n=%zu%s.",
		    q->figure, of, a, x, b, y, arms_verdict_word(r.verdict),
		    arms_ratio_text(z, sizeof(z), &r), r.nr,
		    regime(all, p, of, more, sizeof(more)));
}

/* The two ends of T, named as the sentence names them. */
static void say_ends(const struct arms_sets *all, const struct tally *t,
		     const struct question *q, const char *lo, const char *hi,
		     const char *base, struct sentences *to)
{
	char where[300];

	say_ratio(to, lo, q->unit, &t->lo, t->least, t->at_least->point[0]);
	arms_where(all, t->at_least, where, sizeof(where));
	say_against(to, q->figure, base, where);
	if (t->measured < 2)
		return;
	say_ratio(to, hi, q->unit, &t->hi, t->most, t->at_most->point[0]);
	arms_where(all, t->at_most, where, sizeof(where));
	say_against(to, q->figure, base, where);
}

static void say_many(const struct arms_sets *all, const struct tally *t,
		     const struct question *q, struct sentences *to)
{
	char base[160], arm[200], text[200], lo[80], hi[80], wl[320], wh[320];

	arms_name(all, &all->set[0], 0, base, sizeof(base));
	if (!t->measured) {
		say(to, "%s: not answered: %s=%s or %s has no numbers.",
		    q->figure, all->key, t->value, base);
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
		say(to, "%s: %s against %s: %s: %s%s.", q->figure, arm, base,
		    text, lo, wl);
	else if (!strcmp(lo, hi))
		say(to, "%s: %s against %s: %s: %s.", q->figure, arm, base,
		    text, lo);
	else
		say(to, "%s: %s against %s: %s; from %s%s to %s%s.", q->figure,
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

/* Beside writers, or forkers: of each base one sentence, least to most. */
static void say_beside(const struct arms_sets *all, const struct question *q,
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
			tally_add(&t, s, s->point[a], q->unit);
			least = t.least == s->point[a] ? a : least;
			most = t.most == s->point[a] ? a : most;
		}
		arms_where(all, s, what, sizeof(what));
		if (!t.measured) {
			say(to, "%s%s%s: not answered: one side was not measured, or had too few operations.",
			    q->figure, *what ? ", " : "", what);
			continue;
		}
		arms_ratio_text(lo, sizeof(lo), &t.lo);
		arms_ratio_text(hi, sizeof(hi), &t.hi);
		tally_text(&t, text, sizeof(text));
		question_figure(to, base, sizeof(base), "quiet", s->point[0],
				q->unit);
		arms_name(all, s, least, wl, sizeof(wl));
		arms_name(all, s, most, wh, sizeof(wh));
		say_ends(all, &t, q, wl, wh, "quiet", to);
		if (!strcmp(lo, hi))
			say(to, "%s%s%s beside %s against quiet (%s): %s: %s.",
			    q->figure, *what ? ", " : "", what, all->beside,
			    base, text, lo);
		else
			say(to, "%s%s%s beside %s against quiet (%s): %s; from %s (%s) to %s (%s).",
			    q->figure, *what ? ", " : "", what, all->beside,
			    base, text, lo, wl, hi, wh);
	}
}

/* --- the questions ------------------------------------------------------- */

#define ARMS(asks_, bench_, key_, base_, unit_, figure_) \
	{ .asks = asks_, .bench = bench_, .key = key_, .base = base_, \
	  .unit = unit_, .figure = figure_ }
/* Of some values of the key only. */
#define SOME(asks_, bench_, key_, base_, only_, unit_, figure_) \
	{ .asks = asks_, .bench = bench_, .key = key_, .base = base_, \
	  .only = only_, .unit = unit_, .figure = figure_ }
#define BESIDE(asks_, of_, unit_, figure_) \
	{ .asks = asks_, .key = of_, .unit = unit_, .figure = figure_ }
#define OWN(asks_, answer_) { .asks = asks_, .answer = answer_ }

/* From the nearest to the farthest: the base is the first there is. */
#define NEAR "same-core same-cache same-node other-node farthest"

static const struct question questions[] = {
	ARMS("What does a child cost, by the way it is made?",
	     "clone", "kind", "fork", "cloner-p50-ns", "p50"),
	ARMS("Does a thread cost more in a larger group?",
	     "clone", "siblings", "0", "cloner-p50-ns", "p50"),
	BESIDE("What do writers beside it cost a clone that has nothing to do with them?",
	       "clone", "cloner-p50-ns", "p50"),
	BESIDE("How long can such a clone stand still?",
	       "clone", "cloner-p99-ns", "p99"),
	BESIDE("How many clones are left of it?",
	       "clone", "cloner-ops/s", "rate"),
	OWN("From how many writes on would it pay to spare the others?",
	    question_break_even),
	ARMS("Is it worse inside the group that is moved?",
	     "clone-attach", "victims", "unrelated", "cloner-p99-ns",
	     "p99 of a clone"),
	ARMS("Does the writer wait longer where the group itself creates threads?",
	     "clone-attach", "victims", "unrelated", "attacher-p50-ns",
	     "p50 of a write"),
	ARMS("Does it matter how many threads are moved?",
	     "clone-attach", "threads", NULL, "cloner-p99-ns",
	     "p99 of a clone"),
	ARMS("How long can a group's own new threads make its mover wait?",
	     "clone-attach", "victims", "unrelated", "attacher-max-ns",
	     "slowest write"),
	BESIDE("What does a write cost beside those who fork?",
	       "attach", "attacher-p50-ns", "p50 of a write"),
	BESIDE("How long can those who fork make a write wait?",
	       "attach", "attacher-max-ns", "slowest write"),
	ARMS("What do more of those who fork cost the writer?",
	     "clone-attach", "cloners", NULL, "attacher-p50-ns",
	     "p50 of a write"),
	ARMS("What does a load beside it cost a write?",
	     "attach", "workload", "idle", "attacher-p50-ns", "p50 of a write"),
	ARMS("How long can such a load make a write wait?",
	     "attach", "workload", "idle", "attacher-max-ns", "slowest write"),
	OWN("What does a write cost, by the time since the last one?",
	    question_knee),
	OWN("What does a write cost, by the size of the group?",
	    question_size),
	SOME("What does it cost to move a group thread by thread?",
	     "attach", "by", "procs", "tasks", "attacher-p50-ns",
	     "p50 of a move"),
	SOME("Who pays for the lock without moving a thread group?",
	     "attach", "by", "procs", "zero same missing zombie",
	     "attacher-p50-ns", "p50 of a write"),
	ARMS("Do writers stand in one queue?",
	     "attach", "attachers", NULL, "attacher-ops/s",
	     "writes of all together"),
	ARMS("How much of a write is the grace period?",
	     "attach", "rcu", "as-is", "attacher-p50-ns", "p50 of a write"),
	ARMS("What do expedited grace periods do to those who fork?",
	     "clone-attach", "rcu", "as-is", "cloner-p50-ns", "p50 of a clone"),
	ARMS("Does the hierarchy matter?",
	     "attach", "hierarchy", "v2", "attacher-p50-ns", "p50 of a write"),
	ARMS("Does it matter where a forker runs, seen from the mover: the forker?",
	     "clone-attach", "place", NEAR, "cloner-p50-ns",
	     "p50 of a clone"),
	ARMS("Does it matter where a forker runs, seen from the mover: the mover?",
	     "clone-attach", "place", NEAR, "attacher-p50-ns",
	     "p50 of a write"),
	ARMS("What do two who fork cost each other, by the distance?",
	     "clone", "place", NEAR, "cloner-p50-ns", "p50 of a clone"),
	ARMS("Does the node of its memory matter to who forks?",
	     "clone", "memory", "0", "cloner-p50-ns", "p50 of a clone"),
	ARMS("Does the depth of the tree matter?",
	     "attach", "depth", "0", "attacher-p50-ns", "p50 of a write"),
	ARMS("Does the number of mounted v1 hierarchies matter?",
	     "attach", "mounted", "0", "attacher-p50-ns", "p50 of a write"),
	OWN("For how long do forks stay slower after one write?",
	    question_window),
	ARMS("What does one read lock cost, by its kind?",
	     "rwlock", "lock", "percpu-fast", "pair-ns", "lock and unlock"),
	ARMS("What do its readers cost each other?",
	     "rwlock", "readers", NULL, "pair-ns", "lock and unlock"),
	ARMS("Does it matter where its readers run?",
	     "rwlock", "place", NEAR, "pair-ns", "lock and unlock"),
	OWN("How often must writers come to keep readers slow?",
	    question_slow_readers),
	OWN("From which size on is an array refused?",
	    question_refused),
	ARMS("What does having an array cost, by what it is made of?",
	     "array", "kind", "kmalloc", "alloc-ns", "having it"),
	ARMS("And walking it?",
	     "array", "kind", "kmalloc", "walk-ns", "walking it"),
	ARMS("Does the node of an array matter to who walks it?",
	     "array", "node", "local", "walk-ns", "walking it"),
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
	ARMS("Does the hierarchy matter to a container?",
	     "container", "hierarchy", "v2", "spawner-p50-ns", "p50"),
	ARMS("Do those who start containers wait for each other?",
	     "container", "spawners", NULL, "spawner-p50-ns", "p50"),
	ARMS("Do containers that live beside it matter?",
	     "container", "groups", NULL, "spawner-p50-ns", "p50"),
	ARMS("What do limits add to a container's life?",
	     "container", "limits", "none", "spawner-p50-ns", "p50"),
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
	ARMS("What does a short-lived cgroup cost, by its hierarchy?",
	     "churn", "hierarchy", "v2", "churner-p50-ns", "p50"),
	ARMS("How much of that is the visitor's moving in and out?",
	     "churn", "visitor", "no", "churner-p50-ns", "p50"),
	ARMS("What if who holds the read side may not run: the writer?",
	     "priority", "by", "none", "attacher-max-ns", "slowest write"),
	ARMS("What if who holds the read side may not run: a bystander?",
	     "priority", "by", "none", "bystander-max-ns", "slowest clone"),
	ARMS("Does switching on a controller cost more above a populated group?",
	     "enable", "tasks", "0", "switcher-p50-ns", "p50 of on and off"),
	ARMS("What do nested pid namespaces cost, by their depth?",
	     "pidns", "depth", NULL, "collector-p50-ns", "p50"),
	ARMS("What does collecting the numbers of a tree cost, by the array?",
	     "pidns", "kind", "kmalloc", "collect-ns", "collecting"),
	ARMS("Does it pay to collect them inside the kernel?",
	     "pidns", "by", "collect", "collector-p50-ns", "p50"),
	OWN("What memory does it take?",
	    question_footprint),
};

#undef ARMS
#undef SOME
#undef BESIDE
#undef OWN
#undef NEAR

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

/* Is VALUE one of the words in LIST? */
static bool listed(const char *list, const char *value)
{
	size_t len = strlen(value);

	for (; *list; list += strspn(list, " ")) {
		size_t n = strcspn(list, " ");

		if (n == len && !strncmp(list, value, n))
			return true;
		list += n;
	}
	return false;
}

/* Arms that Q does not compare go. */
static void keep_only(struct arms *s, const struct question *q)
{
	size_t nr = 1;

	for (size_t a = 1; a < s->nr; a++)
		if (listed(q->only, point_get(s->point[a], q->key)))
			s->point[nr++] = s->point[a];
	s->nr = nr;
}

/* The arms of Q; false if it was not asked, or nothing was measured. */
static bool find(const struct question *q, const struct report *r,
		 struct arms_sets *all)
{
	bool measured = false;

	if (q->bench)
		arms_by_key(all, &r->points, q->bench, q->key, q->base);
	else
		arms_beside(all, &r->points, q->key);
	for (size_t i = 0; i < all->nr; ) {
		struct arms *s = &all->set[i];

		if (q->only)
			keep_only(s, q);
		if (s->nr < 2 || beside_the_point(s, q->unit)) {
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
	for (int i = 0; i < NR_QUESTIONS; i++) {
		const struct question *q = &questions[i];
		struct arms_sets sets;

		say_asks(all, q->asks);
		if (q->answer) {
			q->answer(r, all);
			continue;
		}
		if (find(q, r, &sets)) {
			if (q->bench)
				say_keyed(&sets, q, all);
			else
				say_beside(&sets, q, all);
		}
		arms_free(&sets);
	}
}

void question_answers(const struct sentences *all, struct doc *to)
{
	sentences_print(all, to);
	if (all->nr)
		doc_note(to, "[low, high]: 95 %% interval; of a ratio, paired by block and each for itself");
}

void question_page(const struct sentences *all, struct doc *to)
{
	doc_head(to, "In short: of each question the largest difference that is shown");
	sentences_short(all, to);
	doc_note(to, "[low, high]: 95 %% interval of the ratio, paired by block, each for itself: of twenty, one may miss");
}

/* One set below the other, each with its base on top. */
static void arms_table(const struct arms_sets *all, const struct question *q,
		       struct doc *to)
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
				table_change(&t, 2, &(struct change){
					.ratio = one.est, .low = one.lo,
					.high = one.hi, .n = one.nr, .p = NAN,
					.range = one.verdict == ARMS_FEW,
					.verdict = arms_verdict_word(one.verdict) });
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
	for (int i = 0; i < NR_QUESTIONS; i++) {
		const struct question *q = &questions[i];
		struct arms_sets all;

		if (q->answer)
			continue;
		if (find(q, r, &all)) {
			arms_table(&all, q, to);
		}
		arms_free(&all);
	}
}
