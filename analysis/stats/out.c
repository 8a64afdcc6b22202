// SPDX-License-Identifier: GPL-2.0-or-later
/* out - numbers as they are read: scaled, three digits, with their interval */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "out.h"
#include "stat.h"

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

const char *out_s(size_t n)
{
	return n == 1 ? "" : "s";
}

const char *out_tally(char *buf, size_t len, const char *const *word,
		      const size_t *count, size_t nr, bool shares)
{
	size_t all = 0, n = 0;

	*buf = 0;
	for (size_t i = 0; i < nr; i++)
		all += count[i];
	for (size_t i = 0; i < nr && n < len; i++) {
		const char *comma = n ? ", " : "";

		if (!count[i])
			continue;
		if (!shares)
			n += snprintf(buf + n, len - n, "%s%zu %s", comma,
				      count[i], word[i]);
		else if (count[i] == all)
			n += snprintf(buf + n, len - n, all > 1 ?
				      "%s in all %zu" : "%s", word[i], all);
		else
			n += snprintf(buf + n, len - n, n ? "%s%s in %zu" :
				      "%s%s in %zu of %zu", comma, word[i],
				      count[i], all);
	}
	return buf;
}

char *out_plain(const char *fmt, va_list ap)
{
	char *text = mem_vtext(fmt, ap);

	out_ascii(text, strlen(text) + 1, text);
	return text;
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

const char *est_spread(char *buf, size_t len, const struct est *e)
{
	double far = fmax(e->hi - e->med, e->med - e->lo), pct;

	pct = e->med ? 100 * far / e->med : 0;
	if (e->nr < 2 || (!e->med && far > 0))
		snprintf(buf, len, "-");
	else
		snprintf(buf, len, e->range ? "(%.*f%%)" : "%.*f%%",
			 pct < 9.95, pct);
	return buf;
}

static bool is_time(const char *unit)
{
	return !strcmp(unit, "ns");
}

/* A number between 0 and 1. */
static bool is_share(const char *unit)
{
	return !strcmp(unit, "share");
}

/* A limit of an interval in the scale of what stands before it. */
static const char *limit(char *buf, size_t len, double v, const struct scale *s,
			 bool share)
{
	if (share)
		return out_number(buf, len, v);
	if (!s)
		return out_count(buf, len, v);
	if (s->ns == 1 && v == rint(v))
		snprintf(buf, len, "%.0f", v);
	else
		out_number(buf, len, v / s->ns);
	return buf;
}

const char *out_interval(char *buf, size_t len, const struct est *e,
			 const char *unit)
{
	const struct scale *s = is_time(unit) ? out_scale(fabs(e->med)) : NULL;
	char lo[40], hi[40];

	if (e->nr < 2)	/* the range of one value is no range */
		snprintf(buf, len, "-");
	else
		snprintf(buf, len, e->range ? "(%s to %s)" : "[%s, %s]",
			 limit(lo, sizeof(lo), e->lo, s, is_share(unit)),
			 limit(hi, sizeof(hi), e->hi, s, is_share(unit)));
	return buf;
}

const char *out_value(char *buf, size_t len, double v, const char *unit)
{
	char n[40];

	if (isnan(v))
		snprintf(buf, len, "-");
	else if (is_time(unit))
		out_time(buf, len, v);
	else if (is_share(unit))
		out_number(buf, len, v);
	else
		snprintf(buf, len, "%s%s%s", out_count(n, sizeof(n), v),
			 *unit && *unit != '/' ? " " : "", unit);
	return buf;
}

const char *out_est(char *buf, size_t len, const struct est *e,
		    const char *unit)
{
	char v[60], i[80];

	if (e->nr > 1)
		snprintf(buf, len, "%s %s", out_value(v, sizeof(v), e->med, unit),
			 out_interval(i, sizeof(i), e, unit));
	else
		out_value(buf, len, e->nr ? e->med : NAN, unit);
	return buf;
}

/* --- changes ------------------------------------------------------------- */

static bool is_factor(double ratio)
{
	return ratio >= 2;
}

/* "+3.4 % [-28.6, +3998]" helps nobody. */
static bool change_factor(const struct change *c)
{
	return is_factor(c->ratio) || c->high >= 10;
}

/* Per cent: one decimal, near -100 as many as tell it from there. */
static const char *per_cent(char *buf, size_t len, double ratio)
{
	double v = 100 * (ratio - 1);
	int digits = ratio < 0.002 && ratio > 0 ? 3 : ratio < 0.02 ? 2 :
		     fabs(v) < 99.95 ? 1 : 0;

	snprintf(buf, len, "%+.*f", digits, fabs(v) < 0.05 ? 0.0 : v);
	return buf;
}

const char *out_ratio(char *buf, size_t len, double ratio)
{
	char n[40];

	if (isnan(ratio))
		snprintf(buf, len, "-");
	else if (is_factor(ratio))
		snprintf(buf, len, "%s x", out_number(n, sizeof(n), ratio));
	else
		snprintf(buf, len, "%s %%", per_cent(n, sizeof(n), ratio));
	return buf;
}

static const char *ratios_of(char *buf, size_t len, const struct change *c)
{
	const char *(*as)(char *, size_t, double) =
		change_factor(c) ? out_number : per_cent;
	char lo[40], hi[40];

	if (isnan(c->low) || isnan(c->high))
		snprintf(buf, len, "-");
	else
		snprintf(buf, len, c->range ? "(%s to %s)" : "[%s, %s]",
			 as(lo, sizeof(lo), c->low), as(hi, sizeof(hi), c->high));
	return buf;
}

const char *out_unshown(char *buf, size_t len, const struct change *c)
{
	char i[80];

	snprintf(buf, len, "~ %s %s", change_factor(c) ? "x" : "%",
		 ratios_of(i, sizeof(i), c));
	return buf;
}

const char *out_change(char *buf, size_t len, const struct change *c)
{
	char r[40], i[80];

	if (isnan(c->ratio) || c->n == 1 || isnan(c->low))
		return out_ratio(buf, len, c->ratio);
	if (change_factor(c))
		snprintf(buf, len, "%s x %s", out_number(r, sizeof(r), c->ratio),
			 ratios_of(i, sizeof(i), c));
	else
		snprintf(buf, len, "%s %s", out_ratio(r, sizeof(r), c->ratio),
			 ratios_of(i, sizeof(i), c));
	return buf;
}
