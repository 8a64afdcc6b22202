// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tree - deep and wide hierarchies come and go with processes in them
 *
 * Invariant: /proc/PID/cgroup of a process names a cgroup that exists, or
 * one that it has left meanwhile, or says that it is deleted; moves between
 * the ends of deep and wide trees succeed; a tree that is empty can be
 * removed, level by level.
 *
 * A builder makes a chain 48 cgroups deep and 96 siblings side by side,
 * and removes them again from the ends. A mover writes a group of cloning
 * threads to a cgroup of those that is drawn; what is being removed may say
 * ENODEV. A looker reads where the group is and looks for the directory. An
 * overlap is a mkdir or rmdir during a move.
 *
 * Mutation: `astray`, the looker looks for a directory of another name.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stress.h"

#define DEEP	48
#define WIDE	96
#define LOOKS	4	/* until what is not there does not exist */

static unsigned long cloners = 2;
static struct race *building;

static const struct opt opts[] = {
	STRESS_OPTIONS("v1-freezer v1-memory v2 v2-memory", "v1-freezer",
		       "astray"),
	OPT_END
};

static int setup(void)
{
	building = bench_shared(sizeof(*building));
	return building ? stress_setup() : -ENOMEM;
}

/* Cgroup NR of the trees, below stress_base: d, d/d, ... and w0, w1, ... */
static const char *name_of(unsigned int nr, char *buf, size_t len)
{
	size_t n = 0;

	if (nr >= DEEP) {
		snprintf(buf, len, "w%u", nr - DEEP);
		return buf;
	}
	for (unsigned int i = 0; i <= nr && n + 3 < len; i++)
		n += snprintf(buf + n, len - n, "%sd", i ? "/" : "");
	return buf;
}

static int build(unsigned int nr, bool make)
{
	char name[2 * DEEP + 8];
	int ret;

	name_of(nr, name, sizeof(name));
	race_begin(building);
	if (make)
		ret = mkdirat(stress_base.dir, name, 0755);
	else
		ret = unlinkat(stress_base.dir, name, AT_REMOVEDIR);
	ret = ret ? -errno : 0;
	race_end(building);
	stress_note(make ? "mkdir" : "rmdir", nr, ret);
	return ret;
}

static int build_loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	while (loop_more(lat)) {
		uint64_t begin = clock_ns();

		for (unsigned int i = 0; i < DEEP + WIDE; i++) {
			int ret = build(i, true);

			if (ret && ret != -EEXIST)
				return stress_broke("mkdir %u: %s", i,
						    strerror(-ret));
		}
		/* The group may be in one, which then stays with its parents. */
		for (unsigned int i = DEEP + WIDE; i--;) {
			int ret = build(i, false);

			if (ret && ret != -EBUSY && ret != -ENOENT)
				return stress_broke("rmdir %u: %s", i,
						    strerror(-ret));
		}
		lat_add(lat, clock_ns() - begin);
		stress_count(&stress->rounds.n, 1);
	}
	return 0;
}

static int move_to(unsigned int nr)
{
	char file[2 * DEEP + 32], name[2 * DEEP + 8], value[16];
	int fd, ret;

	snprintf(file, sizeof(file), "%s/cgroup.procs",
		 name_of(nr, name, sizeof(name)));
	fd = openat(stress_base.dir, file, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENODEV ? 0 :
		       stress_failed(-errno, "%s", file);
	snprintf(value, sizeof(value), "%d", stress->group);
	ret = stress_write_fd(fd, value, NULL, building);
	close(fd);
	stress_note("move to", nr, ret);
	/* A cgroup with children takes a process in v2 too: no controllers. */
	if (ret && ret != -ENODEV)
		return stress_broke("%s: %s", file, strerror(-ret));
	stress_count(ret ? &stress->refused.n : &stress->moves.n, 1);
	return 0;
}

static int move_loop(unsigned int nr, struct lat *lat)
{
	static struct rng rng;
	int ret = 0;

	if (!rng.state)
		rng = stress_rng(nr);
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		ret = move_to(rng_below(&rng, DEEP + WIDE));
		lat_add(lat, clock_ns() - begin);
	}
	return ret;
}

static int look(void)
{
	char path[PATH_MAX], now[PATH_MAX], full[2 * PATH_MAX];

	if (stress_where(stress->group, stress->group, path, sizeof(path)))
		return stress_broke("process %d is in no cgroup",
				    stress->group);
	/* Before it was first moved it may be where this mount does not show. */
	if (!strncmp(path, "..", 2))
		return 0;
	/*
	 * A leader that lives is never in a deleted one. Whoever looks may be
	 * held up, and the cgroup removed, made again and moved to once more
	 * between two of his looks: not between all of them.
	 */
	snprintf(full, sizeof(full), "%s%s%s", stress_hier.mount, path,
		 stress_broken("astray") ? "-" : "");
	for (int i = 0; i < LOOKS; i++) {
		if (!access(full, F_OK))
			return 0;
		if (!stress_where(stress->group, stress->group, now,
				  sizeof(now)) && strcmp(path, now))
			return 0;
	}
	return stress_broke("process %d is in %s, which does not exist",
			    stress->group, full);
}

static int look_loop(unsigned int nr, struct lat *lat)
{
	int ret = 0;

	(void)nr;
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		ret = look();
		lat_add(lat, clock_ns() - begin);
	}
	return ret;
}

static int verify(void)
{
	int ret = cg_write_pid(&stress->pair.a, "cgroup.procs", stress->group);

	for (unsigned int i = DEEP + WIDE; i-- && !ret;) {
		struct turn t = { 0 };

		/* One that exits holds a v1 cgroup for a moment. */
		while ((ret = build(i, false)) == -EBUSY &&
		       !stress_overdue(&t))
			;
		if (ret == -ENOENT)
			ret = 0;
	}
	return ret ? stress_broke("an empty tree cannot be removed: %s",
				  strerror(-ret)) : 0;
}

const struct bench bench = {
	.name = "tree",
	.summary = "deep and wide hierarchies come and go with processes",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "cloner", .nr = &cloners, .shared = stress_shared,
		  .enter = stress_chain_enter, .loop = stress_chain_loop },
		{ .name = "builder", .loop = build_loop },
		{ .name = "mover", .loop = move_loop },
		{ .name = "looker", .loop = look_loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = stress_missing },
	.setup = setup,
	.verify = verify,
	.cleanup = stress_cleanup,
};
