/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settle - where in a series of values the warm-up ends */
#ifndef FORKPATH_SETTLE_H
#define FORKPATH_SETTLE_H

#include <stdbool.h>
#include <stddef.h>

struct settle {
	size_t	drop;		/* leave out this many values */
	double	mean;		/* of those after */
	bool	steady;		/* false: no steady state was found */
};

/*
 * MSER-5 (White, Cobb & Spratt, WSC 2000): means z of batches of 5 (a last
 * incomplete batch has no say), and the d <= half that minimises
 * sum_{i>d} (z_i - mean)^2 / (nr - d)^2; the first where several do. A
 * minimum at the half itself says that it lies beyond: not steady. n < 20:
 * -ENODATA; a value that is not finite, or none: -EINVAL.
 */
int settle_mser5(const double *x, size_t n, struct settle *out);

#endif
