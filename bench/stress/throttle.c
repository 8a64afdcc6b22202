// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * throttle - a group that computes is moved while quotas come and go
 *
 * Invariants: a move succeeds whatever the quotas of both sides, and no
 * thread is left; where there is no quota, each thread of the group runs
 * again, wherever it was taken off for one.
 *
 * A limiter gives both cgroups a quota of 1 ms in 10 ms and takes it away
 * again, without pause, while a mover writes the group, whose threads compute,
 * back and forth. Every 16th round the limiter is held off while there are no
 * quotas, and each thread has to answer. A third cgroup has a quota all the
 * while, for with the last one the kernel patches its code. An overlap is a
 * move during which a quota was being written.
 *
 * Mutations: `stopped`, the group is when it has to answer; `unwritten`, some
 * moves are only claimed.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "stress.h"

#define THREADS		7
#define LOOK_EVERY	16

static struct {
	struct race	writing;	/* of a quota */
	struct tg_call	call;
} *shared;
static struct tg tg = TG_NONE;

static const struct opt opts[] = {
	STRESS_OPTIONS("v1-cpu v2-cpu", "v1-cpu", "stopped unwritten"),
	OPT_END
};

/* CG: US in every PERIOD, 0: no quota. */
static int limit_one(const struct cg *cg, int us, int period)
{
	char text[48];
	int ret;

	if (stress_hier.version == 2) {
		snprintf(text, sizeof(text), "%d %d", us, period);
		return stress_write(cg, "cpu.max", us ? text : "max",
				    &shared->writing, NULL);
	}
	snprintf(text, sizeof(text), "%d", period);
	ret = us ? cg_write(cg, "cpu.cfs_period_us", text) : 0;
	snprintf(text, sizeof(text), "%d", us ? us : -1);
	return ret ? ret : stress_write(cg, "cpu.cfs_quota_us", text,
					&shared->writing, NULL);
}

/* Both cgroups. */
static int limit(int us, int period)
{
	int ret = limit_one(&stress->pair.a, us, period);

	return ret ? ret : limit_one(&stress->pair.b, us, period);
}

/* 0: all threads have. -ETIMEDOUT: not all, and it is overdue. */
static int answered(void)
{
	struct turn t = { 0 };
	int ret;

	do
		ret = tg_answered(&shared->call, 10);
	while (ret == -ETIMEDOUT && !stress_overdue(&t));
	return ret;
}

static int setup(void)
{
	int ret = stress_setup();

	shared = bench_shared(sizeof(*shared));
	if (!shared)
		return -ENOMEM;
	if (!ret)
		ret = limit_one(&stress->pair.drain, 1000, 10000);
	if (!ret)
		ret = tg_room(THREADS);
	if (!ret)
		ret = tg_create_more(&tg, THREADS, &stress->pair.a,
				     &(struct tg_more){ .call = &shared->call });
	if (!ret) {
		stress->group = tg.pid;
		mover_value(&stress->pair, tg.pid);
		__atomic_store_n(&shared->call.busy, 1, __ATOMIC_SEQ_CST);
		tg_call(&shared->call, THREADS);
		ret = answered();
	}
	return ret ? stress_failed(ret, "a group that computes") : 0;
}

static int move_once(uint64_t nr)
{
	(void)nr;
	return stress_move_all(NULL, &shared->writing);
}

/* Nobody limits: all threads run. */
static int look(uint64_t nr)
{
	(void)nr;
	if (stress_broken("stopped"))
		kill(stress->group, SIGSTOP);
	tg_call(&shared->call, THREADS);
	if (answered())
		return stress_broke("%u of %d threads of %d do not run since "
				    "their quota is gone", shared->call.left,
				    THREADS, stress->group);
	stress_count(&stress->rounds.n, 1);
	return 0;
}

static int move_loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	return stress_look_loop(lat, move_once, LOOK_EVERY, look);
}

/* Not limited whenever it is held off. */
static int limit_loop(unsigned int nr, struct lat *lat)
{
	int ret = 0;

	(void)nr;
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		pthread_rwlock_rdlock(&stress->quiet);
		ret = limit(1000, 10000);
		stress_note("a quota", 0, ret);
		stress_nap();
		if (!ret)
			ret = limit(0, 0);
		stress_note("no quota", 0, ret);
		pthread_rwlock_unlock(&stress->quiet);
		lat_add(lat, clock_ns() - begin);
	}
	return ret ? stress_broke("quotas below %s: %s", stress_base.path,
				  strerror(-ret)) : 0;
}

static void cleanup(void)
{
	if (shared)
		__atomic_store_n(&shared->call.busy, 0, __ATOMIC_SEQ_CST);
	if (shared && stress->pair.a.dir > 0 && stress->pair.b.dir > 0)
		limit(0, 0);
	tg_destroy(&tg);
	stress_cleanup();
}

const struct bench bench = {
	.name = "throttle",
	.summary = "a group that computes is moved while quotas come and go",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "mover", .loop = move_loop },
		{ .name = "limiter", .loop = limit_loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = stress_missing },
	.setup = setup,
	.cleanup = cleanup,
};
