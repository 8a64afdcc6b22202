// SPDX-License-Identifier: GPL-2.0-or-later
/* lib-kill - who was looked at gets the signal, or nobody does */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "deny.h"
#include "kill.h"
#include "sleeper.h"

#define NOT_HERE DENY_NOT_HERE

static bool lives(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return !waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       !info.si_pid;
}

/* By which signal PID ends. */
static int ended(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

static int end(pid_t pid)
{
	kill(pid, SIGKILL);
	return ended(pid);
}

static bool it_is(pid_t pid, const void *arg)
{
	return pid == *(const pid_t *)arg;
}

static bool it_is_not(pid_t pid, const void *arg)
{
	return pid != *(const pid_t *)arg;
}

/* 0, or which step went wrong. */
static int looked_at(void)
{
	pid_t pid = sleeper(), gone = sleeper();

	if (kill_sure(pid, SIGTERM, it_is_not, &pid) != -ESRCH || !lives(pid))
		return 1;
	if (kill_sure(pid, SIGTERM, it_is, &pid) || ended(pid) != SIGTERM)
		return 2;
	end(gone);
	return kill_sure(gone, SIGTERM, it_is, &gone) == -ESRCH ? 0 : 3;
}

static pid_t second;		/* another process of the same number */

/* Yes, it is; right after that it ends and its number is given away. */
static bool it_was(pid_t pid, const void *arg)
{
	pid_t number = pid;
	struct clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&number,
		.set_tid_size = 1,
	};

	(void)arg;
	end(pid);
	second = syscall(SYS_clone3, &args, sizeof(args));
	if (second < 0)
		_exit(NOT_HERE);
	if (second)
		return true;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static int given_away(void)
{
	pid_t pid = sleeper();
	int fd = syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return NOT_HERE;
	close(fd);
	if (kill_sure(pid, SIGTERM, it_was, NULL) != -ESRCH)
		return 1;
	if (second != pid || !lives(second))
		return 2;
	return end(second) == SIGKILL ? 0 : 3;
}

/* STEPS in a pid namespace, in which nobody else takes numbers. */
static void check(int (*steps)(void), unsigned int no_pidfd)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (unshare(CLONE_NEWPID | (geteuid() ? CLONE_NEWUSER : 0)))
			_exit(NOT_HERE);
		pid = fork();
		if (!pid && no_pidfd)
			deny(SYS_pidfd_open, SECCOMP_RET_ERRNO | no_pidfd);
		if (!pid)
			_exit(steps());
		_exit(waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
		      WEXITSTATUS(status) : 100);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_HERE)
		skip();
	assert_int_equal(status, 0);
}

static void who_was_looked_at(void **state)
{
	(void)state;
	check(looked_at, 0);
}

static void without_pidfds(void **state)
{
	(void)state;
	check(looked_at, ENOSYS);
	check(looked_at, EPERM);
}

/* Not whoever has his number by now. */
static void nobody_else(void **state)
{
	(void)state;
	check(given_away, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_looked_at),
		cmocka_unit_test(without_pidfds),
		cmocka_unit_test(nobody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
