// SPDX-License-Identifier: GPL-2.0-or-later
/* lib-turn - a round is on every CPU, and what is overdue has had some */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cpus.h"
#include "turn.h"

static unsigned int times[CPUS_MAX], wider;

/* Instead of libc's: notes which CPU the thread goes to. */
int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set)
{
	int only = CPU_COUNT_S(size, set) == 1 ? 0 : -1;

	while (only >= 0 && !CPU_ISSET_S(only, size, set))
		only++;
	if (only >= 0)
		times[only]++;
	else
		wider++;
	return syscall(SYS_sched_setaffinity, pid, size, set);
}

static void forget(void)
{
	for (unsigned int i = 0; i < CPUS_MAX; i++)
		times[i] = 0;
	wider = 0;
}

static void a_round_is_on_each_cpu_once(void **state)
{
	unsigned int cpu[CPUS_MAX], after[CPUS_MAX], sum = 0;
	int nr = cpus_allowed(cpu, CPUS_MAX);

	(void)state;
	assert_true(nr > 0);
	if (nr == 1)
		skip();		/* back to all of one CPU is as narrow */
	forget();
	turn_round();
	for (int i = 0; i < nr; i++)
		assert_int_equal(times[cpu[i]], 1);
	for (unsigned int i = 0; i < CPUS_MAX; i++)
		sum += times[i];
	assert_int_equal(sum, nr);
	assert_int_equal(wider, 1);
	assert_int_equal(cpus_allowed(after, CPUS_MAX), nr);
	assert_memory_equal(after, cpu, nr * sizeof(*cpu));
}

static void nothing_is_overdue_without_a_round(void **state)
{
	struct turn t = { .since = 1, .due = 1 };
	unsigned int cpu[CPUS_MAX];

	(void)state;
	assert_true(cpus_allowed(cpu, CPUS_MAX) > 0);
	forget();
	/* Begun long ago, and the first of two rounds is due. */
	assert_false(turn_overdue(&t, 0, 2));
	assert_int_equal(t.rounds, 1);
	assert_true(times[cpu[0]] > 0);
	/* The next one is not. */
	forget();
	t.due = UINT64_MAX;
	assert_false(turn_overdue(&t, 0, 2));
	assert_int_equal(t.rounds, 1);
	assert_int_equal(times[cpu[0]], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_round_is_on_each_cpu_once),
		cmocka_unit_test(nothing_is_overdue_without_a_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
