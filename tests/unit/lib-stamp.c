// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lib-stamp - what runs between the first stamp and the system call
 *
 * Single-steps an actor of the shipped program and counts the userland
 * instructions from the return of the clock read to the system call that is
 * timed. They are part of every sample, so they are bounded: 40.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST	40
#define SAMPLES	5

#ifdef __x86_64__

static pid_t start(char *const argv[])
{
	pid_t pid = fork();

	if (!pid) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(1);
		execv(argv[0], argv);
		_exit(1);
	}
	return pid;
}

/* The child of PID that is called NAME, once it is there; 0: PID is gone. */
static pid_t actor_of(pid_t pid, const char *name, int *status)
{
	char path[64], comm[32];

	while (!waitpid(pid, status, WNOHANG)) {
		int child;
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid,
			 pid);
		f = fopen(path, "r");
		if (!f)
			return 0;
		while (fscanf(f, "%d", &child) == 1) {
			FILE *c;

			snprintf(path, sizeof(path), "/proc/%d/comm", child);
			c = fopen(path, "r");
			if (!c)
				continue;
			if (fscanf(c, "%31s", comm) == 1 &&
			    !strcmp(comm, name)) {
				fclose(c);
				fclose(f);
				return child;
			}
			fclose(c);
		}
		fclose(f);
	}
	return 0;
}

/*
 * Most instructions between the last return after a time stamp counter was
 * read and system call NR, over SAMPLES of them. -1: it was not seen.
 */
static int most_instructions(pid_t pid, unsigned long nr)
{
	int since_ret = -1, most = -1, seen = 0, status;

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) ||
	    ptrace(PTRACE_INTERRUPT, pid, 0, 0))
		return -1;
	waitpid(pid, &status, __WALL);
	for (long i = 0; i < 2000000 && seen < SAMPLES; i++) {
		struct user_regs_struct r;
		unsigned long code;

		if (ptrace(PTRACE_GETREGS, pid, 0, &r))
			break;
		errno = 0;
		code = ptrace(PTRACE_PEEKTEXT, pid, r.rip, 0);
		if (since_ret >= 0)
			since_ret++;
		if ((code & 0xffff) == 0x310f ||	/* rdtsc */
		    (code & 0xffffff) == 0xf9010f)	/* rdtscp */
			since_ret = 0;
		else if ((code & 0xff) == 0xc3 && since_ret >= 0)
			since_ret = 0;
		if ((code & 0xffff) == 0x050f) {	/* syscall */
			if (since_ret >= 0 && r.rax == nr) {
				seen++;
				if (since_ret > most)
					most = since_ret;
			}
			since_ret = -1;
		}
		if (ptrace(PTRACE_SINGLESTEP, pid, 0, 0))
			break;
		waitpid(pid, &status, __WALL);
		if (!WIFSTOPPED(status))
			break;
	}
	ptrace(PTRACE_DETACH, pid, 0, 0);
	return seen == SAMPLES ? most : -1;
}

static void bounded(const char *bench, const char *kind, const char *role,
		    unsigned long nr)
{
	char program[64];
	char *argv[] = { program, (char *)"--time", (char *)"600",
			 (char *)"--warmup", (char *)"600",
			 kind ? (char *)"--kind" : NULL, (char *)kind, NULL };
	pid_t pid, actor = 0;
	int most, status = 0;

	snprintf(program, sizeof(program), "build/bench/%s", bench);
	/* Somebody of the last one may have the lock still: not to be skipped. */
	for (int i = 0; i < 1000 && !actor; i++) {
		pid = start(argv);
		actor = actor_of(pid, role, &status);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 1)
			break;
	}
	if (!actor)
		skip();		/* cannot run here, for instance no v2 */
	most = most_instructions(actor, nr);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	print_message("%s %s: %d instructions\n", bench, kind ? kind : "",
		      most);
	assert_in_range(most, 1, MOST);
}

static void clone_thread(void **state)
{
	(void)state;
	bounded("clone", "thread", "cloner", SYS_clone);
}

static void clone_fork(void **state)
{
	(void)state;
	bounded("clone", "fork", "cloner", SYS_clone);
}

static void clone_vfork(void **state)
{
	(void)state;
	bounded("clone", "vfork", "cloner", SYS_clone);
}

static void attach_write(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	bounded("attach", NULL, "attacher", SYS_write);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clone_thread),
		cmocka_unit_test(clone_fork),
		cmocka_unit_test(clone_vfork),
		cmocka_unit_test(attach_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void only_x86(void **state)
{
	(void)state;
	skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(only_x86) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
