// SPDX-License-Identifier: GPL-2.0-or-later
/* run - from a plan to samples */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "conf.h"
#include "err.h"
#include "fix.h"
#include "guard.h"
#include "kmod.h"
#include "proc.h"
#include "run.h"
#include "run-own.h"
#include "sys.h"
#include "topo.h"
#include "undo.h"

#define SETTLE_QUIET	5	/* naps of 0.1 s without work */

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
	return run_write_plan(r);
}

/* Seconds that again() will take, as far as is known. */
static double owed(const struct run *r, unsigned int done)
{
	unsigned int left = plan_again_max(&r->plan);
	double sum = 0;

	for (unsigned int i = 0; i < done && left; i++) {
		if (r->done[i + 1] != LINE_REFUSED)
			continue;
		sum += r->plan.line[i].took;
		left--;
	}
	return sum;
}

/*
 * The first DONE lines are. What they took decides on what is to come, but
 * not in a guest of the lab: the guests that are compared measure alike. 0 or
 * -errno.
 */
static int keep_budget(struct run *r, unsigned int done)
{
	double spent = now() - r->begin + owed(r, done);

	if (r->handover >= 0 || !plan_keep(&r->plan, done, spent))
		return 0;
	r->done = xrealloc(r->done, r->plan.nr + 1, 1);
	memset(r->done + done + 1, LINE_TO_DO, r->plan.nr - done);
	return run_write_plan(r);
}

/* Line I of the plan, and what follows from it for the rest. */
static int measure_next(struct run *r, unsigned int i)
{
	double begin = now();
	int ret = run_line(r, &r->plan.line[i]);

	if (ret)
		return ret;
	r->plan.line[i].took = now() - begin;
	if (!keep_budget(r, i + 1))
		return 0;
	err_say("%s: cannot plan what is to come", r->folder.path);
	return EXIT_FAIL;
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
			ret = measure_next(r, i);
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
			 .handover = run_handover(), .begin = now() };
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
		ret = run_open_old(&r);
	else
		ret = run_new_plan(&r, &c);
	if (!ret && proc_stop_signal)
		ret = 128 + proc_stop_signal;
	if (!ret && !args->resume)
		ret = run_open_new(&r, &c);
	if (!ret)
		ret = run_open_outputs(&r);
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
	programs_free(&r.programs);
	plan_free(&r.plan);
	conf_free(&c);
	free(r.done);
	return ret;
}
