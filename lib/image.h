/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image - the smallest static programs there are, to be executed
 *
 * What execve(2) costs depends on what is executed. An image is an ELF file
 * of one page in anonymous memory: no interpreter, no relocation, no libc, a
 * handful of instructions. The status it exits with is in its code and
 * nowhere else, so whoever sees it knows that the image has run.
 */
#ifndef FORKPATH_IMAGE_H
#define FORKPATH_IMAGE_H

enum image { IMAGE_EXIT, IMAGE_WAIT };	/* exits at once; waits for a signal */

/* NULL, or why there are no images on this machine. */
const char *image_missing(void);

/* A descriptor (close-on-exec) of one that exits with STATUS, or -errno. */
int image_make(enum image what, unsigned char status);

/* Execute it in place of this process. Returns only to fail: -errno. */
int image_exec(int fd);

#endif
