/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * forecast - what `contention --forecast` said, for beside what was measured
 *
 * forecast.tsv of a folder of `contention` (docs/formats.md), or those of the
 * folders in it.
 */
#ifndef FORKPATH_FORECAST_H
#define FORKPATH_FORECAST_H

#include "point.h"

struct forecast {
	const char	*kernel, *lock, *op, *group, *transfer;
	double		 nodes, instruction_ps, cpus, rate, p50;
};

struct forecasts {
	struct forecast	*row;
	size_t		 nr;
	char		**text;		/* files; the rows point there */
	size_t		 nr_text;
};

/* Returns 0, or -1 after one line on stderr. */
int forecasts_read(struct forecasts *to, const char *path);
void forecasts_free(struct forecasts *all);

/*
 * For what P does, of as many actors as its option BY says: of a kernel of the
 * series of RELEASE if there is one, else of the last one; under LOCK. NULL:
 * there is none.
 */
const struct forecast *forecast_of(const struct forecasts *all,
				   const struct point *p, const char *by,
				   const char *release, const char *lock);

#endif
