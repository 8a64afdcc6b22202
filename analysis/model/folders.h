/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * folders - many results folders: where they are, in which order, and which
 * point of them is meant
 */
#ifndef FORKPATH_FOLDERS_H
#define FORKPATH_FOLDERS_H

#include "point.h"
#include "run.h"

struct folders {
	char	**path;
	size_t	  nr;
};

/*
 * Results folders (they have a plan.tsv) among and below the NR paths, in
 * the order of PATH, each tree in that of ORDER, by name; symbolic links,
 * hidden folders and the slots of a campaign that are not done (SLOT.new,
 * SLOT.failed) below them are not followed, and nobody looks inside of a
 * results folder. Files NAME.tsv beside them to TABLES unless it is NULL.
 * Returns 0, or -1 with WHY.
 */
int folders_find(struct folders *all, struct folders *tables,
		 char *const *path, size_t nr,
		 int (*order)(const char *a, const char *b), char *why,
		 size_t len);
void folders_free(struct folders *all);

/*
 * Releases as people order them: numbers by size, a release candidate before
 * its release. 6.9 < 6.10-rc1 < 6.10 < 6.10.1 < 6.10.1-1-amd64.
 */
int release_order(const char *a, const char *b);

/* Read a folder, and group it, without its distributions. 0 or -1. */
int folder_points(struct run *run, struct points *points, const char *path);

/*
 * "BENCH/KEY=VALUE/KEY=VALUE": a bench, and what is said of its options,
 * workload and conditions, or of its part; what is not said matches.
 */
struct wanted {
	char		*text;
	const char	*bench;
	struct kv	*kv;
	size_t		 nr;
};

/* 0, or -1 with WHY. wanted_free() in both cases. */
int wanted_parse(struct wanted *w, const char *text, char *why, size_t len);
bool wanted_match(const struct wanted *w, const struct point *p);
void wanted_free(struct wanted *w);

#endif
