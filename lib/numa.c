// SPDX-License-Identifier: GPL-2.0-or-later
/* numa - nodes with memory, and the free blocks of it */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cpus.h"
#include "numa.h"

#define TOP "/sys/devices/system/node/"

static int read_whole(const char *path, char *buf, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n = 0;

	if (fd < 0)
		return -errno;
	while (have < len - 1 &&
	       (n = read(fd, buf + have, len - 1 - have)) > 0)
		have += n;
	if (n < 0)
		n = -errno;
	close(fd);
	buf[have] = '\0';
	return n < 0 ? (int)n : 0;
}

int numa_nodes(unsigned int *node, unsigned int max)
{
	char list[4096];
	int ret = read_whole(TOP "has_memory", list, sizeof(list));

	if (ret == -ENOENT) {
		node[0] = 0;
		return 1;
	}
	if (ret)
		return ret;
	list[strcspn(list, "\n")] = '\0';
	return cpus_parse(list, node, max);	/* a list of the same form */
}

int numa_here(void)
{
	unsigned int cpu, node;

	return syscall(SYS_getcpu, &cpu, &node, NULL) ? -errno : (int)node;
}

int numa_blocks(unsigned int node, const char *text,
		unsigned long block[NUMA_ORDERS])
{
	static char buf[65536];
	int orders = -ENOENT, ret;

	memset(block, 0, NUMA_ORDERS * sizeof(*block));
	if (!text) {
		ret = read_whole("/proc/buddyinfo", buf, sizeof(buf));
		if (ret)
			return ret;
		text = buf;
	}
	for (; *text; text += strcspn(text, "\n"), text += !!*text) {
		unsigned int nr;
		int at, i;
		char *end;

		/* "Node 1, zone   Normal    3    1 ..." */
		if (sscanf(text, "Node %u, zone %*s%n", &nr, &at) != 1 ||
		    nr != node)
			continue;
		end = (char *)text + at;
		for (i = 0; i < NUMA_ORDERS && *end && *end != '\n'; i++) {
			block[i] += strtoul(end, &end, 10);
			end += strspn(end, " ");
		}
		orders = i;
	}
	return orders;
}
