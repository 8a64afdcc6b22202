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
 *   flex-array       the two levels of pages of 2011, rebuilt: no more than
 *                    261,120 elements of 8 bytes or 86,700 of 24
 *   genradix         a tree of pages
 *   xarray           a tree of slots, each reserved and stored by itself
 *   list             a link per element, allocated one by one
 *
 * policy: any, the node does not matter; preferred; strict, no other node
 * will do (__GFP_THISNODE). vmalloc only ever prefers, genradix and xarray
 * do not know nodes. node: local and remote are as seen from the actor.
 *
 * fragment K: on that node (--fragmented all: on every one) there is no free
 * block of order K or more, for as long as this runs, and what others free
 * is taken before each try; left-blocks counts those that are there all the
 * same when all is set up, as /proc/buddyinfo has it. A kmalloc of an order
 * that is not to be had and at most 3 makes the kernel kill processes unless
 * it is strict: see docs/arrays.md. Outside a lab this needs
 * FORKPATH_ALLOW_FRAGMENTATION=1 (run.sh --allow-fragmentation), one whole
 * node is left, and all of it is given back after a minute without a try.
 *
 * source: synthetic pointers, or those of a live thread group, with a
 * reference to each task, taken and dropped.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "bench.h"
#include "kmod.h"
#include "numa.h"
#include "ring.h"
#include "tg.h"

#define HOLD_SECONDS 60

static const char kinds[] =
#define WORD(id, word) " " word
	KMOD_ARRAYS(WORD);
#undef WORD

enum { NODE_LOCAL, NODE_REMOTE };
enum { FRAGMENTED_NODE, FRAGMENTED_ALL };

static int kind, size, source, policy, node, fragmented;
static unsigned long pointers, fragment, reserve;

static const struct opt opts[] = {
	{ "kind", OPT_CHOICE, &kind, "kmalloc", kinds + 1,
	  "what the array is made of" },
	{ "pointers", OPT_UINT, &pointers, "1024", "1..4194304",
	  "elements of the array; threads, if they are live" },
	{ "size", OPT_CHOICE, &size, "8", "8 24", "bytes of an element" },
	{ "source", OPT_CHOICE, &source, "synthetic", "synthetic threads",
	  "where the pointers come from" },
	{ "policy", OPT_CHOICE, &policy, "any", "any preferred strict",
	  "how the memory's node is chosen" },
	{ "node", OPT_CHOICE, &node, "local", "local remote",
	  "which node is preferred, demanded, fragmented" },
	{ "fragment", OPT_UINT, &fragment, "0", "0..10",
	  "leave that node no free block of this order; 0: as it is" },
	{ "fragmented", OPT_CHOICE, &fragmented, "node", "node all",
	  "which nodes that is done to" },
	{ "reserve", OPT_UINT, &reserve, "16", "1..1048576",
	  "MiB of a fragmented node that stay free at least" },
	OPT_END
};

static struct mine {		/* the actor's, shared with the parent */
	struct ring	alloc, fill, walk, free, refuse;
	uint64_t	tries, failed, pages, remote, left;
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
	if (fragment && !module.lab) {
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
	return source ? tg_missing(pointers) : NULL;
}

static double overhead(void)
{
	return 0.05 + (source ? pointers * 60e-6 : 0) + (fragment ? 1 : 0);
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
	return ret;
}

/* No free block of that order on this node. Counts what is there anyway. */
static int fragment_node(int nr)
{
	struct kmod_fragment f = {
		.node = nr, .order = fragment, .hold = HOLD_SECONDS,
		.reserve = (reserve << 20) / module.page_size,
		.keep = fragmented == FRAGMENTED_ALL,
	};
	unsigned long block[NUMA_ORDERS];
	int ret = kmod_ask(fd, KMOD_FRAGMENT, &f), orders;

	if (ret) {
		bench_why("fragmenting node %d: %s", nr, strerror(-ret));
		return ret;
	}
	orders = numa_blocks(nr, NULL, block);
	for (int i = fragment; i < orders; i++)
		mine->left += block[i];
	return 0;
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
		.policy = policy, .mop = fragment > 0,
		.tgid = source ? group.pid : 0,
	};
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
	if (fragment && !d.held) {
		bench_why("the node was not fragmented any more at the end");
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
		{ .name = NULL },
	},
	.needs = { .root = true, .module = true, .missing = missing,
		   .overhead = overhead },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
