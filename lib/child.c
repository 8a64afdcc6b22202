// SPDX-License-Identifier: GPL-2.0-or-later
/* child - create one child that exits at once, and see that it has */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/futex.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "cg.h"
#include "child.h"
#include "mark.h"

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
		      CLONE_THREAD | CLONE_SYSVSEM)

/* struct clone_args of linux/sched.h as of 5.7, where cgroup is the last. */
struct into_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack,
		 stack_size, tls, set_tid, set_tid_size, cgroup;
};

/*
 * What a thread needs, on the cloner's own stack: a futex in private memory
 * is found by its address alone, one in shared memory through its inode.
 */
struct room {
	struct child	*of;
	int		 tid __attribute__((aligned(64)));
	char		 stack[2048] __attribute__((aligned(64)));
};

static int thread_body(void *arg)
{
	struct room *r = arg;

	r->of->seen++;
	return 0;
}

static int vfork_body(void *arg)
{
	(void)arg;
	return CHILD_STATUS;
}

pid_t child_into(int cgroup)
{
	struct into_args into = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD,
		.cgroup = cgroup,
	};

	return syscall(SYS_clone3, &into, sizeof(into));
}

static inline __attribute__((always_inline)) int
create(struct room *r, enum child_kind kind, enum child_until until)
{
	int pid;

	switch (kind) {
	case CHILD_THREAD:
		if (until == UNTIL_EXIT)
			return clone(thread_body, r->stack + sizeof(r->stack),
				     THREAD_FLAGS | CLONE_VFORK, r);
		/* The kernel writes the id before the child can run. */
		return clone(thread_body, r->stack + sizeof(r->stack),
			     THREAD_FLAGS | CLONE_PARENT_SETTID |
			     CLONE_CHILD_CLEARTID, r, &r->tid, NULL, &r->tid);
	case CHILD_VFORK:
		return clone(vfork_body, r->stack + sizeof(r->stack),
			     CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	case CHILD_FORK:
		pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
		break;
	default:
		pid = child_into(r->of->cgroup);
	}
	if (!pid)
		syscall(SYS_exit_group, CHILD_STATUS);
	return pid;
}

static inline __attribute__((always_inline)) int
exited(struct room *r, enum child_kind kind, enum child_until until, int pid)
{
	int status, tid;

	if (kind == CHILD_THREAD) {
		if (until == UNTIL_EXIT)
			return 0;	/* CLONE_VFORK: the call has seen it */
		while ((tid = __atomic_load_n(&r->tid, __ATOMIC_ACQUIRE)))
			syscall(SYS_futex, &r->tid, FUTEX_WAIT, tid, NULL,
				NULL, 0);
		return 0;
	}
	while (wait4(pid, &status, 0, NULL) != pid)
		if (errno != EINTR)
			return -errno;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != CHILD_STATUS)
		return -EBADMSG;
	r->of->seen++;
	return 0;
}

/* When the next operation is due: open loop. PERIOD 0: closed loop. */
struct schedule {
	uint64_t	next, period;
};

/* Inlined with constants: what is timed holds no test of what to do. */
static inline __attribute__((always_inline)) int
child_loop_of(struct child *c, enum child_kind kind, enum child_until until,
     struct schedule s, struct lat *lat)
{
	struct room room = { .of = c };

	while (loop_more(lat)) {
		uint64_t begin, end = 0;
		int pid, ret;

		if (s.period && !bench_until(lat, s.next))
			return 0;
		begin = clock_ns();
		mark_begin();
		pid = create(&room, kind, until);
		if (pid < 0)
			return -errno;
		if (until == UNTIL_RETURN) {
			mark_end();
			end = clock_ns();
		}
		ret = exited(&room, kind, until, pid);
		if (until == UNTIL_EXIT) {
			mark_end();
			end = clock_ns();
		}
		if (ret)
			return ret;
		if (c->spans && lat->counts)
			span_add(c->spans, begin, end);
		lat_add(lat, end - (s.period ? s.next : begin));
		s.next += s.period;
	}
	return 0;
}

int child_loop(struct child *c, enum child_kind kind, enum child_until until,
	       uint64_t period, struct lat *lat)
{
	struct schedule s = { 0, 0 };

	if (period) {
		s = (struct schedule){ clock_ns() + period, period };
		return child_loop_of(c, kind, until, s, lat);
	}
#define CASE(k) \
	case k: \
		return until == UNTIL_EXIT ? child_loop_of(c, k, UNTIL_EXIT, s, lat) : \
					     child_loop_of(c, k, UNTIL_RETURN, s, lat)
	switch (kind) {
	CASE(CHILD_THREAD);
	CASE(CHILD_FORK);
	CASE(CHILD_VFORK);
	CASE(CHILD_INTO);
	}
#undef CASE
	return -EINVAL;
}

double child_cpu(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_CHILDREN, &u))
		return NAN;
	return u.ru_utime.tv_sec + u.ru_stime.tv_sec +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Every v2 cgroup counts it, without any controller (since 4.15). */
double child_cpu_in(int cgroup)
{
	struct cg cg = { .dir = cgroup };
	char line[128];
	uint64_t us;

	if (cg_read(&cg, "cpu.stat", line, sizeof(line)) <= 0 ||
	    sscanf(line, "usage_usec %" SCNu64, &us) != 1)
		return NAN;
	return us / 1e6;
}

/* What a child does until it is reaped and what its cgroup counts is rounded. */
int child_verify_in(double in, double used)
{
	if (used > 0 && in >= .95 * used)
		return 0;
	bench_why("children took %.6f s of CPU time, their cgroup counts %.6f",
		  used, in);
	return -1;
}

const char *child_into_missing(void)
{
	/* No such descriptor: a kernel that knows the flag says EBADF. */
	if (child_into(INT_MAX) < 0 && errno == EBADF)
		return NULL;
	return "no clone3(CLONE_INTO_CGROUP): this kernel is older than 5.7, or "
	       "a filter (seccomp) refuses it";
}

const char *child_pidns_missing(void)
{
	static char why[120];
	pid_t pid;

	if (access("/proc/self/ns/pid", F_OK))
		return "this kernel has no pid namespaces";
	pid = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	if (!pid)
		_exit(0);
	if (pid > 0) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		return NULL;
	}
	snprintf(why, sizeof(why), "a new pid namespace: %s%s",
		 strerror(errno), errno == EPERM ? ": needs CAP_SYS_ADMIN" :
		 "");
	return why;
}
