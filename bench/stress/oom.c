// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * oom - moves into a cgroup that has run out of its memory
 *
 * Invariant: a process that eats more than the limit of the memory cgroup
 * it was moved to is killed, and nobody else is: not the group that moves
 * in and out meanwhile, not the process in the sibling. The kill is counted
 * where it happened. Moves succeed all the while and no thread is lost.
 *
 * Each round an eater starts in `a`, where it eats and gives back without
 * pause, is moved to `b` (32 MiB) meanwhile, and must die there before it
 * has 160 MiB more, which cannot be swapped. An overlap is a move of the
 * other group, eight parked threads, while an eater was in b. An eater offers
 * itself to the killer (oom_score_adj 1000).
 *
 * Mutations: `unlimited`, b has no limit; `unwritten`, some moves are only
 * claimed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stress.h"

#define MIB		(1ul << 20)
#define LIMIT		"33554432"
#define BITE		(2 * MIB)
#define EATS		(160 * MIB)
#define THREADS		8
#define CANNOT		2		/* an eater's exit status */
#define PAUSE_NS	20000000	/* the killer says much each time */

static struct eater {
	uint64_t	eaten;		/* bytes touched */
	bool		moved;		/* it is in b */
	struct race	inside;		/* an eater is in b */
} *eater;
static struct tg tg = TG_NONE;

static const struct opt opts[] = {
	STRESS_OPTIONS("v1-memory v2-memory", "v1-memory",
		       "unlimited unwritten"),
	OPT_END
};

/* Nothing is touched, so nothing is taken. */
static bool may_lock(void)
{
	char *p = mmap(NULL, EATS, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool may = p != MAP_FAILED && !mlock2(p, EATS, MLOCK_ONFAULT);

	if (p != MAP_FAILED)
		munmap(p, EATS);
	return may;
}

static const char *missing(void)
{
	const char *why = stress_missing();

	return why ? why : !may_lock() ? "a process may not lock 160 MiB of "
	       "memory: RLIMIT_MEMLOCK, or CAP_IPC_LOCK" :
	       tg_missing(THREADS + EATS / MIB * 42);
}

static int setup(void)
{
	const struct cg *b;
	int ret = stress_setup();

	eater = bench_shared(sizeof(*eater));
	if (!eater)
		return -ENOMEM;
	b = &stress->pair.b;
	if (!ret && !stress_broken("unlimited"))
		ret = cg_write(b, b->version == 2 ? "memory.max" :
			       "memory.limit_in_bytes", LIMIT);
	if (!ret)
		ret = tg_create(&tg, THREADS);
	if (ret)
		return stress_failed(ret, "a group, and a limit for %s",
				     b->path);
	stress->group = tg.pid;
	return 0;
}

static long kills(const struct cg *cg)
{
	return stress_value(cg, cg->version == 2 ? "memory.events" :
			    "memory.oom_control", "oom_kill");
}

/* What it is given while it is in a stays charged to a: it is given back. */
static void __attribute__((noreturn)) eat(void)
{
	char *p = mmap(NULL, EATS, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	bool moved;

	if (p == MAP_FAILED || fd < 0 || write(fd, "1000", 4) != 4)
		_exit(CANNOT);
	do {
		moved = __atomic_load_n(&eater->moved, __ATOMIC_ACQUIRE);
		madvise(p, BITE, MADV_DONTNEED);
		for (uint64_t i = 0; i < BITE; i += 4096)
			p[i] = 1;
		__atomic_store_n(&eater->eaten, BITE, __ATOMIC_RELEASE);
	} while (!moved);
	if (mlock2(p, EATS, MLOCK_ONFAULT))
		_exit(CANNOT);
	for (uint64_t i = BITE; i < EATS; i += 4096) {
		p[i] = 1;
		__atomic_store_n(&eater->eaten, i + 4096, __ATOMIC_RELEASE);
	}
	_exit(0);
}

static int one_round(void)
{
	const struct cg *a = &stress->pair.a, *b = &stress->pair.b;
	long in_a = kills(a), in_b = kills(b);
	int status, ret;
	pid_t pid;

	eater->eaten = 0;
	eater->moved = false;
	pid = stress_fork();
	if (!pid)
		eat();
	if (pid < 0)
		return stress_failed(pid, "fork");
	ret = cg_write_pid(a, "cgroup.procs", pid);
	while (!ret && !__atomic_load_n(&eater->eaten, __ATOMIC_ACQUIRE) &&
	       stress_lives(pid, pid))
		sched_yield();
	race_begin(&eater->inside);
	if (!ret)
		ret = cg_write_pid(b, "cgroup.procs", pid);
	stress_note("eater to b", pid, ret);
	if (ret) {
		stress_reap(pid);
		return stress_broke("moving process %d to %s: %s", pid,
				    b->path, strerror(-ret));
	}
	__atomic_store_n(&eater->moved, true, __ATOMIC_RELEASE);
	if (waitpid(pid, &status, 0) != pid)
		status = -1;
	race_end(&eater->inside);
	stress_note("eater died", pid, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT)
		return stress_failed(-ENOMEM, "process %d cannot eat", pid);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		return stress_broke("process %d ate %lu MiB in %s and was not "
				    "killed", pid, eater->eaten / MIB, b->path);
	if (in_b >= 0 && kills(b) <= in_b)
		return stress_broke("oom_kill of %s counts %ld, and %ld before "
				    "process %d was killed", b->path, kills(b),
				    in_b, pid);
	if (in_a >= 0 && kills(a) != in_a)
		return stress_broke("oom_kill of %s counts %ld", a->path,
				    kills(a));
	return 0;
}

static int eat_loop(unsigned int nr, struct lat *lat)
{
	int ret = 0;

	(void)nr;
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		ret = one_round();
		lat_add(lat, clock_ns() - begin);
		stress_count(&stress->rounds.n, 1);
		if (!ret && !bench_think(lat, PAUSE_NS))
			break;
	}
	return ret;
}

static int move_loop(unsigned int nr, struct lat *lat)
{
	const struct mover *m = &stress->pair;

	(void)nr;
	while (loop_more(lat)) {
		uint64_t begin = clock_ns();
		int ret = stress_move(NULL, &eater->inside);

		lat_add(lat, clock_ns() - begin);
		if (ret)
			return stress_unmoved(m->at ? &m->a : &m->b, ret);
		ret = stress_all_in(m->at ? &m->b : &m->a, tg.pid);
		if (!ret && tg_threads(tg.pid) != THREADS)
			ret = stress_broke("%ld threads of %d",
					   tg_threads(tg.pid), THREADS);
		if (ret)
			return ret;
	}
	return 0;
}

static void cleanup(void)
{
	tg_destroy(&tg);
	stress_cleanup();
}

const struct bench bench = {
	.name = "oom",
	.summary = "moves into a cgroup that has run out of its memory",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "eater", .loop = eat_loop },
		{ .name = "mover", .loop = move_loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = missing },
	.setup = setup,
	.cleanup = cleanup,
};
