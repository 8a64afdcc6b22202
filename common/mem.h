/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mem - allocation that does not fail, text that grows
 *
 * Running out of memory ends the program: "out of memory", exit 1. There
 * is nothing to undo in a program that only reads.
 */
#ifndef FORKPATH_MEM_H
#define FORKPATH_MEM_H

#include <stddef.h>

void *mem_get(size_t nr, size_t size);			/* zeroed */
void *mem_grow(void *old, size_t nr, size_t size);	/* any realloc */
char *mem_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* One more element at the end of the array *VEC of *NR; it is zeroed. */
void *mem_more(void *vec, size_t *nr, size_t size);

#endif
