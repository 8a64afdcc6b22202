/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * programs - what a run measures with, and is it still that?
 *
 * The benchmarks of a plan, its loads, and the runner. A revision does not
 * say which programs were built of it, with what, and when: their bytes do.
 */
#ifndef FORKPATH_PROGRAMS_H
#define FORKPATH_PROGRAMS_H

#include "plan.h"

struct program;

struct programs {
	struct program	*v;
	size_t		 nr;
};

void programs_of(struct programs *all, const struct plan *plan);
void programs_free(struct programs *all);

/* One digest of them all, for the record; to be freed. */
char *programs_digest(const struct programs *all);

/* The path of one that is not what it was in programs_of(), or NULL. */
const char *programs_changed(struct programs *all);

#endif
