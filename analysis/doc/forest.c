// SPDX-License-Identifier: GPL-2.0-or-later
/* forest - effects with their intervals, distributions before and after */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "mem.h"

#define ROWS_MAX	40	/* of a figure */
#define TEXT_ROWS	6	/* in the text: the table has the rest */
#define TEXT_WIDTH	43
#define ECDF_MAX	6	/* figures of distributions: the largest effects */

/* In per cent, the range that all intervals and the band fit into. */
static double reach(const struct family *f, size_t nr, double smallest)
{
	double most = 200 * smallest;

	for (size_t i = 0; i < nr; i++) {
		const struct effect *e = &f->row[i].e;

		if (isnan(e->ratio))
			continue;
		most = fmax(most, 105 * fabs(e->lo - 1));
		most = fmax(most, 105 * fabs(e->hi - 1));
	}
	return most;
}

static size_t column(double percent, double most)
{
	double at = (percent / most + 1) / 2 * (TEXT_WIDTH - 1);

	return at < 0 ? 0 : at > TEXT_WIDTH - 1 ? TEXT_WIDTH - 1 : rint(at);
}

/* "[---*---]" over ":  |  :", the band between the colons. */
static char *in_text(const struct family *f, double smallest)
{
	size_t nr = f->nr_row < TEXT_ROWS ? f->nr_row : TEXT_ROWS, len;
	double most = reach(f, nr, smallest);
	char *text = NULL, line[TEXT_WIDTH + 1];
	FILE *to = mem_stream(&text, &len);

	for (size_t i = 0; i < nr; i++) {
		const struct effect *e = &f->row[i].e;

		if (isnan(e->ratio))
			continue;
		memset(line, ' ', TEXT_WIDTH);
		line[TEXT_WIDTH] = 0;
		for (size_t k = column(100 * (e->lo - 1), most);
		     k <= column(100 * (e->hi - 1), most); k++)
			line[k] = '-';
		line[column(-100 * smallest, most)] = ':';
		line[column(100 * smallest, most)] = ':';
		line[column(0, most)] = '|';
		line[column(100 * (e->lo - 1), most)] = '[';
		line[column(100 * (e->hi - 1), most)] = ']';
		line[column(100 * (e->ratio - 1), most)] = '*';
		for (size_t k = TEXT_WIDTH; k && line[k - 1] == ' '; )
			line[--k] = 0;
		fprintf(to, "  %-26.26s %s\n", f->row[i].label, line);
	}
	fprintf(to, "  %26s %-*.1f0%+*.1f%%\n", "", TEXT_WIDTH / 2, -most,
		TEXT_WIDTH / 2 - 1, most);
	fclose(to);
	return text;
}

static void forest(struct compare *c, size_t nr_family, int fd)
{
	const struct family *f = &c->family[nr_family];
	size_t nr = f->nr_row < ROWS_MAX ? f->nr_row : ROWS_MAX;
	double s = 100 * c->opt.smallest, most = reach(f, nr, c->opt.smallest);
	struct plot *plot;
	struct figure g;
	char text[200];

	plot = c->nr_family > 1 ? plot_new(&c->plots, "forest-%zu",
					   nr_family + 1) :
		plot_new(&c->plots, "forest");
	snprintf(plot->title, sizeof(plot->title),
		 "change of p50, %.40s against %.40s; : or grey: +-%g %%",
		 c->sets.set[nr_family + 1].name, c->sets.set[0].name, s);
	plot->text = in_text(f, c->opt.smallest);
	if (fd < 0)
		return;
	plot_start(&g, plot);
	fprintf(g.dat, "# row change_percent low high verdict label\n");
	for (size_t i = 0; i < nr; i++) {
		const struct effect *e = &f->row[i].e;

		if (isnan(e->ratio))
			continue;
		fprintf(g.dat, "%zu %.6g %.6g %.6g %d \"%s\"\n", nr - i,
			100 * (e->ratio - 1), 100 * (e->lo - 1),
			100 * (e->hi - 1), (int)e->verdict,
			plot_quoted(text, sizeof(text), f->row[i].label));
	}
	fprintf(g.gp, "if (!text) { set title '%s' }\n"
		"set xlabel 'change of p50 [%%]'\nunset key\n"
		"set xrange [%.6g:%.6g]\nset yrange [0.3:%zu.7]\n"
		"set object 1 rectangle from first %.6g, graph 0 to first %.6g, graph 1 fc rgb '#e8e8e8' fs solid noborder behind\n"
		"set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead lc rgb '#888888'\n"
		"set lmargin 32\nset ytics ()\n"
		"plot '%s.dat' using 2:1:3:4:yticlabels(6) with xerrorbars pt 7 lc rgb '#0072b2' notitle\n",
		plot_quoted(text, sizeof(text), plot->title), -most, most, nr,
		-s, s, plot->name);
	plot_end(&g, &c->plots, plot, fd, false);
}

static void before_after(struct compare *c, size_t nr_family, int fd)
{
	const struct family *f = &c->family[nr_family];
	size_t done = 0;

	for (size_t i = 0; i < f->nr_row && done < ECDF_MAX; i++) {
		struct curve curve[2];
		struct pool pool[2];
		struct plot *plot;

		for (unsigned int arm = 0; arm < 2; arm++) {
			family_pool(f, &f->row[i], arm, &pool[arm]);
			curve[arm].pool = &pool[arm];
		}
		if (pool[0].ops && pool[1].ops) {
			snprintf(curve[0].label, sizeof(curve->label), "A %.90s",
				 c->sets.set[0].name);
			snprintf(curve[1].label, sizeof(curve->label), "B %.90s",
				 c->sets.set[nr_family + 1].name);
			plot = plot_new(&c->plots, "ecdf-%zu-%zu-%.70s",
					nr_family + 1, ++done, f->row[i].label);
			snprintf(plot->title, sizeof(plot->title),
				 "%.120s: before and after", f->row[i].label);
			plot->in_report = done == 1;
			plot_curves(&c->plots, fd, false, plot, curve, 2);
		}
		pool_clear(&pool[0]);
		pool_clear(&pool[1]);
	}
}

void compare_plots(struct compare *c, int fd)
{
	for (size_t i = 0; i < c->nr_family; i++) {
		if (!c->family[i].nr_row || c->exact)
			continue;
		forest(c, i, fd);
		if (fd >= 0)
			before_after(c, i, fd);
	}
}
