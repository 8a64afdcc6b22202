// SPDX-License-Identifier: GPL-2.0-or-later
/* cpio - archives as the kernel unpacks them (newc, 070701) */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cpio.h"

#define HEAD	110		/* "070701" and 13 numbers of 8 digits */
#define TRAILER	"TRAILER!!!"

static void pad(struct text *t)
{
	text_add(t, "\0\0\0", -t->len & 3);
}

void cpio_add(struct text *archive, unsigned int *inode, const char *name,
	      mode_t mode, dev_t rdev, const char *data, size_t len)
{
	text_printf(archive, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x"
		    "%08x%08x%08x", (*inode)++, mode, 0, 0,
		    S_ISDIR(mode) ? 2 : 1, 0, (unsigned int)len, 0, 0,
		    major(rdev), minor(rdev), (unsigned int)strlen(name) + 1,
		    0);
	text_add(archive, name, strlen(name) + 1);
	pad(archive);
	text_add(archive, data, len);
	pad(archive);
}

void cpio_end(struct text *archive)
{
	unsigned int inode = 0;

	cpio_add(archive, &inode, TRAILER, 0, 0, "", 0);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* How much of NAME was sent, NULL without SENT; *FRESH: it was not there. */
static size_t *sent_of(struct cpio_sent *sent, const char *name, bool *fresh)
{
	*fresh = true;
	if (!sent)
		return NULL;
	for (unsigned int i = sent->names.nr; i-- > 0;) {
		if (!strcmp(sent->names.v[i], name)) {
			*fresh = false;
			return &sent->bytes[i];
		}
	}
	strv_add(&sent->names, xstrdup(name));
	sent->bytes = xrealloc(sent->bytes, sent->names.nr,
			       sizeof(*sent->bytes));
	sent->bytes[sent->names.nr - 1] = 0;
	return &sent->bytes[sent->names.nr - 1];
}

void cpio_sent_free(struct cpio_sent *sent)
{
	strv_free(&sent->names);
	free(sent->bytes);
	sent->bytes = NULL;
}

static int add_file(struct text *archive, unsigned int *inode, int dir,
		    const char *entry, const char *name,
		    struct cpio_sent *sent)
{
	int fd = openat(dir, entry, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct text t = { 0 };
	char buf[65536];
	size_t *before;
	ssize_t got;
	bool fresh;
	int ret = 0;

	if (fd < 0)
		return -errno;
	before = sent_of(sent, name, &fresh);
	if (before && *before)
		lseek(fd, *before, SEEK_SET);
	text_add(&t, "", 0);
	while ((got = read(fd, buf, sizeof(buf))) > 0)
		text_add(&t, buf, got);
	if (got < 0)
		ret = -errno;
	else if (fresh || t.len)
		cpio_add(archive, inode, name, S_IFREG | 0644, 0, t.s, t.len);
	if (before && !ret)
		*before += t.len;
	text_free(&t);
	close(fd);
	return ret;
}

int cpio_add_file(struct text *archive, unsigned int *inode, int dir,
		  const char *name, struct cpio_sent *sent)
{
	int ret = add_file(archive, inode, dir, name, name, sent);

	return ret == -ENOENT ? 0 : ret;
}

static int add_below(struct text *archive, unsigned int *inode, int dir,
		     const char *prefix, struct cpio_sent *sent)
{
	DIR *d = fdopendir(dir);
	struct strv names = { 0 };
	struct dirent *e;
	int ret = 0;

	if (!d) {
		ret = -errno;
		close(dir);
		return ret;
	}
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			strv_add(&names, xstrdup(e->d_name));
	if (names.nr)
		qsort(names.v, names.nr, sizeof(*names.v), by_name);
	for (unsigned int i = 0; i < names.nr && !ret; i++) {
		char *name = xprintf("%s%s", prefix, names.v[i]);
		char *below = xprintf("%s/", name);
		struct stat st;
		bool fresh;
		int sub;

		if (fstatat(dirfd(d), names.v[i], &st, AT_SYMLINK_NOFOLLOW)) {
			ret = -errno;
		} else if (S_ISDIR(st.st_mode)) {
			sent_of(sent, name, &fresh);
			if (fresh)
				cpio_add(archive, inode, name, S_IFDIR | 0755,
					 0, "", 0);
			sub = openat(dirfd(d), names.v[i], O_RDONLY |
				     O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			ret = sub < 0 ? -errno : add_below(archive, inode, sub,
							   below, sent);
		} else if (S_ISREG(st.st_mode)) {
			ret = add_file(archive, inode, dirfd(d), names.v[i],
				       name, sent);
		}
		free(name);
		free(below);
	}
	closedir(d);
	strv_free(&names);
	return ret;
}

int cpio_add_tree(struct text *archive, unsigned int *inode, int dir,
		  struct cpio_sent *sent)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : add_below(archive, inode, fd, "", sent);
}

/* --- reading ------------------------------------------------------------- */

static int number(const char *at, unsigned int *v)
{
	*v = 0;
	for (int i = 0; i < 8; i++) {
		char c = at[i];

		if (c >= '0' && c <= '9')
			*v = *v << 4 | (c - '0');
		else if (c >= 'a' && c <= 'f')
			*v = *v << 4 | (c - 'a' + 10);
		else
			return -EBADMSG;
	}
	return 0;
}

/* Relative, every component plain: not empty, not hidden, no controls. */
static bool name_ok(const char *name, size_t len)
{
	bool begins = true;

	if (!len || len >= PATH_MAX || strlen(name) != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = name[i];

		if (c < ' ' || c == 0x7f || (begins && (c == '/' || c == '.')))
			return false;
		begins = c == '/';
	}
	return !begins;
}

/* The directory NAME is in, never through a link; *LAST: the rest. */
static int parent_of(int dir, const char *name, const char **last)
{
	int at = openat(dir, ".", O_PATH | O_DIRECTORY | O_CLOEXEC), next;
	const char *slash;

	while (at >= 0 && (slash = strchr(name, '/'))) {
		char *part = xstrndup(name, slash - name);

		next = openat(at, part, O_PATH | O_DIRECTORY | O_NOFOLLOW |
			      O_CLOEXEC);
		free(part);
		close(at);
		at = next;
		name = slash + 1;
	}
	*last = name;
	return at < 0 ? -errno : at;
}

static int write_file(int at, const char *name, bool more, const char *data,
		      size_t len)
{
	int fd = openat(at, name, (more ? O_APPEND : O_CREAT | O_EXCL) |
			O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644), ret = 0;

	if (fd < 0)
		return -errno;
	while (len && !ret) {
		ssize_t put = write(fd, data, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0) {
			ret = -errno;
			break;
		}
		data += put;
		len -= put;
	}
	if (close(fd) && !ret)
		ret = -errno;
	return ret;
}

static bool has(const struct strv *names, const char *name)
{
	for (unsigned int i = 0; i < names->nr; i++)
		if (!strcmp(names->v[i], name))
			return true;
	return false;
}

/* MADE: the files that are there by an earlier member. */
static int unpack_one(int dir, const char *name, unsigned int mode,
		      const char *data, size_t len, struct strv *made,
		      char *why, size_t why_len)
{
	const char *last;
	int at, ret = 0;

	if (!S_ISREG(mode) && !S_ISDIR(mode)) {
		snprintf(why, why_len, "'%.200s' is no file and no directory",
			 name);
		return -EPERM;
	}
	at = parent_of(dir, name, &last);
	if (at < 0)
		ret = at;
	else if (S_ISREG(mode))
		ret = write_file(at, last, has(made, name), data, len);
	else if (mkdirat(at, last, 0755))
		ret = -errno;
	if (at >= 0)
		close(at);
	if (ret)
		snprintf(why, why_len, "%.200s: %s", name, strerror(-ret));
	else if (S_ISREG(mode) && !has(made, name))
		strv_add(made, xstrdup(name));
	return ret;
}

static int unpack(int dir, const char *archive, size_t len, struct strv *made,
		  char *why, size_t why_len)
{
	size_t at = 0;

	for (;;) {
		const char *head = archive + at, *name = head + HEAD;
		unsigned int mode, size, name_size;
		size_t data;
		int ret;

		if (len - at < HEAD || memcmp(head, "070701", 6) ||
		    number(head + 14, &mode) || number(head + 54, &size) ||
		    number(head + 94, &name_size))
			break;
		if (size > CPIO_FILE_MAX || !name_size ||
		    name_size > PATH_MAX)
			break;
		data = (at + HEAD + name_size + 3) & ~3ul;
		if (data > len || size > len - data || name[name_size - 1])
			break;
		if (!strcmp(name, TRAILER))
			return 0;
		if (!name_ok(name, name_size - 1)) {
			snprintf(why, why_len, "'%.200s' is no name for a file "
				 "of a results folder", name);
			one_line(why);
			return -EPERM;
		}
		ret = unpack_one(dir, name, mode, archive + data, size, made,
				 why, why_len);
		if (ret)
			return ret;
		at = (data + size + 3) & ~3ul;
		if (at > len)
			break;
	}
	snprintf(why, why_len, "no whole archive, broken at byte %zu of %zu",
		 at, len);
	return -EBADMSG;
}

int cpio_unpack(int dir, const char *archive, size_t len, char *why,
		size_t why_len)
{
	struct strv made = { 0 };
	int ret = unpack(dir, archive, len, &made, why, why_len);

	strv_free(&made);
	return ret;
}
