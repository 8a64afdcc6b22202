/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arch-none - an architecture that nobody has written yet; see arch.h */
#ifndef FORKPATH_ARCH_NONE_H
#define FORKPATH_ARCH_NONE_H

static inline uint64_t arch_counter(void)
{
	return 0;
}

static inline uint64_t arch_counter_hz(void)
{
	return 0;
}

#define ARCH_LOOP_INSNS	2
#define ARCH_LOOP(n)	((void)(n))
#define ARCH_MARK(n)	__asm__ volatile("" : : : "memory")
#define ARCH_ELF	EM_NONE
#define ARCH_EXIT	{ 0 }
#define ARCH_WAIT	{ 0 }

static inline void arch_set_status(uint8_t *code, uint8_t status)
{
	(void)code;
	(void)status;
}

#endif
