// SPDX-License-Identifier: GPL-2.0-or-later
/* settle - where in a series of values the warm-up ends */
#include <errno.h>
#include <math.h>

#include <gsl/gsl_statistics_double.h>

#include "settle.h"

#define BATCH		5
#define MSER_MIN	(4 * BATCH)

int settle_mser5(const double *x, size_t n, struct settle *out)
{
	size_t nr = n / BATCH, best = 0;
	double mean = 0, sq = 0, least = HUGE_VAL;

	if (!n)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return -EINVAL;
	if (n < MSER_MIN)
		return -ENODATA;
	/* From the end: each batch joins those after it (Welford). */
	for (size_t d = nr; d-- > 0; ) {
		double z = gsl_stats_mean(x + d * BATCH, 1, BATCH);
		double off = z - mean, len = nr - d;

		mean += off / len;
		sq += off * (z - mean);
		if (d <= nr / 2 && sq / (len * len) <= least) {
			least = sq / (len * len);
			best = d;
		}
	}
	out->drop = best * BATCH;
	out->mean = gsl_stats_mean(x + out->drop, 1, n - out->drop);
	out->steady = best < nr / 2;
	return 0;
}
