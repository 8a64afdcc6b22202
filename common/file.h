/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file - a file that is there whole or not at all
 *
 * Written under another name in the same folder, then renamed over NAME.
 * A symbolic link called NAME is replaced, never followed. Functions return
 * 0 or -errno; after file_new() comes file_keep() or file_drop(), once.
 */
#ifndef FORKPATH_FILE_H
#define FORKPATH_FILE_H

#include <stddef.h>

struct file_new {
	int	 fd, dirfd;
	char	 temp[160], name[150];
};

/* Folder NAME below DIRFD, made if missing; no link is followed. fd. */
int file_folder(int dirfd, const char *name);

int file_new(struct file_new *f, int dirfd, const char *name);
int file_keep(struct file_new *f);
void file_drop(struct file_new *f);

/* All of it at once: LEN bytes of TEXT. */
int file_put(int dirfd, const char *name, const char *text, size_t len);

/*
 * Regular file NAME (at most one folder deep, "lat/0001.lat") below DIRFD,
 * no symbolic link on the way, into *TEXT with a NUL behind it. Returns 0 or
 * -errno (-EFBIG above MAX, -ELOOP for a link, -EINVAL if not regular), which
 * file_why() says in words.
 */
int file_read(int dirfd, const char *name, size_t max, char **text,
	      size_t *len);
const char *file_why(int ret);

#endif
