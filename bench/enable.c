// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * enable - what switching a controller on and off costs
 *
 * One operation is two writes to cgroup.subtree_control of one v2 cgroup:
 * `+CONTROLLER`, then `-CONTROLLER`; the sample holds both and nothing else,
 * the file is open before. The kernel moves
 * every task below to other css_sets, under the same lock as a write to
 * cgroup.procs; since 6.0 it leaves the lock alone where there is nobody.
 *
 * tasks: processes that live in one child of the cgroup; 0: it is empty.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "child.h"
#include "mover.h"

static const char *controller;
static unsigned long tasks;
static double think;

static const struct opt opts[] = {
	{ "controller", OPT_WORD, &controller, "pids", NULL,
	  "a controller that is enabled at the top of v2" },
	{ "tasks", OPT_UINT, &tasks, "0", "0..10000",
	  "processes in the child cgroup" },
	{ "think", OPT_TIME, &think, "0", "0..1000",
	  "pause between two operations" },
	OPT_END
};

struct shared {
	uint64_t	rounds;
	int64_t		writes;
};

static struct cg_hier hier;
static struct cg base = CG_NONE, child = CG_NONE;
static struct shared *all;
static struct tg *tg;
static char on[80], off[80];
static int control = -1;		/* cgroup.subtree_control */

static const char *missing(void)
{
	char name[64];
	const char *why;

	if (snprintf(name, sizeof(name), "v2-%s", controller) >=
	    (int)sizeof(name))
		return "--controller: no controller has such a name";
	why = cg_hier_missing(name, &hier);
	if (!why)
		why = child_into_missing();
	return why ? why : tg_missing(8 * tasks + 1);
}

static double pace(void)
{
	return think;
}

static double overhead(void)
{
	return 0.05 + tasks * 400e-6;
}

static int setup(void)
{
	int ret = bench_room(tasks + 1);

	snprintf(on, sizeof(on), "+%s", controller);
	snprintf(off, sizeof(off), "-%s", controller);
	all = bench_shared(sizeof(*all));
	tg = calloc(tasks + 1, sizeof(*tg));
	if (!all || !tg)
		return -ENOMEM;
	if (!ret)
		ret = cg_base(&hier, &base);
	if (!ret)
		ret = cg_make(&hier, &base, "child", &child);
	for (unsigned long i = 0; i < tasks && !ret; i++)
		ret = tg_create_in(&tg[i], 1, &child);
	/* cg_base() has switched it on. */
	if (!ret)
		ret = cg_write(&base, "cgroup.subtree_control", off);
	if (!ret) {
		control = cg_open(&base, "cgroup.subtree_control", O_WRONLY);
		ret = control < 0 ? control : 0;
	}
	if (ret)
		bench_why("%lu processes below %s: %s", tasks, base.path,
			  strerror(-ret));
	return ret;
}

static int enter(unsigned int nr)
{
	(void)nr;
	all->writes = mover_writes(getpid());
	return 0;
}

/* On and off. 0 or -errno. */
static int switch_it(size_t len_on, size_t len_off)
{
	ssize_t n = write(control, on, len_on);

	if (n == (ssize_t)len_on) {
		n = write(control, off, len_off);
		if (n == (ssize_t)len_off)
			return 0;
	}
	return n < 0 ? -errno : -EIO;
}

static int loop(unsigned int nr, struct lat *lat)
{
	const size_t len_on = strlen(on), len_off = strlen(off);

	(void)nr;
	while (loop_more(lat)) {
		uint64_t begin, end;
		int ret;

		if (!bench_think(lat, clock_from_s(think)))
			return 0;
		begin = clock_ns();
		ret = switch_it(len_on, len_off);
		end = clock_ns();
		if (ret) {
			bench_why("cgroup.subtree_control of %s: %s",
				  base.path, strerror(-ret));
			return ret;
		}
		all->rounds++;
		lat_add(lat, end - begin);
	}
	return 0;
}

/* What the child may use, as the kernel says: CONTROLLER or not. */
static bool offered(void)
{
	char list[256], *word, *next = list;

	if (cg_read(&child, "cgroup.controllers", list, sizeof(list)) <= 0)
		return false;
	while ((word = strsep(&next, " ")))
		if (!strcmp(word, controller))
			return true;
	return false;
}

static int verify(void)
{
	uint64_t said = bench_done("switcher", 0);
	bool before = offered(), between;

	if (all->rounds != said) {
		bench_why("%" PRIu64 " times on and off, %" PRIu64 " reported",
			  all->rounds, said);
		return -1;
	}
	if (mover_verify_writes(bench_pid("switcher", 0), all->writes,
				2 * said))
		return -1;
	/* Once more, looking in between. */
	cg_write(&base, "cgroup.subtree_control", on);
	between = offered();
	cg_write(&base, "cgroup.subtree_control", off);
	if (before || !between || offered() ||
	    cg_threads(&child) != (long)tasks) {
		bench_why("%s is not switched on and off, or the child has %ld "
			  "tasks, not %lu", controller, cg_threads(&child),
			  tasks);
		return -1;
	}
	return 0;
}

static void cleanup(void)
{
	for (unsigned long i = 0; tg && i < tasks; i++)
		tg_destroy(&tg[i]);
	if (control >= 0)
		close(control);
	cg_remove(&child, 30);
	cg_close(&base);
}

const struct bench bench = {
	.name = "enable",
	.summary = "switch a controller on and off for the cgroups below",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "switcher", .enter = enter, .loop = loop },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .overhead = overhead,
		   .pace = pace },
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
