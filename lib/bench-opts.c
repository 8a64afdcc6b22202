// SPDX-License-Identifier: GPL-2.0-or-later
/* bench-opts - options that every benchmark has */
#define _GNU_SOURCE

#include "bench-own.h"

struct opt bench_common[BENCH_COMMON] = {
	{ "time", OPT_TIME, &bench_set.time, "1", "0.001..86400",
	  "measure for so long" },
	{ "warmup", OPT_TIME, &bench_set.warmup, "0.1", "0..86400",
	  "run for so long before, at least one operation each" },
	{ "ops", OPT_UINT, &bench_set.ops, "0", "0..1000000000000",
	  "measure so many operations per actor instead; 0: by time" },
	{ "min-ops", OPT_UINT, &bench_set.min_ops, "1", "1..1000000000",
	  "go on until every actor has done so many, even past the time" },
	{ "exact", OPT_FLAG, &bench_set.exact, NULL, NULL,
	  "count instructions, not time: in a guest whose clock they are "
	  "(./run.sh lab --exact); every sample is kept, --ops of each actor, "
	  "a few hundred if that is 0" },
	{ "events", OPT_LIST, &bench_set.events, "", NULL,
	  "count these, as 'forkpath-runner events' has encoded them" },
};

/* Part of every program's points, but only where they are given. */
const struct opt bench_axes[] = {
	{ "place", OPT_WORD, &bench_set.place, NULL, NULL,
	  "what the CPU lists given with it are called, for the record" },
	{ "memory", OPT_CPUS, &bench_set.memory, "", NULL,
	  "take memory from these NUMA nodes; void if it lies elsewhere" },
	OPT_END
};

const struct opt bench_hidden[] = {
	{ "lat", OPT_PATH, &bench_set.lat, NULL, NULL,
	  "write the distribution of latencies there" },
	{ "describe", OPT_FLAG, &bench_set.describe, NULL, NULL,
	  "print options, roles and needs for programs, measure nothing" },
	{ "check", OPT_FLAG, &bench_set.check, NULL, NULL,
	  "say whether this point can run here, measure nothing" },
	OPT_END
};
