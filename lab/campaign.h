/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * campaign - one question, many boots
 *
 * A set is one kernel in one lock mode. Round by round every set is booted
 * once, so that a slow hour of this machine falls on all of them. In round r
 * every set gets the seed SEED + r: the same order of the same points. Each
 * boot gives a results folder.
 */
#ifndef FORKPATH_CAMPAIGN_H
#define FORKPATH_CAMPAIGN_H

#include "kernel.h"
#include "mem.h"
#include "qemu.h"

struct campaign {
	const struct kernel	*kernel;
	unsigned int		 nr_kernel;
	const struct qemu_args	*machine;
	int			 mode;	/* default, favordynmods, both */
	unsigned long		 boots, jobs;	/* 0: see --help */
	const char		*v1;
	const struct strv	*add, *module;
	double			 silence, limit;
	const char		*keep;		/* directory, or NULL */
	/* The question, as the runner is asked. NULL, 0: not given. */
	const char		*question, *plan, *out, *label;
	unsigned long		 seed, repeat;
	double			 time;
};

/* Why KVM is not used, NULL if it is; for the record. */
extern const char *campaign_accelerator;

/* An exit code; stdout has a line `SET<tab>FOLDER` for each boot. */
int campaign_run(const struct campaign *c);

/* What it takes to repeat a boot by hand, into DIR. An exit code. */
int campaign_keep(const char *dir, const struct text *initrd,
		  const struct strv *argv);

#endif
