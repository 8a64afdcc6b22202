// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * results - invent a results folder of a given size and speed
 *
 * Nothing in it was measured. Point k of --points has a p50 near
 * P50 (1 + k / 10) ns, times one lognormal factor of the boot (--boot-sd) and
 * one of each repetition (--sd); operations spread by 10 % about that, and
 * one in 200 takes eight times as long. The same options, the same bytes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "err.h"
#include "lat.h"
#include "opt.h"

#include "rng.h"

static const char *out, *question, *kernel, *host, *utc, *label;
static unsigned long p50, points, blocks, ops, seed;
static double sd, boot_sd;

static const struct opt options[] = {
	{ "out", OPT_PATH, &out, NULL, NULL, "folder to make" },
	{ "question", OPT_WORD, &question, "invented", NULL, "its name" },
	{ "kernel", OPT_WORD, &kernel, "6.18.0", NULL, "release" },
	{ "host", OPT_WORD, &host, "invented", NULL, "name of the machine" },
	{ "utc", OPT_WORD, &utc, "2026-01-02T03:04:05Z", NULL, "when" },
	{ "label", OPT_WORD, &label, "invented", NULL, "of the run" },
	{ "p50", OPT_UINT, &p50, "7000", "100..100000000", "ns, first point" },
	{ "points", OPT_UINT, &points, "1", "1..1000", "" },
	{ "blocks", OPT_UINT, &blocks, "10", "1..10000", "repetitions" },
	{ "ops", OPT_UINT, &ops, "1000", "1..100000000", "per repetition" },
	{ "sd", OPT_TIME, &sd, "0.005", "0..1", "between repetitions" },
	{ "boot-sd", OPT_TIME, &boot_sd, "0", "0..1", "between boots" },
	{ "seed", OPT_UINT, &seed, "1", "0..9223372036854775807", "" },
	OPT_END
};

static struct rng rng;

static double uniform(void)
{
	return ((rng_next(&rng) >> 11) + 0.5) / 9007199254740992.0;
}

/* Box & Muller, both of a pair. */
static double normal(void)
{
	static double kept;
	static bool have;
	double r, phi;

	have = !have;
	if (!have)
		return kept;
	r = sqrt(-2 * log(uniform()));
	phi = 2 * M_PI * uniform();
	kept = r * sin(phi);
	return r * cos(phi);
}

static FILE *create(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

static FILE *create(const char *fmt, ...)
{
	char *path = NULL;
	FILE *f = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&path, fmt, ap) >= 0)
		f = fopen(path, "w");
	va_end(ap);
	if (!f) {
		err_say("%s: %s", path ? path : out, strerror(errno));
		exit(EXIT_FAIL);
	}
	free(path);
	return f;
}

static void done(FILE *f)
{
	if (ferror(f) || fclose(f)) {
		err_say("%s: not written", out);
		exit(EXIT_FAIL);
	}
}

/* One repetition of point K, its plan line NR: .lat and two sample lines. */
static void repetition(unsigned long k, unsigned int nr, double boot,
		       FILE *sample)
{
	static const struct { const char *name; double q; } quantiles[] = {
		{ "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 },
		{ "p99.9", 0.999 },
	};
	static struct lat lat;
	const struct lat *each = &lat;
	double base = p50 * (1 + k / 10.0) * boot * exp(sd * normal());
	uint64_t ns;
	FILE *f;

	lat_clear(&lat);
	for (unsigned long i = 0; i < ops; i++)
		lat_add(&lat, base * exp(0.1 * normal()) *
			(rng_next(&rng) % 200 ? 1 : 8));
	f = create("%s/lat/%04u.lat", out, nr);
	fprintf(f, "# forkpath-lat/1\n");
	lat_print(&lat, "cloner", &each, 1, f);
	done(f);

	fprintf(sample, "# line %u ok seconds=0.5 workload=idle lat=lat/%04u.lat\n"
		"BenchmarkClone/kind=thread/siblings=%lu %lu", nr, nr, k, ops);
	for (size_t i = 0; i < 4; i++)
		if (lat_quantile(&lat, quantiles[i].q, &ns))
			fprintf(sample, " %" PRIu64 " cloner-%s-ns", ns,
				quantiles[i].name);
	fprintf(sample, " %" PRIu64 " cloner-max-ns %lu cloner-ops %.6g cloner-ops/s 24 clock-ns\n",
		lat.max, ops, ops * 1e9 / lat.sum);
}

int main(int argc, char **argv)
{
	const struct opt_prog prog = {
		.name = "results", .summary = "invent a results folder",
		.usage = "--out DIR [OPTION]...", .tables = { options },
	};
	FILE *plan, *sample, *meta;
	unsigned int nr = 0;
	double boot;
	char *dir;

	err_prog = prog.name;
	if (opt_parse(&prog, argc, argv) != argc || !out) {
		err_say("--out DIR and options are right");
		return EXIT_BAD;
	}
	if (asprintf(&dir, "%s/lat", out) < 0 || (mkdir(out, 0777) &&
	    errno != EEXIST) || mkdir(dir, 0777)) {
		err_say("%s: %s", out, strerror(errno));
		return EXIT_FAIL;
	}
	free(dir);
	rng.state = seed;
	boot = exp(boot_sd * normal());

	plan = create("%s/plan.tsv", out);
	fprintf(plan, "# forkpath-plan/1\n# question %s\n# title Invented\n"
		"# config configs/%s.conf\n# seed %lu\n# suite 3f2c1ab90d1e\n"
		"# blocks %lu\n# command ./run.sh %s\n"
		"line\tblock\tpart\tbench\tworkload\tlimit\tverdict\treason\tconditions\tpoint\n",
		question, question, seed, blocks, question);
	sample = create("%s/%s.sample", out, question);
	fprintf(sample, "schema: forkpath-sample/1\nsuite: 3f2c1ab90d1e\n"
		"kernel: %s\nbench: clone\nUnit cloner-p50-ns better=lower\n"
		"Unit cloner-ops/s better=higher\n"
		"# conditions time=0.4 warmup=0.04\n", kernel);
	for (unsigned long b = 1; b <= blocks; b++) {
		for (unsigned long k = 0; k < points; k++) {
			fprintf(plan, "%u\t%lu\tcreate\tclone\tidle\t30\trun\t-\ttime=0.4 warmup=0.04\tkind=thread siblings=%lu\n",
				++nr, b, k);
			repetition(k, nr, boot, sample);
		}
	}
	done(plan);
	done(sample);

	meta = create("%s/meta.json", out);
	fprintf(meta, "{\"host\": \"%s\", \"kernel\": {\"machine\": \"x86_64\", \"release\": \"%s\", \"version\": \"#1 SMP\"}, \"label\": \"%s\", \"schema\": \"forkpath-meta/1\", \"utc\": \"%s\"}\n",
		host, kernel, label, utc);
	done(meta);
	return EXIT_OK;
}
