// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pidlist - what reading the list of a cgroup's tasks costs
 *
 * One operation opens the file, reads it to its end and closes it; that is
 * the sample. v1 takes a sorted snapshot when it is first read (an array of
 * all numbers, as in 2007); v2 walks the tasks under css_set_lock, a page of
 * text at a time, against forks and exits of everybody.
 *
 * file: `procs` is cgroup.procs, `threads` is tasks (v1) or cgroup.threads.
 * as: the group holds one process of `tasks` threads, or so many processes.
 * elsewhere: parked threads of one more process that is not in the group; the
 * first versions looked at every task of the machine.
 * cloners: processes in the group, each creating threads that exit at once
 * (as `clone --kind thread`); their latency shows what the reading costs
 * them. beside-share is the share of these threads during whose creation and
 * exit a list was read, by the stamps of both.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "cg.h"
#include "child.h"
#include "tg.h"

enum { FILE_PROCS, FILE_THREADS };
enum { AS_THREADS, AS_PROCESSES };

static unsigned long tasks, readers, cloners, elsewhere;
static const char *hierarchy;
static int file, as;

static const struct opt opts[] = {
	{ "tasks", OPT_UINT, &tasks, "1", "1..1000000",
	  "parked tasks in the group" },
	{ "file", OPT_CHOICE, &file, "procs", "procs threads",
	  "which list is read" },
	{ "as", OPT_CHOICE, &as, "threads", "threads processes",
	  "the tasks: threads of one process, or processes" },
	{ "hierarchy", OPT_WORD, &hierarchy, "v2", NULL,
	  "v2, v2-CONTROLLER, v1-CONTROLLER or v1-name=NAME" },
	{ "readers", OPT_UINT, &readers, "1", "1..1024",
	  "actors that read at the same time" },
	{ "elsewhere", OPT_UINT, &elsewhere, "0", "0..1000000",
	  "parked tasks that are not in the group" },
	{ "cloners", OPT_UINT, &cloners, "0", "0..1024",
	  "actors in the group that create threads meanwhile" },
	OPT_END
};

static struct cg_hier hier;
static struct cg base = CG_NONE, group = CG_NONE;
static struct tg *tg;			/* as processes: one each */
static struct tg others = TG_NONE;	/* elsewhere */
static struct child *child;
static struct spans *cloned, *listed;	/* per cloner, per reader */
static uint64_t *lists;			/* complete ones, per reader */
static char *text;			/* a reader's own copy of the list */
static size_t text_size;

/* A process is about this many threads' worth of memory. */
static unsigned long room(void)
{
	return (as == AS_PROCESSES ? 8 * tasks : tasks) + 2 * cloners +
		elsewhere;
}

static const char *bad(void)
{
	return cg_hier_bad(hierarchy);
}

static const char *missing(void)
{
	const char *why = cg_hier_missing(hierarchy, &hier);

	if (!why && hier.version == 2)
		why = child_into_missing();
	return why ? why : tg_missing(room());
}

static double overhead(void)
{
	return 0.02 + tg_seconds(elsewhere) +
		(as == AS_PROCESSES ? tasks * 300e-6 : tg_seconds(tasks));
}

static const char *file_name(void)
{
	return file == FILE_PROCS ? "cgroup.procs" : cg_threads_file(&group);
}

/* Numbers that do not change: what is parked, and the cloners themselves. */
static long due(void)
{
	return (file == FILE_PROCS && as == AS_THREADS ? 1 : tasks) + cloners;
}

static int setup(void)
{
	unsigned long nr = as == AS_PROCESSES ? tasks : 1;
	int ret = bench_room(room());

	if (ret)
		return ret;
	text_size = (due() + cloners) * 8 + 65536;
	text = bench_shared(text_size * readers);
	lists = bench_shared(readers * sizeof(*lists));
	child = bench_shared((cloners + 1) * sizeof(*child));
	tg = calloc(nr, sizeof(*tg));
	cloned = bench_shared((cloners + 1) * sizeof(*cloned));
	listed = bench_shared(readers * sizeof(*listed));
	if (!text || !lists || !child || !tg || !cloned || !listed)
		return -ENOMEM;
	for (unsigned long i = 0; i < cloners; i++)
		child[i].spans = &cloned[i];
	ret = cg_base(&hier, &base);
	if (!ret)
		ret = cg_make(&hier, &base, "list", &group);
	if (ret)
		bench_why("making a cgroup in %s: %s", hier.mount,
			  strerror(-ret));
	for (unsigned long i = 0; i < nr && !ret; i++) {
		ret = tg_create_in(&tg[i], as == AS_PROCESSES ? 1 : tasks,
				   &group);
		if (ret)
			bench_why("process %lu of %lu: %s", i + 1, nr,
				  strerror(-ret));
	}
	if (!ret && elsewhere) {
		ret = tg_create(&others, elsewhere);
		if (ret)
			bench_why("%lu threads elsewhere: %s", elsewhere,
				  strerror(-ret));
	}
	return ret;
}

static int enter_cloner(unsigned int nr)
{
	(void)nr;
	return cg_write(&group, "cgroup.procs", "0");
}

static int clone_loop(unsigned int nr, struct lat *lat)
{
	return child_loop(&child[nr], CHILD_THREAD, UNTIL_EXIT, 0, lat);
}

/* The operation. Bytes in TO, or -errno. */
static ssize_t read_list(char *to)
{
	int fd = cg_open(&group, file_name(), O_RDONLY);
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	while ((n = read(fd, to + have, text_size - have)) > 0)
		have += n;
	if (n < 0)
		n = -errno;
	close(fd);
	return n < 0 ? n : (ssize_t)have;
}

static long count(const char *list, ssize_t bytes)
{
	long lines = 0;

	for (ssize_t i = 0; i < bytes; i++)
		lines += list[i] == '\n';
	return lines;
}

static int read_loop(unsigned int nr, struct lat *lat)
{
	char *mine = text + nr * text_size;

	while (loop_more(lat)) {
		uint64_t begin = clock_ns(), end;
		ssize_t n = read_list(mine);
		long lines;

		end = clock_ns();
		if (n < 0) {
			bench_why("%s of %s: %s", file_name(), group.path,
				  strerror(-n));
			return n;
		}
		lines = count(mine, n);
		/* A cloner's next child may come while the list is made. */
		if (lines == due() || (cloners && lines > due()))
			lists[nr]++;
		if (cloners)
			span_add(&listed[nr], begin, end);
		lat_add(lat, end - begin);
	}
	return 0;
}

/* Is every number of the list one of ours, each only once? */
static int verify_list(void)
{
	ssize_t n = read_list(text);
	char *p = text, *nl, path[64];
	long before = 0, lines = 0;
	bool sorted = true;

	for (; n > 0 && (nl = memchr(p, '\n', text + n - p)); p = nl + 1) {
		long pid = strtol(p, NULL, 10);

		if (as == AS_THREADS && !cloners)
			snprintf(path, sizeof(path), "/proc/%d/task/%ld",
				 tg[0].pid, pid);
		else
			snprintf(path, sizeof(path), "/proc/%ld", pid);
		if (access(path, F_OK)) {
			bench_why("%ld is in the list, but not in the group",
				  pid);
			return -1;
		}
		sorted &= pid > before;
		before = pid;
		lines++;
	}
	if (hier.version == 1 && !sorted) {
		bench_why("the list is not in order");
		return -1;
	}
	if (lines < due() || lines > due() + (long)cloners) {
		bench_why("%ld numbers in the list, %ld due", lines, due());
		return -1;
	}
	return 0;
}

/* Are they there, and none of them in the list? */
static int verify_elsewhere(void)
{
	long there = elsewhere ? tg_threads(others.pid) : 0;
	ssize_t n = elsewhere ? read_list(text) : 0;
	char *p = text, *nl, path[64];

	if (there != (long)elsewhere) {
		bench_why("%ld tasks elsewhere, not %lu", there, elsewhere);
		return -1;
	}
	for (; n > 0 && (nl = memchr(p, '\n', text + n - p)); p = nl + 1) {
		snprintf(path, sizeof(path), "/proc/%d/task/%ld", others.pid,
			 strtol(p, NULL, 10));
		if (!access(path, F_OK)) {
			bench_why("%s is in the list, not elsewhere", path);
			return -1;
		}
	}
	return 0;
}

static int verify(void)
{
	for (unsigned int i = 0; i < readers; i++) {
		uint64_t said = bench_done("reader", i);

		if (lists[i] != said) {
			bench_why("reader %u: %" PRIu64 " lists were complete, "
				  "%" PRIu64 " reported", i, lists[i], said);
			return -1;
		}
	}
	for (unsigned int i = 0; i < cloners; i++)
		if (child[i].seen != bench_done("cloner", i)) {
			bench_why("cloner %u: %" PRIu64 " children seen, %"
				  PRIu64 " reported", i, child[i].seen,
				  bench_done("cloner", i));
			return -1;
		}
	return verify_elsewhere() ? -1 : verify_list();
}

static void cleanup(void)
{
	for (unsigned long i = 0; tg && i < (as == AS_PROCESSES ? tasks : 1);
	     i++)
		tg_destroy(&tg[i]);
	tg_destroy(&others);
	cg_remove(&group, 60);
	cg_close(&base);
}

static double beside(void)
{
	return cloners ? span_share(cloned, cloners, listed, readers) : NAN;
}

const struct bench bench = {
	.name = "pidlist",
	.summary = "read the list of a cgroup's tasks",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "reader", .nr = &readers, .loop = read_loop },
		{ .name = "cloner", .nr = &cloners, .enter = enter_cloner,
		  .loop = clone_loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		{ "beside", "share", "higher", beside },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .overhead = overhead },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
