/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree - who called whom in all recorded operations: a file to keep
 *
 * Written by the verb `fold`, read by `verdict`; docs/formats.md has the
 * format. Of the operation only: its caller and its child, no interrupt and
 * no kernel thread. Sums over all windows, whole numbers.
 */
#ifndef FORKPATH_TREE_H
#define FORKPATH_TREE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fold.h"

struct tree_node {
	uint32_t	 parent;	/* 0 and 1: none */
	const char	*fn;
	uint64_t	 calls, insns;
};

struct tree {
	struct tree_node	*node;	/* a parent comes before its children */
	size_t			 nr;
	struct fold_insn	*insn;	/* by address */
	size_t			 nr_insn;
	uint64_t		 windows, given_up;
	bool			 timed;		/* are these known? */
	uint64_t		 slept, asleep;	/* operations; ns */
};

void tree_print(const struct fold *f, FILE *to);

/* Cuts TEXT to pieces; names point into it. 0, or -1. */
int tree_parse(struct tree *t, char *text);
void tree_free(struct tree *t);

#endif
