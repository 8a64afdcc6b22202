/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * knee - between which pauses the cost of a write jumps
 *
 * A series is every point of one part and bench that differs from the others
 * in `think` only, and has an attacher; KNEE_MIN values of it at least. The
 * knee is the pair of neighbours with the largest ratio of their median p50,
 * later over earlier. Repetitions are drawn anew within each value (seeded):
 * `support` is the share of draws whose largest ratio is at the same pair.
 */
#ifndef FORKPATH_KNEE_H
#define FORKPATH_KNEE_H


#include "doc.h"
#include "point.h"

#define KNEE_MIN	4

struct knee {
	const struct point **point;	/* by think, ascending */
	double		*med;		/* median p50 of each */
	size_t		 nr;
	size_t		 at;		/* between at and at + 1 */
	double		 ratio, lo, hi;	/* lo, hi NAN: too few repetitions */
	double		 support;
	bool		 jump;		/* x2 at least, and lo above 1 */
};

struct knees {
	struct knee	*knee;
	size_t		 nr_knee;
};

void knee_make(struct knees *all, const struct points *points);
void knee_free(struct knees *all);

/* A section of the report; nothing if there is no series. */
void knee_section(const struct points *points, struct doc *to);

#endif
