// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exact - invent a results folder of exact mode
 *
 * Nothing in it was counted. A thread creation takes --thread instructions,
 * --often of a hundred 1082 more and every sixteenth 5000 more; a fork five
 * times as many; a move of T threads 10000 + 500 T. --add is added to each
 * creation, --less taken from each move. Written by what the benchmarks
 * write with.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "err.h"
#include "lat.h"
#include "opt.h"

static const char *out, *kernel, *lock, *label;
static unsigned long thread, add, less, often, ops, scatter, spoil, turn;

static const struct opt options[] = {
	{ "out", OPT_PATH, &out, NULL, NULL, "folder to make" },
	{ "kernel", OPT_WORD, &kernel, "6.18.0", NULL, "release" },
	{ "lock", OPT_WORD, &lock, "default", NULL, "lock mode" },
	{ "label", OPT_WORD, &label, NULL, NULL, "of the run" },
	{ "thread", OPT_UINT, &thread, "29400", "1..1000000", "" },
	{ "add", OPT_UINT, &add, "0", "0..1000000", "to each creation" },
	{ "less", OPT_UINT, &less, "0", "0..10000", "of each move" },
	{ "often", OPT_UINT, &often, "10", "0..100", "of a hundred" },
	{ "scatter", OPT_UINT, &scatter, "0", "0..1000000",
	  "more to each creation than to the one before it" },
	{ "turn", OPT_UINT, &turn, "0", "0..100",
	  "the first operation is this one" },
	{ "ops", OPT_UINT, &ops, "300", "1..65536", "of each point" },
	{ "spoil", OPT_UINT, &spoil, "0", "0..9",
	  "in this line's distribution one sample is another" },
	OPT_END
};

static const struct opt_prog prog = {
	.name = "exact", .summary = "invent a results folder of exact mode",
	.usage = "--out DIR [OPTION]...", .tables = { options, NULL },
	.more = "EXAMPLES\n  exact --out /tmp/a --add 42\n",
};

static const struct point {
	const char	*bench, *name, *options, *role;
	unsigned int	 times, threads;
} points[] = {
	{ "null", "Null", "", "null", 0, 0 },
	{ "clone", "Clone", "kind=thread siblings=0", "cloner", 1, 0 },
	{ "clone", "Clone", "kind=fork siblings=0", "cloner", 5, 0 },
	{ "attach", "Attach", "threads=1 hierarchy=v2", "attacher", 0, 1 },
	{ "attach", "Attach", "threads=64 hierarchy=v2", "attacher", 0, 64 },
	{ "attach", "Attach", "threads=512 hierarchy=v2", "attacher", 0, 512 },
};

#define NR_POINTS (sizeof(points) / sizeof(*points))

static uint64_t sample(const struct point *p, uint64_t n)
{
	uint64_t v = p->times * thread + (p->times ? add + n * scatter : 0);

	if (p->threads)
		v = 10000 + 500 * p->threads - less;
	else if (!p->times)
		return 7;
	return v + (n * 37 % 100 < often) * 1082 + (n % 16 == 15) * 5000;
}

__attribute__((format(printf, 2, 3)))
static FILE *file(const char *mode, const char *fmt, ...)
{
	char *name = NULL;
	va_list ap;
	FILE *f;

	va_start(ap, fmt);
	if (vasprintf(&name, fmt, ap) < 0)
		exit(EXIT_FAIL);
	va_end(ap);
	f = fopen(name, mode);
	if (!f) {
		err_say("%s: %s", name, strerror(errno));
		exit(EXIT_FAIL);
	}
	free(name);
	return f;
}

static void one(unsigned int nr, FILE *plan, FILE *to)
{
	const struct point *p = &points[nr];
	uint64_t *each = calloc(ops, sizeof(*each)), v;
	static struct lat lat;
	const struct lat *from = &lat;
	struct exact e;
	char *name, *c;
	FILE *f;

	fprintf(plan, "%u\t1\tall\t%s\tidle\t30\trun\t-\texact=true\t%s\n",
		nr + 1, p->bench, *p->options ? p->options : "-");
	lat_clear(&lat);
	lat_keep(&lat, each, ops);
	for (uint64_t i = 0; i < ops; i++)
		lat_add(&lat, sample(p, i + turn));
	if (!exact_make(&e, &from, 1))
		exit(EXIT_FAIL);
	if (spoil == nr + 1)
		each[0]++;
	f = file("w", "%s/lat/%04u.lat", out, nr + 1);
	fprintf(f, "# forkpath-lat/1\n");
	exact_print(&e, p->role, &from, 1, f);
	fclose(f);

	name = strdup(p->options);
	for (c = name; (c = strchr(c, ' ')); )
		*c = '/';
	exact_quantile(&e, 0.5, &v);
	fprintf(to, "bench: %s\nUnit %s-p50-instructions better=lower "
		"assume=exact\nUnit clock-instructions better=lower "
		"assume=exact\n# line %u ok seconds=0.1 workload=idle "
		"lat=lat/%04u.lat\n# conditions exact=true ops=%lu\n"
		"Benchmark%s%s%s %lu %" PRIu64 " %s-p50-instructions %" PRIu64
		" %s-max-instructions %lu %s-ops 7.01 clock-instructions\n",
		p->bench, p->role, nr + 1, nr + 1, ops, p->name,
		*name ? "/" : "", name, ops, v, p->role, e.sorted[e.nr - 1],
		p->role, ops, p->role);
	free(e.sorted);
	free(name);
	free(each);
}

int main(int argc, char **argv)
{
	FILE *plan, *to, *meta;
	char lats[4096];

	err_prog = prog.name;
	if (opt_parse(&prog, argc, argv) != argc || !out)
		return EXIT_BAD;
	snprintf(lats, sizeof(lats), "%s/lat", out);
	if ((mkdir(out, 0777) && errno != EEXIST) || mkdir(lats, 0777)) {
		err_say("%s: %s", lats, strerror(errno));
		return EXIT_FAIL;
	}
	plan = file("w", "%s/plan.tsv", out);
	to = file("w", "%s/counted.sample", out);
	fprintf(plan, "# forkpath-plan/1\n# question counted\n"
		"# title What was invented?\n"
		"# command ./run.sh counted --exact\n"
		"line\tblock\tpart\tbench\tworkload\tlimit\tverdict\treason\t"
		"conditions\tpoint\n");
	fprintf(to, "schema: forkpath-sample/1\nsuite: 3f2c1ab90d1e\n"
		"kernel: %s\n", kernel);
	for (unsigned int i = 0; i < NR_POINTS; i++)
		one(i, plan, to);
	fclose(plan);
	fclose(to);
	meta = file("w", "%s/meta.json", out);
	fprintf(meta, "{\n \"boot_id\": \"b\", \"command\": null, "
		"\"cpu\": {\"model\": \"Invented CPU\", \"online\": 1},\n"
		" \"exact\": true, \"label\": %s%s%s,\n"
		" \"kernel\": {\"built\": \"Linux version %s\", "
		"\"machine\": \"x86_64\", \"release\": \"%s\", "
		"\"version\": \"#1 SMP\"},\n \"lock_mode\": \"%s\", "
		"\"place\": \"vm\", \"schema\": \"forkpath-meta/1\",\n"
		" \"utc\": \"2026-01-01T00:00:02Z\"\n}\n", label ? "\"" : "",
		label ? label : "null", label ? "\"" : "", kernel, kernel,
		lock);
	return fclose(meta) ? EXIT_FAIL : EXIT_OK;
}
