/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run-own - what the files of run share
 *
 * run-open makes the folder and its plan, or finds them; run-line measures one
 * line of it; run goes from line to line.
 */
#ifndef FORKPATH_RUN_OWN_H
#define FORKPATH_RUN_OWN_H

#include "conf.h"
#include "folder.h"
#include "kmsg.h"
#include "plan.h"
#include "programs.h"
#include "progress.h"
#include "sample.h"

struct run_args;

struct run {
	const struct run_args	*args;
	struct plan		 plan;
	struct folder		 folder;
	struct sample_head	 head;
	struct progress		 progress;
	struct kmsg		 kmsg;
	struct programs		 programs;	/* as they were at the start */
	unsigned char		*done;		/* by plan line, LINE_... */
	int			 lat_dir;	/* lat/ of the folder */
	int			 sample;	/* the .sample, to append */
	int			 handover;	/* to the lab, or -1 */
	unsigned int		 count[4];	/* by verdict */
	double			 begin;		/* now() */
	unsigned int		 nr_again;	/* refused, repeated: that is ok */
};

/* All return an exit code, unless another is named; why has been said. */
int run_new_plan(struct run *r, const struct conf *c);
int run_open_new(struct run *r, const struct conf *c);

/* The plan of an earlier run, and is this the machine it ran on? */
int run_open_old(struct run *r);

/* Where samples go, and which lines have theirs already. */
int run_open_outputs(struct run *r);

/* 0 or -errno, without a word. */
int run_write_plan(struct run *r);

/* Where init of a guest of the lab listens (lab/init.c): a descriptor or -1. */
int run_handover(void);

/*
 * One line of the plan. Returns 0, EXIT_FAIL when the samples cannot be
 * written any more, or 128 + signal.
 */
int run_line(struct run *r, const struct plan_line *l);

#endif
