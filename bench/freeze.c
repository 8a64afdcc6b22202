// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * freeze - how long until a cgroup stands still, and until it runs again
 *
 * The cgroup holds one process whose threads all sleep in futex(2). It is
 * frozen and thawed in turns (v1 freezer.state, v2 cgroup.freeze); one of
 * the two is the operation, the other is made outside of the sample.
 *
 * do:
 *   freeze   the sample lasts from right before the write until the kernel
 *            says that the cgroup is frozen: freezer.state (v1) or
 *            cgroup.events (v2) is read again and again, the CPU left to
 *            others in between. The last reading is in it.
 *   thaw     until the last thread has answered: all were called while they
 *            were frozen, so each answers as soon as it runs
 *   A write that is waited for outside of the sample: --until write.
 *
 * In v1 before 6.1, and in v2, each thread has to wake up to stand still. In
 * v1 since 6.1 one that sleeps where it may be frozen stays asleep.
 *
 * While the cgroup says that it is frozen no thread may answer: that is looked
 * at after each call, and at the end once more with 20 ms to answer in.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "cg.h"
#include "err.h"
#include "mark.h"
#include "tg.h"

#define PATIENCE_MS 60000	/* for a state that does not come */
#define STILL_NS 20000000	/* time to answer in, for who does not stand still */

enum { DO_FREEZE, DO_THAW };
enum { UNTIL_DONE, UNTIL_WRITE };

static unsigned long threads;
static const char *hierarchy;
static double think;
static int what, until;

static const struct opt opts[] = {
	{ "do", OPT_CHOICE, &what, "freeze", "freeze thaw",
	  "which of the two is timed" },
	{ "until", OPT_CHOICE, &until, "done", "done write",
	  "until all threads have stopped or run again, or the write returns" },
	{ "threads", OPT_UINT, &threads, "1", "1..1000000",
	  "threads in the cgroup" },
	{ "hierarchy", OPT_WORD, &hierarchy, "v2", NULL,
	  "v2, v2-CONTROLLER or v1-freezer" },
	{ "think", OPT_TIME, &think, "0", "0..1000",
	  "pause before the operation" },
	OPT_END
};

struct shared {
	struct tg_call	call;
	uint64_t	thawed;		/* rounds in which all have answered, */
	uint64_t	stopped;	/* and of them not reported: the last */
	uint64_t	ran;		/* answers that came while frozen */
};

static struct cg_hier hier;
static struct cg base = CG_NONE, group = CG_NONE;
static struct tg tg = TG_NONE;
static struct shared *all;
static int control = -1, state = -1;	/* to write and to read */

static const char *bad(void)
{
	const char *why = cg_hier_bad(hierarchy);

	if (!why && !strncmp(hierarchy, "v1-", 3) &&
	    strcmp(hierarchy, "v1-freezer"))
		why = "--hierarchy: of v1, v1-freezer alone can freeze";
	return why;
}

static const char *missing(void)
{
	const char *why = cg_hier_missing(hierarchy, &hier);

	return why ? why : tg_missing(threads);
}

static double pace(void)
{
	return think;
}

static double overhead(void)
{
	return 0.02 + tg_seconds(threads);
}

static int setup(void)
{
	const bool v1 = hier.version == 1;
	int ret = bench_room(threads);

	if (ret)
		return ret;
	all = bench_shared(sizeof(*all));
	if (!all)
		return -ENOMEM;
	ret = cg_base(&hier, &base);
	if (!ret)
		ret = cg_make(&hier, &base, "freeze", &group);
	if (ret) {
		bench_why("making a cgroup in %s: %s", hier.mount,
			  strerror(-ret));
		return ret;
	}
	control = cg_open(&group, v1 ? "freezer.state" : "cgroup.freeze",
			  O_WRONLY);
	if (control == -ENOENT) {
		bench_why("cgroup.freeze: not in this kernel (5.2 has it)");
		return EXIT_SKIP;
	}
	state = cg_open(&group, v1 ? "freezer.state" : "cgroup.events",
			O_RDONLY);
	if (control < 0 || state < 0) {
		ret = control < 0 ? control : state;
		bench_why("the state of %s: %s", group.path, strerror(-ret));
		return ret;
	}
	ret = tg_create_more(&tg, threads, &group,
			     &(struct tg_more){ .call = &all->call });
	if (ret)
		bench_why("a thread group of %lu threads in %s: %s", threads,
			  group.path, strerror(-ret));
	return ret;
}

/* Ask for it. 0 or -errno. */
static int ask(bool frozen)
{
	const char *word = hier.version == 2 ? (frozen ? "1" : "0") :
		frozen ? "FROZEN" : "THAWED";
	ssize_t len = strlen(word), n = write(control, word, len);

	return n == len ? 0 : n < 0 ? -errno : -EIO;
}

/* Does the kernel say that all of it stands still? 1, 0 or -errno. */
static int is_frozen(void)
{
	char text[256];
	ssize_t n = pread(state, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return hier.version == 2 ? strstr(text, "frozen 1\n") != NULL :
		!strcmp(text, "FROZEN\n");
}

static int wait_frozen(void)
{
	const uint64_t patience = PATIENCE_MS * 1000000ull;
	uint64_t since = 0;
	int ret;

	while (!(ret = is_frozen())) {
		sched_yield();
		since = since ? since : clock_ns();
		if (clock_ns() - since > patience)
			return -ETIMEDOUT;
	}
	return ret < 0 ? ret : 0;
}

static int wait_done(bool frozen)
{
	return frozen ? wait_frozen() : tg_answered(&all->call, PATIENCE_MS);
}

/* Ask for it, and wait for it. What was timed of that is in *NS. */
static int change(bool frozen, uint64_t *ns)
{
	uint64_t begin, end;
	int ret;

	begin = clock_ns();
	mark_begin();
	ret = ask(frozen);
	if (!ret && until == UNTIL_DONE)
		ret = wait_done(frozen);
	mark_end();
	end = clock_ns();
	if (!ret && until == UNTIL_WRITE)
		ret = wait_done(frozen);
	*ns = end - begin;
	return ret;
}

/* The threads are called and get so many NS; they must not answer. */
static void call(long ns)
{
	uint64_t before = all->call.answers;

	tg_call(&all->call, threads);
	if (ns)
		nanosleep(&(struct timespec){ .tv_nsec = ns }, NULL);
	all->ran += __atomic_load_n(&all->call.answers, __ATOMIC_SEQ_CST) -
		before;
}

/*
 * Freeze, call, thaw, with the pause before what is timed. 1: done, 0: time
 * to stop, or -errno. What was frozen is thawed in any case.
 */
static int one_round(const struct lat *lat, uint64_t *ns)
{
	const uint64_t pause_ns = clock_from_s(think);
	uint64_t other;
	bool stop = false;
	int ret;

	if (what == DO_FREEZE && !bench_think(lat, pause_ns))
		return 0;
	ret = change(true, what == DO_FREEZE ? ns : &other);
	if (!ret)
		call(0);
	if (!ret && what == DO_THAW)
		stop = !bench_think(lat, pause_ns);
	if (!ret)
		ret = change(false, what == DO_THAW ? ns : &other);
	if (ret) {
		bench_why("%s does not freeze and thaw: %s", group.path,
			  strerror(-ret));
		return ret;
	}
	all->thawed++;
	all->stopped += stop;
	return !stop;
}

static int loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	while (loop_more(lat)) {
		uint64_t ns;
		int ret = one_round(lat, &ns);

		if (ret <= 0)
			return ret;
		lat_add(lat, ns);
	}
	return 0;
}

/* Once more, and with time to answer in. */
static int verify_still(void)
{
	uint64_t ns;
	int ret = change(true, &ns);

	if (!ret)
		call(STILL_NS);
	if (!ret)
		ret = change(false, &ns);
	if (ret)
		bench_why("%s, once more: %s", group.path, strerror(-ret));
	else if (all->ran)
		bench_why("%" PRIu64 " answers in %s while it was frozen",
			  all->ran, group.path);
	return ret || all->ran ? -1 : 0;
}

static int verify(void)
{
	uint64_t said = bench_done("freezer", 0);
	long inside = cg_threads(&group);

	if (inside != (long)threads || tg_threads(tg.pid) != inside) {
		bench_why("%ld threads in %s and %ld in the process, %lu due",
			  inside, group.path, tg_threads(tg.pid), threads);
		return -1;
	}
	if (all->thawed - all->stopped == said && !is_frozen() &&
	    all->call.answers == all->thawed * threads)
		return verify_still();
	bench_why("%" PRIu64 " answers of %lu threads, thawed %" PRIu64
		  " times, %" PRIu64 " reported", all->call.answers, threads,
		  all->thawed - all->stopped, said);
	return -1;
}

static void cleanup(void)
{
	if (control >= 0) {
		ask(false);		/* v1: the frozen cannot die */
		close(control);
	}
	if (state >= 0)
		close(state);
	tg_destroy(&tg);
	cg_remove(&group, 30);
	cg_close(&base);
}

const struct bench bench = {
	.name = "freeze",
	.summary = "freeze a cgroup until it stands still, thaw it again",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "freezer", .loop = loop },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .overhead = overhead,
		   .pace = pace },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
