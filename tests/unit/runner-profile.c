// SPDX-License-Identifier: GPL-2.0-or-later
/* From what perf script prints to folded stacks with known weights */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../runner/proc.h"
#include "../../runner/profile.h"
#include "../../runner/sys.h"

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
	/*
	 * 10 sleeps for 250 us, and once more, for ever. Outside of the pid
	 * namespace in which perf runs its number is 4710.
	 */
	"cloner 10 [001] 2.000000:" SWITCH("cloner", "4710", "D", "swapper/1", "0")
	"swapper 0 [001] 2.000250:" SWITCH("swapper/1", "0", "R", "cloner", "4710")
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

/* Who sleeps is the event's own, where the trace does not say who. */
static void no_number(void **state)
{
	static const char of[] =
		"cloner 10 [001] 2.000000: sched:sched_switch: "
		"prev_comm=cloner prev_prio=120 prev_state=S ==> "
		"next_comm=x next_pid=0 next_prio=120\n" FRAMES
		"swapper 0 [001] 2.000250:"
		SWITCH("swapper/1", "0", "R", "cloner", "10");
	char *role[] = { "cloner", NULL };
	struct strv roles = { role, 1 };
	struct profile_count count;
	struct text t = { 0 };

	(void)state;
	profile_fold(of, &roles, &t, &count);
	assert_string_equal(t.s, "wait;cloner;an_outer_one;inner+0x3 250\n");
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

static char dir[] = "/tmp/forkpath-profile-XXXXXX";

static int setup(void **state)
{
	char *path;

	(void)state;
	if (!mkdtemp(dir) || proc_init())
		return -1;
	path = xprintf("%s/bin:%s", dir, getenv("PATH"));
	setenv("PATH", path, 1);
	free(path);
	return 0;
}

static int teardown(void **state)
{
	char *line = xprintf("rm -rf %s", dir);
	int ret = system(line);

	(void)state;
	free(line);
	return ret;
}

static void shell(const char *command)
{
	char *line = xprintf("cd %s && %s", dir, command);

	assert_int_equal(system(line), 0);
	free(line);
}

/* A perf that does as TEXT, the lines of a shell, says. */
static void perf_is(const char *text)
{
	char *line = xprintf("mkdir -p bin; cat >bin/perf <<'END'; chmod +x "
			     "bin/perf\n#!/bin/sh\n%s\nEND\n", text);

	shell(line);
	free(line);
}

static char *file(const char *name)
{
	char *path = xprintf("%s/perf/%s", dir, name);
	static char buf[4096];
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(buf, 1, sizeof(buf) - 1, f) : 0;

	if (f)
		fclose(f);
	free(path);
	buf[n] = '\0';
	return f ? buf : NULL;
}

static void test_keep(void **state)
{
	char *role[] = { "cloner", NULL };
	struct strv roles = { role, 1 };
	struct folder f = { .fd = open(dir, O_RDONLY | O_DIRECTORY),
			    .path = dir };
	char why[300] = "";

	(void)state;
	perf_is("case $1 in\n"
		"script) printf 'cloner 1 [0] 1.0: cycles: \\n\\tff f\\n\\n'\n"
		"\tprintf 'cloner 1 [0] 1.0: PERF_RECORD_LOST lost 2\\n' ;;\n"
		"report) echo ' SAMPLE events: 2' ;;\n"
		"lock) echo table >&2 ;;\nesac");
	assert_int_equal(profile_keep(&f, 7, &roles, why, sizeof(why)), 0);
	/* One read of two, two lost: one of four is in the stacks. */
	assert_non_null(strstr(file("0007.folded"), "# lost 75%\n"
			       "# samples 1 of 2, 2 records lost\n# clock c"));
	assert_non_null(strstr(file("0007.folded"), "\ncpu;cloner;f 1\n"));
	assert_string_equal(file("0007.lock"), "table\n");
	/* Its own figure, where that is larger; no table of locks; no stats. */
	perf_is("case $1 in\n"
		"script) echo 'Processed 9 samples and lost 84.50%!' >&2 ;;\n"
		"*) exit 1 ;;\nesac");
	assert_int_equal(profile_keep(&f, 8, &roles, why, sizeof(why)), 0);
	assert_non_null(strstr(file("0008.folded"), "# lost 84.5%\n# samples 0 "
			       "of unknown, 0 records lost\n# clock c"));
	assert_null(file("0008.lock"));
	perf_is("exit 1");
	assert_int_not_equal(profile_keep(&f, 9, &roles, why, sizeof(why)), 0);
	assert_non_null(strstr(why, "perf script: "));
	assert_null(file("0009.folded"));
	shell("touch perf.data perf.data.old other");
	profile_drop(&f);
	shell("[ ! -e perf.data ] && [ ! -e perf.data.old ] && [ -e other ]");
	close(f.fd);
}

/* Each role by its name, in each event that this machine has. */
static void test_argv(void **state)
{
	char *role[] = { "cloner", "attacher", NULL };
	struct strv roles = { role, 2 }, argv = { 0 };
	char *all;

	(void)state;
	sys_root = dir;
	shell("d=sys/kernel/tracing/events/sched/sched_switch; mkdir -p $d && "
	      "echo 9 >$d/id");
	profile_argv(&argv, &roles);
	sys_root = "";
	assert_string_equal(argv.v[0], "perf");
	assert_string_equal(argv.v[1], "record");
	assert_string_equal(argv.v[argv.nr - 1], "--");
	assert_null(argv.v[argv.nr]);
	assert_string_equal(argv.v[argv.nr - 4], "sched:sched_switch");
	assert_string_equal(argv.v[argv.nr - 3], "--filter");
	all = argv.v[argv.nr - 2];
	assert_string_equal(all, "prev_comm==\"cloner\"||next_comm==\"cloner\""
			    "||prev_comm==\"attacher\"||"
			    "next_comm==\"attacher\"");
	strv_free(&argv);
}

static void test_missing(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	perf_is("echo WARNING: perf not found for kernel 6.0 >&2; exit 2");
	assert_string_equal(profile_missing(), "perf does not run here: "
			    "WARNING: perf not found for kernel 6.0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fold),
		cmocka_unit_test(no_number),
		cmocka_unit_test(large),
		cmocka_unit_test(share),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_argv),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
