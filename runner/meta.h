/* SPDX-License-Identifier: GPL-2.0-or-later */
/* meta - the conditions of a run: meta.json */
#ifndef FORKPATH_META_H
#define FORKPATH_META_H

#include <stdbool.h>
#include <stddef.h>

#define META_SCHEMA "forkpath-meta/1"

struct meta_args {
	const char	*label, *question, *command;	/* NULL: none */
	const char	*programs;	/* digest of what measures, or NULL */
	unsigned long	 seed;				/* 0: none */
	bool		 kmsg;		/* the kernel log is watched */
	bool		 exact;		/* instructions are counted, not time */
};

/* The whole file; the caller frees it. */
char *meta_text(const struct meta_args *args);

/*
 * May a run of PROGRAMS on kernel RELEASE go on in a folder with this
 * meta.json? -EINVAL: no, the reason is in WHY; 0: yes, and WHY is empty or a
 * warning.
 */
int meta_check(const char *text, const char *release, const char *programs,
	       char *why, size_t len);

/*
 * Which side pays for a move: "default", "favordynmods" or "unknown". How it
 * is known goes to HOW (static text).
 */
struct kconf;
const char *meta_lock_mode(const struct kconf *k, const char **how);

#endif
