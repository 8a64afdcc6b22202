/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * numa - nodes with memory, and the free blocks of it
 *
 * Read from /sys/devices/system/node and /proc/buddyinfo. A kernel without
 * NUMA has node 0. Functions return 0 or a count, or -errno.
 */
#ifndef FORKPATH_NUMA_H
#define FORKPATH_NUMA_H

#define NUMA_MAX	1024	/* nodes */
#define NUMA_ORDERS	16	/* of free blocks */

/* Nodes with memory, ascending. Returns how many. */
int numa_nodes(unsigned int *node, unsigned int max);

/* Node of the CPU that the caller is on. */
int numa_here(void);

/*
 * Free blocks of NODE by order, all zones added up (TEXT NULL:
 * /proc/buddyinfo). Returns how many orders there are, or -ENOENT.
 */
int numa_blocks(unsigned int node, const char *text,
		unsigned long block[NUMA_ORDERS]);

#endif
