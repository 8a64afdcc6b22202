/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * out - text of 72 columns: wrapped prose, aligned tables, scaled numbers
 */
#ifndef FORKPATH_OUT_H
#define FORKPATH_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define OUT_WIDTH 72

/*
 * Another form than text: what reports print with out_wrap(), table_print()
 * and out_figure() goes to these instead. Texts are ASCII.
 */
struct table;

struct out_form {
	void (*prose)(FILE *to, const char *first, const char *text);
	void (*table)(FILE *to, const struct table *t);
	/* TEXT or SVG is NULL if there is none. */
	void (*figure)(FILE *to, const char *title, const char *text,
		       const char *svg);
};

void out_form(const struct out_form *form);	/* NULL: text again */

/* What prose is, by what goes before its first line. */
enum out_kind {
	OUT_HEAD,	/* "": a heading */
	OUT_PARA,	/* "", ends in a full stop */
	OUT_NOTE,	/* "  ", "  ! ", "  noise floor: " */
	OUT_ITEM,	/* "  - " */
	OUT_KEY,	/* "kernel   " */
	OUT_MORE,	/* blanks as wide as a key: more of it */
};

/* MARK: FIRST without its blanks. */
enum out_kind out_kind(const char *first, const char *text, char *mark,
		       size_t len);

/* A figure drawn in text, below its title; nothing if TEXT is NULL. */
void out_figure(FILE *to, const char *title, const char *text,
		const char *svg);

/*
 * Prose, broken between words. FIRST goes before the first line; the others
 * are indented by as much. ASCII: any other byte becomes '?'.
 */
void out_wrap(FILE *to, const char *first, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Text with every byte that is not printable ASCII as '?', into BUF. */
const char *out_ascii(char *buf, size_t len, const char *text);

struct scale {
	double		 ns;	/* per unit */
	const char	*name;
};

/* ns, us, ms or s: the largest that leaves NS at 1 or more. */
const struct scale *out_scale(double ns);

/* Three significant digits, no exponent: 0.042 7.42 81.1 1532. */
const char *out_number(char *buf, size_t len, double v);
const char *out_time(char *buf, size_t len, double ns);	/* "7.42 us" */
const char *out_count(char *buf, size_t len, double n);	/* "48.2k" */

/*
 * A part of all, from 0 to 1: three digits, near 1 as many as it takes to
 * tell it from 1. 0.0171 0.31 0.9998 1
 */
const char *out_share(char *buf, size_t len, double share);

/*
 * A median over repetitions. With fewer than 6 there is no 95 % interval;
 * lo and hi are then the range and `range` says so.
 */
struct est {
	double	med, lo, hi;
	size_t	nr;
	bool	range;
};

/* Of NR values; nr 0 gives an est that prints as "-". */
struct est est_make(const double *v, size_t nr);

/*
 * Distance to the farther limit in per cent: "3.1%"; of a range "r3.1%";
 * "x28" where that limit is ten times the median or more.
 */
bool est_far(const struct est *e);
const char *est_spread(char *buf, size_t len, const struct est *e);

/* "7.42 us +-3.1%" */
const char *est_time(char *buf, size_t len, const struct est *e);

/* A table of text cells, columns as wide as they need to be. */
struct table {
	size_t	  nr_col, nr_row;
	size_t	  left;		/* so many columns are flush left */
	char	**cell;		/* nr_row * nr_col, row by row */
	char	**above;	/* per row: a line of its own before it, or NULL */
};

void table_start(struct table *t, size_t nr_col, size_t left);
void table_row(struct table *t, const char *above);
void table_cell(struct table *t, size_t col, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
size_t table_width(const struct table *t, size_t gap);

/* Two blanks between columns if they fit into 72, else one. */
void table_print(const struct table *t, FILE *to, const char *indent);
void table_free(struct table *t);

#endif
