// SPDX-License-Identifier: GPL-2.0-or-later
/* limit - what this process may not have more of, before it is asked for */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "limit.h"

#define CAP_SYS_ADMIN_BIT	21
#define CAP_SYS_RESOURCE_BIT	24

static char why[200];

/* The number behind "FIELD:" in FILE, in BASE; or NONE. */
static unsigned long field(const char *file, const char *name, int base,
			   unsigned long none)
{
	FILE *f = fopen(file, "re");
	char line[256];
	size_t n = strlen(name);
	unsigned long v = none;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, n) && line[n] == ':')
			sscanf(line + n + 1, base == 16 ? "%lx" : "%lu", &v);
	if (f)
		fclose(f);
	return v;
}

/* In the first user namespace; a capability of another is not asked for. */
static bool first_namespace(void)
{
	unsigned int inside = 1, outside = 1, nr = 0;
	FILE *f = fopen("/proc/self/uid_map", "re");
	bool first = f && fscanf(f, "%u %u %u", &inside, &outside, &nr) == 3 &&
		     !inside && !outside && nr == 4294967295u;

	if (f)
		fclose(f);
	return first;
}

/* As copy_process() has it: user 0 or a capability, of the machine. */
static bool exempt(void)
{
	unsigned long caps = field("/proc/self/status", "CapEff", 16, 0);

	return first_namespace() &&
	       (!getuid() || caps >> CAP_SYS_ADMIN_BIT & 1 ||
		caps >> CAP_SYS_RESOURCE_BIT & 1);
}

/* Threads of all processes of this user, as far as they can be seen. */
static unsigned long tasks_of_user(void)
{
	unsigned long all = 0;
	struct dirent *e;
	char file[300];
	DIR *d = opendir("/proc");

	while (d && (e = readdir(d))) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		snprintf(file, sizeof(file), "/proc/%s/status", e->d_name);
		if (field(file, "Uid", 10, -1ul) == getuid())
			all += field(file, "Threads", 10, 0);
	}
	if (d)
		closedir(d);
	return all;
}

const char *limit_tasks(unsigned long nr)
{
	struct rlimit limit;
	unsigned long now;

	if (getrlimit(RLIMIT_NPROC, &limit) || limit.rlim_cur == RLIM_INFINITY ||
	    exempt())
		return NULL;
	now = tasks_of_user();
	if (now + nr <= limit.rlim_cur)
		return NULL;
	snprintf(why, sizeof(why), "%lu tasks: RLIMIT_NPROC is %lu, this user "
		 "has %lu (ulimit -u)", nr, (unsigned long)limit.rlim_cur, now);
	return why;
}

static unsigned long files_open(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned long nr = 0;

	while (d && readdir(d))
		nr++;
	if (d)
		closedir(d);
	return nr > 3 ? nr - 3 : 0;	/* not ".", "..", and the directory */
}

const char *limit_files(unsigned long nr)
{
	struct rlimit limit;
	unsigned long now = files_open();

	if (getrlimit(RLIMIT_NOFILE, &limit) ||
	    limit.rlim_max == RLIM_INFINITY || now + nr <= limit.rlim_max)
		return NULL;
	snprintf(why, sizeof(why), "%lu more open files: RLIMIT_NOFILE is %lu "
		 "at most (ulimit -Hn)", nr, (unsigned long)limit.rlim_max);
	return why;
}

const char *limit_commit(unsigned long kib)
{
	unsigned long limit, used;
	FILE *f = fopen("/proc/sys/vm/overcommit_memory", "re");
	int mode = 0;

	if (f && fscanf(f, "%d", &mode) != 1)
		mode = 0;
	if (f)
		fclose(f);
	if (mode != 2)
		return NULL;
	limit = field("/proc/meminfo", "CommitLimit", 10, -1ul);
	used = field("/proc/meminfo", "Committed_AS", 10, 0);
	if (limit == -1ul || used + kib <= limit)
		return NULL;
	snprintf(why, sizeof(why), "%lu MiB of memory: vm.overcommit_memory is "
		 "2 and %lu MiB are left (vm.overcommit_ratio)", kib / 1024,
		 limit > used ? (limit - used) / 1024 : 0);
	return why;
}
