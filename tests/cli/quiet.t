#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# quiet.t - who waits for a measurement does not disturb it
#
# wait4(2) and waitid(2) take tasklist_lock, a lock of what is measured: while
# actors are at work neither the harness nor the runner asks whether they have
# ended. Judged by counts: a longer repetition takes no more of these calls
# than a short one, nor does the runner wake up more often.

. tests/lib.sh

export FORKPATH_JOURNAL_DIR=$tmp/journal
# Calls may differ by how the words of a program are cut into pieces.
some=8

asked() { # WHO WHAT: times, in the last run; nothing if there was no such
	awk -v who="$1" -v what="$2" '$1 == who && $2 == what { print $3 }' \
		<<<"$out"
}

# PROGRAM's calls WHAT... are not more in the second run than in the first.
no_more() { # NAME PROGRAM FIRST SECOND WHAT...
	local what a b

	for what in "${@:5}"; do
		out=$3 a=$(asked "${2:0:15}" "$what")
		out=$4 b=$(asked "${2:0:15}" "$what")
		out="$what: $a and $b times"
		true_that "$1: ${what}s" \
			[ "${a:-x}" -ge 0 -a "$b" -le $((a + some)) ]
	done
}

conf() { # SECONDS
	cat >"$tmp/$1.conf" <<-END
	# Why?
	[question]
	title = Is it quiet?
	repeat = 1
	[null quiet]
	time = $1
	warmup = 0.01
	END
}

run build/tests/gen/asks build/bench/null --time 0.05
if [ $code -eq 77 ]; then
	skip "who waits is quiet" "no seccomp filter that tells another process"
	done_testing
	exit
fi
is "asked for a short time" 0 "null wait "
true_that "a harness does not ask whether actors live" \
	[ "$(asked null wait)" = 0 ]
run build/tests/gen/asks build/bench/null --time 1
true_that "nor for a longer time" [ "$(asked null wait)" = 0 ]

conf 0.05
conf 1.5
run build/tests/gen/asks build/forkpath-runner run "$tmp/0.05.conf" \
	--out "$tmp/short"
is "a short repetition" 0 "forkpath-runner wait " "1 ok"
short=$out
# Whoever is killed at the end dies in his own time, on a busy machine: the
# quietest of three.
for i in 1 2 3; do
	run build/tests/gen/asks build/forkpath-runner run "$tmp/1.5.conf" \
		--out "$tmp/long$i"
	[ "$(asked forkpath-runner sleep)" -gt \
		$(($(sed -n 's/^forkpath-runner sleep //p' <<<"$short") + some)) \
		] || break
done
is "a long one" 0 "forkpath-runner wait " "1 ok"
no_more "the runner" forkpath-runner "$short" "$out" wait sleep
done_testing
