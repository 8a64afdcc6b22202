// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clone - what it costs to create a child that exits at once
 *
 * One operation creates one child and sees its exit (lib/child.h says how,
 * per kind). A sample lasts from right before the system call until the
 * exit has been seen, or with --until return until the call has returned in
 * the parent. It holds the whole fork path: the read lock that a write to
 * cgroup.procs takes for writing is a small part of it, on both sides (fork
 * and exit). It excludes what runs between two operations: the loop, the
 * histogram.
 *
 * siblings: threads already parked in each cloner's thread group.
 * group: cloners as threads of one group, or as one process each.
 */
#include <errno.h>
#include <unistd.h>

#include "bench.h"
#include "cg.h"
#include "child.h"
#include "tg.h"

static int kind, until, group;
static unsigned long siblings, cloners;
static double period;

enum { GROUP_OWN, GROUP_SHARED };

static struct child *child;		/* one per cloner */
static double *cpu;			/* seconds a cloner's children took */
static struct cg base = CG_NONE, into = CG_NONE;

static const struct opt opts[] = {
	{ "kind", OPT_CHOICE, &kind, "thread", CHILD_KINDS,
	  "how the child is made" },
	{ "siblings", OPT_UINT, &siblings, "0", "0..1000000",
	  "threads already parked in the cloner's group" },
	{ "cloners", OPT_UINT, &cloners, "1", "1..4096",
	  "actors that create children at the same time" },
	{ "group", OPT_CHOICE, &group, "own", "own shared",
	  "a thread group for each cloner, or one for all" },
	{ "until", OPT_CHOICE, &until, "exit", CHILD_UNTILS,
	  "where the sample ends" },
	{ "period", OPT_TIME, &period, "0", "0..1000",
	  "time between the due times of a cloner's children, from which "
	  "latency counts (open loop); 0: closed loop" },
	OPT_END
};

static bool is_shared(void)
{
	return group == GROUP_SHARED;
}

static const char *missing(void)
{
	struct cg_hier h;
	const char *why;

	why = tg_missing(siblings * (group == GROUP_OWN ? cloners : 1) +
			 2 * cloners);
	if (why || kind != CHILD_INTO)
		return why;
	if (geteuid())
		return "needs root";
	why = cg_hier_missing("v2", &h);
	return why ? why : child_into_missing();
}

static const char *bad(void)
{
	if (kind == CHILD_VFORK && until == UNTIL_RETURN)
		return "--until return: vfork returns when the child has "
		       "exited; use --until exit";
	if (period > 0 && until == UNTIL_RETURN)
		return "--period: an open loop waits for the exit; use --until "
		       "exit";
	return NULL;
}

static double pace(void)
{
	return period;
}

static double overhead(void)
{
	return 0.005 + (group == GROUP_OWN ? cloners : 1) * tg_seconds(siblings);
}

static int setup(void)
{
	unsigned long parked = siblings * (group == GROUP_OWN ? cloners : 1);
	struct cg_hier h;
	int ret;

	child = bench_shared(cloners * sizeof(*child));
	cpu = bench_shared(cloners * sizeof(*cpu));
	if (!child || !cpu)
		return -ENOMEM;
	ret = parked ? bench_room(parked) : 0;
	if (ret)
		return ret;
	if (kind != CHILD_INTO)
		return 0;
	ret = cg_hier_find("v2", NULL, &h);
	if (!ret)
		ret = cg_base(&h, &base);
	if (!ret)
		ret = cg_make(&h, &base, "into", &into);
	if (ret)
		bench_why("making a cgroup in %s failed", h.mount);
	return ret;
}

static int enter(unsigned int nr)
{
	(void)nr;
	return tg_park(siblings);
}

static int loop(unsigned int nr, struct lat *lat)
{
	int ret;

	child[nr].cgroup = into.dir;
	ret = child_loop(&child[nr], kind, until, clock_from_s(period), lat);
	cpu[nr] = child_cpu();
	return ret;
}

/* Of all children: those of one process have been added up by the kernel. */
static int verify_into(void)
{
	double used = 0;

	for (unsigned int i = 0; i < cloners; i++)
		if (group == GROUP_OWN)
			used += cpu[i];
		else if (cpu[i] > used)
			used = cpu[i];
	return child_verify_in(child_cpu_in(into.dir), used);
}

static int verify(void)
{
	for (unsigned int i = 0; i < cloners; i++) {
		uint64_t said = bench_done("cloner", i);
		long want = siblings + (group == GROUP_SHARED ? cloners : 1);
		long threads = tg_settled(bench_pid("cloner", i), want);

		if (child[i].seen != said) {
			bench_why("cloner %u: %lu children seen, %lu reported",
				  i, child[i].seen, said);
			return 1;
		}
		if (threads != want) {
			bench_why("cloner %u: %ld threads in its group, not "
				  "%ld", i, threads, want);
			return 1;
		}
	}
	return kind == CHILD_INTO ? verify_into() : 0;
}

static void cleanup(void)
{
	cg_remove(&into, 30);
	cg_close(&base);
}

const struct bench bench = {
	.name = "clone",
	.summary = "create one child that exits at once, and see it exit",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "cloner", .nr = &cloners, .shared = is_shared,
		  .enter = enter, .loop = loop },
		{ .name = NULL },
	},
	.needs = { .missing = missing, .overhead = overhead,
		   .pace = pace },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
