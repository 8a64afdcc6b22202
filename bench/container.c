// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * container - the life of a container, as far as cgroups make it
 *
 * do life: one operation is a whole life. create: mkdir(2); limits: pids,
 * memory and CPU as far as the hierarchy has them; spawn: a process that
 * executes a static image there and stays; probe: another one that executes
 * an image that exits, and is reaped; destroy: SIGKILL, reaped, rmdir(2).
 * The sample is the sum; each phase's mean is a figure of its own.
 * do probe: one operation is an exec probe into one of the containers that
 * live, in turn, as an orchestrator sends them.
 *
 * how a process gets into the cgroup:
 *   write  fork; the parent writes its number to cgroup.procs, then lets it
 *          execute (container managers before clone3)
 *   self   fork; the child writes `0` to cgroup.procs, then executes
 *   into   clone3(CLONE_INTO_CGROUP), then it executes: no write
 * Spawned is when execve(2) has closed the pipe that the parent reads.
 *
 * groups: containers that live beside it all the time, one process each.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "cg.h"
#include "child.h"
#include "image.h"
#include "rcu.h"
#include "tg.h"

enum { DO_LIFE, DO_PROBE };
enum { HOW_WRITE, HOW_SELF, HOW_INTO };
enum phase { CREATE, LIMITS, SPAWN, PROBE, DESTROY, NR_PHASES };

static unsigned long groups, spawners;
static const char *hierarchy;
static double think;
static int what, how, rcu;

static const struct opt opts[] = {
	{ "do", OPT_CHOICE, &what, "life", "life probe",
	  "a whole life, or a probe into one of those that live" },
	{ "how", OPT_CHOICE, &how, "write", "write self into",
	  "how a process gets into its cgroup" },
	{ "groups", OPT_UINT, &groups, "1", "1..10000",
	  "containers that live all the time" },
	{ "hierarchy", OPT_WORD, &hierarchy, "v2", NULL,
	  "v2, v2-CONTROLLER, v1-CONTROLLER or v1-name=NAME" },
	{ "think", OPT_TIME, &think, "0", "0..1000",
	  "pause of an actor between two operations" },
	{ "spawners", OPT_UINT, &spawners, "1", "1..1024",
	  "actors that do it at the same time" },
	{ "rcu", OPT_CHOICE, &rcu, "as-is", RCU_WORDS, RCU_HELP },
	OPT_END
};

/* What is set where the file exists: v2 and v1 have other names. */
static const struct { const char *file, *value; } limit[] = {
	{ "pids.max", "100" },
	{ "memory.max", "67108864" },
	{ "memory.limit_in_bytes", "67108864" },
	{ "cpu.max", "50000 100000" },
	{ "cpu.cfs_quota_us", "50000" },
	{ "io.weight", "50" },
};

struct spawner {			/* shared with the parent */
	uint64_t	inside, reaped;	/* processes: found there; ended */
	uint64_t	measured, ns[NR_PHASES];
};

static struct cg_hier hier;
static struct cg base = CG_NONE, *group;
static struct tg *tg;
static struct spawner *spawner;
static int image_exit, image_wait, status_due;

static const char *bad(void)
{
	if (how == HOW_INTO && !strncmp(hierarchy, "v1", 2))
		return "--how into: only v2 has it; use --how write or self";
	return cg_hier_bad(hierarchy);
}

static const char *missing(void)
{
	const char *why = cg_hier_missing(hierarchy, &hier);

	if (!why && hier.version == 2)
		why = child_into_missing();
	if (!why)
		why = image_missing();
	if (!why)
		why = rcu_missing(rcu);
	return why ? why : tg_missing(8 * groups + 2 * spawners);
}

static double pace(void)
{
	return think;
}

static double overhead(void)
{
	return 0.1 + groups * 2e-3;
}

static int setup(void)
{
	int ret = tg_room(groups + 2 * spawners);
	char name[32];

	spawner = bench_shared(spawners * sizeof(*spawner));
	group = calloc(groups, sizeof(*group));
	tg = calloc(groups, sizeof(*tg));
	if (!spawner || !group || !tg)
		return -ENOMEM;
	for (unsigned long i = 0; i < groups; i++)
		group[i].dir = -1;
	status_due = 1 + clock_ns() / 64 % 250;
	image_exit = image_make(IMAGE_EXIT, status_due);
	image_wait = image_make(IMAGE_WAIT, 0);
	if (image_exit < 0 || image_wait < 0)
		ret = image_exit < 0 ? image_exit : image_wait;
	if (!ret)
		ret = rcu_set(rcu);
	if (!ret)
		ret = cg_base(&hier, &base);
	for (unsigned long i = 0; i < groups && !ret; i++) {
		snprintf(name, sizeof(name), "alive%lu", i);
		ret = cg_make(&hier, &base, name, &group[i]);
		if (!ret)
			ret = tg_create_in(&tg[i], 1, &group[i]);
	}
	if (ret)
		bench_why("%lu containers in %s: %s", groups, hier.mount,
			  strerror(-ret));
	return ret;
}

static void __attribute__((noreturn)) failed(void)
{
	syscall(SYS_exit_group, 255);
	__builtin_unreachable();
}

/*
 * A process that has executed IMAGE inside IN. Returns its number, or
 * -errno: -EPERM if it is there, but did not get in or did not execute.
 */
static pid_t spawn(const struct cg *in, int image)
{
	int go[2], executed[2], ret = 0;
	char byte;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC))
		return -errno;
	if (pipe2(executed, O_CLOEXEC)) {
		ret = -errno;
		close(go[0]);
		close(go[1]);
		return ret;
	}
	pid = how == HOW_INTO ? child_into(in->dir) :
				syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (!pid) {
		/* Its own end open, it would outlive a parent that is killed. */
		close(go[1]);
		if (how == HOW_WRITE && read(go[0], &byte, 1) != 1)
			failed();
		if (how != HOW_SELF || !cg_write(in, "cgroup.procs", "0"))
			image_exec(image);
		if (write(executed[1], "!", 1) == 1)
			failed();
		failed();
	}
	if (pid < 0)
		ret = -errno;
	close(executed[1]);
	if (!ret && how == HOW_WRITE) {
		ret = cg_write_pid(in, "cgroup.procs", pid);
		if (!ret && write(go[1], "", 1) != 1)
			ret = -EIO;
	}
	close(go[0]);
	close(go[1]);
	if (!ret && read(executed[0], &byte, 1) != 0)
		ret = -EPERM;
	close(executed[0]);
	if (ret && pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return ret ? ret : pid;
}

/* Reap PID, which ends by SIGNAL, or (0) exits as the image does. */
static int reap(struct spawner *s, pid_t pid, int sig)
{
	int status, ret;

	while ((ret = wait4(pid, &status, 0, NULL)) < 0 && errno == EINTR)
		;
	if (ret != pid)
		return -errno;
	if (sig ? !WIFSIGNALED(status) || WTERMSIG(status) != sig :
		  !WIFEXITED(status) || WEXITSTATUS(status) != status_due)
		return -EBADMSG;
	s->reaped++;
	return 0;
}

static int set_limits(const struct cg *in)
{
	for (unsigned int i = 0; i < sizeof(limit) / sizeof(*limit); i++) {
		int ret = cg_write(in, limit[i].file, limit[i].value);

		if (ret && ret != -ENOENT)
			return ret;
	}
	return 0;
}

static uint64_t lap(uint64_t *since)
{
	uint64_t now = clock_ns(), ns = now - *since;

	*since = now;
	return ns;
}

static int life(struct spawner *s, const char *name, uint64_t *ns)
{
	uint64_t at = clock_ns();
	struct cg in = CG_NONE;
	pid_t pid = 0, prober;
	int ret = cg_make(&hier, &base, name, &in);

	ns[CREATE] = lap(&at);
	if (!ret)
		ret = set_limits(&in);
	ns[LIMITS] = lap(&at);
	if (!ret) {
		pid = spawn(&in, image_wait);
		ret = pid < 0 ? pid : 0;
	}
	ns[SPAWN] = lap(&at);
	/* Not timed: is it really in there? */
	if (!ret && cg_count(&in, "cgroup.procs") == 1)
		s->inside++;
	at = clock_ns();
	if (!ret) {
		prober = spawn(&in, image_exit);
		ret = prober < 0 ? prober : reap(s, prober, 0);
	}
	ns[PROBE] = lap(&at);
	if (pid > 0 && !kill(pid, SIGKILL)) {
		int error = reap(s, pid, SIGKILL);

		ret = ret ? ret : error;
	}
	cg_close(&in);
	if (unlinkat(base.dir, name, AT_REMOVEDIR) && !ret)
		ret = -errno;
	ns[DESTROY] = lap(&at);
	return ret;
}

static int probe(struct spawner *s, const struct cg *in, uint64_t *ns)
{
	uint64_t at = clock_ns();
	pid_t pid = spawn(in, image_exit);
	int ret = pid < 0 ? pid : reap(s, pid, 0);

	ns[PROBE] = lap(&at);
	return ret;
}

static int loop(unsigned int nr, struct lat *lat)
{
	struct spawner *s = &spawner[nr];
	unsigned long at = nr;
	char name[32];

	snprintf(name, sizeof(name), "life%u", nr);
	while (loop_more(lat)) {
		uint64_t ns[NR_PHASES] = { 0 }, sum = 0;
		int ret;

		if (!bench_think(lat, clock_from_s(think)))
			return 0;
		ret = what == DO_LIFE ? life(s, name, ns) :
					probe(s, &group[at++ % groups], ns);
		if (ret) {
			bench_why("%s in %s: %s", what == DO_LIFE ? "a life" :
				  "a probe", base.path, strerror(-ret));
			return ret;
		}
		for (int i = 0; i < NR_PHASES; i++) {
			sum += ns[i];
			if (lat->until == GATE_COOL)
				s->ns[i] += ns[i];
		}
		s->measured += lat->until == GATE_COOL;
		lat_add(lat, sum);
	}
	return 0;
}

/* Where is process PID in our hierarchy? Ends PATH as its cgroup does? */
static bool lives_in(pid_t pid, const struct cg *in)
{
	const char *name = strrchr(in->path, '/');
	char path[64], line[PATH_MAX + 128];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		char *tail = strrchr(line, '/');

		line[strcspn(line, "\n")] = '\0';
		found = tail && strstr(line, "/forkpath/") &&
			!strcmp(tail, name);
	}
	if (f)
		fclose(f);
	return found;
}

static int verify(void)
{
	struct spawner drop;
	pid_t pid;
	bool in;

	for (unsigned int i = 0; i < spawners; i++) {
		const struct spawner *s = &spawner[i];
		uint64_t said = bench_done("spawner", i);
		uint64_t ends = what == DO_LIFE ? 2 * said : said;
		uint64_t inside = what == DO_LIFE ? said : 0;

		if (s->reaped != ends || s->inside != inside) {
			bench_why("spawner %u: %" PRIu64 " processes found in "
				  "their cgroup and %" PRIu64 " ended, of %"
				  PRIu64 " and %" PRIu64, i, s->inside,
				  s->reaped, inside, ends);
			return -1;
		}
	}
	/* Once more, and look where it is. */
	pid = spawn(&group[0], image_wait);
	in = pid > 0 && lives_in(pid, &group[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		reap(&drop, pid, SIGKILL);
	}
	if (!in) {
		bench_why("a process spawned into %s is not there",
			  group[0].path);
		return -1;
	}
	return 0;
}

static void cleanup(void)
{
	for (unsigned long i = 0; tg && group && i < groups; i++) {
		tg_destroy(&tg[i]);
		cg_remove(&group[i], 30);
	}
	cg_close(&base);
}

static double mean(enum phase phase)
{
	uint64_t ns = 0, n = 0;

	for (unsigned int i = 0; i < spawners; i++) {
		ns += spawner[i].ns[phase];
		n += spawner[i].measured;
	}
	return n && ns ? (double)ns / n : NAN;
}

#define PHASE(name, phase) \
	static double name##_mean(void) { return mean(phase); }
PHASE(create, CREATE)
PHASE(limits, LIMITS)
PHASE(spawn, SPAWN)
PHASE(probe, PROBE)
PHASE(destroy, DESTROY)

const struct bench bench = {
	.name = "container",
	.summary = "create, limit, spawn into, probe and destroy a container",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "spawner", .nr = &spawners, .loop = loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		{ "create", "mean-ns", "lower", create_mean },
		{ "limits", "mean-ns", "lower", limits_mean },
		{ "spawn", "mean-ns", "lower", spawn_mean },
		{ "probe", "mean-ns", "lower", probe_mean },
		{ "destroy", "mean-ns", "lower", destroy_mean },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .overhead = overhead,
		   .pace = pace },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
