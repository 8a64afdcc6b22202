// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * freeze - a group is moved into and out of cgroups that freeze and thaw
 *
 * Invariants: a move succeeds whatever the state of both sides, and no
 * thread is left; a group that was moved into a frozen cgroup stands still
 * once the cgroup says that it is frozen, and one that was moved out of it
 * runs again. v1: freezer.state; v2: cgroup.freeze and cgroup.events.
 *
 * A freezer freezes and thaws `b` without pause while the mover writes the
 * group, which clones, back and forth. Every 16th round the mover puts it
 * into a cgroup that is frozen for good, waits for FROZEN, looks for 2 ms
 * whether it clones, takes it out and waits until it does. An overlap is a
 * move during which the state of `b` was being written.
 *
 * Mutations: `thawed`, that cgroup is not frozen; `unwritten`, some moves
 * are only claimed.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "stress.h"

#define LOOK_EVERY 16

static unsigned long cloners = 2;
static struct cg frozen = CG_NONE;
static struct race *writing;		/* of the state of b */
static uint32_t *over;			/* a failure: thaw, and stay so */
static uint32_t *ended;			/* phases the mover is done with */

static const struct opt opts[] = {
	STRESS_OPTIONS(STRESS_BOTH, "v1-freezer", "thawed unwritten"),
	OPT_END
};

static int set(const struct cg *cg, bool freeze)
{
	if (cg->version == 1)
		return stress_write(cg, "freezer.state", freeze ? "FROZEN" :
				    "THAWED", writing, NULL);
	return stress_write(cg, "cgroup.freeze", freeze ? "1" : "0", writing,
			    NULL);
}

static bool is_frozen(const struct cg *cg)
{
	char state[32];

	if (cg->version == 2)
		return stress_value(cg, "cgroup.events", "frozen") == 1;
	return cg_read(cg, "freezer.state", state, sizeof(state)) > 0 &&
	       !strcmp(state, "FROZEN");
}

static int setup(void)
{
	int ret = stress_setup();

	writing = bench_shared(sizeof(*writing));
	over = bench_shared(sizeof(*over));
	ended = bench_shared(sizeof(*ended));
	if (!writing || !over || !ended)
		return -ENOMEM;
	if (!ret)
		ret = cg_make(&stress_hier, &stress_base, "frozen", &frozen);
	if (!ret && !stress_broken("thawed"))
		ret = set(&frozen, true);
	return ret ? stress_failed(ret, "freezing %s", frozen.path) : 0;
}

static uint64_t clones(void)
{
	return __atomic_load_n(&stress->clones.begun, __ATOMIC_SEQ_CST);
}

static void nap(long us)
{
	nanosleep(&(struct timespec){ .tv_nsec = us * 1000 }, NULL);
}

static int stand_still(void)
{
	struct turn frozen_by = { 0 }, runs_by = { 0 };
	uint64_t seen;
	int ret = cg_write_pid(&frozen, "cgroup.procs", stress->group);

	stress_note("move to frozen of", stress->group, ret);
	if (ret)
		return stress_unmoved(&frozen, ret);
	while (!stress_broken("thawed") && !is_frozen(&frozen)) {
		if (stress_overdue(&frozen_by))
			return stress_broke("%s does not get frozen",
					    frozen.path);
	}
	seen = clones();
	nap(stress_broken("thawed") ? 50000 : 2000);
	if (clones() != seen)
		return stress_broke("%lu clones of %d in %s, which is "
				    "frozen", clones() - seen, stress->group,
				    frozen.path);
	ret = cg_write_pid(&stress->pair.a, "cgroup.procs", stress->group);
	stress_note("move out of frozen", stress->group, ret);
	stress->pair.at = 0;
	if (ret)
		return stress_unmoved(&stress->pair.a, ret);
	while (clones() == seen) {
		if (stress_overdue(&runs_by))
			return stress_broke("process %d does not run since it "
					    "left %s", stress->group,
					    frozen.path);
	}
	stress_count(&stress->rounds.n, 1);
	stress_count(&stress->moves.n, 2);
	return 0;
}

/* A frozen v1 task cannot even be killed. */
static void thaw_all(void)
{
	__atomic_store_n(over, 1, __ATOMIC_SEQ_CST);
	set(&frozen, false);
	set(&stress->pair.b, false);
}

static int move_once(void)
{
	const struct mover *m = &stress->pair;
	int ret = stress_move(NULL, writing);

	if (ret)
		return stress_unmoved(m->at ? &m->a : &m->b, ret);
	return stress_left(m->at ? &m->a : &m->b, stress->group);
}

static int move_loop(unsigned int nr, struct lat *lat)
{
	int ret = 0;

	(void)nr;
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		ret = move_once();
		lat_add(lat, clock_ns() - begin);
		if (!ret && lat->ops % LOOK_EVERY == 0)
			ret = stand_still();
	}
	/* In a, which is never frozen, the cloners hear that it is over. */
	if (!ret && stress->pair.at)
		ret = move_once();
	if (ret)
		thaw_all();
	__atomic_fetch_add(ended, 1, __ATOMIC_SEQ_CST);
	return ret;
}

/* They clone as long as the mover may look whether they do: past the end. */
static int clone_loop(unsigned int nr, struct lat *lat)
{
	static __thread uint32_t phase;
	int ret = stress_chain_loop(nr, lat);

	phase++;
	while (!ret && __atomic_load_n(ended, __ATOMIC_SEQ_CST) < phase)
		ret = stress_chain();
	return ret;
}

static int freeze_loop(unsigned int nr, struct lat *lat)
{
	const struct cg *b = &stress->pair.b;
	int ret = 0;

	(void)nr;
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		ret = set(b, true);
		stress_note("freeze b", 0, ret);
		nap(50);
		if (!ret || __atomic_load_n(over, __ATOMIC_SEQ_CST))
			ret = set(b, false);
		stress_note("thaw b", 0, ret);
		lat_add(lat, clock_ns() - begin);
		if (__atomic_load_n(over, __ATOMIC_SEQ_CST))
			return 0;
	}
	if (ret)
		thaw_all();
	return ret ? stress_broke("state of %s: %s", b->path, strerror(-ret)) :
		     0;
}

static void cleanup(void)
{
	stress_cleanup();
	cg_remove(&frozen, 10);
}

const struct bench bench = {
	.name = "freeze",
	.summary = "a group is moved between cgroups that freeze and thaw",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "cloner", .nr = &cloners, .shared = stress_shared,
		  .enter = stress_chain_enter, .loop = clone_loop },
		{ .name = "mover", .loop = move_loop },
		{ .name = "freezer", .loop = freeze_loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = stress_missing },
	.setup = setup,
	.cleanup = cleanup,
};
