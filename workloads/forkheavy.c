// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * forkheavy - forks of processes that are expensive to copy
 *
 * Models what a published measurement of the per-group lock had beside it
 * (four movers, 10 ms, stress-ng --forkheavy 4): four processes, each with
 * 1000 mappings and 500 open files of several kinds, fork as fast as they
 * can and keep 32 children alive, the oldest of which is killed for every new
 * one. Each fork copies all that with the read side held, and each exit
 * takes it apart.
 *
 * It is not stress-ng's own: that one allocates files as well, and filled a
 * disk of 75 GB within half a second (0.15.06, forkheavy-allocs 8), which
 * no measurement is worth.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "err.h"
#include "load.h"

#define WORKERS		4
#define MAPPINGS	1000
#define FILES		500
#define ALIVE		32

static uint64_t *forks;		/* shared, one line of cache per worker */
#define LINE		(128 / sizeof(*forks))

/* Neighbours differ in protection, so that each is a mapping of its own. */
static int map(void)
{
	size_t page = sysconf(_SC_PAGESIZE);

	for (int i = 0; i < MAPPINGS; i++) {
		char *p = mmap(NULL, page, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return -errno;
		*p = 1;
		if (i % 2 && mprotect(p, page, PROT_READ))
			return -errno;
	}
	return 0;
}

static int open_files(void)
{
	struct rlimit limit;
	int pair[2], ret = 0;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	for (int i = 0; i < FILES && !ret; i += 4) {
		ret = pipe(pair);
		if (!ret && open("/dev/null", O_RDONLY) < 0)
			ret = -1;
		if (!ret && eventfd(0, 0) < 0)
			ret = -1;
	}
	return ret ? -errno : 0;
}

/* READY takes whether it can begin; GO ends when all of them can. */
static void worker(uint64_t *done, int ready, const int go[2])
{
	pid_t alive[ALIVE] = { 0 };
	int ret = map();

	load_child();
	if (!ret)
		ret = open_files();
	close(go[1]);
	if (write(ready, &ret, sizeof(ret)) != sizeof(ret) || ret)
		_exit(1);
	while (read(go[0], &ret, sizeof(ret)) < 0 && errno == EINTR)
		;
	close(go[0]);
	for (unsigned int i = 0; ; i++) {
		pid_t *p = &alive[i % ALIVE];

		if (*p > 0) {
			kill(*p, SIGKILL);
			waitpid(*p, NULL, 0);
		}
		*p = fork();
		if (!*p) {
			load_child();
			pause();
			_exit(0);
		}
		if (*p > 0)
			__atomic_store_n(done, *done + 1, __ATOMIC_RELAXED);
		else {
			load_less("a worker cannot fork: %s", strerror(errno));
			usleep(1000);
		}
	}
}

static int start(void)
{
	int ready[2], go[2], ret;

	forks = mmap(NULL, WORKERS * 128, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (forks == MAP_FAILED || pipe(ready) || pipe(go)) {
		err_say("%s", strerror(errno));
		return EXIT_FAIL;
	}
	for (int i = 0; i < WORKERS; i++) {
		pid_t pid = fork();

		if (!pid)
			worker(&forks[i * LINE], ready[1], go);
		if (pid < 0 ||
		    read(ready[0], &ret, sizeof(ret)) != sizeof(ret) || ret) {
			err_say("worker %d: %s", i, strerror(pid < 0 ? errno :
							     -ret));
			return EXIT_FAIL;
		}
	}
	close(go[0]);
	close(go[1]);
	return EXIT_OK;
}

static uint64_t done(void)
{
	uint64_t sum = 0;

	for (int i = 0; i < WORKERS; i++)
		sum += __atomic_load_n(&forks[i * LINE], __ATOMIC_RELAXED);
	return sum;
}

int main(int argc, char **argv)
{
	static const struct load load = {
		.name = "forkheavy",
		.summary = "forks of processes that are expensive to copy",
		.what = "forks", .start = start, .done = done,
	};

	return load_run(&load, argc, argv);
}
