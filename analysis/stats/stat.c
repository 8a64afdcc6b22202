// SPDX-License-Identifier: GPL-2.0-or-later
/* stat - one sample described, p-values adjusted */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "mem.h"
#include "stat.h"

#define ROUNDING	1e-13	/* of a binomial sum */

int stat_check(const double *x, size_t n)
{
	if (!n)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return -EINVAL;
	return 0;
}

double *stat_sorted(const double *x, size_t n)
{
	double *s = mem_get(n, sizeof(*s));

	memcpy(s, x, n * sizeof(*s));
	gsl_sort(s, 1, n);
	return s;
}

int stat_sd(const double *x, size_t n, double *out)
{
	if (stat_check(x, n))
		return -EINVAL;
	if (n < 2)
		return -ENODATA;
	*out = gsl_stats_sd(x, 1, n);
	return 0;
}

int stat_median(const double *x, size_t n, double *out)
{
	scoped double *s = NULL;

	if (stat_check(x, n))
		return -EINVAL;
	s = mem_get(n, sizeof(*s));
	memcpy(s, x, n * sizeof(*s));
	*out = gsl_stats_median(s, 1, n);	/* which leaves S half sorted */
	return 0;
}

int stat_binomial_ci(double k, double n, double level,
		     struct stat_interval *out)
{
	double tail = (1 - level) / 2;

	if (!(k >= 0 && k <= n && n > 0 && level > 0 && level < 1))
		return -EINVAL;
	*out = (struct stat_interval){
		.lo = k > 0 ? gsl_cdf_beta_Pinv(tail, k, n - k + 1) : 0,
		.hi = k < n ? gsl_cdf_beta_Qinv(tail, k + 1, n - k) : 1,
		.coverage = level,
	};
	return 0;
}

int stat_median_ci(const double *x, size_t n, double level,
		   struct stat_interval *out)
{
	scoped double *s = NULL;
	size_t k = 1;

	if (stat_check(x, n) || !(level > 0 && level < 1))
		return -EINVAL;
	s = stat_sorted(x, n);
	while (2 * (k + 1) <= n + 1 &&
	       1 - 2 * gsl_cdf_binomial_P(k, 0.5, n) >= level - ROUNDING)
		k++;
	out->k = k;
	out->lo = s[k - 1];
	out->hi = s[n - k];
	/* n = 1: the interval is a point and covers nothing. */
	out->coverage = fmax(0, 1 - 2 * gsl_cdf_binomial_P(k - 1, 0.5, n));
	return out->coverage < level - ROUNDING ? -ENODATA : 0;
}

int stat_holm(const double *p, size_t n, double *out)
{
	scoped double *adj = mem_get(n, sizeof(*adj));
	scoped size_t *at = mem_get(n, sizeof(*at));
	double worst = 0;

	if (stat_check(p, n))
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (p[i] < 0 || p[i] > 1)
			return -EINVAL;
	gsl_sort_index(at, p, 1, n);
	for (size_t i = 0; i < n; i++) {
		worst = fmax(worst, fmin(1, p[at[i]] * (n - i)));
		adj[at[i]] = worst;
	}
	memcpy(out, adj, n * sizeof(*out));
	return 0;
}
