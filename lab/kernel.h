/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel - what is to be booted: an image, its release, its configuration */
#ifndef FORKPATH_KERNEL_H
#define FORKPATH_KERNEL_H

#include <stddef.h>

struct kernel {
	char	*spec;		/* as it was asked for */
	char	*image;		/* path of a bzImage, an Image */
	char	*release;	/* as the image says, uname -r */
	char	*version;	/* the whole of what the image says */
	char	*config;	/* path, or NULL */
	char	*sha256;	/* of the image, or NULL */
	char	*package;	/* it came from, or NULL */
	char	*busybox;	/* for its guests; NULL: this machine's */
};

/*
 * Find the kernel SPEC: IMAGE[,config=FILE] or a release name. Returns an
 * exit code after one line that says what is wrong; one for each option that
 * no guest comes up without, where its configuration is known.
 */
int kernel_get(struct kernel *k, const char *spec);

/*
 * See that the module of SPEC is built, if QUESTION needs it (NULL: it is
 * needed). Where it cannot be, kmod/build says why, and the guest skips what
 * needs it.
 */
void kernel_module(const struct kernel *k, const char *question);

/*
 * What the image of LEN bytes says of itself ("6.12.1 (who@where) #1 ..."),
 * to be freed; NULL, with the reason in WHY.
 */
char *kernel_version(const unsigned char *image, size_t len, char *why,
		     size_t why_len);

void kernel_free(struct kernel *k);

#endif
