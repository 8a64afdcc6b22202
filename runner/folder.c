// SPDX-License-Identifier: GPL-2.0-or-later
/* folder - one results folder, results/<kernel>/<host>-<utc>/ */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "err.h"
#include "file.h"
#include "folder.h"
#include "tree.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

char *folder_word(const char *s)
{
	char *word = xstrdup(*s ? s : "unknown");

	for (char *p = word; *p; p++)
		if (!(*p >= '0' && *p <= '9') && !(*p >= 'A' && *p <= 'Z') &&
		    !(*p >= 'a' && *p <= 'z') && !strchr("._+-", *p))
			*p = '_';
	if (*word == '.' || *word == '-')
		*word = '_';
	if (strlen(word) > 100)
		word[100] = '\0';
	return word;
}

static bool is_empty(int fd)
{
	int copy = openat(fd, ".", DIR_FLAGS);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;
	bool empty = d;

	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			empty = false;
	if (d)
		closedir(d);
	return empty;
}

/* Who owns the checkout owns what is measured in it. */
static void owner_of_tree(uid_t *uid, gid_t *gid)
{
	char *top = tree_path(".");
	struct stat st;

	*uid = geteuid();
	*gid = getegid();
	if (!geteuid() && !stat(top, &st)) {
		*uid = st.st_uid;
		*gid = st.st_gid;
	}
	free(top);
}

/* A directory that this process has just made, and nothing is in it. */
static bool is_fresh(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_uid == geteuid() && is_empty(fd);
}

/* NAME in DIR as a directory of its own, never through a link. */
static int subdir(int dir, const char *name, bool fresh)
{
	bool made = !mkdirat(dir, name, 0755);
	uid_t uid;
	gid_t gid;
	int fd;

	if (!made && (fresh || errno != EEXIST))
		return -errno;
	fd = openat(dir, name, DIR_FLAGS | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	owner_of_tree(&uid, &gid);
	if (made && !fresh && uid != geteuid() && is_fresh(fd) &&
	    fchown(fd, uid, gid)) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

static int folder_parent(const char *path)
{
	int fd = subdir(AT_FDCWD, path, false);

	/* One that was there may be a link to a big disk. */
	if (fd == -ELOOP || fd == -ENOTDIR)
		fd = open(path, DIR_FLAGS);
	return fd == -1 ? -errno : fd;
}

/* Directories below FD of user UID become root's: nobody plants a link there. */
static void take_below(int fd, uid_t uid)
{
	int copy = openat(fd, ".", DIR_FLAGS);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;
	struct stat st;

	while (d && (e = readdir(d))) {
		int at;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		at = openat(fd, e->d_name, DIR_FLAGS | O_NOFOLLOW);
		if (at < 0)
			continue;
		if (!fstat(at, &st) && st.st_uid == uid && !fchown(at, 0, 0))
			take_below(at, uid);
		close(at);
	}
	if (d)
		closedir(d);
}

void folder_make_parent(const char *path)
{
	int fd = folder_parent(path);

	if (fd >= 0)
		close(fd);
}

/* To whom F goes in the end. One that was somebody else's is root's so long. */
static int take(struct folder *f, bool made)
{
	struct stat st;

	if (geteuid())
		return 0;
	if (fstat(f->fd, &st))
		return -errno;
	owner_of_tree(&f->uid, &f->gid);
	if (!made && st.st_uid) {
		f->uid = st.st_uid;
		f->gid = st.st_gid;
		if (fchown(f->fd, 0, 0))
			return -errno;
		take_below(f->fd, st.st_uid);
	}
	f->give = f->uid != 0;
	return 0;
}

/* What is in directory FD, then FD. What cannot be given stays root's. */
static void give(int fd, uid_t uid, gid_t gid)
{
	int copy = openat(fd, ".", DIR_FLAGS);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;
	struct stat st;

	while (d && (e = readdir(d))) {
		int at;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		at = openat(fd, e->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
			    O_CLOEXEC);
		if (at < 0)
			continue;
		/* Another name of a file may be anywhere. */
		if (fstat(at, &st) || st.st_uid != geteuid())
			st.st_mode = 0;
		if (S_ISDIR(st.st_mode))
			give(at, uid, gid);
		else if (S_ISREG(st.st_mode) && st.st_nlink == 1 &&
			 fchown(at, uid, gid))
			err_say("%s: cannot be given to user %ld: %s",
				e->d_name, (long)uid, strerror(errno));
		close(at);
	}
	if (d)
		closedir(d);
	if (fchown(fd, uid, gid))
		err_say("a results folder cannot be given to user %ld: %s",
			(long)uid, strerror(errno));
}

void folder_give(struct folder *f)
{
	if (f->fd >= 0 && f->give)
		give(f->fd, f->uid, f->gid);
	f->give = false;
}

static int new_at(struct folder *f, const char *out)
{
	bool made = !mkdir(out, 0755);
	int ret;

	if (made || errno == EEXIST)
		f->fd = open(out, DIR_FLAGS);
	if (f->fd < 0) {
		int err = errno;

		err_say("%s: %s", out, strerror(err));
		return err == ENOENT || err == ENOTDIR ? EXIT_BAD : EXIT_FAIL;
	}
	if (!is_empty(f->fd)) {
		err_say("%s: is not empty; --out takes a new folder, --resume "
			"goes on with an old one", out);
		return EXIT_BAD;
	}
	ret = take(f, made);
	if (ret) {
		err_say("%s: %s", out, strerror(-ret));
		return EXIT_FAIL;
	}
	f->path = xstrdup(out);
	return EXIT_OK;
}

int folder_check(const char *out)
{
	struct folder f = { .fd = -1 };
	bool made = !mkdir(out, 0755);
	int ret = new_at(&f, out);

	folder_give(&f);
	folder_close(&f);
	if (made)
		rmdir(out);
	return ret;
}

/* The name is ours as long as it is a link; a directory stays. */
static void point_latest(int results, const char *to)
{
	struct stat st;

	if (!fstatat(results, "latest", &st, AT_SYMLINK_NOFOLLOW) &&
	    !S_ISLNK(st.st_mode))
		return;
	unlinkat(results, ".latest.new", 0);
	if (!symlinkat(to, results, ".latest.new") &&
	    renameat(results, ".latest.new", results, "latest"))
		unlinkat(results, ".latest.new", 0);
}

static int new_below(struct folder *f, const char *results,
		     const char *kernel_release)
{
	struct utsname un;
	struct tm tm;
	time_t t = time(NULL);
	int top = -1, kernel = -1, ret = EXIT_FAIL;
	char utc[32], *name = NULL, *release, *host, *where = NULL;

	uname(&un);
	gmtime_r(&t, &tm);
	strftime(utc, sizeof(utc), "%Y%m%dT%H%M%SZ", &tm);
	release = folder_word(kernel_release ? kernel_release : un.release);
	host = folder_word(un.nodename);
	top = folder_parent(results);
	if (top < 0) {
		errno = -top;
		goto fail;
	}
	kernel = subdir(top, release, false);
	if (kernel < 0) {
		errno = -kernel;
		goto fail;
	}
	for (int i = 1; i < 100; i++) {
		free(name);
		name = i > 1 ? xprintf("%s-%s.%d", host, utc, i) :
			       xprintf("%s-%s", host, utc);
		f->fd = subdir(kernel, name, true);
		if (f->fd != -EEXIST)
			break;
	}
	if (f->fd < 0) {
		errno = -f->fd;
		f->fd = -1;
		goto fail;
	}
	errno = -take(f, true);
	if (errno)
		goto fail;
	f->path = xprintf("%s/%s/%s", results, release, name);
	where = xprintf("%s/%s", release, name);
	point_latest(top, where);
	ret = EXIT_OK;
	goto out;
fail:
	err_say("%s/%s: %s", results, release, strerror(errno));
out:
	if (top >= 0)
		close(top);
	if (kernel >= 0)
		close(kernel);
	free(name);
	free(where);
	free(release);
	free(host);
	return ret;
}

int folder_new(struct folder *f, const char *results, const char *release,
	       const char *out)
{
	*f = (struct folder){ .fd = -1 };
	return out ? new_at(f, out) : new_below(f, results, release);
}

int folder_open(struct folder *f, const char *path)
{
	char *real = realpath(path, NULL);

	*f = (struct folder){ .fd = real ? open(real, DIR_FLAGS) : -1 };
	errno = f->fd < 0 ? errno : -take(f, false);
	if (errno) {
		err_say("%s: %s; a results folder would be right", path,
			strerror(errno));
		folder_close(f);
		free(real);
		return EXIT_BAD;
	}
	f->path = real;
	return EXIT_OK;
}

int folder_read(const struct folder *f, const char *name, struct text *t)
{
	scoped char *text = NULL;
	size_t len;
	int ret = file_read(f->fd, name, SIZE_MAX, &text, &len);

	*t = (struct text){ 0 };
	if (!ret)
		text_add(t, text, len);
	return ret;
}

int append_whole(int fd, const char *text, size_t len)
{
	struct stat st;
	ssize_t put;
	int ret;

	if (fstat(fd, &st))
		return -errno;
	put = write(fd, text, len);
	if (put == (ssize_t)len && !fsync(fd))
		return 0;
	/* Signals are blocked while we are awake: what is in the way of the rest? */
	if (put >= 0 && put < (ssize_t)len &&
	    write(fd, text + put, len - put) >= 0)
		errno = ENOSPC;
	ret = -errno;
	if (put > 0 && ftruncate(fd, st.st_size))
		ret = -errno;
	return ret;
}

int folder_write(const struct folder *f, const char *name, const char *text,
		 size_t len)
{
	char *tmp = xprintf(".%s.new", name);
	int fd, ret;

	unlinkat(f->fd, tmp, 0);
	fd = openat(f->fd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
		    O_CLOEXEC, 0644);
	ret = fd < 0 ? -errno : append_whole(fd, text, len);
	if (fd >= 0)
		close(fd);
	if (!ret && renameat(f->fd, tmp, f->fd, name))
		ret = -errno;
	if (ret && fd >= 0)
		unlinkat(f->fd, tmp, 0);
	free(tmp);
	return ret;
}

int folder_append(const struct folder *f, const char *name)
{
	int fd = openat(f->fd, name, O_WRONLY | O_CREAT | O_APPEND |
			O_NOFOLLOW | O_CLOEXEC, 0644);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

int folder_room(const struct folder *f)
{
	struct statvfs v;

	if (fstatvfs(f->fd, &v))
		return -errno;
	if (v.f_flag & ST_RDONLY)
		return -EROFS;
	/* File systems without a size (ramfs) say 0 blocks. */
	return v.f_blocks && (unsigned long long)v.f_bavail * v.f_frsize <
			     65536 && geteuid() ? -ENOSPC :
	       v.f_blocks && (unsigned long long)v.f_bfree * v.f_frsize <
			     65536 ? -ENOSPC : 0;
}

void folder_close(struct folder *f)
{
	folder_give(f);
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	*f = (struct folder){ .fd = -1 };
}
