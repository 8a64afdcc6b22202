/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * node - memory of chosen NUMA nodes, by the system calls themselves
 *
 * LIST is one of node numbers, "0,2-3". What is bound is the process and
 * all that it will fork: its pages, and what the kernel allocates on its
 * behalf. Only the former can be asked for, with move_pages(2).
 */
#ifndef FORKPATH_NODE_H
#define FORKPATH_NODE_H

#include <stddef.h>
#include <sys/types.h>

/* NULL, or why memory of LIST is not to be had here. */
const char *node_missing(const char *list);

/* From now on memory comes from LIST; what there is goes there. 0 or -errno. */
int node_bind(const char *list);

/*
 * Is the page at ADDRESS of process PID on a node of LIST? 0: yes; 1: no, or
 * nobody can say, with the reason in WHY.
 */
int node_check(pid_t pid, const void *address, const char *list, char *why,
	       size_t len);

#endif
