/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ask - what a config wants to know: its [answer] and [claim] sections
 *
 * An answer compares points of one figure with a base: those that differ from
 * it in one option (`by`), or those that are the same `while` something else
 * goes on. `compute` is a word for what takes more than a ratio. A claim is a
 * published figure, or ratio, and the points that repeat it.
 * docs/formats.md has every key.
 */
#ifndef FORKPATH_ASK_H
#define FORKPATH_ASK_H

#include <stdbool.h>

#include "conf.h"

/* KEY is one of these values; the first that there is, where one is wanted. */
struct ask_want {
	char		*key;
	struct strv	 values;
};

/* BENCH KEY=VALUE[,VALUE]... */
struct ask_points {
	char		*bench;		/* NULL: not said */
	struct ask_want	*want;
	unsigned int	 nr;
};

struct ask {
	bool		 claim;
	unsigned int	 line;		/* of its section */
	char		*name, *asks, *called, *figure;
	struct ask_points base;
	char		*by;		/* key that tells the others; or NULL */
	struct strv	 only;		/* its values; none: all */
	struct ask_points meanwhile;	/* `while` */
	struct strv	 match;		/* keys that are as those of the base */
	char		*quiet, *busy;	/* what base and `while` are called */
	char		*compute;
	char		*source;	/* of a claim; called "SOURCE: ASKS" */
	struct ask_points arm;
	double		 from, to;	/* published: HUGE_VAL without end */
};

struct asks {
	struct ask	*ask;
	unsigned int	 nr;
};

/*
 * Those of C added to ALL, instead of what has the same kind and name there.
 * Returns 0, or -EINVAL after one line on stderr as conf_read() says it.
 */
int ask_add(struct asks *all, const struct conf *c);
void ask_free(struct asks *all);

/* The values wanted of KEY; NULL: none. */
const struct strv *ask_values(const struct ask_points *p, const char *key);

/* The first that is computed so; NULL: none. */
const struct ask *ask_for(const struct asks *all, const char *compute);

#endif
