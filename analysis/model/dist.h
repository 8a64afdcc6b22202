/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dist - the distributions of one repetition: a .lat file */
#ifndef FORKPATH_DIST_H
#define FORKPATH_DIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bucket {
	uint64_t	 low, high, count;	/* low <= t < high, ns */
};

/* What one actor did, in its order: sums over BATCH operations each. */
struct series {
	uint64_t	 actor, batch;
	uint64_t	*sum;
	size_t		 nr_sum;
};

struct dist_role {
	const char	*name;
	uint64_t	 ops, under, over, min, max;
	struct bucket	*bucket;
	size_t		 nr_bucket;
	struct series	*series;
	size_t		 nr_series;
	bool		 has_hash;
	uint64_t	 hash;		/* of all samples in order: exact mode */
};

/* A function that the kernel mapped into the bench. */
struct dist_code {
	uint64_t	 addr, bytes;
	const char	*name;
};

struct dist_file {
	char		*text;
	struct dist_code *vdso;		/* of exact mode */
	size_t		 nr_vdso;
	struct dist_role	*role;
	size_t		 nr_role;
};

/*
 * Returns 0, or -1 with WHY ("line 3: ..."). dist_free() in both cases. The
 * text is modified.
 */
int dist_parse(struct dist_file *lat, char *text, size_t len, char *why,
	       size_t whylen);
/* File NAME of the results folder FOLDER. */
int dist_read(int folder, const char *name, struct dist_file *lat, char *why,
	      size_t whylen);
void dist_free(struct dist_file *lat);

#endif
