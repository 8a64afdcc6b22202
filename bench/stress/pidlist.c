// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pidlist - `tasks` and cgroup.procs read in small pieces
 *
 * Invariant: whoever reads the file whole, in pieces as small as he likes,
 * while others fork and exit in the cgroup, finds every process that stayed
 * exactly once. v1 promises more: numbers rise strictly. A cgroup that is
 * empty reads as nothing.
 *
 * 64 processes stay; three forkers each keep 24 processes more that come
 * and go; two readers read by pieces of 1 to 97 bytes, so that a list is
 * left and taken up again in the middle of a number. An overlap is a
 * reading during which a fork was on.
 *
 * Mutations: `early`, the reader stops before the end; `again`, it begins
 * again in the middle.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stress.h"

#define STAYERS	64
#define COMERS	24
#define MANY	4096

static unsigned long forkers = 3, readers = 2;
static struct {
	pid_t	stays[STAYERS];
} *state;

static const struct opt opts[] = {
	STRESS_OPTIONS("v1-freezer v1-cpuset v1-memory v2 v2-memory",
		       "v1-freezer", "early again"),
	OPT_END
};

static const char *missing(void)
{
	const char *why = stress_missing();

	return why ? why : tg_missing(STAYERS + forkers * COMERS);
}

static pid_t fork_and_wait(void)
{
	pid_t pid = stress_fork();

	if (!pid)
		for (;;)
			pause();
	return pid;
}

static int setup(void)
{
	int ret = stress_setup();

	state = bench_shared(sizeof(*state));
	if (!state)
		return -ENOMEM;
	for (int i = 0; i < STAYERS && !ret; i++) {
		state->stays[i] = fork_and_wait();
		ret = state->stays[i] < 0 ? state->stays[i] :
		      cg_write_pid(&stress->pair.a, "cgroup.procs",
				   state->stays[i]);
	}
	return ret ? stress_failed(ret, "%d processes", STAYERS) : 0;
}

static int fork_enter(unsigned int nr)
{
	(void)nr;
	return cg_write_pid(&stress->pair.a, "cgroup.procs", getpid());
}

/* A ring of children: the oldest goes, a new one comes. */
static int fork_loop(unsigned int nr, struct lat *lat)
{
	static pid_t comer[COMERS];
	static unsigned int at;

	(void)nr;
	while (loop_more(lat)) {
		uint64_t begin = clock_ns();
		pid_t *pid = &comer[at++ % COMERS];

		if (*pid > 0)
			stress_reap(*pid);
		race_begin(&stress->clones);
		*pid = fork_and_wait();
		race_end(&stress->clones);
		if (*pid < 0)
			return stress_failed(*pid, "fork");
		stress_count(&stress->forks.n, 1);
		lat_add(lat, clock_ns() - begin);
		stress_breathe();
	}
	return 0;
}

/* The numbers of FILE, read in pieces. How many, or -errno. */
static long read_pieces(int fd, struct rng *rng, pid_t *id)
{
	char piece[97];
	long n = 0, v = 0;
	bool again = stress_broken("again");
	bool early = stress_broken("early");

	while (n < MANY) {
		ssize_t got = read(fd, piece, 1 + rng_below(rng, 97));

		if (got <= 0)
			return got < 0 ? -errno : n;
		for (ssize_t i = 0; i < got && n < MANY; i++) {
			if (piece[i] != '\n') {
				v = 10 * v + piece[i] - '0';
				continue;
			}
			id[n++] = v;
			v = 0;
		}
		if (early && n > STAYERS / 2)
			return n;
		if (again && n > STAYERS / 2 && !v) {
			lseek(fd, 0, SEEK_SET);
			again = false;
		}
	}
	return -E2BIG;
}

static int complete(const char *file, const pid_t *id, long n)
{
	bool sorted = stress_hier.version == 1;

	for (long i = 1; i < n && sorted; i++)
		if (id[i] <= id[i - 1])
			return stress_broke("%s/%s: %d after %d, line %ld of "
					    "%ld", stress->pair.a.path, file,
					    id[i], id[i - 1], i + 1, n);
	for (int k = 0; k < STAYERS; k++) {
		int seen = 0;

		for (long i = 0; i < n; i++)
			seen += id[i] == state->stays[k];
		if (seen != 1)
			return stress_broke("%s/%s: process %d, which stays, "
					    "is there %d times among %ld",
					    stress->pair.a.path, file,
					    state->stays[k], seen, n);
	}
	return 0;
}

static int read_loop(unsigned int nr, struct lat *lat)
{
	static struct rng rng;
	static pid_t id[MANY];
	int ret = 0;

	if (!rng.state)
		rng = stress_rng(nr + 100);
	while (!ret && loop_more(lat)) {
		const char *file = rng_below(&rng, 2) ? "cgroup.procs" :
				   cg_threads_file(&stress->pair.a);
		uint64_t begin = clock_ns();
		int fd = cg_open(&stress->pair.a, file, O_RDONLY);
		long n = fd < 0 ? fd :
			 race_against(&stress->clones,
				      read_pieces(fd, &rng, id));

		if (fd >= 0)
			close(fd);
		if (n < 0)
			return stress_broke("reading %s/%s: %s",
					    stress->pair.a.path, file,
					    strerror(-n));
		ret = complete(file, id, n);
		n = cg_count(&stress->pair.b, file);
		if (!ret && n)
			ret = stress_broke("%s/%s is empty, and %ld are listed",
					   stress->pair.b.path, file, n);
		lat_add(lat, clock_ns() - begin);
		stress_count(&stress->rounds.n, 1);
	}
	return ret;
}

static void cleanup(void)
{
	for (int i = 0; state && i < STAYERS; i++)
		if (state->stays[i] > 0)
			stress_reap(state->stays[i]);
	stress_cleanup();
}

const struct bench bench = {
	.name = "pidlist",
	.summary = "tasks and cgroup.procs read in small pieces",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "forker", .nr = &forkers, .enter = fork_enter,
		  .loop = fork_loop },
		{ .name = "reader", .nr = &readers, .loop = read_loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = missing },
	.setup = setup,
	.cleanup = cleanup,
};
