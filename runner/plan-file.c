// SPDX-License-Identifier: GPL-2.0-or-later
/* plan-file - plan.tsv: written and read */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "desc.h"
#include "err.h"
#include "plan-point.h"

static const char columns[] = "line\tblock\tpart\tbench\tworkload\tlimit\t"
			      "verdict\treason\tconditions\tpoint";

void plan_write(const struct plan *p, FILE *to)
{
	fprintf(to, "# " PLAN_SCHEMA "\n# question %s\n# title %s\n"
		"# config %s\n# seed %lu\n# suite %s\n", p->question, p->title,
		p->config, p->seed, p->suite);
	if (p->budget)
		fprintf(to, "# budget %.9g\n", p->budget);
	fprintf(to, "# blocks %u\n", p->blocks);
	if (p->parts.nr)
		fprintf(to, "# parts");
	for (unsigned int i = 0; i < p->parts.nr; i++)
		fprintf(to, " %s%s", p->parts.v[i],
			i + 1 == p->parts.nr ? "\n" : "");
	fprintf(to, "# command %s\n", p->command);
	for (unsigned int i = 0; i < p->notes.nr; i++)
		fprintf(to, "# note %s\n", p->notes.v[i]);
	for (unsigned int i = 0; i < p->events.nr; i++)
		fprintf(to, "# event %s\n", p->events.v[i]);
	fprintf(to, "%s\n", columns);
	for (unsigned int i = 0; i < p->nr; i++) {
		const struct plan_line *l = &p->line[i];

		if (l->of)
			fprintf(to, "# again %u\n", l->of);
		fprintf(to, "%u\t%u\t%s\t%s\t%s\t%u\t%s\t%s\t%s\t%s\n", l->nr,
			l->block, l->part, l->bench, l->workload, l->limit,
			l->skip ? "skip" : "run", l->reason, l->conditions,
			l->point);
	}
}

static bool number(const char *s, unsigned long max, unsigned long *v)
{
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	*v = strtoul(s, &end, 10);
	return !errno && !*end && *v <= max;
}

static void set_string(char **to, const char *value)
{
	free(*to);
	*to = xstrdup(value);
}

static const char *read_head(struct plan *p, const char *s)
{
	size_t n = strcspn(s, " ");
	const char *v = s[n] ? s + n + 1 : s + n;
	unsigned long u;

	if (!strncmp(s, "question ", 9)) {
		if (!word_ok(v))
			return "question: not a name";
		set_string(&p->question, v);
	} else if (!strncmp(s, "title ", 6)) {
		set_string(&p->title, v);
	} else if (!strncmp(s, "config ", 7)) {
		set_string(&p->config, v);
	} else if (!strncmp(s, "suite ", 6)) {
		set_string(&p->suite, v);
	} else if (!strncmp(s, "command ", 8)) {
		set_string(&p->command, v);
	} else if (!strncmp(s, "parts ", 6)) {
		strv_free(&p->parts);
		strv_split(&p->parts, v, " ");
		for (unsigned int i = 0; i < p->parts.nr; i++)
			if (!word_ok(p->parts.v[i]))
				return "parts: not names";
	} else if (!strncmp(s, "note ", 5)) {
		strv_add(&p->notes, xstrdup(v));
	} else if (!strncmp(s, "event ", 6)) {
		strv_add(&p->events, xstrdup(v));
	} else if (!strncmp(s, "seed ", 5)) {
		if (!number(v, ULONG_MAX, &p->seed))
			return "seed: not a number";
	} else if (!strncmp(s, "blocks ", 7)) {
		if (!number(v, PLAN_MAX, &u) || !u)
			return "blocks: not a number";
		p->blocks = u;
	} else if (!strncmp(s, "budget ", 7)) {
		p->budget = strtod(v, NULL);
	}
	return NULL;
}

/* Is every pair an option of the benchmark, with a value it takes? */
static const char *check_pairs(const struct opt *table, const char *pairs,
			       char *why, size_t len)
{
	struct strv words = { 0 };
	const char *bad = NULL;

	strv_split(&words, pairs, " ");
	for (unsigned int i = 0; i < words.nr && !bad; i++) {
		char *value = strchr(words.v[i], '=');
		const struct opt *o = NULL;

		if (!strcmp(words.v[i], "profile=perf"))
			continue;	/* for the runner */
		if (value) {
			*value++ = '\0';
			o = opt_find(table, words.v[i]);
		}
		if (!o || !strcmp(o->name, "lat")) {
			snprintf(why, len, "%s: unknown option", words.v[i]);
			bad = why;
		} else if (opt_check(o, value, why, len)) {
			bad = why;
		}
	}
	strv_free(&words);
	return bad;
}

/* "# again OF": the line that follows repeats OF. */
static const char *read_again(const struct plan *p, const char *s,
			      unsigned int *of)
{
	unsigned long u;

	if (*of)
		return "again: no line follows";
	if (!number(s, p->nr, &u) || !u || p->line[u - 1].of ||
	    p->line[u - 1].skip)
		return "again: not the number of a line that is run";
	*of = u;
	return NULL;
}

/* Repeats are the last lines, and like those that they repeat. */
static const char *mark_again(struct plan *p, unsigned int *nr)
{
	struct plan_line *l = &p->line[p->nr - 1], *of = l - 1;

	if (!*nr)
		return p->nr > 1 && of->of ? "a line behind those that are "
			"repeated" : NULL;
	of = &p->line[*nr - 1];
	if (l->skip || l->block != of->block || strcmp(l->part, of->part) ||
	    strcmp(l->bench, of->bench) || strcmp(l->workload, of->workload) ||
	    strcmp(l->conditions, of->conditions) ||
	    strcmp(l->point, of->point))
		return "again: the line is not like the one it repeats";
	l->of = *nr;
	*nr = 0;
	return NULL;
}

static const char *read_row(struct plan *p, char *row, unsigned int *again,
			    char *why, size_t len)
{
	struct plan_line *l;
	const struct desc *d;
	unsigned long nr, block, limit;
	char *f[10];
	int ret;

	for (int i = 0; i < 10; i++) {
		f[i] = strsep(&row, "\t");
		if (!f[i])
			return "a row has 10 fields, separated by tabs";
	}
	if (row)
		return "a row has 10 fields, separated by tabs";
	if (!number(f[0], PLAN_MAX, &nr) || nr != p->nr + 1)
		return "line: not the next number";
	if (!number(f[1], PLAN_MAX, &block) || !block)
		return "block: not a number from 1 on";
	if (!word_ok(f[2]))
		return "part: not a name";
	if (!word_ok(f[3]))
		return "bench: not a name";
	if (!word_ok(f[4]))
		return "workload: not a name";
	if (!number(f[5], 1000000, &limit) || !limit)
		return "limit: not a number of seconds";
	if (strcmp(f[6], "run") && strcmp(f[6], "skip"))
		return "verdict: neither run nor skip";
	if (!strcmp(f[6], "run")) {
		ret = desc_get(f[3], &d, why, len);
		if (ret == -ENOENT)
			return "bench: there is no such benchmark here";
		if (ret || check_pairs(d->common, f[8], why, len) ||
		    check_pairs(d->opts, f[9], why, len))
			return why;
	}
	l = plan_more(p);
	*l = (struct plan_line){
		.nr = nr, .block = block, .limit = limit,
		.skip = !strcmp(f[6], "skip"), .part = xstrdup(f[2]),
		.bench = xstrdup(f[3]), .workload = xstrdup(f[4]),
		.reason = xstrdup(f[7]), .conditions = xstrdup(f[8]),
		.point = xstrdup(f[9]),
	};
	return mark_again(p, again);
}

int plan_read(struct plan *p, const char *file, FILE *from)
{
	unsigned int line = 0, rows_from = 0;
	const char *bad = NULL;
	unsigned int again = 0;
	char *buf = NULL, why[600];
	size_t size = 0;
	ssize_t len;

	*p = (struct plan){ 0 };
	while (!bad && (len = getline(&buf, &size, from)) >= 0) {
		line++;
		if (!len || buf[len - 1] != '\n') {
			bad = "the last line is cut off";
			break;
		}
		buf[--len] = '\0';
		if (utf8_span(buf, len) != (size_t)len)
			bad = "not text (UTF-8 without control characters)";
		else if (line == 1)
			bad = strcmp(buf, "# " PLAN_SCHEMA) ?
				"not a plan of this suite; its first line would "
				"be '# " PLAN_SCHEMA "'" : NULL;
		else if (rows_from && !strncmp(buf, "# again ", 8))
			bad = read_again(p, buf + 8, &again);
		else if (!strncmp(buf, "# ", 2))
			bad = read_head(p, buf + 2);
		else if (rows_from)
			bad = read_row(p, buf, &again, why, sizeof(why));
		else if (!strcmp(buf, columns))
			rows_from = line;
		else
			bad = "the line with the names of the columns is missing";
	}
	if (!bad && ferror(from))
		bad = strerror(errno);
	free(buf);
	if (!bad && (!p->question || !p->blocks))
		bad = "'# question' or '# blocks' is missing";
	if (!bad && !p->nr)
		bad = "plans nothing";
	if (!bad && again)
		bad = "again: no line follows";
	if (bad) {
		err_say("%s:%u: %s", file, line ? line : 1, bad);
		plan_free(p);
		return EXIT_BAD;
	}
	if (!p->title)
		p->title = xstrdup("");
	if (!p->config)
		p->config = xstrdup("-");
	if (!p->suite)
		p->suite = xstrdup("unknown");
	if (!p->command)
		p->command = xstrdup("-");
	return EXIT_OK;
}
