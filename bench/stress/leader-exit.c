// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * leader-exit - the leader exits first, the rest is moved
 *
 * Invariants, for a group whose leader has exited while threads live on:
 * - a write of the leader's number moves the threads, and so does a write
 *   of any living thread's number; none is left behind;
 * - once all have exited and nobody has reaped, a write succeeds and moves
 *   nothing (tasks that exit are skipped);
 * - once reaped, ESRCH (a process of its process group keeps the number, so
 *   that nobody on the machine has it meanwhile);
 * - when a new process has the number (clone3 set_tid, 5.5), that one is
 *   moved.
 *
 * Each round makes a group of three cloning threads and a leader that exits
 * at a moment drawn, while the mover writes. Overlaps are writes with a
 * clone in flight; leader-hits are writes during which the leader exited:
 * it stamps the clock before it does.
 *
 * Mutation: `unwritten`, some writes are only claimed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stress.h"

#define THREADS 3

static struct {
	uint32_t	go;
	uint64_t	left;		/* when the leader exited */
	uint64_t	hits;		/* writes during which it exited */
	uint64_t	reused;		/* numbers given to a new process */
} *leader;

static const struct opt opts[] = {
	STRESS_OPTIONS("v1-freezer v1-cpuset v1-memory v1-cpu v2",
		       "v1-freezer", "unwritten"),
	OPT_END
};

static int setup(void)
{
	leader = bench_shared(sizeof(*leader));
	return leader ? stress_setup() : -ENOMEM;
}

static void __attribute__((noreturn)) live(void)
{
	if (stress_chains(THREADS))
		_exit(1);
	__atomic_store_n(&leader->go, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&leader->go, __ATOMIC_ACQUIRE) < 2)
		sched_yield();
	__atomic_store_n(&leader->left, clock_ns(), __ATOMIC_RELEASE);
	syscall(SYS_exit, 0);		/* this thread alone */
	for (;;)
		;
}

static int move_and_look(const char *whose)
{
	const struct mover *m = &stress->pair;
	uint64_t begin = clock_ns(), end, left;
	int ret = stress_move(NULL, &stress->clones);

	end = clock_ns();
	left = __atomic_load_n(&leader->left, __ATOMIC_ACQUIRE);
	if (left > begin && left < end)
		leader->hits++;
	if (ret)
		return stress_broke("write of the %s number: %s", whose,
				    strerror(-ret));
	return stress_left(m->at ? &m->a : &m->b, stress->group);
}

/* By the number of a thread that lives: it moves all of its group. */
static int move_by_thread(void)
{
	struct mover *m = &stress->pair;
	pid_t id[64], group = stress->group;
	long n = stress_threads(group, id, 64);

	for (long i = 0; i < n; i++) {
		int ret;

		if (id[i] == group || !stress_lives(group, id[i]))
			continue;
		mover_value(m, id[i]);
		mover_write(m, !m->at, &ret);
		stress_note("move by thread", id[i], ret);
		if (ret == -ESRCH)
			continue;	/* it has exited meanwhile */
		if (ret)
			return stress_broke("write of thread %d of %d: %s",
					    id[i], group, strerror(-ret));
		stress_count(&stress->moves.n, 1);
		m->at = !m->at;
		return stress_left(m->at ? &m->a : &m->b, group);
	}
	return 0;
}

/* Nobody lives, nobody has reaped: a write moves nothing. */
static int move_zombie(pid_t pid)
{
	char before[PATH_MAX], after[PATH_MAX];
	siginfo_t info;
	int ret;

	kill(pid, SIGKILL);
	while (waitid(P_PID, pid, &info, WEXITED | WNOWAIT))
		if (errno != EINTR)
			return stress_failed(-errno, "waitid");
	if (stress_where(pid, pid, before, sizeof(before)))
		return stress_broke("a zombie has no cgroup");
	mover_write(&stress->pair, !stress->pair.at, &ret);
	stress_note("write of zombie", pid, ret);
	if (ret)
		return stress_broke("write of zombie %d: %s", pid,
				    strerror(-ret));
	if (stress_where(pid, pid, after, sizeof(after)) ||
	    strcmp(before, after))
		return stress_broke("zombie %d was moved: %s, was %s", pid,
				    after, before);
	return 0;
}

/* A new process with an old number; 0: the kernel will not, or cannot. */
static pid_t fork_as(pid_t pid)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal,
			 stack, stack_size, tls, set_tid, set_tid_size;
	} args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid,
		   .set_tid_size = 1 };
	long ret = syscall(SYS_clone3, &args, sizeof(args));

	if (!ret) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return ret > 0 ? ret : 0;
}

/* PID is reaped, and KEEPER keeps its number. */
static int move_reaped(pid_t pid, pid_t keeper)
{
	struct mover *m = &stress->pair;
	int ret;

	mover_write(m, !m->at, &ret);
	stress_note("write of reaped", pid, ret);
	stress_reap(keeper);
	return ret == -ESRCH ? 0 :
	       stress_broke("write of %d, which is reaped: %s", pid, ret ?
			    strerror(-ret) : "it went well");
}

static int move_reused(pid_t pid)
{
	struct mover *m = &stress->pair;
	char path[PATH_MAX];
	int ret;

	if (!fork_as(pid))
		return 0;
	mover_write(m, !m->at, &ret);
	stress_note("write of reused", pid, ret);
	if (!ret)
		ret = stress_where(pid, pid, path, sizeof(path));
	if (!ret && strcmp(path, stress_path(m->at ? &m->a : &m->b)))
		ret = -EXDEV;
	stress_reap(pid);
	leader->reused++;
	return ret ? stress_broke("write of %d, a new process with an old "
				  "number: %s", pid, strerror(-ret)) : 0;
}

static int one_round(struct rng *rng)
{
	unsigned int when = rng_below(rng, 16);
	pid_t pid, keeper;
	int ret = 0;

	leader->go = 0;
	leader->left = 0;
	pid = stress_fork();
	if (pid < 0)
		return stress_failed(pid, "fork");
	if (!pid)
		live();
	keeper = stress_keeper(pid);
	if (keeper < 0)
		return stress_failed(keeper, "a process that keeps number %d",
				     pid);
	while (!__atomic_load_n(&leader->go, __ATOMIC_ACQUIRE))
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return stress_failed(-EAGAIN, "threads of process %d",
					     pid);
		else
			sched_yield();
	stress->group = pid;
	for (unsigned int i = 0; i < 16 && !ret; i++) {
		if (i == when)
			__atomic_store_n(&leader->go, 2, __ATOMIC_RELEASE);
		ret = move_and_look("leader's");
	}
	while (!ret && stress_lives(pid, pid))
		ret = move_and_look("leader's");
	for (int i = 0; i < 4 && !ret; i++) {
		ret = move_and_look("dead leader's");
		if (!ret)
			ret = move_by_thread();
	}
	mover_value(&stress->pair, pid);
	if (!ret)
		ret = move_zombie(pid);
	stress_reap(pid);
	/* Of clones in the middle of which they were killed. */
	race_over(&stress->clones);
	if (!ret)
		ret = move_reaped(pid, keeper);
	return ret ? ret : move_reused(pid);
}

static int loop(unsigned int nr, struct lat *lat)
{
	static struct rng rng;
	int ret = stress_roam();

	if (!rng.state)
		rng = stress_rng(nr);
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		ret = one_round(&rng);
		lat_add(lat, clock_ns() - begin);
		stress_count(&stress->rounds.n, 1);
	}
	return ret;
}

static int verify(void)
{
	if (!leader->reused)
		stress_say("numbers were not reused: no clone3 with set_tid");
	return 0;
}

static double hits(void)
{
	return leader->hits;
}

static double reused(void)
{
	return leader->reused;
}

const struct bench bench = {
	.name = "leader-exit",
	.summary = "the leader exits first, the rest of the group is moved",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "mover", .loop = loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		STRESS_COUNTERS,
		{ "leader-hits", "count", "higher", hits },
		{ "reused-numbers", "count", "higher", reused },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = stress_missing_numbers },
	.setup = setup,
	.verify = verify,
	.cleanup = stress_cleanup,
};
