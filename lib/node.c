// SPDX-License-Identifier: GPL-2.0-or-later
/* node - memory of chosen NUMA nodes, by the system calls themselves */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/mempolicy.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cpus.h"
#include "node.h"

#define NODES_MAX	1024	/* MAX_NUMNODES of the largest kernels */
#define BITS		(sizeof(unsigned long) * CHAR_BIT)

struct nodes {
	unsigned long	bit[NODES_MAX / BITS];
};

static int has(const struct nodes *n, unsigned int node)
{
	return node < NODES_MAX && n->bit[node / BITS] >> node % BITS & 1;
}

static int parse(const char *list, struct nodes *n)
{
	static unsigned int node[CPUS_MAX];
	int nr = cpus_parse(list, node, CPUS_MAX);

	memset(n, 0, sizeof(*n));
	for (int i = 0; i < nr; i++) {
		if (node[i] >= NODES_MAX)
			return -ERANGE;
		n->bit[node[i] / BITS] |= 1ul << node[i] % BITS;
	}
	return nr < 0 ? nr : 0;
}

const char *node_missing(const char *list)
{
	static char why[100];
	struct nodes want, have;

	if (parse(list, &want))
		return "memory: nodes beyond 1023";
	memset(&have, 0, sizeof(have));
	if (syscall(SYS_get_mempolicy, NULL, have.bit, NODES_MAX, NULL,
		    MPOL_F_MEMS_ALLOWED))
		return "memory: a kernel without NUMA policies";
	for (unsigned int i = 0; i < NODES_MAX; i++) {
		if (!has(&want, i) || has(&have, i))
			continue;
		snprintf(why, sizeof(why), "memory: no node %u with memory "
			 "here", i);
		return why;
	}
	return NULL;
}

int node_bind(const char *list)
{
	struct nodes n, others;
	int ret = parse(list, &n);

	/* The kernel reads one bit less than it is told. */
	if (!ret && syscall(SYS_set_mempolicy, MPOL_BIND, n.bit, NODES_MAX + 1))
		ret = -errno;
	if (ret)
		return ret;
	/*
	 * What was touched before is elsewhere, and after a fork it stays with
	 * whoever writes to it last. Where it cannot be moved, node_check()
	 * will find it.
	 */
	for (size_t i = 0; i < NODES_MAX / BITS; i++)
		others.bit[i] = ~n.bit[i];
	if (!syscall(SYS_get_mempolicy, NULL, n.bit, NODES_MAX, NULL,
		     MPOL_F_MEMS_ALLOWED)) {
		for (size_t i = 0; i < NODES_MAX / BITS; i++)
			others.bit[i] &= n.bit[i];
		parse(list, &n);
		syscall(SYS_migrate_pages, 0, NODES_MAX + 1, others.bit, n.bit);
	}
	return 0;
}

int node_check(pid_t pid, const void *address, const char *list, char *why,
	       size_t len)
{
	uintptr_t page = (uintptr_t)address & -(uintptr_t)sysconf(_SC_PAGESIZE);
	void *at = (void *)page;
	struct nodes n;
	int status = -EFAULT;

	parse(list, &n);
	if (syscall(SYS_move_pages, pid, 1ul, &at, NULL, &status, 0))
		status = -errno;
	if (status >= 0 && has(&n, status))
		return 0;
	if (status < 0)
		snprintf(why, len, "where its memory is cannot be asked: %s",
			 strerror(-status));
	else
		snprintf(why, len, "memory on node %d, not on %s", status,
			 list);
	return 1;
}
