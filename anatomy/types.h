/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * types - structures of a kernel and their members, from its BTF
 *
 * Documentation/bpf/btf.rst; what stands at an offset is looked for, not only
 * how large something is (lib/btf.h).
 */
#ifndef FORKPATH_TYPES_H
#define FORKPATH_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct types {
	const char	*strings;
	size_t		 strings_len;
	const uint32_t	**type;		/* by number; 0 is void */
	size_t		 nr;
};

/* LEN bytes at BLOB, which have to stay. 0, or -EINVAL: no BTF. */
int types_read(struct types *t, const void *blob, size_t len);
void types_free(struct types *t);

/* The number of `struct NAME`, 0: there is none. */
uint32_t types_struct(const struct types *t, const char *name);

/* Where MEMBER of struct ID begins, in bytes; -1: there is none. */
long types_offset(const struct types *t, uint32_t id, const char *member);

/*
 * Structure that parameter NR, from 0, of function NAME points to, *SIZE its
 * bytes; NULL: there is none.
 */
const char *types_parameter(const struct types *t, const char *name,
			    unsigned int nr, uint32_t *size);

/*
 * The only structure of more than OVER and at most MOST bytes that has a
 * `struct PART` for a member; NULL: there is none, or several.
 */
const char *types_holder(const struct types *t, const char *part,
			 uint32_t over, uint32_t most);

/*
 * Structure that the pointer at byte OFF of struct ID points to, *SIZE its
 * bytes; NULL: there is none.
 */
const char *types_points(const struct types *t, uint32_t id, uint32_t off,
			 uint32_t *size);

/*
 * What stands at byte OFF of struct ID: "signal.count", into parts that are
 * large; "" for padding.
 */
const char *types_member(const struct types *t, uint32_t id, uint32_t off,
			 char *buf, size_t len);

#endif
