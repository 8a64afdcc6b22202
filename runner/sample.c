// SPDX-License-Identifier: GPL-2.0-or-later
/* sample - the records of a .sample file */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "sample.h"

static const char schema[] = "schema: " SAMPLE_SCHEMA;

const char *const verdict_name[] = { "ok", "skip", "fail", "void" };

void sample_head_free(struct sample_head *h)
{
	strv_free(&h->keys);
	strv_free(&h->values);
	strv_free(&h->units);
	strv_free(&h->lines);
}

/* Set NAME to VALUE. Was it something else before? */
static bool learn(struct strv *names, struct strv *values, const char *name,
		  size_t name_len, const char *value, size_t value_len)
{
	char *v = xstrndup(value, value_len);

	for (unsigned int i = 0; i < names->nr; i++) {
		if (strlen(names->v[i]) != name_len ||
		    strncmp(names->v[i], name, name_len))
			continue;
		if (!strcmp(values->v[i], v)) {
			free(v);
			return false;
		}
		free(values->v[i]);
		values->v[i] = v;
		return true;
	}
	strv_add(names, xstrndup(name, name_len));
	strv_add(values, v);
	return true;
}

enum kind { K_EMPTY, K_KEY, K_UNIT, K_LINE, K_COMMENT, K_BENCHMARK, K_OTHER };

static enum kind kind_of(const char *s, size_t n)
{
	size_t i = 0;

	if (!n)
		return K_EMPTY;
	if (n > 7 && !strncmp(s, "# line ", 7))
		return K_LINE;
	if (*s == '#')
		return K_COMMENT;
	if (n > 5 && !strncmp(s, "Unit ", 5))
		return K_UNIT;
	if (n > 9 && !strncmp(s, "Benchmark", 9))
		return K_BENCHMARK;
	while (i < n && ((s[i] >= 'a' && s[i] <= 'z') || s[i] == '-' ||
			 (i && s[i] >= '0' && s[i] <= '9')))
		i++;
	return i && i + 1 < n && s[i] == ':' && s[i + 1] == ' ' ? K_KEY :
								   K_OTHER;
}

/* Learn a header line. Does it differ from the header in force? */
static bool learn_line(struct sample_head *h, enum kind k, const char *s,
		       size_t n)
{
	size_t i;

	if (k == K_KEY) {
		i = strcspn(s, ":");
		return learn(&h->keys, &h->values, s, i, s + i, n - i);
	}
	i = 5 + strcspn(s + 5, " \n");
	return learn(&h->units, &h->lines, s + 5, i - 5, s, n);
}

/* Name, workload, rest. */
static void add_benchmark(struct text *to, const struct sample_record *r,
			  const char *s, size_t n)
{
	size_t name = strcspn(s, " \t\n");

	if (r->verdict == VERDICT_VOID)
		text_add(to, "# ", 2);
	text_add(to, s, name);
	if (r->workload && strcmp(r->workload, "idle"))
		text_printf(to, "/workload=%s", r->workload);
	text_add(to, s + name, n - name);
	text_printf(to, "%s\n", r->rates ? r->rates : "");
}

/* A Unit line for each rate that has had none. */
static void add_units(struct sample_head *h, const char *rates, struct text *to)
{
	struct strv words = { 0 };

	strv_split(&words, rates, " ");
	for (unsigned int i = 1; i < words.nr; i += 2) {
		char *unit = xprintf("Unit %s better=higher", words.v[i]);

		if (learn_line(h, K_UNIT, unit, strlen(unit)))
			text_printf(to, "%s\n", unit);
		free(unit);
	}
	strv_free(&words);
}

static int check_output(const char *s, char *why, size_t len)
{
	unsigned int benchmarks = 0, schemas = 0;

	while (*s) {
		size_t n = strcspn(s, "\n");
		enum kind k = kind_of(s, n);

		if (!s[n]) {
			snprintf(why, len, "the last line of the sample is cut "
				 "off");
			return -EINVAL;
		}
		if (utf8_span(s, n) != n || k == K_OTHER || k == K_LINE) {
			snprintf(why, len, "printed what is no sample: %.*s",
				 (int)utf8_span(s, n > 60 ? 60 : n), s);
			return -EINVAL;
		}
		benchmarks += k == K_BENCHMARK;
		schemas += n == strlen(schema) && !strncmp(s, schema, n);
		s += n + 1;
	}
	if (benchmarks == 1 && schemas)
		return 0;
	snprintf(why, len, benchmarks == 1 ? "printed no 'schema: "
		 SAMPLE_SCHEMA "'" : benchmarks ? "printed more than one "
		 "Benchmark line" : "printed no Benchmark line");
	return -EINVAL;
}

/* Readers take no line with a unit that is there twice. */
static int check_units(const struct sample_record *r, char *why, size_t len)
{
	const char *at = strstr(r->output, "Benchmark");
	struct strv words = { 0 };
	char *line;
	int ret = 0;

	while (at && at != r->output && at[-1] != '\n')
		at = strstr(at + 1, "Benchmark");
	if (!at)
		return 0;
	line = xprintf("%.*s %s", (int)strcspn(at, "\n"), at,
		       r->rates ? r->rates : "");
	strv_split(&words, line, " \t");
	free(line);
	for (unsigned int i = 3; i < words.nr && !ret; i += 2) {
		for (unsigned int k = 3; k < i && !ret; k += 2) {
			if (strcmp(words.v[i], words.v[k]))
				continue;
			snprintf(why, len, "printed %s twice", words.v[i]);
			ret = -EINVAL;
		}
	}
	strv_free(&words);
	return ret;
}

int sample_record(struct sample_head *h, const struct sample_record *r,
		  struct text *to, char *why, size_t len)
{
	bool has_output = r->verdict == VERDICT_OK ||
			  r->verdict == VERDICT_VOID;
	struct text rest = { 0 };
	int ret = has_output ? check_output(r->output, why, len) : 0;
	char *reason;

	if (!ret && has_output)
		ret = check_units(r, why, len);
	if (ret && r->verdict == VERDICT_OK)
		return ret;
	has_output = has_output && !ret;
	text_add(&rest, "", 0);
	/* Also where the first thing said is that something was skipped. */
	if (!h->keys.nr) {
		learn_line(h, K_KEY, schema, strlen(schema));
		text_printf(to, "%s\n", schema);
	}
	for (const char *s = has_output ? r->output : ""; *s;) {
		size_t n = strcspn(s, "\n");
		enum kind k = kind_of(s, n);

		if (k == K_BENCHMARK)
			add_benchmark(&rest, r, s, n);
		else if (k == K_COMMENT)
			text_printf(&rest, "%.*s\n", (int)n, s);
		else if (k != K_EMPTY && learn_line(h, k, s, n))
			text_printf(to, "%.*s\n", (int)n, s);
		s += n + 1;
	}
	if (has_output && r->rates)
		add_units(h, r->rates, to);
	if (r->verdict == VERDICT_OK) {
		text_printf(to, "# line %u ok seconds=%.3f workload=%s", r->line,
			    r->seconds, r->workload);
		if (r->lat)
			text_printf(to, " lat=%s", r->lat);
		text_printf(to, "\n");
	} else {
		reason = one_line(xstrdup(r->reason));
		reason[utf8_span(reason, strlen(reason))] = '\0';
		text_printf(to, "# line %u %s %s\n", r->line,
			    verdict_name[r->verdict], reason);
		free(reason);
	}
	text_add(to, rest.s, rest.len);
	text_free(&rest);
	return 0;
}

/* "# line N VERDICT ..." Returns the verdict, or -1. */
static int parse_line(const char *s, size_t n, unsigned int *line)
{
	char word[8], *copy = xstrndup(s, n);
	int got = sscanf(copy, "# line %u %7s", line, word);

	free(copy);
	for (int v = 0; got == 2 && v < 4; v++)
		if (!strcmp(word, verdict_name[v]))
			return v;
	return -1;
}

bool sample_refused(enum verdict v, const char *reason)
{
	const char *what = strstr(reason, ": ");

	return v == VERDICT_VOID ||
	       (v == VERDICT_FAIL && what &&
		!strncmp(what + 2, SAMPLE_TIME_LIMIT,
			 strlen(SAMPLE_TIME_LIMIT)));
}

struct scan {
	struct sample_head *head;
	unsigned char	*done;
	unsigned int	 nr;		/* lines of the plan */
	unsigned int	 at;		/* line of the file */
	unsigned int	 pending;	/* ok, its Benchmark line not yet seen */
	unsigned int	 in_void;	/* void, its comments may follow */
	bool		 heading;	/* header lines since the last record */
	size_t		 whole, before_void;
	char		*why;
	size_t		 len;
};

__attribute__((format(printf, 2, 3)))
static int bad(struct scan *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vtext(c->why, c->len, fmt, ap);
	va_end(ap);
	one_line(c->why);
	return -EINVAL;
}

static int scan_record(struct scan *c, const char *s, size_t n, size_t end)
{
	unsigned int line = 0;
	int v = parse_line(s, n, &line);
	char *reason;

	if (v < 0 || !line || line > c->nr)
		return bad(c, "no record of this plan: %.*s",
			   (int)(n > 60 ? 60 : n), s);
	c->heading = false;
	if (v == VERDICT_OK) {
		c->pending = line;
		return 0;
	}
	c->in_void = v == VERDICT_VOID ? line : 0;
	c->before_void = c->whole;
	reason = xstrndup(s, n);
	c->done[line] = sample_refused(v, reason) ? LINE_REFUSED : LINE_DONE;
	free(reason);
	c->whole = end;
	return 0;
}

static int scan_line(struct scan *c, const char *s, size_t n, size_t end)
{
	enum kind k = kind_of(s, n);

	if (utf8_span(s, n) != n)
		return bad(c, "not text (UTF-8 without control characters)");
	if (c->pending && k != K_COMMENT && k != K_BENCHMARK)
		return bad(c, "the Benchmark line of plan line %u is missing",
			   c->pending);
	if (k != K_COMMENT)
		c->in_void = 0;
	switch (k) {
	case K_KEY:
		if (!strncmp(s, schema, 8) && (n != strlen(schema) ||
					       strncmp(s, schema, n)))
			return bad(c, "%.*s; forkpath wrote '%s'", (int)n, s,
				   schema);
		/* fall through */
	case K_UNIT:
		learn_line(c->head, k, s, n);
		c->heading = true;
		return 0;
	case K_LINE:
		return scan_record(c, s, n, end);
	case K_BENCHMARK:
		if (!c->pending)
			return bad(c, "a Benchmark line without '# line N ok'");
		c->done[c->pending] = LINE_DONE;
		c->pending = 0;
		c->whole = end;
		return 0;
	case K_COMMENT:
	case K_EMPTY:
		if (!c->pending && !c->heading)
			c->whole = end;
		return 0;
	default:
		return bad(c, "no line of a sample: %.*s",
			   (int)(n > 60 ? 60 : n), s);
	}
}

int sample_scan(struct sample_head *h, const char *text, size_t len,
		unsigned char *done, unsigned int nr, size_t *whole,
		unsigned int *at, char *why, size_t why_len)
{
	struct scan c = { .head = h, .done = done, .nr = nr, .why = why,
			  .len = why_len };
	const char *eol;
	int ret = 0;

	memset(done, 0, (nr + 1) * sizeof(*done));
	for (size_t i = 0; i < len && !ret; i = eol + 1 - text) {
		c.at++;
		eol = memchr(text + i, '\n', len - i);
		if (!eol) {
			/* Perhaps the comment that is its Benchmark line. */
			if (c.in_void && text[i] == '#')
				c.whole = c.before_void;
			break;
		}
		ret = scan_line(&c, text + i, eol - text - i, eol + 1 - text);
	}
	*at = c.at;
	*whole = c.whole;
	if (ret || c.whole == len)
		return ret;
	/* Unlearn what the torn record said. */
	sample_head_free(h);
	return sample_scan(h, text, c.whole, done, nr, &c.whole, &c.at, why,
			   why_len);
}

double sample_p50(const char *s)
{
	const char *line = strstr(s, "\nBenchmark");
	struct strv words = { 0 };
	double v = 0;
	char *copy;

	if (!line)
		return 0;
	copy = xstrndup(line + 1, strcspn(line + 1, "\n"));
	strv_split(&words, copy, " \t");
	for (unsigned int i = 3; i < words.nr && !v; i += 2) {
		size_t n = strlen(words.v[i]);

		if (n > 7 && !strcmp(words.v[i] + n - 7, "-p50-ns"))
			v = strtod(words.v[i - 1], NULL);
	}
	strv_free(&words);
	free(copy);
	return v;
}
