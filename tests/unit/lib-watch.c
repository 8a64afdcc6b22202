// SPDX-License-Identifier: GPL-2.0-or-later
/* lib-watch - that a child has ended is known, and wait(2) not asked for it */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "deny.h"
#include "sleeper.h"
#include "watch.h"

static bool stirs_soon(void)
{
	for (int i = 0; i < 5000; i++) {
		if (watch_stirs())
			return true;
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	return false;
}

/* 0, or which step went wrong. */
static int watched(bool dead_before)
{
	pid_t pid[3] = { sleeper(), 0, sleeper() };
	int free_fd = dup(STDERR_FILENO);
	struct sigaction act;

	close(free_fd);
	if (dead_before) {
		siginfo_t info;

		kill(pid[2], SIGKILL);
		waitid(P_PID, pid[2], &info, WEXITED | WNOWAIT);
	}
	deny(SYS_waitid, SECCOMP_RET_KILL_PROCESS);
	deny(SYS_wait4, SECCOMP_RET_KILL_PROCESS);
	watch_start(pid, 3);
	if (dead_before)
		return stirs_soon() ? 0 : 1;
	watch_stirs();		/* by signal the first look is always due */
	for (int i = 0; i < 50; i++)
		if (watch_stirs())
			return 2;
	kill(pid[2], SIGKILL);
	if (!stirs_soon())
		return 3;
	watch_end();
	/* Nothing of it is left: no descriptor, no handler. */
	sigaction(SIGCHLD, NULL, &act);
	return act.sa_handler == SIG_DFL && fcntl(free_fd, F_GETFD) < 0 ? 0 : 4;
}

static void check(unsigned int no_pidfd, bool dead_before)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (no_pidfd)
			deny(SYS_pidfd_open, SECCOMP_RET_ERRNO | no_pidfd);
		_exit(watched(dead_before));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == DENY_NOT_HERE)
		skip();		/* no seccomp here */
	assert_int_equal(status, 0);
}

static void by_pidfd(void **state)
{
	(void)state;
	check(0, false);
	check(0, true);
}

static void without_pidfds(void **state)
{
	(void)state;
	check(ENOSYS, false);
	check(ENOSYS, true);
	check(EMFILE, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_pidfd),
		cmocka_unit_test(without_pidfds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
