/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doc - what is to be read, as blocks: once built, laid out in any form
 *
 * Sections add blocks and never think of a form; a form (doc_text() and its
 * siblings) walks the blocks and never guesses what one is. A cell that was
 * a number keeps it: programs get it from doc_json(), a page sorts by it.
 */
#ifndef FORKPATH_DOC_H
#define FORKPATH_DOC_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "out.h"

struct cell {
	char		*text;		/* NULL: empty */
	enum { CELL_TEXT, CELL_COUNT, CELL_ESTIMATE, CELL_CHANGE } is;
	double		 value, low, high, p;	/* NAN: none */
	size_t		 n;
	bool		 range;		/* low and high are of all values */
	const char	*unit, *verdict;	/* not copied */
};

struct table {
	size_t		 nr_col, nr_row;
	size_t		 left;		/* so many columns are flush left */
	struct cell	*cell;		/* nr_row * nr_col; row 0 is the head */
	char		**above;	/* per row: a line before it, or NULL */
};

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

/* Takes what T holds. */
void doc_table(struct doc *d, struct table *t);

/* TEXT or SVG is NULL if there is none; SVG must stay. */
void doc_figure(struct doc *d, const char *title, const char *text,
		const char *svg);

/* Cells of the last row; a column that nobody fills is not shown. */
void table_start(struct table *t, size_t nr_col, size_t left);
void table_row(struct table *t, const char *above);
void table_cell(struct table *t, size_t col, const char *fmt, ...) DOC_FMT(3);
void table_count(struct table *t, size_t col, double n);
/* "7.46 us"; of nr 0 "-". UNIT "ns" is a time, else a plain number. */
void table_est(struct table *t, size_t col, const struct est *e,
	       const char *unit);
/* Its interval alone, in the unit of its value; "[7.26, 7.65]". */
void table_interval(struct table *t, size_t col, const struct est *e,
		    const char *unit);
/* The number behind a text that is in the unit of its table. */
void table_typed(struct table *t, size_t col, const struct est *e,
		 const char *unit);
void table_value(struct table *t, size_t col, double v, const char *unit);
/* "+3.1 % [+2.7, +3.5]"; without INTERVAL the range. */
void table_change(struct table *t, size_t col, const struct change *c);
size_t table_width(const struct table *t, size_t gap);
void table_free(struct table *t);
bool table_empty(const struct table *t, size_t col);

/* The forms. TITLE of a page. */
void doc_text(const struct doc *d, FILE *to);
void doc_markdown(const struct doc *d, FILE *to);
void doc_html(const struct doc *d, const char *title, FILE *to);
json_t *doc_json(const struct doc *d);

#endif
