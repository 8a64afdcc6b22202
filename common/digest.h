/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * digest - are these the same bytes? 64 bits that say so
 *
 * For what changed by mistake, not by malice: FNV-1a by words of eight bytes.
 * The pieces are part of it: what is compared is added in the same ones.
 */
#ifndef FORKPATH_DIGEST_H
#define FORKPATH_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_NONE	0xcbf29ce484222325ull	/* of nothing */

uint64_t digest_add(uint64_t digest, const void *data, size_t len);

/* The file PATH, added to *DIGEST. 0 or -errno. */
int digest_file(uint64_t *digest, const char *path);

/* As it is recorded: 16 hexadecimal digits; to be freed. */
char *digest_text(uint64_t digest);

#endif
