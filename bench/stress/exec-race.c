// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exec-race - a group whose threads exec, moved meanwhile
 *
 * Invariant: a write of the tgid that has succeeded has moved the group,
 * also while a thread that is not the leader execs and becomes the leader;
 * the number stays the same and every write finds it.
 *
 * A process of four threads execs itself from one that is drawn, most often
 * not the leader, over and over. A mover writes it back and forth and looks
 * whether a thread is left. The image that comes up counts itself; one that
 * is overdue hangs.
 *
 * Mutation: `unwritten`, some writes are only claimed, as a write is that
 * met a leader which was just being replaced.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stress.h"

#define AGAIN	"exec-race-again"
#define THREADS	3			/* beside the leader */

/* Outlives exec, in a memfd whose number is an argument. */
struct image {
	struct race	race;
	uint64_t	up;		/* images that came up */
	struct rng	rng;
	int		error;
};

static int memory = -1;
static struct image *image;

static const struct opt opts[] = {
	STRESS_OPTIONS("v1-freezer v1-cpuset v1-memory v1-cpu v2",
		       "v1-freezer", "unwritten"),
	OPT_END
};

/* ---- the image --------------------------------------------------------- */

static void exec_again(int fd)
{
	char number[16];
	char *argv[] = { AGAIN, number, NULL };

	snprintf(number, sizeof(number), "%d", fd);
	race_begin(&image->race);
	execv("/proc/self/exe", argv);
	image->error = errno;
	_exit(1);
}

static void *one_thread(void *arg)
{
	if (arg)
		exec_again(memory);
	for (;;)
		pause();
	return NULL;
}

static void live(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	uint64_t who = rng_below(&image->rng, THREADS + 1);

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	for (unsigned int i = 0; i < THREADS; i++)
		if (pthread_create(&thread, &attr, one_thread,
				   i == who ? image : NULL))
			exec_again(memory);	/* no room: go on alone */
	if (who == THREADS)
		exec_again(memory);
	for (;;)
		pause();
}

/* Before main(), which knows nothing of this. */
static void __attribute__((constructor)) come_up(int argc, char **argv)
{
	if (argc != 2 || strcmp(argv[0], AGAIN))
		return;
	memory = atoi(argv[1]);
	image = mmap(NULL, sizeof(*image), PROT_READ | PROT_WRITE, MAP_SHARED,
		     memory, 0);
	if (image == MAP_FAILED)
		_exit(1);
	race_end(&image->race);
	__atomic_add_fetch(&image->up, 1, __ATOMIC_RELEASE);
	live();
}

/* ---- the test ---------------------------------------------------------- */

static int setup(void)
{
	int ret = stress_setup();
	pid_t pid;

	if (ret)
		return ret;
	memory = memfd_create("exec-race", 0);	/* survives exec */
	if (memory < 0 || ftruncate(memory, sizeof(*image)))
		return stress_failed(-errno, "memfd");
	image = mmap(NULL, sizeof(*image), PROT_READ | PROT_WRITE, MAP_SHARED,
		     memory, 0);
	if (image == MAP_FAILED)
		return -errno;
	image->rng = stress_rng(0);
	pid = stress_fork();
	if (!pid)
		exec_again(memory);
	if (pid < 0)
		return pid;
	stress->group = pid;
	return 0;
}

/* One operation is one image that came up. */
static int watch_loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	while (loop_more(lat)) {
		uint64_t begin = clock_ns();
		struct turn t = { 0 };
		uint64_t up = __atomic_load_n(&image->up, __ATOMIC_ACQUIRE);

		while (__atomic_load_n(&image->up, __ATOMIC_ACQUIRE) == up) {
			if (image->error)
				return stress_failed(-image->error, "execve");
			if (stress_overdue(&t))
				return stress_broke("no exec of process %d has "
						    "come to its end",
						    stress->group);
		}
		lat_add(lat, clock_ns() - begin);
	}
	return 0;
}

static int move_loop(unsigned int nr, struct lat *lat)
{
	const struct mover *m = &stress->pair;
	int ret = 0;

	(void)nr;
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		ret = stress_move(NULL, &image->race);
		lat_add(lat, clock_ns() - begin);
		if (ret)
			return stress_unmoved(m->at ? &m->a : &m->b, ret);
		ret = stress_left(m->at ? &m->a : &m->b, stress->group);
	}
	return ret;
}

static int verify(void)
{
	const struct mover *m = &stress->pair;

	stress->rounds.n = image->up;
	stress->forks.n = image->up * THREADS;
	if (stress_move(NULL, NULL))
		return stress_broke("the last move failed");
	return stress_all_in(m->at ? &m->b : &m->a, stress->group);
}

static void cleanup(void)
{
	if (stress && stress->group > 0)
		stress_reap(stress->group);
	stress_cleanup();
}

const struct bench bench = {
	.name = "exec-race",
	.summary = "threads exec and become the leader while they are moved",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "exec", .loop = watch_loop },
		{ .name = "mover", .loop = move_loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = stress_missing },
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
