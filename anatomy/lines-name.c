// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lines-name - what a line of memory is called
 *
 * By the symbols of the bytes that were used. One of the heap has none; it is
 * called by the functions that write there most.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "mem.h"

#define SYMBOLS		3	/* of a name */

static uint64_t used(const struct line *l)
{
	uint64_t mask = 0;

	for (int i = 0; i < CPUS; i++)
		mask |= l->cpu[i].read | l->cpu[i].written;
	return mask;
}

static uint64_t written(const struct line *l)
{
	uint64_t mask = 0;

	for (int i = 0; i < CPUS; i++)
		mask |= l->cpu[i].written;
	return mask;
}

static uint64_t bits(unsigned int from, unsigned int to)
{
	uint64_t low = from ? ~0ull << from : ~0ull;

	return to >= LINE ? low : low & ~(~0ull << to);
}

/* What was used in a line: symbols or members, in the order of their bytes. */
struct parts {
	char		*name[LINE];
	bool		 wrote[LINE];
	unsigned int	 nr;
};

/* If there are too many for a name, those that are written come first. */
static void name_by_parts(struct line *l, struct parts *p, const char *prefix)
{
	bool all = p->nr <= SYMBOLS;
	struct text name = { 0 };
	unsigned int nr = 0;

	for (int wrote = 1; wrote >= 0; wrote--) {
		for (unsigned int i = 0; i < p->nr && nr < SYMBOLS; i++) {
			if (all ? !wrote : p->wrote[i] != wrote)
				continue;
			text_printf(&name, "%s%s", nr++ ? ", " : prefix,
				    p->name[i]);
		}
	}
	if (!all)
		text_printf(&name, ", ...");
	for (unsigned int i = 0; i < p->nr; i++) {
		if (!p->wrote[i])
			l->sharing = "mixed";
		free(p->name[i]);
	}
	l->named = p->nr;
	l->name = name.s;
}

/*
 * Symbols of the bytes that were used; LINK is where the line is for the
 * linker, PREFIX whose it is. False if there are none.
 */
static bool name_by_symbols(const struct record *r, struct line *l,
			    uint64_t link, const char *prefix)
{
	struct text members = { 0 };
	struct parts p = { .nr = 0 };

	for (size_t i = ksyms_at(r->sym, r->nr_sym, sizeof(*r->sym), link);
	     i < r->nr_sym; i++) {
		const struct sym *s = &r->sym[i];
		uint64_t end = i + 1 < r->nr_sym ? s[1].addr : link + LINE;
		unsigned int from = s->addr > link ? s->addr - link : 0;
		unsigned int to = end < link + LINE ? end - link : LINE;
		uint64_t mask, off;

		if (s->addr >= link + LINE)
			break;
		mask = used(l) & bits(from, to);
		if (!mask)
			continue;
		off = link + __builtin_ctzll(mask) - s->addr;
		text_printf(&members, "%s%s %s", p.nr ? ", " : "", s->name,
			    written(l) & mask ? "written" : "only read");
		p.wrote[p.nr] = written(l) & mask;
		p.name[p.nr++] = off ? xprintf("%s+0x%" PRIx64, s->name, off) :
				       xprintf("%s", s->name);
	}
	if (!p.nr)
		return false;
	l->members = members.s;
	name_by_parts(l, &p, prefix);
	return true;
}

/*
 * Members of struct TYPE that were used, of objects of SIZE bytes, of which
 * the line begins at OFFSET of one. False if that is not known.
 */
static bool name_by_type(const struct record *r, struct line *l,
			 const char *type, uint32_t size, uint32_t offset)
{
	uint32_t id = types_struct(&r->types, type);
	char last[100] = "", path[100];
	struct text members = { 0 };
	struct parts p = { .nr = 0 };
	bool wrote = false;

	if (!id)
		return false;
	for (unsigned int i = 0; i <= LINE; i++) {
		bool end = i == LINE;

		if (!end && !(used(l) >> i & 1))
			continue;
		if (!end && !*types_member(&r->types, id, (offset + i) % size,
					   path, sizeof(path)))
			snprintf(path, sizeof(path), "+%u", (offset + i) % size);
		if (*last && (end || strcmp(path, last))) {
			text_printf(&members, "%s%s.%s %s", p.nr ? ", " : "",
				    type, last, wrote ? "written" : "only read");
			p.wrote[p.nr] = wrote;
			p.name[p.nr++] = xprintf("%s.%s", type, last);
			wrote = false;
		}
		if (end)
			break;
		snprintf(last, sizeof(last), "%s", path);
		wrote |= written(l) >> i & 1;
	}
	if (!p.nr)
		return false;
	l->members = members.s;
	name_by_parts(l, &p, "");
	return true;
}

/* Who has allocated the area of vmalloc that the line is in? */
static bool name_by_area(const struct record *r, struct line *l)
{
	const char *at = r->areas;

	for (; at && *at; at = strchr(at, '\n'), at += !!at) {
		uint64_t from, to;
		char who[100];

		if (sscanf(at, "0x%" SCNx64 "-0x%" SCNx64 " %*u %99[^+ ]",
			   &from, &to, who) != 3 || l->va < from || l->va >= to)
			continue;
		l->name = xprintf("vmalloc by %s+0x%" PRIx64, who,
				  l->va - from);
		l->named = true;
		return true;
	}
	return false;
}

static int by_writes(const void *pa, const void *pb)
{
	const struct user *a = pa, *b = pb;

	if (a->writes != b->writes)
		return a->writes > b->writes ? -1 : 1;
	if (a->reads != b->reads)
		return a->reads > b->reads ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Users are in the order of their writes. */
static void name_by_users(struct line *l)
{
	const char *a = l->user[0].name, *b = NULL;

	if (l->nr_user > 1 && l->user[1].writes)
		b = l->user[1].name;
	if (b && strcmp(a, b) > 0) {
		b = a;
		a = l->user[1].name;
	}
	l->name = xprintf("%s of %s%s%s", *l->slab ? l->slab : l->kind, a,
			  b ? ", " : "", b ?: "");
}

/* Runs of bytes: 0-7 written, 16-23 only read. */
static void members_by_bytes(struct line *l)
{
	struct text t = { 0 };
	uint64_t u = used(l), w = written(l);

	text_add(&t, "", 0);
	for (unsigned int i = 0, to; i < LINE; i = to) {
		to = i + 1;
		if (!(u >> i & 1))
			continue;
		while (to < LINE && u >> to & 1 &&
		       (w >> to & 1) == (w >> i & 1))
			to++;
		text_printf(&t, "%s%u-%u %s", t.len ? ", " : "", i, to - 1,
			    w >> i & 1 ? "written" : "only read");
	}
	l->members = t.s;
}

/* Is there a byte that one CPU writes and another one uses? */
static bool is_true(const struct record *r, const struct line *l)
{
	for (unsigned int i = 0; i < r->cpus; i++)
		for (unsigned int j = 0; j < r->cpus; j++)
			if (i != j && l->cpu[i].written &
			    (l->cpu[j].read | l->cpu[j].written))
				return true;
	return false;
}

static const char *kind_of(const struct record *r, const struct line *l)
{
	if (l->va < KERNEL)
		return "user memory";
	for (unsigned int i = 0; i < r->nr_space; i++)
		if (l->va >= r->space[i].from && l->va < r->space[i].to)
			return r->space[i].kind;
	return "kernel";
}

void line_name(const struct record *r, struct line *l)
{
	uint64_t unit = r->cpus > 1 ? r->area[1] - r->area[0] : 0;
	uint64_t size = r->percpu_end - r->percpu;
	char prefix[40] = "";

	l->sharing = "true";
	qsort(l->user, l->nr_user, sizeof(*l->user), by_writes);
	l->kind = kind_of(r, l);
	/* What a CPU's area does not need the kernel gives to the slab. */
	for (unsigned int i = 0; !*l->slab && i < r->cpus; i++) {
		uint64_t off = l->va - (r->area[i] + r->percpu);

		if (off < unit) {
			l->kind = "per-cpu";
			snprintf(prefix, sizeof(prefix), "cpu%u: ", i);
			if (off < size && name_by_symbols(r, l,
					off + r->percpu, prefix))
				break;
			l->name = xprintf("%sdynamic+0x%" PRIx64, prefix,
					  off - size);
		}
	}
	if (!l->name && !strcmp(l->kind, "image"))
		name_by_symbols(r, l, l->va, "");
	if (!l->name && *l->slab)
		name_by_type(r, l, l->type ?: "", l->size, l->offset);
	if (!l->name && !strcmp(l->kind, "struct page"))
		name_by_type(r, l, "page", LINE, 0);
	if (!l->name && !strcmp(l->kind, "vmalloc"))
		name_by_area(r, l);
	if (!l->name && l->nr_user)
		name_by_users(l);
	if (!l->name)
		l->name = xprintf("%s %" PRIx64, l->kind, l->va);
	if (!l->members)
		members_by_bytes(l);
	if (!is_true(r, l))
		l->sharing = "false";
}
