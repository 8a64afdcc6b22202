// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * window - for how long do forks stay slower after one write?
 *
 * A write to cgroup.procs makes the readers of the fork lock leave their
 * fast path; they return to it a grace period or two after the last writer
 * has gone. A cloner creates children without pause, one operation as in
 * `clone`, while an attacher elsewhere writes once in `think`. What the
 * cloner did is sorted by when it began, seen from the end of the last
 * write: the figure after-2ms is the mean latency of the children begun 1 to
 * 2 ms after it. `during` are those that a write overlapped, begun before it
 * or in it; they hold the stall itself, and no other figure does. All phases
 * are in the figures, warm-up included.
 *
 * The path takes nanoseconds more, a fork tens of microseconds: only the
 * mean of many tens of thousands shows it. kmod/ sees it in the lock itself.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "child.h"
#include "mover.h"

static int kind;
static const char *hierarchy;
static double think;

static const struct opt opts[] = {
	{ "kind", OPT_CHOICE, &kind, "thread", "thread fork vfork",
	  "how the children are made" },
	{ "think", OPT_TIME, &think, "0.2", "0.1..1000",
	  "pause of the attacher between two writes" },
	{ "hierarchy", OPT_WORD, &hierarchy, "v2", NULL,
	  "where the attacher moves: v2, v2-CONTROLLER, v1-CONTROLLER or "
	  "v1-name=NAME" },
	OPT_END
};

/* The end of each bin, in ms after a write; the first is the write itself. */
static const unsigned int bin_ms[] = { 0, 1, 2, 5, 10, 20, 50, 100 };
enum { NR_BINS = sizeof(bin_ms) / sizeof(*bin_ms) };

static struct shared {
	struct child	child;
	struct mover	mover;
	struct tg	tg;
	int64_t		writes;
	uint64_t	binned;
	uint64_t	ns[NR_BINS], n[NR_BINS];
	/* Written by the attacher: a write has begun; the last one's end. */
	uint32_t	writing __attribute__((aligned(256)));
	uint64_t	wrote;
} *all;

static struct cg_hier hier;
static struct cg base = CG_NONE;

static const char *bad(void)
{
	return cg_hier_bad(hierarchy);
}

static const char *missing(void)
{
	const char *why = cg_hier_missing(hierarchy, &hier);

	return why ? why : tg_missing(4);
}

static double pace(void)
{
	return think;
}

static int setup(void)
{
	int ret = bench_room(4);

	all = bench_shared(sizeof(*all));
	if (!all)
		return -ENOMEM;
	if (!ret)
		ret = cg_base(&hier, &base);
	if (!ret)
		ret = mover_make(&all->mover, &hier, &base, 0, "cgroup.procs");
	if (!ret)
		ret = tg_create(&all->tg, 1);
	if (!ret)
		ret = cg_write_pid(&all->mover.b, "cgroup.procs", all->tg.pid);
	if (ret)
		bench_why("a process in %s: %s", all->mover.b.path,
			  strerror(-ret));
	mover_value(&all->mover, all->tg.pid);
	all->mover.at = 1;
	return ret;
}

static int enter_attacher(unsigned int nr)
{
	(void)nr;
	all->writes = mover_writes(getpid());
	return 0;
}

/* Has a write begun, or ended, since then? */
static bool overlapped(uint64_t wrote)
{
	return __atomic_load_n(&all->writing, __ATOMIC_ACQUIRE) ||
	       __atomic_load_n(&all->wrote, __ATOMIC_ACQUIRE) != wrote;
}

/* Bins of what began at BEGIN; NR_BINS: too late after a write, or none yet. */
static unsigned int bin(bool writing, uint64_t wrote, uint64_t begin)
{
	unsigned int i = 1;

	if (writing)
		return 0;
	while (i < NR_BINS && (!wrote ||
			       begin - wrote >= bin_ms[i] * 1000000ull))
		i++;
	return i;
}

/*
 * One child at a time through the loop of `clone`, so that it is the same
 * operation: a loop of its own that is told to stop after each.
 */
static int clone_loop(unsigned int nr, struct lat *lat)
{
	static struct lat one;

	(void)nr;
	lat_clear(&one);
	one.phase = lat->phase;
	one.until = lat->until;
	while (loop_more(lat)) {
		bool writing = __atomic_load_n(&all->writing, __ATOMIC_ACQUIRE);
		uint64_t wrote = __atomic_load_n(&all->wrote, __ATOMIC_ACQUIRE);
		unsigned int at = bin(writing, wrote, clock_ns());
		uint64_t before = one.sum;
		int ret;

		one.limit = one.ops + 1;
		ret = child_loop(&all->child, kind, UNTIL_EXIT, 0, &one);
		if (ret)
			return ret;
		if (one.ops != one.limit)
			return 0;	/* stopped before it began */
		if (overlapped(wrote))
			at = 0;
		if (at < NR_BINS) {
			all->ns[at] += one.sum - before;
			all->n[at]++;
		}
		all->binned++;
		lat_add(lat, one.sum - before);
	}
	return 0;
}

static int attach_loop(unsigned int nr, struct lat *lat)
{
	struct mover *m = &all->mover;

	(void)nr;
	while (loop_more(lat)) {
		uint64_t ns;
		int ret;

		if (!bench_think(lat, clock_from_s(think)))
			return 0;
		__atomic_store_n(&all->writing, 1, __ATOMIC_RELEASE);
		ns = mover_write_beside(m, !m->at, &ret);
		__atomic_store_n(&all->wrote, clock_ns(), __ATOMIC_RELEASE);
		__atomic_store_n(&all->writing, 0, __ATOMIC_RELEASE);
		if (ret) {
			bench_why("cgroup.procs of %s: %s", m->at ? m->a.path :
				  m->b.path, strerror(-ret));
			return ret;
		}
		lat_add(lat, ns);
		m->at = !m->at;
	}
	return 0;
}

static int verify(void)
{
	uint64_t said = bench_done("cloner", 0);

	if (all->child.seen != said || all->binned != said) {
		bench_why("%" PRIu64 " children seen, %" PRIu64 " sorted, %"
			  PRIu64 " reported", all->child.seen, all->binned,
			  said);
		return -1;
	}
	if (mover_verify_writes(bench_pid("attacher", 0), all->writes,
				bench_done("attacher", 0)))
		return -1;
	return mover_verify_move(&all->mover, all->tg.pid, 1);
}

static void cleanup(void)
{
	if (all)
		mover_unmake(&all->mover, &all->tg);
	cg_close(&base);
}

static double mean(unsigned int i)
{
	return all->n[i] ? (double)all->ns[i] / all->n[i] : NAN;
}

static double during(void) { return mean(0); }
static double after_1(void) { return mean(1); }
static double after_2(void) { return mean(2); }
static double after_5(void) { return mean(3); }
static double after_10(void) { return mean(4); }
static double after_20(void) { return mean(5); }
static double after_50(void) { return mean(6); }
static double after_100(void) { return mean(7); }

const struct bench bench = {
	.name = "window",
	.summary = "create children, by the time since the last write",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "cloner", .loop = clone_loop },
		{ .name = "attacher", .enter = enter_attacher,
		  .loop = attach_loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		{ "during", "mean-ns", "lower", during },
		{ "after-1ms", "mean-ns", "lower", after_1 },
		{ "after-2ms", "mean-ns", "lower", after_2 },
		{ "after-5ms", "mean-ns", "lower", after_5 },
		{ "after-10ms", "mean-ns", "lower", after_10 },
		{ "after-20ms", "mean-ns", "lower", after_20 },
		{ "after-50ms", "mean-ns", "lower", after_50 },
		{ "after-100ms", "mean-ns", "lower", after_100 },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .pace = pace },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
