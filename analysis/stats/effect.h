/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * effect - two arms, one number: ratio, interval, p, and what may be said
 *
 * a is the baseline, b is what is compared with it, each value one unit of
 * replication (a boot; where there is only one, a repetition). The ratio is
 * b / a. A verdict needs the whole family, since p is Holm's: first every
 * effect_make(), then effect_family() once.
 */
#ifndef FORKPATH_EFFECT_H
#define FORKPATH_EFFECT_H

#include <stdbool.h>
#include <stddef.h>

#include "out.h"

#define EFFECT_ALPHA	0.05
#define EFFECT_LEVEL	0.95

enum effect_verdict {
	EFFECT_UNCLEAR,		/* neither shown */
	EFFECT_FASTER,
	EFFECT_SLOWER,
	EFFECT_SAME,		/* the interval lies inside of +-smallest */
	EFFECT_NONE,		/* no ratio: no value, or one that is not > 0 */
	NR_EFFECTS,
};

struct effect {
	size_t	n;		/* values in a, or pairs */
	bool	interval;	/* false: lo, hi are the range, too few values */
	double	a, b;		/* medians */
	double	ratio, lo, hi;
	double	p, holm;
	enum effect_verdict verdict;
};

/*
 * Ratio with exact rank interval and exact p. PAIRED: a[i] belongs to b[i],
 * n == m; Wilcoxon signed-rank on ln b - ln a, else Mann-Whitney. Verdict and
 * holm are not set but for EFFECT_NONE.
 */
void effect_make(struct effect *e, const double *a, size_t n, const double *b,
		 size_t m, bool paired);

/*
 * Holm over the NR effects E (those without p take no part), then verdicts.
 * Faster and slower: Holm's p <= 5 %, the interval excludes 1, and the ratio
 * is off by at least SMALLEST (0.01: one per cent). Returns how many have
 * p <= 5 %, whatever their size.
 */
size_t effect_family(struct effect **e, size_t nr, double smallest);

/* "slower" */
const char *effect_word(enum effect_verdict v);
struct change effect_change(const struct effect *e);

/*
 * How many effects came to each verdict, the worst first: "1 slower, 3 same";
 * SHARES: "slower in 1 of 4, same in 3".
 */
const char *effect_tally(const size_t nr[NR_EFFECTS], bool shares, char *buf,
			 size_t len);

/*
 * Should pairs be tested as pairs? N pairs and a family of NR points decide,
 * never the data: with few pairs no p is small enough for Holm (2/2^n; 40
 * points need 11), where n + n unpaired values have one (2/C(2n,n)).
 */
bool effect_pairs(size_t n, size_t nr);

/* Can one of NR points be rejected at all with n + m values? */
bool effect_can_reject(size_t n, size_t m, bool paired, size_t nr);

#endif
