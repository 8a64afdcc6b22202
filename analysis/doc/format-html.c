// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * format-html - the report as one file for a browser
 *
 * Nothing is fetched and nothing is executed. Legible at 390 px: only a
 * table that is wider than the screen scrolls, inside of its own box. The
 * figures are gnuplot's, drawn narrow, and turned over in dark mode.
 */
#include <string.h>

#include "report.h"

static const char style[] =
	":root{color-scheme:light dark;--fg:#1c1c1c;--bg:#fff;--soft:#4f4f4f;"
	"--line:#cfcfcf;--card:#f4f5f7;--warn:#9c1c00}\n"
	"@media(prefers-color-scheme:dark){:root{--fg:#e4e4e4;--bg:#141414;"
	"--soft:#b4b4b4;--line:#444;--card:#202124;--warn:#ff9d80}"
	"figure svg{filter:invert(.92) hue-rotate(180deg)}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;padding:1rem;max-width:75rem;color:var(--fg);"
	"background:var(--bg);font:16px/1.5 system-ui,sans-serif;"
	"overflow-wrap:anywhere}\n"
	"h1{font-size:1.4rem;line-height:1.25;margin:.2em 0 .6em}\n"
	"h2{font-size:1.05rem;line-height:1.3;margin:2em 0 .4em}\n"
	"p{margin:.3em 0}p.note{color:var(--soft);font-size:.9rem}\n"
	"dl{display:grid;grid-template-columns:max-content minmax(0,1fr);"
	"gap:.2em .9em;margin:1em 0;padding:.7em .9em;background:var(--card);"
	"border-radius:.4em;font-size:.92rem}\n"
	"dt{font-weight:600;grid-column:1}dd{margin:0;grid-column:2}\n"
	".warn{color:var(--warn);font-weight:600}\n"
	"ul{padding-left:1.2em}\n"
	".wide{overflow-x:auto;margin:.4em 0;-webkit-overflow-scrolling:touch}\n"
	"table{border-collapse:separate;border-spacing:0;font-size:.9rem;"
	"font-variant-numeric:tabular-nums}\n"
	"td,th{padding:.22em .6em;text-align:right;white-space:nowrap;"
	"border-bottom:1px solid var(--line)}\n"
	"th{font-weight:600}td.l,th.l{text-align:left}\n"
	"td.l:first-child,th.l:first-child{position:sticky;left:0;"
	"background:var(--bg)}\n"
	"figure{display:inline-block;vertical-align:top;width:100%;"
	"max-width:35rem;margin:1em 1em 1em 0}\n"
	"figure svg{display:block;width:100%;height:auto;background:#fff}\n"
	"figcaption{font-size:.92rem;font-weight:600;margin-bottom:.3em}\n"
	"pre{overflow-x:auto;font-size:.75rem;line-height:1.2}\n";

static enum { NONE, LIST, KEYS } in;
static unsigned int nr_figure;
static bool any;

static void put(FILE *to, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':	fputs("&amp;", to); break;
		case '<':	fputs("&lt;", to); break;
		case '>':	fputs("&gt;", to); break;
		case '"':	fputs("&quot;", to); break;
		case '\'':	fputs("&#39;", to); break;
		default:	fputc(*text, to);
		}
	}
}

static void element(FILE *to, const char *open, const char *text,
		    const char *close)
{
	fputs(open, to);
	put(to, text);
	fputs(close, to);
}

static void enter(FILE *to, int list)
{
	static const char *const open[] = { "", "<ul>\n", "<dl>\n" };
	static const char *const close[] = { "", "</ul>\n", "</dl>\n" };

	if ((int)in == list)
		return;
	fputs(close[in], to);
	fputs(open[list], to);
	in = list;
}

static void prose(FILE *to, const char *first, const char *text)
{
	char mark[80] = "";
	enum out_kind kind = out_kind(first, text, mark, sizeof(mark));
	bool warn = !strcmp(mark, "BEWARE") || !strcmp(mark, "!");

	if (!any) {
		element(to, "<h1>", text, "</h1>\n");
		any = true;
		return;
	}
	enter(to, kind == OUT_ITEM ? LIST :
	      kind == OUT_KEY || kind == OUT_MORE ? KEYS : NONE);
	switch (kind) {
	case OUT_HEAD:
		element(to, "<h2>", text, "</h2>\n");
		break;
	case OUT_PARA:
		element(to, "<p>", text, "</p>\n");
		break;
	case OUT_ITEM:
		element(to, "<li>", text, "</li>\n");
		break;
	case OUT_KEY:
		element(to, warn ? "<dt class=\"warn\">" : "<dt>", mark,
			"</dt>");
		element(to, warn ? "<dd class=\"warn\">" : "<dd>", text,
			"</dd>\n");
		break;
	case OUT_MORE:
		element(to, "<dd>", text, "</dd>\n");
		break;
	case OUT_NOTE:
		fputs("<p class=\"note\">", to);
		if (*mark)
			element(to, warn ? "<b class=\"warn\">" : "<b>", mark,
				"</b> ");
		element(to, "", text, "</p>\n");
		break;
	}
}

static bool empty(const struct table *t, size_t col)
{
	for (size_t r = 0; r < t->nr_row; r++)
		if (t->cell[r * t->nr_col + col] &&
		    *t->cell[r * t->nr_col + col])
			return false;
	return true;
}

static void table(FILE *to, const struct table *t)
{
	enter(to, NONE);
	/* To be reached by keyboard, what scrolls must take the focus. */
	fputs("<div class=\"wide\" tabindex=\"0\"><table>\n", to);
	for (size_t r = 0; r < t->nr_row; r++) {
		if (t->above[r]) {
			fprintf(to, "<tr><th class=\"l\" colspan=\"%zu\">",
				t->nr_col);
			element(to, "", t->above[r], "</th></tr>\n");
		}
		fputs("<tr>", to);
		for (size_t c = 0; c < t->nr_col; c++) {
			if (empty(t, c))
				continue;
			fprintf(to, "<t%c%s>", r ? 'd' : 'h',
				c < t->left ? " class=\"l\"" : "");
			put(to, t->cell[r * t->nr_col + c] ?: "");
			fprintf(to, "</t%c>", r ? 'd' : 'h');
		}
		fputs("</tr>\n", to);
	}
	fputs("</table></div>\n", to);
}

/*
 * A gnuplot SVG without its prologue. Its ids are the same in every figure
 * and must differ inside of one page.
 */
static void inline_svg(FILE *to, const char *svg, const char *title)
{
	static const char *const ref[] = {
		"id=\"", "id='", "href=\"#", "href='#", "url(#",
	};
	const char *at = strstr(svg, "<svg"), *end;
	size_t i;

	if (!at)
		return;
	fputs("<svg role=\"img\" aria-label=\"", to);
	put(to, title);
	fputc('"', to);
	for (at += 4; *at; ) {
		/* "Gnuplot" as a tool tip of everything helps nobody. */
		if (!strncmp(at, "<title>", 7) || !strncmp(at, "<desc>", 6)) {
			end = strstr(at, at[1] == 't' ? "</title>" : "</desc>");
			if (end) {
				at = strchr(end + 2, '>') + 1;
				continue;
			}
		}
		for (i = 0; i < sizeof(ref) / sizeof(*ref); i++)
			if (!strncmp(at, ref[i], strlen(ref[i])))
				break;
		if (i < sizeof(ref) / sizeof(*ref)) {
			fprintf(to, "%sf%u-", ref[i], nr_figure);
			at += strlen(ref[i]);
		} else {
			fputc(*at++, to);
		}
	}
}

static void figure(FILE *to, const char *title, const char *text,
		   const char *svg)
{
	if (!svg && !text)
		return;
	enter(to, NONE);
	nr_figure++;
	element(to, "<figure><figcaption>", title, "</figcaption>\n");
	if (svg)
		inline_svg(to, svg, title);
	else
		element(to, "<pre>", text, "</pre>\n");
	fputs("</figure>\n", to);
}

int format_html(struct report *r, FILE *to)
{
	static const struct out_form form = { prose, table, figure };
	char title[200];

	any = false;
	in = NONE;
	nr_figure = 0;
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"generator\" content=\"forkpath\">\n"
	      /* A page that is passed on must not run what a label slipped in. */
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
	      to);
	element(to, "<title>", out_ascii(title, sizeof(title),
					 r->run.question), ": forkpath</title>\n");
	fprintf(to, "<style>\n%s</style>\n</head>\n<body>\n<main>\n", style);
	out_form(&form);
	report_text(r, to);
	out_form(NULL);
	enter(to, NONE);
	fputs("</main>\n</body>\n</html>\n", to);
	return 0;
}
