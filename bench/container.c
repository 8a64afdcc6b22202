// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * container - the life of a container, as far as cgroups make it
 *
 * do life: one operation is a whole life. create: mkdir(2), that call alone;
 * limits: for each of `limits` open(2), write(2) and close(2) of its control
 * file, which is as new as the cgroup; spawn: a process that executes a static
 * image there and stays; probe: another one that executes an image that
 * exits, and is reaped; destroy: SIGKILL, reaped, rmdir(2). The sample is the
 * sum; each phase's mean is a figure of its own. Between the phases, not
 * timed: the cgroup's directory is opened, the limits are read back, the
 * process is looked for, pipes are made.
 * do probe: one operation is an exec probe into one of the containers that
 * live, in turn, as an orchestrator sends them.
 *
 * limits: controllers that are passed on to the containers and set in each;
 * void where a limit does not read as it was written, or where 100 processes
 * do not exhaust pids.max. none: that phase is left out.
 *
 * how a process gets into the cgroup:
 *   write  fork; the parent opens cgroup.procs, writes its number, closes,
 *          and lets it execute (container managers before clone3)
 *   self   fork; the child writes `0` to cgroup.procs likewise, then executes
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
#include "err.h"
#include "image.h"
#include "rcu.h"
#include "tg.h"

enum { DO_LIFE, DO_PROBE };
enum { HOW_WRITE, HOW_SELF, HOW_INTO };
enum phase { CREATE, LIMITS, SPAWN, PROBE, DESTROY, NR_PHASES };

static unsigned long groups, spawners;
static const char *hierarchy, *limits;
static double think;
static int what, how, rcu;

static const struct opt opts[] = {
	{ "do", OPT_CHOICE, &what, "life", "life probe",
	  "a whole life, or a probe into a container that is running" },
	{ "how", OPT_CHOICE, &how, "write", "write self into",
	  "how a process gets into its cgroup" },
	{ "groups", OPT_UINT, &groups, "1", "1..10000",
	  "containers that run all the time" },
	{ "hierarchy", OPT_WORD, &hierarchy, "v2", NULL,
	  "v2, v2-CONTROLLER, v1-CONTROLLER or v1-name=NAME" },
	{ "limits", OPT_WORD, &limits, "none", NULL,
	  "limits of a container: none, or pids, memory, cpu joined by +" },
	{ "think", OPT_TIME, &think, "0", "0..1000",
	  "pause of an actor between two operations" },
	{ "spawners", OPT_UINT, &spawners, "1", "1..1024",
	  "actors that do it at the same time" },
	{ "rcu", OPT_CHOICE, &rcu, "as-is", RCU_WORDS, RCU_HELP },
	OPT_END
};

/* One row for each controller: its file in v1 and in v2, and what is set. */
static const struct limit {
	const char *controller, *file[2], *value[2];
} all_limits[] = {
	{ "pids", { "pids.max", "pids.max" }, { "100", "100" } },
	{ "memory", { "memory.limit_in_bytes", "memory.max" },
	  { "67108864", "67108864" } },
	{ "cpu", { "cpu.cfs_quota_us", "cpu.max" },
	  { "50000", "50000 100000" } },
};
#define NR_LIMITS (sizeof(all_limits) / sizeof(*all_limits))
#define PIDS_MAX 100

struct spawner {			/* shared with the parent */
	uint64_t	inside, reaped;	/* processes: found there; ended */
	uint64_t	limited;	/* lives whose limits read as written */
	double		cpu;		/* seconds that all children took */
	uint64_t	measured, ns[NR_PHASES];
};

static struct cg_hier hier;
static struct cg base = CG_NONE, *group;
static struct tg *tg;
static struct spawner *spawner;
static int image_exit, image_wait, status_due;
static const struct limit *limit[NR_LIMITS];
static unsigned int nr_limits;
static double cpu_before;		/* of all containers, when all is set up */

/* --limits to limit[]. NULL, or what is wrong with it. */
static const char *read_limits(void)
{
	static char why[160];
	char words[64], *next = words, *word;

	nr_limits = 0;
	if (!strcmp(limits, "none"))
		return NULL;
	snprintf(words, sizeof(words), "%s", limits);
	while ((word = strsep(&next, "+"))) {
		const struct limit *l = all_limits;
		bool twice = false;

		while (l < all_limits + NR_LIMITS && strcmp(l->controller, word))
			l++;
		for (unsigned int i = 0; i < nr_limits; i++)
			twice |= limit[i] == l;
		if (l == all_limits + NR_LIMITS || twice) {
			snprintf(why, sizeof(why), "--limits: '%s' is not none, "
				 "or each at most once pids, memory, cpu, joined by +",
				 limits);
			return why;
		}
		limit[nr_limits++] = l;
	}
	return NULL;
}

static const char *bad(void)
{
	const char *why;

	if (how == HOW_INTO && !strncmp(hierarchy, "v1", 2))
		return "--how into: only v2 has it; use --how write or self";
	if (what == DO_PROBE && strcmp(limits, "none"))
		return "--limits: a probe sets none; use --do life";
	why = read_limits();
	return why ? why : cg_hier_bad(hierarchy);
}

/* A controller that is not to be had in the hierarchy. NULL: all are. */
static const char *unlimited(void)
{
	static char why[200];

	for (unsigned int i = 0; i < nr_limits; i++) {
		const char *c = limit[i]->controller;
		struct cg_hier h;
		char name[32];

		snprintf(name, sizeof(name), "v%d-%s", hier.version, c);
		if (!cg_hier_find(name, NULL, &h) &&
		    !strcmp(h.mount, hier.mount))
			continue;
		snprintf(why, sizeof(why), hier.version == 1 ?
			 "--limits %s: hierarchy %s does not have that "
			 "controller" :
			 "--limits %s: the controller is not enabled at the "
			 "top of %s", c, hierarchy);
		return why;
	}
	return NULL;
}

static const char *missing(void)
{
	const char *why = cg_hier_missing(hierarchy, &hier);

	if (!why)
		why = unlimited();
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
	return 0.04 + groups * 1e-3;
}

/*
 * Below our own directory only, which goes with us. What is made below in v1
 * is usable at once: a fresh cpuset inherits, nobody has to fill it.
 */
static int prepare_base(void)
{
	int ret = cg_base(&hier, &base);

	if (!ret && hier.version == 1)
		ret = cg_write(&base, "cgroup.clone_children", "1");
	for (unsigned int i = 0; i < nr_limits && hier.version == 2 && !ret;
	     i++) {
		char enable[32];

		snprintf(enable, sizeof(enable), "+%s", limit[i]->controller);
		ret = cg_write(&base, "../cgroup.subtree_control", enable);
		if (!ret)
			ret = cg_write(&base, "cgroup.subtree_control", enable);
	}
	return ret;
}

/* A kernel may have a controller without its limit. */
static int find_limits(const struct cg *in)
{
	for (unsigned int i = 0; i < nr_limits; i++) {
		const char *file = limit[i]->file[hier.version - 1];

		if (faccessat(in->dir, file, W_OK, 0)) {
			bench_why("--limits %s: this kernel has no %s",
				  limit[i]->controller, file);
			return EXIT_SKIP;
		}
	}
	return 0;
}

static int setup(void)
{
	int ret = bench_room(groups + 2 * spawners);
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
		ret = prepare_base();
	for (unsigned long i = 0; i < groups && !ret; i++) {
		snprintf(name, sizeof(name), "alive%lu", i);
		ret = cg_make(&hier, &base, name, &group[i]);
		if (!ret)
			ret = tg_create_in(&tg[i], 1, &group[i]);
	}
	if (ret)
		bench_why("%lu containers in %s: %s", groups, hier.mount,
			  strerror(-ret));
	else
		ret = find_limits(&group[0]);
	cpu_before = how == HOW_INTO ? child_cpu_in(base.dir) : 0;
	return ret;
}

static void __attribute__((noreturn)) failed(void)
{
	syscall(SYS_exit_group, 255);
	__builtin_unreachable();
}

/* Made before a process is, so that making them is not timed. */
struct pipes {
	int	go[2], executed[2];
};

static int make_pipes(struct pipes *p)
{
	int ret;

	if (pipe2(p->go, O_CLOEXEC))
		return -errno;
	if (!pipe2(p->executed, O_CLOEXEC))
		return 0;
	ret = -errno;
	close(p->go[0]);
	close(p->go[1]);
	return ret;
}

/*
 * A process that has executed IMAGE inside IN; closes PIPES. Returns its
 * number, or -errno: -EPERM if it is there, but did not get in or did not
 * execute.
 */
static pid_t spawn(const struct cg *in, int image, const struct pipes *p)
{
	const int *go = p->go, *executed = p->executed;
	int ret = 0;
	char byte;
	pid_t pid;

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
	int ret = 0;

	for (unsigned int i = 0; i < nr_limits && !ret; i++)
		ret = cg_write(in, limit[i]->file[hier.version - 1],
			       limit[i]->value[hier.version - 1]);
	return ret;
}

/* Does every limit read as it was written? */
static bool has_limits(const struct cg *in)
{
	for (unsigned int i = 0; i < nr_limits; i++) {
		char text[64];

		if (cg_read(in, limit[i]->file[hier.version - 1], text,
			    sizeof(text)) <= 0 ||
		    strcmp(text, limit[i]->value[hier.version - 1]))
			return false;
	}
	return true;
}

static uint64_t lap(uint64_t *since)
{
	uint64_t now = clock_ns(), ns = now - *since;

	*since = now;
	return ns;
}

/* The first half: a cgroup with a process in it. 0 or -errno. */
static int begin_life(struct spawner *s, const char *name, struct cg *in,
		      pid_t *pid, uint64_t *ns)
{
	struct pipes pipes;
	uint64_t at = clock_ns();
	int ret = mkdirat(base.dir, name, 0755) ? -errno : 0;

	ns[CREATE] = lap(&at);
	if (ret)
		return ret;
	in->version = hier.version;
	in->dir = openat(base.dir, name, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in->dir < 0)
		return -errno;
	if (nr_limits) {
		at = clock_ns();
		ret = set_limits(in);
		ns[LIMITS] = lap(&at);
		if (ret)
			return ret;
		s->limited += has_limits(in);
	}
	ret = make_pipes(&pipes);
	if (ret)
		return ret;
	at = clock_ns();
	*pid = spawn(in, image_wait, &pipes);
	ns[SPAWN] = lap(&at);
	if (*pid < 0)
		return *pid;
	/* Is it really in there? */
	s->inside += cg_count(in, "cgroup.procs") == 1;
	return 0;
}

static int probe(struct spawner *s, const struct cg *in, uint64_t *ns)
{
	struct pipes pipes;
	int ret = make_pipes(&pipes);
	uint64_t at;
	pid_t pid;

	if (ret)
		return ret;
	at = clock_ns();
	pid = spawn(in, image_exit, &pipes);
	ret = pid < 0 ? pid : reap(s, pid, 0);
	ns[PROBE] = lap(&at);
	return ret;
}

static int life(struct spawner *s, const char *name, uint64_t *ns)
{
	struct cg in = CG_NONE;
	pid_t pid = 0;
	int ret = begin_life(s, name, &in, &pid, ns);
	uint64_t at;

	if (!ret)
		ret = probe(s, &in, ns);
	cg_close(&in);
	if (ret)	/* what is left is below our base, in the journal */
		return ret;
	at = clock_ns();
	ret = kill(pid, SIGKILL) ? -errno : reap(s, pid, SIGKILL);
	if (!ret && unlinkat(base.dir, name, AT_REMOVEDIR))
		ret = -errno;
	ns[DESTROY] = lap(&at);
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
			break;
		ret = what == DO_LIFE ? life(s, name, ns) :
					probe(s, &group[at++ % groups], ns);
		if (ret) {
			bench_why("%s in %s: %s", what == DO_LIFE ? "a life" :
				  "a probe", base.path, strerror(-ret));
			return ret;
		}
		for (int i = 0; i < NR_PHASES; i++) {
			sum += ns[i];
			if (lat->counts)
				s->ns[i] += ns[i];
		}
		s->measured += lat->counts;
		lat_add(lat, sum);
	}
	s->cpu = child_cpu();
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

/* In the child: as many as pids.max lets it have; status 0 if no more. */
static void __attribute__((noreturn)) exhaust(const struct cg *in)
{
	pid_t pid[PIDS_MAX];
	int nr = 0, error = 0;

	if (cg_write(in, "cgroup.procs", "0"))
		failed();
	while (nr < PIDS_MAX && !error) {
		pid[nr] = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
		if (!pid[nr])
			for (;;)
				pause();
		if (pid[nr] < 0)
			error = errno;
		else
			nr++;
	}
	for (int i = 0; i < nr; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	/* It is one of them itself. */
	syscall(SYS_exit_group, nr != PIDS_MAX - 1 || error != EAGAIN);
	__builtin_unreachable();
}

/* Limits are in force, not only in their files: pids.max refuses. */
static int verify_limits(void)
{
	bool pids = false, refused;
	struct cg in = CG_NONE;
	int status = -1, ret;
	pid_t pid;

	for (unsigned int i = 0; i < nr_limits; i++)
		pids |= !strcmp(limit[i]->controller, "pids");
	if (!pids)
		return 0;
	ret = cg_make(&hier, &base, "exhausted", &in);
	if (!ret)
		ret = set_limits(&in);
	pid = ret ? -1 : syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (!pid)
		exhaust(&in);
	if (pid > 0)
		waitpid(pid, &status, 0);
	refused = WIFEXITED(status) && !WEXITSTATUS(status);
	cg_remove(&in, 30);
	if (!refused)
		bench_why("pids.max: %d processes do not exhaust it", PIDS_MAX);
	return refused ? 0 : -1;
}

/* One more, and look where it is. */
static int verify_place(void)
{
	struct spawner drop;
	struct pipes pipes;
	pid_t pid = make_pipes(&pipes);
	bool in;

	if (!pid)
		pid = spawn(&group[0], image_wait, &pipes);
	in = pid > 0 && lives_in(pid, &group[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		reap(&drop, pid, SIGKILL);
	}
	if (!in)
		bench_why("a process spawned into %s is not there",
			  group[0].path);
	return in ? 0 : -1;
}

static int verify_spawner(unsigned int nr)
{
	const struct spawner *s = &spawner[nr];
	uint64_t said = bench_done("spawner", nr);
	uint64_t ends = what == DO_LIFE ? 2 * said : said;
	uint64_t inside = what == DO_LIFE ? said : 0;
	uint64_t limited = nr_limits ? said : 0;

	if (s->reaped != ends || s->inside != inside) {
		bench_why("spawner %u: %" PRIu64 " processes found in their "
			  "cgroup and %" PRIu64 " ended, of %" PRIu64 " and %"
			  PRIu64, nr, s->inside, s->reaped, inside, ends);
		return -1;
	}
	if (s->limited != limited) {
		bench_why("spawner %u: the limits of %" PRIu64 " containers "
			  "of %" PRIu64 " read as they were set", nr,
			  s->limited, limited);
		return -1;
	}
	return 0;
}

static int verify(void)
{
	double used = 0;

	for (unsigned int i = 0; i < spawners; i++) {
		if (verify_spawner(i))
			return -1;
		used += spawner[i].cpu;
	}
	/* Real ones, each: all their time was spent in a container. */
	if (how == HOW_INTO &&
	    child_verify_in(child_cpu_in(base.dir) - cpu_before, used))
		return -1;
	return verify_limits() ? -1 : verify_place();
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
