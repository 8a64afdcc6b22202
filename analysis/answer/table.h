/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table - rows of cells that keep the numbers they show
 *
 * A cell that was a number keeps it: programs get it, a page sorts by it.
 */
#ifndef FORKPATH_TABLE_H
#define FORKPATH_TABLE_H

#include "out.h"

struct point;

struct cell {
	char		*text;		/* NULL: empty */
	char		*link;		/* where a page leads from it, or NULL */
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

/* The first row is there: the names of the columns. */
void table_start(struct table *t, size_t nr_col, size_t left);
/* Cells of the last row; a column that nobody fills is not shown. */
void table_row(struct table *t, const char *above);
/* A row that begins with LABEL, or stands below it if it is longer than ROOM. */
void table_label(struct table *t, const char *label, size_t room);
/* The names, up to NULL, as well. */
void table_head(struct table *t, size_t left, const char *first, ...)
	__attribute__((sentinel));
/* The first NR_KEY columns: names of keys; in a new row, their values of P. */
void table_keys(struct table *t, const char *const *key, size_t nr_key);
void table_point(struct table *t, const struct point *p,
		 const char *const *key, size_t nr_key);
/* A row below the line LABEL, which is not said again of the next one. */
void table_group(struct table *t, const char *label);
void table_cell(struct table *t, size_t col, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* What is in it leads to LINK, a file beside the page or "#h1" on it. */
void table_link(struct table *t, size_t col, const char *link);
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
/* "12%", of nr 0 "-". */
void table_share(struct table *t, size_t col, const struct est *e);
/* "+3.1 % [+2.7, +3.5]"; without INTERVAL the range. */
void table_change(struct table *t, size_t col, const struct change *c);
/* The same of one that is not shown: "~ % [-0.9, +2.4]". */
void table_unshown(struct table *t, size_t col, const struct change *c);
size_t table_width(const struct table *t, size_t gap);
void table_free(struct table *t);
/* Width of column COL; 0: nobody filled it. */
size_t table_column(const struct table *t, size_t col);
bool table_empty(const struct table *t, size_t col);

#endif
