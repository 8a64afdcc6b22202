// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hotplug - CPUs go away and come back while a group moves and clones
 *
 * Invariant: moves succeed, no thread is left behind, and nothing hangs
 * while CPUs are taken offline and online: hotplug and a write to
 * cgroup.procs each want the lock that the other may hold (cpus_read_lock
 * comes first since 6.0).
 *
 * All CPUs but the first are taken, one at a time, in an order that is
 * drawn. Only in a guest of the lab: what runs on a machine is not asked to
 * live without its CPUs. An overlap is a change during which a move was on.
 *
 * Mutation: `unwritten`, some moves are only claimed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpus.h"
#include "stress.h"

static unsigned long cloners = 2;
static unsigned int cpu[CPUS_MAX];
static int nr_cpus;
static struct race *moving;

static const struct opt opts[] = {
	STRESS_OPTIONS("v2 v2-cpuset v1-freezer v1-cpuset", "v2", "unwritten"),
	OPT_END
};

static const char *missing(void)
{
	const char *why = stress_missing();

	if (why)
		return why;
	if (!getenv("FORKPATH_LAB"))
		return "takes CPUs offline, only in a guest of the lab";
	nr_cpus = cpus_allowed(cpu, CPUS_MAX);
	return nr_cpus > 1 ? NULL : "needs two CPUs";
}

static int setup(void)
{
	moving = bench_shared(sizeof(*moving));
	return moving ? stress_setup() : -ENOMEM;
}

static int move_loop(unsigned int nr, struct lat *lat)
{
	const struct mover *m = &stress->pair;
	int ret = stress_roam();

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

static int set_online(unsigned int nr, const char *online)
{
	char path[64];
	int fd, ret;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online",
		 nr);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ret = fd < 0 ? -errno : stress_write_fd(fd, online, NULL, moving);
	if (fd >= 0)
		close(fd);
	stress_note(*online == '1' ? "online cpu" : "offline cpu", nr, ret);
	return ret ? stress_broke("%s to %s: %s", online, path,
				  strerror(-ret)) : 0;
}

static int plug_loop(unsigned int nr, struct lat *lat)
{
	static struct rng rng;
	int ret = stress_roam();

	if (!rng.state)
		rng = stress_rng(nr);
	while (!ret && loop_more(lat)) {
		unsigned int which = cpu[1 + rng_below(&rng, nr_cpus - 1)];
		uint64_t begin = clock_ns();

		ret = set_online(which, "0");
		if (!ret)
			ret = set_online(which, "1");
		lat_add(lat, clock_ns() - begin);
		stress_count(&stress->rounds.n, 1);
	}
	return ret;
}

const struct bench bench = {
	.name = "hotplug",
	.summary = "CPUs go away and come back while a group moves",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "cloner", .nr = &cloners, .shared = stress_shared,
		  .enter = stress_chain_enter, .loop = stress_chain_loop },
		{ .name = "mover", .loop = move_loop },
		{ .name = "plugger", .loop = plug_loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = missing },
	.setup = setup,
	.cleanup = stress_cleanup,
};
