// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pidns - groups in nested pid namespaces, moved by any of their numbers
 *
 * Invariant: a write means the process that has that number in the pid
 * namespace of the writer: from outside by the outer number, from inside by
 * the inner one; both move all threads of it. An outer number written
 * inside, where it means nobody, is ESRCH. When the init of the outermost
 * namespace is killed during a move, every process below it dies and the
 * cgroups are empty.
 *
 * Each round nests three pid namespaces: init, below it init, below it init
 * with two cloning threads, which also writes itself by its own number, 1.
 * An overlap is a write during which a clone was on.
 *
 * Mutation: `outer-number`, the innermost writes its outer number.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "stress.h"

#define DEPTH	3
#define THREADS	2
#define MOVES	16

static struct nest {
	uint32_t	up;		/* the innermost runs */
	uint32_t	ask;		/* 1: write yourself to b, 2: to a */
	uint32_t	done;		/* as asked */
	uint64_t	clones;		/* that there were before it */
	int		ret, wrong;	/* of that write, of the outer number */
	pid_t		outer;		/* number of the innermost out here */
} *nest;
static int procs[2];			/* inherited by all below */

static const struct opt opts[] = {
	STRESS_OPTIONS(STRESS_BOTH " v1-cpuset", "v1-freezer", "outer-number"),
	OPT_END
};

static const char *missing(void)
{
	const char *why = stress_missing_numbers();

	if (!why)
		why = child_pidns_missing();
	return why ? why : tg_missing(DEPTH + THREADS * (STRESS_LINKS + 1));
}

static int setup(void)
{
	int ret = stress_setup();

	nest = bench_shared(sizeof(*nest));
	if (!nest)
		return -ENOMEM;
	for (int i = 0; i < 2 && !ret; i++) {
		procs[i] = cg_open(i ? &stress->pair.b : &stress->pair.a,
				   "cgroup.procs", O_WRONLY);
		ret = procs[i] < 0 ? procs[i] : 0;
	}
	return ret;
}

static int write_number(unsigned int side, pid_t pid)
{
	char value[16];
	int len = snprintf(value, sizeof(value), "%d", pid);

	return write(procs[side], value, len) < 0 ? -errno : 0;
}

static uint64_t clones(void)
{
	return __atomic_load_n(&stress->clones.begun, __ATOMIC_SEQ_CST);
}

/*
 * Does the outer number mean nobody inside? Numbers there rise from 1 with
 * every clone; those that are under way are few.
 */
static bool strange(void)
{
	return clones() - nest->clones + 1000 < (uint64_t)nest->outer;
}

/* /proc is of the namespace that mounted it: ours. */
static pid_t seen_from_outside(void)
{
	char self[32] = "";

	return readlink("/proc/self", self, sizeof(self) - 1) < 0 ? 0 :
	       atoi(self);
}

static void __attribute__((noreturn)) innermost(void)
{
	nest->outer = seen_from_outside();
	if (nest->outer <= 0 || stress_chains(THREADS))
		_exit(1);
	__atomic_store_n(&nest->up, 1, __ATOMIC_RELEASE);
	for (;;) {
		uint32_t ask = __atomic_load_n(&nest->ask, __ATOMIC_ACQUIRE);

		if (!ask || ask == nest->done) {
			sched_yield();
			continue;
		}
		nest->wrong = strange() ?
			      write_number(ask % 2, nest->outer) : -ESRCH;
		nest->ret = write_number(ask % 2, stress_broken("outer-number")
					 ? nest->outer : getpid());
		__atomic_store_n(&nest->done, ask, __ATOMIC_RELEASE);
	}
}

/* A process in a new pid namespace, DEPTH of them in all. */
static void __attribute__((noreturn)) descend(int depth)
{
	pid_t pid;

	/* Dies with its parent; the outermost is killed by the round. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (depth == DEPTH)
		innermost();
	pid = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	if (!pid)
		descend(depth + 1);
	if (pid < 0)
		_exit(1);
	for (;;)
		pause();
}

/* The innermost moves itself to SIDE by its own number. */
static int from_inside(uint32_t ask)
{
	const struct mover *m = &stress->pair;
	unsigned int side = ask % 2;
	struct turn t = { 0 };

	__atomic_store_n(&nest->ask, ask, __ATOMIC_RELEASE);
	while (__atomic_load_n(&nest->done, __ATOMIC_ACQUIRE) != ask) {
		if (stress_overdue(&t))
			return stress_broke("process %d, 1 in its namespace, "
					    "does not answer", nest->outer);
	}
	stress_note("inside, its outer number", nest->outer, nest->wrong);
	stress_note("inside, its own number", 1, nest->ret);
	if (nest->wrong != -ESRCH)
		return stress_broke("number %d, written where it means nobody: "
				    "%s", nest->outer, nest->wrong ?
				    strerror(-nest->wrong) : "it went well");
	if (nest->ret)
		return stress_broke("its own number, written inside: %s",
				    strerror(-nest->ret));
	stress_count(&stress->moves.n, 1);
	stress->pair.at = side;
	return stress_left(side ? &m->a : &m->b, nest->outer);
}

static int one_round(struct rng *rng)
{
	const struct mover *m = &stress->pair;
	struct turn t = { 0 };
	unsigned int fatal = rng_below(rng, MOVES);
	pid_t init;
	int ret = 0;

	*nest = (struct nest){ .clones = clones() };
	init = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	if (!init)
		descend(1);
	if (init < 0)
		return stress_failed(-errno, "clone(CLONE_NEWPID)");
	while (!__atomic_load_n(&nest->up, __ATOMIC_ACQUIRE)) {
		if (stress_overdue(&t)) {
			stress_reap(init);
			return stress_failed(-ETIMEDOUT, "%d pid namespaces",
					     DEPTH);
		}
	}
	stress->group = nest->outer;
	for (uint32_t i = 1; i <= MOVES && !ret; i++) {
		ret = stress_move(NULL, &stress->clones);
		if (ret)
			return stress_broke("number %d from outside: %s",
					    nest->outer, strerror(-ret));
		ret = stress_left(m->at ? &m->a : &m->b, nest->outer);
		if (!ret && i % 4 == 0)
			ret = from_inside(i / 4);
		if (i == fatal)
			break;
	}
	kill(init, SIGKILL);
	/* Dying: it may be found or not, and is moved or not. */
	while (!ret && stress_lives(nest->outer, nest->outer))
		if (stress_move(NULL, &stress->clones) == -ESRCH)
			break;
	stress_reap(init);
	/* Of clones in the middle of which they were killed. */
	race_over(&stress->clones);
	if (!ret && (stress_empty(&m->a) || stress_empty(&m->b)))
		ret = stress_broke("the namespaces are gone, and %s or %s is "
				   "not empty", m->a.path, m->b.path);
	return ret;
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

const struct bench bench = {
	.name = "pidns",
	.summary = "groups in nested pid namespaces, by any of their numbers",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "mover", .loop = loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = missing },
	.setup = setup,
	.cleanup = stress_cleanup,
};
