#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench-v2.t - benchmarks that need controllers in v2, which this machine may
# not pass on, and those that are wrong on purpose
#
# LAB_KERNEL is the release (or image) that is booted, once, everything in v2.
# beside: measures nothing on this machine

. tests/lib.sh

export FORKPATH_JOURNAL_DIR=$tmp/journal

has_kernel "controllers of v2" || { done_testing; exit; }
good=(
	"container --limits pids+memory+cpu"
	"container --limits pids --how into"
	"container --how into --do probe"
	"clone --kind clone3-into-cgroup"
	"enable --tasks 3"
	"pidns --depth 3"
	"clone-in --hierarchy v2-all --depth 2"
	"clone-in --hierarchy v2-pids+memory"
	"throttle --state throttled --threads 3"
	"throttle --state running"
)
# PROGRAM OPTION...: WHAT IT SAYS
void=(
	"container-unlimited --limits pids: read as they were set"
	"container-lax --limits pids: do not exhaust it"
	"container-beside --how into --do probe: children took"
	"clone-beside --kind clone3-into-cgroup: children took"
	"enable-overcount: times on and off"
	"enable-unswitched: saw 0 writes"
	"clone-in-plain --hierarchy v2-all: has not all controllers of v2-all"
	"throttle-asleep: counts 0 periods in which the quota"
	"pidns-outside --depth 3: namespace gives number 2, not"
)
add=()
{
	for b in "${good[@]}" "${void[@]%%:*}"; do
		file=build/bench/${b%% *}
		[ -e "$file" ] || file=build/tests/bench/${b%% *}
		add+=(--add "$file:/bin/${b%% *}")
		echo "echo '== $b'; $b --time 0.2 --warmup 0.02 2>&1; echo \"exit \$?\""
	done
} >"$tmp/all.sh"
timeout 600 build/forkpath-lab exec --silence 300 "${add[@]}" --v1 none \
	--add "$tmp/all.sh:/all.sh" "$kernel" -- sh /all.sh >"$tmp/out" 2>&1

guest() { # PROGRAM OPTION...: what it printed, $code
	out=$(sed -n "/^== $1\$/,/^exit /p" "$tmp/out")
	code=$(sed -n 's/^exit //p' <<<"$out")
}
for b in "${good[@]}"; do
	guest "$b"
	is "$b" 0 "-p50-ns "
done
for b in "${void[@]}"; do
	guest "${b%%:*}"
	is "${b%%:*} is void" 3 "${b#*: }"
done
done_testing
