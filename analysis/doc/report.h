/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report - one results folder as something to read
 *
 * Everything that a format needs is computed once into struct report; a
 * format (text here) only lays it out. Another one is a function more in
 * the table of main.c.
 */
#ifndef FORKPATH_REPORT_H
#define FORKPATH_REPORT_H

#include "out.h"
#include "plot.h"
#include "point.h"
#include "read.h"
#include "size.h"

struct report {
	struct run	 run;
	struct points	 points;
	struct points	 counted;	/* repetitions that were not timed */
	struct size_fits sizes;
	struct plots	 plots;
	/* The noise floor: what the measuring itself costs. */
	const struct point *null;
	struct est	 null_p50, clock;
	double		 null_p99;	/* -1: not known */
	bool		 brief;		/* the answers, without what is behind them */
	bool		 has_range;	/* a point with fewer than 6 repetitions */
	bool		 has_torn;	/* repetitions that differ by over half */
	bool		 has_far;	/* an interval up to ten times the median */
	size_t		 nr_min, nr_max;	/* repetitions per point */
	bool		 exact;		/* instructions: exact.h, not the rest */
};

/* Read and compute. Returns 0, or -1 with r->run.error. */
int report_make(struct report *r, const char *path);
void report_free(struct report *r);

/* The format "text". */
void report_text(struct report *r, FILE *to);

/*
 * format-*.c: the others, one to a file. They return 0, or -1 after one line
 * on stderr where something could not be written.
 */
int format_markdown(struct report *r, FILE *to);
int format_html(struct report *r, FILE *to);
int format_ktap(struct report *r, FILE *to);
int format_gobench(struct report *r, FILE *to);
int format_hgrm(struct report *r, FILE *to);
int format_kcidb(struct report *r, FILE *to);
int format_json(struct report *r, FILE *to);

/* counted.c: events per operation. */
void counted_section(const struct report *r, FILE *to);

/*
 * answer.c: the three costs, each only as far as this folder has them; false
 * if it has none.
 */
bool answer_costs(struct report *r, FILE *to);

/* Points whose distributions show the stall best, for a plot. */
size_t answer_stall(const struct report *r, const struct point **point,
		    char label[][64], size_t max);

/*
 * The points that a cost is read off, for formats that give numbers. Returns
 * how many there are, of which the first MAX are in ROW.
 */
struct answer {
	const char		*cost;	/* "reader-tax" and so on */
	char			 label[64];
	const struct point	*point;
	const struct point	*beside;	/* the same beside a writer */
	const struct size_fit	*fit;
};

size_t answer_rows(const struct report *r, struct answer *row, size_t max);

/* Ratio B / A of UNIT, block by block. 0, or as rank_ratio1() fails. */
struct rank_shift;
int answer_ratio(const struct point *a, const struct point *b,
		 const char *unit, struct rank_shift *s, size_t *nr);
int answer_ratio_units(const struct point *a, const char *unit_a,
		       const struct point *b, const char *unit_b,
		       struct rank_shift *s, size_t *nr);

/* cond.c: what meta.json says, in words. */
const char *cond_kernel(const struct run *run, char *buf, size_t len);
const char *cond_machine(const struct run *run, char *buf, size_t len);
const char *cond_lock(const struct run *run, char *buf, size_t len);
const char *cond_label(const struct run *run, char *buf, size_t len);
/* What makes the timings meaningless; NULL: nothing known. */
const char *cond_beware(const struct run *run, char *buf, size_t len);
/* A guest: how soon it answered; how it died, if it did. Else NULL. */
const char *cond_lab(const struct run *run, char *buf, size_t len);
const char *cond_died(const struct run *run, char *buf, size_t len);
void cond_print(const struct run *run, FILE *to);

/* A scalar of meta.json, "cpu.model", as text; NULL if it is not known. */
const char *cond_text(const struct run *run, const char *path, char *buf,
		      size_t len);

/* Median over the repetitions of P of UNIT. */
struct est point_est(const struct point *p, const char *unit);

/*
 * Keys (options, workload, conditions) whose value differs between the NR
 * points, in the order of the options. Returns how many.
 */
size_t point_varying(const struct point *const *p, size_t nr,
		     const char **key, size_t max);

/*
 * BENCH/KEY=VALUE/...: every option of P, and its workload if there is one;
 * the same point has the same name in every results folder.
 */
const char *point_name(const struct point *p, char *buf, size_t len);

/* "hierarchy=v2 think=0.05": the values of KEYs, names too if NAMES. */
const char *point_label(const struct point *p, const char *const *key,
			size_t nr, bool names, char *buf, size_t len);

#endif
