/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record - what came back from a guest becomes a results folder
 *
 * The guest's runner wrote plan.tsv, meta.json, the .sample, lat/. Added are
 * console.log, dmesg.log (the whole kernel log of the guest) and, in
 * meta.json, what only the outside knows: place (lab), host, utc, a boot_id
 * of its own (that of an exact guest is the same in every boot), the command,
 * a digest of all programs that the guest had (where each lies is in what it
 * counts) and, under `lab`, the machine, how long it took from its start to the first
 * result, and how it died if it did.
 */
#ifndef FORKPATH_RECORD_H
#define FORKPATH_RECORD_H

#include "guest.h"
#include "kernel.h"
#include "qemu.h"

struct record {
	const struct kernel	*kernel;
	const struct qemu_args	*machine;
	struct guest		*guest;		/* its archive is completed */
	const struct strv	*argv;		/* QEMU's */
	const char		*qemu;		/* its version */
	const char		*why_tcg;	/* NULL with KVM */
	const char		*command;	/* that repeats it */
	const char		*label;		/* NULL: none */
	const char		*utc;		/* when the boot began */
	uint64_t		 tree;		/* digest of its programs */
	unsigned int		 boot, boots;	/* 1 of N */
};

/*
 * Make the folder OUT or, if NULL, one below results/ by kernel, host and
 * time. Its path, to be freed, goes to PATH. An exit code.
 */
int record_make(const struct record *r, const char *out, char **path);

/* TEXT of a meta.json with what R knows; to be freed. NULL: it is none. */
char *record_meta(const struct record *r, const char *text);

#endif
