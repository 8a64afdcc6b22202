// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * build - a parallel build: compilers start and end without pause
 *
 * Models make -j on a build server, the load beside which most forks of a
 * developer's machine happen: one job more than there are CPUs, each a
 * driver that forks and executes a compiler, which maps libraries, faults in
 * some 20 MB, computes for tens of milliseconds and exits. Sources are
 * generated, no two jobs in a row have the same; the compiler's output goes to
 * /dev/null, so no file is written.
 *
 * Where there is no cc, a job is a child that forks a child, which touches
 * as much memory and computes as long. The rate says which: "compiles" are
 * real, "jobs" are not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "cpus.h"
#include "err.h"
#include "load.h"

#define MEMORY		(20u << 20)
#define COMPUTE_NS	30000000	/* CPU time of a synthetic job */
#define FUNCTIONS	12

static uint64_t jobs;
static bool real = true;
static int start(void);
static uint64_t done(void);

static struct load load = {
	.name = "build",
	.summary = "a parallel build: compilers start and end without pause",
	.what = "compiles", .start = start, .done = done,
};

/* A file in memory with a source that is like no other. */
static int source(unsigned int seed)
{
	int fd = memfd_create("source.c", 0);

	if (fd < 0)
		return -errno;
	for (unsigned int i = 0; i < FUNCTIONS; i++) {
		unsigned int k = seed * 31 + i * 7;

		dprintf(fd, "int f%u_%u(int *v, int n)\n{\n\tint s = %u;\n\n"
			"\tfor (int i = 0; i < n; i++) {\n"
			"\t\tswitch (v[i] %% %u) {\n"
			"\t\tcase 0: s += v[i] * %u; break;\n"
			"\t\tcase 1: s ^= v[(i + %u) %% n]; break;\n"
			"\t\tdefault: s = s << 3 | (s >> 29 & 7);\n\t\t}\n"
			"\t\tv[i] = s %s %u;\n\t}\n\treturn s;\n}\n\n",
			seed, i, k, k % 5 + 2, k % 11 + 3, k % 13 + 1,
			k % 2 ? "-" : "+", k % 17);
	}
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : fd;
}

static void compile(int fd)
{
	int null = open("/dev/null", O_WRONLY);

	dup2(fd, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execlp("cc", "cc", "-O2", "-S", "-x", "c", "-", "-o", "-", (char *)NULL);
	_exit(127);
}

static void pretend(void)
{
	struct timespec cpu;
	unsigned int x = getpid();
	int status;
	pid_t pid = fork();

	if (pid) {
		waitpid(pid, &status, 0);
		_exit(WEXITSTATUS(status));
	}
	load_child();
	{
		char *p = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			_exit(1);
		do {
			for (unsigned int i = 0; i < MEMORY; i += 4096) {
				x = x * 1664525 + 1013904223;
				p[i] += x >> 24;
			}
			clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
		} while (!cpu.tv_sec && cpu.tv_nsec < COMPUTE_NS);
	}
	_exit(0);
}

/* 0, or the exit code; -1: no process, or one that was killed. */
static int job(unsigned int seed)
{
	int fd = real ? source(seed) : -1, status;
	pid_t pid;

	if (real && fd < 0)
		return -1;
	pid = fork();
	if (!pid) {
		load_child();
		if (real)
			compile(fd);
		pretend();
	}
	if (fd >= 0)
		close(fd);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void *worker(void *arg)
{
	for (unsigned int seed = (unsigned long)arg * 1000; ; seed++) {
		int ret = job(seed);

		if (ret) {
			if (ret > 0)
				load_less("a job failed: exit code %d", ret);
			else
				load_less("a job could not be run, or was "
					  "killed");
			usleep(10000);
			continue;
		}
		__atomic_add_fetch(&jobs, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static int start(void)
{
	static unsigned int cpu[CPUS_MAX];
	int nr = cpus_allowed(cpu, CPUS_MAX);
	pthread_t thread;

	/* Tried, not looked for: what is called cc may be anything. */
	if (job(0)) {
		real = false;
		load.what = "jobs";
		if (job(0)) {
			err_say("neither a compiler nor a child that computes "
				"can be run");
			return EXIT_FAIL;
		}
	}
	for (long i = 0; i <= nr; i++) {
		int ret = pthread_create(&thread, NULL, worker, (void *)i);

		if (ret) {
			err_say("worker %ld: %s", i, strerror(ret));
			return EXIT_FAIL;
		}
	}
	return EXIT_OK;
}

static uint64_t done(void)
{
	return __atomic_load_n(&jobs, __ATOMIC_RELAXED);
}

int main(int argc, char **argv)
{
	return load_run(&load, argc, argv);
}
