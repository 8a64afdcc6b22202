// SPDX-License-Identifier: GPL-2.0-or-later
/* out - text of 72 columns: wrapped prose, aligned tables, scaled numbers */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "out.h"
#include "stat.h"

static const struct out_form *form;

void out_form(const struct out_form *f)
{
	form = f;
}

const char *out_ascii(char *buf, size_t len, const char *text)
{
	size_t n = 0;

	for (; text && *text && n + 1 < len; text++) {
		unsigned char c = *text;

		/* One '?' for a character, not for each byte of it. */
		if ((c & 0xc0) == 0x80)
			continue;
		buf[n++] = c < ' ' || c > '~' ? '?' : c;
	}
	buf[n] = 0;
	return buf;
}

void out_wrap(FILE *to, const char *first, const char *fmt, ...)
{
	char raw[2048], text[2048], *at = text;
	size_t indent = strlen(first), col = indent;
	bool start = true;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	out_ascii(text, sizeof(text), raw);
	if (form) {
		form->prose(to, first, text);
		return;
	}

	fputs(first, to);
	while (*at) {
		size_t n = strcspn(at, " ");

		if (!start && col + 1 + n > OUT_WIDTH) {
			fprintf(to, "\n%*s", (int)indent, "");
			col = indent;
			start = true;
		}
		/* A word that fits nowhere is cut, never over the edge. */
		if (start && n > OUT_WIDTH - indent)
			n = OUT_WIDTH - indent;
		col += fprintf(to, "%s%.*s", start ? "" : " ", (int)n, at);
		start = false;
		at += n;
		at += strspn(at, " ");
	}
	fputc('\n', to);
}

enum out_kind out_kind(const char *first, const char *text, char *mark,
		       size_t len)
{
	size_t n;

	if (!*first)
		return *text && text[strlen(text) - 1] == '.' ? OUT_PARA :
			OUT_HEAD;
	snprintf(mark, len, "%s", first + strspn(first, " \n"));
	n = strlen(mark);
	while (n && mark[n - 1] == ' ')
		mark[--n] = 0;
	if (!n)
		return strlen(first) < 8 ? OUT_NOTE : OUT_MORE;
	if (!strcmp(mark, "-"))
		return OUT_ITEM;
	return (n == 1 && strlen(first) <= 4) || mark[n - 1] == ':' ? OUT_NOTE : OUT_KEY;
}

void out_figure(FILE *to, const char *title, const char *text,
		const char *svg)
{
	if (form) {
		form->figure(to, title, text, svg);
	} else if (text) {
		fputc('\n', to);
		out_wrap(to, "", "%s", title);
		fputs(text, to);
	}
}

const struct scale *out_scale(double ns)
{
	static const struct scale scales[] = {
		{ 1e9, "s" }, { 1e6, "ms" }, { 1e3, "us" }, { 1, "ns" },
	};
	int i = 0;

	while (i < 3 && ns < scales[i].ns)
		i++;
	return &scales[i];
}

const char *out_number(char *buf, size_t len, double v)
{
	double a = fabs(v);
	int digits = a >= 99.95 ? 0 : a >= 9.995 ? 1 : a >= 0.0995 ? 2 : 3;

	snprintf(buf, len, "%.*f", v ? digits : 0, v);
	return buf;
}

const char *out_time(char *buf, size_t len, double ns)
{
	const struct scale *s = out_scale(fabs(ns));
	char n[32];

	/* Whole nanoseconds need no decimals. */
	if (s->ns == 1 && ns == rint(ns))
		snprintf(n, sizeof(n), "%.0f", ns);
	else
		out_number(n, sizeof(n), ns / s->ns);
	snprintf(buf, len, "%s %s", n, s->name);
	return buf;
}

const char *out_share(char *buf, size_t len, double share)
{
	if (share > 0.99 && share < 1)
		snprintf(buf, len, "%.*f", (int)ceil(-log10(1 - share) - 1e-6), share);
	else
		snprintf(buf, len, "%.3g", share);
	return buf;
}

const char *out_count(char *buf, size_t len, double n)
{
	char num[32];

	if (n < 0)
		snprintf(buf, len, "-");
	else if (n < 99999.5)
		snprintf(buf, len, "%.0f", n);
	else if (n < 999500)
		snprintf(buf, len, "%.0fk", n / 1e3);
	else if (n < 999.5e6)
		snprintf(buf, len, "%sM", out_number(num, sizeof(num), n / 1e6));
	else
		snprintf(buf, len, "%sG", out_number(num, sizeof(num), n / 1e9));
	return buf;
}

struct est est_make(const double *v, size_t nr)
{
	struct stat_interval ci;
	struct est e = { .nr = nr };
	int ret;

	if (!nr || stat_median(v, nr, &e.med))
		return (struct est){ .nr = 0 };
	ret = stat_median_ci(v, nr, 0.95, &ci);
	if (ret && ret != -ENODATA)
		return (struct est){ .nr = 0 };
	e.lo = ci.lo;
	e.hi = ci.hi;
	e.range = ret == -ENODATA;
	return e;
}

bool est_far(const struct est *e)
{
	return e->nr > 1 && e->med > 0 && e->hi >= 10 * e->med;
}

const char *est_spread(char *buf, size_t len, const struct est *e)
{
	double up = e->hi - e->med, down = e->med - e->lo, pct;

	/* The range of one value is no range. */
	if (e->nr < 2 || (!e->med && (up || down))) {
		snprintf(buf, len, "-");
		return buf;
	}
	pct = e->med ? 100 * fmax(up, down) / e->med : 0;
	if (est_far(e)) {	/* "2869%" is no help to anybody */
		snprintf(buf, len, "%sx%.*f", e->range ? "r" : "",
			 e->hi < 99.5 * e->med, e->hi / e->med);
		return buf;
	}
	snprintf(buf, len, "%s%.*f%%", e->range ? "r" : "", pct < 9.95 ? 1 : 0,
		 pct);
	return buf;
}

const char *est_time(char *buf, size_t len, const struct est *e)
{
	char t[40], s[40];

	if (e->nr == 1)
		out_time(buf, len, e->med);
	else if (e->nr)
		snprintf(buf, len, "%s %s%s", out_time(t, sizeof(t), e->med),
			 e->range || est_far(e) ? "" : "+-", est_spread(s, sizeof(s), e));
	else
		snprintf(buf, len, "-");
	return buf;
}

void table_start(struct table *t, size_t nr_col, size_t left)
{
	*t = (struct table){ .nr_col = nr_col, .left = left };
}

void table_row(struct table *t, const char *above)
{
	size_t nr = ++t->nr_row * t->nr_col;

	t->cell = xrealloc(t->cell, nr, sizeof(*t->cell));
	for (size_t i = nr - t->nr_col; i < nr; i++)
		t->cell[i] = NULL;
	t->above = xrealloc(t->above, t->nr_row, sizeof(*t->above));
	t->above[t->nr_row - 1] = above ? mem_text("%s", above) : NULL;
}

void table_cell(struct table *t, size_t col, const char *fmt, ...)
{
	char **cell = &t->cell[(t->nr_row - 1) * t->nr_col + col];
	char raw[300], text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	free(*cell);
	*cell = mem_text("%s", out_ascii(text, sizeof(text), raw));
}

static size_t col_width(const struct table *t, size_t col)
{
	size_t max = 0;

	for (size_t r = 0; r < t->nr_row; r++) {
		const char *c = t->cell[r * t->nr_col + col];

		if (c && strlen(c) > max)
			max = strlen(c);
	}
	return max;
}

size_t table_width(const struct table *t, size_t gap)
{
	size_t sum = 0, w;

	if (form)	/* no width is too wide there */
		return 0;
	for (size_t c = 0; c < t->nr_col; c++) {
		w = col_width(t, c);
		sum += w ? w + (sum ? gap : 0) : 0;
	}
	return sum;
}

void table_print(const struct table *t, FILE *to, const char *indent)
{
	size_t gap = table_width(t, 2) + strlen(indent) <= OUT_WIDTH ? 2 : 1;
	size_t *width, c, r;

	if (form) {
		form->table(to, t);
		return;
	}
	width = mem_get(t->nr_col, sizeof(*width));
	for (c = 0; c < t->nr_col; c++)
		width[c] = col_width(t, c);
	for (r = 0; r < t->nr_row; r++) {
		char line[1024];
		size_t at;

		if (t->above[r])
			fprintf(to, "%s%s\n", indent, t->above[r]);
		at = snprintf(line, sizeof(line), "%s", indent);
		for (c = 0; c < t->nr_col; c++) {
			const char *cell = t->cell[r * t->nr_col + c];
			bool first = at == strlen(indent);

			if (!width[c] || at + width[c] + 3 > sizeof(line))
				continue;
			at += snprintf(line + at, sizeof(line) - at, "%*s%*s",
				       first ? 0 : (int)gap, "",
				       c < t->left ? -(int)width[c] :
				       (int)width[c], cell ? cell : "");
		}
		while (at && line[at - 1] == ' ')
			at--;
		fprintf(to, "%.*s\n", (int)at, line);
	}
	free(width);
}

void table_free(struct table *t)
{
	for (size_t i = 0; i < t->nr_row * t->nr_col; i++)
		free(t->cell[i]);
	for (size_t i = 0; i < t->nr_row; i++)
		free(t->above[i]);
	free(t->cell);
	free(t->above);
}
