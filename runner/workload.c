// SPDX-License-Identifier: GPL-2.0-or-later
/* workload - the load beside which a repetition measures */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "tree.h"
#include "workload.h"

static bool have(const char *fmt, const char *name)
{
	char *tail = xprintf("%s%s", name, strrchr(fmt, '.') ?: "");
	char *path = tree_path("%.*s%s", (int)strcspn(fmt, "*"), fmt, tail);
	bool yes = !access(path, F_OK);

	free(path);
	free(tail);
	return yes;
}

/* Every option that this stress-ng has; asked once. */
static const char *stress_ng(void)
{
	static char *help;
	struct proc p;

	if (help)
		return help;
	if (!proc_run(&p, (char *[]){ "stress-ng", "--help", NULL }, 10) &&
	    p.text[0].s)
		help = xstrdup(p.text[0].s);
	proc_free(&p);
	return help ? help : "";
}

static bool has_option(const char *help, const char *name)
{
	char *option = xprintf("--%s", name);
	size_t len = strlen(option);
	const char *at = help;

	while ((at = strstr(at, option)) && at[len] != ' ' && at[len] != '\n')
		at += len;
	free(option);
	return at;
}

/* The first word of the job file that this stress-ng does not know. */
static char *unknown_word(const char *name)
{
	char *path = tree_path("workloads/%s.job", name), line[256], *bad = NULL;
	FILE *f = fopen(path, "re");

	free(path);
	while (f && !bad && fgets(line, sizeof(line), f)) {
		line[strcspn(line, " \t\n#")] = '\0';
		if (*line && strcmp(line, "run") &&
		    !has_option(stress_ng(), line))
			bad = xstrdup(line);
	}
	if (f)
		fclose(f);
	return bad;
}

int workload_find(const char *name, enum workload_kind *kind, char *why,
		  size_t len)
{
	*kind = WORKLOAD_NONE;
	if (!word_ok(name))
		return -ENOENT;
	if (have("build/workloads/*", name)) {
		*kind = WORKLOAD_OWN;
		return 0;
	}
	if (have("workloads/*.c", name)) {
		*kind = WORKLOAD_OWN;
		snprintf(why, len, "workload %s is not built; run make", name);
		return -EOPNOTSUPP;
	}
	if (have("workloads/*.job", name)) {
		char *bad = NULL;

		*kind = WORKLOAD_JOB;
		if (!tree_in_path("stress-ng"))
			snprintf(why, len, "workload %s needs stress-ng", name);
		else if ((bad = unknown_word(name)))
			snprintf(why, len, "workload %s: this stress-ng has no "
				 "'%s'", name, bad);
		else
			return 0;
		free(bad);
		return -EOPNOTSUPP;
	}
	return strcmp(name, "idle") ? -ENOENT : 0;
}

char *workload_file(const char *name)
{
	return have("build/workloads/*", name) ?
		tree_path("build/workloads/%s", name) :
	       have("workloads/*.job", name) ?
		tree_path("workloads/%s.job", name) : NULL;
}

double workload_overhead(enum workload_kind kind)
{
	return kind == WORKLOAD_JOB ? 0.5 : kind == WORKLOAD_OWN ? 0.01 : 0;
}

int workload_start(struct proc *p, const char *name, double limit, char *why,
		   size_t len)
{
	enum workload_kind kind;
	char *file, *said;
	int ret;

	*p = (struct proc){ .fd = { -1, -1 } };
	ret = workload_find(name, &kind, why, len);
	if (ret == -ENOENT)
		snprintf(why, len, "there is no workload %s", name);
	if (ret)
		return ret == -EOPNOTSUPP ? ret : -EIO;
	if (kind == WORKLOAD_NONE)
		return 0;
	file = workload_file(name);
	if (kind == WORKLOAD_OWN)
		ret = proc_start(p, (char *[]){ file, NULL }, -1);
	else
		ret = proc_start(p, (char *[]){ "stress-ng", "--temp-path",
				 "/tmp", "--metrics-brief", "--yaml",
				 "/dev/stdout", "--job", file, NULL }, -1);
	free(file);
	if (ret) {
		snprintf(why, len, "workload %s: %s", name, strerror(-ret));
		return -EIO;
	}
	switch (proc_wait(p, NULL, now() + limit, kind == WORKLOAD_OWN ?
			  "ready" : "dispatching hogs")) {
	case PROC_READY:
		return 0;
	case PROC_STOP:
		return -EINTR;
	case PROC_TIME:
		snprintf(why, len, "workload %s: not ready within %.3g s", name,
			 limit);
		return -EIO;
	default:
		said = last_line(p->text[1].len ? &p->text[1] : &p->text[0]);
		if (kind == WORKLOAD_OWN && proc_code(p->status) == EXIT_SKIP) {
			snprintf(why, len, "workload %s", said);
			free(said);
			return -EOPNOTSUPP;
		}
		snprintf(why, len, "workload %s: ended with %d before it was "
			 "ready: %s", name, proc_code(p->status), said);
		free(said);
		return -EIO;
	}
}

/* Of a line "KEY: NUMBER" or "KEY NUMBER WHAT". */
static bool keyed(const char *line, const char *key, double *v, char *what)
{
	line += strspn(line, " ");
	if (strncmp(line, key, strlen(key)))
		return false;
	*what = '\0';
	return sscanf(line + strlen(key), "%*[ ]%lf%*[ ]%40[a-z0-9-]", v,
		      what) >= 1;
}

/* What one kind of load did; a job may have it more than once. */
struct rate {
	char	name[60];
	double	v;
};

static void add_rate(struct rate **all, unsigned int *nr, double v,
		     const char *fmt, const char *name)
{
	struct rate one = { .v = v };

	if (!isfinite(v))	/* per second of no time at all */
		return;
	snprintf(one.name, sizeof(one.name), fmt, name);
	for (unsigned int i = 0; i < *nr; i++) {
		if (!strcmp((*all)[i].name, one.name)) {
			(*all)[i].v += v;
			return;
		}
	}
	*all = xrealloc(*all, *nr + 1, sizeof(**all));
	(*all)[(*nr)++] = one;
}

/*
 * "rate V WHAT" of our own, or the YAML of stress-ng: a stressor and its keys
 * stand in one column. What is further in is of its instances, whose sum it
 * has already.
 */
void workload_rates(const char *said, struct text *rates)
{
	char name[41] = "", what[41];
	unsigned int nr = 0;
	struct rate *all = NULL;
	size_t column = 0;
	double v;

	for (const char *s = said; s && *s; s += strcspn(s, "\n") + 1) {
		if (keyed(s, "rate", &v, what) && *what) {
			add_rate(&all, &nr, v, "load-%s/s", what);
		} else if (sscanf(s, " - stressor: %40[a-z0-9-]", what) == 1) {
			strcpy(name, what);
			column = strspn(s, " -");
		} else if (*name && strspn(s, " ") == column &&
			   keyed(s, "bogo-ops-per-second-real-time:", &v,
				 what)) {
			add_rate(&all, &nr, v, "load-%s-bogo-ops/s", name);
		}
		if (!strchr(s, '\n'))
			break;
	}
	for (unsigned int i = 0; i < nr; i++)
		text_printf(rates, " %.6g %s", all[i].v, all[i].name);
	free(all);
}

int workload_stop(struct proc *p, const char *name, double grace,
		  struct text *rates, char *why, size_t len)
{
	enum workload_kind kind;
	static bool warned;
	int ret = 0;

	if (p->pid && p->done) {
		snprintf(why, len, "workload %s ended with %d before the "
			 "repetition did", name, proc_code(p->status));
		ret = -ECHILD;
	}
	proc_stop(p, NULL, grace);
	workload_rates(p->text[0].s, rates);
	if (!ret && p->dropped[0]) {
		snprintf(why, len, "workload %s: its rates may be among %zu "
			 "bytes of output that were not kept", name,
			 p->dropped[0]);
		ret = -EFBIG;
	}
	if (!ret && !rates->len && !workload_find(name, &kind, why, len) &&
	    kind == WORKLOAD_JOB && !warned) {
		err_say("beware: workload %s: this stress-ng says its rates in "
			"a form that is not known here; the samples go without",
			name);
		warned = true;
	}
	proc_free(p);
	return ret;
}
