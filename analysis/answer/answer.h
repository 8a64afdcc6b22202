/* SPDX-License-Identifier: GPL-2.0-or-later */
/* answer - all that is known of one results folder, and what is read off it */
#ifndef FORKPATH_ANSWER_H
#define FORKPATH_ANSWER_H

#include "asked.h"
#include "forecast.h"
#include "point-est.h"
#include "point.h"
#include "run.h"
#include "size.h"

struct plots;

struct report {
	struct run	 run;
	struct asks	 asks;		/* what the folder wants to know */
	struct points	 points;
	struct points	 counted;	/* repetitions that were not timed */
	struct size_fits sizes;
	struct plots	*plots;		/* doc/plot.h */
	struct forecasts forecasts;	/* that were given, beside question scaling */
	/* The noise floor: what the measuring itself costs. */
	const struct point *null;
	struct est	 null_p50, clock;
	double		 null_p99;	/* -1: not known */
	bool		 has_range;	/* a point with fewer than 6 repetitions */
	bool		 has_torn;	/* repetitions that differ by over half */
	size_t		 nr_min, nr_max;	/* repetitions per point */
	bool		 exact;		/* instructions: exact.h, not the rest */
};

/* Points whose distributions show the stall best, for a plot. */
size_t answer_stall(const struct report *r, const struct point **point,
		    char label[][64], size_t max);

/*
 * The points that a cost is read off, for formats that give numbers. Returns
 * how many there are, of which the first MAX are in ROW.
 */
struct answer {
	const char		*cost;	/* "reader-tax" and so on */
	char			 label[64];
	const struct point	*point;
	const struct point	*beside;	/* the same beside a writer */
	const struct size_fit	*fit;
};

size_t answer_rows(const struct report *r, struct answer *row, size_t max);

#endif
