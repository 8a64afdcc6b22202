/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * initrd - what a guest finds when it wakes up
 *
 *   /init                    lab/init.c
 *   /lab/job                 what it is to do
 *   /forkpath                the tree of the project: build/forkpath-runner,
 *                            build/bench, build/workloads, configs,
 *                            workloads
 *                            and build/kmod of this kernel, if there is one
 *   /bin                     busybox under all its names, where the host has
 *                            a static one
 *   /boot/config-RELEASE     for the record
 *   /lib/modules/NAME.ko     what is to be loaded
 *
 * Uncompressed: unpacking is a copy, and under emulation that is faster than
 * any decompression. It lives in memory only (a memfd), so that nothing is
 * left behind, whatever happens.
 */
#ifndef FORKPATH_INITRD_H
#define FORKPATH_INITRD_H

#include <stdint.h>

#include "kernel.h"
#include "mem.h"

struct initrd_args {
	const struct kernel	*kernel;
	const char		*v1;		/* controllers, "auto", "none" */
	bool			 favordynmods, console;
	const char		*collect;	/* NULL: nothing comes back */
	const char		*question;	/* a config to add, or NULL */
	const char		*plan;		/* a plan to add, or NULL */
	const struct strv	*add;		/* FILE[:GUEST_PATH] */
	const struct strv	*module;	/* FILE.ko, in this order */
	const struct strv	*argv;		/* the command */
	unsigned long		 layout;	/* as in struct qemu_args */
	uint64_t		*tree;		/* digest of /init and /forkpath */
};

/* Of the host; only a static one is of use in the guest. */
#define INITRD_BUSYBOX	"/bin/busybox"

#define GUEST_PLAN	"/forkpath/plan.tsv"
#define GUEST_RESULTS	"/results"

/* Where a config that is a file lies in the guest; the caller frees it. */
char *initrd_question(const char *path);

/* What initrd_make() would say of tree, whatever is booted. An exit code. */
int initrd_digest(uint64_t *tree);

/* The archive, the same bytes for the same input. An exit code. */
int initrd_make(struct text *archive, const struct initrd_args *args);

#endif
