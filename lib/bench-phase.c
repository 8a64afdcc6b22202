// SPDX-License-Identifier: GPL-2.0-or-later
/* bench-phase - the parent: from phase to phase until all have ended */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "bench-own.h"
#include "node.h"
#include "watch.h"

volatile sig_atomic_t bench_stopped;

/* Has an actor's process died under us? */
static bool actor_lost(void)
{
	siginfo_t info = { .si_pid = 0 };

	if (!watch_stirs())
		return false;
	for (unsigned int i = 0; i < bench_nr_actors; i++) {
		if (bench_actors[i].pid <= 0)
			continue;
		if (!waitid(P_PID, bench_actors[i].pid, &info,
			    WEXITED | WNOHANG | WNOWAIT) && info.si_pid) {
			bench_why("%s %u died (status %d)",
				  bench_actors[i].role->name, bench_actors[i].nr,
				  info.si_status);
			return true;
		}
	}
	return false;
}

/* The processes of the bench_actors; those that share one are one. */
int bench_watch(void)
{
	pid_t *pid = calloc(bench_nr_actors, sizeof(*pid));

	if (!pid)
		return -ENOMEM;
	for (unsigned int i = 0; i < bench_nr_actors; i++)
		if (!i || bench_actors[i].pid != bench_actors[i - 1].pid)
			pid[i] = bench_actors[i].pid;
	watch_start(pid, bench_nr_actors);
	free(pid);
	return 0;
}

static uint64_t fewest(bool measured)
{
	uint64_t few = UINT64_MAX;

	for (unsigned int i = 0; i < bench_nr_actors; i++) {
		const struct lat *l = measured ? &bench_actors[i].lat :
						 &bench_actors[i].other;
		uint64_t ops = __atomic_load_n(&l->ops, __ATOMIC_RELAXED);

		if (ops < few)
			few = ops;
	}
	return few;
}

static bool all_measured(const struct role *of)
{
	for (unsigned int i = 0; i < bench_nr_actors; i++)
		if ((!of || bench_actors[i].role == of) &&
		    !__atomic_load_n(&bench_actors[i].measured, __ATOMIC_ACQUIRE))
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
		uint32_t arrived = __atomic_load_n(&bench_ctl->gate.arrived,
						   __ATOMIC_ACQUIRE);
		/* In exact mode each look would be in somebody's sample. */
		uint64_t now = clock_ns(), nap = bench_set.exact ? 1000000000 :
							     20000000;
		bool done = false;

		if (__atomic_load_n(&bench_ctl->failed, __ATOMIC_ACQUIRE))
			return -ECANCELED;
		switch (what) {
		case UNTIL_ARRIVED:
			done = arrived >= arrivals;
			break;
		case UNTIL_WARM:
			done = now >= deadline && fewest(false) >= 1;
			break;
		case UNTIL_TIME:
			done = now >= deadline &&
			       fewest(true) >= bench_set.min_ops &&
			       (!bench.enough || bench.enough());
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
		if (bench_stopped)
			return -EINTR;
		if (actor_lost())
			return -ECHILD;
		/* Past the deadline a condition is missing: look often. */
		if (seconds > 0 && now < deadline && deadline - now < nap)
			nap = deadline - now;
		else if (seconds > 0 && now >= deadline)
			nap = 1000000;
		gate_sleep(&bench_ctl->gate, arrived, nap);
	}
}

int bench_phases(void)
{
	int ret = parent_wait(UNTIL_ARRIVED, bench_nr_actors, 0);

	if (!ret)
		ret = bench_count_start();
	if (ret)
		return ret;
	gate_open(&bench_ctl->gate, bench_set.exact ? GATE_MEASURE : GATE_WARM);
	if (!bench_set.exact)
		ret = parent_wait(UNTIL_WARM, 0, bench_set.warmup);
	if (ret)
		return ret;
	gate_open(&bench_ctl->gate, GATE_MEASURE);
	if (bench_set.exact)
		ret = parent_wait(UNTIL_FIRST, 0, 0);
	else if (!bench_set.ops)
		ret = parent_wait(UNTIL_TIME, 0, bench_set.time);
	else
		ret = parent_wait(UNTIL_MEASURED, 0, 0);
	if (ret)
		return ret;
	gate_open(&bench_ctl->gate, GATE_COOL);
	ret = parent_wait(UNTIL_MEASURED, 0, 0);
	if (ret)
		return ret;
	gate_open(&bench_ctl->gate, GATE_STOP);
	ret = parent_wait(UNTIL_ARRIVED, 3 * bench_nr_actors, 0);
	return ret ? ret : bench_count_stop();
}

/* EXIT releases those that wait; whoever is stuck in an operation dies. */
void bench_end(bool kindly)
{
	gate_open(&bench_ctl->gate, GATE_EXIT);
	for (unsigned int i = 0; i < bench_nr_actors; i++) {
		if (bench_actors[i].pid <= 0)
			continue;
		if (!kindly)
			kill(bench_actors[i].pid, SIGKILL);
		while (waitpid(bench_actors[i].pid, NULL, 0) < 0 && errno == EINTR)
			;
		/* Threads of one process share its number. */
		for (unsigned int j = i + 1; j < bench_nr_actors; j++)
			if (bench_actors[j].pid == bench_actors[i].pid)
				bench_actors[j].pid = 0;
		bench_actors[i].pid = 0;
	}
}

/* What was touched is where it was to be: 0; else 1, and why. */
int bench_check_memory(void)
{
	char why[200];

	for (unsigned int i = 0; i < bench_nr_actors; i++) {
		const struct actor *a = &bench_actors[i];

		if (!node_check(a->pid, a->stack, bench_set.memory, why, sizeof(why)) &&
		    !node_check(a->pid, &a->lat.ops, bench_set.memory, why,
				sizeof(why)))
			continue;
		bench_why("%s %u: %s", a->role->name, a->nr, why);
		return 1;
	}
	return 0;
}
