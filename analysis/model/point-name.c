// SPDX-License-Identifier: GPL-2.0-or-later
/* point-name - what tells points apart, and what they are called */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "point.h"

#define KEYS_MAX	32

static int kv_by_key(const void *a, const void *b)
{
	return strcmp(((const struct kv *)a)->key, ((const struct kv *)b)->key);
}

static void put_pairs(FILE *to, const struct kv *kv, size_t nr, bool lengths)
{
	scoped struct kv *sorted = mem_get(nr, sizeof(*sorted));
	double v;

	for (size_t i = 0; i < nr; i++)
		sorted[i] = kv[i];
	qsort(sorted, nr, sizeof(*sorted), kv_by_key);
	for (size_t i = 0; i < nr; i++) {
		if (!lengths && kv_is_length(sorted[i].key))
			continue;
		/* "0.010" is 0.01. */
		if (kv_number(sorted[i].value, &v))
			fprintf(to, "\t%s=%.17g", sorted[i].key, v);
		else
			fprintf(to, "\t%s=%s", sorted[i].key, sorted[i].value);
	}
}

char *point_key(const struct point *p, const char *part)
{
	char *text = NULL;
	size_t len;
	FILE *to = mem_stream(&text, &len);

	fprintf(to, "%s\t%s\t%s", p->bench, part ?: "", p->workload);
	put_pairs(to, p->opt, p->nr_opt, true);
	fputc('\t', to);
	put_pairs(to, p->cond, p->nr_cond, false);
	fclose(to);
	return text;
}

char *point_identity(const struct point *p)
{
	size_t room = p->nr_opt + p->nr_cond, nr = 0, len;
	scoped struct kv *kv = mem_get(room, sizeof(*kv));
	char *name;
	FILE *to;

	memcpy(kv, p->opt, p->nr_opt * sizeof(*kv));
	nr = p->nr_opt;
	for (size_t i = 0; i < p->nr_cond; i++)
		if (!kv_is_length(p->cond[i].key))
			kv[nr++] = p->cond[i];
	/* Another suite may have another order of its options. */
	qsort(kv, nr, sizeof(*kv), kv_by_key);
	to = mem_stream(&name, &len);
	fprintf(to, "[%s] %s", p->part, p->bench);
	for (size_t i = 0; i < nr; i++) {
		double v;

		if (kv_number(kv[i].value, &v))
			fprintf(to, " %s=%.9g", kv[i].key, v);
		else
			fprintf(to, " %s=%s", kv[i].key, kv[i].value);
	}
	if (strcmp(p->workload, "idle"))
		fprintf(to, " workload=%s", p->workload);
	fclose(to);
	return name;
}

void point_add_key(const char **key, size_t *nr, size_t max, const char *one)
{
	for (size_t i = 0; i < *nr; i++)
		if (!strcmp(key[i], one))
			return;
	if (*nr < max)
		key[(*nr)++] = one;
}

size_t point_keys(const struct point *const *p, size_t nr, const char **key,
		  size_t max)
{
	size_t nr_key = 0, i, k;

	for (i = 0; i < nr; i++)
		for (k = 0; k < p[i]->nr_opt; k++)
			point_add_key(key, &nr_key, max, p[i]->opt[k].key);
	point_add_key(key, &nr_key, max, "workload");
	for (i = 0; i < nr; i++)
		for (k = 0; k < p[i]->nr_cond; k++)
			point_add_key(key, &nr_key, max, p[i]->cond[k].key);
	return nr_key;
}

bool point_varies(const struct point *const *p, size_t nr, const char *key)
{
	for (size_t i = 1; i < nr; i++)
		if (value_order(point_get(p[i], key), point_get(p[0], key)))
			return true;
	return false;
}

int point_order(const struct point *a, const struct point *b,
		const char *const *key, size_t nr)
{
	int c = 0;

	for (size_t i = 0; i < nr && !c; i++)
		c = value_order(point_get(a, key[i]), point_get(b, key[i]));
	return c;
}

/* Do two of the points have the same values for all of KEY? */
static bool ambiguous(const struct point *const *p, size_t nr,
		      const char *const *key, size_t nr_key)
{
	for (size_t i = 0; i < nr; i++)
		for (size_t j = 0; j < i; j++)
			if (!point_order(p[i], p[j], key, nr_key))
				return true;
	return false;
}

static bool is_numeric(const struct point *const *p, size_t nr,
		       const char *key)
{
	for (size_t i = 0; i < nr; i++)
		if (point_get(p[i], key) && point_number(p[i], key) < 0)
			return false;
	return true;
}

size_t point_nr_values(const struct point *const *p, size_t nr,
		       const char *key)
{
	size_t values = 0;

	for (size_t i = 0; i < nr; i++) {
		size_t j = 0;

		while (j < i && value_order(point_get(p[i], key),
					    point_get(p[j], key)))
			j++;
		values += j == i;
	}
	return values;
}

size_t point_varying(const struct point *const *p, size_t nr,
		     const char **key, size_t max)
{
	const char *all[KEYS_MAX];
	size_t nr_all = point_keys(p, nr, all, KEYS_MAX), nr_key = 0, i;
	size_t weight[KEYS_MAX];

	if (max > KEYS_MAX)
		max = KEYS_MAX;
	for (i = 0; i < nr_all && nr_key < max; i++)
		if (!kv_is_length(all[i]) && point_varies(p, nr, all[i]))
			key[nr_key++] = all[i];
	if (nr > 1 && ambiguous(p, nr, key, nr_key))
		for (i = 0; i < nr_all && nr_key < max; i++)
			if (kv_is_length(all[i]) && point_varies(p, nr, all[i]))
				key[nr_key++] = all[i];

	/*
	 * Words first, then numbers, those with the most values last: what
	 * varies fastest stands beside the measured values.
	 */
	for (i = 0; i < nr_key; i++)
		weight[i] = point_nr_values(p, nr, key[i]) +
			(is_numeric(p, nr, key[i]) ? nr : 0);
	for (i = 1; i < nr_key; i++) {
		for (size_t j = i; j && weight[j - 1] > weight[j]; j--) {
			const char *k = key[j];
			size_t w = weight[j];

			key[j] = key[j - 1];
			key[j - 1] = k;
			weight[j] = weight[j - 1];
			weight[j - 1] = w;
		}
	}
	return nr_key;
}

size_t point_varying_but(const struct point *const *p, size_t nr,
			 const char **key, size_t max, const char *const *but)
{
	size_t nr_key = point_varying(p, nr, key, max), n = 0;

	for (size_t i = 0; i < nr_key; i++) {
		size_t k = 0;

		while (but[k] && strcmp(but[k], key[i]))
			k++;
		if (!but[k])
			key[n++] = key[i];
	}
	return n;
}

const char *point_label(const struct point *p, const char *const *key,
			size_t nr, bool names, char *buf, size_t len)
{
	size_t n = 0;

	*buf = 0;
	for (size_t i = 0; i < nr && n < len; i++) {
		const char *v = point_get(p, key[i]);

		if (v)
			n += snprintf(buf + n, len - n, "%s%s%s%s",
				      n ? " " : "", names ? key[i] : "",
				      names ? "=" : "", v);
	}
	return buf;
}

const char *point_name(const struct point *p, char *buf, size_t len)
{
	size_t n = snprintf(buf, len, "%s", p->bench);

	for (size_t i = 0; i < p->nr_opt && n < len; i++)
		n += snprintf(buf + n, len - n, "/%s=%s", p->opt[i].key,
			      p->opt[i].value);
	if (strcmp(p->workload, "idle") && n < len)
		snprintf(buf + n, len - n, "/workload=%s", p->workload);
	return buf;
}

static bool alike(const struct kv *a, size_t nr, const struct kv *b,
		  size_t nr_b, const char *but, const char *only)
{
	for (size_t i = 0; i < nr; i++) {
		const char *v = kv_get(b, nr_b, a[i].key);

		if (strcmp(a[i].key, but) &&
		    (!only || strstr(a[i].key, only)) &&
		    value_order(a[i].value, v))
			return false;
	}
	return true;
}

static bool on_line(const struct point *a, const struct point *b,
		    const char *key, const char *cond)
{
	return !strcmp(a->part, b->part) && !strcmp(a->bench, b->bench) &&
	       (!strcmp(key, "workload") ||
		!strcmp(a->workload, b->workload)) && a->nr_opt == b->nr_opt &&
	       alike(a->opt, a->nr_opt, b->opt, b->nr_opt, key, NULL) &&
	       (!cond || alike(a->cond, a->nr_cond, b->cond, b->nr_cond, "",
			       cond));
}

static int by_value(const void *a, const void *b, void *key)
{
	return value_order(point_get(*(const struct point *const *)a, key),
			   point_get(*(const struct point *const *)b, key));
}

size_t point_lines(struct point_line **line, const struct point *const *p,
		   size_t nr, const char *key, const char *cond)
{
	size_t nr_line = 0;

	*line = NULL;
	for (size_t i = 0; i < nr; i++) {
		struct point_line *l = *line;

		while (l < *line + nr_line && !on_line(*l->point, p[i], key, cond))
			l++;
		if (l == *line + nr_line)
			l = mem_more(line, &nr_line, sizeof(*l));
		mem_push(&l->point, &l->nr, p[i]);
	}
	for (size_t i = 0; i < nr_line; i++)
		qsort_r((*line)[i].point, (*line)[i].nr, sizeof(*p), by_value,
			(void *)key);
	return nr_line;
}
