// SPDX-License-Identifier: GPL-2.0-or-later
/* bench-main - from options to one sample */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "bench-own.h"
#include "cg.h"
#include "cpus.h"
#include "err.h"
#include "limit.h"
#include "node.h"
#include "tg.h"
#include "undo.h"
#include "watch.h"

/* Exact mode: samples of an actor. */
#define EXACT_OPS	300
#define EXACT_LEAST	20
#define EXACT_MAX	65536

static void on_signal(int sig)
{
	bench_stopped = sig;
}

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
		int nr = bench_set.cpus[r] && *bench_set.cpus[r] ?
			cpus_parse(bench_set.cpus[r], cpu, CPUS_MAX) : 0;

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
		       (bench_set.exact ? bench_set.ops * sizeof(uint64_t) : 0);
	const char *why = tg_missing(2 * nr);	/* each has a child */

	if (!why)	/* and a few of its own */
		why = limit_files(nr * bench_nr_events + 16);
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
	if (!why && *bench_set.memory)
		why = node_missing(bench_set.memory);
	if (why)
		return why;
	if (bench.needs.root && geteuid())
		return "needs root";
	return bench.needs.missing ? bench.needs.missing() : NULL;
}

/* Seconds beyond warm-up and time: set-up, and operations that are slow. */
static double overhead(void)
{
	double s = bench.needs.overhead ? bench.needs.overhead() : 0.01;
	double pace = bench.needs.pace ? bench.needs.pace() : 0;

	s += cg_own_seconds();
	if (bench_set.exact)
		return s + pace * bench_set.ops;
	if (pace > bench_set.warmup)
		s += pace - bench_set.warmup;
	if (pace * bench_set.min_ops > bench_set.time)
		s += pace * bench_set.min_ops - bench_set.time;
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

	bench_nr_actors = actors_wanted();
	if (*bench_set.memory) {
		int ret = node_bind(bench_set.memory);

		if (ret)
			return ret;
	}
	bench_ctl = bench_shared(sizeof(*bench_ctl));
	bench_actors = bench_shared(bench_nr_actors * sizeof(*bench_actors));
	if (!bench_ctl || !bench_actors)
		return -ENOMEM;
	for (unsigned int i = 0; bench_set.exact && i < bench_nr_actors; i++) {
		bench_actors[i].each = bench_shared(bench_set.ops * sizeof(uint64_t));
		if (!bench_actors[i].each)
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

	if (bench_set.ops > EXACT_MAX)
		return "--exact keeps every sample: --ops is at most 65536";
	if (bench_set.ops)
		return NULL;
	bench_set.ops = set_up > 0.1 ? EXACT_OPS * 0.1 / set_up : EXACT_OPS;
	if (bench_set.ops < EXACT_LEAST)
		bench_set.ops = EXACT_LEAST;
	return NULL;
}

/* Limits that cannot be read in here: those around a pid namespace, say. */
static int no_room(void)
{
	size_t n = strlen(bench_ctl->why);

	snprintf(bench_ctl->why + n, sizeof(bench_ctl->why) - n, "%s%s", n ? "; " : "",
		 "some limit of tasks or memory, perhaps of an outer pid "
		 "namespace");
	bench_ctl->said = 1;
	return EXIT_SKIP;
}

/* 0, EXIT_VOID, EXIT_SKIP, or -errno; the reason is in bench_ctl->why. */
static int measure(void)
{
	int ret = bench_place();
	const char *shared = bench_nr_events && !ret ? bench_shared_cpu() : NULL;

	if (shared) {
		bench_why("%s", shared);
		return EXIT_SKIP;
	}
	if (!ret && bench.setup)
		ret = bench.setup();
	if (ret == -EAGAIN)
		ret = no_room();
	if (bench_not_permitted(ret))
		bench_ctl->skip = 1;
	if (!ret && bench_stopped)
		ret = -EINTR;
	if (!ret)
		ret = bench_start();
	if (!ret)
		ret = bench_watch();
	if (!ret)
		ret = bench_phases();
	watch_end();
	if (!ret && bench.verify && bench.verify())
		ret = EXIT_VOID;
	if (!ret && *bench_set.memory && bench_check_memory())
		ret = EXIT_VOID;
	if (ret < 0)
		bench_why("%s", strerror(-ret));
	bench_end(ret >= 0);
	if (bench.cleanup)
		bench.cleanup();
	return ret < 0 && bench_ctl->skip && !bench_stopped ? EXIT_SKIP : ret;
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

/* Where the actors of each role run is an option of its own. */
static void add_role_options(void)
{
	static char names[MAX_ROLES][64];
	int n = 0, i = 0;

	while (bench_common[n].name)
		n++;
	for (const struct role *r = bench.roles; r->name; r++, i++) {
		snprintf(names[i], sizeof(names[i]), "%s-cpus", r->name);
		bench_common[n++] = (struct opt){
			names[i], OPT_CPUS, &bench_set.cpus[i], "", NULL,
			"pin these actors there, one after the other; empty: "
			"all CPUs that are allowed, the first one last" };
	}
}

static int parse(int argc, char **argv)
{
	static const struct opt no_opts[] = { OPT_END };
	const struct opt_prog prog = {
		.name = bench.name, .summary = bench.summary,
		.usage = "[OPTION]...",
		.tables = { bench.opts ? bench.opts : no_opts, bench_axes,
			    bench_common, bench_hidden, NULL },
		.more = more_help(),
	};
	int ret;

	add_role_options();
	ret = opt_parse(&prog, argc, argv);
	if (ret < 0)
		return EXIT_BAD;
	if (ret < argc) {
		err_say("'%s': there are only options", argv[ret]);
		return EXIT_BAD;
	}
	return EXIT_OK;
}

/* Are the options right, each by itself and all together? */
static int check(void)
{
	const char *why = bench.bad ? bench.bad() : NULL;
	char reason[200];

	if (!why && bench_set.exact)
		why = exact_ops();
	for (int i = 0; bench_set.place && !why && bench.roles[i].name; i++)
		if (bench_played(&bench.roles[i]) && !*bench_set.cpus[i])
			why = "--place is but a name; a CPU list for every "
			      "role goes with it";
	if (why) {
		err_say("%s", why);
		return EXIT_BAD;
	}
	bench_nr_events = count_parse(bench_set.events, bench_event, reason,
				      sizeof(reason));
	if (bench_nr_events < 0) {
		err_say("--%s", reason);
		return EXIT_BAD;
	}
	why = cannot();
	if (!why)
		why = bench_uncountable();
	if (why)
		err_say("%s", why);
	return why ? EXIT_SKIP : EXIT_OK;
}

/* Measured and undone, then printed. As measure(). */
static int sample(void)
{
	int ret = measure(), undone = undo_all(), error;

	if (ret >= 0 && undone < 0) {
		bench_why("undo: %s", strerror(-undone));
		ret = undone;
	}
	if (ret < 0 || ret == EXIT_SKIP)
		return ret;
	error = bench_print();
	if (!error)
		return ret;
	bench_why("writing the sample: %s", strerror(-error));
	return error;
}

int main(int argc, char **argv)
{
	const char *why;
	int ret;

	err_prog = bench.name;
	ret = parse(argc, argv);
	if (!ret && bench_set.describe)
		return bench_describe();
	if (!ret)
		ret = check();
	if (ret)
		return ret;
	if (bench_set.check) {
		printf("overhead %.3f\n", overhead());
		return err_end(EXIT_OK);
	}

	why = bench_set.exact ? clock_count() : NULL;
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
	ret = sample();
	if (ret)
		err_say("%s", bench_stopped ? strsignal(bench_stopped) :
			bench_ctl->why);
	if (bench_stopped && ret)
		return 128 + bench_stopped;
	return ret < 0 ? EXIT_FAIL : ret;
}
