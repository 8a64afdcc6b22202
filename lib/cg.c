// SPDX-License-Identifier: GPL-2.0-or-later
/* cg - groups: made, read and written */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cg.h"
#include "cg-own.h"
#include "clock.h"
#include "undo.h"

int cg_write(const struct cg *cg, const char *file, const char *value)
{
	int fd = openat(cg->dir, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t len = strlen(value);
	ssize_t n;
	int ret = 0;

	if (fd < 0)
		return -errno;
	do
		n = write(fd, value, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		ret = -errno;
	else if ((size_t)n != len)
		ret = -EIO;
	close(fd);
	return ret;
}

int cg_write_pid(const struct cg *cg, const char *file, pid_t pid)
{
	char value[16];

	snprintf(value, sizeof(value), "%d", pid);
	return cg_write(cg, file, value);
}

int cg_open(const struct cg *cg, const char *file, int flags)
{
	int fd = openat(cg->dir, file, flags | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

int cg_read(const struct cg *cg, const char *file, char *buf, size_t len)
{
	int fd = cg_open(cg, file, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, buf, len - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return n;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return strlen(buf);
}

/* Is the word of LEN bytes in the blank-separated LIST? */
static bool has_word(const char *list, const char *word, size_t len)
{
	for (; *list; list += strspn(list, " ")) {
		size_t n = strcspn(list, " ");

		if (n == len && !memcmp(list, word, n))
			return true;
		list += n;
	}
	return false;
}

bool cg_offers(const struct cg *cg, const struct cg_hier *h, unsigned int *nr)
{
	const char *want = h->version == 2 ? h->controller : "";
	char has[1024] = "";
	bool all = true;

	if (h->version == 2)
		cg_read(cg, "cgroup.controllers", has, sizeof(has));
	for (; *want; want += strspn(want, "+")) {
		size_t n = strcspn(want, "+");

		all &= has_word(has, want, n);
		want += n;
	}
	if (nr)
		*nr = *has != '\0';
	for (char *c = has; nr && *c; c++)
		*nr += *c == ' ';
	return all;
}

long cg_count(const struct cg *cg, const char *file)
{
	int fd = cg_open(cg, file, O_RDONLY);
	static char buf[1 << 16];
	long lines = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++)
			lines += buf[i] == '\n';
	if (n < 0)
		lines = -errno;
	close(fd);
	return lines;
}

const char *cg_threads_file(const struct cg *cg)
{
	return cg->version == 1 ? "tasks" : "cgroup.threads";
}

bool cg_is_none(const struct cg *cg)
{
	return cg->dir < 0 || (!cg->dir && !*cg->path);
}

void cg_close(struct cg *cg)
{
	if (!cg_is_none(cg))
		close(cg->dir);
	cg->dir = -1;
}

static int open_group(struct cg *cg)
{
	cg->dir = open(cg->path, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return cg->dir < 0 ? -errno : 0;
}

/* A fresh v1 cpuset has no CPUs and no nodes: take those of the parent. */
static int fill_cpuset(const struct cg *parent, const struct cg *cg)
{
	static const char *const files[] = {
		"cpuset.cpus", "cpuset.mems", "cpus", "mems",
	};
	char value[4096];

	for (unsigned int i = 0; i < 4; i++) {
		int ret = cg_read(cg, files[i], value, sizeof(value));

		if (ret == -ENOENT || ret > 0)
			continue;
		if (!ret)
			ret = cg_read(parent, files[i], value, sizeof(value));
		if (ret > 0)
			ret = cg_write(cg, files[i], value);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int make(const struct cg_hier *h, const struct cg *parent,
		const char *name, struct cg *cg)
{
	int ret;

	cg->version = h->version;
	cg->dir = -1;
	if (snprintf(cg->path, sizeof(cg->path), "%s/%s", parent->path, name) >=
	    (int)sizeof(cg->path))
		return -ENAMETOOLONG;
	if (mkdirat(parent->dir, name, 0755) && errno != EEXIST)
		return -errno;
	ret = open_group(cg);
	if (!ret && h->version == 1)
		ret = fill_cpuset(parent, cg);
	return ret;
}

int cg_make(const struct cg_hier *h, const struct cg *parent,
	    const char *name, struct cg *cg)
{
	int ret = make(h, parent, name, cg);

	if (ret)
		cg_close(cg);
	return ret;
}

/* What enables the controllers of H: "+memory +pids"; "": none are. */
#define ENABLE_LEN (2 * sizeof(((struct cg_hier *)0)->controller))

static const char *what_enables(const struct cg_hier *h, char *value)
{
	char *to = value;

	if (h->version == 2 && *h->controller)
		*to++ = '+';
	for (const char *c = h->controller; h->version == 2 && *c; c++) {
		if (*c == '+')
			*to++ = ' ';
		*to++ = *c;
	}
	*to = '\0';
	return value;
}

/* BASE below ROOT, as cg_base() wants it. */
static int make_base(const struct cg_hier *h, const struct cg *root,
		     const char *name, struct cg *base)
{
	struct cg top = CG_NONE;
	char enable[ENABLE_LEN];
	int ret = make(h, root, CG_TOP, &top);

	what_enables(h, enable);
	if (!ret && *enable)
		ret = cg_write(&top, "cgroup.subtree_control", enable);
	if (!ret)
		ret = make(h, &top, name, base);
	if (!ret && *enable)
		ret = cg_write(base, "cgroup.subtree_control", enable);
	cg_close(&top);
	if (ret)
		cg_close(base);
	return ret;
}

/*
 * Containers may share a hierarchy, and have the same numbers: in any pid
 * namespace but the first, whose number is fixed, that of the namespace is
 * part of the name.
 */
static void base_name(char *name, size_t len)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) || st.st_ino == 0xeffffffc)
		snprintf(name, len, "%d", getpid());
	else
		snprintf(name, len, "%d-%lu", getpid(),
			 (unsigned long)st.st_ino);
}

int cg_base(const struct cg_hier *h, struct cg *base)
{
	struct cg root = CG_NONE;
	char name[32], path[PATH_MAX + 64];
	uint64_t deadline;
	int ret;

	base->dir = -1;
	ret = cg_is_own(h) ? undo_hierarchy(0) : 0;
	if (ret)
		return ret;
	root.version = h->version;
	snprintf(root.path, sizeof(root.path), "%s", h->mount);
	ret = open_group(&root);
	if (ret)
		return ret;

	base_name(name, sizeof(name));
	if (snprintf(path, sizeof(path), "%s/" CG_TOP "/%s", h->mount, name) >=
	    PATH_MAX)
		ret = -ENAMETOOLONG;
	if (!ret)
		ret = undo_cgroup(path);
	/*
	 * Whoever ends his run removes CG_TOP when it is empty, also now, and how
	 * many end is not ours to count: only time bounds the attempts.
	 */
	deadline = clock_ns() + clock_from_s(10);
	while (!ret) {
		ret = make_base(h, &root, name, base);
		if ((ret != -ENOENT && ret != -ENODEV) ||
		    clock_ns() > deadline)
			break;
		ret = 0;
	}
	cg_close(&root);
	return ret;
}

int cg_deep(const struct cg_hier *h, const struct cg *base,
	    unsigned long depth, struct cg *deep)
{
	char name[32], enable[ENABLE_LEN];
	int ret = 0;

	*deep = *base;
	deep->dir = dup(base->dir);
	what_enables(h, enable);
	for (unsigned long i = 0; i < depth && !ret; i++) {
		struct cg next;

		snprintf(name, sizeof(name), "depth%lu", i);
		ret = cg_make(h, deep, name, &next);
		if (!ret && *enable)
			ret = cg_write(&next, "cgroup.subtree_control", enable);
		cg_close(deep);
		*deep = next;
	}
	return ret;
}
