// SPDX-License-Identifier: GPL-2.0-or-later
/* fold-code - the instructions of a trace: of which function, how often */
#include <stdlib.h>

#include "fold-code.h"
#include "mem.h"
#include "trace.h"

#define USER_END 0x800000000000ull

static void translated(struct fold_code *c, const struct fold *f,
		       const struct what *what, uint64_t word)
{
	struct fold_insn_at *i = mem_more(&c->insn, &c->nr, sizeof(*i));
	const struct ksym *sym;

	i->addr = TRACE_ADDR(word);
	i->flags = TRACE_FLAGS(word);
	i->length = TRACE_LENGTH(word);
	if (i->addr < USER_END) {
		i->user = true;
		sym = ksyms_find(c->user, i->addr);
		i->fn = sym ? what_find(f, sym->name) : FN_USER;
		return;
	}
	sym = ksyms_find(c->kernel, i->addr);
	if (!sym) {
		i->fn = FN_UNKNOWN;
		return;
	}
	i->fn = what_find(f, sym->name);
	i->first = sym->addr == i->addr;
	if (what[i->fn].vectors)
		i->vector = what_vector(i->addr - sym->addr);
}

/*
 * Does the last one translated go where the one before it went, whatever that
 * was? Both are of one function; neither calls, returns or is called.
 */
static bool goes_on(const struct fold_code *c, const struct what *what)
{
	const struct fold_insn_at *i = &c->insn[c->nr - 1];
	const struct what *w = &what[i->fn];

	return c->nr > 1 && i->fn > FN_UNKNOWN && !i->user && i->fn == i[-1].fn &&
	       !i[-1].flags && !i->flags && !i->first &&
	       i->vector == ENTRY_NONE && w->entry == ENTRY_NONE &&
	       !w->newborn && !w->switches;
}

void fold_code_add(struct fold_code *c, const struct fold *f,
		   const struct what *what, uint64_t word)
{
	translated(c, f, what, word);
	if (!goes_on(c, what))
		mem_push(&c->block, &c->nr_block, c->nr - 1);
	c->insn[c->nr - 1].block = c->nr_block - 1;
	while (c->nr_more <= c->nr)	/* one behind the last, too */
		mem_more(&c->more, &c->nr_more, sizeof(*c->more));
}

size_t fold_code_end(const struct fold_code *c, size_t i)
{
	size_t next = c->insn[i].block + 1;

	return next < c->nr_block ? c->block[next] : c->nr;
}

void fold_code_executed(struct fold_code *c, size_t first, size_t nr)
{
	c->more[first]++;
	c->more[first + nr]--;
}

static int by_address(const void *pa, const void *pb)
{
	const struct fold_insn *a = pa, *b = pb;

	return a->addr < b->addr ? -1 : a->addr > b->addr;
}

/* What was translated more than once is one instruction. */
void fold_code_list(const struct fold_code *c, struct fold *f)
{
	size_t kept = 0;
	int64_t times = 0;

	f->insn = mem_get(c->nr + 1, sizeof(*f->insn));
	for (size_t i = 0; i < c->nr; i++) {
		times += c->more[i];
		if (times)
			f->insn[f->nr_insn++] = (struct fold_insn){
				c->insn[i].addr, times, c->insn[i].length,
			};
	}
	qsort(f->insn, f->nr_insn, sizeof(*f->insn), by_address);
	for (size_t i = 0; i < f->nr_insn; i++) {
		if (kept && f->insn[kept - 1].addr == f->insn[i].addr)
			f->insn[kept - 1].nr += f->insn[i].nr;
		else
			f->insn[kept++] = f->insn[i];
	}
	f->nr_insn = kept;
}

void fold_code_free(struct fold_code *c)
{
	free(c->insn);
	free(c->block);
	free(c->more);
}
