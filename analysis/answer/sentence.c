// SPDX-License-Identifier: GPL-2.0-or-later
/* sentence - what is said, and the figures that it says */
#define _GNU_SOURCE
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "sentence.h"

static struct sentence_figure *new_figure(struct sentences *to,
					  const char *name)
{
	struct sentence_figure *f = mem_more(&to->next.figure,
					     &to->next.nr_figure, sizeof(*f));

	*f = (struct sentence_figure){ .name = mem_text("%s", name) };
	return f;
}

void say_asks(struct sentences *to, const char *asks)
{
	to->next.asks = asks;
}

void say_figure(struct sentences *to, const char *name, const char *unit,
		const struct est *e, const struct point *p)
{
	struct sentence_figure *f;

	if (!e->nr)
		return;
	f = new_figure(to, name);
	f->unit = unit;
	f->est = *e;
	f->point = p;
}

void say_ratio(struct sentences *to, const char *name, const char *of,
	       const struct arms_ratio *r, const struct point *p,
	       const struct point *base)
{
	struct sentence_figure *f;

	if (r->verdict == ARMS_NONE)
		return;
	f = new_figure(to, name);
	f->unit = "ratio";
	f->of = of;
	f->est = (struct est){ .med = r->est, .lo = r->lo, .hi = r->hi,
			       .nr = r->nr, .range = r->verdict == ARMS_FEW };
	f->point = p;
	f->base = base;
	f->verdict = arms_verdict_word(r->verdict);
	f->ratio = *r;
}

void say_against(struct sentences *to, const char *figure,
		 const char *against, const char *where)
{
	struct sentence *s = &to->next;
	struct sentence_figure *f;

	/* say_ratio() is silent where there is no number. */
	if (!s->nr_figure)
		return;
	f = &s->figure[s->nr_figure - 1];
	if (f->against || !f->verdict)
		return;
	f->figure = figure;
	f->against = mem_text("%s", against);
	f->where = mem_text("%s", where);
}

void say_verdict(struct sentences *to, const char *verdict)
{
	to->next.verdict = verdict;
}

void say(struct sentences *to, const char *fmt, ...)
{
	struct sentence *one = mem_more(&to->one, &to->nr, sizeof(*one));
	va_list ap;

	va_start(ap, fmt);
	to->next.text = mem_vtext(fmt, ap);
	va_end(ap);
	*one = to->next;
	to->next = (struct sentence){ .asks = one->asks };
}

void sentences_print(const struct sentences *all, struct doc *to)
{
	for (size_t i = 0; i < all->nr; i++) {
		const struct sentence *s = &all->one[i];

		if (!i || strcmp(s->asks, all->one[i - 1].asks))
			doc_ask(to, "%s", s->asks);
		doc_note(to, "%s", s->text);
	}
}

/* Sentences from FIRST on that answer the same question. */
static size_t same(const struct sentences *all, size_t first)
{
	size_t n = 1;

	while (first + n < all->nr &&
	       !strcmp(all->one[first].asks, all->one[first + n].asks))
		n++;
	return n;
}

size_t sentences_asked(const struct sentences *all)
{
	size_t nr = 0;

	for (size_t i = 0; i < all->nr; i += same(all, i))
		nr++;
	return nr;
}

enum outcome { NO_RATIO, DIFFERS, SAME, FEW };

/* What N sentences from ONE on show; FAR: the ratio farthest from 1. */
static enum outcome outcome(const struct sentence *one, size_t n,
			    const struct sentence_figure **far)
{
	enum outcome best = NO_RATIO;

	*far = NULL;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < one[i].nr_figure; k++) {
			const struct sentence_figure *f = &one[i].figure[k];

			if (!f->against)
				continue;
			if (f->ratio.verdict == ARMS_FEW) {
				if (best == NO_RATIO)
					best = FEW;
				continue;
			}
			if (f->ratio.verdict == ARMS_SAME) {
				if (best != DIFFERS)
					best = SAME;
				continue;
			}
			best = DIFFERS;
			if (!*far || fabs(log(f->ratio.est)) >
				     fabs(log((*far)->ratio.est)))
				*far = f;
		}
	return best;
}

/* The questions that ended so, under HEADING. */
static void listed(const struct sentences *all, enum outcome as,
		   const char *heading, struct doc *to)
{
	const struct sentence_figure *far;
	bool any = false;
	size_t n;

	for (size_t i = 0; i < all->nr; i += n) {
		n = same(all, i);
		if (outcome(&all->one[i], n, &far) != as)
			continue;
		if (!any)
			doc_head(to, "%s", heading);
		any = true;
		doc_item(to, "%s", all->one[i].asks);
	}
}

/* "how=write" behind "how=into" is "write". */
static const char *other(const char *name, const char *against)
{
	size_t n = strcspn(name, "=");

	return name[n] && !strncmp(name, against, n + 1) &&
		!strchr(against, ' ') ? against + n + 1 : against;
}

bool sentences_short(const struct sentences *all, struct doc *to)
{
	const struct sentence_figure *f;
	bool shown = false;
	size_t n;

	for (size_t i = 0; i < all->nr; i += n) {
		enum outcome what;
		char ratio[80];

		n = same(all, i);
		what = outcome(&all->one[i], n, &f);
		if (what == SAME || what == FEW)
			continue;
		if (!shown)
			doc_head(to, "In short: of each question the largest difference that is shown");
		shown = true;
		doc_ask(to, "%s", all->one[i].asks);
		if (f)
			doc_note(to, "%s, %s, compared with %s: %s%s%s", f->figure,
				f->name, other(f->name, f->against),
				arms_ratio_text(ratio, sizeof(ratio), &f->ratio),
				*f->where ? "; " : "", f->where);
		else
			doc_note(to, "%s", all->one[i].text);
	}
	listed(all, SAME, "No difference was shown:", to);
	listed(all, FEW, "Too few repetitions for an interval (6):", to);
	return shown;
}

void sentences_free(struct sentences *all)
{
	for (size_t i = 0; i < all->nr; i++) {
		for (size_t k = 0; k < all->one[i].nr_figure; k++) {
			free(all->one[i].figure[k].name);
			free(all->one[i].figure[k].against);
			free(all->one[i].figure[k].where);
		}
		free(all->one[i].figure);
		free(all->one[i].text);
	}
	free(all->one);
}
