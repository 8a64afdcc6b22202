// SPDX-License-Identifier: GPL-2.0-or-later
/* boot - boots and what is inside of them: bootstrap, variance, how many */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "boot.h"
#include "rank.h"
#include "stat.h"

/* An arm as drawn: boot b of it lies in room + b * widest, or in the data. */
struct drawn {
	const double	**x;
	size_t		 *len;
	double		 *room;
	size_t		  widest;
};

static void draw(const struct boot_arm *arm, struct drawn *to, gsl_rng *rng)
{
	for (size_t b = 0; b < arm->nr; b++) {
		size_t from = gsl_rng_uniform_int(rng, arm->nr);
		size_t len = arm->len[from];
		double *x = to->room + b * to->widest;

		to->len[b] = len;
		to->x[b] = x;
		if (len == 1) {
			*x = *arm->x[from];
			continue;
		}
		for (size_t i = 0; i < len; i++)
			x[i] = arm->x[from][gsl_rng_uniform_int(rng, len)];
	}
}

static int drawn_alloc(const struct boot_arm *arm, struct drawn *d)
{
	for (size_t b = 0; b < arm->nr; b++)
		if (arm->len[b] > d->widest)
			d->widest = arm->len[b];
	d->x = malloc(arm->nr * sizeof(*d->x));
	d->len = malloc(arm->nr * sizeof(*d->len));
	d->room = calloc(arm->nr * d->widest, sizeof(*d->room));
	return d->x && d->len && d->room ? 0 : -ENOMEM;
}

static int arm_check(const struct boot_arm *arm)
{
	if (arm->nr < 2)
		return -ENODATA;
	for (size_t b = 0; b < arm->nr; b++) {
		if (!arm->len[b])
			return -ENODATA;
		if (stat_check(arm->x[b], arm->len[b]))
			return -EINVAL;
		/* gsl_rng_uniform_int() ends here. */
		if (arm->len[b] > 0xffffffff)
			return -E2BIG;
	}
	return 0;
}

int boot_ci(const struct boot_arm *arm, unsigned int nr_arms,
	    double (*stat)(const struct boot_arm *arm, void *arg), void *arg,
	    const struct boot_opt *opt, struct boot_ci *out)
{
	double beyond = (1 - opt->level) / 2, est, *res = NULL;
	struct boot_arm *arms = NULL;
	struct drawn *drawn = NULL;
	gsl_rng *rng = NULL;
	int ret;

	if (!nr_arms || !(opt->level > 0 && opt->level < 1) ||
	    opt->resamples * beyond < 1)
		return -EINVAL;
	for (unsigned int a = 0; a < nr_arms; a++) {
		ret = arm_check(&arm[a]);
		if (ret)
			return ret;
	}
	est = stat(arm, arg);
	if (!isfinite(est))
		return -EDOM;

	ret = -ENOMEM;
	res = malloc(opt->resamples * sizeof(*res));
	arms = calloc(nr_arms, sizeof(*arms));
	drawn = calloc(nr_arms, sizeof(*drawn));
	rng = gsl_rng_alloc(gsl_rng_mt19937);
	if (!res || !arms || !drawn || !rng)
		goto cleanup;
	gsl_rng_set(rng, opt->seed);
	for (unsigned int a = 0; a < nr_arms; a++) {
		if (drawn_alloc(&arm[a], &drawn[a]))
			goto cleanup;
		arms[a] = (struct boot_arm){
			.nr = arm[a].nr, .x = drawn[a].x, .len = drawn[a].len,
		};
	}

	for (size_t i = 0; i < opt->resamples; i++) {
		for (unsigned int a = 0; a < nr_arms; a++)
			draw(&arm[a], &drawn[a], rng);
		res[i] = stat(arms, arg);
		if (!isfinite(res[i])) {
			ret = -EDOM;
			goto cleanup;
		}
	}
	gsl_sort(res, 1, opt->resamples);
	out->est = est;
	out->lo = gsl_stats_quantile_from_sorted_data(res, 1, opt->resamples,
						      beyond);
	out->hi = gsl_stats_quantile_from_sorted_data(res, 1, opt->resamples,
						      1 - beyond);
	out->se = gsl_stats_sd(res, 1, opt->resamples);
	ret = 0;
cleanup:
	for (unsigned int a = 0; drawn && a < nr_arms; a++) {
		free(drawn[a].room);
		free(drawn[a].len);
		free(drawn[a].x);
	}
	gsl_rng_free(rng);
	free(drawn);
	free(arms);
	free(res);
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
