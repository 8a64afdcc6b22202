#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# large.t - the largest group that is moved: six seconds of CPU to build it

. tests/lib.sh

if root "100,000 threads" && has "100,000 threads" v2; then
	free=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)
	max=$(cat /proc/sys/kernel/threads-max)
	if [ "$free" -lt 4000000 ] || [ "$max" -lt 110000 ]; then
		skip "100,000 threads" "needs 4 GB and threads-max 110000"
	else
		run build/bench/attach --threads 100000 --ops 2 --warmup 0
		if [ "$code" -eq 4 ]; then
			skip "100,000 threads are moved whole" "$out"
		else
			is "100,000 threads are moved whole" 0 "threads=100000"
		fi
	fi
fi
true_that "nothing is left behind" leftovers
done_testing
