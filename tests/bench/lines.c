// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lines - windows of which every shared line is known
 *
 * For lab/contention-plugin.c: two processes, on CPU 0 and CPU 1, have pages
 * in common. In each of NR windows each of them increments a word of each
 * page, the first one at the page's begin, the other one further on:
 *   page 0  0 bytes   true sharing
 *   page 1  0 bytes   true sharing, locked
 *   page 2  8 bytes   false sharing
 *   page 3  64 bytes  none
 * The first windows of all wake the plugin.
 */
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cpus.h"
#include "mark.h"

#define NR	20
#define PAGE	4096
#define PAGES	4

static const unsigned int further[PAGES] = { 0, 0, 8, 64 };

static int increment(unsigned int cpu, char *page)
{
	volatile uint64_t *word[PAGES];

	if (cpus_pin(cpu))
		return 1;
	for (unsigned int i = 0; i < PAGES; i++) {
		word[i] = (uint64_t *)(page + i * PAGE + cpu * further[i]);
		*word[i] = 0;	/* the page is there before a window is */
	}
	mark_begin();
	mark_end();
	sched_yield();		/* what wakes takes effect at the next block */
	for (int i = 0; i < NR; i++) {
		mark_begin();
		*word[0] += 1;
		__atomic_fetch_add(word[1], 1, __ATOMIC_SEQ_CST);
		*word[2] += 1;
		*word[3] += 1;
		mark_end();
	}
	return 0;
}

int main(void)
{
	char *page = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid;

	if (page == MAP_FAILED) {
		perror("lines");
		return 1;
	}
	pid = fork();
	if (!pid)
		_exit(increment(1, page));
	if (pid < 0 || increment(0, page) ||
	    waitpid(pid, &status, 0) != pid || status) {
		perror("lines");
		return 1;
	}
	puts("lines: done");
	return 0;
}
