// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * containers - a container host: groups probed and renewed
 *
 * Models a node of a cluster as the lock sees it: 20 containers, each a
 * cgroup (v2) with an init that sleeps; every 50 ms an exec probe goes into
 * the next one as runc does it, a process forks, the child writes itself to
 * cgroup.procs, executes a program and exits; after every 20 probes one
 * container is killed, its group removed, and made anew. The load takes the
 * write side 20 times a second: unlike any other load here it is itself a
 * mover.
 *
 * Only groups below `forkpath/` that it made itself; journalled.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cg.h"
#include "clock.h"
#include "err.h"
#include "load.h"
#include "undo.h"

#define CONTAINERS	20
#define PERIOD_NS	50000000
#define RENEW		20	/* probes until a container is renewed */

static struct cg_hier hier;
static struct cg base = CG_NONE;
static struct container {
	struct cg	cg;
	pid_t		init;
} container[CONTAINERS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t probes;

static int boot(struct container *c, unsigned int nr)
{
	char name[32];
	int ret;

	snprintf(name, sizeof(name), "container%u", nr);
	ret = cg_make(&hier, &base, name, &c->cg);
	if (ret)
		return ret;
	c->init = fork();
	if (c->init < 0)
		return -errno;
	if (!c->init) {
		load_child();
		for (;;)
			pause();
	}
	return cg_write_pid(&c->cg, "cgroup.procs", c->init);
}

static void halt(struct container *c)
{
	if (c->init > 0) {
		kill(c->init, SIGKILL);
		waitpid(c->init, NULL, 0);
	}
	c->init = 0;
	cg_remove(&c->cg, 10);
}

static int probe(struct container *c)
{
	pid_t pid = fork();
	int status, null;

	if (!pid) {
		load_child();
		if (cg_write(&c->cg, "cgroup.procs", "0"))
			_exit(126);
		null = open("/dev/null", O_RDWR);
		dup2(null, STDOUT_FILENO);
		execlp("true", "true", (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}

static void *kubelet(void *arg)
{
	struct timespec due;

	clock_gettime(CLOCK_MONOTONIC, &due);
	for (unsigned int i = 0; ; i++) {
		struct container *c = &container[i % CONTAINERS];
		int ret;

		pthread_mutex_lock(&lock);
		ret = probe(c);
		if (!ret && i % RENEW == RENEW - 1) {
			unsigned int old = i / RENEW % CONTAINERS;

			halt(&container[old]);
			ret = boot(&container[old], old);
		}
		pthread_mutex_unlock(&lock);
		if (ret)
			load_less("probe %u failed", i);
		else
			__atomic_add_fetch(&probes, 1, __ATOMIC_RELAXED);
		due.tv_nsec += PERIOD_NS;
		due.tv_sec += due.tv_nsec / 1000000000;
		due.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
	}
	return arg;
}

static int start(void)
{
	const char *why = geteuid() ? "needs root" :
			  cg_hier_missing("v2", &hier);
	pthread_t thread;
	int ret;

	for (int i = 0; i < CONTAINERS; i++)
		container[i].cg = (struct cg)CG_NONE;
	if (why) {
		err_say("%s", why);
		return EXIT_SKIP;
	}
	ret = cg_base(&hier, &base);
	for (int i = 0; i < CONTAINERS && !ret; i++)
		ret = boot(&container[i], i);
	if (!ret)
		ret = -pthread_create(&thread, NULL, kubelet, NULL);
	if (ret)
		err_say("%s: %s", hier.mount, strerror(-ret));
	return ret ? EXIT_FAIL : EXIT_OK;
}

static uint64_t done(void)
{
	return __atomic_load_n(&probes, __ATOMIC_RELAXED);
}

/* The lock stays taken: nobody makes a group while they are removed. */
static void stop(void)
{
	pthread_mutex_lock(&lock);
	for (int i = 0; i < CONTAINERS; i++)
		halt(&container[i]);
	cg_close(&base);
	undo_all();
}

int main(int argc, char **argv)
{
	static const struct load load = {
		.name = "containers",
		.summary = "a container host: groups probed and renewed",
		.what = "probes", .start = start, .done = done, .stop = stop,
	};

	return load_run(&load, argc, argv);
}
