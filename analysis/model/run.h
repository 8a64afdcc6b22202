/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run - a results folder in memory: plan, sample, meta, distributions
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
#ifndef FORKPATH_RUN_H
#define FORKPATH_RUN_H

#include <jansson.h>

#include "dist.h"
#include "rep.h"

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

/* What makes it unusable, as one line, into run->error. Returns -1. */
int run_fail(struct run *run, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Whole folder. Returns 0, or -1 with run->error. run_free() in both cases. */
int run_read(struct run *run, const char *path);
void run_free(struct run *run);
void run_note(struct run *run, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "a.b" in the object META; NULL if it is not there or null. */
const json_t *run_meta_of(const json_t *meta, const char *path);

/* A string of meta.json, "host" or "kernel.release"; "" if it has none. */
const char *run_meta(const struct run *run, const char *path);

/* Of the kernel that was measured; NULL: not known. */
const char *run_release(const struct run *run);

/*
 * Why no time of RUN may be judged, NULL if it may: under emulation an
 * operation takes as long as it takes to emulate it.
 */
const char *run_timeless(const struct run *run);

/* TEXT (LEN bytes, a NUL behind them) is modified and must outlive RUN. */
int plan_parse(struct run *run, char *text, size_t len);
int sample_parse(struct run *run, char *text, size_t len);
int meta_parse(struct run *run, char *text, size_t len);

#endif
