// SPDX-License-Identifier: GPL-2.0-or-later
/* order - a benchmark that says on stderr when it is called, and counts */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

static int fail;
static unsigned long actors, rounds;
static int pool;
static uint64_t *done;		/* rounds that are measured, of ten operations */

enum {
	FAIL_NO, FAIL_SETUP, FAIL_ENTER, FAIL_FORBIDDEN, FAIL_LOOP, FAIL_VERIFY,
	FAIL_DIE,
};

static const struct opt opts[] = {
	{ "fail", OPT_CHOICE, &fail, "no",
	  "no setup enter forbidden loop verify die",
	  "where to fail" },
	{ "actors", OPT_UINT, &actors, "1", "1..64", "how many" },
	{ "pool", OPT_CHOICE, &pool, "own", "own shared", "processes or threads" },
	{ "rounds", OPT_UINT, &rounds, "0", "0..1000", "that are enough" },
	OPT_END
};

static void say(const char *what)
{
	dprintf(2, "order: %s\n", what);
}

static bool shared(void)
{
	return pool;
}

static int setup(void)
{
	say("setup");
	done = bench_shared(sizeof(*done));
	if (fail == FAIL_SETUP)
		bench_why("told to fail in setup");
	return fail == FAIL_SETUP ? -EINVAL : 0;
}

static int enter(unsigned int nr)
{
	(void)nr;
	say("enter");
	if (fail == FAIL_FORBIDDEN)
		return -EPERM;
	return fail == FAIL_ENTER ? -EIO : 0;
}

static int loop(unsigned int nr, struct lat *lat)
{
	unsigned int n = 0;

	(void)nr;
	say("loop");
	if (fail == FAIL_DIE)
		_exit(7);
	while (loop_more(lat)) {
		usleep(100);
		lat_add(lat, 100000);
		if (fail == FAIL_LOOP)
			return -EIO;
		if (lat->counts && ++n % 10 == 0)
			__atomic_add_fetch(done, 1, __ATOMIC_RELAXED);
	}
	return 0;
}

static bool enough(void)
{
	return __atomic_load_n(done, __ATOMIC_RELAXED) >= rounds;
}

static int verify(void)
{
	say("verify");
	if (fail == FAIL_VERIFY)
		bench_why("told to find nothing right");
	return fail == FAIL_VERIFY;
}

static void cleanup(void)
{
	say("cleanup");
}

static double answer(void)
{
	return 42;
}

const struct bench bench = {
	.name = "order",
	.summary = "test of the harness",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "actor", .nr = &actors, .shared = shared,
		  .enter = enter, .loop = loop },
		{ .name = NULL },
	},
	.counters = (const struct counter[]){
		{ "answer", "things", "higher", answer },
		{ .name = NULL },
	},
	.setup = setup,
	.enough = enough,
	.verify = verify,
	.cleanup = cleanup,
};
