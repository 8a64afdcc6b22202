// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clone-attach - what forking and moving thread groups do to each other
 *
 * Cloners create children that exit at once (one operation as in `clone`)
 * while attachers write a tgid to cgroup.procs (one operation as in
 * `attach`). The victims' latency holds the collateral stall, the
 * attackers' the wait for forks in flight.
 *
 *               unrelated                      inside
 *   cloners     processes of their own,        threads of the group that
 *               never moved                    is moved
 *   attachers   each moves a parked group      all move that one group,
 *               of its own                     each between two cgroups of
 *                                              its own
 *
 * threads: parked threads and leader of a moved group; with victims inside
 * the cloners come on top (all but the leader, which is the first cloner).
 *
 * beside-share is the share of the children during whose creation and exit a
 * group was moved, by the stamps of both (lib/span.h): with a think time most
 * children are beside nothing, and only the slowest tell of the stall.
 *
 * period 0 is a closed loop: the next child is created when the last one
 * has exited, so one stall hides the children that would have queued up
 * behind it ("service time"). With a period children are due on a fixed
 * schedule and their latency counts from the scheduled start; `schedule`
 * says which share of it was kept.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "bench.h"
#include "child.h"
#include "mover.h"
#include "rcu.h"

#define BESIDE_LEAST 100	/* children; fewer may miss all moves by chance */

enum { VICTIMS_UNRELATED, VICTIMS_INSIDE };

static int kind, victims, rcu;
static unsigned long cloners, attachers, threads;
static const char *hierarchy;
static double think, period;

static const struct opt opts[] = {
	{ "kind", OPT_CHOICE, &kind, "thread", "thread fork vfork",
	  "how the children are made" },
	{ "victims", OPT_CHOICE, &victims, "unrelated", "unrelated inside",
	  "where the cloners live: not in the moved group, or in it" },
	{ "cloners", OPT_UINT, &cloners, "1", "1..4096",
	  "actors that create children" },
	{ "attachers", OPT_UINT, &attachers, "1", "1..1024",
	  "actors that move groups" },
	{ "threads", OPT_UINT, &threads, "1", "1..1000000",
	  "threads of a moved group, the cloners not counted" },
	{ "hierarchy", OPT_WORD, &hierarchy, "v2", NULL,
	  "v2, v2-CONTROLLER, v1-CONTROLLER or v1-name=NAME" },
	{ "think", OPT_TIME, &think, "0", "0..1000",
	  "pause of an attacher between two writes" },
	{ "period", OPT_TIME, &period, "0", "0..1000",
	  "time between the due times of a cloner's children; 0: closed loop" },
	{ "rcu", OPT_CHOICE, &rcu, "as-is", RCU_WORDS, RCU_HELP },
	OPT_END
};

struct mine {			/* one attacher's, shared with the parent */
	struct mover	mover;
	struct tg	tg;	/* unrelated */
	int64_t		writes;
};

static struct cg_hier hier;
static struct cg base = CG_NONE;
static struct mine *mine;
static struct child *child;
static struct spans *cloned, *moved;	/* per cloner, per attacher */
static pid_t *victim;		/* shared: the group with the cloners in it */

static bool inside(void)
{
	return victims == VICTIMS_INSIDE;
}

static const char *bad(void)
{
	return cg_hier_bad(hierarchy);
}

static const char *missing(void)
{
	const char *why = cg_hier_missing(hierarchy, &hier);

	if (!why)
		why = rcu_missing(rcu);
	return why ? why : tg_missing((inside() ? 1 : attachers) * threads +
				      cloners);
}

static double pace(void)
{
	return think;
}

static double overhead(void)
{
	return 0.01 + (inside() ? 1 : attachers) * tg_seconds(threads);
}

static int setup(void)
{
	int ret = bench_room((inside() ? 1 : attachers) * threads + cloners);

	if (ret)
		return ret;
	mine = bench_shared(attachers * sizeof(*mine));
	child = bench_shared(cloners * sizeof(*child));
	victim = bench_shared(sizeof(*victim));
	cloned = bench_shared(cloners * sizeof(*cloned));
	moved = bench_shared(attachers * sizeof(*moved));
	if (!mine || !child || !victim || !cloned || !moved)
		return -ENOMEM;
	for (unsigned int i = 0; i < cloners; i++)
		child[i].spans = &cloned[i];
	ret = rcu_set(rcu);
	if (ret)
		return ret;
	ret = cg_base(&hier, &base);
	if (ret)
		bench_why("making a cgroup in %s: %s", hier.mount,
			  strerror(-ret));
	for (unsigned int i = 0; i < attachers && !ret; i++) {
		struct mine *m = &mine[i];

		ret = mover_make(&m->mover, &hier, &base, i, "cgroup.procs");
		if (ret || inside())
			continue;
		ret = tg_create(&m->tg, threads);
		if (!ret)
			ret = cg_write_pid(&m->mover.b, "cgroup.procs",
					   m->tg.pid);
		if (ret)
			bench_why("a thread group of %lu threads in %s: %s",
				  threads, m->mover.b.path, strerror(-ret));
		mover_value(&m->mover, m->tg.pid);
	}
	for (unsigned int i = 0; i < attachers; i++)
		mine[i].mover.at = 1;	/* the first move is to a */
	for (unsigned int i = 0; i < attachers; i++)
		mine[i].mover.spans = &moved[i];
	return ret;
}

static int enter_cloner(unsigned int nr)
{
	if (!inside() || nr)
		return 0;
	*victim = getpid();
	return tg_park(threads - 1);
}

static int enter_attacher(unsigned int nr)
{
	mine[nr].writes = mover_writes(getpid());
	return 0;
}

static int clone_loop(unsigned int nr, struct lat *lat)
{
	return child_loop(&child[nr], kind, UNTIL_EXIT, clock_from_s(period),
			  lat);
}

static int attach_loop(unsigned int nr, struct lat *lat)
{
	struct mover *m = &mine[nr].mover;

	if (inside())
		mover_value(m, *victim);
	return mover_loop(m, think, lat);
}

/* One of all cgroups holds the whole group, the others nothing. */
static int verify_inside(void)
{
	long want = threads - 1 + cloners, in = 0, groups = 0;

	tg_settled(*victim, want);
	if (attachers == 1)
		return mover_verify_move(&mine[0].mover, *victim, want);
	for (unsigned int i = 0; i < attachers; i++) {
		long a = cg_threads(&mine[i].mover.a);
		long b = cg_threads(&mine[i].mover.b);

		groups += (a != 0) + (b != 0);
		in += a + b;
	}
	if (groups != 1 || in != want || tg_threads(*victim) != want) {
		bench_why("%ld threads in %ld cgroups, %ld alive, of %ld in "
			  "one", in, groups, tg_threads(*victim), want);
		return -1;
	}
	return 0;
}

/* Children beside a move, of all. */
static double beside(void)
{
	return span_share(cloned, cloners, moved, attachers);
}

/* Both without pause, and never at the same time: not what it is called. */
static int verify_beside(void)
{
	uint64_t nr = bench_lat("cloner")->ops;

	if (think > 0 || period > 0 || nr < BESIDE_LEAST || beside() != 0)
		return 0;
	bench_why("none of %" PRIu64 " children was created while a group "
		  "was moved", nr);
	return -1;
}

static int verify(void)
{
	if (verify_beside())
		return -1;
	for (unsigned int i = 0; i < cloners; i++) {
		uint64_t said = bench_done("cloner", i);

		if (child[i].seen != said) {
			bench_why("cloner %u: %" PRIu64 " children seen, %"
				  PRIu64 " reported", i, child[i].seen, said);
			return -1;
		}
	}
	for (unsigned int i = 0; i < attachers; i++) {
		struct mine *m = &mine[i];
		uint64_t done = bench_done("attacher", i);

		if (mover_verify_writes(bench_pid("attacher", i), m->writes,
					done))
			return -1;
		if (m->mover.at != !(done & 1)) {
			bench_why("attacher %u: %" PRIu64 " moves end in the "
				  "wrong cgroup", i, done);
			return -1;
		}
		if (!inside() && mover_verify_move(&m->mover, m->tg.pid,
						   threads))
			return -1;
	}
	return inside() ? verify_inside() : 0;
}

static void cleanup(void)
{
	for (unsigned int i = 0; mine && i < attachers; i++)
		mover_unmake(&mine[i].mover, inside() ? NULL : &mine[i].tg);
	cg_close(&base);
}

/* Children created of those that were due. */
static double kept(void)
{
	double due;

	if (period <= 0)
		return NAN;
	due = cloners * bench_seconds("cloner") / period;
	return due >= 1 ? bench_lat("cloner")->ops / due : NAN;
}

const struct bench bench = {
	.name = "clone-attach",
	.summary = "create children while thread groups are moved",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "cloner", .nr = &cloners, .shared = inside,
		  .enter = enter_cloner, .loop = clone_loop },
		{ .name = "attacher", .nr = &attachers,
		  .enter = enter_attacher, .loop = attach_loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		{ "schedule", "kept", "higher", kept },
		{ "beside", "share", "higher", beside },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .overhead = overhead,
		   .pace = pace },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
