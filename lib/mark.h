/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mark - two instructions that do nothing, around ONE operation
 *
 * A timed loop reads
 *
 *	begin = clock_ns();
 *	mark_begin();
 *	the operation
 *	mark_end();
 *	end = clock_ns();
 *
 * A mark is one instruction that a processor drops when it decodes it, no
 * register, no memory, with a number in it that nobody else uses (arch.h).
 * lab/anatomy-plugin.c finds the two when it translates them and records what
 * is executed in between, so a sample is longer than a window by one clock
 * read (one half before, one behind) and two marks. Where an architecture has
 * none a mark is nothing at all.
 */
#ifndef FORKPATH_MARK_H
#define FORKPATH_MARK_H

#include "arch.h"

#define MARK_BEGIN	0x66706b31	/* "1kpf" */
#define MARK_END	0x66706b32	/* "2kpf" */
#define MARK_FIRST	0x66706b33	/* before the first operation measured */
#define MARK_LAST	0x66706b34	/* behind the last one */
#define MARK_BESIDE	0x66706b35	/* begin and end of what another role ... */
#define MARK_THROUGH	0x66706b36	/* ... does beside that */

static inline void mark_begin(void)
{
	ARCH_MARK(MARK_BEGIN);
}

static inline void mark_end(void)
{
	ARCH_MARK(MARK_END);
}

/* In their place for a role that works beside the one that is counted. */
static inline void mark_beside(void)
{
	ARCH_MARK(MARK_BESIDE);
}

static inline void mark_through(void)
{
	ARCH_MARK(MARK_THROUGH);
}

/* Around all operations of one bench, by its first actor. */
static inline void mark_first(void)
{
	ARCH_MARK(MARK_FIRST);
}

static inline void mark_last(void)
{
	ARCH_MARK(MARK_LAST);
}

#endif
