// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * priority - what a writer waits for who holds the read side and may not run
 *
 * A cloner that is inside a fork holds the read side of the lock that a
 * write to cgroup.procs takes for writing. If it is preempted there, the
 * writer waits for it to run again, and everybody who forks meanwhile waits
 * for the writer. Three kinds of actors:
 *   cloner     forks without pause on one CPU; the one that is kept from
 *              running
 *   bystander  creates threads without pause elsewhere: who waits for the
 *              writer although nothing keeps him from running
 *   attacher   moves a group of one thread, a write every `think` (as
 *              `clone-attach`, unrelated)
 * and the one who keeps the cloner:
 *   by none       nobody: the control
 *   by fifo       a hog of SCHED_FIFO on the cloner's CPU, busy for `busy` of
 *                 every `period`; its operation is one busy time
 *   by throttled  the cloner's cgroup has a quota of `busy` of every
 *                 `period` (cpu.max, or cpu.cfs_quota_us in v1) and is
 *                 throttled for the rest; before 6.18 also inside the kernel
 *
 * What shows that the cloner was kept: at the start of every busy time, on
 * its CPU, the hog looks whether the cloner could run; a task that can and
 * does not has been preempted (kept-share: such busy times, of all). With a
 * quota the kernel counts the periods in which it was throttled. beside-share
 * is the share of the bystander's threads during whose creation and exit the
 * group was moved, by the stamps of both.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "child.h"
#include "cpus.h"
#include "mover.h"

enum { BY_NONE, BY_FIFO, BY_THROTTLED };

static unsigned long hogs;
static const char *hierarchy;
static double think, busy, period;
static int by;

static const struct opt opts[] = {
	{ "by", OPT_CHOICE, &by, "none", "none fifo throttled",
	  "who keeps the cloner from running" },
	{ "busy", OPT_TIME, &busy, "0.01", "0.001..0.5",
	  "how long the hog runs, or the cloner may run ..." },
	{ "period", OPT_TIME, &period, "0.05", "0.002..1",
	  "... in each period of this length" },
	{ "think", OPT_TIME, &think, "0.01", "0..1000",
	  "pause of the attacher between two writes" },
	{ "hierarchy", OPT_WORD, &hierarchy, "v2", NULL,
	  "where the attacher moves: v2, v2-CONTROLLER, v1-CONTROLLER or "
	  "v1-name=NAME" },
	OPT_END
};

struct shared {
	struct child	cloner, bystander;
	struct mover	mover;
	struct tg	tg;
	int64_t		writes;
	int		cpu;		/* the cloner's, + 1 */
	uint64_t	busy, kept;	/* the hog's times; cloner preempted */
	struct spans	cloned, moved;	/* the bystander's, the attacher's */
};

static struct cg_hier hier, cpu_hier;
static struct cg base = CG_NONE, cpu_base = CG_NONE, quota = CG_NONE;
static struct shared *all;

static const char *bad(void)
{
	if (by != BY_NONE && busy >= period)
		return "--busy: must be shorter than --period";
	return cg_hier_bad(hierarchy);
}

/* A capability, RLIMIT_RTPRIO and the group's runtime decide: it is tried. */
static const char *fifo_missing(void)
{
	static char why[80];

	if (!sched_setscheduler(0, SCHED_FIFO,
				&(struct sched_param){ .sched_priority = 1 }))
		return sched_setscheduler(0, SCHED_OTHER,
					  &(struct sched_param){ 0 }) ?
		       "SCHED_FIFO is for ever here" : NULL;
	snprintf(why, sizeof(why), "SCHED_FIFO: %s (CAP_SYS_NICE)",
		 strerror(errno));
	return why;
}

static const char *missing(void)
{
	const char *why = cg_hier_missing(hierarchy, &hier);
	unsigned int cpu[CPUS_MAX];

	hogs = by == BY_FIFO;
	if (!why && cpus_allowed(cpu, CPUS_MAX) < 2)
		why = "needs two CPUs: one for the cloner and the rest";
	if (!why && by == BY_FIFO)
		why = fifo_missing();
	if (!why && by == BY_THROTTLED &&
	    cg_hier_find("v2-cpu", NULL, &cpu_hier) &&
	    cg_hier_find("v1-cpu", NULL, &cpu_hier))
		why = "no hierarchy offers the cpu controller here";
	return why ? why : tg_missing(16);
}

static double pace(void)
{
	return by == BY_FIFO ? period : think;
}

static int setup_quota(void)
{
	char text[64];
	int ret = cg_base(&cpu_hier, &cpu_base);

	if (!ret)
		ret = cg_make(&cpu_hier, &cpu_base, "quota", &quota);
	if (ret)
		return ret;
	if (quota.version == 2) {
		snprintf(text, sizeof(text), "%.0f %.0f", busy * 1e6,
			 period * 1e6);
		return cg_write(&quota, "cpu.max", text);
	}
	snprintf(text, sizeof(text), "%.0f", period * 1e6);
	ret = cg_write(&quota, "cpu.cfs_period_us", text);
	snprintf(text, sizeof(text), "%.0f", busy * 1e6);
	return ret ? ret : cg_write(&quota, "cpu.cfs_quota_us", text);
}

static int setup(void)
{
	int ret = bench_room(16);

	all = bench_shared(sizeof(*all));
	if (!all)
		return -ENOMEM;
	all->bystander.spans = &all->cloned;
	if (!ret)
		ret = cg_base(&hier, &base);
	if (!ret)
		ret = mover_make(&all->mover, &hier, &base, 0, "cgroup.procs");
	if (!ret)
		ret = tg_create_in(&all->tg, 1, &all->mover.b);
	if (!ret) {
		mover_value(&all->mover, all->tg.pid);
		all->mover.at = 1;
		all->mover.spans = &all->moved;
	}
	if (!ret && by == BY_THROTTLED)
		ret = setup_quota();
	if (ret)
		bench_why("making cgroups: %s", strerror(-ret));
	return ret;
}

/* How often the quota has run out so far. */
static uint64_t throttled(void)
{
	char text[1024], *at;
	uint64_t n = 0;
	ssize_t len;
	int fd = cg_open(&quota, "cpu.stat", O_RDONLY);

	if (fd < 0)
		return 0;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	at = strstr(text, "nr_throttled ");
	if (at)
		sscanf(at, "nr_throttled %" SCNu64, &n);
	return n;
}

static int enter_cloner(unsigned int nr)
{
	(void)nr;
	__atomic_store_n(&all->cpu, sched_getcpu() + 1, __ATOMIC_RELEASE);
	return by == BY_THROTTLED ? cg_write(&quota, "cgroup.procs", "0") : 0;
}

static int clone_loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	return child_loop(&all->cloner, CHILD_FORK, UNTIL_EXIT, 0, lat);
}

static int stand_by_loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	return child_loop(&all->bystander, CHILD_THREAD, UNTIL_EXIT, 0, lat);
}

static int enter_attacher(unsigned int nr)
{
	(void)nr;
	all->writes = mover_writes(getpid());
	return 0;
}

static int attach_loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	return mover_loop(&all->mover, think, lat);
}

/* Can task PID run, on the CPU where whoever asks does? Then it does not. */
static bool kept_from_running(pid_t pid)
{
	char path[64], text[1024], state = 0, *at;
	int fd, cpu = -1;
	ssize_t n = -1;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	at = strrchr(text, ')');	/* of the name; the state is field 3 */
	if (!at || sscanf(at + 1, " %c", &state) != 1)
		return false;
	for (int field = 3; at && field <= 39; field++)
		at = strchr(at + 1, ' ');	/* field 39: where it ran last */
	if (!at || sscanf(at, "%d", &cpu) != 1)
		return false;
	return state == 'R' && cpu == sched_getcpu();
}

/* To the cloner's CPU, which by now it has said. */
static int hog_loop(unsigned int nr, struct lat *lat)
{
	int ret = cpus_pin(__atomic_load_n(&all->cpu, __ATOMIC_ACQUIRE) - 1);

	(void)nr;
	if (!ret && sched_setscheduler(0, SCHED_FIFO,
			&(struct sched_param){ .sched_priority = 1 }))
		ret = -errno;
	if (ret)
		bench_why("SCHED_FIFO on the cloner's CPU: %s",
			  strerror(-ret));
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		all->kept += kept_from_running(bench_pid("cloner", 0));
		all->busy++;
		while (clock_ns() - begin < clock_from_s(busy))
			;
		lat_add(lat, clock_ns() - begin);
		if (!bench_think(lat, clock_from_s(period - busy)))
			break;
	}
	sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ 0 });
	return ret;
}

static int verify(void)
{
	uint64_t forks = bench_done("cloner", 0);
	uint64_t threads = bench_done("bystander", 0);

	if (all->cloner.seen != forks || all->bystander.seen != threads) {
		bench_why("%" PRIu64 " and %" PRIu64 " children seen, %" PRIu64
			  " and %" PRIu64 " reported", all->cloner.seen,
			  all->bystander.seen, forks, threads);
		return -1;
	}
	if (by == BY_FIFO && (all->busy != bench_done("hog", 0) || !all->kept)) {
		bench_why("the cloner could run and did not at the start of %"
			  PRIu64 " of %" PRIu64 " busy times, %" PRIu64
			  " reported", all->kept, all->busy,
			  bench_done("hog", 0));
		return -1;
	}
	if (by == BY_THROTTLED && !throttled()) {
		bench_why("the cloner was never throttled");
		return -1;
	}
	if (mover_verify_writes(bench_pid("attacher", 0), all->writes,
				bench_done("attacher", 0)))
		return -1;
	return mover_verify_move(&all->mover, all->tg.pid, 1);
}

static void cleanup(void)
{
	if (all)
		mover_unmake(&all->mover, &all->tg);
	cg_close(&base);
	cg_close(&quota);	/* the cloner is in it; the journal knows it */
	cg_close(&cpu_base);
}

static double kept(void)
{
	return by == BY_FIFO && all->busy ? (double)all->kept / all->busy : NAN;
}

static double beside(void)
{
	return span_share(&all->cloned, 1, &all->moved, 1);
}

const struct bench bench = {
	.name = "priority",
	.summary = "move a group while who forks is kept from running",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "cloner", .enter = enter_cloner, .loop = clone_loop },
		{ .name = "bystander", .loop = stand_by_loop },
		{ .name = "attacher", .enter = enter_attacher,
		  .loop = attach_loop },
		{ .name = "hog", .nr = &hogs, .loop = hog_loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		{ "kept", "share", "higher", kept },
		{ "beside", "share", "higher", beside },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .pace = pace },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
