// SPDX-License-Identifier: GPL-2.0-or-later
/* btf - how large a structure of the running kernel is */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "btf.h"

#define MAGIC	0xeb9f
#define STRUCT	4
#define CHUNK	(1ul << 20)

struct header {
	uint16_t	magic;
	uint8_t		version, flags;
	uint32_t	hdr_len;	/* the offsets count from there */
	uint32_t	type_off, type_len, str_off, str_len;
};

struct type {
	uint32_t	name, info, size;
};

/* Bytes behind a type: some, and some for each of its members. */
static const struct {
	uint8_t	known, once, each;
} tail[] = {
	[1]	= { 1, 4, 0 },		/* INT */
	[2]	= { 1, 0, 0 },		/* PTR */
	[3]	= { 1, 12, 0 },		/* ARRAY */
	[4]	= { 1, 0, 12 },		/* STRUCT */
	[5]	= { 1, 0, 12 },		/* UNION */
	[6]	= { 1, 0, 8 },		/* ENUM */
	[7]	= { 1, 0, 0 },		/* FWD */
	[8]	= { 1, 0, 0 },		/* TYPEDEF */
	[9]	= { 1, 0, 0 },		/* VOLATILE */
	[10]	= { 1, 0, 0 },		/* CONST */
	[11]	= { 1, 0, 0 },		/* RESTRICT */
	[12]	= { 1, 0, 0 },		/* FUNC */
	[13]	= { 1, 0, 8 },		/* FUNC_PROTO */
	[14]	= { 1, 4, 0 },		/* VAR */
	[15]	= { 1, 0, 12 },		/* DATASEC */
	[16]	= { 1, 0, 0 },		/* FLOAT */
	[17]	= { 1, 4, 0 },		/* DECL_TAG */
	[18]	= { 1, 0, 0 },		/* TYPE_TAG */
	[19]	= { 1, 0, 12 },		/* ENUM64 */
};

/* Is [OFF, OFF + SIZE) within LEN bytes behind HDR? */
static int within(const struct header *h, size_t len, uint32_t off,
		  uint32_t size)
{
	return (uint64_t)h->hdr_len + off + size <= len;
}

long btf_find(const void *blob, size_t len, const char *name)
{
	const char *strings, *at, *end;
	struct header h;
	size_t need = strlen(name) + 1;

	if (len < sizeof(h))
		return -EINVAL;
	memcpy(&h, blob, sizeof(h));
	if (h.magic != MAGIC || h.version != 1 || h.hdr_len < sizeof(h) ||
	    !within(&h, len, h.type_off, h.type_len) ||
	    !within(&h, len, h.str_off, h.str_len))
		return -EINVAL;
	at = (const char *)blob + h.hdr_len + h.type_off;
	end = at + h.type_len;
	strings = (const char *)blob + h.hdr_len + h.str_off;
	while (at < end) {
		unsigned int kind, nr;
		struct type t;
		size_t size;

		if ((size_t)(end - at) < sizeof(t))
			return -EINVAL;
		memcpy(&t, at, sizeof(t));
		kind = t.info >> 24 & 0x1f;
		nr = t.info & 0xffff;
		if (kind >= sizeof(tail) / sizeof(*tail) || !tail[kind].known)
			return -EINVAL;
		size = sizeof(t) + tail[kind].once + (size_t)nr * tail[kind].each;
		if (size > (size_t)(end - at))
			return -EINVAL;
		if (kind == STRUCT && t.name < h.str_len &&
		    need <= h.str_len - t.name &&
		    !memcmp(strings + t.name, name, need))
			return t.size;
		at += size;
	}
	return -ENOENT;
}

long btf_struct_size(const char *path, const char *name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *blob = NULL, *more;
	size_t len = 0, room = 0;
	ssize_t n = 1;
	long ret = 0;

	if (fd < 0)
		return -errno;
	while (!ret && n) {
		if (len == room) {
			room += CHUNK;
			more = realloc(blob, room);
			if (!more) {
				ret = -ENOMEM;
				break;
			}
			blob = more;
		}
		n = read(fd, blob + len, room - len);
		if (n > 0)
			len += n;
		else if (n < 0 && errno != EINTR)
			ret = -errno;
	}
	close(fd);
	if (!ret)
		ret = btf_find(blob, len, name);
	free(blob);
	return ret;
}
