// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * history - many results folders in order: one table and figure per point
 *
 * A value is one folder, which is one boot: the median over its repetitions.
 * Folders are ordered by kernel release or by date; change points are those
 * of series_edivisive() on the logarithms of the values. Points are the same
 * where part, bench, options, workload and placement are; several hosts are
 * never put into one series.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "folders.h"
#include "mem.h"
#include "doc-form.h"
#include "owner.h"
#include "plot.h"
#include "series.h"
#include "verbs.h"

#define ROLES_MAX	8
#define CHANGES_MAX	40
#define PERMUTATIONS	999
#define ALPHA		0.01
#define SEARCH_MAX	400	/* values: permutations of more take minutes */
#define PLOTS_MAX	60
#define TEXTS_MAX	3	/* figures in the text */
#define BAD_MAX		6	/* folders named that could not be read */

static const char *opt_metric, *opt_out, *opt_point;
static int opt_by;
static unsigned long opt_seed;

const struct opt history_opts[] = {
	{ "metric", OPT_PATH, &opt_metric, NULL, NULL,
	  "unit to follow, as in the sample; else p50 of every role" },
	{ "point", OPT_PATH, &opt_point, NULL, NULL,
	  "only these: BENCH/KEY=VALUE/.." },
	{ "by", OPT_CHOICE, &opt_by, "version", "version date",
	  "order: kernel release, or time of the run" },
	{ "out", OPT_PATH, &opt_out, NULL, NULL,
	  "folder to keep figures in, with data and scripts" },
	{ "seed", OPT_UINT, &opt_seed, "1", "0..4294967295",
	  "of the permutation test" },
	OPT_END
};

struct past {
	char	*path, *release, *utc, *host, *question;
	size_t	 place;		/* in the order asked for */
};

struct entry {
	size_t		 past;	/* index */
	struct est	 est;	/* over its repetitions */
};

/* One point of one host in one unit through time. */
struct track {
	char		*host, *name, *unit;
	struct entry	*at;
	size_t		 nr;
};

/* A line of the table: one release, or one run. */
struct row {
	size_t		 first, nr;	/* of the track's entries */
	struct est	 est;
	int		 change;	/* index, -1: none */
	double		 level;		/* median of the segment it is in */
};

struct hist {
	struct past	*past;
	size_t		 nr_past;
	struct track	*track;
	size_t		 nr_track;
	char		**bad;
	size_t		 nr_bad, nr_other, nr_note;
	struct plots	 plots;
};

static void entry_add(struct hist *h, size_t past, const char *name,
		      const char *unit, const struct est *est)
{
	static size_t hint;
	struct track *t = NULL;
	struct entry *e;

	for (size_t i = 0; i < h->nr_track; i++) {
		struct track *one = &h->track[(i + hint) % h->nr_track];

		if (strcmp(one->name, name) || strcmp(one->unit, unit) ||
		    strcmp(one->host, h->past[past].host))
			continue;
		hint = one - h->track + 1;
		t = one;
		break;
	}
	if (!t) {
		t = mem_more(&h->track, &h->nr_track, sizeof(*t));
		t->host = mem_text("%s", h->past[past].host);
		t->name = mem_text("%s", name);
		t->unit = mem_text("%s", unit);
	}
	e = mem_more(&t->at, &t->nr, sizeof(*e));
	e->past = past;
	e->est = *est;
}

static bool point_add(struct hist *h, size_t past, const struct point *p)
{
	char role[ROLES_MAX][64], unit[100], *name = point_identity(p);
	size_t nr = opt_metric ? 1 : point_roles(p, role, ROLES_MAX);
	double *v = mem_get(p->nr_rep, sizeof(*v));
	bool any = false;

	for (size_t i = 0; i < nr; i++) {
		struct est e;

		if (opt_metric)
			snprintf(unit, sizeof(unit), "%s", opt_metric);
		else
			snprintf(unit, sizeof(unit), "%.63s-p50-%s", role[i],
				 point_unit(p));
		e = est_make(v, point_values(p, unit, v, NULL));
		if (!e.nr)
			continue;
		entry_add(h, past, name, unit, &e);
		any = true;
	}
	free(name);
	free(v);
	return any;
}

static void folder_add(struct hist *h, const char *path,
		       const struct wanted *wanted)
{
	struct points points;
	struct past *past;
	bool any = false;
	struct run run;

	if (folder_points(&run, &points, path)) {
		*(char **)mem_more(&h->bad, &h->nr_bad, sizeof(char *)) =
			mem_text("%s", run.error);
		run_free(&run);
		return;
	}
	if (run_timeless(&run)) {
		*(char **)mem_more(&h->bad, &h->nr_bad, sizeof(char *)) =
			mem_text("%s: %s has no history", path,
				 run_timeless(&run));
		points_free(&points);
		run_free(&run);
		return;
	}
	h->nr_note += run.nr_note;
	past = mem_more(&h->past, &h->nr_past, sizeof(*past));
	past->path = mem_text("%s", path);
	past->release = mem_text("%s", run_release(&run) ?: "unknown");
	past->utc = mem_text("%s", run_meta(&run, "utc"));
	past->host = mem_text("%s", run_meta(&run, "host"));
	for (size_t i = 0; i < points.nr_point; i++) {
		const struct point *p = &points.point[i];

		if (p->nr_rep && (!wanted->bench || wanted_match(wanted, p)))
			any |= point_add(h, h->nr_past - 1, p);
	}
	h->nr_other += !any;
	points_free(&points);
	run_free(&run);
}

static int past_order(const void *pa, const void *pb)
{
	const struct past *a = *(const struct past *const *)pa;
	const struct past *b = *(const struct past *const *)pb;
	int c = 0;

	if (!opt_by)
		c = release_order(a->release, b->release);
	if (!c)
		c = strcmp(a->utc, b->utc);
	return c ? c : release_order(a->path, b->path);
}

static const struct past *sorting;

static int entry_order(const void *pa, const void *pb)
{
	size_t a = sorting[((const struct entry *)pa)->past].place;
	size_t b = sorting[((const struct entry *)pb)->past].place;

	return a < b ? -1 : a > b;
}

static void sort(struct hist *h)
{
	struct past **at = mem_get(h->nr_past, sizeof(*at));
	size_t i;

	for (i = 0; i < h->nr_past; i++)
		at[i] = &h->past[i];
	qsort(at, h->nr_past, sizeof(*at), past_order);
	for (i = 0; i < h->nr_past; i++)
		at[i]->place = i;
	free(at);
	sorting = h->past;
	for (i = 0; i < h->nr_track; i++)
		qsort(h->track[i].at, h->track[i].nr, sizeof(struct entry),
		      entry_order);
}

/* --- one track ----------------------------------------------------------- */

/* Entries to rows: runs of one release, or each on its own. */
static size_t rows_make(const struct hist *h, const struct track *t,
			struct row **row)
{
	double *v = mem_get(t->nr, sizeof(*v));
	size_t nr = 0, i, k;

	*row = NULL;
	for (i = 0; i < t->nr; i = k) {
		struct row *r = mem_more(row, &nr, sizeof(*r));

		for (k = i; k < t->nr && (k == i || (!opt_by &&
		     !strcmp(h->past[t->at[k].past].release,
			     h->past[t->at[i].past].release))); k++)
			v[k - i] = t->at[k].est.med;
		r->first = i;
		r->nr = k - i;
		r->est = r->nr > 1 ? est_make(v, r->nr) : t->at[i].est;
		r->change = -1;
	}
	free(v);
	return nr;
}

/*
 * Change points into CHANGE, `at` in rows; *BY_ROW: releases were searched,
 * not folders. Returns how many, or -errno.
 */
static int changes(const struct track *t, struct row *row, size_t nr_row,
		   struct series_change *change, bool *by_row)
{
	const struct series_opt opt = {
		.min_len = 2, .permutations = PERMUTATIONS, .alpha = ALPHA,
		.seed = opt_seed,
	};
	double *x = mem_get(t->nr, sizeof(*x)), *v = mem_get(t->nr, sizeof(*v));
	size_t nr, begin = 0, i, k, n;
	int found;

	*by_row = t->nr > SEARCH_MAX;
	nr = *by_row ? nr_row : t->nr;
	found = nr > SEARCH_MAX ? -E2BIG : nr < 4 ? -ENODATA : 0;
	for (i = 0; i < nr && !found; i++) {
		double med = *by_row ? row[i].est.med : t->at[i].est.med;

		if (med <= 0)
			found = -EDOM;
		x[i] = log(med);
	}
	if (!found)
		found = series_edivisive(x, nr, &opt, change, CHANGES_MAX);
	for (int c = 0; c < found; c++) {
		/* A change between two boots of one release is seen there. */
		for (i = 0; !*by_row && i + 1 < nr_row &&
			    row[i].first + row[i].nr <= change[c].at; i++)
			;
		if (!*by_row)
			change[c].at = i;
		row[change[c].at].change = c;
	}
	for (i = 0; i < nr_row; i = k) {
		struct est e;

		begin = row[i].first;
		for (k = i + 1; k < nr_row && row[k].change < 0; k++)
			;
		n = (k < nr_row ? row[k].first : t->nr) - begin;
		for (size_t j = 0; j < n; j++)
			v[j] = t->at[begin + j].est.med;
		e = est_make(v, n);
		for (size_t j = i; j < k; j++)
			row[j].level = e.med;
	}
	free(v);
	free(x);
	return found;
}

static const char *value(char *buf, size_t len, const char *unit, double v)
{
	return mem_ends(unit, "-ns") ? out_time(buf, len, v) :
		v == rint(v) && v < 1e5 ? out_count(buf, len, v) :
		v < 1e5 ? out_number(buf, len, v) : out_count(buf, len, v);
}

/* "+2.9%"; nothing where it says nothing. */
static const char *per_cent(char *buf, size_t len, double ratio)
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

static void table_of(const struct hist *h, const struct track *t,
		     const struct row *row, size_t nr,
		     const struct series_change *change, struct doc *to)
{
	char a[60], b[60];
	struct table tab;

	table_head(&tab, 3, "", "kernel", opt_by ? "measured" : "",
		   opt_by ? "reps" : "boots", "value", "+-", "vs first",
		   "level", NULL);
	for (size_t i = 0; i < nr; i++) {
		const struct past *p = &h->past[t->at[row[i].first].past];

		table_row(&tab, NULL);
		table_cell(&tab, 0, "%s", row[i].change < 0 ? " " : ">");
		table_cell(&tab, 1, "%.26s", p->release);
		if (opt_by)
			table_cell(&tab, 2, "%.16s", p->utc);
		table_cell(&tab, 3, "%zu", opt_by ? row[i].est.nr : row[i].nr);
		table_cell(&tab, 4, "%s", value(a, sizeof(a), t->unit,
						row[i].est.med));
		est_spread(b, sizeof(b), &row[i].est);
		table_cell(&tab, 5, "%s%s", b, row[i].nr > 1 || opt_by ? "" : "'");
		table_cell(&tab, 6, "%s", i ? per_cent(a, sizeof(a),
			row[i].est.med / row[0].est.med) : "");
		if (row[i].change >= 0)
			table_cell(&tab, 7, "%s p=%.3f",
				   per_cent(a, sizeof(a), row[i].level /
					    row[i - 1].level),
				   change[row[i].change].p);
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

static void figure(struct hist *h, size_t nr_t, const struct row *row,
		   size_t nr, int fd, bool text_only, bool in_report)
{
	const struct track *t = &h->track[nr_t];
	size_t dat_len, gp_len, every = (nr + 5) / 6;
	char name[60], title[160], buf[80];
	char *dat, *gp;
	double unit = 1, least = HUGE_VAL;
	const char *unit_name = t->unit;
	FILE *d = mem_stream(&dat, &dat_len);
	FILE *g = mem_stream(&gp, &gp_len);

	for (size_t i = 0; i < nr; i++)
		least = fmin(least, row[i].est.med);
	if (mem_ends(t->unit, "-ns")) {
		unit = out_scale(least)->ns;
		unit_name = out_scale(least)->name;
	}
	fprintf(d, "# place kernel measured value low high level change\n");
	for (size_t i = 0; i < nr; i++) {
		const struct past *p = &h->past[t->at[row[i].first].past];

		fprintf(d, "%zu %s ", i, plain(buf, sizeof(buf),
					       *p->release ? p->release : "-"));
		fprintf(d, "%s %.9g %.9g %.9g %.9g %d\n",
			plain(buf, sizeof(buf), *p->utc ? p->utc : "-"),
			row[i].est.med, row[i].est.lo, row[i].est.hi,
			row[i].level, row[i].change >= 0);
	}
	snprintf(name, sizeof(name), "history-%zu", nr_t + 1);
	snprintf(title, sizeof(title), "%s: %s", t->name, t->unit);
	fprintf(g, "unit = %.0f\nset ylabel '%s'\nunset key\nset xrange [-0.5:%zu.5]\n"
		"if (!text) { set xtics rotate by -35 }\nset xtics (", unit,
		plain(buf, sizeof(buf), unit_name), nr - 1);
	for (size_t i = 0; i < nr; i += every) {
		const struct past *p = &h->past[t->at[row[i].first].past];

		fprintf(g, "%s'%.*s' %zu", i ? ", " : "", opt_by ? 10 : 20,
			plain(buf, sizeof(buf), opt_by ? p->utc : p->release),
			i);
	}
	fprintf(g, ")\n");
	for (size_t i = 0; i < nr; i++)
		if (row[i].change >= 0)
			fprintf(g, "set arrow from %zu.5, graph 0 to %zu.5, graph 1 nohead\n",
				i - 1, i - 1);
	fprintf(g, "plot '%s.dat' using 1:($4/unit):($5/unit):($6/unit) with yerrorbars, \\\n"
		"     '' using 1:($7/unit) with histeps\n", name);
	fclose(d);
	fclose(g);
	plots_add(&h->plots, fd, text_only, in_report, name, title, dat, gp);
	free(dat);
	free(gp);
}

static void track_print(struct hist *h, size_t nr_t, int fd, bool text_only,
			size_t *texts, struct doc *to)
{
	const struct track *t = &h->track[nr_t];
	struct series_change change[CHANGES_MAX];
	struct row *row;
	size_t nr = rows_make(h, t, &row);
	bool by_row, in_report;
	int found = changes(t, row, nr, change, &by_row);

	doc_head(to, "%s", t->name);
	doc_note(to, "%s%s%s", t->unit, *t->host ? " on " : "", t->host);
	table_of(h, t, row, nr, change, to);
	if (found == -ENODATA)
		doc_note(to, "changes: fewer than 4 values, none can be found");
	else if (found == -E2BIG)
		doc_note(to, "changes: not searched, more than %d rows",
			SEARCH_MAX);
	else if (found < 0)
		doc_note(to, "changes: not searched, values of 0");
	else if (!found)
		doc_note(to, "changes: none");
	if (by_row && found >= 0)
		doc_note(to, "searched in the values of the rows, because there are more than %d folders",
			SEARCH_MAX);
	in_report = nr > 1 && *texts < TEXTS_MAX && (found > 0 ||
		    h->nr_track <= TEXTS_MAX);
	if (fd >= 0 && nr > 1 && h->plots.nr_plot < PLOTS_MAX &&
	    (!text_only || in_report)) {
		*texts += in_report;
		figure(h, nr_t, row, nr, fd, text_only, in_report);
		if (h->plots.plot[h->plots.nr_plot - 1].text)
			doc_figure(to, h->plots.plot[h->plots.nr_plot - 1].title,
				   h->plots.plot[h->plots.nr_plot - 1].text, NULL);
	}
	free(row);
}

static void build(struct hist *h, int fd, bool text_only, struct doc *to)
{
	size_t texts = 0;

	doc_head(to, "history: %zu folders, %zu series", h->nr_past,
		h->nr_track);
	doc_key(to, "order", "%s",
		opt_by ? "date of the run" : "kernel release, then date");
	doc_key(to, "value", "median over the repetitions of a folder (one boot)%s",
		opt_by ? "" : "; of a release, median over its boots");
	doc_key(to, "+-3%", "95 %% interval of the median; (3%%): the whole range (n < 6)%s",
		opt_by ? "" : "; 3%' of one boot: over its repetitions, no claim about the kernel");
	doc_key(to, ">", "the level changes here (E-divisive, energy statistic, %d permutations, seed %lu, p <= %.2g each: %.2g false ones expected)",
		PERMUTATIONS, opt_seed, ALPHA, ALPHA * h->nr_track);
	if (h->nr_other)
		doc_key(to, "without", "%zu folders have no such point or metric",
			h->nr_other);
	if (h->nr_note)
		doc_key(to, "excluded", "%zu malformed records; report DIR says which",
			h->nr_note);
	for (size_t i = 0; i < h->nr_bad && i < BAD_MAX; i++)
		doc_key(to, "not read", "%s", h->bad[i]);
	if (h->nr_bad > BAD_MAX)
		doc_key(to, "not read", "%zu more folders", h->nr_bad - BAD_MAX);
	for (size_t i = 0; i < h->nr_track; i++)
		track_print(h, i, fd, text_only, &texts, to);
	if (!text_only && h->plots.nr_plot)
		doc_key(to, "figures", "%s/history-1.svg and so on, with .png, .dat and .gp",
			opt_out);
}

static void print(struct hist *h, int fd, bool text_only, FILE *to)
{
	struct doc d = { 0 };

	build(h, fd, text_only, &d);
	doc_text(&d, to);
	doc_free(&d);
}

static void hist_free(struct hist *h)
{
	for (size_t i = 0; i < h->nr_past; i++) {
		free(h->past[i].path);
		free(h->past[i].release);
		free(h->past[i].utc);
		free(h->past[i].host);
	}
	free(h->past);
	for (size_t i = 0; i < h->nr_track; i++) {
		free(h->track[i].host);
		free(h->track[i].name);
		free(h->track[i].unit);
		free(h->track[i].at);
	}
	free(h->track);
	for (size_t i = 0; i < h->nr_bad; i++)
		free(h->bad[i]);
	free(h->bad);
	plots_free(&h->plots);
}

int history(char **path, int nr)
{
	char why[600], folder[sizeof(PLOTS_TEMP)] = "";
	struct wanted wanted = { 0 };
	struct folders all = { 0 };
	struct hist h = { 0 };
	int ret = EXIT_BAD, fd = -1;

	if (nr < 1) {
		err_say("history: no folder given; expected results folders or a tree of them");
		return EXIT_BAD;
	}
	if ((opt_point && wanted_parse(&wanted, opt_point, why, sizeof(why))) ||
	    folders_find(&all, path, nr, release_order, why, sizeof(why))) {
		err_say("history: %s", why);
		goto cleanup;
	}
	for (size_t i = 0; i < all.nr; i++)
		folder_add(&h, all.path[i], &wanted);
	if (!h.nr_past) {
		err_say("history: %s", h.bad[0]);
		goto cleanup;
	}
	if (!h.nr_track) {
		err_say("history: no folder has a repetition of %s%s%s that is ok",
			opt_point ?: "any point", opt_metric ? " with " : "",
			opt_metric ?: "");
		goto cleanup;
	}
	sort(&h);
	ret = EXIT_FAIL;
	if (opt_out) {
		fd = owner_folder(opt_out, why, sizeof(why));
		if (fd < 0) {
			err_say("history: %s", why);
			goto cleanup;
		}
	} else {
		fd = plots_temp(&h.plots, folder);
	}
	print(&h, fd, !opt_out, stdout);
	if (*h.plots.problem)
		err_say("plots: %s", h.plots.problem);
	if (opt_out)
		close(fd);
	else
		plots_temp_end(&h.plots, fd, folder);
	ret = EXIT_OK;
cleanup:
	hist_free(&h);
	folders_free(&all);
	wanted_free(&wanted);
	return ret;
}
