/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * patch - what of an operation's difference is code that changed?
 *
 * By the trees (tree.h) of one operation on two kernels, of one or more pairs
 * of boots, each under a layout of its own:
 *
 *   changed  in functions whose own code differs, or is in one kernel only:
 *            what is new in them, and where they go other ways (align.h)
 *            the path, too; as often as the base calls them
 *   called   in unchanged functions that changed ones call more or less
 *            often, with all they call in turn that is unchanged
 *   state    the rest: code that was there before and took another path
 *
 * The patch is changed + called, a mean over all operations recorded. State
 * is the laboratory's, unless it has one sign in every layout.
 */
#ifndef FORKPATH_PATCH_H
#define FORKPATH_PATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "code.h"
#include "tree.h"

#define PAIRS_MAX 16
#define FOLLOWS_LEAST 6		/* layouts; 1 of 32 by chance, with 8 1 of 128 */

/* What the code of a kernel is compared by. */
struct side {
	char		*symbols, *image;
	struct code	 code;
};

struct fn {
	const char		*name;
	enum code_verdict	 code;
	double			 own[2], calls[2];	/* of this operation */
	bool			 flow;	/* it changed, and goes other ways */
	double			 wanted;	/* calls, but for state */
	double			 fresh[2];	/* of own: what is new */
	double			 changed;	/* of own's difference */
};

/* FROM, which changed, calls TO; perhaps by others, if that changed, too. */
struct edge {
	size_t	from, to;
	double	calls[2], below[2];
	double	called;			/* of the difference, by the calls */
};

/* Two boots. */
struct pair {
	struct tree	 tree[2];
	char		*text[2];
	double		 patch, state;	/* of an operation in it */
};

struct op {
	const char	*name;
	struct pair	 pair[PAIRS_MAX];
	size_t		 nr;
	double		 windows, total[2], changed, called;
	struct edge	*edge;
	size_t		 nr_edge;
};

struct verdict {
	struct side	 side[2];
	struct fn	*fn;		/* of all operations, by first use */
	size_t		 nr_fn;
	size_t		*hash, room;
};

/* Was function NAME executed, on any side, in any operation so far? */
bool patch_executed(const struct verdict *v, const char *name);

/* Each pair of boots by itself, then all; o->nr pairs of trees are read. */
void patch_all(struct verdict *v, struct op *o);

/* Instructions per operation, of what was judged last. */
double patch_size(const struct op *o);
double patch_state(const struct op *o);

/* Has the difference of state one sign, in so many layouts? Its range. */
bool patch_follows(const struct op *o, double range[2]);

#endif
