// SPDX-License-Identifier: GPL-2.0-or-later
/* run - from a plan to samples */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "asks.h"
#include "conf.h"
#include "desc.h"
#include "err.h"
#include "events.h"
#include "fix.h"
#include "folder.h"
#include "guard.h"
#include "kmod.h"
#include "kmsg.h"
#include "meta.h"
#include "plan.h"
#include "proc.h"
#include "profile.h"
#include "progress.h"
#include "run.h"
#include "sample.h"
#include "stuck.h"
#include "sys.h"
#include "topo.h"
#include "tree.h"
#include "undo.h"
#include "version.h"
#include "workload.h"

#define WORKLOAD_SECONDS 20	/* until a workload must be ready */
#define SETTLE_QUIET	5	/* naps of 0.1 s without work */

struct run {
	const struct run_args	*args;
	struct plan		 plan;
	struct folder		 folder;
	struct sample_head	 head;
	struct progress		 progress;
	struct kmsg		 kmsg;
	unsigned char		*done;		/* by plan line, LINE_... */
	int			 lat_dir;	/* lat/ of the folder */
	int			 sample;	/* the .sample, to append */
	int			 handover;	/* to the lab, or -1 */
	unsigned int		 count[4];	/* by verdict */
	unsigned int		 nr_again;	/* refused, repeated: that is ok */
};

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

/* Where init of a guest of the lab listens (lab/init.c). */
static int handover_open(void)
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
 * One line of the plan. Returns 0, EXIT_FAIL when the samples cannot be
 * written any more, or 128 + signal.
 */
static int one_line_of_plan(struct run *r, const struct plan_line *l)
{
	struct outcome o = { 0 };
	struct proc bench = { .fd = { -1, -1 } }, load = bench;
	char *lat = xprintf("lat/%04u.lat", l->nr), why[300];
	struct text rates = { 0 };
	bool has_lat = false;
	int ret = 0, left;

	progress_begin(&r->progress, l, r->done);
	unlinkat(r->lat_dir, lat + 4, 0);
	if (l->skip) {
		failed(&o, VERDICT_SKIP, "%s", l->reason);
		goto write;
	}
	ret = workload_start(&load, l->workload, WORKLOAD_SECONDS, why,
			     sizeof(why));
	if (ret == -EINTR)
		o.stopped = true;
	else if (ret)
		failed(&o, ret == -EOPNOTSUPP ? VERDICT_SKIP : VERDICT_FAIL,
		       "%s", why);
	else
		measure(r, l, &bench, &load, lat, &o);
	if (workload_stop(&load, l->workload, &rates, why, sizeof(why)))
		failed(&o, VERDICT_FAIL, "%s", why);
	left = proc_kill_tree();
	if (left < 0)
		failed(&o, VERDICT_FAIL, "%s: left processes that cannot be "
		       "killed", l->bench);
	/* What the dead could not clean up themselves is in their journals. */
	if (o.died || o.stopped || left)
		undo_clean(NULL, NULL);
	ret = check_kernel(r, l, &o);
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

/* Which lines does the .sample have already? Cuts off what is torn. */
static int read_sample(struct run *r, const char *name)
{
	struct text t = { 0 };
	int ret = folder_read(&r->folder, name, &t);
	char why[200] = "";
	unsigned int at;
	size_t whole;

	if (ret == -ENOENT)
		return EXIT_OK;
	if (ret) {
		err_say("%s/%s: %s", r->folder.path, name, strerror(-ret));
		return EXIT_BAD;
	}
	if (sample_scan(&r->head, t.s, t.len, r->done, r->plan.nr, &whole, &at,
			why, sizeof(why))) {
		err_say("%s/%s:%u: %s", r->folder.path, name, at, why);
		text_free(&t);
		return EXIT_BAD;
	}
	if (whole < t.len) {
		err_say("%s/%s:%u: the last record is cut off: removed, it is "
			"measured again", r->folder.path, name, at);
		if (ftruncate(r->sample, whole) || fsync(r->sample)) {
			err_say("%s/%s: %s", r->folder.path, name,
				strerror(errno));
			ret = EXIT_FAIL;
		}
	}
	text_free(&t);
	return ret;
}

static int open_outputs(struct run *r)
{
	char *name = xprintf("%s.sample", r->plan.question);
	int ret = EXIT_FAIL;

	r->done = xzalloc((r->plan.nr + 1) * sizeof(*r->done));
	if (mkdirat(r->folder.fd, "lat", 0755) && errno != EEXIST) {
		err_say("%s/lat: %s", r->folder.path, strerror(errno));
		goto out;
	}
	r->lat_dir = openat(r->folder.fd, "lat", O_RDONLY | O_DIRECTORY |
			    O_NOFOLLOW | O_CLOEXEC);
	if (r->lat_dir < 0) {
		err_say("%s/lat: %s", r->folder.path, strerror(errno));
		ret = EXIT_BAD;
		goto out;
	}
	r->sample = folder_append(&r->folder, name);
	if (r->sample < 0) {
		err_say("%s/%s: %s", r->folder.path, name,
			strerror(-r->sample));
		goto out;
	}
	ret = read_sample(r, name);
out:
	free(name);
	return ret;
}

static int write_plan(struct run *r)
{
	char *s = NULL;
	size_t len;
	FILE *f = open_memstream(&s, &len);
	int ret;

	if (!f)
		return -ENOMEM;
	plan_write(&r->plan, f);
	ret = fclose(f) ? -ENOMEM : folder_write(&r->folder, "plan.tsv", s, len);
	free(s);
	return ret;
}

static int write_meta(struct run *r)
{
	struct meta_args m = {
		.label = r->args->label, .question = r->plan.question,
		.command = r->plan.command, .seed = r->plan.seed,
		.kmsg = r->kmsg.fd >= 0, .exact = plan_exact(&r->plan),
	};
	char *s = meta_text(&m);
	int ret = folder_write(&r->folder, "meta.json", s, strlen(s));

	free(s);
	return ret;
}

/* The plan of an earlier run, and is this the machine it ran on? */
static int open_old(struct run *r)
{
	struct text plan = { 0 }, meta = { 0 };
	struct utsname un;
	char *file, why[300];
	int ret;
	FILE *f;

	ret = folder_open(&r->folder, r->args->resume);
	if (ret)
		return ret;
	profile_drop(&r->folder);	/* of a run that was killed */
	ret = folder_read(&r->folder, "plan.tsv", &plan);
	if (ret) {
		err_say("%s/plan.tsv: %s; a results folder would be right",
			r->folder.path, strerror(-ret));
		return EXIT_BAD;
	}
	file = xprintf("%s/plan.tsv", r->folder.path);
	f = fmemopen(plan.s, plan.len ? plan.len : 1, "r");
	ret = f ? plan_read(&r->plan, file, f) : EXIT_FAIL;
	if (f)
		fclose(f);
	free(file);
	text_free(&plan);
	if (ret)
		return ret;

	ret = folder_read(&r->folder, "meta.json", &meta);
	if (ret == -ENOENT)
		return write_meta(r) ? EXIT_FAIL : EXIT_OK;
	uname(&un);
	if (ret || meta_check(meta.s, un.release, why, sizeof(why))) {
		err_say("%s/meta.json: %s", r->folder.path,
			ret ? strerror(-ret) : why);
		ret = EXIT_BAD;
	} else if (*why) {
		err_say("beware: %s", why);
	}
	text_free(&meta);
	if (!ret && strcmp(r->plan.suite, forkpath_version))
		err_say("beware: begun by suite %s, this is %s", r->plan.suite,
			forkpath_version);
	return ret;
}

static int read_plan_file(struct run *r)
{
	const char *file = r->args->plan_file;
	FILE *f = fopen(file, "re");
	int ret;

	if (!f) {
		err_say("%s: %s", file, strerror(errno));
		return EXIT_BAD;
	}
	ret = plan_read(&r->plan, file, f);
	fclose(f);
	plan_forget_again(&r->plan);
	return ret;
}

static int new_plan(struct run *r, const struct conf *c)
{
	if (r->args->plan_file)
		return read_plan_file(r);
	for (unsigned int i = 0; i < c->nr; i++)
		kmod_for(c->sections[i].bench);
	return plan_make(&r->plan, c, &r->args->plan);
}

static int open_new(struct run *r, const struct conf *c)
{
	char *results = tree_path("results");
	int ret = folder_new(&r->folder, results, NULL, r->args->out);

	free(results);
	if (ret)
		return ret;
	ret = write_plan(r);
	if (!ret)
		ret = asks_keep(&r->folder, c);
	if (!ret)
		ret = write_meta(r);
	if (ret) {
		err_say("%s: %s", r->folder.path, strerror(-ret));
		return EXIT_FAIL;
	}
	return EXIT_OK;
}

/*
 * Nobody else measures now. What cannot be undone is a reason to beware, not
 * to refuse: it may never get better.
 */
static int take_machine(const struct run_args *args)
{
	if (guard_take(args->lock, stderr) == -EBUSY)
		return EXIT_FAIL;
	return guard_processes();
}

static int last_words(struct run *r, int ret)
{
	unsigned int todo = 0;
	int undone = undo_all();
	char *again = NULL;

	if (undone)
		err_say("cannot undo everything: %s; './run.sh clean' tries "
			"again", strerror(-undone));
	for (unsigned int i = 1; i <= r->plan.nr; i++)
		todo += !r->done[i];
	if (ret > 128) {
		err_say("stopped by %s; %u line%s left, go on with "
			"./run.sh --resume %s", strsignal(ret - 128), todo,
			todo == 1 ? "" : "s", r->folder.path);
		return ret;
	}
	if (ret)
		return ret;
	if (r->nr_again)
		again = xprintf("; %u of them repeated, with success",
				r->nr_again);
	if (r->count[VERDICT_SKIP])
		err_say("%u point%s skipped; the report has the reasons (NOT IN "
			"THE NUMBERS)", r->count[VERDICT_SKIP],
			r->count[VERDICT_SKIP] == 1 ? "" : "s");
	err_say("%u ok, %u skipped, %u failed, %u void%s", r->count[VERDICT_OK],
		r->count[VERDICT_SKIP], r->count[VERDICT_FAIL],
		r->count[VERDICT_VOID], again ? again : "");
	free(again);
	printf("%s\n", r->folder.path);
	if (r->count[VERDICT_FAIL] + r->count[VERDICT_VOID] > r->nr_again ||
	    undone)
		return EXIT_FAIL;
	if (!plan_nr_run(&r->plan)) {
		err_say("nothing of this question can be measured here");
		return EXIT_SKIP;
	}
	return EXIT_OK;
}

static int check_args(const struct run_args *a)
{
	int sources = !!a->question + !!a->plan_file + !!a->resume;

	if (sources != 1) {
		err_say(sources ? "a question, --plan-file and --resume exclude "
			"each other" : "which question? 'list' shows them");
		return EXIT_BAD;
	}
	if (!a->question && (a->plan.seed || a->plan.time || a->plan.repeat ||
			     a->plan.exact || a->plan.events ||
			     a->plan.perf)) {
		err_say("--seed, --time, --repeat, --exact, --events and --perf "
			"make a plan; %s has one",
			a->resume ? "--resume" : "--plan-file");
		return EXIT_BAD;
	}
	if (a->resume && (a->out || a->label)) {
		err_say("--resume goes on in its folder; no --out, no --label");
		return EXIT_BAD;
	}
	return EXIT_OK;
}

/* Counters and places of another machine are no measurement of this one. */
static int check_environment(void)
{
	const char *name = topo_borrowed();

	if (!name)
		return EXIT_OK;
	err_say("%s is set: it shows another machine than is measured; unset "
		"it (a plan may have it: --plan)", name);
	return EXIT_BAD;
}

/* Ticks that no CPU was idle; 0 where that is not known. */
static unsigned long busy_ticks(void)
{
	unsigned long user, nice, system, irq, softirq;
	char *stat = sys_read("/proc/stat");
	bool known = stat && sscanf(stat, "cpu %lu %lu %lu %*u %*u %lu %lu",
				    &user, &nice, &system, &irq, &softirq) == 5;

	free(stat);
	return known ? user + nice + system + irq + softirq : 0;
}

/*
 * A kernel goes on with its boot after the first program has begun (it tests
 * its ciphers, for one). Where instructions are counted that would be in the
 * samples, so it is waited for.
 */
static void settle(double seconds)
{
	const struct timespec nap = { .tv_nsec = 100000000 };
	const double end = now() + seconds;
	unsigned long before = busy_ticks();
	int quiet = 0;

	while (quiet < SETTLE_QUIET && now() < end) {
		unsigned long after;

		nanosleep(&nap, NULL);
		after = busy_ticks();
		quiet = after == before ? quiet + 1 : 0;
		before = after;
	}
	if (quiet < SETTLE_QUIET)
		err_say("beware: this machine does not become quiet");
}

/*
 * All is measured; what was refused comes once more, in the order of the
 * plan. Decided once: a plan that has repeats gets no others, so that nothing
 * is measured for ever. 0 or -errno.
 */
static int again(struct run *r)
{
	unsigned int nr = r->plan.nr, left = plan_again_max(&r->plan);

	/* Equal input gives equal numbers, and equal refusals. */
	if (r->plan.line[nr - 1].of || plan_exact(&r->plan))
		return 0;
	for (unsigned int i = 1; i <= nr && left; i++) {
		if (r->done[i] != LINE_REFUSED)
			continue;
		plan_again(&r->plan, i);
		left--;
	}
	if (r->plan.nr == nr)
		return 0;
	r->done = xrealloc(r->done, r->plan.nr + 1, 1);
	memset(r->done + nr + 1, LINE_TO_DO, r->plan.nr - nr);
	return write_plan(r);
}

static int run_lines(struct run *r)
{
	int ret = EXIT_OK;

	if (r->kmsg.fd < 0)
		err_say("beware: the kernel log cannot be read");
	if (plan_exact(&r->plan))
		settle(r->args->settle);
	for (unsigned int i = 0; i < r->plan.nr; i++)
		if (!r->done[r->plan.line[i].nr])
			kmod_for(r->plan.line[i].bench);
	progress_init(&r->progress, &r->plan);
	for (unsigned int i = 0; i < r->plan.nr && !ret; i++) {
		if (proc_stop_signal)
			ret = 128 + proc_stop_signal;
		else if (!r->done[r->plan.line[i].nr])
			ret = one_line_of_plan(r, &r->plan.line[i]);
		if (!ret && i + 1 == r->plan.nr && again(r)) {
			err_say("%s: cannot plan what is to be repeated",
				r->folder.path);
			ret = EXIT_FAIL;
		}
	}
	progress_break(&r->progress);
	progress_free(&r->progress);
	return last_words(r, ret);
}

int run(const struct run_args *args)
{
	struct run r = { .args = args, .folder.fd = -1, .lat_dir = -1,
			 .sample = -1, .kmsg.fd = -1,
			 .handover = handover_open() };
	struct conf c = { 0 };
	int ret = check_args(args);

	if (!ret)
		ret = check_environment();
	if (!ret && args->question && plan_conf(&c, args->question))
		ret = EXIT_BAD;
	if (ret)
		goto out;
	proc_catch_stop();
	signal(SIGXFSZ, SIG_IGN);	/* as a full disk: an error, no death */
	ret = take_machine(args);
	if (ret)
		goto out;
	if (args->fix)
		fix_apply(stderr);
	kmsg_open(&r.kmsg, args->kmsg, NULL);
	if (args->resume)
		ret = open_old(&r);
	else
		ret = new_plan(&r, &c);
	if (!ret && proc_stop_signal)
		ret = 128 + proc_stop_signal;
	if (!ret && !args->resume)
		ret = open_new(&r, &c);
	if (!ret)
		ret = open_outputs(&r);
	if (!ret)
		ret = run_lines(&r);
	else
		undo_all();
out:
	kmsg_close(&r.kmsg);
	if (r.sample >= 0)
		close(r.sample);
	if (r.lat_dir >= 0)
		close(r.lat_dir);
	sample_head_free(&r.head);
	folder_close(&r.folder);
	plan_free(&r.plan);
	conf_free(&c);
	free(r.done);
	return ret;
}
