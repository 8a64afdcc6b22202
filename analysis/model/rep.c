// SPDX-License-Identifier: GPL-2.0-or-later
/* rep - one repetition: a line of the plan, and what became of it */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "rep.h"

bool rep_timed(const struct rep *rep)
{
	return !kv_get(rep->cond, rep->nr_cond, "events") &&
	       !kv_get(rep->cond, rep->nr_cond, "profile");
}

bool rep_value(const struct rep *rep, const char *unit, double *v)
{
	for (size_t i = 0; i < rep->nr_value; i++) {
		if (!strcmp(rep->value[i].unit, unit)) {
			*v = rep->value[i].v;
			return true;
		}
	}
	return false;
}

const struct value *rep_ops(const struct rep *rep)
{
	for (size_t i = 0; i < rep->nr_value; i++)
		if (mem_ends(rep->value[i].unit, "-ops"))
			return &rep->value[i];
	return NULL;
}

static bool same_value(const char *a, const char *b)
{
	double x, y;

	return !strcmp(a, b) || (kv_number(a, &x) && kv_number(b, &y) && x == y);
}

/* "BenchmarkCloneAttach" of clone-attach? */
static bool is_camel(const char *head, const char *bench)
{
	bool upper = true;

	head += strlen("Benchmark");
	for (; *bench; bench++) {
		if (*bench == '-') {
			upper = true;
			continue;
		}
		if (*head++ != (upper ? toupper((unsigned char)*bench) : *bench))
			return false;
		upper = false;
	}
	return !*head;
}

bool rep_named(const struct rep *rep, char *name)
{
	bool busy = strcmp(rep->workload, "idle");
	char *at = name, *head = kv_word(&at, "/");
	scoped struct kv *kv = NULL;
	const char *v;
	size_t nr = 0;

	if (!is_camel(head, rep->bench) ||
	    (at && !kv_split(at, "/", &kv, &nr)) || nr != rep->nr_point + busy)
		return false;
	for (size_t i = 0; i < rep->nr_point; i++) {
		v = kv_get(kv, nr, rep->point[i].key);
		if (!v || !same_value(v, rep->point[i].value))
			return false;
	}
	v = busy ? kv_get(kv, nr, "workload") : rep->workload;
	return v && !strcmp(v, rep->workload);
}

const char *rep_disorder(const struct rep *rep)
{
	static const char *const order[] = {
		"p50-ns", "p90-ns", "p99-ns", "p99.9-ns", "max-ns"
	};
	static char why[120];

	for (size_t i = 0; i < rep->nr_value; i++) {
		const char *unit = rep->value[i].unit;
		double last = rep->value[i].v, v;
		const char *below = "p50-ns";
		int role;

		if (!mem_ends(unit, "-p50-ns"))
			continue;
		role = strlen(unit) - strlen("p50-ns");
		for (size_t q = 1; q < sizeof(order) / sizeof(*order); q++) {
			char name[100];

			snprintf(name, sizeof(name), "%.*s%s", role, unit,
				 order[q]);
			if (!rep_value(rep, name, &v))
				continue;
			/* The maximum is exact, a quantile a bucket's edge. */
			if (q == 4 ? v * 1.0081 + 1 < last : v < last) {
				snprintf(why, sizeof(why),
					 "%.60s is below %s: wrong unit or order",
					 name, below);
				return why;
			}
			last = v;
			below = order[q];
		}
	}
	return NULL;
}
