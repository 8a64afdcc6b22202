// SPDX-License-Identifier: GPL-2.0-or-later
/* knee - between which pauses the cost of a write jumps */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "knee.h"
#include "mem.h"
#include "out.h"
#include "stat.h"

#define RESAMPLES	2000
#define JUMP		2.0	/* less is no change of regime */
#define KEYS_MAX	32

static const char unit[] = "attacher-p50-ns";

/* The pair of neighbours with the largest ratio. */
static size_t steepest(const double *med, size_t nr)
{
	size_t best = 0;

	for (size_t i = 1; i + 1 < nr; i++)
		if (med[i + 1] / med[i] > med[best + 1] / med[best])
			best = i;
	return best;
}

struct draws {
	struct knee	*knee;
	double		*med;
	size_t		 nr, hits;
};

/* Arm = value of think, boot = repetition. */
static double jump_of(const struct boot_arm *arm, void *arg)
{
	struct draws *d = arg;
	size_t at = d->knee->at;

	for (size_t a = 0; a < d->knee->nr; a++)
		if (stat_median(arm[a].x, arm[a].nr, &d->med[a]))
			return NAN;
	d->nr++;
	d->hits += steepest(d->med, d->knee->nr) == at;
	return log(d->med[at + 1] / d->med[at]);
}

static void draw(struct knee *k, double *v, const size_t *len, size_t most)
{
	const struct boot_opt opt = {
		.level = 0.95, .resamples = RESAMPLES, .seed = 1,
	};
	scoped struct boot_arm *arm = mem_get(k->nr, sizeof(*arm));
	scoped double *med = mem_get(k->nr, sizeof(*med));
	struct draws d = { .knee = k, .med = med };
	struct boot_ci ci;

	for (size_t a = 0; a < k->nr; a++)
		arm[a] = (struct boot_arm){ .nr = len[a], .x = &v[a * most] };
	k->lo = k->hi = k->support = NAN;
	if (!boot_ci(arm, k->nr, jump_of, &d, &opt, &ci)) {
		k->lo = exp(ci.lo);
		k->hi = exp(ci.hi);
		/* The first call was of the data themselves: a hit. */
		k->support = (double)(d.hits - 1) / (d.nr - 1);
	}
}

static void find(struct knee *k)
{
	size_t most = 1, n = 0;
	scoped size_t *len = mem_get(k->nr, sizeof(*len));
	scoped double *v = NULL;

	for (size_t i = 0; i < k->nr; i++)
		if (k->point[i]->nr_rep > most)
			most = k->point[i]->nr_rep;
	v = mem_get(k->nr * most, sizeof(*v));
	k->med = mem_get(k->nr, sizeof(*k->med));
	for (size_t i = 0; i < k->nr; i++) {
		len[n] = point_values(k->point[i], unit, v + n * most, NULL);
		if (!len[n] || stat_median(v + n * most, len[n], &k->med[n]) ||
		    k->med[n] <= 0)
			continue;
		k->point[n++] = k->point[i];
	}
	k->nr = n;
	if (n >= KNEE_MIN) {
		k->at = steepest(k->med, n);
		k->ratio = k->med[k->at + 1] / k->med[k->at];
		draw(k, v, len, most);
		k->jump = k->ratio >= JUMP && !(k->lo <= 1);
	}
}

void knee_make(struct knees *all, const struct points *points)
{
	scoped const struct point **p = mem_get(points->nr_point, sizeof(*p));
	scoped struct point_line *line = NULL;
	size_t nr = 0;
	double v;

	memset(all, 0, sizeof(*all));
	for (size_t i = 0; i < points->nr_point; i++) {
		const struct point *one = &points->point[i];

		if (one->nr_rep && point_number(one, "think") >= 0 &&
		    rep_value(one->rep[0], unit, &v))
			p[nr++] = one;
	}
	nr = point_lines(&line, p, nr, "think", NULL);
	for (size_t i = 0; i < nr; i++) {
		struct knee k = { .point = line[i].point, .nr = line[i].nr };

		if (k.nr >= KNEE_MIN)
			find(&k);
		if (k.nr >= KNEE_MIN) {
			mem_push(&all->knee, &all->nr_knee, k);
			continue;
		}
		free(k.point);
		free(k.med);
	}
}

void knee_free(struct knees *all)
{
	for (size_t k = 0; k < all->nr_knee; k++) {
		free(all->knee[k].point);
		free(all->knee[k].med);
	}
	free(all->knee);
}

static void sentence(const struct knee *k, const char *label, struct doc *to)
{
	const char *from = point_get(k->point[k->at], "think");
	const char *until = point_get(k->point[k->at + 1], "think");
	char a[40], b[40], n[20], lo[20], hi[20], ci[60] = "", sure[80] = "";

	out_number(n, sizeof(n), k->ratio);
	if (!isnan(k->lo)) {
		snprintf(ci, sizeof(ci), " [%s, %s]",
			 out_number(lo, sizeof(lo), k->lo),
			 out_number(hi, sizeof(hi), k->hi));
		snprintf(sure, sizeof(sure), "; %.0f %% of resamples put it there%s",
			 100 * k->support, k->support < 0.9 ? ", not sure" : "");
	}
	if (!k->jump) {
		doc_note(to, "%s%sno knee: neighbours differ by a factor of %s%s at most (pauses of %s to %s s). One regime over all that was measured.",
			label, *label ? ": " : "", n, ci, from, until);
		return;
	}
	doc_note(to, "%s%sthe knee lies between pauses of %s and %s s: a factor of %s%s%s. With pauses up to %s s a write costs what it costs in a tight loop (median %s), from %s s on what an isolated write costs (%s).",
		label, *label ? ": " : "", from, until, n, ci, sure, from,
		out_time(a, sizeof(a), k->med[k->at]), until,
		out_time(b, sizeof(b), k->med[k->at + 1]));
}

void knee_section(const struct points *points, struct doc *to)
{
	static const char *const but[] = { "think", NULL };
	scoped const struct point **head = NULL;
	const char *key[KEYS_MAX];
	struct knees all;
	size_t nr_key;
	char label[200];

	knee_make(&all, points);
	head = mem_get(all.nr_knee, sizeof(*head));
	for (size_t k = 0; k < all.nr_knee; k++)
		head[k] = all.knee[k].point[0];
	nr_key = point_varying_but(head, all.nr_knee, key, KEYS_MAX, but);
	for (size_t k = 0; k < all.nr_knee; k++) {
		if (!k)
			doc_head(to, "[%s] Where the cost of a write jumps, by the pause before it (median; 95 %% by bootstrap over repetitions)",
				head[0]->part);
		sentence(&all.knee[k], point_label(head[k], key, nr_key, true,
						   label, sizeof(label)), to);
	}
	knee_free(&all);
}
