// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * attach - what it costs to move a thread group to another cgroup
 *
 * One operation is, by default, one write(2) of a tgid to cgroup.procs of
 * the sibling cgroup in which the group is not; the next one moves it back.
 * A sample is the duration of that system call alone: a grace period, the
 * forks in flight, a term per thread, a term per controller, and the wait
 * for other writers. The think time between two writes is outside of it
 * and decides whether the grace period is paid (rcu_sync batches writes
 * that come close together), so it is an option and never an accident.
 *
 * by:
 *   procs    the tgid to cgroup.procs: moves the whole group, atomically
 *   member   the same with the number of a thread that is not the leader
 *   self     `0` to cgroup.procs: the attacher moves its own process, which
 *            has so many threads
 *   tasks    thread by thread, as before 3.0: read the source's thread
 *            list, write each number, again until the list is empty; one
 *            operation is the whole sweep
 *   zero     `0` to the thread file, the attacher moves itself: the one
 *            write that takes no write lock (since 5.5)
 *   same     the tgid to the cgroup where it already is: all of the lock,
 *            none of the move
 *   missing  the number of no process: ESRCH, as fast as the kernel says so
 *            (before 6.18 it took the lock first)
 *   zombie   the number of a process that has exited and is not reaped: the
 *            write succeeds and moves nothing
 *
 * spread: the threads of the group are in so many cgroups when it is moved:
 * before each write, outside of the sample, all but one of these get a thread
 * each of those that are where the group is. The kernel then looks for the
 * way of each cgroup's tasks by itself. These moves take the lock as well, so
 * the sample never pays for a grace period.
 *
 * into: the cgroup that is moved into is frozen, or its pids.max is 1 (a limit
 * that refuses forks and no move). One operation is then a move into it; the
 * way back, which is as long a write, is outside of the sample, and so is the
 * answer of all threads that they run again. These never pay for a grace
 * period either. plain: moved in the same way into an ordinary cgroup, which
 * is what frozen and full are to be compared with.
 *
 * In v2 threads are apart only inside a threaded domain: for tasks, zero and
 * spread the cgroups are made threaded.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "bench.h"
#include "mark.h"
#include "mover.h"
#include "rcu.h"
#include "undo.h"

#define NO_PID 4194304	/* PID_MAX_LIMIT: numbers are smaller than that */
#define MAX_PASSES 64	/* of a sweep over the source; threads do not clone */
#ifndef STOP_NS
#define STOP_NS 30000000000ull	/* for a group to stand still */
#endif
#define BACK_MS 60000		/* for a group to run again */
#define MAX_APART 512	/* cgroups that are held open */

enum { BY_PROCS, BY_TASKS, BY_ZERO, BY_SAME, BY_MISSING, BY_ZOMBIE, BY_MEMBER,
       BY_SELF };
enum { INTO_AS_IS, INTO_PLAIN, INTO_FROZEN, INTO_FULL };

static unsigned long threads, attachers, depth, mounted, spread;
static const char *hierarchy;
static double think;
static int by, rcu, into;

static const struct opt opts[] = {
	{ "threads", OPT_UINT, &threads, "1", "1..1000000",
	  "threads in the group that is moved" },
	{ "hierarchy", OPT_WORD, &hierarchy, "v2", NULL,
	  "v2, v2-CONTROLLER, v1-CONTROLLER or v1-name=NAME" },
	{ "think", OPT_TIME, &think, "0", "0..1000",
	  "pause of an attacher between two writes" },
	{ "by", OPT_CHOICE, &by, "procs", "procs tasks zero same missing zombie "
	  "member self",
	  "what is written where" },
	{ "attachers", OPT_UINT, &attachers, "1", "1..1024",
	  "actors that write at the same time, each moving its own group" },
	{ "depth", OPT_UINT, &depth, "0", "0..64",
	  "levels of cgroups between ours and the two" },
	{ "spread", OPT_UINT, &spread, "1", "1..512",
	  "cgroups that the threads of the group are in before each write" },
	{ "into", OPT_CHOICE, &into, "as-is", "as-is plain frozen full",
	  "state of the destination cgroup" },
	{ "mounted", OPT_UINT, &mounted, "0", "0..32",
	  "additional v1 hierarchies to mount, without controllers" },
	{ "rcu", OPT_CHOICE, &rcu, "as-is", RCU_WORDS, RCU_HELP },
	OPT_END
};

struct mine {			/* one attacher's, shared with the parent */
	struct mover	mover;
	struct tg	tg;
	int64_t		writes;	/* the kernel's count when the loop began */
	unsigned int	extra;	/* writes of the loop that are no operation */
	pid_t		*member;	/* threads but the leader, `apart` many */
	struct cg	*apart;		/* where one of these goes each */
	struct tg_call	call;		/* on the way back from `into` */
};

static struct cg_hier hier;
static struct cg base = CG_NONE, above = CG_NONE;
static struct mine *mine;

static bool per_thread(void)
{
	return by == BY_TASKS || by == BY_ZERO;
}

/* Is it a move of the group by its number? */
static bool by_number(void)
{
	return by == BY_PROCS || by == BY_MEMBER;
}

/* Is a sample a move into b, and the way back none? */
static bool one_way(void)
{
	return into != INTO_AS_IS;
}

static unsigned long apart(void)
{
	return spread - 1;
}

static const char *bad(void)
{
	if (by == BY_MEMBER && threads < 2)
		return "--by member: a group of one has the leader only, so "
		       "--threads must be 2 or more";
	if (spread > 1 && (!by_number() || think > 0))
		return "--spread: the group has just been put apart; use it "
		       "with --by procs or member and --think 0";
	if (spread > threads || spread * attachers > MAX_APART)
		return "--spread: must be at most --threads, and with "
		       "--attachers 512 in all";
	if (one_way() && (!by_number() || think > 0 || spread > 1))
		return "--into: the group has just come back; use it with "
		       "--by procs or member, --think 0 and --spread 1";
	if (into == INTO_FROZEN && !strncmp(hierarchy, "v1-", 3) &&
	    strcmp(hierarchy, "v1-freezer"))
		return "--into frozen: of v1, v1-freezer alone can freeze";
	if (into == INTO_FULL && strcmp(hierarchy, "v1-pids") &&
	    strcmp(hierarchy, "v2-pids"))
		return "--into full: use --hierarchy v1-pids or v2-pids";
	if (by == BY_ZERO && threads != 1)
		return "--by zero: the attacher moves itself, so --threads "
		       "must be 1";
	if (by == BY_ZOMBIE && threads != 1)
		return "--by zombie: of the dead only the leader is left, so "
		       "--threads must be 1";
	return cg_hier_bad(hierarchy);
}

static const char *missing(void)
{
	const char *why = cg_hier_missing(hierarchy, &hier);
	struct cg_hier own;

	if (!why && mounted)
		why = cg_hier_missing("v1-own", &own);
	if (!why)
		why = rcu_missing(rcu);
	return why ? why : tg_missing(attachers * threads);
}

static double pace(void)
{
	return think;
}

static double overhead(void)
{
	return 0.01 + attachers * (tg_seconds(threads) + apart() * 200e-6);
}

static int make_threaded(const struct cg *cg)
{
	int ret = cg_write(cg, "cgroup.type", "threaded");

	if (ret)
		bench_why("%s: cgroup.type: %s", cg->path, strerror(-ret));
	return ret;
}

static int setup_apart(struct mine *m, unsigned int nr)
{
	unsigned long want = by == BY_MEMBER && !apart() ? 1 : apart();
	char name[48];
	int ret = 0;

	if (!want)
		return 0;
	m->member = calloc(want, sizeof(*m->member));
	m->apart = calloc(want, sizeof(*m->apart));
	if (!m->member || !m->apart)
		return -ENOMEM;
	for (unsigned long i = 0; i < want; i++)
		m->apart[i].dir = -1;
	if (tg_members(m->tg.pid, m->member, want) != (long)want) {
		bench_why("fewer than %lu threads but the leader", want);
		return -ECHILD;
	}
	for (unsigned long i = 0; i < apart() && !ret; i++) {
		snprintf(name, sizeof(name), "apart%u-%lu", nr, i);
		ret = cg_make(&hier, &above, name, &m->apart[i]);
		if (ret)
			bench_why("making %s in %s: %s", name, above.path,
				  strerror(-ret));
		else if (hier.version == 2)
			ret = make_threaded(&m->apart[i]);
	}
	return ret;
}

/* b to what it is moved into, or back to what it was made as. */
static int set_state(const struct mover *m, bool on)
{
	const char *file = "pids.max", *value = on ? "1" : "max";
	int ret;

	if (into == INTO_AS_IS || into == INTO_PLAIN)
		return 0;
	if (into == INTO_FROZEN) {
		file = hier.version == 1 ? "freezer.state" : "cgroup.freeze";
		value = hier.version == 2 ? (on ? "1" : "0") :
			on ? "FROZEN" : "THAWED";
	}
	ret = cg_write(&m->b, file, value);
	if (ret)
		bench_why("%s of %s: %s", file, m->b.path, strerror(-ret));
	return ret;
}

static int setup_one(unsigned int nr)
{
	struct mine *m = &mine[nr];
	const struct cg *const group[] = {
		&m->mover.a, &m->mover.b, &m->mover.drain,
	};
	const char *file = "cgroup.procs";
	int ret;

	if (per_thread())
		file = hier.version == 1 ? "tasks" : "cgroup.threads";
	ret = mover_make(&m->mover, &hier, &above, nr, file);
	if (ret)
		return ret;
	for (int i = 0; i < 3 && hier.version == 2 &&
	     (per_thread() || apart()); i++) {
		ret = make_threaded(group[i]);
		if (ret)
			return ret;
	}
	mover_value(&m->mover, by == BY_MISSING ? NO_PID : 0);
	if (by == BY_ZERO || by == BY_MISSING || by == BY_SELF)
		return 0;
	ret = tg_create_more(&m->tg, threads, NULL, &(struct tg_more){
			     .call = one_way() ? &m->call : NULL });
	if (ret) {
		bench_why("a thread group of %lu threads: %s", threads,
			  strerror(-ret));
		return ret;
	}
	if (by != BY_TASKS)
		mover_value(&m->mover, m->tg.pid);
	ret = cg_write_pid(&m->mover.a, "cgroup.procs", m->tg.pid);
	if (ret)
		bench_why("cgroup.procs of %s: %s", m->mover.a.path,
			  strerror(-ret));
	if (!ret)
		ret = setup_apart(m, nr);
	if (!ret)
		ret = set_state(&m->mover, true);
	if (!ret && by == BY_MEMBER)
		mover_value(&m->mover, m->member[0]);
	if (!ret && by == BY_ZOMBIE &&
	    (kill(m->tg.pid, SIGKILL) ||
	     waitid(P_PID, m->tg.pid, NULL, WEXITED | WNOWAIT))) {
		ret = -errno;
		bench_why("making a zombie: %s", strerror(-ret));
	}
	return ret;
}

static int setup(void)
{
	int ret = bench_room(attachers * threads);

	if (ret)
		return ret;
	mine = bench_shared(attachers * sizeof(*mine));
	if (!mine)
		return -ENOMEM;
	ret = rcu_set(rcu);
	if (ret)
		return ret;
	/* Number 0 is that of v1-own. */
	for (unsigned long i = 1; i <= mounted && !ret; i++)
		ret = undo_hierarchy(i);
	if (!ret)
		ret = cg_base(&hier, &base);
	if (!ret)
		ret = cg_deep(&hier, &base, depth, &above);
	if (ret)
		bench_why("making a cgroup in %s: %s", hier.mount,
			  strerror(-ret));
	for (unsigned int i = 0; i < attachers && !ret; i++)
		ret = setup_one(i);
	return ret;
}

static int enter(unsigned int nr)
{
	struct mine *m = &mine[nr];
	int ret = 0;

	if (by == BY_ZERO || by == BY_SELF)
		ret = cg_write(&m->mover.a, "cgroup.procs", "0");
	if (!ret && by == BY_SELF)
		ret = tg_park(threads - 1);
	m->writes = mover_writes(getpid());
	return ret;
}

/*
 * Thread by thread until the source is empty. Returns threads moved, or
 * -errno. The list is read anew for every pass: what was cloned meanwhile
 * is in it.
 */
static long sweep(const struct mover *m, unsigned int side)
{
	const struct cg *from = side ? &m->a : &m->b;
	const char *file = cg_threads_file(from);
	static char list[1 << 16];
	long moved = 0;

	for (int pass = 0; pass < MAX_PASSES; pass++) {
		int fd = cg_open(from, file, O_RDONLY);
		size_t have = 0;
		long seen = 0;
		ssize_t n;

		if (fd < 0)
			return fd;
		while ((n = read(fd, list + have, sizeof(list) - have)) > 0) {
			char *p = list, *end = list + have + n, *nl;

			for (; (nl = memchr(p, '\n', end - p)); p = nl + 1) {
				seen++;
				if (write(m->fd[side], p, nl - p) == nl - p)
					moved++;
				else if (errno != ESRCH) {
					n = -errno;
					close(fd);
					return n;
				}
			}
			have = end - p;
			memmove(list, p, have);
		}
		if (n < 0)
			n = -errno;
		close(fd);
		if (n < 0)
			return n;
		if (!seen)
			return moved;
	}
	return -ELOOP;
}

static int loop_sweep(struct mover *m, struct lat *lat)
{
	while (loop_more(lat)) {
		uint64_t begin;
		long moved;

		if (!bench_think(lat, clock_from_s(think)))
			return 0;
		begin = clock_ns();
		mark_begin();
		moved = sweep(m, !m->at);
		mark_end();
		if (moved < 0) {
			bench_why("sweep of tasks: %s", strerror(-moved));
			return moved;
		}
		lat_add(lat, clock_ns() - begin);
		m->at = !m->at;
		if (moved != (long)threads) {
			bench_why("sweep of tasks moved %ld of %lu threads",
				  moved, threads);
			return -EBADMSG;
		}
	}
	return 0;
}

/* The threads to where they are before a write; as a group they are in m->at. */
static int put_apart(const struct mine *m)
{
	int ret = 0;

	for (unsigned long i = 0; i < apart() && !ret; i++) {
		const char *file = cg_threads_file(&m->apart[i]);

		ret = cg_write_pid(&m->apart[i], file, m->member[i]);
		if (ret)
			bench_why("%s of %s: %s", file, m->apart[i].path,
				  strerror(-ret));
	}
	return ret;
}

/*
 * Where the attacher moves itself nobody else can make the write by which
 * verify() sees a move of less than the whole group: end in b, always, after
 * the last phase.
 */
static int end_in_b(struct mine *m, const struct lat *lat)
{
	int ret;

	if (by != BY_SELF || m->mover.at || lat->until < GATE_STOP)
		return 0;
	mover_write(&m->mover, 1, &ret);
	if (ret)
		bench_why("one more move: %s", strerror(-ret));
	m->mover.at = 1;
	m->extra = 1;
	return ret;
}

/*
 * Where only the way there is timed: back, until every thread has run, for
 * those that were frozen would do so beside the next move.
 */
static int back(struct mine *one)
{
	struct mover *m = &one->mover;
	ssize_t n;
	int ret;

	if (!one_way())
		return 0;
	n = write(m->fd[0], m->value, m->len);
	ret = n == m->len ? 0 : n < 0 ? -errno : -EIO;
	m->at = 0;
	if (!ret) {
		tg_call(&one->call, threads);
		ret = tg_answered(&one->call, BACK_MS);
	}
	if (ret)
		bench_why("back to %s: %s", m->a.path, strerror(-ret));
	return ret;
}

static int loop(unsigned int nr, struct lat *lat)
{
	struct mover *m = &mine[nr].mover;
	const int want = by == BY_MISSING ? -ESRCH : 0;
	const unsigned int flip = by_number() || by == BY_ZERO ||
		by == BY_SELF;
	const unsigned int other = flip || by == BY_ZOMBIE;

	if (by == BY_TASKS)
		return loop_sweep(m, lat);
	while (loop_more(lat)) {
		uint64_t ns;
		int ret;

		if (!bench_think(lat, clock_from_s(think)))
			break;
		ret = put_apart(&mine[nr]);
		if (ret)
			return ret;
		ns = mover_write(m, m->at ^ other, &ret);
		if (ret != want) {
			bench_why("%s of %s: %s", by == BY_ZERO ? "threads file"
				  : "cgroup.procs", (m->at ^ other) ?
				  m->b.path : m->a.path,
				  ret ? strerror(-ret) : "succeeded");
			return ret ? ret : -EBADMSG;
		}
		m->at ^= flip;
		ret = back(&mine[nr]);
		if (ret)
			return ret;
		lat_add(lat, ns);
	}
	return end_in_b(&mine[nr], lat);
}

/* Nothing was moved: no cgroup has a task. */
static int verify_nobody(const struct mover *m)
{
	long a = cg_threads(&m->a), b = cg_threads(&m->b);

	if (!a && !b)
		return 0;
	bench_why("%ld tasks in %s and %ld in %s, where there is nobody", a,
		  m->a.path, b, m->b.path);
	return -1;
}

/* Once more, looking where the threads are before. */
static int verify_apart(struct mine *m)
{
	const struct cg *home = m->mover.at ? &m->mover.b : &m->mover.a;
	long left, each = 1;

	if (put_apart(m))
		return -1;
	left = cg_threads(home);
	for (unsigned long i = 0; i < apart() && each == 1; i++)
		each = cg_threads(&m->apart[i]);
	if (each != 1 || left != (long)(threads - apart())) {
		bench_why("%ld threads in a cgroup apart, not 1; %ld in %s, not "
			  "%lu", each, left, home->path, threads - apart());
		return -1;
	}
	return mover_verify_step(&m->mover, m->tg.pid, threads);
}

/* Does everything in CG, which is not empty, stand still? */
static bool is_frozen(const struct cg *cg)
{
	char text[256] = "";
	int fd;

	if (hier.version == 1)
		return cg_read(cg, "freezer.state", text, sizeof(text)) > 0 &&
			!strcmp(text, "FROZEN");
	fd = cg_open(cg, "cgroup.events", O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	if (fd >= 0)
		close(fd);
	return strstr(text, "frozen 1\n") != NULL;
}

/* mover_verify_move() has left the group in b. Is b what it is to be? */
static int verify_state(const struct mover *m)
{
	char text[64] = "";
	uint64_t since = clock_ns();

	if (into == INTO_PLAIN)
		return 0;
	if (into == INTO_FULL) {
		cg_read(&m->b, "pids.max", text, sizeof(text));
		if (!strcmp(text, "1"))
			return 0;
	}
	/* A group of sleepers stops in its own time. */
	while (into == INTO_FROZEN && clock_ns() - since < STOP_NS) {
		if (is_frozen(&m->b))
			return 0;
		sched_yield();
	}
	bench_why("%s is not %s", m->b.path, into == INTO_FULL ? "full" :
		  "frozen with the group in it");
	return -1;
}

static int verify_one(unsigned int nr)
{
	struct mover *m = &mine[nr].mover;
	uint64_t done = bench_done("attacher", nr);
	pid_t pid = bench_pid("attacher", nr);
	uint64_t writes = by == BY_TASKS ? done * threads :
		done * (spread + one_way());
	bool moves = by != BY_SAME && by != BY_MISSING && by != BY_ZOMBIE &&
		!one_way();

	if (mover_verify_writes(pid, mine[nr].writes, writes + mine[nr].extra))
		return -1;
	/* There and back again: where it ends tells odd from even. */
	if (m->at != (moves ? (done + mine[nr].extra) & 1 : 0) ||
	    (by == BY_SELF && !m->at)) {
		bench_why("attacher %u: %lu moves end in the wrong cgroup", nr,
			  done);
		return -1;
	}
	if (by == BY_MISSING)
		return 0;
	if (by == BY_ZOMBIE)
		return verify_nobody(m);
	if (by == BY_MEMBER && mine[nr].member[0] == mine[nr].tg.pid) {
		bench_why("attacher %u wrote the number of the leader", nr);
		return -1;
	}
	if (by_number() && mover_verify_move(m, mine[nr].tg.pid, threads))
		return -1;
	if (one_way())
		return verify_state(m);
	if (apart())
		return verify_apart(&mine[nr]);
	if (by_number())
		return 0;
	if (by == BY_ZERO || by == BY_SELF)
		return mover_verify(m, m->at, pid, threads);
	return mover_verify(m, m->at, mine[nr].tg.pid, threads);
}

static int verify(void)
{
	for (unsigned int i = 0; i < attachers; i++)
		if (verify_one(i))
			return -1;
	return 0;
}

static void cleanup(void)
{
	for (unsigned int i = 0; mine && i < attachers; i++) {
		if (mine[i].mover.b.dir > 0)
			set_state(&mine[i].mover, false);
		mover_unmake(&mine[i].mover, &mine[i].tg);
		for (unsigned long j = 0; mine[i].apart && j < apart(); j++)
			cg_close(&mine[i].apart[j]);
	}
	cg_close(&above);
	cg_close(&base);
}

const struct bench bench = {
	.name = "attach",
	.summary = "move a thread group to another cgroup and back",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "attacher", .nr = &attachers, .enter = enter,
		  .loop = loop },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .overhead = overhead,
		   .pace = pace },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
