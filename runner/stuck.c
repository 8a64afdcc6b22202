// SPDX-License-Identifier: GPL-2.0-or-later
/* stuck - what holds up a process that does not come to its end */
#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mem.h"
#include "stuck.h"
#include "sys.h"

#define APART_NS 250000000
#define AT_MOST 4		/* names of each kind */

struct task {
	int		 pid, tid, parent, cpu, nice;
	char		 state, name[65];
	unsigned long long ran;		/* ns */
	bool		 ours;
};

struct look {
	struct task	*task;
	int		 nr;
};

/* The kernel's words on one thread. False: it is gone. */
static bool read_task(struct task *t, int pid, int tid)
{
	char *stat = sys_read("/proc/%d/task/%d/stat", pid, tid);
	char *ran = sys_read("/proc/%d/task/%d/schedstat", pid, tid);
	char *open = stat ? strchr(stat, '(') : NULL;
	char *close = stat ? strrchr(stat, ')') : NULL;
	bool ok = false;

	*t = (struct task){ .pid = pid, .tid = tid };
	if (open && close > open && ran) {
		snprintf(t->name, sizeof(t->name), "%.*s",
			 (int)(close - open - 1), open + 1);
		one_line(t->name);
		/* Fields 3, 4, 19 and 39 of proc_pid_stat(5). */
		ok = sscanf(close + 1, " %c %d %*s %*s %*s %*s %*s %*s %*s %*s "
			    "%*s %*s %*s %*s %*s %*s %d %*s %*s %*s %*s %*s "
			    "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			    "%*s %*s %d", &t->state, &t->parent, &t->nice,
			    &t->cpu) == 4 && sscanf(ran, "%llu", &t->ran) == 1;
	}
	free(stat);
	free(ran);
	return ok;
}

static void add_threads(struct look *l, int pid)
{
	char *path = xprintf("%s/proc/%d/task", sys_root, pid);
	DIR *d = opendir(path);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (!isdigit((unsigned char)*e->d_name))
			continue;
		l->task = xrealloc(l->task, l->nr + 1, sizeof(*l->task));
		if (read_task(&l->task[l->nr], pid, atoi(e->d_name)))
			l->nr++;
	}
	if (d)
		closedir(d);
	free(path);
}

/* Children of this process, and theirs. */
static void find_ours(struct look *l)
{
	for (bool more = true; more;) {
		more = false;
		for (int i = 0; i < l->nr; i++) {
			struct task *t = &l->task[i];
			bool ours = t->parent == getpid();

			for (int j = 0; j < l->nr && !ours; j++)
				ours = l->task[j].ours &&
				       l->task[j].pid == t->parent;
			if (t->ours || !ours)
				continue;
			t->ours = more = true;
		}
	}
}

static struct look look(void)
{
	char *path = xprintf("%s/proc", sys_root);
	DIR *d = opendir(path);
	struct look l = { 0 };
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (isdigit((unsigned char)*e->d_name))
			add_threads(&l, atoi(e->d_name));
	if (d)
		closedir(d);
	free(path);
	find_ours(&l);
	return l;
}

static const struct task *same(const struct look *l, const struct task *t)
{
	for (int i = 0; i < l->nr; i++)
		if (l->task[i].tid == t->tid && l->task[i].pid == t->pid)
			return &l->task[i];
	return NULL;
}

static bool waits(const struct task *t)
{
	return t->ours && t->state == 'D';
}

/* Whoever is nice may have to wait. */
static bool starves(const struct task *t, const struct task *before)
{
	return t->state == 'R' && before->state == 'R' && t->nice <= 0 &&
	       t->ran == before->ran && t->cpu == before->cpu;
}

char *stuck_why(void)
{
	struct look before = look(), after;
	struct text why = { 0 };
	int waiting = 0, starving = 0;

	nanosleep(&(struct timespec){ .tv_nsec = APART_NS }, NULL);
	after = look();
	for (int i = 0; i < after.nr && waiting < AT_MOST; i++) {
		const struct task *t = &after.task[i], *b = same(&before, t);
		char *in;

		if (!b || !waits(t) || !waits(b))
			continue;
		in = sys_read("/proc/%d/task/%d/wchan", t->pid, t->tid);
		text_printf(&why, "%s%s waits in %s", waiting++ ? ", " : "",
			    t->name, in && *in && strcmp(in, "0") ? in :
			    "the kernel");
		free(in);
	}
	for (int i = 0; i < after.nr && waiting && starving < AT_MOST; i++) {
		const struct task *t = &after.task[i], *b = same(&before, t);

		if (b && starves(t, b))
			text_printf(&why, "%s%s got nothing of CPU %d",
				    starving++ ? ", " : "; ", t->name, t->cpu);
	}
	free(before.task);
	free(after.task);
	return why.s;
}
