/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arch-x86_64 - see arch.h */
#ifndef FORKPATH_ARCH_X86_64_H
#define FORKPATH_ARCH_X86_64_H

static inline uint64_t arch_counter(void)
{
	return __builtin_ia32_rdtsc();
}

static inline uint64_t arch_counter_hz(void)
{
	return 0;
}

#define ARCH_LOOP_INSNS	2
#define ARCH_LOOP(n)	__asm__ volatile("1: dec %0\n\tjnz 1b" \
					 : "+r" (n) : : "cc")

/* nopl N(%rax,%rax,1); volatile and "memory": nothing moves across. */
#define ARCH_MARK(n)	__asm__ volatile(".byte 0x0f, 0x1f, 0x84, 0x00\n\t" \
					 ".long %c0" : : "i" (n) : "memory")

#define ARCH_ELF	EM_X86_64

#define ARCH_EXIT { \
	0xbf, 0, 0, 0, 0,	/* mov  edi, status */ \
	0xb8, 231, 0, 0, 0,	/* mov  eax, exit_group */ \
	0x0f, 0x05,		/* syscall */ \
}

#define ARCH_WAIT { \
	0xbf, 0, 0, 0, 0,	/* mov  edi, status */ \
	0xb8, 34, 0, 0, 0,	/* mov  eax, pause */ \
	0x0f, 0x05,		/* syscall */ \
	0xeb, 0xf2,		/* jmp  to the beginning */ \
}

static inline void arch_set_status(uint8_t *code, uint8_t status)
{
	code[1] = status;
}

#endif
