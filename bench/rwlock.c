// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rwlock - what one read lock costs, inside the kernel
 *
 * One operation of a reader is a batch: `pairs` times lock for reading and
 * unlock, in a loop inside the kernel module, between two clock reads there.
 * A sample is the duration of the batch, loop included. pair-ns is what is
 * left for one pair: the median batch less the loop without a lock, which
 * is measured in the same process (loop-ns, per turn), over pairs; 0 where
 * that is less than nothing, as it is half the time for `loop` itself. With
 * 1,000 pairs a clock of 1 ns resolves 0.001 ns.
 *
 * One operation of the writer is one write lock and unlock of the same lock,
 * `period` after the last; a sample is the wait for the lock alone. It has
 * two parts: grace-ns, until readers have been sent to the slow path, and
 * drain-ns, until those inside have left; medians over writes. window-ns
 * (with --window yes) is how long readers stay slow after a write, watched in
 * steps of 10 to 20 us; slow-share the share of batches that began slow.
 *
 * lock:
 *   loop               nothing: the floor of the method
 *   rcu                rcu_read_lock(): the floor of every read lock; a
 *                      write is synchronize_rcu()
 *   rwsem-own          an rwsem that each reader has for itself (2011: one
 *                      per thread group); the writer takes reader 0's
 *   rwsem-shared       one rwsem for all readers
 *   percpu-fast        percpu_rwsem, the lock that all forks share since
 *                      4.4; every write throws it into its slow mode
 *   percpu-slow        the same, forced slow for good (favordynmods until
 *                      6.17): no grace period for the writer
 *   percpu-slow+rwsem  both at once: favordynmods since 6.18; the writer
 *                      takes the rwsem of one group alone
 *
 * cache: where the memory is that a reader of the lock touches, before each
 * turn: `warm`, where the last turn has left it; `flushed`, in no cache;
 * `other-cpu`, `other-node`: in that of another CPU, on the reader's node or
 * on another one, which has written to every line of it. Each turn is then
 * stamped by itself and a sample is their sum; the chilling is not in it.
 * Turns that are stamped do not overlap with each other, those of `warm` do;
 * so there is `single`, stamped like the cold ones and as warm as `warm`. A
 * turn begins with counting up a word that is as cold, as the loop without a
 * lock does, too: a fork counts up in the structure where the lock would be.
 * What the CPU does of the lock while it waits for that word costs nothing,
 * here as there.
 *
 * layout, of rwsem-own: `own-line`, the lock and that word have a line each;
 * `with-data`, they share one; `behind-pointer`, as own-line, and the lock's
 * address is read from a third.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "cpus.h"
#include "kmod.h"
#include "mark.h"
#include "numa.h"
#include "ring.h"

#define FLOOR_BATCHES 64

static const char lock_words[] =
#define WORD(id, word) " " word
	KMOD_LOCKS(WORD);
#undef WORD

enum { WARM, SINGLE, FLUSHED, OTHER_CPU, OTHER_NODE };

static int lock, window, cache, layout;
static unsigned long readers, writers, pairs;
static double period;

static const struct opt opts[] = {
	{ "lock", OPT_CHOICE, &lock, "percpu-fast", lock_words + 1,
	  "which lock is taken" },
	{ "readers", OPT_UINT, &readers, "1", "1..1024",
	  "actors that take it for reading at the same time" },
	{ "writers", OPT_UINT, &writers, "0", "0..64",
	  "actors that take it for writing" },
	{ "period", OPT_TIME, &period, "0.01", "0..1000",
	  "pause of a writer between two writes" },
	{ "window", OPT_CHOICE, &window, "no", "no yes",
	  "after each write wait until readers are fast again, and say how "
	  "long that took" },
	{ "pairs", OPT_UINT, &pairs, "1000", "1..100000",
	  "locks and unlocks per batch" },
	{ "cache", OPT_CHOICE, &cache, "warm",
	  "warm single flushed other-cpu other-node",
	  "where the memory that a reader touches is before each turn" },
	{ "layout", OPT_CHOICE, &layout, "own-line",
	  "own-line with-data behind-pointer",
	  "where the rwsem of a reader lies" },
	OPT_END
};

struct mine {			/* one actor's, shared with the parent */
	uint64_t	slow;		/* batches that began slow */
	struct ring	floor, batch;	/* readers */
	struct ring	grace, drain, window;	/* writers */
};

static int fd = -1;
static struct mine *reader, *writer;
static double loop_ns;		/* one turn of the empty loop */
static unsigned int cpus[CPUS_MAX], other;	/* ours; the one that chills */
static int nr_cpus;

static const char *bad(void)
{
	if (lock == KMOD_LOOP && writers)
		return "--lock loop: there is nothing to write";
	if (window && (lock != KMOD_PERCPU_FAST || !writers))
		return "--window yes: only a writer of percpu-fast has one";
	if (layout != KMOD_ALONE && lock != KMOD_RWSEM_OWN)
		return "--layout: only rwsem-own may lie elsewhere";
	if (layout == KMOD_BESIDE && cache == WARM)
		return "--layout with-data: has an effect on a cold lock; use "
		       "it with --cache flushed, other-cpu or other-node";
	if (cache != WARM && (readers > 1 || writers))
		return "--cache: what is chilled is one reader's; use it with "
		       "--readers 1 and --writers 0";
	if (cache != WARM && pairs > KMOD_COLD_MAX)
		return "--cache: cold locks are at most 10000 --pairs";
	return NULL;
}

/* Node of CPU, -1: one without memory, or nobody says. */
static int node_of(unsigned int cpu)
{
	static unsigned int node[NUMA_MAX];
	int nr = numa_nodes(node, NUMA_MAX);
	char path[80];

	for (int i = 0; i < nr; i++) {
		snprintf(path, sizeof(path),
			 "/sys/devices/system/cpu/cpu%u/node%u", cpu, node[i]);
		if (!access(path, F_OK))
			return node[i];
	}
	return nr == 1 ? (int)node[0] : -1;
}

/* Can CPU chill what a reader on HERE touches? */
static bool can_chill(unsigned int cpu, unsigned int here)
{
	int at = node_of(cpu), reader_at = node_of(here);

	return cpu != here && at >= 0 && reader_at >= 0 &&
		(at == reader_at) == (cache == OTHER_CPU);
}

static const char *missing(void)
{
	nr_cpus = cpus_allowed(cpus, CPUS_MAX);
	if (cache != OTHER_CPU && cache != OTHER_NODE)
		return kmod_missing();
	for (int i = 0; i < nr_cpus; i++)
		for (int j = 0; j < i; j++)
			if (can_chill(cpus[i], cpus[j]))
				return kmod_missing();
	return cache == OTHER_CPU ? "needs two CPUs on one node" :
		"needs CPUs on two nodes";
}

static double overhead(void)
{
	return cache == WARM ? 0 : FLOOR_BATCHES * pairs * 5e-6;
}

static double pace(void)
{
	return writers ? period : 0;
}

static int batch(unsigned int which, unsigned int nr, struct kmod_batch *b)
{
	static const enum kmod_cache state[] = {
		KMOD_WARM, KMOD_SINGLE, KMOD_FLUSHED, KMOD_TOUCHED,
		KMOD_TOUCHED,
	};
	int ret;

	*b = (struct kmod_batch){ .lock = which, .reader = nr, .pairs = pairs,
				  .cache = state[cache], .layout = layout,
				  .cpu = other };
	ret = kmod_ask(fd, KMOD_BATCH, b);
	if (ret)
		bench_why("a batch of %lu pairs: %s", pairs, strerror(-ret));
	if (ret || b->pairs == pairs)
		return ret;
	bench_why("a batch of %lu pairs had %u", pairs, b->pairs);
	return -EBADMSG;
}

static int setup(void)
{
	char why[200];

	reader = bench_shared(readers * sizeof(*reader));
	writer = bench_shared((writers + 1) * sizeof(*writer));
	if (!reader || !writer)
		return -ENOMEM;
	fd = kmod_open(NULL, why, sizeof(why));
	if (fd < 0)
		bench_why("%s", why);
	return fd < 0 ? fd : 0;
}

/* By now this reader is where it stays. */
static int find_other(void)
{
	const int here = sched_getcpu();

	for (int i = 0; i < nr_cpus; i++)
		if (can_chill(cpus[i], here)) {
			other = cpus[i];
			return 0;
		}
	bench_why("--cache %s: no such CPU beside that of the reader, %d "
		  "(--reader-cpus)", cache == OTHER_CPU ? "other-cpu" :
		  "other-node", here);
	return -ENXIO;
}

static int enter(unsigned int nr)
{
	struct kmod_batch b;

	if ((cache == OTHER_CPU || cache == OTHER_NODE) && find_other())
		return -ENXIO;
	for (int i = 0; i < FLOOR_BATCHES; i++) {
		int ret = batch(KMOD_LOOP, nr, &b);

		if (ret)
			return ret;
		ring_add(&reader[nr].floor, b.ns);
	}
	return 0;
}

static int read_loop(unsigned int nr, struct lat *lat)
{
	struct mine *m = &reader[nr];

	while (loop_more(lat)) {
		struct kmod_batch b;
		int ret;

		mark_begin();
		ret = batch(lock, nr, &b);
		mark_end();
		if (ret)
			return ret;
		lat_add(lat, b.ns);
		ring_add(&m->batch, b.ns);
		m->slow += b.slow;
	}
	return 0;
}

static int write_loop(unsigned int nr, struct lat *lat)
{
	struct mine *m = &writer[nr];

	while (loop_more(lat)) {
		struct kmod_write w = { .lock = lock, .wait = window };
		int ret;

		if (!bench_think(lat, clock_from_s(period)))
			return 0;
		ret = kmod_ask(fd, KMOD_WRITE, &w);
		if (ret) {
			bench_why("a write lock: %s", ret == -ETIME ?
				  "readers were not fast again within 10 s" :
				  strerror(-ret));
			return ret;
		}
		lat_add(lat, w.ns);
		ring_add(&m->grace, w.grace);
		ring_add(&m->drain, w.drain);
		if (window)
			ring_add(&m->window, w.window);
	}
	return 0;
}

/*
 * The kernel has counted each pair as it did it, and each write; and who
 * chilled, on the CPU that did, how often.
 */
static int verify(void)
{
	struct kmod_done d = { 0 };
	uint64_t batches = readers * FLOOR_BATCHES, writes = 0;
	int ret = kmod_ask(fd, KMOD_DONE, &d);

	for (unsigned int i = 0; i < readers; i++)
		batches += bench_done("reader", i);
	for (unsigned int i = 0; i < writers; i++)
		writes += bench_done("writer", i);
	if (ret || d.pairs != batches * pairs || d.writes != writes) {
		bench_why("the kernel counts %llu pairs and %llu writes, not "
			  "%lu and %lu", d.pairs, d.writes, batches * pairs,
			  writes);
		return -1;
	}
	if (d.chilled == (cache < FLUSHED ? 0 : batches * pairs))
		return 0;
	bench_why("%llu of %lu turns began cold", d.chilled, batches * pairs);
	return -1;
}

static void cleanup(void)
{
	if (fd >= 0)
		close(fd);
}

static double per_turn(void)
{
	loop_ns = ring_median(&reader->floor, readers, sizeof(*reader)) / pairs;
	return loop_ns;
}

/*
 * A sample that is negative would be malformed, and with it a repetition of
 * a lock that costs nothing be left out, which leaves those where it seems to
 * cost something. At 0 it stays, and so do the median and the interval of its
 * order statistics. What is not a number stays so.
 */
static double per_pair(void)
{
	double left = ring_median(&reader->batch, readers, sizeof(*reader)) /
		      pairs - loop_ns;

	return left < 0 ? 0 : left;
}

static double slow_share(void)
{
	uint64_t slow = 0, all = 0;

	if (lock < KMOD_PERCPU_FAST)
		return NAN;
	for (unsigned int i = 0; i < readers; i++) {
		slow += reader[i].slow;
		all += reader[i].batch.nr;
	}
	return (double)slow / all;
}

static double grace(void)
{
	return ring_median(&writer->grace, writers, sizeof(*writer));
}

static double drain(void)
{
	return ring_median(&writer->drain, writers, sizeof(*writer));
}

static double after(void)
{
	return ring_median(&writer->window, writers, sizeof(*writer));
}

const struct bench bench = {
	.name = "rwlock",
	.summary = "read lock and unlock in batches inside the kernel",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "reader", .nr = &readers, .enter = enter,
		  .loop = read_loop },
		{ .name = "writer", .nr = &writers, .loop = write_loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		{ "loop", "ns", "lower", per_turn },	/* before the next */
		{ "pair", "ns", "lower", per_pair },
		{ "slow", "share", "lower", slow_share },
		{ "grace", "ns", "lower", grace },
		{ "drain", "ns", "lower", drain },
		{ "window", "ns", "lower", after },
		{ .name = NULL },
	},
	.needs = { .root = true, .module = true, .missing = missing,
		   .overhead = overhead, .pace = pace },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
