// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * contention-slab - from an address to the slab cache that it belongs to
 *
 * As the kernel does it: struct page of the address, the first page of its
 * slab, struct slab there, its cache. A cache is believed if it is in the
 * list of all caches, so that no flag of a page has to be understood.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "contention.h"

#define STRUCT_PAGE	64
#define COMPOUND_HEAD	8	/* bit 0: a later page of several */
#define MOST_CACHES	2000

struct cache {
	uint64_t	addr;
	uint32_t	size;
	char		name[64];
};

static uint64_t list_at;
static unsigned int list_off, name_off, size_off, cache_off;
static struct cache *caches;
static size_t nr_caches;

bool contention_slab_option(const char *text)
{
	return sscanf(text, "%" SCNx64 ":%x:%x:%x:%x", &list_at, &list_off,
		      &name_off, &size_off, &cache_off) == 5;
}

static bool peek_word(contention_peek_t peek, uint64_t addr, uint64_t *to)
{
	return peek(addr, to, sizeof(*to));
}

/* All caches, once. */
static void read_caches(contention_peek_t peek)
{
	uint64_t at;

	if (!list_at || nr_caches || !peek_word(peek, list_at, &at))
		return;
	while (at != list_at && nr_caches < MOST_CACHES) {
		struct cache c = { .addr = at - list_off };
		uint64_t name;

		if (!peek(c.addr + size_off, &c.size, sizeof(c.size)) ||
		    !c.size || !peek_word(peek, c.addr + name_off, &name) ||
		    !peek(name, c.name, sizeof(c.name) - 1))
			break;
		for (char *s = c.name; *s; s++)
			if (*s <= ' ' || *s > '~')
				*s = '_';
		caches = contention_grown(caches, (nr_caches + 1) *
						  sizeof(*caches));
		caches[nr_caches++] = c;
		if (!peek_word(peek, at, &at))
			break;
	}
}

bool contention_slab(contention_peek_t peek, const struct layout *l,
		     uint64_t pa, uint64_t va, struct slab *to)
{
	uint64_t page, head, addr;

	read_caches(peek);
	if (va < l->direct || va >= l->direct_end || !l->page_size || !l->pages)
		return false;
	page = l->pages + (pa - l->memory) / l->page_size * STRUCT_PAGE;
	if (!peek_word(peek, page + COMPOUND_HEAD, &head))
		return false;
	/* A later page has the first one's address, or a mask that makes it. */
	if (head & 1)
		page = head >= l->pages && head < l->pages_end ? head - 1 :
								 page & head;
	if (!peek_word(peek, page + cache_off, &addr))
		return false;
	for (size_t i = 0; i < nr_caches; i++) {
		if (caches[i].addr != addr)
			continue;
		to->name = caches[i].name;
		to->size = caches[i].size;
		to->offset = (pa - l->memory - (page - l->pages) / STRUCT_PAGE *
			      l->page_size) % caches[i].size;
		to->begin = va - to->offset;
		return true;
	}
	return false;
}
