#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# killed.t - benchmarks that are killed with SIGKILL leave nothing behind
#
# A hierarchy of v1 that is unmounted is there for about a second more: what
# has to be waited for here takes half a minute, and hardly any CPU.

. tests/lib.sh

# kill -9: what outlives them is in the journal, and `clean` undoes it.
killed() { # PROGRAM [OPTION]...
	local journals=${FORKPATH_JOURNAL_DIR:-/run/forkpath} i

	"$@" --time 60 >/dev/null 2>&1 &
	for ((i = 0; i < 500; i++)); do
		grep -qsE '^(cgroup|hierarchy)' "$journals/$!"-* && break
		sleep 0.01
	done
	sleep "0.0$((RANDOM % 90 + 10))"	# the moment is the point
	kill -KILL $!
	wait $! 2>/dev/null
	run build/forkpath-runner clean
	[ "$code" -eq 0 ] && leftovers
}

if root "killed" && has "killed" v2; then
	for i in 1 2; do
		for b in "exit --group v1-notify --attachers 2" \
			"pidlist --as processes --tasks 100 --cloners 2" \
			"churn --churners 2 --siblings 20 --depth 2" \
			"release --by v1-agent --alive 0" "release" \
			"freeze --threads 50 --hierarchy v1-freezer" "freeze" \
			"container --groups 30 --spawners 2" \
			"exec --kind thread --siblings 20 --attachers 2" \
			"priority --by throttled" "footprint --of cgroup" \
			"classify --how connector" "sweep --jobs 3" \
			"stress/delegated --hierarchy v2" \
			"stress/all-or-nothing --hierarchy v2"; do
			# shellcheck disable=SC2086 # words of options
			if build/bench/$b --check >/dev/null 2>&1; then
				true_that "killed ($i), nothing remains: $b" \
					killed build/bench/$b
			else
				skip "killed: $b" "cannot run here"
			fi
		done
	done
fi

done_testing
