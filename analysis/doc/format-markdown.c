// SPDX-License-Identifier: GPL-2.0-or-later
/* format-markdown - the report as GitHub shows it: headings and tables */
#include <ctype.h>
#include <string.h>

#include "report.h"

static enum out_kind last;
static bool any;

/*
 * Text in which nothing is markup. "#12" and "@name" would become links to
 * somebody's issue or account: a comment of no length parts them.
 */
static void put(FILE *to, const char *text)
{
	for (const char *c = text; *c; c++) {
		if (strchr("\\`*_[]<>|~&$", *c))
			fputc('\\', to);
		fputc(*c, to);
		if ((*c == '#' && isdigit((unsigned char)c[1])) ||
		    (*c == '@' && isalnum((unsigned char)c[1])))
			fputs("<!-- -->", to);
	}
}

static void prose(FILE *to, const char *first, const char *text)
{
	char mark[80] = "";
	enum out_kind kind = out_kind(first, text, mark, sizeof(mark));

	if (!any)
		kind = OUT_HEAD;
	/* Only lines of one list stand without a blank line between them. */
	if (any && !((kind == OUT_KEY || kind == OUT_MORE) &&
		     (last == OUT_KEY || last == OUT_MORE)) &&
	    !(kind == OUT_ITEM && last == OUT_ITEM))
		fputc('\n', to);
	switch (kind) {
	case OUT_HEAD:
		fputs(any ? "## " : "# ", to);
		break;
	case OUT_KEY:
		fputs("- **", to);
		put(to, mark);
		fputs("**: ", to);
		break;
	case OUT_ITEM:
		fputs("- ", to);
		break;
	case OUT_MORE:
		fputs("  ", to);
		break;
	default:
		if (*mark) {
			put(to, mark);
			fputc(' ', to);
		} else if (strchr("#+-=", *text) && *text) {
			fputc('\\', to);
		}
		break;
	}
	put(to, text);
	fputc('\n', to);
	last = kind;
	any = true;
}

static bool empty(const struct table *t, size_t col)
{
	for (size_t r = 0; r < t->nr_row; r++)
		if (t->cell[r * t->nr_col + col] &&
		    *t->cell[r * t->nr_col + col])
			return false;
	return true;
}

/* A line above a row becomes a row of its own. */
static void table(FILE *to, const struct table *t)
{
	size_t r, c;

	fputc('\n', to);
	for (r = 0; r < t->nr_row; r++) {
		bool first = true;

		if (t->above[r]) {
			fputs("| **", to);
			put(to, t->above[r]);
			fputs("** |\n", to);
		}
		for (c = 0; c < t->nr_col; c++) {
			if (empty(t, c))
				continue;
			fputs(first ? "| " : " ", to);
			put(to, t->cell[r * t->nr_col + c] ?: "");
			fputs(" |", to);
			first = false;
		}
		fputc('\n', to);
		for (c = 0, first = true; !r && c < t->nr_col; c++) {
			if (empty(t, c))
				continue;
			fprintf(to, "%s%s|", first ? "|" : "",
				c < t->left ? " :--- " : " ---: ");
			first = false;
		}
		if (!r)
			fputc('\n', to);
	}
	last = OUT_PARA;
}

static void figure(FILE *to, const char *title, const char *text,
		   const char *svg)
{
	(void)svg;	/* GitHub shows none that is inside of the text */
	if (!text)
		return;
	prose(to, "", title);
	fprintf(to, "\n```text\n%s```\n", text);
	last = OUT_PARA;
}

int format_markdown(struct report *r, FILE *to)
{
	static const struct out_form form = { prose, table, figure };

	any = false;
	last = OUT_PARA;
	fputs("<!-- forkpath report -->\n", to);
	out_form(&form);
	report_text(r, to);
	out_form(NULL);
	return 0;
}
