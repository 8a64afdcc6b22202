// SPDX-License-Identifier: GPL-2.0-or-later
/* turn - has everybody on this machine had a turn? */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "cpus.h"
#include "turn.h"

#define NAP_NS		200000
#define ROUND_NS	50000000	/* between two rounds */
#define APART_NS	250000000	/* between two looks at the same tasks */
#define TASKS_MAX	4096

static void nap(long ns)
{
	nanosleep(&(struct timespec){ .tv_nsec = ns }, NULL);
}

void turn_round(void)
{
	/* Of the heap: threads here have small stacks, with their TLS on it. */
	unsigned int *cpu = malloc(CPUS_MAX * sizeof(*cpu));
	size_t size = CPU_ALLOC_SIZE(CPUS_MAX);
	cpu_set_t *was = CPU_ALLOC(CPUS_MAX);
	int nr;

	if (cpu && was && !sched_getaffinity(0, size, was)) {
		/* One that has just gone offline has no turn, and needs none. */
		nr = cpus_allowed(cpu, CPUS_MAX);
		for (int i = 0; i < nr; i++)
			cpus_pin(cpu[i]);
		sched_setaffinity(0, size, was);
	}
	if (was)
		CPU_FREE(was);
	free(cpu);
	/* Where it is refused there is no cheap way to wait for one. */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

/* ---- who starves ------------------------------------------------------- */

struct task {
	int			pid, tid;
	unsigned long long	ran;	/* ns */
};

/* Ready to run, of normal or higher priority; what it has run so far. */
static bool ready(int pid, int tid, unsigned long long *ran)
{
	char path[96], text[512], *p;
	bool is = false;
	char state;
	int nice;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	f = fopen(path, "re");
	p = f ? fgets(text, sizeof(text), f) : NULL;
	p = p ? strrchr(p, ')') : NULL;
	if (p && sscanf(p + 1, " %c %*d %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			"%*s %*s %*s %*s %*s %d", &state, &nice) == 2)
		is = state == 'R' && nice <= 0;
	if (f)
		fclose(f);
	if (!is)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", pid, tid);
	f = fopen(path, "re");
	is = f && fscanf(f, "%llu", ran) == 1;
	if (f)
		fclose(f);
	return is;
}

static unsigned int look(struct task *t, unsigned int max)
{
	DIR *all = opendir("/proc"), *threads;
	struct dirent *p, *e;
	unsigned int nr = 0;
	char path[300];

	while (all && (p = readdir(all))) {
		if (!isdigit((unsigned char)*p->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/task", p->d_name);
		threads = opendir(path);
		while (threads && nr < max && (e = readdir(threads))) {
			t[nr] = (struct task){ atoi(p->d_name),
					       atoi(e->d_name), 0 };
			nr += t[nr].tid && ready(t[nr].pid, t[nr].tid,
						 &t[nr].ran);
		}
		if (threads)
			closedir(threads);
	}
	if (all)
		closedir(all);
	return nr;
}

bool turn_starves(void)
{
	struct task *t = malloc(TASKS_MAX * sizeof(*t));
	unsigned int nr = t ? look(t, TASKS_MAX) : 0;
	bool starves = false;

	if (nr)
		nap(APART_NS);
	for (unsigned int i = 0; i < nr && !starves; i++) {
		unsigned long long ran;

		starves = t[i].tid != gettid() &&
			  ready(t[i].pid, t[i].tid, &ran) && ran == t[i].ran;
	}
	free(t);
	return starves;
}

/* ---- is it overdue ----------------------------------------------------- */

bool turn_overdue(struct turn *t, double seconds, unsigned int rounds)
{
	uint64_t now = clock_ns();

	if (!t->since) {
		t->since = now;
		t->due = now + ROUND_NS;
	}
	nap(NAP_NS);
	if (now < t->due)
		return false;
	turn_round();
	t->rounds++;
	now = clock_ns();
	t->due = now + ROUND_NS;
	if (t->rounds < rounds || now - t->since < clock_from_s(seconds))
		return false;
	if (!turn_starves())
		return true;
	t->due = clock_ns() + 20ull * ROUND_NS;
	return false;
}

bool turn_quick(double seconds, unsigned int rounds)
{
	uint64_t deadline = clock_ns() + clock_from_s(seconds);
	int status = 1, got = 0;
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (rounds--)
			turn_round();
		_exit(turn_starves());
	}
	if (pid < 0)
		return false;
	while (!(got = waitpid(pid, &status, WNOHANG)) && clock_ns() < deadline)
		nap(NAP_NS);
	if (!got) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, WNOHANG);
	}
	return got == pid && WIFEXITED(status) && !WEXITSTATUS(status);
}
