// SPDX-License-Identifier: GPL-2.0-or-later
/* code - is a function of one kernel the same code as that of another? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "ksyms.h"
#include "mem.h"

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

	*c = (struct code){ 0 };
	if (len <= sizeof(c->base)) {
		snprintf(why, why_len, "no image in it");
		return -1;
	}
	memcpy(&c->base, image, sizeof(c->base));
	c->byte = (const uint8_t *)image + sizeof(c->base);
	c->nr_byte = len - sizeof(c->base);
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
			*(size_t *)mem_more(&c->fn, &c->nr_fn,
					    sizeof(*c->fn)) = i;
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

static bool is_constant(const struct code *c, uint64_t addr)
{
	return c->ro[0] && addr >= c->ro[0] && addr < c->ro[1];
}

/* How many bytes an instruction reads whose displacement is at P. */
static size_t reads(const uint8_t *p, size_t before)
{
	bool two = before >= 3 && p[-3] == 0x0f;

	if (two && (p[-2] & 0xf7) == 0xb6)	/* movzb, movsb */
		return 1;
	if (two && (p[-2] & 0xf7) == 0xb7)	/* movzw, movsw */
		return 2;
	if (before >= 2 && p[-2] == 0x8b)
		return before >= 3 && (p[-3] & 0xf8) == 0x48 ? 8 : 4;
	return 16;
}

/* A constant of LEN bytes, which the linker has put elsewhere. */
static bool same_constant(const struct code *a, uint64_t x,
			  const struct code *b, uint64_t y, size_t len)
{
	const uint8_t *p = code_at(a, x, len), *q = code_at(b, y, len);

	return p && q && is_constant(a, x) && is_constant(b, y) &&
	       !memcmp(p, q, len);
}

/* Does X mean in A what Y means in B? */
static bool same_place(const struct code *a, uint64_t x,
		       const struct code *b, uint64_t y)
{
	const struct code_sym *s = code_nearest(a, x), *t = code_nearest(b, y);

	if (s && t && x - s->addr == y - t->addr && !strcmp(s->name, t->name))
		return true;
	return same_string(a, x, b, y);
}

/*
 * Tables of addresses in FN, up to what is no such address
 * in both: the cases of a switch.
 */
static bool same_jumps(const struct code *a, uint64_t x,
		       const struct code *b, uint64_t y, const char *fn)
{
	size_t nr = 0;

	for (; is_constant(a, x) && is_constant(b, y); x += 8, y += 8, nr++) {
		const uint8_t *p = code_at(a, x, 8), *q = code_at(b, y, 8);
		const struct code_sym *s, *t;
		uint64_t to, too;

		if (!p || !q)
			break;
		memcpy(&to, p, sizeof(to));
		memcpy(&too, q, sizeof(too));
		s = code_nearest(a, to);
		t = code_nearest(b, too);
		if (!is_of(s, fn) && !is_of(t, fn))
			break;
		if (!same_place(a, to, b, too))
			return false;
	}
	return nr > 1;
}

/*
 * Are the four bytes P of A at X and Q of B at Y, of function FN and BEFORE
 * bytes of it before them, one address?
 */
static bool same_address(const struct code *a, const uint8_t *p, uint64_t x,
			 const struct code *b, const uint8_t *q, uint64_t y,
			 const char *fn, size_t before)
{
	size_t len = reads(p, before);
	static const unsigned int immediate[] = { 0, 1, 2, 4 };
	int32_t dx, dy;

	memcpy(&dx, p, sizeof(dx));
	memcpy(&dy, q, sizeof(dy));
	for (size_t i = 0; i < sizeof(immediate) / sizeof(*immediate); i++) {
		uint64_t end = sizeof(dx) + immediate[i];

		if (same_place(a, x + end + dx, b, y + end + dy) ||
		    same_constant(a, x + end + dx, b, y + end + dy, len))
			return true;
	}
	return same_place(a, (int64_t)dx, b, (int64_t)dy) ||
	       same_constant(a, (int64_t)dx, b, (int64_t)dy, len) ||
	       same_jumps(a, (int64_t)dx, b, (int64_t)dy, fn);
}

/*
 * movabs, an address that a kernel found for itself and wrote into its code
 * at boot (runtime constants, since 6.11): data in memory, never code. P is
 * where bytes differ.
 */
static size_t same_memory(const uint8_t *p, const uint8_t *q, size_t before,
			  size_t after)
{
	for (size_t s = 0; s < 8 && s + 2 <= before; s++) {
		uint64_t x, y;

		if (after + s < 8 || (p[-(long)s - 1] & 0xf8) != 0xb8 ||
		    (p[-(long)s - 2] & 0xfe) != 0x48)
			continue;
		memcpy(&x, p - s, sizeof(x));
		memcpy(&y, q - s, sizeof(y));
		if (x >> 40 >= 0xffff88 && x < 0xffffff0000000000ull &&
		    y >> 40 >= 0xffff88 && y < 0xffffff0000000000ull)
			return 8 - s;
	}
	return 0;
}

/* --- functions ----------------------------------------------------------- */

static bool same_bytes(const struct code *a, uint64_t x, const struct code *b,
		       uint64_t y, size_t len, const char *fn)
{
	const uint8_t *p = code_at(a, x, len), *q = code_at(b, y, len);
	size_t i = 0, free_from = 0;	/* behind the last address */

	if (!p || !q)
		return false;
	while (i < len) {
		size_t s = i, memory;

		if (p[i] == q[i]) {
			i++;
			continue;
		}
		memory = same_memory(p + i, q + i, i - free_from, len - i);
		if (memory) {
			i = free_from = i + memory;
			continue;
		}
		/* The lower bytes of an address may be alike. */
		while (s + 4 > len || !same_address(a, p + s, x + s, b, q + s,
						    y + s, fn, s)) {
			if (s == free_from || s + 3 == i)
				return false;
			s--;
		}
		i = free_from = s + 4;
	}
	return true;
}

static bool is_padding(const struct code *c, uint64_t from, size_t len)
{
	static const uint8_t pad[] = {
		0x90, 0xcc, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x80, 0x44, 0x40, 0,
	};
	const uint8_t *p = code_at(c, from, len);

	for (size_t i = 0; p && i < len; i++)
		if (!memchr(pad, p[i], sizeof(pad)))
			return false;
	return p;
}

static size_t size_of(const struct code *c, const struct code_sym *s)
{
	const struct code_sym *next = s;

	while (next < c->sym + c->nr && next->addr == s->addr)
		next++;
	return next < c->sym + c->nr ? next->addr - s->addr : 0;
}

static bool same_piece(const struct code *a, const struct code_sym *s,
		       const struct code *b, const struct code_sym *t,
		       const char *fn)
{
	size_t n = size_of(a, s), m = size_of(b, t), least = n < m ? n : m;

	return is_padding(a, s->addr + least, n - least) &&
	       is_padding(b, t->addr + least, m - least) &&
	       same_bytes(a, s->addr, b, t->addr, least, fn);
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

enum code_verdict code_compare(const struct code *a, const struct code *b,
			       const char *fn)
{
	size_t fa, fb, na = pieces(a, fn, &fa), nb = pieces(b, fn, &fb);

	if (!na != !nb)
		return na ? CODE_ONLY_A : CODE_ONLY_B;
	if (!na || na != nb)
		return CODE_CHANGED;
	for (size_t i = 0; i < na; i++) {
		const struct code_sym *s = &a->sym[a->fn[fa + i]];
		const struct code_sym *t = &b->sym[b->fn[fb + i]];

		if (strcmp(s->name, t->name) || !same_piece(a, s, b, t, fn))
			return CODE_CHANGED;
	}
	return CODE_SAME;
}

/* --- instructions -------------------------------------------------------- */

/* Does control go on elsewhere? TARGET: where to, of a jump that says so. */
enum flow { FLOW_ON, FLOW_JUMP, FLOW_AWAY };

static enum flow flow_of(const uint8_t *p, size_t len, uint64_t addr,
			 unsigned int *condition, uint64_t *target)
{
	static const uint8_t prefix[] = {
		0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0xf2, 0xf3,
	};
	size_t i = 0;
	int32_t by;

	while (i < len && memchr(prefix, p[i], sizeof(prefix)))
		i++;
	while (i < len && (p[i] & 0xf0) == 0x40)	/* REX */
		i++;
	if (i + 1 >= len)
		return i < len && (p[i] == 0xc3 || p[i] == 0xcf ||
				   p[i] == 0xcc) ? FLOW_AWAY : FLOW_ON;
	*condition = p[i] == 0xe9 ? 0xeb : p[i];
	if (p[i] == 0x0f && (p[i + 1] & 0xf0) == 0x80)
		*condition = p[i + 1] - 0x10;
	if ((*condition & 0xf0) == 0x70 || *condition == 0xeb ||
	    (*condition >= 0xe0 && *condition <= 0xe3)) {
		by = (int8_t)p[len - 1];
		if (p[i] == 0xe9 || p[i] == 0x0f)
			memcpy(&by, p + len - sizeof(by), sizeof(by));
		*target = addr + len + by;
		return FLOW_JUMP;
	}
	if (p[i] == 0xff)
		return p[i + 1] >> 3 & 7 && (p[i + 1] >> 3 & 7) < 6 &&
		       (p[i + 1] >> 3 & 7) != 1 ? FLOW_AWAY : FLOW_ON;
	return p[i] == 0xe8 || p[i] == 0xc2 ||
	       (p[i] == 0x0f && p[i + 1] == 0x0b) ? FLOW_AWAY : FLOW_ON;
}

bool code_flows(const struct code *c, uint64_t addr, size_t len,
		const char *fn, uint64_t *inside)
{
	const uint8_t *p = code_at(c, addr, len);
	unsigned int condition;
	uint64_t to = 0;
	enum flow flow;

	*inside = 0;
	if (!p)
		return true;
	flow = flow_of(p, len, addr, &condition, &to);
	if (flow == FLOW_JUMP && is_of(code_nearest(c, to), fn))
		*inside = to;
	return flow != FLOW_ON;
}

bool code_same_insn(const struct code *a, uint64_t x, size_t x_len,
		    const struct code *b, uint64_t y, size_t y_len,
		    const char *fn)
{
	const uint8_t *p = code_at(a, x, x_len), *q = code_at(b, y, y_len);
	unsigned int i, k;
	uint64_t to, too;

	if (!p || !q || !x_len || !y_len)
		return false;
	if (flow_of(p, x_len, x, &i, &to) == FLOW_JUMP &&
	    flow_of(q, y_len, y, &k, &too) == FLOW_JUMP)
		return i == k && ((is_of(code_nearest(a, to), fn) &&
				   is_of(code_nearest(b, too), fn)) ||
				  same_place(a, to, b, too));
	return x_len == y_len && *p == *q && same_bytes(a, x, b, y, x_len, fn);
}

bool code_in(const struct code *c, uint64_t addr, const char *fn)
{
	return is_of(code_nearest(c, addr), fn);
}

bool code_piece(const struct code *c, const char *fn, size_t nr,
		uint64_t *from, uint64_t *to)
{
	size_t first;

	if (nr >= pieces(c, fn, &first))
		return false;
	*from = c->sym[c->fn[first + nr]].addr;
	*to = *from + size_of(c, &c->sym[c->fn[first + nr]]);
	return true;
}
