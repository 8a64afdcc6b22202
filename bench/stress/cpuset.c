// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpuset - the CPUs and nodes of a cpuset change while a group moves
 *
 * Invariant: moves succeed, no thread is left behind, and when nothing
 * changes any more every thread may run on CPUs of the cpuset that it is
 * in and on no others, the one just cloned included.
 *
 * A changer narrows and widens the CPUs (and, with several nodes, the
 * memory) of `b`; the group clones and is moved. Every 32nd move the
 * changer is held off: b gets one CPU and one node, the group is moved in and
 * out, and Cpus_allowed_list and Mems_allowed_list of every thread are looked
 * at on both sides. The flag that spreads is nowhere to be read: a witness of
 * our own is moved in and out, writes a file, and asks where its pages are. An
 * overlap is a change during which a move was on.
 *
 * Mutations: `stale`, the threads are compared with the CPUs of the other
 * cpuset; `unwritten`, some moves are only claimed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cpus.h"
#include "stress.h"

#define LOOK_EVERY	32
#define PAGES		64	/* of the file of the witness */
#define TRIES		50	/* until one file is on one node by itself */

static unsigned long cloners = 2;
static char all_cpus[4096], all_nodes[4096], one_cpu[16], one_node[16];
static struct race *moving;

static struct witness {			/* shared with it */
	pid_t		pid;		/* 0: there is none */
	uint32_t	asked, answered;
	int		nodes;		/* its pages are on so many, or -errno */
} *witness;

static const struct opt opts[] = {
	STRESS_OPTIONS("v1-cpuset v2-cpuset", "v1-cpuset", "stale unwritten"),
	OPT_END
};

static const char *effective(const char *what)
{
	static char file[64];

	snprintf(file, sizeof(file), stress_hier.version == 2 ?
		 "cpuset.%s.effective" : "cpuset.effective_%s", what);
	return file;
}

static const char *missing(void)
{
	const char *why = stress_missing();
	unsigned int cpu[CPUS_MAX];

	if (!why && cpus_allowed(cpu, CPUS_MAX) < 2)
		why = "needs two CPUs";
	return why;
}

/* The first of LIST to ONE. */
static int first(const char *list, char *one, size_t len)
{
	unsigned int nr[CPUS_MAX];

	if (cpus_parse(list, nr, CPUS_MAX) < 1)
		return -EINVAL;
	snprintf(one, len, "%u", nr[0]);
	return 0;
}

/*
 * What thread TID of GROUP may use, by KEY of its status: CPUs or nodes. How
 * many, 0: it is gone.
 */
static int allowed(pid_t group, pid_t tid, const char *key, unsigned int *nr)
{
	const size_t len = strlen(key);
	char path[64], line[4200];
	int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", group, tid);
	f = fopen(path, "re");
	while (f && !n && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, len) && !strncmp(line + len, ":\t", 2)) {
			line[strcspn(line, "\n")] = '\0';
			n = cpus_parse(line + len + 2, nr, CPUS_MAX);
		}
	if (f)
		fclose(f);
	return n > 0 ? n : 0;
}

static bool subset(const unsigned int *cpu, int n, const unsigned int *of,
		   int nr_of)
{
	for (int i = 0; i < n; i++) {
		bool is = false;

		for (int j = 0; j < nr_of; j++)
			is |= cpu[i] == of[j];
		if (!is)
			return false;
	}
	return true;
}

/* Has each thread of the group what CG has of WHAT, and no more? */
static int confined_to(const struct cg *cg, const char *what, const char *key)
{
	static unsigned int may[CPUS_MAX], is[CPUS_MAX];
	char list[4096], text[200];
	pid_t id[256];
	long n = stress_threads(stress->group, id, 256);
	int nr_may, ret = cg_read(cg, effective(what), list, sizeof(list));

	if (ret <= 0)
		return stress_failed(ret, "%s/%s", cg->path, effective(what));
	nr_may = cpus_parse(list, may, CPUS_MAX);
	for (long i = 0; i < n; i++) {
		struct turn t = { 0 };

		/* One being born gets its own a moment after its number. */
		for (;;) {
			int nr_is = allowed(stress->group, id[i], key, is);

			if (subset(is, nr_is, may, nr_may))
				break;
			if (!stress_overdue(&t))
				continue;
			return stress_broke("thread %d of %d has %s %s, "
					    "its cpuset %s has %s", id[i],
					    stress->group, key,
					    cpus_show(is, nr_is, text,
						      sizeof(text)) ? text :
					    "of many", cg->path, list);
		}
	}
	return 0;
}

static int confined(const struct cg *cg)
{
	int ret = confined_to(cg, "cpus", "Cpus_allowed_list");

	return ret ? ret : confined_to(cg, "mems", "Mems_allowed_list");
}

/* On how many nodes the pages of a new file in RAMFS are, or -errno. */
static int spread_of_file(int ramfs)
{
	static char page[4096];
	void *map, *at[PAGES];
	int on[PAGES], fd, nodes = 0, ret = 0;

	fd = openat(ramfs, "file", O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	for (int i = 0; i < PAGES && !ret; i++)
		ret = write(fd, page, sizeof(page)) == sizeof(page) ? 0 : -errno;
	map = mmap(NULL, sizeof(page) * PAGES, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		ret = -errno;
	for (int i = 0; i < PAGES && !ret; i++) {
		at[i] = (char *)map + i * sizeof(page);
		page[0] = *(volatile char *)at[i];
	}
	if (!ret && syscall(SYS_move_pages, 0, (long)PAGES, at, NULL, on, 0))
		ret = -errno;
	for (int i = 0; i < PAGES && !ret; i++) {
		bool known = false;

		if (on[i] < 0)
			ret = on[i];
		for (int j = 0; j < i; j++)
			known |= on[i] == on[j];
		nodes += !known;
	}
	if (map != MAP_FAILED)
		munmap(map, sizeof(page) * PAGES);
	close(fd);
	return ret ? ret : nodes;
}

/* Page cache without a disk below it, and without a place in the tree. */
static int make_ramfs(void)
{
	int fs = syscall(SYS_fsopen, "ramfs", FSOPEN_CLOEXEC), fd = -1;

	if (fs >= 0 && !syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL,
				NULL, 0))
		fd = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	fd = fd < 0 ? -errno : fd;
	if (fs >= 0)
		close(fs);
	return fd;
}

static void __attribute__((noreturn)) testify(int ramfs)
{
	for (uint32_t n = 1;; n++) {
		while (__atomic_load_n(&witness->asked, __ATOMIC_SEQ_CST) < n)
			stress_nap();
		witness->nodes = spread_of_file(ramfs);
		__atomic_store_n(&witness->answered, n, __ATOMIC_SEQ_CST);
	}
}

static int make_witness(void)
{
	int ramfs, ret;
	pid_t pid;

	if (stress_hier.version != 1 || !strcmp(all_nodes, one_node)) {
		stress_say("spread pages: not here: %s", stress_hier.version ==
			   1 ? "one node" : "v2");
		return 0;
	}
	ramfs = make_ramfs();
	if (ramfs < 0) {
		stress_say("spread pages: not here: ramfs: %s",
			   strerror(-ramfs));
		return 0;
	}
	ret = cg_write(&stress->pair.b, "cpuset.memory_spread_page", "1");
	pid = ret ? ret : stress_fork();
	if (!pid)
		testify(ramfs);
	close(ramfs);
	witness->pid = pid > 0 ? pid : 0;
	return pid < 0 ? pid : 0;
}

/* The witness, from CG. On how many nodes its file is, or -errno. */
static int ask_from(const struct cg *cg)
{
	struct turn t = { 0 };
	int ret = cg_write_pid(cg, "cgroup.procs", witness->pid);
	uint32_t n;

	if (ret)
		return stress_unmoved(cg, ret);
	n = __atomic_add_fetch(&witness->asked, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&witness->answered, __ATOMIC_SEQ_CST) != n)
		if (stress_overdue(&t))
			return stress_broke("process %d in %s does not answer",
					    witness->pid, cg->path);
	return witness->nodes < 0 ? stress_failed(witness->nodes,
			"where the pages of a file are") : witness->nodes;
}

/* b spreads, a does not, and both have all nodes. */
static int spread(void)
{
	int ret = witness->pid ? cg_write(&stress->pair.b, "cpuset.mems",
					  all_nodes) : 0;
	int tries = 0;

	if (!witness->pid || ret)
		return ret;
	ret = ask_from(&stress->pair.b);
	if (ret == 1)
		return stress_broke("%d pages of a process in %s, which spreads "
				    "them, are on one node", PAGES,
				    stress->pair.b.path);
	/* It may change CPUs, or one node may be full, but not always. */
	while (ret > 1 && tries++ < TRIES)
		ret = ask_from(&stress->pair.a);
	if (ret > 1)
		return stress_broke("%d pages of a process that has left %s are "
				    "on several nodes, %d times",
				    PAGES, stress->pair.b.path, TRIES);
	return ret < 0 ? ret : 0;
}

static int setup(void)
{
	int ret = stress_setup();

	moving = bench_shared(sizeof(*moving));
	witness = bench_shared(sizeof(*witness));
	if (!moving || !witness)
		return -ENOMEM;
	if (!ret)
		ret = cg_read(&stress_base, effective("cpus"), all_cpus,
			      sizeof(all_cpus));
	if (ret > 0)
		ret = cg_read(&stress_base, effective("mems"), all_nodes,
			      sizeof(all_nodes));
	if (ret > 0)
		ret = first(all_cpus, one_cpu, sizeof(one_cpu));
	if (!ret)
		ret = first(all_nodes, one_node, sizeof(one_node));
	if (!ret && stress_hier.version == 1)
		ret = cg_write(&stress->pair.b, "cpuset.memory_migrate", "1");
	if (!ret)
		ret = make_witness();
	return ret ? stress_failed(ret, "cpusets below %s", stress_base.path) :
		     0;
}

static int move_once(uint64_t nr)
{
	(void)nr;
	return stress_move_all(moving, NULL);
}

static int look(uint64_t nr)
{
	const struct mover *m = &stress->pair;
	bool stale = stress_broken("stale");
	int ret = cg_write(&m->b, "cpuset.cpus", one_cpu);

	if (ret)
		return stress_broke("%s to cpuset.cpus of %s: %s", one_cpu,
				    m->b.path, strerror(-ret));
	ret = cg_write(&m->b, "cpuset.mems", one_node);
	if (ret)
		return stress_broke("%s to cpuset.mems of %s: %s", one_node,
				    m->b.path, strerror(-ret));
	for (int i = 0; i < 2 && !ret; i++) {
		ret = move_once(nr);
		if (!ret)
			ret = confined(!m->at == stale ? &m->b : &m->a);
	}
	if (!ret)
		ret = spread();
	stress_count(&stress->rounds.n, 1);
	return ret;
}

static int move_loop(unsigned int nr, struct lat *lat)
{
	int ret = stress_roam();

	(void)nr;
	return ret ? ret : stress_look_loop(lat, move_once, LOOK_EVERY, look);
}

static int change(const char *file, const char *value)
{
	int ret = stress_write(&stress->pair.b, file, value, NULL, moving);

	stress_note(file, atol(value), ret);
	return ret ? stress_broke("%s to %s of %s: %s", value, file,
				  stress->pair.b.path, strerror(-ret)) : 0;
}

static int change_loop(unsigned int nr, struct lat *lat)
{
	static const char *const cpus[] = { one_cpu, all_cpus };
	static const char *const nodes[] = { all_nodes, one_node };
	int ret = stress_roam();

	(void)nr;
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		pthread_rwlock_rdlock(&stress->quiet);
		ret = change("cpuset.cpus", cpus[lat->ops % 2]);
		if (!ret && strcmp(all_nodes, one_node))
			ret = change("cpuset.mems", nodes[lat->ops % 2]);
		pthread_rwlock_unlock(&stress->quiet);
		lat_add(lat, clock_ns() - begin);
	}
	return ret;
}

static void cleanup(void)
{
	if (witness && witness->pid)
		stress_reap(witness->pid);
	stress_cleanup();
}

const struct bench bench = {
	.name = "cpuset",
	.summary = "the CPUs of a cpuset change while a group moves",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "cloner", .nr = &cloners, .shared = stress_shared,
		  .enter = stress_chain_enter, .loop = stress_chain_loop },
		{ .name = "mover", .loop = move_loop },
		{ .name = "changer", .loop = change_loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = missing },
	.setup = setup,
	.cleanup = cleanup,
};
