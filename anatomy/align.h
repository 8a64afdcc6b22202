/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * align - which instructions of a function that changed are new?
 *
 * The instructions that were executed of it, by address, are put side by side
 * so that as many as possible are the same (code.h). What is left over is the
 * change. Where no jump, call or return is among that, and every other jump
 * leads to where it led, the two go the same ways: then only what is left over
 * is the patch's, and a path taken more often is state, as in code that is
 * the same. Else nobody can tell, and all of it is the patch's.
 */
#ifndef FORKPATH_ALIGN_H
#define FORKPATH_ALIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "code.h"
#include "tree.h"

/* Of one kernel: instructions by address. */
struct align_list {
	const struct code	*code;
	struct fold_insn	*insn;
	size_t			*match;	/* 1 + the other one's; 0: none */
	size_t			 nr;
};

struct align {
	bool	flow;		/* other jumps, calls or returns */
	double	fresh[2];	/* executions of what only this one has */
};

/* Of T what is in FN, added to L. */
void align_add(struct align_list *l, const struct tree *t, const char *fn);
void align_free(struct align_list *l);

/* Sorts and changes both. */
struct align align_fn(struct align_list *a, struct align_list *b,
		      const char *fn);

#endif
