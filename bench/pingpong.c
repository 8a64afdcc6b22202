// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pingpong - what it costs to get a cache line that another CPU has written
 *
 * Players on CPUs of their own hand one line round: each waits until a number
 * in it says that it is its turn, and counts the number up. Nothing is done
 * with the line in between. One operation is `rounds` turns of one player, so
 * rounds * players hand-overs; a sample is the time from the end of its last
 * turn before to the end of the last one of these, one of two clock reads
 * included. handover-ns is the median sample over its hand-overs: the time of
 * one transfer, T of `forkpath contention --forecast`.
 *
 * how:
 *   load-store  waits by loads, and stores: the line is asked for twice, to
 *               be read and to be owned
 *   cas         waits by trying compare-and-exchange, which takes the line
 *               from its owner each time: asked for once, locked
 *   fetch-add   waits by loads, and counts up by a locked addition, as who
 *               waits for a spin lock that was taken
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>

#include "bench.h"
#include "cpus.h"
#include "ring.h"

static int how;
static unsigned long players, rounds;

enum { LOAD_STORE, CAS, FETCH_ADD };

static const struct opt opts[] = {
	{ "how", OPT_CHOICE, &how, "cas", "load-store cas fetch-add",
	  "how a player waits for its turn, and ends it" },
	{ "players", OPT_UINT, &players, "2", "2..256",
	  "CPUs that pass the line round" },
	{ "rounds", OPT_UINT, &rounds, "100", "1..100000",
	  "turns of each player per operation" },
	OPT_END
};

struct line {				/* nothing else near it */
	uint64_t	nr;		/* turns that have ended */
	char		rest[4088];
};

struct mine {				/* one player's */
	uint64_t	turns, cut;	/* cut: of operations that were stopped */
	int		cpu;
	struct ring	batch;
	char		rest[256];
};

static struct line *line;
static struct mine *mine;

static const char *missing(void)
{
	static char why[80];
	unsigned int cpu[CPUS_MAX];
	int nr = cpus_allowed(cpu, CPUS_MAX);

	if (nr >= (int)players)
		return NULL;
	snprintf(why, sizeof(why), "%lu players need a CPU each; %d can be "
		 "used here", players, nr);
	return why;
}

static int setup(void)
{
	line = bench_shared(sizeof(*line));
	mine = bench_shared(players * sizeof(*mine));
	return line && mine ? 0 : -ENOMEM;
}

/* Is it turn NR? Then it has ended when this returns. */
static inline bool took(uint64_t nr)
{
	uint64_t seen = nr;

	if (how == CAS)
		return __atomic_compare_exchange_n(&line->nr, &seen, nr + 1,
						   false, __ATOMIC_ACQ_REL,
						   __ATOMIC_RELAXED);
	if (__atomic_load_n(&line->nr, __ATOMIC_ACQUIRE) != nr)
		return false;
	if (how == FETCH_ADD)
		__atomic_fetch_add(&line->nr, 1, __ATOMIC_ACQ_REL);
	else
		__atomic_store_n(&line->nr, nr + 1, __ATOMIC_RELEASE);
	return true;
}

/* False: told to stop before turn NR had come. */
static bool turn(uint64_t nr, const struct lat *lat)
{
	for (unsigned int i = 1; !took(nr); i++)
		if (i % 256 == 0 && !loop_more(lat))
			return false;
	return true;
}

static int enter(unsigned int nr)
{
	mine[nr].cpu = sched_getcpu();
	return 0;
}

/* Who is told to stop goes on with its next turn when it comes back. */
static int loop(unsigned int nr, struct lat *lat)
{
	struct mine *m = &mine[nr];
	uint64_t begin = clock_ns(), now;

	while (loop_more(lat)) {
		for (unsigned long i = 0; i < rounds; i++) {
			if (!turn(m->turns * players + nr, lat)) {
				m->cut += i;
				return 0;
			}
			m->turns++;
		}
		now = clock_ns();
		lat_add(lat, now - begin);
		if (lat->counts)
			ring_add(&m->batch, now - begin);
		begin = now;
	}
	return 0;
}

/* The line has been counted up once for each turn, and they were in turn. */
static int verify(void)
{
	for (unsigned int i = 1; i < players; i++) {
		for (unsigned int k = 0; k < i; k++) {
			if (mine[i].cpu != mine[k].cpu)
				continue;
			bench_why("players %u and %u are both on CPU %d", k, i,
				  mine[i].cpu);
			return -1;
		}
	}
	for (unsigned int i = 0; i < players; i++) {
		uint64_t said = bench_done("player", i) * rounds + mine[i].cut;
		/* Taken in turn, and ended between any two of them. */
		uint64_t due = (line->nr + players - 1 - i) / players;

		if (mine[i].turns != said) {
			bench_why("player %u: %" PRIu64 " turns, not the %"
				  PRIu64 " of its operations", i,
				  mine[i].turns, said);
			return -1;
		}
		if (mine[i].turns != due) {
			bench_why("player %u: %" PRIu64 " turns of %" PRIu64
				  ", not %" PRIu64, i, mine[i].turns, line->nr,
				  due);
			return -1;
		}
	}
	return 0;
}

static double handover(void)
{
	return ring_median(&mine->batch, players, sizeof(*mine)) / rounds /
	       players;
}

const struct bench bench = {
	.name = "pingpong",
	.summary = "hand one cache line from CPU to CPU",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "player", .nr = &players, .enter = enter,
		  .loop = loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		{ "handover", "ns", "lower", handover },
		{ .name = NULL },
	},
	.needs = { .missing = missing },
	.setup = setup,
	.verify = verify,
};
