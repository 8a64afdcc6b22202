/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read - a results folder in memory: plan, sample, meta, distributions
 *
 * docs/formats.md is the contract. What makes the whole folder unusable (no
 * plan, another schema, a truncated sample, unreadable meta) is an error:
 * one line in run->error. What spoils one repetition only (a malformed
 * value, a duplicate record, a line that is not of this plan) excludes that
 * repetition and is noted with file and line: nothing is dropped silently.
 *
 * The parsers take text, not files: tests and fuzzers call them directly.
 * They keep pointers into the text and write to it.
 */
#ifndef FORKPATH_READ_H
#define FORKPATH_READ_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kv {
	const char	*key, *value;
};

struct value {
	const char	*unit;
	double		 v;
};

enum verdict {
	REP_PLANNED,	/* no record of it: the run was stopped before */
	REP_OK,
	REP_SKIP,
	REP_FAIL,
	REP_VOID,
	REP_EXCLUDED,	/* its record is malformed */
	NR_VERDICTS,
};

/* One line of the plan, and what became of it. */
struct rep {
	unsigned int	 line, block;
	unsigned int	 limit;		/* seconds; 0: not known */
	unsigned int	 of;		/* repeats this line; 0: none */
	bool		 mended;	/* refused, and its repeat is ok */
	bool		 planned_skip;	/* never to be measured */
	const char	*part, *bench, *workload;
	unsigned int	 part_nr;	/* place of the part in the report */
	struct kv	*point, *cond;
	size_t		 nr_point, nr_cond;

	enum verdict	 verdict;
	const char	*reason;	/* skip, fail, void, excluded */
	double		 seconds;
	const char	*lat;		/* "lat/0007.lat" or NULL */
	const char	*effective;	/* the "# conditions" in force */
	struct value	*value;
	size_t		 nr_value;
};

struct unit {
	const char	*name;
	bool		 higher;	/* better=higher */
	bool		 exact;		/* assume=exact */
};

struct run {
	const char	*path;		/* as it was given */
	int		 dirfd;
	char		 error[1024];

	/* plan.tsv */
	const char	*question, *title, *config, *seed, *suite, *budget,
			*blocks, *parts, *command;
	const char	**plan_note;
	size_t		 nr_plan_note;
	const char	**event;	/* "NAME", or "NAME not available: WHY" */
	size_t		 nr_event;
	struct rep	*rep;
	size_t		 nr_rep;

	/* QUESTION.sample */
	char		 sample_name[128];
	const char	*sample_suite, *sample_kernel;
	struct unit	*unit;
	size_t		 nr_unit;

	json_t		*meta;

	char		**note;		/* what was excluded, file:line first */
	size_t		 nr_note;
	char		**text;		/* files, kept: the rest points there */
	size_t		 nr_text;
};

/* Whole folder. Returns 0, or -1 with run->error. run_free() in both cases. */
int run_read(struct run *run, const char *path);
void run_free(struct run *run);
void run_note(struct run *run, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* TEXT (LEN bytes, a NUL behind them) is modified and must outlive RUN. */
int plan_parse(struct run *run, char *text, size_t len);
int sample_parse(struct run *run, char *text, size_t len);
int meta_parse(struct run *run, const char *text, size_t len);

/* Value of UNIT in REP into *V; false if it has none. */
bool rep_value(const struct rep *rep, const char *unit, double *v);

/* Was it there for its times? Not if it counted events, or for a profile. */
bool rep_timed(const struct rep *rep);

/* Value of KEY, NULL if there is no such key. */
const char *kv_get(const struct kv *kv, size_t nr, const char *key);

/* Is TEXT a plain decimal number (digits, point, exponent)? */
bool number(const char *text, double *v);

struct bucket {
	uint64_t	 low, high, count;	/* low <= t < high, ns */
};

/* What one actor did, in its order: sums over BATCH operations each. */
struct series {
	uint64_t	 actor, batch;
	uint64_t	*sum;
	size_t		 nr_sum;
};

struct dist_role {
	const char	*name;
	uint64_t	 ops, under, over, min, max;
	struct bucket	*bucket;
	size_t		 nr_bucket;
	struct series	*series;
	size_t		 nr_series;
	bool		 has_hash;
	uint64_t	 hash;		/* of all samples in order: exact mode */
};

struct dist_file {
	char		*text;
	struct dist_role	*role;
	size_t		 nr_role;
};

/* Returns 0, or -1 with WHY ("line 3: ..."). dist_free() in both cases. */
int dist_parse(struct dist_file *lat, char *text, size_t len, char *why,
	      size_t whylen);
int dist_read(const struct run *run, const char *name, struct dist_file *lat,
	     char *why, size_t whylen);
void dist_free(struct dist_file *lat);

/*
 * Regular file NAME (at most one folder deep, "lat/0001.lat") below DIRFD,
 * no symbolic link on the way, into *TEXT with a NUL behind it. Returns 0 or
 * -errno (-EFBIG above MAX, -ELOOP for a link, -EINVAL if not regular).
 */
int folder_read(int dirfd, const char *name, size_t max, char **text,
		size_t *len);

#endif
