// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * all-or-nothing - a write that must fail moves nothing and says why
 *
 * Invariant: while two threads of a group clone without pause, a write, rename
 * or rmdir that cannot succeed returns the errno of the table below, and every
 * thread of the group is where it was and may run where it might; nobody is
 * charged for (pids.current, memory) in the cgroup that it would have gone to.
 * Sources: Documentation/admin-guide/cgroup-v2.rst, kernel/cgroup/cgroup.c and
 * cgroup-v1.c, cpuset.c, mm/memcontrol.c.
 *
 *   row             written to                          errno
 *   no-such-pid     b, the number of a reaped process   ESRCH
 *   no-number       b, "xx"                             EINVAL
 *   negative        b, "-1"                             EINVAL
 *   too-large       b, more than an int holds           EINVAL
 *   two-numbers     b, the group's and one more         EINVAL
 *   rubbish         b, the group's and an "x"           EINVAL
 *   one-page        b, the same up to 4096 bytes        EINVAL
 *   over-a-page     b, the group's and blanks: one      E2BIG
 *                   byte more than a page
 *   no-memory-there b, from an address without memory   EFAULT
 *   rmdir-full      rmdir of a, which the group is in   EBUSY
 *   rmdir-parent    rmdir of a cgroup that has a child  EBUSY
 *   name-too-long   mkdir, 4096 bytes (255 are made)    ENAMETOOLONG
 *   name-newline    mkdir, a newline in the name        EINVAL
 *   rename-away     of a cgroup, to below another one   EIO; v2 EPERM
 *   rename-over     to the name of one that is there    EEXIST; v2 EPERM
 *   rename-newline  to one with a newline               EINVAL; v2 EPERM
 *   no-more-below   v2, mkdir under a                   EAGAIN
 *                   cgroup.max.descendants of 0
 *   too-deep        v2, the same by cgroup.max.depth    EAGAIN
 *   effective-only  b, by nobody: a process of which    EACCES
 *                   only the effective user is nobody
 *   kernel-thread   b, 2 (kthreadd)                     EINVAL
 *   removed         a cgroup removed since its open     ENODEV
 *   not-permitted   b, as nobody, who may open it       EACCES
 *   no-cpus         v1 cpuset without CPUs              ENOSPC
 *   no-nodes        v1 cpuset without memory nodes      ENOSPC
 *   lsm             a cpuset with one CPU, a group of   EPERM
 *                   which one thread, the last one, has
 *                   capabilities, by a writer without:
 *                   security_task_setscheduler()
 *   internal        v2, a domain controller (memory,    EBUSY
 *                   hugetlb) is on for what is below
 *   invalid-domain  v2, beside a threaded cgroup        EOPNOTSUPP
 *   other-domain    v2, cgroup.threads of another one   EOPNOTSUPP
 *   no-rt-runtime   v1 cpu without RT runtime, a group  EINVAL
 *                   of which one thread is SCHED_FIFO
 *   second-refuses  v1 cpuset and memory in one hier-   ENOMEM
 *                   archy: cpuset has agreed when the
 *                   charges that come along, too, are
 *                   more than memory may have
 *
 * The last one must leave cpuset as if nobody had asked: until the kernel has
 * taken the consent back, the CPUs of the cgroup cannot be taken away (ENOSPC).
 * Subsystems are asked in the order of include/linux/cgroup_subsys.h, and those
 * that can refuse are cpuset, cpu and memory. pids, after them, refuses no
 * move, and nobody refuses after pids: what it has charged for a move stays.
 *
 * Rows that cannot be made on a machine are named. An overlap is a refused
 * write during which a clone was on.
 *
 * Mutations: `accepted`, a write that succeeds stands in for the refused
 * one; `moved`, the group is moved after the refusal; `charged`, one more is
 * on b's account than is; `affine`, the CPUs from before are said to be others.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cpus.h"
#include "stress.h"

#define NOBODY		65534
#define MAX_ROWS	32
#define RT_THREADS	4
#define MIXED		4
#define OWN_THREADS	4	/* at most, of a group that a row has for itself */
#define RICH_PAGES	64	/* of memory, of the group that is refused for it */
#define POOR_PAGES	16	/* fewer than a CPU is charged with in advance */

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
		      CLONE_THREAD | CLONE_SYSVSEM)

static unsigned long cloners = 2;

static struct row {
	const char	*name;
	int		 expect;
	int		 fd;		/* to write to */
	char		 value[16];	/* "": the group's number */
	char		 after[16];	/* what follows it, */
	size_t		 length;	/* its last byte up to so many; 0: once */
	bool		 nobody;
	bool		 powerless;	/* the writer has no capabilities */
	bool		 nowhere;	/* there is no memory */
	const char	*remove;	/* rmdir of that one below the base instead */
	const char	*make;		/* mkdir of it, likewise */
	const char	*rename, *to;	/* rename of it, likewise */
	pid_t		 group;		/* 0: stress->group, which is in a */
	const struct cg	*into;		/* NULL: b */
	long		 charge;		/* of that one, before the first row */
	bool		 agreed;	/* cpuset had, when another one refused */
} row[MAX_ROWS];

/*
 * Before the write: the threads of a group that a row has for itself, or the
 * first one of stress->group.
 */
static struct before {
	pid_t		id[OWN_THREADS];
	cpu_set_t	may[OWN_THREADS];
	long		nr;
	char		home[PATH_MAX];
} before;
static unsigned int nr_rows;
static struct tg rt = TG_NONE, rich = TG_NONE;
static pid_t mixed;		/* MIXED threads, the last has capabilities */
static pid_t keeper;		/* of a number that nobody has */
static char too_long[PATH_MAX + 1];
static pid_t half;		/* its effective user is nobody */
static struct cg made[16];
static unsigned int nr_made;

static const struct opt opts[] = {
	STRESS_OPTIONS(STRESS_ANY " v1-pids v2-pids", "v1-freezer",
		       "accepted moved charged affine"),
	OPT_END
};

/* FD below 0: the row cannot be made, for that reason. */
static int add_row(const char *name, int expect, int fd, const char *value)
{
	if (fd < 0) {
		stress_say("row %s: not here: %s", name, strerror(-fd));
		return 0;
	}
	row[nr_rows] = (struct row){ .name = name, .expect = expect, .fd = fd };
	snprintf(row[nr_rows].value, sizeof(row[0].value), "%s", value);
	nr_rows++;
	return 0;
}

/* A cgroup that cg_make() would make usable, left as the kernel makes it. */
static struct cg *bare(const struct cg *parent, const char *name)
{
	struct cg *cg = &made[nr_made++];

	*cg = (struct cg){ .dir = -1, .version = stress_hier.version };
	snprintf(cg->path, sizeof(cg->path), "%.4000s/%s", parent->path, name);
	if (mkdirat(parent->dir, name, 0755))
		return cg;
	cg->dir = openat(parent->dir, name, O_DIRECTORY | O_CLOEXEC);
	return cg;
}

static int procs(const struct cg *cg)
{
	return cg->dir < 0 ? -ENOENT : cg_open(cg, "cgroup.procs", O_WRONLY);
}

/*
 * A number that no process has and none gets: one that was reaped, while its
 * process group lives on. -errno.
 */
static pid_t reaped_number(void)
{
	pid_t pid = stress_fork();

	if (!pid)
		for (;;)
			pause();
	if (pid < 0)
		return pid;
	keeper = stress_keeper(pid);
	if (keeper < 0)
		return keeper;
	stress_reap(pid);
	return pid;
}

/* The group's number with something behind it; an address; an rmdir. */
static int add_forms(void)
{
	const struct cg *b = &stress->pair.b;
	const size_t page = sysconf(_SC_PAGESIZE);
	const bool v1 = stress_hier.version == 1;
	const struct row form[] = {
		{ "too-large", EINVAL, .value = "99999999999" },
		{ "two-numbers", EINVAL, .after = " " },
		{ "rubbish", EINVAL, .after = "x" },
		{ "one-page", EINVAL, .after = "x", .length = page },
		{ "over-a-page", E2BIG, .after = " ", .length = page + 1 },
		{ "no-memory-there", EFAULT, .nowhere = true },
		{ "rmdir-full", EBUSY, .remove = "a0" },
		{ "rmdir-parent", EBUSY, .remove = "parent" },
		{ "name-too-long", ENAMETOOLONG, .make = too_long },
		{ "name-newline", EINVAL, .make = "new\nline" },
		{ "rename-away", v1 ? EIO : EPERM, .rename = "parent/child",
		  .to = "child" },
		{ "rename-over", v1 ? EEXIST : EPERM, .rename = "parent",
		  .to = "b0" },
		{ "rename-newline", v1 ? EINVAL : EPERM, .rename = "parent",
		  .to = "par\nent" },
	};
	struct cg *parent = bare(&stress_base, "parent");

	memset(too_long, 'n', NAME_MAX);
	if (bare(parent, "child")->dir < 0 || bare(parent, too_long)->dir < 0)
		return -ENOENT;
	memset(too_long, 'n', PATH_MAX);
	for (size_t i = 0; i < sizeof(form) / sizeof(form[0]); i++) {
		struct row *r = &row[nr_rows++];

		*r = form[i];
		r->fd = procs(b);
		if (r->fd < 0)
			return r->fd;
		if (!strcmp(r->name, "two-numbers"))
			snprintf(r->after, sizeof(r->after), " %d", keeper);
	}
	return 0;
}

/* v1 asks for the real and the saved user, v2 for neither. */
static int add_half(void)
{
	pid_t parent = getpid();
	char number[16];

	half = stress_fork();
	if (!half) {
		/* To be another user forgets the signal at the parent's death. */
		if (setresuid(0, NOBODY, 0) ||
		    prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
			_exit(1);
		for (;;)
			pause();
	}
	if (half < 0)
		return half;
	snprintf(number, sizeof(number), "%d", half);
	if (stress_user(NOBODY))
		return -EPERM;
	add_row("effective-only", EACCES, procs(&stress->pair.b), number);
	row[nr_rows - 1].nobody = true;
	return stress_user(0) ? -EPERM : 0;
}

static int add_any(void)
{
	const struct cg *b = &stress->pair.b;
	char comm[16] = "", number[16];
	struct cg *gone = bare(&stress_base, "gone");
	int fd = open("/proc/2/comm", O_RDONLY | O_CLOEXEC), ret;
	pid_t reaped = reaped_number();

	if (reaped < 0)
		return reaped;
	snprintf(number, sizeof(number), "%d", reaped);
	ret = add_row("no-such-pid", ESRCH, procs(b), number);
	if (!ret)
		ret = add_row("no-number", EINVAL, procs(b), "xx");
	if (!ret)
		ret = add_row("negative", EINVAL, procs(b), "-1");
	if (!ret)
		ret = add_forms();
	if (fd >= 0 && read(fd, comm, sizeof(comm) - 1) > 0 &&
	    !strcmp(comm, "kthreadd\n"))
		ret = ret ? ret : add_row("kernel-thread", EINVAL, procs(b), "2");
	else
		stress_say("row kernel-thread: not here: pid namespace");
	if (fd >= 0)
		close(fd);
	if (!ret)
		ret = add_row("removed", ENODEV, procs(gone), "");
	if (!ret && unlinkat(stress_base.dir, "gone", AT_REMOVEDIR))
		ret = -errno;
	if (!ret && fchownat(b->dir, "cgroup.procs", NOBODY, -1,
			     AT_SYMLINK_NOFOLLOW))
		ret = -errno;
	if (!ret && !stress_user(NOBODY)) {
		fd = procs(b);
		if (stress_user(0))
			return -EPERM;
		ret = add_row("not-permitted", EACCES, fd, "");
		row[nr_rows - 1].nobody = true;
	}
	if (!ret)
		ret = add_half();
	return ret;
}

static int add_cpuset(void)
{
	static const char *const file[] = { "cpuset.mems", "cpuset.cpus" };
	static const char *const name[] = { "no-cpus", "no-nodes" };
	int ret = 0;

	for (int i = 0; i < 2 && !ret; i++) {
		struct cg *cg = bare(&stress_base, name[i]);
		char value[256];

		/* One of the two is filled in. */
		ret = cg_read(&stress_base, file[i], value, sizeof(value));
		if (ret > 0)
			ret = cg_write(cg, file[i], value);
		if (!ret)
			ret = add_row(name[i], ENOSPC, procs(cg), "");
	}
	return ret;
}

/* The calling thread gives up all capabilities. 0 or -errno. */
static int without_power(void)
{
	struct __user_cap_header_struct who = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2] = { { 0 } };

	return syscall(SYS_capset, &who, none) ? -errno : 0;
}

static int __attribute__((noreturn)) ordinary(void *arg)
{
	int *ready = arg, ret = without_power();

	__atomic_add_fetch(ready, ret ? MIXED : 1, __ATOMIC_SEQ_CST);
	for (;;)
		syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
}

static int __attribute__((noreturn)) powerful(void *arg)
{
	__atomic_add_fetch((int *)arg, 1, __ATOMIC_SEQ_CST);
	for (;;)
		syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
}

/*
 * A process of threads of mixed credentials, made in this order: whoever
 * refuses the last one has let the others pass. Its number, or -errno.
 */
static pid_t mixed_group(void)
{
	int *ready = bench_shared(sizeof(*ready));
	struct turn t = { 0 };
	pid_t pid;

	if (!ready)
		return -ENOMEM;
	pid = stress_fork();
	if (!pid) {
		static char stack[MIXED][16384] __attribute__((aligned(64)));

		for (int i = 1; i < MIXED; i++)
			if (clone(i < MIXED - 1 ? ordinary : powerful,
				  stack[i] + sizeof(stack[i]), THREAD_FLAGS,
				  ready) < 0)
				_exit(1);
		ordinary(ready);
	}
	while (pid > 0 && __atomic_load_n(ready, __ATOMIC_SEQ_CST) != MIXED)
		if (stress_overdue(&t))
			return -EPERM;
	return pid;
}

/*
 * Cpusets have an LSM asked for each task (v2 since 6.6 only if the CPUs or
 * nodes are others); the capabilities are always one.
 */
static int add_lsm(void)
{
	const bool v1 = stress_hier.version == 1;
	struct cg *cg = bare(&stress_base, "narrow");
	unsigned int cpu[CPUS_MAX];
	char value[4096];
	int ret;

	ret = cg_read(&stress_base, v1 ? "cpuset.cpus" :
		      "cpuset.cpus.effective", value, sizeof(value));
	if (ret > 0)
		ret = cpus_parse(value, cpu, CPUS_MAX);
	if (ret == 1) {
		stress_say("row lsm: not here: one CPU");
		return 0;
	}
	if (ret < 1)
		return ret ? ret : -EINVAL;
	mixed = mixed_group();
	if (mixed < 0)
		return mixed;
	ret = v1 ? cg_read(&stress_base, "cpuset.mems", value, sizeof(value)) :
		0;
	if (ret > 0)
		ret = cg_write(cg, "cpuset.mems", value);
	snprintf(value, sizeof(value), "%u", cpu[0]);
	if (!ret)
		ret = cg_write(cg, "cpuset.cpus", value);
	if (!ret)
		ret = add_row("lsm", EPERM, procs(cg), "");
	row[nr_rows - 1].powerless = true;
	row[nr_rows - 1].group = mixed;
	row[nr_rows - 1].into = cg;
	return ret;
}

/* A cgroup NAME that may have no more below it, by FILE. */
static int add_limit(const char *name, const char *file, const char *below)
{
	struct cg *cg = bare(&stress_base, name);
	int ret = cg_write(cg, file, "0");

	if (ret == -ENOENT) {
		stress_say("row %s: not here: no %s", name, file);
		return 0;
	}
	if (!ret)
		row[nr_rows++] = (struct row){ .name = name, .expect = EAGAIN,
					       .fd = -1, .make = below };
	return ret;
}

static int add_v2(void)
{
	struct cg *inner = bare(&stress_base, "inner");
	struct cg *domain = bare(&stress_base, "domain");
	struct cg *threaded = bare(domain, "threaded");
	struct cg *invalid = bare(domain, "invalid");
	char enable[sizeof(stress_hier.controller) + 1];
	int ret = 0;

	ret = add_limit("no-more-below", "cgroup.max.descendants",
			"no-more-below/child");
	if (!ret)
		ret = add_limit("too-deep", "cgroup.max.depth",
				"too-deep/child");
	if (ret)
		return ret;
	/* Threaded controllers make a thread root of it instead. */
	if (!strcmp(stress_hier.controller, "memory") ||
	    !strcmp(stress_hier.controller, "hugetlb")) {
		snprintf(enable, sizeof(enable), "+%s", stress_hier.controller);
		ret = cg_write(inner, "cgroup.subtree_control", enable);
		if (!ret)
			ret = add_row("internal", EBUSY, procs(inner), "");
	} else {
		stress_say("row internal: not here: no domain controller");
	}
	if (!ret)
		ret = cg_write(threaded, "cgroup.type", "threaded");
	if (!ret)
		ret = add_row("invalid-domain", EOPNOTSUPP, procs(invalid), "");
	if (!ret)
		ret = add_row("other-domain", EOPNOTSUPP,
			      cg_open(threaded, "cgroup.threads", O_WRONLY),
			      "");
	return ret;
}

/* It cannot get its policy in `a`, which has no RT runtime either. */
static int add_rt(void)
{
	struct sched_param param = { .sched_priority = 1 };
	long runtime = stress_value(&stress->pair.b, "cpu.rt_runtime_us", NULL);
	pid_t id[RT_THREADS];
	int ret;

	if (runtime) {
		stress_say("row no-rt-runtime: not here: RT groups are off");
		return 0;
	}
	ret = tg_create(&rt, RT_THREADS);
	if (ret)
		return ret;
	if (stress_threads(rt.pid, id, RT_THREADS) != RT_THREADS ||
	    sched_setscheduler(id[RT_THREADS - 1], SCHED_FIFO, &param)) {
		stress_say("row no-rt-runtime: not here: SCHED_FIFO: %s",
			   strerror(errno));
		return 0;
	}
	ret = add_row("no-rt-runtime", EINVAL, procs(&stress->pair.b), "");
	row[nr_rows - 1].group = rt.pid;
	return ret;
}

/*
 * A cgroup of one CPU and little memory, and a group that has more and brings
 * it along: kernels before 6.13, of the memory controller of v1.
 */
static int add_second(void)
{
	const long page = sysconf(_SC_PAGESIZE);
	struct tg_more more = { .bytes = RICH_PAGES * page };
	struct cg *cg = bare(&stress_base, "second");
	char cpus[4096], nodes[4096], limit[32];
	int ret = cg_read(&stress_base, "cpuset.mems", nodes, sizeof(nodes));

	if (ret > 0)
		ret = cg_read(&stress_base, "cpuset.cpus", cpus, sizeof(cpus));
	if (ret > 0)
		ret = cg_write(cg, "cpuset.mems", nodes);
	cpus[strspn(cpus, "0123456789")] = '\0';
	if (!ret)
		ret = cg_write(cg, "cpuset.cpus", cpus);
	snprintf(limit, sizeof(limit), "%ld", POOR_PAGES * page);
	if (!ret)
		ret = cg_write(cg, "memory.limit_in_bytes", limit);
	if (ret)
		return ret;
	ret = cg_write(cg, "memory.move_charge_at_immigrate", "1");
	if (ret) {
		stress_say("row second-refuses: not here: charges stay: %s",
			   strerror(-ret));
		return 0;
	}
	ret = tg_create_more(&rich, OWN_THREADS, &stress->pair.a, &more);
	if (!ret)
		ret = add_row("second-refuses", ENOMEM, procs(cg), "");
	row[nr_rows - 1].group = rich.pid;
	row[nr_rows - 1].into = cg;
	row[nr_rows - 1].agreed = true;
	return ret;
}

/* Has the hierarchy more than the controller it was chosen by? */
static bool has(const char *file)
{
	return !faccessat(stress->pair.b.dir, file, F_OK, 0);
}

static int setup(void)
{
	int ret = stress_setup();

	if (!ret)
		ret = add_any();
	if (!ret && stress_hier.version == 2)
		ret = add_v2();
	if (!ret && !strcmp(stress_hier.controller, "cpuset") &&
	    stress_hier.version == 1)
		ret = add_cpuset();
	if (!ret && !strcmp(stress_hier.controller, "cpuset"))
		ret = add_lsm();
	if (!ret && stress_hier.version == 1 && has("cpu.shares"))
		ret = add_rt();
	if (!ret && stress_hier.version == 1 && has("cpuset.cpus")) {
		if (has("memory.limit_in_bytes"))
			ret = add_second();
		else
			stress_say("row second-refuses: not here: cpuset "
				   "without memory");
	}
	return ret ? stress_failed(ret, "making the rows") : 0;
}

/* A write from where there is no memory. */
static int write_nowhere(int fd)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *hole = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	int ret;

	if (hole == MAP_FAILED)
		return stress_failed(-errno, "mmap");
	ret = race_against(&stress->clones, write(fd, hole, 4) < 0 ? -errno : 0);
	munmap(hole, page);
	return -ret;
}

/* By a child, for who has given up a capability does not get it back. */
static int write_powerless(int fd, const char *value)
{
	pid_t pid = stress_fork();
	int status;

	if (!pid) {
		int ret = without_power();

		_exit(ret ? 255 : -stress_write_fd(fd, value, NULL, NULL));
	}
	if (pid < 0)
		return stress_failed(pid, "fork");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return stress_failed(-errno, "waitpid");
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 255)
		return stress_failed(-EPERM, "giving up capabilities");
	return WEXITSTATUS(status);
}

static int refused(const struct row *r, pid_t group)
{
	static char value[1 << 17];	/* a page of the largest kind, and one */
	int ret;

	if (r->make)
		return -race_against(&stress->clones,
				     mkdirat(stress_base.dir, r->make, 0755) ?
				     -errno : 0);
	if (r->remove)
		return -race_against(&stress->clones,
				     unlinkat(stress_base.dir, r->remove,
					      AT_REMOVEDIR) ? -errno : 0);
	if (r->rename)
		return -race_against(&stress->clones,
				     renameat(stress_base.dir, r->rename,
					      stress_base.dir, r->to) ?
				     -errno : 0);
	if (r->nowhere)
		return write_nowhere(r->fd);
	if (!snprintf(value, sizeof(value), "%s", r->value))
		snprintf(value, sizeof(value), "%d", group);
	strcat(value, r->after);
	for (size_t n = strlen(value); n < r->length; n++) {
		value[n] = value[n - 1];
		value[n + 1] = 0;
	}
	if (r->powerless)
		return race_against(&stress->clones,
				    write_powerless(r->fd, value));
	if (r->nobody && stress_user(NOBODY))
		return stress_failed(-EPERM, "seteuid");
	ret = -stress_write_fd(r->fd, value, NULL, &stress->clones);
	if (r->nobody && stress_user(0))
		return stress_failed(-EPERM, "seteuid");
	return ret;
}

/* What CG is charged with; 0 where nothing is. */
static long charged(const struct cg *cg)
{
	static const char *const file[] = {
		"pids.current", "memory.current", "memory.usage_in_bytes",
	};
	long sum = 0;

	for (int i = 0; i < 3; i++) {
		long n = stress_value(cg, file[i], NULL);

		sum += n > 0 ? n : 0;
	}
	return sum;
}

static const struct cg *target(const struct row *r)
{
	return r->into ? r->into : &stress->pair.b;
}

/* Nothing of what was to go there is on its account. */
static int uncharged(const struct row *r)
{
	const struct cg *cg = target(r);
	long now = stress_broken("charged") ? r->charge + 1 : charged(cg);

	return now <= r->charge ? 0 :
		stress_broke("row %s: %s is charged with %ld, was with %ld",
			     r->name, cg->path, now, r->charge);
}

/* Where the group of R is, and on which CPUs it may run, to `before`. */
static int look(const struct row *r)
{
	struct before *b = &before;

	b->id[0] = stress->group;
	b->nr = r->group ? stress_threads(r->group, b->id, OWN_THREADS) : 1;
	if (b->nr < 1)
		return stress_failed(b->nr, "threads of %d", r->group);
	for (long i = 0; i < b->nr; i++)
		if (sched_getaffinity(b->id[i], sizeof(b->may[i]), &b->may[i]))
			return stress_failed(-errno, "CPUs of %d", b->id[i]);
	if (stress_where(r->group ? r->group : stress->group, b->id[0], b->home,
			 sizeof(b->home)))
		return stress_failed(-ESRCH, "/proc/%d/cgroup", b->id[0]);
	return 0;
}

/* Every thread of the group is where it was before. */
static int unmoved(const struct row *r)
{
	char path[PATH_MAX];

	if (!r->group)
		return stress_all_in(&stress->pair.a, stress->group);
	for (long i = 0; i < before.nr; i++)
		if (stress_where(r->group, before.id[i], path, sizeof(path)) ||
		    strcmp(path, before.home))
			return stress_broke("row %s: thread %d of %d is in %s",
					    r->name, before.id[i], r->group,
					    path);
	return 0;
}

/* And may run on the same CPUs. */
static int unbound(const struct row *r)
{
	for (long i = 0; i < before.nr; i++) {
		cpu_set_t now;

		if (stress_broken("affine"))
			CPU_ZERO(&before.may[i]);
		if (sched_getaffinity(before.id[i], sizeof(now), &now) ||
		    !CPU_EQUAL(&now, &before.may[i]))
			return stress_broke("row %s: thread %d runs on other "
					    "CPUs than before", r->name,
					    before.id[i]);
	}
	return 0;
}

/* No task is on its way to the cpuset any more: its CPUs can be taken away. */
static int unheld(const struct row *r)
{
	char cpus[4096];
	int ret;

	if (!r->agreed)
		return 0;
	ret = cg_read(r->into, "cpuset.cpus", cpus, sizeof(cpus));
	if (ret <= 0)
		return stress_failed(ret, "%s/cpuset.cpus", r->into->path);
	ret = cg_write(r->into, "cpuset.cpus", "\n");
	if (ret)
		return stress_broke("row %s: %s, which nobody went to, must "
				    "keep its CPUs: %s", r->name,
				    r->into->path, strerror(-ret));
	ret = cg_write(r->into, "cpuset.cpus", cpus);
	return ret ? stress_failed(ret, "%s/cpuset.cpus", r->into->path) : 0;
}

static int one_row(const struct row *r)
{
	pid_t group = r->group ? r->group : stress->group;
	int got, ret = look(r);

	if (ret)
		return ret;
	if (stress_broken("accepted"))
		got = -cg_write_pid(&stress->pair.a, "cgroup.procs", group);
	else
		got = refused(r, group);
	if (got < 0)
		return got;
	stress_note(r->name, group, -got);
	/* For the bytes written, that proves nothing. */
	if (got == ENOMEM && r->expect != ENOMEM)
		return stress_failed(-got, "row %s", r->name);
	if (got != r->expect)
		return stress_broke("row %s: %s, not %s", r->name,
				    got ? strerrorname_np(got) : "accepted",
				    strerrorname_np(r->expect));
	stress_count(&stress->refused.n, 1);
	if (stress_broken("moved")) {
		ret = cg_write_pid(&stress->pair.b, "cgroup.procs",
				   stress->group);
		if (ret)
			return stress_failed(ret, "%s", stress->pair.b.path);
	}
	ret = unmoved(r);
	if (!ret)
		ret = unbound(r);
	if (!ret)
		ret = unheld(r);
	return ret ? ret : uncharged(r);
}

static int loop(unsigned int nr, struct lat *lat)
{
	int ret = cg_write_pid(&stress->pair.a, "cgroup.procs", stress->group);
	struct turn t = { 0 };

	(void)nr;
	/* Where it may run changes once: by its own hand, not by a row. */
	while (!__atomic_load_n(&stress->roams, __ATOMIC_ACQUIRE))
		if (stress_overdue(&t))
			return stress_failed(-ETIMEDOUT, "the group roams");
	if (ret)
		return stress_failed(ret, "%s", stress->pair.a.path);
	for (unsigned int i = 0; i < nr_rows; i++)
		row[i].charge = charged(target(&row[i]));
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();

		for (unsigned int i = 0; i < nr_rows && !ret; i++)
			ret = one_row(&row[i]);
		lat_add(lat, clock_ns() - begin);
		stress_count(&stress->rounds.n, 1);
	}
	return ret;
}

static int verify(void)
{
	char *line = NULL;
	size_t len;
	FILE *to = open_memstream(&line, &len);

	for (unsigned int i = 0; to && i < nr_rows; i++)
		fprintf(to, " %s=%s", row[i].name,
			strerrorname_np(row[i].expect));
	if (to)
		fclose(to);
	stress_say("rows:%s", line ? line : " out of memory");
	free(line);
	return 0;
}

static void cleanup(void)
{
	tg_destroy(&rt);
	tg_destroy(&rich);
	if (keeper > 0)
		stress_reap(keeper);
	if (half > 0)
		stress_reap(half);
	if (mixed > 0)
		stress_reap(mixed);
	stress_cleanup();
	while (nr_made)
		cg_remove(&made[--nr_made], 10);
}

static double rows(void)
{
	return nr_rows;
}

const struct bench bench = {
	.name = "all-or-nothing",
	.summary = "a write that must fail moves nothing and says why",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "cloner", .nr = &cloners, .shared = stress_shared,
		  .enter = stress_chain_enter, .loop = stress_chain_loop },
		{ .name = "writer", .loop = loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		STRESS_COUNTERS,
		{ "rows", "of-the-table", "higher", rows },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = stress_missing },
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
