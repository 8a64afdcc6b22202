#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# adding.t - a question is one file, a benchmark two, and nothing else
#
# Both are added to a copy of the tree, built, run by the runner, and answered
# in the report. Whether it is more or less is left to the machine.

. tests/lib.sh

mkdir -m 700 "$tmp/journal"
export FORKPATH_JOURNAL_DIR=$tmp/journal
tree=$tmp/tree
mkdir -p "$tree/build"
cp -a Makefile analysis bench common configs lib runner workloads "$tree"
# What is built already, and nothing that the new files are to bring.
(cd build && cp -a --parents analysis/*.o analysis/*/*.o common lib lib.a \
	common.a runner forkpath-runner forkpath-analysis bench workloads/idle* "$tree/build")
words() { # COMMAND...: as run; what was laid out for people on one line
	run "$@"
	out=$(tr -s ' \n' ' ' <<<"$out")
}

answer() { # CONFIG ASKS SENTENCE: run it; the answer, in words and as data
	run "$tree/build/forkpath-runner" run "$1" --events none --seed 1 \
		--out "$tmp/$1"
	is "$1: it runs" 0
	words "$tree/build/forkpath-analysis" report --full "$tmp/$1"
	is "$1: its answer is in the report" 0 "$2" "$3"
	run "$tree/build/forkpath-analysis" report --format json "$tmp/$1"
	is "$1: and in the report's JSON" 0 "$2" "$3"
}

# --- a question: one file under configs/
cat >"$tree/configs/birth.conf" <<'EOC'
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is born sooner?
[question]
title = What is born sooner?
repeat = 6

[clone created]
kind = thread fork
time = 0.05

[answer birth]
asks = Is a thread born sooner than a process?
figure = cloner-p50-ns
called = p50
base = clone kind=thread
by = kind
EOC
words "$tree/build/forkpath-runner" list
is "a question: it is listed" 0 "birth What is born sooner?"
answer birth "Is a thread born sooner than a process?" \
	" with kind=fork, compared with "

# --- a benchmark: one file under bench/, one under configs/
cat >"$tree/bench/getppid.c" <<'EOC'
// SPDX-License-Identifier: GPL-2.0-or-later
/* getppid - batches of a system call that does next to nothing */
#include <unistd.h>

#include "bench.h"

static unsigned long batch;

static const struct opt opts[] = {
	{ "batch", OPT_UINT, &batch, "1", "1..1000", "calls per operation" },
	OPT_END
};

static int loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	while (loop_more(lat)) {
		uint64_t begin = clock_ns();

		for (unsigned long i = 0; i < batch; i++)
			getppid();
		lat_add(lat, clock_ns() - begin);
	}
	return 0;
}

const struct bench bench = {
	.name = "getppid",
	.summary = "batches of a system call",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "caller", .loop = loop },
		{ .name = NULL },
	},
};
EOC
cat >"$tree/configs/getppid.conf" <<'EOC'
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What does a batch of system calls cost?
[question]
title = What does a batch of system calls cost?
repeat = 6

[getppid enter]
batch = 1 100
time = 0.05

[answer batch]
asks = Does a batch of a hundred calls take longer than one call?
figure = caller-p50-ns
called = p50
base = getppid batch=1
by = batch
EOC
run make -s -C "$tree" build/bench/getppid build/forkpath-runner \
	build/forkpath-analysis
is "a benchmark: it is built" 0
words "$tree/build/forkpath-runner" list
is "a benchmark: it is listed" 0 "getppid batches of a system call"
answer getppid "Does a batch of a hundred calls take longer than one call?" \
	" with batch=100, compared with "
done_testing
