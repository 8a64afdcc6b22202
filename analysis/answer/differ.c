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
	{ "load-", "the load beside it" },
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

struct fact {
	char	*key, *value;
};

struct facts {
	struct fact	*fact;
	size_t		 nr_fact;
};

static void fact_add(struct facts *f, const char *key, const char *value)
{
	struct fact *one = mem_more(&f->fact, &f->nr_fact, sizeof(*one));

	one->key = mem_text("%s", key);
	one->value = mem_text("%s", value);
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
static void cmdline(struct facts *f, const char *key, const char *text)
{
	static const char *const leave[] = {
		"BOOT_IMAGE=", "initrd=", "root=", "resume=",
	};
	char *copy = mem_text("%s", text), *at = copy, *word;
	char *kept = mem_get(strlen(text) + 2, 1);

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
	free(kept);
	free(copy);
}

static void flatten(struct facts *f, const char *key, const json_t *v)
{
	char buf[40], *sub;
	const char *name;
	json_t *one;
	size_t i;

	if (*key && !counts(key))
		return;
	if (json_is_object(v)) {
		json_object_foreach((json_t *)v, name, one) {
			sub = mem_text("%s%s%s", key, *key ? "." : "", name);
			flatten(f, sub, one);
			free(sub);
		}
	} else if (json_is_array(v) && !strcmp(key, "cgroups")) {
		/* In the order of mounting, which is none: a set. */
		json_array_foreach((json_t *)v, i, one) {
			const char *type = json_string_value(
				json_object_get(one, "type")) ?: "?";
			const char *what = json_string_value(
				json_object_get(one, "controllers")) ?: "";

			sub = mem_text("cgroups.%s", !strcmp(type, "cgroup2") ?
				       "v2" : *what ? what : "v1");
			fact_add(f, sub, !strcmp(type, "cgroup2") ? what :
				 "mounted");
			free(sub);
		}
	} else if (json_is_array(v)) {
		char *text = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);

		fact_add(f, key, text ?: "?");
		free(text);
	} else if (json_is_string(v)) {
		if (!strcmp(key, "kernel.cmdline"))
			cmdline(f, key, json_string_value(v));
		else
			fact_add(f, key, json_string_value(v));
	} else if (json_is_integer(v)) {
		snprintf(buf, sizeof(buf), "%lld",
			 (long long)json_integer_value(v));
		fact_add(f, key, buf);
	} else if (json_is_real(v)) {
		snprintf(buf, sizeof(buf), "%.6g", json_real_value(v));
		fact_add(f, key, buf);
	} else if (json_is_boolean(v)) {
		fact_add(f, key, json_is_true(v) ? "yes" : "no");
	}
	/* null: not known, the same as no key */
}

static bool has_config(const struct facts *f)
{
	for (size_t i = 0; i < f->nr_fact; i++)
		if (starts(f->fact[i].key, "config."))
			return true;
	return false;
}

/* What the plan says and no meta.json: for how long, from which config. */
static void plan_facts(struct facts *f, const struct run *run)
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

static int fact_order(const void *pa, const void *pb)
{
	const struct fact *a = pa, *b = pb;
	int c = strcmp(a->key, b->key);

	return c ? c : strcmp(a->value, b->value);
}

/* All facts of a set, each value once, sorted. */
static void facts_of(struct facts *f, const struct set *set)
{
	size_t n = 0;

	memset(f, 0, sizeof(*f));
	for (size_t b = 0; b < set->nr_boot; b++) {
		for (size_t k = 0; k < set->boot[b].nr_folder; k++) {
			const struct run *run = &set->boot[b].folder[k]->run;

			/* Of the two revisions that of the sample counts. */
			if (run->sample_suite)
				json_object_del(run->meta, "suite");
			json_object_del(run->meta, "question");
			flatten(f, "", run->meta);
			plan_facts(f, run);
		}
	}
	qsort(f->fact, f->nr_fact, sizeof(*f->fact), fact_order);
	for (size_t i = 0; i < f->nr_fact; i++) {
		if (n && !fact_order(&f->fact[n - 1], &f->fact[i])) {
			free(f->fact[i].key);
			free(f->fact[i].value);
		} else {
			f->fact[n++] = f->fact[i];
		}
	}
	f->nr_fact = n;
}

static void facts_free(struct facts *f)
{
	for (size_t i = 0; i < f->nr_fact; i++) {
		free(f->fact[i].key);
		free(f->fact[i].value);
	}
	free(f->fact);
}

/* "x | y" of the values of KEY from *AT on; *AT goes behind them. */
static char *values(const struct facts *f, size_t *at, const char *key,
		    size_t *nr)
{
	char *text = NULL;

	*nr = 0;
	for (; *at < f->nr_fact && !strcmp(f->fact[*at].key, key); ++*at) {
		char *more = mem_text("%s%s%s", text ?: "", text ? " | " : "",
				      f->fact[*at].value);

		free(text);
		text = more;
		++*nr;
	}
	return text;
}

/* An option that one kernel does not have is off there. */
static bool as_good_as(const char *key, const char *value)
{
	if (starts(key, "config."))
		return !strcmp(value, "n");
	return starts(key, "cpu.vulnerabilities.") &&
	       starts(value, "Not affected");
}

static void add(struct differs *all, const char *key, char *a, char *b,
		bool within)
{
	struct differ *d = mem_more(&all->differ, &all->nr_differ, sizeof(*d));
	const size_t nr = sizeof(loud) / sizeof(*loud);

	d->key = mem_text("%s", key);
	d->a = a ? a : mem_text("%s", starts(key, "cgroups.") ? "none" :
				"not recorded");
	d->b = b ? b : mem_text("%s", starts(key, "cgroups.") ? "none" :
				"not recorded");
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
	double *v = NULL, one, median = NAN;
	size_t nr = 0;

	for (size_t b = 0; b < set->nr_boot; b++) {
		for (size_t k = 0; k < set->boot[b].nr_folder; k++) {
			const struct run *run = &set->boot[b].folder[k]->run;

			for (size_t i = 0; i < run->nr_rep; i++)
				if (run->rep[i].verdict == REP_OK &&
				    rep_timed(&run->rep[i]) &&
				    rep_value(&run->rep[i], unit, &one))
					*(double *)mem_more(&v, &nr,
							    sizeof(*v)) = one;
		}
	}
	if (stat_median(v, nr, &median))
		median = NAN;
	free(v);
	return median;
}

/* Loads that did much more, or much less, beside one set. */
static void loads(struct differs *all, const struct set *a,
		  const struct set *b)
{
	const struct run *run = &a->boot[0].folder[0]->run;

	for (size_t i = 0; i < run->nr_unit; i++) {
		const char *unit = run->unit[i].name;
		double x, y;
		char buf[40];

		if (!starts(unit, "load-"))
			continue;
		x = rate_of(a, unit);
		y = rate_of(b, unit);
		if (fmax(x, y) > LOAD_RATIO * fmin(x, y))
			add(all, unit, mem_text("%s", out_count(buf, sizeof(buf), x)),
			    mem_text("%s", out_count(buf, sizeof(buf), y)),
			    false);
	}
}

void differ_make(struct differs *all, const struct set *a,
		 const struct set *b)
{
	struct facts fa, fb;
	size_t i = 0, k = 0;
	bool known;

	memset(all, 0, sizeof(*all));
	facts_of(&fa, a);
	facts_of(&fb, b);
	/* A configuration that could not be read is one difference, not 90. */
	known = has_config(&fa) == has_config(&fb);
	if (!known)
		add(all, "config.", mem_text("%s", has_config(&fa) ? "recorded" :
				    "not recorded"),
		    mem_text("%s", has_config(&fb) ? "recorded" :
				    "not recorded"),
		    false);
	while (i < fa.nr_fact || k < fb.nr_fact) {
		const char *key = i == fa.nr_fact ? fb.fact[k].key :
			k == fb.nr_fact ? fa.fact[i].key :
			strcmp(fa.fact[i].key, fb.fact[k].key) <= 0 ?
			fa.fact[i].key : fb.fact[k].key;
		size_t na, nb;
		char *va = values(&fa, &i, key, &na);
		char *vb = values(&fb, &k, key, &nb);
		bool same = va && vb ? !strcmp(va, vb) :
			as_good_as(key, va ? va : vb);

		if (!known && starts(key, "config.")) {
			free(va);
			free(vb);
		} else if (!same || na > 1 || nb > 1) {
			add(all, key, va, vb, same);
		} else {
			free(va);
			free(vb);
		}
	}
	if (a->nr_boot && b->nr_boot)
		loads(all, a, b);
	if (all->nr_differ)
		qsort(all->differ, all->nr_differ, sizeof(*all->differ), by_rank);
	facts_free(&fa);
	facts_free(&fb);
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
