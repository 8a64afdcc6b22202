/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot - boots and what is inside of them: bootstrap, variance, how many
 *
 * The unit of replication is the boot; iterations of one boot share its
 * luck (memory layout, fragmentation). Errors as in stat.h.
 */
#ifndef FORKPATH_BOOT_H
#define FORKPATH_BOOT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * One arm: nr boots, boot b has len[b] iterations, which lie in x behind those
 * of the boots before it. len NULL: each has one.
 */
struct boot_arm {
	size_t		 nr;
	const double	*x;
	const size_t	*len;
};

struct boot_opt {
	double		level;		/* 0.95 */
	size_t		resamples;	/* 10000 */
	unsigned long	seed;
};

struct boot_ci {
	double	est;		/* of the data themselves */
	double	lo, hi;
	double	se;		/* sd over resamples */
};

/*
 * Two-level bootstrap with percentile interval (Davison & Hinkley, Bootstrap
 * Methods, 3.8 and 5.3): per arm draw nr boots with replacement, of each of
 * them len iterations with replacement, and call STAT(arms, ARG) on what was
 * drawn; [lo, hi] are type-7 quantiles of the results. A boot of one value
 * has no second level: that is the plain bootstrap. The same seed gives the
 * same bits (mt19937).
 *
 * Too narrow for few boots: of a mean it covers 0.86 / 0.92 / 0.93 instead of
 * 0.95 at 4 / 10 / 20 boots. Use it where ranks do not reach, p99 and slopes.
 *
 * -ENODATA: an arm has fewer than two boots, or a boot no iteration.
 * -EINVAL also: too few resamples for one of them to lie beyond each limit.
 * -EDOM: STAT returned something that is not finite.
 */
int boot_ci(const struct boot_arm *arm, unsigned int nr_arms,
	    double (*stat)(const struct boot_arm *arm, void *arg), void *arg,
	    const struct boot_opt *opt, struct boot_ci *out);

/*
 * The smallest effect that n boots per arm find with 80 % probability at 5 %
 * (unpaired, exact Mann-Whitney, normal boots whose standard deviation or CV
 * is S): k(n) s with k = 2.31 1.56 1.39 1.09 0.95 0.76 at n = 5 8 10 15 20 30,
 * found by simulation for this suite (tests/unit/analysis-stat.c repeats it at
 * n = 5, 10, 20). Between those k is linear in 1/sqrt(n); beyond 30 it falls as
 * 1/sqrt(n), which the theory for large n, 2.80 sqrt(2 / (0.955 n)), stays
 * 3 % below. n < 5: -ENODATA.
 */
int boot_mde(size_t n, double s, double *effect);

/* Smallest n for which boot_mde() is no more than EFFECT; at least 5. */
int boot_needed(double effect, double s, size_t *n);

/*
 * Fewest boots per arm (pairs, if PAIRED) with which one case of a family
 * of NR_CASES can be rejected under Holm at all: smallest exact p <=
 * alpha / nr_cases.
 */
int boot_fewest(size_t nr_cases, double alpha, bool paired, size_t *n);

#endif
