// SPDX-License-Identifier: GPL-2.0-or-later
/* series - values in order: where the level changes */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "mem.h"
#include "series.h"
#include "stat.h"

#define EDIV_MAX	20000

struct cut {
	size_t	at;
	double	q;
};

/*
 * The best place to cut x[0..n) in two of at least MIN: moves one value
 * after the other from the right side to the left and keeps the three sums
 * of distances up to date.
 */
static struct cut best_cut(const double *x, size_t n, size_t min)
{
	struct cut best = { .at = 0, .q = -HUGE_VAL };
	double left = 0, right = 0, across = 0;

	if (n < 2 * min)
		return best;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			right += fabs(x[i] - x[j]);
	for (size_t i = 0; i + min < n; i++) {
		double a = i + 1, b = n - a, to_left = 0, to_right = 0, q;

		for (size_t j = 0; j < i; j++)
			to_left += fabs(x[i] - x[j]);
		for (size_t j = i + 1; j < n; j++)
			to_right += fabs(x[i] - x[j]);
		left += to_left;
		right -= to_right;
		across += to_right - to_left;
		if (i + 1 < min)
			continue;
		q = a * b / (a + b) *
		    (2 * across / (a * b) - 2 * left / (a * (a - 1)) -
		     2 * right / (b * (b - 1)));
		if (q > best.q) {
			best.at = i + 1;
			best.q = q;
		}
	}
	return best;
}

/* Best cut over all segments; edge[0..nr] are their ends. */
static struct cut best_of(const double *x, const size_t *edge, size_t nr,
			  size_t min)
{
	struct cut best = { .at = 0, .q = -HUGE_VAL };

	for (size_t s = 0; s < nr; s++) {
		struct cut c = best_cut(x + edge[s], edge[s + 1] - edge[s],
					min);

		if (c.q > best.q) {
			best.at = edge[s] + c.at;
			best.q = c.q;
		}
	}
	return best;
}

int series_edivisive(const double *x, size_t n, const struct series_opt *opt,
		     struct series_change *change, size_t max)
{
	scoped size_t *edge = NULL;
	scoped double *work = NULL;
	gsl_rng *rng;
	size_t nr = 1;

	if (stat_check(x, n) || opt->min_len < 2 || !opt->permutations ||
	    !(opt->alpha > 0 && opt->alpha < 1))
		return -EINVAL;
	if (n > EDIV_MAX)
		return -E2BIG;
	if (max > n)
		max = n;
	edge = mem_get(max + 2, sizeof(*edge));
	work = mem_get(n, sizeof(*work));
	rng = gsl_rng_alloc(gsl_rng_mt19937);
	gsl_rng_set(rng, opt->seed);
	edge[0] = 0;
	edge[1] = n;
	while (nr <= max) {
		struct cut c = best_of(x, edge, nr, opt->min_len);
		size_t hits = 0, s;
		double p;

		/* Rounding must not turn a series without change into one. */
		if (!(c.q > 0))
			break;
		memcpy(work, x, n * sizeof(*work));
		for (size_t i = 0; i < opt->permutations; i++) {
			for (s = 0; s < nr; s++)
				gsl_ran_shuffle(rng, work + edge[s],
						edge[s + 1] - edge[s],
						sizeof(*work));
			hits += best_of(work, edge, nr, opt->min_len).q >=
				c.q * (1 - 1e-12);
		}
		p = (1.0 + hits) / (1 + opt->permutations);
		if (p > opt->alpha)
			break;
		for (s = nr; edge[s - 1] > c.at; s--) {
			edge[s + 1] = edge[s];
			change[s - 1] = change[s - 2];
		}
		edge[s + 1] = edge[s];
		edge[s] = c.at;
		change[s - 1] = (struct series_change){
			.at = c.at, .q = c.q, .p = p,
		};
		nr++;
	}
	gsl_rng_free(rng);
	return nr - 1;
}
