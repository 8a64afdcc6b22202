/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * differ - conditions that are not the same in two sets, loudest first
 *
 * Every key of meta.json is compared, but for those that name the run and
 * not its conditions (a table in differ.c). How loud a difference is, is a
 * second table; what no row of it knows comes last, never not at all.
 */
#ifndef FORKPATH_DIFFER_H
#define FORKPATH_DIFFER_H

#include "set.h"

struct differ {
	char		*key;		/* "lock_mode", "config.LOCKDEP" */
	char		*a, *b;		/* several values: "x | y" */
	unsigned int	 rank;		/* 0 is the loudest */
	const char	*why;		/* what it does to a number, or NULL */
	bool		 within;	/* alike, but not one value in a set */
};

struct differs {
	struct differ	*differ;
	size_t		 nr_differ;
};

void differ_make(struct differs *all, const struct set *a,
		 const struct set *b);
void differ_free(struct differs *all);

#endif
