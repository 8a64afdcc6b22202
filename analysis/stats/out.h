/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * out - numbers as they are read: scaled, three digits, with their interval
 */
#ifndef FORKPATH_OUT_H
#define FORKPATH_OUT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define OUT_WIDTH 72

/* Text with every byte that is not printable ASCII as '?', into BUF. */
const char *out_ascii(char *buf, size_t len, const char *text);

/* What printf() would say, in printable ASCII; to be freed. */
char *out_plain(const char *fmt, va_list ap);

struct scale {
	double		 ns;	/* per unit */
	const char	*name;
};

/* ns, us, ms or s: the largest that leaves NS at 1 or more. */
const struct scale *out_scale(double ns);

/* "3 more, 1 less"; SHARES: "more in 3 of 4, less in 1", "more in all 4". */
const char *out_tally(char *buf, size_t len, const char *const *word,
		      const size_t *count, size_t nr, bool shares);

/* "repetition%s": the end of a word that there are N of. */
const char *out_s(size_t n);

/* Three significant digits, no exponent: 0.042 7.42 81.1 1532. */
const char *out_number(char *buf, size_t len, double v);
const char *out_time(char *buf, size_t len, double ns);	/* "7.42 us" */
const char *out_count(char *buf, size_t len, double n);	/* "48.2k" */

/*
 * A part of all, from 0 to 1: three digits, near 1 as many as it takes to
 * tell it from 1. 0.0171 0.31 0.9998 1
 */
const char *out_share(char *buf, size_t len, double share);

/*
 * A median over repetitions. With fewer than 6 there is no 95 % interval;
 * lo and hi are then the range and `range` says so.
 */
struct est {
	double	med, lo, hi;
	size_t	nr;
	bool	range;
};

/* Of NR values; nr 0 gives an est that prints as "-". */
struct est est_make(const double *v, size_t nr);

/* Distance to the farther limit: "3.1%", of a range "(3.1%)", of one "-". */
const char *est_spread(char *buf, size_t len, const struct est *e);

/* "[7.26, 7.65]" in the scale of its median; a range "(7.26 to 7.65)". */
const char *out_interval(char *buf, size_t len, const struct est *e,
			 const char *unit);

/* "7.42 us"; of UNIT "ns" a time, else a number of three digits; NAN "-". */
const char *out_value(char *buf, size_t len, double v, const char *unit);

/* "7.42 us [7.26, 7.65]", "12.0k/s [11.9k, 12.1k]" */
const char *out_est(char *buf, size_t len, const struct est *e,
		    const char *unit);

/* What one value is of another, and how sure that is. */
struct change {
	double		 ratio, low, high;	/* NAN: not known */
	bool		 range;		/* too few for an interval: all there is */
	size_t		 n;
	double		 p;		/* NAN: not tested */
	const char	*verdict;	/* NULL: none */
};

/* "+3.1 % [+2.7, +3.5]"; from twice on, or if it may be ten times, "5.5 x [5.3, 5.7]". */
const char *out_change(char *buf, size_t len, const struct change *c);
/* No change is shown: "~ % [-0.9, +2.4]", "~ x [0.95, 26.6]". */
const char *out_unshown(char *buf, size_t len, const struct change *c);
/* The same without an interval. */
const char *out_ratio(char *buf, size_t len, double ratio);

#endif
