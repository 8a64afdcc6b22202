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

/* NULL, or why this command of perf fails. */
static char *fails(const char *does_not, char *const argv[])
{
	struct proc p = { .fd = { -1, -1 } };
	char *why = NULL;

	if (proc_run(&p, argv, 10)) {
		char *said = last_line(&p.text[1]);

		why = xprintf("perf does not %s here: %s", does_not,
			      *said ? said : "no reason given");
		free(said);
	}
	proc_free(&p);
	return why;
}

/*
 * A distribution's script in its place may find none for this kernel; and
 * the one that there is may not be let do what it is for.
 */
static char *not_working(void)
{
	char *why = fails("run", (char *[]){ "perf", "--version", NULL });

	return why ? why : fails("record", (char *[]){
		"perf", "record", "-q", "-B", "-N", "-a", "-g", "-o",
		"/dev/null", "-e", (char *)clock_event(), "--", "sh", "-c", ":",
		NULL });
}

const char *profile_missing(void)
{
	static char *why;
	static bool tried;

	if (!tree_in_path("perf"))
		return "perf is not installed";
	if (geteuid())
		return "needs root";
	if (!tried)
		why = not_working();
	tried = true;
	return why;
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
	struct text	 line;		/* so far */
	struct profile_count count;
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
	long tid = f->tid;

	if (!f->event)
		return;
	if (!strcmp(f->event, "sched:sched_switch")) {
		if (traced(f->trace, "next_pid=", value, sizeof(value)))
			wait_ends(f, atol(value), false);
		/*
		 * Asleep: neither on its way (R) nor dead (X, Z). The number of
		 * the event is used, not perf's: in a pid namespace they are
		 * not the same.
		 */
		if (is_role(f) && traced(f->trace, "prev_state=", value,
					 sizeof(value)) &&
		    (*value == 'S' || *value == 'D')) {
			if (traced(f->trace, "prev_pid=", value, sizeof(value)))
				tid = atol(value);
			wait_begins(f, tid, false, stack_name(f, "wait", NULL));
		}
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

/* "COMM TID [CPU] TIME: PERF_RECORD_LOST lost N" */
static bool lost(struct fold *f, const char *line)
{
	const char *at = strstr(line, ": PERF_RECORD_LOST lost ");
	unsigned long n;

	if (!at || sscanf(strstr(at, "lost "), "lost %lu", &n) != 1)
		return false;
	f->count.lost += n;
	return true;
}

static void one_script_line(struct fold *f, const char *line)
{
	if (!*line) {
		sample(f);
		forget(f);
	} else if (lost(f, line)) {
		return;
	} else if (f->event) {
		frame(f, line);
	} else if (head(f, line)) {
		f->count.read++;
	}
}

/* A piece of what perf script says; the whole is larger than memory. */
static void feed(void *arg, const char *s, size_t len)
{
	struct fold *f = arg;

	while (len) {
		const char *eol = memchr(s, '\n', len);
		size_t n = eol ? (size_t)(eol - s) : len;

		text_add(&f->line, s, n);
		if (!eol)
			return;
		one_script_line(f, f->line.s);
		f->line.len = 0;
		s += n + 1;
		len -= n + 1;
	}
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

/* The stacks, to TO (NULL: nobody wants them); F is empty afterwards. */
static void fold_end(struct fold *f, struct text *to)
{
	if (f->line.len)
		one_script_line(f, f->line.s);
	sample(f);
	forget(f);
	if (to) {
		text_add(to, "", 0);
		folded = to;
		twalk(f->stacks, print_stack);
	}
	tdestroy(f->stacks, free_stack);
	for (unsigned int i = 0; i < f->nr_waiting; i++)
		free(f->waiting[i].stack);
	free(f->waiting);
	text_free(&f->line);
}

void profile_fold(const char *script, const struct strv *roles,
		  struct text *to, struct profile_count *count)
{
	struct fold f = { .roles = roles };

	feed(&f, script, strlen(script));
	fold_end(&f, to);
	*count = f.count;
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

unsigned long profile_stats(const char *said)
{
	const char *at = said ? strstr(said, " SAMPLE events:") : NULL;
	unsigned long n;

	return at && sscanf(at, " SAMPLE events: %lu", &n) == 1 ? n : 0;
}

/* Percent that perf script complains of; little is not worth it a word. */
static double complaint(const struct text *said)
{
	const char *at = said->s ? strstr(said->s, " samples and lost ") : NULL;
	double rate = 0;

	return at && sscanf(at, " samples and lost %lf", &rate) == 1 ? rate : 0;
}

double profile_lost(const struct profile_count *c, unsigned long all)
{
	unsigned long missed = c->lost + (all > c->read ? all - c->read : 0);

	return missed ? 100. * missed / (c->read + missed) : 0;
}

/* How many samples the recording has, by perf's own count; 0: unknown. */
static unsigned long samples_in(char *data)
{
	char *const stats[] = { "perf", "report", "--stdio", "--stats", "-i",
				data, NULL };
	struct proc p;
	unsigned long n = 0;

	if (!proc_run(&p, stats, SECONDS))
		n = profile_stats(p.text[0].s);
	proc_free(&p);
	return n;
}

int profile_keep(const struct folder *f, unsigned int nr,
		 const struct strv *roles, char *why, size_t len)
{
	char *data = xprintf("%s/" DATA, f->path);
	char *const script[] = {
		"perf", "script", "-i", data, "--no-inline",
		"--show-lost-events", "-F",
		"comm,tid,cpu,time,event,ip,sym,trace", NULL };
	char *const lock[] = { "perf", "lock", "contention", "-i", data, NULL };
	struct fold fold = { .roles = roles };
	struct text t = { 0 };
	double lost_rate, said;
	unsigned long all;
	struct proc p;
	int ret;

	if (mkdirat(f->fd, "perf", 0755) && errno != EEXIST) {
		ret = -errno;
		goto out;
	}
	ret = proc_run_to(&p, script, SECONDS, feed, &fold);
	said = complaint(&p.text[1]);
	proc_free(&p);
	if (!ret) {
		all = samples_in(data);
		lost_rate = profile_lost(&fold.count, all);
		text_printf(&t, "# lost %.4g%%\n# samples %lu of ",
			    lost_rate > said ? lost_rate : said,
			    fold.count.read);
		text_printf(&t, all ? "%lu" : "unknown", all);
		text_printf(&t, ", %lu records lost\n# clock %s\n",
			    fold.count.lost, clock_event());
	}
	fold_end(&fold, ret ? NULL : &t);
	if (!ret)
		ret = keep(f, nr, "folded", &t);
	else if (ret > 0)
		ret = -EIO;
	text_free(&t);
	/* Its table is on stderr; what it cannot do is no loss. */
	if (!ret && !proc_run(&p, lock, SECONDS)) {
		text_add(&p.text[0], "", 0);
		text_add(&p.text[1], "", 0);
		text_printf(&t, "%s%s", p.text[0].s, p.text[1].s);
		if (p.dropped[0] || p.dropped[1])
			text_printf(&t, "(%zu bytes more were not kept)\n",
				    p.dropped[0] + p.dropped[1]);
		ret = keep(f, nr, "lock", &t);
		text_free(&t);
	}
	proc_free(&p);
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
