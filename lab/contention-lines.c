// SPDX-License-Identifier: GPL-2.0-or-later
/* contention-lines - accesses added up by line, and the record of them */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "contention.h"

#define ORDERED	16	/* windows of each CPU of which the order is kept */
#define NEAR	32	/* instructions: still the same touch */

/* One CPU's part of a line. */
struct part {
	uint32_t	touched, wrote;		/* windows */
	uint32_t	seen, stored;		/* the last window that did */
	uint64_t	reads, writes, locked;
	uint64_t	read, written;		/* bytes */
};

struct line {
	uint64_t	pa, va;
	uint32_t	first;			/* of its struct at */
	uint32_t	nr;			/* in the record; NONE: not there */
	struct slab	slab;
	struct part	cpu[MOST_CPUS];
};

/* What one instruction, come to by one way of calls, did to one line. */
struct at {
	uint32_t	line, insn, way, next;
	uint32_t	cpu;
	uint64_t	reads, writes, locked;
};

/* In the order of a window: a line is touched, once or several times. */
struct step {
	uint32_t	line, when;
	bool		wrote, locked;
};

struct order {
	unsigned int	cpu;
	uint32_t	insns, nr;
	struct step	*step;
};

/* Index tables: what hashes to a slot is looked for from there on. */
struct index {
	uint32_t	*slot;
	uint32_t	 mask, nr;
};
static struct index insn_index, line_index, at_index;
static struct insn **insns;
static struct line *lines;
static struct at *ats;
static uint32_t room_insns, room_lines, room_ats;
static struct order orders[MOST_CPUS * ORDERED];
static unsigned int nr_orders;

void *contention_grown(void *old, size_t size)
{
	void *p = realloc(old, size);

	if (p)
		return p;
	fprintf(stderr, "contention-plugin: out of memory\n");
	exit(1);
}

static uint64_t mix(uint64_t x)
{
	x ^= x >> 31;
	x *= 0x7fb5d329728ea185ull;
	x ^= x >> 27;
	x *= 0x81dadef4bc2dd44dull;
	return x ^ x >> 33;
}

static uint64_t insn_hash(uint32_t i)
{
	return mix(insns[i]->addr);
}

static uint64_t line_hash(uint32_t i)
{
	return mix(lines[i].pa);
}

static uint64_t at_key(uint32_t line, uint32_t insn, uint32_t way,
		       uint32_t cpu)
{
	return mix(line * 0x9e3779b97f4a7c15ull ^
		   mix((uint64_t)way << 32 ^ (uint64_t)insn << 3 ^ cpu));
}

static uint64_t at_hash(uint32_t i)
{
	return at_key(ats[i].line, ats[i].insn, ats[i].way, ats[i].cpu);
}

/* Element NR is new: room for it, at most half of the slots are in use. */
static void index_add(struct index *x, uint64_t (*hash)(uint32_t))
{
	uint32_t nr = x->nr++, from = nr;
	uint64_t i;

	if (!x->slot || x->nr > x->mask / 2) {
		x->mask = x->slot ? x->mask * 2 + 1 : 0xffff;
		x->slot = contention_grown(x->slot,
				(x->mask + 1ul) * sizeof(*x->slot));
		memset(x->slot, 0xff, (x->mask + 1ul) * sizeof(*x->slot));
		from = 0;
	}
	for (; from <= nr; from++) {
		i = hash(from) & x->mask;
		while (x->slot[i] != NONE)
			i = (i + 1) & x->mask;
		x->slot[i] = from;
	}
}

static struct line *line_of(uint64_t pa, uint64_t va)
{
	struct index *x = &line_index;
	struct line *l;

	for (uint64_t i = mix(pa) & x->mask; x->slot && x->slot[i] != NONE;
	     i = (i + 1) & x->mask) {
		l = &lines[x->slot[i]];
		if (l->pa != pa)
			continue;
		if (!(l->va >> 63) && va >> 63)
			l->va = va;
		return l;
	}
	if (x->nr == room_lines) {
		room_lines = room_lines ? 2 * room_lines : 1 << 14;
		lines = contention_grown(lines, room_lines * sizeof(*lines));
	}
	l = &lines[x->nr];
	memset(l, 0, sizeof(*l));
	l->pa = pa;
	l->va = va;
	l->first = NONE;
	index_add(x, line_hash);
	return l;
}

static struct at *at_of(struct line *l, uint32_t insn, uint32_t way,
			uint32_t cpu)
{
	struct index *x = &at_index;
	uint32_t line = l - lines;
	struct at *a;

	for (uint64_t i = at_key(line, insn, way, cpu) & x->mask;
	     x->slot && x->slot[i] != NONE; i = (i + 1) & x->mask) {
		a = &ats[x->slot[i]];
		if (a->line == line && a->insn == insn &&
		    a->way == way && a->cpu == cpu)
			return a;
	}
	if (x->nr == room_ats) {
		room_ats = room_ats ? 2 * room_ats : 1 << 16;
		ats = contention_grown(ats, room_ats * sizeof(*ats));
	}
	a = &ats[x->nr];
	*a = (struct at){ .line = line, .insn = insn, .way = way,
			  .cpu = cpu, .next = l->first };
	l->first = x->nr;
	index_add(x, at_hash);
	return a;
}

struct insn *contention_insn(uint64_t addr, const uint8_t b[16],
			     uint32_t flags)
{
	struct index *x = &insn_index;
	struct insn *in;

	for (uint64_t i = mix(addr) & x->mask; x->slot && x->slot[i] != NONE;
	     i = (i + 1) & x->mask) {
		in = insns[x->slot[i]];
		if (in->addr == addr && !memcmp(in->b, b, sizeof(in->b)))
			return in;
	}
	if (x->nr == room_insns) {
		room_insns = room_insns ? 2 * room_insns : 1 << 14;
		insns = contention_grown(insns, room_insns * sizeof(*insns));
	}
	in = contention_grown(NULL, sizeof(*in));
	in->addr = addr;
	in->nr = x->nr;
	in->flags = flags;
	memcpy(in->b, b, sizeof(in->b));
	insns[x->nr] = in;
	index_add(x, insn_hash);
	return in;
}

/* What a CPU does to one line without a pause is one step. */
static void keep_order(const struct cpu *c, unsigned int nr)
{
	struct order *o = &orders[nr_orders++];
	uint32_t room = 0;

	*o = (struct order){ .cpu = nr, .insns = c->insns };
	for (uint32_t i = 0; i < c->nr; i++) {
		const struct access *a = &c->log[i];
		uint32_t line = line_of(a->pa, a->va) - lines;
		struct step *s = o->nr ? &o->step[o->nr - 1] : NULL;

		if (!s || s->line != line || a->when - s->when > NEAR) {
			if (o->nr == room) {
				room = room ? 2 * room : 1024;
				o->step = contention_grown(o->step,
						room * sizeof(*s));
			}
			s = &o->step[o->nr++];
			*s = (struct step){ .line = line, .when = a->when };
		}
		s->wrote |= a->store;
		s->locked |= a->store && insns[a->insn]->flags & LOCKED;
	}
}

void contention_commit(struct cpu *c, unsigned int nr)
{

	if (c->windows < ORDERED)
		keep_order(c, nr);
	c->windows++;
	c->accesses += c->nr;
	for (uint32_t i = 0; i < c->nr; i++) {
		struct access *a = &c->log[i];
		struct line *l = line_of(a->pa, a->va);
		struct part *p = &l->cpu[nr];
		struct at *at = at_of(l, a->insn, a->way, nr);
		bool locked = a->store && insns[a->insn]->flags & LOCKED;

		p->touched += p->seen != c->windows;
		p->seen = c->windows;
		p->locked += locked;
		at->locked += locked;
		if (a->store) {
			p->wrote += p->stored != c->windows;
			p->stored = c->windows;
			p->writes++;
			p->written |= a->mask;
			at->writes++;
		} else {
			p->reads++;
			p->read |= a->mask;
			at->reads++;
		}
	}
}

/* --- what is written ----------------------------------------------------- */

static const struct cpu *cpus;	/* those of the record */
static unsigned int nr_cpus;
static FILE *out;

static int by_area(const void *pa, const void *pb)
{
	const struct cpu *a = &cpus[*(const unsigned int *)pa];
	const struct cpu *b = &cpus[*(const unsigned int *)pb];

	return a->area < b->area ? -1 : a->area > b->area;
}

static int by_pa(const void *pa, const void *pb)
{
	const struct line *a = &lines[*(const uint32_t *)pa];
	const struct line *b = &lines[*(const uint32_t *)pb];

	return a->pa < b->pa ? -1 : a->pa > b->pa;
}

static unsigned int number_of[MOST_CPUS];	/* by the order of their areas */

static int by_place(const void *pa, const void *pb)
{
	const struct at *a = &ats[*(const uint32_t *)pa];
	const struct at *b = &ats[*(const uint32_t *)pb];

	if (a->cpu != b->cpu)
		return number_of[a->cpu] < number_of[b->cpu] ? -1 : 1;
	if (insns[a->insn]->addr != insns[b->insn]->addr)
		return insns[a->insn]->addr < insns[b->insn]->addr ? -1 : 1;
	if (a->way != b->way)
		return contention_way(a->way) < contention_way(b->way) ? -1 : 1;
	return a->insn < b->insn ? -1 : a->insn > b->insn;
}

static bool shared(const struct line *l)
{
	unsigned int touched = 0, wrote = 0;

	for (unsigned int i = 0; i < nr_cpus; i++) {
		touched += l->cpu[i].touched > 0;
		wrote += l->cpu[i].wrote > 0;
	}
	return touched > 1 && wrote;
}

void contention_find(contention_peek_t peek, unsigned int nr,
		     const struct layout *layout)
{
	struct slab **held = NULL;
	size_t nr_held = 0;

	nr_cpus = nr;
	for (uint32_t i = 0; i < line_index.nr; i++) {
		struct line *l = &lines[i];

		if (!shared(l) ||
		    !contention_slab(peek, layout, l->pa, l->va, &l->slab))
			continue;
		held = contention_grown(held, (nr_held + 1) * sizeof(*held));
		held[nr_held++] = &l->slab;
	}
	contention_points(peek, held, nr_held);
	free(held);
}

static void write_line(const struct line *l, const unsigned int *order)
{
	uint32_t nr = 0, *at;

	fprintf(out, "line %" PRIx64 " %" PRIx64 "\n", l->pa, l->va);
	if (l->slab.name)
		fprintf(out, "slab %s %u %u\n", l->slab.name, l->slab.size,
			l->slab.offset);
	for (uint32_t i = 0; i < l->slab.nr_by; i++)
		fprintf(out, "by %" PRIx64 " %u %u\n", l->slab.by[i].from,
			l->slab.by[i].offset, l->slab.by[i].times);
	for (unsigned int i = 0; i < nr_cpus; i++) {
		const struct part *p = &l->cpu[order[i]];

		if (p->touched)
			fprintf(out, "cpu %u %u %u %" PRIu64 " %" PRIu64 " %"
				PRIu64 " %" PRIx64 " %" PRIx64 "\n", i,
				p->touched, p->wrote, p->reads, p->writes,
				p->locked, p->read, p->written);
	}
	for (uint32_t i = l->first; i != NONE; i = ats[i].next)
		nr++;
	at = contention_grown(NULL, nr * sizeof(*at));
	nr = 0;
	for (uint32_t i = l->first; i != NONE; i = ats[i].next)
		at[nr++] = i;
	qsort(at, nr, sizeof(*at), by_place);
	for (uint32_t i = 0; i < nr; i++) {
		const struct at *a = &ats[at[i]];

		fprintf(out, "at %u %" PRIx64 " %u %" PRIu64 " %" PRIu64 " %"
			PRIu64 "\n", number_of[a->cpu], insns[a->insn]->addr,
			contention_way(a->way), a->reads, a->writes, a->locked);
	}
	free(at);
}

static void write_way(uint32_t nr, uint32_t parent, uint32_t insn)
{
	fprintf(out, "way %u %u %" PRIx64 "\n", nr, parent, insns[insn]->addr);
}

/* Steps at lines that are in the record. */
static void write_order(const struct order *o)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < o->nr; i++)
		nr += lines[o->step[i].line].nr != NONE;
	fprintf(out, "order %u %u %u\n", number_of[o->cpu], o->insns, nr);
	for (uint32_t i = 0; i < o->nr; i++) {
		const struct step *s = &o->step[i];

		if (lines[s->line].nr != NONE)
			fprintf(out, "step %u %u %s\n", lines[s->line].nr,
				s->when, s->locked ? "locked" :
				s->wrote ? "wrote" : "read");
	}
}

void contention_write(const struct cpu *all, unsigned int nr_all,
		      const struct layout *layout, FILE *to)
{
	unsigned int order[MOST_CPUS];
	uint32_t *line, nr = 0;

	cpus = all;
	nr_cpus = nr_all;
	out = to;
	for (unsigned int i = 0; i < nr_cpus; i++)
		order[i] = i;
	qsort(order, nr_cpus, sizeof(*order), by_area);
	fprintf(out, "forkpath-lines/5\n");
	for (unsigned int i = 0; i < layout->nr; i++)
		fprintf(out, "space %" PRIx64 " %" PRIx64 " %s\n",
			layout->space[i].from, layout->space[i].to,
			layout->space[i].kind);
	for (unsigned int i = 0; i < nr_cpus; i++) {
		const struct cpu *c = &cpus[order[i]];

		number_of[order[i]] = i;
		fprintf(out, "windows %u %" PRIx64 " %u %u %" PRIu64 "\n", i,
			c->area, c->windows, c->refused, c->accesses);
	}
	line = contention_grown(NULL, (line_index.nr + 1ul) * sizeof(*line));
	for (uint32_t i = 0; i < line_index.nr; i++) {
		lines[i].nr = NONE;
		if (!shared(&lines[i]))
			continue;
		line[nr++] = i;
		for (uint32_t k = lines[i].first; k != NONE; k = ats[k].next)
			contention_way_used(ats[k].way);
	}
	contention_ways(write_way);
	qsort(line, nr, sizeof(*line), by_pa);
	for (uint32_t i = 0; i < nr; i++) {
		lines[line[i]].nr = i;
		write_line(&lines[line[i]], order);
	}
	for (unsigned int i = 0; i < nr_cpus; i++)
		for (unsigned int k = 0; k < nr_orders; k++)
			if (orders[k].cpu == order[i])
				write_order(&orders[k]);
	fprintf(out, "end %u\n", nr);
	free(line);
}
