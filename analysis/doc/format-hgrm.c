// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * format-hgrm - distributions as HdrHistogram prints percentiles
 *
 * One file for each point and role, DIR/hgrm/ID-PART-BENCH-OPTIONS-ROLE.hgrm:
 * the plotter of HdrHistogram takes one histogram from a file and labels it
 * with the name. Values are ns, the largest of their bucket; rows are as its
 * percentile iterator makes them with five ticks per half distance.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "file.h"
#include "mem.h"
#include "report.h"

#define TICKS	5
#define KEYS	32

struct row {
	double		   value, mid;
	unsigned long long count;
};

/* Buckets, what lay below the first at 0, what lay above the last at max. */
static struct row *rows_of(const struct pool *pool, size_t *nr)
{
	struct row *row = mem_get(pool->nr_bucket + 2, sizeof(*row));
	size_t n = 0;

	if (pool->under)
		row[n++] = (struct row){ 0, 0, pool->under };
	for (size_t i = 0; i < pool->nr_bucket; i++) {
		double last = fmin(pool->bucket[i].high - 1, pool->max);

		row[n++] = (struct row){ last, (pool->bucket[i].low + last) / 2,
					 pool->bucket[i].count };
	}
	if (pool->over)
		row[n++] = (struct row){ pool->max, pool->max, pool->over };
	*nr = n;
	return row;
}

static void histogram(const struct pool *pool, FILE *to)
{
	double level = 0, mean = 0, var = 0, total = pool->ops, doubled = 0;
	unsigned long long seen = 0;
	size_t nr, i;
	struct row *row = rows_of(pool, &nr);

	fprintf(to, "%12s %14s %10s %14s\n\n", "Value", "Percentile",
		"TotalCount", "1/(1-Percentile)");
	for (i = 0; i < nr; i++) {
		seen += row[i].count;
		mean += row[i].mid * (row[i].count / total);
		/* Every level that this value reaches; of the last, one. */
		while (level < 100 && level <= 100 * (seen / total)) {
			double half = pow(2, floor(log2(100 / (100 - level))) + 1);

			fprintf(to, "%12.3f %2.12f %10llu %14.2f\n",
				row[i].value, level / 100, seen,
				1 / (1 - level / 100));
			level += 100 / (TICKS * half);
			if (seen == pool->ops)
				break;
		}
	}
	fprintf(to, "%12.3f %2.12f %10llu\n", (double)pool->max, 1.0,
		seen);
	for (i = 0; i < nr; i++)
		var += pow(row[i].mid - mean, 2) * (row[i].count / total);
	/* lib/lat: 256 values of 1 ns, then 128 for each power of two. */
	if (pool->max >= 256)
		doubled = floor(log2(pool->max)) - 7;
	fprintf(to, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n"
		"#[Max     = %12.3f, Total count    = %12llu]\n"
		"#[Buckets = %12.0f, SubBuckets     = %12d]\n", mean, sqrt(var),
		(double)pool->max, seen, doubled + 1, 256);
	free(row);
}

static int put(int fd, const char *name, const struct pool *pool)
{
	char *text;
	size_t len;
	FILE *f = mem_stream(&text, &len);
	int ret;

	histogram(pool, f);
	fclose(f);
	ret = file_put(fd, name, text, len);
	free(text);
	return ret;
}

/* A file for each role of P, what tells it from others in the name: LABEL. */
static int put_point(const struct report *r, int fd, const struct point *p,
		     const char *label, FILE *to)
{
	char name[150];
	int ret = 0;

	for (size_t k = 0; k < p->nr_pool && !ret; k++) {
		if (!p->pool[k].ops)
			continue;
		snprintf(name, sizeof(name), "%03zu-%.20s-%.20s-%s%s%.24s.hgrm",
			 (size_t)(p - r->points.point) + 1, p->part, p->bench,
			 label, *label ? "-" : "", p->pool[k].role);
		for (char *c = name; *c; c++)
			if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh"
				    "ijklmnopqrstuvwxyz0123456789_.-", *c))
				*c = '-';
		ret = put(fd, name, &p->pool[k]);
		if (ret)
			err_say("%s/hgrm/%s: %s", r->run.path, name,
				strerror(-ret));
		else
			fprintf(to, "hgrm/%s\n", name);
	}
	return ret;
}

int format_hgrm(struct report *r, FILE *to)
{
	int fd = file_folder(r->run.dirfd, "hgrm"), ret = 0;
	scoped const struct point **p = mem_get(r->points.nr_point, sizeof(*p));
	const char *key[KEYS];
	char label[40];

	if (fd < 0) {
		err_say("%s/hgrm: %s", r->run.path, strerror(-fd));
		return -1;
	}
	for (size_t i = 0; i < r->points.nr_point && !ret; ) {
		size_t nr = points_table(&r->points, &i, p);
		size_t nr_key = point_varying(p, nr, key, KEYS);

		for (size_t k = 0; k < nr && !ret; k++)
			ret = put_point(r, fd, p[k],
					point_label(p[k], key, nr_key, false,
						    label, sizeof(label)), to);
	}
	close(fd);
	return ret ? -1 : 0;
}
