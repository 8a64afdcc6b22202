// SPDX-License-Identifier: GPL-2.0-or-later
/* run-line - one repetition, from a line of the plan to a record */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desc.h"
#include "err.h"
#include "events.h"
#include "profile.h"
#include "proc.h"
#include "run.h"
#include "run-own.h"
#include "stuck.h"
#include "undo.h"
#include "workload.h"

#define WORKLOAD_SECONDS 20	/* until a workload must be ready */
#define WORKLOAD_GRACE	5	/* from SIGTERM to SIGKILL, or --grace */

/* What became of one repetition. */
struct outcome {
	enum verdict	 verdict;
	char		*reason;	/* all but ok */
	double		 seconds, p50;
	bool		 stopped;	/* by a signal: there is no outcome */
	bool		 died;		/* it could not clean up by itself */
};

__attribute__((format(printf, 3, 4)))
static void failed(struct outcome *o, enum verdict v, const char *fmt, ...)
{
	va_list ap;

	if (o->reason)
		return;		/* the first reason is the cause */
	o->verdict = v;
	va_start(ap, fmt);
	if (vasprintf(&o->reason, fmt, ap) < 0)
		o->reason = xstrdup("out of memory");
	va_end(ap);
}

/* The verdict is the exit code: docs/formats.md has the table. */
static void judge(struct outcome *o, const struct proc *p,
		  const struct plan_line *l)
{
	int code = proc_code(p->status);
	char *said = last_line(&p->text[1]);
	size_t len = strlen(l->bench);

	o->died = WIFSIGNALED(p->status);
	if (o->died) {
		failed(o, VERDICT_FAIL, "%s: killed by signal %d (%s)",
		       l->bench, WTERMSIG(p->status),
		       strsignal(WTERMSIG(p->status)));
	} else if (code == EXIT_VOID) {
		failed(o, VERDICT_VOID, "%s", *said ? said : "no reason given");
	} else if (code == EXIT_SKIP) {
		bool named = !strncmp(said, l->bench, len) &&
			     !strncmp(said + len, ": ", 2);

		failed(o, VERDICT_SKIP, "%s", *said ? said + named * (len + 2) :
		       "no reason given");
	} else if (code == EXIT_FAIL || code == EXIT_BAD) {
		failed(o, VERDICT_FAIL, "%s", *said ? said : "no reason given");
	} else if (code) {
		failed(o, VERDICT_FAIL, "%s: exit code %d%s%s", l->bench, code,
		       *said ? ": " : "", said);
	}
	if (p->dropped[0])
		failed(o, VERDICT_FAIL, "%s: printed more than %d bytes; a "
		       "sample is a few kilobytes", l->bench,
		       PROC_OUTPUT_MAX);
	free(said);
}

static bool is_profile(const struct plan_line *l)
{
	return strstr(l->conditions, "profile=perf");
}

/*
 * The plan has the names of events, the program gets numbers. A repetition
 * that counts, or is watched by perf, keeps no latencies: they are not
 * those of one that is timed.
 */
static int bench_argv(struct strv *argv, const struct plan_line *l,
		      const char *program, const char *lat, char *why,
		      size_t len)
{
	struct text events = { 0 };
	struct strv words = { 0 };
	int ret = 0;

	strv_add(argv, xstrdup(program));
	strv_split(&words, l->conditions, " ");
	strv_split(&words, l->point, " ");
	for (unsigned int i = 0; i < words.nr && !ret; i++) {
		if (!strcmp(words.v[i], "profile=perf"))
			continue;
		if (!strncmp(words.v[i], "events=", 7)) {
			ret = events_encode(words.v[i] + 7, &events, why, len);
			strv_add(argv, xprintf("--events=%s",
					       events.s ? events.s : ""));
		} else {
			strv_add(argv, xprintf("--%s", words.v[i]));
		}
	}
	if (!events.s && !is_profile(l))
		strv_add(argv, xprintf("--lat=%s", lat));
	text_free(&events);
	strv_free(&words);
	return ret;
}

/* One process, at most its time limit. */
static void measure(struct run *r, const struct plan_line *l,
		    struct proc *bench, struct proc *load, const char *lat,
		    struct outcome *o)
{
	unsigned long limit = r->args->limit ? r->args->limit : l->limit;
	struct strv argv = { 0 };
	const struct desc *d;
	char why[300], *stuck;
	double begin;
	int ret;

	ret = desc_get(l->bench, &d, why, sizeof(why));
	if (ret) {
		failed(o, VERDICT_FAIL, "%s: %s", l->bench, strerror(-ret));
		return;
	}
	if (is_profile(l))
		profile_argv(&argv, &d->roles);
	if (bench_argv(&argv, l, d->program, lat, why, sizeof(why))) {
		failed(o, VERDICT_SKIP, "%s", why);
		strv_free(&argv);
		return;
	}
	begin = now();
	ret = proc_start(bench, argv.v, r->folder.fd);
	strv_free(&argv);
	if (ret) {
		failed(o, VERDICT_FAIL, "%s: %s", l->bench, strerror(-ret));
		return;
	}
	switch (proc_wait(bench, load, begin + limit, NULL)) {
	case PROC_DONE:
		o->seconds = now() - begin;
		judge(o, bench, l);
		if (o->verdict == VERDICT_OK && is_profile(l) &&
		    profile_keep(&r->folder, l->nr, &d->roles, why, sizeof(why)))
			failed(o, VERDICT_FAIL, "%s", why);
		break;
	case PROC_STOP:
		o->stopped = true;
		proc_stop(bench, load, r->args->grace);
		break;
	default:
		stuck = stuck_why();
		failed(o, VERDICT_FAIL, "%s: " SAMPLE_TIME_LIMIT
		       "%lu s exceeded%s%s", l->bench, limit, stuck ? ": " : "", stuck ?: "");
		free(stuck);
		proc_stop(bench, load, r->args->grace);
		o->died = WIFSIGNALED(bench->status);
	}
	if (is_profile(l))
		profile_drop(&r->folder);
}

/* Did the kernel complain? Its words are kept. 0 or -errno. */
static int check_kernel(struct run *r, const struct plan_line *l,
			struct outcome *o)
{
	struct text log = { 0 };
	char *found = kmsg_check(&r->kmsg, &log);
	char *missing = found ? NULL : kmsg_missing(&r->kmsg);
	struct text record = { 0 };
	int fd, ret = 0;

	if (missing)
		failed(o, VERDICT_FAIL, "%s", missing);
	free(missing);
	if (!found)
		return 0;
	free(o->reason);
	o->reason = NULL;
	failed(o, VERDICT_FAIL, "kernel: %s", found);
	text_printf(&record, "# line %u %s %s\n", l->nr, l->bench, l->point);
	text_add(&record, log.s, log.len);
	fd = folder_append(&r->folder, "kernel.log");
	ret = fd < 0 ? fd : append_whole(fd, record.s, record.len);
	if (fd >= 0)
		close(fd);
	text_free(&record);
	text_free(&log);
	free(found);
	return ret;
}

/* 0 or -errno; what is not there is no error. */
static int sync_lat(struct run *r, const char *name, bool *there)
{
	int fd = openat(r->lat_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
			O_NONBLOCK), ret = 0;
	struct stat st;

	*there = false;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) || fsync(fd))
		ret = -errno;
	else
		*there = S_ISREG(st.st_mode) && st.st_size > 0;
	close(fd);
	return ret;
}

/*
 * The record of one line, on disk. 0 or -errno. An ok without a sample is a
 * failure; what a failed repetition left in lat/ is removed.
 */
static int record(struct run *r, const struct plan_line *l, struct outcome *o,
		  const char *lat, const char *rates, const char *output)
{
	struct sample_record rec = {
		.line = l->nr, .seconds = o->seconds, .workload = l->workload,
		.lat = lat, .rates = rates, .output = output ? output : "",
	};
	struct text t = { 0 };
	char why[200];
	int ret;

	do {
		rec.verdict = o->verdict;
		rec.reason = o->reason;
		ret = sample_record(&r->head, &rec, &t, why, sizeof(why));
		if (ret)
			failed(o, VERDICT_FAIL, "%s: %s", l->bench, why);
	} while (ret);
	if (o->verdict == VERDICT_OK)
		o->p50 = sample_p50(output);
	else if (o->verdict != VERDICT_VOID && lat)
		unlinkat(r->lat_dir, lat + 4, 0);
	ret = append_whole(r->sample, t.s, t.len);
	text_free(&t);
	return ret;
}

int run_handover(void)
{
	const char *number = getenv("FORKPATH_HANDOVER");
	int fd = number ? atoi(number) : -1;

	return fd <= STDERR_FILENO || fcntl(fd, F_SETFD, FD_CLOEXEC) ? -1 : fd;
}

/*
 * The record is on its way to the host before the next repetition, which
 * may be the end of the guest, and is not to be disturbed by it.
 */
static void hand_over(const struct run *r, const char *lat)
{
	char *names = xprintf("%s.sample\n%s\nkernel.log\nplan.tsv\n",
			      r->plan.question, lat), answer;
	size_t len = strlen(names);

	if (r->handover >= 0 && write(r->handover, names, len) == (ssize_t)len)
		while (read(r->handover, &answer, 1) < 0 && errno == EINTR)
			;
	free(names);
}

/*
 * Workload up, one process, workload down, nobody left. 0, or -errno where the
 * samples cannot be written.
 */
static int measure_line(struct run *r, const struct plan_line *l,
			struct proc *bench, const char *lat,
			struct text *rates, struct outcome *o)
{
	struct proc load = { .fd = { -1, -1 } };
	const char *changed;
	char why[300];
	int ret, left;

	ret = workload_start(&load, l->workload, WORKLOAD_SECONDS, why,
			     sizeof(why));
	if (ret == -EINTR)
		o->stopped = true;
	else if (ret)
		failed(o, ret == -EOPNOTSUPP ? VERDICT_SKIP : VERDICT_FAIL,
		       "%s", why);
	else
		measure(r, l, bench, &load, lat, o);
	if (workload_stop(&load, l->workload,
			  fmin(WORKLOAD_GRACE, r->args->grace), rates, why,
			  sizeof(why)))
		failed(o, VERDICT_FAIL, "%s", why);
	left = proc_kill_tree(10);
	if (left < 0)
		failed(o, VERDICT_FAIL, "%s: left processes that cannot be "
		       "killed", l->bench);
	/* What the dead could not clean up themselves is in their journals. */
	if (o->died || o->stopped || left)
		undo_clean(NULL, NULL);
	/* Afterwards: what changed before the start has changed by now. */
	changed = programs_changed(&r->programs);
	if (changed)
		failed(o, VERDICT_FAIL, "%s: not what this run began with; "
		       "was it built again?", changed);
	return check_kernel(r, l, o);
}

int run_line(struct run *r, const struct plan_line *l)
{
	struct outcome o = { 0 };
	struct proc bench = { .fd = { -1, -1 } };
	char *lat = xprintf("lat/%04u.lat", l->nr);
	struct text rates = { 0 };
	bool has_lat = false;
	int ret = 0;

	progress_begin(&r->progress, l, r->done);
	unlinkat(r->lat_dir, lat + 4, 0);
	if (l->skip) {
		failed(&o, VERDICT_SKIP, "%s", l->reason);
		goto write;
	}
	ret = measure_line(r, l, &bench, lat, &rates, &o);
	if (!ret)
		ret = sync_lat(r, lat + 4, &has_lat);
	if (!ret && o.verdict == VERDICT_FAIL)
		ret = folder_room(&r->folder);
	if (!ret && proc_stop_signal)
		o.stopped = true;	/* also while the workload went down */
	if (o.stopped) {
		ret = 128 + proc_stop_signal;
		goto out;
	}
write:
	if (!ret)
		ret = record(r, l, &o, has_lat ? lat : NULL, rates.s,
			     bench.text[0].s);
	if (ret) {
		progress_break(&r->progress);
		err_say("%s: %s; the samples so far are whole, go on with "
			"--resume %s", r->folder.path, strerror(-ret),
			r->folder.path);
		ret = EXIT_FAIL;
		goto out;
	}
	r->done[l->nr] = o.verdict != VERDICT_OK && !l->skip &&
		sample_refused(o.verdict, o.reason) ? LINE_REFUSED : LINE_DONE;
	r->count[o.verdict]++;
	r->nr_again += l->of && o.verdict == VERDICT_OK;
	progress_end(&r->progress, l, r->done, o.verdict, o.seconds, o.p50,
		     o.reason ? o.reason : "");
	if (!l->skip)
		hand_over(r, lat);
out:
	proc_free(&bench);
	text_free(&rates);
	free(o.reason);
	free(lat);
	return ret;
}
