// SPDX-License-Identifier: GPL-2.0-or-later
/* figures - which figures a report has */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "profile.h"
#include "report.h"

#define KEYS_MAX	32
#define PLOTS_MAX	60

/* --- latency against size ------------------------------------------------ */

/* The figure of lines that begin at HEAD, named and titled. */
static struct plot *size_new(struct report *r, const struct point *const *head,
			     size_t nr)
{
	const char *part = head[0]->part;
	struct plot *plot;
	size_t i, k;

	for (i = k = 0; i < r->plots->nr_plot; i++)
		k += !strncmp(r->plots->plot[i].name, "size-", 5);
	plot = k ? plot_new(r->plots, "size-%s-%zu", part, k + 1) :
		   plot_new(r->plots, "size-%s", part);
	snprintf(plot->title, sizeof(plot->title),
		 "one write of cgroup.procs: p50 by threads moved");
	if (point_get(head[0], "think")) {
		if (!point_varies(head, nr, "think"))
			snprintf(plot->title, sizeof(plot->title),
				 "one write of cgroup.procs: p50 by threads moved, think %.20s s",
				 point_get(head[0], "think"));
	}
	return plot;
}

/* The sizes of one line; the least of all so far. */
static double size_data(FILE *dat, const struct size_fit *fit, double least)
{
	for (size_t k = 0; k < fit->nr_point; k++) {
		struct est e = point_p50(fit->point[k], fit->role);

		if (!e.nr || e.med <= 0)
			continue;
		fprintf(dat, "%.0f %.9g %.9g %.9g %zu\n",
			point_number(fit->point[k], "threads"), e.med, e.lo,
			e.hi, e.nr);
		least = fmin(least, e.lo);
	}
	return least;
}

static void size_plot(struct report *r, int fd, bool text_only,
		      const struct size_fit **fit, size_t nr, bool first)
{
	/* That of the first size is no property of the line. */
	static const char *const but[] = { "threads", NULL };
	const struct point *head[PLOT_LINES];
	const char *key[KEYS_MAX];
	double least = HUGE_VAL;
	char buf[100], text[100];
	struct plot *plot;
	struct figure f;
	size_t nr_key, i;

	for (i = 0; i < nr; i++)
		head[i] = fit[i]->point[0];
	nr_key = point_varying_but(head, nr, key, KEYS_MAX, but);
	plot = size_new(r, head, nr);
	plot->in_report = plot->in_text = first;

	plot_start(&f, plot);
	fprintf(f.dat, "# threads p50_ns low_ns high_ns n\n");
	for (i = 0; i < nr; i++) {
		fprintf(f.dat, "%s# %s\n", i ? "\n\n" : "",
			point_label(head[i], key, nr_key, true, text,
				    sizeof(text)));
		least = size_data(f.dat, fit[i], least);
	}
	plot_axis(f.gp, "y", least, "p50");
	fprintf(f.gp, "if (!text && !narrow) { set title '%s' }\n"
		"set xlabel 'threads in the group'\n"
		"set logscale xy\nset key top left reverse Left\n"
		"if (text) { set key outside top center horizontal }\n"
		"if (text) { set style data linespoints }"
		" else { set style data yerrorlines }\n",
		plot_quoted(text, sizeof(text), plot->title));
	for (i = 0; i < nr; i++)
		fprintf(f.gp, "%s'%s.dat' index %zu using 1:($2/unit):($3/unit):($4/unit) title '%s'",
			i ? ", \\\n     " : "plot ", plot->name, i,
			plot_quoted(text, sizeof(text),
			       point_label(head[i], key, nr_key, false, buf,
					   sizeof(buf))));
	fputc('\n', f.gp);
	plot_end(&f, r->plots, plot, fd, text_only);
}

/* Lines of one part, and one think time, go into one figure. */
static void size_plots(struct report *r, int fd, bool text_only)
{
	const struct size_fit *line[PLOT_LINES];
	bool *done = mem_get(r->sizes.nr_fit, sizeof(*done)), first = true;

	for (size_t i = 0; i < r->sizes.nr_fit; i++) {
		const struct point *p = r->sizes.fit[i].point[0];
		size_t nr = 0;

		if (done[i])
			continue;
		for (size_t k = i; k < r->sizes.nr_fit && nr < PLOT_LINES; k++) {
			const struct point *q = r->sizes.fit[k].point[0];

			if (done[k] || strcmp(p->part, q->part) ||
			    value_order(point_get(p, "think"),
					point_get(q, "think")))
				continue;
			done[k] = true;
			line[nr++] = &r->sizes.fit[k];
		}
		if (!text_only || first || r->plots->want_svg)
			size_plot(r, fd, text_only, line, nr, first);
		first = false;
	}
	free(done);
}

/* --- distributions ------------------------------------------------------- */

static void stall_plot(struct report *r, int fd, bool text_only)
{
	const struct point *point[PLOT_LINES];
	struct curve curve[PLOT_LINES];
	char label[PLOT_LINES][64];
	size_t nr = answer_stall(r, point, label, PLOT_LINES), n = 0;
	struct plot *plot;

	for (size_t i = 0; i < nr; i++) {
		curve[n].pool = point_pool(point[i], "cloner");
		if (!curve[n].pool || !curve[n].pool->ops)
			continue;
		snprintf(curve[n++].label, sizeof(curve->label), "%.63s",
			 label[i]);
	}
	if (n < 2)
		return;
	plot = plot_new(r->plots, "stall");
	snprintf(plot->title, sizeof(plot->title),
		 "tasks that took longer than t to create: with no moves, and while a group is moved");
	/* In 72 columns five curves are a heap: the table says it better. */
	plot->in_report = true;
	plot_curves(r->plots, fd, text_only, plot, curve, n);
}

/*
 * Distributions of ROLE over the NR points P, at most PLOT_LINES in a figure:
 * too many are split by the option that makes the fewest figures.
 */
static void dist_split(struct report *r, int fd, bool text_only,
		       const struct point **p, size_t nr, const char *role,
		       const char *fixed)
{
	const char *key[KEYS_MAX], *split = NULL;
	struct curve curve[PLOT_LINES];
	size_t nr_key = point_varying(p, nr, key, KEYS_MAX);
	size_t fewest = SIZE_MAX, n = 0, i, k;
	struct plot *plot;
	char text[100];

	if (!nr || r->plots->nr_plot >= PLOTS_MAX)
		return;
	for (k = 0; nr > PLOT_LINES && k < nr_key; k++) {
		size_t values = point_nr_values(p, nr, key[k]);

		if (values > 1 && values < fewest) {
			fewest = values;
			split = key[k];
		}
	}
	if (split) {
		scoped const struct point **some = mem_get(nr, sizeof(*some));
		scoped bool *done = mem_get(nr, sizeof(*done));

		for (i = 0; i < nr; i++) {
			char more[200];

			if (done[i])
				continue;
			for (k = i, n = 0; k < nr; k++) {
				if (value_order(point_get(p[i], split),
						point_get(p[k], split)))
					continue;
				done[k] = true;
				some[n++] = p[k];
			}
			snprintf(more, sizeof(more), "%s%s%s=%s", fixed,
				 *fixed ? " " : "", split,
				 point_get(p[i], split) ?: "");
			dist_split(r, fd, text_only, some, n, role, more);
		}
		return;
	}
	for (i = 0; i < nr && n < PLOT_LINES; i++) {
		curve[n].pool = point_pool(p[i], role);
		if (!curve[n].pool || !curve[n].pool->ops)
			continue;
		point_label(p[i], key, nr_key, nr_key > 1, text, sizeof(text));
		snprintf(curve[n++].label, sizeof(curve->label), "%s",
			 *text ? text : role);
	}
	if (!n)
		return;
	plot = plot_new(r->plots, "dist-%.20s-%.20s-%.16s%s%.36s", p[0]->part,
			p[0]->bench, role, *fixed ? "-" : "", fixed);
	snprintf(plot->title, sizeof(plot->title), "%.30s: latency of %.30s%s%.80s",
		 p[0]->bench, role, *fixed ? ", " : "", fixed);
	plot_curves(r->plots, fd, text_only, plot, curve, n);
}

static void dist_plots(struct report *r, int fd, bool text_only)
{
	const struct points *all = &r->points;
	scoped const struct point **p = mem_get(all->nr_point, sizeof(*p));
	char role[8][64];

	for (size_t i = 0; i < all->nr_point; ) {
		size_t nr = points_table(all, &i, p);
		size_t nr_role = points_roles(p, nr, role, 8);

		for (size_t k = 0; k < nr_role; k++)
			dist_split(r, fd, text_only, p, nr, role[k],
				   "");
	}
}

void figures_make(struct report *r, int fd)
{
	char folder[sizeof(PLOTS_TEMP)];
	bool text_only = fd < 0;

	if (text_only)
		fd = plots_temp(r->plots, folder);
	if (fd >= 0)
		inside_plots(r, fd, text_only);
	if (fd >= 0 && !r->exact) {	/* the others draw time */
		size_plots(r, fd, text_only);
		if (!text_only || r->plots->want_svg) {
			stall_plot(r, fd, text_only);
			dist_plots(r, fd, text_only);
		}
		if (!text_only)
			profile_plots(r, fd);
	}
	if (text_only)
		plots_temp_end(r->plots, fd, folder);
}
