/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksyms - which function of a kernel is at an address: /proc/kallsyms, read
 *
 * Only text counts (types t, T, w, W). A function is a name up to its first
 * dot: what a compiler splits off (.cold, .part.0, .isra.0, .constprop.0)
 * stays with it, and kernels by different compilers can be compared. Padding
 * symbols (__pfx_) belong to the function before them. Of two names at one
 * address the one that comes last in the alphabet without leading
 * underscores is taken, so that the choice depends on nothing else.
 *
 * Functions of a program in user space are read from its file instead, and are
 * called [user:NAME], so that none is taken for one of the kernel.
 */
#ifndef FORKPATH_KSYMS_H
#define FORKPATH_KSYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "ffffffff81000000 T _stext", perhaps "\t[module]" */
struct ksyms_line {
	uint64_t	 addr;
	char		*name;
	bool		 text, module;
};

/* Cuts TEXT, one line. False: it is none. */
bool ksyms_line(char *text, struct ksyms_line *l);

/*
 * Of NR records of SIZE bytes, by the address that each begins with: the last
 * one at ADDR or before. NR if there is none.
 */
size_t ksyms_at(const void *first, size_t nr, size_t size, uint64_t addr);

struct ksym {
	uint64_t	 addr;
	const char	*name;		/* up to the first dot; NULL: no code
					   from here to the next one */
};

struct ksyms {
	struct ksym	*sym;		/* by address, one per address */
	size_t		 nr;
	char		*names;		/* of a program */
	size_t		 ends;		/* _etext and _einittext seen */
};

/*
 * Cuts TEXT, LEN bytes and a NUL, to pieces; names point into it. 0, or -1
 * with the reason in WHY.
 */
int ksyms_parse(struct ksyms *k, char *text, size_t len, char *why,
		size_t why_len);
void ksyms_free(struct ksyms *k);

/*
 * The same of FILE, LEN bytes: a program that is linked to where it lies (ELF,
 * 64 bits, little endian, with its symbols).
 */
int ksyms_program(struct ksyms *k, const void *file, size_t len, char *why,
		  size_t why_len);

/* One more, of BYTES; NAME remains the caller's. */
void ksyms_add(struct ksyms *k, uint64_t addr, uint64_t bytes, const char *name);

/* One per address, the least; for who fills them. */
void ksyms_sort(struct ksyms *k);

/* NULL for an address before the first symbol, or behind an end of text. */
const struct ksym *ksyms_find(const struct ksyms *k, uint64_t addr);

#endif
