/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exact - instructions that were counted, not time that was measured
 *
 * A run of exact mode says `assume=exact` of its latencies and counts them
 * in instructions: equal input gives equal numbers. There is nothing to
 * estimate, so no interval and no test, and a difference is a difference.
 *
 * What one operation takes has modes: now and then the same path refills a
 * cache or an interrupt comes along. A median may lie in one mode on one
 * kernel and in the next mode on another one, though the path itself has
 * changed by a few instructions only. Hence the shift: the difference under
 * which the most samples of the one are the most samples of the other.
 */
#ifndef FORKPATH_EXACT_H
#define FORKPATH_EXACT_H


#include "family.h"
#include "answer.h"
#include "doc.h"

/* Is this run of exact mode? */
bool exact_run(const struct run *run);

/* Quantile Q of what was counted: a sample. False as pool_quantile(). */
bool exact_pool(const struct pool *pool, double q, double *v);

struct exact_mode {
	double			 value;
	unsigned long long	 count;
};

/*
 * The modes of POOL, the largest first; to be freed. A mode is a group of
 * values with less than 1/256 from one to the next: how many operations are
 * in it, and the most frequent of its values.
 */
struct exact_mode *exact_modes(const struct pool *pool, size_t *nr);

struct exact_shift {
	double	by;		/* B - A */
	double	share;		/* of the samples, of the smaller one */
};

/* 0, or -ENODATA where one of them is empty. */
int exact_shift(const struct pool *a, const struct pool *b,
		struct exact_shift *s);

/* What the numbers are and what they are not. */
void exact_head(const struct run *run, struct doc *to);

/* The tables of a report. */
void exact_tables(const struct report *r, bool full, struct doc *to);

/* Two arms: base, new, difference. ALL: also what is equal. */
void exact_compare(const struct family *f, const char *const *name,
		   const struct run *a, const struct run *b, bool all,
		   struct doc *to);

/* One kernel under two names: how many of its counts are not the same. */
void exact_control(const struct family *f, struct doc *to);

#endif
