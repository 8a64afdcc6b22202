// SPDX-License-Identifier: GPL-2.0-or-later
/* doc - what is to be read, as blocks: built here, laid out by doc/doc-*.c */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "doc.h"
#include "mem.h"

static struct doc_block *add(struct doc *d, enum doc_is is, const char *mark,
			 const char *fmt, va_list ap)
{
	struct doc_block *b = mem_more(&d->block, &d->nr, sizeof(*b));

	b->is = is;
	b->mark = mem_text("%s", mark);
	b->text = fmt ? out_plain(fmt, ap) : NULL;
	return b;
}

#define BUILDER(name, is, mark, warns, ...)				\
void name(struct doc *d, __VA_ARGS__ const char *fmt, ...)		\
{									\
	va_list ap;							\
									\
	va_start(ap, fmt);						\
	add(d, is, mark, fmt, ap)->warn = warns;			\
	va_end(ap);							\
}

BUILDER(doc_title, DOC_TITLE, "", false,)
BUILDER(doc_head, DOC_HEAD, "", false,)
BUILDER(doc_ask, DOC_ASK, "", false,)
BUILDER(doc_para, DOC_PARA, "", false,)
BUILDER(doc_line, DOC_LINE, "", false,)
BUILDER(doc_note, DOC_NOTE, "", false,)
BUILDER(doc_warn, DOC_NOTE, "!", true,)
BUILDER(doc_item, DOC_ITEM, "-", false,)
BUILDER(doc_warn_item, DOC_ITEM, "!", true,)
BUILDER(doc_key, DOC_KEY, key, false, const char *key,)
BUILDER(doc_beware, DOC_KEY, key, true, const char *key,)

void doc_link(struct doc *d, const char *link)
{
	d->block[d->nr - 1].link = mem_text("%s", link);
}

void doc_table(struct doc *d, struct table *t)
{
	struct doc_block *b = mem_more(&d->block, &d->nr, sizeof(*b));

	b->is = DOC_TABLE;
	b->table = *t;
	*t = (struct table){ .nr_col = t->nr_col, .left = t->left };
}

static void figure(struct doc *d, const char *text, const char *svg,
		   const char *fmt, ...)
{
	struct doc_block *b;
	va_list ap;

	va_start(ap, fmt);
	b = add(d, DOC_FIGURE, "", fmt, ap);
	va_end(ap);
	free(b->mark);
	b->mark = text ? mem_text("%s", text) : NULL;
	b->svg = svg;
}

void doc_figure(struct doc *d, const char *title, const char *text,
		const char *svg)
{
	if (text || svg)
		figure(d, text, svg, "%s", title);
}

void doc_free(struct doc *d)
{
	for (size_t i = 0; i < d->nr; i++) {
		table_free(&d->block[i].table);
		free(d->block[i].mark);
		free(d->block[i].text);
		free(d->block[i].link);
	}
	free(d->block);
	*d = (struct doc){ 0 };
}
