// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mkdir-race - many make and remove the same cgroups, and use them
 *
 * Invariant: of those who make a cgroup of one name at the same time one
 * succeeds and the others are told EEXIST; of those who remove it one
 * succeeds. So, per name, successes of mkdir less successes of rmdir are 1
 * if it exists in the end and 0 if not. A process that was attached to a
 * cgroup keeps it from being removed. Whoever sees a cgroup sees all files
 * of it.
 *
 * Four makers draw one of three names and one of: make it, remove it, put
 * a process of theirs in and take it out, list its files. An overlap is a
 * mkdir during which another mkdir or rmdir was on.
 *
 * Mutations: `miscount`, an EEXIST counts as made; `incomplete`, one file
 * more is wanted than there is.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stress.h"

#define MAKERS	4
#define NAMES	3

static unsigned long makers = MAKERS;
static struct {
	struct race	race;
	pid_t		pid[MAKERS];
	uint64_t	made[NAMES], removed[NAMES];
} *state;

static const struct opt opts[] = {
	STRESS_OPTIONS("v1-freezer v1-memory v2 v2-memory v2-cpuset",
		       "v1-freezer", "miscount incomplete"),
	OPT_END
};

static long nr_files;		/* of a cgroup that nobody races for */

/* Entries of DIR, which is closed, or -errno. */
static long files_in(int dir)
{
	DIR *d = dir < 0 ? NULL : fdopendir(dir);
	long n = -2;		/* itself, and the one above */

	if (!d)
		return -errno;
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static int open_dir(const char *name)
{
	return openat(stress_base.dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int setup(void)
{
	int ret = stress_setup();

	state = bench_shared(sizeof(*state));
	if (!state)
		return -ENOMEM;
	if (!ret) {
		nr_files = files_in(open_dir("a0"));
		nr_files += stress_broken("incomplete");
		ret = nr_files < 0 ? stress_failed(nr_files, "files of a0") : 0;
	}
	return ret ? ret : stress_parked(state->pid, MAKERS);
}

static int make(unsigned int name)
{
	char x[] = { 'x', '0' + name, '\0' };
	int ret;

	ret = race_among(&state->race,
			 mkdirat(stress_base.dir, x, 0755) ? -errno : 0);
	stress_note("mkdir x", name, ret);
	if (!ret || (ret == -EEXIST && stress_broken("miscount")))
		stress_count(&state->made[name], 1);
	return ret == -EEXIST ? 0 : ret;
}

static int remove_it(unsigned int name)
{
	char x[] = { 'x', '0' + name, '\0' };
	int ret;

	ret = race_in(&state->race,
		      unlinkat(stress_base.dir, x, AT_REMOVEDIR) ? -errno : 0);
	stress_note("rmdir x", name, ret);
	if (!ret)
		stress_count(&state->removed[name], 1);
	return ret == -ENOENT || ret == -EBUSY ? 0 : ret;
}

/* In and out again; meanwhile it cannot be removed. */
static int use(unsigned int name, pid_t pid)
{
	char file[32], value[16], path[PATH_MAX];
	int fd, ret, len;

	snprintf(file, sizeof(file), "x%u/cgroup.procs", name);
	fd = openat(stress_base.dir, file, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENODEV ? 0 : -errno;
	len = snprintf(value, sizeof(value), "%d", pid);
	ret = write(fd, value, len) < 0 ? -errno : 0;
	close(fd);
	stress_note("attach to x", name, ret);
	if (ret)
		return ret == -ENODEV ? 0 : ret;
	stress_count(&stress->moves.n, 2);
	ret = stress_where(pid, pid, path, sizeof(path));
	if (ret || strstr(path, "(deleted)") ||
	    strlen(path) != strlen(stress_path(&stress_base)) + 3)
		return stress_broke("process %d was attached to x%u and is in "
				    "%s", pid, name, path);
	return cg_write_pid(&stress->pair.a, "cgroup.procs", pid);
}

/* If it was there all the while, its list is as long as that of any other. */
static int list(unsigned int name)
{
	char x[] = { 'x', '0' + name, '\0' };
	struct stat was, is;
	int fd = open_dir(x);
	long n;

	if (fd < 0 || fstat(fd, &was)) {
		n = -errno;
		if (fd >= 0)
			close(fd);
		return n == -ENOENT || n == -ENODEV ? 0 : n;
	}
	n = files_in(fd);
	stress_note("list x", name, n);
	if (fstatat(stress_base.dir, x, &is, AT_SYMLINK_NOFOLLOW) ||
	    is.st_ino != was.st_ino)
		return 0;
	return n == nr_files ? 0 :
		stress_broke("%s has %ld files, not %ld", x, n, nr_files);
}

static int loop(unsigned int nr, struct lat *lat)
{
	static struct rng rng;
	int ret = 0;

	if (!rng.state)
		rng = stress_rng(nr);
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();
		unsigned int name = rng_below(&rng, NAMES);

		switch (rng_below(&rng, 4)) {
		case 0:
			ret = make(name);
			break;
		case 1:
			ret = remove_it(name);
			break;
		case 2:
			ret = list(name);
			break;
		default:
			ret = use(name, state->pid[nr]);
		}
		if (ret)
			return ret == -EBADMSG ? ret :
				stress_broke("x%u: %s", name, strerror(-ret));
		lat_add(lat, clock_ns() - begin);
	}
	return ret;
}

static int verify(void)
{
	for (unsigned int i = 0; i < NAMES; i++) {
		char x[] = { 'x', '0' + i, '\0' };
		int there = !faccessat(stress_base.dir, x, F_OK, 0);

		stress->rounds.n += state->made[i];
		if (state->made[i] - state->removed[i] != (uint64_t)there)
			return stress_broke("%s: %lu times made, %lu times "
					    "removed, and it %s", x,
					    state->made[i], state->removed[i],
					    there ? "is there" : "is not there");
	}
	return 0;
}

static void cleanup(void)
{
	for (unsigned int i = 0; state && i < MAKERS; i++)
		if (state->pid[i] > 0)
			stress_reap(state->pid[i]);
	for (unsigned int i = 0; i < NAMES; i++)
		unlinkat(stress_base.dir, (char[]){ 'x', '0' + i, '\0' },
			 AT_REMOVEDIR);
	stress_cleanup();
}

const struct bench bench = {
	.name = "mkdir-race",
	.summary = "many make, use and remove the same cgroups",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "maker", .nr = &makers, .loop = loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = stress_missing },
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
