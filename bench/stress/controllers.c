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
#include <dirent.h>
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

/* Of hugetlb there is a set for each size of pages that the machine has. */
static const char *hugetlb_file(void)
{
	static char name[sizeof(((struct dirent *)0)->d_name)];
	DIR *d = opendir(stress->pair.a.path);
	struct dirent *e;

	while (d && !*name && (e = readdir(d)))
		if (!strncmp(e->d_name, "hugetlb.", 8))
			snprintf(name, sizeof(name), "%s", e->d_name);
	if (d)
		closedir(d);
	return *name ? name : NULL;
}

static const char *file_of_controller(void)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (!strcmp(files[i].controller, stress_hier.controller))
			return files[i].file;
	return hugetlb_file();
}

static int toggle_loop(unsigned int nr, struct lat *lat)
{
	static const char *file;
	int ret = 0;

	(void)nr;
	if (!file)
		file = file_of_controller();
	if (!file)
		return stress_failed(-ENOENT, "a file of %s in %s",
				     stress_hier.controller,
				     stress->pair.a.path);
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
