/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arms - points that differ in one thing only, side by side
 *
 * A set of arms is what a question compares: the first one is the base, the
 * others are compared with it, block by block. An [answer] section (ask.h)
 * says which: points of one bench equal in all but one option, `by`; or a base
 * and what is the same `while` something else goes on.
 *
 * A planned point without a number is an arm, too: whether it was skipped or
 * never asked for is a difference that an answer must show.
 */
#ifndef FORKPATH_ARMS_H
#define FORKPATH_ARMS_H

#include "ask.h"
#include "out.h"
#include "point.h"

struct arms {
	const struct point **point;	/* the base first; NULL: not planned */
	size_t		 nr;
};

struct arms_sets {
	struct arms	*set;
	size_t		 nr;
	const char	*key;		/* what an arm is told by; NULL: while */
	const char	*quiet, *busy;	/* while: what base and others are called */
};

/*
 * The sets of arms of ASK. `by`: only those in which it varies; the base is
 * the first of its values that was measured (else planned), or the smallest.
 */
void arms_find(struct arms_sets *all, const struct points *points,
	       const struct ask *ask);
void arms_free(struct arms_sets *all);

/* "how=into"; while: quiet, busy, or what tells the arms of S apart. */
const char *arms_name(const struct arms_sets *all, const struct arms *s,
		      size_t arm, char *buf, size_t len);

/* Set S against the others: "do=probe think=0.05"; "" if there is one only. */
const char *arms_where(const struct arms_sets *all, const struct arms *s,
		       char *buf, size_t len);

enum arms_verdict {
	ARMS_MORE, ARMS_LESS, ARMS_SAME,	/* SAME: no difference shown */
	ARMS_FEW,		/* fewer pairs than an interval needs */
	ARMS_NONE,		/* one of the two has no numbers */
};

const char *arms_verdict_word(enum arms_verdict v);

struct arms_ratio {
	enum arms_verdict	verdict;
	double			est, lo, hi;
	size_t			nr;	/* pairs */
};

/* Arm over base, of UNIT. */
struct arms_ratio arms_ratio(const struct point *base, const struct point *arm,
			     const char *unit);

/* The same of two figures: UNIT of ARM over BASE_UNIT of BASE. */
struct arms_ratio arms_ratio_units(const struct point *base,
				   const char *base_unit,
				   const struct point *arm, const char *unit);

/* "+12% [+10,+14]", from three times on "12.3 times [11.0,14.1]". */
/* The same as a change. */
struct change arms_change(const struct arms_ratio *r);
const char *arms_ratio_text(char *buf, size_t len, const struct arms_ratio *r);

/* The figure of UNIT with its spread, in what UNIT is measured in. */
const char *arms_figure(char *buf, size_t len, const struct point *p,
			const char *unit);
const char *arms_est(char *buf, size_t len, const struct est *e,
		     const char *unit);

#endif
