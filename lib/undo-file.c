// SPDX-License-Identifier: GPL-2.0-or-later
/* undo-file - the directory of the journals, and small files */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "undo.h"
#include "undo-own.h"

const char *undo_root = "";

const char *undo_asked_for(void)
{
	const char *dir = getenv("FORKPATH_JOURNAL_DIR");

	return dir && *dir ? dir : NULL;
}

const char *undo_dir(char *buf, size_t len)
{
	const char *home = getenv("XDG_RUNTIME_DIR");
	size_t n;

	if (undo_asked_for())
		n = snprintf(buf, len, "%s", undo_asked_for());
	else if (!geteuid())
		n = snprintf(buf, len, "/run/forkpath");
	else
		n = home && *home ? snprintf(buf, len, "%s/forkpath", home) : 0;
	errno = n ? ENAMETOOLONG : ENOENT;
	return n && n < len ? buf : NULL;
}

/* The directory, made if missing; only ours, only a directory. */
int undo_open_dir(bool make)
{
	char path[PATH_MAX - 64];
	struct stat st;
	int fd;

	if (!undo_dir(path, sizeof(path)))
		return -errno;
	if (make && mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	fd = open(path, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || st.st_uid != geteuid() || st.st_mode & 022) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

int undo_read(int dir, const char *path, char *buf, size_t len)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, len - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return n;
	while (n && (buf[n - 1] == '\n' || buf[n - 1] == ' '))
		n--;
	buf[n] = '\0';
	return n;
}

int undo_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;
	int ret = 0;

	if (fd < 0)
		return -errno;
	n = write(fd, value, strlen(value));
	if (n < 0)
		ret = -errno;
	else if ((size_t)n != strlen(value))
		ret = -EIO;
	close(fd);
	return ret;
}

/* What a setting reads: of "always [madvise] never" the chosen word. */
int undo_read_setting(const char *path, char *buf, size_t len)
{
	int n = undo_read(AT_FDCWD, path, buf, len);
	char *open = n > 0 ? strchr(buf, '[') : NULL;
	char *close = open ? strchr(open, ']') : NULL;

	if (!close)
		return n;
	*close = '\0';
	memmove(buf, open + 1, close - open);
	return close - open - 1;
}

unsigned long long undo_starttime(pid_t pid)
{
	unsigned long long start = 0;
	char path[64], buf[1024], *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (undo_read(AT_FDCWD, path, buf, sizeof(buf)) <= 0)
		return 0;
	/* Field 22; the name in field 2 may hold anything, so from its end. */
	p = strrchr(buf, ')');
	if (!p || sscanf(p + 1, " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
			 " %*s %*s %*s %*s %*s %*s %*s %*s %llu", &start) != 1)
		return 0;
	return start;
}
