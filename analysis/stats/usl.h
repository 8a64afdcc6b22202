/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usl - how a rate grows with the number of those who work
 *
 * The Universal Scalability Law (N. Gunther, Guerrilla Capacity Planning,
 * Springer 2007, chapter 4): N of them together have the rate
 *
 *   X(N) = one N / (1 + contention (N - 1) + coherence N (N - 1))
 *
 * With contention alone it is Amdahl's law, and X ends at one / contention;
 * with coherence X is largest at sqrt((1 - contention) / coherence) and falls
 * from there on.
 */
#ifndef FORKPATH_USL_H
#define FORKPATH_USL_H

#include <stddef.h>

#define USL_SIZES 4	/* different N, fewest: three terms, and one to doubt */

struct usl {
	double	one;		/* the rate of one */
	double	contention, coherence;	/* neither below 0 */
	double	peak;		/* N of the largest rate; HUGE_VAL: none */
};

/*
 * N workers had the rate X, NR times. N/X is linear in the three terms over
 * `one`; what is least is the sum of squares of its relative errors, with no
 * term below 0. -EINVAL: as in stat.h, or an X or N that is not above 0;
 * -ENODATA: fewer than USL_SIZES different N.
 */
int usl_fit(const double *n, const double *x, size_t nr, struct usl *out);

#endif
