// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * controllers - a v2 controller comes and goes while groups move and fork
 *
 * Invariant: writes of +controller and -controller to the subtree_control
 * above succeed and do what they say (the controller's files come and go in
 * both cgroups), moves between the two succeed all the while, and no thread
 * is left behind.
 *
 * An overlap is a toggle during which a move was on.
 *
 * Mutations: `untoggled`, the controller is not taken away; `unwritten`,
 * some moves are only claimed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stress.h"

static unsigned long cloners = 2;
static struct race *moving;

/* A file that is there if and only if the controller is. */
static const struct {
	const char *controller, *file;
} files[] = {
	{ "cpuset", "cpuset.cpus" }, { "memory", "memory.max" },
	{ "pids", "pids.max" }, { "cpu", "cpu.weight" },
	{ "hugetlb", "hugetlb.2MB.max" },
};

static const struct opt opts[] = {
	STRESS_OPTIONS("v2-memory v2-cpuset v2-cpu v2-pids v2-hugetlb",
		       "v2-memory", "untoggled unwritten"),
	OPT_END
};

static int setup(void)
{
	moving = bench_shared(sizeof(*moving));
	return moving ? stress_setup() : -ENOMEM;
}

static int move_loop(unsigned int nr, struct lat *lat)
{
	const struct mover *m = &stress->pair;
	int ret = 0;

	(void)nr;
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		ret = stress_move(moving, NULL);
		lat_add(lat, clock_ns() - begin);
		if (ret)
			return stress_unmoved(m->at ? &m->a : &m->b, ret);
		ret = stress_left(m->at ? &m->a : &m->b, stress->group);
	}
	return ret;
}

static int toggle(bool on, const char *file)
{
	const struct cg *const both[] = { &stress->pair.a, &stress->pair.b };
	char value[sizeof(stress_hier.controller) + 1];
	int ret = 0;

	snprintf(value, sizeof(value), "%c%s", on ? '+' : '-',
		 stress_hier.controller);
	if (on || !stress_broken("untoggled"))
		ret = stress_write(&stress_base, "cgroup.subtree_control",
				   value, NULL, moving);
	stress_note(on ? "controller on" : "controller off", 0, ret);
	if (ret)
		return stress_broke("%s to %s/cgroup.subtree_control: %s",
				    value, stress_base.path, strerror(-ret));
	for (int i = 0; i < 2; i++)
		if (!faccessat(both[i]->dir, file, F_OK, 0) != on)
			return stress_broke("%s/%s is %sthere after %s",
					    both[i]->path, file, on ? "not " :
					    "", value);
	return 0;
}

static int toggle_loop(unsigned int nr, struct lat *lat)
{
	const char *file = NULL;
	int ret = 0;

	(void)nr;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (!strcmp(files[i].controller, stress_hier.controller))
			file = files[i].file;
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		ret = toggle(false, file);
		if (!ret)
			ret = toggle(true, file);
		lat_add(lat, clock_ns() - begin);
		stress_count(&stress->rounds.n, 1);
	}
	return ret;
}

const struct bench bench = {
	.name = "controllers",
	.summary = "a v2 controller comes and goes while groups move and fork",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "cloner", .nr = &cloners, .shared = stress_shared,
		  .enter = stress_chain_enter, .loop = stress_chain_loop },
		{ .name = "mover", .loop = move_loop },
		{ .name = "toggler", .loop = toggle_loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = stress_missing },
	.setup = setup,
	.cleanup = stress_cleanup,
};
