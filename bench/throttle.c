// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * throttle - what it costs to move a group that runs, or may not
 *
 * One operation is one write(2) of a tgid to cgroup.procs of the sibling
 * cgroup in which the group is not, as in `attach`; a sample is the duration
 * of that system call alone. The threads of the group
 *
 *   state=asleep      sleep, as in every other benchmark
 *   state=running     compute without pause
 *   state=throttled   would, but the quota of the cgroup that they are in is
 *                     used up: 1 ms of every 100 ms, in both cgroups
 *
 * Before each write, outside of the sample, the writer sleeps, 10 ms in all
 * three states alike, for who comes back from a sleep is slower; until the
 * group is as it says: no thread has got any further in that time, or some
 * have; and then writes the number to the cgroup where the group is, which
 * moves nothing and takes the lock, so that the sample never pays for a grace
 * period. Of a throttled group that has run meanwhile, because a new period
 * has begun, all that is done again.
 *
 * That a group was throttled is not ours to say: the kernel counts the
 * periods in which the quota was used up. Running threads take CPU time from
 * the writer, if there are as many as CPUs; so would anybody's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "err.h"
#include "mover.h"

#define QUOTA_US	1000
#define PERIOD_US	100000
#define STILL_NS	10000000ull	/* pause; without a turn: throttled */
#ifndef LIMIT_NS
#define LIMIT_NS	30000000000ull	/* for the group to be as it is to be */
#endif
#define ANSWER_MS	60000

enum { ASLEEP, RUNNING, THROTTLED };

static unsigned long threads;
static const char *hierarchy;
static int state;

static const struct opt opts[] = {
	{ "state", OPT_CHOICE, &state, "throttled", "asleep running throttled",
	  "what the threads of the group do when it is moved" },
	{ "threads", OPT_UINT, &threads, "1", "1..10000",
	  "threads in the group that is moved" },
	{ "hierarchy", OPT_WORD, &hierarchy, "v2-cpu", NULL,
	  "v1-cpu, v2-cpu, or v2-all and the like with cpu in it" },
	OPT_END
};

struct shared {
	struct mover	mover;
	struct tg	tg;
	struct tg_call	call;
	int64_t		writes;		/* the kernel's count at the start */
	uint64_t	again;		/* further writes that move nothing */
};

static struct cg_hier hier;
static struct cg base = CG_NONE;
static struct shared *all;

static const char *bad(void)
{
	return cg_hier_bad(hierarchy);
}

static const char *missing(void)
{
	const char *why = cg_hier_missing(hierarchy, &hier);

	return why ? why : tg_missing(threads);
}

static double overhead(void)
{
	return 0.1 + tg_seconds(threads);
}

/* The quota of CG, or none. 0 or -errno. */
static int limit(const struct cg *cg, bool on)
{
	char text[48];
	int ret;

	if (cg->version == 2) {
		snprintf(text, sizeof(text), "%d %d", QUOTA_US, PERIOD_US);
		return cg_write(cg, "cpu.max", on ? text : "max");
	}
	snprintf(text, sizeof(text), "%d", PERIOD_US);
	ret = cg_write(cg, "cpu.cfs_period_us", text);
	snprintf(text, sizeof(text), "%d", on ? QUOTA_US : -1);
	return ret ? ret : cg_write(cg, "cpu.cfs_quota_us", text);
}

/* Awake, all of them, before there is a quota that would make it take long. */
static int wake_up(void)
{
	int ret;

	if (state == ASLEEP)
		return 0;
	__atomic_store_n(&all->call.busy, 1, __ATOMIC_SEQ_CST);
	tg_call(&all->call, threads);
	ret = tg_answered(&all->call, ANSWER_MS);
	if (ret)
		bench_why("%lu threads that are to run: %s", threads,
			  strerror(-ret));
	return ret;
}

static int setup(void)
{
	struct mover *m;
	int ret = bench_room(threads);

	if (ret)
		return ret;
	all = bench_shared(sizeof(*all));
	if (!all)
		return -ENOMEM;
	m = &all->mover;
	m->a.dir = m->b.dir = m->drain.dir = -1;
	ret = cg_base(&hier, &base);
	if (!ret)
		ret = mover_make(m, &hier, &base, 0, "cgroup.procs");
	if (!ret && faccessat(m->a.dir, hier.version == 2 ? "cpu.max" :
			      "cpu.cfs_quota_us", W_OK, 0)) {
		bench_why("this kernel has no CPU quota in %s "
			  "(CONFIG_CFS_BANDWIDTH)", hierarchy);
		return EXIT_SKIP;
	}
	if (!ret)
		ret = tg_create_more(&all->tg, threads, &m->a,
				     &(struct tg_more){ .call = &all->call });
	if (ret) {
		bench_why("%lu threads in %s: %s", threads, hier.mount,
			  strerror(-ret));
		return ret;
	}
	mover_value(m, all->tg.pid);
	ret = wake_up();
	for (int i = 0; i < 2 && !ret && state == THROTTLED; i++)
		ret = limit(i ? &m->b : &m->a, true);
	return ret;
}

static int enter(unsigned int nr)
{
	(void)nr;
	all->writes = mover_writes(getpid());
	return 0;
}

static uint64_t turns(void)
{
	return __atomic_load_n(&all->call.turns, __ATOMIC_SEQ_CST);
}

/* Until the group is as it is to be. 0, or -ETIMEDOUT after bench_why(). */
static int wait_for_state(void)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	uint64_t begin = clock_ns(), since = begin, seen = turns();
	bool ran = false;

	while (clock_ns() - begin < LIMIT_NS) {
		uint64_t now = turns();

		ran |= now != seen;
		if (now != seen && state == THROTTLED)
			since = clock_ns();
		if (clock_ns() - since >= STILL_NS && (ran || state != RUNNING))
			return 0;
		seen = now;
		nanosleep(&nap, NULL);
	}
	bench_why("the group has not been %s within %.3g s", state == RUNNING ?
		  "running" : "throttled", LIMIT_NS / 1e9);
	return -ETIMEDOUT;
}

/* The group is as it is to be, and the lock was taken a moment ago. */
static int make_ready(void)
{
	const struct mover *m = &all->mover;
	uint64_t seen;
	int ret;

	do {
		ret = wait_for_state();
		seen = turns();
		if (!ret && write(m->fd[m->at], m->value, m->len) != m->len)
			ret = -errno;
		all->again += !ret;
	} while (!ret && state == THROTTLED && turns() != seen);
	return ret;
}

static int loop(unsigned int nr, struct lat *lat)
{
	struct mover *m = &all->mover;

	(void)nr;
	while (loop_more(lat)) {
		uint64_t ns = 0;
		int ret = make_ready();

		if (!ret)
			ns = mover_write(m, !m->at, &ret);
		if (ret) {
			if (ret != -ETIMEDOUT)
				bench_why("cgroup.procs of %s: %s", m->at ?
					  m->a.path : m->b.path,
					  strerror(-ret));
			return ret;
		}
		m->at = !m->at;
		lat_add(lat, ns);
	}
	return 0;
}

/* Periods in which the quota of CG was used up; -1: nobody says. */
static int64_t throttled(const struct cg *cg)
{
	char text[1024] = "", *at;
	int64_t n = -1;
	int fd = cg_open(cg, "cpu.stat", O_RDONLY);
	ssize_t len;

	if (fd < 0)
		return -1;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	at = strstr(text, "nr_throttled ");
	if (at)
		sscanf(at, "nr_throttled %" SCNd64, &n);
	return n;
}

/* It is counted at the end of a period. */
static int verify_throttled(const struct cg *cg)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	uint64_t begin = clock_ns();
	int64_t n;

	while (!(n = throttled(cg)) && clock_ns() - begin < LIMIT_NS)
		nanosleep(&nap, NULL);
	if ((n > 0) == (state == THROTTLED))
		return 0;
	bench_why("the kernel counts %" PRId64 " periods in which the quota of "
		  "%s was used up", n, cg->path);
	return -1;
}

/* In the cgroup where it is, and then in the other one. */
static int verify_side(const struct mover *m)
{
	const struct cg *at = m->at ? &m->b : &m->a;
	uint64_t before = turns();

	if (wait_for_state())
		return -1;
	if (state == THROTTLED)
		return verify_throttled(at);
	if (throttled(at) <= 0 && (turns() != before) == (state == RUNNING))
		return 0;
	bench_why("%" PRIu64 " turns of the group in %s, %s", turns() - before,
		  at->path, state == RUNNING ? "which is running" :
		  "which sleeps");
	return -1;
}

static int verify(void)
{
	struct mover *m = &all->mover;
	uint64_t said = bench_done("attacher", 0);

	if (mover_verify_writes(bench_pid("attacher", 0), all->writes,
				said + all->again))
		return -1;
	if (m->at != (said & 1)) {
		bench_why("%" PRIu64 " moves end in the wrong cgroup", said);
		return -1;
	}
	if (all->again < said) {
		bench_why("the lock was taken before %" PRIu64 " of %" PRIu64
			  " moves", all->again, said);
		return -1;
	}
	if (mover_verify(m, m->at, all->tg.pid, threads) || verify_side(m))
		return -1;
	return mover_verify_step(m, all->tg.pid, threads) || verify_side(m) ?
		-1 : 0;
}

/* Who is throttled dies late: out of the quota first. */
static void cleanup(void)
{
	if (all) {
		__atomic_store_n(&all->call.busy, 0, __ATOMIC_SEQ_CST);
		for (int i = 0; i < 2 && state == THROTTLED; i++)
			if ((i ? &all->mover.b : &all->mover.a)->dir > 0)
				limit(i ? &all->mover.b : &all->mover.a, false);
		mover_unmake(&all->mover, &all->tg);
	}
	cg_close(&base);
}

const struct bench bench = {
	.name = "throttle",
	.summary = "move a group that sleeps, runs, or may not run",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "attacher", .enter = enter, .loop = loop },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .overhead = overhead },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
