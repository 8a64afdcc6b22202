// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * contention-stack - by which calls the kernel has come to an access
 *
 * Told by where return addresses are put and taken from: what lies at or below
 * that place has returned. A task that sleeps in a window keeps its frames,
 * each kernel stack is one of its own.
 */
#include "contention.h"

#define STACK_SIZE	16384ull	/* of the kernel, and aligned to it */

/* Each way of calls once: its last call, and the way before it. */
struct way {
	uint32_t	insn, parent;
	uint32_t	child, next;	/* NONE: no more */
	uint32_t	nr;		/* in the record; 0: not there */
};
static struct way *ways;
static uint32_t nr_ways, room_ways;

static uint32_t way_of(uint32_t parent, uint32_t insn)
{
	static uint32_t first = NONE;
	uint32_t *head = parent == NONE ? &first : &ways[parent].child;

	for (uint32_t i = *head; i != NONE; i = ways[i].next)
		if (ways[i].insn == insn)
			return i;
	if (nr_ways == room_ways) {
		room_ways = room_ways ? 2 * room_ways : 1 << 12;
		ways = contention_grown(ways, room_ways * sizeof(*ways));
		head = parent == NONE ? &first : &ways[parent].child;
	}
	ways[nr_ways] = (struct way){ .insn = insn, .parent = parent,
				      .child = NONE, .next = *head };
	*head = nr_ways;
	return nr_ways++;
}

static struct stack *stack_at(struct cpu *c, uint64_t sp)
{
	uint64_t base = sp / STACK_SIZE * STACK_SIZE;
	struct stack *s;

	for (unsigned int i = 0; i < STACKS; i++)
		if (c->stack[i].base == base)
			return &c->stack[i];
	s = &c->stack[c->next_stack++ % STACKS];
	s->base = base;
	s->depth = 0;
	return s;
}

static struct stack *returned(struct cpu *c, uint64_t sp)
{
	struct stack *s = stack_at(c, sp);

	while (s->depth && s->frame[s->depth - 1].sp <= sp)
		s->depth--;
	c->call = s->depth ? s->frame[s->depth - 1].way : NONE;
	return s;
}

void contention_called(struct cpu *c, uint64_t sp, uint32_t insn)
{
	struct stack *s = returned(c, sp);

	c->call = way_of(c->call, insn);
	if (s->depth < DEPTH)
		s->frame[s->depth++] = (struct frame){ sp, c->call };
}

void contention_returned(struct cpu *c, uint64_t sp)
{
	returned(c, sp);
}

void contention_no_calls(struct cpu *c)
{
	for (unsigned int i = 0; i < STACKS; i++)
		c->stack[i].base = c->stack[i].depth = 0;
	c->next_stack = 0;
	c->call = NONE;
}

void contention_way_used(uint32_t way)
{
	for (; way != NONE && !ways[way].nr; way = ways[way].parent)
		ways[way].nr = 1;
}

void contention_ways(contention_way_t write)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < nr_ways; i++) {
		if (!ways[i].nr)
			continue;
		ways[i].nr = ++nr;
		write(nr, contention_way(ways[i].parent), ways[i].insn);
	}
}

uint32_t contention_way(uint32_t way)
{
	return way == NONE ? 0 : ways[way].nr;
}
