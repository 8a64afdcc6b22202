/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stat - one sample described, p-values adjusted
 *
 * Plain arrays of doubles in, results out: no I/O, no state. What a
 * function returns is 0, or
 *
 *   -EINVAL   no values, a value that is not finite, a parameter out of range
 *   -EDOM     the result is not defined for these values (log of 0, 0/0)
 *   -ENODATA  too few values for this result; see the function
 *   -ERANGE   the result lies outside of what was recorded
 *   -E2BIG    more work than the method was made for
 *
 * Nothing is stored on error unless the function says so. The same words
 * hold for rank.h, fit.h, boot.h and series.h.
 */
#ifndef FORKPATH_STAT_H
#define FORKPATH_STAT_H

#include <stddef.h>

/* 0, or -EINVAL: n is 0 or a value is not finite. */
int stat_check(const double *x, size_t n);

/* A sorted copy, to be freed. */
double *stat_sorted(const double *x, size_t n);

/*
 * Standard deviation with n-1, in two passes (a sum of squares cancels, NIST
 * NumAcc4). n < 2: -ENODATA.
 */
int stat_sd(const double *x, size_t n, double *out);

/* Middle value, mean of the two middle ones for even n. */
int stat_median(const double *x, size_t n, double *out);

struct stat_interval {
	double	lo, hi;
	double	coverage;	/* reached, >= what was asked for */
	size_t	k;		/* lo = x_(k), hi = x_(n+1-k), from 1 */
};

/*
 * Interval of the median without any assumption on the distribution: the
 * narrowest symmetric pair of order statistics that covers with probability
 * >= level, 1 - 2 P(Bin(n,1/2) <= k-1) (e.g. Conover, Practical
 * Nonparametric Statistics, 3.2). Where n is too small for any (95 %: n < 6)
 * the result is [min, max], `coverage` says what that is worth, and
 * -ENODATA is returned.
 */
int stat_median_ci(const double *x, size_t n, double level,
		   struct stat_interval *out);

/*
 * Interval of a probability of which K in N tries came true (Clopper &
 * Pearson, Biometrika 26 (1934) 404): lo and hi; covers with at least LEVEL
 * whatever the probability is. -EINVAL unless 0 <= k <= n, n > 0.
 */
int stat_binomial_ci(double k, double n, double level,
		     struct stat_interval *out);

/*
 * Adjusted p-values of a family of n tests; `out` may be `p`. Holm (Scand.
 * J. Stat. 6 (1979) 65) keeps the chance of any false rejection.
 */
int stat_holm(const double *p, size_t n, double *out);

#endif
