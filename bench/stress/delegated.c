// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * delegated - a writer that is not root
 *
 * Invariant: in a subtree that was given to user nobody (its directories and
 * cgroup.procs), nobody moves a process of his own from one cgroup to the
 * other, all threads of it; he moves none out (EACCES), and none of
 * somebody else's in (EACCES). What counts is who opened the file, not who
 * writes (CVE-2021-4197): through a descriptor that root opened nobody may
 * do what root may, and root through nobody's is refused (EACCES).
 *
 * The moved process is nobody's and clones all the while. An overlap is a
 * refused write during which a clone was on.
 *
 * Mutation: `by-root`, the write that must be refused is made by root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stress.h"

#define NOBODY 65534

static unsigned long cloners = 2;
/* sub/ is nobody's, and so are sub/in and sub/out's files. */
static struct cg sub = CG_NONE, one = CG_NONE, two = CG_NONE;
static int roots;		/* pair.a's cgroup.procs, opened by root */
static pid_t stranger;		/* a process of root */

static const struct opt opts[] = {
	STRESS_OPTIONS(STRESS_BOTH " v1-cpuset", "v1-freezer", "by-root"),
	OPT_END
};

static int give(const struct cg *cg)
{
	static const char *const files[] = {
		"cgroup.procs", "tasks", "cgroup.threads",
		"cgroup.subtree_control",
	};

	for (int i = 0; i < 4; i++)
		if (fchownat(cg->dir, files[i], NOBODY, NOBODY, 0) &&
		    errno != ENOENT)
			return -errno;
	return fchown(cg->dir, NOBODY, NOBODY) ? -errno : 0;
}

static int setup(void)
{
	int ret = stress_setup();

	if (!ret)
		ret = cg_make(&stress_hier, &stress_base, "sub", &sub);
	if (!ret)
		ret = cg_make(&stress_hier, &sub, "one", &one);
	if (!ret)
		ret = cg_make(&stress_hier, &sub, "two", &two);
	if (!ret)
		ret = give(&sub);
	if (!ret)
		ret = give(&one);
	if (!ret)
		ret = give(&two);
	if (ret)
		return stress_failed(ret, "a delegated subtree");
	roots = cg_open(&stress->pair.a, "cgroup.procs", O_WRONLY);
	stranger = stress_fork();
	if (!stranger)
		for (;;)
			pause();
	if (stranger < 0 || roots < 0)
		return stranger < 0 ? stranger : roots;
	ret = cg_write_pid(&stress->pair.b, "cgroup.procs", stranger);
	return ret ? stress_failed(ret, "%s", stress->pair.b.path) : 0;
}

/* The group starts in the subtree, and is nobody's. */
static int clone_enter(unsigned int nr)
{
	int ret = cg_write_pid(&one, "cgroup.procs", getpid());
	pid_t parent = getppid();

	stress_chain_enter(nr);
	/* To be another user forgets the signal at the parent's death. */
	if (!ret && (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
		     setresuid(NOBODY, NOBODY, NOBODY) ||
		     prctl(PR_SET_PDEATHSIG, SIGKILL)))
		ret = -errno;
	if (getppid() != parent)
		_exit(1);
	return ret;
}

/* One write of PID through FD by UID. 0 or -errno. */
static int write_as(uid_t uid, int fd, pid_t pid, const struct race *against)
{
	char value[16];
	int ret;

	snprintf(value, sizeof(value), "%d", pid);
	if (fd < 0)
		return fd;
	ret = stress_user(uid);
	if (ret)
		return ret;
	ret = stress_write_fd(fd, value, NULL, against);
	return stress_user(0) ? -EPERM : ret;
}

static int open_as(uid_t uid, const struct cg *cg)
{
	int fd;

	fd = stress_user(uid);
	if (fd)
		return fd;
	fd = cg_open(cg, "cgroup.procs", O_WRONLY);
	if (!stress_user(0))
		return fd;
	if (fd >= 0)
		close(fd);
	return -EPERM;
}

static int must_move(const struct cg *to, const struct cg *from)
{
	int fd = open_as(NOBODY, to), ret;

	ret = write_as(NOBODY, fd, stress->group, NULL);
	if (fd >= 0)
		close(fd);
	stress_note("nobody moves", stress->group, ret);
	stress_count(&stress->moves.n, 1);
	if (ret)
		return stress_broke("nobody moves his process to %s: %s",
				    to->path, strerror(-ret));
	return stress_left(from, stress->group);
}

/* FD was opened by OPENER, UID writes PID: EACCES. */
static int must_not(const char *what, int fd, uid_t uid, pid_t pid)
{
	int ret;

	if (stress_broken("by-root"))
		ret = write_as(0, roots, pid, &stress->clones);
	else
		ret = write_as(uid, fd, pid, &stress->clones);
	stress_note(what, pid, ret);
	stress_count(&stress->refused.n, 1);
	return ret == -EACCES ? 0 :
	       stress_broke("%s: %s, not EACCES", what, ret ?
			    strerrorname_np(-ret) : "it went well");
}

static int one_round(void)
{
	const struct cg *a = &stress->pair.a;
	char path[PATH_MAX];
	int mine = open_as(NOBODY, &two), ret;

	ret = must_move(&two, &one);
	if (!ret)
		ret = must_move(&one, &two);
	/* Somebody else's process: in v1 by its owner, in v2 by the way. */
	if (!ret)
		ret = must_not("nobody takes root's process in", mine, NOBODY,
			       stranger);
	if (!ret)
		ret = must_not("root, through what nobody opened", mine, 0,
			       stranger);
	/* Out of the subtree: v1 asks for nothing but the file. */
	if (!ret && stress_hier.version == 2 &&
	    fchownat(a->dir, "cgroup.procs", NOBODY, -1, 0))
		ret = -errno;
	if (!ret && stress_hier.version == 2) {
		int out = open_as(NOBODY, a);

		ret = must_not("nobody moves his process out", out, NOBODY,
			       stress->group);
		if (out >= 0)
			close(out);
	}
	if (mine >= 0)
		close(mine);
	if (!ret)
		ret = stress_all_in(&one, stress->group);
	if (!ret && (stress_where(stranger, stranger, path, sizeof(path)) ||
		     strcmp(path, stress_path(&stress->pair.b))))
		ret = stress_broke("root's process %d is in %s", stranger,
				   path);
	if (ret)
		return ret;
	/* And through what root opened nobody may. */
	ret = write_as(NOBODY, roots, stress->group, NULL);
	stress_note("nobody, through what root opened", stress->group, ret);
	if (ret)
		return stress_broke("nobody, through what root opened: %s",
				    strerror(-ret));
	stress_count(&stress->moves.n, 1);
	return cg_write_pid(&one, "cgroup.procs", stress->group);
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
	if (stranger > 0)
		stress_reap(stranger);
	cg_remove(&one, 10);
	cg_remove(&two, 10);
	cg_remove(&sub, 10);
	stress_cleanup();
}

const struct bench bench = {
	.name = "delegated",
	.summary = "a writer that is not root, and who opened the file",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "cloner", .nr = &cloners, .shared = stress_shared,
		  .enter = clone_enter, .loop = stress_chain_loop },
		{ .name = "writer", .loop = loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = stress_missing },
	.setup = setup,
	.cleanup = cleanup,
};
