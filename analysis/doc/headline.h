/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * headline - task creation while a group is moved, by hierarchy and size
 *
 * One cloner and one attacher; the change of the median against the same
 * creation with no moves in progress, in the same block.
 */
#ifndef FORKPATH_HEADLINE_H
#define FORKPATH_HEADLINE_H

#include "costs.h"

struct moved;

struct headline {
	const struct point *base;	/* no moves */
	struct moved	   *row;	/* by hierarchy, then size */
	size_t		   nr;
};

/* False, and nothing to free: not measured under two hierarchies or more. */
bool headline_make(struct headline *h, const struct report *r,
		   const struct costs *c);
void headline_free(struct headline *h);

/* Moves without a pause; PAUSED: the longest pause there is. */
void headline_table(const struct headline *h, bool paused, struct doc *to);

/* Where a process that is not moved is delayed most by moves with a pause. */
void headline_short(const struct headline *h, struct doc *to);

#endif
