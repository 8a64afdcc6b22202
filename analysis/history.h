/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history - many results folders in order: one table and figure per point
 *
 * A value is one folder, which is one boot: the median over its repetitions.
 * Folders are ordered by kernel release or by date; change points are those
 * of series_edivisive() on the logarithms of the values, and in exact mode
 * every difference. Points are the same where part, bench, options, workload
 * and placement are; what differs in lock mode or machine is never put into
 * one series, and hosts are only where that is asked for.
 */
#ifndef FORKPATH_HISTORY_H
#define FORKPATH_HISTORY_H

#include "doc.h"
#include "folders.h"
#include "plot.h"

#define HISTORY_PERMUTATIONS	999
#define HISTORY_ALPHA		0.01
#define HISTORY_SEARCH_MAX	400	/* permutations of more take minutes */

struct past {
	char	*path, *release, *utc, *host, *series;
	size_t	 place;		/* in the order asked for */
};

struct track_at {
	size_t		 past;	/* index */
	struct est	 est;	/* over its repetitions */
};

/* A line of the table: one release, or one run. */
struct row {
	size_t		 first, nr;	/* of the track's entries */
	struct est	 est;
	double		 level;		/* median of the segment it is in */
	bool		 step;		/* which begins here */
	double		 p;		/* NAN: nothing was estimated */
};

/* One point of one series in one unit through time. */
struct track {
	const char	*series;
	char		*name, *unit;
	struct track_at	*at;
	size_t		 nr;
	struct row	*row;
	size_t		 nr_row, nr_step;
	int		 found;		/* steps, or why none: -errno */
};

struct history {
	/* What is asked: set by the caller. */
	const char	*metric;	/* NULL: p50 of every role */
	const struct wanted *wanted;	/* NULL: every point */
	bool		 by_date;
	bool		 together;	/* hosts with equal machines */
	unsigned long	 seed;
	/* Where the step of ROW leads, to be freed; NULL: nowhere. */
	char		*(*link)(void *of, const struct track *t,
				 const struct row *row);
	void		*of;

	struct past	*past;
	size_t		 nr_past;
	struct track	**track;
	size_t		 nr_track;
	void		*tree;		/* of tracks, by name */
	char		**bad;
	size_t		 nr_bad, nr_other, nr_note;
	bool		 exact;		/* every unit */
	struct plots	 plots;
};

/* Read PATH; false: it is among h->bad, and nothing is to be freed. */
bool history_open(struct history *h, const char *path, struct run *run,
		  struct points *points);
/* The folder that RUN and POINTS are of. */
void history_add(struct history *h, const struct run *run,
		 const struct points *points);
/* One value of a table: the point NAME of a boot that has no folder. */
size_t history_boot(struct history *h, const char *path, const char *release,
		    const char *utc, const char *host, const char *series);
void history_value(struct history *h, size_t past, const char *name,
		   const char *unit, const struct est *est);

/* Order, rows and steps: once, when all is there. */
void history_make(struct history *h);

/* Is T counted, not measured? */
bool history_exact(const struct track *t);
/* So many folders of one release are one value of the search for steps. */
size_t history_per_value(const struct track *t);

/*
 * What the tables are, with what could not be read; that alone; each series.
 * Figures are made in folder FD.
 */
void history_keys(const struct history *h, struct doc *to);
void history_unread(const struct history *h, struct doc *to);
void history_tracks(struct history *h, int fd, bool text_only, struct doc *to);

void history_free(struct history *h);

/* As in a table: "7.42 us", "34.5k"; "+2.9%". */
const char *history_number(char *buf, size_t len, const char *unit, double v);
const char *history_change(char *buf, size_t len, double ratio);

#endif
