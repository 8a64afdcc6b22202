// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * escape - no thread is left behind by a move of its group
 *
 * Invariant: when a write of a tgid to cgroup.procs has succeeded, no
 * thread of that group is in the old cgroup any more, whatever the threads
 * cloned meanwhile.
 *
 * Three threads (cloners) start chains of threads, each made by the one before
 * it, which exits at once. The mover writes the group back and forth, and reads
 * the thread file of where it came from after each write. The group may have
 * more threads, which sleep (threads): the kernel then goes through that many
 * while the lock keeps the cloners out.
 *
 * Beside it, every 64th move is also made the way of user space: read the
 * thread ids, write them one by one. How many threads such a sweep leaves
 * behind is counted (sweeps, escaped), and asserted by nobody. On v2 that
 * takes threaded cgroups of their own. A group of 4,096 threads is not swept.
 *
 * Mutations: `sweep`, the sweep stands in for the write that is asserted;
 * `one-thread`, one thread id is written; `unwritten`, some writes are only
 * claimed.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "stress.h"

#define SWEEP_EVERY 64
#define MANY 4096

static unsigned long cloners, threads;
static struct cg domain = CG_NONE, from = CG_NONE, to = CG_NONE;
static struct {
	uint64_t sweeps, escaped;
} *swept;
static bool sweeping;			/* numbers stay what they were */

static const struct opt opts[] = {
	STRESS_OPTIONS(STRESS_ANY, "v1-freezer", "sweep one-thread unwritten"),
	{ "cloners", OPT_UINT, &cloners, "3", "1..4096",
	  "threads of the group that start chains of threads" },
	{ "threads", OPT_UINT, &threads, "1", "1..1000000",
	  "threads of the group, the other cloners not counted" },
	OPT_END
};

static const char *missing(void)
{
	const char *why = stress_missing();

	return why ? why : tg_missing(threads);
}

static int setup(void)
{
	int ret = stress_setup();

	if (!ret)
		ret = tg_room(threads);
	swept = bench_shared(sizeof(*swept));
	if (!swept)
		return -ENOMEM;
	sweeping = !stress_numbers() && threads < MANY;
	if (!sweeping)
		stress_say("no sweeps: %s", stress_numbers() ? stress_numbers() :
			   "too many threads");
	if (!ret)
		ret = cg_make(&stress_hier, &stress_base, "sweep", &domain);
	if (!ret)
		ret = cg_make(&stress_hier, &domain, "from", &from);
	if (!ret)
		ret = cg_make(&stress_hier, &domain, "to", &to);
	if (!ret && stress_hier.version == 2)
		ret = cg_write(&from, "cgroup.type", "threaded");
	if (!ret && stress_hier.version == 2)
		ret = cg_write(&to, "cgroup.type", "threaded");
	return ret ? stress_failed(ret, "cgroups for the sweep") : 0;
}

/* The first cloner is the leader, and makes those that sleep. */
static int enter(unsigned int nr)
{
	int ret = stress_chain_enter(nr);

	if (!ret && !nr)
		ret = tg_park(threads - 1);
	return ret ? stress_failed(ret, "%lu threads", threads) : 0;
}

/* One pass over the thread ids. At most MOST of them are written. */
static int sweep(long most)
{
	static pid_t id[MANY];
	const char *file = cg_threads_file(&from);
	long n = stress_ids(&from, file, id, MANY);

	if (n < 0)
		return stress_failed(n, "%s: %s", from.path, file);
	for (long i = 0; i < n && i < most; i++) {
		int ret = cg_write_pid(&to, file, id[i]);

		/* One that exits may be refused for any reason. */
		if (ret && stress_lives(stress->group, id[i]))
			return stress_failed(ret, "%s: %s", to.path, file);
	}
	return 0;
}

static int count_escapes(void)
{
	int ret = cg_write_pid(&from, "cgroup.procs", stress->group);
	long n;

	if (!ret)
		ret = sweep(MANY);
	if (ret)
		return stress_failed(ret, "a sweep from %s", from.path);
	n = cg_threads(&from);
	swept->sweeps++;
	swept->escaped += n > 0 ? n : 0;
	return 0;
}

/* Instead of a move. */
static int mutated(void)
{
	int ret = cg_write_pid(&from, "cgroup.procs", stress->group);

	if (!ret)
		ret = sweep(stress_broken("one-thread") ? 1 : MANY);
	return ret ? ret : stress_left(&from, stress->group);
}

static int move_loop(unsigned int nr, struct lat *lat)
{
	int ret = 0;

	(void)nr;
	while (!ret && loop_more(lat)) {
		const struct mover *m = &stress->pair;
		uint64_t begin = clock_ns();

		ret = stress_move(NULL, &stress->clones);
		lat_add(lat, clock_ns() - begin);
		if (ret)
			return stress_unmoved(m->at ? &m->a : &m->b, ret);
		ret = stress_left(m->at ? &m->a : &m->b, stress->group);
		if (!ret && sweeping && stress->moves.n % SWEEP_EVERY == 0)
			ret = count_escapes();
		if (!ret && (stress_broken("sweep") ||
			     stress_broken("one-thread")))
			ret = mutated();
	}
	return ret;
}

static int verify(void)
{
	const struct mover *m = &stress->pair;
	const struct cg *cg;
	long n;

	if (stress_move(NULL, &stress->clones))
		return stress_broke("the last move failed");
	cg = m->at ? &m->b : &m->a;
	n = cg_threads(cg);
	if (n < (long)threads)
		return stress_broke("%ld threads in %s, at least %lu are there",
				    n, cg->path, threads);
	return stress_all_in(cg, stress->group);
}

static void cleanup(void)
{
	stress_cleanup();
	cg_remove(&from, 10);
	cg_remove(&to, 10);
	cg_remove(&domain, 10);
}

static double sweeps(void)
{
	return swept->sweeps ? (double)swept->sweeps : NAN;
}

static double escaped(void)
{
	return swept->sweeps ? 1e3 * swept->escaped / swept->sweeps : NAN;
}

const struct bench bench = {
	.name = "escape",
	.summary = "no thread is left behind by a move of its group",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "cloner", .nr = &cloners, .shared = stress_shared,
		  .enter = enter, .loop = stress_chain_loop },
		{ .name = "mover", .loop = move_loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		STRESS_COUNTERS,
		{ "sweeps", "count", "higher", sweeps },
		{ "escaped-per-1000-sweeps", "threads", "lower", escaped },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing },
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
