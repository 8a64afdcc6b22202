// SPDX-License-Identifier: GPL-2.0-or-later
/* stress - what the stress tests share */
#define _GNU_SOURCE
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "err.h"
#include "stress.h"
#include "undo.h"

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
	if (ret) {
		bench_skip("pid_max to " PID_MAX_LIMIT ": %s (a kernel with "
			   "CONFIG_BASE_SMALL takes less)", strerror(-ret));
		return ret;
	}
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

int stress_unmoved(const struct cg *to, int err)
{
	if (err == -ENOMEM)
		return stress_failed(err, "cgroup.procs of %s", to->path);
	return stress_broke("cgroup.procs of %s: %s", to->path,
			    strerror(-err));
}
