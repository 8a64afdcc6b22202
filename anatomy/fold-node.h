/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fold-node - functions by way of their callers, found again */
#ifndef FORKPATH_FOLD_NODE_H
#define FORKPATH_FOLD_NODE_H

#include "fold.h"
#include "what.h"

enum { ROOT, ROOT_IRQ };	/* of no function */

struct fold_hash {
	uint32_t	*node;		/* by parent and function */
	size_t		 room;
};

/* The roots become F's first nodes. */
void fold_node_roots(struct fold_hash *h, struct fold *f);

/* FN as called by what node PARENT is: its number, a new one if need be. */
uint32_t fold_node_find(struct fold_hash *h, struct fold *f,
			const struct what *what, uint32_t parent, uint32_t fn);

#endif
