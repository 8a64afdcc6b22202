/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stat - one sample described, p-values adjusted, two means compared
 *
 * Plain arrays of doubles in, results out: no I/O, no state. What a
 * function returns is 0, or
 *
 *   -EINVAL   no values, a value that is not finite, a parameter out of range
 *   -EDOM     the result is not defined for these values (log of 0, 0/0)
 *   -ENODATA  too few values for this result; see the function
 *   -ERANGE   the result lies outside of what was recorded
 *   -E2BIG    more work than the method was made for
 *   -ENOMEM
 *
 * Nothing is stored on error unless the function says so. The same words
 * hold for rank.h, fit.h, boot.h and series.h. GSL aborts the program when
 * it runs out of memory unless gsl_set_error_handler_off() was called.
 */
#ifndef FORKPATH_STAT_H
#define FORKPATH_STAT_H

#include <stddef.h>

/* 0, or -EINVAL: n is 0 or a value is not finite. */
int stat_check(const double *x, size_t n);

/* A sorted copy, to be freed; NULL: no memory. */
double *stat_sorted(const double *x, size_t n);

/*
 * Arithmetic mean; standard deviation about it with n-1, in two passes (a
 * sum of squares cancels, NIST NumAcc4); lag-1 autocorrelation
 * sum (x_i-m)(x_{i-1}-m) / sum (x_i-m)^2 as NIST defines it. The last two
 * need n >= 2, else -ENODATA; no variation is -EDOM for the last.
 */
int stat_mean(const double *x, size_t n, double *out);
int stat_sd(const double *x, size_t n, double *out);
int stat_lag1(const double *x, size_t n, double *out);

/* Middle value, mean of the two middle ones for even n. */
int stat_median(const double *x, size_t n, double *out);

/*
 * Quantile of type 7 (Hyndman & Fan, Am. Stat. 50 (1996) 361; the default of
 * R and numpy): linear between order statistics at 1 + (n-1)q, 0 <= q <= 1.
 */
int stat_quantile(const double *x, size_t n, double q, double *out);

/* Median of |x - median|, not scaled by 1.4826. */
int stat_mad(const double *x, size_t n, double *out);

/* exp of the mean of logs. -EDOM: a value is not positive. */
int stat_geomean(const double *x, size_t n, double *out);

/* Mean without the floor(n trim) smallest and largest, 0 <= trim < 0.5. */
int stat_trimmed_mean(const double *x, size_t n, double trim, double *out);

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

/* A distribution of latencies as docs/formats.md describes it. */
struct stat_buckets {
	const double			*low, *high;	/* ascending, ns */
	const unsigned long long	*count;
	size_t				 nr;
	unsigned long long		 under, over;
	double				 max;	/* exact; 0: not known */
};

#define STAT_ABOVE	10	/* this many must lie above a quantile */

/*
 * Quantile of recorded latencies: upper edge of the bucket that holds the
 * ceil(nq)-th smallest, 0 < q < 1, or `max` if that is less; n includes under
 * (t < 1 ns: 0) and over (`max`). The bench programs report the same.
 * -ENODATA where n(1-q) < 10, for then a handful of operations decides (not
 * asked of q <= 0.5, which docs/formats.md promises always), or where n is
 * 0. -ERANGE: it is among `over`, and `max` is not known.
 */
int stat_bucket_quantile(const struct stat_buckets *b, double q, double *out);

/*
 * Adjusted p-values of a family of n tests; `out` may be `p`. Holm (Scand.
 * J. Stat. 6 (1979) 65) keeps the chance of any false rejection, Benjamini &
 * Hochberg (JRSS B 57 (1995) 289) the share of false ones among rejections.
 */
int stat_holm(const double *p, size_t n, double *out);
int stat_bh(const double *p, size_t n, double *out);

struct stat_means {
	double	est, lo, hi;	/* of the difference or ratio */
	double	t, df, p;	/* two-sided; t and p: difference only */
};

/*
 * mean(y) - mean(x), unequal variances (Welch, Biometrika 34 (1947) 28).
 * Each arm needs two values (-ENODATA); no variation in both is -EDOM.
 */
int stat_welch(const double *x, size_t n, const double *y, size_t m,
	       double level, struct stat_means *out);

/*
 * mean(y) / mean(x) with the interval of Fieller (JRSS B 16 (1954) 175),
 * a variance for each arm, t with n+m-2 degrees of freedom (a little narrow
 * where n and m, and the variances, differ much). -EDOM: mean(x) cannot be
 * told from 0, so that the interval is not bounded.
 */
int stat_fieller(const double *x, size_t n, const double *y, size_t m,
		 double level, struct stat_means *out);

#endif
