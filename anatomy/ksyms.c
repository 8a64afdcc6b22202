// SPDX-License-Identifier: GPL-2.0-or-later
/* ksyms - which function of a kernel is at an address */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ksyms.h"
#include "mem.h"

#define KERNEL 0xffff800000000000ull	/* addresses from here on are its */

static int by_addr(const void *pa, const void *pb)
{
	const struct ksym *a = pa, *b = pb;
	const char *x = a->name, *y = b->name;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	if (!x || !y)
		return !x - !y;
	while (*x == '_')
		x++;
	while (*y == '_')
		y++;
	return strcmp(x, y) ? strcmp(x, y) : strcmp(a->name, b->name);
}

bool ksyms_line(char *text, struct ksyms_line *l)
{
	char *end;

	l->addr = strtoull(text, &end, 16);
	if (end != text + 16 || end[0] != ' ' || !end[1] || end[2] != ' ' ||
	    strspn(text, "0123456789abcdef") != 16)
		return false;
	l->text = strchr("tTwW", end[1]);
	l->name = end + 3;
	l->module = strchr(l->name, '\t');
	l->name[strcspn(l->name, " \t\r")] = 0;
	return *l->name;
}

size_t ksyms_at(const void *first, size_t nr, size_t size, uint64_t addr)
{
	size_t low = 0, high = nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (*(const uint64_t *)((const char *)first + mid * size) <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? low - 1 : nr;
}

/* Returns 0 or -1. */
static int line(struct ksyms *k, char *text)
{
	struct ksyms_line l;
	struct ksym *s;

	if (!ksyms_line(text, &l))
		return -1;
	if (!l.text || l.addr < KERNEL || !strncmp(l.name, "__pfx_", 6))
		return 0;
	if (!strcmp(l.name, "_etext") || !strcmp(l.name, "_einittext"))
		l.name = NULL;
	else if (strchr(l.name + 1, '.'))
		*strchr(l.name + 1, '.') = 0;
	k->ends += !l.name;
	s = mem_more(&k->sym, &k->nr, sizeof(*s));
	s->addr = l.addr;
	s->name = l.name;
	return 0;
}

void ksyms_sort(struct ksyms *k)
{
	size_t kept = 0;

	qsort(k->sym, k->nr, sizeof(*k->sym), by_addr);
	for (size_t i = 0; i < k->nr; i++) {
		if (kept && k->sym[kept - 1].addr == k->sym[i].addr)
			kept--;
		k->sym[kept++] = k->sym[i];
	}
	k->nr = kept;
}

int ksyms_parse(struct ksyms *k, char *text, size_t len, char *why,
		size_t why_len)
{
	size_t nr = 0;
	char *end = text + len;

	*k = (struct ksyms){ 0 };
	while (text < end) {
		char *nl = memchr(text, '\n', end - text);

		if (!nl)
			nl = end;
		*nl = 0;
		nr++;
		if (strlen(text) != (size_t)(nl - text) || line(k, text)) {
			snprintf(why, why_len, "line %zu: '%.40s'; expected "
				 "ADDRESS TYPE NAME, as in /proc/kallsyms",
				 nr, text);
			ksyms_free(k);
			return -1;
		}
		text = nl + 1;
	}
	if (!k->ends) {
		snprintf(why, why_len, "no symbol _etext; expected "
			 "/proc/kallsyms as root, with kptr_restrict 0");
		ksyms_free(k);
		return -1;
	}
	ksyms_sort(k);
	return 0;
}

void ksyms_free(struct ksyms *k)
{
	free(k->sym);
	free(k->names);
	*k = (struct ksyms){ 0 };
}

const struct ksym *ksyms_find(const struct ksyms *k, uint64_t addr)
{
	size_t i = ksyms_at(k->sym, k->nr, sizeof(*k->sym), addr);

	return i < k->nr && k->sym[i].name ? &k->sym[i] : NULL;
}
