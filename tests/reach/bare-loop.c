// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bare-loop - a child and its end, without pause and without a harness
 *
 * Usage: bare-loop CPU SECONDS thread|fork. Prints children per second. The
 * system calls of lib/child.c and nothing else: no clock around each, no
 * histogram, no look at a shared word. What `clone` is slower than this is its
 * harness; what is left is the kernel's.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
		      CLONE_THREAD | CLONE_SYSVSEM)

static int body(void *arg)
{
	++*(unsigned long *)arg;
	return 0;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec * 1e-9;
}

static int one(int thread, unsigned long *seen)
{
	static char stack[2048] __attribute__((aligned(64)));
	int status;
	pid_t pid;

	if (thread)
		return clone(body, stack + sizeof(stack),
			     THREAD_FLAGS | CLONE_VFORK, seen) < 0;
	pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (!pid)
		syscall(SYS_exit_group, 0);
	if (pid < 0 || wait4(pid, &status, 0, NULL) != pid)
		return 1;
	++*seen;
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long seen = 0;
	double begin, end;
	cpu_set_t set;
	int thread;

	if (argc != 4)
		return 2;
	thread = !strcmp(argv[3], "thread");
	CPU_ZERO(&set);
	CPU_SET(atoi(argv[1]), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return 1;
	begin = now();
	do {
		for (int i = 0; i < 16; i++)
			if (one(thread, &seen))
				return 1;
		end = now();
	} while (end - begin < atof(argv[2]));
	printf("%.1f\n", seen / (end - begin));
	return 0;
}
