// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * code-arm64 - the same code, of instructions of four bytes
 *
 * SUMMARY
 * Two instructions are the same if all but their distances are, and these lead
 * to the same place: of a branch, of a literal, and of an address that is
 * made of two: adrp has the page, add, a load or a store the rest.
 *
 * DETAILS
 * Which page a register has is looked for backwards, from the rest to whatever
 * wrote the register last. Behind a jump away that may have been somewhere
 * else; then any page is right that the function gives to that register. A
 * page by itself is not compared: what it is used for is. The linker makes an
 * adr of an adrp where it mends Cortex-A53 erratum 843419.
 *
 * Names of instructions and their fields: Arm Architecture Reference Manual,
 * C4.1.
 */
#include <string.h>

#include "code-arch.h"
#include "trace.h"

#define NOP	0xd503201fu
#define WORD	4		/* bytes of each */
#define LR	30
#define SP	31
#define CALL_KEEPS 19		/* x19 to x28, and the frame pointer */
#define TABLE	8		/* bytes compared where an address is taken */

/* 0, which is no instruction, where the image has none. */
static uint32_t word_at(const struct code *c, uint64_t addr)
{
	const uint8_t *p = code_at(c, addr, WORD);
	uint32_t w = 0;

	if (p)
		memcpy(&w, p, sizeof(w));
	return w;
}

static unsigned int field(uint32_t w, unsigned int from, unsigned int nr)
{
	return w >> from & ((1u << nr) - 1);
}

static int64_t distance(uint32_t w, unsigned int from, unsigned int nr)
{
	return (int64_t)((uint64_t)w << (64 - from - nr)) >> (64 - nr);
}

/* --- what an instruction refers to --------------------------------------- */

static bool is_literal(uint32_t w)
{
	return (w & 0x3b000000) == 0x18000000;
}

/* Which bits of a branch or literal are its distance, BY; 0: it is none. */
static uint32_t branch(uint32_t w, int64_t *by)
{
	if ((w & 0x7c000000) == 0x14000000) {		/* b, bl */
		*by = WORD * distance(w, 0, 26);
		return 0x03ffffff;
	}
	if ((w & 0xff000000) == 0x54000000 ||		/* b.cond */
	    (w & 0x7e000000) == 0x34000000 ||		/* cbz, cbnz */
	    is_literal(w)) {
		*by = WORD * distance(w, 5, 19);
		return 0x00ffffe0;
	}
	if ((w & 0x7e000000) == 0x36000000) {		/* tbz, tbnz */
		*by = WORD * distance(w, 5, 14);
		return 0x0007ffe0;
	}
	return 0;
}

static bool is_adr(uint32_t w)				/* adr, adrp */
{
	return (w & 0x1f000000) == 0x10000000;
}

static uint64_t adr(uint32_t w, uint64_t addr)
{
	int64_t by = 4 * distance(w, 5, 19) + field(w, 29, 2);

	return w >> 31 ? (addr & ~0xfffull) + by * 4096 : addr + by;
}

static bool is_add(uint32_t w)			/* of 64 bits, an immediate */
{
	return (w & 0xffc00000) == 0x91000000;
}

/*
 * Which bits of an add, a load or a store are its distance, BY, from a
 * register; 0: it has none. LEN: bytes that are read there.
 */
static uint32_t offset(uint32_t w, uint64_t *by, size_t *len)
{
	unsigned int shift = w >> 30;

	if (is_add(w)) {
		*by = field(w, 10, 12);
		*len = TABLE;
		return 0x003ffc00;
	}
	if ((w & 0x3b000000) != 0x39000000)
		return 0;
	if (field(w, 26, 1) && field(w, 23, 1) && !shift)
		shift = 4;				/* q0 to q31 */
	*by = (uint64_t)field(w, 10, 12) << shift;
	*len = 1ul << shift;
	return 0x003ffc00;
}

/* --- registers ----------------------------------------------------------- */

static bool is_call(uint32_t w)
{
	return w >> 26 == 0x25 || (w & 0xfefff000) == 0xd63f0000;
}

/* What stands behind it is reached from elsewhere. */
static bool leaves(uint32_t w)
{
	return w >> 26 == 0x05 || (w & 0xffe00000) == 0xd4200000 ||
	       ((w & 0xfe000000) == 0xd6000000 && !is_call(w));
}

static bool load_writes(uint32_t w, unsigned int r)
{
	bool pair = (w & 0x38000000) == 0x28000000;
	bool one = (w & 0x38000000) == 0x38000000;
	bool exclusive = (w & 0x3f000000) == 0x08000000;

	if ((w & 0xfec00000) == 0xf8800000)		/* prfm */
		return false;
	/* Of a store, too: nobody stores a page. */
	if (!field(w, 26, 1) && (field(w, 0, 5) == r ||
				 (pair && field(w, 10, 5) == r)))
		return true;
	if (exclusive && field(w, 16, 5) == r)
		return true;
	/* Before or after it is added to. */
	return field(w, 5, 5) == r &&
	       ((pair && field(w, 23, 1)) ||
		(one && !field(w, 24, 1) && !field(w, 21, 1) && field(w, 10, 1)));
}

static bool writes(uint32_t w, unsigned int r)
{
	if (is_call(w))
		return r < CALL_KEEPS || r == LR;
	switch (field(w, 25, 4)) {
	case 8: case 9:					/* immediates */
		return field(w, 0, 5) == r;
	case 10: case 11:				/* mrs */
		return (w & 0xfff00000) == 0xd5300000 && field(w, 0, 5) == r;
	case 5: case 13:				/* registers; not ccmp */
		return (w & 0x1fe00000) != 0x1a400000 && field(w, 0, 5) == r;
	case 4: case 6: case 12: case 14:
		return load_writes(w, r);
	}
	return false;
}

struct held {
	uint64_t	page;		/* 0: none */
	bool		elsewhere;	/* it may have come another way */
};

/* What register R has before the instruction at ADDR. */
static struct held held(const struct code *c, uint64_t addr, unsigned int r)
{
	const struct code_sym *s = code_nearest(c, addr);
	struct held h = { 0 };

	while (r != SP && s && addr > s->addr) {
		uint32_t w = word_at(c, addr -= WORD);

		h.elsewhere |= leaves(w);
		if (!writes(w, r))
			continue;
		if (is_adr(w))
			h.page = adr(w, addr);
		return h;
	}
	h.elsewhere = true;
	return h;
}

/* --- two instructions ---------------------------------------------------- */

static bool same_datum(const struct code *a, uint64_t x,
		       const struct code *b, uint64_t y, size_t len)
{
	return code_same_place(a, x, b, y) ||
	       code_same_constant(a, x, b, y, len);
}

/* The next page that FN gives to register R, from AT on in piece NR. */
static bool next_page(const struct code *c, const char *fn, unsigned int r,
		      size_t *nr, uint64_t *at, uint64_t *page)
{
	uint64_t from, to;

	for (; code_piece(c, fn, *nr, &from, &to); (*nr)++, *at = 0)
		for (*at = *at ? *at : from; *at < to; *at += WORD) {
			uint32_t w = word_at(c, *at);

			if (!is_adr(w) || field(w, 0, 5) != r)
				continue;
			*page = adr(w, *at);
			*at += WORD;
			return true;
		}
	return false;
}

/* Is there one of each by which these distances from R lead to one datum? */
static bool any_page(const struct code *a, uint64_t by, const struct code *b,
		     uint64_t too, unsigned int r, size_t len, const char *fn)
{
	uint64_t at_a = 0, page_a, page_b;
	size_t nr_a = 0;

	while (next_page(a, fn, r, &nr_a, &at_a, &page_a)) {
		uint64_t at_b = 0;
		size_t nr_b = 0;

		while (next_page(b, fn, r, &nr_b, &at_b, &page_b))
			if (same_datum(a, page_a + by, b, page_b + too, len))
				return true;
	}
	return false;
}

/* V and W have but other distances from a register. */
static bool same_rest(const struct code *a, uint64_t x, uint32_t v,
		      const struct code *b, uint64_t y, uint32_t w,
		      const char *fn)
{
	unsigned int r = field(v, 5, 5);
	struct held h = held(a, x, r), k = held(b, y, r);
	uint64_t by = 0, too = 0;
	size_t len = 0;

	offset(v, &by, &len);
	offset(w, &too, &len);
	if (h.page && k.page &&
	    same_datum(a, h.page + by, b, k.page + too, len))
		return true;
	if (v == w)
		return (!h.page && !k.page) || (h.elsewhere && k.elsewhere);
	return h.elsewhere && k.elsewhere &&
	       any_page(a, by, b, too, r, len, fn);
}

/*
 * movz and three movk, an address that a kernel found for itself and wrote
 * into its code at boot (runtime constants, since 6.11): data in memory.
 */
static bool is_memory(const struct code *c, uint64_t addr)
{
	uint32_t w = word_at(c, addr);
	uint64_t from = addr - WORD * field(w, 21, 2), value = 0;

	for (unsigned int i = 0; i < 4; i++) {
		uint32_t part = word_at(c, from + WORD * i);

		if ((part & ~(0xffffu << 5)) !=
		    ((i ? 0xf2800000 : 0xd2800000) | i << 21 | field(w, 0, 5)))
			return false;
		value |= (uint64_t)field(part, 5, 16) << 16 * i;
	}
	return value >> 52 == 0xfff && value < 0xffff800000000000ull;
}

static bool same_insn(const struct code *a, uint64_t x,
		      const struct code *b, uint64_t y, const char *fn)
{
	uint32_t v = word_at(a, x), w = word_at(b, y), mask;
	int64_t by, too;
	uint64_t rest;
	size_t len;

	mask = branch(v, &by);
	if (mask)
		return !((v ^ w) & ~mask) && branch(w, &too) == mask &&
		       code_same_place(a, x + by, b, y + too);
	if (is_adr(v) && is_adr(w) && field(v, 0, 5) == field(w, 0, 5))
		return !((adr(v, x) | adr(w, y)) & 0xfff) ||
		       same_datum(a, adr(v, x), b, adr(w, y), TABLE);
	mask = offset(v, &rest, &len);
	if (mask && !((v ^ w) & ~mask))
		return same_rest(a, x, v, b, y, w, fn);
	return v == w || (field(v, 0, 5) == field(w, 0, 5) &&
			  is_memory(a, x) && is_memory(b, y));
}

/* --- functions ----------------------------------------------------------- */

/* An address of the kernel's, of 8 bytes at ADDR; or 0. */
static uint64_t address_at(const struct code *c, uint64_t addr)
{
	uint64_t value = word_at(c, addr) |
			 (uint64_t)word_at(c, addr + WORD) << 32;

	return addr & 7 || value >> 48 != 0xffff ? 0 : value;
}

/* Without what is behind a function, such as room for ftrace in the next. */
static size_t trimmed(const struct code *c, uint64_t from, size_t n)
{
	while (n >= WORD) {
		uint32_t w = word_at(c, from + n - WORD);

		if (!w || w == NOP)
			n -= WORD;
		else if (n >= 8 && address_at(c, from + n - 8))
			n -= 8;
		else
			break;
	}
	return n;
}

static bool same(const struct code *a, uint64_t x, size_t n,
		 const struct code *b, uint64_t y, size_t m, const char *fn)
{
	n = trimmed(a, x, n);
	if (n != trimmed(b, y, m) || !code_at(a, x, n) || !code_at(b, y, n))
		return false;
	for (size_t i = 0; i < n; i += WORD) {
		uint64_t to = address_at(a, x + i), too = address_at(b, y + i);

		if (to && too && i + WORD < n) {
			if (!code_same_place(a, to, b, too))
				return false;
			i += WORD;
		} else if (!same_insn(a, x + i, b, y + i, fn)) {
			return false;
		}
	}
	return true;
}

static enum code_flow flow_of(const uint8_t *p, size_t len, uint64_t addr,
			      unsigned int *condition, uint64_t *target)
{
	uint32_t w, mask;
	int64_t by;

	if (len != WORD)
		return CODE_AWAY;
	memcpy(&w, p, sizeof(w));
	mask = branch(w, &by);
	if (is_call(w))
		return CODE_AWAY;
	if (mask && !is_literal(w)) {
		*condition = w & ~mask;
		*target = addr + by;
		return CODE_JUMP;
	}
	return leaves(w) || w >> 24 == 0xd4 ? CODE_AWAY : CODE_ON;
}

const struct code_arch code_arm64 = { TRACE_MAGIC_LINK, same, flow_of };
