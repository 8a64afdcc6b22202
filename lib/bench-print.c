// SPDX-License-Identifier: GPL-2.0-or-later
/* bench-print - the sample, and what a program says of itself */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "bench-own.h"
#include "cpus.h"
#include "err.h"
#include "vdso.h"
#include "version.h"

#define MAX_SERIES	8	/* actors of a role whose series is kept */

static void print_camel(const char *name)
{
	bool up = true;

	for (; *name; name++) {
		if (*name == '-') {
			up = true;
			continue;
		}
		putchar(up ? toupper((unsigned char)*name) : *name);
		up = false;
	}
}

static const struct { const char *name; double q; } quantiles[] = {
	{ "p50", .50 }, { "p90", .90 }, { "p99", .99 }, { "p99.9", .999 },
};

/* What a counter of times counts in exact mode. */
static const char *unit_of(const struct counter *c)
{
	return bench_set.exact && !strcmp(c->unit, "ns") ? "instructions" : c->unit;
}

static void print_units(void)
{
	const char *unit = bench_set.exact ? "instructions" : "ns";
	const char *more = bench_set.exact ? " assume=exact" : "";

	for (const struct role *r = bench.roles; r->name; r++) {
		for (unsigned int i = 0; i < 4; i++)
			printf("Unit %s-%s-%s better=lower%s\n", r->name,
			       quantiles[i].name, unit, more);
		printf("Unit %s-max-%s better=lower%s\n", r->name, unit, more);
		if (!bench_set.exact)
			printf("Unit %s-ops/s better=higher\n", r->name);
		for (int e = 0; e < bench_nr_events; e++)
			printf("Unit %s-%s/op better=lower\n", r->name,
			       bench_event[e].name);
	}
	for (const struct counter *c = bench.counters; c && c->name; c++)
		printf("Unit %s-%s better=%s%s\n", c->name, unit_of(c),
		       c->better, strcmp(c->unit, "ns") ? "" : more);
	printf("Unit clock-%s better=lower%s\n", unit, more);
}

/* A role that has no actors at this point leaves nothing but its units. */
bool bench_played(const struct role *r)
{
	return !r->nr || *r->nr;
}

static void print_cpus(void)
{
	unsigned int cpu[CPUS_MAX];
	char list[1024];

	for (const struct role *r = bench.roles; r->name; r++) {
		unsigned int n = 0;

		if (!bench_played(r))
			continue;
		for (unsigned int i = 0; i < bench_nr_actors && n < CPUS_MAX; i++)
			if (bench_actors[i].role == r)
				cpu[n++] = bench_actors[i].cpu;
		printf(" %s-cpus=%s", r->name,
		       cpus_show(cpu, n, list, sizeof(list)) ? list : "many");
	}
}

/* The actors of R, at most MAX; returns how many. */
static unsigned int lats_of(const struct role *r, const struct lat **lat,
			    unsigned int max)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < bench_nr_actors && nr < max; i++)
		if (bench_actors[i].role == r)
			lat[nr++] = &bench_actors[i].lat;
	return nr;
}

static bool exact_of(const struct role *r, struct exact *e,
		     const struct lat ***lat, unsigned int *nr)
{
	*lat = calloc(bench_nr_actors, sizeof(**lat));
	*nr = *lat ? lats_of(r, *lat, bench_nr_actors) : 0;
	if (*lat && exact_make(e, *lat, *nr))
		return true;
	free(*lat);
	return false;
}

static int print_exact(const struct role *r)
{
	const struct lat **lat;
	struct exact e;
	unsigned int nr;
	uint64_t v;

	if (!bench_played(r))
		return 0;
	if (!exact_of(r, &e, &lat, &nr))
		return -ENOMEM;
	for (unsigned int i = 0; i < 4; i++)
		if (exact_quantile(&e, quantiles[i].q, &v))
			printf(" %" PRIu64 " %s-%s-instructions", v, r->name,
			       quantiles[i].name);
	printf(" %" PRIu64 " %s-max-instructions %" PRIu64 " %s-ops",
	       e.nr ? e.sorted[e.nr - 1] : 0, r->name, e.nr, r->name);
	free(e.sorted);
	free(lat);
	return 0;
}

static int lat_exact(const struct role *r, FILE *to)
{
	const struct lat **lat;
	struct exact e;
	unsigned int nr;
	int ret;

	if (!exact_of(r, &e, &lat, &nr))
		return -ENOMEM;
	ret = exact_print(&e, r->name, lat, nr, to);
	free(e.sorted);
	free(lat);
	return ret;
}

static void print_role(const struct role *r)
{
	const struct lat *l = bench_lat(r->name);
	double rate = 0;
	uint64_t ns;

	if (!bench_played(r))
		return;
	for (unsigned int i = 0; i < bench_nr_actors; i++)
		if (bench_actors[i].role == r && bench_actors[i].end > bench_actors[i].begin)
			rate += bench_actors[i].lat.ops * 1e9 /
				(bench_actors[i].end - bench_actors[i].begin);
	for (unsigned int i = 0; i < 4; i++)
		if (lat_quantile(l, quantiles[i].q, &ns))
			printf(" %" PRIu64 " %s-%s-ns", ns, r->name,
			       quantiles[i].name);
	printf(" %" PRIu64 " %s-max-ns %" PRIu64 " %s-ops %.6g %s-ops/s",
	       l->max, r->name, l->ops, r->name, rate, r->name);
}

static void print_conditions(void)
{
	struct utsname u;

	uname(&u);
	printf("schema: forkpath-sample/1\nsuite: %s\nkernel: %s\nbench: %s\n",
	       forkpath_version, u.release, bench.name);
	print_units();
	if (bench_set.exact)
		printf("# conditions exact=true ops=%lu warmup-ops=%lu",
		       bench_set.ops, EXACT_WARM(bench_set.ops));
	else
		printf("# conditions time=%g warmup=%g ops=%lu min-ops=%lu",
		       bench_set.time, bench_set.warmup, bench_set.ops, bench_set.min_ops);
	print_cpus();
	if (bench_nr_events)
		printf(" events=%s", bench_set.events);
	if (*bench_doubts)
		printf(" verified=no:%s", bench_doubts);
	putchar('\n');
}

/* The point: benchmark, options, axes. */
static void print_name(void)
{
	char value[OPT_SHOW];

	printf("Benchmark");
	print_camel(bench.name);
	for (const struct opt *o = bench.opts; o && o->name; o++)
		printf("/%s=%s", o->name, opt_show(o, value, sizeof(value)));
	for (const struct opt *o = bench_axes; o->name; o++) {
		const char *v = opt_show(o, value, sizeof(value));

		if (*v)
			printf("/%s=%s", o->name, v);
	}
}

/* All that was measured, in one line. 0 or -errno. */
static int print_values(void)
{
	int ret = 0;

	printf(" %" PRIu64, bench_lat(bench.roles->name)->ops);
	for (const struct role *r = bench.roles; r->name && !ret; r++) {
		if (bench_set.exact)
			ret = print_exact(r);
		else
			print_role(r);
		bench_print_counts(r);
	}
	for (const struct counter *c = bench.counters; c && c->name; c++) {
		double v = c->value();

		if (!isnan(v))
			printf(" %.9g %s-%s", v, c->name, unit_of(c));
	}
	printf(" %.2f clock-%s\n", clock_cost_ns(),
	       bench_set.exact ? "instructions" : "ns");
	return err_stdout() ? -errno : ret;
}

static int write_lat(void)
{
	FILE *f = fopen(bench_set.lat, "we");
	int ret = 0;

	if (!f)
		return -errno;
	fprintf(f, "# forkpath-lat/1\n");
	if (bench_set.exact)
		vdso_print(f);
	for (const struct role *r = bench.roles; r->name && !ret; r++) {
		const struct lat *each[MAX_SERIES];
		unsigned int nr = lats_of(r, each, MAX_SERIES);

		if (!bench_played(r))
			continue;
		ret = bench_set.exact ? lat_exact(r, f) :
		      lat_print(bench_lat(r->name), r->name, each, nr, f);
	}
	if (fclose(f) && !ret)
		ret = -errno;
	return ret;
}

int bench_print(void)
{
	int ret;

	print_conditions();
	print_name();
	ret = print_values();
	return ret || !bench_set.lat ? ret : write_lat();
}

static void describe_table(const char *word, const struct opt *o)
{
	for (; o && o->name; o++)
		printf("%s\t%s\t%s\t%s\t%s\t%s\n", word, o->name,
		       opt_type_name(o->type), o->def ? o->def : "",
		       o->range ? o->range : "", o->help);
}

int bench_describe(void)
{
	printf("bench\t%s\t%s\n", bench.name, bench.summary);
	describe_table("opt", bench.opts);
	describe_table("opt", bench_axes);
	describe_table("common", bench_common);
	for (const struct role *r = bench.roles; r->name; r++)
		printf("role\t%s\n", r->name);
	for (const struct counter *c = bench.counters; c && c->name; c++)
		printf("counter\t%s\t%s\tbetter=%s\n", c->name, c->unit,
		       c->better);
	if (bench.needs.root)
		printf("need\troot\n");
	if (bench.needs.module)
		printf("need\tmodule\n");
	return err_end(EXIT_OK);
}
