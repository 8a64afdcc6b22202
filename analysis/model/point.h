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

#include "pool.h"
#include "run.h"

struct point {
	const char	*part, *bench, *workload;
	const struct kv	*opt, *cond;
	size_t		 nr_opt, nr_cond;
	const struct rep **rep;		/* verdict ok, by block */
	size_t		 nr_rep;
	const struct rep **tried;	/* all of them, by block */
	size_t		 nr_tried;
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

/* The first that came to V; NULL: none did. */
const struct rep *point_first(const struct point *p, enum verdict v);
/* Why the first one that says so has no number; NULL: none does. */
const char *point_reason(const struct point *p);

/*
 * One table after the other, *AT the place where the next one begins: the
 * measured points of one part and bench to P (of all->nr_point). How many.
 */
size_t points_table(const struct points *all, size_t *at,
		    const struct point **p);

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
 * UNIT_A of A into X and UNIT_B of B into Y, of the blocks in which both have
 * it (room for a->nr_rep). Returns how many.
 */
size_t point_pairs(const struct point *a, const char *unit_a,
		   const struct point *b, const char *unit_b, double *x,
		   double *y);

/*
 * PART over WHOLE of each repetition of P into SHARE (room for p->nr_rep);
 * those without any of WHOLE are left out. Returns how many.
 */
size_t point_shares(const struct point *p, const char *part, const char *whole,
		    double *share);

/* The role's distribution, NULL if no repetition has one. */
const struct pool *point_pool(const struct point *p, const char *role);

/* Roles of the point's benches, from their units, "R-p50-ns". */
size_t point_roles(const struct point *p, char role[][64], size_t max);

/*
 * Those of all of them, in the order in which they come. Whose actors are
 * asked for by an option (attachers, cloners) some points do not have.
 */
size_t points_roles(const struct point *const *p, size_t nr, char role[][64],
		    size_t max);
/* The points that have ROLE, and those that have no numbers, to TO. */
size_t points_in_role(const struct point **to, const struct point *const *p,
		      size_t nr, const char *role);

/* "ns", or "instructions": what the latencies of P are counted in. */
const char *point_unit(const struct point *p);

/* Sum, or largest, over repetitions of UNIT. -1 if none has it. */
double point_sum(const struct point *p, const char *unit);
double point_max(const struct point *p, const char *unit);

/* Order of two values of an option: numbers by size, words by letters. */
int value_order(const char *a, const char *b);

/* --- point-name.c: what tells points apart, and what they are called ------ */

/* Options, workload, conditions of the NR points, in this order. */
size_t point_keys(const struct point *const *p, size_t nr, const char **key,
		  size_t max);
/* ONE to the *NR words of KEY, unless it is there or there are MAX. */
void point_add_key(const char **key, size_t *nr, size_t max, const char *one);
bool point_varies(const struct point *const *p, size_t nr, const char *key);
size_t point_nr_values(const struct point *const *p, size_t nr,
		       const char *key);

/*
 * Keys (options, workload, conditions) whose value differs between the NR
 * points, in the order of the options. Returns how many.
 */
size_t point_varying(const struct point *const *p, size_t nr,
		     const char **key, size_t max);
/* The same without those in BUT, which ends in NULL. */
size_t point_varying_but(const struct point *const *p, size_t nr,
			 const char **key, size_t max, const char *const *but);

/* Order of A and B by their values of the NR KEYs, one after the other. */
int point_order(const struct point *a, const struct point *b,
		const char *const *key, size_t nr);

/* Points that are alike in all but one option, by its value. */
struct point_line {
	const struct point **point;	/* to be freed */
	size_t		 nr;
};

/*
 * The NR points P as lines along KEY, each of one part, bench, workload and
 * of the same other options; unless COND is NULL also of the same conditions
 * that have this in their name. Returns how many; *LINE is to be freed.
 */
size_t point_lines(struct point_line **line, const struct point *const *p,
		   size_t nr, const char *key, const char *cond);

/*
 * BENCH/KEY=VALUE/...: every option of P, and its workload if there is one;
 * the same point has the same name in every results folder.
 */
const char *point_name(const struct point *p, char *buf, size_t len);

/* "hierarchy=v2 think=0.05": the values of KEYs, names too if NAMES. */
const char *point_label(const struct point *p, const char *const *key,
			size_t nr, bool names, char *buf, size_t len);

/*
 * What makes the same point in another folder: bench, options, workload,
 * conditions but for how long it was measured, and PART unless NULL. To be
 * freed.
 */
char *point_key(const struct point *p, const char *part);

/*
 * "[PART] bench key=value ...": what a point is called where all of it has
 * to be said, its lengths (time, warmup ..) apart. To be freed.
 */
char *point_identity(const struct point *p);

#endif
