// SPDX-License-Identifier: GPL-2.0-or-later
/* bench - the harness: from options to one sample */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "count.h"
#include "cpus.h"
#include "err.h"
#include "limit.h"
#include "mark.h"
#include "node.h"
#include "tg.h"
#include "undo.h"
#include "version.h"
#include "watch.h"

#define MAX_ROLES	4
#define MAX_SERIES	8	/* actors of a role whose series is kept */
#define SPIN_NS		50000
/* Exact mode: samples of an actor, its warm-up a part of them. */
#define EXACT_OPS	300
#define EXACT_LEAST	20
#define EXACT_MAX	65536
#define EXACT_WARM(ops)	((ops) / 4 + 1)

/* All that parent and actors share. */
struct actor {
	const struct role *role;
	unsigned int	nr, cpu;
	pid_t		pid, tid;
	int		err;
	uint32_t	measured;	/* its measurement is complete */
	uint64_t	begin, end;	/* of the measurement */
	const void	*stack;		/* a page that it has written to */
	struct lat	lat;		/* measured */
	struct lat	other;		/* warm-up and cool-down */
	uint64_t	*each;		/* exact mode: room for opt_ops */
};

static struct ctl {
	struct gate	gate;
	uint32_t	failed;
	uint32_t	said, skip;
	char		why[400];
} *ctl;

static struct actor *actors;
static unsigned int nr_actors;

static double opt_time, opt_warmup;
static unsigned long opt_ops, opt_min_ops;
static const char *opt_lat, *opt_events, *opt_cpus[MAX_ROLES];
static bool opt_exact, opt_describe, opt_may;

static struct opt common[9 + MAX_ROLES] = {
	{ "time", OPT_TIME, &opt_time, "1", "0.001..86400",
	  "measure for so long" },
	{ "warmup", OPT_TIME, &opt_warmup, "0.1", "0..86400",
	  "run for so long before, at least one operation each" },
	{ "ops", OPT_UINT, &opt_ops, "0", "0..1000000000000",
	  "measure so many operations per actor instead; 0: by time" },
	{ "min-ops", OPT_UINT, &opt_min_ops, "1", "1..1000000000",
	  "go on until every actor has done so many, even past the time" },
	{ "exact", OPT_FLAG, &opt_exact, NULL, NULL,
	  "count instructions, not time: in a guest whose clock they are "
	  "(./run.sh lab --exact); every sample is kept, --ops of each actor, "
	  "a few hundred if that is 0" },
	{ "events", OPT_LIST, &opt_events, "", NULL,
	  "count these, as 'forkpath-runner events' has encoded them" },
};

/* Part of every program's points, but only where they are given. */
static const char *opt_place, *opt_memory;
static const struct opt axes[] = {
	{ "place", OPT_WORD, &opt_place, NULL, NULL,
	  "what the CPU lists given with it are called, for the record" },
	{ "memory", OPT_CPUS, &opt_memory, "", NULL,
	  "take memory from these NUMA nodes; void if it lies elsewhere" },
	OPT_END
};

static struct opt hidden[] = {
	{ "lat", OPT_PATH, &opt_lat, NULL, NULL,
	  "write the distribution of latencies there" },
	{ "describe", OPT_FLAG, &opt_describe, NULL, NULL,
	  "print options, roles and needs for programs, measure nothing" },
	{ "check", OPT_FLAG, &opt_may, NULL, NULL,
	  "say whether this point can run here, measure nothing" },
	OPT_END
};

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	stopped = sig;
}

/* ---- what benchmarks call ------------------------------------------- */

/* The first reason is the reason. */
static bool first_reason(void)
{
	return !ctl || !__atomic_exchange_n(&ctl->said, 1, __ATOMIC_ACQ_REL);
}

static void say_why(const char *fmt, va_list ap)
{
	static char before[sizeof(ctl->why)];

	err_vtext(ctl ? ctl->why : before, sizeof(before), fmt, ap);
}

void bench_why(const char *fmt, ...)
{
	va_list ap;

	if (!first_reason())
		return;
	va_start(ap, fmt);
	say_why(fmt, ap);
	va_end(ap);
}

static char unverified[80];	/* what, in the parent */

void bench_unverified(const char *what, const char *why)
{
	if (strstr(unverified, what))
		return;		/* of another actor */
	snprintf(unverified + strlen(unverified), sizeof(unverified) -
		 strlen(unverified), "%s%s", *unverified ? "," : "", what);
	err_say("beware: not verified: %s: %s", what, why);
}

void bench_skip(const char *fmt, ...)
{
	va_list ap;

	if (!first_reason())
		return;
	if (ctl)
		ctl->skip = 1;
	va_start(ap, fmt);
	say_why(fmt, ap);
	va_end(ap);
}

/* A machine that does not let us, which is not one that fails. */
static bool not_permitted(int err)
{
	return err == -EPERM || err == -EACCES || err == -EROFS ||
	       err == -ENOSYS;
}

void *bench_shared(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static struct actor *actor_of(const char *role, unsigned int nr)
{
	for (unsigned int i = 0; i < nr_actors; i++)
		if (actors[i].nr == nr && !strcmp(actors[i].role->name, role))
			return &actors[i];
	abort();	/* a benchmark that does not know its own roles */
}

uint64_t bench_done(const char *role, unsigned int nr)
{
	const struct actor *a = actor_of(role, nr);

	return a->lat.ops + a->other.ops;
}

const struct lat *bench_lat(const char *role)
{
	static struct lat sum;

	lat_clear(&sum);
	for (unsigned int i = 0; i < nr_actors; i++)
		if (!strcmp(actors[i].role->name, role))
			lat_merge(&sum, &actors[i].lat);
	return &sum;
}

double bench_seconds(const char *role)
{
	double sum = 0;
	unsigned int n = 0;

	for (unsigned int i = 0; i < nr_actors; i++) {
		if (strcmp(actors[i].role->name, role))
			continue;
		sum += (actors[i].end - actors[i].begin) / 1e9;
		n++;
	}
	return n ? sum / n : 0;
}

pid_t bench_pid(const char *role, unsigned int nr)
{
	return actor_of(role, nr)->pid;
}

bool bench_think(const struct lat *lat, uint64_t ns)
{
	if (!ns)
		return true;
	return gate_think(lat->phase, lat->until, clock_ns() + ns);
}

bool bench_until(const struct lat *lat, uint64_t deadline)
{
	uint64_t now = clock_ns();

	if (now + SPIN_NS < deadline &&
	    !gate_think(lat->phase, lat->until, deadline - SPIN_NS))
		return false;
	while (clock_ns() < deadline)
		if (!loop_more(lat))
			return false;
	return true;
}

/* ---- actors ---------------------------------------------------------- */

static void actor_fail(struct actor *a, int err, const char *what)
{
	bench_why("%s %u: %s: %s", a->role->name, a->nr, what, strerror(-err));
	a->err = err;
	__atomic_store_n(&ctl->failed, 1, __ATOMIC_RELEASE);
}

static void actor_enter(struct actor *a, unsigned int nr)
{
	int ret = a->role->enter(nr);

	if (not_permitted(ret))
		ctl->skip = 1;
	if (ret)
		actor_fail(a, ret, "enter");
}

/*
 * Exact mode, for what has no room for time: an actor goes from its warm-up
 * to its measurement by count, on its own, and the first role ends it for
 * the others. Nobody wakes up in between.
 */
static uint64_t exact_warm(const struct actor *a)
{
	return a->role == bench.roles ? EXACT_WARM(opt_ops) : 1;
}

static void actor_loop(struct actor *a, struct lat *lat, uint32_t until,
		       uint64_t limit)
{
	int ret;

	lat->phase = &ctl->gate.phase;
	lat->until = until;
	lat->limit = limit;
	lat->counts = lat == &a->lat;
	if (a->err)
		return;
	ret = a->role->loop(a->nr, lat);
	if (ret)
		actor_fail(a, ret, "loop");
}

static void *actor_run(void *arg)
{
	struct actor *a = arg;
	int ret = cpus_pin(a->cpu);

	a->tid = gettid();
	a->stack = &ret;
	prctl(PR_SET_TIMERSLACK, 1UL);
	/* First touch, by the CPU that will write there. */
	lat_clear(&a->lat);
	lat_clear(&a->other);
	if (opt_exact)
		lat_keep(&a->lat, a->each, opt_ops);
	if (ret)
		actor_fail(a, ret, "pinning");
	else if (a->role->enter && !(a->role->shared && a->role->shared()))
		actor_enter(a, a->nr);
	gate_arrive(&ctl->gate);

	gate_wait(&ctl->gate, GATE_WARM);
	if (opt_exact)
		actor_loop(a, &a->other, GATE_COOL, exact_warm(a));
	else
		actor_loop(a, &a->other, GATE_MEASURE, UINT64_MAX);
	gate_wait(&ctl->gate, GATE_MEASURE);

	if (a == actors)
		mark_first();
	a->begin = clock_ns();
	actor_loop(a, &a->lat, GATE_COOL, opt_ops ? opt_ops : UINT64_MAX);
	a->end = clock_ns();
	if (a == actors)
		mark_last();
	__atomic_store_n(&a->measured, 1, __ATOMIC_RELEASE);
	gate_arrive(&ctl->gate);

	actor_loop(a, &a->other, GATE_STOP, UINT64_MAX);
	gate_arrive(&ctl->gate);
	gate_wait(&ctl->gate, GATE_EXIT);
	return NULL;
}

/* A process of N actors; more than one are threads of one group. */
static void actor_process(struct actor *a, unsigned int n, pid_t parent)
{
	pthread_attr_t attr;
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* The parent decides when to stop. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_NAME, a->role->name);

	if (a->role->shared && a->role->shared() && a->role->enter) {
		int ret = cpus_pin(a->cpu);

		if (ret)
			actor_fail(a, ret, "pinning");
		else
			actor_enter(a, 0);
	}
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	for (unsigned int i = 1; i < n; i++) {
		int ret = pthread_create(&thread, &attr, actor_run, &a[i]);

		if (ret) {
			actor_fail(&a[i], -ret, "thread");
			gate_arrive(&ctl->gate);
		}
	}
	actor_run(a);
	_exit(0);
}

/* Who runs where; nobody runs yet. 0 or -errno. */
static int place_actors(void)
{
	unsigned int allowed[CPUS_MAX], chosen[CPUS_MAX], next = 1;
	int nr_allowed = cpus_allowed(allowed, CPUS_MAX);
	unsigned int at = 0;
	int i = 0;

	if (nr_allowed < 0)
		return nr_allowed;
	for (const struct role *r = bench.roles; r->name; r++, i++) {
		unsigned int n = r->nr ? *r->nr : 1;
		int nr_chosen = 0;

		if (opt_cpus[i] && *opt_cpus[i])
			nr_chosen = cpus_parse(opt_cpus[i], chosen, CPUS_MAX);
		for (unsigned int k = 0; k < n; k++, at++) {
			struct actor *a = &actors[at];

			a->role = r;
			a->nr = k;
			/* The first CPU has the interrupts: it comes last. */
			a->cpu = nr_chosen > 0 ? chosen[k % nr_chosen] :
				 allowed[next++ % nr_allowed];
		}
	}
	return 0;
}

static int start_actors(void)
{
	pid_t parent = getpid();
	unsigned int at = 0;

	for (const struct role *r = bench.roles; r->name; r++) {
		unsigned int n = r->nr ? *r->nr : 1;
		unsigned int each = r->shared && r->shared() ? n : 1;

		for (unsigned int k = 0; k < n; k += each, at += each) {
			struct actor *a = &actors[at];
			pid_t pid = fork();

			if (pid < 0)
				return -errno;
			if (!pid)
				actor_process(a, each, parent);
			for (unsigned int j = 0; j < each; j++)
				a[j].pid = pid;
		}
	}
	return 0;
}

/* ---- counted events --------------------------------------------------- */

static struct count_event event[COUNT_MAX];
static int nr_events;
static struct count counts[MAX_ROLES][COUNT_MAX];
static struct meter {
	int	fd;
	struct count *to;
} *meter;
static unsigned int nr_meters;

/* Events that cannot be counted here: why, else NULL. */
static const char *uncountable(void)
{
	static char why[200];

	for (int e = 0; e < nr_events; e++) {
		int fd = event[e].actor ?
			count_open(&event[e], 0, -1, why, sizeof(why)) :
			count_open(&event[e], -1, 0, why, sizeof(why));

		if (fd < 0)
			return why;
		close(fd);
	}
	return NULL;
}

/* On each CPU once; two roles on one could not be told apart. */
static const char *shared_cpu(void)
{
	static char why[200];

	for (unsigned int i = 0; i < nr_actors; i++)
		for (unsigned int k = 0; k < i; k++)
			if (actors[k].cpu == actors[i].cpu &&
			    actors[k].role != actors[i].role) {
				snprintf(why, sizeof(why), "counters: %s and "
					 "%s share CPU %u; their events cannot "
					 "be told apart", actors[k].role->name,
					 actors[i].role->name, actors[i].cpu);
				return why;
			}
	return NULL;
}

static int add_meter(unsigned int i, int e)
{
	const struct actor *a = &actors[i];
	char why[200];
	int fd;

	for (unsigned int k = 0; !event[e].actor && k < i; k++)
		if (actors[k].cpu == a->cpu)
			return 0;
	fd = event[e].actor ?
		count_open(&event[e], a->tid, -1, why, sizeof(why)) :
		count_open(&event[e], -1, a->cpu, why, sizeof(why));
	if (fd < 0) {
		bench_why("%s", why);
		return fd;
	}
	meter[nr_meters++] = (struct meter){
		fd, &counts[a->role - bench.roles][e]
	};
	return 0;
}

/*
 * Opened by the parent once the actors exist: their forks copy no open file
 * more than they always do.
 */
static int start_counting(void)
{
	struct rlimit files;
	int ret = 0;

	if (!nr_events)
		return 0;
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	meter = calloc(nr_actors * nr_events, sizeof(*meter));
	if (!meter)
		return -ENOMEM;
	for (unsigned int i = 0; i < nr_actors; i++)
		for (int e = 0; e < nr_events && !ret; e++)
			ret = add_meter(i, e);
	for (unsigned int i = 0; i < nr_meters && !ret; i++)
		ret = count_start(meter[i].fd);
	return ret;
}

static int stop_counting(void)
{
	int ret = 0;

	for (unsigned int i = 0; i < nr_meters && !ret; i++)
		ret = count_stop(meter[i].fd);
	for (unsigned int i = 0; i < nr_meters && !ret; i++)
		ret = count_add(meter[i].fd, meter[i].to);
	return ret;
}

/* All that were done while it was counted, in whatever phase. */
static uint64_t counted_ops(const struct role *r)
{
	uint64_t ops = 0;

	for (unsigned int i = 0; i < nr_actors; i++)
		if (actors[i].role == r)
			ops += actors[i].lat.ops + actors[i].other.ops;
	return ops;
}

static void print_counts(const struct role *r)
{
	uint64_t ops = counted_ops(r);

	for (int e = 0; e < nr_events; e++) {
		const struct count *c = &counts[r - bench.roles][e];
		const char *name = event[e].name;

		if (count_whole(c) && ops)
			printf(" %.9g %s-%s/op", (double)c->value / ops,
			       r->name, name);
		printf(" %" PRIu64 " %s-%s-count %" PRIu64 " %s-%s-enabled-ns "
		       "%" PRIu64 " %s-%s-running-ns", c->value, r->name, name,
		       c->enabled, r->name, name, c->running, r->name, name);
	}
	if (nr_events)
		printf(" %" PRIu64 " %s-counted-ops", ops, r->name);
}

/* ---- the parent ------------------------------------------------------ */

/* Has an actor's process died under us? */
static bool actor_lost(void)
{
	siginfo_t info = { .si_pid = 0 };

	if (!watch_stirs())
		return false;
	for (unsigned int i = 0; i < nr_actors; i++) {
		if (actors[i].pid <= 0)
			continue;
		if (!waitid(P_PID, actors[i].pid, &info,
			    WEXITED | WNOHANG | WNOWAIT) && info.si_pid) {
			bench_why("%s %u died (status %d)",
				  actors[i].role->name, actors[i].nr,
				  info.si_status);
			return true;
		}
	}
	return false;
}

/* The processes of the actors; those that share one are one. */
static int watch_actors(void)
{
	pid_t *pid = calloc(nr_actors, sizeof(*pid));

	if (!pid)
		return -ENOMEM;
	for (unsigned int i = 0; i < nr_actors; i++)
		if (!i || actors[i].pid != actors[i - 1].pid)
			pid[i] = actors[i].pid;
	watch_start(pid, nr_actors);
	free(pid);
	return 0;
}

static uint64_t fewest(bool measured)
{
	uint64_t few = UINT64_MAX;

	for (unsigned int i = 0; i < nr_actors; i++) {
		const struct lat *l = measured ? &actors[i].lat :
						 &actors[i].other;
		uint64_t ops = __atomic_load_n(&l->ops, __ATOMIC_RELAXED);

		if (ops < few)
			few = ops;
	}
	return few;
}

static bool all_measured(const struct role *of)
{
	for (unsigned int i = 0; i < nr_actors; i++)
		if ((!of || actors[i].role == of) &&
		    !__atomic_load_n(&actors[i].measured, __ATOMIC_ACQUIRE))
			return false;
	return true;
}

enum until {
	UNTIL_ARRIVED, UNTIL_WARM, UNTIL_TIME, UNTIL_FIRST, UNTIL_MEASURED,
};

/* Wait for a condition; 0, or -EINTR, -ECHILD, -ECANCELED. */
static int parent_wait(enum until what, uint32_t arrivals, double seconds)
{
	uint64_t deadline = clock_ns() + clock_from_s(seconds);

	for (;;) {
		uint32_t arrived = __atomic_load_n(&ctl->gate.arrived,
						   __ATOMIC_ACQUIRE);
		/* In exact mode each look would be in somebody's sample. */
		uint64_t now = clock_ns(), nap = opt_exact ? 1000000000 :
							     20000000;
		bool done = false;

		if (__atomic_load_n(&ctl->failed, __ATOMIC_ACQUIRE))
			return -ECANCELED;
		switch (what) {
		case UNTIL_ARRIVED:
			done = arrived >= arrivals;
			break;
		case UNTIL_WARM:
			done = now >= deadline && fewest(false) >= 1;
			break;
		case UNTIL_TIME:
			done = now >= deadline && fewest(true) >= opt_min_ops;
			break;
		case UNTIL_FIRST:
			done = all_measured(bench.roles) && fewest(true) >= 1;
			break;
		case UNTIL_MEASURED:
			done = all_measured(NULL);
			break;
		}
		if (done)
			return 0;
		if (stopped)
			return -EINTR;
		if (actor_lost())
			return -ECHILD;
		/* Past the deadline a condition is missing: look often. */
		if (seconds > 0 && now < deadline && deadline - now < nap)
			nap = deadline - now;
		else if (seconds > 0 && now >= deadline)
			nap = 1000000;
		gate_sleep(&ctl->gate, arrived, nap);
	}
}

static int run_phases(void)
{
	int ret = parent_wait(UNTIL_ARRIVED, nr_actors, 0);

	if (!ret)
		ret = start_counting();
	if (ret)
		return ret;
	gate_open(&ctl->gate, opt_exact ? GATE_MEASURE : GATE_WARM);
	if (!opt_exact)
		ret = parent_wait(UNTIL_WARM, 0, opt_warmup);
	if (ret)
		return ret;
	gate_open(&ctl->gate, GATE_MEASURE);
	if (opt_exact)
		ret = parent_wait(UNTIL_FIRST, 0, 0);
	else if (!opt_ops)
		ret = parent_wait(UNTIL_TIME, 0, opt_time);
	else
		ret = parent_wait(UNTIL_MEASURED, 0, 0);
	if (ret)
		return ret;
	gate_open(&ctl->gate, GATE_COOL);
	ret = parent_wait(UNTIL_MEASURED, 0, 0);
	if (ret)
		return ret;
	gate_open(&ctl->gate, GATE_STOP);
	ret = parent_wait(UNTIL_ARRIVED, 3 * nr_actors, 0);
	return ret ? ret : stop_counting();
}

/* EXIT releases those that wait; whoever is stuck in an operation dies. */
static void end_actors(bool kindly)
{
	gate_open(&ctl->gate, GATE_EXIT);
	for (unsigned int i = 0; i < nr_actors; i++) {
		if (actors[i].pid <= 0)
			continue;
		if (!kindly)
			kill(actors[i].pid, SIGKILL);
		while (waitpid(actors[i].pid, NULL, 0) < 0 && errno == EINTR)
			;
		/* Threads of one process share its number. */
		for (unsigned int j = i + 1; j < nr_actors; j++)
			if (actors[j].pid == actors[i].pid)
				actors[j].pid = 0;
		actors[i].pid = 0;
	}
}

/* ---- memory ----------------------------------------------------------- */

/* What was touched is where it was to be: 0; else 1, and why. */
static int check_memory(void)
{
	char why[200];

	for (unsigned int i = 0; i < nr_actors; i++) {
		const struct actor *a = &actors[i];

		if (!node_check(a->pid, a->stack, opt_memory, why, sizeof(why)) &&
		    !node_check(a->pid, &a->lat.ops, opt_memory, why,
				sizeof(why)))
			continue;
		bench_why("%s %u: %s", a->role->name, a->nr, why);
		return 1;
	}
	return 0;
}

/* ---- output ---------------------------------------------------------- */

static void print_camel(const char *name)
{
	bool up = true;

	for (; *name; name++) {
		if (*name == '-') {
			up = true;
			continue;
		}
		putchar(up ? toupper((unsigned char)*name) : *name);
		up = false;
	}
}

static const struct { const char *name; double q; } quantiles[] = {
	{ "p50", .50 }, { "p90", .90 }, { "p99", .99 }, { "p99.9", .999 },
};

/* What a counter of times counts in exact mode. */
static const char *unit_of(const struct counter *c)
{
	return opt_exact && !strcmp(c->unit, "ns") ? "instructions" : c->unit;
}

static void print_units(void)
{
	const char *unit = opt_exact ? "instructions" : "ns";
	const char *more = opt_exact ? " assume=exact" : "";

	for (const struct role *r = bench.roles; r->name; r++) {
		for (unsigned int i = 0; i < 4; i++)
			printf("Unit %s-%s-%s better=lower%s\n", r->name,
			       quantiles[i].name, unit, more);
		printf("Unit %s-max-%s better=lower%s\n", r->name, unit, more);
		if (!opt_exact)
			printf("Unit %s-ops/s better=higher\n", r->name);
		for (int e = 0; e < nr_events; e++)
			printf("Unit %s-%s/op better=lower\n", r->name,
			       event[e].name);
	}
	for (const struct counter *c = bench.counters; c && c->name; c++)
		printf("Unit %s-%s better=%s%s\n", c->name, unit_of(c),
		       c->better, strcmp(c->unit, "ns") ? "" : more);
	printf("Unit clock-%s better=lower%s\n", unit, more);
}

/* A role that has no actors at this point leaves nothing but its units. */
static bool played(const struct role *r)
{
	return !r->nr || *r->nr;
}

static void print_cpus(void)
{
	unsigned int cpu[CPUS_MAX];
	char list[1024];

	for (const struct role *r = bench.roles; r->name; r++) {
		unsigned int n = 0;

		if (!played(r))
			continue;
		for (unsigned int i = 0; i < nr_actors && n < CPUS_MAX; i++)
			if (actors[i].role == r)
				cpu[n++] = actors[i].cpu;
		printf(" %s-cpus=%s", r->name,
		       cpus_show(cpu, n, list, sizeof(list)) ? list : "many");
	}
}

/* The actors of R, at most MAX; returns how many. */
static unsigned int lats_of(const struct role *r, const struct lat **lat,
			    unsigned int max)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < nr_actors && nr < max; i++)
		if (actors[i].role == r)
			lat[nr++] = &actors[i].lat;
	return nr;
}

static bool exact_of(const struct role *r, struct exact *e,
		     const struct lat ***lat, unsigned int *nr)
{
	*lat = calloc(nr_actors, sizeof(**lat));
	*nr = *lat ? lats_of(r, *lat, nr_actors) : 0;
	if (*lat && exact_make(e, *lat, *nr))
		return true;
	free(*lat);
	return false;
}

static int print_exact(const struct role *r)
{
	const struct lat **lat;
	struct exact e;
	unsigned int nr;
	uint64_t v;

	if (!played(r))
		return 0;
	if (!exact_of(r, &e, &lat, &nr))
		return -ENOMEM;
	for (unsigned int i = 0; i < 4; i++)
		if (exact_quantile(&e, quantiles[i].q, &v))
			printf(" %" PRIu64 " %s-%s-instructions", v, r->name,
			       quantiles[i].name);
	printf(" %" PRIu64 " %s-max-instructions %" PRIu64 " %s-ops",
	       e.nr ? e.sorted[e.nr - 1] : 0, r->name, e.nr, r->name);
	free(e.sorted);
	free(lat);
	return 0;
}

static int lat_exact(const struct role *r, FILE *to)
{
	const struct lat **lat;
	struct exact e;
	unsigned int nr;
	int ret;

	if (!exact_of(r, &e, &lat, &nr))
		return -ENOMEM;
	ret = exact_print(&e, r->name, lat, nr, to);
	free(e.sorted);
	free(lat);
	return ret;
}

static void print_role(const struct role *r)
{
	const struct lat *l = bench_lat(r->name);
	double rate = 0;
	uint64_t ns;

	if (!played(r))
		return;
	for (unsigned int i = 0; i < nr_actors; i++)
		if (actors[i].role == r && actors[i].end > actors[i].begin)
			rate += actors[i].lat.ops * 1e9 /
				(actors[i].end - actors[i].begin);
	for (unsigned int i = 0; i < 4; i++)
		if (lat_quantile(l, quantiles[i].q, &ns))
			printf(" %" PRIu64 " %s-%s-ns", ns, r->name,
			       quantiles[i].name);
	printf(" %" PRIu64 " %s-max-ns %" PRIu64 " %s-ops %.6g %s-ops/s",
	       l->max, r->name, l->ops, r->name, rate, r->name);
}

static int print_sample(void)
{
	char value[OPT_SHOW];
	struct utsname u;
	FILE *f = NULL;
	int ret = 0;

	uname(&u);
	printf("schema: forkpath-sample/1\nsuite: %s\nkernel: %s\nbench: %s\n",
	       forkpath_version, u.release, bench.name);
	print_units();
	if (opt_exact)
		printf("# conditions exact=true ops=%lu warmup-ops=%lu",
		       opt_ops, EXACT_WARM(opt_ops));
	else
		printf("# conditions time=%g warmup=%g ops=%lu min-ops=%lu",
		       opt_time, opt_warmup, opt_ops, opt_min_ops);
	print_cpus();
	if (nr_events)
		printf(" events=%s", opt_events);
	if (*unverified)
		printf(" verified=no:%s", unverified);
	printf("\nBenchmark");
	print_camel(bench.name);
	for (const struct opt *o = bench.opts; o && o->name; o++)
		printf("/%s=%s", o->name, opt_show(o, value, sizeof(value)));
	for (const struct opt *o = axes; o->name; o++) {
		const char *v = opt_show(o, value, sizeof(value));

		if (*v)
			printf("/%s=%s", o->name, v);
	}
	printf(" %" PRIu64, bench_lat(bench.roles->name)->ops);
	for (const struct role *r = bench.roles; r->name && !ret; r++) {
		if (opt_exact)
			ret = print_exact(r);
		else
			print_role(r);
		print_counts(r);
	}
	for (const struct counter *c = bench.counters; c && c->name; c++) {
		double v = c->value();

		if (!isnan(v))
			printf(" %.9g %s-%s", v, c->name, unit_of(c));
	}
	printf(" %.2f clock-%s\n", clock_cost_ns(),
	       opt_exact ? "instructions" : "ns");
	if (err_stdout())
		return -errno;

	if (!opt_lat || ret)
		return ret;
	f = fopen(opt_lat, "we");
	if (!f)
		return -errno;
	fprintf(f, "# forkpath-lat/1\n");
	for (const struct role *r = bench.roles; r->name && !ret; r++) {
		const struct lat *each[MAX_SERIES];
		unsigned int nr = lats_of(r, each, MAX_SERIES);

		if (!played(r))
			continue;
		ret = opt_exact ? lat_exact(r, f) :
		      lat_print(bench_lat(r->name), r->name, each, nr, f);
	}
	if (fclose(f) && !ret)
		ret = -errno;
	return ret;
}

static void describe_table(const char *word, const struct opt *o)
{
	for (; o && o->name; o++)
		printf("%s\t%s\t%s\t%s\t%s\t%s\n", word, o->name,
		       opt_type_name(o->type), o->def ? o->def : "",
		       o->range ? o->range : "", o->help);
}

static int describe(void)
{
	printf("bench\t%s\t%s\n", bench.name, bench.summary);
	describe_table("opt", bench.opts);
	describe_table("opt", axes);
	describe_table("common", common);
	for (const struct role *r = bench.roles; r->name; r++)
		printf("role\t%s\n", r->name);
	for (const struct counter *c = bench.counters; c && c->name; c++)
		printf("counter\t%s\t%s\tbetter=%s\n", c->name, c->unit,
		       c->better);
	if (bench.needs.root)
		printf("need\troot\n");
	if (bench.needs.module)
		printf("need\tmodule\n");
	return err_end(EXIT_OK);
}

/* ---- main ------------------------------------------------------------ */

/* A CPU that was asked for and is not to be had. */
static const char *unpinnable(void)
{
	static unsigned int cpu[CPUS_MAX];
	static char why[200];
	const char *bad = NULL;
	cpu_set_t *was = CPU_ALLOC(CPUS_MAX);
	size_t size = CPU_ALLOC_SIZE(CPUS_MAX);

	if (!was || sched_getaffinity(0, size, was))
		return NULL;	/* pinning will say it */
	for (int r = 0; r < MAX_ROLES && !bad; r++) {
		int nr = opt_cpus[r] && *opt_cpus[r] ?
			cpus_parse(opt_cpus[r], cpu, CPUS_MAX) : 0;

		for (int i = 0; i < nr && !bad; i++) {
			int ret = cpus_pin(cpu[i]);

			if (!ret)
				continue;
			snprintf(why, sizeof(why), "CPU %u: %s", cpu[i],
				 ret == -EINVAL ? "not there, or not allowed" :
				 strerror(-ret));
			bad = why;
		}
	}
	sched_setaffinity(0, size, was);
	CPU_FREE(was);
	return bad;
}

static unsigned int actors_wanted(void)
{
	unsigned int nr = 0;

	for (const struct role *r = bench.roles; r->name; r++)
		nr += r->nr ? *r->nr : 1;
	return nr;
}

/* The limits that the harness itself comes up against. */
static const char *limited(void)
{
	unsigned long nr = actors_wanted();
	size_t bytes = sizeof(struct actor) +
		       (opt_exact ? opt_ops * sizeof(uint64_t) : 0);
	const char *why = tg_missing(2 * nr);	/* each has a child */

	if (!why)	/* and a few of its own */
		why = limit_files(nr * nr_events + 16);
	return why ? why : limit_commit(nr * bytes / 1024);
}

/* The numbers there are to be the ones that fork(2) and getpid(2) give. */
static const char *strange_proc(void)
{
	char self[32] = "";

	if (readlink("/proc/self", self, sizeof(self) - 1) < 0)
		return "/proc is not mounted";
	return atoi(self) == getpid() ? NULL :
	       "/proc is that of another pid namespace";
}

static const char *cannot(void)
{
	const char *why = unpinnable();

	if (!why)
		why = strange_proc();
	if (!why)
		why = undo_missing();
	if (!why)
		why = limited();
	if (!why && *opt_memory)
		why = node_missing(opt_memory);
	if (why)
		return why;
	if (bench.needs.root && geteuid())
		return "needs root";
	return bench.needs.missing ? bench.needs.missing() : NULL;
}

/* Seconds beyond warm-up and time: set-up, and operations that are slow. */
static double overhead(void)
{
	double s = bench.needs.overhead ? bench.needs.overhead() : 0.02;
	double pace = bench.needs.pace ? bench.needs.pace() : 0;

	if (opt_exact)
		return s + pace * opt_ops;
	if (pace > opt_warmup)
		s += pace - opt_warmup;
	if (pace * opt_min_ops > opt_time)
		s += pace * opt_min_ops - opt_time;
	return s;
}

static int prepare(void)
{
	struct sigaction act = { .sa_handler = on_signal };

	/*
	 * Two at a time measure each other and undo each other's settings.
	 * A run holds the lock for its programs; by hand it is taken here.
	 * Where there is no place for it there is nobody else either.
	 */
	if (!getenv("FORKPATH_RUN") && undo_lock(0) == -EBUSY)
		return -EBUSY;

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1UL);

	nr_actors = actors_wanted();
	if (*opt_memory) {
		int ret = node_bind(opt_memory);

		if (ret)
			return ret;
	}
	ctl = bench_shared(sizeof(*ctl));
	actors = bench_shared(nr_actors * sizeof(*actors));
	if (!ctl || !actors)
		return -ENOMEM;
	for (unsigned int i = 0; opt_exact && i < nr_actors; i++) {
		actors[i].each = bench_shared(opt_ops * sizeof(uint64_t));
		if (!actors[i].each)
			return -ENOMEM;
	}
	return 0;
}

/*
 * How many samples of one actor. What takes long to set up is large, and
 * takes long each time.
 */
static const char *exact_ops(void)
{
	double set_up = bench.needs.overhead ? bench.needs.overhead() : 0;

	if (opt_ops > EXACT_MAX)
		return "--exact keeps every sample: --ops is at most 65536";
	if (opt_ops)
		return NULL;
	opt_ops = set_up > 0.1 ? EXACT_OPS * 0.1 / set_up : EXACT_OPS;
	if (opt_ops < EXACT_LEAST)
		opt_ops = EXACT_LEAST;
	return NULL;
}

/* Limits that cannot be read in here: those around a pid namespace, say. */
static int no_room(void)
{
	size_t n = strlen(ctl->why);

	snprintf(ctl->why + n, sizeof(ctl->why) - n, "%s%s", n ? "; " : "",
		 "some limit of tasks or memory, perhaps of an outer pid "
		 "namespace");
	ctl->said = 1;
	return EXIT_SKIP;
}

/* 0, EXIT_VOID, EXIT_SKIP, or -errno; the reason is in ctl->why. */
static int measure(void)
{
	int ret = place_actors();
	const char *shared = nr_events && !ret ? shared_cpu() : NULL;

	if (shared) {
		bench_why("%s", shared);
		return EXIT_SKIP;
	}
	if (!ret && bench.setup)
		ret = bench.setup();
	if (ret == -EAGAIN)
		ret = no_room();
	if (not_permitted(ret))
		ctl->skip = 1;
	if (!ret && stopped)
		ret = -EINTR;
	if (!ret)
		ret = start_actors();
	if (!ret)
		ret = watch_actors();
	if (!ret)
		ret = run_phases();
	watch_end();
	if (!ret && bench.verify && bench.verify())
		ret = EXIT_VOID;
	if (!ret && *opt_memory && check_memory())
		ret = EXIT_VOID;
	if (ret < 0)
		bench_why("%s", strerror(-ret));
	end_actors(ret >= 0);
	if (bench.cleanup)
		bench.cleanup();
	return ret < 0 && ctl->skip && !stopped ? EXIT_SKIP : ret;
}

/* The end of --help; the examples are made of what there is. */
static const char *more_help(void)
{
	static char text[600];
	const struct opt *o = bench.opts;
	char point[160] = "";

	for (int i = 0; o && o[i].name && i < 2; i++)
		if (o[i].def && *o[i].def)
			snprintf(point + strlen(point), sizeof(point) -
				 strlen(point), " --%s %s", o[i].name, o[i].def);
	snprintf(text, sizeof(text),
		 "Prints one sample in the Go benchmark format. Exit: 0 ok, "
		 "1 fail, 2 bad\ninput, 3 void (verification failed), 4 skip "
		 "(cannot be done here).\n\nEXAMPLES\n"
		 "  %s --time 0.5\n  %s%s --ops 1000\n",
		 bench.name, bench.name, point);
	return text;
}

int main(int argc, char **argv)
{
	static const struct opt no_opts[] = { OPT_END };
	struct opt_prog prog = {
		.name = bench.name, .summary = bench.summary,
		.usage = "[OPTION]...",
		.tables = { bench.opts ? bench.opts : no_opts, axes, common,
			    hidden, NULL },
		.more = more_help(),
	};
	static char names[MAX_ROLES][64];
	char reason[200];
	const char *why;
	int ret, undone, n = 0, i = 0;

	err_prog = bench.name;
	while (common[n].name)
		n++;
	for (const struct role *r = bench.roles; r->name; r++, i++) {
		snprintf(names[i], sizeof(names[i]), "%s-cpus", r->name);
		common[n++] = (struct opt){
			names[i], OPT_CPUS, &opt_cpus[i], "", NULL,
			"pin these actors there, one after the other; empty: "
			"all CPUs that are allowed, the first one last" };
	}
	ret = opt_parse(&prog, argc, argv);
	if (ret < 0)
		return EXIT_BAD;
	if (ret < argc) {
		err_say("'%s': there are only options", argv[ret]);
		return EXIT_BAD;
	}
	if (opt_describe)
		return describe();
	why = bench.bad ? bench.bad() : NULL;
	if (!why && opt_exact)
		why = exact_ops();
	for (i = 0; opt_place && !why && bench.roles[i].name; i++)
		if (played(&bench.roles[i]) && !*opt_cpus[i])
			why = "--place is but a name; a CPU list for every "
			      "role goes with it";
	if (why) {
		err_say("%s", why);
		return EXIT_BAD;
	}
	nr_events = count_parse(opt_events, event, reason, sizeof(reason));
	if (nr_events < 0) {
		err_say("--%s", reason);
		return EXIT_BAD;
	}
	why = cannot();
	if (!why)
		why = uncountable();
	if (why) {
		err_say("%s", why);
		return EXIT_SKIP;
	}
	if (opt_may) {
		printf("overhead %.3f\n", overhead());
		return err_end(EXIT_OK);
	}

	why = opt_exact ? clock_count() : NULL;
	if (why) {
		err_say("%s", why);
		return EXIT_VOID;
	}
	ret = prepare();
	if (ret) {
		err_say("%s", ret == -EBUSY ? undo_lock_holder() :
			strerror(-ret));
		return EXIT_FAIL;
	}
	ret = measure();
	undone = undo_all();
	if (ret >= 0 && undone < 0) {
		bench_why("undo: %s", strerror(-undone));
		ret = undone;
	}
	if (ret >= 0 && ret != EXIT_SKIP) {
		int error = print_sample();

		if (error) {
			bench_why("writing the sample: %s", strerror(-error));
			ret = error;
		}
	}
	if (ret)
		err_say("%s", stopped ? strsignal(stopped) : ctl->why);
	if (stopped && ret)
		return 128 + stopped;
	return ret < 0 ? EXIT_FAIL : ret;
}
