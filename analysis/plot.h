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

struct report;

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
	bool		 want_svg;	/* set before plots_make() */
	char		 problem[300];	/* empty: all went well */
};

/*
 * Write all figures of R into folder FD (-1: none can be kept, only the
 * texts for the report are made, in a folder of our own that goes again).
 */
void plots_make(struct report *r, int fd);
void plots_free(struct plots *plots);

/* DIR/plots as a folder of ours, made if missing. -errno if it cannot be. */
int plots_open(int dirfd);

#endif
