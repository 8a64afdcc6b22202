// SPDX-License-Identifier: GPL-2.0-or-later
/* doc-markdown - a document as GitHub shows it: headings and tables */
#include <ctype.h>
#include <string.h>

#include "doc-form.h"

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

/* A line above a row becomes a row of its own. */
static void table(FILE *to, const struct table *t)
{
	size_t r, c;

	for (r = 0; r < t->nr_row; r++) {
		if (t->above[r]) {
			fputs("| **", to);
			put(to, t->above[r]);
			fputs("** |\n", to);
		}
		for (c = 0; c < t->nr_col; c++) {
			if (table_empty(t, c))
				continue;
			fputs("| ", to);
			put(to, t->cell[r * t->nr_col + c].text ?: "");
			fputc(' ', to);
		}
		fputs("|\n", to);
		for (c = 0; !r && c < t->nr_col; c++)
			if (!table_empty(t, c))
				fputs(c < t->left ? "| :--- " : "| ---: ", to);
		if (!r)
			fputs("|\n", to);
	}
}

static void block(FILE *to, const struct doc_block *b)
{
	switch (b->is) {
	case DOC_TABLE:
		table(to, &b->table);
		return;
	case DOC_FIGURE:
		/* GitHub shows no picture that is inside of the text. */
		if (!b->mark)
			return;
		fputs("### ", to);
		put(to, b->text);
		fprintf(to, "\n\n```text\n%s```\n", b->mark);
		return;
	case DOC_TITLE:
		fputs("# ", to);
		break;
	case DOC_HEAD:
		fputs("## ", to);
		break;
	case DOC_ASK:
		fputs("### ", to);
		break;
	case DOC_KEY:
		if (*b->mark) {
			fputs("- **", to);
			put(to, b->mark);
			fputs("**: ", to);
		} else {
			fputs("  ", to);
		}
		break;
	case DOC_ITEM:
		fprintf(to, "- %s", b->warn ? "**!** " : "");
		break;
	default:
		if (*b->mark)
			fprintf(to, "%s ", b->mark);
		else if (*b->text && strchr("#+-=", *b->text))
			fputc('\\', to);
	}
	put(to, b->text);
	fputc('\n', to);
}

void doc_markdown(const struct doc *d, FILE *to)
{
	fputs("<!-- forkpath report -->\n", to);
	for (size_t i = 0; i < d->nr; i++) {
		enum doc_is is = d->block[i].is;

		/* Only lines of one list stand without a blank between them. */
		if (i && !((is == DOC_KEY || is == DOC_ITEM) &&
			   d->block[i - 1].is == is))
			fputc('\n', to);
		block(to, &d->block[i]);
	}
}
