/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * query - which runs are there? An index of a tree of results
 *
 * TREE/index.tsv holds one row per results folder: who, what, when, how
 * many repetitions. The files are the truth: before each answer a folder
 * whose plan, sample or meta changed in size or time is read again, one that
 * is gone is forgotten, and an index that cannot be used is made anew.
 */
#ifndef FORKPATH_QUERY_H
#define FORKPATH_QUERY_H

#include "opt.h"

extern const struct opt query_opts[];

/* The verb; returns an exit code. */
int query(char **path, int nr);

#endif
