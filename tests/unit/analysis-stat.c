// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * analysis-stat - the statistics against values that others computed
 *
 * Where a number has no comment it was computed with R 4.2.2, scipy 1.10.1
 * or numpy from the data beside it. Exact p, U, Hodges-Lehmann and least
 * squares agree to 1e-12, normal p to 1e-10, bootstrap limits to the spread
 * over seeds and 2 %; shorter references to the digits they have.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "boot.h"
#include "effort.h"
#include "fit.h"
#include "pool.h"
#include "rank.h"
#include "series.h"
#include "settle.h"
#include "stat.h"
#include "usl.h"
#include "nist.h"

#define EXACT	1e-12
#define NORMAL	1e-10
#define LEN(a)	(sizeof(a) / sizeof(*(a)))

#define near(got, want, rel) near_at(got, want, rel, #got, __LINE__)
static void near_at(double got, double want, double rel, const char *what,
		    int line)
{
	if (fabs(got - want) <= rel * fabs(want))
		return;
	print_error("%s is %.17g, not %.17g (off by %.2g)\n", what, got, want,
		    fabs(got - want) / fabs(want));
	_fail(__FILE__, line);
}

/* Inside [lo, hi] and 2 % beyond. */
#define within(got, lo, hi) within_at(got, lo, hi, #got, __LINE__)
static void within_at(double got, double lo, double hi, const char *what,
		      int line)
{
	if (got >= lo - 0.02 * fabs(lo) && got <= hi + 0.02 * fabs(hi))
		return;
	print_error("%s is %.17g, not in %g .. %g\n", what, got, lo, hi);
	_fail(__FILE__, line);
}

/* --- two samples --- */

static const double s1x[] = { 19, 22, 16, 29, 24 };
static const double s1y[] = { 20, 11, 17, 12 };
static const double s2x[] = {
	.80, .83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, .73, 1.46,
};
static const double s2y[] = { 1.15, .88, .90, .74, 1.21 };
static const double s3x[] = {
	1726, 1723, 1707, 1707, 1713, 1729, 1736, 1707, 1705, 1774,
};
static const double s3y[] = {
	1423, 1416, 1411, 1413, 1412, 1426, 1422, 1424, 1447, 1425,
};
static const double s4x[] = {
	3069, 3075, 3069, 3067, 3207, 3064, 3064, 3058, 3059, 3062,
};
static const double s4y[] = {
	3075, 3065, 3059, 3065, 3060, 3081, 3186, 3135, 3087, 3062,
};
/* New York air quality 1973: ozone in May, in August. */
static const double s5x[] = {
	41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11,
	1, 11, 4, 32, 23, 45, 115, 37,
};
static const double s5y[] = {
	39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44,
	21, 9, 45, 168, 73, 76, 118, 84, 85,
};
static const double s6x[] = { 412, 415, 409, 418, 411, 430, 412, 413 };
static const double s6y[] = { 401, 405, 399, 412, 403, 400, 404, 402 };

static const struct two {
	const char	*name;		/* and where the data are from */
	const double	*x, *y;
	size_t		 n, m;
	double		 u, p, p_cc, p_raw;
	double		 shift, lo, hi;
	size_t		 k;
	double		 boot_lo[2], boot_hi[2];
} twos[] = {
	{ "S1 scipy mannwhitneyu", s1x, s1y, 5, 4, 17, 0.1111111111111111,
	  0.11134688653314041, 0.0864107329737, -7, -17, 1, 2,
	  { -12.35, -12.25 }, { -1.8, -1.7 } },
	{ "S2 Hollander & Wolfe", s2x, s2y, 10, 5, 35, 0.2544122544122544,
	  0.24462360512698333, 0.22067136191984693, -0.305, -0.76, 0.15, 9,
	  { -0.641, -0.634 }, { -0.038, -0.032 } },
	{ "S3 benchstat", s3x, s3y, 10, 10, 100, 1.082508822446903e-05,
	  0.00017861448837368, 0.00015349779170583, -296.5, -312, -284, 24,
	  { -316, -315.4 }, { -288.2, -287.8 } },
	{ "S4 benchstat, ties", s4x, s4y, 10, 10, 39.5, 0.4461018857303687,
	  0.4486666230878421, 0.4263100165939262, 3, -5, 23, 24,
	  { -30, -28.4 }, { 42.4, 43.2 } },
	{ "S5 ozone, ties", s5x, s5y, 26, 26, 127.5, 6.10873518880372e-05,
	  0.00012080783076877, 0.00011637726004353, 32, 15, 53, 231,
	  { 19.27, 19.69 }, { 53.46, 53.85 } },
	{ "S6 own, ties", s6x, s6y, 8, 8, 61, 0.0010878010878010878,
	  0.0026826421593227788, 0.002253559334544288, -11, -15, -7, 14,
	  { -17.375, -17.0 }, { -7.25, -7.0 } },
};

static void mwu_reference(void **state)
{
	(void)state;
	for (const struct two *t = twos; t < twos + LEN(twos); t++) {
		struct rank_test r, back;

		print_message("%s\n", t->name);
		assert_int_equal(rank_mwu(t->x, t->n, t->y, t->m, &r), 0);
		assert_true(r.exact);
		assert_int_equal(r.nr, t->n + t->m);
		near(r.stat, t->u, EXACT);
		near(r.p, t->p, EXACT);
		near(r.p_normal_cc, t->p_cc, NORMAL);
		near(r.p_normal, t->p_raw, NORMAL);

		/* The other way round is the same. */
		assert_int_equal(rank_mwu(t->y, t->m, t->x, t->n, &back), 0);
		near(back.stat, t->n * t->m - t->u, EXACT);
		near(back.p, t->p, EXACT);
		near(back.less, r.greater, EXACT);
		near(back.greater, r.less, EXACT);
	}
}

static void hl_reference(void **state)
{
	(void)state;
	for (const struct two *t = twos; t < twos + LEN(twos); t++) {
		struct rank_shift s, back;

		print_message("%s\n", t->name);
		assert_int_equal(rank_hl2(t->x, t->n, t->y, t->m, .95, &s), 0);
		assert_true(s.exact);
		near(s.est, t->shift, EXACT);
		near(s.lo, t->lo, EXACT);
		near(s.hi, t->hi, EXACT);
		assert_int_equal(s.k, t->k);
		assert_true(s.coverage >= .95 && s.coverage < .98);

		assert_int_equal(rank_hl2(t->y, t->m, t->x, t->n, .95, &back),
				 0);
		near(back.est, -t->shift, EXACT);
		near(back.lo, -t->hi, EXACT);
		near(back.hi, -t->lo, EXACT);
	}
}

static double mean_of(const struct boot_arm *arm)
{
	double sum = 0;
	size_t n = 0;

	for (size_t b = 0; b < arm->nr; b++)
		for (size_t i = 0; i < (arm->len ? arm->len[b] : 1); i++)
			sum += arm->x[n++];
	return sum / n;
}

static double mean_diff(const struct boot_arm *arm, void *arg)
{
	++*(size_t *)arg;
	return mean_of(&arm[1]) - mean_of(&arm[0]);
}

static double mean_one(const struct boot_arm *arm, void *arg)
{
	(void)arg;
	return mean_of(arm);
}

static double not_a_number(const struct boot_arm *arm, void *arg)
{
	(void)arm;
	(void)arg;
	return NAN;
}

static int boot_diff(const struct two *t, unsigned long seed,
		     struct boot_ci *ci, size_t *calls)
{
	const struct boot_arm arm[] = {
		{ t->n, t->x, NULL }, { t->m, t->y, NULL },
	};
	const struct boot_opt opt = { .95, 20000, seed };

	return boot_ci(arm, 2, mean_diff, calls, &opt, ci);
}

static void boot_reference(void **state)
{
	(void)state;
	for (const struct two *t = twos; t < twos + LEN(twos); t++) {
		struct boot_ci ci;
		size_t calls = 0;

		print_message("%s\n", t->name);
		assert_int_equal(boot_diff(t, 1, &ci, &calls), 0);
		assert_int_equal(calls, 20001);
		within(ci.lo, t->boot_lo[0], t->boot_lo[1]);
		within(ci.hi, t->boot_hi[0], t->boot_hi[1]);
	}
}

/* Own result, stored: a seed means the same bits, today and later. */
static void boot_seed(void **state)
{
	struct boot_ci a, b, c;
	size_t calls = 0;

	(void)state;
	assert_int_equal(boot_diff(&twos[5], 42, &a, &calls), 0);
	assert_int_equal(boot_diff(&twos[5], 42, &b, &calls), 0);
	assert_int_equal(boot_diff(&twos[3], 42, &c, &calls), 0);
	assert_memory_equal(&a, &b, sizeof(a));
	print_message("S6 %a %a %a, S4 %a %a\n", a.est, a.lo, a.hi, c.lo, c.hi);
	assert_true(a.est == -11.75);
	assert_true(a.lo == -17.125 && a.hi == -7.125);
	assert_int_equal(boot_diff(&twos[3], 43, &b, &calls), 0);
	assert_true(b.lo != c.lo || b.hi != c.hi || b.se != c.se);
}

static void boot_levels(void **state)
{
	const double three[] = { 0, 0, 0, 1 }, both[] = { 0, 1, 0, 1 };
	const double bad[] = { 0, 1, 1, NAN };
	size_t len[] = { 3, 1 };
	struct boot_arm arm = { 2, three, len };
	struct boot_opt opt = { .95, 20000, 7 };
	struct boot_ci ci;

	(void)state;
	/* Iterations count, not boots: 0 0 0 1. */
	assert_int_equal(boot_ci(&arm, 1, mean_one, NULL, &opt, &ci), 0);
	near(ci.est, .25, EXACT);
	near(ci.lo, 0, 0);
	near(ci.hi, 1, 0);

	/* Boots only: mean of two of {0, 1}, variance 1/8. */
	arm = (struct boot_arm){ 2, both, NULL };
	assert_int_equal(boot_ci(&arm, 1, mean_one, NULL, &opt, &ci), 0);
	near(ci.se, sqrt(1 / 8.), .02);

	/* Iterations only: boots alike, mean of four of {0, 1}: 1/16. */
	arm.len = len;
	len[0] = len[1] = 2;
	assert_int_equal(boot_ci(&arm, 1, mean_one, NULL, &opt, &ci), 0);
	near(ci.se, sqrt(1 / 16.), .02);

	assert_int_equal(boot_ci(&arm, 1, not_a_number, NULL, &opt, &ci),
			 -EDOM);
	assert_int_equal(boot_ci(&arm, 0, mean_one, NULL, &opt, &ci), -EINVAL);
	opt.resamples = 39;
	assert_int_equal(boot_ci(&arm, 1, mean_one, NULL, &opt, &ci), -EINVAL);
	opt.resamples = 1000;
	arm.x = bad;
	assert_int_equal(boot_ci(&arm, 1, mean_one, NULL, &opt, &ci), -EINVAL);
	len[1] = 0;
	assert_int_equal(boot_ci(&arm, 1, mean_one, NULL, &opt, &ci), -ENODATA);
	arm.nr = 1;
	assert_int_equal(boot_ci(&arm, 1, mean_one, NULL, &opt, &ci), -ENODATA);
}

static void ratio_reference(void **state)
{
	struct rank_shift s;

	(void)state;
	assert_int_equal(rank_ratio2(s3x, 10, s3y, 10, .95, &s), 0);
	near(s.est, 0.8266081664, 1e-9);
	near(s.lo, 0.8195008706, 1e-9);
	near(s.hi, 0.8336262449, 1e-9);
	assert_int_equal(s.k, 24);

	/* Paired: twice as slow in every pair. */
	assert_int_equal(rank_ratio1(s6x, s6x, 8, .95, &s), 0);
	near(s.est, 1, 0);
	double twice[8];

	for (int i = 0; i < 8; i++)
		twice[i] = 2 * s6x[i];
	assert_int_equal(rank_ratio1(s6x, twice, 8, .95, &s), 0);
	near(s.est, 2, EXACT);
	near(s.lo, 2, EXACT);
	near(s.hi, 2, EXACT);

	twice[3] = 0;
	assert_int_equal(rank_ratio1(s6x, twice, 8, .95, &s), -EDOM);
	assert_int_equal(rank_ratio2(s6x, 8, twice, 8, .95, &s), -EDOM);
}

static void medians_reference(void **state)
{
	double v;

	(void)state;
	assert_int_equal(stat_median(s6x, 8, &v), 0);
	near(v, 412.5, EXACT);
	assert_int_equal(stat_median(s6y, 8, &v), 0);
	near(v, 402.5, EXACT);
}

/* What benchstat prints for S3 and S4: medians and change. */
static void benchstat_reference(void **state)
{
	double a[2], b[2];

	(void)state;
	stat_median(s3x, 10, &a[0]);
	stat_median(s3y, 10, &b[0]);
	stat_median(s4x, 10, &a[1]);
	stat_median(s4y, 10, &b[1]);
	near(a[0], 1718, EXACT);
	near(b[0], 1422.5, EXACT);
	near(100 * (b[0] / a[0] - 1), -17.20, 1e-3);
}

/* --- pairs --- */

/* Hollander & Wolfe: depression scale before and after. */
static const double px[] = {
	1.83, .50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30,
};
static const double py[] = {
	.878, .647, .598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29,
};

static void paired_reference(void **state)
{
	struct rank_shift s;
	struct rank_test r;
	double d[9];

	(void)state;
	for (int i = 0; i < 9; i++)
		d[i] = px[i] - py[i];
	assert_int_equal(rank_signed(d, 9, &r), 0);
	assert_true(r.exact);
	near(r.stat, 40, 0);
	near(r.greater, 0.01953125, EXACT);
	near(r.p, 0.0390625, EXACT);
	assert_int_equal(rank_hl1(d, 9, .95, &s), 0);
	near(s.est, 0.46, EXACT);
	near(s.lo, 0.010, EXACT * 100);	/* 1.30 - 1.29 has no more digits */
	near(s.hi, 0.786, EXACT);
	assert_int_equal(s.k, 6);

	for (int i = 0; i < 8; i++)
		d[i] = s6y[i] - s6x[i];
	assert_int_equal(rank_signed(d, 8, &r), 0);
	near(r.p, 0.0078125, EXACT);
	near(r.stat, 0, 0);
	assert_int_equal(rank_hl1(d, 8, .95, &s), 0);
	near(s.est, -9.75, EXACT);
	near(s.lo, -20, EXACT);
	near(s.hi, -8, EXACT);
	assert_int_equal(s.k, 4);
}

static void signed_zeros(void **state)
{
	const double zeros[] = { 0, 0, 0 }, some[] = { 0, 1, -2, 0, 3, 4 };
	const double rest[] = { 1, -2, 3, 4 };
	struct rank_test r, t;

	(void)state;
	assert_int_equal(rank_signed(zeros, 3, &r), 0);
	assert_int_equal(r.nr, 0);
	near(r.p, 1, 0);
	near(r.p_normal_cc, 1, 0);
	assert_int_equal(rank_signed(some, 6, &r), 0);
	assert_int_equal(rank_signed(rest, 4, &t), 0);
	assert_int_equal(r.nr, 4);
	near(r.p, t.p, 0);
	near(r.stat, 8, 0);
}

/* --- against counting everything --- */

static double midrank(const double *a, size_t n, double v)
{
	double below = 0, same = 0;

	for (size_t i = 0; i < n; i++) {
		below += a[i] < v;
		same += a[i] == v;
	}
	return below + (same + 1) / 2;
}

static void mwu_brute(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	(void)state;
	for (int round = effort(300); round; round--) {
		size_t n = 1 + gsl_rng_uniform_int(rng, 6);
		size_t m = 1 + gsl_rng_uniform_int(rng, 6), nr = n + m;
		double a[12], seen = 0, less = 0, greater = 0, all = 0;
		struct rank_test r;

		for (size_t i = 0; i < nr; i++)
			a[i] = gsl_rng_uniform_int(rng, 5);
		for (size_t i = 0; i < n; i++)
			seen += midrank(a, nr, a[i]);
		for (unsigned int set = 0; set < 1u << nr; set++) {
			double sum = 0;

			if ((size_t)__builtin_popcount(set) != n)
				continue;
			for (size_t i = 0; i < nr; i++)
				if (set >> i & 1)
					sum += midrank(a, nr, a[i]);
			less += sum <= seen;
			greater += sum >= seen;
			all++;
		}
		assert_int_equal(rank_mwu(a, n, a + n, m, &r), 0);
		near(r.stat, seen - n * (n + 1) / 2., EXACT);
		near(r.less, less / all, EXACT);
		near(r.greater, greater / all, EXACT);
		near(r.p, fmin(1, 2 * fmin(less, greater) / all), EXACT);
	}
	gsl_rng_free(rng);
}

static void signed_brute(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	(void)state;
	for (int round = effort(200); round; round--) {
		size_t n = 1 + gsl_rng_uniform_int(rng, 9), nr = 0;
		double d[9], size[9], seen = 0, less = 0, greater = 0;
		struct rank_test r;

		for (size_t i = 0; i < n; i++) {
			d[i] = gsl_rng_uniform_int(rng, 9) - 4.;
			if (d[i] != 0)
				size[nr++] = fabs(d[i]);
		}
		for (size_t i = 0; i < n; i++)
			if (d[i] > 0)
				seen += midrank(size, nr, d[i]);
		for (unsigned int set = 0; set < 1u << nr; set++) {
			double sum = 0;

			for (size_t i = 0; i < nr; i++)
				if (set >> i & 1)
					sum += midrank(size, nr, size[i]);
			less += sum <= seen;
			greater += sum >= seen;
		}
		assert_int_equal(rank_signed(d, n, &r), 0);
		assert_int_equal(r.nr, nr);
		near(r.stat, seen, EXACT);
		near(r.less, ldexp(less, -(int)nr), EXACT);
		near(r.greater, ldexp(greater, -(int)nr), EXACT);
	}
	gsl_rng_free(rng);
}

static void mwu_large(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double x[600], y[600], limit = .1;
	struct rank_test r;
	struct rank_shift s;
	clock_t begin;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	limit = 1;
#endif
	for (int i = 0; i < 600; i++) {
		x[i] = gsl_rng_uniform_int(rng, 40);
		y[i] = gsl_rng_uniform_int(rng, 44);
	}
	begin = clock();
	assert_int_equal(rank_mwu(x, 50, y, 50, &r), 0);
	limit -= (double)(clock() - begin) / CLOCKS_PER_SEC;
	assert_true(limit > 0);
	assert_true(r.exact);
	near(r.p, r.p_normal_cc, .02);

	assert_int_equal(rank_mwu(x, 100, y, 100, &r), 0);
	assert_true(r.exact);
	near(r.p, r.p_normal_cc, .02);

	/* Too many to count: says so, and is the normal one. */
	assert_int_equal(rank_mwu(x, 600, y, 600, &r), 0);
	assert_false(r.exact);
	near(r.p, r.p_normal_cc, EXACT);
	assert_int_equal(rank_signed(x, 600, &r), 0);
	assert_true(r.p < 1e-10);
	assert_int_equal(rank_hl2(x, 600, y, 600, .95, &s), 0);
	assert_false(s.exact);
	assert_true(s.coverage >= .95 && s.coverage < .951);

	/* Where both can be had they agree. */
	assert_int_equal(rank_hl2(x, 100, y, 100, .95, &s), 0);
	assert_true(s.exact);
	near(s.k, floor(5000.5 - 1.959963984540054 *
			sqrt(1e4 * 201 / 12)), 1e-3);
	gsl_rng_free(rng);
}

static void too_few(void **state)
{
	const double a[] = { 1, 2, 3, 4, 5 }, b[] = { 7, 8, 9, 10 };
	struct rank_shift s;
	struct rank_test r;

	(void)state;
	/* 4 + 3 cannot: 1 - 2/35. 4 + 4 can: 1 - 2/70. */
	assert_int_equal(rank_hl2(a, 4, b, 3, .95, &s), -ENODATA);
	near(s.lo, 3, 0);
	near(s.hi, 8, 0);
	near(s.coverage, 1 - 2 / 35., EXACT);
	assert_int_equal(rank_hl2(a, 4, b, 4, .95, &s), 0);
	near(s.coverage, 1 - 2 / 70., EXACT);
	assert_int_equal(rank_hl1(a, 5, .95, &s), -ENODATA);
	near(s.coverage, 1 - 2 / 32., EXACT);
	assert_int_equal(rank_hl1(a, 1, .95, &s), -ENODATA);
	near(s.coverage, 0, 0);

	assert_int_equal(rank_mwu(a, 0, b, 4, &r), -EINVAL);
	assert_int_equal(rank_mwu(a, 1, b, 1, &r), 0);
	near(r.p, 1, 0);
	assert_int_equal(rank_mwu(a, 1, a, 1, &r), 0);
	near(r.p, 1, 0);
	near(r.p_normal, 1, 0);
	assert_int_equal(rank_hl1(a, 5, 1, &s), -EINVAL);
}

static void smallest_p(void **state)
{
	(void)state;
	near(rank_mwu_min_p(4, 4), .029, .02);
	near(rank_mwu_min_p(5, 5), .0079, .01);
	near(rank_mwu_min_p(6, 6), .0022, .02);
	near(rank_mwu_min_p(7, 7), .00058, .01);
	near(rank_mwu_min_p(7, 7), 2 / 3432., EXACT);
	near(rank_signed_min_p(6), .03125, 0);
	near(rank_signed_min_p(8), .0078125, 0);
	near(rank_signed_min_p(11), .0009765625, 0);
	near(rank_signed_min_p(0), 1, 0);
	near(rank_mwu_min_p(1, 1), 1, 0);
}

/* --- one sample --- */

static void nist_univariate(void **state)
{
	double acc[1001];
	const struct {
		const double	*x;
		size_t		 n;
		double		 sd, tol;
	} sets[] = {
		{ lew, 200, 277.332168044316, EXACT },
		{ lottery, 218, 291.699727470969, EXACT },
		/* Six equal digits: that many are gone from it. */
		{ mavro, 50, .000429123454003053, 1e-10 },
		{ michelson, 100, .0790105478190518, EXACT * 10 },
	};
	/* NumAcc1..4: 3, then 1001 values about a large mean. */
	const struct {
		double base, tol;
	} accs[] = {
		{ 1, 1e-12 }, { 1000000, 1e-9 }, { 10000000, 1e-8 },
	};
	double v;

	(void)state;
	for (size_t i = 0; i < LEN(sets); i++) {
		stat_sd(sets[i].x, sets[i].n, &v);
		near(v, sets[i].sd, sets[i].tol);
	}
	acc[0] = 10000001;
	acc[1] = 10000003;
	acc[2] = 10000002;
	assert_int_equal(stat_sd(acc, 3, &v), 0);
	near(v, 1, EXACT);
	for (size_t i = 0; i < LEN(accs); i++) {
		acc[0] = accs[i].base + .2;
		for (int j = 1; j < 1001; j++)
			acc[j] = accs[i].base + (j % 2 ? .1 : .3);
		assert_int_equal(stat_sd(acc, 1001, &v), 0);
		near(v, .1, accs[i].tol);
	}
	/* The last was NumAcc4: what two passes over these doubles give. */
	near(v, .1000000005588, 1e-12);
}

static void medians(void **state)
{
	const double x[] = { 4, 1, 3, 2 }, bad[] = { 1, NAN };
	double v;

	(void)state;
	stat_median(x, 4, &v);
	near(v, 2.5, 0);
	stat_median(x, 3, &v);
	near(v, 3, 0);
	assert_int_equal(stat_median(bad, 2, &v), -EINVAL);
	assert_int_equal(stat_median(x, 0, &v), -EINVAL);
	assert_int_equal(stat_sd(x, 1, &v), -ENODATA);
	near(x[0], 4, 0);	/* the data stay as they were */
}

static void median_interval(void **state)
{
	/* Coverage as R prints it, to four places. */
	const struct {
		size_t n, lo, hi;
		double coverage;
	} want[] = {
		{ 6, 1, 6, .9688 }, { 8, 1, 8, .9922 }, { 10, 2, 9, .9785 },
		{ 15, 4, 12, .9648 }, { 20, 6, 15, .9586 },
		{ 30, 10, 21, .9572 },
	};
	struct stat_interval ci;
	double x[30];

	(void)state;
	for (int i = 0; i < 30; i++)
		x[i] = i + 1;
	for (size_t i = 0; i < LEN(want); i++) {
		assert_int_equal(stat_median_ci(x, want[i].n, .95, &ci), 0);
		near(ci.lo, want[i].lo, 0);
		near(ci.hi, want[i].hi, 0);
		assert_int_equal(ci.k, want[i].lo);
		assert_true(fabs(ci.coverage - want[i].coverage) <= .5001e-4);
	}
	assert_int_equal(stat_median_ci(x, 5, .95, &ci), -ENODATA);
	near(ci.lo, 1, 0);
	near(ci.hi, 5, 0);
	near(ci.coverage, .9375, EXACT);
	assert_int_equal(stat_median_ci(x, 5, .90, &ci), 0);
	assert_int_equal(stat_median_ci(x, 1, .95, &ci), -ENODATA);
	near(ci.coverage, 0, 0);
	assert_int_equal(stat_median_ci(x, 2, .5, &ci), 0);
	near(ci.coverage, .5, EXACT);
	/* Just reached, 6/16; and the two middle ones, 252/1024. */
	assert_int_equal(stat_median_ci(x, 4, .375, &ci), 0);
	assert_int_equal(ci.k, 2);
	assert_int_equal(stat_median_ci(x, 10, .2, &ci), 0);
	assert_int_equal(ci.k, 5);
	near(ci.coverage, 252 / 1024., EXACT);
}

/* Of P, whatever its counts are now. */
static bool quantile(struct pool *p, double q, double *v)
{
	p->ops = p->under + p->over;
	for (size_t i = 0; i < p->nr_bucket; i++)
		p->ops += p->bucket[i].count;
	return pool_quantile(p, q, v);
}

static void buckets(void **state)
{
	struct bucket b[] = {
		{ 100, 200, 899 }, { 200, 201, 90 }, { 300, 400, 11 },
	};
	struct pool p = { .max = 400, .bucket = b, .nr_bucket = 3 };
	double v;

	(void)state;
	/* 1000: ranks 899 | 989 | 1000; p99 is the 990th, 10 lie above. */
	assert_true(quantile(&p, .5, &v));
	near(v, 200, 0);
	assert_true(quantile(&p, .899, &v));
	near(v, 200, 0);
	assert_true(quantile(&p, .9, &v));
	near(v, 201, 0);
	assert_true(quantile(&p, .989, &v));
	near(v, 201, 0);
	assert_true(quantile(&p, .99, &v));
	near(v, 400, 0);
	assert_false(quantile(&p, .991, &v));
	p.max = 333;
	assert_true(quantile(&p, .99, &v));
	near(v, 333, 0);
	b[2].count = 10;
	assert_false(quantile(&p, .99, &v));
	p.under = 1;
	assert_true(quantile(&p, .99, &v));
	p.under = 0;

	/* A tenth above: over alone decides, and has no upper edge. */
	p.over = 200;
	p.max = 5000;
	assert_true(quantile(&p, .9, &v));
	near(v, 5000, 0);
	p.under = 2000;
	assert_true(quantile(&p, .5, &v));
	near(v, 0, 0);

	/* 0.9 of 100 and 0.999 of 10000 have their ten, not one less. */
	p = (struct pool){ .max = 400, .bucket = b, .nr_bucket = 1 };
	b[0].count = 100;
	assert_true(quantile(&p, .9, &v));
	b[0].count = 99;
	assert_false(quantile(&p, .9, &v));
	b[0].count = 10000;
	assert_true(quantile(&p, .999, &v));
	b[0].count = 1;
	assert_true(quantile(&p, .5, &v));
	/* 100 * 0.55 is more than 55 in binary: still the 55th. */
	p.nr_bucket = 2;
	b[0].count = 55;
	b[1].count = 45;
	assert_true(quantile(&p, .55, &v));
	near(v, 200, 0);
	b[0].count = b[1].count = 0;
	assert_false(quantile(&p, .5, &v));
}

static void adjusted(void **state)
{
	const double p[] = { .01, .02, .03, .04, .05, .5 };
	const double holm[] = { .06, .10, .12, .12, .12, .5 };
	double q[] = { .05, .5, .01, .04, .02, .03 }, out[6];
	const double bad[] = { .5, 1.5 };

	(void)state;
	assert_int_equal(stat_holm(p, 6, out), 0);
	for (int i = 0; i < 6; i++)
		near(out[i], holm[i], EXACT);
	/* Any order, and in place. */
	assert_int_equal(stat_holm(q, 6, q), 0);
	near(q[0], .12, EXACT);
	near(q[1], .5, EXACT);
	near(q[2], .06, EXACT);
	near(q[4], .10, EXACT);
	assert_int_equal(stat_holm(bad, 2, out), -EINVAL);
	assert_int_equal(stat_holm(bad, 0, out), -EINVAL);
}

/* --- lines --- */

/* Stopping distances of cars of the 1920s (Ezekiel): mph, feet. */
static const double speed[] = {
	4, 4, 7, 7, 8, 9, 10, 10, 10, 11, 11, 12, 12, 12, 12, 13, 13, 13, 13,
	14, 14, 14, 14, 15, 15, 15, 16, 16, 17, 17, 17, 18, 18, 18, 18, 19,
	19, 19, 20, 20, 20, 20, 20, 22, 23, 24, 24, 24, 24, 25,
};
static const double dist[] = {
	2, 10, 4, 22, 16, 10, 18, 26, 34, 17, 28, 14, 20, 24, 28, 26, 34, 34,
	46, 26, 36, 60, 80, 20, 26, 54, 32, 40, 32, 40, 50, 42, 56, 76, 84,
	36, 46, 68, 32, 48, 52, 56, 64, 66, 54, 70, 92, 93, 120, 85,
};
/* Own: thread group size, us. */
static const double threads[] = { 1, 2, 4, 8, 16, 32, 64 };
static const double us[] = { 5.0, 5.6, 7.1, 10.2, 16.4, 29.0, 53.9 };

static void ols(void **state)
{
	const double flat[] = { 3, 3, 3 };
	struct fit_line l;

	(void)state;
	/* Certified by NIST, as far as these doubles are its decimals. */
	assert_int_equal(fit_ols(norris_x, norris_y, 36, .95, &l), 0);
	near(l.slope, 1.00211681802045, EXACT);
	near(l.intercept, -0.262323073774029, EXACT);
	near(l.intercept_se, 0.232818234301152, EXACT);
	near(l.slope_se, 0.429796848199937E-03, EXACT);
	near(l.resid_sd, 0.884796396144373, EXACT);
	near(l.r2, 0.999993745883712, EXACT);
	near(l.rss, 26.6173985294224, EXACT);

	assert_int_equal(fit_ols(speed, dist, 50, .95, &l), 0);
	near(l.slope, 3.93240875912409, EXACT);
	near(l.intercept, -17.579094890511, EXACT);
	near(l.slope_se, .415512776657122, EXACT);
	/* t(48) at 0.975 is 2.0106347576 */
	near(l.slope_hi - l.slope, 2.0106347576 * l.slope_se, 1e-9);
	near(l.slope - l.slope_lo, 2.0106347576 * l.slope_se, 1e-9);
	near(l.intercept_hi - l.intercept, 2.0106347576 * l.intercept_se,
	     1e-9);

	assert_int_equal(fit_ols(threads, us, 7, .95, &l), 0);
	near(l.slope, .778758258665943, EXACT);
	near(l.intercept, 4.04252873563218, EXACT);
	/* In rational arithmetic; scipy has ..59678, through 1 - r^2. */
	near(l.slope_se, .00182778957060014, EXACT);

	assert_int_equal(fit_ols(flat, us, 3, .95, &l), -EDOM);
	assert_int_equal(fit_ols(threads, us, 2, .95, &l), -ENODATA);
	assert_int_equal(fit_ols(us, flat, 3, .95, &l), 0);
	near(l.slope, 0, 0);
	assert_true(isnan(l.r2));
}

static void theil_sen(void **state)
{
	const double flat[] = { 3, 3, 3 };
	double x[16], stairs[16];
	struct fit_line l;

	(void)state;
	/* Ties in y count: without them 0.1 .. 0.2. */
	for (int i = 0; i < 16; i++) {
		x[i] = i;
		stairs[i] = i / 6;
	}
	assert_int_equal(fit_theil_sen(x, stairs, 16, .95, &l), 0);
	near(l.slope_lo, 1 / 9., EXACT);
	near(l.slope_hi, 2 / 11., EXACT);

	assert_int_equal(fit_theil_sen(norris_x, norris_y, 36, .95, &l), 0);
	near(l.slope, 1.00219683655536, EXACT);
	near(l.slope_lo, 1.00111532455945, EXACT);
	near(l.slope_hi, 1.0030534351145, EXACT);

	assert_int_equal(fit_theil_sen(speed, dist, 50, .95, &l), 0);
	near(l.slope, 3.66666666666667, EXACT);
	near(l.slope_lo, 2.93333, 1e-5);
	near(l.slope_hi, 4.5, EXACT);
	near(l.intercept, -19, EXACT);

	assert_int_equal(fit_theil_sen(threads, us, 7, .95, &l), 0);
	near(l.slope, .775, EXACT);
	near(l.slope_lo, .75, EXACT);
	near(l.slope_hi, .78125, EXACT);
	near(l.intercept, 4, EXACT);
	assert_true(isnan(l.slope_se));

	assert_int_equal(fit_theil_sen(flat, us, 3, .95, &l), -EDOM);
	assert_int_equal(fit_theil_sen(us, flat, 3, .95, &l), 0);
	near(l.slope_hi, 0, 0);
	assert_int_equal(fit_theil_sen(threads, us, 2, .95, &l), -ENODATA);
}

/* --- the law of scalability --- */

/* X(n) of the law as it is printed, made wrong by OFF in turn. */
static void law_values(double one, double contention, double coherence,
		       double off, double *n, double *x, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		n[i] = 1u << i;
		x[i] = one * n[i] / (1 + contention * (n[i] - 1) +
				     coherence * n[i] * (n[i] - 1)) *
		       (i % 2 ? 1 + off : 1 - off);
	}
}

static void scalability(void **state)
{
	double n[10], x[10];
	struct usl l;

	(void)state;
	/* What was put in comes out, up to 512 of them. */
	law_values(2e5, .03, 1e-4, 0, n, x, 10);
	assert_int_equal(usl_fit(n, x, 10, &l), 0);
	near(l.one, 2e5, 1e-8);
	near(l.contention, .03, 1e-8);
	near(l.coherence, 1e-4, 1e-8);
	near(l.peak, sqrt(.97 / 1e-4), 1e-8);
	law_values(2e5, .03, 1e-4, .01, n, x, 10);
	assert_int_equal(usl_fit(n, x, 10, &l), 0);
	assert_true(fabs(l.contention - .03) < .003);
	assert_true(fabs(l.coherence - 1e-4) < 5e-6);

	/* Amdahl, linear, and more than linear: no term below 0. */
	law_values(1, .1, 0, 0, n, x, 8);
	assert_int_equal(usl_fit(n, x, 8, &l), 0);
	near(l.contention, .1, 1e-8);
	assert_true(l.coherence < 1e-9 && l.peak > 1e4);
	for (int i = 0; i < 8; i++)
		x[i] = pow(n[i], 1.1);
	assert_int_equal(usl_fit(n, x, 8, &l), 0);
	assert_true(l.contention == 0 && l.coherence == 0);
	assert_true(isinf(l.peak));
	/* One is the most. */
	for (int i = 0; i < 8; i++)
		x[i] = 1 / n[i];
	assert_int_equal(usl_fit(n, x, 8, &l), 0);
	assert_true(l.peak < 1.5);

	assert_int_equal(usl_fit(n, x, 3, &l), -ENODATA);
	x[2] = 0;
	assert_int_equal(usl_fit(n, x, 8, &l), -EINVAL);
	for (int i = 0; i < 8; i++)
		n[i] = x[i] = 1 + i % 3;
	assert_int_equal(usl_fit(n, x, 8, &l), -ENODATA);
}

/* --- power --- */

/* Share of experiments with n boots per arm and this shift that reject. */
static double power(size_t n, double shift, int rounds)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double x[30], y[30];
	int found = 0;

	for (int round = 0; round < rounds; round++) {
		struct rank_test r;

		for (size_t i = 0; i < n; i++) {
			x[i] = gsl_ran_gaussian(rng, 1);
			y[i] = gsl_ran_gaussian(rng, 1) + shift;
		}
		assert_int_equal(rank_mwu(x, n, y, n, &r), 0);
		found += r.p <= .05;
	}
	gsl_rng_free(rng);
	return (double)found / rounds;
}

static void effects(void **state)
{
	const struct { size_t n; double k; } want[] = {
		{ 5, 2.31 }, { 8, 1.56 }, { 10, 1.39 }, { 15, 1.09 },
		{ 20, .95 }, { 30, .76 },
	};
	double e, last = HUGE_VAL;
	size_t n;

	(void)state;
	for (size_t i = 0; i < LEN(want); i++) {
		assert_int_equal(boot_mde(want[i].n, 1, &e), 0);
		near(e, want[i].k, EXACT);
	}
	for (n = 5; n < 100; n++) {
		assert_int_equal(boot_mde(n, 1, &e), 0);
		assert_true(e < last);
		last = e;
	}
	assert_int_equal(boot_mde(4, 1, &e), -ENODATA);
	assert_int_equal(boot_mde(10, NAN, &e), -EINVAL);
	assert_int_equal(boot_mde(120, 1, &e), 0);
	near(e, .38, EXACT);

	assert_int_equal(boot_needed(1.4, 1, &n), 0);
	assert_int_equal(n, 10);
	assert_int_equal(boot_needed(1.38, 1, &n), 0);
	assert_int_equal(n, 11);
	assert_int_equal(boot_needed(9, 1, &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(boot_needed(.0001, 1, &n), -E2BIG);

	/* 40 cases under Holm. */
	assert_int_equal(boot_fewest(40, .05, false, &n), 0);
	assert_int_equal(n, 7);
	assert_int_equal(boot_fewest(40, .05, true, &n), 0);
	assert_int_equal(n, 11);
	assert_int_equal(boot_fewest(1, .05, false, &n), 0);
	assert_int_equal(n, 4);
	assert_int_equal(boot_fewest(0, .05, false, &n), -EINVAL);
}

static void effects_simulated(void **state)
{
	const size_t n[] = { 5, 10, 20 };
	const int rounds = effort(1500);
	/* A standard error is 0.0103 in 1500 rounds. */
	const double more = sqrt(1500. / rounds);
	double e, got;

	(void)state;
	for (size_t i = 0; i < LEN(n); i++) {
		boot_mde(n[i], 1, &e);
		got = power(n[i], e, rounds);
		print_message("n %zu effect %g power %g\n", n[i], e, got);
		assert_true(fabs(got - .8) < .03 * more);
	}
	assert_true(power(10, 0, rounds) < .05 + .015 * more);
}

/* --- series --- */

static void mser5(void **state)
{
	struct settle w;
	double y[203];

	(void)state;
	for (int i = 0; i < 203; i++)
		y[i] = 10 + (i < 20 ? 20 - i : 0) + (7919 * i % 11 - 5) / 10.;
	assert_int_equal(settle_mser5(y, 200, &w), 0);
	assert_int_equal(w.drop, 20);
	near(w.mean, 9.996111111111112, EXACT);
	assert_true(w.steady);
	/* Three more are no batch: the same cut. */
	assert_int_equal(settle_mser5(y, 203, &w), 0);
	assert_int_equal(w.drop, 20);

	for (int i = 0; i < 200; i++)
		y[i] = 5;
	assert_int_equal(settle_mser5(y, 200, &w), 0);
	assert_int_equal(w.drop, 0);
	assert_true(w.steady);
	/* Steady only in the last quarter: flagged. */
	for (int i = 0; i < 150; i++)
		y[i] = 155 - i;
	assert_int_equal(settle_mser5(y, 200, &w), 0);
	assert_int_equal(w.drop, 100);
	assert_false(w.steady);
	assert_int_equal(settle_mser5(y, 19, &w), -ENODATA);
	assert_int_equal(settle_mser5(y, 0, &w), -EINVAL);
}

/* Q by its definition: means over distinct pairs. */
static double split_q(const double *x, size_t n, size_t at)
{
	double sum[3] = { 0 }, nr[3] = { 0 };

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			int side = (i >= at) + (j >= at);

			sum[side] += fabs(x[i] - x[j]);
			nr[side]++;
		}
	}
	return (double)at * (n - at) / n *
	       (2 * sum[1] / nr[1] - sum[0] / nr[0] - sum[2] / nr[2]);
}

static void edivisive(void **state)
{
	const struct series_opt opt = { 5, 99, .05, 1 };
	struct series_change c[4], d[4];
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double x[2000];

	(void)state;
	for (int i = 0; i < 2000; i++)
		x[i] = i >= 1000;
	assert_int_equal(series_edivisive(x, 2000, &opt, c, 4), 1);
	assert_int_equal(c[0].at, 1000);
	near(c[0].p, .01, EXACT);
	near(c[0].q, 1000, EXACT);	/* 500 * (2 * 1 - 0 - 0) */

	/* A large and a small change, in either order: told in order. */
	for (int i = 0; i < 120; i++)
		x[i] = gsl_ran_gaussian(rng, 1) +
		       (i < 40 ? 0 : i < 80 ? 10 : 7);
	for (int turn = 0; turn < 2; turn++) {
		size_t large = turn, small = !turn;

		assert_int_equal(series_edivisive(x, 120, &opt, c, 4), 2);
		assert_int_equal(c[large].at, turn ? 80 : 40);
		assert_true(abs((int)c[small].at - (turn ? 40 : 80)) <= 2);
		assert_true(c[large].q > c[small].q);
		near(c[large].q, split_q(x, 120, c[large].at), 1e-9);

		assert_int_equal(series_edivisive(x, 120, &opt, d, 4), 2);
		assert_memory_equal(c, d, 2 * sizeof(*c));
		assert_int_equal(series_edivisive(x, 120, &opt, c, 1), 1);
		assert_int_equal(c[0].at, turn ? 80 : 40);
		for (int i = 0; i < 60; i++) {
			double swap = x[i];

			x[i] = x[119 - i];
			x[119 - i] = swap;
		}
	}

	/* Nothing to find. */
	assert_int_equal(series_edivisive(x, 40, &opt, c, 4), 0);
	assert_int_equal(series_edivisive(x, 9, &opt, c, 4), 0);
	for (int i = 0; i < 100; i++)
		x[i] = 5;
	assert_int_equal(series_edivisive(x, 100, &opt, c, 4), 0);
	x[7] = NAN;
	assert_int_equal(series_edivisive(x, 100, &opt, c, 4), -EINVAL);
	gsl_rng_free(rng);
}

/* What binom.test() of R 4.2 says. */
static void binomial_interval(void **state)
{
	static const struct { double k, n, lo, hi; } known[] = {
		{ 0, 10, 0, 0.3084971 }, { 10, 10, 0.6915029, 1 },
		{ 5, 10, 0.1870860, 0.8129140 },
		{ 1, 50, 0.0005062, 0.1064696 },
		{ 45, 50, 0.7818640, 0.9667249 },
		{ 0, 1000, 0, 0.0036821 },
	};
	struct stat_interval ci;

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		assert_int_equal(stat_binomial_ci(known[i].k, known[i].n, 0.95,
						  &ci), 0);
		assert_true(fabs(ci.lo - known[i].lo) < 1e-6);
		assert_true(fabs(ci.hi - known[i].hi) < 1e-6);
	}
	assert_int_equal(stat_binomial_ci(1, 0, 0.95, &ci), -EINVAL);
	assert_int_equal(stat_binomial_ci(-1, 5, 0.95, &ci), -EINVAL);
	assert_int_equal(stat_binomial_ci(6, 5, 0.95, &ci), -EINVAL);
	assert_int_equal(stat_binomial_ci(NAN, 5, 0.95, &ci), -EINVAL);
	assert_int_equal(stat_binomial_ci(1, 5, 1, &ci), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mwu_reference),
		cmocka_unit_test(mwu_brute),
		cmocka_unit_test(mwu_large),
		cmocka_unit_test(hl_reference),
		cmocka_unit_test(ratio_reference),
		cmocka_unit_test(medians_reference),
		cmocka_unit_test(benchstat_reference),
		cmocka_unit_test(paired_reference),
		cmocka_unit_test(signed_zeros),
		cmocka_unit_test(signed_brute),
		cmocka_unit_test(too_few),
		cmocka_unit_test(smallest_p),
		cmocka_unit_test(nist_univariate),
		cmocka_unit_test(medians),
		cmocka_unit_test(median_interval),
		cmocka_unit_test(binomial_interval),
		cmocka_unit_test(buckets),
		cmocka_unit_test(adjusted),
		cmocka_unit_test(ols),
		cmocka_unit_test(theil_sen),
		cmocka_unit_test(scalability),
		cmocka_unit_test(boot_reference),
		cmocka_unit_test(boot_seed),
		cmocka_unit_test(boot_levels),
		cmocka_unit_test(effects),
		cmocka_unit_test(effects_simulated),
		cmocka_unit_test(mser5),
		cmocka_unit_test(edivisive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
