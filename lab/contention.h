/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * contention - what lab/contention-plugin.c sees, and what becomes of it
 *
 * The plugin sees accesses, window by window; contention-lines.c adds up those
 * of whole windows by line, keeps the order of the first ones, and writes the
 * record (docs/formats.md).
 */
#ifndef FORKPATH_CONTENTION_H
#define FORKPATH_CONTENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define LINE		64
#define MOST_CPUS	8
#define NONE		UINT32_MAX

enum { LOCKED = 1, CALL = 2, IRET = 4, RET = 8 };

/* An instruction, once for each content of its address. */
struct insn {
	uint64_t	addr;
	uint32_t	nr, flags;
	uint8_t		b[16];
};

struct access {
	uint64_t	pa, va, mask;
	uint32_t	insn, way;	/* of calls to it, or NONE */
	uint32_t	when;		/* instructions since the begin */
	bool		store;
};

/* The calls that have not returned, of one kernel stack. */
enum { STACKS = 8, DEPTH = 64 };
struct frame {
	uint64_t	sp;
	uint32_t	way;
};
struct stack {
	uint64_t	base;
	unsigned int	depth;
	struct frame	frame[DEPTH];
};

/* A virtual CPU, and what it has done in the window that is open. */
struct cpu {
	uint64_t	 area;		/* its own one, of the kernel's per-CPU data */
	bool		 open, overflow;
	unsigned int	 irq;
	uint32_t	 deaths, insns;
	uint32_t	 call;		/* the way of calls it is at, or NONE */
	struct stack	 stack[STACKS];
	unsigned int	 next_stack;
	uint32_t	 begun, windows, refused;
	uint64_t	 accesses;
	struct access	*log;
	uint32_t	 nr, room;
};

/* realloc(), or the end of QEMU. */
void *contention_grown(void *old, size_t size);

/* The instruction at ADDR whose bytes are B; FLAGS if it is new. */
struct insn *contention_insn(uint64_t addr, const uint8_t b[16],
			     uint32_t flags);

/* The window of CPU counts; it is number NR of them. */
void contention_commit(struct cpu *cpu, unsigned int nr);

/*
 * contention-stack.c: INSN of CPU has put a return address to SP; one was taken
 * from there; a window begins.
 */
void contention_called(struct cpu *cpu, uint64_t sp, uint32_t insn);
void contention_returned(struct cpu *cpu, uint64_t sp);
void contention_no_calls(struct cpu *cpu);

/*
 * For the record: mark those that are in it, then write each, whoever called
 * first; from then on a way has its number there, 0 for none.
 */
typedef void (*contention_way_t)(uint32_t nr, uint32_t parent, uint32_t insn);
void contention_way_used(uint32_t way);
void contention_ways(contention_way_t write);
uint32_t contention_way(uint32_t way);

/* Where the guest's kernel has what; the first space that fits. */
enum { MOST_SPACES = 8 };
struct space {
	const char	*kind;
	uint64_t	 from, to;
};
struct layout {
	struct space	space[MOST_SPACES];
	unsigned int	nr;
	uint64_t	direct, direct_end;	/* all memory is mapped there */
	/* Its struct pages, of which the first one is that of MEMORY. */
	uint64_t	pages, pages_end, memory;
	uint32_t	page_size;		/* 0: not known */
};

/* LEN bytes of the guest's memory at ADDR, from a callback of a CPU. */
typedef bool (*contention_peek_t)(uint64_t addr, void *to, size_t len);

/* Lines that are in use now: which object is each of them in? */
void contention_find(contention_peek_t peek, unsigned int nr_cpus,
		     const struct layout *l);

/* contention-arch.c */
struct contention_arch {
	const char	*target;	/* as QEMU calls it */
	/* Registers with struct cpu.area; the other one in user space. */
	const char	*area, *kernel_area;
	const char	*sp;		/* NULL: calls put what they return to there */
	const char	*switch_to;	/* from task to task */
	const char	*kernel_at;	/* the kernel's memory is read there; or NULL */
	bool		(*is_irq)(const char *symbol);
	const char	*irq_name;	/* an example */
	bool		(*locks)(const uint8_t *b, size_t len);
	/* PEEK NULL: as far as it can be told without. */
	void		(*layout)(struct layout *l, contention_peek_t peek);
};

/* NULL: there is none. */
const struct contention_arch *contention_arch_for(const char *target);

/* Addresses of symbols of the guest; 0: it has none. */
enum { SYMBOL_TEXT, SYMBOL_END, SYMBOL_VMCOREINFO, NR_SYMBOLS };
extern uint64_t contention_symbol[NR_SYMBOLS];

/* contention-slab.c */
struct slab {
	const char	*name;		/* of the cache; NULL: not known */
	uint32_t	 size, offset;	/* of an object; where the line is in it */
	uint64_t	 begin;		/* of that object */
	struct by	*by;		/* pointers to objects in the line */
	uint32_t	 nr_by;
};

/* So many objects of a cache point there from OFFSET; one of them is FROM. */
struct by {
	uint64_t	 from;
	const char	*cache;
	uint32_t	 offset, times;
};

/* ADDRESS:OFFSET:OFFSET:OFFSET:OFFSET, of forkpath-anatomy slab. */
bool contention_slab_option(const char *text);
bool contention_slab(contention_peek_t peek, const struct layout *l,
		     uint64_t pa, uint64_t va, struct slab *to);

/*
 * contention-points.c: of the NR lines in slab objects, who points to those
 * that kmalloc() gave out? Objects of other lines are asked, to their end.
 */
void contention_points(contention_peek_t peek, struct slab **all, size_t nr);

/* The record of the NR CPUs; the caller looks for an error of TO. */
void contention_write(const struct cpu *cpus, unsigned int nr,
		      const struct layout *l, FILE *to);

#endif
