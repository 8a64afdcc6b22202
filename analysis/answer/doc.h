/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doc - what is to be read, as blocks: once built, laid out in any form
 *
 * Sections add blocks and never think of a form; a form (doc_text() and its
 * siblings, doc/doc-form.h) walks the blocks and never guesses what one is.
 */
#ifndef FORKPATH_DOC_H
#define FORKPATH_DOC_H

#include <stdbool.h>

#include "table.h"

enum doc_is {
	DOC_TITLE, DOC_HEAD,
	DOC_ASK,		/* a heading that its answer follows at once */
	DOC_PARA,
	DOC_LINE,		/* a paragraph, close below another */
	DOC_NOTE,		/* belongs to what is above it */
	DOC_ITEM,
	DOC_KEY,		/* MARK is the key; "": more of the one before */
	DOC_TABLE, DOC_FIGURE,
};

struct doc_block {
	enum doc_is	 is;
	bool		 warn;		/* may spoil everything */
	char		*mark, *text;	/* figure: drawn in text, or NULL */
	char		*link;		/* where a page leads from it, or NULL */
	const char	*svg;		/* of a figure, not copied; or NULL */
	struct table	 table;
};

struct doc {
	struct doc_block	*block;
	size_t		 nr;
};

void doc_free(struct doc *d);

#define DOC_FMT(n)	__attribute__((format(printf, n, n + 1)))

/* Any text becomes printable ASCII. */
void doc_title(struct doc *d, const char *fmt, ...) DOC_FMT(2);
void doc_head(struct doc *d, const char *fmt, ...) DOC_FMT(2);
void doc_ask(struct doc *d, const char *fmt, ...) DOC_FMT(2);
void doc_para(struct doc *d, const char *fmt, ...) DOC_FMT(2);
void doc_line(struct doc *d, const char *fmt, ...) DOC_FMT(2);
void doc_note(struct doc *d, const char *fmt, ...) DOC_FMT(2);
void doc_item(struct doc *d, const char *fmt, ...) DOC_FMT(2);
void doc_key(struct doc *d, const char *key, const char *fmt, ...) DOC_FMT(3);
/* The same three, and nobody may overlook it. */
void doc_warn(struct doc *d, const char *fmt, ...) DOC_FMT(2);
void doc_warn_item(struct doc *d, const char *fmt, ...) DOC_FMT(2);
void doc_beware(struct doc *d, const char *key, const char *fmt, ...)
	DOC_FMT(3);

/* The last block leads to LINK, as a table_link(). */
void doc_link(struct doc *d, const char *link);

/* Takes what T holds. */
void doc_table(struct doc *d, struct table *t);

/* TEXT or SVG is NULL if there is none; SVG must stay. */
void doc_figure(struct doc *d, const char *title, const char *text,
		const char *svg);

#endif
