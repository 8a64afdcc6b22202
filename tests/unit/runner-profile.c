// SPDX-License-Identifier: GPL-2.0-or-later
/* From what perf script prints to folded stacks with known weights */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../runner/profile.h"

#define FRAMES "\tffffffff82201d7e inner+0x3\n\tffffffff8220171b an outer;one\n\n"
#define SWITCH(comm, pid, state, next, next_pid) \
	" sched:sched_switch: prev_comm=" comm " prev_pid=" pid \
	" prev_prio=120 prev_state=" state " ==> next_comm=" next \
	" next_pid=" next_pid " next_prio=120\n" FRAMES

static const char script[] =
	/* Two samples of one stack, one of somebody else. */
	"cloner 10 [001] 1.000000:          cpu-clock: \n" FRAMES
	"cloner 11 [000] 1.000100:          cpu-clock: \n" FRAMES
	"bash 12 [000] 1.000100:          cpu-clock: \n" FRAMES
	/* 10 sleeps for 250 us, and once more, for ever. */
	"cloner 10 [001] 2.000000:" SWITCH("cloner", "10", "D", "swapper/1", "0")
	"swapper 0 [001] 2.000250:" SWITCH("swapper/1", "0", "R", "cloner", "10")
	"cloner 10 [001] 2.100000:" SWITCH("cloner", "10", "S", "swapper/1", "0")
	/* 11 is preempted, then dies: neither is a wait. */
	"cloner 11 [000] 2.000000:" SWITCH("cloner", "11", "R", "x", "99")
	"x 99 [000] 2.500000:" SWITCH("x", "99", "S", "cloner", "11")
	"cloner 11 [000] 2.500001:" SWITCH("cloner", "11", "X", "x", "99")
	/* A wait of somebody else. */
	"bash 12 [000] 3.000000:" SWITCH("bash", "12", "S", "x", "99")
	"x 99 [000] 3.100000:" SWITCH("x", "99", "S", "bash", "12")
	/* Two locks of two threads at once: 40 us and 15 us. */
	"attacher 20 [000] 4.000000: lock:contention_begin: 0xff (flags=READ|PERCPU)\n"
	FRAMES
	"cloner 10 [001] 4.000010: lock:contention_begin: 0xfe (flags=SPIN)\n" FRAMES
	"cloner 10 [001] 4.000025: lock:contention_end: 0xfe (ret=0)\n" FRAMES
	"attacher 20 [000] 4.000040: lock:contention_end: 0xff (ret=0)\n" FRAMES
	/* An end without a beginning; lines that are nothing. */
	"attacher 20 [000] 5.000000: lock:contention_end: 0xff (ret=0)\n" FRAMES
	"nonsense\n\tffff x\n\n[001] 7: y\n\n"
	"my role 30 [002] 6.000000:     cycles: \n\n";

static void fold(void **state)
{
	char *role[] = { "cloner", "attacher", "my role", NULL };
	struct strv roles = { role, 3 };
	struct text t = { 0 };

	(void)state;
	profile_fold(script, &roles, &t);
	assert_string_equal(t.s,
		"cpu;cloner;an_outer_one;inner+0x3 2\n"
		"cpu;my role;[user] 1\n"
		"lock;attacher;READ|PERCPU;an_outer_one;inner+0x3 40\n"
		"lock;cloner;SPIN;an_outer_one;inner+0x3 15\n"
		"wait;cloner;an_outer_one;inner+0x3 250\n");
	text_free(&t);
	profile_fold("", &roles, &t);
	assert_string_equal(t.s, "");
	text_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
