// SPDX-License-Identifier: GPL-2.0-or-later
/* lib-gate - a gate that lets nobody through before it is opened */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "gate.h"

#define ACTORS 5

static struct shared {
	struct gate	gate;
	uint32_t	passed;
	uint64_t	when[ACTORS];
} *s;

static char state_of(pid_t pid)
{
	char path[64], c = '?';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return '?';
	if (fscanf(f, "%*d (%*[^)]) %c", &c) != 1)
		c = '?';
	fclose(f);
	return c;
}

static int fresh(void **state)
{
	(void)state;
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return s == MAP_FAILED;
}

static void nobody_passes_before_it_opens(void **state)
{
	pid_t pid[ACTORS];
	uint64_t opened;

	(void)state;
	for (int i = 0; i < ACTORS; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			gate_arrive(&s->gate);
			gate_wait(&s->gate, GATE_WARM);
			s->when[i] = clock_ns();
			__atomic_add_fetch(&s->passed, 1, __ATOMIC_SEQ_CST);
			_exit(0);
		}
	}
	/* All arrived, then all asleep: no guess how long that takes. */
	for (;;) {
		uint32_t here = __atomic_load_n(&s->gate.arrived,
						__ATOMIC_ACQUIRE);

		if (here == ACTORS)
			break;
		gate_sleep(&s->gate, here, 1000000000);
	}
	for (int i = 0; i < ACTORS; i++) {
		char c;

		do	/* 'D': it waits for a page, say, and goes on */
			c = state_of(pid[i]);
		while (c == 'R' || c == 'D');
		assert_int_equal(c, 'S');
	}
	assert_int_equal(s->passed, 0);

	opened = clock_ns();
	gate_open(&s->gate, GATE_WARM);
	for (int i = 0; i < ACTORS; i++)
		waitpid(pid[i], NULL, 0);
	assert_int_equal(s->passed, ACTORS);
	for (int i = 0; i < ACTORS; i++)
		assert_true(s->when[i] >= opened);
}

static void who_comes_late_finds_it_open(void **state)
{
	(void)state;
	gate_open(&s->gate, GATE_COOL);
	gate_wait(&s->gate, GATE_WARM);
	gate_wait(&s->gate, GATE_COOL);
	/* And it never closes again. */
	gate_open(&s->gate, GATE_WARM);
	assert_int_equal(s->gate.phase, GATE_COOL);
}

static void thinking_takes_its_time(void **state)
{
	uint32_t word = GATE_WARM;
	uint64_t begin = clock_ns();

	(void)state;
	assert_true(gate_think(&word, GATE_MEASURE, begin + 3000000));
	assert_true(clock_ns() >= begin + 3000000);
}

static void thinking_ends_with_the_phase(void **state)
{
	uint64_t far = clock_ns() + 3600ull * 1000000000;
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid) {
		alarm(60);
		_exit(gate_think(&s->gate.phase, GATE_WARM, far) ? 1 : 0);
	}
	while (state_of(pid) == 'R')
		;
	gate_open(&s->gate, GATE_WARM);
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nobody_passes_before_it_opens, fresh),
		cmocka_unit_test_setup(who_comes_late_finds_it_open, fresh),
		cmocka_unit_test_setup(thinking_takes_its_time, fresh),
		cmocka_unit_test_setup(thinking_ends_with_the_phase, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
