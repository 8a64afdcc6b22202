// SPDX-License-Identifier: GPL-2.0-or-later
/* progress - where a run stands, on stderr */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"

#define WIDTH 72
#define LOG_SECONDS 60	/* between two lines of a log */
#define HEAD_MIN 24	/* columns that a long reason leaves to the point */

const char *show_ns(double ns, char *buf, size_t len)
{
	static const char *const unit[] = { "ns", "us", "ms", "s" };
	int u = 0;

	while (ns >= 999.5 && u < 3) {
		ns /= 1000;
		u++;
	}
	snprintf(buf, len, "%.*f %s", ns < 9.95 && u ? 1 : 0, ns, unit[u]);
	return buf;
}

const char *show_clock(double seconds, char *buf, size_t len)
{
	unsigned long s = seconds > 0 ? seconds + 0.5 : 0;

	if (s < 3600)
		snprintf(buf, len, "%lu:%02lu", s / 60, s % 60);
	else
		snprintf(buf, len, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60,
			 s % 60);
	return buf;
}

void progress_init(struct progress *g, const struct plan *p)
{
	*g = (struct progress){ .plan = p, .tty = isatty(STDERR_FILENO) };
}

void progress_free(struct progress *g)
{
	strv_free(&g->names);
	free(g->excess);
	free(g->nr);
	*g = (struct progress){ 0 };
}

static double planned(const struct plan_line *l)
{
	return plan_number(l->conditions, "time", 0) +
	       plan_number(l->conditions, "warmup", 0);
}

static unsigned int slot(struct progress *g, const char *bench)
{
	unsigned int i;

	for (i = 0; i < g->names.nr; i++)
		if (!strcmp(g->names.v[i], bench))
			return i;
	strv_add(&g->names, xstrdup(bench));
	g->excess = xrealloc(g->excess, i + 1, sizeof(*g->excess));
	g->nr = xrealloc(g->nr, i + 1, sizeof(*g->nr));
	g->excess[i] = 0;
	g->nr[i] = 0;
	return i;
}

double progress_left(const struct progress *g, const unsigned char *done)
{
	double left = 0, all = 0;
	unsigned int n = 0;

	for (unsigned int i = 0; i < g->names.nr; i++) {
		all += g->excess[i];
		n += g->nr[i];
	}
	for (unsigned int i = 0; i < g->plan->nr; i++) {
		const struct plan_line *l = &g->plan->line[i];
		double more = n ? all / n : PLAN_LINE_SECONDS;

		if (done[l->nr] || l->skip)
			continue;
		for (unsigned int j = 0; j < g->names.nr; j++)
			if (!strcmp(g->names.v[j], l->bench) && g->nr[j])
				more = g->excess[j] / g->nr[j];
		left += planned(l) + more;
	}
	return left;
}

/* Is PAIR, of line L, something else in another line of that benchmark? */
static bool varies(const struct plan *p, const struct plan_line *l,
		   const char *pair)
{
	size_t len = strlen(pair);

	for (unsigned int i = 0; i < p->nr; i++) {
		const char *at = p->line[i].point;

		if (p->line[i].skip || strcmp(p->line[i].bench, l->bench))
			continue;
		while ((at = strstr(at, pair)) &&
		       ((at != p->line[i].point && at[-1] != ' ') ||
			(at[len] && at[len] != ' ')))
			at++;
		if (!at)
			return true;
	}
	return false;
}

/* "[ 12/84] clone kind=thread ...": what varies, cut to WIDTH columns. */
static int head(const struct progress *g, const struct plan_line *l, int width,
		char *buf, size_t len)
{
	char total[16];
	int digits = snprintf(total, sizeof(total), "%u", g->plan->nr), n;
	struct strv pairs = { 0 };

	n = snprintf(buf, len, "[%*u/%s] %s", digits, l->nr, total, l->bench);
	strv_split(&pairs, l->point, " ");
	for (unsigned int i = 0; i < pairs.nr && n < (int)len; i++)
		if (varies(g->plan, l, pairs.v[i]))
			n += snprintf(buf + n, len - n, " %s", pairs.v[i]);
	strv_free(&pairs);
	if (strcmp(l->workload, "idle") && n < (int)len)
		n += snprintf(buf + n, len - n, " workload=%s", l->workload);
	if (n > width) {
		n = width;
		memcpy(buf + n - 2, "..", 3);
	}
	return n;
}

static void put(struct progress *g, const char *line, bool keep)
{
	if (g->tty)
		fprintf(stderr, "\r%-*s%s", WIDTH, line, keep ? "\n" : "");
	else
		fprintf(stderr, "%s\n", line);
	fflush(stderr);
	g->open = g->tty && !keep;
}

void progress_begin(struct progress *g, const struct plan_line *l,
		    const unsigned char *done)
{
	char line[1024], left[32];
	int n;

	if (l->skip || (!g->tty && now() < g->next))
		return;
	n = head(g, l, WIDTH - 14, line, sizeof(line));
	snprintf(line + n, sizeof(line) - n, "  %s left",
		 show_clock(progress_left(g, done), left, sizeof(left)));
	g->next = now() + LOG_SECONDS;
	put(g, line, false);
}

void progress_end(struct progress *g, const struct plan_line *l,
		  const unsigned char *done, enum verdict v, double seconds, double p50,
		  const char *reason)
{
	char line[1024], tail[200], ns[32] = "", left[32];
	unsigned int i;
	int n, m;

	if (v == VERDICT_OK || v == VERDICT_VOID) {
		i = slot(g, l->bench);
		g->excess[i] += seconds - planned(l);
		g->nr[i]++;
	}
	if (v == VERDICT_SKIP || (v == VERDICT_OK && !g->tty))
		return;
	if (p50 > 0)
		show_ns(p50, ns, sizeof(ns));
	if (v == VERDICT_OK)
		m = snprintf(tail, sizeof(tail), "  ok%s%s   %s left",
			     *ns ? "  " : "", ns,
			     show_clock(progress_left(g, done), left,
					sizeof(left)));
	else	/* the reason, rather than the end of the point or the time */
		m = snprintf(tail, sizeof(tail), "  %s  %.*s", verdict_name[v],
			     WIDTH - 8 - HEAD_MIN, reason);
	m = utf8_span(tail, m);
	tail[m] = '\0';
	n = head(g, l, WIDTH - m, line, sizeof(line) - sizeof(tail));
	strcpy(line + n, tail);
	put(g, line, v != VERDICT_OK);
}

void progress_break(struct progress *g)
{
	if (g->open)
		fputc('\n', stderr);
	g->open = false;
}
