// SPDX-License-Identifier: GPL-2.0-or-later
/* bench-opts - options that every benchmark has */
#define _GNU_SOURCE

#include "bench-own.h"

struct opt bench_common[BENCH_COMMON] = {
	{ "time", OPT_TIME, &bench_set.time, "1", "0.001..86400",
	  "how long to measure" },
	{ "warmup", OPT_TIME, &bench_set.warmup, "0.1", "0..86400",
	  "how long to run before that; at least one operation each" },
	{ "ops", OPT_UINT, &bench_set.ops, "0", "0..1000000000000",
	  "measure this many operations per actor instead; 0: by time" },
	{ "min-ops", OPT_UINT, &bench_set.min_ops, "1", "1..1000000000",
	  "go on until every actor has done this many, even past the time" },
	{ "exact", OPT_FLAG, &bench_set.exact, NULL, NULL,
	  "count instructions instead of time, in a guest whose clock counts "
	  "them (./run.sh lab --exact); every sample is kept, --ops of each "
	  "actor, a few hundred if that is 0" },
	{ "events", OPT_LIST, &bench_set.events, "", NULL,
	  "count these events, as encoded by 'forkpath-runner events'" },
};

/* Part of every program's points, but only where they are given. */
const struct opt bench_axes[] = {
	{ "place", OPT_WORD, &bench_set.place, NULL, NULL,
	  "name of the CPU lists given with it, for the record" },
	{ "memory", OPT_CPUS, &bench_set.memory, "", NULL,
	  "take memory from these NUMA nodes; void if it is elsewhere" },
	OPT_END
};

const struct opt bench_hidden[] = {
	{ "lat", OPT_PATH, &bench_set.lat, NULL, NULL,
	  "write the distribution of latencies to this file" },
	{ "describe", OPT_FLAG, &bench_set.describe, NULL, NULL,
	  "print options, roles and needs for programs, measure nothing" },
	{ "check", OPT_FLAG, &bench_set.check, NULL, NULL,
	  "say whether this point can run here, measure nothing" },
	OPT_END
};
