#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# counters.t - what the kernel counts against what the benchmarks count
#
# Tracepoints fire on every machine. :actor counts in the actors' own
# threads, so whatever else the machine does is in neither side.

. tests/lib.sh

T=(--time 0.05 --warmup 0.01)

# The value of UNIT in the Benchmark line.
value() { sed -n "s|^Benchmark.* \([0-9.e+-]*\) $1\( .*\)\?\$|\1|p" <<<"$out"; }

encoded() { build/forkpath-runner events "$1"; }

# ROLE EVENT PER-OP NAME: so many for each operation that was done.
counted() {
	local ops per count

	ops=$(value "$1-counted-ops")
	count=$(value "$1-$2-count")
	per=$(value "$1-$2/op")
	true_that "$4: $2 is $3 x ${ops:-?} operations" \
		test "${ops:-0}" -gt 0 -a "${count:-x}" = $((ops * $3)) \
		-a "${per:-x}" = "$3"
}

run build/forkpath-runner events nonsense
is "no such event" 2 "nonsense: neither libpfm4 nor tracefs knows"
run build/bench/null --events cycles:k
is "names are not numbers" 2 "'forkpath-runner events LIST' does it"
# PERF_TYPE_HARDWARE has ten events on every kernel there is.
run build/bench/null --events none=0:ff:0:0:0 "${T[@]}"
is "what cannot be counted is a skip with its reason" 4 "none: not available: "
true_that "and no sample" test "${out#*Benchmark}" = "$out"
run build/bench/null "${T[@]}"
is "not asked, not counted" 0 BenchmarkNull
true_that "nothing of counters in it" test "${out#*counted}" = "$out"

# Where tracefs is mounted, and where it is not: the same, and not mounted by
# us. Each in a mount namespace, whatever the machine has.
mounts='grep - /proc/self/mountinfo | grep -c " tracefs "; true'
tracing() { # SCRIPT: with and without tracefs
	unshare --mount bash -c "while umount /sys/kernel/tracing; do :; done \
		2>/dev/null; $1; $mounts"
}
if root "tracefs, mounted or not" && unshare --mount mount -t tracefs tracefs \
	/sys/kernel/tracing 2>/dev/null; then
	list=sched:sched_process_fork,cgroup:cgroup_attach_task:actor
	run tracing "build/forkpath-runner events $list"
	bare=$out
	is "tracefs is not mounted" 0 "sched:sched_process_fork=2:" $'\n0'
	run tracing "mount -t tracefs tracefs /sys/kernel/tracing
		build/forkpath-runner events $list"
	true_that "the same ids where it is" [ "${out%1}" = "${bare%0}" ]
	run tracing "build/forkpath-runner inside-tracefs sh -c '$mounts'"
	is "perf has it in a mount namespace" 0 $'1\n0'
	# shellcheck disable=SC2016 # expanded in there
	run tracing 'build/forkpath-runner inside-tracefs \
		build/forkpath-runner outside-tracefs "/proc/$$/ns/mnt" \
		readlink /proc/self/ns/mnt "/proc/$$/ns/mnt" | uniq | wc -l'
	is "and what it starts is back outside" 0 $'1\n0'
	printf '# Why?\n[question]\ntitle = Why?\n[null a]\ntime = 0.02\n' \
		>"$tmp/q.conf"
	run tracing "setpriv --bounding-set -sys_admin --inh-caps -sys_admin \
		build/forkpath-runner run $tmp/q.conf --out $tmp/without \
		--events page-faults,cgroup:cgroup_attach_task"
	is "an event that cannot be had: measured all the same" 0 " 0 failed"
	run grep '^# event' "$tmp/without/plan.tsv"
	is "with its reason" 0 "cgroup:cgroup_attach_task libpfm4 does not \
know it, and tracefs cannot be read: Operation not permitted"
fi

fork=sched:sched_process_fork:actor
attach=cgroup:cgroup_attach_task:actor
able=
if ! build/forkpath-runner events $fork >"$tmp/fork" 2>&1; then
	skip "tracepoints" "$(tail -n 1 "$tmp/fork")"
elif ! build/bench/null --events "$(cat "$tmp/fork")" --check >/dev/null 2>&1; then
	skip "tracepoints" "$(build/bench/null --events "$(cat "$tmp/fork")" \
		--check 2>&1)"
else
	able=1
fi

if [ -n "$able" ]; then
	for kind in thread fork vfork clone3-into-cgroup; do
		build/bench/clone --kind $kind --check >/dev/null 2>&1 || {
			skip "clone $kind" "cannot run here"
			continue
		}
		run build/bench/clone --kind $kind --events "$(cat "$tmp/fork")" \
			"${T[@]}"
		is "clone $kind" 0 "cloner-$fork/op"
		counted cloner $fork 1 "clone $kind"
	done
	run build/bench/clone --cloners 3 --group shared --kind thread \
		--events "$(cat "$tmp/fork")" "${T[@]}"
	counted cloner $fork 1 "three cloners in one group"
	run build/tests/bench/clone-overcount "${T[@]}" \
		--events "$(cat "$tmp/fork")"
	is "one operation too many said" 3
	true_that "shows in what the kernel counts" test \
		"$(value "cloner-$fork-count")" -lt \
		"$(value cloner-counted-ops)"
	# A whole CPU holds at least what its actor did.
	run build/bench/clone "${T[@]}" \
		--events "$(encoded sched:sched_process_fork)"
	true_that "on the CPU: no less than in the thread" test \
		"$(value cloner-sched:sched_process_fork-count)" -ge \
		"$(value cloner-counted-ops)"
	true_that "times are there, and all of it was counted" test \
		"$(value cloner-sched:sched_process_fork-enabled-ns)" = \
		"$(value cloner-sched:sched_process_fork-running-ns)"
fi

for h in v1-freezer v2; do
	if [ -z "$able" ] || ! root "attach in $h" || ! has "attach in $h" $h
	then
		continue
	fi
	for by in procs tasks same missing zero; do
		threads=3
		case $by in
		missing)	want=0 ;;
		tasks)		want=3 ;;
		zero)		want=1 threads=1 ;;
		*)		want=1 ;;
		esac
		run build/bench/attach --hierarchy $h --by $by "${T[@]}" \
			--threads $threads --events "$(encoded $attach)"
		is "attach $h --by $by" 0
		counted attacher $attach $want "attach $h --by $by"
	done
	run build/bench/clone-attach --hierarchy $h "${T[@]}" \
		--events "$(encoded $fork,$attach)"
	is "clone-attach $h" 0
	counted cloner $fork 1 "clone-attach $h"
	counted attacher $attach 1 "clone-attach $h"
	counted attacher $fork 0 "clone-attach $h"
	run build/bench/clone-attach --hierarchy $h "${T[@]}" \
		--cloner-cpus 0 --attacher-cpus 0 --events "$(encoded $fork)"
	is "two roles on one CPU: a skip" 4 "cloner and attacher share CPU 0"
done

# From plan to report: apart, and marked.
if [ -n "$able" ]; then
	cat >"$tmp/q.conf" <<-'EOF'
	# Does the kernel count as we do?
	[question]
	title = Does the kernel count as we do?
	repeat = 2
	[clone create]
	kind = thread vfork
	time = 0.05
	warmup = 0.01
	EOF
	run build/forkpath-runner run "$tmp/q.conf" --seed 3 --out "$tmp/r" \
		--events "$fork,nothing-here"
	is "an event that nobody knows is bad input" 2 "nothing-here"
	run build/forkpath-runner run "$tmp/q.conf" --seed 3 --out "$tmp/r" \
		--events $fork
	is "a run that counts" 0
	run build/forkpath-runner run "$tmp/q.conf" --seed 3 --out "$tmp/plain" \
		--events none
	is "a run that does not" 0
	timed() { grep -v '^#' "$1/plan.tsv" | grep -v events= | cut -f 1-5,9,10; }
	true_that "the timed part of the plan is the same" \
		diff <(timed "$tmp/r") <(timed "$tmp/plain")
	out=$(grep -c events= "$tmp/r/plan.tsv")
	true_that "three counted repetitions of each point" test "$out" = 6
	out=$(grep -v '^#' "$tmp/r/plan.tsv" | awk -F'\t' \
		'/events=/ { seen = 1 } seen && !/events=/')
	true_that "behind all that are timed" test -z "$out"
	out=$(find "$tmp/r/lat" -name '*.lat' | wc -l)
	true_that "latencies of the timed ones only" test "$out" = 4
	run build/forkpath-analysis report "$tmp/r" --full
	is "the report has them" 0 "Event counters" \
		"[create] clone: events per operation of the cloner"
	true_that "per operation" grep -qE '^  thread +1\.00' <<<"$out"
	true_that "no counted repetition among the timed" \
		grep -qE '^ +thread +2 ' <<<"$out"
	run build/forkpath-analysis report "$tmp/r" --format gobench
	true_that "nor in other formats" test \
		"$(grep -c '^Benchmark' <<<"$out")" = 4
fi
true_that "nothing is left behind" leftovers
done_testing
