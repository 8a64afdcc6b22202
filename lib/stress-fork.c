// SPDX-License-Identifier: GPL-2.0-or-later
/* stress-fork - threads that run away, and processes */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "cpus.h"
#include "stress.h"

struct link {
	struct link	*next;		/* NULL: the last */
	int		 tid;
	int		 error;
	char		 stack[1024] __attribute__((aligned(64)));
};

void stress_breathe(void)
{
	static __thread uint64_t due;

	if (clock_ns() < due)
		return;
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	due = clock_ns() + 20000000;
}

static int link_body(void *arg);

static void link_start(struct link *l)
{
	int pid;

	race_begin(&stress->clones);
	pid = clone(link_body, l->stack + sizeof(l->stack),
		    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		    CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID |
		    CLONE_CHILD_CLEARTID, l, &l->tid, NULL, &l->tid);
	race_end(&stress->clones);
	if (pid >= 0)
		return;
	/* Nobody comes after it: all that wait go on. */
	l->error = errno;
	for (; l; l = l->next) {
		__atomic_store_n(&l->tid, 0, __ATOMIC_RELEASE);
		syscall(SYS_futex, &l->tid, FUTEX_WAKE, 1, NULL, NULL, 0);
	}
}

static int link_body(void *arg)
{
	struct link *l = arg;

	if (l->next)
		link_start(l->next);
	return 0;
}

int stress_chain(void)
{
	struct link l[STRESS_LINKS];
	int error = 0, tid;

	for (int i = 0; i < STRESS_LINKS; i++) {
		l[i].next = i + 1 < STRESS_LINKS ? &l[i + 1] : NULL;
		l[i].tid = -1;
		l[i].error = 0;
	}
	link_start(&l[0]);
	for (int i = 0; i < STRESS_LINKS; i++) {
		while ((tid = __atomic_load_n(&l[i].tid, __ATOMIC_ACQUIRE)))
			syscall(SYS_futex, &l[i].tid, FUTEX_WAIT, tid, NULL,
				NULL, 0);
		if (l[i].error)
			error = l[i].error;
	}
	stress_count(&stress->forks.n, STRESS_LINKS);
	stress_breathe();
	return error ? stress_failed(-error, "clone of a thread") : 0;
}

bool stress_shared(void)
{
	return true;
}

int stress_chain_enter(unsigned int nr)
{
	(void)nr;
	stress->group = getpid();
	return 0;
}

int stress_chain_loop(unsigned int nr, struct lat *lat)
{
	int ret = stress_roam();

	if (!nr && !ret)
		__atomic_store_n(&stress->roams, true, __ATOMIC_RELEASE);
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		ret = stress_chain();
		lat_add(lat, clock_ns() - begin);
	}
	return ret;
}

/* ---- processes -------------------------------------------------------- */

int stress_roam(void)
{
	size_t size = CPU_ALLOC_SIZE(CPUS_MAX);
	cpu_set_t *all = CPU_ALLOC(CPUS_MAX);
	struct turn t = { 0 };
	int ret;

	if (!all)
		return -ENOMEM;
	memset(all, 0xff, size);
	/*
	 * What is not allowed, or not there, the kernel takes off. EINVAL is
	 * left if it was moved to another cpuset meanwhile: so once more.
	 */
	do
		ret = sched_setaffinity(0, size, all) ? -errno : 0;
	while (ret == -EINVAL && !stress_overdue(&t));
	CPU_FREE(all);
	return ret;
}

pid_t stress_fork(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid < 0 ? -errno : pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	return 0;
}

int stress_user(uid_t uid)
{
	pid_t parent = getppid();
	int sig = 0;

	prctl(PR_GET_PDEATHSIG, &sig);
	if (seteuid(uid))
		return -errno;
	if (sig && (prctl(PR_SET_PDEATHSIG, sig) || getppid() != parent))
		_exit(1);
	return 0;
}

int stress_reap(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) != pid)
		if (errno != EINTR)
			return -errno;
	return status;
}

pid_t stress_keeper(pid_t pid)
{
	pid_t keeper = stress_fork();

	if (!keeper)
		for (;;)
			pause();
	if (keeper > 0 && (setpgid(pid, pid) || setpgid(keeper, pid))) {
		int error = -errno;

		stress_reap(keeper);
		return error;
	}
	return keeper;
}

static void *clone_for_ever(void *arg)
{
	while (!stress_chain())
		;
	return arg;
}

int stress_chains(int nr)
{
	pthread_attr_t attr;
	pthread_t thread;
	int ret = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	while (!ret && nr-- > 0)
		ret = -pthread_create(&thread, &attr, clone_for_ever, NULL);
	return ret;
}

int stress_parked(pid_t *pid, int nr)
{
	for (int i = 0; i < nr; i++) {
		/* pid[] may be shared: the child writes nothing there. */
		pid_t one = stress_fork();
		int ret;

		if (!one)
			for (;;)
				pause();
		if (one < 0)
			return stress_failed(one, "fork");
		pid[i] = one;
		ret = cg_write_pid(&stress->pair.a, "cgroup.procs", one);
		if (ret)
			return stress_failed(ret, "a process in %s",
					     stress->pair.a.path);
	}
	return 0;
}
