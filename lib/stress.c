// SPDX-License-Identifier: GPL-2.0-or-later
/* stress - what the stress tests share */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cpus.h"
#include "err.h"
#include "stress.h"
#include "undo.h"

#define PF_EXITING 4	/* field 9 of /proc/PID/stat */
#define PID_MAX "/proc/sys/kernel/pid_max"
#define PID_MAX_LIMIT "4194304"
#define PID_MAX_ENOUGH 1000000	/* not once round while one is written */

int stress_hierarchy, stress_mutation;
unsigned long stress_seed;
struct stress *stress;
struct cg_hier stress_hier;
struct cg stress_base = CG_NONE;

/* Of the options, the word that is in force. */
static const char *word(const char *option)
{
	static char text[2][64];
	char *to = text[*option == 'm'];

	return opt_show(opt_find(bench.opts, option), to, sizeof(text[0]));
}

bool stress_broken(const char *mutation)
{
	return stress_mutation && !strcmp(word("mutate"), mutation);
}

bool stress_overdue(struct turn *t)
{
	return stress_mutation ? turn_overdue(t, 2, 10) :
				 turn_overdue(t, 30, 300);
}

void stress_nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 200000 }, NULL);
}

struct rng stress_rng(unsigned int salt)
{
	struct rng r = { stress_seed * 0x100000001b3ull + salt };

	rng_next(&r);
	return r;
}

/* ---- life cycle ------------------------------------------------------- */

const char *stress_missing(void)
{
	return cg_hier_missing(word("hierarchy"), &stress_hier);
}

static long pid_max(void)
{
	FILE *f = fopen(PID_MAX, "re");
	long max = 0;

	if (f && fscanf(f, "%ld", &max) != 1)
		max = 0;
	if (f)
		fclose(f);
	return max;
}

const char *stress_numbers(void)
{
	static char text[160];
	long max = pid_max();

	if (max >= PID_MAX_ENOUGH || !access(PID_MAX, W_OK))
		return NULL;
	snprintf(text, sizeof(text), "a number that is written could be "
		 "somebody else's by then: kernel.pid_max is %ld and cannot "
		 "be raised: %s", max, strerror(errno));
	return text;
}

const char *stress_missing_numbers(void)
{
	const char *why = stress_missing();

	return why ? why : stress_numbers();
}

int stress_share(void)
{
	pthread_rwlockattr_t shared;

	stress = bench_shared(sizeof(*stress));
	if (!stress)
		return -ENOMEM;
	pthread_rwlockattr_init(&shared);
	pthread_rwlockattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_rwlockattr_setkind_np(&shared,
			PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&stress->quiet, &shared);
	return 0;
}

int stress_setup(void)
{
	int ret = stress_share();

	if (ret)
		return ret;
	/*
	 * A number that is read and then written must not be reused. Whoever
	 * cannot do without has asked stress_missing_numbers().
	 */
	ret = access(PID_MAX, W_OK) ? 0 : undo_setting(PID_MAX, PID_MAX_LIMIT);
	if (ret)
		return stress_failed(ret, "pid_max to " PID_MAX_LIMIT);
	ret = cg_base(&stress_hier, &stress_base);
	if (ret)
		return stress_failed(ret, "making a cgroup in %s",
				     stress_hier.mount);
	return mover_make(&stress->pair, &stress_hier, &stress_base, 0,
			  "cgroup.procs");
}

void stress_cleanup(void)
{
	if (stress)
		mover_unmake(&stress->pair, NULL);
	cg_close(&stress_base);
}

static double value(uint64_t n)
{
	return n ? (double)n : NAN;
}

double stress_rounds(void) { return value(stress->rounds.n); }
double stress_moves(void) { return value(stress->moves.n); }
double stress_forks(void) { return value(stress->forks.n); }
double stress_overlaps(void) { return value(stress->overlaps.n); }
double stress_refused(void) { return value(stress->refused.n); }

const struct counter stress_counters[] = {
	STRESS_COUNTERS,
	{ .name = NULL },
};

/* ---- evidence --------------------------------------------------------- */

#define HALF_WRITTEN UINT64_MAX

/*
 * Whoever notes does not wait for whoever else does: a place of the ring
 * says which note it holds, and that it holds none while it is written. A
 * note that finds its place taken by somebody slow, or by a later one, is
 * left out.
 */
void stress_note(const char *what, long id, long ret)
{
	uint64_t nr = __atomic_add_fetch(&stress->notes, 1, __ATOMIC_RELAXED);
	struct stress_note *n = &stress->note[nr % STRESS_HISTORY];
	uint64_t was = __atomic_load_n(&n->nr, __ATOMIC_RELAXED);

	if (was > nr ||
	    !__atomic_compare_exchange_n(&n->nr, &was, HALF_WRITTEN, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	__atomic_store_n(&n->ns, clock_ns(), __ATOMIC_RELAXED);
	__atomic_store_n(&n->what, what, __ATOMIC_RELAXED);
	__atomic_store_n(&n->id, id, __ATOMIC_RELAXED);
	__atomic_store_n(&n->ret, ret, __ATOMIC_RELAXED);
	__atomic_store_n(&n->nr, nr, __ATOMIC_RELEASE);
}

/* False: there is none of that number any more, or not yet. */
static bool copy_note(uint64_t nr, struct stress_note *to)
{
	const struct stress_note *n = &stress->note[nr % STRESS_HISTORY];

	to->nr = __atomic_load_n(&n->nr, __ATOMIC_ACQUIRE);
	to->ns = __atomic_load_n(&n->ns, __ATOMIC_RELAXED);
	to->what = __atomic_load_n(&n->what, __ATOMIC_RELAXED);
	to->id = __atomic_load_n(&n->id, __ATOMIC_RELAXED);
	to->ret = __atomic_load_n(&n->ret, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return to->nr == nr &&
	       __atomic_load_n(&n->nr, __ATOMIC_RELAXED) == nr;
}

int stress_history(struct stress_note *to)
{
	uint64_t end = __atomic_load_n(&stress->notes, __ATOMIC_ACQUIRE);
	uint64_t nr = end > STRESS_HISTORY ? end - STRESS_HISTORY : 0;
	int n = 0;

	while (nr < end)
		n += copy_note(++nr, &to[n]);
	return n;
}

void stress_say(const char *fmt, ...)
{
	char line[500];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = err_vtext(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	line[n] = '\n';
	/* One write: lines of several actors do not mix. */
	if (write(STDERR_FILENO, line, n + 1) < 0)
		return;
}

static void say_history(void)
{
	struct stress_note note[STRESS_HISTORY];
	uint64_t now;
	int nr;

	if (!stress || __atomic_exchange_n(&stress->said, true,
					   __ATOMIC_RELAXED))
		return;
	/* Others go on meanwhile: copied first, and the time is that after. */
	nr = stress_history(note);
	now = clock_ns();
	for (int i = 0; i < nr; i++)
		stress_say("%10.1f us ago: %s %ld: %s",
			   (now - note[i].ns) / 1e3, note[i].what, note[i].id,
			   note[i].ret < 0 ? strerror(-note[i].ret) : "ok");
}

int stress_broke(const char *fmt, ...)
{
	char line[300];
	va_list ap;

	va_start(ap, fmt);
	err_vtext(line, sizeof(line), fmt, ap);
	va_end(ap);
	bench_why("invariant: %s", line);
	say_history();
	return -EBADMSG;
}

int stress_failed(int err, const char *fmt, ...)
{
	char line[300];
	va_list ap;

	va_start(ap, fmt);
	err_vtext(line, sizeof(line), fmt, ap);
	va_end(ap);
	bench_why("%s: %s", line, strerror(-err));
	say_history();
	return err;
}

/* ---- who is where ----------------------------------------------------- */

const char *stress_path(const struct cg *cg)
{
	size_t len = strlen(stress_hier.mount);

	return cg->path + (len > 1 ? len : 0);
}

int stress_where(pid_t group, pid_t tid, char *path, size_t len)
{
	char file[64], line[PATH_MAX + 256];
	const char *below;
	int ret = -ESRCH;
	FILE *f;

	snprintf(file, sizeof(file), "/proc/%d/task/%d/cgroup", group, tid);
	f = fopen(file, "re");
	if (!f)
		return -errno;
	while (ret && fgets(line, sizeof(line), f)) {
		char *list = strchr(line, ':'), *to;

		to = list ? strchr(list + 1, ':') : NULL;
		if (!to)
			continue;
		*to++ = '\0';
		list++;
		if (stress_hier.version == 2 ? *list :
		    !cg_option(list, stress_hier.controller))
			continue;
		to[strcspn(to, "\n")] = '\0';
		below = cg_below(stress_hier.root, to);
		snprintf(path, len, "%s%s", below ? "" : "..",
			 below ? below : to);
		ret = 0;
	}
	fclose(f);
	return ret;
}

long stress_ids(const struct cg *cg, const char *file, pid_t *id, long max)
{
	int fd = cg_open(cg, file, O_RDONLY);
	long n = 0;
	FILE *f;

	if (fd < 0)
		return fd;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	while (n < max && fscanf(f, "%d", &id[n]) == 1)
		n++;
	if (ferror(f))
		n = -errno;
	fclose(f);
	return n;
}

long stress_threads(pid_t group, pid_t *id, long max)
{
	char path[64];
	struct dirent *d;
	long n = 0;
	DIR *list;

	snprintf(path, sizeof(path), "/proc/%d/task", group);
	list = opendir(path);
	if (!list)
		return -errno;
	while (n < max && (d = readdir(list)))
		if (*d->d_name != '.')
			id[n++] = atoi(d->d_name);
	closedir(list);
	return n;
}

bool stress_lives(pid_t group, pid_t tid)
{
	char path[64], stat[512], *p;
	unsigned int flags;
	char state;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", group, tid);
	f = fopen(path, "re");
	if (!f)
		return false;
	p = fgets(stat, sizeof(stat), f);
	fclose(f);
	p = p ? strrchr(stat, ')') : NULL;
	return p && sscanf(p + 1, " %c %*d %*d %*d %*d %*d %u", &state,
			   &flags) == 2 && !(flags & PF_EXITING);
}

int stress_left(const struct cg *from, pid_t group)
{
	pid_t id[256];
	long n = stress_ids(from, cg_threads_file(from), id, 256);
	char path[PATH_MAX];

	if (n < 0)
		return stress_failed(n, "%s: %s", from->path,
				     cg_threads_file(from));
	for (long i = 0; i < n; i++) {
		/* In this order: a number may have passed to a new thread. */
		if (!stress_lives(group, id[i]) ||
		    stress_where(group, id[i], path, sizeof(path)) ||
		    strcmp(path, stress_path(from)))
			continue;
		return stress_broke("thread %d of %d is still in %s/%s, with "
				    "%ld listed there, after the move", id[i],
				    group, from->path, cg_threads_file(from),
				    n);
	}
	return 0;
}

/* That of the hierarchy, which may be above the mount, or the namespace. */
static bool is_top(const char *path)
{
	return !path[strspn(path, "./")];
}

/*
 * Is thread TID of GROUP elsewhere? Its PATH then. A thread that is being
 * born is listed before it has a cgroup, which reads as that at the top: it
 * is given time to get one.
 */
static bool astray(const struct cg *cg, pid_t group, pid_t tid, char *path)
{
	struct turn t = { 0 };

	for (;;) {
		if (stress_where(group, tid, path, PATH_MAX) ||
		    !strcmp(path, stress_path(cg)) ||
		    !stress_lives(group, tid))
			return false;
		/* Alive after that, so it was true. */
		if (!is_top(path) || stress_overdue(&t))
			return true;
	}
}

int stress_all_in(const struct cg *cg, pid_t group)
{
	static __thread pid_t id[4096];
	long n = stress_threads(group, id, 4096);
	char path[PATH_MAX];

	if (n < 0)
		return stress_broke("process %d is gone: %s", group,
				    strerror(-n));
	for (long i = 0; i < n; i++)
		if (astray(cg, group, id[i], path))
			return stress_broke("/proc/%d/task/%d/cgroup: %s, not "
					    "%s", group, id[i], path,
					    stress_path(cg));
	return 0;
}

long stress_value(const struct cg *cg, const char *file, const char *key)
{
	int fd = cg_open(cg, file, O_RDONLY);
	char line[256];
	long v = -ENOENT;
	size_t len = key ? strlen(key) : 0;
	FILE *f;

	if (fd < 0)
		return fd;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	while (v == -ENOENT && fgets(line, sizeof(line), f))
		if (!key || (!strncmp(line, key, len) && line[len] == ' '))
			v = strtol(line + len, NULL, 10);
	fclose(f);
	return v;
}

int stress_empty(const struct cg *cg)
{
	struct turn t = { 0 };

	while (cg_threads(cg))
		if (stress_overdue(&t))
			return -ETIMEDOUT;
	return 0;
}

/* ---- moving ----------------------------------------------------------- */

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
			return stress_broke("cgroup.procs of %s: %s", m->at ?
					    m->a.path : m->b.path,
					    strerror(-ret));
		ret = stress_left(m->at ? &m->a : &m->b, stress->group);
		if (ret)
			return ret;
	}
	return 0;
}

/* ---- threads that run away -------------------------------------------- */

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

	(void)nr;
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

int stress_reap(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) != pid)
		if (errno != EINTR)
			return -errno;
	return status;
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
