// SPDX-License-Identifier: GPL-2.0-or-later
/* workload - the load beside which a repetition measures */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
		*kind = WORKLOAD_JOB;
		if (tree_in_path("stress-ng"))
			return 0;
		snprintf(why, len, "workload %s needs stress-ng", name);
		return -EOPNOTSUPP;
	}
	return strcmp(name, "idle") ? -ENOENT : 0;
}

double workload_overhead(enum workload_kind kind)
{
	return kind == WORKLOAD_JOB ? 0.5 : kind == WORKLOAD_OWN ? 0.05 : 0;
}

int workload_start(struct proc *p, const char *name, double limit, char *why,
		   size_t len)
{
	enum workload_kind kind;
	char *program, *file, *said;
	int ret;

	*p = (struct proc){ .fd = { -1, -1 } };
	ret = workload_find(name, &kind, why, len);
	if (ret == -ENOENT)
		snprintf(why, len, "there is no workload %s", name);
	if (ret)
		return -EIO;
	if (kind == WORKLOAD_NONE)
		return 0;
	program = tree_path("build/workloads/%s", name);
	file = tree_path("workloads/%s.job", name);
	if (kind == WORKLOAD_OWN)
		ret = proc_start(p, (char *[]){ program, NULL }, -1);
	else
		ret = proc_start(p, (char *[]){ "stress-ng", "--temp-path",
				 "/tmp", "--job", file, NULL }, -1);
	free(program);
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
		snprintf(why, len, "workload %s: ended with %d before it was "
			 "ready: %s", name, proc_code(p->status), said);
		free(said);
		return -EIO;
	}
}

int workload_stop(struct proc *p, const char *name, char *why, size_t len)
{
	int ret = 0;

	if (p->pid && p->done) {
		snprintf(why, len, "workload %s ended with %d before the "
			 "repetition did", name, proc_code(p->status));
		ret = -ECHILD;
	}
	proc_stop(p, NULL, 5);
	proc_free(p);
	return ret;
}
