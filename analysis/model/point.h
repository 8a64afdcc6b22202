/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * point - repetitions grouped into points, points into tables
 *
 * A point is one bench under one set of options, workload and conditions,
 * in one part of the plan; its repetitions are one per block. Only verdict
 * ok enters a number; the others are counted.
 *
 * What varies between the points of a table is a column of it, what does not
 * is said once above it. Nothing here knows the options of a bench.
 */
#ifndef FORKPATH_POINT_H
#define FORKPATH_POINT_H

#include "read.h"
#include "stat.h"

/* Distribution of one role over all repetitions of a point. */
struct pool {
	const char	*role;
	unsigned int	 nr_rep;	/* repetitions in it */
	uint64_t	 ops, max;
	uint64_t	 hash;		/* exact mode: of all samples, else 0 */
	struct stat_buckets b;
};

struct point {
	const char	*part, *bench, *workload;
	const struct kv	*opt, *cond;
	size_t		 nr_opt, nr_cond;
	const struct rep **rep;		/* verdict ok, by block */
	size_t		 nr_rep;
	unsigned int	 count[NR_VERDICTS];
	struct pool	*pool;
	size_t		 nr_pool;
	unsigned int	 nr_settle;	/* repetitions whose order is known, */
	unsigned int	 nr_unsettled;	/* and those that never settled */
};

struct points {
	struct point	*point;
	size_t		 nr_point;
};

/* Group the repetitions of RUN; read and pool their distributions. */
void points_make(struct points *all, struct run *run);
/* The same of those that were not timed: of no use for any latency. */
void points_counted(struct points *all, struct run *run);
void points_free(struct points *all);

/*
 * Option, condition or "workload" KEY of P; NULL if it has none. What a
 * table may show is asked by this name.
 */
const char *point_get(const struct point *p, const char *key);

/* The same as a number; -1 if it is none. */
double point_number(const struct point *p, const char *key);

/*
 * Values of UNIT over the repetitions of P into V (room for p->nr_rep), the
 * blocks they come from into BLOCK unless NULL. Returns how many.
 */
size_t point_values(const struct point *p, const char *unit, double *v,
		    unsigned int *block);

/*
 * PART over WHOLE of each repetition of P into SHARE (room for p->nr_rep);
 * those without any of WHOLE are left out. Returns how many.
 */
size_t point_shares(const struct point *p, const char *part, const char *whole,
		    double *share);

/* ONE added to ALL, which begins zeroed and ends in pool_clear(). */
bool pool_add(struct pool *all, const struct pool *one);
void pool_clear(struct pool *all);

/* The role's distribution, NULL if no repetition has one. */
const struct pool *point_pool(const struct point *p, const char *role);

/* Roles of the point's benches, from their units, "R-p50-ns". */
size_t point_roles(const struct point *p, char role[][64], size_t max);

/* "ns", or "instructions": what the latencies of P are counted in. */
const char *point_unit(const struct point *p);

/* Sum, or largest, over repetitions of UNIT. -1 if none has it. */
double point_sum(const struct point *p, const char *unit);
double point_max(const struct point *p, const char *unit);

/*
 * Quantile Q of the pool (upper edge of its bucket, never above the
 * maximum); false where fewer than 10 operations lie above it.
 */
bool pool_quantile(const struct pool *pool, double q, double *ns);

/* Order of two values of an option: numbers by size, words by letters. */
int value_order(const char *a, const char *b);

#endif
