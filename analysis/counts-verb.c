// SPDX-License-Identifier: GPL-2.0-or-later
/* counts-verb - what was counted in exact mode, for programs */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "cond.h"
#include "exact.h"
#include "set.h"
#include "verbs.h"

static const char *counts_base;

const struct opt counts_opts[] = {
	{ "base", OPT_PATH, &counts_base, NULL, NULL,
	  "results folder: adds two columns, the shift from it and the share "
	  "of samples that it moves" },
	OPT_END
};

const char counts_more[] =
	"A line of tab-separated columns for each point of each folder: release,\n"
	"lock mode, part, point, role, operations, least, p50, mode (the largest\n"
	"one, and of how many operations), hash over all samples. `-`: not known.\n"
	"\nEXAMPLES\n"
	"  forkpath-analysis counts results/latest | column -t\n"
	"  forkpath-analysis counts results/new --base results/old\n";

/* The distribution of the same point and role in BASE; NULL: none. */
static const struct pool *same_pool(const struct set_folder *base,
				    const struct point *p, const char *role)
{
	char *key = point_key(p, p->part);
	const struct pool *pool = NULL;

	for (size_t i = 0; i < base->points.nr_point && !pool; i++) {
		const struct point *q = &base->points.point[i];
		char *other = point_key(q, q->part);

		if (!strcmp(key, other))
			pool = point_pool(q, role);
		free(other);
	}
	free(key);
	return pool;
}

static void counts_of(const struct set_folder *f, const struct point *p,
		      const struct pool *pool, const struct set_folder *base)
{
	struct exact_shift s;
	char release[100], lock[60], name[1000];
	struct exact_mode *m;
	double least, p50;
	size_t nr;

	if (!exact_pool(pool, 0, &least) || !exact_pool(pool, 0.5, &p50))
		return;
	m = exact_modes(pool, &nr);
	printf("%s\t%s\t%s\t%s\t%s\t%" PRIu64 "\t%.0f\t%.0f\t%.0f\t%llu\t%016"
	       PRIx64,
	       cond_text(&f->run, "kernel.release", release, sizeof(release)) ?:
	       "unknown", cond_text(&f->run, "lock_mode", lock, sizeof(lock)) ?:
	       "unknown", p->part, point_name(p, name, sizeof(name)),
	       pool->role, pool->ops, least, p50, nr ? m->value : 0,
	       nr ? m->count : 0, pool->hash);
	free(m);
	if (base) {
		const struct pool *from = same_pool(base, p, pool->role);

		if (from && !exact_shift(from, pool, &s))
			printf("\t%.0f\t%.2f", s.by, s.share);
		else
			printf("\t-\t-");
	}
	putchar('\n');
}

int counts_verb(char **arg, int nr)
{
	const struct set_folder *base = NULL;
	struct sets all = { 0 }, old = { 0 };
	int ret = EXIT_OK;

	if (nr < 1) {
		err_say("counts: no folder given; expected results folders of exact mode");
		return EXIT_BAD;
	}
	if (sets_read(&all, arg, nr) ||
	    (counts_base && sets_read(&old, (char **)&counts_base, 1))) {
		err_say("counts: %s", *all.error ? all.error : old.error);
		ret = EXIT_BAD;
	} else if (counts_base) {
		base = old.folder[0];
	}
	for (size_t i = 0; i < all.nr_folder && !ret; i++) {
		const struct set_folder *f = all.folder[i];

		if (exact_run(&f->run))
			continue;
		err_say("counts: %s counts time; expected a results folder of exact mode",
			f->path);
		ret = EXIT_BAD;
	}
	if (!ret)
		printf("release\tlock\tpart\tpoint\trole\tops\tleast\tp50\t"
		       "mode\tof\thash%s\n", base ? "\tshift\tshare" : "");
	for (size_t i = 0; i < all.nr_folder && !ret; i++) {
		const struct points *points = &all.folder[i]->points;

		for (size_t k = 0; k < points->nr_point; k++)
			for (size_t j = 0; j < points->point[k].nr_pool; j++)
				counts_of(all.folder[i], &points->point[k],
					  &points->point[k].pool[j], base);
	}
	sets_free(&all);
	sets_free(&old);
	return ret;
}
