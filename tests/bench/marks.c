// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * marks - windows of which every instruction is known
 *
 * For lab/anatomy-plugin.c: NR windows of exactly 1000 instructions, then NR
 * of 1000 of which one touches a page for the first time, then two of
 * 5,010,001, more than it takes to the next tick of the clock. The first
 * window of all wakes the plugin and is not recorded.
 */
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>

#include "mark.h"

#define NR 20
#define PAGE 4096

int main(void)
{
#ifdef __x86_64__
	char *fresh = mmap(NULL, NR * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int loops;

	if (fresh == MAP_FAILED || madvise(fresh, NR * PAGE, MADV_NOHUGEPAGE)) {
		perror("marks");
		return 1;
	}
	mark_begin();
	mark_end();
	sched_yield();		/* what wakes takes effect at the next block */
	for (int i = 0; i < NR; i++) {
		mark_begin();
		__asm__ volatile(".rept 1000\n\tnop\n\t.endr");
		mark_end();
	}
	for (int i = 0; i < NR; i++) {
		mark_begin();
		__asm__ volatile(".rept 499\n\tnop\n\t.endr\n\t"
				 "movb $1, (%0)\n\t"
				 ".rept 500\n\tnop\n\t.endr"
				 : : "r" (fresh + i * PAGE) : "memory");
		mark_end();
	}
	for (int i = 0; i < 2; i++) {
		mark_begin();
		__asm__ volatile("movl $5000, %0\n"
				 "1:\t.rept 1000\n\tnop\n\t.endr\n\t"
				 "decl %0\n\tjnz 1b" : "=r" (loops));
		mark_end();
	}
	puts("marks: done");
#endif
	return 0;
}
