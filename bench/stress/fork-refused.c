// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fork-refused - a fork that fails gives back what it took
 *
 * Invariants, while a group of parked threads is moved without pause:
 * - a fork that a limit refuses says EAGAIN, always;
 * - it gives the read side of the fork lock back: the next move comes back
 *   (else it, and after it every fork of the machine, waits for ever);
 * - it gives its charge back: pids.current is what it was.
 *
 * Three processes do nothing but be refused: one that forks and one that
 * creates threads, each alone in a cgroup whose pids.max is 1 (refused under
 * the lock, by the last that is asked), and one that is nobody's with an
 * RLIMIT_NPROC of 0 (refused before it). That there is no memory for a fork
 * (ENOMEM, before either) is no limit's refusal, and proves nothing. A watcher looks whether a move that
 * has begun ends. An overlap is a move during which a refused fork was on.
 *
 * Mutations: `roomy`, there is no limit; `held`, a move does not come back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stress.h"

#define NOBODY	65534
#define THREADS	3
#define FULL	2	/* forkers that pids.max refuses */

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
		      CLONE_THREAD | CLONE_SYSVSEM)

enum { BY_FORK, BY_THREAD, BY_NPROC };

static unsigned long forkers = 3;
static struct tg parked = TG_NONE;
static struct cg full[FULL] = { CG_NONE, CG_NONE };
static struct race *moves;		/* shared: begun and come back */

static const struct opt opts[] = {
	STRESS_OPTIONS("v1-pids v2-pids", "v1-pids", "roomy held"),
	OPT_END
};

static int setup(void)
{
	static const char *const name[FULL] = { "full0", "full1" };
	int ret = stress_setup();

	moves = bench_shared(sizeof(*moves));
	if (!moves)
		return -ENOMEM;
	for (int i = 0; i < FULL && !ret; i++) {
		ret = cg_make(&stress_hier, &stress_base, name[i], &full[i]);
		if (!ret && !stress_broken("roomy"))
			ret = cg_write(&full[i], "pids.max", "1");
		if (ret)
			return stress_failed(ret, "%s with pids.max",
					     name[i]);
	}
	if (!ret)
		ret = tg_create(&parked, THREADS);
	if (!ret)
		ret = cg_write_pid(&stress->pair.a, "cgroup.procs",
				   parked.pid);
	if (ret)
		return stress_failed(ret, "a group in a");
	stress->group = parked.pid;
	return 0;
}

static int enter(unsigned int nr)
{
	struct rlimit none = { 0, 0 };
	pid_t parent = getppid();

	if (nr != BY_NPROC)
		return cg_write(&full[nr], "cgroup.procs", "0");
	if (stress_broken("roomy"))
		return 0;
	/* To be another user forgets the signal at the parent's death. */
	if (setrlimit(RLIMIT_NPROC, &none) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY) ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL))
		return -errno;
	if (getppid() != parent)
		_exit(1);
	return 0;
}

static int end(void *arg)
{
	(void)arg;
	return 0;
}

/* 0: there was a child, which has ended; or -errno. */
static int try_fork(unsigned int nr)
{
	static char stack[16384] __attribute__((aligned(64)));
	long pid;

	if (nr == BY_THREAD)
		pid = clone(end, stack + sizeof(stack), THREAD_FLAGS, NULL);
	else
		pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(0);
	if (nr != BY_THREAD)
		waitpid(pid, NULL, 0);
	return 0;
}

static int charged(const struct cg *cg, long due)
{
	long now = stress_value(cg, "pids.current", NULL);

	if (now < 0)
		return stress_failed(now, "pids.current of %s", cg->path);
	return now == due ? 0 :
		stress_broke("pids.current of %s is %ld, not %ld", cg->path,
			     now, due);
}

static int fork_loop(unsigned int nr, struct lat *lat)
{
	static const char *const what[] = { "fork", "thread", "fork of nobody" };
	int ret = 0;

	for (unsigned int i = 1; !ret && loop_more(lat); i++) {
		uint64_t begin = clock_ns();

		ret = race_in(&stress->clones, try_fork(nr));
		stress_note(what[nr], getpid(), ret);
		if (ret == -ENOMEM)
			return stress_failed(ret, "%s", what[nr]);
		if (ret != -EAGAIN)
			return stress_broke("%s: %s, not EAGAIN", what[nr],
					    ret ? strerror(-ret) : "made");
		lat_add(lat, clock_ns() - begin);
		stress_count(&stress->refused.n, 1);
		ret = nr < FULL && i % 64 == 0 ? charged(&full[nr], 1) : 0;
		stress_breathe();
	}
	return ret;
}

/* It has begun to move, and that is all. */
static void hang(const struct lat *lat)
{
	race_begin(moves);
	while (loop_more(lat))
		stress_nap();
}

static int move_loop(unsigned int nr, struct lat *lat)
{
	int ret = 0;

	(void)nr;
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		if (stress_broken("held")) {
			hang(lat);
			return 0;
		}
		ret = stress_move(moves, &stress->clones);
		if (ret)
			return stress_broke("a move: %s", strerror(-ret));
		ret = stress_left(stress->pair.at ? &stress->pair.a :
				  &stress->pair.b, stress->group);
		lat_add(lat, clock_ns() - begin);
	}
	return ret;
}

static int watch_loop(unsigned int nr, struct lat *lat)
{
	uint64_t last = race_mark(moves);
	struct turn waited = { 0 };

	(void)nr;
	while (loop_more(lat)) {
		uint64_t back = race_mark(moves);

		if (back != last || !race_since(moves, back)) {
			lat_add(lat, 1);
			last = back;
			waited = (struct turn){ 0 };
			stress_nap();
		} else if (stress_overdue(&waited)) {
			return stress_broke("a move has not come back, after "
					    "%lu refused forks",
					    stress->refused.n);
		}
	}
	return 0;
}

static int verify(void)
{
	struct mover *m = &stress->pair;
	int ret = mover_verify(m, m->at, parked.pid, THREADS);

	if (!ret)
		ret = charged(m->at ? &m->b : &m->a, THREADS);
	if (!ret)
		ret = charged(m->at ? &m->a : &m->b, 0);
	for (int i = 0; i < FULL && !ret; i++)
		ret = charged(&full[i], 1);
	return ret;
}

static void cleanup(void)
{
	tg_destroy(&parked);
	stress_cleanup();
	for (int i = 0; i < FULL; i++)
		cg_remove(&full[i], 10);
}

const struct bench bench = {
	.name = "fork-refused",
	.summary = "a fork that fails gives back what it took",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "forker", .nr = &forkers, .enter = enter,
		  .loop = fork_loop },
		{ .name = "mover", .loop = move_loop },
		{ .name = "watcher", .loop = watch_loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = stress_missing },
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
