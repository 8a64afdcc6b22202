// SPDX-License-Identifier: GPL-2.0-or-later
/* What git bisect is told, how often it is wrong; releases in order */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "effort.h"
#include "folders.h"
#include "judge.h"

static gsl_rng *rng;

static void fill(double *x, size_t n, double mean, double sd)
{
	for (size_t i = 0; i < n; i++)
		x[i] = 7000 * exp(mean + gsl_ran_gaussian(rng, sd));
}

/*
 * ROUNDS times as run.sh loops, on a kernel at MEAN between good (0) and bad
 * (EFFECT): how often it says good, bad and skip; how often at once.
 */
static void campaigns(int rounds, double effect, double sd, double mean,
		      unsigned int count[3], unsigned int *at_once)
{
	static double good[20], bad[20], now[20000];

	memset(count, 0, 3 * sizeof(*count));
	*at_once = 0;
	for (int i = 0; i < rounds; i++) {
		enum judged answer = JUDGED_MORE;
		struct limit limit;
		size_t n = 0, more;
		char why[200];

		fill(good, 20, 0, sd);
		fill(bad, 20, effect, sd);
		if (judge_limit(good, 20, bad, 20, &limit, why, sizeof(why)))
			continue;
		more = limit.need;
		for (unsigned int look = 1; answer == JUDGED_MORE; look++) {
			assert_true(n + more <= 20000);
			fill(now + n, more, mean, sd);
			n += more;
			answer = judge_now(&limit, now, n, look, &more);
			assert_true(look < JUDGE_LOOKS || answer != JUDGED_MORE);
			*at_once += look == 1 && answer != JUDGED_MORE;
		}
		count[answer == JUDGED_SKIP ? 2 : answer]++;
	}
}

static void rates(void **state)
{
	static const double effect[] = { 0.03, -0.05, 0.5 };
	const int n = effort(2000);
	const double error = 3 * sqrt(n * 0.01);
	unsigned int count[3], at_once;

	(void)state;
	rng = gsl_rng_alloc(gsl_rng_mt19937);
	for (size_t i = 0; i < 3; i++) {
		campaigns(n, effect[i], 0.01, 0, count, &at_once);
		/* 1 %, and its binomial error */
		assert_in_range(count[1], 0, n * 0.01 + error);
		assert_in_range(count[0], n * 0.98 - error, n);
		assert_in_range(at_once, n * 0.85, n);
		campaigns(n, effect[i], 0.01, effect[i], count, &at_once);
		assert_in_range(count[0], 0, n * 0.01 + error);
		assert_in_range(count[1], n * 0.98 - error, n);
	}
	/* In the middle: skip far more often than anything. */
	campaigns(n, 0.5, 0.01, 0.25, count, &at_once);
	assert_in_range(count[2], n * 0.75, n);
	gsl_rng_free(rng);
}

static void limits(void **state)
{
	double good[6] = { 100, 101, 102, 103, 104, 105 };
	double bad[6] = { 110, 111, 112, 113, 114, 115 };
	double same[6] = { 100, 101, 102, 103, 104, 106 };
	double zero[6] = { 0, 1, 1, 1, 1, 1 };
	struct limit limit;
	char why[200];
	size_t more;

	(void)state;
	assert_int_equal(judge_limit(good, 6, bad, 6, &limit, why, 200), 0);
	assert_true(fabs(exp(limit.at) - sqrt(exp(limit.good + limit.bad))) < 1e-9);
	/*
	 * sd 1.83 %, half of 9.31 %: (4.305 1.83 / 4.65)^2 / 0.955 = 3.0, and
	 * 5 more; but 2 / 2^10 < 0.01 / 4 < 2 / 2^9.
	 */
	assert_int_equal(limit.need, 10);
	assert_int_equal(judge_now(&limit, good, 6, 1, &more), JUDGED_MORE);
	assert_int_equal(more, 4);
	assert_int_equal(judge_now(&limit, zero, 6, 1, &more), JUDGED_SKIP);
	assert_int_equal(judge_now(&limit, NULL, 0, 1, &more), JUDGED_MORE);
	assert_int_equal(more, 10);
	assert_int_equal(judge_limit(good, 4, bad, 6, &limit, why, 200), -1);
	assert_non_null(strstr(why, "5 of each"));
	assert_int_equal(judge_limit(good, 6, same, 6, &limit, why, 200), -1);
	assert_non_null(strstr(why, "too alike"));
	assert_int_equal(judge_limit(zero, 6, bad, 6, &limit, why, 200), -1);
	assert_non_null(strstr(why, "log scale"));
}

static void releases(void **state)
{
	static const char *const order[] = {
		"", "5.10", "6.9", "6.9.0", "6.9.12", "6.10-rc1", "6.10-rc2",
		"6.10-rc10", "6.10", "6.10-1-amd64", "6.10.0-rc3", "6.10.0",
		"6.10.0+", "6.10.0-1-amd64", "6.10.0-12-amd64", "6.10.1",
		"10.0", "next-20260101",
	};
	const size_t n = sizeof(order) / sizeof(*order);

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++) {
			int c = release_order(order[i], order[j]);

			if ((c > 0) - (c < 0) != (i > j) - (i < j))
				fail_msg("'%s' and '%s': %d", order[i],
					 order[j], c);
		}
}

static void points(void **state)
{
	const struct kv opt[] = { { "kind", "fork" }, { "think", "0.010" } };
	const struct kv cond[] = { { "time", "0.4" }, { "cloner-cpus", "1" } };
	const struct point p = {
		.part = "create", .bench = "clone", .workload = "spin",
		.opt = opt, .nr_opt = 2, .cond = cond, .nr_cond = 2,
	};
	static const struct { const char *text; int match; } want[] = {
		{ "clone", 1 }, { "clone/kind=fork", 1 }, { "clone kind=fork", 1 },
		{ "clone/think=1e-2/workload=spin/cloner-cpus=1", 1 },
		{ "clone/part=create", 1 }, { "clone/part=size", 0 },
		{ "clone/kind=thread", 0 }, { "clone-attach", 0 },
		{ "clone/threads=1", 0 }, { "", -1 }, { "=", -1 },
		{ "kind=fork", -1 }, { "clone/fork", -1 }, { "clone/=1", -1 },
	};
	struct wanted w;
	char why[300], *name;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		int ret = wanted_parse(&w, want[i].text, why, sizeof(why));

		if ((ret ? -1 : wanted_match(&w, &p)) != want[i].match)
			fail_msg("'%s'", want[i].text);
		wanted_free(&w);
	}
	name = point_identity(&p);
	assert_string_equal(name, "[create] clone cloner-cpus=1 kind=fork "
			    "think=0.01 workload=spin");
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates),
		cmocka_unit_test(limits),
		cmocka_unit_test(releases),
		cmocka_unit_test(points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
