// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sweep - move a tree of processes that goes on forking, number by number
 *
 * The kernel moves a group of threads by one write, a tree of processes by
 * none. Who moves a running build lists the cgroup and writes one number after
 * the other; what is forked meanwhile by somebody who is not there yet stays
 * behind. One operation is one pass: open, read and close of the list of the
 * cgroup that the tree is in, and one write(2) for each number on it to the
 * file of the sibling cgroup, which is open. A number that is nobody's any
 * more (ESRCH) is no error.
 *
 * by:
 *   procs   cgroup.procs on both sides
 *   tasks   thread by thread: tasks (v1), cgroup.threads (v2, threaded)
 * until:
 *   pass    the sample is that one pass
 *   empty   and as many passes more as it takes until the list is empty
 * What is left after a pass is moved in any case, outside of the sample, before
 * the next operation.
 *
 * The tree is that of make -j: a root keeps so many `jobs` running, each a
 * driver that forks a compiler, which computes for `work` seconds of CPU time
 * and exits. They execute nothing, and are nobody's actors: they run where the
 * scheduler puts them.
 *
 * Means over all operations, also those that are not measured: escaped-count,
 * who is in the list that is read behind the first pass; escaped-share, of
 * those and the moved; moved-count and gone-count, numbers on the first list
 * that were and were nobody's; passes-count, passes until it is empty.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "child.h"
#include "mover.h"

#ifndef PASSES_MAX
#define PASSES_MAX	10000
#endif
#define LIST_BYTES	(1 << 20)

enum { BY_PROCS, BY_TASKS };
enum { UNTIL_PASS, UNTIL_EMPTY };

static unsigned long jobs;
static const char *hierarchy;
static double think, work;
static int by, until;

static const struct opt opts[] = {
	{ "by", OPT_CHOICE, &by, "procs", "procs tasks",
	  "what the list contains: processes or threads" },
	{ "until", OPT_CHOICE, &until, "pass", "pass empty",
	  "one pass, or until nobody is left" },
	{ "hierarchy", OPT_WORD, &hierarchy, "v2", NULL,
	  "v2, v2-CONTROLLER, v1-CONTROLLER or v1-name=NAME" },
	{ "jobs", OPT_UINT, &jobs, "4", "1..1024",
	  "drivers at a time, each with a compiler" },
	{ "work", OPT_TIME, &work, "0.005", "0..60",
	  "CPU time of a compiler" },
	{ "think", OPT_TIME, &think, "0.02", "0..1000",
	  "pause before the operation" },
	OPT_END
};

static struct all {			/* shared */
	struct mover	mover;
	uint64_t	compiled;	/* jobs that have ended as agreed */
	uint64_t	failed;		/* and otherwise */
	uint64_t	swept;		/* operations */
	uint64_t	tried;		/* writes */
	uint64_t	moved, gone, escaped, passes;
	int64_t		writes;		/* the kernel's count before */
} *all;

static struct cg_hier hier;
static struct cg base = CG_NONE;
static pid_t root;

static const char *bad(void)
{
	return cg_hier_bad(hierarchy);
}

static const char *missing(void)
{
	const char *why = cg_hier_missing(hierarchy, &hier);

	return why ? why : tg_missing(1 + 2 * jobs);
}

static double pace(void)
{
	return think;
}

/* ---- the tree -------------------------------------------------------- */

static double cpu_used(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec * 1e-9;
}

static _Noreturn void compile(void)
{
	while (cpu_used() < work)
		;
	_exit(CHILD_STATUS);
}

/* A process of the tree that does FN and ends with the one that made it. */
static pid_t grow(void (*fn)(void))
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fn();
	_exit(1);
}

static _Noreturn void drive(void)
{
	pid_t pid = grow(compile);
	int status;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static _Noreturn void make(void)
{
	unsigned long on = 0;
	int status;

	for (;;) {
		while (on < jobs && grow(drive) > 0)
			on++;
		if (waitpid(-1, &status, 0) < 0)
			continue;
		on--;
		if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_STATUS)
			__atomic_add_fetch(&all->compiled, 1, __ATOMIC_RELAXED);
		else
			__atomic_add_fetch(&all->failed, 1, __ATOMIC_RELAXED);
	}
}

static int plant(void)
{
	pid_t parent = getpid();
	int ret;

	root = fork();
	if (!root) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		ret = cg_write(&all->mover.a, "cgroup.procs", "0");
		if (ret)
			_exit(1);
		make();
	}
	if (root < 0)
		return -errno;
	while (!__atomic_load_n(&all->compiled, __ATOMIC_RELAXED)) {
		if (waitpid(root, NULL, WNOHANG)) {
			root = 0;
			return -ECHILD;
		}
		usleep(1000);
	}
	return 0;
}

static const char *list_file(void)
{
	return by == BY_PROCS ? "cgroup.procs" :
		hier.version == 1 ? "tasks" : "cgroup.threads";
}

static int setup(void)
{
	struct mover *m;
	int ret = bench_room(1 + 2 * jobs);

	all = bench_shared(sizeof(*all));
	if (!all)
		return -ENOMEM;
	m = &all->mover;
	m->a.dir = m->b.dir = m->drain.dir = -1;
	if (!ret)
		ret = cg_base(&hier, &base);
	if (ret) {
		bench_why("making a cgroup in %s: %s", hier.mount,
			  strerror(-ret));
		return ret;
	}
	ret = mover_make(m, &hier, &base, 0, list_file());
	if (!ret && hier.version == 2 && by == BY_TASKS) {
		ret = cg_write(&m->a, "cgroup.type", "threaded");
		if (!ret)
			ret = cg_write(&m->b, "cgroup.type", "threaded");
	}
	if (!ret)
		ret = plant();
	if (ret)
		bench_why("a tree of %lu jobs in %s: %s", jobs, m->a.path,
			  strerror(-ret));
	return ret;
}

/* ---- the sweep ------------------------------------------------------- */

/* The list of side SIDE into BUF, a string. Its length or -errno. */
static ssize_t list(unsigned int side, char *buf)
{
	int fd = cg_open(side ? &all->mover.b : &all->mover.a, list_file(),
			 O_RDONLY);
	ssize_t n, len = 0;

	if (fd < 0)
		return fd;
	while ((n = read(fd, buf + len, LIST_BYTES - 1 - len)) > 0)
		len += n;
	n = n < 0 ? -errno : 0;
	close(fd);
	buf[len] = '\0';
	return n ? n : len;
}

/* One pass. 0 or -errno. */
static int pass(char *buf, uint64_t *moved, uint64_t *gone)
{
	const struct mover *m = &all->mover;
	ssize_t n = list(m->at, buf);

	*moved = *gone = 0;
	if (n < 0)
		return n;
	for (char *at = buf, *end; *at; at = end + 1) {
		end = strchr(at, '\n');
		if (!end)
			return -EBADMSG;
		all->tried++;
		n = write(m->fd[!m->at], at, end - at);
		if (n == end - at)
			++*moved;
		else if (n < 0 && errno == ESRCH)
			++*gone;
		else
			return n < 0 ? -errno : -EIO;
	}
	return 0;
}

/* How many are on the list of where they were. */
static long left(void)
{
	const struct mover *m = &all->mover;

	return cg_count(m->at ? &m->b : &m->a, list_file());
}

/* One operation and what has to be done behind it. */
static int sweep(char *buf, uint64_t *ns)
{
	uint64_t begin, moved, gone, more, none, passes = 1;
	long behind;
	int ret;

	begin = clock_ns();
	ret = pass(buf, &moved, &gone);
	*ns = clock_ns() - begin;
	behind = ret ? 0 : left();
	if (behind < 0)
		ret = behind;
	all->moved += moved;
	all->gone += gone;
	all->escaped += behind;
	while (!ret && left() > 0 && passes < PASSES_MAX) {
		ret = pass(buf, &more, &none);
		passes++;
	}
	if (until == UNTIL_EMPTY)
		*ns = clock_ns() - begin;
	all->passes += passes;
	if (!ret && left())
		ret = -EBUSY;
	all->mover.at = !all->mover.at;
	return ret;
}

static int enter(unsigned int nr)
{
	(void)nr;
	all->writes = mover_writes(getpid());
	return 0;
}

static int loop(unsigned int nr, struct lat *lat)
{
	static char buf[LIST_BYTES];

	(void)nr;
	while (loop_more(lat)) {
		uint64_t ns;
		int ret;

		if (!bench_think(lat, clock_from_s(think)))
			return 0;
		ret = sweep(buf, &ns);
		if (ret) {
			bench_why("from %s to %s: %s", all->mover.a.path,
				  all->mover.b.path, ret == -EBUSY ?
				  "it is never empty" : strerror(-ret));
			return ret;
		}
		all->swept++;
		lat_add(lat, ns);
	}
	return 0;
}

/* The tree is where it must be, whole, and has worked all the while. */
static int verify(void)
{
	const struct mover *m = &all->mover;
	const struct cg *in = m->at ? &m->b : &m->a;
	const struct cg *out = m->at ? &m->a : &m->b;
	uint64_t said = bench_done("mover", 0);
	uint64_t before = __atomic_load_n(&all->compiled, __ATOMIC_RELAXED);
	long here = cg_count(in, list_file());
	long there = cg_count(out, list_file());

	if (all->swept != said || m->at != (said & 1)) {
		bench_why("%" PRIu64 " sweeps, %" PRIu64 " reported",
			  all->swept, said);
		return -1;
	}
	if (here < 1 || there) {
		bench_why("%ld of the tree in %s, %ld left in %s", here,
			  in->path, there, out->path);
		return -1;
	}
	for (int i = 0; i < 10000 && all->compiled == before; i++)
		usleep(1000);
	if (all->failed || all->compiled == before) {
		bench_why("%" PRIu64 " jobs failed, %" PRIu64 " ended since",
			  all->failed, all->compiled - before);
		return -1;
	}
	return mover_verify_writes(bench_pid("mover", 0), all->writes,
				   all->tried);
}

static void cleanup(void)
{
	struct tg tg = { .pid = root, .nr = 1 };

	/* With the root go all, but for who is just being born: by cgroup. */
	if (root > 0) {
		kill(root, SIGKILL);
		waitpid(root, NULL, 0);
		tg.pid = 0;
	}
	if (all)
		mover_unmake(&all->mover, &tg);
	cg_close(&base);
}

static double each(uint64_t sum) { return (double)sum / all->swept; }
static double escaped(void) { return each(all->escaped); }
static double share(void)
{
	return (double)all->escaped / (all->escaped + all->moved);
}
static double moved(void) { return each(all->moved); }
static double gone(void) { return each(all->gone); }
static double passes(void) { return each(all->passes); }

const struct bench bench = {
	.name = "sweep",
	.summary = "move a tree of processes that goes on forking",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "mover", .enter = enter, .loop = loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		{ "escaped", "count", "lower", escaped },
		{ "escaped", "share", "lower", share },
		{ "moved", "count", "higher", moved },
		{ "gone", "count", "lower", gone },
		{ "passes", "count", "lower", passes },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .pace = pace },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
