/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * undo - a journal of what must be put back, also after kill -9
 *
 * Whatever outlives a process (cgroups, settings, background loads) is
 * written to a journal and synced BEFORE it is changed. Every process has a
 * journal of its own, DIR/<pid>-<starttime>, and removes it when all is
 * undone. What is left is replayed, last change first, by undo_clean(): the
 * journals whose process is dead, from this boot.
 *
 * DIR is /run/forkpath (mode 0700) for root, else
 * $XDG_RUNTIME_DIR/forkpath. FORKPATH_JOURNAL_DIR replaces it, for tests.
 * Where there is none (an empty chroot; no XDG_RUNTIME_DIR), changes are
 * undone by the process itself, and only by it. Where root cannot use the one
 * there is, or that he named, nothing is changed.
 *
 * A record is a line, its fields separated by tabs; the last one is ".": a
 * line without it was torn by a crash or a full disk, and what it announces
 * was never done.
 *
 *   boot BOOT_ID            first line; other boot: nothing left to undo
 *   setting PATH OLD NEW    restored only while it still reads NEW; of
 *                           "a [b] c" what is in brackets is read
 *   cgroup PATH             killed, waited for, removed with what is below
 *   hierarchy PATH NAME     v1 hierarchy NAME, mounted on PATH: unmounted
 *                           until the kernel has forgotten it
 *   process PID STARTTIME   killed if it is still the same one
 *   module NAME             unloaded; only ours
 *   token WORD              every process with FORKPATH_RUN=WORD in its
 *                           environment is killed
 *
 * A journal is data: settings outside /proc/sys, /proc/irq and /sys (of
 * undo_root, for tests), and cgroups outside a directory named `forkpath` on
 * top of a cgroup mount, are refused.
 */
#ifndef FORKPATH_UNDO_H
#define FORKPATH_UNDO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

extern const char *undo_root;	/* "" in service */

/*
 * Open this process's journal. 0, or -errno: changes are then refused, or
 * remembered in memory only, see above. Called by the functions below when
 * needed.
 */
int undo_open(void);

/* NULL, or why nothing may be changed here: no journal where one must be. */
const char *undo_missing(void);

/*
 * Journal, then change. 0 or -errno (-EIO: PATH still reads what it did).
 */
int undo_setting(const char *path, const char *new_value);

/*
 * The same for a file that reads otherwise than it is written: VALUE makes it
 * read READS, and BACK, which is written as long as it reads so, undoes that.
 */
int undo_setting_as(const char *path, const char *value, const char *reads,
		    const char *back);

/* Journal that cgroup PATH is about to be made by this process. */
int undo_cgroup(const char *path);

/* Journal that the kernel module NAME is about to be loaded. */
int undo_module(const char *name);

/*
 * Mount v1 hierarchy NR of this process, without controllers, on the path
 * that undo_hierarchy_path() gives (NULL: no place). 0 or -errno.
 */
int undo_hierarchy(unsigned int nr);
const char *undo_hierarchy_path(unsigned int nr, char *buf, size_t len);

/* Journal a process that must not outlive us, or all that carry a token. */
int undo_process(pid_t pid);
int undo_token(const char *word);

/*
 * Undo all that this process journalled, last first, and remove the
 * journal. 0, or the first -errno; what could not be undone stays
 * journalled for undo_clean().
 */
int undo_all(void);

/*
 * Replay the journals of dead processes, and remove directories of
 * hierarchies that are in none. Every action is said on SAY (may
 * be NULL), one line each. Returns the number of things undone, or the
 * first -errno. *LIVE counts journals of living processes, left alone.
 */
int undo_clean(FILE *say, unsigned int *live);

/*
 * The right to change this machine, held until the last process that
 * inherited it is gone: one run at a time, whoever runs it, as far as a
 * network namespace reaches. With FORKPATH_JOURNAL_DIR one run per such
 * directory. Waits up to SECONDS. Returns a descriptor, -EBUSY, or another
 * -errno.
 */
int undo_lock(double seconds);

/* After -EBUSY: who has it, since when, as a message. */
const char *undo_lock_holder(void);

/* Directory of the journals. Returns BUF or NULL where there is none. */
const char *undo_dir(char *buf, size_t len);

/* Start time of PID in clock ticks since boot, 0 if there is none. */
unsigned long long undo_starttime(pid_t pid);

/*
 * Kill every process that carries FORKPATH_RUN=WORD and wait until none is
 * left, at most SECONDS. Never this process. Returns how many were there,
 * or -ETIMEDOUT.
 */
int undo_kill_token(const char *word, double seconds);

#endif
