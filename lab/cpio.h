/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpio - archives as the kernel unpacks them (newc, 070701)
 *
 * One format for both directions: what goes into the guest (its initramfs)
 * and what comes back (a results folder). Writing is reproducible: time 0,
 * owner 0, inode numbers by order, so that equal files give equal bytes.
 * Reading trusts nothing: see cpio_unpack().
 */
#ifndef FORKPATH_CPIO_H
#define FORKPATH_CPIO_H

#include <stddef.h>
#include <sys/types.h>

#include "mem.h"

#define CPIO_FILE_MAX	(256u << 20)	/* bytes of one file that is read */

/*
 * Append one member: a directory, file, symbolic link (DATA is where it
 * leads) or character device (RDEV), by the type in MODE.
 */
void cpio_add(struct text *archive, unsigned int *inode, const char *name,
	      mode_t mode, dev_t rdev, const char *data, size_t len);

/* How much of which files an archive has that is made piece by piece. */
struct cpio_sent {
	struct strv	 names;
	size_t		*bytes;
};

/*
 * Append what is below DIR (a descriptor), sorted: 0 or -errno. With SENT
 * (NULL: none) only what is new since the last time; a file that has grown
 * gets one more member, with the rest of it.
 */
int cpio_add_tree(struct text *archive, unsigned int *inode, int dir,
		  struct cpio_sent *sent);

/* The same for one file NAME below DIR; what is not there is no error. */
int cpio_add_file(struct text *archive, unsigned int *inode, int dir,
		  const char *name, struct cpio_sent *sent);

void cpio_sent_free(struct cpio_sent *sent);

void cpio_end(struct text *archive);

/*
 * Unpack ARCHIVE below the directory DIR. Only files and directories with
 * relative names of plain components are made; nothing that exists is
 * replaced, but a second member of one name goes on with the file of the
 * first; no link is made or followed. Returns 0, or -errno with the reason
 * in WHY (-EBADMSG: not a whole archive, -EPERM: refused).
 */
int cpio_unpack(int dir, const char *archive, size_t len, char *why,
		size_t why_len);

#endif
