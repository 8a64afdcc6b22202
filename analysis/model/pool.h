/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pool - a distribution of latencies, of one repetition or of several */
#ifndef FORKPATH_POOL_H
#define FORKPATH_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run.h"

/* A distribution of latencies as docs/formats.md describes it. */
struct pool_buckets {
	const double			*low, *high;	/* ascending, ns */
	const unsigned long long	*count;
	size_t				 nr;
	unsigned long long		 under, over;
	double				 max;	/* exact; 0: not known */
};

#define POOL_ABOVE	10	/* this many must lie above a quantile */

/*
 * Quantile of recorded latencies: upper edge of the bucket that holds the
 * ceil(nq)-th smallest, 0 < q < 1, or `max` if that is less; n includes under
 * (t < 1 ns: 0) and over (`max`). The bench programs report the same.
 * -ENODATA where n(1-q) < 10, for then a handful of operations decides (not
 * asked of q <= 0.5, which docs/formats.md promises always), or where n is
 * 0. -ERANGE: it is among `over`, and `max` is not known.
 */
int pool_bucket_quantile(const struct pool_buckets *b, double q, double *out);

/* Distribution of one role over all repetitions of a point. */
struct pool {
	const char	*role;
	unsigned int	 nr_rep;	/* repetitions in it */
	uint64_t	 ops, max;
	uint64_t	 hash;		/* exact mode: of all samples, else 0 */
	struct pool_buckets b;
};

/* Buckets of R added to those of POOL; false if their edges do not agree. */
bool pool_merge(struct pool *pool, const struct dist_role *r);

/* ONE added to ALL, which begins zeroed and ends in pool_clear(). */
bool pool_add(struct pool *all, const struct pool *one);
void pool_clear(struct pool *all);

/*
 * Quantile Q of the pool (upper edge of its bucket, never above the
 * maximum); false where fewer than 10 operations lie above it.
 */
bool pool_quantile(const struct pool *pool, double q, double *ns);

#endif
