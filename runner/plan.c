// SPDX-License-Identifier: GPL-2.0-or-later
/* plan - every axis expanded, in the order in which it will be measured */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "plan.h"
#include "plan-point.h"

__attribute__((format(printf, 3, 4)))
int plan_refuse(const struct conf *c, unsigned int line, const char *fmt, ...)
{
	char what[900];
	va_list ap;

	va_start(ap, fmt);
	err_vtext(what, sizeof(what), fmt, ap);
	va_end(ap);
	err_say("%s:%u: %s", c->file, line, one_line(what));
	return EXIT_BAD;
}

__attribute__((format(printf, 2, 3)))
void plan_note(struct plan *p, const char *fmt, ...)
{
	char what[600];
	va_list ap;

	va_start(ap, fmt);
	err_vtext(what, sizeof(what), fmt, ap);
	va_end(ap);
	err_say("%s", one_line(what));
	strv_add(&p->notes, xstrdup(what));
}

char *plan_value(const char *pairs, const char *key)
{
	size_t len = strlen(key);

	while (*pairs) {
		size_t n = strcspn(pairs, " ");

		if (n > len && !strncmp(pairs, key, len) && pairs[len] == '=')
			return xstrndup(pairs + len + 1, n - len - 1);
		pairs += n;
		pairs += strspn(pairs, " ");
	}
	return NULL;
}

double plan_number(const char *pairs, const char *key, double none)
{
	char *s = plan_value(pairs, key), *end;
	double v;

	if (!s)
		return none;
	v = strtod(s, &end);
	if (end == s || *end)
		v = none;
	free(s);
	return v;
}

bool plan_exact(const struct plan *p)
{
	bool exact = false;

	for (unsigned int i = 0; i < p->nr && !exact; i++) {
		char *v = plan_value(p->line[i].conditions, "exact");

		exact = v != NULL;
		free(v);
	}
	return exact;
}

unsigned int plan_nr_run(const struct plan *p)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < p->nr; i++)
		n += !p->line[i].skip && !p->line[i].of;
	return n;
}

unsigned int plan_again_max(const struct plan *p)
{
	unsigned int n = plan_nr_run(p) * PLAN_AGAIN / 100;

	return n ? n : 1;
}

struct plan_line *plan_more(struct plan *p)
{
	p->line = xrealloc(p->line, p->nr + 1, sizeof(*p->line));
	return &p->line[p->nr++];
}

void plan_again(struct plan *p, unsigned int nr)
{
	struct plan_line *l = plan_more(p), *of = &p->line[nr - 1];

	*l = (struct plan_line){
		.nr = p->nr, .block = of->block, .limit = of->limit,
		.of = nr, .part = xstrdup(of->part),
		.bench = xstrdup(of->bench), .workload = xstrdup(of->workload),
		.reason = xstrdup(of->reason),
		.conditions = xstrdup(of->conditions),
		.point = xstrdup(of->point),
	};
}

void plan_free_line(struct plan_line *l)
{
	free(l->part);
	free(l->bench);
	free(l->workload);
	free(l->reason);
	free(l->conditions);
	free(l->point);
}

void plan_forget_again(struct plan *p)
{
	while (p->nr && p->line[p->nr - 1].of)
		plan_free_line(&p->line[--p->nr]);
}

void plan_free(struct plan *p)
{
	for (unsigned int i = 0; i < p->nr; i++)
		plan_free_line(&p->line[i]);
	free(p->line);
	free(p->question);
	free(p->title);
	free(p->config);
	free(p->suite);
	free(p->command);
	strv_free(&p->parts);
	strv_free(&p->notes);
	strv_free(&p->events);
	*p = (struct plan){ 0 };
}
