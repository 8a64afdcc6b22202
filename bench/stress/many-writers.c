// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * many-writers - one group, many that move it; many groups, one mover each
 *
 * Invariant: whenever no write is on, a group is in one cgroup as a whole,
 * in the one that was written last; every write succeeds.
 *
 * Three attachers write one group, whose two threads clone, to one of two
 * cgroups, drawn each time. Every 64th time one of them holds the others
 * off, writes, and looks. Meanwhile two lone attachers move parked groups
 * of eight threads, where every thread can be counted after every move.
 *
 * An overlap is a write of the one group while another one was on.
 *
 * Mutation: `one-thread` (v1), a thread id is written to `tasks` instead.
 */
#include <errno.h>
#include <string.h>

#include "stress.h"

#define LONE		2
#define LONE_THREADS	8
#define LOOK_EVERY	64

static unsigned long cloners = 2, attachers = 3, lone = LONE;
static struct own {
	struct mover	mover;
	struct tg	tg;
} *own;
static struct race *writes;		/* of the one group */

static const struct opt opts[] = {
	STRESS_OPTIONS(STRESS_ANY, "v1-freezer", "one-thread"),
	OPT_END
};

static const char *missing(void)
{
	const char *why = stress_missing();

	if (!why && stress_broken("one-thread") && stress_hier.version == 2)
		why = "a thread id cannot be written to a v2 domain";
	return why ? why : tg_missing(LONE * LONE_THREADS);
}

static int setup(void)
{
	int ret = tg_room(LONE * LONE_THREADS);

	if (!ret)
		ret = stress_setup();
	own = bench_shared(LONE * sizeof(*own));
	writes = bench_shared(sizeof(*writes));
	for (unsigned int i = 0; i < LONE && own && writes && !ret; i++) {
		struct mover *m = &own[i].mover;

		ret = mover_make(m, &stress_hier, &stress_base, i + 1,
				 "cgroup.procs");
		if (!ret)
			ret = tg_create(&own[i].tg, LONE_THREADS);
		if (!ret)
			ret = cg_write_pid(&m->a, "cgroup.procs",
					   own[i].tg.pid);
		mover_value(m, own[i].tg.pid);
	}
	return own && writes ? ret : -ENOMEM;
}

static int write_to(unsigned int side)
{
	const struct mover *m = &stress->pair;
	int ret;

	ret = stress_write_pid(side ? &m->b : &m->a,
			       stress_broken("one-thread") ? "tasks" :
			       "cgroup.procs", stress->group, writes, writes);
	stress_count(&stress->moves.n, 1);
	stress_note(side ? "move to b of" : "move to a of", stress->group, ret);
	if (ret)
		return stress_unmoved(side ? &m->b : &m->a, ret);
	return 0;
}

static int look(unsigned int side)
{
	const struct mover *m = &stress->pair;
	int ret = write_to(side);

	if (!ret)
		ret = stress_left(side ? &m->a : &m->b, stress->group);
	if (!ret)
		ret = stress_all_in(side ? &m->b : &m->a, stress->group);
	stress_count(&stress->rounds.n, 1);
	return ret;
}

static int attach_loop(unsigned int nr, struct lat *lat)
{
	static struct rng rng;
	int ret = 0;

	if (!rng.state)
		rng = stress_rng(nr);
	while (!ret && loop_more(lat)) {
		bool alone = lat->ops % LOOK_EVERY == LOOK_EVERY - 1;
		uint64_t begin;

		if (alone)
			pthread_rwlock_wrlock(&stress->quiet);
		else
			pthread_rwlock_rdlock(&stress->quiet);
		begin = clock_ns();
		ret = alone ? look(rng_below(&rng, 2)) :
			      write_to(rng_below(&rng, 2));
		lat_add(lat, clock_ns() - begin);
		pthread_rwlock_unlock(&stress->quiet);
	}
	return ret;
}

static int lone_loop(unsigned int nr, struct lat *lat)
{
	struct mover *m = &own[nr].mover;
	int ret = 0;

	while (!ret && loop_more(lat)) {
		lat_add(lat, mover_write(m, !m->at, &ret));
		stress_count(&stress->moves.n, 1);
		if (ret)
			return stress_broke("group of its own: %s",
					    strerror(-ret));
		m->at = !m->at;
		if (mover_verify(m, m->at, own[nr].tg.pid, LONE_THREADS))
			ret = -EBADMSG;
	}
	return ret;
}

static int verify(void)
{
	return look(0) || look(1);
}

static void cleanup(void)
{
	stress_cleanup();
	for (unsigned int i = 0; own && i < LONE; i++)
		mover_unmake(&own[i].mover, &own[i].tg);
}

const struct bench bench = {
	.name = "many-writers",
	.summary = "many that move one group, and many groups",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "cloner", .nr = &cloners, .shared = stress_shared,
		  .enter = stress_chain_enter, .loop = stress_chain_loop },
		{ .name = "attacher", .nr = &attachers, .loop = attach_loop },
		{ .name = "lone", .nr = &lone, .loop = lone_loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = missing },
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
