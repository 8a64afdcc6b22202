// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pidns - nested pid namespaces: what a fork pays, what a checkpoint collects
 *
 * `depth` pid namespaces lie inside of each other below the one this runs
 * in. A process in the innermost has a number in each of them.
 *
 * by:
 *   clone    one operation is that of `clone --kind fork` (lib/child.h), the
 *            child in the innermost one: clone(2) until its exit is seen. In
 *            verify() the innermost namespace must have given out as many
 *            numbers as there were children
 *   collect  `tasks` processes are spread over the namespaces; one operation
 *            collects every pid number of all of them inside the kernel
 *            module, from the outermost of ours inwards, into an array made
 *            of `kind`. A sample is what the module says it took: the
 *            allocation (alloc-ns), the way through the tree (collect-ns)
 *            and the end of the array (free-ns), medians each
 *   proc     the same from user space: NSpid of /proc/PID/status, one after
 *            the other
 *
 * numbers-count is how many numbers there are: a task at level l has l.
 * At the end their sum, as the module read it back from its array, must be
 * that of all NSpid.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "child.h"
#include "kmod.h"
#include "ring.h"
#include "tg.h"

#define DEPTH_MAX 32	/* MAX_PID_NS_LEVEL */
/* Numbers begin again at RESERVED_PIDS when they reach pid_max. */
#define RESERVED_PIDS 300
#define PID_MAX_LIMIT (4 << 20)

enum { BY_CLONE, BY_COLLECT, BY_PROC };

static int by, kind;
static unsigned long depth, tasks;

static const struct opt opts[] = {
	{ "by", OPT_CHOICE, &by, "clone", "clone collect proc",
	  "what one operation is" },
	{ "depth", OPT_UINT, &depth, "1", "1..32",
	  "pid namespaces inside of each other" },
	{ "tasks", OPT_UINT, &tasks, "1", "1..100000",
	  "processes whose numbers are collected; at least one per level" },
	{ "kind", OPT_CHOICE, &kind, "kmalloc", "kmalloc flex-array genradix",
	  "what they are collected into" },
	OPT_END
};

static const int kmod_kind[] = { KMOD_KMALLOC, KMOD_FLEX, KMOD_GENRADIX };

static struct tree {		/* shared with all that are in it */
	uint32_t	ready, error;
	pid_t		first[DEPTH_MAX];	/* of each level, as we see it */
	pid_t		pid[];			/* of each task */
} *tree;

static struct mine {		/* the actor's */
	struct child	child;
	pid_t		last;			/* number of one child more */
	struct ring	alloc, collect, free;
	uint64_t	sum;			/* of all numbers, the last time */
} *mine;

static unsigned long nr_tasks, numbers;	/* that there are */
static pid_t top;
static int fd = -1, ns = -1;

static const char *bad(void)
{
	if (by == BY_CLONE && tasks != 1)
		return "--by clone: the child is the only task";
	if (by != BY_CLONE && tasks < depth)
		return "--tasks: at least one for each level of --depth";
	if (by == BY_PROC && kind)
		return "--kind: an array of the kernel; --by proc has none";
	return NULL;
}

static const char *missing(void)
{
	const char *why;

	if (by == BY_COLLECT) {
		why = kmod_missing();
		if (why)
			return why;
	}
	why = child_pidns_missing();
	return why ? why : tg_missing(tasks + depth);
}

static double overhead(void)
{
	return 0.05 + (tasks + depth) * 200e-6;
}

/* /proc is of the namespace that mounted it: ours. */
static pid_t seen_from_outside(void)
{
	char buf[32];
	ssize_t n = readlink("/proc/self", buf, sizeof(buf) - 1);

	if (n < 0)
		return 0;
	buf[n] = '\0';
	return atoi(buf);
}

/* Tasks of LEVEL (from 0), which share what the division leaves over. */
static unsigned long share(unsigned long level)
{
	return nr_tasks / depth + (level < nr_tasks % depth);
}

static _Noreturn void fail(int err)
{
	__atomic_store_n(&tree->error, err, __ATOMIC_RELEASE);
	_exit(1);
}

static void report(unsigned long at)
{
	tree->pid[at] = seen_from_outside();
	__atomic_add_fetch(&tree->ready, 1, __ATOMIC_RELEASE);
}

/* The other tasks of a level, the first of which is at AT. */
static void siblings(unsigned long level, unsigned long at)
{
	for (unsigned long i = 1; i < share(level); i++) {
		pid_t pid = fork();

		if (pid < 0)
			fail(errno);
		if (pid)
			continue;
		report(at + i);
		for (;;)
			pause();
	}
}

/* Process 1 of each level makes its siblings and the next level. */
static _Noreturn void live(void)
{
	unsigned long level = 0, at = 0;
	pid_t pid = 0;

	while (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		tree->first[level] = seen_from_outside();
		siblings(level, at);
		if (level + 1 == depth)
			break;
		pid = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
		if (pid < 0)
			fail(errno);
		if (!pid)
			at += share(level++);
	}
	report(at);
	for (;;)
		pause();
}

static int setup(void)
{
	char why[200], path[64];
	int ret = tg_room(tasks + depth);

	if (ret) {
		bench_why("room for %lu processes: pid_max or threads-max is "
			  "too low", tasks + depth);
		return ret;
	}
	/* For clone, process 1 of each level and nobody else. */
	nr_tasks = by == BY_CLONE ? depth : tasks;
	for (unsigned long l = 0; l < depth; l++)
		numbers += share(l) * (l + 1);
	tree = bench_shared(sizeof(*tree) +
			    nr_tasks * sizeof(*tree->pid));
	mine = bench_shared(sizeof(*mine));
	if (!tree || !mine)
		return -ENOMEM;
	if (by == BY_COLLECT) {
		fd = kmod_open(NULL, why, sizeof(why));
		if (fd < 0) {
			bench_why("%s", why);
			return fd;
		}
	}
	top = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	if (!top)
		live();
	ret = top < 0 ? errno : 0;
	while (!ret && __atomic_load_n(&tree->ready, __ATOMIC_ACQUIRE) <
	       nr_tasks) {
		ret = __atomic_load_n(&tree->error, __ATOMIC_ACQUIRE);
		usleep(200);
	}
	if (ret) {
		bench_why("a pid namespace of depth %lu: %s", depth,
			  strerror(ret));
		return -ret;
	}
	snprintf(path, sizeof(path), "/proc/%d/ns/pid",
		 tree->first[depth - 1]);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	return ns < 0 ? -errno : 0;
}

static int enter(unsigned int nr)
{
	(void)nr;
	if (by != BY_CLONE || !setns(ns, CLONE_NEWPID))
		return 0;
	bench_why("setns: %s", strerror(errno));
	return -errno;
}

static int one_collect(uint64_t *ns_taken)
{
	struct kmod_pids p = {
		.kind = kmod_kind[kind], .nr = numbers, .tgid = top,
	};
	int ret = kmod_ask(fd, KMOD_PIDS, &p);

	if (!ret)
		ret = p.outcome;
	if (ret)
		return ret;
	if (p.nr != numbers || p.tasks != tasks || p.depth != depth) {
		bench_why("the kernel found %u numbers of %u tasks to depth "
			  "%u, not %lu of %lu to %lu", p.nr, p.tasks, p.depth,
			  numbers, tasks, depth);
		return -EBADMSG;
	}
	mine->sum = p.sum;
	*ns_taken = p.alloc + p.collect + p.free;
	ring_add(&mine->alloc, p.alloc);
	ring_add(&mine->collect, p.collect);
	ring_add(&mine->free, p.free);
	return 0;
}

/* How many numbers NSpid has below our own; they are added to SUM. */
static int numbers_of(pid_t pid, uint64_t *sum)
{
	char path[64], buf[4096], *at;
	ssize_t n;
	int f, nr = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = open(path, O_RDONLY | O_CLOEXEC);
	if (f < 0)
		return -errno;
	n = read(f, buf, sizeof(buf) - 1);
	close(f);
	if (n < 0)
		return -EIO;
	buf[n] = '\0';
	at = strstr(buf, "\nNSpid:");
	for (at = at ? at + 7 : buf + n; *at == '\t'; nr++) {
		long number = strtol(at + 1, &at, 10);

		*sum += nr ? number : 0;
	}
	return nr - 1;
}

static int all_numbers(uint64_t *sum)
{
	unsigned long found = 0;

	for (unsigned long i = 0; i < tasks; i++) {
		int nr = numbers_of(tree->pid[i], sum);

		if (nr < 0)
			return nr;
		found += nr;
	}
	if (found == numbers)
		return 0;
	bench_why("/proc has %lu numbers, not %lu", found, numbers);
	return -EBADMSG;
}

static int one_proc(uint64_t *ns_taken)
{
	uint64_t begin = clock_ns(), sum = 0;
	int ret = all_numbers(&sum);

	*ns_taken = clock_ns() - begin;
	return ret;
}

static int loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	if (by == BY_CLONE)
		return child_loop(&mine->child, CHILD_FORK, UNTIL_EXIT, 0, lat);
	while (loop_more(lat)) {
		uint64_t taken;
		int ret = by == BY_COLLECT ? one_collect(&taken) :
					     one_proc(&taken);

		if (ret) {
			bench_why("%s", strerror(-ret));
			return ret;
		}
		lat_add(lat, taken);
	}
	return 0;
}

/* The number of the Nth process of a namespace whose numbers end at MAX. */
static unsigned long number(unsigned long n, unsigned long max)
{
	return n < max ? n : RESERVED_PIDS + (n - max) % (max - RESERVED_PIDS);
}

/* Since 6.14 a namespace may have a pid_max of its own, the highest there is. */
static bool is_number(unsigned long is, unsigned long n)
{
	FILE *f = fopen("/proc/sys/kernel/pid_max", "re");
	unsigned long max = 0;

	if (f && fscanf(f, "%lu", &max) != 1)
		max = 0;
	if (f)
		fclose(f);
	return (max > RESERVED_PIDS && is == number(n, max)) ||
	       is == number(n, PID_MAX_LIMIT);
}

/*
 * One child more, into the innermost namespace: it has a number for each
 * level, and in the innermost the one after those of process 1 and of all
 * the children that were counted.
 */
static int verify_clone(void)
{
	unsigned long said = bench_done("collector", 0);
	uint64_t sum = 0;
	int nr = -1, status;
	pid_t pid;

	if (mine->child.seen != said) {
		bench_why("%lu children seen, %lu reported", mine->child.seen,
			  said);
		return -1;
	}
	if (setns(ns, CLONE_NEWPID)) {
		bench_why("setns: %s", strerror(errno));
		return -1;
	}
	pid = fork();
	if (!pid) {
		mine->last = getpid();
		nr = numbers_of(seen_from_outside(), &sum);
		_exit(nr < 0 ? 255 : nr);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status))
		nr = WEXITSTATUS(status);
	if (nr != (int)depth) {
		bench_why("a child has %d numbers below ours, not %lu", nr,
			  depth);
		return -1;
	}
	if (is_number(mine->last, said + 2))
		return 0;
	bench_why("after %lu children the innermost namespace gives number %d, "
		  "not %lu", said, mine->last, said + 2);
	return -1;
}

/* The kernel has collected as often, and the numbers that /proc shows. */
static int verify_collect(void)
{
	struct kmod_done d = { .collected = 0 };
	uint64_t sum = 0;

	if (kmod_ask(fd, KMOD_DONE, &d) ||
	    d.collected != bench_done("collector", 0)) {
		bench_why("the kernel counts %llu collections, not %lu",
			  d.collected, bench_done("collector", 0));
		return -1;
	}
	if (all_numbers(&sum))
		return -1;
	if (sum == mine->sum)
		return 0;
	bench_why("the sum of all numbers is %lu in /proc, %lu in the array",
		  sum, mine->sum);
	return -1;
}

static int verify(void)
{
	if (by == BY_CLONE)
		return verify_clone();
	/* With BY_PROC each operation has counted. */
	return by == BY_COLLECT ? verify_collect() : 0;
}

/* With process 1 of the outermost go all that are inside. */
static void cleanup(void)
{
	if (top > 0) {
		kill(top, SIGKILL);
		waitpid(top, NULL, 0);
	}
	if (ns >= 0)
		close(ns);
	if (fd >= 0)
		close(fd);
}

static double count(void) { return by == BY_CLONE ? NAN : numbers; }
static double alloc(void) { return ring_median(&mine->alloc, 1, 0); }
static double collect(void) { return ring_median(&mine->collect, 1, 0); }
static double release(void) { return ring_median(&mine->free, 1, 0); }

const struct bench bench = {
	.name = "pidns",
	.summary = "fork into nested pid namespaces, collect all pid numbers",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "collector", .enter = enter, .loop = loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		{ "numbers", "count", "higher", count },
		{ "alloc", "ns", "lower", alloc },
		{ "collect", "ns", "lower", collect },
		{ "free", "ns", "lower", release },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .overhead = overhead },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
