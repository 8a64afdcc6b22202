/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attacher - somebody who moves a parked group of his own, beside something
 *
 * The role `attacher` of a benchmark whose subject is what happens meanwhile:
 * attacher_make() in setup(), _enter() and _loop() in the actor, _verify() and
 * _unmake() in the parent. One operation is a move as of `attach`.
 */
#ifndef FORKPATH_ATTACHER_H
#define FORKPATH_ATTACHER_H

#include "mover.h"

struct attacher {		/* in memory that parent and actor share */
	struct mover	mover;
	struct tg	tg;
	int64_t		writes;	/* the kernel's count when the loop began */
};

/*
 * Attacher NR with a group of THREADS below BASE, which keeps in MOVED when
 * it moved. 0 or -errno, said why.
 */
int attacher_make(struct attacher *a, const struct cg_hier *h,
		  const struct cg *base, unsigned int nr,
		  unsigned long threads, struct spans *moved);
int attacher_enter(struct attacher *a);
int attacher_loop(struct attacher *a, double think, struct lat *lat);

/*
 * In an actor of another role, a process of its own: close its copies of the
 * attacher's files, so that it forks and executes with as many as without.
 */
void attacher_without(const struct attacher *a);

/* Its moves are those reported, and one more moves all. 0 or -1, said why. */
int attacher_verify(struct attacher *a, unsigned int nr);

void attacher_unmake(struct attacher *a);

#endif
