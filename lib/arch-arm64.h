/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arch-arm64 - see arch.h */
#ifndef FORKPATH_ARCH_ARM64_H
#define FORKPATH_ARCH_ARM64_H

/* With -cpu ...,cntfrq=1000000000 a tick is a nanosecond, an instruction. */
static inline uint64_t arch_counter(void)
{
	uint64_t t;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r" (t) : : "memory");
	return t;
}

static inline uint64_t arch_counter_hz(void)
{
	uint64_t hz;

	__asm__("mrs %0, cntfrq_el0" : "=r" (hz));
	return hz;
}

#define ARCH_LOOP_INSNS	2
#define ARCH_LOOP(n)	__asm__ volatile("1: subs %0, %0, #1\n\tb.ne 1b" \
					 : "+r" (n) : : "cc")

/*
 * movz xzr, #N, lsl #48 of the lower half of N: a register that cannot be
 * written, and a shift that no compiler has a use for there.
 */
#define ARCH_MARK(n)	__asm__ volatile(".inst 0xd2e0001f | " \
					 "((%c0) & 0xffff) << 5" \
					 : : "i" (n) : "memory")

#define ARCH_ELF	EM_AARCH64

/* Words of 32 bits, the lowest byte first; the status is in bits 5 to 12. */
#define ARCH_WORD(w)	(w) & 0xff, (w) >> 8 & 0xff, (w) >> 16 & 0xff, \
			(uint32_t)(w) >> 24

#define ARCH_EXIT { \
	ARCH_WORD(0xd2800000),	/* movz x0, status */ \
	ARCH_WORD(0xd2800bc8),	/* movz x8, exit_group */ \
	ARCH_WORD(0xd4000001),	/* svc  0 */ \
}

#define ARCH_WAIT { \
	ARCH_WORD(0xd2800000),	/* movz x0, 0 */ \
	ARCH_WORD(0xd2800001),	/* movz x1, 0 */ \
	ARCH_WORD(0xd2800002),	/* movz x2, 0 */ \
	ARCH_WORD(0xd2800003),	/* movz x3, 0 */ \
	ARCH_WORD(0xd2800928),	/* movz x8, ppoll */ \
	ARCH_WORD(0xd4000001),	/* svc  0 */ \
	ARCH_WORD(0x17fffffa),	/* b    to the beginning */ \
}

static inline void arch_set_status(uint8_t *code, uint8_t status)
{
	uint32_t movz = 0xd2800000u | (uint32_t)status << 5;

	memcpy(code, &movz, sizeof(movz));
}

#endif
