// SPDX-License-Identifier: GPL-2.0-or-later
/* differ - conditions that are not the same in two sets, loudest first */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "differ.h"
#include "mem.h"
#include "out.h"
#include "stat.h"

/* Rates of a load vary; beyond this it was another load. */
#define LOAD_RATIO	1.25

/* Which run it was, and what a kernel is called; "x." is all below x. */
static const char *const not_conditions[] = {
	"schema", "label", "command", "seed", "utc", "boot_id", "loadavg",
	"uid", "cgroup_self", "lock_how", "kernel_log", "kernel.release",
	"kernel.version", "kernel.built", "kernel.config_from",
	"config.LOCALVERSION", "cgroups.path", "topology.",
	"lab.image.", "lab.command", "lab.boot", "lab.boots",
	"lab.first_result_seconds", "lab.died",
	/* What memory is left over at boot sets it. */
	"sysctl.vm.min_free_kbytes", "sysctl.kernel.threads-max",
};

/* Loudest first; the first row that fits. */
static const struct { const char *key, *why; } loud[] = {
	{ "config.PROVE_LOCKING", "a debug kernel" },
	{ "config.LOCKDEP", "a debug kernel" },
	{ "config.KASAN", "a debug kernel" },
	{ "config.KCSAN", "a debug kernel" },
	{ "config.KMSAN", "a debug kernel" },
	{ "config.UBSAN", "a debug kernel" },
	{ "config.KCOV", "a debug kernel" },
	{ "config.GCOV_KERNEL", "a debug kernel" },
	{ "config.LOCK_STAT", "a debug kernel" },
	{ "config.DEBUG_", "a debug kernel" },
	{ "config.SLUB_DEBUG_ON", "a debug kernel" },
	{ "lock_mode", "the lock itself" },
	{ "programs", "what measures" },
	{ "cpu.model", "another machine" },
	{ "host", "another machine" },
	{ "place", "another machine" },
	{ "hypervisor", "another machine" },
	{ "lab.", "another machine" },
	{ "kernel.machine", "another machine" },
	{ "cpu.vulnerabilities.", "mitigations cost on every entry" },
	{ "microcode", NULL },
	{ "cpu.", "another machine" },
	{ "numa.", "another machine" },
	{ "memory_gib", "another machine" },
	{ "clocksource", "the clock itself" },
	{ "governor", "frequency" },
	{ "driver", "frequency" },
	{ "turbo", "frequency" },
	{ "smt", NULL },
	{ "hz", NULL },
	{ "config.HZ", NULL },
	{ "preempt", NULL },
	{ "config.PREEMPT", NULL },
	{ "config.CC_VERSION_TEXT", "compiler of the kernel" },
	{ "compiler", "compiler of the suite" },
	{ "suite", "revision of the suite" },
	{ "plan.", NULL },
	{ "load-", "the background load" },
	{ "cgroups.", "hierarchies" },
	{ "root", NULL },
	{ "autogroup", NULL },
	{ "thp", NULL },
	{ "rcu.", "grace periods" },
	{ "kernel.cmdline", NULL },
	{ "kernel.tainted", NULL },
	{ "sysctl.", NULL },
	{ "config.", NULL },
};

/* What is known of a set: an object of key to its values, in their order. */
static void fact_add(json_t *facts, const char *key, const char *value)
{
	json_t *list = json_object_get(facts, key);
	size_t i = 0;
	int c = 1;

	if (!list) {
		list = json_array();
		json_object_set_new_nocheck(facts, key, list);
	}
	while (i < json_array_size(list) &&
	       (c = strcmp(json_string_value(json_array_get(list, i)), value)) < 0)
		i++;
	if (i == json_array_size(list) || c)
		json_array_insert_new(list, i, json_string_nocheck(value));
}

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* A condition? "x" in the table is x alone, "x." what is below it. */
static bool counts(const char *key)
{
	for (size_t i = 0;
	     i < sizeof(not_conditions) / sizeof(*not_conditions); i++) {
		const char *no = not_conditions[i];

		if (no[strlen(no) - 1] == '.' ? starts(key, no) :
		    !strcmp(key, no))
			return false;
	}
	return true;
}

/* Where its image lies is no property of a kernel. */
static void cmdline(json_t *f, const char *key, const char *text)
{
	static const char *const leave[] = {
		"BOOT_IMAGE=", "initrd=", "root=", "resume=",
	};
	scoped char *copy = mem_text("%s", text), *kept = NULL;
	char *at = copy, *word;

	kept = mem_get(strlen(text) + 2, 1);

	while ((word = strsep(&at, " "))) {
		bool out = !*word;

		for (size_t i = 0; i < sizeof(leave) / sizeof(*leave); i++)
			out |= starts(word, leave[i]);
		if (out)
			continue;
		if (*kept)
			strcat(kept, " ");
		strcat(kept, word);
	}
	fact_add(f, key, kept);
}

static void flatten(json_t *f, const char *key, const json_t *v)
{
	const char *name;
	json_t *one;
	size_t i;

	if (*key && !counts(key))
		return;
	if (json_is_object(v)) {
		json_object_foreach((json_t *)v, name, one) {
			scoped char *sub = mem_text("%s%s%s", key,
						    *key ? "." : "", name);

			flatten(f, sub, one);
		}
	} else if (json_is_array(v) && !strcmp(key, "cgroups")) {
		/* In the order of mounting, which is none: a set. */
		json_array_foreach((json_t *)v, i, one) {
			const char *type = json_string_value(
				json_object_get(one, "type")) ?: "?";
			const char *what = json_string_value(
				json_object_get(one, "controllers")) ?: "";
			bool v2 = !strcmp(type, "cgroup2");
			scoped char *sub = mem_text("cgroups.%s", v2 ? "v2" :
						    *what ? what : "v1");

			fact_add(f, sub, v2 ? what : "mounted");
		}
	} else if (json_is_array(v)) {
		scoped char *text = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);

		fact_add(f, key, text ?: "?");
	} else if (json_is_string(v)) {
		if (!strcmp(key, "kernel.cmdline"))
			cmdline(f, key, json_string_value(v));
		else
			fact_add(f, key, json_string_value(v));
	} else if (json_is_integer(v)) {
		scoped char *text = mem_text("%lld",
					     (long long)json_integer_value(v));

		fact_add(f, key, text);
	} else if (json_is_real(v)) {
		scoped char *text = mem_text("%.6g", json_real_value(v));

		fact_add(f, key, text);
	} else if (json_is_boolean(v)) {
		fact_add(f, key, json_is_true(v) ? "yes" : "no");
	}
	/* null: not known, the same as no key */
}

static bool has_config(json_t *f)
{
	const char *key;
	json_t *list;

	json_object_foreach(f, key, list)
		if (starts(key, "config."))
			return true;
	return false;
}

/* What the plan says and no meta.json: for how long, from which config. */
static void plan_facts(json_t *f, const struct run *run)
{
	char buf[80] = "";

	fact_add(f, "plan.question", run->question);
	for (size_t i = 0; i < run->nr_rep; i++) {
		const char *t = kv_get(run->rep[i].cond, run->rep[i].nr_cond,
				       "time");

		if (t && strcmp(run->rep[i].bench, "null")) {
			snprintf(buf, sizeof(buf), "%.60s s", t);
			break;
		}
	}
	if (*buf)
		fact_add(f, "plan.time", buf);
	if (run->sample_suite)
		fact_add(f, "suite", run->sample_suite);
}

static json_t *facts_of(const struct set *set)
{
	json_t *f = json_object();

	for (size_t k = 0; k < set->nr_folder; k++) {
		const struct run *run = &set->folder[k]->run;

		/* Of the two revisions that of the sample counts. */
		if (run->sample_suite)
			json_object_del(run->meta, "suite");
		json_object_del(run->meta, "question");
		flatten(f, "", run->meta);
		plan_facts(f, run);
	}
	return f;
}

/* "x | y" of the values of KEY; NULL: none is known. */
static char *values(const json_t *f, const char *key)
{
	struct text t = { 0 };
	json_t *v;
	size_t i;

	json_array_foreach(json_object_get(f, key), i, v)
		text_printf(&t, "%s%s", i ? " | " : "", json_string_value(v));
	return t.s;
}

/* An option that one kernel does not have is off there. */
static bool as_good_as(const char *key, const char *value)
{
	if (starts(key, "config."))
		return !strcmp(value, "n");
	return starts(key, "cpu.vulnerabilities.") &&
	       starts(value, "Not affected");
}

static void add(struct differs *all, const char *key, const char *a,
		const char *b, bool within)
{
	struct differ *d = mem_more(&all->differ, &all->nr_differ, sizeof(*d));
	const char *none = starts(key, "cgroups.") ? "none" : "not recorded";
	const size_t nr = sizeof(loud) / sizeof(*loud);

	d->key = xstrdup(key);
	d->a = xstrdup(a ? a : none);
	d->b = xstrdup(b ? b : none);
	d->within = within;
	for (d->rank = 0; d->rank < nr; d->rank++) {
		const char *k = loud[d->rank].key;
		char end = k[strlen(k) - 1];

		if (end == '.' || end == '_' || end == '-' ||
		    starts(k, "config.PREEMPT") ?
		    starts(key, k) : !strcmp(key, k))
			break;
	}
	d->why = d->rank < nr ? loud[d->rank].why : NULL;
}

static int by_rank(const void *pa, const void *pb)
{
	const struct differ *a = pa, *b = pb;

	if (a->within != b->within)
		return a->within ? 1 : -1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return strcmp(a->key, b->key);
}

/* Median of UNIT over all timed repetitions of a set; NAN: none has it. */
static double rate_of(const struct set *set, const char *unit)
{
	double one, median = NAN;
	scoped double *v = NULL;
	size_t nr = 0;

	for (size_t k = 0; k < set->nr_folder; k++) {
		const struct run *run = &set->folder[k]->run;

		for (size_t i = 0; i < run->nr_rep; i++)
			if (run->rep[i].verdict == REP_OK &&
			    rep_timed(&run->rep[i]) &&
			    rep_value(&run->rep[i], unit, &one))
				mem_push(&v, &nr, one);
	}
	if (stat_median(v, nr, &median))
		median = NAN;
	return median;
}

/* Loads that did much more, or much less, beside one set. */
static void loads(struct differs *all, const struct set *a,
		  const struct set *b)
{
	const struct run *run = &a->folder[0]->run;

	for (size_t i = 0; i < run->nr_unit; i++) {
		const char *unit = run->unit[i].name;
		char of_a[40], of_b[40];
		double x, y;

		if (!starts(unit, "load-"))
			continue;
		x = rate_of(a, unit);
		y = rate_of(b, unit);
		if (fmax(x, y) > LOAD_RATIO * fmin(x, y))
			add(all, unit, out_count(of_a, sizeof(of_a), x),
			    out_count(of_b, sizeof(of_b), y), false);
	}
}

static void differ_add(struct differs *all, json_t *fa, json_t *fb,
		       const char *key)
{
	scoped char *a = values(fa, key), *b = NULL;
	bool same;

	b = values(fb, key);
	same = a && b ? !strcmp(a, b) : as_good_as(key, a ? a : b);
	if (!same || json_array_size(json_object_get(fa, key)) > 1 ||
	    json_array_size(json_object_get(fb, key)) > 1)
		add(all, key, a, b, same);
}

void differ_make(struct differs *all, const struct set *a,
		 const struct set *b)
{
	json_t *fa = facts_of(a), *fb = facts_of(b), *list;
	bool known = has_config(fa) == has_config(fb);
	const char *key;

	memset(all, 0, sizeof(*all));
	/* A configuration that could not be read is one difference, not 90. */
	if (!known)
		add(all, "config.", has_config(fa) ? "recorded" : NULL,
		    has_config(fb) ? "recorded" : NULL, false);
	json_object_foreach(fa, key, list)
		if (known || !starts(key, "config."))
			differ_add(all, fa, fb, key);
	json_object_foreach(fb, key, list)
		if (!json_object_get(fa, key) &&
		    (known || !starts(key, "config.")))
			differ_add(all, fa, fb, key);
	if (a->nr_folder && b->nr_folder)
		loads(all, a, b);
	if (all->nr_differ)
		qsort(all->differ, all->nr_differ, sizeof(*all->differ), by_rank);
	json_decref(fa);
	json_decref(fb);
}

void differ_free(struct differs *all)
{
	for (size_t i = 0; i < all->nr_differ; i++) {
		free(all->differ[i].key);
		free(all->differ[i].a);
		free(all->differ[i].b);
	}
	free(all->differ);
}
