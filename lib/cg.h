/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cg - cgroup verbs, v1, v2 and hybrid
 *
 * A hierarchy is named by what a user means: `v2`; `v2-memory` (v2 with that
 * controller enabled in our own groups), `v2-memory+pids`, `v2-all` (with all
 * that the top passes on); `v1-cpuset` (the v1 hierarchy that
 * has the controller, alone or co-mounted); `v1-name=systemd`. It is found
 * from the mount table. `v1-own` is a v1 hierarchy without controllers that
 * this process mounts for itself, in cg_base().
 *
 * All groups are made below one directory `forkpath` on top of the mount,
 * journalled first (undo.h), and addressed by directory descriptor. Writes
 * are one write(2) of the whole value; a short write is an error (-EIO);
 * errno is kept. All functions return 0 or a count, or a negative errno.
 */
#ifndef FORKPATH_CG_H
#define FORKPATH_CG_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct cg_hier {
	int	version;		/* 1 or 2 */
	char	controller[128];	/* "" for plain v2; "memory+pids" */
	char	mount[PATH_MAX];
	char	root[PATH_MAX];		/* what of the hierarchy it shows */
};

struct cg {
	int	dir;			/* descriptor, -1: none */
	int	version;
	char	path[PATH_MAX];
};

#define CG_NONE { .dir = -1 }

/* One line of the mount table that is a cgroup mount. */
struct cg_mount {
	int	version, id;
	bool	ro;
	char	root[PATH_MAX];		/* "/", or the part that is mounted */
	char	path[PATH_MAX];
	char	options[512];		/* super block options: controllers */
};

/*
 * Next cgroup mount of a mountinfo stream. 1: found, 0: end. Mounts that
 * show only a part of the hierarchy are returned like others.
 */
int cg_mount_next(FILE *mountinfo, struct cg_mount *m);

/*
 * Of the mounts of v2, or of the v1 hierarchy with CONTROLLER, the first one
 * in which groups can be made. 0, or -ENOENT: there is none; -EROFS, -EACCES:
 * none that may be written to, *M is one to read; -ESTALE: others cover them;
 * -EILSEQ: its name has a tab or a newline, which no journal can hold.
 * MOUNTINFO as for cg_hier_find(); a table that is not this machine's is
 * taken at its word.
 */
int cg_mount_find(int version, const char *controller, const char *mountinfo,
		  struct cg_mount *m);

/*
 * What a line of /proc/PID/cgroup calls PATH, below the mount that shows
 * ROOT; it begins with a slash. NULL: it is outside.
 */
const char *cg_below(const char *root, const char *path);

/* Is WORD one of the comma-separated OPTIONS? */
bool cg_option(const char *options, const char *word);

/* Does NAME have the form of a hierarchy's name? 0 or -EINVAL. */
int cg_hier_check(const char *name);

/*
 * Find NAME in MOUNTINFO (NULL: /proc/self/mountinfo). -ENOENT: not mounted
 * (v1-own: this kernel has no v1, or there is no place to mount it); -EPERM:
 * v1-own, and this process may not mount; -ENODEV: v2 is there, but its top
 * does not pass the controller on; or as cg_mount_find().
 */
int cg_hier_find(const char *name, const char *mountinfo, struct cg_hier *h);

/*
 * The same for a program's bad() and missing(): NULL, or what to say about
 * option --hierarchy NAME (valid until the next call).
 */
const char *cg_hier_bad(const char *name);
const char *cg_hier_missing(const char *name, struct cg_hier *h);

/*
 * Seconds beside the operations if what was asked for last is v1-own: it is
 * there for half a second after it has been unmounted, which is waited for.
 */
double cg_own_seconds(void);

/*
 * NULL, or why the kernel cannot start this program as the release agent of
 * a v1 hierarchy: it does so in the first pid namespace, and from its own
 * root directory.
 */
const char *cg_agent_missing(void);

/*
 * The group `forkpath/<pid>` of this process in H (`forkpath/<pid>-<ns>` in
 * a pid namespace that is not the first), made ready to have children: cpuset filled from above, controllers passed on.
 */
int cg_base(const struct cg_hier *h, struct cg *base);

/* DEPTH groups, each in the last, below BASE; the innermost one. */
int cg_deep(const struct cg_hier *h, const struct cg *base,
	    unsigned long depth, struct cg *deep);

/* Child NAME of PARENT, usable at once (cpuset filled). */
int cg_make(const struct cg_hier *h, const struct cg *parent,
	    const char *name, struct cg *cg);

/* One write(2) to FILE of CG. */
int cg_write(const struct cg *cg, const char *file, const char *value);
int cg_write_pid(const struct cg *cg, const char *file, pid_t pid);

/* Open FILE of CG for the timed loop. Returns the descriptor. */
int cg_open(const struct cg *cg, const char *file, int flags);

/* Has CG the controllers of H? NR (or NULL): how many it has, in v2. */
bool cg_offers(const struct cg *cg, const struct cg_hier *h, unsigned int *nr);

/* First line of FILE into BUF without its newline. */
int cg_read(const struct cg *cg, const char *file, char *buf, size_t len);

/* How many numbers FILE holds (cgroup.procs, tasks, cgroup.threads). */
long cg_count(const struct cg *cg, const char *file);

/* The file that lists threads: `tasks` (v1) or `cgroup.threads` (v2). */
const char *cg_threads_file(const struct cg *cg);

/*
 * How many threads CG holds. cgroup.procs of a v2 group with 100,000
 * threads is cheap, its threads are what is asked for here.
 */
static inline long cg_threads(const struct cg *cg)
{
	return cg_count(cg, cg_threads_file(cg));
}

/*
 * Kill what is inside, wait until it is empty, remove it and all below it.
 * Waits at most SECONDS in all. A CG_NONE is done already, and so is one
 * that is all zeros: in calloc()ed or shared memory, when setup failed early.
 */
int cg_remove(struct cg *cg, double seconds);

/* The same for a PATH out of a journal: -EBADMSG if it is not ours. */
int cg_remove_path(const char *path, double seconds);

void cg_close(struct cg *cg);

#endif
