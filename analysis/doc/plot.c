// SPDX-License-Identifier: GPL-2.0-or-later
/* plot - figures by gnuplot, each with its data and its script beside it */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "inside.h"
#include "mem.h"
#include "profile.h"
#include "report.h"

#define KEYS_MAX	32
#define PLOTS_MAX	60
#define GNUPLOT_SECONDS	60
#define TEXT_MAX	(1UL << 20)
#define IMAGE_MAX	(64UL << 20)

int plots_open(int dirfd)
{
	return file_folder(dirfd, "plots");
}

static void problem(struct plots *plots, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The first one is said; the others are of the same kind. */
static void problem(struct plots *plots, const char *fmt, ...)
{
	va_list ap;

	if (*plots->problem)
		return;
	va_start(ap, fmt);
	vsnprintf(plots->problem, sizeof(plots->problem), fmt, ap);
	va_end(ap);
}

/* --- gnuplot ------------------------------------------------------------- */

extern char **environ;

/* Wait for PID, kill it after GNUPLOT_SECONDS. Returns its status or -1. */
static int await(pid_t pid)
{
	struct timespec nap = { .tv_nsec = 2000000 };
	int status;

	for (int i = 0; i < GNUPLOT_SECONDS * 500; i++) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			return status;
		if (got < 0 && errno != EINTR)
			return -1;
		nanosleep(&nap, NULL);
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return -1;
}

/* Environment without what changes gnuplot's output or reads more files. */
static char **plain_environ(void)
{
	size_t nr = 0, n = 0;
	char **env;

	while (environ[nr])
		nr++;
	env = mem_get(nr + 2, sizeof(*env));
	for (size_t i = 0; i < nr; i++)
		if (strncmp(environ[i], "LC_", 3) &&
		    strncmp(environ[i], "LANG", 4) &&
		    strncmp(environ[i], "GNU", 3))
			env[n++] = environ[i];
	env[n] = (char *)"LC_ALL=C";
	return env;
}

#define SCRIPT_FD	3	/* in gnuplot */
#define TO_TEXT(x)	#x
#define SCRIPT_PATH(fd)	"/proc/self/fd/" TO_TEXT(fd)

/*
 * A script can run programs, and in the folder others may be able to put one
 * in its place: gnuplot gets the text that was made here, out of our memory.
 */
static int script_of(struct plots *plots, const char *text, size_t len)
{
	int script = memfd_create("gnuplot", MFD_CLOEXEC);

	if (script >= 0 && write(script, text, len) == (ssize_t)len)
		return script;
	problem(plots, "a script for gnuplot: %s", strerror(errno));
	if (script >= 0)
		close(script);
	return -1;
}

/*
 * gnuplot SCRIPT in folder FD with TERMINAL, what it draws to FILE there.
 * Returns 0 or -1 with the problem noted.
 */
static int gnuplot(struct plots *plots, int fd, const char *terminal,
		   int script, const char *file)
{
	char *const argv[] = { (char *)"gnuplot", (char *)"-d", (char *)"-e",
			       (char *)terminal,
			       (char *)SCRIPT_PATH(SCRIPT_FD), NULL };
	posix_spawn_file_actions_t act;
	struct file_new out;
	char **env;
	int ret, status;
	pid_t pid;

	ret = file_new(&out, fd, file);
	if (ret) {
		problem(plots, "plots/%s: %s", file, strerror(-ret));
		return -1;
	}
	env = plain_environ();
	posix_spawn_file_actions_init(&act);
	posix_spawn_file_actions_addopen(&act, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&act, out.fd, 1);
	posix_spawn_file_actions_addopen(&act, 2, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addfchdir_np(&act, fd);
	/* Last: the number may be that of one of the others. */
	posix_spawn_file_actions_adddup2(&act, script, SCRIPT_FD);
	ret = posix_spawnp(&pid, "gnuplot", &act, NULL, argv, env);
	posix_spawn_file_actions_destroy(&act);
	free(env);
	if (ret) {
		problem(plots, ret == ENOENT ?
			"gnuplot is not installed (package gnuplot-nox)" :
			"gnuplot: %s", strerror(ret));
		file_drop(&out);
		return -1;
	}
	status = await(pid);
	if (status) {
		problem(plots, "gnuplot failed on %s", file);
		file_drop(&out);
		return -1;
	}
	ret = file_keep(&out);
	if (ret)
		problem(plots, "plots/%s: %s", file, strerror(-ret));
	return ret;
}

/* What `set terminal dumb` drew: printable ASCII, no blank edges. */
static char *text_of(int fd, const char *name)
{
	char *raw, *text, *at, *line;
	size_t len, n = 0;

	if (file_read(fd, name, TEXT_MAX, &raw, &len))
		return NULL;
	text = mem_get(len + 2, 1);
	for (at = raw; (line = strsep(&at, "\n")); ) {
		size_t w = strlen(line);

		if (w > OUT_WIDTH)
			w = OUT_WIDTH;
		while (w && (line[w - 1] == ' ' || line[w - 1] == '\f'))
			w--;
		if (!w)
			continue;
		for (size_t i = 0; i < w; i++)
			text[n++] = line[i] < ' ' || line[i] > '~' ? ' ' :
				line[i];
		text[n++] = '\n';
	}
	free(raw);
	if (!n) {
		free(text);
		return NULL;
	}
	return text;
}

/* --- one figure ---------------------------------------------------------- */

/* In single quotes gnuplot knows one special character: the quote. */
const char *plot_quoted(char *buf, size_t len, const char *text)
{
	out_ascii(buf, len, text);
	for (char *c = buf; *c; c++)
		if (*c == '\'' || *c == '\\' || *c == '`' || *c == '"')
			*c = '.';
	return buf;
}

static const char *const colour[PLOT_LINES] = {
	"0072b2", "d55e00", "009e73", "cc79a7", "000000", "e69f00",
};

void figure_start(struct figure *f, const struct plot *plot)
{
	f->dat = open_memstream(&f->dat_text, &f->dat_len);
	f->gp = open_memstream(&f->gp_text, &f->gp_len);
	if (!f->dat || !f->gp)
		mem_get((size_t)-1, 2);		/* says so and ends */
	fprintf(f->gp, "# %s\n"
		"# gnuplot -e 'set terminal svg size 900,560' %s.gp > %s.svg\n"
		"text = strstrt(GPVAL_TERM, 'dumb') > 0\n"
		"if (!exists('narrow')) { narrow = 0 }\n"
		"set tics nomirror\nset border 3\n"
		"if (!text) { set grid lt 1 lw 0.5 lc rgb '#dddddd'; set rmargin 4 }\n",
		plot->title, plot->name, plot->name);
	/* Told apart also by the colour-blind and on paper. */
	for (size_t i = 0; i < PLOT_LINES; i++)
		fprintf(f->gp, "if (!text) { set linetype %zu lc rgb '#%s' dt %zu pt %zu lw 1.8 }\n",
			i + 1, colour[i], i % 2 + 1, 2 * i + 5);
}

static int put(struct plots *plots, int fd, const char *name, const char *end,
	       const char *text, size_t len)
{
	char file[128];
	int ret;

	snprintf(file, sizeof(file), "%s.%s", name, end);
	ret = file_put(fd, file, text, len);
	if (ret)
		problem(plots, "plots/%s: %s", file, strerror(-ret));
	return ret;
}

/* Pictures of PLOT by SCRIPT unless TEXT_ONLY, and its text. */
static void draw(struct plots *plots, struct plot *plot, int fd, int script,
		 bool text_only)
{
	static const char *const terminal[][2] = {
		{ "svg", "set terminal svg size 900,560 noenhanced font 'sans,13' background 'white'" },
		{ "png", "set terminal pngcairo size 1000,620 noenhanced font 'sans,11'" },
	};
	char file[128];

	for (size_t i = 0; !text_only && i < 2; i++) {
		snprintf(file, sizeof(file), "%s.%s", plot->name,
			 terminal[i][0]);
		if (gnuplot(plots, fd, terminal[i][1], script, file))
			return;
	}
	if (plots->want_svg) {
		char wide[160];
		size_t len;

		/* Drawn for a phone; of no use in the folder. */
		snprintf(wide, sizeof(wide), "narrow = 1; set terminal svg size 560,%d noenhanced font 'sans,15' background 'white'",
			 plot->tall ? 760 : 420);
		snprintf(file, sizeof(file), "%s-page.svg", plot->name);
		if (gnuplot(plots, fd, wide, script, file))
			return;
		if (file_read(fd, file, IMAGE_MAX, &plot->svg, &len))
			plot->svg = NULL;
		unlinkat(fd, file, 0);
	}
	if (!plot->in_text)
		return;
	snprintf(file, sizeof(file), "%s.txt", plot->name);
	if (!gnuplot(plots, fd, "set terminal dumb 72 13 noenhanced", script,
		     file))
		plot->text = text_of(fd, file);
}

/* Write the files of PLOT and have them drawn; pictures unless TEXT_ONLY. */
void figure_end(struct figure *f, struct plots *plots,
		struct plot *plot, int fd, bool text_only)
{
	int script = -1;

	fclose(f->dat);
	fclose(f->gp);
	if (!put(plots, fd, plot->name, "dat", f->dat_text, f->dat_len) &&
	    !put(plots, fd, plot->name, "gp", f->gp_text, f->gp_len))
		script = script_of(plots, f->gp_text, f->gp_len);
	free(f->dat_text);
	free(f->gp_text);
	if (script < 0)
		return;
	draw(plots, plot, fd, script, text_only);
	close(script);
}

struct plot *plot_new(struct plots *plots, const char *fmt, ...)
{
	struct plot *plot = mem_more(&plots->plot, &plots->nr_plot,
				     sizeof(*plot));
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(plot->name, sizeof(plot->name), fmt, ap);
	va_end(ap);
	/* A file name made of words that configs chose. */
	for (char *c = plot->name; *c; c++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
			    "uvwxyz0123456789_.-", *c))
			*c = '-';
	return plot;
}

/* A unit for an axis of nanoseconds whose values begin at LEAST. */
void axis_unit(FILE *gp, const char *axis, double least, const char *what)
{
	const struct scale *s = out_scale(least);

	fprintf(gp, "unit = %.0f\nset %slabel '%s [%s]'\n", s->ns, axis, what,
		s->name);
}

/* --- latency against size ------------------------------------------------ */

static void size_plot(struct report *r, int fd, bool text_only,
		      const struct size_fit **fit, size_t nr, bool first)
{
	const struct point *head[PLOT_LINES];
	const char *key[KEYS_MAX];
	const char *part = fit[0]->point[0]->part;
	size_t nr_key, i, k;
	double least = HUGE_VAL;
	struct plot *plot;
	struct figure f;
	char buf[100], text[100];

	for (i = 0; i < nr; i++)
		head[i] = fit[i]->point[0];
	nr_key = point_varying(head, nr, key, KEYS_MAX);
	/* `threads` of the first size is no property of the line. */
	for (i = k = 0; i < nr_key; i++)
		if (strcmp(key[i], "threads"))
			key[k++] = key[i];
	nr_key = k;

	for (i = k = 0; i < r->plots.nr_plot; i++)
		k += !strncmp(r->plots.plot[i].name, "size-", 5);
	plot = k ? plot_new(&r->plots, "size-%s-%zu", part, k + 1) :
		   plot_new(&r->plots, "size-%s", part);
	snprintf(plot->title, sizeof(plot->title),
		 "one write of cgroup.procs: p50 by threads moved");
	if (point_get(head[0], "think")) {
		for (i = 1; i < nr; i++)
			if (value_order(point_get(head[i], "think"),
					point_get(head[0], "think")))
				break;
		if (i == nr)
			snprintf(plot->title, sizeof(plot->title),
				 "one write of cgroup.procs: p50 by threads moved, think %.20s s",
				 point_get(head[0], "think"));
	}
	plot->in_report = plot->in_text = first;

	figure_start(&f, plot);
	fprintf(f.dat, "# threads p50_ns low_ns high_ns n\n");
	for (i = 0; i < nr; i++) {
		fprintf(f.dat, "%s# %s\n", i ? "\n\n" : "",
			point_label(head[i], key, nr_key, true, text,
				    sizeof(text)));
		for (k = 0; k < fit[i]->nr_point; k++) {
			struct est e;

			snprintf(buf, sizeof(buf), "%s-p50-ns", fit[i]->role);
			e = point_est(fit[i]->point[k], buf);
			if (!e.nr || e.med <= 0)
				continue;
			fprintf(f.dat, "%.0f %.9g %.9g %.9g %zu\n",
				point_number(fit[i]->point[k], "threads"),
				e.med, e.lo, e.hi, e.nr);
			least = fmin(least, e.lo);
		}
	}
	axis_unit(f.gp, "y", least, "p50");
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
	figure_end(&f, &r->plots, plot, fd, text_only);
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
		if (!text_only || first || r->plots.want_svg)
			size_plot(r, fd, text_only, line, nr, first);
		first = false;
	}
	free(done);
}

/* --- distributions ------------------------------------------------------- */

/* Share of operations not yet done after t, at each bucket's upper edge. */
static void curve_data(FILE *dat, const struct curve *c)
{
	const struct pool *pool = c->pool;
	double seen = pool->b.under, longer = 1;

	fprintf(dat, "# %s, %.0f operations\n# t_ns share_done share_longer\n",
		c->label, (double)pool->ops);
	if (pool->b.nr)
		fprintf(dat, "%.0f %.9g %.9g\n", fmax(pool->b.low[0], 1),
			seen / pool->ops, 1 - seen / pool->ops);
	for (size_t i = 0; i < pool->b.nr; i++) {
		double t = fmin(pool->b.high[i], pool->max);

		/* A log axis knows no zero: the curve ends above the maximum. */
		if (seen + pool->b.count[i] < pool->ops)
			longer = 1 - (seen + pool->b.count[i]) / pool->ops;
		seen += pool->b.count[i];
		fprintf(dat, "%.0f %.9g %.9g\n", t, seen / pool->ops, longer);
	}
}

void plot_curves(struct plots *plots, int fd, bool text_only,
		 struct plot *plot, const struct curve *curve, size_t nr)
{
	double least = HUGE_VAL, most = 0, ops = 1;
	struct figure f;
	char text[170];

	plot->tall = true;
	figure_start(&f, plot);
	for (size_t i = 0; i < nr; i++) {
		if (i)
			fprintf(f.dat, "\n\n");
		curve_data(f.dat, &curve[i]);
		if (curve[i].pool->b.nr)
			least = fmin(least, curve[i].pool->b.low[0]);
		most = fmax(most, curve[i].pool->max);
		ops = fmax(ops, curve[i].pool->ops);
	}
	if (least == HUGE_VAL)
		least = 1;
	axis_unit(f.gp, "x", fmax(least, 1), "t");
	fprintf(f.gp, "set logscale x\nset xrange [%.9g:%.9g]\n"
		"title = '%s'\n"
		"if (!text) { if (narrow) { set multiplot layout 2,1 }"
		" else { set multiplot layout 1,2 title title } }\n",
		fmax(least, 1) / out_scale(fmax(least, 1))->ns * 0.9,
		fmax(most, 2) / out_scale(fmax(least, 1))->ns * 1.1,
		plot_quoted(text, sizeof(text), plot->title));
	/* Left: all of it. Right, and in text: the tail. */
	fprintf(f.gp, "if (!text) {\nset ylabel 'share done within t'\n"
		"set yrange [0:1]\nunset key\n");
	for (size_t i = 0; i < nr; i++)
		fprintf(f.gp, "%s'%s.dat' index %zu using ($1/unit):2 with steps notitle",
			i ? ", \\\n     " : "plot ", plot->name, i);
	fprintf(f.gp, "\n}\nset ylabel 'share longer than t'\n"
		"set logscale y\nset format y '%%.0e'\n"
		"set yrange [%.3g:1]\nset key top right\n"
		"if (text) { set key outside top center horizontal }\n",
		/* One operation: an axis must not be empty. */
		fmin(0.1, pow(10, floor(log10(1 / ops)))));
	for (size_t i = 0; i < nr; i++)
		fprintf(f.gp, "%s'%s.dat' index %zu using ($1/unit):3 with steps title '%s'",
			i ? ", \\\n     " : "plot ", plot->name, i,
			plot_quoted(text, sizeof(text), curve[i].label));
	fprintf(f.gp, "\nif (!text) { unset multiplot }\n");
	figure_end(&f, plots, plot, fd, text_only);
}

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
		snprintf(curve[n++].label, sizeof(curve->label), "%s",
			 label[i]);
	}
	if (n < 2)
		return;
	plot = plot_new(&r->plots, "stall");
	snprintf(plot->title, sizeof(plot->title),
		 "tasks that took longer than t to create: with no moves, and while a group is moved");
	/* In 72 columns five curves are a heap: the table says it better. */
	plot->in_report = true;
	plot_curves(&r->plots, fd, text_only, plot, curve, n);
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

	if (!nr || r->plots.nr_plot >= PLOTS_MAX)
		return;
	for (k = 0; nr > PLOT_LINES && k < nr_key; k++) {
		size_t values = 0;

		for (i = 0; i < nr; i++) {
			size_t j = 0;

			while (j < i && value_order(point_get(p[i], key[k]),
						    point_get(p[j], key[k])))
				j++;
			values += j == i;
		}
		if (values > 1 && values < fewest) {
			fewest = values;
			split = key[k];
		}
	}
	if (split) {
		const struct point **some = mem_get(nr, sizeof(*some));
		bool *done = mem_get(nr, sizeof(*done));

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
		free(some);
		free(done);
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
	plot = plot_new(&r->plots, "dist-%.20s-%.20s-%.16s%s%.36s", p[0]->part,
			p[0]->bench, role, *fixed ? "-" : "", fixed);
	snprintf(plot->title, sizeof(plot->title), "%.30s: latency of %.30s%s%.80s",
		 p[0]->bench, role, *fixed ? ", " : "", fixed);
	plot_curves(&r->plots, fd, text_only, plot, curve, n);
}

static void dist_plots(struct report *r, int fd, bool text_only)
{
	const struct points *all = &r->points;
	const struct point **p = mem_get(all->nr_point, sizeof(*p));
	char role[8][64];

	for (size_t i = 0; i < all->nr_point; ) {
		size_t nr = 0, nr_role, k;

		for (k = i; k < all->nr_point &&
			    !strcmp(all->point[k].part, all->point[i].part) &&
			    !strcmp(all->point[k].bench, all->point[i].bench);
		     k++)
			if (all->point[k].nr_rep)
				p[nr++] = &all->point[k];
		i = k;
		nr_role = nr ? point_roles(p[0], role, 8) : 0;
		for (k = 0; k < nr_role; k++)
			dist_split(r, fd, text_only, p, nr, role[k],
				   "");
	}
	free(p);
}

int plots_temp(struct plots *plots, char *folder)
{
	int fd;

	strcpy(folder, PLOTS_TEMP);
	if (!mkdtemp(folder)) {
		problem(plots, "%s: %s", folder, strerror(errno));
		*folder = 0;
		return -1;
	}
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd;
}

void plots_temp_end(struct plots *plots, int fd, const char *folder)
{
	for (size_t i = 0; fd >= 0 && i < plots->nr_plot; i++) {
		static const char *const end[] = { "dat", "gp", "txt" };
		char file[128];

		for (size_t k = 0; k < 3; k++) {
			snprintf(file, sizeof(file), "%s.%s",
				 plots->plot[i].name, end[k]);
			unlinkat(fd, file, 0);
		}
	}
	if (fd >= 0)
		close(fd);
	if (*folder)
		rmdir(folder);
}

void plots_add(struct plots *plots, int fd, bool text_only, bool in_report,
	       const char *name, const char *title, const char *dat,
	       const char *gp)
{
	struct plot *plot = plot_new(plots, "%s", name);
	struct figure f;
	char text[170];

	snprintf(plot->title, sizeof(plot->title), "%s", title);
	plot->in_report = plot->in_text = in_report;
	figure_start(&f, plot);
	fputs(dat, f.dat);
	fprintf(f.gp, "if (!text) { set title '%s' }\n%s",
		plot_quoted(text, sizeof(text), plot->title), gp);
	figure_end(&f, plots, plot, fd, text_only);
}

void plots_make(struct report *r, int fd)
{
	char folder[sizeof(PLOTS_TEMP)];
	bool text_only = fd < 0;

	if (text_only)
		fd = plots_temp(&r->plots, folder);
	if (fd >= 0)
		inside_plots(r, fd, text_only);
	if (fd >= 0 && !r->exact) {	/* the others draw time */
		size_plots(r, fd, text_only);
		if (!text_only || r->plots.want_svg) {
			stall_plot(r, fd, text_only);
			dist_plots(r, fd, text_only);
		}
		if (!text_only)
			profile_plots(r, fd);
	}
	if (text_only)
		plots_temp_end(&r->plots, fd, folder);
}

void plots_free(struct plots *plots)
{
	for (size_t i = 0; i < plots->nr_plot; i++) {
		free(plots->plot[i].text);
		free(plots->plot[i].svg);
	}
	free(plots->plot);
}
