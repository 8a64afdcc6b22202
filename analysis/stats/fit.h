/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fit - straight lines and rank correlation: what grows with what
 *
 * n pairs (x_i, y_i). Errors as in stat.h; x all alike is -EDOM.
 */
#ifndef FORKPATH_FIT_H
#define FORKPATH_FIT_H

#include <stddef.h>

struct fit_line {
	double	slope, intercept;
	double	slope_lo, slope_hi;
	/* least squares only; NAN from fit_theil_sen() */
	double	slope_se, intercept_se;
	double	intercept_lo, intercept_hi;
	double	resid_sd;	/* sqrt(rss / (n-2)) */
	double	rss;
	double	r2;		/* 1 - rss / sum (y-mean)^2; NAN: y alike */
};

/*
 * Least squares y = intercept + slope x with the textbook standard errors
 * and t intervals of n-2 degrees of freedom. n < 3: -ENODATA.
 */
int fit_ols(const double *x, const double *y, size_t n, double level,
	    struct fit_line *out);

/*
 * Theil-Sen: the median of the slopes of all pairs with different x, the
 * intercept median(y) - slope median(x) (Conover, Practical Nonparametric
 * Statistics, 5.5). The interval is Sen's (JASA 63 (1968) 1379): order
 * statistics of the slopes at (N -+ z s)/2, s^2 the null variance of
 * Kendall's S, less its terms for ties in x and in y; the lower rank rounds
 * to even, as does the upper. Normal theory: rough below n = 10. n < 3:
 * -ENODATA; n > 5000: -E2BIG.
 */
int fit_theil_sen(const double *x, const double *y, size_t n, double level,
		  struct fit_line *out);

#endif
