/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sentence - what is said, and the figures that it says
 *
 * An answer is collected before it is laid out: text wraps and groups it,
 * programs get the same figures as numbers. Figures are given first, in the
 * order of the words, then the sentence that names them.
 */
#ifndef FORKPATH_SENTENCE_H
#define FORKPATH_SENTENCE_H

#include "arms.h"
#include "doc.h"

struct sentence_figure {
	char		*name;		/* "how=into", "per thread" */
	const char	*unit;		/* "spawner-p50-ns"; "ratio" */
	const char	*of;		/* a ratio: of this unit; else NULL */
	struct est	 est;		/* nr: repetitions, or pairs */
	const struct point *point, *base;	/* NULL: of no single one */
	const char	*verdict;	/* of a ratio, else NULL */
	/* Of a ratio, in words: of what, against what, where; NULL: not said. */
	struct arms_ratio ratio;
	const char	*figure;
	char		*against, *where;
};

struct sentence {
	const char	*asks;
	char		*text;
	const char	*verdict;	/* of a claim, else NULL */
	struct sentence_figure *figure;
	size_t		 nr_figure;
};

struct sentences {
	struct sentence	*one;
	size_t		 nr;
	/* Of the sentence that is to come. */
	struct sentence	 next;
};

/* Sentences from here on answer ASKS, which must stay. */
void say_asks(struct sentences *to, const char *asks);

void say_figure(struct sentences *to, const char *name, const char *unit,
		const struct est *e, const struct point *p);
void say_ratio(struct sentences *to, const char *name, const char *of,
	       const struct arms_ratio *r, const struct point *p,
	       const struct point *base);
/*
 * Of the last ratio: FIGURE ("p50 of a write", must stay), AGAINST what,
 * WHERE ("" or "do=probe think=0.05").
 */
void say_against(struct sentences *to, const char *figure,
		 const char *against, const char *where);

void say_verdict(struct sentences *to, const char *verdict);

/* The figures given since the last one are those of this one. */
void say(struct sentences *to, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Each question once, its sentences below. */
void sentences_print(const struct sentences *all, struct doc *to);

/* Questions that are answered. */
size_t sentences_asked(const struct sentences *all);

/*
 * Of each question the ratio farthest from 1 whose interval leaves out 1, or
 * its first sentence if it has none; in lists those that show no difference
 * and those without an interval. Is there one of the first kind?
 */
bool sentences_short(const struct sentences *all, struct doc *to);
void sentences_free(struct sentences *all);

#endif
