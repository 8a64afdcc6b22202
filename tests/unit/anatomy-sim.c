// SPDX-License-Identifier: GPL-2.0-or-later
/* CPUs that wait for lines, against what theory says of one line */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

static struct sim_step one = { .line = 0, .write = true };
static struct sim_op lock = { .step = &one, .nr = 1 };

static struct sim_result run(unsigned int cpus, double work, double transfer,
			     bool random)
{
	const struct sim s = {
		.op = &lock, .nr_op = 1, .lines = 1, .cpus = cpus, .nodes = 1,
		.transfer = { transfer, transfer, transfer },
		.ops = 400000 / cpus, .seed = 1, .random = random,
	};
	struct sim_result r;

	one.work = work;
	assert_int_equal(sim_run(&s, &r), 0);
	return r;
}

static void close_to(double is, double want, double off)
{
	if (fabs(is / want - 1) <= off)
		return;
	fail_msg("%g, not %g: %+.1f %%", is, want, 100 * (is / want - 1));
}

/*
 * One lock, times that are always the same: N CPUs do N / (Z + T) of it until
 * that is more than it can be brought, 1 / T. One CPU alone keeps it.
 */
static void test_saturation(void **state)
{
	(void)state;
	close_to(run(1, 1000, 100, false).rate, 1e9 / 1000, 0.001);
	for (unsigned int n = 2; n <= 512; n *= 2) {
		struct sim_result r = run(n, 1000, 100, false);

		close_to(r.rate, 1e9 * fmin(n / 1100., 1 / 100.), 0.02);
		/* Little's law: nobody is anywhere else. */
		close_to(r.p50, n / r.rate * 1e9, 0.02);
		assert_int_equal(r.busiest, 0);
		close_to(r.busy, fmin(1, n * 100 / 1100.), 0.02);
	}
}

/*
 * Times that are exponential: M/M/1//N, the machine repairman (e.g. Gross and
 * Harris, Fundamentals of Queueing Theory, 2.7). The queue is empty with
 * p = 1 / sum of N! / (N - k)! (T / Z)^k, the rate is (1 - p) / T. With many
 * CPUs, for the law does not know that who comes twice in a row has it.
 */
static double repairman(unsigned int n, double work, double transfer)
{
	double term = 1, sum = 1;

	for (unsigned int k = 1; k <= n; k++) {
		term *= (n - k + 1) * transfer / work;
		sum += term;
	}
	return (1 - 1 / sum) / transfer * 1e9;
}

static void test_repairman(void **state)
{
	(void)state;
	for (unsigned int n = 128; n <= 512; n *= 2)
		for (double load = 0.3; load < 2; load += 0.4)
			close_to(run(n, n * 100 / load, 100, true).rate,
				 repairman(n, n * 100 / load, 100), 0.02);
}

/* A lock that is held has to be waited for, too. */
static void test_held(void **state)
{
	struct sim_op held = { .step = &one, .nr = 1, .work = 400 };
	struct sim s = {
		.op = &held, .nr_op = 1, .lines = 1, .nodes = 1,
		.transfer = { 100, 100, 100 }, .ops = 2000, .seed = 1,
	};
	struct sim_result r;

	(void)state;
	one.work = 600;
	one.hold = 400;		/* all of the work behind the step */
	for (s.cpus = 2; s.cpus <= 256; s.cpus *= 2) {
		assert_int_equal(sim_run(&s, &r), 0);
		close_to(r.rate, 1e9 * fmin(s.cpus / 1100., 1 / 500.), 0.02);
	}
	one.hold = 0;
}

/* What is only read is fetched once; what one writes, by each after that. */
static void test_sharing(void **state)
{
	struct sim_step step[2] = { { 0, false, 900, 0 }, { 1, true, 100, 0 } };
	struct sim_op op = { .step = step, .nr = 2 };
	struct sim s = {
		.op = &op, .nr_op = 1, .lines = 2, .cpus = 4, .nodes = 1,
		.transfer = { 50, 50, 50 }, .ops = 10000, .seed = 7,
	};
	struct sim_result r, again;

	(void)state;
	assert_int_equal(sim_run(&s, &r), 0);
	close_to(r.rate, 4e9 / 1050, 0.01);
	assert_int_equal(r.busiest, 1);
	assert_int_equal(sim_run(&s, &again), 0);
	assert_memory_equal(&r, &again, sizeof(r));
	/* Written by a CPU that has read it: still to be taken from others. */
	step[1] = (struct sim_step){ 0, true, 100, 0 };
	assert_int_equal(sim_run(&s, &r), 0);
	assert_true(r.rate < 4e9 / 1090 && r.rate > 4e9 / 1110);
}

/* Nodes are in a ring. */
static void test_distance(void **state)
{
	struct sim s = { .cpus = 16, .nodes = 8 };

	(void)state;
	assert_int_equal(sim_distance(&s, 0, 1), 0);
	assert_int_equal(sim_distance(&s, 1, 2), 1);
	assert_int_equal(sim_distance(&s, 0, 15), 1);
	assert_int_equal(sim_distance(&s, 15, 0), 1);
	assert_int_equal(sim_distance(&s, 0, 8), 2);
	s.nodes = 1;
	assert_int_equal(sim_distance(&s, 0, 15), 0);
	/* Two CPUs on two nodes: each transfer is one between nodes. */
	s = (struct sim){ .op = &lock, .nr_op = 1, .lines = 1, .cpus = 2,
			  .nodes = 2, .transfer = { 10, 300, 300 },
			  .ops = 1000, .seed = 1 };
	one.work = 700;
	struct sim_result r;

	assert_int_equal(sim_run(&s, &r), 0);
	close_to(r.rate, 2e9 / 1000, 0.01);
}

static void test_refused(void **state)
{
	struct sim s = { .op = &lock, .nr_op = 1, .lines = 1, .cpus = 1,
			 .nodes = 1, .ops = 1 };
	struct sim_result r;

	(void)state;
	assert_int_equal(sim_run(&s, &r), 0);
	one.line = 1;
	assert_int_equal(sim_run(&s, &r), -EINVAL);
	one.line = 0;
	s.cpus = 0;
	assert_int_equal(sim_run(&s, &r), -EINVAL);
	s.cpus = 1;
	s.nr_op = 0;
	assert_int_equal(sim_run(&s, &r), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_saturation),
		cmocka_unit_test(test_repairman),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_sharing),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
