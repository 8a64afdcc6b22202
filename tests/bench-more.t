#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench-more.t - life cycles: exec, exit, cgroups made, read and removed
#
# Every kind of point once, as shipped; then programs that are wrong on
# purpose, each of which must be void or fail.

. tests/lib.sh

T=(--time 0.02 --warmup 0.01)

for kind in fork vfork leader thread; do
	run build/bench/exec --kind $kind "${T[@]}" --spawners 2
	is "exec --kind $kind" 0 "BenchmarkExec/kind=$kind/"
done
for kind in leader thread; do
	run build/bench/exec --kind $kind --siblings 20 "${T[@]}"
	is "exec --kind $kind, twenty siblings" 0 "/siblings=20/"
done
run build/bench/exec --kind vfork --siblings 1
is "a forked child has no siblings" 2 "use --kind leader or thread"
run build/tests/bench/exec-never "${T[@]}"
is "an image that never ran fails" 1 "the image did not run"
run build/tests/bench/exec-overcount "${T[@]}"
is "exec: n+1 reported is void" 3 "programs ran"

run build/bench/exit --threads 7 --reapers 2 "${T[@]}"
is "exit of seven threads" 0 "/threads=7/group=none/"
true_that "a role that nobody plays is not printed" [ "${out/attacher-ops /}" = "$out" ]
run build/tests/bench/exit-one-thread --threads 7 "${T[@]}"
is "exit of fewer threads is void" 3 "of 7 each reported"
for g in v2 v1 v1-notify; do
	h=v1-own
	[ $g != v2 ] || h=v2
	if root "exit --group $g" && has "exit --group $g" $h; then
		run build/bench/exit --group $g --threads 3 --reapers 2 "${T[@]}"
		is "exit --group $g" 0 "/group=$g/"
	fi
done
if root "exit beside attachers" && has "exit beside attachers" v2; then
	run build/bench/exit --threads 50 --attachers 2 "${T[@]}"
	is "exit beside attachers" 0 " attacher-ops "
fi
if root "attach in v1-own" && has "attach in v1-own" v1-own; then
	run build/bench/attach --hierarchy v1-own --threads 3 "${T[@]}"
	is "a hierarchy of our own" 0 "/hierarchy=v1-own/"
	true_that "is gone afterwards" \
		[ "$(grep -c name=forkpath- /proc/self/cgroup)" = 0 ]
fi

true_that "nothing is left behind" leftovers
done_testing
