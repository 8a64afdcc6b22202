// SPDX-License-Identifier: GPL-2.0-or-later
/* From two arms to a verdict: bounds, Holm, pairs, keys, knee, words */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "knee.h"
#include "mem.h"

#define N 10

static enum effect_verdict judge(struct effect *e, const double *a,
				 const double *b, bool paired, double smallest)
{
	effect_make(e, a, N, b, N, paired);
	effect_family(&e, 1, smallest);
	return e->verdict;
}

/* benchstat's example: values of tests/unit/analysis-stat.c, as a verdict. */
static void reference(void **state)
{
	static const double a[N] = { 1726, 1723, 1707, 1707, 1713, 1729, 1736,
				     1707, 1705, 1774 };
	static const double b[N] = { 1423, 1416, 1411, 1413, 1412, 1426, 1422,
				     1424, 1447, 1425 };
	struct effect e;

	(void)state;
	assert_int_equal(judge(&e, a, b, false, 0.01), EFFECT_FASTER);
	assert_true(fabs(e.ratio - 0.8266081664) < 1e-9);
	assert_true(fabs(e.lo - 0.8195008706) < 1e-9);
	assert_true(fabs(e.hi - 0.8336262449) < 1e-9);
	assert_true(fabs(e.p - 1.082508822446903e-05) < 1e-15);
	assert_int_equal(judge(&e, b, a, false, 0.01), EFFECT_SLOWER);
	/* The same twice: no difference, however wide. */
	assert_int_equal(judge(&e, a, a, false, 0.001), EFFECT_UNCLEAR);
	assert_true(e.ratio == 1 && e.p == 1);
	assert_int_equal(judge(&e, a, a, true, 0.001), EFFECT_SAME);
}

/* A is 100000 +-0.09 %, B the same times F. */
static enum effect_verdict times(double f, double smallest, struct effect *e)
{
	double a[N], b[N];

	for (int i = 0; i < N; i++) {
		a[i] = 1e5 * (1 + 0.0002 * (i - 4.5));
		b[i] = f * a[i];
	}
	return judge(e, a, b, false, smallest);
}

static void bounds(void **state)
{
	struct effect e;

	(void)state;
	/* Beyond any doubt, but smaller than what is of interest. */
	assert_int_equal(times(1.005, 0.01, &e), EFFECT_SAME);
	assert_true(e.p < 1e-4 && e.lo > 1);
	assert_int_equal(times(1.005, 0.001, &e), EFFECT_SLOWER);
	assert_int_equal(times(0.995, 0.001, &e), EFFECT_FASTER);
	/* The estimate is below 1 %, the interval reaches beyond it. */
	assert_int_equal(times(1.0095, 0.01, &e), EFFECT_UNCLEAR);
	assert_true(e.hi > 1.01 && e.ratio < 1.01 && e.lo > 1);
	assert_int_equal(times(1.0105, 0.01, &e), EFFECT_SLOWER);
	assert_int_equal(times(0.9905, 0.01, &e), EFFECT_UNCLEAR);
	assert_int_equal(times(0.9895, 0.01, &e), EFFECT_FASTER);
	/* The interval holds 1 and more than the band. */
	assert_int_equal(times(1.0, 0.0001, &e), EFFECT_UNCLEAR);
	assert_int_equal(times(1.0, 0.01, &e), EFFECT_SAME);
}

/* p = .0159 alone is a verdict, among four it is .0635 and none. */
static void holm(void **state)
{
	static const double a[5] = { 100, 101, 102, 103, 106 };
	static const double b[5] = { 104.5, 110, 111, 112, 113 };
	struct effect e[4], *family[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		effect_make(&e[i], a, 5, i ? a : b, 5, false);
		family[i] = &e[i];
	}
	assert_true(fabs(e[0].p - 4 / 252.0) < 1e-12);
	assert_int_equal(effect_family(family, 1, 0.01), 1);
	assert_int_equal(e[0].verdict, EFFECT_SLOWER);
	assert_int_equal(effect_family(family, 4, 0.01), 0);
	assert_true(fabs(e[0].holm - 16 / 252.0) < 1e-12);
	assert_int_equal(e[0].verdict, EFFECT_UNCLEAR);
}

static void no_ratio(void **state)
{
	static const double a[N] = { 0 }, three[3] = { 1, 2, 3 };
	struct effect e, *one = &e;

	(void)state;
	assert_int_equal(judge(&e, a, a, false, 0.01), EFFECT_NONE);
	assert_true(isnan(e.ratio) && isnan(e.holm) && e.a == 0);
	effect_make(&e, three, 0, three, 3, false);
	assert_int_equal(e.verdict, EFFECT_NONE);
	effect_make(&e, three, 3, three, 3, false);
	effect_family(&one, 1, 10);
	/* No interval of 95 %: not even `same`. */
	assert_false(e.interval);
	assert_int_equal(e.verdict, EFFECT_UNCLEAR);
}

/* The design decides whether pairs are tested as pairs. */
static void pairs(void **state)
{
	(void)state;
	assert_false(effect_pairs(10, 40));	/* 2/2^10 * 40 = .078 */
	assert_true(effect_pairs(11, 40));
	assert_true(effect_pairs(8, 6));
	assert_false(effect_pairs(7, 6));
	assert_true(effect_pairs(3, 6));	/* neither can */
	assert_true(effect_can_reject(7, 7, false, 40));
	assert_false(effect_can_reject(6, 6, false, 40));
}

/* A point is found again however its numbers are written. */
static void keys(void **state)
{
	const struct kv o1[] = { { "threads", "10" }, { "think", "0.010" } };
	const struct kv o2[] = { { "think", "0.01" }, { "threads", "10" } };
	const struct kv c1[] = { { "time", "0.4" }, { "cloner-cpus", "1" } };
	const struct kv c2[] = { { "cloner-cpus", "1" }, { "time", "0.3" } };
	const struct kv c3[] = { { "cloner-cpus", "0" }, { "time", "0.3" } };
	struct point p = { .part = "x", .bench = "attach", .workload = "idle",
			   .opt = o1, .nr_opt = 2, .cond = c1, .nr_cond = 2 };
	struct point q = p;
	char *a = point_key(&p, p.part), *b;

	(void)state;
	q.opt = o2;
	q.cond = c2;
	b = point_key(&q, q.part);
	assert_string_equal(a, b);
	free(b);
	q.cond = c3;
	b = point_key(&q, q.part);
	assert_string_not_equal(a, b);
	free(b);
	q = p;
	q.workload = "spin";
	b = point_key(&q, q.part);
	assert_string_not_equal(a, b);
	free(b);
	b = point_key(&p, NULL);
	assert_string_not_equal(a, b);
	free(b);
	free(a);
}

static const char *change(char *buf, size_t len, double ratio, double low,
			  double high, bool range)
{
	return out_change(buf, len, &(struct change){
		.ratio = ratio, .low = low, .high = high, .range = range });
}

static void words(void **state)
{
	char buf[60];

	(void)state;
	assert_string_equal(out_ratio(buf, sizeof(buf), 1.0314), "+3.1 %");
	assert_string_equal(out_ratio(buf, sizeof(buf), 0.44), "-56.0 %");
	assert_string_equal(out_ratio(buf, sizeof(buf), 0.9999), "+0.0 %");
	assert_string_equal(out_ratio(buf, sizeof(buf), 1.5), "+50.0 %");
	assert_string_equal(out_ratio(buf, sizeof(buf), 3.5), "3.50 x");
	assert_string_equal(out_ratio(buf, sizeof(buf), 0.0103), "-98.97 %");
	assert_string_equal(out_ratio(buf, sizeof(buf), NAN), "-");
	assert_string_equal(change(buf, sizeof(buf), 0.44, 0.426, 0.454, false),
			    "-56.0 % [-57.4, -54.6]");
	/* Of all values, where they are too few for an interval. */
	assert_string_equal(change(buf, sizeof(buf), 0.44, 0.426, 0.454, true),
			    "-56.0 % (-57.4 to -54.6)");
	assert_string_equal(change(buf, sizeof(buf), 5, 0.5, 12, false),
			    "5.00 x [0.50, 12.0]");
	assert_string_equal(change(buf, sizeof(buf), 1.03, 0.714, 41, false),
			    "1.03 x [0.71, 41.0]");
	assert_string_equal(change(buf, sizeof(buf), 1.2, NAN, 1, false),
			    "+20.0 %");
}

/* Points of think, four repetitions each, of median MS. */
static void knees(struct knees *all, const double *think, const double *ms,
		  size_t nr, struct point *p, struct rep *rep)
{
	struct points points = { .point = p, .nr_point = nr };

	for (size_t i = 0; i < nr; i++) {
		struct kv *opt = mem_get(1, sizeof(*opt));

		*opt = (struct kv){ "think", mem_text("%g", think[i]) };
		p[i] = (struct point){ .part = "t", .bench = "attach",
				       .workload = "idle", .opt = opt,
				       .nr_opt = 1 };
		for (int k = 0; k < 4; k++) {
			struct rep *r = &rep[4 * i + k];

			r->value = mem_get(1, sizeof(*r->value));
			r->nr_value = 1;
			r->value[0].unit = "attacher-p50-ns";
			r->value[0].v = 1e6 * ms[i] * (1 + 0.01 * k);
			*(const struct rep **)mem_more(&p[i].rep, &p[i].nr_rep,
						       sizeof(r)) = r;
		}
	}
	knee_make(all, &points);
	for (size_t i = 0; i < nr; i++) {
		for (int k = 0; k < 4; k++)
			free(rep[4 * i + k].value);
		free((void *)p[i].opt->value);
		free((void *)p[i].opt);
		free(p[i].rep);
	}
}

static void knee(void **state)
{
	static const double think[] = { 0.1, 0, 0.01, 0.001, 0.05 };
	static const double jump[] = { 9, 0.01, 8.2, 0.02, 9 };
	static const double flat[] = { 9.4, 9.1, 9.3, 9.2, 9.3 };
	struct point p[5];
	struct rep rep[20];
	struct knees all;

	(void)state;
	memset(rep, 0, sizeof(rep));
	knees(&all, think, jump, 5, p, rep);
	assert_int_equal(all.nr_knee, 1);
	/* 0, 0.001 | 0.01, 0.05, 0.1: a factor of 410 */
	assert_int_equal(all.knee[0].at, 1);
	assert_true(fabs(all.knee[0].ratio - 410) < 1e-6);
	assert_true(all.knee[0].lo > 395 && all.knee[0].hi < 425);
	assert_true(all.knee[0].support == 1 && all.knee[0].jump);
	knee_free(&all);
	memset(rep, 0, sizeof(rep));
	knees(&all, think, flat, 5, p, rep);
	assert_int_equal(all.nr_knee, 1);
	assert_false(all.knee[0].jump);
	assert_true(all.knee[0].support < 0.9);
	knee_free(&all);
	memset(rep, 0, sizeof(rep));
	knees(&all, think, flat, 3, p, rep);
	assert_int_equal(all.nr_knee, 0);
	knee_free(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reference), cmocka_unit_test(bounds),
		cmocka_unit_test(holm), cmocka_unit_test(no_ratio),
		cmocka_unit_test(pairs), cmocka_unit_test(keys),
		cmocka_unit_test(words), cmocka_unit_test(knee),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
