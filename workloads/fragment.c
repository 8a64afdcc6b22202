// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fragment - free memory in pieces, made from user space
 *
 * For machines without the kernel module: half of what is free is touched as
 * small pages, then of each aligned 64 KiB all but one page is given back.
 * Models a machine that has been up for long. It is not ready unless
 * /proc/buddyinfo shows that a quarter of the free blocks of 64 KiB (order 4)
 * and more are gone.
 *
 * Honest about its limits: these are user pages, which compaction may move
 * together again whenever somebody asks for a larger block, so that a kmalloc
 * which may wait is seldom refused beside it, while one that gives up early
 * (__GFP_NORETRY) may be. The other half of the memory is whole. Who needs
 * to know that a block is not to be had uses the fragmenter of the module
 * (bench/array --fragment). What is counted are looks at the pieces, one per
 * millisecond.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "err.h"
#include "load.h"
#include "numa.h"

#define ORDER	4
#define LEAST	(64ul << 20)	/* with less this cannot be done */
#define MOST	(2ul << 30)	/* with more it takes too long */

static char *memory;
static size_t page, length;
static uint64_t touched;

static uint64_t done(void)
{
	return __atomic_load_n(&touched, __ATOMIC_RELAXED);
}

/* Looks at one piece after the other, so that none is swapped out. */
static void *keep(void *arg)
{
	(void)arg;
	for (size_t at = 0;; at = (at + (page << ORDER)) % length) {
		volatile char c = memory[at];

		(void)c;
		__atomic_add_fetch(&touched, 1, __ATOMIC_RELAXED);
		usleep(1000);
	}
	return NULL;
}

/* Free memory in blocks of ORDER and more, in such blocks. */
static unsigned long large_blocks(void)
{
	static unsigned int node[NUMA_MAX];
	unsigned long block[NUMA_ORDERS], sum = 0;
	int nr = numa_nodes(node, NUMA_MAX);

	for (int i = 0; i < nr; i++) {
		int orders = numa_blocks(node[i], NULL, block);

		for (int o = ORDER; o < orders; o++)
			sum += block[o] << (o - ORDER);
	}
	return sum;
}

static int start(void)
{
	unsigned long before = large_blocks(), half, now;
	pthread_t thread;
	size_t step;
	struct sysinfo info;
	char *p;

	page = sysconf(_SC_PAGESIZE);
	step = page << ORDER;
	if (sysinfo(&info) || !before) {
		err_say("free memory cannot be seen, or is in pieces already");
		return EXIT_SKIP;
	}
	half = info.freeram * info.mem_unit / 2 & ~(step - 1);
	if (half < LEAST) {
		err_say("less than %lu MiB of memory are free", LEAST >> 19);
		return EXIT_SKIP;
	}
	if (half > MOST) {
		err_say("more than %lu GiB of memory are free; the module does "
			"it in no time", MOST >> 29);
		return EXIT_SKIP;
	}
	p = mmap(NULL, half + step, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED) {
		err_say("%lu MiB of memory: %s", half >> 20, strerror(errno));
		return EXIT_FAIL;
	}
	p += -(unsigned long)p % step;
	madvise(p, half, MADV_NOHUGEPAGE);	/* may not be there */
	for (size_t at = 0; at < half; at += page)
		p[at] = 1;
	for (size_t at = 0; at < half; at += step) {
		if (madvise(p + at + page, step - page, MADV_DONTNEED)) {
			err_say("giving back: %s", strerror(errno));
			return EXIT_FAIL;
		}
	}
	now = large_blocks();
	memory = p;
	length = half;
	if (now * 4 <= before * 3)
		return pthread_create(&thread, NULL, keep, NULL) ? EXIT_FAIL :
								   EXIT_OK;
	err_say("%lu of %lu blocks of order %d and more are still there", now,
		before, ORDER);
	return EXIT_FAIL;
}

int main(int argc, char **argv)
{
	static const struct load load = {
		.name = "fragment",
		.summary = "free memory in pieces, made from user space",
		.what = "touches", .start = start, .done = done,
	};

	return load_run(&load, argc, argv);
}
