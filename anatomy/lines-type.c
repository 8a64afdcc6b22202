// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lines-type - which structure is in an object of a slab cache
 *
 * A cache of one type is called by it. What kmalloc() gave out is what it is
 * pointed to for, or else what functions that touch it are handed.
 */
#include <string.h>

#include "lines.h"

/* What a cache holds is mostly called as it is; else it is said here. */
static const char *type_of(const char *cache)
{
	static const struct {
		const char	*cache, *type;
	} known[] = {
		{ "anon_vma", "anon_vma" }, { "bdev_cache", "bdev_inode" },
		{ "cred_jar", "cred" }, { "filp", "file" },
		{ "files_cache", "files_struct" }, { "fs_cache", "fs_struct" },
		{ "inode_cache", "inode" }, { "kernfs_node_cache", "kernfs_node" },
		{ "mnt_cache", "mount" }, { "proc_inode_cache", "proc_inode" },
		{ "radix_tree_node", "xa_node" },
		{ "shmem_inode_cache", "shmem_inode_info" },
		{ "sighand_cache", "sighand_struct" },
		{ "signal_cache", "signal_struct" },
		{ "sock_inode_cache", "socket_alloc" },
		{ "uid_cache", "user_struct" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(known[i].cache, cache))
			return known[i].type;
	return cache;
}

static bool takes(const struct record *r, const char *function,
		  const char *type)
{
	const char *is;
	uint32_t size;

	for (unsigned int k = 0; k < 6; k++) {
		is = types_parameter(&r->types, function, k, &size);
		if (is && !strcmp(is, type))
			return true;
	}
	return false;
}

/*
 * TYPE, or the only structure that has one in it (unless it is as small as locks
 * and lists are), if it fits into this size of kmalloc() and in no smaller one.
 */
static const char *that_fits(const struct record *r, const struct line *l,
			     const char *type, uint32_t size)
{
	if (!type || size > l->size)
		return NULL;
	if (size > l->size / 2)
		return type;
	return size > LINE ? types_holder(&r->types, type, l->size / 2,
					  l->size) : NULL;
}

/*
 * A structure that functions which touch it are handed a pointer to, if it fits.
 * Such functions make at least a quarter of the accesses, and half of those by
 * functions that are handed something that fits.
 */
static const char *type_by_users(const struct record *r, const struct line *l)
{
	const char *best = NULL;
	uint64_t most = 0, all = 0, could = 0;

	for (size_t i = 0; i < l->nr_user; i++) {
		uint64_t accesses = l->user[i].reads + l->user[i].writes;
		bool fits = false;

		all += accesses;
		for (unsigned int k = 0; k < 6; k++) {
			uint32_t size = 0;
			const char *type = types_parameter(&r->types,
						l->user[i].name, k, &size);
			const char *whole = that_fits(r, l, type, size);
			uint64_t votes = 0;

			if (!whole)
				continue;
			fits = true;
			for (size_t j = 0; j < l->nr_user; j++)
				if (takes(r, l->user[j].name, type))
					votes += l->user[j].reads +
						 l->user[j].writes;
			if (votes > most) {
				most = votes;
				best = whole;
			}
		}
		could += fits ? accesses : 0;
	}
	return most >= all / 4 && most >= could / 2 ? best : NULL;
}

static bool is_kmalloc(const struct line *l)
{
	return !strncmp(l->slab, "kmalloc-", 8);
}

static uint64_t begin_of(const struct line *l)
{
	return l->va - l->offset;
}

/* A line of the object at ADDR; NULL: none is in the record. */
static const struct line *line_of(const struct record *r, uint64_t addr)
{
	for (size_t i = 0; i < r->nr; i++) {
		const struct line *l = &r->line[i];

		if (*l->slab && addr >= begin_of(l) && addr < l->va + LINE &&
		    !((addr - begin_of(l)) % l->size))
			return l;
	}
	return NULL;
}

/* What the member that B tells of points to, if that fits; or NULL. */
static const char *by_type(const struct record *r, const struct line *l,
			   const struct by *b)
{
	const struct line *from = line_of(r, b->from);
	uint32_t size = 0;
	const char *type = from && from->type ?
		types_points(&r->types, types_struct(&r->types, from->type),
			     b->offset, &size) : NULL;

	return that_fits(r, l, type, size);
}

/*
 * Most of the members that point to its begin, and to something that fits,
 * point to this. An object that is no more may point to anything.
 */
static const char *type_by_pointers(const struct record *r, struct line *l)
{
	const char *best = NULL;
	uint64_t most = 0, all = 0;

	for (size_t i = 0; i < l->nr_by; i++) {
		l->by[i].type = by_type(r, l, &l->by[i]);
		all += l->by[i].type ? l->by[i].times : 0;
	}
	for (size_t i = 0; i < l->nr_by; i++) {
		const struct by *a = &l->by[i];
		uint64_t votes = 0;

		for (const struct by *b = l->by; b < l->by + l->nr_by; b++)
			if (a->type && b->type && !strcmp(a->type, b->type))
				votes += b->times;
		if (votes > most) {
			most = votes;
			best = a->type;
		}
	}
	return 2 * most > all ? best : NULL;
}

/* What has a type now can tell of what it points to. */
static void follow_pointers(struct record *r)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < r->nr; i++) {
			struct line *l = &r->line[i];

			if (l->type || !l->nr_by)
				continue;
			l->type = type_by_pointers(r, l);
			more |= l->type != NULL;
		}
	}
}

void lines_types(struct record *r)
{
	for (size_t i = 0; i < r->nr; i++) {
		struct line *l = &r->line[i];

		if (*l->slab && !is_kmalloc(l))
			l->type = type_of(l->slab);
	}
	follow_pointers(r);
	for (size_t i = 0; i < r->nr; i++) {
		struct line *l = &r->line[i];

		if (!l->type && is_kmalloc(l))
			l->type = type_by_users(r, l);
	}
	follow_pointers(r);
}
