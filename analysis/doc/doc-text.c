// SPDX-License-Identifier: GPL-2.0-or-later
/* doc-text - a document as text of 72 columns, ASCII */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doc-form.h"
#include "mem.h"

/* Broken between words; lines after the first begin INDENT to the right. */
static void wrap(FILE *to, const char *first, size_t indent, const char *at)
{
	size_t col = strlen(first);
	bool start = true;

	fputs(first, to);
	while (*at) {
		size_t n = strcspn(at, " ");

		/* "0.2 %" and "[1, 2]" stay together. */
		while ((at[n] == ' ' && at[n + 1] == '%') ||
		       (*at == '[' && at[n - 1] == ',' && at[n] == ' '))
			n += 1 + strcspn(at + n + 1, " ");
		if (!start && col + 1 + n > OUT_WIDTH) {
			fprintf(to, "\n%*s", (int)indent, "");
			col = indent;
			start = true;
		}
		/*
		 * A word that fits nowhere is cut, never over the edge; but
		 * for a path, which would be of no use in two pieces.
		 */
		if (start && *at != '/' && n > OUT_WIDTH - indent)
			n = OUT_WIDTH - indent;
		col += fprintf(to, "%s%.*s", start ? "" : " ", (int)n, at);
		start = false;
		at += n;
		at += strspn(at, " ");
	}
	fputc('\n', to);
}

/* The cells of row R from column C on, below each other in WIDTH. */
static void row_text(const struct table *t, size_t r, size_t c, size_t gap,
		     const size_t *width, FILE *to)
{
	size_t from = c ? 4 : 2, at = from;
	char line[1024];

	sprintf(line, "%*s", (int)from, "");
	for (; c < t->nr_col; c++) {
		const char *cell = t->cell[r * t->nr_col + c].text;

		if (!width[c] || at + width[c] + 3 > sizeof(line))
			continue;
		at += snprintf(line + at, sizeof(line) - at, "%*s%*s",
			       at == from ? 0 : (int)gap, "",
			       c < t->left ? -(int)width[c] : (int)width[c],
			       cell ? cell : "");
	}
	while (at && line[at - 1] == ' ')
		at--;
	if (at)
		fprintf(to, "%.*s\n", (int)at, line);
}

static void table_text(const struct table *t, FILE *to)
{
	/* Two blanks between columns if they fit, else one. */
	size_t gap = table_width(t, 2) + 2 <= OUT_WIDTH ? 2 : 1;
	/* If not even so, what a row is called has a line of its own. */
	bool apart = table_width(t, 1) + 2 > OUT_WIDTH;
	scoped size_t *width = mem_get(t->nr_col, sizeof(*width));

	for (size_t c = 0; c < t->nr_col; c++)
		width[c] = table_column(t, c);
	for (size_t r = 0; r < t->nr_row; r++) {
		const char *name = t->cell[r * t->nr_col].text;

		if (t->above[r])
			fprintf(to, "  %s\n", t->above[r]);
		if (apart && name && *name)
			fprintf(to, "  %s\n", name);
		row_text(t, r, apart, apart ? 2 : gap, width, to);
	}
}

/* The widest key of those that stand together. */
static size_t key_width(const struct doc *d, size_t i)
{
	size_t max = 0;

	while (i && d->block[i - 1].is == DOC_KEY)
		i--;
	for (; i < d->nr && d->block[i].is == DOC_KEY; i++)
		if (strlen(d->block[i].mark) > max)
			max = strlen(d->block[i].mark);
	return max + 2;
}

static bool blank_before(const struct doc *d, size_t i)
{
	enum doc_is is = d->block[i].is, was = i ? d->block[i - 1].is : is;

	if (!i)
		return false;
	if (is == DOC_KEY || was == DOC_KEY || was == DOC_TITLE)
		return is != was;
	if (is == DOC_ASK)
		return was != DOC_NOTE && was != DOC_HEAD;
	if (is == DOC_LINE)
		return was != DOC_LINE;
	return is == DOC_TITLE || is == DOC_HEAD ||
		is == DOC_FIGURE || was == DOC_FIGURE ||
		(is == DOC_PARA && was != DOC_HEAD) ||
		(was == DOC_PARA && is != DOC_PARA && is != DOC_NOTE);
}

/* Heads are bold where somebody looks, never in a file or a pipe. */
static void head(FILE *to, const char *text)
{
	bool bold = isatty(fileno(to));

	fputs(bold ? "\033[1m" : "", to);
	wrap(to, "", 0, text);
	fputs(bold ? "\033[m" : "", to);
}

void doc_text(const struct doc *d, FILE *to)
{
	for (size_t i = 0; i < d->nr; i++) {
		const struct doc_block *b = &d->block[i];
		char first[80];

		if (blank_before(d, i))
			fputc('\n', to);
		switch (b->is) {
		case DOC_TABLE:
			table_text(&b->table, to);
			continue;
		case DOC_FIGURE:
			if (!b->mark)	/* nothing to see here */
				continue;
			wrap(to, "", 0, b->text);
			fputs(b->mark, to);
			continue;
		case DOC_TITLE:
		case DOC_HEAD:
		case DOC_ASK:
			head(to, b->text);
			continue;
		case DOC_KEY:
			snprintf(first, sizeof(first), "%-*s",
				 (int)key_width(d, i), b->mark);
			break;
		case DOC_NOTE:
		case DOC_ITEM:
			snprintf(first, sizeof(first), "  %s%s", b->mark,
				 *b->mark ? " " : "");
			break;
		default:
			*first = 0;
		}
		wrap(to, first, strlen(first), b->text);
	}
}
