/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rank - two arms compared by ranks: tests, shifts and ratios, intervals
 *
 * x is arm A (baseline), y is arm B; a shift is y - x, a ratio y / x. Nothing
 * is assumed of the distributions but that, without an effect, an observation
 * could as well have been in the other arm (unpaired) or have had the other
 * sign (paired). Exact means: counted over all assignments, given the ties
 * that are there. Where that is too much work (about 110 + 110 values, or 1000
 * pairs) the normal approximation answers and `exact` is false.
 *
 * Errors as in stat.h.
 */
#ifndef FORKPATH_RANK_H
#define FORKPATH_RANK_H

#include <stdbool.h>
#include <stddef.h>

struct rank_test {
	double	stat;		/* U of x, or V */
	size_t	nr;		/* values, or pairs, that took part */
	bool	exact;
	double	less;		/* P(statistic <= seen), one-sided */
	double	greater;	/* P(statistic >= seen), one-sided */
	double	p;		/* min(1, 2 min(less, greater)) */
	double	p_normal_cc;	/* two-sided, continuity correction 1/2 */
	double	p_normal;	/* two-sided, without */
};

/*
 * Mann-Whitney U test: U = number of pairs with x > y, ties 1/2. Ties get
 * midranks (doubled, hence integers), and the null distribution counts the
 * subsets of those by their sum (dynamic programming over values; without
 * ties it is the recurrence of Mann & Whitney, Ann. Math. Stat. 18 (1947)
 * 50). The normal variance is corrected for ties (Hollander & Wolfe, 4.1).
 * With ties and n != m the null distribution need not be symmetric; p is
 * twice the smaller tail all the same. All values alike: p = 1.
 */
int rank_mwu(const double *x, size_t n, const double *y, size_t m,
	     struct rank_test *out);

/*
 * Wilcoxon signed-rank test of d (= y - x of pairs): V = sum of the ranks of
 * |d| where d > 0. Zeros are dropped before ranking (Wilcoxon's rule, as R;
 * `nr` says what is left), ties get midranks, the null distribution counts
 * all 2^nr signs. All zeros: p = 1.
 */
int rank_signed(const double *d, size_t n, struct rank_test *out);

/*
 * Smallest two-sided p that can come out without ties: 2/C(n+m,n) and 2/2^n,
 * at most 1. A family of tests that needs less can never reject.
 */
double rank_mwu_min_p(size_t n, size_t m);
double rank_signed_min_p(size_t n);

struct rank_shift {
	double	est, lo, hi;
	double	coverage;	/* of [lo, hi], >= what was asked for */
	size_t	k;		/* lo: k-th smallest, hi: k-th largest */
	bool	exact;		/* k and coverage by counting */
};

/*
 * Hodges-Lehmann estimates (Ann. Math. Stat. 34 (1963) 598): median of all
 * y_j - x_i; median of the Walsh averages (d_i + d_j)/2, i <= j. The interval
 * inverts the exact test without ties: [D_(k), D_(N+1-k)] of the N sorted
 * differences (averages), k = the smallest k with P(U <= k) >= (1-level)/2,
 * and 1 if that is 0 (Hollander & Wolfe, 3.3 and 4.3). Where even k = 1
 * covers less than level (95 %: unpaired 4+3, paired 5) the result is
 * [min, max] with the coverage that has, and -ENODATA is returned. Zeros in d
 * take part.
 */
int rank_hl2(const double *x, size_t n, const double *y, size_t m,
	     double level, struct rank_shift *out);
int rank_hl1(const double *d, size_t n, double level, struct rank_shift *out);

/*
 * Ratio y / x: exp of the same on logs, unpaired and paired (n pairs).
 * -EDOM: a value is not positive.
 */
int rank_ratio2(const double *x, size_t n, const double *y, size_t m,
		double level, struct rank_shift *out);
int rank_ratio1(const double *x, const double *y, size_t n, double level,
		struct rank_shift *out);

#endif
