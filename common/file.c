// SPDX-License-Identifier: GPL-2.0-or-later
/* file - a file that is there whole or not at all */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "mem.h"

int file_folder(int dirfd, const char *name)
{
	int fd;

	if (mkdirat(dirfd, name, 0777) && errno != EEXIST)
		return -errno;
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		    O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int file_new(struct file_new *f, int dirfd, const char *name)
{
	f->fd = -1;
	f->dirfd = dirfd;
	if (snprintf(f->name, sizeof(f->name), "%s", name) >=
	    (int)sizeof(f->name))
		return -ENAMETOOLONG;
	snprintf(f->temp, sizeof(f->temp), ".%s.%d", name, (int)getpid());
	for (int i = 0; i < 2; i++) {
		f->fd = openat(dirfd, f->temp, O_WRONLY | O_CREAT | O_EXCL |
			       O_NOFOLLOW | O_CLOEXEC, 0666);
		/* Left by a process of our number that was killed. */
		if (f->fd < 0 && errno == EEXIST)
			unlinkat(dirfd, f->temp, 0);
		else
			break;
	}
	return f->fd < 0 ? -errno : 0;
}

static int write_all(struct file_new *f, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(f->fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= n;
	}
	return 0;
}

int file_keep(struct file_new *f)
{
	int ret = close(f->fd) ? -errno : 0;

	f->fd = -1;
	if (!ret && renameat(f->dirfd, f->temp, f->dirfd, f->name))
		ret = -errno;
	if (ret)
		unlinkat(f->dirfd, f->temp, 0);
	return ret;
}

void file_drop(struct file_new *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	unlinkat(f->dirfd, f->temp, 0);
}

int file_put(int dirfd, const char *name, const char *text, size_t len)
{
	struct file_new f;
	int ret = file_new(&f, dirfd, name);

	if (ret)
		return ret;
	ret = write_all(&f, text, len);
	if (ret)
		file_drop(&f);
	else
		ret = file_keep(&f);
	return ret;
}

/* "lat/0001.lat" below DIRFD, if it is a regular file; fd or -errno. */
static int open_regular(int dirfd, const char *name, struct stat *st)
{
	const char *slash = strchr(name, '/');
	char folder[64];
	int sub = -1, fd, ret = 0;

	if (slash) {
		if (slash - name >= (long)sizeof(folder) || strchr(slash + 1, '/'))
			return -EINVAL;
		memcpy(folder, name, slash - name);
		folder[slash - name] = 0;
		sub = openat(dirfd, folder, O_RDONLY | O_DIRECTORY |
			     O_NOFOLLOW | O_CLOEXEC);
		if (sub < 0)
			return -errno;
	}
	/* NONBLOCK: a fifo in the folder must not hang us. */
	fd = openat(slash ? sub : dirfd, slash ? slash + 1 : name, O_RDONLY |
		    O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, st))
		ret = -errno;
	else if (!S_ISREG(st->st_mode))
		ret = -EINVAL;
	if (sub >= 0)
		close(sub);
	if (ret && fd >= 0)
		close(fd);
	return ret ? ret : fd;
}

/* All of FD into *TEXT of ROOM bytes, which grows up to MAX. */
static int read_all(int fd, size_t room, size_t max, char **text, size_t *len)
{
	for (;;) {
		ssize_t n = read(fd, *text + *len, room - *len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		*len += n;
		(*text)[*len] = 0;
		if (!n)
			return 0;
		if (*len == room) {	/* it grows while we read */
			if (room >= max)
				return -EFBIG;
			room *= 2;
			*text = xrealloc(*text, room + 1, 1);
		}
	}
}

int file_read(int dirfd, const char *name, size_t max, char **text,
	      size_t *len)
{
	struct stat st;
	int fd = open_regular(dirfd, name, &st), ret = -EFBIG;

	*text = NULL;
	*len = 0;
	if (fd < 0)
		return fd;
	if ((size_t)st.st_size <= max) {
		*text = mem_get(st.st_size + 2, 1);
		ret = read_all(fd, st.st_size + 1, max, text, len);
	}
	close(fd);
	if (ret) {
		free(*text);
		*text = NULL;
	}
	return ret;
}

const char *file_why(int ret)
{
	return ret == -ELOOP ? "a symbolic link" :
	       ret == -EINVAL ? "not a regular file" :
	       ret == -EFBIG ? "too large" : strerror(-ret);
}
