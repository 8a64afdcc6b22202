/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * code-arch - what comparing code has to know of an architecture
 *
 * Each has a file, code-NAME.c. What an address means is the same everywhere
 * and is in code.c.
 */
#ifndef FORKPATH_CODE_ARCH_H
#define FORKPATH_CODE_ARCH_H

#include "code.h"

/* Where does control go after an instruction? */
enum code_flow { CODE_ON, CODE_JUMP, CODE_AWAY };

struct code_arch {
	uint64_t	magic;		/* of its traces and images (trace.h) */
	/*
	 * Are N bytes at X of A the same code as M bytes at Y of B, but for
	 * padding at their ends? Both are of function FN.
	 */
	bool		(*same)(const struct code *a, uint64_t x, size_t n,
				const struct code *b, uint64_t y, size_t m,
				const char *fn);
	/* Of a jump also: equal where it depends on the same; where it leads. */
	enum code_flow	(*flow)(const uint8_t *p, size_t len, uint64_t addr,
				unsigned int *condition, uint64_t *target);
};

extern const struct code_arch code_x86, code_arm64;

#endif
