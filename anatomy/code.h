/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * code - is a function of one kernel the same code as that of another?
 *
 * SUMMARY
 * Compares functions as they lie in memory: patched by alternatives, static
 * calls and jump labels as they were booted. What the kernel's symbols say
 * to be one address counts as equal: a call, a jump or a datum at the same
 * distance from the same symbol, wherever the linker has put both.
 *
 * DETAILS
 * Where instructions differ, what they refer to is compared (code-arch.h): a
 * symbol and an offset from it. What has no symbol of its own is equal if the
 * nearest symbol and offset are, or what is at both places is: one string, one
 * constant of as many bytes as are read, one table of jumps into this function.
 * Padding behind a function is no part of it.
 *
 * Whatever cannot be shown to be the same is said to differ.
 */
#ifndef FORKPATH_CODE_H
#define FORKPATH_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct code_sym {
	uint64_t	 addr;
	const char	*name;		/* with what a compiler added (.cold) */
	bool		 text;
};

struct code {
	uint64_t	 magic;		/* of its traces: whose code it is */
	struct code_sym	*sym;		/* by address, then name */
	size_t		 nr;
	size_t		*fn;		/* text, by name, then address */
	size_t		 nr_fn;
	const uint8_t	*byte;		/* the image: NR_BYTE from BASE on */
	size_t		 nr_byte;
	uint64_t	 base;
	uint64_t	 ro[2];		/* data that is only read: from, to */
};

/*
 * SYMBOLS is /proc/kallsyms, cut to pieces and pointed into, IMAGE what the
 * plugin saved: the magic of its traces (trace.h), where it lies, its bytes.
 * 0, or -1 with the reason in WHY.
 */
int code_parse(struct code *c, char *symbols, const void *image, size_t len,
	       char *why, size_t why_len);
void code_free(struct code *c);

/* LEN bytes at ADDR; NULL if the image does not have them. */
const uint8_t *code_at(const struct code *c, uint64_t addr, size_t len);

/* The last symbol at or below ADDR, of several the first by name; or NULL. */
const struct code_sym *code_nearest(const struct code *c, uint64_t addr);

/* Does X mean in A what Y means in B? */
bool code_same_place(const struct code *a, uint64_t x,
		     const struct code *b, uint64_t y);

/* Are there constants of LEN bytes, which the linker has put elsewhere? */
bool code_same_constant(const struct code *a, uint64_t x,
			const struct code *b, uint64_t y, size_t len);

/* Is ADDR data that is only read? */
bool code_is_constant(const struct code *c, uint64_t addr);

enum code_verdict { CODE_SAME, CODE_CHANGED, CODE_ONLY_A, CODE_ONLY_B };

/* FN is a name up to its first dot, as in ksyms.h: all pieces of it. */
enum code_verdict code_compare(const struct code *a, const struct code *b,
			       const char *fn);

/* The NR-th piece of FN, its name, FROM to TO; NULL: it has no more. */
const char *code_piece(const struct code *c, const char *fn, size_t nr,
		       uint64_t *from, uint64_t *to);

/* Is ADDR in FN? */
bool code_in(const struct code *c, uint64_t addr, const char *fn);

/*
 * Does the instruction of LEN bytes at ADDR, of FN, send control elsewhere?
 * INSIDE: where in FN a jump leads, or 0.
 */
bool code_flows(const struct code *c, uint64_t addr, size_t len,
		const char *fn, uint64_t *inside);

/* One instruction of FN each; two jumps inside of it are not followed. */
bool code_same_insn(const struct code *a, uint64_t x, size_t x_len,
		    const struct code *b, uint64_t y, size_t y_len,
		    const char *fn);

#endif
