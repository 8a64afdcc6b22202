#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# placement.t - place and memory, from a config to the record of a run
#
# Which CPUs a place has is tested in runner-place.c, on machines that are
# not here; the lab runs it on nodes that are.

. tests/lib.sh

conf() { # LINES...: $tmp/q.conf
	printf '# Why?\n[question]\ntitle = Where?\n' >"$tmp/q.conf"
	printf '%s\n' "$@" >>"$tmp/q.conf"
}
plan() { run build/forkpath-runner plan "$tmp/q.conf" --events none; }

conf '[clone near]' 'cloners = 2' 'place = same-core near'
plan
is "no such place" 2 "q.conf:6: place: 'near' is not one of: same-core"
conf '[clone near]' 'cloners = 2' 'place = same-core' 'cloner-cpus = 0'
plan
is "a place and CPUs" 2 "q.conf:7: cloner-cpus: place finds the CPUs"
run build/bench/clone --place farthest
is "a place without CPUs is nowhere" 2 "--place is but a name"
long=$(printf 'x%.0s' {1..300})
run build/bench/null --place "$long" --null-cpus "$(taskset -cp $$ |
	sed 's/.*: //; s/[-,].*//')" --ops 3
is "a long name of a place is recorded whole" 0 "/place=$long "
run build/bench/clone --cloner-cpus 8191 --check
is "a CPU that is not here" 4 "CPU 8191: not there, or not allowed"
run build/bench/clone --memory 1023 --check
is "a node that is not here" 4 "memory: "

# The CPUs of a machine that is not here: planned, and skipped.
HWLOC_SYNTHETIC="pack:2 [numa] l3:2 core:4 pu:2"
export HWLOC_SYNTHETIC
conf '[clone-attach near]' 'cloners = 2' \
	'place = same-core other-node farthest'
plan
is "another machine's plan" 0 "cloner-cpus=16,18 attacher-cpus=2" \
	"no two nodes are farther apart" "place=other-node" \
	"1 core with 3 threads"
conf '[clone all]' 'kind = fork' 'cloners = 3 1..cpus' 'place = compact spread'
plan
is "the whole machine" 0 "cloner-cpus=2,16,4"$'\t' "cloner-cpus=2,4,6,8"$'\t'
true_that "1..cpus: doubled up to all CPUs" [ "$(sed -n \
	's/.*kind=fork.* cloners=\([0-9]*\) .*place=spread/\1/p' <<<"$out" |
	sort -nu | tr '\n' ' ')" = "1 2 3 4 8 16 32 " ]
conf '[rwlock near]' 'readers = 3' 'place = other-node'
plan
is "a role that nobody plays has no place" 0 "reader-cpus=2,16,18"
conf '[clone-attach near]' 'cloners = 2' 'place = other-node'
plan
true_that "none of it can run here" test \
	"$(grep -c $'\trun\t' <<<"$out")" = 0 -o "$(nproc)" -ge 32
is "said to be of another machine" 0 \
	"# note HWLOC_SYNTHETIC is set: this is the plan of another machine"
run build/forkpath-runner run "$tmp/q.conf" --events none --out "$tmp/other"
is "to measure here by another machine's places is refused" 2 \
	"HWLOC_SYNTHETIC is set: it shows another machine than is measured"
true_that "before anything is made" test ! -e "$tmp/other"
run build/forkpath-runner meta
is "the conditions, with a warning" 0 "beware: HWLOC_SYNTHETIC is set"
HWLOC_SYNTHETIC="pack:1 core:8 pu:1"
conf '[clone-attach near]' 'place = same-cache same-node'
plan
true_that "what shares a cache is not known: none is taken for near" test \
	"$(grep -c 'skip.*: which CPUs share a cache is not known here' \
	<<<"$out")" = 2
unset HWLOC_SYNTHETIC

# Here: whatever place this machine has, and memory of the first node.
conf '[clone near]' 'cloners = 2' 'time = 0.05' 'warmup = 0.01' \
	'place = same-core same-cache same-node other-node farthest' \
	'[clone memory]' 'memory = 0' 'time = 0.05' 'warmup = 0.01'
run build/forkpath-runner run "$tmp/q.conf" --events none --out "$tmp/r"
is "a run" 0
planned=$(awk -F'\t' '$4 == "clone" && $7 == "run" && /place=/ {
	split($9, c, "cloner-cpus="); print c[2] }' "$tmp/r/plan.tsv")
ran=$(awk '/^# conditions/ { split($0, c, "cloner-cpus=") }
	/^Benchmark.*\/place=/ { print c[2] }' "$tmp/r/q.sample")
if [ -z "$planned" ]; then
	skip "actors ran where the plan has them" "no place of any kind here"
else
	out="planned: $planned, ran: $ran"
	# 0,1 is written 0-1 where neighbours follow.
	true_that "actors ran where the plan has them" test \
		"$(tr -d ',-' <<<"$ran" | sort)" = \
		"$(tr -d ',-' <<<"$planned" | sort)"
	true_that "the record has the place" grep -q '^Benchmark.*/place=' \
		"$tmp/r/q.sample"
fi
if build/bench/clone --memory 0 --check >/dev/null 2>&1; then
	true_that "the record has the memory" grep -q \
		'^Benchmark.*/memory=0 ' "$tmp/r/q.sample"
else
	skip "the record has the memory" \
		"$(build/bench/clone --memory 0 --check 2>&1)"
fi
run build/forkpath-analysis report "$tmp/r" --full
is "a report" 0 "memory=0"
true_that "nothing is left behind" leftovers
done_testing
