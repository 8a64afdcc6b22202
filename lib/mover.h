/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mover - two cgroups and a thread group that is written back and forth
 *
 * What `attach` and the attackers of `clone-attach` share. A mover has two
 * sibling cgroups, `a` and `b`, and a third, `drain`, into which the group
 * goes at the end so that the two can be removed while it is still alive.
 *
 * mover_write() is the operation: ONE write(2) of the leader's number to
 * cgroup.procs of the side where the group is not. Only that call is
 * timed; the descriptors are open before.
 */
#ifndef FORKPATH_MOVER_H
#define FORKPATH_MOVER_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

#include "cg.h"
#include "clock.h"
#include "lat.h"
#include "mark.h"
#include "span.h"
#include "tg.h"

struct mover {
	struct cg	a, b, drain;
	int		fd[2];		/* what the loop writes to */
	unsigned int	at;		/* 0: the group is in a, 1: in b */
	char		value[16];	/* what it writes */
	int		len;
	struct spans	*spans;		/* when it moved, or NULL */
};

/* Make a, b, drain below BASE; FILE is opened in a and b. 0 or -errno. */
int mover_make(struct mover *m, const struct cg_hier *h,
	       const struct cg *base, unsigned int nr, const char *file);

/* The number to write; "0" for PID 0. */
void mover_value(struct mover *m, pid_t pid);

static inline __attribute__((always_inline))
uint64_t mover_write_marked(const struct mover *m, unsigned int side, int *ret,
			    bool beside)
{
	uint64_t begin = clock_ns(), end;
	ssize_t n;

	if (beside)
		mark_beside();
	else
		mark_begin();
	n = write(m->fd[side], m->value, m->len);
	if (beside)
		mark_through();
	else
		mark_end();
	end = clock_ns();
	*ret = n == m->len ? 0 : n < 0 ? -errno : -EIO;
	return end - begin;
}

/*
 * The timed write(2) to SIDE. ns, and 0 or -errno in *RET. _beside(): by a
 * role that works beside the one that is counted (mark.h).
 */
static inline uint64_t mover_write(const struct mover *m, unsigned int side,
				   int *ret)
{
	return mover_write_marked(m, side, ret, false);
}

static inline uint64_t mover_write_beside(const struct mover *m,
					  unsigned int side, int *ret)
{
	return mover_write_marked(m, side, ret, true);
}

/*
 * mover_write_beside(), and its span is kept. Stamps of its own on both sides: what
 * is kept is not longer than what the call took.
 */
static inline uint64_t mover_write_kept(const struct mover *m,
					unsigned int side, int *ret)
{
	uint64_t before, ns, after;

	if (!m->spans)
		return mover_write_beside(m, side, ret);
	before = clock_ns();
	ns = mover_write_beside(m, side, ret);
	after = clock_ns();
	if (after - ns < before + ns)	/* else it was preempted in between */
		span_add(m->spans, after - ns, before + ns);
	return ns;
}

/* The loop of an attacher that moves the group to and fro. 0 or -errno. */
int mover_loop(struct mover *m, double think, struct lat *lat);

/*
 * Prove where group TG is: SIDE holds all its threads, the other none, and
 * the kernel counts as many threads in the group as were built. 0, or -1
 * after bench_why().
 */
int mover_verify(const struct mover *m, unsigned int side, pid_t pid,
		 long threads);

/*
 * The same, then one more mover_write() and the same on the other side: a
 * write that moves less than the whole group looks right after an even
 * number of them. _step(): that write and what comes after it alone.
 */
int mover_verify_move(struct mover *m, pid_t pid, long threads);
int mover_verify_step(struct mover *m, pid_t pid, long threads);

/*
 * write(2) calls of process PID so far as the kernel counts them, -1 where
 * it does not (CONFIG_TASK_IO_ACCOUNTING); and the proof that since BEFORE
 * there were exactly REPORTED. 0, or -1 after bench_why(); where nothing is
 * counted 0 after bench_unverified().
 */
int64_t mover_writes(pid_t pid);
int mover_verify_writes(pid_t pid, int64_t before, uint64_t reported);

/* Group to drain, a and b removed, group killed, drain removed. */
void mover_unmake(struct mover *m, struct tg *tg);

#endif
