/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner - whoever reads a folder of somebody's is that somebody
 *
 * Nothing here needs root. Who calls it as root (sudo ./run.sh) reads and
 * writes in folders in which others can put links, and starts programs there:
 * they gain nothing by it if it is done with their rights.
 */
#ifndef FORKPATH_OWNER_H
#define FORKPATH_OWNER_H

#include <stddef.h>

/*
 * Root becomes, for good, the owner of directory FD if that is somebody else.
 * 0 or -errno: then nothing may be read there.
 */
int owner_become(int fd);

/* The same for PATH, before it is searched. What is no directory is let be. */
int owner_enter(const char *path, char *why, size_t len);

/* Folder PATH to write to, made if missing, and entered: its fd; or -errno. */
int owner_folder(const char *path, char *why, size_t len);

#endif
