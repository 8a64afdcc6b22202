/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * module - what the files of the module share
 *
 * A session is an open descriptor and owns all that is made on its behalf.
 * Requests run concurrently; whoever changes a session's parts locks them
 * itself. Functions return 0 or -errno as lib/kmod.h has them.
 */
#ifndef FORKPATH_MODULE_H
#define FORKPATH_MODULE_H

#include <linux/gfp.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/timex.h>
#include <linux/version.h>

#include "kmod.h"

extern bool by_counter;		/* as the only user wants it */

static inline u64 stamp(void)
{
	return READ_ONCE(by_counter) ? get_cycles() : ktime_get_ns();
}

/* Between two pieces of long work: is there any point in going on? */
static inline int pause(void)
{
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/* What a request may do to the memory of a node. */
int node_check(int node);

/* lock.c */
struct locks;

struct locks *locks_make(void);
void locks_free(struct locks *l);
int locks_batch(struct locks *l, struct kmod_batch *b);
int locks_write(struct locks *l, struct kmod_write *w);
void locks_done(struct locks *l, struct kmod_done *d);	/* adds to it */

/* fragment.c */
struct fragments;

struct fragments *fragments_make(bool lab);
void fragments_free(struct fragments *f);
int fragments_hold(struct fragments *f, struct kmod_fragment *r);
int fragments_mop(struct fragments *f);		/* and keep awake */
u64 fragments_held(struct fragments *f);

/* array.c */
struct array;

struct array *array_make(u32 kind, u32 nr, u32 size, u32 policy, int node,
			 int *outcome, u64 *ns);
void array_free(struct array *a);
int array_grow(struct array *a, u32 nr);	/* kmalloc, flex, genradix */
void array_put(struct array *a, u32 i, u64 value);
u64 array_get(struct array *a, u32 i);		/* what was put; not of a list */
int array_try(struct fragments *f, struct kmod_try *t);

/* pids.c */
int pids_collect(struct kmod_pids *p);

#endif
