// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * release - how long until somebody is told that a cgroup is empty
 *
 * One operation lets the last task of a cgroup die, by SIGKILL. A sample
 * lasts from right before kill(2) until the news has arrived:
 *   v1-agent   in a v1 hierarchy of our own with notify_on_release: the
 *              kernel starts the release agent, a program, for every group
 *              that becomes empty; it sends a signal to the actor. The
 *              agent is this very file.
 *   v2-events  cgroup.events has said `populated 0`: poll(2), then a read
 * Making the process, in the cgroup from its first moment on, is not in the
 * sample.
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

enum { BY_AGENT, BY_EVENTS };

static unsigned long watchers;
static double lives;
static int by;

static const struct opt opts[] = {
	{ "by", OPT_CHOICE, &by, "v2-events", "v1-agent v2-events",
	  "who brings the news" },
	{ "alive", OPT_TIME, &lives, "0.05", "0..1000",
	  "the last task lives so long before it dies" },
	{ "watchers", OPT_UINT, &watchers, "1", "1..64",
	  "actors, each with a cgroup of its own" },
	OPT_END
};

struct watcher {		/* shared with the parent */
	struct cg	in;
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

static const char *missing(void)
{
	const char *why = cg_hier_missing(by == BY_AGENT ? "v1-own" : "v2",
					  &hier);
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (!why && n <= 0)
		why = "/proc/self/exe cannot be read";
	if (!why)
		why = by == BY_AGENT ? cg_agent_missing() : child_into_missing();
	return why ? why : tg_missing(watchers);
}

static double pace(void)
{
	return lives;
}

static int setup(void)
{
	int ret = tg_room(watchers);
	sigset_t news;

	watcher = bench_shared(watchers * sizeof(*watcher));
	if (!watcher)
		return -ENOMEM;
	for (unsigned int i = 0; i < watchers; i++)
		watcher[i].in.dir = -1;
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
	return ret;
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

static int loop(unsigned int nr, struct lat *lat)
{
	struct watcher *w = &watcher[nr];
	int events = by == BY_EVENTS ?
		     cg_open(&w->in, "cgroup.events", O_RDONLY) : -1;
	int ret = 0;

	while (!ret && loop_more(lat)) {
		struct tg tg = TG_NONE;
		uint64_t begin, end;

		ret = tg_create_in(&tg, 1, &w->in);
		if (!ret && !bench_think(lat, clock_from_s(lives))) {
			/* Its news would be taken for that of the next. */
			kill(tg.pid, SIGKILL);
			ret = told(events);
			tg_destroy(&tg);
			break;
		}
		/* Alive until now, and of its birth all is known. */
		if (!ret && (cg_threads(&w->in) != 1 ||
			     (events >= 0 && is_empty(events)))) {
			bench_why("process %d died before it was ended",
				  tg.pid);
			ret = -ECHILD;
		}
		begin = clock_ns();
		if (!ret && kill(tg.pid, SIGKILL))
			ret = -errno;
		if (!ret)
			ret = told(events);
		end = clock_ns();
		if (!ret && !cg_threads(&w->in))
			w->released++;
		tg_destroy(&tg);
		if (!ret)
			lat_add(lat, end - begin);
	}
	if (ret)
		bench_why("news of %s: %s", w->in.path, strerror(-ret));
	if (events >= 0)
		close(events);
	return ret;
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
	.summary = "from the death of the last task to the news of it",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "watcher", .nr = &watchers, .enter = enter,
		  .loop = loop },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .pace = pace },
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
