/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * series - values in order: where the level changes
 *
 * Errors as in stat.h.
 */
#ifndef FORKPATH_SERIES_H
#define FORKPATH_SERIES_H

#include <stdbool.h>
#include <stddef.h>

struct series_opt {
	size_t		min_len;	/* of a segment, >= 2 */
	size_t		permutations;	/* 199; p is at least 1/(this+1) */
	double		alpha;		/* 0.05 */
	unsigned long	seed;
};

struct series_change {
	size_t	at;		/* first value of the new level */
	double	q;		/* nm/(n+m) E of its two sides when found */
	double	p;
};

/*
 * Change points by E-divisive (Matteson & James, JASA 109 (2014) 334; as
 * used on benchmark histories by Daly et al., ICPE 2020): of all ways to cut
 * one of the segments in two take that with the largest
 * Q = nm/(n+m) E (within-side means over distinct pairs), and keep it if
 * no more than alpha of the series shuffled within their segments reach
 * that Q: p = (1 + hits) / (1 + permutations). Repeat until one fails.
 *
 * Returns how many were found, ascending in CHANGE (room for MAX; with that
 * full it stops), or an error. O(n^2) per permutation: n > 20000 is -E2BIG.
 * For histories over kernel versions, not for two arms.
 */
int series_edivisive(const double *x, size_t n, const struct series_opt *opt,
		     struct series_change *change, size_t max);

#endif
