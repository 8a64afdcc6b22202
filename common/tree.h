/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree - where things are: configs/, workloads/, build/ and results/
 *
 * The file system is the registry: a benchmark is build/bench/NAME, a
 * question configs/NAME.conf, a workload one of the files in workload.h.
 */
#ifndef FORKPATH_TREE_H
#define FORKPATH_TREE_H

#include "mem.h"

/* TOP or, if NULL, the directory above that of this program. 0 or -errno. */
int tree_init(const char *top);

/* A path below the top; the caller frees it. */
char *tree_path(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Where results folders go: $FORKPATH_RESULTS, or results/ below the top. An
 * installed tree has VERSION and no results/: then results/ where the caller
 * is. To be freed.
 */
char *tree_results(void);

/*
 * The names in DIR (below the top) that end in SUFFIX, without it, sorted.
 * With PROGRAMS, executable files only.
 */
struct strv tree_names(const char *dir, const char *suffix, bool programs);

/* What can be asked: configs/NAME.conf, but for answers.conf. */
struct strv tree_questions(void);

/* Is PROGRAM in PATH? */
bool tree_in_path(const char *program);

#endif
