/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * folder - one results folder, results/<kernel>/<host>-<utc>/
 *
 * Everything inside is reached from its descriptor with O_NOFOLLOW: a
 * symbolic link put there by somebody else leads nowhere. Nothing speaks
 * but folder_new() and folder_open(), which give up: once, on stderr.
 *
 * What belongs to the one who called sudo stays his: root measures into a
 * folder of root's, in which nobody else can plant anything, and gives it in
 * the end to the owner of the checkout, or to whom it was before.
 */
#ifndef FORKPATH_FOLDER_H
#define FORKPATH_FOLDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "mem.h"

struct folder {
	int	 fd;		/* -1: none */
	char	*path;		/* as it is to be called, for people */
	bool	 give;		/* to OWNER, by folder_give() */
	uid_t	 uid;
	gid_t	 gid;
};

/*
 * Make the folder: OUT (new, or an empty directory) or, if NULL, below
 * RESULTS by kernel (RELEASE; NULL: the running one), host and time; `latest`
 * in RESULTS then points to it. Returns an exit code.
 */
int folder_new(struct folder *f, const char *results, const char *release,
	       const char *out);

/* Directory PATH, for folders to be made in; the owner's. Says nothing. */
void folder_make_parent(const char *path);

/* Could OUT be made later? Nothing is left of the try. Returns an exit code. */
int folder_check(const char *out);

/* Open the folder PATH of an earlier run. Returns an exit code. */
int folder_open(struct folder *f, const char *path);

/* S as part of a file name: other than [A-Za-z0-9._+-] becomes '_'. */
char *folder_word(const char *s);

/* All of NAME. 0 or -errno. */
int folder_read(const struct folder *f, const char *name, struct text *t);

/* NAME is TEXT afterwards, synced, or is as it was before. 0 or -errno. */
int folder_write(const struct folder *f, const char *name, const char *text,
		 size_t len);

/* Open NAME to append to it. Returns a descriptor or -errno. */
int folder_append(const struct folder *f, const char *name);

/*
 * One write(2) of TEXT to the end of FD, and fsync. What could be written
 * only in part is taken back: the file is longer by TEXT or not at all.
 * 0 or -errno.
 */
int append_whole(int fd, const char *text, size_t len);

/* -EROFS, -ENOSPC (less than 64 KiB left) or 0. */
int folder_room(const struct folder *f);

/* F and what root has made in it to the owner; nothing else, no link. */
void folder_give(struct folder *f);

void folder_close(struct folder *f);	/* and give */

#endif
