// SPDX-License-Identifier: GPL-2.0-or-later
/* plot - one figure: its data, its script, and gnuplot to draw it */
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
#include "folders.h"
#include "mem.h"
#include "out.h"
#include "plot.h"
#include "pool.h"

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

/*
 * In a path of SVG "L94.3,308 L94.3,307" is "V307" from where "94.3,308" is.
 * Curves of steps are nothing else, and a page of twenty is half as long.
 */
static void steps_shorter(char *svg)
{
	char *from = svg, *to = svg;

	while (*from) {
		const char *x = "", *y = "";
		size_t nx = 0, ny = 0;

		if (strncmp(from, " d='M", 5)) {
			*to++ = *from++;
			continue;
		}
		memmove(to, from, 4);
		for (to += 4, from += 4; *from == 'M' || *from == 'L';
		     from += strspn(from, " \t\n")) {
			size_t mx = strcspn(from + 1, ", \t\n'");
			const char *now = from + 2 + mx;
			size_t my = strcspn(now, " \t\n'");
			bool same_x = mx == nx && !strncmp(from + 1, x, mx);
			bool same_y = my == ny && !strncmp(now, y, my);

			x = from + 1;
			nx = mx;
			y = now;
			ny = my;
			if (*from == 'M' || same_x == same_y) {
				memmove(to, from, 2 + mx + my);
				to += 2 + mx + my;
			} else {
				*to++ = same_x ? 'V' : 'H';
				memmove(to, same_x ? y : x, same_x ? my : mx);
				to += same_x ? my : mx;
			}
			from += 2 + mx + my;
		}
	}
	*to = 0;
}

static const char *const colour[PLOT_LINES] = {
	"0072b2", "d55e00", "009e73", "cc79a7", "000000", "e69f00",
};

void plot_start(struct figure *f, const struct plot *plot)
{
	f->dat = mem_stream(&f->dat_text, &f->dat_len);
	f->gp = mem_stream(&f->gp_text, &f->gp_len);
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
		else
			steps_shorter(plot->svg);
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
void plot_end(struct figure *f, struct plots *plots,
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
void plot_axis(FILE *gp, const char *axis, double least, const char *what)
{
	const struct scale *s = out_scale(least);

	fprintf(gp, "unit = %.0f\nset %slabel '%s [%s]'\n", s->ns, axis, what,
		s->name);
}

/* --- distributions -------------------------------------------------------- */

/* Share of operations not yet done after t, at each bucket's upper edge. */
static void curve_data(FILE *dat, const struct curve *c)
{
	const struct pool *pool = c->pool;
	double seen = pool->under, longer = 1;

	fprintf(dat, "# %s, %.0f operations\n# t_ns share_done share_longer\n",
		c->label, (double)pool->ops);
	if (pool->nr_bucket)
		fprintf(dat, "%.0f %.9g %.9g\n", fmax(pool->bucket[0].low, 1),
			seen / pool->ops, 1 - seen / pool->ops);
	for (size_t i = 0; i < pool->nr_bucket; i++) {
		double t = fmin(pool->bucket[i].high, pool->max);

		/* A log axis knows no zero: the curve ends above the maximum. */
		if (seen + pool->bucket[i].count < pool->ops)
			longer = 1 - (seen + pool->bucket[i].count) / pool->ops;
		seen += pool->bucket[i].count;
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
	plot_start(&f, plot);
	for (size_t i = 0; i < nr; i++) {
		if (i)
			fprintf(f.dat, "\n\n");
		curve_data(f.dat, &curve[i]);
		if (curve[i].pool->nr_bucket)
			least = fmin(least, curve[i].pool->bucket[0].low);
		most = fmax(most, curve[i].pool->max);
		ops = fmax(ops, curve[i].pool->ops);
	}
	if (least == HUGE_VAL)
		least = 1;
	plot_axis(f.gp, "x", fmax(least, 1), "t");
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
	plot_end(&f, plots, plot, fd, text_only);
}

/* --- folders -------------------------------------------------------------- */

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

void plots_free(struct plots *plots)
{
	if (!plots)
		return;
	for (size_t i = 0; i < plots->nr_plot; i++) {
		free(plots->plot[i].text);
		free(plots->plot[i].svg);
	}
	free(plots->plot);
}
