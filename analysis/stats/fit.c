// SPDX-License-Identifier: GPL-2.0-or-later
/* fit - straight lines and rank correlation: what grows with what */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_statistics_double.h>

#include "fit.h"
#include "mem.h"
#include "stat.h"

#define SEN_MAX		5000

static int check(const double *x, const double *y, size_t n)
{
	if (stat_check(x, n) || stat_check(y, n))
		return -EINVAL;
	for (size_t i = 1; i < n; i++)
		if (x[i] != x[0])
			return 0;
	return -EDOM;
}

int fit_ols(const double *x, const double *y, size_t n, double level,
	    struct fit_line *out)
{
	double c0, c1, v0, v01, v1, rss, tss, t;
	int ret;

	if (!(level > 0 && level < 1))
		return -EINVAL;
	ret = check(x, y, n);
	if (ret)
		return ret;
	if (n < 3)
		return -ENODATA;
	gsl_fit_linear(x, 1, y, 1, n, &c0, &c1, &v0, &v01, &v1, &rss);
	tss = gsl_stats_tss(y, 1, n);
	t = gsl_cdf_tdist_Qinv((1 - level) / 2, n - 2);
	*out = (struct fit_line){
		.slope = c1,
		.intercept = c0,
		.slope_se = sqrt(v1),
		.intercept_se = sqrt(v0),
		.slope_lo = c1 - t * sqrt(v1),
		.slope_hi = c1 + t * sqrt(v1),
		.intercept_lo = c0 - t * sqrt(v0),
		.intercept_hi = c0 + t * sqrt(v0),
		.resid_sd = sqrt(rss / (n - 2)),
		.rss = rss,
		.r2 = tss > 0 ? 1 - rss / tss : NAN,
	};
	return 0;
}

/* Sum of t(t-1)(2t+5) over groups of t alike, of sorted S. */
static double sen_ties(const double *s, size_t n)
{
	double sum = 0;

	for (size_t i = 0, j; i < n; i = j) {
		double t;

		for (j = i; j < n && s[j] == s[i]; j++)
			;
		t = j - i;
		sum += t * (t - 1) * (2 * t + 5);
	}
	return sum;
}

int fit_theil_sen(const double *x, const double *y, size_t n, double level,
		  struct fit_line *out)
{
	scoped double *slope = NULL, *sx = NULL, *sy = NULL;
	double var, reach, lo, hi;
	size_t nr = 0;
	int ret;

	if (!(level > 0 && level < 1))
		return -EINVAL;
	ret = check(x, y, n);
	if (ret)
		return ret;
	if (n < 3)
		return -ENODATA;
	if (n > SEN_MAX)
		return -E2BIG;
	slope = mem_get(n * (n - 1) / 2, sizeof(*slope));
	sx = stat_sorted(x, n);
	sy = stat_sorted(y, n);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (x[i] != x[j])
				slope[nr++] = (y[i] - y[j]) / (x[i] - x[j]);

	var = (n * (n - 1.0) * (2.0 * n + 5) - sen_ties(sx, n) -
	       sen_ties(sy, n)) / 18;
	/* y all alike has no variance, and every slope is 0. */
	reach = gsl_cdf_ugaussian_Qinv((1 - level) / 2) * sqrt(fmax(0, var));
	lo = fmax(0, rint((nr - reach) / 2) - 1);
	hi = fmin(nr - 1, rint((nr + reach) / 2));
	*out = (struct fit_line){
		.slope = gsl_stats_median(slope, 1, nr),
		.slope_lo = gsl_stats_select(slope, 1, nr, lo),
		.slope_hi = gsl_stats_select(slope, 1, nr, hi),
		.slope_se = NAN, .intercept_se = NAN,
		.intercept_lo = NAN, .intercept_hi = NAN,
		.resid_sd = NAN, .rss = NAN, .r2 = NAN,
	};
	out->intercept = gsl_stats_median_from_sorted_data(sy, 1, n) -
		out->slope * gsl_stats_median_from_sorted_data(sx, 1, n);
	return 0;
}
