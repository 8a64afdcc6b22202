#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# early.t - a set-up that ends early: said, and nothing is closed twice
#
# Every benchmark, stress test and load where it can make no directory, and
# where it can start no process. Clean-up then meets what was never made, and
# a descriptor that was never opened is 0 in memory that was never set: who
# closes it is killed by the filter (tests/gen/refuse).

. tests/lib.sh
export FORKPATH_JOURNAL_DIR=$tmp/journal
refuse=build/tests/gen/refuse

root "set-ups that end early" || { done_testing; exit; }
run $refuse fork true
if [ "$code" -eq 4 ]; then
	skip "set-ups that end early" "$out"
	done_testing
	exit
fi
run $refuse fork bash -c 'exec 0<&-'
true_that "descriptor 0 is watched" [ "$code" -gt 128 ]

while IFS= read -r p; do
	case $p in
	build/bench/*)	limit=60 options=(--time 0.02) ;;
	*)		limit=0.3 options=() ;;	# stays until it is told
	esac
	for what in mkdir fork; do
		run timeout $limit $refuse $what "$p" "${options[@]}" </dev/null
		[ "$code $limit" != "124 60" ] && [ "$code" -le 124 ]
		result $? "$p, no $what"
	done
done < <(find build/bench build/workloads -type f -perm -u+x | sort)
true_that "nothing is left behind" [ -z "$(find "$tmp/journal" -type f \
	-name '[0-9]*')" ]
# What a program that was killed left: its journal goes with this test.
build/forkpath-runner clean >/dev/null 2>&1
done_testing
