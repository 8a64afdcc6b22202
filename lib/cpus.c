// SPDX-License-Identifier: GPL-2.0-or-later
/* cpus - CPU lists and pinning */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpus.h"

static int walk(const char *list, unsigned int *cpu, unsigned int max)
{
	unsigned int n = 0;
	const char *p = list;

	for (;;) {
		unsigned long lo, hi;
		char *end;

		if (*p < '0' || *p > '9')
			return -EINVAL;
		lo = hi = strtoul(p, &end, 10);
		if (*end == '-') {
			p = end + 1;
			if (*p < '0' || *p > '9')
				return -EINVAL;
			hi = strtoul(p, &end, 10);
		}
		if (hi < lo)
			return -EINVAL;
		if (hi >= CPUS_MAX)
			return -ERANGE;
		for (; lo <= hi; lo++, n++)
			if (cpu && n < max)
				cpu[n] = lo;
		if (!*end || *end == '\n')
			return n < max || !cpu ? n : max;
		if (*end != ',')
			return -EINVAL;
		p = end + 1;
	}
}

int cpus_check(const char *list)
{
	int n = walk(list, NULL, 0);

	return n < 0 ? n : 0;
}

int cpus_parse(const char *list, unsigned int *cpu, unsigned int max)
{
	return walk(list, cpu, max);
}

int cpus_allowed(unsigned int *cpu, unsigned int max)
{
	size_t size = CPU_ALLOC_SIZE(CPUS_MAX);
	cpu_set_t *set = CPU_ALLOC(CPUS_MAX);
	unsigned int n = 0;
	int ret = -ENOMEM;

	if (!set)
		return ret;
	CPU_ZERO_S(size, set);
	if (sched_getaffinity(0, size, set)) {
		ret = -errno;
	} else {
		for (unsigned int i = 0; i < CPUS_MAX && n < max; i++)
			if (CPU_ISSET_S(i, size, set))
				cpu[n++] = i;
		ret = n ? (int)n : -ENOENT;
	}
	CPU_FREE(set);
	return ret;
}

const char *cpus_show(const unsigned int *cpu, unsigned int n, char *buf,
		      size_t len)
{
	size_t at = 0;

	if (len)
		*buf = '\0';
	for (unsigned int i = 0, j; i < n; i = j + 1) {
		int w;

		for (j = i; j + 1 < n && cpu[j + 1] == cpu[j] + 1; j++)
			;
		if (i == j)
			w = snprintf(buf + at, len - at, "%s%u", at ? "," : "",
				     cpu[i]);
		else
			w = snprintf(buf + at, len - at, "%s%u-%u",
				     at ? "," : "", cpu[i], cpu[j]);
		if (w < 0 || at + w >= len)
			return NULL;
		at += w;
	}
	return buf;
}

int cpus_pin(unsigned int cpu)
{
	size_t size = CPU_ALLOC_SIZE(CPUS_MAX);
	cpu_set_t *set;
	int ret = 0;

	if (cpu >= CPUS_MAX)
		return -ERANGE;
	set = CPU_ALLOC(CPUS_MAX);
	if (!set)
		return -ENOMEM;
	CPU_ZERO_S(size, set);
	CPU_SET_S(cpu, size, set);
	if (sched_setaffinity(0, size, set))
		ret = -errno;
	else if (sched_getcpu() != (int)cpu)
		ret = -EIO;
	CPU_FREE(set);
	return ret;
}
