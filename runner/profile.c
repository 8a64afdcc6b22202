// SPDX-License-Identifier: GPL-2.0-or-later
/* profile - where the time of a repetition goes, by perf(1) */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "events.h"
#include "proc.h"
#include "profile.h"
#include "tracefs.h"
#include "tree.h"

#define DATA		"perf.data"	/* in the folder, while it is needed */
#define HERTZ		"1999"		/* no multiple of a tick */
#define SECONDS		300		/* for perf to digest it */
#define FRAMES_MAX	128

const char *profile_missing(void)
{
	if (!tree_in_path("perf"))
		return "perf is not installed";
	if (geteuid())
		return "needs root";
	return NULL;
}

/* What is sampled: cycles in hardware, or else a timer. */
static const char *clock_event(void)
{
	struct event *e;
	char why[300];
	int nr = events_try("cycles", &e, why, sizeof(why));
	bool cycles = nr == 1 && !e->why;

	events_free(e, nr > 0 ? nr : 0);
	return cycles ? "cycles" : "cpu-clock";
}

/* FIELD=="a"||FIELD=="b"..., for every role and field. */
static char *filter(const struct strv *roles, const char *const *field, int nr)
{
	struct text t = { 0 };

	for (unsigned int i = 0; i < roles->nr; i++)
		for (int k = 0; k < nr; k++)
			text_printf(&t, "%s%s==\"%s\"", t.len ? "||" : "",
				    field[k], roles->v[i]);
	return t.s;
}

void profile_argv(struct strv *argv, const struct strv *roles)
{
	static const char *const both[] = { "prev_comm", "next_comm" };
	static const char *const own[] = { "COMM" };
	const struct { const char *event; const char *const *field; int nr; }
	event[] = {
		{ "sched:sched_switch", both, 2 },
		{ "lock:contention_begin", own, 1 },
		{ "lock:contention_end", own, 1 },
	};
	const char *const head[] = {
		"perf", "record", "-q", "-B", "-N", "-a", "-g",
		"--kernel-callchains", "-m", "16M", "-F", HERTZ, "-o", DATA, "-e", clock_event(),
	};

	tracefs_inside(argv);
	for (size_t i = 0; i < sizeof(head) / sizeof(*head); i++)
		strv_add(argv, xstrdup(head[i]));
	for (size_t i = 0; i < sizeof(event) / sizeof(*event); i++) {
		struct text t = { 0 };
		char why[200];

		/* Locks came in 5.19; a profile without them is one, too. */
		if (!events_encode(event[i].event, &t, why, sizeof(why))) {
			strv_add(argv, xstrdup("-e"));
			strv_add(argv, xstrdup(event[i].event));
			strv_add(argv, xstrdup("--filter"));
			strv_add(argv, filter(roles, event[i].field,
					      event[i].nr));
		}
		text_free(&t);
	}
	strv_add(argv, xstrdup("--"));
	tracefs_outside(argv);
}

/* --- folding ------------------------------------------------------------- */

struct stack {
	char		*name;
	double		 weight;
};

/* Somebody who waits: since when, with which stack. */
struct waiting {
	char		*stack;		/* NULL: nobody */
	long		 tid;
	double		 since;
	bool		 lock;
};

struct fold {
	const struct strv *roles;
	void		*stacks;	/* tree of struct stack */
	struct waiting	*waiting;
	unsigned int	 nr_waiting;
	/* The sample that is being read. */
	char		*comm, *event, *trace;
	long		 tid;
	double		 time;
	char		*frame[FRAMES_MAX];
	unsigned int	 nr_frame;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct stack *)a)->name,
		      ((const struct stack *)b)->name);
}

/* Takes NAME. */
static void weigh(struct fold *f, char *name, double weight)
{
	struct stack *s = xzalloc(sizeof(*s)), **there;

	s->name = name;
	there = tsearch(s, &f->stacks, by_name);
	if (*there != s) {
		free(s->name);
		free(s);
	}
	(*there)->weight += weight;
}

static bool is_role(const struct fold *f)
{
	for (unsigned int i = 0; i < f->roles->nr; i++)
		if (!strcmp(f->comm, f->roles->v[i]))
			return true;
	return false;
}

static char *stack_name(const struct fold *f, const char *kind,
			const char *extra)
{
	struct text t = { 0 };

	text_printf(&t, "%s;%s%s%s", kind, f->comm, extra ? ";" : "",
		    extra ? extra : "");
	for (unsigned int i = f->nr_frame; i; i--)
		text_printf(&t, ";%s", f->frame[i - 1]);
	if (!f->nr_frame)	/* only the kernel's are recorded */
		text_printf(&t, ";[user]");
	return t.s;
}

/* The value of "KEY=" in the trace, as far as the next blank. */
static bool traced(const char *trace, const char *key, char *value, size_t len)
{
	const char *at = strstr(trace, key);
	size_t n;

	if (!at)
		return false;
	at += strlen(key);
	n = strcspn(at, " )");
	snprintf(value, len, "%.*s", (int)n, at);
	return true;
}

static void wait_begins(struct fold *f, long tid, bool lock, char *stack)
{
	struct waiting *w = NULL;

	for (unsigned int i = 0; i < f->nr_waiting && !w; i++)
		if (!f->waiting[i].stack)
			w = &f->waiting[i];
	if (!w) {
		f->waiting = xrealloc(f->waiting, f->nr_waiting + 1,
				      sizeof(*f->waiting));
		w = &f->waiting[f->nr_waiting++];
	}
	*w = (struct waiting){ stack, tid, f->time, lock };
}

static void wait_ends(struct fold *f, long tid, bool lock)
{
	for (unsigned int i = 0; i < f->nr_waiting; i++) {
		struct waiting *w = &f->waiting[i];

		if (!w->stack || w->tid != tid || w->lock != lock)
			continue;
		weigh(f, w->stack, (f->time - w->since) * 1e6);
		w->stack = NULL;
		return;
	}
}

/* A whole sample has been read. */
static void sample(struct fold *f)
{
	char value[64];

	if (!f->event)
		return;
	if (!strcmp(f->event, "sched:sched_switch")) {
		if (traced(f->trace, "next_pid=", value, sizeof(value)))
			wait_ends(f, atol(value), false);
		/* Asleep: neither on its way (R) nor dead (X, Z). */
		if (is_role(f) && traced(f->trace, "prev_state=", value,
					 sizeof(value)) &&
		    (*value == 'S' || *value == 'D'))
			wait_begins(f, f->tid, false,
				    stack_name(f, "wait", NULL));
	} else if (!strcmp(f->event, "lock:contention_begin")) {
		if (is_role(f) && traced(f->trace, "flags=", value,
					 sizeof(value)))
			wait_begins(f, f->tid, true,
				    stack_name(f, "lock", value));
	} else if (!strcmp(f->event, "lock:contention_end")) {
		wait_ends(f, f->tid, true);
	} else if (is_role(f)) {
		weigh(f, stack_name(f, "cpu", NULL), 1);
	}
}

static void forget(struct fold *f)
{
	free(f->comm);
	free(f->event);
	free(f->trace);
	for (unsigned int i = 0; i < f->nr_frame; i++)
		free(f->frame[i]);
	f->comm = f->event = f->trace = NULL;
	f->nr_frame = 0;
}

/* "COMM TID [CPU] TIME: EVENT: TRACE"; false if it is none. */
static bool head(struct fold *f, const char *line)
{
	const char *cpu = strstr(line, " ["), *tid, *at;
	size_t n;

	if (!cpu || *line == '\t')
		return false;
	tid = cpu;
	while (tid > line && tid[-1] != ' ')
		tid--;
	at = strstr(cpu, "] ");
	if (!at || tid == line)
		return false;
	f->time = strtod(at + 2, (char **)&at);
	if (*at != ':')
		return false;
	at += 1 + strspn(at + 1, " ");
	n = strcspn(at, " ");
	if (!n || at[n - 1] != ':')
		return false;
	f->tid = atol(tid);
	f->event = xstrndup(at, n - 1);
	f->trace = xstrdup(at + n);
	line += strspn(line, " ");
	n = tid - line;
	while (n && line[n - 1] == ' ')
		n--;
	f->comm = xstrndup(line, n);
	return true;
}

/* "    ADDRESS SYMBOL" */
static void frame(struct fold *f, const char *line)
{
	char *name;

	line += strspn(line, " \t");
	line += strcspn(line, " ");
	line += strspn(line, " ");
	if (!*line || f->nr_frame == FRAMES_MAX)
		return;
	name = one_line(xstrdup(line));
	for (char *c = name; *c; c++)
		if (*c == ';' || *c == ' ')
			*c = '_';
	f->frame[f->nr_frame++] = name;
}

static struct text *folded;	/* twalk() passes nothing on */

static void print_stack(const void *node, VISIT visit, int depth)
{
	const struct stack *s = *(const struct stack *const *)node;

	(void)depth;
	if ((visit == postorder || visit == leaf) && s->weight >= 0.5)
		text_printf(folded, "%s %.0f\n", s->name, s->weight);
}

static void free_stack(void *node)
{
	struct stack *s = node;

	free(s->name);
	free(s);
}

void profile_fold(const char *script, const struct strv *roles,
		  struct text *to)
{
	struct fold f = { .roles = roles };

	text_add(to, "", 0);
	while (*script) {
		size_t n = strcspn(script, "\n");
		char *line = xstrndup(script, n);

		script += n + !!script[n];
		if (!*line) {
			sample(&f);
			forget(&f);
		} else if (f.event) {
			frame(&f, line);
		} else {
			head(&f, line);
		}
		free(line);
	}
	sample(&f);
	forget(&f);
	folded = to;
	twalk(f.stacks, print_stack);
	tdestroy(f.stacks, free_stack);
	for (unsigned int i = 0; i < f.nr_waiting; i++)
		free(f.waiting[i].stack);
	free(f.waiting);
}

/* --- keeping ------------------------------------------------------------- */

static int keep(const struct folder *f, unsigned int nr, const char *ending,
		const struct text *t)
{
	struct folder sub = { .fd = openat(f->fd, "perf", O_RDONLY |
					   O_DIRECTORY | O_NOFOLLOW |
					   O_CLOEXEC) };
	char name[40];
	int ret;

	if (sub.fd < 0)
		return -errno;
	snprintf(name, sizeof(name), "%04u.%s", nr, ending);
	ret = folder_write(&sub, name, t->s, t->len);
	close(sub.fd);
	return ret;
}

/* How much of what was to be recorded was not, as perf says: "84.50%". */
static const char *lost(const char *said, char *buf, size_t len)
{
	const char *at = said ? strstr(said, " samples and lost ") : NULL;

	if (!at)
		return "0%";
	at += strlen(" samples and lost ");
	snprintf(buf, len, "%.*s", (int)strspn(at, "0123456789.%"), at);
	return buf;
}

int profile_keep(const struct folder *f, unsigned int nr,
		 const struct strv *roles, char *why, size_t len)
{
	char *data = xprintf("%s/" DATA, f->path);
	char *const script[] = {
		"perf", "script", "-i", data, "--no-inline", "-F",
		"comm,tid,cpu,time,event,ip,sym,trace", NULL };
	char *const lock[] = { "perf", "lock", "contention", "-i", data, NULL };
	struct text t = { 0 };
	char rate[40];
	struct proc p;
	int ret;

	if (mkdirat(f->fd, "perf", 0755) && errno != EEXIST) {
		ret = -errno;
		goto out;
	}
	ret = proc_run(&p, script, SECONDS);
	if (!ret && p.text[0].s) {
		text_printf(&t, "# lost %s\n# clock %s\n",
			    lost(p.text[1].s, rate, sizeof(rate)),
			    clock_event());
		profile_fold(p.text[0].s, roles, &t);
		ret = keep(f, nr, "folded", &t);
		text_free(&t);
	} else {
		ret = ret < 0 ? ret : -EIO;
	}
	proc_free(&p);
	/* Its table is on stderr; what it cannot do is no loss. */
	if (!ret && !proc_run(&p, lock, SECONDS)) {
		text_add(&p.text[0], "", 0);
		text_add(&p.text[1], "", 0);
		text_printf(&t, "%s%s", p.text[0].s, p.text[1].s);
		ret = keep(f, nr, "lock", &t);
		text_free(&t);
		proc_free(&p);
	}
out:
	if (ret)
		snprintf(why, len, "perf script: %s", strerror(-ret));
	free(data);
	return ret;
}

void profile_drop(const struct folder *f)
{
	unlinkat(f->fd, DATA, 0);
	unlinkat(f->fd, DATA ".old", 0);
}
