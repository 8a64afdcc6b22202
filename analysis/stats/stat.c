// SPDX-License-Identifier: GPL-2.0-or-later
/* stat - one sample described, p-values adjusted, two means compared */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

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
	double *s = malloc((n ? n : 1) * sizeof(*s));

	if (!s)
		return NULL;
	memcpy(s, x, n * sizeof(*s));
	gsl_sort(s, 1, n);
	return s;
}

int stat_mean(const double *x, size_t n, double *out)
{
	if (stat_check(x, n))
		return -EINVAL;
	*out = gsl_stats_mean(x, 1, n);
	return 0;
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

int stat_lag1(const double *x, size_t n, double *out)
{
	double sd;
	int ret = stat_sd(x, n, &sd);

	if (ret)
		return ret;
	if (!(sd > 0))
		return -EDOM;
	*out = gsl_stats_lag1_autocorrelation(x, 1, n);
	return 0;
}

int stat_median(const double *x, size_t n, double *out)
{
	return stat_quantile(x, n, 0.5, out);
}

int stat_quantile(const double *x, size_t n, double q, double *out)
{
	double *s;

	if (stat_check(x, n) || !(q >= 0 && q <= 1))
		return -EINVAL;
	s = stat_sorted(x, n);
	if (!s)
		return -ENOMEM;
	*out = q == 0.5 ? gsl_stats_median_from_sorted_data(s, 1, n) :
			  gsl_stats_quantile_from_sorted_data(s, 1, n, q);
	free(s);
	return 0;
}

int stat_mad(const double *x, size_t n, double *out)
{
	double *work;

	if (stat_check(x, n))
		return -EINVAL;
	work = malloc(n * sizeof(*work));
	if (!work)
		return -ENOMEM;
	*out = gsl_stats_mad0(x, 1, n, work);
	free(work);
	return 0;
}

int stat_geomean(const double *x, size_t n, double *out)
{
	long double sum = 0;

	if (stat_check(x, n))
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (x[i] <= 0)
			return -EDOM;
		sum += logl(x[i]);
	}
	*out = expl(sum / n);
	return 0;
}

int stat_trimmed_mean(const double *x, size_t n, double trim, double *out)
{
	double *s;

	if (stat_check(x, n) || !(trim >= 0 && trim < 0.5))
		return -EINVAL;
	s = stat_sorted(x, n);
	if (!s)
		return -ENOMEM;
	*out = gsl_stats_trmean_from_sorted_data(trim, s, 1, n);
	free(s);
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
	size_t k = 1;
	double *s;

	if (stat_check(x, n) || !(level > 0 && level < 1))
		return -EINVAL;
	s = stat_sorted(x, n);
	if (!s)
		return -ENOMEM;
	while (2 * (k + 1) <= n + 1 &&
	       1 - 2 * gsl_cdf_binomial_P(k, 0.5, n) >= level - ROUNDING)
		k++;
	out->k = k;
	out->lo = s[k - 1];
	out->hi = s[n - k];
	/* n = 1: the interval is a point and covers nothing. */
	out->coverage = fmax(0, 1 - 2 * gsl_cdf_binomial_P(k - 1, 0.5, n));
	free(s);
	return out->coverage < level - ROUNDING ? -ENODATA : 0;
}

int stat_bucket_quantile(const struct stat_buckets *b, double q, double *out)
{
	unsigned long long n = b->under + b->over, rank, seen = b->under;

	if (!(q > 0 && q < 1))
		return -EINVAL;
	for (size_t i = 0; i < b->nr; i++) {
		if (!isfinite(b->high[i]) || !(b->low[i] < b->high[i]) ||
		    (i && b->low[i] < b->high[i - 1]))
			return -EINVAL;
		n += b->count[i];
	}
	if (!n)
		return -ENODATA;
	/* 0.999 * 10000 is a little more than 9990 in binary. */
	rank = ceil(n * q * (1 - 4 * DBL_EPSILON));
	if (q > 0.5 && n - rank < STAT_ABOVE)
		return -ENODATA;
	if (rank <= seen) {
		*out = 0;
		return 0;
	}
	for (size_t i = 0; i < b->nr; i++) {
		seen += b->count[i];
		if (rank <= seen) {
			*out = b->max > 0 ? fmin(b->high[i], b->max) :
					    b->high[i];
			return 0;
		}
	}
	if (!(b->max > 0))
		return -ERANGE;
	*out = b->max;
	return 0;
}

static int adjust(const double *p, size_t n, double *out, int step_up)
{
	double worst = step_up ? 1 : 0;
	double *adj;
	size_t *at;
	int ret = 0;

	if (stat_check(p, n))
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (p[i] < 0 || p[i] > 1)
			return -EINVAL;
	at = malloc(n * sizeof(*at));
	adj = malloc(n * sizeof(*adj));
	if (!at || !adj) {
		ret = -ENOMEM;
		goto cleanup;
	}
	gsl_sort_index(at, p, 1, n);
	if (step_up) {
		for (size_t i = n; i-- > 0; ) {
			worst = fmin(worst, p[at[i]] * n / (i + 1));
			adj[at[i]] = worst;
		}
	} else {
		for (size_t i = 0; i < n; i++) {
			worst = fmax(worst, fmin(1, p[at[i]] * (n - i)));
			adj[at[i]] = worst;
		}
	}
	memcpy(out, adj, n * sizeof(*out));
cleanup:
	free(adj);
	free(at);
	return ret;
}

int stat_holm(const double *p, size_t n, double *out)
{
	return adjust(p, n, out, 0);
}

int stat_bh(const double *p, size_t n, double *out)
{
	return adjust(p, n, out, 1);
}

int stat_welch(const double *x, size_t n, const double *y, size_t m,
	       double level, struct stat_means *out)
{
	double vx, vy, se, t;

	if (stat_check(x, n) || stat_check(y, m) || !(level > 0 && level < 1))
		return -EINVAL;
	if (n < 2 || m < 2)
		return -ENODATA;
	vx = gsl_stats_variance(x, 1, n) / n;
	vy = gsl_stats_variance(y, 1, m) / m;
	se = sqrt(vx + vy);
	if (!(se > 0))
		return -EDOM;
	out->est = gsl_stats_mean(y, 1, m) - gsl_stats_mean(x, 1, n);
	out->df = (vx + vy) * (vx + vy) /
		  (vx * vx / (n - 1) + vy * vy / (m - 1));
	out->t = out->est / se;
	out->p = 2 * gsl_cdf_tdist_Q(fabs(out->t), out->df);
	t = gsl_cdf_tdist_Qinv((1 - level) / 2, out->df);
	out->lo = out->est - t * se;
	out->hi = out->est + t * se;
	return 0;
}

int stat_fieller(const double *x, size_t n, const double *y, size_t m,
		 double level, struct stat_means *out)
{
	double mx, my, vx, vy, t, df, g, mid, half;

	if (stat_check(x, n) || stat_check(y, m) || !(level > 0 && level < 1))
		return -EINVAL;
	if (n < 2 || m < 2)
		return -ENODATA;
	mx = gsl_stats_mean(x, 1, n);
	my = gsl_stats_mean(y, 1, m);
	vx = gsl_stats_variance(x, 1, n) / n;
	vy = gsl_stats_variance(y, 1, m) / m;
	df = n + m - 2;
	t = gsl_cdf_tdist_Qinv((1 - level) / 2, df);
	g = t * t * vx / (mx * mx);
	if (!(g < 1))
		return -EDOM;
	out->est = my / mx;
	mid = out->est / (1 - g);
	half = t / (fabs(mx) * (1 - g)) *
	       sqrt((1 - g) * vy + out->est * out->est * vx);
	out->lo = mid - half;
	out->hi = mid + half;
	out->df = df;
	out->t = out->p = NAN;
	return 0;
}
