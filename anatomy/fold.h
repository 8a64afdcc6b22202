/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fold - what one operation executed: a trace to instructions per function
 *
 * SUMMARY
 * Reads a trace (lib/trace.h) of windows, each of them one operation, and
 * the symbols of the kernel that ran. Every instruction of a window goes to
 * the function it is in, the functions that called it, and one of
 *
 *   caller      the task that executed the marks
 *   child       other tasks of user space: what it created, or moves
 *   interrupt   whatever an interrupt did, to whomever it came
 *   other       kernel threads, the idle loop, actors of another role
 *
 * The operation is caller + child. What a child does later, in windows that
 * follow the one in which it was born, goes to the operation that made it:
 * when its exit has been seen it is not through with it, and the scheduler
 * decides who goes on. The most frequent total is the mode; the windows of
 * the mode are the operation without what happens now and then. In its place
 * the median total can be taken, to see in which functions a difference of
 * medians is.
 *
 * DETAILS
 * Frames are told by the stack address at which a call puts its return
 * address, and a return takes it: that holds through tail calls, stacks of
 * interrupts and switches of tasks. A task is its kernel stack of 16 KiB; it
 * changes only in __switch_to_asm. An interrupt or exception begins at its
 * entry symbol (asm_sysvec_*, asm_common_interrupt, asm_exc_*) and ends with
 * iret. Page faults of a task are its own doing and no interrupts.
 * An instruction that faults is in the trace twice and counted once. Functions
 * of user space stand alone: who called them there is not followed.
 *
 * An instruction belongs to the cgroup share, the reader tax, if it is in or
 * below one of the functions by which fork and exit visit the cgroup code,
 * or in a lock that exit or exec takes for that code: see fold.c. Of these
 * it is of the lock if it is in or below the read side of an rwsem. What the
 * compiler put into their callers stays with the callers.
 */
#ifndef FORKPATH_FOLD_H
#define FORKPATH_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ksyms.h"

enum fold_part {
	FOLD_CALLER, FOLD_CHILD, FOLD_INTERRUPT, FOLD_OTHER, FOLD_PARTS,
};

extern const char *const fold_part_name[FOLD_PARTS];

/* A function by way of its callers; 0 and 1 are roots, of no function. */
struct fold_node {
	uint32_t	 parent;
	uint32_t	 fn;			/* of struct fold: names */
	bool		 cgroup;		/* counts as reader tax ... */
	bool		 lock;			/* ... and is in one of its locks */
	uint64_t	 all[FOLD_PARTS];	/* instructions, all windows */
	uint64_t	 calls[FOLD_PARTS];	/* times it began, all windows */
	uint64_t	 mode[FOLD_PARTS];	/* of the windows of the mode */
	uint64_t	 string[FOLD_PARTS];	/* of mode: rep iterations */
};

/* One of the kernel, how often the caller and the child executed it. */
struct fold_insn {
	uint64_t	addr, nr;
	uint8_t		length;		/* bytes; 0: not recorded */
};

struct fold_window {
	uint64_t	part[FOLD_PARTS];	/* child: whenever it ran */
	uint64_t	all;			/* what ran between the marks */
};

struct fold {
	const char		**fn;		/* names */
	size_t			  nr_fn;
	struct fold_node	 *node;
	size_t			  nr_node;
	struct fold_window	 *window;
	size_t			  nr_window, given_up;
	struct fold_insn	 *insn;		/* by address */
	size_t			  nr_insn;
	uint64_t		  mode;		/* caller + child; or the median */
	size_t			  nr_mode;	/* windows of the mode */
	bool			  timed;	/* are these known? */
	uint64_t		  slept, asleep; /* windows; ns of the clock */
};

/*
 * Of which windows functions are told by themselves: those of the most frequent
 * total, of the median one (of an even number the lower), of no mode at all.
 */
enum fold_of { FOLD_OF_MODE, FOLD_OF_P50, FOLD_OF_ALL };

/*
 * NR words of a trace, symbols of its kernel and of the program that was in it.
 * 0, or -1 with the reason in WHY.
 */
int fold_trace(struct fold *f, const uint64_t *word, size_t nr,
	       const struct ksyms *k, const struct ksyms *user,
	       enum fold_of of, char *why, size_t why_len);
void fold_free(struct fold *f);

/* Sets mode and nr_mode of windows whose totals are known. */
void fold_find_mode(struct fold *f, bool median);
bool fold_is_mode(const struct fold *f, const struct fold_window *w);

#endif
