// SPDX-License-Identifier: GPL-2.0-or-later
/* attacher - somebody who moves a parked group of his own, beside something */
#include <string.h>
#include <unistd.h>

#include "attacher.h"
#include "bench.h"

int attacher_make(struct attacher *a, const struct cg_hier *h,
		  const struct cg *base, unsigned int nr,
		  unsigned long threads, struct spans *moved)
{
	int ret = mover_make(&a->mover, h, base, nr, "cgroup.procs");

	if (ret)
		return ret;
	ret = tg_create_in(&a->tg, threads, &a->mover.b);
	if (ret)
		bench_why("a group of %lu threads in %s: %s", threads,
			  a->mover.b.path, strerror(-ret));
	mover_value(&a->mover, a->tg.pid);
	a->mover.at = 1;	/* the first move is to a */
	a->mover.spans = moved;
	return ret;
}

int attacher_enter(struct attacher *a)
{
	a->writes = mover_writes(getpid());
	return 0;
}

int attacher_loop(struct attacher *a, double think, struct lat *lat)
{
	return mover_loop(&a->mover, think, lat);
}

void attacher_without(const struct attacher *a)
{
	const struct mover *m = &a->mover;

	/* Not cg_close(): what is shared with the parent stays as it is. */
	close(m->a.dir);
	close(m->b.dir);
	close(m->drain.dir);
	close(m->fd[0]);
	close(m->fd[1]);
}

int attacher_verify(struct attacher *a, unsigned int nr)
{
	uint64_t done = bench_done("attacher", nr);

	if (mover_verify_writes(bench_pid("attacher", nr), a->writes, done))
		return -1;
	if (a->mover.at != !(done & 1)) {
		bench_why("attacher %u: its moves end in the wrong cgroup", nr);
		return -1;
	}
	return mover_verify_move(&a->mover, a->tg.pid, a->tg.nr);
}

void attacher_unmake(struct attacher *a)
{
	mover_unmake(&a->mover, &a->tg);
}
