/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plot - figures by gnuplot, each with its data and its script beside it
 *
 * plots/NAME.dat and NAME.gp are all that NAME.svg and NAME.png are made of;
 * "gnuplot -e 'set terminal svg' NAME.gp" repeats it. The text form goes
 * into the report. gnuplot is started without a shell and writes to a file
 * that we opened; without gnuplot there are the .dat and .gp only.
 */
#ifndef FORKPATH_PLOT_H
#define FORKPATH_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct pool;

struct plot {
	char	 name[100];	/* file name without its ending */
	char	 title[160];
	char	*text;		/* set terminal dumb; NULL: there is none */
	char	*svg;		/* narrow, for a page; NULL: there is none */
	bool	 in_report;	/* answers the question */
	bool	 in_text;	/* ... and can be read in text */
	bool	 tall;		/* two, one above the other, when narrow */
};

struct plots {
	struct plot	*plot;
	size_t		 nr_plot;
	bool		 want_svg;	/* set before they are made */
	char		 problem[300];	/* empty: all went well */
};

void plots_free(struct plots *plots);

/*
 * A folder of our own for figures of which only the text is kept: its
 * descriptor or -1, its name to FOLDER, a char [sizeof(PLOTS_TEMP)].
 * plots_temp_end() removes it and what was drawn there, in both cases.
 */
#define PLOTS_TEMP "/tmp/forkpath-XXXXXX"
int plots_temp(struct plots *plots, char *folder);
void plots_temp_end(struct plots *plots, int fd, const char *folder);

/* What figures are made of; forest.c draws its own. */
#define PLOT_LINES	6	/* of a figure: more cannot be told apart */

struct figure {
	FILE	*dat, *gp;
	char	*dat_text, *gp_text;
	size_t	 dat_len, gp_len;
};

struct curve {
	const struct pool *pool;
	char		   label[100];
};

/* A new one with this file name; what no file name may hold becomes '-'. */
struct plot *plot_new(struct plots *plots, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Streams for .dat and .gp, the script's first lines written: `text` is true
 * in it for the text form.
 */
void plot_start(struct figure *f, const struct plot *plot);

/* Write the files of PLOT and have them drawn; pictures unless TEXT_ONLY. */
void plot_end(struct figure *f, struct plots *plots, struct plot *plot,
		int fd, bool text_only);

/* Text for single quotes in a script. */
const char *plot_quoted(char *buf, size_t len, const char *text);

/* A unit for an axis of nanoseconds whose values begin at LEAST. */
void plot_axis(FILE *gp, const char *axis, double least, const char *what);

/* Share done within t and share longer than t, over a log axis. */
void plot_curves(struct plots *plots, int fd, bool text_only,
		 struct plot *plot, const struct curve *curve, size_t nr);

/* DIR/plots as a folder of ours, made if missing. -errno if it cannot be. */
int plots_open(int dirfd);

#endif
