/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * undo-own - what the files of undo share, the lowest first
 *
 * undo-file reads and writes, undo-kind undoes one record, undo keeps the
 * journal; undo-lock needs none of these but the directory.
 */
#ifndef FORKPATH_UNDO_OWN_H
#define FORKPATH_UNDO_OWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define UNDO_MODULE	"forkpath"	/* the only one that is ours */

/* The directory that FORKPATH_JOURNAL_DIR names, or NULL. */
const char *undo_asked_for(void);

/* The directory, made if missing; only ours, only a directory. */
int undo_open_dir(bool make);

/* A small file without its last newlines: its length or -errno. */
int undo_read(int dir, const char *path, char *buf, size_t len);
int undo_write(const char *path, const char *value);

/* What a setting reads: of "always [madvise] never" the chosen word. */
int undo_read_setting(const char *path, char *buf, size_t len);

/* v1 hierarchy NAME, without controllers, on PATH. 0 or -errno. */
int undo_mount(const char *path, const char *name);

/* Unmount it, until the kernel has no hierarchy NAME. As undo_record(). */
int undo_forget(const char *path, const char *name, FILE *say);

/* 1: undone, 0: nothing left to undo, negative errno: could not. */
int undo_record(const char *record, FILE *say);

#endif
