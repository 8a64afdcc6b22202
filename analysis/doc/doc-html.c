// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * doc-html - a document as one file for a browser
 *
 * Nothing is fetched. Legible at 390 px: only a
 * table that is wider than the screen scrolls, inside of its own box. The
 * figures are gnuplot's, drawn narrow, and turned over in dark mode.
 */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "doc-form.h"

static const char style[] =
	":root{color-scheme:light dark;--fg:#1c1c1c;--bg:#fff;--soft:#4f4f4f;"
	"--line:#cfcfcf;--card:#f4f5f7;--warn:#9c1c00;--link:#003e8a}\n"
	"@media(prefers-color-scheme:dark){:root{--fg:#e4e4e4;--bg:#141414;"
	"--soft:#b4b4b4;--line:#444;--card:#202124;--warn:#ff9d80;"
	"--link:#a3c9ff}"
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
	"a{color:var(--link)}\n"
	".warn{color:var(--warn);font-weight:600}\n"
	"ul{padding-left:1.2em}\n"
	".wide{overflow-x:auto;margin:.4em 0;-webkit-overflow-scrolling:touch}\n"
	"table{border-collapse:separate;border-spacing:0;font-size:.9rem;"
	"font-variant-numeric:tabular-nums}\n"
	"td,th{padding:.22em .6em;text-align:right;white-space:nowrap;"
	"border-bottom:1px solid var(--line)}\n"
	"th{font-weight:600}td.l,th.l{text-align:left}\n"
	"h3{font-size:1rem;margin:1em 0 .2em}\n"
	"th button{all:unset;cursor:pointer}th button:focus-visible{outline:2px solid}\n"
	"th[aria-sort=ascending] button::after{content:\" \\25b2\"}\n"
	"th[aria-sort=descending] button::after{content:\" \\25bc\"}\n"
	"td.l:first-child,th.l:first-child{position:sticky;left:0;"
	"background:var(--bg)}\n"
	"figure{display:inline-block;vertical-align:top;width:100%;"
	"max-width:35rem;margin:1em 1em 1em 0}\n"
	"figure svg{display:block;width:100%;height:auto;background:#fff}\n"
	"figcaption{font-size:.92rem;font-weight:600;margin-bottom:.3em}\n"
	"pre{overflow-x:auto;font-size:.75rem;line-height:1.2}\n";

/*
 * The only thing that may run on the page, by its hash: a click on a head
 * sorts, the rows of each group by themselves. Without it nothing is missing
 * but that. tests/cli/formats.t says when the hash is not that of the text.
 */
#define SCRIPT_SHA "MeVNcuTksXQE9TKOvpbQaHoTQRZIIaPrc5HmYC59lXs="
static const char script[] =
	"document.querySelectorAll(\"th[scope=col]\").forEach(h=>{\n"
	"const b=document.createElement(\"button\");\n"
	"b.textContent=h.textContent;h.replaceChildren(b);\n"
	"b.onclick=()=>{\n"
	"const t=h.closest(\"table\"),n=h.cellIndex,up=h.ariaSort!=\"ascending\";\n"
	"t.querySelectorAll(\"th[scope=col]\").forEach(o=>o.removeAttribute(\"aria-sort\"));\n"
	"h.setAttribute(\"aria-sort\",up?\"ascending\":\"descending\");\n"
	"const key=r=>{const c=r.cells[n];return c.dataset.v===undefined?c.textContent:+c.dataset.v};\n"
	"for(const g of t.tBodies){\n"
	"[...g.rows].filter(r=>!r.className).sort((p,q)=>{\n"
	"const x=key(p),y=key(q),d=typeof x==\"number\"&&typeof y==\"number\"?x-y:\n"
	"String(x).localeCompare(String(y),\"en\",{numeric:true});\n"
	"return up?d:-d}).forEach(r=>g.append(r))}}})\n";

/* One document on its way to a page. */
struct page {
	FILE		*to;
	enum { NONE, LIST, KEYS } in;
	unsigned int	 nr_figure, nr_head;
};

void doc_escaped(const char *text, FILE *to)
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

static void element(struct page *p, const char *open, const char *text,
		    const char *close)
{
	fputs(open, p->to);
	doc_escaped(text, p->to);
	fputs(close, p->to);
}

/* The same, which leads to LINK unless that is NULL. */
static void linked(struct page *p, const char *open, const char *text,
		   const char *link, const char *close)
{
	fputs(open, p->to);
	if (link)
		element(p, "<a href=\"", link, "\">");
	element(p, "", text, link ? "</a>" : "");
	fputs(close, p->to);
}

static void enter(struct page *p, int list)
{
	static const char *const open[] = { "", "<ul>\n", "<dl>\n" };
	static const char *const close[] = { "", "</ul>\n", "</dl>\n" };

	if ((int)p->in == list)
		return;
	fputs(close[p->in], p->to);
	fputs(open[list], p->to);
	p->in = list;
}

/* A number is sorted as one, whatever its scale is. */
static void cell(struct page *p, const struct cell *c, bool left)
{
	fprintf(p->to, "<td%s", left ? " class=\"l\"" : "");
	if (!isnan(c->value))
		fprintf(p->to, " data-v=\"%.9g\"", c->value);
	linked(p, ">", c->text ?: "", c->link, "</td>");
}

/* What stands above rows becomes their group, which is sorted in itself. */
static void table(struct page *p, const struct table *t)
{
	size_t nr = 0, c;

	for (c = 0; c < t->nr_col; c++)
		nr += !table_empty(t, c);
	/* To be reached by keyboard, what scrolls must take the focus. */
	fprintf(p->to, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"h%u\"><table aria-labelledby=\"h%u\">\n<thead><tr>",
		p->nr_head, p->nr_head);
	for (c = 0; t->nr_row && c < t->nr_col; c++) {
		if (table_empty(t, c))
			continue;
		fprintf(p->to, "<th scope=\"col\"%s>",
			c < t->left ? " class=\"l\"" : "");
		element(p, "", t->cell[c].text ?: "", "</th>");
	}
	fputs("</tr></thead>\n<tbody>\n", p->to);
	for (size_t r = 1; r < t->nr_row; r++) {
		if (t->above[r]) {
			fprintf(p->to, "</tbody>\n<tbody><tr class=\"group\"><th class=\"l\" scope=\"rowgroup\" colspan=\"%zu\">",
				nr);
			element(p, "", t->above[r], "</th></tr>\n");
		}
		fputs("<tr>", p->to);
		for (c = 0; c < t->nr_col; c++)
			if (!table_empty(t, c))
				cell(p, &t->cell[r * t->nr_col + c], c < t->left);
		fputs("</tr>\n", p->to);
	}
	fputs("</tbody></table></div>\n", p->to);
}

/* Behind a group that has nothing in it; NULL: AT is none. */
static const char *empty_group(const char *at)
{
	const char *end = strncmp(at, "<g ", 3) ? NULL : strchr(at, '>');

	if (!end)
		return NULL;
	end += 1 + strspn(end + 1, " \t\n");
	return strncmp(end, "</g>", 4) ? NULL : end + 4 + strspn(end + 4, " \t\n");
}

/*
 * A gnuplot SVG without its prologue. Its ids are the same in every figure
 * and must differ inside of one page.
 */
static void inline_svg(struct page *p, const char *svg, const char *title)
{
	static const char *const ref[] = {
		"id=\"", "id='", "href=\"#", "href='#", "url(#",
	};
	static const char defaults[] =
		" stroke-linecap=\"butt\" stroke-linejoin=\"miter\"";
	const char *at = strstr(svg, "<svg"), *end;
	FILE *to = p->to;
	bool inside = true;	/* of a tag */
	size_t i;

	if (!at)
		return;
	fputs("<svg role=\"img\" aria-label=\"", to);
	doc_escaped(title, to);
	fputc('"', to);
	for (at += 4; *at; ) {
		/* Half of a figure is groups of nothing, and hundredths. */
		end = inside ? NULL : empty_group(at);
		if (end) {
			at = end;
			continue;
		}
		if (*at == '<' || *at == '>')
			inside = *at == '<';
		if (inside && !strncmp(at, defaults, strlen(defaults))) {
			at += strlen(defaults);
			continue;
		}
		/* One blank parts as well as several. */
		if (strchr(" \t\n", *at) && strchr(" \t\n", at[1])) {
			at++;
			continue;
		}
		if (inside && *at == '.' && isdigit((unsigned char)at[1])) {
			/* Of three digits before it a pixel is enough. */
			if (at[1] != '0' && !(isdigit((unsigned char)at[-1]) &&
					      isdigit((unsigned char)at[-2]) &&
					      isdigit((unsigned char)at[-3])))
				fprintf(to, ".%c", at[1]);
			at += 1 + strspn(at + 1, "0123456789");
			continue;
		}
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
			fprintf(to, "%sf%u-", ref[i], p->nr_figure);
			at += strlen(ref[i]);
		} else {
			fputc(*at++, to);
		}
	}
}

static void figure(struct page *p, const struct doc_block *b)
{
	p->nr_figure++;
	element(p, "<figure><figcaption>", b->text, "</figcaption>\n");
	if (b->svg)
		inline_svg(p, b->svg, b->text);
	else
		element(p, "<pre>", b->mark, "</pre>\n");
	fputs("</figure>\n", p->to);
}

static void heading(struct page *p, int level, const char *text)
{
	fprintf(p->to, "<h%d id=\"h%u\">", level, ++p->nr_head);
	doc_escaped(text, p->to);
	fprintf(p->to, "</h%d>\n", level);
}

static void block(struct page *p, const struct doc_block *b)
{
	const char *warn = b->warn ? " class=\"warn\"" : "";

	enter(p, b->is == DOC_ITEM ? LIST : b->is == DOC_KEY ? KEYS : NONE);
	switch (b->is) {
	case DOC_TABLE:
		table(p, &b->table);
		return;
	case DOC_FIGURE:
		figure(p, b);
		return;
	case DOC_TITLE:
		heading(p, 1, b->text);
		return;
	case DOC_HEAD:
		heading(p, 2, b->text);
		return;
	case DOC_ASK:
		heading(p, 3, b->text);
		return;
	case DOC_PARA:
	case DOC_LINE:
		linked(p, "<p>", b->text, b->link, "</p>\n");
		return;
	case DOC_ITEM:
		fprintf(p->to, "<li%s>", warn);
		linked(p, "", b->text, b->link, "</li>\n");
		return;
	case DOC_KEY:
		if (*b->mark) {
			fprintf(p->to, "<dt%s>", warn);
			element(p, "", b->mark, "</dt>");
		}
		fprintf(p->to, "<dd%s>", warn);
		element(p, "", b->text, "</dd>\n");
		return;
	case DOC_NOTE:
		fputs("<p class=\"note\">", p->to);
		if (*b->mark)
			element(p, "<b class=\"warn\">", b->mark, "</b> ");
		element(p, "", b->text, "</p>\n");
		return;
	}
}

void doc_html(const struct doc *d, const char *title, FILE *to)
{
	struct page p = { .to = to };

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"generator\" content=\"forkpath\">\n"
	      /* A page that is passed on must not run what a label slipped in. */
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" SCRIPT_SHA "'\">\n",
	      to);
	element(&p, "<title>", title, ": forkpath</title>\n");
	fprintf(to, "<style>\n%s</style>\n</head>\n<body>\n<main>\n", style);
	for (size_t i = 0; i < d->nr; i++)
		block(&p, &d->block[i]);
	enter(&p, NONE);
	fprintf(to, "</main>\n<script>%s</script>\n</body>\n</html>\n", script);
}
