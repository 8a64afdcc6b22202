// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * simulate - how often is a verdict wrong, how often is an effect found?
 *
 * Usage: simulate [CAMPAIGNS [SEED]]
 *
 * Campaigns are drawn, not measured; their values go through the shipped
 * effect.c, and through nothing else. A campaign has two arms of some boots,
 * a boot 40 points, a point ten repetitions. ln of a repetition is normal
 * with sd 1 % about the level of its boot, which is normal about that of the
 * point. Blocks of two boots, one of each arm, in random order. Drift: the
 * machine becomes 10 % slower from the first boot to the last.
 *
 * A/A: nothing differs. The share of campaigns with a `faster` or `slower`
 * anywhere must be at most 5 % plus 1.645 standard errors of such a share.
 * Power: one point of the forty costs 3 % more, between-boot sd 1 %; the
 * share of campaigns that call it slower must be at least 95 % less the same.
 * Exit 1 if one of them fails.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "effect.h"
#include "mem.h"
#include "stat.h"
#include "err.h"

#define POINTS	40
#define REPS	10
#define BOOTS_MAX	20
#define ITERATION	0.01
#define DRIFT	0.10
#define SMALLEST	0.01

struct campaign {
	size_t	boots;		/* per arm */
	double	between;	/* sd of ln between boots */
	double	drift, effect;	/* effect: on point 0 of arm b */
};

struct result {
	bool	any;		/* a verdict on a point without an effect */
	bool	found;		/* point 0: slower */
	size_t	same;
};

static double boot(gsl_rng *rng, double level, double between)
{
	double rep[REPS], median;

	level += gsl_ran_gaussian(rng, between);
	for (int i = 0; i < REPS; i++)
		rep[i] = 1e5 * exp(level + gsl_ran_gaussian(rng, ITERATION));
	if (stat_median(rep, REPS, &median))
		abort();
	return median;
}

static struct result campaign(gsl_rng *rng, const struct campaign *c)
{
	struct effect effect[POINTS], *family[POINTS];
	double a[BOOTS_MAX], b[BOOTS_MAX];
	bool first[BOOTS_MAX], paired = effect_pairs(c->boots, POINTS);
	struct result r = { 0 };

	for (size_t i = 0; i < c->boots; i++)
		first[i] = gsl_rng_uniform_int(rng, 2);
	for (int p = 0; p < POINTS; p++) {
		for (size_t i = 0; i < c->boots; i++) {
			/* Position of both boots of the block, 0 to 1. */
			double last = 2 * c->boots - 1;
			double ta = (2 * i + !first[i]) / last;
			double tb = (2 * i + first[i]) / last;

			a[i] = boot(rng, c->drift * ta, c->between);
			b[i] = boot(rng, c->drift * tb +
				    (p ? 0 : log(1 + c->effect)), c->between);
		}
		effect_make(&effect[p], a, c->boots, b, c->boots, paired);
		family[p] = &effect[p];
	}
	effect_family(family, POINTS, SMALLEST);
	for (int p = 0; p < POINTS; p++) {
		bool verdict = effect[p].verdict == EFFECT_FASTER ||
			       effect[p].verdict == EFFECT_SLOWER;

		if (p || !c->effect)
			r.any |= verdict;
		else
			r.found = effect[p].verdict == EFFECT_SLOWER;
		r.same += effect[p].verdict == EFFECT_SAME;
	}
	return r;
}

/* Sums over NR campaigns. */
static void many(gsl_rng *rng, const struct campaign *c, unsigned long nr,
		 unsigned long *any, unsigned long *found)
{
	*any = *found = 0;
	for (unsigned long i = 0; i < nr; i++) {
		struct result r = campaign(rng, c);

		*any += r.any;
		*found += r.found;
	}
}

int main(int argc, char **argv)
{
	unsigned long nr = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
	unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	double error, limit;
	bool bad = false;
	gsl_rng *rng;

	err_prog = "simulate";
	if (!nr || argc > 3) {
		err_say("[CAMPAIGNS [SEED]] is right");
		return EXIT_BAD;
	}
	gsl_set_error_handler_off();
	rng = gsl_rng_alloc(gsl_rng_mt19937);
	if (!rng)
		return EXIT_FAIL;
	gsl_rng_set(rng, seed);
	error = 1.645 * sqrt(0.05 * 0.95 / nr);
	limit = 0.05 + error;
	printf("%lu campaigns each, %d points, %d repetitions per boot, seed %lu\n"
	       "A/A: campaigns with any false verdict, at most %.1f %%\n"
	       "(sd x2.0: twice that of the repetitions of a boot)\n",
	       nr, POINTS, REPS, seed, 100 * limit);
	for (int n = 10; n <= 12; n += 2) {
		for (int scale = 0; scale < 2; scale++) {
			for (int drift = 0; drift < 2; drift++) {
				const struct campaign c = {
					.boots = n,
					.between = ITERATION * (scale ? 2 : 0.5),
					.drift = drift ? DRIFT : 0,
				};
				unsigned long any, found;

				many(rng, &c, nr, &any, &found);
				bad |= any > limit * nr;
				printf("  %d boots, %-8s  between-boot sd x%.1f, %-10s  %4.1f %%%s\n",
				       n, effect_pairs(n, POINTS) ? "paired" :
				       "unpaired", scale ? 2.0 : 0.5,
				       drift ? "drift" : "no drift", 100.0 * any / nr,
				       any > limit * nr ? "  TOO MANY" : "");
			}
		}
	}
	printf("power: 3 %% at between-boot sd 1 %%, at least %.1f %%\n",
	       100 * (0.95 - error));
	for (int n = 8; n <= 12; n += 2) {
		const struct campaign c = {
			.boots = n, .between = 0.01, .effect = 0.03,
		};
		unsigned long any, found;
		bool low;

		many(rng, &c, nr, &any, &found);
		low = n == 10 && found < (0.95 - error) * nr;
		bad |= low;
		printf("  %2d boots, %-8s  found in %.1f %%, a false one beside it %.1f %%%s\n",
		       n, effect_pairs(n, POINTS) ? "paired" : "unpaired",
		       100.0 * found / nr, 100.0 * any / nr,
		       low ? "  TOO FEW" : "");
	}
	gsl_rng_free(rng);
	return bad ? EXIT_FAIL : EXIT_OK;
}
