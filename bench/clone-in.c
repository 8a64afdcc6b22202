// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clone-in - create children in a cgroup that is somewhere in a hierarchy
 *
 * One operation creates one child that exits at once, as in `clone` (thread
 * until its exit has been seen, lib/child.h), by a cloner that lives
 *
 *   home=root   in the root cgroup of the hierarchy, where the caller of this
 *                program has to be: nothing is moved there
 *   home=own     in a group of ours, depth groups below the one that is made
 *                for the run, which is the second below the root
 *
 * groups: empty groups beside the cloner's own, that merely exist.
 * hierarchy: v2-A+B has so many controllers in that group and all above it,
 * v2-all every one that the top passes on (controllers-count says how many).
 *
 * neighbours: cloners in a group each beside it, as busy as the first; only
 * the first one's children are in the samples.
 *
 * A fork takes a reference on the cgroups of its parent and asks controllers
 * that charge per task all the way up. The series of 2011 promised a shortcut
 * for tasks in the root.
 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "cg.h"
#include "child.h"
#include "tg.h"

enum { PLACE_ROOT, PLACE_OWN };

static int kind, place;
static unsigned long depth, groups, neighbours, one = 1;
static const char *hierarchy;

static const struct opt opts[] = {
	{ "kind", OPT_CHOICE, &kind, "thread", "thread fork vfork",
	  "how the child is made" },
	{ "hierarchy", OPT_WORD, &hierarchy, "v2", NULL,
	  "v2, v2-CONTROLLER[+CONTROLLER...], v2-all, v1-CONTROLLER or "
	  "v1-name=NAME" },
	{ "home", OPT_CHOICE, &place, "own", "root own",
	  "where the cloner lives: the root cgroup, or a cgroup of ours" },
	{ "depth", OPT_UINT, &depth, "0", "0..64",
	  "levels of cgroups between ours and the cloner's" },
	{ "groups", OPT_UINT, &groups, "0", "0..100000",
	  "empty cgroups next to the cloner's" },
	{ "neighbours", OPT_UINT, &neighbours, "0", "0..1024",
	  "other cloners, each in a cgroup next to it" },
	OPT_END
};

static struct cg_hier hier;
static struct cg base = CG_NONE, above = CG_NONE;
static struct cg *home;			/* of the cloner, of each neighbour */
static struct child *child;

static unsigned long all(void)
{
	return 1 + neighbours;
}

static const char *bad(void)
{
	if (place == PLACE_ROOT && (depth || groups || neighbours))
		return "--home root: nothing is made there; use --home own "
		       "with --depth, --groups, --neighbours";
	return cg_hier_bad(hierarchy);
}

/* What /proc/self/cgroup says of this hierarchy: is it "/"? */
static bool at_top(void)
{
	char line[PATH_MAX + 256];
	FILE *f = fopen("/proc/self/cgroup", "re");
	bool yes = false;

	while (f && !yes && fgets(line, sizeof(line), f)) {
		char *names = strchr(line, ':');
		char *path = names ? strchr(++names, ':') : NULL;

		if (!path)
			continue;
		*path++ = 0;
		path[strcspn(path, "\n")] = 0;
		yes = !strcmp(path, "/") &&
			(hier.version == 2 ? !*names :
			 cg_option(names, hier.controller));
	}
	if (f)
		fclose(f);
	return yes;
}

/*
 * A namespace calls its own top "/", and the root of a mount from outside of
 * it "/.."; in a mount of its own only the root has, or lacks, a file.
 */
static bool in_root(void)
{
	bool v2 = hier.version == 2;
	char file[PATH_MAX + 32];

	snprintf(file, sizeof(file), "%s/%s", hier.mount,
		 v2 ? "cgroup.type" : "release_agent");
	return !strcmp(hier.root, "/") && !access(file, F_OK) != v2 &&
		at_top();
}

static const char *missing(void)
{
	const char *why = cg_hier_missing(hierarchy, &hier);

	if (!why && place == PLACE_ROOT && !in_root())
		why = "--home root: the caller is not in the root cgroup of "
		      "the hierarchy, and nothing is moved there";
	return why ? why : tg_missing(2 * all());
}

static double overhead(void)
{
	return 0.015 + (groups + depth + all()) * 100e-6;
}

static int make_groups(void)
{
	char name[32];
	struct cg next;
	int ret = cg_base(&hier, &base);

	if (!ret)
		ret = cg_deep(&hier, &base, depth, &above);
	for (unsigned long i = 0; i < groups && !ret; i++) {
		snprintf(name, sizeof(name), "group%lu", i);
		ret = cg_make(&hier, &above, name, &next);
		if (!ret)
			cg_close(&next);
	}
	for (unsigned long i = 0; i < all() && !ret; i++) {
		snprintf(name, sizeof(name), "home%lu", i);
		ret = cg_make(&hier, &above, name, &home[i]);
	}
	if (ret)
		bench_why("making cgroups in %s: %s", hier.mount,
			  strerror(-ret));
	return ret;
}

static int setup(void)
{
	child = bench_shared(all() * sizeof(*child));
	home = calloc(all(), sizeof(*home));
	if (!child || !home)
		return -ENOMEM;
	for (unsigned long i = 0; i < all(); i++)
		home[i].dir = -1;
	return place == PLACE_ROOT ? 0 : make_groups();
}

static int enter(unsigned long nr)
{
	return place == PLACE_ROOT ? 0 :
		cg_write(&home[nr], "cgroup.procs", "0");
}

static int enter_cloner(unsigned int nr)
{
	return enter(nr);
}

static int enter_neighbour(unsigned int nr)
{
	return enter(1 + nr);
}

static int loop(unsigned int nr, struct lat *lat)
{
	return child_loop(&child[nr], kind, UNTIL_EXIT, 0, lat);
}

static int loop_neighbour(unsigned int nr, struct lat *lat)
{
	return loop(1 + nr, lat);
}

static int verify_one(const char *role, unsigned int nr, unsigned long at)
{
	uint64_t said = bench_done(role, nr);
	long in;

	if (child[at].seen != said) {
		bench_why("%s %u: %lu children seen, %lu reported", role, nr,
			  child[at].seen, said);
		return -1;
	}
	if (place == PLACE_ROOT)
		return 0;
	if (!cg_offers(&home[at], &hier, NULL)) {
		bench_why("%s has not all controllers of %s",
			  home[at].path, hierarchy);
		return -1;
	}
	in = cg_count(&home[at], "cgroup.procs");
	if (in != 1) {
		bench_why("%s %u: %ld processes in its group, not 1", role, nr,
			  in);
		return -1;
	}
	return 0;
}

static int verify(void)
{
	int ret = verify_one("cloner", 0, 0);

	if (!ret && place == PLACE_ROOT && !in_root()) {
		bench_why("the caller is no longer in the root cgroup");
		return -1;
	}
	for (unsigned int i = 0; i < neighbours && !ret; i++)
		ret = verify_one("neighbour", i, 1 + i);
	return ret;
}

static double controllers(void)
{
	unsigned int nr;

	if (place == PLACE_ROOT || hier.version == 1)
		return NAN;
	cg_offers(&home[0], &hier, &nr);
	return nr;
}

static void cleanup(void)
{
	for (unsigned long i = 0; home && i < all(); i++)
		cg_close(&home[i]);
	cg_close(&above);
	cg_close(&base);
}

const struct bench bench = {
	.name = "clone-in",
	.summary = "create a child in a cgroup, by where that cgroup is",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "cloner", .nr = &one, .enter = enter_cloner,
		  .loop = loop },
		{ .name = "neighbour", .nr = &neighbours,
		  .enter = enter_neighbour, .loop = loop_neighbour },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		{ "controllers", "count", "lower", controllers },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .overhead = overhead },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
