// SPDX-License-Identifier: GPL-2.0-or-later
/* stress-see - what is in a cgroup, as the kernel shows it */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "stress.h"

#define PF_EXITING 4	/* field 9 of /proc/PID/stat */

const char *stress_path(const struct cg *cg)
{
	size_t len = strlen(stress_hier.mount);

	return cg->path + (len > 1 ? len : 0);
}

int stress_where(pid_t group, pid_t tid, char *path, size_t len)
{
	char file[64], line[PATH_MAX + 256];
	const char *below;
	int ret = -ESRCH;
	FILE *f;

	snprintf(file, sizeof(file), "/proc/%d/task/%d/cgroup", group, tid);
	f = fopen(file, "re");
	if (!f)
		return -errno;
	while (ret && fgets(line, sizeof(line), f)) {
		char *list = strchr(line, ':'), *to;

		to = list ? strchr(list + 1, ':') : NULL;
		if (!to)
			continue;
		*to++ = '\0';
		list++;
		if (stress_hier.version == 2 ? *list :
		    !cg_option(list, stress_hier.controller))
			continue;
		to[strcspn(to, "\n")] = '\0';
		below = cg_below(stress_hier.root, to);
		snprintf(path, len, "%s%s", below ? "" : "..",
			 below ? below : to);
		ret = 0;
	}
	fclose(f);
	return ret;
}

long stress_ids(const struct cg *cg, const char *file, pid_t *id, long max)
{
	int fd = cg_open(cg, file, O_RDONLY);
	long n = 0;
	FILE *f;

	if (fd < 0)
		return fd;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	while (n < max && fscanf(f, "%d", &id[n]) == 1)
		n++;
	if (ferror(f))
		n = -errno;
	fclose(f);
	return n;
}

static long list_threads(pid_t group, pid_t *id, long max)
{
	char path[64];
	struct dirent *d;
	long n = 0;
	DIR *list;

	snprintf(path, sizeof(path), "/proc/%d/task", group);
	list = opendir(path);
	if (!list)
		return -errno;
	while (n < max && (d = readdir(list)))
		if (*d->d_name != '.')
			id[n++] = atoi(d->d_name);
	closedir(list);
	return n;
}

/*
 * While a thread execs and becomes the leader, what was looked up in /proc
 * just before may be the old leader: it has no threads, or is not there.
 */
long stress_threads(pid_t group, pid_t *id, long max)
{
	struct turn t = { 0 };
	long n;

	do
		n = list_threads(group, id, max);
	while ((!n || n == -ENOENT || n == -ESRCH) && !kill(group, 0) &&
	       !stress_overdue(&t));
	return n;
}

bool stress_lives(pid_t group, pid_t tid)
{
	char path[64], stat[512], *p;
	unsigned int flags;
	char state;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", group, tid);
	f = fopen(path, "re");
	if (!f)
		return false;
	p = fgets(stat, sizeof(stat), f);
	fclose(f);
	p = p ? strrchr(stat, ')') : NULL;
	return p && sscanf(p + 1, " %c %*d %*d %*d %*d %*d %u", &state,
			   &flags) == 2 && !(flags & PF_EXITING);
}

int stress_left(const struct cg *from, pid_t group)
{
	pid_t id[256];
	long n = stress_ids(from, cg_threads_file(from), id, 256);
	char path[PATH_MAX];

	if (n < 0)
		return stress_failed(n, "%s: %s", from->path,
				     cg_threads_file(from));
	for (long i = 0; i < n; i++) {
		/* In this order: a number may have passed to a new thread. */
		if (!stress_lives(group, id[i]) ||
		    stress_where(group, id[i], path, sizeof(path)) ||
		    strcmp(path, stress_path(from)))
			continue;
		return stress_broke("thread %d of %d is still in %s/%s, with "
				    "%ld listed there, after the move", id[i],
				    group, from->path, cg_threads_file(from),
				    n);
	}
	return 0;
}

/* That of the hierarchy, which may be above the mount, or the namespace. */
static bool is_top(const char *path)
{
	return !path[strspn(path, "./")];
}

/*
 * Is thread TID of GROUP elsewhere? Its PATH then. In this order: whoever was
 * alive was moved, while the cgroup that was read first may be that of a leader
 * on its way out, whose number a thread that execs has by now. A thread that is
 * being born is listed before it has a cgroup, which reads as that at the top:
 * it is given time to get one, as is one that ends in between.
 */
static bool astray(const struct cg *cg, pid_t group, pid_t tid, char *path)
{
	struct turn t = { 0 };

	for (;;) {
		if (!stress_lives(group, tid) ||
		    stress_where(group, tid, path, PATH_MAX) ||
		    !strcmp(path, stress_path(cg)))
			return false;
		if (!is_top(path) || stress_overdue(&t))
			return true;
	}
}

int stress_all_in(const struct cg *cg, pid_t group)
{
	static __thread pid_t id[4096];
	long n = stress_threads(group, id, 4096);
	char path[PATH_MAX];

	if (n < 0)
		return stress_broke("process %d is gone: %s", group,
				    strerror(-n));
	for (long i = 0; i < n; i++)
		if (astray(cg, group, id[i], path))
			return stress_broke("/proc/%d/task/%d/cgroup: %s, not "
					    "%s", group, id[i], path,
					    stress_path(cg));
	return 0;
}

long stress_value(const struct cg *cg, const char *file, const char *key)
{
	int fd = cg_open(cg, file, O_RDONLY);
	char line[256];
	long v = -ENOENT;
	size_t len = key ? strlen(key) : 0;
	FILE *f;

	if (fd < 0)
		return fd;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	while (v == -ENOENT && fgets(line, sizeof(line), f))
		if (!key || (!strncmp(line, key, len) && line[len] == ' '))
			v = strtol(line + len, NULL, 10);
	fclose(f);
	return v;
}

int stress_empty(const struct cg *cg)
{
	struct turn t = { 0 };

	while (cg_threads(cg))
		if (stress_overdue(&t))
			return -ETIMEDOUT;
	return 0;
}
