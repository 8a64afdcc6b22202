// SPDX-License-Identifier: GPL-2.0-or-later
/* plan-expand - sections of a config into points */
#define _GNU_SOURCE

#include "desc.h"
#include "err.h"
#include "place.h"
#include "plan-point.h"
#include "topo.h"
#include "tree.h"
#include "workload.h"

/* Options that no config gives: the runner does. */
static bool of_runner(const char *key)
{
	return !strcmp(key, "lat") || !strcmp(key, "events") ||
	       !strcmp(key, "exact");
}

/* Go reads "-8" at the end of a name as GOMAXPROCS. */
static bool ends_in_number(const char *s)
{
	size_t len = strlen(s), n = len;

	while (n && s[n - 1] >= '0' && s[n - 1] <= '9')
		n--;
	return n < len && n && s[n - 1] == '-';
}

static bool fits_in_name(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s >= 0x7f || *s == '/')
			return false;
	return true;
}

/* The names in both tables, for the message about an unknown one. */
static char *known_keys(const struct desc *d)
{
	struct text t = { 0 };

	for (const struct opt *o = d->opts; o->name; o++)
		text_printf(&t, " %s", o->name);
	text_printf(&t, " workload");
	for (const struct opt *o = d->common; o->name; o++)
		if (!of_runner(o->name))
			text_printf(&t, " %s", o->name);
	return t.s;
}

static int check_workload(const struct conf *c, const struct conf_key *key)
{
	for (unsigned int i = 0; i < key->values.nr; i++) {
		enum workload_kind kind;
		char why[200];

		if (workload_find(key->values.v[i], &kind, why, sizeof(why)) ==
		    -ENOENT)
			return plan_refuse(c, key->line, "workload: there is no '%s' "
				      "in workloads/ ('list' shows them)",
				      key->values.v[i]);
	}
	return EXIT_OK;
}

static int check_key(const struct conf *c, const struct desc *d,
		     const struct conf_key *key)
{
	const struct opt *own = opt_find(d->opts, key->name);
	const struct opt *o = own ? own : opt_find(d->common, key->name);
	char why[400];

	if (!strcmp(key->name, "workload"))
		return check_workload(c, key);
	if (of_runner(key->name))
		return plan_refuse(c, key->line, "%s: is set by the runner",
			      key->name);
	if (!o) {
		char *known = known_keys(d);

		plan_refuse(c, key->line, "%s: unknown; %s has:%s", key->name,
		       d->name, known);
		free(known);
		return EXIT_BAD;
	}
	if (!own && key->values.nr > 1)
		return plan_refuse(c, key->line, "%s: is a condition, not part of "
			      "the point: one value", key->name);
	for (unsigned int i = 0; i < key->values.nr; i++) {
		const char *v = key->values.v[i];

		if (!strcmp(key->name, "place") && !place_known(v))
			return plan_refuse(c, key->line, "place: '%s' is not one of: "
				      PLACES, v);
		if (opt_check(o, v, why, sizeof(why)))
			return plan_refuse(c, key->line, "%s", why);
		if (own && (ends_in_number(v) || !fits_in_name(v)))
			return plan_refuse(c, key->line, "%s: '%s' cannot be in a "
				      "benchmark's name: no '/', no "
				      "'-<digits>' at the end", key->name, v);
	}
	return EXIT_OK;
}

/* The value of option NAME in this combination (at: index per key). */
static const char *chosen(const struct conf_section *sec,
			  const unsigned int *at, const char *name)
{
	for (unsigned int i = 0; i < sec->nr; i++)
		if (!strcmp(sec->keys[i].name, name))
			return sec->keys[i].values.v[at[i]];
	return NULL;
}

static bool has_key(const struct conf_section *sec, const char *name)
{
	for (unsigned int i = 0; i < sec->nr; i++)
		if (!strcmp(sec->keys[i].name, name))
			return true;
	return false;
}

static void pair(struct text *t, const char *name, const char *value)
{
	text_printf(t, "%s%s=%s", t->len ? " " : "", name, value);
}

/* What ends a repetition by the clock. */
static bool is_seconds(const char *name)
{
	return !strcmp(name, "time") || !strcmp(name, "warmup") ||
	       !strcmp(name, "min-ops");
}

/*
 * CPU lists for WORD to the conditions, or the reason why there are none. Of
 * role R there are as many actors as option Rs says.
 */
static void find_place(struct point *pt, const char *word, const char *options,
		       struct text *conditions)
{
	const struct strv *roles = &pt->desc->roles;
	unsigned int *n = xzalloc((roles->nr + 1) * sizeof(*n));
	char **list = xzalloc((roles->nr + 1) * sizeof(*list)), why[200];
	unsigned int nr = roles->nr;

	for (unsigned int i = 0; i < nr; i++) {
		char *option = xprintf("%ss", roles->v[i]);

		n[i] = plan_number(options, option, 1);
		free(option);
	}
	while (nr > 1 && !n[nr - 1])	/* a role that nobody plays here */
		nr--;
	if (place_here(word, nr, n, list, why, sizeof(why)))
		pt->reason = xstrdup(why);
	for (unsigned int i = 0; i < nr && list[i]; i++) {
		text_printf(conditions, "%s%s-cpus=%s", conditions->len ? " " :
			    "", roles->v[i], list[i]);
		free(list[i]);
	}
	free(list);
	free(n);
}

static void make_point(struct point *pt, const struct desc *d,
		       const struct conf_section *sec, const unsigned int *at,
		       bool exact)
{
	struct text point = { 0 }, conditions = { 0 };
	const char *v = chosen(sec, at, "workload");
	const struct opt *o;

	*pt = (struct point){ .desc = d, .section = sec };
	pt->workload = xstrdup(v ? v : "idle");
	text_add(&point, "", 0);
	text_add(&conditions, "", 0);
	for (o = d->opts; o->name; o++) {
		v = chosen(sec, at, o->name);
		/* An empty default: the program chooses. */
		if (v || (o->def && *o->def))
			pair(&point, o->name, v ? v : o->def);
	}
	for (o = d->common; o->name; o++) {
		bool always = !strcmp(o->name, "time") ||
			      !strcmp(o->name, "warmup");

		v = chosen(sec, at, o->name);
		if (!v && always && o->def && *o->def)
			v = o->def;
		if (exact && is_seconds(o->name))
			v = NULL;
		if (v)
			pair(&conditions, o->name, v);
	}
	if (exact)
		pair(&conditions, "exact", "true");
	if (chosen(sec, at, "place"))
		find_place(pt, chosen(sec, at, "place"), point.s, &conditions);
	o = opt_find(d->common, "time");
	pt->max = o && o->range ? strtod(strstr(o->range, "..") + 2, NULL) : 1e9;
	pt->time = plan_number(conditions.s, "time", 0);
	pt->weight = pt->time > 0 ? pt->time : PLAN_TIME_FLOOR;
	pt->warmup = plan_number(conditions.s, "warmup", 0);
	pt->point = point.s;
	pt->conditions = conditions.s;
}

void plan_free_point(struct point *pt)
{
	free(pt->workload);
	free(pt->point);
	free(pt->conditions);
	free(pt->reason);
}

static bool same_row(const struct point *a, const struct point *b)
{
	return a->desc == b->desc && !strcmp(a->workload, b->workload) &&
	       !strcmp(a->point, b->point) &&
	       !strcmp(a->section->part, b->section->part);
}

/* What SEC asks of which benchmark. An exit code. */
static int find_bench(const struct conf *c, const struct conf_section *sec,
		      const struct desc **d)
{
	struct strv names;
	char why[400], *all;
	int ret = desc_get(sec->bench, d, why, sizeof(why));

	if (!ret)
		return EXIT_OK;
	if (ret != -ENOENT) {
		err_say("%s", why);
		return EXIT_FAIL;
	}
	names = tree_names("build/bench", "", true);
	all = mem_join(&names, " ");
	plan_refuse(c, sec->line, "there is no benchmark '%s'; there are: %s",
		    sec->bench, *all ? all : "none (run make)");
	free(all);
	strv_free(&names);
	return EXIT_BAD;
}

/* Can its keys be asked of D? An exit code. */
static int check_keys(const struct maker *m, const struct conf_section *sec,
		      const struct desc *d)
{
	const struct conf *c = m->conf;
	int ret;

	for (unsigned int i = 0; i < sec->nr; i++) {
		ret = check_key(c, d, &sec->keys[i]);
		if (ret)
			return ret;
	}
	if (m->exact && !opt_find(d->common, "exact"))
		return plan_refuse(c, sec->line, "%s cannot count instructions",
			      sec->bench);
	for (unsigned int i = 0; i < sec->nr; i++) {
		const char *tail = strstr(sec->keys[i].name, "-cpus");

		if (tail && !tail[5] && has_key(sec, "place"))
			return plan_refuse(c, sec->keys[i].line, "%s: place finds "
				      "the CPUs; one or the other",
				      sec->keys[i].name);
	}
	return EXIT_OK;
}

/* Keeps PT unless it is known: 1, 0 if it was, or -ENOSPC. */
static int add_point(struct maker *m, struct point *pt)
{
	for (unsigned int i = 0; i < m->nr; i++) {
		if (!same_row(pt, &m->points[i]))
			continue;
		plan_free_point(pt);
		return 0;
	}
	if (m->nr == PLAN_MAX) {
		plan_free_point(pt);
		return -ENOSPC;
	}
	m->points = xrealloc(m->points, m->nr + 1, sizeof(*m->points));
	m->points[m->nr++] = *pt;
	return 1;
}

/* AT has an index for each key: to the next combination, if there is one. */
static bool next(const struct conf_section *sec, unsigned int *at)
{
	for (unsigned int i = sec->nr; i; i--) {
		if (++at[i - 1] < sec->keys[i - 1].values.nr)
			return true;
		at[i - 1] = 0;
	}
	return false;
}

/* The CPUs of this machine, or of that which HWLOC_SYNTHETIC shows. */
static unsigned int nr_cpus(void)
{
	static int nr;

	if (!nr) {
		struct topo t;

		topo_load(&t);
		nr = t.cpus > 0 ? t.cpus : 1;
		topo_free(&t);
	}
	return nr;
}

/* SEC with numbers for the value 1..cpus: doubled up to all of them. */
static struct conf_section widened(const struct conf_section *sec)
{
	struct conf_section wide = *sec;

	wide.keys = xzalloc((sec->nr + 1) * sizeof(*wide.keys));
	for (unsigned int i = 0; i < sec->nr; i++) {
		const struct strv *from = &sec->keys[i].values;
		struct strv *to = &wide.keys[i].values;

		wide.keys[i] = sec->keys[i];
		*to = (struct strv){ 0 };
		for (unsigned int k = 0; k < from->nr; k++) {
			if (strcmp(from->v[k], "1..cpus")) {
				strv_add(to, xstrdup(from->v[k]));
				continue;
			}
			for (unsigned int n = 1; n < nr_cpus(); n *= 2)
				strv_add(to, xprintf("%u", n));
			strv_add(to, xprintf("%u", nr_cpus()));
		}
	}
	return wide;
}

static void free_widened(struct conf_section *wide)
{
	for (unsigned int i = 0; i < wide->nr; i++)
		strv_free(&wide->keys[i].values);
	free(wide->keys);
}

int plan_expand(struct maker *m, const struct conf_section *sec)
{
	const struct conf *c = m->conf;
	struct conf_section wide;
	unsigned int *at, again = 0;
	const struct desc *d;
	int ret = find_bench(c, sec, &d);

	if (ret)
		return ret;
	wide = widened(sec);
	ret = check_keys(m, &wide, d);
	if (ret) {
		free_widened(&wide);
		return ret;
	}
	at = xzalloc((sec->nr + 1) * sizeof(*at));
	do {
		struct point pt;

		make_point(&pt, d, &wide, at, m->exact);
		pt.section = sec;
		ret = add_point(m, &pt);
		again += !ret;
	} while (ret >= 0 && next(&wide, at));
	free(at);
	free_widened(&wide);
	if (ret < 0)
		return plan_refuse(c, sec->line, "more than %d points; take "
				   "values away", PLAN_MAX);
	if (again)
		plan_note(m->plan, "%s:%u: [%s %s]: %u point%s planned already; kept "
		     "once", c->file, sec->line, sec->bench, sec->part, again,
		     again > 1 ? "s are" : " is");
	return EXIT_OK;
}
