/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keys - which switches of the kernel's code are set otherwise?
 *
 * A static key patches jumps into functions while the kernel runs (a lock mode,
 * a mitigation); then their code differs, and the source need not. The table of
 * these jumps is in the image (__jump_table, of 4.19 and later).
 */
#ifndef FORKPATH_KEYS_H
#define FORKPATH_KEYS_H

#include "code.h"

struct key {
	const char	*name;
	uint64_t	 addr;		/* in the first kernel */
	int		 users[2];	/* of each kernel; 0: off */
};

/* Keys of both that are on in one only, by name; the caller frees the array. */
struct key *keys_differ(const struct code *a, const struct code *b, size_t *nr);

/* Does a function of those that are IN ask KEY? C is the first kernel. */
bool keys_asked(const struct code *c, const struct key *key,
		bool (*in)(const void *of, const char *fn), const void *of);

#endif
