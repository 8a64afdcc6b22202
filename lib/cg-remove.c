// SPDX-License-Identifier: GPL-2.0-or-later
/* cg-remove - a group goes, with all that lives in and below it */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cg.h"
#include "cg-own.h"
#include "clock.h"
#include "kill.h"

/* Does cgroup.procs of directory *ARG list PID? */
static bool lists(pid_t pid, const void *arg)
{
	int fd = openat(*(const int *)arg, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	bool yes = false;
	long one;

	while (f && !yes && fscanf(f, "%ld", &one) == 1)
		yes = one == pid;
	if (f)
		fclose(f);
	else if (fd >= 0)
		close(fd);
	return yes;
}

/* One sweep of SIGKILL over the processes listed. Returns how many. */
static int kill_listed(int dir)
{
	int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC), n = 0;
	long pid;
	FILE *f;

	if (fd < 0)
		return -errno;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	while (fscanf(f, "%ld", &pid) == 1) {
		if (pid <= 1 || pid == getpid())
			continue;
		n++;
		kill_sure(pid, SIGKILL, lists, &dir);
		waitpid(pid, NULL, WNOHANG);	/* if it was a child of ours */
	}
	fclose(f);
	return n;
}

static int put(int dir, const char *file, const char *value)
{
	struct cg cg = { .dir = dir };

	return cg_write(&cg, file, value);
}

/*
 * Empty and remove the group NAME of directory AT, children first. A frozen
 * task does not die in v1, so thaw. v2 tells when it is empty, v1 does not
 * and is asked again.
 */
static int remove_at(int at, const char *name, uint64_t deadline)
{
	int dir = openat(at, name, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent *d;
	int ret = 0;
	DIR *list;

	if (dir < 0)
		return errno == ENOENT ? 0 : -errno;
	/* Threaded v2 groups below can only be killed from their domain. */
	put(dir, "cgroup.kill", "1");
	list = fdopendir(dup(dir));
	while (list && !ret && (d = readdir(list)))
		if (d->d_type == DT_DIR && d->d_name[0] != '.')
			ret = remove_at(dir, d->d_name, deadline);
	if (list)
		closedir(list);

	while (!ret) {
		struct pollfd p = { .fd = -1, .events = POLLPRI };
		char drop[64];

		put(dir, "freezer.state", "THAWED");
		if (put(dir, "cgroup.kill", "1"))
			kill_listed(dir);
		p.fd = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
		if (p.fd >= 0 && read(p.fd, drop, sizeof(drop)) < 0)
			drop[0] = '\0';
		if (!unlinkat(at, name, AT_REMOVEDIR) || errno == ENOENT) {
			if (p.fd >= 0)
				close(p.fd);
			break;
		}
		if (errno != EBUSY)
			ret = -errno;
		else if (clock_ns() > deadline)
			ret = -EBUSY;
		else
			poll(&p, 1, p.fd >= 0 ? 20 : 1);
		if (p.fd >= 0)
			close(p.fd);
		/* A v2 group killed as a whole leaves zombies to their parent. */
		kill_listed(dir);
	}
	close(dir);
	return ret;
}

int cg_remove(struct cg *cg, double seconds)
{
	int ret;

	if (cg_is_none(cg))
		return 0;
	cg_close(cg);
	ret = cg_remove_path(cg->path, seconds);
	return ret < 0 ? ret : 0;
}

int cg_remove_path(const char *path, double seconds)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	const char *below = NULL;
	size_t len = 0;
	struct cg_mount m;
	struct stat st;
	char top[PATH_MAX + 16];
	int at, ret;

	if (!f)
		return -errno;
	while (!below && cg_mount_next(f, &m)) {
		len = snprintf(top, sizeof(top), "%s/" CG_TOP, m.path);
		if (!strncmp(path, top, len) && path[len] == '/')
			below = path + len + 1;
	}
	fclose(f);
	if (!below || !*below || below[strspn(below, "0123456789abcdefghijklmno"
					      "pqrstuvwxyz-/")] ||
	    strstr(below, "//") || below[0] == '/')
		return -EBADMSG;

	at = open(top, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (at < 0)
		return errno == ENOENT ? 0 : -errno;
	ret = fstatat(at, below, &st, AT_SYMLINK_NOFOLLOW) ? 0 : 1;
	if (ret) {
		int error = remove_at(at, below,
				      clock_ns() + clock_from_s(seconds));

		ret = error ? error : 1;
	}
	close(at);
	/* The common top goes with the last run that uses it. */
	if (ret >= 0)
		rmdir(top);
	return ret;
}
