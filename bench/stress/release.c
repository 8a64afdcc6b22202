// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * release - notify_on_release fires once per emptying, and the agent runs
 *
 * Invariant: when the last process leaves a v1 cgroup whose
 * notify_on_release is 1, the agent of the hierarchy is run, once, with the
 * path of that cgroup; with 0 it is not. A cgroup that is made has the
 * notify_on_release of the one it is made in, as it was then.
 *
 * The agent belongs to a whole hierarchy, so this test has one of its own,
 * a named one without controllers, mounted and removed by it. The agent is
 * this program: it finds the memory it counts in through the descriptor of
 * the process that its argument names.
 *
 * Three emptiers each fill a cgroup of their own with two processes, which
 * are killed at once, and wait for the agent. Every fourth time
 * notify_on_release is 0, and the cgroup is removed and made again: whoever is
 * reaped may be in it for a moment more (since 6.19), and would be told of by
 * the next round. One event too many, or for somebody else, shows in the next
 * round's count. An overlap is an emptying while another one was on.
 *
 * Mutations: `silent`, notify_on_release is never 1; `uninherited`, it is
 * written to the cgroup that was made.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stress.h"
#include "undo.h"

#define EMPTIERS	3
#define MEMORY_FD	100

static unsigned long emptiers = EMPTIERS;
static struct {
	uint64_t events[EMPTIERS];
} *agent;
static struct race *emptying;
static struct cg group[EMPTIERS] = { CG_NONE, CG_NONE, CG_NONE };

static const struct opt opts[] = {
	STRESS_OPTIONS("v1-own", "v1-own", "silent uninherited"),
	OPT_END
};

/*
 * As agent, argv is our own path and that of a cgroup:
 * /forkpath/PID/xNR. Before main(), which knows nothing of this.
 */
static void __attribute__((constructor)) run_agent(int argc, char **argv)
{
	unsigned int pid, nr;
	char path[64];
	int fd;

	if (argc != 2 || sscanf(argv[1], "/forkpath/%u/x%u", &pid, &nr) != 2)
		return;
	snprintf(path, sizeof(path), "/proc/%u/fd/%d", pid, MEMORY_FD);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || nr >= EMPTIERS)
		_exit(1);
	agent = mmap(NULL, sizeof(*agent), PROT_READ | PROT_WRITE, MAP_SHARED,
		     fd, 0);
	if (agent == MAP_FAILED)
		_exit(1);
	__atomic_add_fetch(&agent->events[nr], 1, __ATOMIC_RELEASE);
	_exit(0);
}

static const char *missing(void)
{
	const char *why = stress_missing();

	return why ? why : cg_agent_missing();
}

static int map_memory(void)
{
	int fd = memfd_create("release", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, sizeof(*agent)) ||
	    dup2(fd, MEMORY_FD) < 0)
		return -errno;
	close(fd);
	agent = mmap(NULL, sizeof(*agent), PROT_READ | PROT_WRITE, MAP_SHARED,
		     MEMORY_FD, 0);
	return agent == MAP_FAILED ? -errno : 0;
}

static int setup(void)
{
	char self[PATH_MAX], file[PATH_MAX + 32];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct cg top = { .dir = -1 };
	int ret;

	if (len < 0)
		return -errno;
	self[len] = '\0';
	emptying = bench_shared(sizeof(*emptying));
	if (!emptying)
		return -ENOMEM;
	ret = map_memory();
	if (!ret)
		ret = stress_setup();
	snprintf(file, sizeof(file), "%s", stress_hier.mount);
	top.dir = open(file, O_DIRECTORY | O_CLOEXEC);
	if (!ret)
		ret = cg_write(&top, "release_agent", self);
	close(top.dir);
	for (int i = 0; i < EMPTIERS && !ret; i++)
		ret = cg_make(&stress_hier, &stress_base,
			      (char[]){ 'x', '0' + i, '\0' }, &group[i]);
	return ret ? stress_failed(ret, "hierarchy %s", stress_hier.mount) : 0;
}

static int empty(const pid_t *pid)
{
	for (int i = 0; i < 2; i++)
		if (pid[i] > 0)
			kill(pid[i], SIGKILL);
	for (int i = 0; i < 2; i++)
		if (pid[i] > 0)
			stress_reap(pid[i]);
	return 0;
}

static int fill_and_empty(struct cg *cg)
{
	pid_t pid[2];
	int ret = 0;

	for (int i = 0; i < 2; i++) {
		pid[i] = stress_fork();
		if (!pid[i])
			for (;;)
				pause();
		if (!ret)
			ret = pid[i] < 0 ? pid[i] :
			      cg_write_pid(cg, "cgroup.procs", pid[i]);
	}
	stress_count(&stress->forks.n, 2);
	stress_count(&stress->moves.n, 2);
	race_among(emptying, empty(pid));
	return ret;
}

static uint64_t events(unsigned int nr)
{
	return __atomic_load_n(&agent->events[nr], __ATOMIC_ACQUIRE);
}

/*
 * What is made in CG, which has VALUE, has it, too, and keeps it. CG ends with
 * 0: with 1 it would tell of its last child.
 */
static int inherit(const struct cg *cg, const char *value)
{
	char is[8] = "", still[8] = "";
	struct cg child = CG_NONE;
	int ret = cg_write(cg, "notify_on_release", value);

	if (!ret)
		ret = cg_make(&stress_hier, cg, "child", &child);
	if (!ret && stress_broken("uninherited"))
		ret = cg_write(&child, "notify_on_release",
			       *value == '1' ? "0" : "1");
	if (!ret && cg_read(&child, "notify_on_release", is, sizeof(is)) < 0)
		ret = -EIO;
	if (!ret)
		ret = cg_write(cg, "notify_on_release", "0");
	if (!ret && cg_read(&child, "notify_on_release", still,
			    sizeof(still)) < 0)
		ret = -EIO;
	cg_close(&child);
	if (!ret && unlinkat(cg->dir, "child", AT_REMOVEDIR))
		ret = -errno;
	if (ret)
		return stress_failed(ret, "a cgroup in %s", cg->path);
	if (strcmp(is, value) || strcmp(still, value))
		return stress_broke("notify_on_release of a cgroup made in %s, "
				    "which had %s, was %s and then %s",
				    cg->path, value, is, still);
	return 0;
}

/* It can be removed when the kernel, too, has seen it empty. */
static int renew(unsigned int nr)
{
	char name[] = { 'x', '0' + nr, '\0' };
	struct cg *cg = &group[nr];
	struct turn t = { 0 };
	int ret;

	cg_close(cg);
	do
		ret = unlinkat(stress_base.dir, name, AT_REMOVEDIR) ? -errno : 0;
	while (ret == -EBUSY && !stress_overdue(&t));
	if (ret)
		return stress_broke("rmdir %s: %s", cg->path, strerror(-ret));
	return cg_make(&stress_hier, &stress_base, name, cg);
}

static int one_round(unsigned int nr, uint64_t round)
{
	struct cg *cg = &group[nr];
	bool notify = round % 4 != 3;
	uint64_t before = events(nr);
	struct turn t = { 0 };
	int ret = inherit(cg, round % 2 ? "1" : "0");

	if (ret)
		return ret;
	ret = cg_write(cg, "notify_on_release", notify &&
		       !stress_broken("silent") ? "1" : "0");
	if (!ret)
		ret = fill_and_empty(cg);
	if (ret)
		return stress_failed(ret, "%s", cg->path);
	while (notify && events(nr) == before) {
		if (stress_overdue(&t))
			return stress_broke("%s has been emptied and the agent "
					    "has not run", cg->path);
	}
	stress_note("emptied x", nr, 0);
	if (events(nr) != before + notify)
		return stress_broke("%s was emptied once with "
				    "notify_on_release %d and the agent ran "
				    "%lu times", cg->path, notify,
				    events(nr) - before);
	return notify ? 0 : renew(nr);
}

static int loop(unsigned int nr, struct lat *lat)
{
	static uint64_t round;
	static uint64_t due;
	int ret = 0;

	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		if (events(nr) != due)
			return stress_broke("x%u: the agent has run %lu times, "
					    "%lu emptyings were to be told",
					    nr, events(nr), due);
		due += round % 4 != 3;
		ret = one_round(nr, round++);
		lat_add(lat, clock_ns() - begin);
		stress_count(&stress->rounds.n, 1);
	}
	return ret;
}

static void cleanup(void)
{
	/* Actors may have made them again: by name. */
	for (int i = 0; i < EMPTIERS; i++) {
		cg_close(&group[i]);
		unlinkat(stress_base.dir, (char[]){ 'x', '0' + i, '\0' },
			 AT_REMOVEDIR);
	}
	stress_cleanup();
}

const struct bench bench = {
	.name = "release",
	.summary = "notify_on_release fires once per emptying",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "emptier", .nr = &emptiers, .loop = loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = missing },
	.setup = setup,
	.cleanup = cleanup,
};
