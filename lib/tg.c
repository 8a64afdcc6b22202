// SPDX-License-Identifier: GPL-2.0-or-later
/* tg - thread groups of any size, parked */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cg.h"
#include "child.h"
#include "cpus.h"
#include "limit.h"
#include "tg.h"
#include "undo.h"

#define STACK_BYTES	256
#define PID_MAX_LIMIT	4194304
#define PID_MAX_DEFAULT	32768	/* as kernel/pid.c has it, */
#define PIDS_PER_CPU	1024	/* or so many per CPU */
#define PID_INIT_INO	0xeffffffcu	/* the first pid namespace */
#define THREAD_KIB	24	/* kernel stack, task_struct, 256 bytes of ours */

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
		      CLONE_THREAD | CLONE_SYSVSEM)

static long read_number(const char *path)
{
	FILE *f = fopen(path, "re");
	long v = -1;

	if (!f)
		return -errno;
	if (fscanf(f, "%ld", &v) != 1)
		v = -EINVAL;
	fclose(f);
	return v;
}

static long tasks_now(void)
{
	FILE *f = fopen("/proc/loadavg", "re");
	long all = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%*s %*s %*s %*d/%ld", &all) != 1)
		all = 0;
	fclose(f);
	return all;
}

static long meminfo_kib(const char *field)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[128];
	long kib = -1;

	while (f && kib < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, field, strlen(field)))
			sscanf(line + strlen(field), ": %ld", &kib);
	if (f)
		fclose(f);
	return kib;
}

/* Room left under pids.max of PATH below MOUNT and of all above it. */
static long pids_left(const char *mount, char *path)
{
	char file[2 * PATH_MAX];
	long least = LONG_MAX;

	for (;;) {
		char *slash = strrchr(path, '/');
		long max, now;

		snprintf(file, sizeof(file), "%s%s/pids.max", mount, path);
		max = read_number(file);	/* "max" is no number */
		snprintf(file, sizeof(file), "%s%s/pids.current", mount, path);
		now = read_number(file);
		if (max >= 0 && now >= 0 && max - now < least)
			least = max > now ? max - now : 0;
		if (!slash)
			return least;
		*slash = '\0';
	}
}

/* The same over every hierarchy that has the controller. */
static long pids_room(void)
{
	FILE *self = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX + 256];
	long least = LONG_MAX;

	while (self && fgets(line, sizeof(line), self)) {
		char *list = strchr(line, ':'), *path;
		const char *below;
		struct cg_mount m;
		long left;
		int ret;

		path = list ? strchr(list + 1, ':') : NULL;
		if (!path)
			continue;
		*path++ = '\0';
		list++;
		path[strcspn(path, "\n")] = '\0';
		if (*list && !cg_option(list, "pids"))
			continue;
		ret = cg_mount_find(*list ? 1 : 2, "pids", NULL, &m);
		if (ret && ret != -EROFS && ret != -EACCES)
			continue;
		below = cg_below(m.root, path);
		if (!below)
			continue;
		memmove(path, below, strlen(below) + 1);
		if (!strcmp(path, "/"))
			*path = '\0';
		left = pids_left(m.path, path);
		if (left < least)
			least = left;
	}
	if (self)
		fclose(self);
	return least;
}

/*
 * How many threads may be made in a pid namespace that is in another one:
 * LONG_MAX where pid_max is what it says. Since 6.14 each namespace has one of
 * its own, which is 4194304 at first, and the one outside, which holds for all
 * that is inside, cannot be seen. Who takes the last numbers there stops every
 * fork of the machine: no more than half of its default, then.
 */
static unsigned long inner_room(void)
{
	long all = sysconf(_SC_NPROCESSORS_CONF) * PIDS_PER_CPU;
	unsigned int major, minor;
	struct utsname un;
	struct stat st;

	if (uname(&un) || sscanf(un.release, "%u.%u", &major, &minor) != 2 ||
	    major < 6 || (major == 6 && minor < 14))
		return LONG_MAX;
	if (stat("/proc/self/ns/pid", &st) || st.st_ino == PID_INIT_INO)
		return LONG_MAX;
	return (all > PID_MAX_DEFAULT ? all : PID_MAX_DEFAULT) / 2;
}

/* A fifth to spare: pids are handed out round and round. */
static unsigned long pids_wanted(unsigned long nr)
{
	return (tasks_now() + nr) * 6 / 5 + 4096;
}

const char *tg_missing_with(unsigned long nr, unsigned long mib)
{
	long pid_max = read_number("/proc/sys/kernel/pid_max");
	long kib = meminfo_kib("MemAvailable"), room = pids_room();
	long threads_max = read_number("/proc/sys/kernel/threads-max");
	static char why[160];

	if (limit_tasks(nr))
		return limit_tasks(nr);
	/* A half of what is free stays free: others live here. */
	if (mib && kib >= 0 && (unsigned long)kib / 2 / 1024 < mib)
		snprintf(why, sizeof(why), "%lu MiB are more than half of the "
			 "%ld MiB available", mib, kib / 1024);
	else if (kib >= 0 && ((unsigned long)kib / 2 - mib * 1024) / THREAD_KIB
		 < nr)
		snprintf(why, sizeof(why), "%lu threads take %lu MiB, more than "
			 "half of the %ld MiB available", nr,
			 nr * THREAD_KIB / 1024, kib / 1024);
	else if ((unsigned long)room < nr)
		snprintf(why, sizeof(why), "%lu threads: pids.max of this "
			 "process's cgroup leaves room for %ld", nr, room);
	else if (threads_max > 0 && (unsigned long)threads_max <
		 tasks_now() + nr)
		snprintf(why, sizeof(why), "%lu threads: kernel.threads-max is "
			 "%ld", nr, threads_max);
	else if (pid_max > 0 && (unsigned long)pid_max < pids_wanted(nr) &&
		 access("/proc/sys/kernel/pid_max", W_OK))
		snprintf(why, sizeof(why), "%lu threads: kernel.pid_max is %ld "
			 "and cannot be raised: %s", nr, pid_max,
			 strerror(errno));
	else if (nr > inner_room())
		snprintf(why, sizeof(why), "%lu threads in a pid namespace, "
			 "where pid_max of the machine is not seen: %lu are "
			 "half of its default", nr, inner_room());
	else
		return NULL;
	return why;
}

double tg_seconds(unsigned long nr)
{
	return nr * 40e-6;
}

const char *tg_missing(unsigned long nr)
{
	return tg_missing_with(nr, 0);
}

/* Where parked threads go; found before any actor is pinned. */
static unsigned int cpu[CPUS_MAX];
static int nr_cpus;

int tg_room(unsigned long nr)
{
	unsigned long want = pids_wanted(nr);
	long pid_max = read_number("/proc/sys/kernel/pid_max");
	long threads_max = read_number("/proc/sys/kernel/threads-max");
	char value[32];

	nr_cpus = cpus_allowed(cpu, CPUS_MAX);
	if (nr_cpus < 0)
		return nr_cpus;
	if (threads_max > 0 && (unsigned long)threads_max < tasks_now() + nr)
		return -EAGAIN;
	if (nr > inner_room())
		return -EAGAIN;
	if (pid_max <= 0 || (unsigned long)pid_max >= want)
		return 0;
	if (want > PID_MAX_LIMIT)
		want = PID_MAX_LIMIT;
	snprintf(value, sizeof(value), "%lu", want);
	return undo_setting("/proc/sys/kernel/pid_max", value);
}

struct parking {
	uint32_t parked, want;
	struct tg_call *call;
};

/* On 256 bytes, too. ROUND: those before it are none of ours. */
static void __attribute__((noreturn)) answer(struct tg_call *c, uint32_t round)
{
	for (;;) {
		uint32_t now = __atomic_load_n(&c->round, __ATOMIC_ACQUIRE);

		if (now == round) {
			if (__atomic_load_n(&c->busy, __ATOMIC_RELAXED))
				__atomic_add_fetch(&c->turns, 1,
						   __ATOMIC_RELAXED);
			else
				syscall(SYS_futex, &c->round, FUTEX_WAIT, now,
					0, 0, 0);
			continue;
		}
		round = now;
		__atomic_add_fetch(&c->answers, 1, __ATOMIC_RELAXED);
		if (__atomic_sub_fetch(&c->left, 1, __ATOMIC_ACQ_REL))
			continue;
		__atomic_store_n(&c->all, 1, __ATOMIC_RELEASE);
		syscall(SYS_futex, &c->all, FUTEX_WAKE, 1, 0, 0, 0);
	}
}

void tg_call(struct tg_call *c, unsigned long nr)
{
	__atomic_store_n(&c->all, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&c->left, nr, __ATOMIC_RELAXED);
	__atomic_add_fetch(&c->round, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &c->round, FUTEX_WAKE, INT_MAX, 0, 0, 0);
}

int tg_answered(struct tg_call *c, int ms)
{
	struct timespec left = { .tv_sec = ms / 1000,
				 .tv_nsec = ms % 1000 * 1000000L };

	while (!__atomic_load_n(&c->all, __ATOMIC_ACQUIRE))
		if (syscall(SYS_futex, &c->all, FUTEX_WAIT, 0, &left, 0, 0) &&
		    errno == ETIMEDOUT)
			return -ETIMEDOUT;
	return 0;
}

/* Runs on 256 bytes and the leader's TLS: no libc but syscall(2). */
static int __attribute__((noreturn)) park(void *arg)
{
	struct parking *p = arg;

	if (__atomic_add_fetch(&p->parked, 1, __ATOMIC_RELEASE) == p->want)
		syscall(SYS_futex, &p->parked, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
	if (p->call)
		answer(p->call, 0);
	for (;;)
		syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
}

static int park_more(unsigned long nr, struct tg_call *call)
{
	size_t mask_size = CPU_ALLOC_SIZE(CPUS_MAX);
	unsigned long share = nr_cpus > 0 ? (nr + nr_cpus - 1) / nr_cpus : nr;
	cpu_set_t *mask = CPU_ALLOC(CPUS_MAX);
	struct parking *p;
	sigset_t all, old;
	char *stacks;
	int ret = 0;

	if (!mask)
		return -ENOMEM;
	if (!nr || sched_getaffinity(0, mask_size, mask)) {
		ret = nr ? -errno : 0;
		goto out;
	}
	/* Never unmapped: the threads live on it until the process dies. */
	stacks = mmap(NULL, nr * STACK_BYTES + sizeof(*p),
		      PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (stacks == MAP_FAILED) {
		ret = -errno;
		goto out;
	}
	p = (struct parking *)(stacks + nr * STACK_BYTES);
	p->want = nr;
	p->call = call;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	for (unsigned long i = 0; i < nr && !ret; i++) {
		if (i % share == 0 && nr_cpus > 0)
			ret = cpus_pin(cpu[i / share]);
		if (!ret && clone(park, stacks + (i + 1) * STACK_BYTES,
				  THREAD_FLAGS, p) < 0)
			ret = -errno;
	}
	sigprocmask(SIG_SETMASK, &old, NULL);

	while (!ret) {
		uint32_t now = __atomic_load_n(&p->parked, __ATOMIC_ACQUIRE);

		if (now == nr)
			break;
		syscall(SYS_futex, &p->parked, FUTEX_WAIT_PRIVATE, now, 0, 0, 0);
	}
	if (nr_cpus > 0 && sched_setaffinity(0, mask_size, mask) && !ret)
		ret = -errno;
out:
	CPU_FREE(mask);
	return ret;
}

int tg_park(unsigned long nr)
{
	return park_more(nr, NULL);
}

int tg_create(struct tg *tg, unsigned long nr)
{
	return tg_create_more(tg, nr, NULL, &(struct tg_more){ .bytes = 0 });
}

int tg_create_in(struct tg *tg, unsigned long nr, const struct cg *in)
{
	return tg_create_more(tg, nr, in, &(struct tg_more){ .bytes = 0 });
}

int tg_create_more(struct tg *tg, unsigned long nr, const struct cg *in,
		   struct tg_more *more)
{
	pid_t parent = getpid();
	int ready[2], ret = -EIO;
	pid_t pid;
	ssize_t n;

	tg->pid = 0;
	tg->nr = nr;
	if (more->bytes) {	/* pages of its own are the child's only */
		more->at = mmap(NULL, more->bytes, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
				0);
		if (more->at == MAP_FAILED)
			return -errno;
	}
	if (pipe2(ready, O_CLOEXEC))
		return -errno;
	/* *tg may be shared memory: the child must not write to it. */
	pid = in && in->version == 2 ? child_into(in->dir) : fork();
	if (pid < 0) {
		ret = -errno;
		if (more->bytes)
			munmap(more->at, more->bytes);
		close(ready[0]);
		close(ready[1]);
		return ret;
	}
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		signal(SIGINT, SIG_IGN);	/* the parent decides */
		signal(SIGTERM, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		prctl(PR_SET_NAME, "forkpath-group");
		ret = in && in->version == 1 ? cg_write(in, "tasks", "0") : 0;
		for (size_t i = 0; !ret && i < more->bytes; i += 4096)
			((volatile char *)more->at)[i] = 1;
		if (!ret)
			ret = park_more(nr - 1, more->call);
		if (!ret && nr_cpus > 0)
			ret = cpus_pin(cpu[0]);
		if (write(ready[1], &ret, sizeof(ret)) != sizeof(ret) || ret)
			_exit(1);
		if (more->call)
			answer(more->call, 0);
		for (;;)
			pause();
	}
	tg->pid = pid;
	if (more->bytes)
		munmap(more->at, more->bytes);
	close(ready[1]);
	n = read(ready[0], &ret, sizeof(ret));
	if (n < 0)
		ret = -errno;
	else if (n != sizeof(ret))
		ret = -ECHILD;		/* died, for instance OOM-killed */
	close(ready[0]);
	if (ret)
		tg_destroy(tg);
	return ret;
}

long tg_threads(pid_t pid)
{
	char path[64], line[256];
	long nr = -ESRCH;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Threads: %ld", &nr) == 1)
			break;
	fclose(f);
	return nr;
}

long tg_settled(pid_t pid, long want)
{
	long nr = tg_threads(pid);

	for (int i = 0; i < 3000 && nr >= 0 && nr != want; i++) {
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		nr = tg_threads(pid);
	}
	return nr;
}

long tg_members(pid_t pid, pid_t *id, long max)
{
	struct dirent *entry;
	char path[64];
	long nr = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (nr < max && (entry = readdir(dir))) {
		pid_t tid = atoi(entry->d_name);	/* "." and "..": 0 */

		if (tid > 0 && tid != pid)
			id[nr++] = tid;
	}
	closedir(dir);
	return nr;
}

void tg_destroy(struct tg *tg)
{
	if (!tg || tg->pid <= 0)
		return;
	kill(tg->pid, SIGKILL);
	while (waitpid(tg->pid, NULL, 0) < 0 && errno == EINTR)
		;
	tg->pid = 0;
}
