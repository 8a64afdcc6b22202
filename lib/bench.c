// SPDX-License-Identifier: GPL-2.0-or-later
/* bench - the harness: what benchmarks call, and the actors */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "bench-own.h"
#include "bench.h"
#include "cpus.h"
#include "err.h"
#include "mark.h"
#include "tg.h"

#define SPIN_NS		50000

struct bench_set bench_set;
struct bench_ctl *bench_ctl;
struct actor *bench_actors;
unsigned int bench_nr_actors;

/* The first reason is the reason. */
static bool first_reason(void)
{
	return !bench_ctl ||
	       !__atomic_exchange_n(&bench_ctl->said, 1, __ATOMIC_ACQ_REL);
}

static void say_why(const char *fmt, va_list ap)
{
	static char before[sizeof(bench_ctl->why)];

	err_vtext(bench_ctl ? bench_ctl->why : before, sizeof(before), fmt, ap);
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

int bench_room(unsigned long nr)
{
	int ret = tg_room(nr);

	if (ret)
		bench_why("room for %lu tasks: pid_max or threads-max is too "
			  "low", nr);
	return ret;
}

char bench_doubts[BENCH_DOUBTS];

void bench_unverified(const char *what, const char *why)
{
	if (strstr(bench_doubts, what))
		return;		/* of another actor */
	snprintf(bench_doubts + strlen(bench_doubts), sizeof(bench_doubts) -
		 strlen(bench_doubts), "%s%s", *bench_doubts ? "," : "", what);
	err_say("beware: not verified: %s: %s", what, why);
}

void bench_skip(const char *fmt, ...)
{
	va_list ap;

	if (!first_reason())
		return;
	if (bench_ctl)
		bench_ctl->skip = 1;
	va_start(ap, fmt);
	say_why(fmt, ap);
	va_end(ap);
}

/* A machine that does not let us, which is not one that fails. */
bool bench_not_permitted(int err)
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
	for (unsigned int i = 0; i < bench_nr_actors; i++)
		if (bench_actors[i].nr == nr && !strcmp(bench_actors[i].role->name, role))
			return &bench_actors[i];
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
	for (unsigned int i = 0; i < bench_nr_actors; i++)
		if (!strcmp(bench_actors[i].role->name, role))
			lat_merge(&sum, &bench_actors[i].lat);
	return &sum;
}

double bench_seconds(const char *role)
{
	double sum = 0;
	unsigned int n = 0;

	for (unsigned int i = 0; i < bench_nr_actors; i++) {
		if (strcmp(bench_actors[i].role->name, role))
			continue;
		sum += (bench_actors[i].end - bench_actors[i].begin) / 1e9;
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
	__atomic_store_n(&bench_ctl->failed, 1, __ATOMIC_RELEASE);
}

static void actor_enter(struct actor *a, unsigned int nr)
{
	int ret = a->role->enter(nr);

	if (bench_not_permitted(ret))
		bench_ctl->skip = 1;
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
	return a->role == bench.roles ? EXACT_WARM(bench_set.ops) : 1;
}

static void actor_loop(struct actor *a, struct lat *lat, uint32_t until,
		       uint64_t limit)
{
	int ret;

	lat->phase = &bench_ctl->gate.phase;
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
	if (bench_set.exact)
		lat_keep(&a->lat, a->each, bench_set.ops);
	if (ret)
		actor_fail(a, ret, "pinning");
	else if (a->role->enter && !(a->role->shared && a->role->shared()))
		actor_enter(a, a->nr);
	gate_arrive(&bench_ctl->gate);

	gate_wait(&bench_ctl->gate, GATE_WARM);
	if (bench_set.exact)
		actor_loop(a, &a->other, GATE_COOL, exact_warm(a));
	else
		actor_loop(a, &a->other, GATE_MEASURE, UINT64_MAX);
	gate_wait(&bench_ctl->gate, GATE_MEASURE);

	if (a == bench_actors)
		mark_first();
	a->begin = clock_ns();
	actor_loop(a, &a->lat, GATE_COOL, bench_set.ops ? bench_set.ops : UINT64_MAX);
	a->end = clock_ns();
	if (a == bench_actors)
		mark_last();
	__atomic_store_n(&a->measured, 1, __ATOMIC_RELEASE);
	gate_arrive(&bench_ctl->gate);

	actor_loop(a, &a->other, GATE_STOP, UINT64_MAX);
	gate_arrive(&bench_ctl->gate);
	gate_wait(&bench_ctl->gate, GATE_EXIT);
	return NULL;
}

/* A process of N bench_actors; more than one are threads of one group. */
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
			gate_arrive(&bench_ctl->gate);
		}
	}
	actor_run(a);
	_exit(0);
}

/* Who runs where; nobody runs yet. 0 or -errno. */
int bench_place(void)
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

		if (bench_set.cpus[i] && *bench_set.cpus[i])
			nr_chosen = cpus_parse(bench_set.cpus[i], chosen, CPUS_MAX);
		for (unsigned int k = 0; k < n; k++, at++) {
			struct actor *a = &bench_actors[at];

			a->role = r;
			a->nr = k;
			/* The first CPU has the interrupts: it comes last. */
			a->cpu = nr_chosen > 0 ? chosen[k % nr_chosen] :
				 allowed[next++ % nr_allowed];
		}
	}
	return 0;
}

int bench_start(void)
{
	pid_t parent = getpid();
	unsigned int at = 0;

	for (const struct role *r = bench.roles; r->name; r++) {
		unsigned int n = r->nr ? *r->nr : 1;
		unsigned int each = r->shared && r->shared() ? n : 1;

		for (unsigned int k = 0; k < n; k += each, at += each) {
			struct actor *a = &bench_actors[at];
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
