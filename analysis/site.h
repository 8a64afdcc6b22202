/* SPDX-License-Identifier: GPL-2.0-or-later */
/* site-table - tables that stand beside results folders, and what a site takes of them */
#ifndef FORKPATH_SITE_H
#define FORKPATH_SITE_H

#include "doc.h"

/* An anatomy.tsv: what one operation executes of each function. */
struct site_functions {
	char	*op;			/* "clone kind=fork siblings=0" */
	struct site_kernel {
		const char *name, *release, *lock;
	}	*kernel;
	size_t	 nr_kernel;
	char	**function;
	double	*count;			/* of each function, by kernel */
	size_t	 nr;
	char	*text;			/* the file, cut into pieces */
};

/* One step of OP: from column FROM to column UP_TO. */
struct site_step {
	const struct site_functions *of;
	size_t	 from, up_to;
};

/* TEXT (of LEN bytes, kept) as such a table; false: it is none. */
bool site_functions(struct site_functions *f, char *text, size_t len);
void site_functions_free(struct site_functions *f);

/* That of point NAME from release A to B in LOCK mode, if F has it. */
bool site_step(struct site_step *s, const struct site_functions *f,
	       const char *name, const char *a, const char *b,
	       const char *lock);
void site_step_doc(const struct site_step *s, struct doc *to);

/*
 * A matrix.tsv: the lines of TEXT one after the other, begun with *AT NULL.
 * False: no more, or it is no such table.
 */
struct site_count {
	const char	*release, *lock;
	char		 name[400], unit[100];	/* as of a point */
	double		 p50;
};

struct site_counts {
	char		*at, *end;
	int		 release, lock, part, point, role, p50; /* columns */
	bool		 old;		/* `operation`, one word for a point */
};

bool site_counts(struct site_counts *c, char *text, size_t len);
bool site_counts_next(struct site_counts *c, struct site_count *one);

#endif
