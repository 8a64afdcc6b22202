/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * child - create one child that exits at once, and see that it has
 *
 * SUMMARY
 * The operation of `clone` and of the cloners of `clone-attach`. The sample
 * begins right before the system call that creates and ends either when
 * that call has returned in the parent (UNTIL_RETURN) or when the exit of
 * the child has been seen (UNTIL_EXIT). The exit is always waited for, so
 * there is never more than one child per cloner.
 *
 * DETAILS
 * thread  clone(CLONE_THREAD|...) on a stack of ours, without TLS. Until
 *         exit: with CLONE_VFORK, so that the call itself returns when the
 *         child has let go of the memory. That is the very moment at which
 *         CLONE_CHILD_CLEARTID would wake a futex, as pthread_join waits
 *         for it, without the two futex calls, which are no part of a fork.
 *         Until return: CLONE_CHILD_CLEARTID, the futex after the sample.
 * fork    clone(SIGCHLD), the system call behind fork(3), no handlers; the
 *         exit is seen by wait4(2)
 * vfork   clone(CLONE_VM|CLONE_VFORK|SIGCHLD) on a stack of ours, as
 *         posix_spawn does it, and wait4(2)
 * into    clone3(CLONE_INTO_CGROUP), else as fork
 *
 * What proves that children existed: a thread counts itself up before it
 * exits; a process gives CHILD_STATUS to wait4(2). That they were in a cgroup
 * is seen by where their CPU time went: child_verify_in().
 */
#ifndef FORKPATH_CHILD_H
#define FORKPATH_CHILD_H

#include <stdint.h>
#include <sys/types.h>

#include "lat.h"
#include "span.h"

enum child_kind { CHILD_THREAD, CHILD_FORK, CHILD_VFORK, CHILD_INTO };
#define CHILD_KINDS "thread fork vfork clone3-into-cgroup"

enum child_until { UNTIL_EXIT, UNTIL_RETURN };
#define CHILD_UNTILS "exit return"

#define CHILD_STATUS 41

/* One cloner's own, shared with the parent; seen is never cleared. */
struct child {
	uint64_t	seen __attribute__((aligned(256)));
	int		cgroup;		/* descriptor for CHILD_INTO */
	struct spans	*spans;		/* when the measured ones were, or NULL */
};

/* Does this kernel have clone3(CLONE_INTO_CGROUP)? NULL, or why not. */
const char *child_into_missing(void);

/* NULL, or why no process can be made in a pid namespace of its own. */
const char *child_pidns_missing(void);

/*
 * fork(2) into the cgroup that is open as CGROUP, with nothing that libc
 * does around it. The child's number, 0 in the child, -1 with errno.
 */
pid_t child_into(int cgroup);

/*
 * Where children were, by what they cost: seconds of CPU time that all reaped
 * children of this process took; that tasks of the v2 cgroup open as CGROUP,
 * and of those below it, have taken (NAN where it cannot be read); and the
 * proof that of USED seconds IN were spent in a cgroup. A child that was made
 * in a cgroup has never run elsewhere. 0, or -1 after bench_why().
 */
double child_cpu(void);
double child_cpu_in(int cgroup);
int child_verify_in(double in, double used);

/*
 * The timed loop: create children until it is time to stop. Returns 0 or
 * -errno. With a period the latency counts from the scheduled start, on a
 * schedule that begins PERIOD after the loop does and never slips.
 */
int child_loop(struct child *c, enum child_kind kind, enum child_until until,
	       uint64_t period, struct lat *lat);

#endif
