/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rep - one repetition: a line of the plan, and what became of it */
#ifndef FORKPATH_REP_H
#define FORKPATH_REP_H

#include "kv.h"

struct value {
	const char	*unit;
	double		 v;
};

enum verdict {
	REP_PLANNED,	/* no record of it: the run was stopped before */
	REP_OK,
	REP_SKIP,
	REP_FAIL,
	REP_VOID,
	REP_EXCLUDED,	/* its record is malformed */
	NR_VERDICTS,
};

/* One line of the plan, and what became of it. */
struct rep {
	unsigned int	 line, block;
	unsigned int	 limit;		/* seconds; 0: not known */
	unsigned int	 of;		/* repeats this line; 0: none */
	bool		 mended;	/* refused, and its repeat is ok */
	bool		 planned_skip;	/* never to be measured */
	const char	*part, *bench, *workload;
	unsigned int	 part_nr;	/* place of the part in the report */
	struct kv	*point, *cond;
	size_t		 nr_point, nr_cond;

	enum verdict	 verdict;
	const char	*reason;	/* skip, fail, void, excluded */
	double		 seconds;
	const char	*lat;		/* "lat/0007.lat" or NULL */
	const char	*effective;	/* the "# conditions" in force */
	struct value	*value;
	size_t		 nr_value;
};

/* Value of UNIT in REP into *V; false if it has none. */
bool rep_value(const struct rep *rep, const char *unit, double *v);

/* Operations of the first role: the count of its line; NULL: not known. */
const struct value *rep_ops(const struct rep *rep);

/* Was it there for its times? Not if it counted events, or for a profile. */
bool rep_timed(const struct rep *rep);

/* Is NAME (modified) how a Benchmark line of this repetition begins? */
bool rep_named(const struct rep *rep, char *name);

/* Quantiles of one role must not fall: what is wrong with them, or NULL. */
const char *rep_disorder(const struct rep *rep);

#endif
