// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rmdir-race - attach to a cgroup that is being removed
 *
 * Invariant: an attach either succeeds, and then the process is in the
 * cgroup and it is not removed until the process has left; or it says
 * ENODEV (or ENOENT, when it is opened; ENOSPC from a cpuset that has no
 * CPUs yet), and the process is where it was.
 *
 * Three attachers each put a process of their own into the one cgroup `x`
 * and take it out again, while a remover removes and remakes it. An overlap
 * is an rmdir during which an attach was on.
 *
 * Mutation: `unwritten`, every eighth attach is only claimed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stress.h"

#define ATTACHERS 3

static unsigned long attachers = ATTACHERS;
static struct {
	struct race	race;
	pid_t		pid[ATTACHERS];
	uint64_t	inside[ATTACHERS];	/* odd: it is in x */
} *state;

static const struct opt opts[] = {
	STRESS_OPTIONS("v1-freezer v1-cpuset v1-memory v2 v2-cpuset v2-memory",
		       "v1-freezer", "unwritten"),
	OPT_END
};

static int setup(void)
{
	int ret = stress_setup();

	state = bench_shared(sizeof(*state));
	if (!state)
		return -ENOMEM;
	return ret ? ret : stress_parked(state->pid, ATTACHERS);
}

/* One attempt. 1: attached, 0: refused as it may be, or broken. */
static int attach(pid_t pid)
{
	int fd = openat(stress_base.dir, "x/cgroup.procs",
			O_WRONLY | O_CLOEXEC), ret = 0;
	char value[16];

	snprintf(value, sizeof(value), "%d", pid);
	if (fd < 0)
		return errno == ENOENT || errno == ENODEV ? 0 :
		       stress_failed(-errno, "opening x/cgroup.procs");
	if (stress_broken("unwritten") && stress->moves.n % 8 == 7)
		ret = 0;
	else
		ret = stress_write_fd(fd, value, &state->race, NULL);
	stress_note("attach to x", pid, ret);
	close(fd);
	if (!ret)
		return 1;
	stress_count(&stress->refused.n, 1);
	if (ret == -ENODEV || (ret == -ENOSPC &&
			       !strcmp(stress_hier.controller, "cpuset")))
		return 0;
	return stress_broke("x/cgroup.procs: %s", strerror(-ret));
}

static int attach_loop(unsigned int nr, struct lat *lat)
{
	pid_t pid = state->pid[nr];
	char path[PATH_MAX], x[PATH_MAX + 8];
	int ret = 0;

	snprintf(x, sizeof(x), "%s/x", stress_path(&stress_base));
	while (ret >= 0 && loop_more(lat)) {
		uint64_t begin = clock_ns();
		bool in;

		ret = attach(pid);
		if (ret < 0)
			return ret;
		in = ret;
		if (in)
			__atomic_add_fetch(&state->inside[nr], 1,
					   __ATOMIC_SEQ_CST);
		stress_count(&stress->moves.n, in);
		ret = stress_where(pid, pid, path, sizeof(path));
		if (ret || strcmp(path, in ? x : stress_path(&stress->pair.a)))
			return stress_broke("process %d is in %s, the attach "
					    "to %s %s", pid, path, x,
					    in ? "succeeded" : "was refused");
		if (!in)
			continue;
		__atomic_add_fetch(&state->inside[nr], 1, __ATOMIC_SEQ_CST);
		ret = cg_write_pid(&stress->pair.a, "cgroup.procs", pid);
		stress_count(&stress->moves.n, 1);
		if (ret)
			return stress_broke("process %d out of x: %s", pid,
					    strerror(-ret));
		lat_add(lat, clock_ns() - begin);
	}
	return ret;
}

static int remove_loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	while (loop_more(lat)) {
		uint64_t begin = clock_ns();
		uint64_t inside[ATTACHERS];
		struct cg x = CG_NONE;
		bool removed;
		int ret;

		for (int i = 0; i < ATTACHERS; i++)
			inside[i] = __atomic_load_n(&state->inside[i],
						    __ATOMIC_SEQ_CST);
		ret = race_against(&state->race, unlinkat(stress_base.dir, "x",
					AT_REMOVEDIR) ? -errno : 0);
		stress_note("rmdir x", 0, ret);
		if (ret && ret != -EBUSY && ret != -ENOENT)
			return stress_broke("rmdir x: %s", strerror(-ret));
		for (int i = 0; i < ATTACHERS && !ret; i++)
			if (inside[i] % 2 && inside[i] ==
			    __atomic_load_n(&state->inside[i],
					    __ATOMIC_SEQ_CST))
				return stress_broke("x was removed with "
						    "process %d in it",
						    state->pid[i]);
		removed = !ret;
		ret = cg_make(&stress_hier, &stress_base, "x", &x);
		cg_close(&x);
		if (ret)
			return stress_failed(ret, "mkdir x");
		if (removed)		/* an operation is one that removed */
			lat_add(lat, clock_ns() - begin);
	}
	return 0;
}

static void cleanup(void)
{
	for (int i = 0; state && i < ATTACHERS; i++)
		if (state->pid[i] > 0)
			stress_reap(state->pid[i]);
	unlinkat(stress_base.dir, "x", AT_REMOVEDIR);
	stress_cleanup();
}

const struct bench bench = {
	.name = "rmdir-race",
	.summary = "attach to a cgroup that is being removed",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "attacher", .nr = &attachers, .loop = attach_loop },
		{ .name = "remover", .loop = remove_loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = stress_missing },
	.setup = setup,
	.cleanup = cleanup,
};
