// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exit - what the exit of a whole thread group costs
 *
 * One operation ends one process of `threads` parked threads: SIGKILL to
 * it, all its threads exit, its parent reaps it with wait4(2). A sample
 * lasts from right before kill(2) until wait4(2) has returned, which it does
 * only when the last thread is gone. Building the next process is not in
 * it. Every exiting thread takes the read side of the lock that a write to
 * cgroup.procs takes for writing (since 3.3).
 *
 * group: where the process lives and dies
 *   none       in the cgroup of whoever calls this
 *   v2         alone in a v2 cgroup: it becomes unpopulated each time
 *   v1         alone in a cgroup of a v1 hierarchy without controllers
 *   v1-notify  the same with notify_on_release set and no agent: what
 *              noticing the release costs those who exit
 *
 * attachers: write tgids of one-thread groups to cgroup.procs meanwhile,
 * as in `clone-attach` (v2, unrelated groups). beside-share is the share of
 * the exits during which there was a move, by the stamps of both.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attacher.h"
#include "bench.h"
#include "child.h"
#include "mark.h"

enum { GROUP_NONE, GROUP_V2, GROUP_V1, GROUP_V1_NOTIFY };

static unsigned long threads, reapers, attachers;
static double think;
static int group;

static const struct opt opts[] = {
	{ "threads", OPT_UINT, &threads, "1", "1..1000000",
	  "threads of the process that exits" },
	{ "group", OPT_CHOICE, &group, "none", "none v2 v1 v1-notify",
	  "the cgroup that it leaves empty" },
	{ "reapers", OPT_UINT, &reapers, "1", "1..1024",
	  "actors that each build, end and reap one process after the other" },
	{ "attachers", OPT_UINT, &attachers, "0", "0..1024",
	  "actors that move groups of their own meanwhile" },
	{ "think", OPT_TIME, &think, "0", "0..1000",
	  "pause of an attacher between two writes" },
	OPT_END
};

struct reaper {			/* shared with the parent */
	uint64_t	built, reaped;	/* threads; processes */
	struct cg	in;
};

static struct cg_hier hier, v2;
static struct cg base = CG_NONE, base_v2 = CG_NONE;
static struct reaper *reaper;
static struct attacher *attacher;
static struct spans *ended, *moved;	/* per reaper, per attacher */

static const char *missing(void)
{
	const char *why = tg_missing(reapers * threads + attachers);

	if (!why && (group != GROUP_NONE || attachers) && geteuid())
		return "needs root";
	if (!why && (group == GROUP_V1 || group == GROUP_V1_NOTIFY))
		why = cg_hier_missing("v1-own", &hier);
	if (!why && group == GROUP_V2) {
		why = cg_hier_missing("v2", &hier);
		if (!why)
			why = child_into_missing();
	}
	if (!why && attachers)
		why = cg_hier_missing("v2", &v2);
	return why;
}

/* Building is most of an operation's time. */
static double pace(void)
{
	return threads * 30e-6;
}

static double overhead(void)
{
	return 0.005 + reapers * tg_seconds(threads);
}

static int setup_reaper(unsigned int nr)
{
	struct cg *in = &reaper[nr].in;
	char name[32];
	int ret;

	*in = (struct cg)CG_NONE;
	if (group == GROUP_NONE)
		return 0;
	snprintf(name, sizeof(name), "exit%u", nr);
	ret = cg_make(&hier, &base, name, in);
	if (!ret && group == GROUP_V1_NOTIFY)
		ret = cg_write(in, "notify_on_release", "1");
	if (ret)
		bench_why("%s: %s", in->path, strerror(-ret));
	return ret;
}

static int setup(void)
{
	int ret = bench_room(reapers * threads + attachers);

	if (ret)
		return ret;
	reaper = bench_shared(reapers * sizeof(*reaper));
	attacher = bench_shared((attachers + 1) * sizeof(*attacher));
	ended = bench_shared(reapers * sizeof(*ended));
	moved = bench_shared((attachers + 1) * sizeof(*moved));
	if (!reaper || !attacher || !ended || !moved)
		return -ENOMEM;
	if (group != GROUP_NONE)
		ret = cg_base(&hier, &base);
	if (!ret && attachers)
		ret = cg_base(&v2, &base_v2);
	if (ret)
		bench_why("making a cgroup in %s: %s", group != GROUP_NONE ?
			  hier.mount : v2.mount, strerror(-ret));
	for (unsigned int i = 0; i < reapers && !ret; i++)
		ret = setup_reaper(i);
	for (unsigned int i = 0; i < attachers && !ret; i++)
		ret = attacher_make(&attacher[i], &v2, &base_v2, i, 1,
				    &moved[i]);
	return ret;
}

static int enter_attacher(unsigned int nr)
{
	return attacher_enter(&attacher[nr]);
}

/* Has it ended by itself (out of memory)? Its end would take no time. */
static bool dead(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) ||
	       info.si_pid;
}

static int exit_loop(unsigned int nr, struct lat *lat)
{
	struct reaper *r = &reaper[nr];
	struct tg tg = TG_NONE;

	while (loop_more(lat)) {
		uint64_t begin, end;
		int status, ret;
		long alive;

		ret = tg_create_in(&tg, threads, group == GROUP_NONE ? NULL :
				   &r->in);
		if (ret) {
			bench_why("a process of %lu threads: %s", threads,
				  strerror(-ret));
			return ret;
		}
		alive = tg_threads(tg.pid);
		if (dead(tg.pid)) {
			bench_why("process %d died before it was ended",
				  tg.pid);
			return -ECHILD;
		}

		begin = clock_ns();
		mark_begin();
		ret = kill(tg.pid, SIGKILL);
		while (!ret && (ret = wait4(tg.pid, &status, 0, NULL)) < 0 &&
		       errno == EINTR)
			ret = 0;
		mark_end();
		end = clock_ns();

		if (ret != tg.pid || !WIFSIGNALED(status) ||
		    WTERMSIG(status) != SIGKILL || !kill(tg.pid, 0)) {
			bench_why("process %d was not ended and reaped",
				  tg.pid);
			return -EBADMSG;
		}
		r->built += alive;
		r->reaped++;
		if (attachers && lat->counts)
			span_add(&ended[nr], begin, end);
		lat_add(lat, end - begin);
	}
	return 0;
}

static int attach_loop(unsigned int nr, struct lat *lat)
{
	return attacher_loop(&attacher[nr], think, lat);
}

static int verify_reaper(unsigned int nr)
{
	const struct reaper *r = &reaper[nr];
	uint64_t said = bench_done("reaper", nr);
	long left = r->in.dir < 0 ? 0 : cg_threads(&r->in);

	if (r->reaped == said && r->built == said * threads && !left)
		return 0;
	bench_why("reaper %u: %" PRIu64 " processes of %" PRIu64 " threads in "
		  "all reaped, %" PRIu64 " of %lu each reported, %ld left in "
		  "its cgroup", nr, r->reaped, r->built, said, threads, left);
	return -1;
}

static int verify(void)
{
	for (unsigned int i = 0; i < reapers; i++)
		if (verify_reaper(i))
			return -1;
	for (unsigned int i = 0; i < attachers; i++)
		if (attacher_verify(&attacher[i], i))
			return -1;
	return 0;
}

static void cleanup(void)
{
	for (unsigned int i = 0; attacher && i < attachers; i++)
		attacher_unmake(&attacher[i]);
	for (unsigned int i = 0; reaper && group != GROUP_NONE && i < reapers;
	     i++)
		cg_remove(&reaper[i].in, 30);
	cg_close(&base);
	cg_close(&base_v2);
}

static double beside(void)
{
	return attachers ? span_share(ended, reapers, moved, attachers) : NAN;
}

const struct bench bench = {
	.name = "exit",
	.summary = "end a process of many threads, and reap it",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "reaper", .nr = &reapers, .loop = exit_loop },
		{ .name = "attacher", .nr = &attachers,
		  .enter = enter_attacher, .loop = attach_loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		{ "beside", "share", "higher", beside },
		{ .name = NULL },
	},
	.needs = { .missing = missing, .overhead = overhead, .pace = pace },
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
