/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fold-code - the instructions of a trace: of which function, how often
 *
 * Numbered as they were translated. Most of them go where the one before them
 * went, whatever that was: those are one block with it.
 */
#ifndef FORKPATH_FOLD_CODE_H
#define FORKPATH_FOLD_CODE_H

#include "fold.h"
#include "what.h"

struct fold_insn_at {
	uint64_t	addr;
	uint32_t	fn;
	uint32_t	block;		/* the one that it is in */
	uint8_t		flags, length;
	bool		first;		/* of its function */
	bool		user;		/* in user space */
	enum entry	vector;		/* of arm64 */
};

struct fold_code {
	const struct ksyms	*kernel, *user;
	struct fold_insn_at	*insn;
	size_t			 nr;
	size_t			*block;	/* its first instruction */
	size_t			 nr_block;
	int64_t			*more;	/* how often an operation executed an
					   instruction, than the one before it */
	size_t			 nr_more;
};

/* One more, as WORD of the trace has it; F has the names, WHAT what they are. */
void fold_code_add(struct fold_code *c, const struct fold *f,
		   const struct what *what, uint64_t word);

/* The first instruction behind the block that I is in. */
size_t fold_code_end(const struct fold_code *c, size_t i);

/* NR from FIRST on, by an operation. */
void fold_code_executed(struct fold_code *c, size_t first, size_t nr);

/* What was executed to F, by address. */
void fold_code_list(const struct fold_code *c, struct fold *f);

void fold_code_free(struct fold_code *c);

#endif
