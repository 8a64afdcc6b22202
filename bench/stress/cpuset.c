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
 * changer is held off: b gets one CPU, the group is moved in and out, and
 * Cpus_allowed_list of every thread is looked at on both sides. An overlap
 * is a change during which a move was on.
 *
 * Mutations: `stale`, the threads are compared with the CPUs of the other
 * cpuset; `unwritten`, some moves are only claimed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpus.h"
#include "stress.h"

#define LOOK_EVERY 32

static unsigned long cloners = 2;
static char all_cpus[4096], all_nodes[4096], one_cpu[16], one_node[16];
static struct race *moving;

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

static int setup(void)
{
	int ret = stress_setup();

	moving = bench_shared(sizeof(*moving));
	if (!moving)
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
	return ret ? stress_failed(ret, "cpusets below %s", stress_base.path) :
		     0;
}

/* CPUs that thread TID of GROUP may run on. How many, 0: it is gone. */
static int allowed(pid_t group, pid_t tid, unsigned int *cpu)
{
	char path[64], line[4200];
	int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", group, tid);
	f = fopen(path, "re");
	while (f && !n && fgets(line, sizeof(line), f))
		if (!strncmp(line, "Cpus_allowed_list:\t", 19)) {
			line[strcspn(line, "\n")] = '\0';
			n = cpus_parse(line + 19, cpu, CPUS_MAX);
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

static int confined(const struct cg *cg)
{
	static unsigned int may[CPUS_MAX], is[CPUS_MAX];
	char list[4096], text[200];
	pid_t id[256];
	long n = stress_threads(stress->group, id, 256);
	int nr_may, ret = cg_read(cg, effective("cpus"), list, sizeof(list));

	if (ret <= 0)
		return stress_failed(ret, "%s/%s", cg->path, effective("cpus"));
	nr_may = cpus_parse(list, may, CPUS_MAX);
	for (long i = 0; i < n; i++) {
		struct turn t = { 0 };

		/* One being born gets its CPUs a moment after its number. */
		for (;;) {
			int nr_is = allowed(stress->group, id[i], is);

			if (subset(is, nr_is, may, nr_may))
				break;
			if (!stress_overdue(&t))
				continue;
			return stress_broke("thread %d of %d may run on %s, "
					    "its cpuset %s has %s", id[i],
					    stress->group,
					    cpus_show(is, nr_is, text,
						      sizeof(text)) ? text :
					    "many CPUs", cg->path, list);
		}
	}
	return 0;
}

static int move_once(void)
{
	const struct mover *m = &stress->pair;
	int ret;

	ret = stress_move(moving, NULL);
	if (ret)
		return stress_unmoved(m->at ? &m->a : &m->b, ret);
	return stress_left(m->at ? &m->a : &m->b, stress->group);
}

static int look(void)
{
	const struct mover *m = &stress->pair;
	bool stale = stress_broken("stale");
	int ret = cg_write(&m->b, "cpuset.cpus", one_cpu);

	if (ret)
		return stress_broke("%s to cpuset.cpus of %s: %s", one_cpu,
				    m->b.path, strerror(-ret));
	for (int i = 0; i < 2 && !ret; i++) {
		ret = move_once();
		if (!ret)
			ret = confined(!m->at == stale ? &m->b : &m->a);
	}
	stress_count(&stress->rounds.n, 1);
	return ret;
}

static int move_loop(unsigned int nr, struct lat *lat)
{
	int ret = stress_roam();

	(void)nr;
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		ret = move_once();
		lat_add(lat, clock_ns() - begin);
		if (ret || lat->ops % LOOK_EVERY)
			continue;
		pthread_rwlock_wrlock(&stress->quiet);
		ret = look();
		pthread_rwlock_unlock(&stress->quiet);
	}
	return ret;
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
	.cleanup = stress_cleanup,
};
