// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exit-storm - ten thousand threads exit while their group is moved
 *
 * Invariant: writes of a group that is being killed succeed, nothing hangs,
 * and when it is reaped both cgroups are empty: no thread is lost on the way.
 * On v2 cgroup.events says so, and wakes who polls it.
 *
 * A round: a group of 10,000 parked threads (fewer where there is no room)
 * is moved, killed, and moved on until it is gone. An overlap is a write
 * that began after the kill and before a thread was seen that still lived: by
 * the mover after it, or by a watcher meanwhile.
 *
 * Mutation: `survivor`, one more process is in the cgroup and is not killed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stress.h"

static unsigned long threads;
static struct tg *tg;		/* shared: the parent kills what an actor left */
static struct dying {
	pid_t		pid;		/* that is killed; 0: nobody is */
	uint64_t	seen;		/* when it was last seen alive */
} *dying;

static const struct opt opts[] = {
	STRESS_OPTIONS("v1-freezer v1-cpuset v1-memory v2 v2-memory",
		       "v1-freezer", "survivor"),
	OPT_END
};

static const char *missing(void)
{
	const char *why = stress_missing();

	for (threads = 10000; !why && tg_missing(threads) && threads > 100;)
		threads /= 3;
	return why ? why : tg_missing(threads);
}

static double overhead(void)
{
	return 0.1 + threads * 100e-6;
}

static int setup(void)
{
	int ret = tg_room(threads);

	tg = bench_shared(2 * sizeof(*tg));
	dying = bench_shared(sizeof(*dying));
	if (!tg || !dying)
		return -ENOMEM;
	return ret ? stress_failed(ret, "room for the threads") :
		     stress_setup();
}

/* v2: wait for populated 0 as it is meant to be waited for. */
static int unpopulated(const struct cg *cg)
{
	struct turn t = { 0 };
	int fd = cg_open(cg, "cgroup.events", O_RDONLY);
	char text[128];
	int ret = -ETIMEDOUT;

	if (fd < 0)
		return fd;
	while (ret) {
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

		text[n > 0 ? n : 0] = '\0';
		if (strstr(text, "populated 0"))
			ret = 0;
		/* It must be told: one that is seen unasked is no answer. */
		while (ret && !poll(&p, 1, 0))
			if (stress_overdue(&t))
				goto out;
	}
out:
	close(fd);
	return ret;
}

static int empty(const struct cg *cg)
{
	int ret = stress_hier.version == 2 ? unpopulated(cg) :
					     stress_empty(cg);

	return ret ? stress_broke("%s is not empty long after the last of %lu "
				  "threads was reaped: %ld are listed",
				  cg->path, threads, cg_threads(cg)) : 0;
}

static int one_round(void)
{
	struct mover *m = &stress->pair;
	siginfo_t info = { .si_pid = 0 };
	int ret = tg_create(tg, threads);

	if (ret)
		return stress_failed(ret, "a group of %lu threads", threads);
	stress_count(&stress->forks.n, threads);
	stress->group = tg->pid;
	if (stress_broken("survivor")) {
		ret = tg_create(tg + 1, 1);
		if (!ret)
			ret = cg_write_pid(&m->a, "cgroup.procs", tg[1].pid);
	}
	for (int i = 0; i < 3 && !ret; i++) {
		ret = stress_move(NULL, NULL);
		if (!ret)
			ret = stress_left(m->at ? &m->a : &m->b, tg->pid);
	}
	if (ret)
		return stress_broke("moving %lu threads: %s", threads,
				    strerror(-ret));
	kill(tg->pid, SIGKILL);
	__atomic_store_n(&dying->pid, tg->pid, __ATOMIC_SEQ_CST);
	stress_note("kill", tg->pid, 0);
	while (!ret && !info.si_pid) {
		uint64_t begin = clock_ns();

		ret = stress_move(NULL, NULL);
		if (waitid(P_PID, tg->pid, &info, WEXITED | WNOHANG | WNOWAIT))
			return stress_failed(-errno, "waitid");
		/* It may have begun when all of them had exited. */
		race_met(!info.si_pid || begin <=
			 __atomic_load_n(&dying->seen, __ATOMIC_SEQ_CST));
	}
	__atomic_store_n(&dying->pid, 0, __ATOMIC_SEQ_CST);
	if (ret)
		return stress_broke("write of a group that exits: %s",
				    strerror(-ret));
	tg_destroy(tg);
	ret = empty(&m->a);
	return ret ? ret : empty(&m->b);
}

static int loop(unsigned int nr, struct lat *lat)
{
	int ret = stress_roam();

	(void)nr;
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		ret = one_round();
		lat_add(lat, clock_ns() - begin);
		stress_count(&stress->rounds.n, 1);
	}
	return ret;
}

/* Not behind ten thousand threads that have to run in order to die. */
static int watch_enter(unsigned int nr)
{
	(void)nr;
	if (sched_setscheduler(0, SCHED_FIFO,
			       &(struct sched_param){ .sched_priority = 1 }))
		stress_say("the watcher has no priority: %s", strerror(errno));
	return 0;
}

/* A descriptor of a group says when its last thread has exited. */
static int watch_loop(unsigned int nr, struct lat *lat)
{
	static struct pollfd group = { .fd = -1, .events = POLLIN };
	static pid_t of;

	(void)nr;
	while (loop_more(lat)) {
		pid_t pid = __atomic_load_n(&dying->pid, __ATOMIC_SEQ_CST);
		uint64_t begin = clock_ns();

		if (pid != of && group.fd >= 0)
			close(group.fd);
		if (pid != of)
			group.fd = pid ? syscall(SYS_pidfd_open, pid, 0) : -1;
		of = pid;
		if (group.fd >= 0 && !poll(&group, 1, 0))
			__atomic_store_n(&dying->seen, begin, __ATOMIC_SEQ_CST);
		lat_add(lat, clock_ns() - begin);
		stress_nap();
	}
	return 0;
}

static double group_threads(void)
{
	return threads;
}

const struct bench bench = {
	.name = "exit-storm",
	.summary = "ten thousand threads exit while their group is moved",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "mover", .loop = loop },
		{ .name = "watcher", .enter = watch_enter, .loop = watch_loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		STRESS_COUNTERS,
		{ "group", "threads", "higher", group_threads },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .overhead = overhead },
	.setup = setup,
	.cleanup = stress_cleanup,
};
