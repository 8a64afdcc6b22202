/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * family - the same points in two arms, all that is tested together
 *
 * Arm 0 is the baseline. family_sets() or family_parts(), then family_plan();
 * family_make() when the size of the whole family is known (several comparisons
 * with one baseline are one family for Holm), at last family_judge().
 *
 * The unit is the boot: the median over its repetitions. Where an arm has
 * but one boot the unit is the repetition, and nothing can be said about
 * kernels.
 */
#ifndef FORKPATH_FAMILY_H
#define FORKPATH_FAMILY_H

#include "effect.h"
#include "point.h"
#include "set.h"

enum family_pairing {
	FAMILY_UNPAIRED,
	FAMILY_BY_TIME,		/* boots alternate: the i-th with the i-th */
	FAMILY_BY_BOOT,		/* both arms measured in each boot */
	FAMILY_BY_BLOCK,	/* repetitions of one block of one plan */
};

struct family_entry {
	char		*key;
	const struct point *p;
	const struct run *run;
	unsigned int	 arm;
	size_t		 boot, pair;
};

struct family_row {
	const struct point *a, *b;	/* one of each arm, for its words */
	size_t		 first, nr;	/* its entries */
	char		*label;
	char		 role[64], unit[100];
	struct effect	 e;
};

/* A metric that is not the headline: shown, not judged. */
struct family_more {
	const struct family_row *row;
	char		*label;
	const char	*unit;
	double		 a, b, ratio, lo, hi;
	bool		 exact;		/* a, b are the values, nothing else is */
	bool		 varies;	/* exact, and yet not one value per arm */
};

struct family {
	struct family_entry *entry;
	size_t		 nr_entry;
	struct family_row *row;		/* headline: p50, but not of null */
	size_t		 nr_row;
	struct family_row *control;	/* p50 of null */
	size_t		 nr_control;
	struct family_more *more;
	size_t		 nr_more;
	char		**once;		/* points of one arm: "A only: ..." */
	size_t		 nr_once;
	size_t		 nr_boot[2], nr_unit[2];	/* units: most of a point */
	size_t		 rep_min, rep_max;	/* repetitions per boot and point */
	bool		 repetitions;
	enum family_pairing pairing;	/* as measured; rows say as tested */
	bool		 paired;
	size_t		 fired;		/* p <= 5 % after Holm */
	double		 widest;	/* interval: hi / lo of the widest row */
};

/* Sets A and B, with the pairing that their times and boots allow. */
void family_sets(struct family *f, const struct set *a, const struct set *b);

/* Parts "a" and "b" of one set; false if there are no such parts. */
bool family_parts(struct family *f, const struct set *set);

/* Rows, without numbers. Returns how many are tested. */
size_t family_plan(struct family *f);

/* Numbers; NR_TESTS is what family_plan() returned for all together. */
void family_make(struct family *f, size_t nr_tests);

/* One value per unit of an arm: a boot's median, or each repetition. */
struct family_values {
	double		*v;
	size_t		*id;	/* which belong together */
	size_t		 nr;
};

void family_values(const struct family *f, const struct family_row *row,
		   const char *unit, unsigned int arm, struct family_values *x);
void family_values_free(struct family_values *x);

/* All distributions of ARM as one; false: its boots have not the same one. */
bool family_pool(const struct family *f, const struct family_row *row,
		 unsigned int arm, struct pool *all);

/*
 * Parts "a" and "b" of a run, judged; false if there is no such pair. F is to
 * be freed either way.
 */
bool family_control(struct family *f, const struct run *run,
		    const struct points *all);

/* Repetitions of ROW, of all arms. */
size_t family_room(const struct family *f, const struct family_row *row);

/* What varies between the points of a bench, but for lengths; its parts. */
#define FAMILY_KEYS 32
size_t family_keys(const struct family *f, const char *bench,
		   const char **key, bool *parts);

/* Exploratory and exact metrics; two-level bootstrap for p99, seeded. */
void family_more(struct family *f);

/* Holm and verdicts over NR families, rows by size of effect. */
void family_judge(struct family *f, size_t nr, double smallest);

void family_free(struct family *f);

/* "attach/1000/v2", "attach/1000/v2:attacher": values of KEY, ROLE unless NULL. */
char *family_label(const struct point *p, const char *const *key,
		   size_t nr_key, const char *role);

#endif
