// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exec - what executing the smallest static program costs
 *
 * One operation executes an image of three instructions (lib/image.h), which
 * exits, and reaps it. kind says who executes it:
 *   fork    a child made by fork; a sample lasts from right before the fork
 *   vfork   a child made as posix_spawn does it; from right before that
 *   leader  the leader of a process that was forked before; a sample lasts
 *           from right before execve(2) in that process
 *   thread  as leader, but another thread of it: the kernel ends all others
 *           and gives it the leader's number (de_thread)
 * and always until wait4(2) has returned. exec and exit are shut out by the
 * write side of the fork lock as fork is (since 3.3).
 *
 * siblings: more threads, parked, in the process that executes; they end
 * with it. leader and thread only: after fork and vfork there is one thread.
 *
 * attachers: move parked groups of one thread meanwhile (lib/attacher.h).
 * cloners: create threads meanwhile, as `clone`; the victims of both. What a
 * storm is to be compared with are `attach` and `clone` without one.
 * beside-share is the share of the execs during which there was a move, by
 * the stamps of both.
 *
 * What proves that the image has run: its exit status, drawn anew for every
 * run, is in its code and nowhere else.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attacher.h"
#include "bench.h"
#include "child.h"
#include "image.h"
#include "mark.h"

#define BESIDE_LEAST 100	/* execs; fewer may miss all moves by chance */

enum kind { KIND_FORK, KIND_VFORK, KIND_LEADER, KIND_THREAD };

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
		      CLONE_THREAD | CLONE_SYSVSEM)

static int kind;
static unsigned long siblings, spawners, attachers, cloners;
static const char *hierarchy;
static double think;

static const struct opt opts[] = {
	{ "kind", OPT_CHOICE, &kind, "fork", "fork vfork leader thread",
	  "who calls execve" },
	{ "siblings", OPT_UINT, &siblings, "0", "0..1000000",
	  "parked threads that end when it does" },
	{ "spawners", OPT_UINT, &spawners, "1", "1..4096",
	  "actors that do it at the same time" },
	{ "attachers", OPT_UINT, &attachers, "0", "0..1024",
	  "actors that move groups of their own meanwhile" },
	{ "cloners", OPT_UINT, &cloners, "0", "0..4096",
	  "actors that create threads meanwhile" },
	{ "think", OPT_TIME, &think, "0", "0..1000",
	  "pause of an attacher between two writes" },
	{ "hierarchy", OPT_WORD, &hierarchy, "v2", NULL,
	  "where attachers move: v2, v2-CONTROLLER, v1-CONTROLLER or "
	  "v1-name=NAME" },
	OPT_END
};

/* One spawner's own, shared with its children. */
struct spawner {
	uint64_t	seen __attribute__((aligned(256)));
	uint64_t	begin;
};

static struct spawner *spawner;
static int image, status_due;
static struct cg_hier hier;
static struct cg base = CG_NONE;
static struct attacher *attacher;
static struct child *child;
static struct spans *executed, *moved;	/* per spawner, per attacher */

static const char *bad(void)
{
	if (siblings && (kind == KIND_FORK || kind == KIND_VFORK))
		return "--siblings: a forked child is alone; use --kind "
		       "leader or thread";
	return cg_hier_bad(hierarchy);
}

static unsigned long tasks(void)
{
	return spawners * (siblings + 2) + attachers + 2 * cloners;
}

static const char *missing(void)
{
	const char *why = image_missing();

	if (!why && attachers && geteuid())
		why = "attachers: needs root";
	if (!why && attachers)
		why = cg_hier_missing(hierarchy, &hier);
	if (!why && attachers && hier.version == 2)
		why = child_into_missing();
	return why ? why : tg_missing(tasks());
}

static double pace(void)
{
	return fmax(siblings * 30e-6, attachers ? think : 0);
}

static double overhead(void)
{
	return 0.005 + spawners * tg_seconds(siblings);
}

static int setup_attachers(void)
{
	int ret = attachers ? cg_base(&hier, &base) : 0;

	if (ret)
		bench_why("making a cgroup in %s: %s", hier.mount,
			  strerror(-ret));
	for (unsigned int i = 0; i < attachers && !ret; i++)
		ret = attacher_make(&attacher[i], &hier, &base, i, 1,
				    &moved[i]);
	return ret;
}

static int setup(void)
{
	int ret = siblings || attachers ? bench_room(tasks()) : 0;

	if (ret)
		return ret;
	spawner = bench_shared(spawners * sizeof(*spawner));
	attacher = bench_shared((attachers + 1) * sizeof(*attacher));
	child = bench_shared((cloners + 1) * sizeof(*child));
	executed = bench_shared(spawners * sizeof(*executed));
	moved = bench_shared((attachers + 1) * sizeof(*moved));
	if (!spawner || !attacher || !child || !executed || !moved)
		return -ENOMEM;
	status_due = 1 + clock_ns() / 64 % 250;
	image = image_make(IMAGE_EXIT, status_due);
	if (image < 0)
		bench_why("making the image: %s", strerror(-image));
	return image < 0 ? image : setup_attachers();
}

/* Only a program that could not be executed is still there afterwards. */
static void __attribute__((noreturn)) failed(void)
{
	syscall(SYS_exit_group, 255);
	__builtin_unreachable();
}

static int vfork_body(void *arg)
{
	(void)arg;
	image_exec(image);
	failed();
}

static int exec_now(void *arg)
{
	struct spawner *s = arg;

	s->begin = clock_ns();
	image_exec(image);
	failed();
}

/* In the child: siblings, then the one that executes. */
static void __attribute__((noreturn)) build(struct spawner *s)
{
	static char stack[16384] __attribute__((aligned(64)));

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (tg_park(siblings))
		failed();
	if (kind == KIND_LEADER)
		exec_now(s);
	if (clone(exec_now, stack + sizeof(stack), THREAD_FLAGS, s) < 0)
		failed();
	for (;;)
		pause();
}

static int spawn(struct spawner *s)
{
	static char stack[16384] __attribute__((aligned(64)));
	int pid;

	s->begin = clock_ns();
	/* The other kinds begin later, in another task: no anatomy of them. */
	if (kind == KIND_FORK || kind == KIND_VFORK)
		mark_begin();
	if (kind == KIND_VFORK)
		return clone(vfork_body, stack + sizeof(stack),
			     CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (!pid) {
		if (kind != KIND_FORK)
			build(s);
		image_exec(image);
		failed();
	}
	return pid;
}

static int loop(unsigned int nr, struct lat *lat)
{
	struct spawner *s = &spawner[nr];

	while (loop_more(lat)) {
		int pid = spawn(s), status, ret;
		uint64_t end;

		if (pid < 0)
			return -errno;
		while ((ret = wait4(pid, &status, 0, NULL)) < 0 &&
		       errno == EINTR)
			;
		mark_end();
		end = clock_ns();
		if (ret != pid || !WIFEXITED(status) ||
		    WEXITSTATUS(status) != status_due) {
			bench_why("the image did not run: wait status %d, not "
				  "exit %d", status, status_due);
			return -EBADMSG;
		}
		s->seen++;
		if (attachers && lat->counts)
			span_add(&executed[nr], s->begin, end);
		lat_add(lat, end - s->begin);
	}
	return 0;
}

/* What is open is copied by a fork and closed by an exec, both timed. */
static int enter_spawner(unsigned int nr)
{
	(void)nr;
	for (unsigned int i = 0; i < attachers; i++)
		attacher_without(&attacher[i]);
	if (attachers)
		cg_close(&base);
	return 0;
}

static int enter_attacher(unsigned int nr)
{
	return attacher_enter(&attacher[nr]);
}

static int attach_loop(unsigned int nr, struct lat *lat)
{
	return attacher_loop(&attacher[nr], think, lat);
}

static int clone_loop(unsigned int nr, struct lat *lat)
{
	return child_loop(&child[nr], CHILD_THREAD, UNTIL_EXIT, 0, lat);
}

static double beside(void)
{
	return attachers ?
		span_share(executed, spawners, moved, attachers) : NAN;
}

/* Both without pause, and never at the same time: not what it is called. */
static int verify_beside(void)
{
	uint64_t nr = bench_lat("spawner")->ops;

	if (think > 0 || nr < BESIDE_LEAST || beside() != 0)
		return 0;
	bench_why("none of %" PRIu64 " programs was executed while a group "
		  "was moved", nr);
	return -1;
}

static int verify(void)
{
	if (verify_beside())
		return -1;
	for (unsigned int i = 0; i < spawners; i++) {
		uint64_t said = bench_done("spawner", i);

		if (spawner[i].seen != said) {
			bench_why("spawner %u: %" PRIu64 " programs ran, %"
				  PRIu64 " reported", i, spawner[i].seen,
				  said);
			return -1;
		}
	}
	for (unsigned int i = 0; i < cloners; i++)
		if (child[i].seen != bench_done("cloner", i)) {
			bench_why("cloner %u: %" PRIu64 " children seen, %"
				  PRIu64 " reported", i, child[i].seen,
				  bench_done("cloner", i));
			return -1;
		}
	for (unsigned int i = 0; i < attachers; i++)
		if (attacher_verify(&attacher[i], i))
			return -1;
	return 0;
}

static void cleanup(void)
{
	for (unsigned int i = 0; attacher && i < attachers; i++)
		attacher_unmake(&attacher[i]);
	cg_close(&base);
}

const struct bench bench = {
	.name = "exec",
	.summary = "execute the smallest static program, and reap it",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "spawner", .nr = &spawners, .enter = enter_spawner,
		  .loop = loop },
		{ .name = "attacher", .nr = &attachers,
		  .enter = enter_attacher, .loop = attach_loop },
		{ .name = "cloner", .nr = &cloners, .loop = clone_loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		{ "beside", "share", "higher", beside },
		{ .name = NULL },
	},
	.needs = { .missing = missing, .overhead = overhead, .pace = pace },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
