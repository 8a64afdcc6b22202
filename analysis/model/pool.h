/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pool - a distribution of latencies, of one repetition or of several */
#ifndef FORKPATH_POOL_H
#define FORKPATH_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run.h"

#define POOL_ABOVE	10	/* this many must lie above a quantile */

/*
 * Distribution of one role over all repetitions of a point, as docs/formats.md
 * describes it.
 */
struct pool {
	const char	*role;
	unsigned int	 nr_rep;	/* repetitions in it */
	uint64_t	 ops, max;
	uint64_t	 hash;		/* exact mode: of all samples, else 0 */
	uint64_t	 under, over;	/* below the first bucket, above the last */
	struct bucket	*bucket;	/* ascending */
	size_t		 nr_bucket;
};

/* Buckets of R added to those of POOL; false if their edges do not agree. */
bool pool_merge(struct pool *pool, const struct dist_role *r);

/* ONE added to ALL, which begins zeroed and ends in pool_clear(). */
bool pool_add(struct pool *all, const struct pool *one);
void pool_clear(struct pool *all);

/*
 * Quantile Q of the pool, 0 < q < 1: upper edge of the bucket that holds the
 * ceil(ops q)-th smallest, never above the maximum; of what lies below all
 * buckets 0. The bench programs report the same. False where fewer than 10
 * operations lie above it, for then a handful of them decides (not asked of
 * q <= 0.5, which docs/formats.md promises always), or where there are none.
 */
bool pool_quantile(const struct pool *pool, double q, double *ns);

#endif
