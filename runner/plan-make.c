// SPDX-License-Identifier: GPL-2.0-or-later
/* plan-make - from points to lines */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "asks.h"
#include "count.h"
#include "desc.h"
#include "err.h"
#include "events.h"
#include "plan-point.h"
#include "profile.h"
#include "rng.h"
#include "topo.h"
#include "tree.h"
#include "version.h"
#include "workload.h"

#define CHECK_SECONDS 20	/* --check measures nothing: long enough */

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
		plan_refuse(m->conf, pt->section->line, "[%s %s] %s: %s",
		       pt->section->bench, pt->section->part, pt->point, said);
	} else if (ret == -ETIME) {
		err_say("%s --check: has not ended within %d s",
			pt->desc->program, CHECK_SECONDS);
		ret = EXIT_FAIL;
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

/* PASS: "events=..." or "profile=perf", what it is there for, or NULL. */
static void add_line(struct maker *m, const struct point *pt,
		     unsigned int block, const char *pass)
{
	struct plan *p = m->plan;
	bool profile = pass && !strncmp(pass, "profile=", 8);
	char *conditions = profile && pt->time > PROFILE_SECONDS ?
		plan_retime(pt->conditions, PROFILE_SECONDS) :
		xstrdup(pt->conditions);
	struct plan_line *l;

	l = plan_more(p);
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
		.row = pt - m->points, .weight = pt->weight, .max = pt->max,
		.beyond = pt->warmup + pt->overhead + PLAN_LINE_SECONDS,
	};
	free(conditions);
}

static void order(struct maker *m)
{
	struct plan *p = m->plan;
	struct rng rng = { .state = p->seed };
	unsigned int *at = xzalloc((m->nr + 1) * sizeof(*at));
	unsigned int all = p->blocks + m->counted.nr;

	p->rows = m->nr;
	for (unsigned int i = 0; i < m->nr; i++) {
		at[i] = i;
		if (m->points[i].reason)
			add_line(m, &m->points[i], 1, NULL);
	}
	for (unsigned int b = 1; b <= all; b++) {
		const char *pass = b <= p->blocks ? NULL :
			m->counted.v[b - p->blocks - 1];

		rng_shuffle(&rng, at, m->nr);
		for (unsigned int i = 0; i < m->nr; i++) {
			const struct point *pt = &m->points[at[i]];

			if (!pt->reason &&
			    (!pass || opt_find(pt->desc->common, "events")))
				add_line(m, pt, b, pass);
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
		char *all = mem_join(&names, " ");

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
	p->want = p->blocks;
	p->command = command_of(p, args);
	if (topo_borrowed())
		plan_note(p, "%s is set: this is the plan of another machine",
		     topo_borrowed());
	for (unsigned int i = 0; i < c->nr && !ret; i++) {
		add_part(p, c->sections[i].part);
		ret = plan_expand(&m, &c->sections[i]);
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
		plan_note(p, "no profile: %s", profile_missing());
	else if (!ret && args->perf)
		strv_add(&m.counted, xstrdup("profile=perf"));
	if (!ret && p->budget)
		plan_spread(&m, p->budget);
	if (!ret && (double)m.nr * (p->blocks + m.counted.nr) > PLAN_MAX)
		ret = plan_refuse(c, 1, "%u points in %u blocks are more than %d "
			     "repetitions; take values or blocks away", m.nr,
			     p->blocks + m.counted.nr, PLAN_MAX);
	if (!ret)
		order(&m);
	if (!ret && skipped && geteuid())
		err_say("not root: %u of %u points cannot be measured", skipped,
			m.nr);
	for (unsigned int i = 0; i < m.nr; i++)
		plan_free_point(&m.points[i]);
	free(m.points);
	strv_free(&m.counted);
	return ret;
}
