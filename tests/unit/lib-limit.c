// SPDX-License-Identifier: GPL-2.0-or-later
/* Limits of this process, set in a child: each is named before it is reached */
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
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "limit.h"

enum { OK, NO_REASON, WRONG_REASON, CANNOT };

/* What CHECK says in a process of its own. */
static void in_child(int (*check)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(check());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT)
		skip();
	assert_int_equal(status, 0);
}

static int refused(const char *why, const char *want)
{
	if (!why)
		return NO_REASON;
	if (strstr(why, want))
		return OK;
	printf("'%s' does not say '%s'\n", why, want);
	fflush(stdout);
	return WRONG_REASON;
}

static bool set(int what, unsigned long cur, unsigned long max)
{
	const struct rlimit limit = { .rlim_cur = cur, .rlim_max = max };

	return !setrlimit(what, &limit);
}

static int files(void)
{
	struct rlimit was;
	int ret;

	closefrom(3);
	if (getrlimit(RLIMIT_NOFILE, &was) || was.rlim_max < 40 ||
	    !set(RLIMIT_NOFILE, 20, 40))
		return CANNOT;
	/* Three are open: 37 more, for the soft limit can be raised. */
	if (limit_files(37))
		return WRONG_REASON;
	ret = refused(limit_files(38), "38 more open files: RLIMIT_NOFILE is 40");
	if (ret)
		return ret;
	/* And it is as it says. */
	set(RLIMIT_NOFILE, 40, 40);
	for (int i = 0; i < 37; i++)
		if (open("/dev/null", O_RDONLY) < 0)
			return NO_REASON;
	return open("/dev/null", O_RDONLY) < 0 ? OK : NO_REASON;
}

static int tasks_of_nobody(void)
{
	/* A user that has nothing else running, whoever tests beside. */
	const uid_t user = 4000000000u - getpid();

	if (setresuid(user, user, user) || !set(RLIMIT_NPROC, 10, 10))
		return CANNOT;
	if (limit_tasks(9))
		return WRONG_REASON;
	return refused(limit_tasks(10), "10 tasks: RLIMIT_NPROC is 10, this "
		       "user has 1");
}

static int tasks_of_root(void)
{
	return !set(RLIMIT_NPROC, 1, 1) ? CANNOT :
	       limit_tasks(1000) ? WRONG_REASON : OK;
}

static int no_limits(void)
{
	return limit_tasks(1) || limit_files(1) ? WRONG_REASON : OK;
}

static void test_files(void **state)
{
	(void)state;
	in_child(files);
}

static void test_tasks(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	in_child(tasks_of_nobody);
	in_child(tasks_of_root);
}

static void test_none(void **state)
{
	(void)state;
	in_child(no_limits);
}

static void test_commit(void **state)
{
	FILE *f = fopen("/proc/sys/vm/overcommit_memory", "re");
	int mode = 0;

	(void)state;
	if (f && fscanf(f, "%d", &mode) != 1)
		mode = 0;
	if (f)
		fclose(f);
	/* Everything may be promised but in mode 2, and then not 1 PiB. */
	if (mode == 2)
		assert_non_null(strstr(limit_commit(1ul << 40),
				       "vm.overcommit_memory is 2"));
	else
		assert_null(limit_commit(1ul << 40));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_tasks),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
