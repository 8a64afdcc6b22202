// SPDX-License-Identifier: GPL-2.0-or-later
/* history-doc - a history as a document, and its figures */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "mem.h"

#define PLOTS_MAX	60
#define TEXTS_MAX	3	/* figures in the text */
#define BAD_MAX		6	/* folders named that could not be read */

const char *history_number(char *buf, size_t len, const char *unit, double v)
{
	if (mem_ends(unit, "-instructions")) {
		snprintf(buf, len, "%.0f", v);
		return buf;
	}
	return mem_ends(unit, "-ns") ? out_time(buf, len, v) :
		v == rint(v) && v < 1e5 ? out_count(buf, len, v) :
		v < 1e5 ? out_number(buf, len, v) : out_count(buf, len, v);
}

/* "+2.9%"; nothing where it says nothing. */
const char *history_change(char *buf, size_t len, double ratio)
{
	double pct = 100 * (ratio - 1);

	if (!isfinite(pct))
		snprintf(buf, len, "-");
	else if (ratio >= 10)
		snprintf(buf, len, "x%.0f", ratio);
	else
		snprintf(buf, len, "%+.1f%%", fabs(pct) < 0.05 ? 0 : pct);
	return buf;
}

static void table_of(const struct history *h, const struct track *t,
		     struct doc *to)
{
	char a[60], b[60];
	struct table tab;

	table_head(&tab, 3, "", "kernel", h->by_date ? "measured" : "",
		   h->by_date ? "reps" : "boots", "value",
		   h->exact ? "" : "+-", "vs first", "level", NULL);
	for (size_t i = 0; i < t->nr_row; i++) {
		const struct row *row = &t->row[i];
		const struct past *p = &h->past[t->at[row->first].past];
		scoped char *link = NULL;

		table_row(&tab, NULL);
		table_cell(&tab, 0, "%s", row->step ? ">" : " ");
		table_cell(&tab, 1, "%.26s", p->release);
		if (h->by_date)
			table_cell(&tab, 2, "%.16s", p->utc);
		table_cell(&tab, 3, "%zu", h->by_date ? row->est.nr : row->nr);
		table_cell(&tab, 4, "%s", history_number(a, sizeof(a), t->unit,
							 row->est.med));
		est_spread(b, sizeof(b), &row->est);
		if (!history_exact(t))
			table_cell(&tab, 5, "%s%s", b,
				   row->nr > 1 || h->by_date ? "" : "'");
		table_cell(&tab, 6, "%s", i ? history_change(a, sizeof(a),
			row->est.med / t->row[0].est.med) : "");
		if (!row->step || !i)
			continue;
		history_change(a, sizeof(a), row->level / row[-1].level);
		if (history_exact(t))
			table_cell(&tab, 7, "%+.0f", row->level - row[-1].level);
		else
			table_cell(&tab, 7, "%s p=%.3f", a, row->p);
		link = h->link ? h->link(h->of, t, row) : NULL;
		if (link)
			table_link(&tab, 7, link);
	}
	doc_table(to, &tab);
}

/* As part of a gnuplot string. */
static const char *plain(char *buf, size_t len, const char *text)
{
	snprintf(buf, len, "%.20s", text);
	for (char *c = buf; *c; c++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			    "0123456789_.:+-", *c))
			*c = '_';
	return buf;
}

static void figure(struct history *h, size_t nr_t, int fd, bool text_only,
		   bool in_report)
{
	const struct track *t = h->track[nr_t];
	const struct row *row = t->row;
	size_t nr = t->nr_row, every = (nr + 5) / 6;
	struct plot *plot = plot_new(&h->plots, "history-%zu", nr_t + 1);
	double unit = 1, least = HUGE_VAL;
	const char *unit_name = t->unit;
	struct figure f;
	char buf[170];

	snprintf(plot->title, sizeof(plot->title), "%s: %s", t->name, t->unit);
	plot->in_report = plot->in_text = in_report;
	plot_start(&f, plot);
	for (size_t i = 0; i < nr; i++)
		least = fmin(least, row[i].est.med);
	if (mem_ends(t->unit, "-ns")) {
		unit = out_scale(least)->ns;
		unit_name = out_scale(least)->name;
	}
	fprintf(f.dat, "# place kernel measured value low high level change\n");
	for (size_t i = 0; i < nr; i++) {
		const struct past *p = &h->past[t->at[row[i].first].past];

		fprintf(f.dat, "%zu %s ", i, plain(buf, sizeof(buf),
			*p->release ? p->release : "-"));
		fprintf(f.dat, "%s %.9g %.9g %.9g %.9g %d\n",
			plain(buf, sizeof(buf), *p->utc ? p->utc : "-"),
			row[i].est.med, row[i].est.lo, row[i].est.hi,
			row[i].level, row[i].step);
	}
	fprintf(f.gp, "if (!text) { set title '%s' }\n",
		plot_quoted(buf, sizeof(buf), plot->title));
	fprintf(f.gp, "unit = %.0f\nset ylabel '%s'\nunset key\nset xrange [-0.5:%zu.5]\n"
		"if (!text) { set xtics rotate by -35 }\nset xtics (", unit,
		plain(buf, sizeof(buf), unit_name), nr - 1);
	for (size_t i = 0; i < nr; i += every) {
		const struct past *p = &h->past[t->at[row[i].first].past];

		fprintf(f.gp, "%s'%.*s' %zu", i ? ", " : "", h->by_date ? 10 : 20,
			plain(buf, sizeof(buf), h->by_date ? p->utc : p->release),
			i);
	}
	fprintf(f.gp, ")\n");
	for (size_t i = 0; i < nr; i++)
		if (i && row[i].step)
			fprintf(f.gp, "set arrow from %zu.5, graph 0 to %zu.5, graph 1 nohead\n",
				i - 1, i - 1);
	fprintf(f.gp, "plot '%s.dat' using 1:($4/unit):($5/unit):($6/unit) with yerrorbars, \\\n"
		"     '' using 1:($7/unit) with histeps\n", plot->name);
	plot_end(&f, &h->plots, plot, fd, text_only);
}

static void track_doc(struct history *h, size_t nr_t, int fd, bool text_only,
		      size_t *texts, struct doc *to)
{
	const struct track *t = h->track[nr_t];
	bool in_report, in_page;

	doc_head(to, "%s", t->name);
	doc_note(to, "%s%s%s", t->unit, *t->series ? " on " : "", t->series);
	table_of(h, t, to);
	if (t->found == -ENODATA)
		doc_note(to, "changes: fewer than 4 values, none can be found");
	else if (t->found == -E2BIG)
		doc_note(to, "changes: not searched, more than %d rows",
			HISTORY_SEARCH_MAX);
	else if (t->found < 0)
		doc_note(to, "changes: not searched, values of 0");
	else if (!t->found)
		doc_note(to, "changes: none");
	if (history_per_value(t) > 1 && t->found >= 0 && !history_exact(t))
		doc_note(to, "searched in medians of up to %zu folders of one release, because there are more than %d",
			history_per_value(t), HISTORY_SEARCH_MAX);
	in_page = h->plots.want_svg && (t->nr_step || h->nr_track <= PLOTS_MAX);
	in_report = !h->plots.want_svg && *texts < TEXTS_MAX &&
		(t->found > 0 || h->nr_track <= TEXTS_MAX);
	if (fd >= 0 && t->nr_row > 1 && h->plots.nr_plot < PLOTS_MAX &&
	    (!text_only || in_report || in_page)) {
		const struct plot *plot;

		*texts += in_report;
		figure(h, nr_t, fd, text_only, in_report);
		plot = &h->plots.plot[h->plots.nr_plot - 1];
		doc_figure(to, plot->title, plot->text, plot->svg);
	}
}

void history_unread(const struct history *h, struct doc *to)
{
	for (size_t i = 0; i < h->nr_bad && i < BAD_MAX; i++)
		doc_key(to, "not read", "%s", h->bad[i]);
	if (h->nr_bad > BAD_MAX)
		doc_key(to, "not read", "%zu more folders", h->nr_bad - BAD_MAX);
}

void history_keys(const struct history *h, struct doc *to)
{
	doc_key(to, "order", "%s",
		h->by_date ? "date of the run" : "kernel release, then date");
	doc_key(to, "value", "median over the repetitions of a folder (one boot)%s",
		h->by_date ? "" : "; of a release, median over its boots");
	if (h->together)
		doc_key(to, "hosts", "with equal machines are one series; what one is slower by than the others on the same kernels is taken out");
	if (h->exact)
		doc_key(to, ">", "another number of instructions: counted, so nothing is estimated");
	else
		doc_key(to, "+-3%", "95 %% interval of the median; (3%%): the whole range (n < 6)%s",
			h->by_date ? "" : "; 3%' of one boot: over its repetitions, no claim about the kernel");
	if (!h->exact)
		doc_key(to, ">", "the level changes here (E-divisive, energy statistic, %d permutations, seed %lu, p <= %.2g each: %.2g false ones expected)",
			HISTORY_PERMUTATIONS, h->seed, HISTORY_ALPHA, HISTORY_ALPHA * h->nr_track);
	if (h->nr_other)
		doc_key(to, "without", "%zu folders have no such point or metric",
			h->nr_other);
	if (h->nr_note)
		doc_key(to, "excluded", "%zu malformed records; report DIR says which",
			h->nr_note);
	history_unread(h, to);
}

void history_tracks(struct history *h, int fd, bool text_only, struct doc *to)
{
	size_t texts = 0;

	for (size_t i = 0; i < h->nr_track; i++)
		track_doc(h, i, fd, text_only, &texts, to);
}
