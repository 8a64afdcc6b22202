// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * churn - what a short-lived cgroup costs
 *
 * One operation makes a cgroup, and removes it. With a visitor, a parked
 * process of one thread is moved in and out in between: mkdir(2), its tgid
 * to cgroup.procs there, its tgid to cgroup.procs where it came from,
 * rmdir(2). The sample is the sum of these system calls, each as `attach` and
 * `container` time it: opening the file of the new cgroup and closing it are
 * not in it. What removal leaves to the kernel to do later is not in the
 * sample either, but in the load that the next one meets.
 *
 * siblings: empty cgroups beside it. depth: cgroups above it, below ours.
 * think: pause of the actor between two operations; as with `attach`, it decides
 * whether the visitor's two moves pay for a grace period.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "mover.h"

static unsigned long siblings, depth, churners;
static const char *hierarchy;
static double think;
static int visitor;

static const struct opt opts[] = {
	{ "hierarchy", OPT_WORD, &hierarchy, "v2", NULL,
	  "v2, v2-CONTROLLER, v1-CONTROLLER or v1-name=NAME" },
	{ "visitor", OPT_CHOICE, &visitor, "yes", "no yes",
	  "move a process in and out before removal" },
	{ "siblings", OPT_UINT, &siblings, "0", "0..100000",
	  "empty cgroups next to it" },
	{ "depth", OPT_UINT, &depth, "0", "0..64",
	  "levels of cgroups between ours and it" },
	{ "think", OPT_TIME, &think, "0", "0..1000",
	  "pause of an actor between two operations" },
	{ "churners", OPT_UINT, &churners, "1", "1..1024",
	  "actors that do it at the same time, each with its own name" },
	OPT_END
};

struct mine {			/* shared with the parent */
	char		name[32];
	struct cg	home;	/* where the visitor comes from */
	struct tg	tg;
	struct mover	visit;	/* writes it: fd[0] new each time, fd[1] home */
	uint64_t	rounds;
	int64_t		writes;
};

static struct cg_hier hier;
static struct cg base = CG_NONE, above = CG_NONE;
static struct mine *mine;

static const char *bad(void)
{
	return cg_hier_bad(hierarchy);
}

static const char *missing(void)
{
	const char *why = cg_hier_missing(hierarchy, &hier);

	return why ? why : tg_missing(churners);
}

static double pace(void)
{
	return think;
}

static double overhead(void)
{
	return 0.02 + (siblings + depth + churners) * 150e-6;
}

static int setup_one(unsigned int nr)
{
	struct mine *m = &mine[nr];
	char name[32];
	int ret;

	snprintf(m->name, sizeof(m->name), "churn%u", nr);
	snprintf(name, sizeof(name), "home%u", nr);
	ret = cg_make(&hier, &above, name, &m->home);
	if (!ret && visitor) {
		ret = tg_create(&m->tg, 1);
		if (!ret)
			ret = cg_write_pid(&m->home, "cgroup.procs",
					   m->tg.pid);
		mover_value(&m->visit, m->tg.pid);
		m->visit.fd[1] = ret ? -1 : cg_open(&m->home, "cgroup.procs",
						    O_WRONLY);
		if (!ret && m->visit.fd[1] < 0)
			ret = m->visit.fd[1];
	}
	return ret;
}

static int setup(void)
{
	struct cg one;
	char name[32];
	int ret = bench_room(churners);

	mine = bench_shared(churners * sizeof(*mine));
	if (!mine)
		return -ENOMEM;
	for (unsigned int i = 0; i < churners; i++)
		mine[i].home.dir = -1;
	if (!ret)
		ret = cg_base(&hier, &base);
	if (!ret)
		ret = cg_deep(&hier, &base, depth, &above);
	/* A v1 cpuset has no CPUs, so nobody may enter, unless it inherits. */
	if (!ret && hier.version == 1)
		ret = cg_write(&above, "cgroup.clone_children", "1");
	for (unsigned long i = 0; i < siblings && !ret; i++) {
		snprintf(name, sizeof(name), "sibling%lu", i);
		ret = cg_make(&hier, &above, name, &one);
		if (!ret)
			cg_close(&one);
	}
	for (unsigned int i = 0; i < churners && !ret; i++)
		ret = setup_one(i);
	if (ret)
		bench_why("making cgroups in %s: %s", hier.mount,
			  strerror(-ret));
	return ret;
}

static int enter(unsigned int nr)
{
	mine[nr].writes = mover_writes(getpid());
	return 0;
}

/* The steps that make the sample add to NS what they took. */
static int make_and_enter(struct mine *m, uint64_t *ns)
{
	uint64_t begin = clock_ns();
	int ret = mkdirat(above.dir, m->name, 0755) ? -errno : 0;
	char path[64];

	*ns += clock_ns() - begin;
	if (ret || !visitor)
		return ret;
	snprintf(path, sizeof(path), "%s/cgroup.procs", m->name);
	m->visit.fd[0] = openat(above.dir, path, O_WRONLY | O_CLOEXEC);
	if (m->visit.fd[0] < 0)
		return -errno;
	*ns += mover_write(&m->visit, 0, &ret);
	close(m->visit.fd[0]);
	return ret;
}

static int leave_and_remove(const struct mine *m, uint64_t *ns)
{
	uint64_t begin;
	int ret = 0;

	if (visitor)
		*ns += mover_write(&m->visit, 1, &ret);
	if (ret)
		return ret;
	begin = clock_ns();
	ret = unlinkat(above.dir, m->name, AT_REMOVEDIR) ? -errno : 0;
	*ns += clock_ns() - begin;
	return ret;
}

static int loop(unsigned int nr, struct lat *lat)
{
	struct mine *m = &mine[nr];

	while (loop_more(lat)) {
		uint64_t ns = 0;
		int ret;

		if (!bench_think(lat, clock_from_s(think)))
			return 0;
		ret = make_and_enter(m, &ns);
		if (!ret)
			ret = leave_and_remove(m, &ns);
		if (ret) {
			bench_why("%s/%s: %s", above.path, m->name,
				  strerror(-ret));
			return ret;
		}
		m->rounds++;
		lat_add(lat, ns);
	}
	return 0;
}

/* Once more, looking at each step what the kernel says. */
static int verify_steps(struct mine *m)
{
	const char *home = strrchr(m->home.path, '/') + 1;
	struct cg in = { .dir = -1, .version = hier.version };
	long want = visitor ? 1 : 0, there = -1, here;
	uint64_t ns = 0;
	int ret = make_and_enter(m, &ns);

	if (!ret) {
		in.dir = openat(above.dir, m->name, O_DIRECTORY | O_CLOEXEC);
		there = in.dir < 0 ? -errno : cg_threads(&in);
		here = cg_threads(&m->home);
		cg_close(&in);
		if (there != want || here != 0) {
			bench_why("%s has %ld tasks, not %ld; %s has %ld, not "
				  "0", m->name, there, want, home, here);
			return -1;
		}
		ret = leave_and_remove(m, &ns);
	}
	if (ret || !faccessat(above.dir, m->name, F_OK, 0) ||
	    cg_threads(&m->home) != want) {
		bench_why("%s is not gone as it came", m->name);
		return -1;
	}
	return 0;
}

static int verify(void)
{
	for (unsigned int i = 0; i < churners; i++) {
		uint64_t said = bench_done("churner", i);

		if (mine[i].rounds != said) {
			bench_why("churner %u: %" PRIu64 " cgroups made and "
				  "removed, %" PRIu64 " reported", i,
				  mine[i].rounds, said);
			return -1;
		}
		if (mover_verify_writes(bench_pid("churner", i),
					mine[i].writes,
					visitor ? 2 * said : 0) ||
		    verify_steps(&mine[i]))
			return -1;
	}
	return 0;
}

static void cleanup(void)
{
	for (unsigned int i = 0; mine && i < churners; i++) {
		tg_destroy(&mine[i].tg);
		cg_close(&mine[i].home);
		if (mine[i].visit.fd[1] > 0)
			close(mine[i].visit.fd[1]);
	}
	cg_close(&above);
	cg_close(&base);
}

const struct bench bench = {
	.name = "churn",
	.summary = "make a cgroup, move a process in and out, remove it",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "churner", .nr = &churners, .enter = enter,
		  .loop = loop },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .overhead = overhead,
		   .pace = pace },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
