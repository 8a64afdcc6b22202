// SPDX-License-Identifier: GPL-2.0-or-later
/* sentence - what is said, and the figures that it says */
#define _GNU_SOURCE
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
	if (vasprintf(&to->next.text, fmt, ap) < 0)
		mem_get((size_t)-1, 2);		/* says so and ends */
	va_end(ap);
	*one = to->next;
	to->next = (struct sentence){ .asks = one->asks };
}

void sentences_print(const struct sentences *all, FILE *to)
{
	for (size_t i = 0; i < all->nr; i++) {
		const struct sentence *s = &all->one[i];

		if (!i || strcmp(s->asks, all->one[i - 1].asks))
			out_wrap(to, "", "%s", s->asks);
		out_wrap(to, "  ", "%s", s->text);
	}
}

void sentences_free(struct sentences *all)
{
	for (size_t i = 0; i < all->nr; i++) {
		for (size_t k = 0; k < all->one[i].nr_figure; k++)
			free(all->one[i].figure[k].name);
		free(all->one[i].figure);
		free(all->one[i].text);
	}
	free(all->one);
}
