/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * size - what grows with the thread group: fixed cost and cost per thread
 *
 * A series is every point of one part and bench that differs from the others
 * in `threads` only. With at least SIZE_MIN sizes it is fitted by a line
 * through the p50 of every repetition: Theil-Sen (slope with Sen's interval,
 * fixed cost with a percentile interval by bootstrap over repetitions within
 * each size, seeded) and least squares beside it.
 */
#ifndef FORKPATH_SIZE_H
#define FORKPATH_SIZE_H

#include "fit.h"
#include "point.h"

#define SIZE_MIN 4

struct size_fit {
	const struct point **point;	/* by threads, ascending */
	size_t		 nr_point;
	char		 role[64];
	size_t		 nr_rep;	/* values in the fit */
	bool		 fitted;	/* else a series for the plot only */
	struct fit_line	 ts, ols;	/* ns, ns per thread */
	double		 fixed_lo, fixed_hi;	/* NAN: too few repetitions */
	double		 even, even_lo, even_hi;	/* threads: both terms
							   alike; NAN: unknown,
							   HUGE_VAL: no limit */
};

struct size_fits {
	struct size_fit	*fit;
	size_t		 nr_fit;
};

/* Series with at least two sizes; those with SIZE_MIN are fitted. */
void size_make(struct size_fits *all, const struct points *points);
void size_free(struct size_fits *all);

/*
 * The line through N values (X threads, Y ns); the values of one size stand
 * side by side. False: too few, or all of one size.
 */
bool size_line(struct size_fit *fit, const double *x, const double *y,
	       size_t n);

/* ns per thread from one size to the next; NAN where there is no median. */
double size_slope(const struct size_fit *f, size_t i);

/*
 * Is it no straight line? Two methods that part, a fixed cost that cannot
 * be, or a cost per thread that more than doubles on the way.
 */
bool size_bent(const struct size_fit *f);

#endif
