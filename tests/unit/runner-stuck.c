// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * runner-stuck - who is named when a process does not come to its end
 *
 * A machine is a directory with the files that the kernel would show; some of
 * them change between the two looks.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "mem.h"
#include "../../runner/stuck.h"
#include "../../runner/sys.h"
#include "root.h"

static void task(int pid, int tid, const char *name, char state, int parent,
		 int nice, int cpu, int ran)
{
	char *at = xprintf("/proc/%d/task/%d/stat", pid, tid);
	char *text = xprintf("%d (%s) %c %d 5 6 7 8 9 10 11 12 13 14 15 16 17 "
			     "18 %d 20 21 22 23 24 25 26 27 28 29 30 31 32 33 "
			     "34 35 36 37 38 %d 40\n", tid, name, state, parent,
			     nice, cpu);

	put(at, text);
	free(at);
	free(text);
	at = xprintf("/proc/%d/task/%d/schedstat", pid, tid);
	text = xprintf("%d 77 5\n", ran);
	put(at, text);
	free(at);
	free(text);
}

static int begin(void **state)
{
	(void)state;
	strcpy(root, "/tmp/forkpath-root-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	sys_root = root;
	return 0;
}

static int end(void **state)
{
	char *command = xprintf("rm -rf %s", root);
	int ret = system(command);

	(void)state;
	free(command);
	return ret;
}

/* A machine: 100 is ours and holds up, 200 to 600 are of the kernel. */
static void machine(void)
{
	task(100, 100, "clone-attach", 'S', getpid(), 0, 0, 1);
	task(101, 101, "attacher", 'D', 100, 0, 0, 1);
	put("/proc/101/task/101/wchan", "cgroup_kn_lock_live");
	task(102, 102, "cloner", 'R', 100, 0, 1, 1000);
	task(102, 103, "cloner", 'D', 100, 0, 1, 5);
	put("/proc/102/task/103/wchan", "0");
	task(200, 200, "kworker/1:2+cgroup) R (x", 'R', 2, 0, 1, 7);
	task(300, 300, "khugepaged", 'R', 2, 19, 1, 7);
	task(400, 400, "ksoftirqd/1", 'R', 2, 0, 1, 7);
	task(500, 500, "someone", 'D', 2, 0, 1, 7);
	task(600, 600, "sleeper", 'S', 2, 0, 1, 7);
}

static void (*change)(void);

/* Instead of libc's: between the two looks. */
int nanosleep(const struct timespec *asked, struct timespec *left)
{
	(void)asked;
	(void)left;
	if (change)
		change();
	change = NULL;
	return 0;
}

/* Between the two looks this happens. */
static char *meanwhile(void (*what)(void))
{
	char *why;

	change = what;
	why = stuck_why();
	assert_null(change);
	return why;
}

static void they_run(void)
{
	task(102, 102, "cloner", 'R', 100, 0, 1, 2000);
	task(400, 400, "ksoftirqd/1", 'R', 2, 0, 1, 8);
	task(102, 103, "cloner", 'R', 100, 0, 1, 6);
}

/* Who waits, where, and who got no CPU; not the nice, not who ran. */
static void test_named(void **state)
{
	char *why;

	(void)state;
	machine();
	why = meanwhile(they_run);
	assert_non_null(why);
	assert_string_equal(why, "attacher waits in cgroup_kn_lock_live; "
			    "kworker/1:2+cgroup) R (x got nothing of CPU 1");
	free(why);
}

static void it_runs(void)
{
	they_run();
	task(101, 101, "attacher", 'S', 100, 0, 0, 2);
}

/* Where nothing of ours waits nobody is to blame, whoever starves. */
static void test_nobody(void **state)
{
	(void)state;
	machine();
	assert_null(meanwhile(it_runs));
}

static void nothing(void)
{
}

/* What wchan does not tell is said; those of others are not ours. */
static void test_unknown(void **state)
{
	char *why;

	(void)state;
	machine();
	task(101, 101, "attacher", 'D', 2, 0, 0, 1);
	task(400, 400, "ksoftirqd/1", 'S', 2, 0, 1, 7);
	task(200, 200, "kworker", 'S', 2, 0, 1, 7);
	task(102, 102, "cloner", 'S', 100, 0, 1, 7);
	why = meanwhile(nothing);
	assert_non_null(why);
	assert_string_equal(why, "cloner waits in the kernel");
	free(why);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_named),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
