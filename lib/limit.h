/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * limit - what this process may not have more of, before it is asked for
 *
 * Each returns NULL, or which limit is in the way and what it is: a skip, for
 * no kernel is at fault. Valid until the next call.
 */
#ifndef FORKPATH_LIMIT_H
#define FORKPATH_LIMIT_H

#include <stdbool.h>

/* NR more tasks of this user: RLIMIT_NPROC, from which root is exempt. */
const char *limit_tasks(unsigned long nr);

/* NR more open files: RLIMIT_NOFILE, which may be raised to its hard limit. */
const char *limit_files(unsigned long nr);

/* KIB more of memory that may be written: vm.overcommit_memory = 2. */
const char *limit_commit(unsigned long kib);

#endif
