// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * release - how long until somebody is told that a cgroup is empty
 *
 * One operation makes a cgroup empty. A sample lasts from right before the
 * first of its system calls until the news has arrived:
 *   v1-agent   in a v1 hierarchy of our own with notify_on_release: the
 *              kernel starts the release agent, a program, for every group
 *              that becomes empty; it sends a signal to the actor. The
 *              agent is this very file.
 *   v2-events  cgroup.events has said `populated 0`: poll(2), then a read
 * Making the processes, in the cgroup from their first moment on, is not in
 * the sample.
 *
 * trigger:
 *   exit    so many `tasks` (processes of one thread) are killed, one kill(2)
 *           each, without waiting in between
 *   leave   they are moved to another cgroup, one write(2) each; that file is
 *           open
 *   child   there are none: the last child of the cgroup is removed, rmdir(2);
 *           v1 alone tells of it
 *
 * alive: for how long the process lives before. v2 tells of changes of one
 * cgroup at most once per 10 ms, rounded up to jiffies. News of a death so
 * soon after the birth waits, and that of a birth so soon after the last
 * death, so that alive is to be over twice that if neither is asked for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "cg.h"
#include "child.h"
#include "tg.h"

#define PATIENCE_NS 10000000000ull	/* for news that will not come */

#define MAX_TASKS 256

enum { BY_AGENT, BY_EVENTS };
enum { ON_EXIT, ON_LEAVE, ON_CHILD };

static unsigned long watchers, tasks;
static double lives;
static int by, on;

static const struct opt opts[] = {
	{ "by", OPT_CHOICE, &by, "v2-events", "v1-agent v2-events",
	  "how the watcher is notified" },
	{ "trigger", OPT_CHOICE, &on, "exit", "exit leave child",
	  "how the cgroup becomes empty" },
	{ "tasks", OPT_UINT, &tasks, "1", "1..256",
	  "processes that exit or leave at once" },
	{ "alive", OPT_TIME, &lives, "0.05", "0..1000",
	  "how long the last task or child exists before it goes" },
	{ "watchers", OPT_UINT, &watchers, "1", "1..64",
	  "actors, each with a cgroup of its own" },
	OPT_END
};

struct watcher {		/* shared with the parent */
	struct cg	in, away;
	int		out;		/* cgroup.procs of away */
	uint64_t	released;	/* found empty when told so */
};

static struct cg_hier hier;
static struct cg base = CG_NONE;
static struct watcher *watcher;
static char self[PATH_MAX];

/*
 * The release agent: the kernel starts this file with the path of the empty
 * cgroup, /forkpath/PARENT/GROUP-ACTOR. Nobody else gives such an argument.
 */
static void __attribute__((constructor)) agent(int argc, char **argv)
{
	int nr, pid;

	if (argc != 2 ||
	    sscanf(argv[1], "/forkpath/%*d/release%d-%d", &nr, &pid) != 2)
		return;
	_exit(kill(pid, SIGRTMIN) ? 1 : 0);
}

static const char *bad(void)
{
	if (on == ON_CHILD && by == BY_EVENTS)
		return "--trigger child: v2 tells of tasks alone; use --by "
		       "v1-agent";
	if (on == ON_CHILD && tasks != 1)
		return "--trigger child: there are no tasks, so --tasks must "
		       "be 1";
	return NULL;
}

static const char *missing(void)
{
	const char *why = cg_hier_missing(by == BY_AGENT ? "v1-own" : "v2",
					  &hier);
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (!why && n <= 0)
		why = "/proc/self/exe cannot be read";
	if (!why)
		why = by == BY_AGENT ? cg_agent_missing() : child_into_missing();
	return why ? why : tg_missing(watchers * tasks);
}

static double pace(void)
{
	return lives;
}

static int setup(void)
{
	int ret = bench_room(watchers * tasks);
	sigset_t news;

	watcher = bench_shared(watchers * sizeof(*watcher));
	if (!watcher)
		return -ENOMEM;
	for (unsigned int i = 0; i < watchers; i++)
		watcher[i].in.dir = watcher[i].away.dir = -1;
	if (!ret)
		ret = cg_base(&hier, &base);
	if (!ret && by == BY_AGENT) {
		struct cg top = { .dir = -1 };

		top.dir = open(hier.mount, O_DIRECTORY | O_CLOEXEC);
		ret = cg_write(&top, "release_agent", self);
		cg_close(&top);
	}
	if (ret)
		bench_why("%s: %s", hier.mount, strerror(-ret));
	sigemptyset(&news);
	sigaddset(&news, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &news, NULL);
	return ret;
}

/* Its name has the actor's number, by which the agent finds it. */
static int enter(unsigned int nr)
{
	struct cg *in = &watcher[nr].in;
	char name[40];
	int ret;

	snprintf(name, sizeof(name), "release%u-%d", nr, getpid());
	ret = cg_make(&hier, &base, name, in);
	if (!ret && by == BY_AGENT)
		ret = cg_write(in, "notify_on_release", "1");
	if (ret || on != ON_LEAVE)
		return ret;
	snprintf(name, sizeof(name), "away%u", nr);
	ret = cg_make(&hier, &base, name, &watcher[nr].away);
	if (!ret)
		ret = watcher[nr].out = cg_open(&watcher[nr].away,
						"cgroup.procs", O_WRONLY);
	return ret < 0 ? ret : 0;
}

/* 1: it is empty, 0: not yet; or -errno. */
static int is_empty(int events)
{
	char text[256];
	ssize_t n = pread(events, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return strstr(text, "populated 0\n") != NULL;
}

/* Wait for the news. 0 or -errno. */
static int told(int events)
{
	uint64_t deadline = clock_ns() + PATIENCE_NS;
	sigset_t news;
	int ret;

	sigemptyset(&news);
	sigaddset(&news, SIGRTMIN);
	while (clock_ns() < deadline) {
		if (by == BY_AGENT) {
			ret = sigtimedwait(&news, NULL,
					   &(struct timespec){ .tv_sec = 1 });
			if (ret == SIGRTMIN)
				return 0;
			if (errno != EAGAIN && errno != EINTR)
				return -errno;
			continue;
		}
		poll(&(struct pollfd){ .fd = events, .events = POLLPRI }, 1,
		     1000);
		ret = is_empty(events);
		if (ret)
			return ret < 0 ? ret : 0;
	}
	return -ETIMEDOUT;
}

/* What will go: tasks, or a child. 0 or -errno. */
static int fill(struct watcher *w, struct tg *tg)
{
	struct cg child = CG_NONE;
	int ret = 0;

	if (on == ON_CHILD) {
		ret = cg_make(&hier, &w->in, "child", &child);
		cg_close(&child);
		return ret;
	}
	for (unsigned long i = 0; i < tasks && !ret; i++)
		ret = tg_create_in(&tg[i], 1, &w->in);
	return ret;
}

/* Alive until now, and of its birth all is known. */
static int filled(const struct watcher *w, int events)
{
	if (on == ON_CHILD)
		return faccessat(w->in.dir, "child", F_OK, 0) ? -errno : 0;
	if (cg_threads(&w->in) == (long)tasks &&
	    (events < 0 || !is_empty(events)))
		return 0;
	bench_why("a process died before it was ended");
	return -ECHILD;
}

/* The operation. 0 or -errno. */
static int empty(const struct watcher *w, const struct tg *tg,
		 char value[][16], const int *len)
{
	if (on == ON_CHILD)
		return unlinkat(w->in.dir, "child", AT_REMOVEDIR) ? -errno : 0;
	for (unsigned long i = 0; i < tasks; i++) {
		if (on == ON_EXIT && kill(tg[i].pid, SIGKILL))
			return -errno;
		if (on == ON_LEAVE && write(w->out, value[i], len[i]) != len[i])
			return -errno;
	}
	return 0;
}

/* One operation. 1: done, 0: time to stop, or -errno. */
static int one(struct watcher *w, int events, struct tg *tg, struct lat *lat)
{
	char value[MAX_TASKS][16];
	int len[MAX_TASKS], ret = fill(w, tg);
	uint64_t begin, end;
	bool stop;

	for (unsigned long i = 0; i < tasks && !ret; i++)
		len[i] = snprintf(value[i], sizeof(value[i]), "%d", tg[i].pid);
	if (ret)
		return ret;
	/* Its news would be taken for that of the next, so it is awaited. */
	stop = !bench_think(lat, clock_from_s(lives));
	ret = stop ? 0 : filled(w, events);
	begin = clock_ns();
	if (!ret)
		ret = empty(w, tg, value, len);
	if (!ret)
		ret = told(events);
	end = clock_ns();
	if (ret || stop)
		return ret;
	if (!cg_threads(&w->in) && faccessat(w->in.dir, "child", F_OK, 0))
		w->released++;
	lat_add(lat, end - begin);
	return 1;
}

static int loop(unsigned int nr, struct lat *lat)
{
	static struct tg tg[MAX_TASKS];
	struct watcher *w = &watcher[nr];
	int events = by == BY_EVENTS ?
		     cg_open(&w->in, "cgroup.events", O_RDONLY) : -1;
	int ret = 1;

	while (ret > 0 && loop_more(lat)) {
		ret = one(w, events, tg, lat);
		for (unsigned long i = 0; i < tasks; i++)
			tg_destroy(&tg[i]);
	}
	if (ret < 0)
		bench_why("news of %s: %s", w->in.path, strerror(-ret));
	if (events >= 0)
		close(events);
	return ret < 0 ? ret : 0;
}

static int verify(void)
{
	for (unsigned int i = 0; i < watchers; i++) {
		uint64_t said = bench_done("watcher", i);

		if (watcher[i].released != said) {
			bench_why("watcher %u: %" PRIu64 " times the cgroup was "
				  "empty when told so, %" PRIu64 " reported",
				  i, watcher[i].released, said);
			return -1;
		}
	}
	return 0;
}

static void cleanup(void)
{
	cg_close(&base);	/* the rest is below it and in the journal */
}

const struct bench bench = {
	.name = "release",
	.summary = "from the end of what is in a cgroup to the news of it",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "watcher", .nr = &watchers, .enter = enter,
		  .loop = loop },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .pace = pace },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
