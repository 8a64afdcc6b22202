// SPDX-License-Identifier: GPL-2.0-or-later
/* ktap - run the stress tests, print KTAP */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "err.h"
#include "guard.h"
#include "kmsg.h"
#include "ktap-run.h"
#include "proc.h"
#include "stuck.h"
#include "turn.h"
#include "undo.h"

#define DEFAULT_SECONDS	600
#define LEAST_SECONDS	0.1
#define LEAST_LIMIT	300		/* s until a subtest hangs, at most */
#define BEYOND		30		/* s beyond twice the budget: the last
					   one ends within a minute of it */
#define LEAST_SPARE	10		/* s of that, else nothing shows that
					   what is late hangs */
#define QUICK_SECONDS	5
#define QUICK_ROUNDS	10
#define KILL_SECONDS	1		/* a round of killing */

/* ---- one subtest ------------------------------------------------------- */

/*
 * How long a subtest may take. It is never short of its share and the half
 * of what is left beyond the shares, so that whatever hangs leaves something
 * to those that follow, and the end is kept all the same.
 */
static double limit_of(const struct ktap_run *r, const struct subtest *s,
		       double seconds)
{
	double spare = r->last - (r->end > now() ? r->end : now());
	double limit = LEAST_LIMIT + 4 * (seconds + s->overhead);

	if (r->args->limit)
		return r->args->limit;
	if (spare < LEAST_SPARE)
		spare = LEAST_SPARE;
	return limit < seconds + s->overhead + spare / 2 ? limit :
	       seconds + s->overhead + spare / 2;
}

/* What the program said last, without its own name. */
static char *own_words(const struct proc *p, const struct subtest *s)
{
	char *line = last_line(&p->text[1]), *words;
	size_t len = strlen(s->desc->name);

	words = xstrdup(!strncmp(line, s->desc->name, len) &&
			!strncmp(line + len, ": ", 2) ? line + len + 2 : line);
	free(line);
	return words;
}

/*
 * NULL, or why it is not ok; the caller frees it. SKIP: it is not that
 * either, but could not be done, or not be decided.
 */
static char *judge(struct ktap_run *r, const struct subtest *s,
		   struct proc *p, double seconds, bool *skip)
{
	double limit = limit_of(r, s, seconds), grace = r->args->grace;
	char *said, *stuck, *why = NULL;
	bool ended;

	/* What hangs does not hear SIGTERM either. */
	if (!r->args->limit && grace > limit / 4)
		grace = limit / 4;
	switch (proc_wait(p, NULL, now() + limit, NULL)) {
	case PROC_DONE:
		if (!proc_code(p->status))
			return NULL;
		if (proc_code(p->status) == EXIT_SKIP) {
			*skip = true;
			return own_words(p, s);
		}
		said = last_line(&p->text[1]);
		if (WIFSIGNALED(p->status))
			why = xprintf("killed by signal %d (%s)",
				      WTERMSIG(p->status),
				      strsignal(WTERMSIG(p->status)));
		else
			why = *said ? xstrdup(said) :
			      xprintf("exit code %d", proc_code(p->status));
		free(said);
		return why;
	case PROC_STOP:
		proc_stop(p, NULL, r->args->grace);
		return xstrdup("stopped");
	default:
		stuck = stuck_why();
		/*
		 * A test that gets no CPU, for others have it, does not hang;
		 * and one whose actors can be stopped, and their cgroups
		 * removed, was on its way.
		 */
		*skip = !turn_quick(QUICK_SECONDS, QUICK_ROUNDS);
		proc_stop(p, NULL, grace);
		ended = p->done && proc_code(p->status) != 128 + SIGKILL;
		why = xprintf("%stime-out after %.0f s%s%s", *skip ?
			      "undecided: this machine is slow or busy: " :
			      ended ? "undecided: it could still be stopped: " :
			      "", limit, stuck ? ": " : "", stuck ?: "");
		*skip |= ended;
		free(stuck);
		return why;
	}
}

/*
 * -EBUSY: all had a turn to die, and some still run: they cannot be killed.
 * -EAGAIN: the time is over, and not all have had one: nobody knows.
 */
static int kill_all(struct ktap_run *r)
{
	struct turn t = { 0 };
	int left;

	while ((left = proc_kill_tree(KILL_SECONDS)) == -EBUSY) {
		if (turn_overdue(&t, 10, QUICK_ROUNDS))
			return -EBUSY;
		if (now() >= r->last)
			return -EAGAIN;
	}
	return left;
}

static int start(struct proc *p, const struct ktap_run *r,
		 const struct subtest *s, double seconds)
{
	char *on = xprintf("--hierarchy=%s", s->hierarchy);
	char *how = xprintf("--mutate=%s", r->args->mutate ?: "none");
	char *seed = xprintf("--seed=%llu", (unsigned long long)r->seed);
	char *time = xprintf("--time=%g", seconds);
	/* A mutation is to be seen, however slow the machine is. */
	char *ops = r->args->mutate ? "--min-ops=64" : NULL;
	int ret = proc_start(p, (char *[]){ s->desc->program, on, how, seed,
					    time, "--warmup=0", ops, NULL }, -1);

	free(time);
	free(seed);
	free(how);
	free(on);
	return ret;
}

/* WHY, or what the kernel has against it, whose words go to KERNEL. */
static char *hear_kernel(struct ktap_run *r, char *why, bool *skip,
			 struct text *kernel)
{
	char *complaint;

	r->kmsg.nr_spared = 0;
	complaint = kmsg_check(&r->kmsg, kernel);
	/* One may have been among them: nobody can say that there was none. */
	if (!complaint && r->kmsg.endless)
		complaint = xstrdup("its log does not end");
	else if (!complaint && r->kmsg.nr_lost)
		complaint = xprintf("records of its log were overwritten before "
				    "they were read: %lu", r->kmsg.nr_lost);
	if (complaint) {
		char *said = xprintf("kernel: %s", complaint);

		free(complaint);
		complaint = said;
	} else if (!why || *skip) {
		complaint = kmsg_missing(&r->kmsg);
	}
	if (!complaint)
		return why;
	*skip = false;
	free(why);
	return complaint;
}

/* What is said of it: 0: ok, 1: not ok, EXIT_SKIP. */
static int tell(struct ktap_run *r, struct subtest *s, unsigned int nr,
		const char *why, bool skip, const struct text *kernel)
{
	if (skip) {
		ktap_say(r, "  ok %u %s # SKIP %s\n", nr, s->hierarchy, why);
		s->skip = xstrdup(why);
		r->nr_skip++;
		return EXIT_SKIP;
	}
	if (why) {
		ktap_say(r, "  # reason: %s\n", why);
		text_printf(&r->failed, "# not ok %s/%s: %s\n",
			    s->desc->name, s->hierarchy, why);
		ktap_say_lines(r, kernel->s, 0);
	}
	return !!why;
}

/* 0: ok, 1: not ok, EXIT_SKIP, 128 + signal. */
static int run_subtest(struct ktap_run *r, struct subtest *s,
		       unsigned int nr)
{
	double seconds = (r->end - now()) / r->nr_left - s->overhead;
	struct proc p = { .fd = { -1, -1 } };
	struct text kernel = { 0 };
	double begin = now(), took;
	bool skip = false;
	int ret, left;
	char *why;

	if (seconds < LEAST_SECONDS)
		seconds = LEAST_SECONDS;
	r->nr_left--;
	ret = start(&p, r, s, seconds);
	why = ret ? xstrdup(strerror(-ret)) : judge(r, s, &p, seconds, &skip);
	took = now() - begin;
	left = kill_all(r);
	r->stop |= left < 0;
	if (left == -EAGAIN && !why) {
		skip = true;
		why = xstrdup("undecided: this machine is slow or busy: its "
			      "processes have not died yet");
	} else if (left < 0 && left != -EAGAIN) {
		skip = false;
		if (!why)
			why = xstrdup("left processes that cannot be killed");
	}
	if (why || left)
		undo_clean(NULL, NULL);
	why = hear_kernel(r, why, &skip, &kernel);
	if (proc_stop_signal) {
		ret = 128 + proc_stop_signal;
		goto out;
	}
	ktap_say(r, "  # %s on %s: %.1f s\n", s->desc->name, s->hierarchy,
		 took);
	ktap_say_counts(r, p.text[0].s, took);
	ktap_say_lines(r, p.text[1].s, !!why);
	if (r->kmsg.nr_spared)
		ktap_say(r, "  # beware: the kernel said '%s': for half a "
			 "minute\n  # a worker had no CPU\n", r->kmsg.spare);
	ret = tell(r, s, nr, why, skip, &kernel);
	if (ret == 1)
		ktap_keep(r, s, &p, why, &kernel, seconds);
	if (ret != EXIT_SKIP)
		ktap_say(r, "  %s %u %s\n", ret ? "not ok" : "ok", nr,
			 s->hierarchy);
out:
	free(why);
	text_free(&kernel);
	proc_free(&p);
	return ret;
}

/* The subtests [FIRST, END) are one test, number NR. */
static int run_test(struct ktap_run *r, unsigned int first, unsigned int end,
		    unsigned int nr)
{
	const char *name = r->sub[first].desc->name;
	unsigned int ok = 0, bad = 0;

	ktap_say(r, "  KTAP version 1\n  # Subtest: %s\n  1..%u\n", name,
		 end - first);
	for (unsigned int i = first; i < end; i++) {
		struct subtest *s = &r->sub[i];
		int ret;

		if (!s->skip && (r->stop || now() > r->last)) {
			s->skip = xstrdup(r->stop ? "processes of another test "
					  "cannot be killed" : "no time is left "
					  "of the budget");
			r->nr_left--;
		}
		if (s->skip) {
			ktap_say(r, "  ok %u %s # SKIP %s\n", i - first + 1,
				 s->hierarchy, s->skip);
			r->nr_skip++;
			continue;
		}
		ret = run_subtest(r, s, i - first + 1);
		if (ret > 128)
			return ret;
		bad += ret == 1;
		ok += !ret;
	}
	r->nr_ok += ok;
	r->nr_fail += bad;
	if (ok || bad)
		ktap_say(r, "%s %u %s\n", bad ? "not ok" : "ok", nr, name);
	else
		ktap_say(r, "ok %u %s # SKIP %s\n", nr, name,
			 r->sub[first].skip);
	return 0;
}

static unsigned int end_of_test(const struct ktap_run *r, unsigned int i)
{
	const struct desc *d = r->sub[i].desc;

	while (i < r->nr_sub && r->sub[i].desc == d)
		i++;
	return i;
}

static int run_tests(struct ktap_run *r)
{
	unsigned int nr = 0, i;
	struct utsname un;
	int ret = 0;

	uname(&un);
	for (i = 0; i < r->nr_sub; i = end_of_test(r, i))
		nr++;
	ktap_say(r, "KTAP version 1\n# forkpath stress, kernel %s, seed %llu\n",
		 un.release, (unsigned long long)r->seed);
	if (r->kmsg.fd < 0)
		ktap_say(r, "# beware: the kernel log cannot be read\n");
	ktap_say(r, "1..%u\n", nr);
	for (nr = 0, i = 0; i < r->nr_sub && !ret; i = end_of_test(r, i))
		ret = run_test(r, i, end_of_test(r, i), ++nr);
	if (ret) {
		ktap_say(r, "Bail out! stopped by %s\n", strsignal(ret - 128));
		return ret;
	}
	ktap_say(r, "# forks %.0f, moves %.0f, overlaps %.0f\n", r->forks,
		 r->moves, r->overlaps);
	if (r->failed.len)
		/* Again, where one looks first. */
		ktap_say(r, "%s", r->failed.s);
	ktap_say(r, "# subtests: %u ok, %u not ok, %u skipped\n", r->nr_ok,
		 r->nr_fail, r->nr_skip);
	return r->nr_fail ? EXIT_FAIL : r->nr_ok ? EXIT_OK : EXIT_SKIP;
}

static uint64_t draw_seed(void)
{
	uint64_t seed = 0;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = time(NULL);
	return seed % 1000000000 + 1;
}

int ktap(const struct ktap_args *args)
{
	struct ktap_run r = {
		.args = args, .seed = args->seed ? args->seed : draw_seed(),
		.folder.fd = -1,
		.kmsg.fd = -1,
	};
	int ret, undone;

	/* Not when the first failure is to be kept: it would be lost. */
	ret = args->out ? folder_check(args->out) : EXIT_OK;
	if (ret)
		return ret;
	proc_catch_stop();
	if (guard_take(args->lock, stderr) == -EBUSY)
		return EXIT_FAIL;
	ret = guard_processes();
	if (ret)
		return ret;
	/*
	 * Workers that wait for a CPU: whoever else is busy here, or the
	 * cloners, took it. A worker that hangs is a hung task.
	 */
	kmsg_open(&r.kmsg, args->kmsg, "BUG: workqueue lockup");
	ret = ktap_plan(&r);
	r.end = now() + (args->seconds > 0 ? args->seconds : DEFAULT_SECONDS);
	r.last = 2 * r.end - now() + BEYOND;
	if (!ret)
		ret = run_tests(&r);
	undone = undo_all();
	if (undone) {
		err_say("cannot undo everything: %s; './run.sh clean' tries "
			"again", strerror(-undone));
		ret = ret ? ret : EXIT_FAIL;
	}
	kmsg_close(&r.kmsg);
	folder_close(&r.folder);
	text_free(&r.log);
	text_free(&r.failed);
	for (unsigned int i = 0; i < r.nr_sub; i++) {
		free(r.sub[i].hierarchy);
		free(r.sub[i].skip);
	}
	free(r.sub);
	return ret;
}
