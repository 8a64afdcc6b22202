// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nsdelegate - a cgroup namespace is a border for moves
 *
 * Invariant: where v2 is mounted with nsdelegate, a process in a cgroup
 * namespace, root or not, moves processes inside its root, and gets ENOENT
 * for a move across it in either direction, which moves nothing. Nothing
 * else changes while the group clones.
 *
 * The option belongs to the whole system, so this test runs only where it
 * is on already. In a guest of the lab, where nobody else lives, it is
 * switched on for as long as the test runs.
 *
 * An overlap is a refused write during which a clone was on.
 *
 * Mutation: `outside`, the writer does not enter a namespace.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "stress.h"

static unsigned long cloners = 2;
static struct cg root = CG_NONE, inside = CG_NONE;
static struct cg_mount v2;
static bool switched;			/* nsdelegate is on, by us */
static int ns[2] = { -1, -1 };		/* the machine's, and root's */

static const struct opt opts[] = {
	STRESS_OPTIONS("v2", "v2", "outside"),
	OPT_END
};

static const char *missing(void)
{
	const char *why = stress_missing();
	struct cg_mount m;

	if (why || getenv("FORKPATH_LAB"))
		return why;
	return !cg_mount_find(2, "", NULL, &m) && cg_option(m.options, "nsdelegate") ? NULL :
	       "v2 is not mounted with nsdelegate";
}

/* Whoever mounts v2 again says all options that it is to have. */
static int remount(const char *path, const char *options)
{
	return mount("cgroup2", path, "cgroup2", MS_REMOUNT | MS_NOSUID,
		     options) ? -errno : 0;
}

static int switch_on(void)
{
	char options[600];
	int ret = cg_mount_find(2, "", NULL, &v2);

	if (ret)
		return ret;
	if (cg_option(v2.options, "nsdelegate"))
		return 0;
	snprintf(options, sizeof(options), "%s,nsdelegate", v2.options);
	switched = true;
	return remount(v2.path, options);
}

static int setup(void)
{
	int ret = stress_setup();

	if (!ret)
		ret = cg_make(&stress_hier, &stress_base, "root", &root);
	if (!ret)
		ret = cg_make(&stress_hier, &root, "inside", &inside);
	if (ret)
		return stress_failed(ret, "cgroups");
	ret = switch_on();
	return ret ? stress_failed(ret, "v2 with nsdelegate") : 0;
}

static int clone_enter(unsigned int nr)
{
	stress_chain_enter(nr);
	return cg_write_pid(&root, "cgroup.procs", getpid());
}

/*
 * The writer's second namespace has `root` as its root. Who is where is
 * looked at from the first one: /proc shows paths as the reader sees them.
 */
static int write_enter(unsigned int nr)
{
	int ret = cg_write_pid(&root, "cgroup.procs", getpid());

	(void)nr;
	for (int i = 0; i < 2 && !ret; i++) {
		if (i && unshare(CLONE_NEWCGROUP))
			return -errno;
		ns[i] = open("/proc/self/ns/cgroup", O_RDONLY | O_CLOEXEC);
		if (ns[i] < 0)
			ret = -errno;
	}
	return ret ? ret : setns(ns[0], CLONE_NEWCGROUP) ? -errno : 0;
}

static int must(const struct cg *to, const char *what, int error)
{
	int ret;

	if (setns(ns[!stress_broken("outside")], CLONE_NEWCGROUP))
		return stress_failed(-errno, "setns");
	ret = stress_write_pid(to, "cgroup.procs", stress->group, NULL,
			       error ? &stress->clones : NULL);
	if (setns(ns[0], CLONE_NEWCGROUP))
		return stress_failed(-errno, "setns");
	stress_count(ret ? &stress->refused.n : &stress->moves.n, 1);
	stress_note(what, stress->group, ret);
	return ret == -error ? 0 : stress_broke("%s: %s", what, ret ?
						strerror(-ret) :
						"it went well");
}

static int one_round(void)
{
	int ret = must(&inside, "move within the namespace", 0);

	if (!ret)
		ret = stress_left(&root, stress->group);
	if (!ret)
		ret = must(&stress->pair.a, "move out of it", ENOENT);
	if (!ret)
		ret = stress_all_in(&inside, stress->group);
	return ret ? ret : must(&root, "move back", 0);
}

static int loop(unsigned int nr, struct lat *lat)
{
	int ret = 0;

	(void)nr;
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		ret = one_round();
		lat_add(lat, clock_ns() - begin);
		stress_count(&stress->rounds.n, 1);
	}
	return ret;
}

static void cleanup(void)
{
	cg_remove(&inside, 10);
	cg_remove(&root, 10);
	if (switched)
		remount(v2.path, v2.options);
	stress_cleanup();
}

const struct bench bench = {
	.name = "nsdelegate",
	.summary = "a cgroup namespace is a border for moves",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "cloner", .nr = &cloners, .shared = stress_shared,
		  .enter = clone_enter, .loop = stress_chain_loop },
		{ .name = "writer", .enter = write_enter, .loop = loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = missing },
	.setup = setup,
	.cleanup = cleanup,
};
