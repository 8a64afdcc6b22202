// SPDX-License-Identifier: GPL-2.0-or-later
/* plan - every axis expanded, in the order in which it will be measured */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "asks.h"
#include "count.h"
#include "desc.h"
#include "err.h"
#include "events.h"
#include "place.h"
#include "plan.h"
#include "proc.h"
#include "profile.h"
#include "rng.h"
#include "topo.h"
#include "tree.h"
#include "version.h"
#include "workload.h"

#define CHECK_SECONDS 20	/* --check measures nothing: long enough */

/* One distinct point, before it is repeated. */
struct point {
	const struct desc	*desc;
	const struct conf_section *section;
	char	*workload, *point, *conditions, *reason;
	double	 time, warmup, overhead, max;
};

/* How one combination of axis values is being put together. */
struct maker {
	struct plan		*plan;
	const struct conf	*conf;
	struct point		*points;
	unsigned int		 nr;
	struct strv		 counted;	/* "events=..." of each pass */
	bool			 exact;
};

/* Options that no config gives: the runner does. */
static bool of_runner(const char *key)
{
	return !strcmp(key, "lat") || !strcmp(key, "events") ||
	       !strcmp(key, "exact");
}

__attribute__((format(printf, 3, 4)))
static int refuse(const struct conf *c, unsigned int line, const char *fmt, ...)
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
static void note(struct plan *p, const char *fmt, ...)
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

static struct plan_line *one_more(struct plan *p)
{
	p->line = xrealloc(p->line, p->nr + 1, sizeof(*p->line));
	return &p->line[p->nr++];
}

void plan_again(struct plan *p, unsigned int nr)
{
	struct plan_line *l = one_more(p), *of = &p->line[nr - 1];

	*l = (struct plan_line){
		.nr = p->nr, .block = of->block, .limit = of->limit,
		.of = nr, .part = xstrdup(of->part),
		.bench = xstrdup(of->bench), .workload = xstrdup(of->workload),
		.reason = xstrdup(of->reason),
		.conditions = xstrdup(of->conditions),
		.point = xstrdup(of->point),
	};
}

static void free_line(struct plan_line *l)
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
		free_line(&p->line[--p->nr]);
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
			return refuse(c, key->line, "workload: there is no '%s' "
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
		return refuse(c, key->line, "%s: is set by the runner",
			      key->name);
	if (!o) {
		char *known = known_keys(d);

		refuse(c, key->line, "%s: unknown; %s has:%s", key->name,
		       d->name, known);
		free(known);
		return EXIT_BAD;
	}
	if (!own && key->values.nr > 1)
		return refuse(c, key->line, "%s: is a condition, not part of "
			      "the point: one value", key->name);
	for (unsigned int i = 0; i < key->values.nr; i++) {
		const char *v = key->values.v[i];

		if (!strcmp(key->name, "place") && !place_known(v))
			return refuse(c, key->line, "place: '%s' is not one of: "
				      PLACES, v);
		if (opt_check(o, v, why, sizeof(why)))
			return refuse(c, key->line, "%s", why);
		if (own && (ends_in_number(v) || !fits_in_name(v)))
			return refuse(c, key->line, "%s: '%s' cannot be in a "
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
	pt->warmup = plan_number(conditions.s, "warmup", 0);
	pt->point = point.s;
	pt->conditions = conditions.s;
}

static void free_point(struct point *pt)
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

static int add_section(struct maker *m, const struct conf_section *sec)
{
	const struct conf *c = m->conf;
	unsigned int *at, again = 0;
	const struct desc *d;
	char why[400];
	int ret;

	ret = desc_get(sec->bench, &d, why, sizeof(why));
	if (ret == -ENOENT) {
		struct strv names = tree_names("build/bench", "", true);
		char *all = tree_join(&names);

		refuse(c, sec->line, "there is no benchmark '%s'; there are: "
		       "%s", sec->bench, *all ? all : "none (run make)");
		free(all);
		strv_free(&names);
		return EXIT_BAD;
	}
	if (ret) {
		err_say("%s", why);
		return EXIT_FAIL;
	}
	for (unsigned int i = 0; i < sec->nr; i++) {
		ret = check_key(c, d, &sec->keys[i]);
		if (ret)
			return ret;
	}
	if (m->exact && !opt_find(d->common, "exact"))
		return refuse(c, sec->line, "%s cannot count instructions",
			      sec->bench);
	for (unsigned int i = 0; i < sec->nr; i++) {
		const char *tail = strstr(sec->keys[i].name, "-cpus");

		if (tail && !tail[5] && has_key(sec, "place"))
			return refuse(c, sec->keys[i].line, "%s: place finds "
				      "the CPUs; one or the other",
				      sec->keys[i].name);
	}
	at = xzalloc((sec->nr + 1) * sizeof(*at));
	for (;;) {
		struct point pt;
		bool known = false;
		unsigned int i;

		make_point(&pt, d, sec, at, m->exact);
		for (i = 0; i < m->nr && !known; i++)
			known = same_row(&pt, &m->points[i]);
		if (known) {
			again++;
			free_point(&pt);
		} else if (m->nr == PLAN_MAX) {
			free_point(&pt);
			free(at);
			return refuse(c, sec->line, "more than %d points; take "
				      "values away", PLAN_MAX);
		} else {
			m->points = xrealloc(m->points, m->nr + 1,
					     sizeof(*m->points));
			m->points[m->nr++] = pt;
		}
		for (i = sec->nr; i; i--) {
			if (++at[i - 1] < sec->keys[i - 1].values.nr)
				break;
			at[i - 1] = 0;
		}
		if (!i)
			break;
	}
	free(at);
	if (again)
		note(m->plan, "%s:%u: [%s %s]: %u point%s planned already; kept "
		     "once", c->file, sec->line, sec->bench, sec->part, again,
		     again > 1 ? "s are" : " is");
	return EXIT_OK;
}

static void add_options(struct strv *argv, const char *pairs)
{
	struct strv words = { 0 };

	strv_split(&words, pairs, " ");
	for (unsigned int i = 0; i < words.nr; i++)
		strv_add(argv, xprintf("--%s", words.v[i]));
	strv_free(&words);
}

/* Same program, same options: the answer is the same. */
static const struct point *asked_before(const struct maker *m, unsigned int nr)
{
	const struct point *pt = &m->points[nr];

	for (unsigned int i = 0; i < nr; i++) {
		const struct point *old = &m->points[i];

		if (old->desc == pt->desc && !strcmp(old->point, pt->point) &&
		    !strcmp(old->conditions, pt->conditions) &&
		    !strcmp(old->workload, pt->workload))
			return old;
	}
	return NULL;
}

static int ask(struct maker *m, unsigned int nr)
{
	const struct point *old = asked_before(m, nr);
	struct point *pt = &m->points[nr];
	struct strv argv = { 0 };
	enum workload_kind kind;
	struct proc p;
	char why[200];
	char *said;
	int ret;

	if (pt->reason)
		return EXIT_OK;		/* nowhere to place it */
	if (old) {
		pt->reason = old->reason ? xstrdup(old->reason) : NULL;
		pt->overhead = old->overhead;
		return EXIT_OK;
	}
	if (workload_find(pt->workload, &kind, why, sizeof(why))) {
		pt->reason = xstrdup(why);
		return EXIT_OK;
	}
	strv_add(&argv, xstrdup(pt->desc->program));
	strv_add(&argv, xstrdup("--check"));
	add_options(&argv, pt->conditions);
	add_options(&argv, pt->point);
	ret = proc_run(&p, argv.v, CHECK_SECONDS);
	strv_free(&argv);
	said = last_line(&p.text[1]);
	if (ret == EXIT_OK) {
		if (p.text[0].s &&
		    sscanf(p.text[0].s, "overhead %lf", &pt->overhead) != 1)
			pt->overhead = 0;
		if (!(pt->overhead >= 0 && pt->overhead < 1e6))
			pt->overhead = 0;
		pt->overhead += workload_overhead(kind);
	} else if (ret == EXIT_SKIP) {
		size_t len = strlen(pt->desc->name);

		/* "attach: no v2 here": the plan says the name already. */
		if (!strncmp(said, pt->desc->name, len) &&
		    !strncmp(said + len, ": ", 2))
			pt->reason = xstrdup(said + len + 2);
		else
			pt->reason = xstrdup(*said ? said : "no reason given");
		ret = EXIT_OK;
	} else if (ret == EXIT_BAD) {
		refuse(m->conf, pt->section->line, "[%s %s] %s: %s",
		       pt->section->bench, pt->section->part, pt->point, said);
	} else {
		err_say("%s --check: %s %d: %s", pt->desc->program,
			ret < 0 ? strerror(-ret) : "exit code",
			ret < 0 ? -ret : ret, said);
		ret = EXIT_FAIL;
	}
	free(said);
	proc_free(&p);
	return ret;
}

bool plan_budget(double budget, unsigned int *blocks, unsigned int n,
		 const double *w, const double *f, double max, double *t)
{
	double least = 0, fixed = 0, share, held, free_w;
	bool fits, changed = true;

	for (unsigned int i = 0; i < n; i++) {
		fixed += f[i];
		t[i] = 0;	/* 0: not yet held at a limit */
	}
	least = fixed + n * PLAN_TIME_FLOOR;
	if (least * *blocks > budget) {
		/* A hair above, lest 3 x 0.1 should not fit into 0.3. */
		*blocks = least > 0 ? (budget / least) * (1 + 1e-12) : *blocks;
		if (!*blocks)
			*blocks = 1;
	}
	fits = least <= budget * (1 + 1e-12);
	share = budget / *blocks - fixed;
	while (changed) {
		changed = false;
		held = free_w = 0;
		for (unsigned int i = 0; i < n; i++) {
			held += t[i];
			free_w += t[i] ? 0 : w[i];
		}
		/*
		 * First those that would be too short: they take from the
		 * others. When there are none left, those that would be too
		 * long: they give.
		 */
		for (int pass = 0; pass < 2 && !changed; pass++) {
			for (unsigned int i = 0; i < n; i++) {
				double v = free_w > 0 ?
					(share - held) * w[i] / free_w : 0;

				if (t[i])
					continue;
				if (!pass && v < PLAN_TIME_FLOOR) {
					t[i] = PLAN_TIME_FLOOR;
					changed = true;
				} else if (pass && v > max) {
					t[i] = max;
					changed = true;
				}
			}
		}
	}
	for (unsigned int i = 0; i < n; i++) {
		if (!t[i])
			t[i] = (share - held) * w[i] / free_w;
		/* Whole milliseconds, downwards: a plan is for people, too. */
		t[i] = floor(t[i] * 1000 + 1e-6) / 1000;
	}
	return fits;
}

/* CONDITIONS with the time T. */
static char *retime(const char *conditions, double t)
{
	struct strv words = { 0 };
	struct text fresh = { 0 };

	strv_split(&words, conditions, " ");
	text_printf(&fresh, "time=%.9g", t);
	for (unsigned int i = 0; i < words.nr; i++)
		if (strncmp(words.v[i], "time=", 5))
			text_printf(&fresh, " %s", words.v[i]);
	strv_free(&words);
	return fresh.s;
}

/* The budget for the lines that run; rewrites time= in their conditions. */
static void spread(struct maker *m, double budget)
{
	struct plan *p = m->plan;
	double *w, *f, *t, max = INFINITY, sum = 0;
	unsigned int n = 0, want = p->blocks, all, *of;

	w = xzalloc((m->nr + 1) * sizeof(*w));
	f = xzalloc((m->nr + 1) * sizeof(*f));
	t = xzalloc((m->nr + 1) * sizeof(*t));
	of = xzalloc((m->nr + 1) * sizeof(*of));
	for (unsigned int i = 0; i < m->nr; i++) {
		struct point *pt = &m->points[i];

		if (pt->reason)
			continue;
		of[n] = i;
		w[n] = pt->time > 0 ? pt->time : PLAN_TIME_FLOOR;
		f[n++] = pt->warmup + pt->overhead + PLAN_LINE_SECONDS;
		if (pt->max < max)
			max = pt->max;
	}
	if (!n)
		goto out;
	/* Every pass of the counters is a block more; timing goes first. */
	all = p->blocks + m->counted.nr;
	plan_budget(budget, &all, n, w, f, max, t);
	if (m->counted.nr && all <= m->counted.nr) {
		note(p, "%.6g s: no time to count events", budget);
		strv_free(&m->counted);
		all = p->blocks;
	}
	p->blocks = all - m->counted.nr;
	if (!plan_budget(budget, &all, n, w, f, max, t)) {
		for (unsigned int i = 0; i < n; i++)
			sum += t[i] + f[i];
		note(p, "%.6g s are too few for one block of %u repetition%s; "
		     "it will take about %.3g s", budget, n, n > 1 ? "s" : "",
		     sum);
	}
	if (p->blocks < want)
		note(p, "%.6g s: %u block%s instead of %u fit%s", budget,
		     p->blocks, p->blocks > 1 ? "s" : "", want,
		     p->blocks > 1 ? "" : "s");
	for (unsigned int i = 0; i < n; i++) {
		struct point *pt = &m->points[of[i]];
		char *fresh = retime(pt->conditions, t[i]);

		free(pt->conditions);
		pt->conditions = fresh;
		pt->time = t[i];
	}
out:
	free(w);
	free(f);
	free(t);
	free(of);
}

/* PASS: "events=..." or "profile=perf", what it is there for, or NULL. */
static void add_line(struct plan *p, const struct point *pt,
		     unsigned int block, const char *pass)
{
	bool profile = pass && !strncmp(pass, "profile=", 8);
	char *conditions = profile && pt->time > PROFILE_SECONDS ?
		retime(pt->conditions, PROFILE_SECONDS) :
		xstrdup(pt->conditions);
	struct plan_line *l;

	l = one_more(p);
	*l = (struct plan_line){
		.nr = p->nr, .block = block, .skip = pt->reason,
		/* Far beyond what it should take: for what hangs. */
		.limit = ceil(30 + 5 * (pt->time + pt->warmup + pt->overhead)),
		.part = xstrdup(pt->section->part),
		.bench = xstrdup(pt->desc->name),
		.workload = xstrdup(pt->workload),
		.reason = xstrdup(pt->reason ? pt->reason : "-"),
		.conditions = xprintf("%s%s%s", conditions, pass ? " " : "",
				      pass ? pass : ""),
		.point = xstrdup(pt->point),
	};
	free(conditions);
}

static void order(struct maker *m)
{
	struct plan *p = m->plan;
	struct rng rng = { .state = p->seed };
	unsigned int *at = xzalloc((m->nr + 1) * sizeof(*at));
	unsigned int all = p->blocks + m->counted.nr;

	for (unsigned int i = 0; i < m->nr; i++) {
		at[i] = i;
		if (m->points[i].reason)
			add_line(p, &m->points[i], 1, NULL);
	}
	for (unsigned int b = 1; b <= all; b++) {
		const char *pass = b <= p->blocks ? NULL :
			m->counted.v[b - p->blocks - 1];

		rng_shuffle(&rng, at, m->nr);
		for (unsigned int i = 0; i < m->nr; i++) {
			const struct point *pt = &m->points[at[i]];

			if (!pt->reason &&
			    (!pass || opt_find(pt->desc->common, "events")))
				add_line(p, pt, b, pass);
		}
	}
	free(at);
}

/*
 * Which events can be counted here, in passes of as many hardware events as
 * a CPU has counters for. 0, or EXIT_BAD.
 */
static int count_what(struct maker *m, const char *list)
{
	struct strv pass = { 0 };
	struct event *event;
	char why[300];
	bool usual = !list || !strcmp(list, "default");
	int nr = events_try(usual ? events_default() : list, &event, why,
			    sizeof(why)), hardware = 0, in_pass = 0;

	if (nr < 0) {
		err_say("--events: %s", why);
		return EXIT_BAD;
	}
	for (int i = 0; i < nr; i++) {
		const struct event *e = &event[i];

		strv_add(&m->plan->events, xprintf("%s%s%s", e->name,
						   e->why ? " " : "",
						   e->why ? e->why : ""));
		if (e->why)
			continue;
		if (!pass.nr || (e->hardware && hardware == EVENTS_AT_ONCE) ||
		    in_pass == COUNT_MAX) {
			strv_add(&pass, xstrdup(e->name));
			hardware = e->hardware;
			in_pass = 1;
		} else {
			char **last = &pass.v[pass.nr - 1];
			char *more = xprintf("%s,%s", *last, e->name);

			free(*last);
			*last = more;
			hardware += e->hardware;
			in_pass++;
		}
	}
	for (int k = 0; k < PLAN_COUNTED; k++)
		for (unsigned int i = 0; i < pass.nr; i++)
			strv_add(&m->counted, xprintf("events=%s", pass.v[i]));
	strv_free(&pass);
	events_free(event, nr);
	return EXIT_OK;
}

static unsigned long draw_seed(void)
{
	unsigned int r = 0;

	if (getrandom(&r, sizeof(r), GRND_NONBLOCK) != sizeof(r))
		r = (unsigned int)getpid() ^ (unsigned int)time(NULL);
	return r ? r : 1;
}

/* Under which name does run.sh know this config? */
static char *config_name(const struct conf *c)
{
	char *ours = tree_path("configs/%s.conf", c->question);
	char *a = realpath(ours, NULL), *b = realpath(c->file, NULL);
	char *name = a && b && !strcmp(a, b) ?
		xprintf("configs/%s.conf", c->question) : xstrdup(c->file);

	free(ours);
	free(a);
	free(b);
	return one_line(name);
}

static char *command_of(const struct plan *p, const struct plan_args *args)
{
	struct text t = { 0 };
	bool ours = !strncmp(p->config, "configs/", 8);

	text_printf(&t, "./run.sh %s --seed %lu", ours ? p->question : p->config,
		    p->seed);
	if (args->time)
		text_printf(&t, " --time %.9g", args->time);
	if (args->repeat)
		text_printf(&t, " --repeat %lu", args->repeat);
	if (args->exact)
		text_printf(&t, " --exact");
	if (args->events)
		text_printf(&t, " --events %s", args->events);
	if (args->perf)
		text_printf(&t, " --perf");
	return t.s;
}

static int open_checked(struct conf *c, const char *file)
{
	int ret = conf_open(c, file);

	return ret ? ret : asks_check(c);
}

int plan_conf(struct conf *c, const char *question)
{
	size_t len = strlen(question);
	char *file;
	int ret;

	if (strchr(question, '/') ||
	    (len > 5 && !strcmp(question + len - 5, ".conf")))
		return open_checked(c, question);
	file = tree_path("configs/%s.conf", question);
	if (word_ok(question) && access(file, F_OK)) {
		struct strv names = tree_questions();
		char *all = tree_join(&names);

		err_say("there is no question '%s'; there are: %s", question,
			*all ? all : "none");
		free(all);
		strv_free(&names);
		ret = -EINVAL;
	} else {
		ret = open_checked(c, file);
	}
	free(file);
	return ret;
}

static void add_part(struct plan *p, const char *part)
{
	for (unsigned int i = 0; i < p->parts.nr; i++)
		if (!strcmp(p->parts.v[i], part))
			return;
	strv_add(&p->parts, xstrdup(part));
}

int plan_make(struct plan *p, const struct conf *c,
	      const struct plan_args *args)
{
	struct maker m = { .plan = p, .conf = c, .exact = args->exact };
	unsigned int skipped = 0;
	int ret = EXIT_OK;

	*p = (struct plan){
		.question = xstrdup(c->question), .title = xstrdup(c->title),
		.config = config_name(c), .suite = xstrdup(forkpath_version),
		.seed = args->seed ? args->seed : args->exact ? 1 : draw_seed(),
		.budget = args->time ? args->time : c->seconds,
		.blocks = args->repeat ? args->repeat : c->repeat,
	};
	if (args->exact) {
		p->budget = 0;
		p->blocks = args->repeat ? args->repeat : 1;
	}
	p->command = command_of(p, args);
	if (topo_borrowed())
		note(p, "%s is set: this is the plan of another machine",
		     topo_borrowed());
	for (unsigned int i = 0; i < c->nr && !ret; i++) {
		add_part(p, c->sections[i].part);
		ret = add_section(&m, &c->sections[i]);
	}
	for (unsigned int i = 0; i < m.nr && !ret; i++) {
		ret = ask(&m, i);
		skipped += !!m.points[i].reason;
	}
	if (args->exact && args->events && strcmp(args->events, "none")) {
		err_say("--events %s: with --exact the clock counts, give one "
			"of them", args->events);
		ret = EXIT_BAD;
	}
	if (!ret && !args->exact &&
	    (!args->events || strcmp(args->events, "none")))
		ret = count_what(&m, args->events);
	if (!ret && args->perf && profile_missing())
		note(p, "no profile: %s", profile_missing());
	else if (!ret && args->perf)
		strv_add(&m.counted, xstrdup("profile=perf"));
	if (!ret && p->budget)
		spread(&m, p->budget);
	if (!ret && (double)m.nr * (p->blocks + m.counted.nr) > PLAN_MAX)
		ret = refuse(c, 1, "%u points in %u blocks are more than %d "
			     "repetitions; take values or blocks away", m.nr,
			     p->blocks + m.counted.nr, PLAN_MAX);
	if (!ret)
		order(&m);
	if (!ret && skipped && geteuid())
		err_say("not root: %u of %u points cannot be measured", skipped,
			m.nr);
	for (unsigned int i = 0; i < m.nr; i++)
		free_point(&m.points[i]);
	free(m.points);
	strv_free(&m.counted);
	return ret;
}

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
	l = one_more(p);
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

void plan_free(struct plan *p)
{
	for (unsigned int i = 0; i < p->nr; i++)
		free_line(&p->line[i]);
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
