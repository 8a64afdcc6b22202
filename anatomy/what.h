/* SPDX-License-Identifier: GPL-2.0-or-later */
/* what - what a kernel's function is, by its name: all that is known of any */
#ifndef FORKPATH_WHAT_H
#define FORKPATH_WHAT_H

#include <stdbool.h>
#include <stdint.h>

#include "fold.h"
#include "ksyms.h"

enum { FN_USER, FN_UNKNOWN };		/* before all functions */

enum entry { ENTRY_NONE, ENTRY_STUB, ENTRY_IRQ, ENTRY_FAULT, ENTRY_TRAP };

/* What there is to know of a name, once. */
struct what {
	enum entry	entry;
	bool		cgroup_root, lock_caller, lock;
	bool		vectors;	/* of arm64: entries by their place */
	bool		switches;	/* to another task's stack */
	bool		newborn;	/* where a task begins */
	bool		user, kernel;	/* ... only such tasks come here */
};

/* What begins so many bytes into arm64's table of vectors. */
enum entry what_vector(uint64_t offset);

/*
 * Names of the kernel and of a program to F, sorted behind the two that are
 * none; what each of them is.
 */
struct what *what_all(struct fold *f, const struct ksyms *k,
		      const struct ksyms *user);

/* The number of NAME, which is one of them. */
uint32_t what_find(const struct fold *f, const char *name);

#endif
