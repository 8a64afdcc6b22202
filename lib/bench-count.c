// SPDX-License-Identifier: GPL-2.0-or-later
/* bench-count - events, counted while the actors run */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "bench-own.h"

struct count_event bench_event[COUNT_MAX];
int bench_nr_events;
static struct count counts[MAX_ROLES][COUNT_MAX];
static struct meter {
	int	fd;
	struct count *to;
} *meter;
static unsigned int nr_meters;

/* Events that cannot be counted here: why, else NULL. */
const char *bench_uncountable(void)
{
	static char why[200];

	for (int e = 0; e < bench_nr_events; e++) {
		int fd = bench_event[e].actor ?
			count_open(&bench_event[e], 0, -1, why, sizeof(why)) :
			count_open(&bench_event[e], -1, 0, why, sizeof(why));

		if (fd < 0)
			return why;
		close(fd);
	}
	return NULL;
}

/* On each CPU once; two roles on one could not be told apart. */
const char *bench_shared_cpu(void)
{
	static char why[200];

	for (unsigned int i = 0; i < bench_nr_actors; i++)
		for (unsigned int k = 0; k < i; k++)
			if (bench_actors[k].cpu == bench_actors[i].cpu &&
			    bench_actors[k].role != bench_actors[i].role) {
				snprintf(why, sizeof(why), "counters: %s and "
					 "%s share CPU %u; their events cannot "
					 "be told apart", bench_actors[k].role->name,
					 bench_actors[i].role->name, bench_actors[i].cpu);
				return why;
			}
	return NULL;
}

static int add_meter(unsigned int i, int e)
{
	const struct actor *a = &bench_actors[i];
	char why[200];
	int fd;

	for (unsigned int k = 0; !bench_event[e].actor && k < i; k++)
		if (bench_actors[k].cpu == a->cpu)
			return 0;
	fd = bench_event[e].actor ?
		count_open(&bench_event[e], a->tid, -1, why, sizeof(why)) :
		count_open(&bench_event[e], -1, a->cpu, why, sizeof(why));
	if (fd < 0) {
		bench_why("%s", why);
		return fd;
	}
	meter[nr_meters++] = (struct meter){
		fd, &counts[a->role - bench.roles][e]
	};
	return 0;
}

/*
 * Opened by the parent once the actors exist: their forks copy no open file
 * more than they always do.
 */
int bench_count_start(void)
{
	struct rlimit files;
	int ret = 0;

	if (!bench_nr_events)
		return 0;
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	meter = calloc(bench_nr_actors * bench_nr_events, sizeof(*meter));
	if (!meter)
		return -ENOMEM;
	for (unsigned int i = 0; i < bench_nr_actors; i++)
		for (int e = 0; e < bench_nr_events && !ret; e++)
			ret = add_meter(i, e);
	for (unsigned int i = 0; i < nr_meters && !ret; i++)
		ret = count_start(meter[i].fd);
	return ret;
}

int bench_count_stop(void)
{
	int ret = 0;

	for (unsigned int i = 0; i < nr_meters && !ret; i++)
		ret = count_stop(meter[i].fd);
	for (unsigned int i = 0; i < nr_meters && !ret; i++)
		ret = count_add(meter[i].fd, meter[i].to);
	return ret;
}

/* All that were done while it was counted, in whatever phase. */
static uint64_t counted_ops(const struct role *r)
{
	uint64_t ops = 0;

	for (unsigned int i = 0; i < bench_nr_actors; i++)
		if (bench_actors[i].role == r)
			ops += bench_actors[i].lat.ops + bench_actors[i].other.ops;
	return ops;
}

void bench_print_counts(const struct role *r)
{
	uint64_t ops = counted_ops(r);

	for (int e = 0; e < bench_nr_events; e++) {
		const struct count *c = &counts[r - bench.roles][e];
		const char *name = bench_event[e].name;

		if (count_whole(c) && ops)
			printf(" %.9g %s-%s/op", (double)c->value / ops,
			       r->name, name);
		printf(" %" PRIu64 " %s-%s-count %" PRIu64 " %s-%s-enabled-ns "
		       "%" PRIu64 " %s-%s-running-ns", c->value, r->name, name,
		       c->enabled, r->name, name, c->running, r->name, name);
	}
	if (bench_nr_events)
		printf(" %" PRIu64 " %s-counted-ops", ops, r->name);
}
