// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * array-predict - what a program can tell of kmalloc without asking for it
 *
 * One operation is one reading of /proc/buddyinfo and one prediction: would
 * a kmalloc of so many pointers be refused now? A sample is its duration.
 * Nothing is allocated, so failed-count is a count of predictions and not of
 * failures, and reports mark it so. It needs neither module nor root.
 *
 * What is predicted: yes above the largest block that the kernel has (order
 * 10, 4 MiB with pages of 4 KiB); no up to order 3, where the kernel rather
 * kills processes than gives up; in between, yes if no free block of that
 * order or above is there, on any node or, with --policy strict, on the
 * node of the CPU this runs on. What compaction could still make of smaller
 * ones, and what is kept back below the watermarks, cannot be seen: a machine
 * whose memory is movable refuses less often than is predicted.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "numa.h"

#define COSTLY_ORDER	3	/* PAGE_ALLOC_COSTLY_ORDER */

static unsigned long pointers;
static int size, policy, kind;

static const struct opt opts[] = {
	{ "kind", OPT_CHOICE, &kind, "kmalloc", "kmalloc",
	  "how the array is allocated; all other ways take single pages" },
	{ "pointers", OPT_UINT, &pointers, "1024", "1..4194304",
	  "elements of the array" },
	{ "size", OPT_CHOICE, &size, "8", "8 24", "bytes of an element" },
	{ "policy", OPT_CHOICE, &policy, "any", "any strict",
	  "from any node, or only from that of this CPU" },
	OPT_END
};

static struct told {		/* shared with the parent */
	uint64_t	refused;
	int		orders;
} *told;

static int order(void)
{
	unsigned long bytes = pointers * (size ? 24 : 8), page = getpagesize();
	int o = 0;

	while (page << o < bytes)
		o++;
	return o;
}

/* 1: would be refused, 0: would not, or -errno. */
static int predict(void)
{
	static unsigned int nodes[NUMA_MAX];
	int nr = numa_nodes(nodes, NUMA_MAX), here = numa_here();
	unsigned long block[NUMA_ORDERS];

	if (nr < 0)
		return nr;
	for (int i = 0; i < nr; i++) {
		if (policy && (int)nodes[i] != here)
			continue;
		told->orders = numa_blocks(nodes[i], NULL, block);
		if (told->orders < 0)
			return told->orders;
		if (order() >= told->orders)
			return 1;
		if (order() <= COSTLY_ORDER)
			return 0;
		for (int o = order(); o < told->orders; o++)
			if (block[o])
				return 0;
	}
	return 1;
}

static const char *missing(void)
{
	return access("/proc/buddyinfo", R_OK) ?
		"/proc/buddyinfo cannot be read" : NULL;
}

static int setup(void)
{
	told = bench_shared(sizeof(*told));
	return told ? 0 : -ENOMEM;
}

static int loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	while (loop_more(lat)) {
		uint64_t begin = clock_ns();
		int ret = predict();

		if (ret < 0) {
			bench_why("/proc/buddyinfo: %s", strerror(-ret));
			return ret;
		}
		lat_add(lat, clock_ns() - begin);
		told->refused += ret;
	}
	return 0;
}

/* What holds whatever memory looks like. */
static int verify(void)
{
	uint64_t tries = bench_done("predictor", 0);
	uint64_t sure = order() >= told->orders ? tries : 0;

	if ((order() <= COSTLY_ORDER || order() >= told->orders) &&
	    told->refused != sure) {
		bench_why("%lu of %lu are predicted to be refused, order %d "
			  "of %d", told->refused, tries, order(),
			  told->orders);
		return -1;
	}
	return 0;
}

static double tries(void) { return bench_done("predictor", 0); }
static double refused(void) { return told->refused; }
static double block_order(void) { return order(); }

const struct bench bench = {
	.name = "array-predict",
	.summary = "would an array be refused? From /proc/buddyinfo alone",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "predictor", .loop = loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		{ "tries", "count", "higher", tries },
		{ "failed", "count", "lower", refused },
		{ "block", "order", "lower", block_order },
		{ .name = NULL },
	},
	.needs = { .missing = missing },
	.setup = setup,
	.verify = verify,
};
