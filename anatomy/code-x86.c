// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * code-x86 - the same code, of instructions that are not decoded
 *
 * Where bytes differ, the four of which the first one is a part are taken for
 * a displacement (relative to the end of an instruction, with an immediate of
 * 0, 1, 2 or 4 bytes behind it) and for an absolute address, also of per-CPU
 * data; if one of these reads as the same place in both, the bytes are equal.
 */
#include <string.h>

#include "code-arch.h"
#include "trace.h"

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

/*
 * Tables of addresses in FN, up to what is no such address
 * in both: the cases of a switch.
 */
static bool same_jumps(const struct code *a, uint64_t x,
		       const struct code *b, uint64_t y, const char *fn)
{
	size_t nr = 0;

	for (; code_is_constant(a, x) && code_is_constant(b, y);
	     x += 8, y += 8, nr++) {
		const uint8_t *p = code_at(a, x, 8), *q = code_at(b, y, 8);
		uint64_t to, too;

		if (!p || !q)
			break;
		memcpy(&to, p, sizeof(to));
		memcpy(&too, q, sizeof(too));
		if (!code_in(a, to, fn) && !code_in(b, too, fn))
			break;
		if (!code_same_place(a, to, b, too))
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

		if (code_same_place(a, x + end + dx, b, y + end + dy) ||
		    code_same_constant(a, x + end + dx, b, y + end + dy, len))
			return true;
	}
	return code_same_place(a, (int64_t)dx, b, (int64_t)dy) ||
	       code_same_constant(a, (int64_t)dx, b, (int64_t)dy, len) ||
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

static bool same_bytes(const struct code *a, uint64_t x, const struct code *b,
		       uint64_t y, size_t len, const char *fn)
{
	const uint8_t *p = code_at(a, x, len), *q = code_at(b, y, len);
	size_t i = 0, free_from = 0;	/* behind the last address */

	/* No address is where an instruction begins. */
	if (!p || !q || (len && *p != *q))
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

static enum code_flow flow_of(const uint8_t *p, size_t len, uint64_t addr,
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
				   p[i] == 0xcc) ? CODE_AWAY : CODE_ON;
	*condition = p[i] == 0xe9 ? 0xeb : p[i];
	if (p[i] == 0x0f && (p[i + 1] & 0xf0) == 0x80)
		*condition = p[i + 1] - 0x10;
	if ((*condition & 0xf0) == 0x70 || *condition == 0xeb ||
	    (*condition >= 0xe0 && *condition <= 0xe3)) {
		by = (int8_t)p[len - 1];
		if (p[i] == 0xe9 || p[i] == 0x0f)
			memcpy(&by, p + len - sizeof(by), sizeof(by));
		*target = addr + len + by;
		return CODE_JUMP;
	}
	if (p[i] == 0xff)
		return p[i + 1] >> 3 & 7 && (p[i + 1] >> 3 & 7) < 6 &&
		       (p[i + 1] >> 3 & 7) != 1 ? CODE_AWAY : CODE_ON;
	return p[i] == 0xe8 || p[i] == 0xc2 ||
	       (p[i] == 0x0f && p[i + 1] == 0x0b) ? CODE_AWAY : CODE_ON;
}

static bool same(const struct code *a, uint64_t x, size_t n,
		 const struct code *b, uint64_t y, size_t m, const char *fn)
{
	size_t least = n < m ? n : m;

	return is_padding(a, x + least, n - least) &&
	       is_padding(b, y + least, m - least) &&
	       same_bytes(a, x, b, y, least, fn);
}

const struct code_arch code_x86 = { TRACE_MAGIC, same, flow_of };
