/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * place - from a word for nearness to CPUs
 *
 * Two sides: the actors of a program's first role, and those of its second;
 * of a program with one role, its first actor and the others. A place says
 * how near every actor of one side is to the other side:
 *
 *   same-core   siblings of one core (SMT); each side a thread of it
 *   same-cache  cores below one last-level cache, of one node
 *   same-node   cores of one node, the sides below different such caches
 *   other-node  two nodes, the nearest pair there is
 *   farthest    two nodes, the most distant pair, farther than that
 *
 * Or all actors, a CPU each, fill the machine:
 *
 *   compact     one node after another
 *   spread      the nodes in turn, of which there are two or more
 *
 * of each node first all its cores, the fastest first, then their other
 * threads.
 *
 * Nearness of nodes is what the firmware says (the mean of both directions);
 * where it says nothing, nodes of one package are nearer than others. One
 * actor per core, but for same-core, and both sides on cores of one kind
 * (big.LITTLE), the fastest that has enough; the core that takes the first
 * CPU's interrupts is the last of its kind. Nodes without CPUs are nobody's
 * place.
 */
#ifndef FORKPATH_PLACE_H
#define FORKPATH_PLACE_H

#include <hwloc.h>
#include <stdbool.h>
#include <stddef.h>

#define PLACES "same-core same-cache same-node other-node farthest compact " \
	       "spread"

bool place_known(const char *word);

/*
 * CPU lists for the NR roles with N actors each, to be freed. Returns 0, or
 * -ENODEV with the reason in WHY: TOPO cannot host it.
 */
int place_find(hwloc_topology_t topo, const char *word, unsigned int nr,
	       const unsigned int *n, char **list, char *why, size_t len);

/* The same on this machine. */
int place_here(const char *word, unsigned int nr, const unsigned int *n,
	       char **list, char *why, size_t len);

#endif
