/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * judge - is this kernel on the good or the bad side of two others?
 *
 * For git bisect: GOOD and BAD are results folders of the two ends, NOW is
 * one or more of the kernel between them. Everything is on logarithms. The
 * limit is the middle of the medians of GOOD and BAD. NOW is on that side of
 * it on which the whole interval of its Hodges-Lehmann estimate lies; as it
 * may be asked up to JUDGE_LOOKS times, with more repetitions each time, an
 * interval has level 1 - JUDGE_ALPHA / JUDGE_LOOKS.
 */
#ifndef FORKPATH_JUDGE_H
#define FORKPATH_JUDGE_H

#include <stddef.h>

#include "opt.h"

#define JUDGE_LOOKS	4
#define JUDGE_ALPHA	0.01	/* of a wrong answer, over all looks */
#define JUDGE_POWER	0.9	/* of an answer at the first look */
#define JUDGE_MAX	2000	/* repetitions: more is another question */

enum judged {
	JUDGED_GOOD = 0,
	JUDGED_BAD = 1,
	JUDGED_MORE = 3,	/* `need` repetitions more would do */
	JUDGED_SKIP = 125,	/* it lies on the limit */
};

struct limit {
	double	good, bad;	/* medians, logarithms */
	double	at;		/* the middle */
	double	sd;		/* between repetitions, of the noisier end */
	size_t	need;		/* repetitions for the first look */
};

/*
 * From the N values of GOOD and M of BAD. 0, or -1 with WHY: too few, not
 * positive, or too alike for JUDGE_MAX repetitions to tell which is which.
 *
 *   need = ((z_level + z_power) sd / half the distance)^2 / 0.955 + 5
 *
 * (3/pi = 0.955: what ranks are worth on normal values; 5: found by
 * simulation, tests/unit/analysis-judge.c), and never fewer than the exact
 * signed-rank test needs to reach the level at all, 10.
 */
int judge_limit(const double *good, size_t n, const double *bad, size_t m,
		struct limit *limit, char *why, size_t len);

/* The N values of NOW at look LOOK (from 1). *MORE: how many more. */
enum judged judge_now(const struct limit *limit, const double *now, size_t n,
		      unsigned int look, size_t *more);

extern const struct opt judge_opts[], pick_opts[];

/* The verbs: judge GOOD BAD [NOW]..., pick GOOD. Exit codes. */
int judge(char **path, int nr);
int pick(char **path, int nr);

#endif
