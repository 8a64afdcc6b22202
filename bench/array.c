// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * array - can the kernel have an array of so many pointers, and at what cost?
 *
 * Moving a thread group takes a snapshot of it: an array of a pointer per
 * thread. One operation is one try: the kernel module allocates such an
 * array, fills it, walks it and frees it. A sample is the time until the
 * kernel has answered the request for memory, be the answer yes or no, and
 * nothing else. Counters split it and tell the rest: alloc-ns, fill-ns,
 * walk-ns, free-ns are medians of tries that succeeded, refuse-ns of those
 * that did not; tries-count and failed-count are all of them, warm-up
 * included, for each is a try like the others. block-order is the order of
 * the largest block of pages without which there is no such array, and
 * remote-share the share of its pages that came from another node.
 *
 * kind:
 *   kmalloc          GFP_KERNEL: one block of pages, as first proposed
 *   kmalloc-noretry  the same, with __GFP_NORETRY
 *   kvmalloc         kmalloc if that is easy, else vmalloc
 *   vmalloc          single pages, mapped one behind the other
 *   flex-array       the two levels of pages of 2011, rebuilt with all that
 *                    an access cost: no more than 261,120 elements of 8
 *                    bytes or 86,700 of 24
 *   two-level        the same pages, not written over before they are filled,
 *                    accesses inlined and unchecked: its floor
 *   genradix         a tree of pages
 *   xarray           a tree of slots, each reserved and stored by itself
 *   list             a link per element, allocated one by one
 *
 * policy: any, the node does not matter; preferred; strict, no other node
 * will do (__GFP_THISNODE). What takes no node (genradix, xarray, a strict
 * vmalloc) is allocated on a CPU of that node. node: local and remote are as
 * seen from the actor. A strict array with a page of another node is none:
 * with it the repetition is void.
 *
 * fragment K: on that node (--fragmented all: on every one) blocks of order K
 * and more are scarce. by:
 *   module     the kernel module takes them all, as long as this runs, and
 *              what others free before each try; with --leave P it leaves each
 *              block of order K with a probability of P in a hundred. What it
 *              holds cannot be moved
 *   cache      page cache of a file in memory fills the node; then all of
 *              each 2^K pages of it are dropped but one at random, with
 *              --leave P all of them as often. It can be moved, but where
 *              there is no swap not dropped. The kernel's watermarks are
 *              lowered meanwhile, or what they keep back would stay whole
 *   stress-ng  runs for some seconds on memory of that node and ends; what it
 *              leaves is what there is
 *   fault      nothing is scarce: the kernel's fail_page_alloc refuses this
 *              actor's blocks of order K and more
 * left-blocks is how many of order K there are when all is set up, as
 * /proc/buddyinfo has it, larger ones counted by what is in them, and
 * large-share how much of the free memory that is. Tries in one repetition
 * find one such state, so they do not count as so many answers.
 *
 * A kmalloc of an order that is not to be had and at most 3 makes the kernel
 * kill processes unless it is strict: see docs/arrays.md. Outside a lab all
 * but `fault` needs FORKPATH_ALLOW_FRAGMENTATION=1 (run.sh
 * --allow-fragmentation), one whole node is left, and what the module holds
 * is given back after a minute without a try.
 *
 * source: synthetic pointers, or those of a live thread group, with a
 * reference to each task, taken and dropped.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mempolicy.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "kmod.h"
#include "node.h"
#include "numa.h"
#include "ring.h"
#include "tg.h"
#include "undo.h"

#define HOLD_SECONDS	60
#define LONG_BITS	(8 * sizeof(long))
#define STRESS_SECONDS	"3"
#define FAULT		"/sys/kernel/debug/fail_page_alloc/"
#define FAULT_SELF	"/proc/self/make-it-fail"

static const char kinds[] =
#define WORD(id, word) " " word
	KMOD_ARRAYS(WORD);
#undef WORD

enum { NODE_LOCAL, NODE_REMOTE };
enum { FRAGMENTED_NODE, FRAGMENTED_ALL };
enum { BY_MODULE, BY_CACHE, BY_STRESS, BY_FAULT };

static int kind, size, source, policy, node, fragmented, by;
static unsigned long pointers, fragment, leave, reserve;

static const struct opt opts[] = {
	{ "kind", OPT_CHOICE, &kind, "kmalloc", kinds + 1,
	  "how the array is allocated" },
	{ "pointers", OPT_UINT, &pointers, "1024", "1..4194304",
	  "elements of the array; threads, if they are live" },
	{ "size", OPT_CHOICE, &size, "8", "8 24", "bytes of an element" },
	{ "source", OPT_CHOICE, &source, "synthetic", "synthetic threads",
	  "where the pointers come from" },
	{ "policy", OPT_CHOICE, &policy, "any", "any preferred strict",
	  "how the memory's node is chosen" },
	{ "node", OPT_CHOICE, &node, "local", "local remote",
	  "the node that is preferred, required or fragmented" },
	{ "fragment", OPT_UINT, &fragment, "0", "0..10",
	  "make free blocks of this order scarce there; 0: leave it as it is" },
	{ "by", OPT_CHOICE, &by, "module", "module cache stress-ng fault",
	  "who makes them scarce" },
	{ "leave", OPT_UINT, &leave, "0", "0..100",
	  "probability, in per cent, that a block of that order stays" },
	{ "fragmented", OPT_CHOICE, &fragmented, "node", "node all",
	  "the nodes that are fragmented" },
	{ "reserve", OPT_UINT, &reserve, "16", "1..1048576",
	  "MiB of a fragmented node that at least stay free" },
	OPT_END
};

static struct mine {		/* the actor's, shared with the parent */
	struct ring	alloc, fill, walk, free, refuse;
	uint64_t	tries, failed, pages, remote, left;
	double		large;
	int64_t		order;
} *mine;

static struct kmod_hello module;
static struct kmod_try try;	/* as it is asked each time */
static struct tg group;
static int fd = -1;

static unsigned long element(void)
{
	return size ? 24 : 8;
}

static const char *bad(void)
{
	if (size && (kind == KMOD_XARRAY || kind == KMOD_LIST))
		return "--size 24: xarray and list hold a pointer each";
	if (fragmented == FRAGMENTED_ALL && !fragment)
		return "--fragmented all: needs --fragment ORDER";
	if ((by || leave) && !fragment)
		return "--by and --leave: need --fragment ORDER";
	if (leave && by != BY_MODULE && by != BY_CACHE)
		return "--leave: only module and cache leave what they are told";
	if (fragmented == FRAGMENTED_ALL && by != BY_MODULE)
		return "--fragmented all: only the module holds every node";
	return NULL;
}

/* NULL, or why stress-ng cannot be run. */
static const char *stress_missing(void)
{
	const char *path = getenv("PATH"), *end;
	char file[PATH_MAX];
	int len;

	for (; path && *path; path = *end ? end + 1 : end) {
		end = strchrnul(path, ':');
		len = snprintf(file, sizeof(file), "%.*s/stress-ng",
			       (int)(end - path), path);
		if (len < (int)sizeof(file) && !access(file, X_OK))
			return NULL;
	}
	return "stress-ng is not installed (package stress-ng)";
}

static const char *by_missing(void)
{
	if (by == BY_STRESS)
		return stress_missing();
	if (by == BY_FAULT && (access(FAULT "min-order", W_OK) ||
			       access(FAULT_SELF, W_OK)))
		return "the kernel has no fail_page_alloc "
		       "(CONFIG_FAIL_PAGE_ALLOC, CONFIG_FAULT_INJECTION_DEBUG_FS, "
		       "debugfs mounted)";
	return NULL;
}

static const char *missing(void)
{
	static unsigned int nodes[NUMA_MAX];
	int nr = numa_nodes(nodes, NUMA_MAX);
	static char why[200];
	struct sysinfo info;

	if (node == NODE_REMOTE && nr < 2)
		return "only one node here has memory";
	fd = kmod_open(&module, why, sizeof(why));
	if (fd < 0)
		return why;
	close(fd);
	fd = -1;
	if (fragment && by != BY_FAULT && !module.lab) {
		const char *allow = getenv("FORKPATH_ALLOW_FRAGMENTATION");

		if (!allow || strcmp(allow, "1"))
			return "fragmenting a node of this machine needs "
			       "--allow-fragmentation";
		if (fragmented == FRAGMENTED_ALL || nr < 2)
			return "the last whole node is fragmented in a lab "
			       "only";
	}
	if (!sysinfo(&info) && pointers * (kind == KMOD_LIST ? 32 : element())
	    > (unsigned long long)info.freeram * info.mem_unit / 4)
		return "asks for more than a quarter of the free memory";
	if (fragment && by_missing())
		return by_missing();
	return source ? tg_missing(pointers) : NULL;
}

static double overhead(void)
{
	static const double seconds[] = { 1, 4, 4, 0 };

	return 0.05 + (source ? pointers * 60e-6 : 0) +
		(fragment ? seconds[by] : 0);
}

/*
 * What the kernel keeps back would stay whole. Set in the parent, as below,
 * for it is who undoes it.
 */
static int lower_watermarks(void)
{
	static const char *const setting[][2] = {
		{ "/proc/sys/vm/watermark_boost_factor", "0" },
		{ "/proc/sys/vm/min_free_kbytes", "1024" },
	};
	int ret = 0;

	for (size_t i = 0; i < sizeof(setting) / sizeof(*setting) && !ret; i++)
		if (!access(setting[i][0], F_OK))
			ret = undo_setting(setting[i][0], setting[i][1]);
	if (ret)
		bench_why("/proc/sys/vm: %s", strerror(-ret));
	return ret;
}

static int arm_faults(void)
{
	static const char *const setting[][2] = {
		{ FAULT "task-filter", "Y" },	/* before all else */
		{ FAULT "ignore-gfp-wait", "N" }, { FAULT "ignore-gfp-highmem", "N" },
		{ FAULT "verbose", "0" }, { FAULT "interval", "1" },
		{ FAULT "times", "-1" }, { FAULT "space", "0" },
	};
	char order[24];
	int ret = 0;

	snprintf(order, sizeof(order), "%lu", fragment);
	for (size_t i = 0; i < sizeof(setting) / sizeof(*setting) && !ret; i++)
		if (!access(setting[i][0], F_OK))
			ret = undo_setting(setting[i][0], setting[i][1]);
	if (!ret)
		ret = undo_setting(FAULT "min-order", order);
	if (!ret)
		ret = undo_setting(FAULT "probability", "100");
	if (ret)
		bench_why(FAULT ": %s", strerror(-ret));
	return ret;
}

static int setup(void)
{
	char why[200];
	int ret = 0;

	mine = bench_shared(sizeof(*mine));
	if (!mine)
		return -ENOMEM;
	fd = kmod_open(NULL, why, sizeof(why));
	if (fd < 0) {
		bench_why("%s", why);
		return fd;
	}
	if (source) {
		ret = tg_room(pointers);
		if (!ret)
			ret = tg_create(&group, pointers);
		if (ret)
			bench_why("a thread group of %lu threads: %s",
				  pointers, strerror(-ret));
	}
	if (!ret && fragment && by == BY_FAULT)
		ret = arm_faults();
	if (!ret && fragment && by == BY_CACHE)
		ret = lower_watermarks();
	return ret;
}

static int by_module(int nr)
{
	struct kmod_fragment f = {
		.node = nr, .order = fragment, .hold = HOLD_SECONDS,
		.reserve = (reserve << 20) / module.page_size,
		.keep = fragmented == FRAGMENTED_ALL, .leave = leave,
	};

	/* Another state each time: that is what a repetition is. */
	if (leave && getrandom(&f.seed, sizeof(f.seed), 0) != sizeof(f.seed))
		return -EIO;
	return kmod_ask(fd, KMOD_FRAGMENT, &f);
}

/* Pages of NODE that are free. */
static unsigned long free_pages(int nr)
{
	unsigned long block[NUMA_ORDERS], sum = 0;
	int orders = numa_blocks(nr, NULL, block);

	for (int i = 0; i < orders; i++)
		sum += block[i] << i;
	return sum;
}

/* The process that holds a file in memory lives as long as the actor. */
static int fill_and_drop(unsigned int nr, unsigned long bytes)
{
	size_t page = module.page_size, run = page << fragment;
	int file = memfd_create("forkpath", MFD_CLOEXEC);
	char list[20], buf[1 << 16] = "";
	uint32_t random;

	snprintf(list, sizeof(list), "%u", nr);
	if (file < 0)
		return -errno;
	if (node_bind(list))
		return -EIO;
	for (unsigned long at = 0; at < bytes; at += sizeof(buf))
		if (write(file, buf, sizeof(buf)) != sizeof(buf))
			return -ENOSPC;
	for (unsigned long at = 0; at + run <= bytes; at += run) {
		unsigned long stays;

		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -EIO;
		stays = random / 128 % (1ul << fragment);
		/* Up to the one that stays, and what is behind it. */
		if (random % 128 * 100 < leave * 128)
			stays = 1ul << fragment;
		if (stays && fallocate(file, FALLOC_FL_PUNCH_HOLE |
				       FALLOC_FL_KEEP_SIZE, at, stays * page))
			return -errno;
		if (stays + 1 < 1ul << fragment &&
		    fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			      at + (stays + 1) * page,
			      run - (stays + 1) * page))
			return -errno;
	}
	return 0;
}

/* If memory runs out all the same, it is for this process to go. */
static void offer_myself(void)
{
	int fd_adj = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd_adj < 0 || write(fd_adj, "1000", 4) != 4)
		return;		/* it will not run out */
	close(fd_adj);
}

static int by_cache(int nr)
{
	unsigned long kept = reserve << 20, bytes;
	int said[2], ret = 0;
	pid_t pid;

	bytes = free_pages(nr) * module.page_size;
	if (bytes <= kept)
		return -ENOSPC;
	if (pipe2(said, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		offer_myself();
		ret = fill_and_drop(nr, (bytes - kept) & ~0xfffful);
		if (write(said[1], &ret, sizeof(ret)) != sizeof(ret) || ret)
			_exit(1);
		for (;;)
			pause();
	}
	close(said[1]);
	if (read(said[0], &ret, sizeof(ret)) != sizeof(ret))
		ret = -ECHILD;	/* killed: out of memory */
	close(said[0]);
	return ret;
}

/* Runs to its end; what was bound to the node is gone then. */
static int by_stress(int nr)
{
	char list[20];
	int status, null;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		snprintf(list, sizeof(list), "%d", nr);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		offer_myself();
		null = open("/dev/null", O_RDWR);
		if (node_bind(list) || null < 0 || dup2(null, 0) < 0 ||
		    dup2(null, 1) < 0 || dup2(null, 2) < 0)
			_exit(126);
		execlp("stress-ng", "stress-ng", "--temp-path", "/tmp",
		       "--vm", "1", "--vm-bytes", "64M", "--fork", "1",
		       "--dentry", "1", "--pipe", "1", "--mmap", "1",
		       "--timeout", STRESS_SECONDS, NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		bench_why("stress-ng: exit status 0x%x", status);
		return -ECHILD;
	}
	return 0;
}

/* What is set for all spares who does not ask for it. */
static int by_fault(void)
{
	int self = open(FAULT_SELF, O_WRONLY | O_CLOEXEC), ret = 0;

	if (self < 0 || write(self, "1", 1) != 1)
		ret = -errno;
	if (self >= 0)
		close(self);
	return ret;
}

/* Counts what is there anyway. */
static int fragment_node(int nr)
{
	int ret = by == BY_MODULE ? by_module(nr) :
		  by == BY_CACHE ? by_cache(nr) :
		  by == BY_STRESS ? by_stress(nr) : by_fault();
	unsigned long block[NUMA_ORDERS], all = 0, large = 0;
	int orders;

	if (ret) {
		bench_why("fragmenting node %d: %s", nr, strerror(-ret));
		return ret;
	}
	/* Read once: others go on freeing. */
	orders = numa_blocks(nr, NULL, block);
	for (int i = 0; i < orders; i++) {
		all += block[i] << i;
		large += i < (int)fragment ? 0 : block[i] << i;
	}
	mine->left += large >> fragment;
	mine->large = all ? (double)large / all : 0;
	return 0;
}

/* What vmalloc takes is then of that node, as kmod/array.c has it. */
static int bind_to(unsigned int nr)
{
	unsigned long mask[NUMA_MAX / LONG_BITS] = { 0 };

	mask[nr / LONG_BITS] = 1ul << nr % LONG_BITS;
	if (!syscall(SYS_set_mempolicy, MPOL_BIND, mask, NUMA_MAX + 1))
		return 0;
	bench_why("binding to node %u: %s", nr, strerror(errno));
	return -errno;
}

/* Here, since only here it is known where the actor runs. */
static int enter(unsigned int nr)
{
	static unsigned int nodes[NUMA_MAX];
	int nr_node = numa_nodes(nodes, NUMA_MAX), here = numa_here(), ret = 0;
	int at = here;

	(void)nr;
	for (int i = 0; i < nr_node && node == NODE_REMOTE && at == here; i++)
		at = nodes[i];
	try = (struct kmod_try){
		.kind = kind, .nr = pointers, .size = element(), .node = at,
		.policy = policy, .mop = fragment && by == BY_MODULE,
		.tgid = source ? group.pid : 0,
	};
	if (kind == KMOD_VMALLOC && policy == KMOD_STRICT)
		ret = bind_to(at);
	/* The actor's own node last: it goes on being used meanwhile. */
	for (int i = 0; i < nr_node && fragmented && !ret; i++)
		if ((int)nodes[i] != at)
			ret = fragment_node(nodes[i]);
	if (fragment && !ret)
		ret = fragment_node(at);
	return ret;
}

static int loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	while (loop_more(lat)) {
		struct kmod_try t = try;
		int ret = kmod_ask(fd, KMOD_TRY, &t);

		if (!ret && t.outcome && t.outcome != -ENOMEM)
			ret = t.outcome;
		if (ret) {
			bench_why("a try for %lu pointers: %s", pointers,
				  ret == -ENODEV ? "that node has no CPU, and "
				  "this kind is allocated where the CPU is" :
				  strerror(-ret));
			return ret;
		}
		lat_add(lat, t.alloc);
		mine->tries++;
		mine->order = t.order;
		if (t.outcome) {
			mine->failed++;
			ring_add(&mine->refuse, t.alloc);
			continue;
		}
		ring_add(&mine->alloc, t.alloc);
		ring_add(&mine->fill, t.fill);
		ring_add(&mine->walk, t.walk);
		ring_add(&mine->free, t.free);
		mine->pages += t.pages;
		mine->remote += t.remote;
		if (t.nr != pointers) {
			bench_why("%u threads of %lu are in the array", t.nr,
				  pointers);
			return -EBADMSG;
		}
	}
	return 0;
}

static int verify(void)
{
	uint64_t tries = bench_done("builder", 0);
	struct kmod_done d;
	int ret = kmod_ask(fd, KMOD_DONE, &d);

	if (ret || d.tries != tries || d.failed != mine->failed) {
		bench_why("the kernel counts %llu tries, %llu failed, not %lu "
			  "and %lu", d.tries, d.failed, tries, mine->failed);
		return -1;
	}
	if (fragment && by == BY_MODULE && leave < 100 && !d.held) {
		bench_why("the node was not fragmented any more at the end");
		return -1;
	}
	if (by == BY_FAULT && mine->order >= (int)fragment &&
	    d.failed != d.tries) {
		bench_why("fail_page_alloc refused %llu of %llu tries for a "
			  "block of order %ld, not all", d.failed, d.tries,
			  (long)mine->order);
		return -1;
	}
	if (policy == KMOD_STRICT && mine->remote) {
		bench_why("%lu of %lu pages are of another node than the one "
			  "demanded", mine->remote, mine->pages);
		return -1;
	}
	return 0;
}

static void cleanup(void)
{
	tg_destroy(&group);
	if (fd >= 0)
		close(fd);
}

static double tries(void) { return mine->tries; }
static double failed(void) { return mine->failed; }
static double order(void) { return mine->order; }
static double alloc(void) { return ring_median(&mine->alloc, 1, 0); }
static double refuse(void) { return ring_median(&mine->refuse, 1, 0); }
static double fill(void) { return ring_median(&mine->fill, 1, 0); }
static double walk(void) { return ring_median(&mine->walk, 1, 0); }
static double release(void) { return ring_median(&mine->free, 1, 0); }

static double remote(void)
{
	return mine->pages ? (double)mine->remote / mine->pages : NAN;
}

static double left(void)
{
	return fragment ? mine->left : NAN;
}

static double large(void)
{
	return fragment ? mine->large : NAN;
}

const struct bench bench = {
	.name = "array",
	.summary = "have, fill, walk and free an array of task pointers",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "builder", .enter = enter, .loop = loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		{ "tries", "count", "higher", tries },
		{ "failed", "count", "lower", failed },
		{ "block", "order", "lower", order },
		{ "alloc", "ns", "lower", alloc },
		{ "refuse", "ns", "lower", refuse },
		{ "fill", "ns", "lower", fill },
		{ "walk", "ns", "lower", walk },
		{ "free", "ns", "lower", release },
		{ "remote", "share", "lower", remote },
		{ "left", "blocks", "lower", left },
		{ "large", "share", "higher", large },
		{ .name = NULL },
	},
	.needs = { .root = true, .module = true, .missing = missing,
		   .overhead = overhead },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
