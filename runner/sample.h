/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sample - the records of a .sample file
 *
 * A record is what one repetition left: header lines that differ from those
 * in force, `# line N VERDICT ...`, comments, the Benchmark line. It is put
 * together here and written in one piece, so that a file is at any moment a
 * sequence of whole records; what a crash tears off is found by
 * sample_scan().
 */
#ifndef FORKPATH_SAMPLE_H
#define FORKPATH_SAMPLE_H

#include <stdbool.h>

#include "mem.h"

#define SAMPLE_SCHEMA "forkpath-sample/1"

enum verdict { VERDICT_OK, VERDICT_SKIP, VERDICT_FAIL, VERDICT_VOID };

extern const char *const verdict_name[];

/* What is known of a line of the plan. */
enum { LINE_TO_DO, LINE_DONE, LINE_REFUSED };

/* The beginning of the reason, behind the name of the program. */
#define SAMPLE_TIME_LIMIT "time limit of "

/*
 * Did verify() or the time limit refuse it? A machine that stood still is
 * enough for that: it is worth another try.
 */
bool sample_refused(enum verdict v, const char *reason);

/* The header in force at the end of a file. */
struct sample_head {
	struct strv keys, values;	/* key: value */
	struct strv units, lines;	/* Unit NAME ... */
};

struct sample_record {
	unsigned int	 line;		/* of the plan */
	enum verdict	 verdict;
	const char	*reason;	/* all but ok */
	double		 seconds;	/* ok: wall time of the process */
	const char	*workload;
	const char	*lat;		/* NULL: none */
	const char	*rates;		/* of the workload, " V UNIT"...; or NULL */
	const char	*output;	/* stdout of the program, or "" */
};

/*
 * Append the record to TO and learn its header. An `ok` needs a sample in
 * OUTPUT: -EINVAL with the reason in WHY if there is none; HEAD and TO are
 * unchanged then.
 */
int sample_record(struct sample_head *head, const struct sample_record *r,
		  struct text *to, char *why, size_t len);

/*
 * Read a file. DONE[n] is set for each plan line 1..NR that has a record, to
 * LINE_DONE or LINE_REFUSED; *WHOLE is the length of what is not torn.
 * Returns 0, or -EINVAL with the number of the bad line in *AT and the reason
 * in WHY.
 */
int sample_scan(struct sample_head *head, const char *text, size_t len,
		unsigned char *done, unsigned int nr, size_t *whole,
		unsigned int *at, char *why, size_t why_len);

/* Value of the first quantile of the first role, R-p50-ns; 0: none. */
double sample_p50(const char *output);

void sample_head_free(struct sample_head *head);

#endif
