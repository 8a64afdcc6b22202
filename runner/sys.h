/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys - what the kernel says in /proc, /sys and /boot
 *
 * Every file is looked up below sys_root, so that a test can show doctor
 * and meta a machine that is not there.
 */
#ifndef FORKPATH_SYS_H
#define FORKPATH_SYS_H

#include <stdbool.h>

extern const char *sys_root;	/* "" in service */

/*
 * All of a file, without white space at its end. NULL: not to be had. The
 * caller frees it.
 */
char *sys_read(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

bool sys_exists(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The number a file starts with, or NONE when there is no such file. */
long sys_number(long none, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The bracketed word of "always [madvise] never"; the caller frees it. */
char *sys_chosen(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The value of the first "NAME : VALUE" line of TEXT; the caller frees it. */
char *sys_field(const char *text, const char *name);

/* The release of the running kernel; the caller frees it. */
char *sys_release(void);

/* Is the release at least MAJOR.MINOR? */
bool sys_since(const char *release, int major, int minor);

/* NULL, or what CPU it is, on arm64 by its numbers; the caller frees it. */
char *sys_cpu_model(void);

/* NULL, or how the hypervisor calls itself; the caller frees it. */
char *sys_hypervisor(void);

/*
 * Nanoseconds from one reading of the clock to the next one that can be, where
 * the counter behind it tells; else 0.
 */
double sys_clock_tick(void);

/*
 * The value of PARAMETER on the kernel command line: what follows '=', "" for
 * a bare word, the last one given. NULL: not there. The caller frees it.
 */
char *sys_cmdline(const char *parameter);

/* One mounted cgroup hierarchy. */
struct sys_mount {
	char		*path;
	char		*type;		/* "cgroup" or "cgroup2" */
	char		*options;	/* of the super block, controllers too */
	char		*controllers;	/* v1: of the options; v2: of the file */
	bool		 favordynmods;
	struct sys_mount *next;
};

struct sys_mount *sys_mounts(void);
void sys_mounts_free(struct sys_mount *m);

#endif
