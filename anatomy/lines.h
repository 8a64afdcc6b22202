/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lines - what operations on several CPUs share: a record, and its names */
#ifndef FORKPATH_LINES_H
#define FORKPATH_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ksyms.h"
#include "mem.h"
#include "types.h"

#define LINE		64
#define CPUS		8
#define KERNEL		(1ull << 63)	/* addresses from here on are its */
#define SPACES		8

struct part {			/* of one CPU */
	uint64_t	touched, wrote, reads, writes, locked;
	uint64_t	read, written;	/* bytes, bit by bit */
};

struct user {			/* a function that touches a line */
	char		*name;
	uint64_t	 reads, writes;
};

struct at {			/* one instruction's accesses to a line */
	uint64_t	 insn, accesses;
	uint32_t	 way;		/* of calls to it; 0: none known */
};

struct by {			/* what points to an object of kmalloc() */
	uint64_t	 from;		/* where an object begins that does */
	uint32_t	 offset;	/* in it */
	uint32_t	 times;		/* others like it do, this one counted */
	const char	*type;		/* of what is pointed to; NULL: none */
};

struct line {
	uint64_t	 va;
	uint32_t	 nr;		/* in the record; in the table another */
	struct part	 cpu[CPUS];
	struct user	*user;
	size_t		 nr_user;
	struct at	*at;
	size_t		 nr_at;
	double		 e;
	char		*name, *members;
	const char	*kind, *sharing;
	char		 slab[64];	/* its cache; "": not known */
	uint32_t	 size, offset;	/* of an object, of the line in it */
	struct by	*by;
	size_t		 nr_by;
	const char	*type;		/* of the object; NULL: not known */
	bool		 named;
};

struct step {			/* a line is touched */
	uint32_t	 line;		/* of the record, in its order */
	uint32_t	 when;		/* instructions since the begin */
	char		 how;		/* r, w, l: read, wrote, locked */
};

struct order {			/* one operation */
	unsigned int	 cpu;
	uint32_t	 insns;
	struct step	*step;
	size_t		 nr, due;
};

struct way {			/* of calls: the last one, those before it */
	uint64_t	 insn;
	uint32_t	 parent;	/* number of a way before; 0: none */
};

struct sym {
	uint64_t	 addr;
	const char	*name;
};

struct space {			/* what the guest's kernel has where */
	uint64_t	 from, to;
	char		 kind[20];
};

struct record {
	struct ksyms	 functions;
	struct sym	*sym;
	size_t		 nr_sym;
	uint64_t	 percpu, percpu_end;	/* as linked */
	struct space	 space[SPACES];
	unsigned int	 nr_space;
	/* Where each CPU's own area is, less where it is linked. */
	uint64_t	 area[CPUS], windows[CPUS], refused[CPUS], accesses[CPUS];
	unsigned int	 cpus;
	struct way	*way;		/* number 1 first */
	size_t		 nr_way;
	struct line	*line;
	size_t		 nr;
	struct order	*order;
	size_t		 nr_order;
	struct types	 types;		/* none: not known */
	char		*areas;		/* /proc/vmallocinfo, or NULL */
};

/* The function at ADDR, [user] or [unknown]. */
const char *lines_function(const struct record *r, uint64_t addr);

/* The way of calls WAY, the first one first, with a ; behind each function. */
void lines_way(const struct record *r, uint32_t way, struct text *to);

/*
 * Those of E from LEAST on as folded stacks to PATH: line;caller;..;function
 * accesses. Returns an exit code, after one line on stderr if that is not 0.
 */
int lines_folded(const struct record *r, double least, const char *path);

/* The types of what is in slab caches, before anything is called by them. */
void lines_types(struct record *r);

/* What the line is called, its kind, members and sharing. */
void line_name(const struct record *r, struct line *l);

#endif
