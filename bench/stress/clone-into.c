// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clone-into - clone3(CLONE_INTO_CGROUP) against moves and rmdir
 *
 * Invariant: a child that was made is born in the cgroup asked for, never
 * in its parent's, wherever the parent is being moved, and that cgroup is
 * not removed while the child lives; otherwise the call says ENOENT (removed
 * before it looked) or ENODEV (removed before it had the lock), and EBADF
 * where the descriptor is no v2 cgroup, EOPNOTSUPP where the cgroup is an
 * invalid domain.
 *
 * Two spawners make children in `x`, which a remover removes and remakes;
 * a mover writes the spawners from a to b and back. The child reads its own
 * /proc/self/cgroup and says by its exit status whether it is in x. An
 * overlap is an rmdir during which a clone was on.
 *
 * Mutation: `plain`, a fork stands in for the call.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "stress.h"

#define SPAWNERS	2
#define ERRORS_EVERY	32

static unsigned long spawners = SPAWNERS;
static pid_t *spawner;			/* shared: their numbers */
static char x_path[PATH_MAX + 8];
static struct cg domain = CG_NONE, threaded = CG_NONE, invalid = CG_NONE;

static const struct opt opts[] = {
	STRESS_OPTIONS("v2 v2-memory v2-cpuset v2-pids", "v2", "plain"),
	OPT_END
};

static const char *missing(void)
{
	const char *why = stress_missing();

	return why ? why : child_into_missing();
}

static int setup(void)
{
	int ret = stress_setup();

	spawner = bench_shared(SPAWNERS * sizeof(*spawner));
	if (!spawner)
		return -ENOMEM;
	snprintf(x_path, sizeof(x_path), "%s/x", stress_path(&stress_base));
	if (!ret)
		ret = cg_make(&stress_hier, &stress_base, "domain", &domain);
	if (!ret)
		ret = cg_make(&stress_hier, &domain, "threaded", &threaded);
	if (!ret)
		ret = cg_make(&stress_hier, &domain, "invalid", &invalid);
	if (!ret)
		ret = cg_write(&threaded, "cgroup.type", "threaded");
	return ret ? stress_failed(ret, "a threaded cgroup") : 0;
}

static long clone_into(int fd)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal,
			 stack, stack_size, tls, set_tid, set_tid_size, cgroup;
	} args = { .flags = 0x200000000ull, .exit_signal = SIGCHLD,
		   .cgroup = fd };
	long pid;

	if (stress_broken("plain"))
		args.flags = 0;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	return pid < 0 ? -errno : pid;
}

/* Where am I? No stdio: the parent's buffers are copies here. */
static void __attribute__((noreturn)) look(void)
{
	int fd = open("/proc/self/cgroup", O_RDONLY), ret = 1;
	char text[PATH_MAX + 1024], *line;
	const char *below;
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (!strncmp(line, "0::", 3)) {
			below = cg_below(stress_hier.root, line + 3);
			ret = !below || strcmp(below, x_path) ? 2 :
							CHILD_STATUS;
		}
	_exit(ret);
}

static int expect(const char *what, int fd, int error)
{
	long pid = fd < 0 ? -errno : clone_into(fd);

	if (!pid)
		_exit(0);
	if (pid > 0)
		stress_reap(pid);
	close(fd);
	stress_note(what, pid, pid < 0 ? pid : 0);
	if (pid == -error)
		return 0;
	return stress_broke("clone3 into %s: %s, not %s", what, pid < 0 ?
			    strerrorname_np(-pid) : "a child",
			    strerrorname_np(error));
}

static int errors(void)
{
	int ret = expect("/proc", open("/proc", O_DIRECTORY | O_CLOEXEC),
			 EBADF);

	return ret ? ret : expect("an invalid domain", fcntl(invalid.dir,
				  F_DUPFD_CLOEXEC, 0), EOPNOTSUPP);
}

/* 1: a child was born there, 0: refused as it may be, or broken. */
static int spawn(void)
{
	int fd = openat(stress_base.dir, "x", O_DIRECTORY | O_CLOEXEC), status;
	long pid;

	if (fd < 0)
		return 0;
	race_begin(&stress->clones);
	pid = clone_into(fd);
	if (!pid)
		look();
	race_end(&stress->clones);
	close(fd);
	stress_note("clone into x", pid, pid < 0 ? pid : 0);
	if (pid < 0) {
		stress_count(&stress->refused.n, 1);
		return pid == -ENODEV || pid == -ENOENT ? 0 :
		       stress_broke("clone3 into x: %s", strerror(-pid));
	}
	stress_count(&stress->forks.n, 1);
	while (waitpid(pid, &status, 0) != pid)
		if (errno != EINTR)
			return stress_failed(-errno, "waitpid");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != CHILD_STATUS)
		return stress_broke("child %ld was not born in %s (status %#x)",
				    pid, x_path, status);
	return 1;
}

static int spawn_enter(unsigned int nr)
{
	spawner[nr] = getpid();
	return 0;
}

static int spawn_loop(unsigned int nr, struct lat *lat)
{
	int ret = 0;

	(void)nr;
	while (ret >= 0 && loop_more(lat)) {
		uint64_t begin = clock_ns();

		ret = spawn();
		stress_breathe();
		if (ret <= 0)
			continue;
		lat_add(lat, clock_ns() - begin);
		if (lat->ops % ERRORS_EVERY == 1)
			ret = errors();
	}
	return ret < 0 ? ret : 0;
}

static int move_loop(unsigned int nr, struct lat *lat)
{
	struct mover *m = &stress->pair;

	(void)nr;
	while (loop_more(lat)) {
		uint64_t begin = clock_ns();

		for (int i = 0; i < SPAWNERS; i++) {
			int ret;

			mover_value(m, spawner[i]);
			mover_write(m, !m->at, &ret);
			if (ret)
				return stress_broke("moving spawner %d: %s",
						    spawner[i],
						    strerror(-ret));
			stress_count(&stress->moves.n, 1);
		}
		m->at = !m->at;
		lat_add(lat, clock_ns() - begin);
	}
	return 0;
}

static int remove_loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	while (loop_more(lat)) {
		uint64_t begin = clock_ns();
		int ret = race_against(&stress->clones,
				       unlinkat(stress_base.dir, "x",
						AT_REMOVEDIR) ? -errno : 0);

		stress_note("rmdir x", 0, ret);
		if (ret && ret != -EBUSY && ret != -ENOENT)
			return stress_broke("rmdir x: %s", strerror(-ret));
		if (mkdirat(stress_base.dir, "x", 0755) && errno != EEXIST)
			return stress_failed(-errno, "mkdir x");
		if (!ret)		/* an operation is one that removed */
			lat_add(lat, clock_ns() - begin);
	}
	return 0;
}

static void cleanup(void)
{
	cg_remove(&threaded, 10);
	cg_remove(&invalid, 10);
	cg_remove(&domain, 10);
	unlinkat(stress_base.dir, "x", AT_REMOVEDIR);
	stress_cleanup();
}

const struct bench bench = {
	.name = "clone-into",
	.summary = "clone3(CLONE_INTO_CGROUP) against moves and rmdir",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "spawner", .nr = &spawners, .enter = spawn_enter,
		  .loop = spawn_loop },
		{ .name = "mover", .loop = move_loop },
		{ .name = "remover", .loop = remove_loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = missing },
	.setup = setup,
	.cleanup = cleanup,
};
