// SPDX-License-Identifier: GPL-2.0-or-later
/* stress-move - moves, and who met whom */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>

#include "stress.h"

void race_met(uint64_t others)
{
	if (others)
		stress_count(&stress->overlaps.n, 1);
}

int stress_write_fd(int fd, const char *value, struct race *in,
		    const struct race *against)
{
	size_t len = strlen(value);
	uint64_t mark = 0;
	ssize_t n;
	int error;

	if (in)
		race_begin(in);
	if (against)
		mark = race_mark(against);
	n = write(fd, value, len);
	error = n < 0 ? -errno : 0;
	/* Its own is one of them. */
	if (against)
		race_met(race_since(against, mark) - (in == against));
	if (in)
		race_end(in);
	return error ? error : (size_t)n == len ? 0 : -EIO;
}

int stress_write(const struct cg *cg, const char *file, const char *value,
		 struct race *in, const struct race *against)
{
	int fd = cg_open(cg, file, O_WRONLY), ret;

	if (fd < 0)
		return fd;
	ret = stress_write_fd(fd, value, in, against);
	close(fd);
	return ret;
}

int stress_write_pid(const struct cg *cg, const char *file, pid_t pid,
		     struct race *in, const struct race *against)
{
	char value[16];

	snprintf(value, sizeof(value), "%d", pid);
	return stress_write(cg, file, value, in, against);
}

int stress_move(struct race *in, const struct race *against)
{
	struct mover *m = &stress->pair;
	int ret = 0;

	mover_value(m, stress->group);
	if (!stress_broken("unwritten") || (stress->moves.n & 7) != 7)
		ret = stress_write_fd(m->fd[!m->at], m->value, in, against);
	stress_note(m->at ? "move to a of" : "move to b of", stress->group, ret);
	if (ret) {
		stress_count(&stress->refused.n, 1);
		return ret;
	}
	stress_count(&stress->moves.n, 1);
	m->at = !m->at;
	return 0;
}

int stress_move_loop(unsigned int nr, struct lat *lat)
{
	const struct mover *m = &stress->pair;

	(void)nr;
	while (loop_more(lat)) {
		uint64_t begin = clock_ns();
		int ret = stress_move(NULL, &stress->clones);

		lat_add(lat, clock_ns() - begin);
		if (ret)
			return stress_unmoved(m->at ? &m->a : &m->b, ret);
		ret = stress_left(m->at ? &m->a : &m->b, stress->group);
		if (ret)
			return ret;
	}
	return 0;
}

int stress_move_all(struct race *in, const struct race *against)
{
	const struct mover *m = &stress->pair;
	int ret = stress_move(in, against);

	if (ret)
		return stress_unmoved(m->at ? &m->a : &m->b, ret);
	return stress_left(m->at ? &m->a : &m->b, stress->group);
}

int stress_look_loop(struct lat *lat, int (*move)(uint64_t nr), uint64_t every,
		     int (*look)(uint64_t nr))
{
	int ret = 0;

	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		ret = move(lat->ops);
		lat_add(lat, clock_ns() - begin);
		stress_breathe();
		if (ret || lat->ops % every)
			continue;
		pthread_rwlock_wrlock(&stress->quiet);
		ret = look(lat->ops);
		pthread_rwlock_unlock(&stress->quiet);
	}
	return ret;
}
