// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * threaded - v2 threaded cgroups: one thread, or all of them
 *
 * Invariant: within a threaded domain, a write to cgroup.threads moves that
 * thread and no other, a write to cgroup.procs moves all, and both succeed
 * while the group clones and others write too. cgroup.procs of a threaded
 * cgroup cannot be read (EOPNOTSUPP), and a thread cannot be moved out of
 * the domain alone (EOPNOTSUPP).
 *
 * Two threaded siblings, t1 and t2. A threader moves a parked thread that
 * is drawn to a side that is drawn; the mover writes the whole group to t1
 * and back. Every 16th time it holds the threader off and looks: all
 * to t1, one parked thread to t2, and nothing but that thread is there. An
 * overlap is a whole move while a single one was on.
 *
 * Mutation: `one-thread`, cgroup.threads stands in for cgroup.procs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "stress.h"

#define PARKED		8
#define LOOK_EVERY	16

static unsigned long cloners = 2;
static struct cg domain = CG_NONE, side[2] = { CG_NONE, CG_NONE };
static struct {
	struct race	threads;	/* single moves */
	pid_t		parked[PARKED];
} *state;

static const struct opt opts[] = {
	STRESS_OPTIONS("v2", "v2", "one-thread"),
	OPT_END
};

static const char *missing(void)
{
	const char *why = stress_missing();

	return why ? why : tg_missing(PARKED);
}

static int setup(void)
{
	int ret = tg_room(PARKED);

	state = bench_shared(sizeof(*state));
	if (!state)
		return -ENOMEM;
	if (!ret)
		ret = stress_setup();
	if (!ret)
		ret = cg_make(&stress_hier, &stress_base, "domain", &domain);
	for (int i = 0; i < 2 && !ret; i++) {
		ret = cg_make(&stress_hier, &domain, i ? "t2" : "t1", &side[i]);
		if (!ret)
			ret = cg_write(&side[i], "cgroup.type", "threaded");
	}
	return ret ? stress_failed(ret, "threaded cgroups") : 0;
}

/* The cloners' process, before it has cloned: parked threads, and home. */
static int enter(unsigned int nr)
{
	pid_t id[PARKED + 1];
	long n, k = 0;
	int ret;

	stress_chain_enter(nr);
	ret = tg_park(PARKED);
	if (!ret)
		ret = cg_write_pid(&side[0], "cgroup.procs", getpid());
	n = stress_threads(getpid(), id, PARKED + 1);
	for (long i = 0; i < n && k < PARKED; i++)
		if (id[i] != getpid())
			state->parked[k++] = id[i];
	return ret ? ret : k == PARKED ? 0 : -ESRCH;
}

static int move_thread(unsigned int to, pid_t tid)
{
	int ret;

	ret = stress_write_pid(&side[to], "cgroup.threads", tid,
			       &state->threads, NULL);
	stress_note(to ? "t2: thread" : "t1: thread", tid, ret);
	stress_count(&stress->moves.n, 1);
	return ret ? stress_broke("thread %d to %s/cgroup.threads: %s", tid,
				  side[to].path, strerror(-ret)) : 0;
}

static int move_all(uint64_t nr)
{
	unsigned int to = nr % 2;
	const char *file = stress_broken("one-thread") ? "cgroup.threads" :
							 "cgroup.procs";
	int ret = stress_write_pid(&side[to], file, stress->group, NULL,
				   &state->threads);

	stress_note(to ? "t2: all of" : "t1: all of", stress->group, ret);
	stress_count(&stress->moves.n, 1);
	return ret ? stress_broke("%d to %s/%s: %s", stress->group,
				  side[to].path, file, strerror(-ret)) : 0;
}

/* Thread TID is in t2, and no other that is not on its way out. */
static int alone(pid_t tid)
{
	pid_t id[256];
	long n = stress_ids(&side[1], "cgroup.threads", id, 256);
	bool there = false;

	for (long i = 0; i < n; i++) {
		there |= id[i] == tid;
		if (id[i] != tid && stress_lives(stress->group, id[i]))
			return stress_broke("thread %d was moved alone, and %d "
					    "is in %s", tid, id[i],
					    side[1].path);
	}
	return there ? 0 : stress_broke("thread %d was moved alone and is not "
					"among the %ld in %s", tid, n,
					side[1].path);
}

static int look(uint64_t nr)
{
	const pid_t tid = state->parked[nr / LOOK_EVERY % PARKED];
	int ret = move_all(0);

	if (!ret)
		ret = stress_left(&side[1], stress->group);
	if (!ret)
		ret = stress_all_in(&side[0], stress->group);
	if (!ret)
		ret = move_thread(1, tid);
	if (!ret)
		ret = alone(tid);
	if (ret)
		return ret;
	ret = cg_count(&side[0], "cgroup.procs");
	if (ret != -EOPNOTSUPP)
		return stress_broke("reading cgroup.procs of a threaded "
				    "cgroup: %s", strerror(-ret));
	ret = cg_write_pid(&stress->pair.a, "cgroup.threads", tid);
	if (ret != -EOPNOTSUPP)
		return stress_broke("thread %d out of its domain: %s", tid,
				    strerror(-ret));
	stress_count(&stress->rounds.n, 1);
	return 0;
}

static int move_loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	return stress_look_loop(lat, move_all, LOOK_EVERY, look);
}

static int thread_loop(unsigned int nr, struct lat *lat)
{
	static struct rng rng;
	int ret = 0;

	if (!rng.state)
		rng = stress_rng(nr);
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		pthread_rwlock_rdlock(&stress->quiet);
		ret = move_thread(rng_below(&rng, 2),
				  state->parked[rng_below(&rng, PARKED)]);
		pthread_rwlock_unlock(&stress->quiet);
		lat_add(lat, clock_ns() - begin);
	}
	return ret;
}

static void cleanup(void)
{
	stress_cleanup();
	cg_remove(&side[0], 10);
	cg_remove(&side[1], 10);
	cg_remove(&domain, 10);
}

const struct bench bench = {
	.name = "threaded",
	.summary = "v2 threaded cgroups: one thread, or all of them",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "cloner", .nr = &cloners, .shared = stress_shared,
		  .enter = enter, .loop = stress_chain_loop },
		{ .name = "mover", .loop = move_loop },
		{ .name = "threader", .loop = thread_loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = missing },
	.setup = setup,
	.cleanup = cleanup,
};
