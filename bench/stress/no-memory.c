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
 *   nothing;
 * - it keeps no cgroup: those that the calls were about are new in each
 *   round, removed at its end, and then the kernel's count of cgroups is what
 *   it was (a css_set too many would hold one for ever). Not with memory: a
 *   cgroup that has paid lives as long as what it has paid for.
 *
 * One round at least is made whole, however short the time: less has not refused
 * each of them.
 *
 * Only in a guest of the lab, whose kernel has CONFIG_FAULT_INJECTION_DEBUG_FS
 * with FAILSLAB and FAIL_PAGE_ALLOC (./run.sh try --debug builds one); with
 * PROVE_LOCKING it says of a lock that is kept which one it is. An overlap is a
 * move during which such a call was on.
 *
 * Mutations: `unwritten`, some moves are only claimed; `leaked`, there is one
 * cgroup more than was made.
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
static struct cg fresh[2] = { CG_NONE, CG_NONE }, into = CG_NONE;
static int procs[2] = { -1, -1 };	/* of the fresh ones */
static int side;			/* where own is */
static int nth = -1;			/* fail-nth of this thread */

static const struct opt opts[] = {
	STRESS_OPTIONS("v2 v2-memory v1-freezer v1-cpuset", "v2", "unwritten leaked"),
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

/*
 * Of which allocations one can be refused: all but single pages, without a
 * word. A page that is written to after a fork needs one: a process that gets
 * none as it returns from the call is killed (SIGSEGV, for rseq(2)).
 */
static int allow(void)
{
	static const char *const value[][2] = {
		{ "failslab/ignore-gfp-wait", "N" },
		{ "failslab/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/ignore-gfp-highmem", "N" },
		{ "fail_page_alloc/min-order", "1" },
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
		ret = tg_create(&own, THREADS);
	if (!ret)
		ret = cg_write_pid(&stress->pair.a, "cgroup.procs", own.pid);
	return ret ? stress_failed(ret, "a group of its own") : 0;
}

static const char *const names[3] = { "fresh0", "fresh1", "into" };
static struct cg *const made[3] = { &fresh[0], &fresh[1], &into };

static bool counted(void)
{
	return strcmp(stress_hier.controller, "memory");
}

/* Cgroups of this hierarchy, those included that are removed and not gone. */
static long cgroups(void)
{
	char line[160], name[64];
	long nr, found = -ENOENT;
	FILE *f;

	if (stress_hier.version == 2)
		return stress_value(&stress_base, "cgroup.stat",
				    "nr_descendants") +
			stress_value(&stress_base, "cgroup.stat",
				     "nr_dying_descendants");
	f = fopen("/proc/cgroups", "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %*d %ld", name, &nr) == 2 &&
		    !strcmp(name, stress_hier.controller))
			found = nr;
	if (f)
		fclose(f);
	return found;
}

static int make_fresh(void)
{
	int ret = 0;

	for (int i = 0; i < 3 && !ret; i++)
		ret = cg_make(&stress_hier, &stress_base, names[i], made[i]);
	for (int i = 0; i < 2 && !ret; i++) {
		procs[i] = cg_open(&fresh[i], "cgroup.procs", O_WRONLY);
		ret = procs[i] < 0 ? procs[i] : 0;
	}
	if (!ret)
		ret = cg_write_pid(&fresh[0], "cgroup.procs", own.pid);
	side = 0;
	return ret ? stress_failed(ret, "new cgroups") : 0;
}

/* BEFORE: how many there were. In the end there are as many again. */
static int unmake_fresh(long before)
{
	int ret = cg_write_pid(&stress->pair.a, "cgroup.procs", own.pid);
	struct turn t = { 0 };

	for (int i = 0; i < 2; i++) {
		close(procs[i]);
		procs[i] = -1;
	}
	for (int i = 0; i < 3 && !ret; i++) {
		cg_close(made[i]);
		if (unlinkat(stress_base.dir, names[i], AT_REMOVEDIR))
			ret = -errno;
	}
	if (ret)
		return stress_failed(ret, "removing what was new");
	before -= stress_broken("leaked");
	while (counted() && cgroups() != before)
		if (stress_overdue(&t))
			return stress_broke("%ld cgroups, %ld before calls that "
					    "were refused memory, all removed",
					    cgroups(), before);
	return 0;
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
			ret = stress_all_in(&fresh[side], own.pid);
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
		long before = cgroups();

		ret = make_fresh();
		for (int what = 0; what < CALLS && !ret; what++)
			if (what != INTO || stress_hier.version == 2)
				ret = sweep(what, lat);
		if (!ret)
			ret = unmake_fresh(before);
		/* Over now, it may have been so before the round was. */
		stress_count(&stress->rounds.n, !ret && loop_more(lat));
	}
	return ret;
}

static bool enough(void)
{
	return __atomic_load_n(&stress->rounds.n, __ATOMIC_RELAXED);
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
	for (int i = 0; i < 3; i++)
		cg_remove(made[i], 10);
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
	.enough = enough,
	.cleanup = cleanup,
};
