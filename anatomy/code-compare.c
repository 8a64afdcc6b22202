// SPDX-License-Identifier: GPL-2.0-or-later
/* code-compare - is a function of one kernel the same code as that of another? */
#include <string.h>

#include "code-arch.h"

static const struct code_arch *arch_of(const struct code *c)
{
	return c->magic == code_arm64.magic ? &code_arm64 : &code_x86;
}

enum code_verdict code_compare(const struct code *a, const struct code *b,
			       const char *fn)
{
	for (size_t nr = 0;; nr++) {
		uint64_t x, x_end, y, y_end;
		const char *s = code_piece(a, fn, nr, &x, &x_end);
		const char *t = code_piece(b, fn, nr, &y, &y_end);

		if (!s && !t)
			return nr ? CODE_SAME : CODE_CHANGED;
		if (!nr && !(s && t))
			return s ? CODE_ONLY_A : CODE_ONLY_B;
		if (!s || !t || strcmp(s, t) || a->magic != b->magic ||
		    !arch_of(a)->same(a, x, x_end - x, b, y, y_end - y, fn))
			return CODE_CHANGED;
	}
}

bool code_flows(const struct code *c, uint64_t addr, size_t len,
		const char *fn, uint64_t *inside)
{
	const uint8_t *p = code_at(c, addr, len);
	unsigned int condition;
	uint64_t to = 0;
	enum code_flow flow;

	*inside = 0;
	if (!p)
		return true;
	flow = arch_of(c)->flow(p, len, addr, &condition, &to);
	if (flow == CODE_JUMP && code_in(c, to, fn))
		*inside = to;
	return flow != CODE_ON;
}

bool code_same_insn(const struct code *a, uint64_t x, size_t x_len,
		    const struct code *b, uint64_t y, size_t y_len,
		    const char *fn)
{
	const uint8_t *p = code_at(a, x, x_len), *q = code_at(b, y, y_len);
	const struct code_arch *arch = arch_of(a);
	unsigned int i, k;
	uint64_t to, too;

	if (!p || !q || !x_len || !y_len || a->magic != b->magic)
		return false;
	if (arch->flow(p, x_len, x, &i, &to) == CODE_JUMP &&
	    arch->flow(q, y_len, y, &k, &too) == CODE_JUMP)
		return i == k && ((code_in(a, to, fn) && code_in(b, too, fn)) ||
				  code_same_place(a, to, b, too));
	return x_len == y_len && arch->same(a, x, x_len, b, y, y_len, fn);
}
