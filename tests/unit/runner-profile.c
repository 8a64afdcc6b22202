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
	/* What perf could not write, beside a sample and between two. */
	"cloner 10 [001] 6.000000: PERF_RECORD_LOST lost 4\n"
	"cloner 10 [001] 6.000000: PERF_RECORD_LOST lost 13\n\n"
	"my role 30 [002] 6.000000:     cycles: \n\n";

static void fold(void **state)
{
	char *role[] = { "cloner", "attacher", "my role", NULL };
	struct strv roles = { role, 3 };
	struct profile_count count;
	struct text t = { 0 };

	(void)state;
	profile_fold(script, &roles, &t, &count);
	assert_string_equal(t.s,
		"cpu;cloner;an_outer_one;inner+0x3 2\n"
		"cpu;my role;[user] 1\n"
		"lock;attacher;READ|PERCPU;an_outer_one;inner+0x3 40\n"
		"lock;cloner;SPIN;an_outer_one;inner+0x3 15\n"
		"wait;cloner;an_outer_one;inner+0x3 250\n");
	text_free(&t);
	assert_int_equal(count.read, 17);
	assert_int_equal(count.lost, 17);
	profile_fold("", &roles, &t, &count);
	assert_string_equal(t.s, "");
	assert_int_equal(count.read, 0);
	text_free(&t);
}

/* A profile is larger than what is kept of any other output. */
static void large(void **state)
{
	static const char one[] =
		"cloner 10 [001] 1.000000:          cpu-clock: \n" FRAMES;
	enum { NR = 100000 };
	char *role[] = { "cloner", NULL };
	struct strv roles = { role, 1 };
	struct profile_count count;
	struct text all = { 0 }, t = { 0 };

	(void)state;
	all.s = xrealloc(NULL, NR, sizeof(one));
	for (int i = 0; i < NR; i++)
		memcpy(all.s + i * (sizeof(one) - 1), one, sizeof(one));
	profile_fold(all.s, &roles, &t, &count);
	assert_string_equal(t.s, "cpu;cloner;an_outer_one;inner+0x3 100000\n");
	assert_int_equal(count.read, NR);
	text_free(&t);
	text_free(&all);
}

static void share(void **state)
{
	struct profile_count c = { .read = 75, .lost = 0 };

	(void)state;
	assert_int_equal(profile_stats("Aggregated stats:\n"
		"           TOTAL events:      13534\n"
		"          SAMPLE events:      10861  (80.2%)\n"
		"    LOST_SAMPLES events:          2  ( 0.0%)\n"
		"cpu-clock stats:\n"
		"          SAMPLE events:      861\n"), 10861);
	assert_int_equal(profile_stats("    LOST_SAMPLES events:  2\n"), 0);
	assert_int_equal(profile_stats(""), 0);
	assert_int_equal(profile_stats(NULL), 0);
	assert_true(profile_lost(&c, 75) == 0);
	assert_true(profile_lost(&c, 0) == 0);	/* unknown */
	assert_true(profile_lost(&c, 100) == 25);
	c.lost = 25;
	assert_true(profile_lost(&c, 75) == 25);
	assert_true(profile_lost(&c, 100) == 40);
	assert_true(profile_lost(&(struct profile_count){ 0 }, 0) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fold),
		cmocka_unit_test(large),
		cmocka_unit_test(share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
