// SPDX-License-Identifier: GPL-2.0-or-later
/* mover - two cgroups and a thread group that is written back and forth */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "mover.h"

#define REMOVE_SECONDS 60

int mover_make(struct mover *m, const struct cg_hier *h,
	       const struct cg *base, unsigned int nr, const char *file)
{
	struct cg *const group[3] = { &m->a, &m->b, &m->drain };
	static const char *const name[3] = { "a", "b", "drain" };
	char full[32];
	int ret = 0;

	*m = (struct mover){ .fd = { -1, -1 } };
	m->a.dir = m->b.dir = m->drain.dir = -1;
	for (int i = 0; i < 3 && !ret; i++) {
		snprintf(full, sizeof(full), "%s%u", name[i], nr);
		ret = cg_make(h, base, full, group[i]);
	}
	for (int i = 0; i < 2 && !ret; i++) {
		m->fd[i] = cg_open(group[i], file, O_WRONLY);
		if (m->fd[i] < 0)
			ret = m->fd[i];
	}
	if (ret)
		bench_why("%s: %s: %s", m->a.path, file, strerror(-ret));
	return ret;
}

void mover_value(struct mover *m, pid_t pid)
{
	m->len = snprintf(m->value, sizeof(m->value), "%d", pid);
}

int mover_loop(struct mover *m, double think, struct lat *lat)
{
	while (loop_more(lat)) {
		uint64_t ns;
		int ret;

		if (!bench_think(lat, clock_from_s(think)))
			return 0;
		ns = mover_write_kept(m, !m->at, &ret);
		if (ret) {
			bench_why("cgroup.procs of %s: %s", m->at ? m->a.path :
				  m->b.path, strerror(-ret));
			return ret;
		}
		lat_add(lat, ns);
		m->at = !m->at;
	}
	return 0;
}

int mover_verify(const struct mover *m, unsigned int side, pid_t pid,
		 long threads)
{
	const struct cg *in = side ? &m->b : &m->a;
	const struct cg *out = side ? &m->a : &m->b;
	long here = cg_threads(in), there = cg_threads(out);
	long alive = tg_threads(pid);

	if (here != threads || there != 0 || alive != threads) {
		bench_why("%ld threads in the destination %s, %ld left in %s, "
			  "%ld alive, of %ld", here, in->path, there,
			  out->path, alive, threads);
		return -1;
	}
	return 0;
}

int mover_verify_step(struct mover *m, pid_t pid, long threads)
{
	int ret;

	mover_write(m, !m->at, &ret);
	if (ret) {
		bench_why("one more move: %s", strerror(-ret));
		return -1;
	}
	m->at = !m->at;
	return mover_verify(m, m->at, pid, threads);
}

int mover_verify_move(struct mover *m, pid_t pid, long threads)
{
	if (mover_verify(m, m->at, pid, threads))
		return -1;
	return mover_verify_step(m, pid, threads);
}

int64_t mover_writes(pid_t pid)
{
	char path[64], line[128];
	int64_t n = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/io", pid);
	f = fopen(path, "re");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "syscw: %" SCNd64, &n) == 1)
			break;
	fclose(f);
	return n;
}

int mover_verify_writes(pid_t pid, int64_t before, uint64_t reported)
{
	int64_t now = mover_writes(pid);

	if (before < 0 || now < 0) {
		bench_unverified("writes", "no count of them in /proc/PID/io "
				 "(CONFIG_TASK_IO_ACCOUNTING)");
		return 0;
	}
	if (now - before == (int64_t)reported)
		return 0;
	bench_why("the kernel saw %" PRId64 " writes of the attacher, %" PRIu64
		  " were reported", now - before, reported);
	return -1;
}

void mover_unmake(struct mover *m, struct tg *tg)
{
	if (tg && tg->pid > 0 && m->drain.dir >= 0)
		cg_write_pid(&m->drain, "cgroup.procs", tg->pid);
	for (int i = 0; i < 2; i++)
		if (m->fd[i] > 0)
			close(m->fd[i]);
	cg_remove(&m->a, REMOVE_SECONDS);
	cg_remove(&m->b, REMOVE_SECONDS);
	tg_destroy(tg);
	cg_remove(&m->drain, REMOVE_SECONDS);
}
