// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * format-gobench - one line per repetition, for benchstat
 *
 * The medians that benchstat prints are those of the report: the same
 * repetitions, failed, void and malformed ones left out. `part` is a key of
 * the file, so that points of two parts are never pooled.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* Reads back as the same number, without digits that nobody measured. */
static void put_number(FILE *to, double v)
{
	char text[40];

	snprintf(text, sizeof(text), "%.15g", v);
	if (strtod(text, NULL) != v)
		snprintf(text, sizeof(text), "%.17g", v);
	fputs(text, to);
}

static void put_key(FILE *to, const char *key, const char *value)
{
	char text[400];

	if (value && *value)
		fprintf(to, "%s: %s\n", key,
			out_ascii(text, sizeof(text), value));
}

/*
 * BenchmarkCloneAttach/kind=thread/... A name that ended in -<digits> would
 * be read as one with GOMAXPROCS: an element behind keeps it as it is.
 */
static void put_name(FILE *to, const struct point *p)
{
	char name[1000];
	bool upper = true;
	size_t n, digits;

	point_name(p, name, sizeof(name));
	fputs("Benchmark", to);
	for (n = 0; name[n] && name[n] != '/'; n++) {
		if (name[n] == '-')
			upper = true;
		else
			fputc(upper ? toupper((unsigned char)name[n]) : name[n],
			      to);
		upper = name[n] == '-';
	}
	fputs(name + n, to);
	n = strlen(name);
	for (digits = 0; digits < n &&
	     isdigit((unsigned char)name[n - 1 - digits]); digits++)
		;
	if (digits && digits < n && name[n - 1 - digits] == '-')
		fputs("/end", to);
}

int format_gobench(struct report *r, FILE *to)
{
	const struct run *run = &r->run;
	char buf[400];

	/* What differs between the two that are compared is no table's. */
	fputs("# two columns: benchstat -ignore label,kernel,lock,suite A B\n",
	      to);
	put_key(to, "goos", "linux");
	put_key(to, "suite", run->sample_suite ?: run->suite);
	put_key(to, "kernel", run_release(run));
	put_key(to, "machine", cond_machine(run, buf, sizeof(buf)));
	put_key(to, "lock", cond_lock(run, buf, sizeof(buf)));
	put_key(to, "label", cond_text(run, "label", buf, sizeof(buf)));
	put_key(to, "question", run->question);
	for (size_t i = 0; i < run->nr_unit; i++)
		fprintf(to, "Unit %s better=%s%s\n", run->unit[i].name,
			run->unit[i].higher ? "higher" : "lower",
			run->unit[i].exact ? " assume=exact" : "");
	for (size_t i = 0; i < r->points.nr_point; i++) {
		const struct point *p = &r->points.point[i];

		if (!i || strcmp(p->part, p[-1].part))
			fprintf(to, "\npart: %s\n", p->part);
		for (size_t k = 0; k < p->nr_rep; k++) {
			const struct rep *rep = p->rep[k];
			const struct value *ops = rep_ops(rep);

			put_name(to, p);
			fprintf(to, " %.0f", ops ? ops->v : 1);
			for (size_t v = 0; v < rep->nr_value; v++) {
				fputc(' ', to);
				put_number(to, rep->value[v].v);
				fprintf(to, " %s", rep->value[v].unit);
			}
			fputc('\n', to);
		}
	}
	return 0;
}
