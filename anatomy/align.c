// SPDX-License-Identifier: GPL-2.0-or-later
/* align - which instructions of a function that changed are new? */
#include <stdint.h>
#include <stdlib.h>

#include "align.h"
#include "mem.h"

#define CELLS_MAX (1ul << 24)
#define ELSEWHERE SIZE_MAX	/* it is there, and was not executed */

/* The first at ADDR or behind it. */
static size_t find(const struct fold_insn *insn, size_t nr, uint64_t addr)
{
	size_t i = ksyms_at(insn, nr, sizeof(*insn), addr - 1);

	return i == nr ? 0 : i + 1;
}

void align_add(struct align_list *l, const struct tree *t, const char *fn)
{
	uint64_t from, to;

	for (size_t nr = 0; code_piece(l->code, fn, nr, &from, &to); nr++)
		for (size_t i = find(t->insn, t->nr_insn, from);
		     i < t->nr_insn && t->insn[i].addr < to; i++)
			mem_push(&l->insn, &l->nr, t->insn[i]);
}

void align_free(struct align_list *l)
{
	free(l->insn);
	free(l->match);
}

static int by_addr(const void *pa, const void *pb)
{
	const struct fold_insn *a = pa, *b = pb;

	return a->addr < b->addr ? -1 : a->addr > b->addr;
}

/* By address, each once. False: of one it is not known how long it is. */
static bool settle(struct align_list *l)
{
	size_t kept = 0;
	bool known = true;

	if (l->nr)
		qsort(l->insn, l->nr, sizeof(*l->insn), by_addr);
	for (size_t i = 0; i < l->nr; i++) {
		known &= l->insn[i].length > 0;
		if (kept && l->insn[kept - 1].addr == l->insn[i].addr)
			l->insn[kept - 1].nr += l->insn[i].nr;
		else
			l->insn[kept++] = l->insn[i];
	}
	l->nr = kept;
	l->match = mem_get(kept + 1, sizeof(*l->match));
	return known;
}

static bool same(const struct align_list *a, size_t i,
		 const struct align_list *b, size_t k, const char *fn)
{
	return code_same_insn(a->code, a->insn[i].addr, a->insn[i].length,
			      b->code, b->insn[k].addr, b->insn[k].length, fn);
}

static void pair(struct align_list *a, size_t i, struct align_list *b, size_t k)
{
	a->match[i] = k + 1;
	b->match[k] = i + 1;
}

/* The longest common subsequence of what is between FROM and the ends. */
static void longest(struct align_list *a, size_t a_end,
		    struct align_list *b, size_t b_end, size_t from,
		    const char *fn)
{
	size_t n = a_end - from, m = b_end - from, i = 0, k = 0;
	size_t wide = m + 1;
	uint32_t *most = mem_get((n + 1) * wide, sizeof(*most));

	for (i = n; i-- > 0; )
		for (k = m; k-- > 0; ) {
			uint32_t *cell = &most[i * wide + k];

			*cell = cell[wide] > cell[1] ? cell[wide] : cell[1];
			if (same(a, from + i, b, from + k, fn) &&
			    cell[wide + 1] + 1 > *cell)
				*cell = cell[wide + 1] + 1;
		}
	for (i = k = 0; i < n && k < m; ) {
		const uint32_t *cell = &most[i * wide + k];

		if (*cell == cell[wide + 1] + 1 &&
		    same(a, from + i, b, from + k, fn))
			pair(a, from + i++, b, from + k++);
		else if (cell[wide] >= cell[1])
			i++;
		else
			k++;
	}
	free(most);
}

static size_t place(const struct align_list *l, uint64_t addr)
{
	size_t i = find(l->insn, l->nr, addr);

	return i < l->nr && l->insn[i].addr == addr ? i : l->nr;
}

/*
 * Is I of A in B, as far from its neighbour N as in A, not executed? Not what
 * is a part of one that was.
 */
static bool beside(const struct align_list *a, size_t i, size_t n,
		   const struct align_list *b, const char *fn)
{
	uint64_t at = b->insn[a->match[n] - 1].addr + a->insn[i].addr -
		      a->insn[n].addr;
	size_t k = ksyms_at(b->insn, b->nr, sizeof(*b->insn), at);

	return code_in(b->code, at, fn) &&
	       (k == b->nr || at - b->insn[k].addr >= b->insn[k].length) &&
	       code_same_insn(a->code, a->insn[i].addr, a->insn[i].length,
			      b->code, at, a->insn[i].length, fn);
}

static bool is_pair(const struct align_list *l, size_t i)
{
	return l->match[i] && l->match[i] != ELSEWHERE;
}

/* A path that only one of them took is no new code. */
static void not_executed(struct align_list *a, const struct align_list *b,
			 const char *fn)
{
	size_t last = a->nr;

	for (size_t i = 0; i < a->nr; i++) {
		size_t next = i;

		if (is_pair(a, i))
			last = i;
		if (a->match[i])
			continue;
		while (next < a->nr && !is_pair(a, next))
			next++;
		if ((last < a->nr && beside(a, i, last, b, fn)) ||
		    (next < a->nr && beside(a, i, next, b, fn)))
			a->match[i] = ELSEWHERE;
	}
}

/* Where control arrives that goes to ADDR: behind what is new there. */
static uint64_t arrives(const struct align_list *l, uint64_t addr)
{
	for (size_t i = place(l, addr); i < l->nr && !l->match[i] &&
	     l->insn[i].addr == addr; i++)
		addr += l->insn[i].length;
	return addr;
}

/* Do jumps to X of A and to Y of B lead to one instruction? */
static bool same_target(const struct align_list *a, uint64_t x,
			const struct align_list *b, uint64_t y)
{
	size_t i, k;

	if (!x || !y)
		return x == y;
	i = place(a, arrives(a, x));
	k = place(b, arrives(b, y));
	if (i < a->nr && k < b->nr)
		return a->match[i] == k + 1;
	return (i == a->nr || a->match[i] == ELSEWHERE) &&
	       (k == b->nr || b->match[k] == ELSEWHERE);
}

static bool other_ways(const struct align_list *a, const struct align_list *b,
		       const char *fn)
{
	uint64_t to, too;

	for (size_t i = 0; i < a->nr; i++) {
		const struct fold_insn *x = &a->insn[i], *y;

		if (!code_flows(a->code, x->addr, x->length, fn, &to))
			continue;
		if (!a->match[i])
			return true;
		if (!is_pair(a, i))
			continue;
		y = &b->insn[a->match[i] - 1];
		code_flows(b->code, y->addr, y->length, fn, &too);
		if (!same_target(a, to, b, too))
			return true;
	}
	return false;
}

struct align align_fn(struct align_list *a, struct align_list *b,
		      const char *fn)
{
	struct align r = { .flow = true };
	bool known = settle(a);
	size_t i = 0, n, m;

	if (!settle(b) || !known || !a->nr || !b->nr)
		return r;
	for (n = a->nr, m = b->nr; i < n && i < m && same(a, i, b, i, fn); i++)
		pair(a, i, b, i);
	for (; n > i && m > i && same(a, n - 1, b, m - 1, fn); n--, m--)
		pair(a, n - 1, b, m - 1);
	if ((n - i) * (m - i) > CELLS_MAX)
		return r;
	longest(a, n, b, m, i, fn);
	not_executed(a, b, fn);
	not_executed(b, a, fn);
	r.flow = other_ways(a, b, fn) || other_ways(b, a, fn);
	for (n = 0; n < a->nr; n++)
		r.fresh[0] += a->match[n] ? 0 : a->insn[n].nr;
	for (m = 0; m < b->nr; m++)
		r.fresh[1] += b->match[m] ? 0 : b->insn[m].nr;
	return r;
}
