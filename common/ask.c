// SPDX-License-Identifier: GPL-2.0-or-later
/* ask - what a config wants to know: its [answer] and [claim] sections */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "err.h"

/* Words of `compute`, and what each is computed of. */
enum { BASE = 1, BY = 2, WHILE = 4, UNIT = 8 };

static const struct {
	const char	*word;
	unsigned int	 needs;
} computed[] = {
	{ "between", BASE | UNIT }, { "break-even", BASE | WHILE },
	{ "footprint", BASE }, { "knee", 0 }, { "refused", BASE | BY },
	{ "scaling", BASE | BY | UNIT }, { "size", 0 }, { "slow-readers", BASE | BY }, { "window", BASE },
};

enum { NR_COMPUTED = sizeof(computed) / sizeof(*computed) };

/* What a key means: a part of struct ask. */
enum kind { TEXT, WORD, FIGURE, POINTS, WORDS, COMPUTE, RANGE };
enum { ANSWER = 1, CLAIM = 2 };

static const struct key {
	const char	*name;
	enum kind	 kind;
	unsigned int	 of;		/* ANSWER, CLAIM */
	size_t		 at;
} keys[] = {
#define AT(field) offsetof(struct ask, field)
	{ "asks", TEXT, ANSWER | CLAIM, AT(asks) },
	{ "source", TEXT, CLAIM, AT(source) },
	{ "called", TEXT, ANSWER, AT(called) },
	{ "figure", FIGURE, ANSWER | CLAIM, AT(figure) },
	{ "base", POINTS, ANSWER | CLAIM, AT(base) },
	{ "by", WORD, ANSWER, AT(by) },
	{ "only", WORDS, ANSWER, AT(only) },
	{ "while", POINTS, ANSWER, AT(meanwhile) },
	{ "match", WORDS, ANSWER, AT(match) },
	{ "quiet", TEXT, ANSWER, AT(quiet) },
	{ "busy", TEXT, ANSWER, AT(busy) },
	{ "compute", COMPUTE, ANSWER, AT(compute) },
	{ "arm", POINTS, CLAIM, AT(arm) },
	{ "published", RANGE, CLAIM, AT(from) },
#undef AT
};

enum { NR_KEYS = sizeof(keys) / sizeof(*keys) };

/* Where we are, for a message. */
struct at {
	const struct conf *conf;
	const struct conf_section *section;
	const struct conf_key *key;
};

__attribute__((format(printf, 2, 3)))
static int refuse(const struct at *at, const char *fmt, ...)
{
	char what[600];
	va_list ap;

	va_start(ap, fmt);
	err_vtext(what, sizeof(what), fmt, ap);
	va_end(ap);
	err_say("%s:%u: %s%s%s", at->conf->file,
		at->key ? at->key->line : at->section->line,
		at->key ? at->key->name : "", at->key ? ": " : "",
		one_line(what));
	return -EINVAL;
}

static int points(const struct at *at, struct ask_points *to)
{
	const struct strv *words = &at->key->values;

	if (!word_ok(words->v[0]))
		return refuse(at, "expected BENCH [KEY=VALUE[,VALUE]...]..., got '%s'",
			      words->v[0]);
	to->bench = xstrdup(words->v[0]);
	for (unsigned int i = 1; i < words->nr; i++) {
		const char *eq = strchr(words->v[i], '=');
		struct ask_want *want;

		if (!eq || eq == words->v[i] || !eq[1])
			return refuse(at, "expected KEY=VALUE[,VALUE]..., got '%s'",
				      words->v[i]);
		to->want = xrealloc(to->want, to->nr + 1, sizeof(*want));
		want = &to->want[to->nr++];
		*want = (struct ask_want){
			.key = xstrndup(words->v[i], eq - words->v[i]),
		};
		strv_split(&want->values, eq + 1, ",");
	}
	return 0;
}

/* "0.476", "20e6..100e6", "1..", "..40e3" */
static int range(const struct at *at, double *from, double *to)
{
	char *text = mem_join(&at->key->values, " "), *end = text;
	bool ok;

	*from = -HUGE_VAL;
	*to = HUGE_VAL;
	if (strncmp(text, "..", 2)) {
		*from = strtod(text, &end);
		/* strtod() takes the first dot of "1..2". */
		if (end > text && *end == '.' && end[-1] == '.')
			end--;
	}
	ok = end != text || !strncmp(text, "..", 2);
	if (ok && !*end) {
		*to = *from;
	} else if (ok && !strncmp(end, "..", 2)) {
		char *last = end + 2;

		if (*last)
			*to = strtod(last, &end);
		ok = !*last || (end != last && !*end);
	} else {
		ok = false;
	}
	ok = ok && *from <= *to;
	if (!ok)
		refuse(at, "expected VALUE, FROM..TO, FROM.. or ..TO, got '%s'",
		       text);
	free(text);
	return ok ? 0 : -EINVAL;
}

static int word(const struct at *at, enum kind kind, char **to)
{
	const struct strv *words = &at->key->values;
	const char *one = words->v[0];
	struct strv known = { 0 };
	char *text;

	*to = mem_join(words, " ");
	if (kind == TEXT)
		return 0;
	if (words->nr > 1)
		return refuse(at, "expected one word, got '%s'", *to);
	if (kind == FIGURE && !mem_ends(one, "-ns") && !mem_ends(one, "-bytes") &&
	    !mem_ends(one, "-share") && !mem_ends(one, "/s"))
		return refuse(at, "expected a unit that ends in -ns, -bytes, -share or /s, got '%s'",
			      one);
	if (kind != COMPUTE)
		return 0;
	for (int i = 0; i < NR_COMPUTED; i++) {
		if (!strcmp(computed[i].word, one)) {
			strv_free(&known);
			return 0;
		}
		strv_add(&known, xstrdup(computed[i].word));
	}
	text = mem_join(&known, ", ");
	refuse(at, "expected one of %s, got '%s'", text, one);
	free(text);
	strv_free(&known);
	return -EINVAL;
}

static const struct key *key_of(const char *name, unsigned int of)
{
	for (int i = 0; i < NR_KEYS; i++)
		if (keys[i].of & of && !strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static int unknown(const struct at *at, unsigned int of)
{
	struct strv known = { 0 };
	char *text;

	for (int i = 0; i < NR_KEYS; i++)
		if (keys[i].of & of)
			strv_add(&known, xstrdup(keys[i].name));
	text = mem_join(&known, ", ");
	refuse(&(struct at){ at->conf, &(struct conf_section){
			.line = at->key->line }, NULL },
	       "expected one of %s, got '%s'", text, at->key->name);
	free(text);
	strv_free(&known);
	return -EINVAL;
}

static int set(const struct at *at, const struct key *key, struct ask *a)
{
	void *to = (char *)a + key->at;

	switch (key->kind) {
	case POINTS:
		return points(at, to);
	case WORDS:
		for (unsigned int i = 0; i < at->key->values.nr; i++)
			strv_add(to, xstrdup(at->key->values.v[i]));
		return 0;
	case RANGE:
		return range(at, &a->from, &a->to);
	default:
		return word(at, key->kind, to);
	}
}

static unsigned int needs(const struct ask *a)
{
	for (int i = 0; a->compute && i < NR_COMPUTED; i++)
		if (!strcmp(computed[i].word, a->compute))
			return computed[i].needs;
	return BASE;
}

/* Nothing that is needed is missing. */
static int whole(const struct at *at, const struct ask *a)
{
	const char *miss = NULL;
	unsigned int need = needs(a);

	if (!a->asks)
		miss = "asks = QUESTION";
	else if (a->claim)
		miss = !a->source ? "source = WHO" :
			!a->figure ? "figure = UNIT" :
			!a->arm.bench ? "arm = BENCH..." :
			isnan(a->from) ? "published = VALUE" : NULL;
	else
		miss = !a->compute && !a->figure ? "figure = UNIT" :
			!a->compute && !a->called ? "called = WORDS" :
			!a->compute && !a->by == !a->meanwhile.bench ?
				"either by = KEY or while = BENCH..." :
			need & BASE && !a->base.bench ? "base = BENCH..." :
			need & UNIT && !a->figure ? "figure = UNIT" :
			need & BY && !a->by ? "by = KEY" :
			need & WHILE && !a->meanwhile.bench ?
				"while = BENCH..." : NULL;
	if (!miss && a->meanwhile.bench)
		miss = !a->quiet ? "quiet = WORDS" :
			!a->busy ? "busy = WORDS" : NULL;
	return miss ? refuse(at, "expected %s, got a section without it", miss) :
		0;
}

static int one(const struct conf *c, const struct conf_section *s,
	       struct ask *a)
{
	struct at at = { c, s, NULL };
	unsigned int of;
	int ret = 0;

	*a = (struct ask){
		.claim = !strcmp(s->bench, "claim"), .name = xstrdup(s->part),
		.from = NAN, .line = s->line,
	};
	of = a->claim ? CLAIM : ANSWER;
	for (unsigned int i = 0; i < s->nr && !ret; i++) {
		const struct key *key = key_of(s->keys[i].name, of);

		at.key = &s->keys[i];
		ret = key ? set(&at, key, a) : unknown(&at, of);
	}
	at.key = NULL;
	ret = ret ? ret : whole(&at, a);
	if (!ret && a->claim)
		a->called = xprintf("%s: %s", a->source, a->asks);
	return ret;
}

static void points_free(struct ask_points *p)
{
	for (unsigned int i = 0; i < p->nr; i++) {
		free(p->want[i].key);
		strv_free(&p->want[i].values);
	}
	free(p->want);
	free(p->bench);
}

static void drop(struct ask *a)
{
	for (int i = 0; i < NR_KEYS; i++) {
		void *at = (char *)a + keys[i].at;

		if (keys[i].kind == POINTS)
			points_free(at);
		else if (keys[i].kind == WORDS)
			strv_free(at);
		else if (keys[i].kind != RANGE)
			free(*(char **)at);
	}
	free(a->name);
}

int ask_add(struct asks *all, const struct conf *c)
{
	for (unsigned int i = 0; i < c->nr_asks; i++) {
		unsigned int k = 0;
		struct ask a;
		int ret = one(c, &c->asks[i], &a);

		if (ret) {
			drop(&a);
			return ret;
		}
		while (k < all->nr && (all->ask[k].claim != a.claim ||
				       strcmp(all->ask[k].name, a.name)))
			k++;
		if (k < all->nr) {
			drop(&all->ask[k]);
		} else {
			all->ask = xrealloc(all->ask, all->nr + 1, sizeof(a));
			all->nr++;
		}
		all->ask[k] = a;
	}
	return 0;
}

void ask_free(struct asks *all)
{
	for (unsigned int i = 0; i < all->nr; i++)
		drop(&all->ask[i]);
	free(all->ask);
	*all = (struct asks){ 0 };
}

const struct strv *ask_values(const struct ask_points *p, const char *key)
{
	for (unsigned int i = 0; i < p->nr; i++)
		if (!strcmp(p->want[i].key, key))
			return &p->want[i].values;
	return NULL;
}

const struct ask *ask_for(const struct asks *all, const char *compute)
{
	for (unsigned int i = 0; i < all->nr; i++)
		if (all->ask[i].compute && !strcmp(all->ask[i].compute, compute))
			return &all->ask[i];
	return NULL;
}
