// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * classify - how long until a new process is in its cgroup, by who puts it there
 *
 * One operation makes a process that belongs in a cgroup other than its
 * parent's. A sample of the spawner lasts from right before the system call
 * that makes it until it runs in that cgroup: the later of its first
 * instruction and of the return of the write that puts it there.
 *
 * how:
 *   write      the parent writes its number when the fork has returned; the
 *              child does not wait for that
 *   self       it writes `0` itself, first of all, as a wrapper does before
 *              it executes the program (cgexec)
 *   into       clone3(CLONE_INTO_CGROUP), v2: it is born there
 *   connector  a classifier, a process of its own, hears of the fork from the
 *              kernel (the process connector, PROC_EVENT_FORK) and writes the
 *              number, as cgrulesengd does. One operation of the classifier
 *              is that write, a move
 *
 * The child executes nothing. It spins until it is told that it is there, as
 * a program computes that knows nothing of it, so it is in nobody's way but
 * that of who shares its CPU, the parent's.
 *
 * outside-ns is the time from its first instruction to the return of the
 * write, 0 where that came first; with self it is the wrapper's time and
 * none of the program's. ran-ns is the CPU time that it has used by then: less
 * where it slept in the write, more by what fork itself makes it do.
 *
 * At its end each child reads in /proc/self/cgroup where it is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "cg.h"
#include "child.h"
#include "mover.h"
#include "ring.h"
#include "tg.h"

#define PATIENCE_NS	10000000000ull	/* for news that will not come */
#define NEWS_BYTES	(64 << 20)	/* of everybody's forks, until read */
#define STATUS_LOST	(CHILD_STATUS + 1)	/* nobody put it there */
#define STATUS_OUTSIDE	(CHILD_STATUS + 2)	/* it is elsewhere */

enum { HOW_WRITE, HOW_SELF, HOW_INTO, HOW_CONNECTOR };

static int how;
static unsigned long spawners, classifiers;
static const char *hierarchy;
static double think;

static const struct opt opts[] = {
	{ "how", OPT_CHOICE, &how, "write", "write self into connector",
	  "who puts the process into its cgroup" },
	{ "hierarchy", OPT_WORD, &hierarchy, "v2", NULL,
	  "v2, v2-CONTROLLER, v1-CONTROLLER or v1-name=NAME" },
	{ "think", OPT_TIME, &think, "0", "0..1000",
	  "pause of a spawner between two operations" },
	{ "spawners", OPT_UINT, &spawners, "1", "1..1024",
	  "actors that do it at the same time, into one cgroup" },
	OPT_END
};

/* One spawner's, shared with its child and the classifier. */
struct spawner {
	pid_t		pid;
	bool		gone;			/* makes no more of them */
	uint64_t	began, placed, ran;	/* of the child */
	uint64_t	seen;			/* children that were there */
	int64_t		writes;			/* the kernel's count before */
	struct ring	outside, used;
};

static struct all {
	uint64_t	moved, unsaid;	/* by the classifier; not reported */
	int64_t		writes;
	struct spawner	spawner[];
} *all;

static struct cg_hier hier;
static struct cg base = CG_NONE, in = CG_NONE;
static struct mover move = { .fd = { -1, -1 } };	/* fd[0]: into `in` */
static const char *inside;	/* the end of its path */
static int news = -1;		/* the connector's socket */

static const char *bad(void)
{
	if (how == HOW_INTO && !strncmp(hierarchy, "v1-", 3))
		return "--how into: only v2 has it";
	classifiers = how == HOW_CONNECTOR;
	return cg_hier_bad(hierarchy);
}

/* ---- the process connector ------------------------------------------- */

/* Tell the kernel OP. 0 or -errno. */
static int subscribe(int fd, enum proc_cn_mcast_op op)
{
	char buf[NLMSG_SPACE(sizeof(struct cn_msg) + sizeof(op))]
		__attribute__((aligned(NLMSG_ALIGNTO))) = "";
	struct nlmsghdr *nl = (struct nlmsghdr *)buf;
	struct cn_msg *cn = NLMSG_DATA(nl);
	ssize_t n;

	nl->nlmsg_len = NLMSG_LENGTH(sizeof(*cn) + sizeof(op));
	nl->nlmsg_type = NLMSG_DONE;
	nl->nlmsg_pid = getpid();
	cn->id = (struct cb_id){ CN_IDX_PROC, CN_VAL_PROC };
	cn->len = sizeof(op);
	memcpy(cn->data, &op, sizeof(op));
	n = send(fd, buf, nl->nlmsg_len, 0);
	return n == (ssize_t)nl->nlmsg_len ? 0 : n < 0 ? -errno : -EIO;
}

static int listen_to_forks(void)
{
	const int bytes = NEWS_BYTES;
	struct sockaddr_nl to = {
		.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC,
	};
	int fd = socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC,
			NETLINK_CONNECTOR), ret;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	ret = bind(fd, (struct sockaddr *)&to, sizeof(to)) ? -errno :
		subscribe(fd, PROC_CN_MCAST_LISTEN);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

/* Whose fork the next news is of, and its child; 0: no news, or no fork. */
static pid_t fork_of(int fd, pid_t *pid, int *err)
{
	char buf[4096] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *nl = (struct nlmsghdr *)buf;
	const struct cn_msg *cn = NLMSG_DATA(nl);
	struct proc_event e;
	ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

	*err = n < 0 && errno != EAGAIN && errno != EINTR ? -errno : 0;
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(*cn) + sizeof(e)) ||
	    cn->id.idx != CN_IDX_PROC)
		return 0;
	memcpy(&e, cn->data, sizeof(e));
	if (e.what != PROC_EVENT_FORK ||
	    e.event_data.fork.child_pid != e.event_data.fork.child_tgid)
		return 0;
	*pid = e.event_data.fork.child_pid;
	return e.event_data.fork.parent_tgid;
}

/* The next process that a spawner of ours has made. NULL and 0: none yet. */
static struct spawner *heard(int fd, pid_t *pid, int *err)
{
	pid_t parent = fork_of(fd, pid, err);

	for (unsigned long i = 0; parent && i < spawners; i++)
		if (all->spawner[i].pid == parent)
			return &all->spawner[i];
	return NULL;
}

/* Since 6.6 a listener that was killed is no longer counted (commit 743acf351bae). */
static bool forgets_the_killed(void)
{
	struct utsname un;
	unsigned int major, minor;

	return !uname(&un) &&
		sscanf(un.release, "%u.%u", &major, &minor) == 2 &&
		(major > 6 || (major == 6 && minor >= 6));
}

/* It answers those alone who are where the kernel itself is. */
static const char *connector_missing(void)
{
	static char why[160];
	const uint64_t deadline = clock_ns() + 1000000000;
	bool heard_it = false;
	int fd, err;

	if (!forgets_the_killed() && !getenv("FORKPATH_LAB"))
		return "before Linux 6.6 every fork pays for a listener that "
		       "was killed, until the next boot: only in a guest of "
		       "the lab";
	fd = listen_to_forks();
	if (fd < 0) {
		snprintf(why, sizeof(why), "the process connector: %s%s",
			 strerror(-fd), fd == -EPROTONOSUPPORT || fd == -ENOENT ?
			 ": not in this kernel (CONFIG_PROC_EVENTS)" : "");
		return why;
	}
	while (!heard_it && clock_ns() < deadline) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		/* By our number: elsewhere what it tells is another's. */
		while (!heard_it && poll(&(struct pollfd){ .fd = fd,
					 .events = POLLIN }, 1, 20) > 0)
			heard_it = fork_of(fd, &pid, &err) == getpid();
	}
	subscribe(fd, PROC_CN_MCAST_IGNORE);
	close(fd);
	return heard_it ? NULL : "the process connector tells nothing: it "
		"does so in the first pid, user and network namespace";
}

static const char *missing(void)
{
	const char *why = cg_hier_missing(hierarchy, &hier);

	if (!why && how == HOW_INTO)
		why = child_into_missing();
	if (!why && how == HOW_CONNECTOR)
		why = connector_missing();
	return why ? why : tg_missing(2 * spawners);
}

static double pace(void)
{
	return think;
}

static int setup(void)
{
	int ret;

	all = bench_shared(sizeof(*all) + spawners * sizeof(*all->spawner));
	if (!all)
		return -ENOMEM;
	ret = cg_base(&hier, &base);
	if (!ret)
		ret = cg_make(&hier, &base, "in", &in);
	if (!ret) {
		move.fd[0] = cg_open(&in, "cgroup.procs", O_WRONLY);
		ret = move.fd[0] < 0 ? move.fd[0] : 0;
	}
	inside = in.path + strlen(hier.mount);
	if (ret)
		bench_why("making a cgroup in %s: %s", hier.mount,
			  strerror(-ret));
	if (ret || how != HOW_CONNECTOR)
		return ret;
	news = listen_to_forks();
	if (news < 0)
		bench_why("the process connector: %s", strerror(-news));
	return news < 0 ? news : 0;
}

/* ---- the child ------------------------------------------------------- */

/* Where it is, as the kernel tells everybody. */
static int where(void)
{
	const size_t len = strlen(inside);
	char text[16384];
	int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return STATUS_OUTSIDE;
	text[n] = '\0';
	for (char *at = text; (at = strstr(at, inside)); at++)
		if (at[len] == '\n')
			return CHILD_STATUS;
	return STATUS_OUTSIDE;
}

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static inline uint64_t placed(const struct spawner *s)
{
	return __atomic_load_n(&s->placed, __ATOMIC_ACQUIRE);
}

static inline void place(struct spawner *s)
{
	__atomic_store_n(&s->placed, clock_ns(), __ATOMIC_RELEASE);
}

static _Noreturn void live(struct spawner *s)
{
	uint64_t look;
	int status = STATUS_LOST, ret;

	s->began = clock_ns();
	if (how == HOW_SELF) {
		mover_write(&move, 0, &ret);
		if (!ret)
			place(s);
	}
	if (how == HOW_INTO)
		__atomic_store_n(&s->placed, s->began, __ATOMIC_RELEASE);
	for (look = s->began; !placed(s); ) {
		uint64_t now = clock_ns();

		if (now - look < 1000000)
			continue;
		look = now;
		if (now - s->began > PATIENCE_NS || getppid() != s->pid)
			break;
	}
	if (placed(s)) {
		s->ran = placed(s) > s->began ? cpu_ns() : 0;
		status = where();
	}
	syscall(SYS_exit_group, status);
	__builtin_unreachable();
}

/* ---- the actors ------------------------------------------------------ */

static int enter_spawner(unsigned int nr)
{
	struct spawner *s = &all->spawner[nr];

	s->pid = getpid();
	s->writes = mover_writes(getpid());
	mover_value(&move, 0);		/* for who writes itself */
	return 0;
}

/* Reap it. 0 or -errno, said why. */
static int reap(pid_t pid)
{
	int status;

	while (wait4(pid, &status, 0, NULL) != pid)
		if (errno != EINTR)
			return -errno;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_STATUS)
		return 0;
	bench_why("a child %s", !WIFEXITED(status) ? "was killed" :
		  WEXITSTATUS(status) == STATUS_LOST ? "was put nowhere" :
		  "is not where it was put");
	return -EBADMSG;
}

/* The operation, by the spawner; what is left of it is others'. */
static int make(struct spawner *s)
{
	pid_t pid = how == HOW_INTO ? child_into(in.dir) :
		syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	int ret = 0;

	if (!pid)
		live(s);
	if (pid < 0)
		return -errno;
	if (how != HOW_WRITE)
		return reap(pid);
	mover_value(&move, pid);
	mover_write(&move, 0, &ret);
	place(s);
	if (ret) {
		kill(pid, SIGKILL);
		bench_why("cgroup.procs of %s: %s", in.path, strerror(-ret));
	}
	return reap(pid) ? -EBADMSG : ret;
}

static int spawn_loop(struct spawner *s, struct lat *lat)
{
	while (loop_more(lat)) {
		uint64_t begin, out;
		int ret;

		if (!bench_think(lat, clock_from_s(think)))
			return 0;
		s->placed = 0;
		begin = clock_ns();
		ret = make(s);
		if (ret)
			return ret;
		s->seen++;
		out = s->placed > s->began ? s->placed - s->began : 0;
		if (lat->counts) {
			ring_add(&s->outside, out);
			ring_add(&s->used, s->ran);
		}
		lat_add(lat, s->began + out - begin);
	}
	return 0;
}

static int loop_spawner(unsigned int nr, struct lat *lat)
{
	struct spawner *s = &all->spawner[nr];
	int ret = spawn_loop(s, lat);

	if (ret || lat->until == GATE_STOP)
		__atomic_store_n(&s->gone, true, __ATOMIC_RELEASE);
	return ret;
}

static int enter_classifier(unsigned int nr)
{
	(void)nr;
	all->writes = mover_writes(getpid());
	return 0;
}

/* Is somebody there who may make a child that waits for it? */
static bool wanted(const struct lat *lat)
{
	if (loop_more(lat))
		return true;
	for (unsigned long i = 0; i < spawners && lat->until == GATE_STOP; i++)
		if (!__atomic_load_n(&all->spawner[i].gone, __ATOMIC_ACQUIRE))
			return true;
	return false;
}

static int loop_classifier(unsigned int nr, struct lat *lat)
{
	(void)nr;
	while (wanted(lat)) {
		struct spawner *s;
		uint64_t ns;
		pid_t pid;
		int ret;

		s = heard(news, &pid, &ret);
		if (ret) {
			bench_why("news of forks: %s", strerror(-ret));
			return ret;
		}
		if (!s) {
			poll(&(struct pollfd){ .fd = news, .events = POLLIN },
			     1, 10);
			continue;
		}
		mover_value(&move, pid);
		ns = mover_write(&move, 0, &ret);
		if (ret) {
			bench_why("cgroup.procs of %s: %s", in.path,
				  strerror(-ret));
			return ret;
		}
		place(s);
		all->moved++;
		if (loop_more(lat))
			lat_add(lat, ns);
		else
			all->unsaid++;
	}
	return 0;
}

/* ---- what has happened ----------------------------------------------- */

static int verify_spawner(unsigned int nr)
{
	const struct spawner *s = &all->spawner[nr];
	uint64_t said = bench_done("spawner", nr);

	if (s->seen != said) {
		bench_why("spawner %u: %" PRIu64 " children were in their "
			  "cgroup, %" PRIu64 " reported", nr, s->seen, said);
		return -1;
	}
	/* With what it reaps the kernel adds up what that has written. */
	return mover_verify_writes(s->pid, s->writes, how == HOW_WRITE ||
				   how == HOW_SELF ? said : 0);
}

static int verify(void)
{
	long left = cg_count(&in, "cgroup.procs");

	for (unsigned int i = 0; i < spawners; i++)
		if (verify_spawner(i))
			return -1;
	if (left) {
		bench_why("%ld processes in %s, all have exited", left, in.path);
		return -1;
	}
	if (how != HOW_CONNECTOR)
		return 0;
	if (all->moved != bench_done("classifier", 0) + all->unsaid) {
		bench_why("the classifier moved %" PRIu64 ", %" PRIu64
			  " reported", all->moved,
			  bench_done("classifier", 0) + all->unsaid);
		return -1;
	}
	return mover_verify_writes(bench_pid("classifier", 0), all->writes,
			     all->moved);
}

static void cleanup(void)
{
	if (news >= 0) {
		subscribe(news, PROC_CN_MCAST_IGNORE);
		close(news);
	}
	if (move.fd[0] >= 0)
		close(move.fd[0]);
	cg_close(&in);
	cg_close(&base);
}

static double outside(void)
{
	return ring_median(&all->spawner->outside, spawners,
			   sizeof(*all->spawner));
}

static double ran(void)
{
	return ring_median(&all->spawner->used, spawners,
			   sizeof(*all->spawner));
}

const struct bench bench = {
	.name = "classify",
	.summary = "make a process, until it is in the cgroup it belongs in",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "spawner", .nr = &spawners, .enter = enter_spawner,
		  .loop = loop_spawner },
		{ .name = "classifier", .nr = &classifiers,
		  .enter = enter_classifier, .loop = loop_classifier },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		{ "outside", "ns", "lower", outside },
		{ "ran", "ns", "lower", ran },
		{ .name = NULL },
	},
	.needs = { .root = true, .missing = missing, .pace = pace },
	.bad = bad,
	.setup = setup,
	.verify = verify,
	.cleanup = cleanup,
};
