// SPDX-License-Identifier: GPL-2.0-or-later
/* boot - boots and what is inside of them: bootstrap, variance, how many */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "boot.h"
#include "mem.h"
#include "rank.h"
#include "stat.h"

/* An arm as drawn, and where in the data each boot begins. */
struct drawn {
	size_t	*begin, *len;
	double	*x;
};

static size_t iterations(const struct boot_arm *arm, size_t boot)
{
	return arm->len ? arm->len[boot] : 1;
}

static void draw(const struct boot_arm *arm, struct drawn *to, gsl_rng *rng)
{
	double *x = to->x;

	for (size_t b = 0; b < arm->nr; b++) {
		size_t from = gsl_rng_uniform_int(rng, arm->nr);
		const double *v = arm->x + to->begin[from];
		size_t len = to->len[b] = iterations(arm, from);

		if (len == 1)
			*x++ = *v;
		else
			for (size_t i = 0; i < len; i++)
				*x++ = v[gsl_rng_uniform_int(rng, len)];
	}
}

/* Room for what is drawn of ARM; 0, or why ARM is not fit for it. */
static int prepare(const struct boot_arm *arm, struct drawn *d)
{
	size_t nr = 0, most = 0;

	if (arm->nr < 2)
		return -ENODATA;
	d->begin = mem_get(arm->nr, sizeof(*d->begin));
	d->len = mem_get(arm->nr, sizeof(*d->len));
	for (size_t b = 0; b < arm->nr; b++) {
		size_t len = iterations(arm, b);

		if (!len)
			return -ENODATA;
		/* gsl_rng_uniform_int() ends here. */
		if (len > 0xffffffff)
			return -E2BIG;
		d->begin[b] = nr;
		nr += len;
		most = len > most ? len : most;
	}
	d->x = mem_get(arm->nr * most, sizeof(*d->x));
	return stat_check(arm->x, nr);
}

/* Statistics of what was drawn, sorted; 0 or an error. */
static int resample(const struct boot_arm *arm, unsigned int nr_arms,
		    struct drawn *drawn,
		    double (*stat)(const struct boot_arm *arm, void *arg),
		    void *arg, const struct boot_opt *opt, double *res)
{
	scoped struct boot_arm *arms = mem_get(nr_arms, sizeof(*arms));
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	int ret = 0;

	gsl_rng_set(rng, opt->seed);
	for (unsigned int a = 0; a < nr_arms; a++)
		arms[a] = (struct boot_arm){
			.nr = arm[a].nr, .x = drawn[a].x,
			.len = arm[a].len ? drawn[a].len : NULL,
		};
	for (size_t i = 0; i < opt->resamples && !ret; i++) {
		for (unsigned int a = 0; a < nr_arms; a++)
			draw(&arm[a], &drawn[a], rng);
		res[i] = stat(arms, arg);
		ret = isfinite(res[i]) ? 0 : -EDOM;
	}
	gsl_rng_free(rng);
	gsl_sort(res, 1, opt->resamples);
	return ret;
}

int boot_ci(const struct boot_arm *arm, unsigned int nr_arms,
	    double (*stat)(const struct boot_arm *arm, void *arg), void *arg,
	    const struct boot_opt *opt, struct boot_ci *out)
{
	scoped struct drawn *drawn = mem_get(nr_arms, sizeof(*drawn));
	scoped double *res = mem_get(opt->resamples, sizeof(*res));
	double beyond = (1 - opt->level) / 2, est = NAN;
	size_t nr = opt->resamples;
	int ret = 0;

	if (!nr_arms || !(opt->level > 0 && opt->level < 1) ||
	    nr * beyond < 1)
		return -EINVAL;
	for (unsigned int a = 0; a < nr_arms && !ret; a++)
		ret = prepare(&arm[a], &drawn[a]);
	if (!ret) {
		est = stat(arm, arg);
		ret = isfinite(est) ? resample(arm, nr_arms, drawn, stat, arg,
					       opt, res) : -EDOM;
	}
	if (!ret)
		*out = (struct boot_ci){
			.est = est,
			.lo = gsl_stats_quantile_from_sorted_data(res, 1, nr,
								  beyond),
			.hi = gsl_stats_quantile_from_sorted_data(res, 1, nr,
								  1 - beyond),
			.se = gsl_stats_sd(res, 1, nr),
		};
	for (unsigned int a = 0; a < nr_arms; a++) {
		free(drawn[a].begin);
		free(drawn[a].len);
		free(drawn[a].x);
	}
	return ret;
}

int boot_mde(size_t n, double s, double *effect)
{
	static const struct { double n, k; } table[] = {
		{ 5, 2.31 }, { 8, 1.56 }, { 10, 1.39 },
		{ 15, 1.09 }, { 20, 0.95 }, { 30, 0.76 },
	};
	const size_t last = sizeof(table) / sizeof(*table) - 1;
	size_t i = 1;
	double at;

	if (!isfinite(s) || s < 0)
		return -EINVAL;
	if (n < table[0].n)
		return -ENODATA;
	if (n >= table[last].n) {
		*effect = table[last].k * sqrt(table[last].n / n) * s;
		return 0;
	}
	while (n > table[i].n)
		i++;
	at = (1 / sqrt(n) - 1 / sqrt(table[i].n)) /
	     (1 / sqrt(table[i - 1].n) - 1 / sqrt(table[i].n));
	*effect = (table[i].k + at * (table[i - 1].k - table[i].k)) * s;
	return 0;
}

int boot_needed(double effect, double s, size_t *n)
{
	double mde;
	int ret;

	if (!(effect > 0) || !isfinite(effect))
		return -EINVAL;
	for (size_t i = 5; i <= 100000; i++) {
		ret = boot_mde(i, s, &mde);
		if (ret)
			return ret;
		if (mde <= effect) {
			*n = i;
			return 0;
		}
	}
	return -E2BIG;
}

int boot_fewest(size_t nr_cases, double alpha, bool paired, size_t *n)
{
	if (!nr_cases || !(alpha > 0 && alpha < 1))
		return -EINVAL;
	for (size_t i = 1; i <= 1000; i++) {
		double p = paired ? rank_signed_min_p(i) :
				    rank_mwu_min_p(i, i);

		if (p <= alpha / nr_cases) {
			*n = i;
			return 0;
		}
	}
	return -E2BIG;
}
