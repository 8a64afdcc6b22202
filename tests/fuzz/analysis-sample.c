// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * analysis-sample - a .sample file beside a plan of four lines
 *
 * What was read is grouped and asked for, so that a pointer that leads
 * nowhere is followed.
 */
#include "fuzz.h"

#include "report.h"

static const char plan[] =
	"# forkpath-plan/1\n# question q\n"
	"line\tblock\tpart\tbench\tworkload\tlimit\tverdict\treason"
	"\tconditions\tpoint\n"
	"1\t1\tp\tclone\tidle\t30\trun\t-\ttime=0.4\tkind=fork siblings=0\n"
	"2\t1\tp\tclone-attach\tspin\t30\trun\t-\t-\tthink=0.010\n"
	"3\t1\tp\tnull\tidle\t30\tskip\tno reason\t-\t\n"
	"4\t2\tp\tclone\tidle\t30\trun\t-\ttime=0.4\tkind=fork siblings=0\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct run run = { .dirfd = -1 };
	char role[4][64];
	struct points points;
	char *text, *copy;

	copy = fuzz_text((const uint8_t *)plan, sizeof(plan) - 1);
	if (plan_parse(&run, copy, sizeof(plan) - 1))
		abort();
	snprintf(run.sample_name, sizeof(run.sample_name), "q.sample");
	text = fuzz_text(data, len);
	if (!sample_parse(&run, text, len)) {
		/* No folder is behind it. */
		for (size_t i = 0; i < run.nr_rep; i++)
			run.rep[i].lat = NULL;
		points_make(&points, &run);
		for (size_t i = 0; i < points.nr_point; i++) {
			const struct point *p = &points.point[i];

			for (size_t k = point_roles(p, role, 4); k--; ) {
				char unit[100];

				snprintf(unit, sizeof(unit), "%s-p50-ns",
					 role[k]);
				point_est(p, unit);
			}
		}
		points_free(&points);
	}
	run_free(&run);
	free(text);
	free(copy);
	return 0;
}
