// SPDX-License-Identifier: GPL-2.0-or-later
/* fold-node - functions by way of their callers, found again */
#include <stdlib.h>

#include "fold-node.h"
#include "mem.h"

static size_t place(const struct fold_hash *h, const struct fold *f,
		    uint32_t parent, uint32_t fn)
{
	uint64_t key = ((uint64_t)parent << 32 | fn) * 0x9e3779b97f4a7c15ull;
	size_t at = (key >> 32) & (h->room - 1);

	for (; h->node[at]; at = (at + 1) & (h->room - 1)) {
		const struct fold_node *n = &f->node[h->node[at]];

		if (n->parent == parent && n->fn == fn)
			break;
	}
	return at;
}

static void rehash(struct fold_hash *h, const struct fold *f)
{
	free(h->node);
	h->room = h->room ? 2 * h->room : 1 << 12;
	h->node = mem_get(h->room, sizeof(*h->node));
	for (size_t i = 2; i < f->nr_node; i++)
		h->node[place(h, f, f->node[i].parent, f->node[i].fn)] = i;
}

void fold_node_roots(struct fold_hash *h, struct fold *f)
{
	for (int i = 0; i < 2; i++)
		mem_more(&f->node, &f->nr_node, sizeof(*f->node));
	rehash(h, f);
}

uint32_t fold_node_find(struct fold_hash *h, struct fold *f,
			const struct what *what, uint32_t parent, uint32_t fn)
{
	size_t at = place(h, f, parent, fn);
	struct fold_node *n;

	if (h->node[at])
		return h->node[at];
	h->node[at] = f->nr_node;
	n = mem_more(&f->node, &f->nr_node, sizeof(*n));
	n->parent = parent;
	n->fn = fn;
	n->cgroup = parent > ROOT_IRQ && f->node[parent].cgroup;
	if (what[fn].cgroup_root ||
	    (what[fn].lock && parent > ROOT_IRQ &&
	     what[f->node[parent].fn].lock_caller))
		n->cgroup = true;
	n->lock = n->cgroup && (what[fn].lock ||
				(parent > ROOT_IRQ && f->node[parent].lock));
	at = f->nr_node - 1;
	if (2 * f->nr_node > h->room)
		rehash(h, f);
	return at;
}
