// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * no-memory - an operation that finds no memory fails as a whole
 *
 * The kernel's fault injection refuses one allocation of one system call: the
 * first, then the second, and so on until the call needs fewer. So each way
 * out of it that a lack of memory has is taken, and none is left to chance.
 *
 * Invariants, for a fork, a new thread, a clone into a cgroup (v2), a move of
 * a group of parked threads, and a mkdir, while another group is moved and
 * clones:
 * - it succeeds or says ENOMEM, a fork also EAGAIN;
 * - a move that fails leaves every thread where it was;
 * - it gives back what it took: moves go on (else they hang, and after them
 *   every fork of the machine), and so does a call like it that is refused
 *   nothing.
 *
 * Only in a guest of the lab, whose kernel has CONFIG_FAULT_INJECTION_DEBUG_FS
 * with FAILSLAB and FAIL_PAGE_ALLOC (./run.sh try --debug builds one); with
 * PROVE_LOCKING it says of a lock that is kept which one it is. An overlap is a
 * move during which such a call was on.
 *
 * Mutation: `unwritten`, some moves are only claimed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "stress.h"

#define DEBUGFS	"/sys/kernel/debug/"
#define THREADS	3
#define MOST	5000	/* allocations of one call */

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
		      CLONE_THREAD | CLONE_SYSVSEM | CLONE_VFORK)

static unsigned long cloners = 1;
static struct tg own = TG_NONE;		/* what is moved here */
static struct cg into = CG_NONE;
static int procs[2] = { -1, -1 };	/* of the pair */
static int side;			/* where own is */
static int nth = -1;			/* fail-nth of this thread */

static const struct opt opts[] = {
	STRESS_OPTIONS("v2 v2-memory v1-freezer v1-cpuset", "v2", "unwritten"),
	OPT_END
};

static const char *missing(void)
{
	const char *why = stress_missing();

	if (why)
		return why;
	if (!getenv("FORKPATH_LAB"))
		return "has allocations refused, only in a guest of the lab";
	if (access("/proc/self/fail-nth", W_OK) ||
	    access(DEBUGFS "failslab", X_OK) ||
	    access(DEBUGFS "fail_page_alloc", X_OK))
		return "this kernel has no FAULT_INJECTION_DEBUG_FS, FAILSLAB "
		       "and FAIL_PAGE_ALLOC";
	return NULL;
}

/* Of which allocations one can be refused: all, without a word. */
static int allow(void)
{
	static const char *const value[][2] = {
		{ "failslab/ignore-gfp-wait", "N" },
		{ "failslab/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/ignore-gfp-highmem", "N" },
		{ "fail_page_alloc/min-order", "0" },
		{ "fail_page_alloc/verbose", "0" },
	};
	char path[120];

	for (size_t i = 0; i < sizeof(value) / sizeof(*value); i++) {
		int fd, ret;

		snprintf(path, sizeof(path), DEBUGFS "%s", value[i][0]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		ret = fd < 0 ? -errno :
		      write(fd, value[i][1], 1) == 1 ? 0 : -errno;
		if (fd >= 0)
			close(fd);
		if (ret)
			return stress_failed(ret, "%s", path);
	}
	return 0;
}

static int setup(void)
{
	int ret = stress_setup();

	if (!ret)
		ret = allow();
	if (!ret)
		ret = cg_make(&stress_hier, &stress_base, "into", &into);
	if (!ret)
		ret = tg_create(&own, THREADS);
	if (!ret)
		ret = cg_write_pid(&stress->pair.a, "cgroup.procs", own.pid);
	if (ret)
		return stress_failed(ret, "a group of its own");
	procs[0] = cg_open(&stress->pair.a, "cgroup.procs", O_WRONLY);
	procs[1] = cg_open(&stress->pair.b, "cgroup.procs", O_WRONLY);
	return procs[0] < 0 || procs[1] < 0 ? -EIO : 0;
}

static int end(void *arg)
{
	(void)arg;
	return 0;
}

/* Refuse the Nth allocation from now on, 0: none. */
static void refuse(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(nth, text, len, 0) != len)
		stress_note("fail-nth", n, -errno);
}

/* Has one been refused? */
static bool was_refused(void)
{
	char text[16] = "";

	return pread(nth, text, sizeof(text) - 1, 0) > 0 && !atoi(text);
}

enum { FORK, THREAD, INTO, MOVE, MKDIR, CALLS };

static const char *const name[CALLS] = {
	"fork", "a new thread", "clone into a cgroup", "a move", "mkdir",
};

/* The call, of which allocation N is refused: 0 or -errno. */
static int call(int what, unsigned int n, bool *refused)
{
	static char stack[65536] __attribute__((aligned(64)));
	char number[16];
	int len = snprintf(number, sizeof(number), "%d", own.pid);
	long ret = 0;

	refuse(n);
	switch (what) {
	case FORK:
		ret = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
		break;
	case THREAD:
		ret = clone(end, stack + sizeof(stack), THREAD_FLAGS, NULL);
		break;
	case INTO:
		ret = child_into(into.dir);
		break;
	case MOVE:
		ret = write(procs[!side], number, len);
		break;
	case MKDIR:
		ret = mkdirat(stress_base.dir, "made", 0755);
		break;
	}
	if (!ret && (what == FORK || what == INTO))
		_exit(0);
	ret = ret < 0 ? -errno : ret;
	*refused = was_refused();
	refuse(0);
	if (ret < 0)
		return ret;
	if (what == FORK || what == INTO)
		while (waitpid(ret, NULL, 0) < 0 && errno == EINTR)
			;
	if (what == MOVE)
		side = !side;
	if (what == MKDIR && unlinkat(stress_base.dir, "made", AT_REMOVEDIR))
		return -errno;
	return 0;
}

/* One call after the other, each with one more that is not refused. */
static int sweep(int what, struct lat *lat)
{
	struct cg *pair[2] = { &stress->pair.a, &stress->pair.b };
	bool refused = true;
	int ret;

	for (unsigned int n = 1; refused && n < MOST && loop_more(lat); n++) {
		uint64_t begin = clock_ns();

		ret = race_in(&stress->clones, call(what, n, &refused));
		stress_note(name[what], n, ret);
		if (ret && ret != -ENOMEM && (what > INTO || ret != -EAGAIN))
			return stress_broke("%s, allocation %u refused: %s",
					    name[what], n, strerror(-ret));
		if (ret && !refused)
			return stress_failed(ret, "%s", name[what]);
		stress_count(&stress->refused.n, !!ret);
		if (what == MOVE) {
			ret = stress_all_in(pair[side], own.pid);
			if (ret)
				return ret;
		}
		lat_add(lat, clock_ns() - begin);
	}
	ret = call(what, 0, &refused);
	return ret ? stress_broke("%s, after it has been refused memory: %s",
				  name[what], strerror(-ret)) : 0;
}

static int refuse_enter(unsigned int nr)
{
	(void)nr;
	nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return nth < 0 ? -errno : 0;
}

static int refuse_loop(unsigned int nr, struct lat *lat)
{
	int ret = 0;

	(void)nr;
	while (!ret && loop_more(lat)) {
		for (int what = 0; what < CALLS && !ret; what++)
			if (what != INTO || stress_hier.version == 2)
				ret = sweep(what, lat);
		stress_count(&stress->rounds.n, 1);
	}
	return ret;
}

static int move_loop(unsigned int nr, struct lat *lat)
{
	const struct mover *m = &stress->pair;
	int ret = 0;

	(void)nr;
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		ret = stress_move(NULL, &stress->clones);
		lat_add(lat, clock_ns() - begin);
		if (ret)
			return stress_unmoved(m->at ? &m->a : &m->b, ret);
		ret = stress_left(m->at ? &m->a : &m->b, stress->group);
		stress_breathe();
	}
	return ret;
}

static void cleanup(void)
{
	tg_destroy(&own);
	for (int i = 0; i < 2; i++)
		if (procs[i] >= 0)
			close(procs[i]);
	unlinkat(stress_base.dir, "made", AT_REMOVEDIR);
	cg_remove(&into, 10);
	stress_cleanup();
}

const struct bench bench = {
	.name = "no-memory",
	.summary = "every allocation of a call is refused, one at a time",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "cloner", .nr = &cloners, .shared = stress_shared,
		  .enter = stress_chain_enter, .loop = stress_chain_loop },
		{ .name = "mover", .loop = move_loop },
		{ .name = "refused", .enter = refuse_enter,
		  .loop = refuse_loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = missing },
	.setup = setup,
	.cleanup = cleanup,
};
