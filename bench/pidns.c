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
 * branches: namespaces inside of each but the innermost; 1: a chain.
 *
 * whole: as a checkpoint needs the tree. The outermost process 1 leads a
 * session; every tenth other process is in one of its own, whose leader is
 * dead, so that a number belongs to the tree that no task has any more. The
 * module collects these, too, and refuses a tree that is not closed.
 *
 * room, for the array: given, as many as the caller has counted himself; counted,
 * by the module, once over the tree more (counting-ns, part of the sample);
 * grown, it begins with 1,024 and doubles (in collect-ns). changing: so many
 * processes more in the outermost, each of which forks children that exit at
 * once; a count may be outdated when it is used, and is made again
 * (again-count, mean of an operation).
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

#define SPACES_MAX 4096
#define ORPHANS 10	/* of whole: one in so many */

enum { BY_CLONE, BY_COLLECT, BY_PROC };

static int by, kind, whole, room;
static unsigned long depth, tasks, branches, changing;

static const struct opt opts[] = {
	{ "by", OPT_CHOICE, &by, "clone", "clone collect proc",
	  "what one operation is" },
	{ "depth", OPT_UINT, &depth, "1", "1..32",
	  "nested pid namespaces" },
	{ "tasks", OPT_UINT, &tasks, "1", "1..100000",
	  "processes whose numbers are collected; at least one per level" },
	{ "kind", OPT_CHOICE, &kind, "kmalloc", "kmalloc flex-array genradix",
	  "what they are collected into" },
	{ "branches", OPT_UINT, &branches, "1", "1..16",
	  "child namespaces in each, except the innermost" },
	{ "whole", OPT_CHOICE, &whole, "no", "no yes",
	  "also sessions and groups of dead leaders, of a closed tree" },
	{ "room", OPT_CHOICE, &room, "given", "given counted grown",
	  "how the array gets its size" },
	{ "changing", OPT_UINT, &changing, "0", "0..64",
	  "additional processes that fork without pause meanwhile" },
	OPT_END
};

static const int kmod_kind[] = { KMOD_KMALLOC, KMOD_FLEX, KMOD_GENRADIX };

static struct tree {		/* shared with all that are in it */
	uint32_t	ready, error;
	pid_t		first[DEPTH_MAX];	/* of each level, as we see it */
	uint32_t	next;			/* slot in pid[] */
	pid_t		pid[];	/* of each task; negative: its leader is dead */
} *tree;

static struct mine {		/* the actor's */
	struct child	child;
	pid_t		last;			/* number of one child more */
	struct ring	alloc, collect, free;
	struct ring	count;
	uint64_t	again;			/* of all operations */
	uint64_t	sum;			/* of all numbers, the last time */
} *mine;

static unsigned long nr_tasks, numbers;	/* that there are */
static unsigned long spaces, leaders;	/* namespaces; who is dead */
static pid_t top;
static int fd = -1, ns = -1;

static const char *bad(void)
{
	if (by == BY_CLONE && tasks != 1)
		return "--by clone: the child is the only task";
	spaces = 1;
	for (unsigned long l = 1, n = 1; l < depth && spaces <= SPACES_MAX; l++)
		spaces += n *= branches;
	if (spaces > SPACES_MAX)
		return "--branches: more than 4096 namespaces";
	if (by == BY_CLONE && branches != 1)
		return "--by clone: into a chain; --branches must be 1";
	if (by != BY_CLONE && tasks < spaces)
		return "--tasks: at least one for each level of --depth, and "
		       "each of its --branches";
	if (by != BY_COLLECT && (whole || room || changing))
		return "--whole, --room, --changing: of --by collect";
	if (changing && !room)
		return "--changing: what is given may be too few by then; use "
		       "--room counted or grown";
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
	return why ? why : tg_missing(tasks + spaces + 2 * changing);
}

static double overhead(void)
{
	return 0.05 + (tasks + spaces) * 200e-6;
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

/* Tasks of namespace AT, which share what the division leaves over. */
static unsigned long share(unsigned long at)
{
	return nr_tasks / spaces + (at < nr_tasks % spaces);
}

/* Has the Ith process of a namespace a leader who is dead? */
static bool orphan(unsigned long i)
{
	return whole && i % ORPHANS == 1;
}

/* Those are what there is to be collected. */
static void count_numbers(void)
{
	unsigned long level = 1, first = 0, nr = 1;

	numbers = leaders = 0;
	for (unsigned long at = 0; at < spaces; at++) {
		if (at == first + nr) {
			first += nr;
			nr *= branches;
			level++;
		}
		numbers += share(at) * level;
		for (unsigned long i = 1; i < share(at); i++)
			if (orphan(i)) {
				leaders++;
				numbers += level;
			}
	}
}

static _Noreturn void fail(int err)
{
	__atomic_store_n(&tree->error, err, __ATOMIC_RELEASE);
	_exit(1);
}

static void report(bool leaderless)
{
	uint32_t at = __atomic_fetch_add(&tree->next, 1, __ATOMIC_RELAXED);
	pid_t pid = seen_from_outside();

	tree->pid[at] = leaderless ? -pid : pid;
	__atomic_add_fetch(&tree->ready, 1, __ATOMIC_RELEASE);
}

/* A new session, whose leader exits when its child is there. */
static void lead(void)
{
	pid_t pid;

	setsid();
	pid = fork();
	if (pid)
		_exit(pid < 0);
}

/* The other tasks of namespace AT. */
static void siblings(unsigned long at)
{
	for (unsigned long i = 1; i < share(at); i++) {
		pid_t pid = fork();
		int status;

		if (pid < 0)
			fail(errno);
		if (pid) {
			if (orphan(i) && (waitpid(pid, &status, 0) != pid ||
					  status))
				fail(ECHILD);
			continue;
		}
		if (orphan(i))
			lead();
		report(orphan(i));
		for (;;)
			pause();
	}
}

/* Forks children that exit at once, without pause. */
static void change(void)
{
	for (unsigned long i = 0; i < changing; i++) {
		pid_t pid = fork();

		if (pid < 0)
			fail(errno);
		while (!pid) {
			pid_t child = fork();

			if (!child)
				_exit(0);
			if (child > 0)
				waitpid(child, NULL, 0);
		}
	}
}

/* Process 1 of each namespace makes its siblings and those inside. */
static _Noreturn void live(void)
{
	unsigned long level = 0, at = 0, k = 0;

	while (k < branches) {
		pid_t pid;

		if (!k) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (whole && !at)
				setsid();
			tree->first[level] = seen_from_outside();
			siblings(at);
		}
		if (level + 1 == depth)
			break;
		pid = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
		if (pid < 0)
			fail(errno);
		k++;
		if (!pid) {
			at = at * branches + k;
			level++;
			k = 0;
		}
	}
	if (!at && changing) {	/* when all others are there */
		while (__atomic_load_n(&tree->ready, __ATOMIC_ACQUIRE) + 1 <
		       nr_tasks)
			usleep(200);
		change();
	}
	report(false);
	for (;;)
		pause();
}

static int setup(void)
{
	char why[200], path[64];
	int ret = bench_room(tasks + spaces + 2 * changing);

	if (ret)
		return ret;
	/* For clone, process 1 of each level and nobody else. */
	nr_tasks = by == BY_CLONE ? depth : tasks;
	count_numbers();
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

/*
 * Each who changes is there. A walk is no snapshot: of the children who come
 * and go during it, it may meet any number, one after the other.
 */
static bool as_many(unsigned int found, unsigned long due)
{
	return changing ? found >= due + changing : found == due;
}

static int one_collect(uint64_t *ns_taken)
{
	struct kmod_pids p = {
		.kind = kmod_kind[kind], .nr = room == KMOD_GIVEN ? numbers : 0,
		.room = room, .whole = whole, .tgid = top,
	};
	int ret = kmod_ask(fd, KMOD_PIDS, &p);

	if (!ret)
		ret = p.outcome;
	if (ret)
		return ret;
	if (!as_many(p.nr, numbers) || !as_many(p.tasks, tasks) ||
	    p.depth != depth || p.leaders != leaders) {
		bench_why("the kernel found %u numbers of %u tasks and %u dead "
			  "leaders to depth %u, not %lu of %lu and %lu to %lu",
			  p.nr, p.tasks, p.leaders, p.depth, numbers, tasks,
			  leaders, depth);
		return -EBADMSG;
	}
	mine->sum = p.sum;
	mine->again += p.again;
	*ns_taken = p.alloc + p.count + p.collect + p.free;
	ring_add(&mine->alloc, p.alloc);
	ring_add(&mine->count, p.count);
	ring_add(&mine->collect, p.collect);
	ring_add(&mine->free, p.free);
	return 0;
}

/* How many numbers FIELD has below our own; they are added to SUM. */
static int numbers_in(const char *text, const char *field, uint64_t *sum)
{
	const char *at = strstr(text, field);
	int nr = 0;

	for (at = at ? at + strlen(field) : ""; *at == '\t'; nr++) {
		char *end;
		long number = strtol(at + 1, &end, 10);

		at = end;
		*sum += nr ? number : 0;
	}
	return nr - 1;
}

/* Of its own; and of a leader who is dead, that of its session. */
static int numbers_of(pid_t pid, bool leaderless, uint64_t *sum)
{
	char path[64], buf[4096];
	ssize_t n;
	int f, nr;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = open(path, O_RDONLY | O_CLOEXEC);
	if (f < 0)
		return -errno;
	n = read(f, buf, sizeof(buf) - 1);
	close(f);
	if (n < 0)
		return -EIO;
	buf[n] = '\0';
	nr = numbers_in(buf, "\nNSpid:", sum);
	return leaderless ? nr + numbers_in(buf, "\nNSsid:", sum) : nr;
}

static int all_numbers(uint64_t *sum)
{
	unsigned long found = 0;

	for (unsigned long i = 0; i < tasks; i++) {
		pid_t pid = tree->pid[i];
		int nr = numbers_of(abs(pid), pid < 0, sum);

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
		nr = numbers_of(seen_from_outside(), false, &sum);
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
	/* Of those who come and go nobody knows the numbers. */
	if (changing ? mine->sum >= sum : mine->sum == sum)
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
static double again(void)
{
	return by == BY_COLLECT && room == KMOD_COUNTED ?
		(double)mine->again / mine->collect.nr : NAN;
}
static double counting(void)
{
	return room == KMOD_COUNTED ? ring_median(&mine->count, 1, 0) : NAN;
}
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
		{ "counting", "ns", "lower", counting },
		{ "again", "count", "lower", again },
		{ "collect", "ns", "lower", collect },
		{ "free", "ns", "lower", release },
		{ .name = NULL },
	},
	/* For --by collect; the others go without. */
	.needs = { .root = true, .module = true, .missing = missing,
		   .overhead = overhead },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
