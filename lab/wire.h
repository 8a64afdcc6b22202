/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire - what the guest says over its second serial port
 *
 * Frames: a head of 20 bytes, `T LLLLLLLL CCCCCCCC\n` (type, length, CRC-32
 * of the body, both in hexadecimal), then the body. A line that loses or
 * changes a byte is noticed. Types:
 *
 *   h  init runs; the body is the release of its kernel
 *   b  init still runs (once a second)
 *   o  e  output, errors of the command
 *   a  a piece of the archive of results (cpio); an empty one: what has come
 *      so far is whole
 *   k  a piece of the kernel log
 *   f  it cannot be done; the body says why
 *   x  the command has ended; the body is its exit status
 */
#ifndef FORKPATH_WIRE_H
#define FORKPATH_WIRE_H

#include <stdint.h>

#include "mem.h"

#define WIRE_BODY_MAX	(64u << 10)

/* Write BODY to FD, in as many frames as it takes. 0 or -errno. */
int wire_put(int fd, char type, const char *body, size_t len);

/* Bytes that came, and where to look for the next frame. */
struct wire {
	struct text	in;
	size_t		at;
};

void wire_add(struct wire *w, const char *bytes, size_t len);

/*
 * The next frame: 1 (BODY is valid until the next call of either), 0 if it is
 * not whole yet, -EBADMSG if these are no frames.
 */
int wire_next(struct wire *w, char *type, const char **body, size_t *len);

void wire_free(struct wire *w);

#endif
