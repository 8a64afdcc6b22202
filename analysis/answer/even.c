// SPDX-License-Identifier: GPL-2.0-or-later
/* even - from how many writes per second on one set is the better one */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arms.h"
#include "boot.h"
#include "even.h"
#include "mem.h"
#include "point-est.h"
#include "stat.h"

#define BOOTS_MIN	6	/* of each set, as ranks need for 95 % */

/*
 * Clones per second of who is not moved: `quiet` while nobody writes, and
 * what each write takes of them, `loss` = (quiet - beside) / writes. One set
 * may be dearer always and spare them at each write, or the other way round;
 * both are equal at the rate
 *
 *	(quiet A - quiet B) / (loss A - loss B)
 *
 * of writes. One value of each per boot, the median of its repetitions;
 * intervals by bootstrap over the boots of either set.
 */
enum what { PRICE, SPARED, EVEN };

struct rates {
	double	quiet, loss;
};

struct sides {
	struct rates	*side[2];
	size_t		 nr[2];
	enum what	what;
};

/* Point KEY of BOOT; NULL: it has none that was measured. */
static const struct point *find(const struct set_boot *boot, const char *key)
{
	for (size_t f = 0; f < boot->nr_folder; f++) {
		const struct points *all = &boot->folder[f]->points;

		for (size_t i = 0; i < all->nr_point; i++) {
			const struct point *p = &all->point[i];
			char *k = point_key(p, p->part);
			bool same = !strcmp(k, key);

			free(k);
			if (same && p->nr_rep)
				return p;
		}
	}
	return NULL;
}

/* Both points in every boot of SET; how many boots have them. */
static size_t rates(const struct set *set, const char *quiet,
		    const char *beside, struct rates *to)
{
	size_t nr = 0;

	for (size_t i = 0; i < set->nr_boot; i++) {
		const struct point *q = find(&set->boot[i], quiet);
		const struct point *b = find(&set->boot[i], beside);
		double writes = b ? point_est(b, "attacher-ops/s").med : 0;

		if (!q || writes <= 0)
			continue;
		to[nr].quiet = point_est(q, "cloner-ops/s").med;
		to[nr].loss = (to[nr].quiet -
			       point_est(b, "cloner-ops/s").med) / writes;
		nr++;
	}
	return nr;
}

/* Median over the boots that were drawn, whose numbers they are. */
static double median(const struct boot_arm *arm, const struct rates *of,
		     bool loss)
{
	scoped double *v = mem_get(arm->nr, sizeof(*v));
	double med = NAN;

	for (size_t i = 0; i < arm->nr; i++) {
		const struct rates *r = &of[(size_t)arm->x[i]];

		v[i] = loss ? r->loss : r->quiet;
	}
	stat_median(v, arm->nr, &med);
	return med;
}

static double statistic(const struct boot_arm *arm, void *arg)
{
	const struct sides *s = arg;
	double price = median(&arm[0], s->side[0], false) -
		median(&arm[1], s->side[1], false);
	double spared = median(&arm[0], s->side[0], true) -
		median(&arm[1], s->side[1], true);

	return s->what == PRICE ? price :
		s->what == SPARED ? spared : price / spared;
}

static int interval(struct sides *s, enum what f, struct boot_ci *out)
{
	size_t most = s->nr[0] > s->nr[1] ? s->nr[0] : s->nr[1];
	scoped double *number = mem_get(most, sizeof(*number));
	const struct boot_arm arm[2] = {
		{ .nr = s->nr[0], .x = number }, { .nr = s->nr[1], .x = number },
	};

	s->what = f;
	for (size_t i = 0; i < most; i++)
		number[i] = i;
	return boot_ci(arm, 2, statistic, s, &(struct boot_opt){
			.level = 0.95, .resamples = 10000, .seed = 1 }, out);
}

/* "1203 [1100,1310]", of the size only. */
static const char *text(char *buf, size_t len, const struct boot_ci *ci)
{
	char est[40], lo[40], hi[40];
	bool minus = ci->est < 0;

	snprintf(buf, len, "%s [%s, %s]",
		 out_number(est, sizeof(est), fabs(ci->est)),
		 out_number(lo, sizeof(lo), minus ? -ci->hi : ci->lo),
		 out_number(hi, sizeof(hi), minus ? -ci->lo : ci->hi));
	return buf;
}

static bool shown(const struct boot_ci *ci)
{
	return ci->lo > 0 || ci->hi < 0;
}

static void tell(struct sides *s, const char *what, const char *a,
		 const char *b, struct doc *to)
{
	struct boot_ci price, spared, even;
	char p[140], l[140], e[140];
	/* Who is dearer always, who takes more at each write. */
	const char *dear, *rough;

	if (interval(s, PRICE, &price) || interval(s, SPARED, &spared))
		return;
	text(p, sizeof(p), &price);
	text(l, sizeof(l), &spared);
	dear = price.est > 0 ? b : a;
	rough = spared.est > 0 ? a : b;
	if (!shown(&price) || !shown(&spared))
		doc_note(to, "%s: no answer: %s clones/s fewer under %s with no moves in progress%s, %s more lost per move under %s%s.",
			what, p, dear, shown(&price) ? "" : " are not shown",
			l, rough, shown(&spared) ? "" : " are not shown");
	else if (dear == rough)
		doc_note(to, "%s: %s is worse at any rate of moves: %s clones/s fewer with no moves in progress, %s more lost per move.",
			what, dear, p, l);
	else if (interval(s, EVEN, &even) || !shown(&even))
		doc_note(to, "%s: no answer: %s clones/s fewer under %s with no moves in progress, %s more lost per move under %s.",
			what, p, dear, l, rough);
	else
		doc_note(to, "%s: %s pays from %s moves/s on: %s clones/s fewer with no moves in progress, %s fewer lost per move; n=%zu and %zu.",
			what, dear, text(e, sizeof(e), &even), p, l, s->nr[0],
			s->nr[1]);
}

/* Of the writers beside S those that come most rarely: the lone write. */
static const struct point *lone(const struct arms *s)
{
	const struct point *best = NULL;
	double least = HUGE_VAL;

	for (size_t i = 1; i < s->nr; i++) {
		double w = s->point[i] && s->point[i]->nr_rep ?
			point_est(s->point[i], "attacher-ops/s").med : 0;

		if (w > 0 && w < least) {
			best = s->point[i];
			least = w;
		}
	}
	return best;
}

void even_section(const struct ask *ask, const struct set *a,
		  const struct set *b, const char *name_a, const char *name_b,
		  struct doc *to)
{
	bool asked = false;

	for (size_t f = 0; ask && f < a->boot[0].nr_folder; f++) {
		struct arms_sets all;

		arms_find(&all, &a->boot[0].folder[f]->points, ask);
		for (size_t i = 0; i < all.nr; i++) {
			const struct arms *s = &all.set[i];
			const struct point *q = s->point[0], *w = lone(s);
			struct sides sides;
			char *quiet, *beside, where[300];

			/* On a schedule none is lost. */
			if (!q || !w || point_number(q, "period") > 0)
				continue;
			quiet = point_key(q, q->part);
			beside = point_key(w, w->part);
			sides.side[0] = mem_get(a->nr_boot, sizeof(**sides.side));
			sides.side[1] = mem_get(b->nr_boot, sizeof(**sides.side));
			sides.nr[0] = rates(a, quiet, beside, sides.side[0]);
			sides.nr[1] = rates(b, quiet, beside, sides.side[1]);
			if (sides.nr[0] >= BOOTS_MIN &&
			    sides.nr[1] >= BOOTS_MIN) {
				if (!asked)
					doc_head(to, "From which rate of moves on does which of the two pay?");
				asked = true;
				arms_where(&all, s, where, sizeof(where));
				tell(&sides, *where ? where : "clones", name_a,
				     name_b, to);
			}
			free(quiet);
			free(beside);
			free(sides.side[0]);
			free(sides.side[1]);
		}
		arms_free(&all);
	}
}
