// SPDX-License-Identifier: GPL-2.0-or-later
/* code - the code of a kernel, and what an address in it means */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "ksyms.h"
#include "mem.h"
#include "trace.h"

#define STRING_LEAST 4		/* characters of what counts as a string */
#define STRING_MOST 400

static const struct code *sorting;

static int by_addr(const void *pa, const void *pb)
{
	const struct code_sym *a = pa, *b = pb;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int by_name(const void *pa, const void *pb)
{
	const struct code_sym *a = &sorting->sym[*(const size_t *)pa];
	const struct code_sym *b = &sorting->sym[*(const size_t *)pb];
	int d = strcmp(a->name, b->name);

	return d ? d : a->addr < b->addr ? -1 : a->addr > b->addr;
}

/* Of modules nothing is known. */
static bool line(struct code *c, char *text)
{
	struct ksyms_line l;
	struct code_sym *s;

	if (!ksyms_line(text, &l))
		return false;
	if (l.module || !strncmp(l.name, "__pfx_", 6))
		return true;
	s = mem_more(&c->sym, &c->nr, sizeof(*s));
	s->addr = l.addr;
	s->name = l.name;
	s->text = l.text;
	if (!strcmp(s->name, "__start_rodata"))
		c->ro[0] = l.addr;
	else if (!strcmp(s->name, "__end_rodata"))
		c->ro[1] = l.addr;
	return true;
}

int code_parse(struct code *c, char *symbols, const void *image, size_t len,
	       char *why, size_t why_len)
{
	char *save = NULL, *l = strtok_r(symbols, "\n", &save);
	uint64_t head[2] = { 0 };

	*c = (struct code){ 0 };
	if (len > sizeof(head))
		memcpy(head, image, sizeof(head));
	if (head[0] != TRACE_MAGIC && head[0] != TRACE_MAGIC_LINK) {
		snprintf(why, why_len, "no image in it");
		return -1;
	}
	c->magic = head[0];
	c->base = head[1];
	c->byte = (const uint8_t *)image + sizeof(head);
	c->nr_byte = len - sizeof(head);
	for (; l; l = strtok_r(NULL, "\n", &save))
		if (!line(c, l)) {
			snprintf(why, why_len, "'%.40s'; expected ADDRESS TYPE "
				 "NAME, as in /proc/kallsyms", l);
			code_free(c);
			return -1;
		}
	qsort(c->sym, c->nr, sizeof(*c->sym), by_addr);
	for (size_t i = 0; i < c->nr; i++)
		if (c->sym[i].text)
			mem_push(&c->fn, &c->nr_fn, i);
	sorting = c;
	qsort(c->fn, c->nr_fn, sizeof(*c->fn), by_name);
	return 0;
}

void code_free(struct code *c)
{
	free(c->sym);
	free(c->fn);
	*c = (struct code){ 0 };
}

/* --- what an address means ----------------------------------------------- */

/* The last symbol at or below ADDR, of several the first by name. */
const struct code_sym *code_nearest(const struct code *c, uint64_t addr)
{
	size_t i = ksyms_at(c->sym, c->nr, sizeof(*c->sym), addr);

	while (i && i < c->nr && c->sym[i - 1].addr == c->sym[i].addr)
		i--;
	return i < c->nr ? &c->sym[i] : NULL;
}

/* Is S function FN, or a piece of it? */
static bool is_of(const struct code_sym *s, const char *fn)
{
	size_t len = strlen(fn);

	return s && s->text && !strncmp(s->name, fn, len) &&
	       (!s->name[len] || s->name[len] == '.');
}

const uint8_t *code_at(const struct code *c, uint64_t addr, size_t len)
{
	if (addr < c->base || addr - c->base > c->nr_byte ||
	    c->nr_byte - (addr - c->base) < len)
		return NULL;
	return c->byte + (addr - c->base);
}

static bool same_string(const struct code *a, uint64_t x,
			const struct code *b, uint64_t y)
{
	const uint8_t *p = code_at(a, x, STRING_MOST), *q = code_at(b, y, STRING_MOST);
	size_t n = 0;

	if (!p || !q)
		return false;
	while (n < STRING_MOST && p[n] == q[n] &&
	       ((p[n] >= ' ' && p[n] < 127) || p[n] == '\n' || p[n] == 1))
		n++;
	return n >= STRING_LEAST && n < STRING_MOST && !p[n] && !q[n];
}

bool code_is_constant(const struct code *c, uint64_t addr)
{
	return c->ro[0] && addr >= c->ro[0] && addr < c->ro[1];
}

bool code_same_constant(const struct code *a, uint64_t x,
			const struct code *b, uint64_t y, size_t len)
{
	const uint8_t *p = code_at(a, x, len), *q = code_at(b, y, len);

	return p && q && code_is_constant(a, x) && code_is_constant(b, y) &&
	       !memcmp(p, q, len);
}

bool code_same_place(const struct code *a, uint64_t x,
		     const struct code *b, uint64_t y)
{
	const struct code_sym *s = code_nearest(a, x), *t = code_nearest(b, y);

	if (s && t && x - s->addr == y - t->addr && !strcmp(s->name, t->name))
		return true;
	return same_string(a, x, b, y);
}

/* --- functions ----------------------------------------------------------- */

static size_t size_of(const struct code *c, const struct code_sym *s)
{
	const struct code_sym *next = s;

	while (next < c->sym + c->nr && next->addr == s->addr)
		next++;
	return next < c->sym + c->nr ? next->addr - s->addr : 0;
}

/* Where the functions FN and FN.* begin in the order of names, how many. */
static size_t pieces(const struct code *c, const char *fn, size_t *first)
{
	size_t low = 0, high = c->nr_fn, nr = 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(c->sym[c->fn[mid]].name, fn) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*first = low;
	/* Nothing that can be in a name sorts before a dot. */
	while (low + nr < c->nr_fn && is_of(&c->sym[c->fn[low + nr]], fn))
		nr++;
	return nr;
}

bool code_in(const struct code *c, uint64_t addr, const char *fn)
{
	return is_of(code_nearest(c, addr), fn);
}

const char *code_piece(const struct code *c, const char *fn, size_t nr,
		       uint64_t *from, uint64_t *to)
{
	const struct code_sym *s;
	size_t first;

	if (nr >= pieces(c, fn, &first))
		return NULL;
	s = &c->sym[c->fn[first + nr]];
	*from = s->addr;
	*to = s->addr + size_of(c, s);
	return s->name;
}
