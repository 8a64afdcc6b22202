/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace - what lab/anatomy-plugin.c writes and anatomy/ reads
 *
 * A file of 64-bit words, little endian. The first is TRACE_MAGIC, or
 * TRACE_MAGIC_LINK where a call leaves its return address in a register
 * (arm64); every other has its kind in the upper eight bits:
 *
 *   INSN    an instruction that was translated; its number is its place
 *           among the words of this kind, from 0. Address in bits 0-47,
 *           what it is (TRACE_CALL ...) in bits 48-51, its bytes in 52-55.
 *   BEGIN   a window: the operation starts
 *   RUN     instructions NUMBER, NUMBER + 1, ... were executed, in this
 *           order: number in bits 0-31, how many in bits 32-55
 *   STACK   the call or return executed last put its return address there,
 *           or took it from there: stack address in bits 0-47. With
 *           TRACE_MAGIC_LINK: where cpu_switch_to() left that register of
 *           a task, or has taken it from
 *   FINISH  the window is complete
 *   POINT   what follows is of the next bench; with 1 in bits 0-31: its
 *           end, windows given up in bits 32-55
 *   BESIDE  what executes now works beside the operations (MARK_BESIDE)
 *   CPU     what follows is executed by this one, in bits 0-31
 *   END     last word: windows written in bits 0-31, windows given up in
 *           bits 32-55 (a begin without an end, or far too long)
 *
 * With TRACE_MAGIC_LINK bit 47 of an address tells the kernel's.
 *
 * INSN words come before the window that uses them, never inside of one.
 * A window holds what was executed after the instruction that marks the
 * begin and before the one that marks the end, by whoever it was. An
 * instruction that faults is there twice: when it faulted and when it was
 * repeated.
 *
 * Of a machine with several CPUs, which has a CPU word behind each POINT that
 * begins one, everything from POINT to POINT is there, in a window or not, and
 * so are INSN words; a window that another one begins in is given up.
 */
#ifndef FORKPATH_TRACE_H
#define FORKPATH_TRACE_H

#include <stdint.h>

#define TRACE_MAGIC	 0x3163617274706b66ull	/* "fkptrac1" */
#define TRACE_MAGIC_LINK 0x3263617274706b66ull	/* "fkptrac2" */

enum trace_kind {
	TRACE_INSN = 1, TRACE_BEGIN, TRACE_RUN, TRACE_STACK, TRACE_FINISH,
	TRACE_END, TRACE_POINT, TRACE_BESIDE, TRACE_CPU,
};

#define TRACE_CPUS 64		/* at most */

enum {
	TRACE_CALL   = 1,	/* pushes a return address */
	TRACE_RET    = 2,	/* takes one */
	TRACE_IRET   = 4,	/* back from an exception or interrupt */
	TRACE_STRING = 8,	/* one iteration of rep movs, stos, ... */
};

#define TRACE_KIND(w)	((unsigned int)((w) >> 56))
#define TRACE_LOW(w)	((uint32_t)(w))
#define TRACE_COUNT(w)	((uint32_t)((w) >> 32) & 0xffffff)
#define TRACE_FLAGS(w)	((unsigned int)((w) >> 48) & 0xf)
#define TRACE_LENGTH(w)	((unsigned int)((w) >> 52) & 0xf)
/* 48 bits of a canonical address. */
#define TRACE_ADDR(w)	((uint64_t)((int64_t)((w) << 16) >> 16))

#define TRACE_WORD(kind, count, low) \
	((uint64_t)(kind) << 56 | (uint64_t)(count) << 32 | (low))
#define TRACE_AT(kind, flags, addr) \
	((uint64_t)(kind) << 56 | (uint64_t)(flags) << 48 | \
	 ((addr) & 0xffffffffffffull))

#endif
