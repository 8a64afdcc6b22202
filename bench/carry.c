// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * carry - what a move costs by the memory that goes along with it
 *
 * One operation is one write(2) of a tgid to cgroup.procs of the sibling
 * cgroup in which the process is not, as in `attach`. The process has touched
 * so much anonymous memory of its own, in the first of the two.
 *
 * what:
 *   none      nothing goes along but the process: pages stay on their node,
 *             charges (since 6.13 always) with the cgroup that paid
 *   pages     v1-cpuset with cpuset.memory_migrate, v2-cpuset: the cgroups
 *             have the first and the last node of the machine, so every page
 *             is copied; the write waits for it (a work queue, since 6.18
 *             the writer itself)
 *   charges   v1-memory with memory.move_charge_at_immigrate, before 6.13:
 *             every page is looked up and accounted anew
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench.h"
#include "err.h"
#include "mover.h"
#include "numa.h"

#define MIB		(1ul << 20)
#define LOOK_AT		64	/* pages, evenly over the memory */

enum { WHAT_NONE, WHAT_PAGES, WHAT_CHARGES };

static unsigned long threads, resident;
static const char *hierarchy;
static double think;
static int what;

static const struct opt opts[] = {
	{ "what", OPT_CHOICE, &what, "none", "none pages charges",
	  "what moves along with the process" },
	{ "resident", OPT_UINT, &resident, "16", "0..65536",
	  "MiB that the process has touched" },
	{ "threads", OPT_UINT, &threads, "1", "1..1000000",
	  "threads of the process" },
	{ "hierarchy", OPT_WORD, &hierarchy, "v1-cpuset", NULL,
	  "v1-cpuset, v2-cpuset or v1-memory; none: any" },
	{ "think", OPT_TIME, &think, "0", "0..1000",
	  "pause between two moves" },
	OPT_END
};

static struct cg_hier hier;
static struct cg base = CG_NONE;
static struct mover *m;			/* shared */
static struct tg tg = TG_NONE;
static int64_t *writes;
static struct tg_more memory;
static unsigned int node[2];		/* of a and b */

static const char *bad(void)
{
	if (what == WHAT_PAGES && strcmp(hierarchy, "v1-cpuset") &&
	    strcmp(hierarchy, "v2-cpuset"))
		return "--what pages: use --hierarchy v1-cpuset or v2-cpuset";
	if (what == WHAT_CHARGES && strcmp(hierarchy, "v1-memory"))
		return "--what charges: use --hierarchy v1-memory";
	return cg_hier_bad(hierarchy);
}

/* The first node with memory, and the last. */
static const char *two_nodes(void)
{
	unsigned int all[NUMA_MAX];
	int nr = numa_nodes(all, NUMA_MAX);

	if (nr < 2)
		return "pages stay where they are: one node has memory";
	node[0] = all[0];
	node[1] = all[nr - 1];
	return NULL;
}

/* Cpusets of v2 do since 5.15 (commit ee9707e8593d); v1's are asked to. */
static bool migrates(void)
{
	struct utsname un;
	unsigned int major, minor;

	return !uname(&un) &&
		sscanf(un.release, "%u.%u", &major, &minor) == 2 &&
		(major > 5 || (major == 5 && minor >= 15));
}

static const char *missing(void)
{
	const char *why = cg_hier_missing(hierarchy, &hier);

	if (!why && what == WHAT_PAGES && hier.version == 2 && !migrates())
		why = "v2 leaves pages where they are (until 5.15)";
	if (!why && what == WHAT_PAGES)
		why = two_nodes();
	return why ? why : tg_missing_with(threads, resident);
}

static double pace(void)
{
	return think;
}

static double overhead(void)
{
	return 0.01 + tg_seconds(threads) + resident * 1e-3;
}

/* Side NR of the mover carries what is to be carried. 0 or -errno. */
static int carry(const struct cg *side, unsigned int nr)
{
	char value[16];
	int ret = 0;

	snprintf(value, sizeof(value), "%u", node[nr]);
	if (what == WHAT_PAGES) {
		ret = cg_write(side, "cpuset.mems", value);
		if (!ret && hier.version == 1)
			ret = cg_write(side, "cpuset.memory_migrate", "1");
	}
	if (what == WHAT_CHARGES) {
		ret = cg_write(side, "memory.move_charge_at_immigrate", "1");
		if (ret == -EINVAL || ret == -ENOENT) {
			bench_why("charges move no more: Linux 6.13 took that "
				  "out");
			return EXIT_SKIP;
		}
	}
	if (ret)
		bench_why("%s: --what %s: %s", side->path, what == WHAT_PAGES ?
			  "pages" : "charges", strerror(-ret));
	return ret;
}

static int setup(void)
{
	int ret = bench_room(threads);

	if (ret)
		return ret;
	m = bench_shared(sizeof(*m));
	writes = bench_shared(sizeof(*writes));
	if (!m || !writes)
		return -ENOMEM;
	m->a.dir = m->b.dir = m->drain.dir = -1;
	ret = cg_base(&hier, &base);
	if (ret) {
		bench_why("making a cgroup in %s: %s", hier.mount,
			  strerror(-ret));
		return ret;
	}
	ret = mover_make(m, &hier, &base, 0, "cgroup.procs");
	if (!ret)
		ret = carry(&m->a, 0);
	if (!ret)
		ret = carry(&m->b, 1);
	if (ret)
		return ret;
	memory.bytes = resident * MIB;
	ret = tg_create_more(&tg, threads, &m->a, &memory);
	if (ret)
		bench_why("a process of %lu threads and %lu MiB: %s", threads,
			  resident, strerror(-ret));
	mover_value(m, tg.pid);
	return ret;
}

static int enter(unsigned int nr)
{
	(void)nr;
	*writes = mover_writes(getpid());
	return 0;
}

static int loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	while (loop_more(lat)) {
		uint64_t ns;
		int ret;

		if (!bench_think(lat, clock_from_s(think)))
			return 0;
		ns = mover_write(m, !m->at, &ret);
		if (ret) {
			bench_why("cgroup.procs of %s: %s", m->at ? m->a.path :
				  m->b.path, strerror(-ret));
			return ret;
		}
		lat_add(lat, ns);
		m->at = !m->at;
	}
	return 0;
}

/* Where the NR pages AT are: a node, or -errno of what hides one just now. */
static int look_at(void *const *at, unsigned long nr, int *on)
{
	bool hidden = true;

	/* NUMA balancing, or a move that is not over yet. */
	for (int tries = 0; hidden && tries < 100; tries++) {
		if (tries)
			usleep(10000);
		if (syscall(SYS_move_pages, tg.pid, nr, at, NULL, on, 0))
			return -errno;
		hidden = false;
		for (unsigned long i = 0; i < nr; i++)
			hidden |= on[i] < 0;
	}
	return 0;
}

/* Of LOOK_AT pages, those that are not on the node of the side. */
static int verify_pages(void)
{
	const unsigned int due = node[m->at];
	unsigned long nr = resident ? LOOK_AT : 0, page = sysconf(_SC_PAGESIZE);
	void *at[LOOK_AT];
	int on[LOOK_AT], ret;

	for (unsigned long i = 0; i < nr; i++)
		at[i] = (char *)memory.at + i * (memory.bytes / nr) / page * page;
	ret = nr ? look_at(at, nr, on) : 0;
	if (ret) {
		bench_unverified("pages", strerror(-ret));
		return 0;
	}
	for (unsigned long i = 0; i < nr; i++)
		if (on[i] < 0) {
			bench_why("page %lu of %lu: %s", i, nr,
				  strerror(-on[i]));
			return -1;
		} else if (on[i] != (int)due) {
			bench_why("page %lu of %lu is on node %d, not on that "
				  "of %s, %u", i, nr, on[i], m->at ? m->b.path :
				  m->a.path, due);
			return -1;
		}
	return 0;
}

/* Mems_allowed of each thread, or of the first of many: the side's node. */
static int verify_allowed(void)
{
	pid_t id[LOOK_AT];
	long nr = tg_members(tg.pid, id + 1, LOOK_AT - 1);

	id[0] = tg.pid;
	for (long i = 0; i <= nr; i++) {
		char path[64], line[4200], list[4200] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/task/%d/status", tg.pid,
			 id[i]);
		f = fopen(path, "re");
		while (f && fgets(line, sizeof(line), f))
			if (sscanf(line, "Mems_allowed_list: %4199s", list) == 1)
				break;
		if (f)
			fclose(f);
		if (*list && (strtoul(list, NULL, 10) != node[m->at] ||
			      list[strspn(list, "0123456789")])) {
			bench_why("thread %d may have memory of node %s, not of "
				  "that of %s, %u", id[i], list, m->at ?
				  m->b.path : m->a.path, node[m->at]);
			return -1;
		}
	}
	return 0;
}

static long charged(const struct cg *cg)
{
	char value[32];
	int ret = cg_read(cg, "memory.usage_in_bytes", value, sizeof(value));

	return ret < 0 ? ret : strtol(value, NULL, 10);
}

/* Who pays for the memory? Stocks of the CPUs and page tables aside. */
static int verify_charges(void)
{
	const unsigned int payer = what == WHAT_CHARGES ? m->at : 0;
	const long due = memory.bytes, slack = 4 * MIB + due / 8;
	long pays = charged(payer ? &m->b : &m->a);
	long other = charged(payer ? &m->a : &m->b);

	if (pays >= due - slack && other >= 0 && other <= slack)
		return 0;
	bench_why("%ld bytes are charged to %s and %ld to the other one, %ld "
		  "and 0 due", pays, payer ? m->b.path : m->a.path, other, due);
	return -1;
}

static int verify_carried(void)
{
	int ret = what == WHAT_PAGES ? verify_allowed() : 0;

	if (!ret && what == WHAT_PAGES)
		ret = verify_pages();
	if (!ret && !strcmp(hierarchy, "v1-memory"))
		ret = verify_charges();
	return ret;
}

/* There, and once more after one more move. */
static int verify(void)
{
	uint64_t said = bench_done("attacher", 0);

	if (mover_verify_writes(bench_pid("attacher", 0), *writes, said))
		return -1;
	if (m->at != (said & 1)) {
		bench_why("%lu moves end in the wrong cgroup", said);
		return -1;
	}
	if (mover_verify(m, m->at, tg.pid, threads) || verify_carried())
		return -1;
	return mover_verify_step(m, tg.pid, threads) || verify_carried() ? -1 :
		0;
}

static void cleanup(void)
{
	if (m)
		mover_unmake(m, &tg);
	cg_close(&base);
}

const struct bench bench = {
	.name = "carry",
	.summary = "move a process, and the memory that goes along with it",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "attacher", .enter = enter, .loop = loop },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .overhead = overhead,
		   .pace = pace },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
