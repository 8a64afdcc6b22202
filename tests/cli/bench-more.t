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

for h in v2 v1-freezer; do
	if root "exec beside moves in $h" && has "exec beside moves in $h" $h
	then
		run build/bench/exec --kind thread --siblings 3 --attachers 2 \
			--cloners 1 --hierarchy $h "${T[@]}"
		is "exec beside moves in $h" 0 spawner-p50-ns attacher-p50-ns \
			cloner-p50-ns beside-share
	fi
done
if root "exec, never beside a move" && has "exec, never beside a move" v2; then
	run build/tests/bench/exec-apart --attachers 1 --ops 120 --warmup 0
	is "exec, never beside a move, is void" 3 \
		"was executed while a group was moved"
fi

run build/tests/bench/exec-child-overcount --cloners 1 --kind thread "${T[@]}"
is "exec: n+1 children beside it is void" 3 "exec: cloner 0: " \
	"children seen"

if build/bench/pingpong --check >/dev/null 2>&1; then
	for h in load-store cas fetch-add; do
		run build/bench/pingpong --how $h "${T[@]}"
		is "a line to and fro by $h" 0 "/how=$h/players=2/rounds=100" \
			" handover-ns "
	done
	run build/tests/bench/pingpong-miscounted "${T[@]}"
	is "pingpong, a turn that nobody had, is void" 3 " turns of "
	cpu=$(awk -F'[:,-]' '/^Cpus_allowed_list/ { print $2 + 0 }' \
		/proc/self/status)
	run build/bench/pingpong --player-cpus "$cpu" --rounds 1 --ops 1
	is "two players on one CPU are void" 3 \
		"players 0 and 1 are both on CPU $cpu"
else
	skip "pingpong" "$(build/bench/pingpong --check 2>&1)"
fi
run taskset -c "$(awk -F'[:,-]' '/^Cpus_allowed_list/ { print $2 + 0 }' \
	/proc/self/status)" build/bench/pingpong --check
is "a line needs two CPUs" 4 "2 players need a CPU each; 1 can be used here"

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
	is "exit beside attachers" 0 " attacher-ops " beside-share
fi
if root "attach in v1-own" && has "attach in v1-own" v1-own; then
	# Of other runs there may be some.
	grep -o 'name=forkpath-.*' /proc/self/cgroup >"$tmp/before"
	run build/bench/attach --hierarchy v1-own --threads 3 "${T[@]}"
	is "a hierarchy of our own" 0 "/hierarchy=v1-own/"
	true_that "is gone afterwards" [ -z "$(grep -o 'name=forkpath-.*' \
		/proc/self/cgroup | grep -vxFf "$tmp/before")" ]
fi

void() { # PROGRAM REASON [OPTION]...: wrong on purpose
	local name=$1 why=$2

	shift 2
	run "build/tests/bench/$name" "${T[@]}" "$@"
	is "$name is void" 3 "$why"
}

run build/tests/bench/exit-dead --threads 7 "${T[@]}"
is "exit of what was dead before fails" 1 "died before it was ended"
void exit-overcount "of 1 each reported"
for h in v1-freezer v2 v1-own; do
	if ! root "lists and churn in $h" || ! has "lists and churn in $h" $h
	then
		continue
	fi
	for as in threads processes; do
		for file in procs threads; do
			run build/bench/pidlist --hierarchy $h --file $file \
				--as $as --tasks 700 "${T[@]}"
			is "pidlist --hierarchy $h --file $file --as $as" 0
		done
	done
	run build/bench/pidlist --hierarchy $h --file threads --tasks 30 \
		--cloners 2 --readers 2 "${T[@]}"
	is "pidlist --hierarchy $h beside cloners" 0 " cloner-ops " beside-share
	for visitor in no yes; do
		run build/bench/churn --hierarchy $h --visitor $visitor \
			--siblings 7 --depth 3 --churners 2 "${T[@]}"
		is "churn --hierarchy $h --visitor $visitor" 0
	done
	for how in write self; do
		run build/bench/container --hierarchy $h --how $how \
			--spawners 2 --groups 3 "${T[@]}"
		is "container --hierarchy $h --how $how" 0 destroy-mean-ns
	done
done
if root "a fresh cpuset" && has "a fresh cpuset" v1-cpuset; then
	run build/bench/churn --hierarchy v1-cpuset "${T[@]}"
	is "a visitor in a fresh cpuset" 0
fi
limited() { # HIERARCHY LIMITS
	local why
	if why=$(build/bench/container --hierarchy "$1" --limits "$2" \
		--check 2>&1); then
		run build/bench/container --hierarchy "$1" --limits "$2" "${T[@]}"
		is "container --hierarchy $1 --limits $2" 0 limits-mean-ns
	else
		skip "container --hierarchy $1 --limits $2" "$why"
	fi
}
limited v1-pids pids
limited v1-memory memory
limited v1-cpu cpu
limited v2 pids+memory+cpu
run build/bench/container --hierarchy v1-own --limits pids
true_that "no limit without its controller" test $code -eq 4
run build/bench/container --limits cpu+cpu
is "a limit twice" 2 "container: --limits: 'cpu+cpu' is not none, or each"
run build/bench/container --do probe --limits pids
is "a probe is not limited" 2 "use --do life"
run build/bench/container --how into --hierarchy v1-cpu
is "v1 has no clone3 into a cgroup" 2 "only v2 has it"
run build/bench/clone-in --home root --groups 1
is "nothing is made in the root" 2 "use --home own"
run build/bench/priority --by fifo --busy 0.1 --period 0.1
is "no time to recover" 2 "must be shorter than --period"
run build/bench/attach --by zombie --threads 2
is "a zombie is one thread" 2 "--threads must be 1"

if root "life in v2" && has "life in v2" v2; then
	for do in life probe; do
		run build/bench/container --how into --do $do --groups 5 "${T[@]}"
		is "container --how into --do $do" 0 "/do=$do/how=into/"
	done
	run build/tests/bench/window-overlap --time 0.4 --think 0.1
	is "window: what a write overlaps" 0 "during-mean-ns"
	true_that "... is in no other figure" [ "${out/[0-9] after-/}" = "$out" ]
	run build/bench/release --by v2-events "${T[@]}" --watchers 2
	is "release told by cgroup.events" 0
	run build/bench/attach --by zombie "${T[@]}"
	is "attach --by zombie" 0
	run build/bench/footprint --of cgroup --count 50 --ops 3 --warmup 0
	is "footprint of a cgroup" 0 whole-bytes
	for by in none fifo throttled; do
		if build/bench/priority --by $by --check >/dev/null 2>&1; then
			run build/bench/priority --by $by --busy 0.002 \
				--period 0.01 --time 0.1 --warmup 0.02
			is "priority --by $by" 0 bystander-p50-ns
		else
			skip "priority --by $by" \
				"$(build/bench/priority --by $by --check 2>&1)"
		fi
	done
	void pidns-outside "the innermost namespace gives number 2, not" \
		--depth 2
	void pidns-overcount "children seen"
	run build/bench/pidns --by clone --depth 2 "${T[@]}"
	is "pidns --by clone" 0 "/by=clone/depth=2/"
	run build/bench/pidns --by proc --depth 2 --tasks 5 "${T[@]}"
	is "pidns --by proc" 0 "/by=proc/depth=2/tasks=5/"
	void window-overcount "children seen, "
	void clone-attach-apart "was created while a group was moved" --time 0.2
	void attach-undead "where there is nobody" --by zombie
	void pidlist-once "lists were complete" --tasks 9000 --file threads
	void pidlist-overcount "lists were complete"
	void pidlist-nobody "1 tasks elsewhere, not 700" --elsewhere 700
	void pidlist-inside "lists were complete" --elsewhere 70 --file threads
	run build/bench/pidlist --tasks 3 --elsewhere 700 "${T[@]}"
	is "pidlist beside tasks that are elsewhere" 0 "/elsewhere=700/"
	void churn-unmoved "saw 0 writes"
	void churn-overcount "made and removed"
	void churn-crowded "; home0 has 7, not 0"
	void container-outside "found in their cgroup"
	void container-overcount "found in their cgroup and"
	void container-beside "found in their cgroup and" --how into
	void container-beside "children took" --how into --do probe
	void clone-in-outside "0 processes in its group, not 1"
	if has "clone-in: all controllers" v2-all; then
		run build/bench/clone-in --hierarchy v2-all --depth 2 "${T[@]}"
		is "clone-in: all controllers" 0 "/hierarchy=v2-all/" \
			" $(wc -w <"$(awk '$3 == "cgroup2" { print $2; exit }' \
			/proc/mounts)/cgroup.subtree_control") controllers-count"
		void clone-in-plain "has not all controllers of v2-all" \
			--hierarchy v2-all
	fi
	run build/bench/clone-in --depth 3 --groups 5 --neighbours 1 "${T[@]}"
	is "clone-in: deep, among others" 0 "neighbour-p50-ns"
	for h in v2 v1-cpuset v1-memory; do
		run build/bench/clone-in --hierarchy $h --check
		[ $code -eq 0 ] || continue
		d=$(awk -v h="${h#v?-}" '$3 == (h == "v2" ? "cgroup2" : "cgroup") &&
			(h == "v2" || $4 ~ "[,]" h "(,|$)") { print $2; exit }' \
			/proc/mounts)/forkpath-test-$$
		mkdir "$d" || continue
		if [ "$h" = v1-cpuset ]; then
			for f in cpus mems; do
				cat "${d%/*}/cpuset.$f" >"$d/cpuset.$f"
			done
		fi
		for u in "" "unshare -C" "unshare -Cm"; do
			run bash -c "echo \$\$ >$d/cgroup.procs && exec $u \
				build/bench/clone-in --home root --check \
				--hierarchy $h"
			is "$u not in the root of $h: a skip" 4 \
				"not in the root cgroup"
		done
		rmdir "$d"
	done
	void clone-beside "children took" --kind clone3-into-cgroup
	for h in v1-pids v2; do
		if build/bench/container --hierarchy $h --limits pids \
			--check >/dev/null 2>&1; then
			void container-unlimited "read as they were set" \
				--hierarchy $h --limits pids
			void container-lax "do not exhaust it" \
				--hierarchy $h --limits pids
		else
			skip "limits not in force are void in $h" \
				"no pids controller in $h"
		fi
	done
	run build/tests/bench/release-dead "${T[@]}"
	is "release of what was dead before fails" 1 "died before it was ended"
	if build/bench/enable --tasks 3 --check >/dev/null 2>&1; then
		run build/bench/enable --tasks 3 "${T[@]}"
		is "enable" 0 switcher-p50-ns
		void enable-overcount "times on and off"
		void enable-unswitched "saw 0 writes"
	else
		skip "enable" "$(build/bench/enable --check 2>&1)"
	fi
	for h in v2 v1-freezer; do
		has "freeze in $h" $h || continue
		for d in freeze thaw; do
			run build/bench/freeze --do $d --threads 5 \
				--hierarchy $h "${T[@]}"
			is "$d in $h" 0 "/do=$d/until=done/threads=5/"
		done
		run build/bench/freeze --until write --think 0.001 \
			--hierarchy $h "${T[@]}"
		is "freeze in $h, the write" 0 freezer-p50-ns
	done
	for h in v2 v1-freezer; do
		has "classify in $h" $h || continue
		for how in write self into connector; do
			[ "$how $h" != "into v1-freezer" ] || continue
			if ! why=$(build/bench/classify --how $how \
				--hierarchy $h --check 2>&1); then
				skip "classify --how $how in $h" "$why"
				continue
			fi
			run build/bench/classify --how $how --spawners 2 \
				--hierarchy $h "${T[@]}"
			is "classify --how $how in $h" 0 outside-ns ran-ns
			[ $how != into ] || continue
			run build/tests/bench/classify-unwritten --how $how \
				--hierarchy $h "${T[@]}"
			is "... nobody writes: it is elsewhere" 1 \
				"is not where it was put"
		done
	done
	for h in v2 v1-freezer; do
		has "sweep in $h" $h || continue
		for o in "--by procs" "--by tasks" "--until empty"; do
			# shellcheck disable=SC2086 # words of options
			run build/bench/sweep $o --hierarchy $h --think 0.001 \
				"${T[@]}"
			is "sweep $o in $h" 0 escaped-count escaped-share
		done
	done
	run build/tests/bench/sweep-unwritten --think 0 "${T[@]}"
	is "sweep-unwritten fails" 1 "it is never empty"
	run build/bench/classify --how into --hierarchy v1-freezer
	is "classify: born in v2 alone" 2 "only v2 has it"
	void freeze-unwritten "while it was frozen" --threads 5
	void freeze-unthawed "answers of 5 threads" --threads 5
	run build/bench/release --trigger child
	is "v2 does not tell of children" 2 "v2 tells of tasks alone"
	void release-early "was empty when told so" --alive 0
	void release-overcount "was empty when told so"
	void release-unleft "was empty when told so" --trigger leave --alive 0
	for t in exit leave; do
		run build/bench/release --trigger $t --tasks 3 --alive 0 "${T[@]}"
		is "release of three, by $t" 0 "/trigger=$t/tasks=3/"
	done
	for h in v1-cpu v2-cpu; do
		has "throttle in $h" $h || continue
		for o in asleep running throttled "throttled --threads 7"; do
			# shellcheck disable=SC2086 # words of options
			run build/bench/throttle --state $o --hierarchy $h \
				"${T[@]}"
			is "throttle --state $o in $h" 0 "/state=${o%% *}/"
		done
		void throttle-asleep "counts 0 periods in which the quota" \
			--hierarchy $h
		run build/tests/bench/throttle-unlimited --hierarchy $h "${T[@]}"
		# Where others compute a thread may wait for 10 ms, too.
		case $out in
		*"has not been throttled within"*) code=${code/#1/fails} ;;
		*" counts 0 periods in which the quota "*)
			code=${code/#3/fails} ;;
		esac
		true_that "throttle-unlimited fails, or is void" \
			[ "$code" = fails ]
		void throttle-overcount "writes of the attacher" --hierarchy $h
	done
	if build/bench/priority --by throttled --check >/dev/null 2>&1; then
		void priority-free "never throttled" --by throttled
	else
		skip "priority-free is void" "no cpu controller"
	fi
	run build/bench/priority --by fifo --check
	if [ "$code" -eq 0 ]; then
		void priority-elsewhere "at the start of 0 of" --by fifo \
			--busy 0.002 --period 0.01
	else
		skip "priority-elsewhere is void" "$out"
	fi
	run setpriv --bounding-set -sys_nice prlimit --rtprio=0:0 \
		build/bench/priority --by fifo --check
	is "no SCHED_FIFO: a skip with its reason" 4 "CAP_SYS_NICE"
fi
# Known something: two operations in each sample that is reported.
for b in clone clone-in exec exit attach churn container clone-attach pidlist pidns \
	release enable freeze carry classify sweep pingpong throttle; do
	if ! why=$(build/bench/$b --check 2>&1); then
		skip "$b: two operations per sample" "$why"
		continue
	fi
	for miscount in '' MISCOUNT=under; do
		run env $miscount build/tests/bench/$b-overcount --time 0.02 \
			--warmup 0.01
		is "$b: ${miscount:-MISCOUNT=over} is void" 3 "$b: "
	done
done

# What a sample holds is written down, for every role there is.
for b in build/bench/*; do
	if [ ! -x "$b" ] || [ ! -f "$b" ]; then continue; fi
	while read -r role; do
		true_that "methodology: a row for ${b##*/} $role" grep -q \
			"^| \`${b##*/}\` $role | " docs/methodology.md
	done < <("$b" --describe | sed -n 's/^role\t//p')
done

if root "release told by an agent"; then
	if build/bench/release --by v1-agent --check >/dev/null 2>&1; then
		for t in exit leave child; do
			run build/bench/release --by v1-agent --alive 0 \
				--trigger $t "${T[@]}"
			is "release told by an agent, by $t" 0 "/trigger=$t/"
		done
	else
		skip "release told by an agent" \
			"$(build/bench/release --by v1-agent --check 2>&1)"
	fi
fi
for of in thread process; do
	run build/bench/footprint --of $of --count 50 --ops 3 --warmup 0
	is "footprint of a $of" 0 whole-bytes
	if [ -e /sys/kernel/btf/vmlinux ]; then
		is "... and what a lock is of it" 0 signal-struct-bytes rwsem-bytes
	else
		skip "... and what a lock is of it" "this kernel has no BTF"
	fi
done
void footprint-half "of 50 each" --of thread --count 50
void footprint-overcount "of 5 each" --of thread --count 5

true_that "nothing is left behind" leftovers
done_testing
