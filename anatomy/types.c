// SPDX-License-Identifier: GPL-2.0-or-later
/* types - structures of a kernel and their members, from its BTF */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "types.h"

#define MAGIC	0xeb9f
#define LARGE	64	/* bytes: whose members are told apart */
#define DEEP	8

enum {
	INT = 1, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE,
	CONST, RESTRICT, FUNC, FUNC_PROTO, VAR, DATASEC, FLOAT, DECL_TAG,
	TYPE_TAG, ENUM64, KINDS,
};

struct header {
	uint16_t	magic;
	uint8_t		version, flags;
	uint32_t	hdr_len, type_off, type_len, str_off, str_len;
};

/* Words behind the three of a type: some, and some for each of its members. */
static const struct {
	uint8_t	once, each;
} tail[KINDS] = {
	[INT] = { 1, 0 }, [ARRAY] = { 3, 0 }, [STRUCT] = { 0, 3 },
	[UNION] = { 0, 3 }, [ENUM] = { 0, 2 }, [FUNC_PROTO] = { 0, 2 },
	[VAR] = { 1, 0 }, [DATASEC] = { 0, 3 }, [DECL_TAG] = { 1, 0 },
	[ENUM64] = { 0, 3 },
};

static unsigned int kind_of(const uint32_t *w)
{
	return w[1] >> 24 & 0x1f;
}

static uint32_t members(const uint32_t *w)
{
	return w[1] & 0xffff;
}

static const char *name_at(const struct types *t, uint32_t off)
{
	return off < t->strings_len ? t->strings + off : "";
}

int types_read(struct types *t, const void *blob, size_t len)
{
	const uint32_t *at, *end;
	const struct header *h = blob;

	*t = (struct types){ .nr = 0 };
	if (len < sizeof(*h) || h->magic != MAGIC || h->hdr_len % 4 ||
	    h->type_off % 4 || h->hdr_len < sizeof(*h) || !h->str_len ||
	    (uint64_t)h->hdr_len + h->type_off + h->type_len > len ||
	    (uint64_t)h->hdr_len + h->str_off + h->str_len > len)
		return -EINVAL;
	t->strings = (const char *)blob + h->hdr_len + h->str_off;
	t->strings_len = h->str_len;
	if (t->strings[t->strings_len - 1])
		return -EINVAL;
	at = (const uint32_t *)((const char *)blob + h->hdr_len + h->type_off);
	end = at + h->type_len / 4;
	mem_push(&t->type, &t->nr, NULL);
	while (at < end) {
		unsigned int kind;
		size_t words = 3;

		if (end - at < 3)
			goto bad;
		kind = kind_of(at);
		if (!kind || kind >= KINDS)
			goto bad;
		words += tail[kind].once + (size_t)members(at) *
			 tail[kind].each;
		if (words > (size_t)(end - at))
			goto bad;
		mem_push(&t->type, &t->nr, at);
		at += words;
	}
	return 0;
bad:
	types_free(t);
	return -EINVAL;
}

void types_free(struct types *t)
{
	free(t->type);
	*t = (struct types){ .nr = 0 };
}

/* Without typedefs and qualifiers; 0: void, or what there is not. */
static uint32_t plain(const struct types *t, uint32_t id)
{
	for (int i = 0; i < 64 && id && id < t->nr; i++) {
		switch (kind_of(t->type[id])) {
		case TYPEDEF: case VOLATILE: case CONST: case RESTRICT:
		case TYPE_TAG:
			id = t->type[id][2];
			break;
		default:
			return id;
		}
	}
	return 0;
}

uint32_t types_struct(const struct types *t, const char *name)
{
	for (uint32_t i = 1; *name && i < t->nr; i++)
		if (kind_of(t->type[i]) == STRUCT &&
		    !strcmp(name_at(t, t->type[i][0]), name))
			return i;
	return 0;
}

static const uint32_t *prototype(const struct types *t, const char *name)
{
	for (uint32_t i = 1; i < t->nr; i++)
		if (kind_of(t->type[i]) == FUNC &&
		    !strcmp(name_at(t, t->type[i][0]), name) &&
		    t->type[i][2] < t->nr && t->type[i][2] &&
		    kind_of(t->type[t->type[i][2]]) == FUNC_PROTO)
			return t->type[t->type[i][2]];
	return NULL;
}

/* Of the pointer ID. */
static const char *pointee(const struct types *t, uint32_t id, uint32_t *size)
{
	if (!id || kind_of(t->type[id]) != PTR)
		return NULL;
	id = plain(t, t->type[id][2]);
	if (!id || kind_of(t->type[id]) != STRUCT)
		return NULL;
	*size = t->type[id][2];
	return name_at(t, t->type[id][0]);
}

const char *types_parameter(const struct types *t, const char *name,
			    unsigned int nr, uint32_t *size)
{
	const uint32_t *w = prototype(t, name);

	if (!w || nr >= members(w))
		return NULL;
	return pointee(t, plain(t, w[3 + 2 * nr + 1]), size);
}

static uint32_t size_of(const struct types *t, uint32_t id, int deep)
{
	const uint32_t *w;

	id = plain(t, id);
	if (!id || deep > DEEP)
		return 0;
	w = t->type[id];
	switch (kind_of(w)) {
	case PTR:
		return 8;
	case ARRAY:
		return w[5] * size_of(t, w[3], deep + 1);
	case INT: case STRUCT: case UNION: case ENUM: case FLOAT: case ENUM64:
		return w[2];
	}
	return 0;
}

static bool is_compound(const struct types *t, uint32_t id)
{
	unsigned int kind = id ? kind_of(t->type[id]) : 0;

	return kind == STRUCT || kind == UNION;
}

/* Where member M of W begins, in bits; *BITS: its width, 0 if it is whole. */
static uint32_t begin_of(const uint32_t *w, const uint32_t *m, uint32_t *bits)
{
	bool flag = w[1] >> 31;

	*bits = flag ? m[2] >> 24 : 0;
	return flag ? m[2] & 0xffffff : m[2];
}

static long offset_of(const struct types *t, uint32_t id, const char *member,
		      int deep)
{
	const uint32_t *w;

	if (!is_compound(t, id) || deep > DEEP)
		return -1;
	w = t->type[id];
	for (uint32_t i = 0; i < members(w); i++) {
		const uint32_t *m = w + 3 + 3 * i;
		const char *name = name_at(t, m[0]);
		uint32_t bits, at = begin_of(w, m, &bits) / 8;
		long in;

		if (!strcmp(name, member))
			return at;
		in = *name ? -1 : offset_of(t, plain(t, m[1]), member,
					    deep + 1);
		if (in >= 0)
			return at + in;
	}
	return -1;
}

long types_offset(const struct types *t, uint32_t id, const char *member)
{
	return offset_of(t, id, member, 0);
}

static bool holds(const struct types *t, const uint32_t *w, uint32_t part)
{
	for (uint32_t i = 0; i < members(w); i++)
		if (plain(t, w[3 + 3 * i + 1]) == part)
			return true;
	return false;
}

const char *types_holder(const struct types *t, const char *part,
			 uint32_t over, uint32_t most)
{
	uint32_t id = types_struct(t, part);
	const char *found = NULL;

	for (uint32_t i = 1; id && i < t->nr; i++) {
		const uint32_t *w = t->type[i];

		if (kind_of(w) != STRUCT || w[2] <= over || w[2] > most ||
		    !holds(t, w, id))
			continue;
		if (found)
			return NULL;
		found = name_at(t, w[0]);
	}
	return found;
}

static const char *points(const struct types *t, uint32_t id, uint32_t off,
			  uint32_t *size, int deep)
{
	const char *found = NULL;
	const uint32_t *w;
	uint32_t each;

	id = plain(t, id);
	if (!id || deep > DEEP)
		return NULL;
	w = t->type[id];
	if (kind_of(w) == ARRAY) {
		each = size_of(t, w[3], 0);
		return each && off / each < w[5] ?
			points(t, w[3], off % each, size, deep + 1) : NULL;
	}
	if (!is_compound(t, id))
		return off ? NULL : pointee(t, id, size);
	for (uint32_t i = 0; i < members(w) && !found; i++) {
		const uint32_t *m = w + 3 + 3 * i;
		uint32_t bits, at = begin_of(w, m, &bits) / 8;

		if (!bits && off >= at && off < at + size_of(t, m[1], 0))
			found = points(t, m[1], off - at, size, deep + 1);
	}
	return found;
}

const char *types_points(const struct types *t, uint32_t id, uint32_t off,
			 uint32_t *size)
{
	return points(t, id, off, size, 0);
}

static void path_of(const struct types *t, uint32_t id, uint32_t off,
		    struct text *to, int deep)
{
	const uint32_t *w = t->type[id];

	for (uint32_t i = 0; i < members(w); i++) {
		const uint32_t *m = w + 3 + 3 * i;
		const char *name = name_at(t, m[0]);
		uint32_t bits, begin = begin_of(w, m, &bits);
		uint32_t at = begin / 8, part = plain(t, m[1]);
		uint32_t size = bits ? (begin % 8 + bits + 7) / 8 :
				       size_of(t, part, 0);

		if (off < at || off >= at + size)
			continue;
		if (*name)
			text_printf(to, "%s%s", to->len ? "." : "", name);
		if (is_compound(t, part) && deep < DEEP &&
		    (!*name || size > LARGE))
			path_of(t, part, off - at, to, deep + 1);
		return;
	}
}

const char *types_member(const struct types *t, uint32_t id, uint32_t off,
			 char *buf, size_t len)
{
	struct text path = { 0 };

	text_add(&path, "", 0);
	if (is_compound(t, id))
		path_of(t, id, off, &path, 0);
	snprintf(buf, len, "%s", path.s);
	text_free(&path);
	return buf;
}
