/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tg - thread groups of any size, parked
 *
 * A parked thread is made by a raw clone(CLONE_THREAD) on a stack of 256
 * bytes, blocks every signal, and sleeps in ppoll(2) until the group is
 * killed. It costs the kernel's own structures and nothing else worth
 * speaking of, so 100,000 of them fit into one group.
 *
 * Only static programs may do this: the first call through a dynamic
 * linker's resolver would overflow such a stack.
 */
#ifndef FORKPATH_TG_H
#define FORKPATH_TG_H

#include <stdint.h>
#include <sys/types.h>

struct tg {
	pid_t		pid;	/* the leader, 0: none */
	unsigned long	nr;	/* threads, leader included */
};

#define TG_NONE { .pid = 0 }

/*
 * About how many seconds it takes to make NR threads and let them go: 20 to
 * 60 us each on the 2 CPUs of a virtual machine, the more the more there are.
 */
double tg_seconds(unsigned long nr);

/*
 * NULL, or why NR more threads cannot be had here: memory (24 KiB each are
 * counted on), threads-max, the limits of pids on the cgroups of this
 * process, numbers outside of its pid namespace. Valid until the next call.
 */
const char *tg_missing(unsigned long nr);
/* The same, and MIB of memory that they touch. */
const char *tg_missing_with(unsigned long nr, unsigned long mib);

/*
 * Call it first, before anything is pinned: threads parked later are spread
 * evenly over the CPUs that this process may use now, each pinned to its
 * own, in contiguous shares, the leader of tg_create() to the first. Where a parked thread last ran decides what
 * moving it costs: v2 sends an interrupt per thread to its CPU (the implicit
 * perf_event controller), and an unpinned group lands differently each time.
 *
 * Make room for NR more threads on this machine: raise pid_max (journalled,
 * undo_all() puts it back). -EAGAIN: threads-max is in the way, or a pid
 * namespace is around this one; -EPERM.
 */
int tg_room(unsigned long nr);

/*
 * Park NR more threads in the calling process; returns when all of them
 * sleep. 0 or -errno (-EAGAIN: some limit of pids or memory).
 */
int tg_park(unsigned long nr);

/*
 * Fork a process of NR threads in all, parked. It dies with its parent.
 * Interrupted by a signal: -EINTR, nothing left.
 */
int tg_create(struct tg *tg, unsigned long nr);

/*
 * The same inside cgroup IN from the first moment on, by ways that leave the
 * write side of the fork lock alone: v2 clone3(CLONE_INTO_CGROUP), v1 `0` to
 * tasks while it is one thread. NULL: where the caller is.
 */
struct cg;
int tg_create_in(struct tg *tg, unsigned long nr, const struct cg *in);

/*
 * A call that each thread of a group answers, the leader too: they sleep in
 * futex(2) and hear of it as soon as they are let run. In shared memory,
 * zeroed. While it is busy they count up turns instead of sleeping; those
 * that sleep begin with the next call.
 */
struct tg_call {
	uint32_t	round, all;	/* all: the last one has answered */
	uint32_t	left;		/* who has not, in this round */
	uint32_t	busy;
	uint64_t	answers;	/* in all rounds, by the threads themselves */
	uint64_t	turns;
};

/*
 * tg_create_in() with more: CALL (NULL: none), and so many BYTES of memory
 * that the process has touched, of its own, when it is in IN.
 */
struct tg_more {
	struct tg_call	*call;
	size_t		bytes;
	void		*at;	/* in the process; set by tg_create_more() */
};
int tg_create_more(struct tg *tg, unsigned long nr, const struct cg *in,
		   struct tg_more *more);

/* Call all NR threads; wait until all have answered, MS at most. */
void tg_call(struct tg_call *c, unsigned long nr);
int tg_answered(struct tg_call *c, int ms);

/* Threads the kernel counts in process PID, or -errno. */
long tg_threads(pid_t pid);
/*
 * The same once they are WANT. A thread leaves its group a little after its id
 * is cleared: if it gets no CPU others may be made and go meanwhile. What is
 * not so after three seconds of sleep never is.
 */
long tg_settled(pid_t pid, long want);

/*
 * Numbers of threads of process PID that are not its leader, at most MAX, in
 * the order of /proc. How many, or -errno.
 */
long tg_members(pid_t pid, pid_t *id, long max);

/* Kill and reap. NULL-safe. */
void tg_destroy(struct tg *tg);

#endif
