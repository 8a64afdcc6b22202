// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * footprint - what memory of the kernel one thread, process or cgroup takes
 *
 * One operation makes `count` of them, parked or empty; a sample is how long
 * that takes. Then, untimed, /proc/meminfo is read and all are removed. The
 * figures are the differences of its fields per item, the largest over the
 * operations of a repetition (later ones find pages that the first one had
 * to ask for):
 *   slab      Slab: task_struct, signal_struct, cgroup and all small objects
 *   stack     KernelStack
 *   tables    PageTables
 *   percpu    Percpu (since 4.15): counters, for each possible CPU
 *   whole     the sum
 * They count what the whole system took meanwhile, and pages, not objects:
 * free objects in pages that are there already cost nothing, so a count of
 * thousands is needed, and a quiet machine.
 *
 * signal-struct is exact: the size of the structure in which 6.18 keeps the
 * per-thread-group lock (and 2011 kept one), and rwsem that of such a lock, as
 * the kernel describes its own types (BTF). What a process takes for it is an
 * object of the slab: signal-cache is the size of those where the structure
 * has a cache of its own, merged-cache where the allocator has merged it with
 * others, so that it is the size of the largest of them. What this kernel
 * does not tell is left out. The memory of a process here is that of a copy
 * of this static program.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "btf.h"
#include "cg.h"
#include "tg.h"

enum { OF_THREAD, OF_PROCESS, OF_CGROUP };

static const char *const field[] = {
	"Slab", "KernelStack", "PageTables", "Percpu",
};
enum { NR_FIELDS = sizeof(field) / sizeof(*field) };

static unsigned long count;
static const char *hierarchy;
static int of;

static const struct opt opts[] = {
	{ "of", OPT_CHOICE, &of, "process", "thread process cgroup",
	  "what is made" },
	{ "count", OPT_UINT, &count, "1000", "1..100000",
	  "how many per operation" },
	{ "hierarchy", OPT_WORD, &hierarchy, "v2", NULL,
	  "where cgroups are made: v2, v2-CONTROLLER, v1-CONTROLLER or "
	  "v1-name=NAME" },
	OPT_END
};

struct figures {		/* shared with the parent */
	uint64_t	ops, made;
	double		bytes[NR_FIELDS];
};

static struct cg_hier hier;
static struct cg base = CG_NONE;
static struct figures *figures;
static struct cg *group;
static struct tg *tg;

static const char *bad(void)
{
	return cg_hier_bad(hierarchy);
}

static const char *missing(void)
{
	if (of != OF_CGROUP)
		return tg_missing(of == OF_PROCESS ? 8 * count : count);
	if (geteuid())
		return "needs root";
	return cg_hier_missing(hierarchy, &hier);
}

static double pace(void)
{
	return count * (of == OF_THREAD ? 40e-6 : 300e-6);
}

/* Removing them takes as long, and is in no sample. */
static double overhead(void)
{
	return 0.1 + 4 * pace();
}

static int setup(void)
{
	int ret = bench_room(of == OF_CGROUP ? 1 : count);

	figures = bench_shared(sizeof(*figures));
	group = calloc(count, sizeof(*group));
	tg = calloc(count, sizeof(*tg));
	if (!figures || !group || !tg)
		return -ENOMEM;
	if (!ret && of == OF_CGROUP)
		ret = cg_base(&hier, &base);
	if (ret)
		bench_why("room for %lu: %s", count, strerror(-ret));
	return ret;
}

static int read_fields(double *bytes)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[128];

	if (!f)
		return -errno;
	memset(bytes, 0, NR_FIELDS * sizeof(*bytes));
	while (fgets(line, sizeof(line), f))
		for (int i = 0; i < NR_FIELDS; i++) {
			size_t len = strlen(field[i]);

			if (!strncmp(line, field[i], len) && line[len] == ':')
				bytes[i] = 1024 * atof(line + len + 1);
		}
	fclose(f);
	return 0;
}

static int make(void)
{
	char name[32];
	int ret = 0;

	if (of == OF_THREAD)
		return tg_create(&tg[0], count);
	for (unsigned long i = 0; i < count && !ret; i++) {
		snprintf(name, sizeof(name), "empty%lu", i);
		ret = of == OF_PROCESS ? tg_create(&tg[i], 1) :
		      cg_make(&hier, &base, name, &group[i]);
		/* Thousands of descriptors are not what is asked for. */
		if (!ret && of == OF_CGROUP)
			cg_close(&group[i]);
	}
	return ret;
}

/* How many there are, as the kernel says. */
static uint64_t made(void)
{
	uint64_t nr = 0;

	if (of == OF_THREAD)
		return tg_threads(tg[0].pid);
	for (unsigned long i = 0; i < count; i++)
		nr += of == OF_PROCESS ? tg_threads(tg[i].pid) == 1 :
					 !access(group[i].path, F_OK);
	return nr;
}

static int unmake(void)
{
	int ret = 0;

	for (unsigned long i = 0; i < count; i++) {
		if (of != OF_CGROUP)
			tg_destroy(&tg[i]);
		else if (rmdir(group[i].path))
			ret = -errno;
	}
	return ret;
}

static int loop(unsigned int nr, struct lat *lat)
{
	double before[NR_FIELDS], after[NR_FIELDS];

	(void)nr;
	while (loop_more(lat)) {
		uint64_t begin, end;
		int ret = read_fields(before);

		begin = clock_ns();
		if (!ret)
			ret = make();
		end = clock_ns();
		if (!ret)
			ret = read_fields(after);
		if (!ret) {
			figures->made += made();
			ret = unmake();
		}
		if (ret) {
			bench_why("making %lu: %s", count, strerror(-ret));
			return ret;
		}
		for (int i = 0; i < NR_FIELDS; i++)
			figures->bytes[i] = fmax(figures->bytes[i],
					(after[i] - before[i]) / count);
		figures->ops++;
		lat_add(lat, end - begin);
	}
	return 0;
}

static int verify(void)
{
	uint64_t said = bench_done("maker", 0);

	if (figures->ops == said && figures->made == said * count)
		return 0;
	bench_why("%" PRIu64 " were there in %" PRIu64 " operations, of %lu "
		  "each in %" PRIu64, figures->made, figures->ops, count, said);
	return -1;
}

static void cleanup(void)
{
	cg_close(&base);	/* the rest is below it and in the journal */
}

static double slab(void) { return figures->bytes[0]; }
static double stack(void) { return figures->bytes[1]; }
static double tables(void) { return figures->bytes[2]; }
static double percpu(void) { return figures->bytes[3]; }

static double whole(void)
{
	return slab() + stack() + tables() + percpu();
}

static double size_of(const char *name)
{
	long bytes = btf_struct_size(BTF_KERNEL, name);

	return bytes < 0 ? NAN : bytes;
}

static double signal_struct(void) { return size_of("signal_struct"); }
static double rwsem(void) { return size_of("rw_semaphore"); }

/* Of the cache that has signal_struct: alone, or MERGED with others. */
static double object_size(bool merged)
{
	static const char cache[] = "/sys/kernel/slab/signal_cache";
	char alias[64], path[sizeof(cache) + 16];
	ssize_t len = readlink(cache, alias, sizeof(alias));
	double bytes;
	FILE *f;

	if ((len > 0) != merged)
		return NAN;
	snprintf(path, sizeof(path), "%s/object_size", cache);
	f = fopen(path, "re");
	if (!f)
		return NAN;
	if (fscanf(f, "%lf", &bytes) != 1)
		bytes = NAN;
	fclose(f);
	return bytes;
}

static double signal_cache(void) { return object_size(false); }
static double merged_cache(void) { return object_size(true); }

const struct bench bench = {
	.name = "footprint",
	.summary = "kernel memory of a thread, a process, a cgroup",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "maker", .loop = loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		{ "slab", "bytes", "lower", slab },
		{ "stack", "bytes", "lower", stack },
		{ "tables", "bytes", "lower", tables },
		{ "percpu", "bytes", "lower", percpu },
		{ "whole", "bytes", "lower", whole },
		{ "signal-struct", "bytes", "lower", signal_struct },
		{ "rwsem", "bytes", "lower", rwsem },
		{ "signal-cache", "bytes", "lower", signal_cache },
		{ "merged-cache", "bytes", "lower", merged_cache },
		{ .name = NULL },
	},
	.needs = { .missing = missing, .overhead = overhead, .pace = pace },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
