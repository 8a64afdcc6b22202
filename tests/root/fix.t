#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fix.t - settings for the time of a run: set, shown, put back, whatever ends
#
# A machine is a directory with the files that the kernel would show; at the
# end this one, as far as it has something to set.

. tests/lib.sh

export FORKPATH_JOURNAL_DIR=$tmp/journal
export FAKE_LOG=$tmp/log FAKE_GO=$tmp/go FAKE_KMSG=$tmp/kmsg
export FAKE_OVERHEAD=0.01
runner=build/forkpath-runner
m=$tmp/machine top=$tmp/top

put() { # FILE TEXT
	mkdir -p "$m$(dirname "$1")" && printf '%s\n' "$2" >"$m$1"
}
cpu=/sys/devices/system/cpu
thp=/sys/kernel/mm/transparent_hugepage/enabled
server() {
	put $cpu/cpu0/cpufreq/scaling_governor powersave
	put $cpu/cpu1/cpufreq/scaling_governor powersave
	put $cpu/cpu10/cpufreq/scaling_governor performance
	put $cpu/intel_pstate/no_turbo 0
	put /proc/sys/kernel/sched_autogroup_enabled 1
	put /proc/sys/kernel/numa_balancing 0
	put /proc/sys/kernel/nmi_watchdog 1
	put $thp 'always [madvise] never'
	put /proc/irq/1/smp_affinity_list 0-63
	put /proc/irq/24/smp_affinity_list 7
	put /sys/kernel/rcu_expedited 1
}
# What a reader of each file sees; of THP the word in brackets.
state() {
	local f

	for f in $(cd "$m" && find . -type f | sort); do
		echo "$f $(sed 's/.*\[\(.*\)\].*/\1/' "$m/$f")"
	done
}

server
before=$(state)
run $runner doctor --fix --root "$m"
is "says what it sets" 0 \
	"set     governor: powersave and so on -> performance (2 files)" \
	"set     no turbo: 0 -> 1" "set     autogroup: 1 -> 0" \
	"set     NMI watchdog: 1 -> 0" \
	"set     transparent huge pages: madvise -> never" \
	"set     CPUs of an interrupt: 0-63 and so on -> 0 (2 files)" \
	"ok      governor performance" "ok      turbo off" \
	"ok      autogroup off" "all put back"
true_that "not what is so already" test "${out#*NUMA balancing}" = "$out"
true_that "not what is being measured" test "${out#*rcu_expedited on}" != "$out"
out=$(diff <(echo "$before") <(state))
true_that "all of it is put back" test -z "$out"
true_that "no journal is left" leftovers

# A file of the kernel reads otherwise than it is written; here, a plain one:
# what is written is left, and not what is to be put back.
cg=/sys/fs/cgroup/unified
put $cg/cgroup.controllers "cpu memory pids"
put $cg/cgroup.subtree_control "memory"
put /sys/fs/cgroup/cgroup.controllers "cpu"
put /sys/fs/cgroup/cgroup.subtree_control ""
put /sys/fs/cgroup/cgroup.type domain
run $runner doctor --fix --root "$m"
is "controllers that v2's root does not pass on" 0 \
	"set     $cg/cgroup.subtree_control: +cpu +pids"
true_that "... the root's alone, which has no type" \
	[ "${out#*set     /sys/fs/cgroup/cgroup}" = "$out" ]
true_that "... is what is written" \
	[ "$(cat "$m$cg/cgroup.subtree_control")" = "+cpu +pids" ]

rm -r "$m"
mkdir "$m"
run $runner doctor --fix --root "$m"
true_that "a machine without any of it" test "${out#nothing that could be}" \
	!= "$out"

if [ "$(id -u)" -ne 0 ]; then
	server
	chmod a-w "$m/proc/sys/kernel/nmi_watchdog"
	run $runner doctor --fix --root "$m"
	true_that "what is refused is said" test \
		"${out#*refused NMI watchdog -> 0: Permission denied}" != "$out"
	rm -rf "$m"
else
	skip "what is refused is said" "root is refused nothing"
fi

# A run, from begin to end; and one that is killed.
mkdir -p "$top"/{configs,build/bench,build/workloads,workloads}
cp tests/runner/fake "$top/build/bench/fake"
mkfifo "$FAKE_GO"
: >"$FAKE_KMSG"
printf '# Why?\n[question]\ntitle = Why?\n[fake a]\ndo = wait\n' \
	>"$top/configs/q.conf"
server
before=$(state)
start() { # NAME; returns when it measures
	$runner run q --seed 1 --top "$top" --kmsg "$FAKE_KMSG" --root "$m" \
		--grace 5 --fix --events none --out "$tmp/$1" \
		>"$tmp/bg.out" 2>"$tmp/bg.err" &
	pid=$!
	read -r _ <"$FAKE_GO"
}
start stopped
during=$(state)
kill -TERM $pid
wait $pid
code=$? out=$(cat "$tmp/bg.err")
is "a run that is stopped" 143 "set     autogroup: 1 -> 0"
out=$during
true_that "is measured with it" grep -q 'scaling_governor performance' \
	<(grep cpu1/ <<<"$during")
out=$(diff <(echo "$before") <(state))
true_that "and puts it back" test -z "$out"
out=$(tr -d '\n' <"$tmp/stopped/meta.json" | grep -o '"fixed": \[[^]]*\]')
true_that "and has it in its record" test "$(grep -o '",' <<<"$out" | wc -l)" \
	-ge 6

start killed
kill -KILL $pid
wait $pid 2>/dev/null
out=$(state)
true_that "one that is killed leaves it" grep -q 'autogroup_enabled 0' <<<"$out"
run $runner clean --root "$m"
is "until clean" 0 "restored $m/proc/sys/kernel/nmi_watchdog: 1" \
	"restored $m$thp: madvise"
out=$(diff <(echo "$before") <(state))
true_that "puts it back" test -z "$out"
start other
kill -KILL $pid
wait $pid 2>/dev/null
put /proc/sys/kernel/nmi_watchdog 2
run $runner clean --root "$m"
true_that "but not what somebody has set since" test \
	"$(cat "$m/proc/sys/kernel/nmi_watchdog")" = 2

# This machine.
if root "this machine"; then
	real() { cat /proc/sys/kernel/sched_autogroup_enabled $thp \
		$cpu/cpu*/cpufreq/scaling_governor \
		/sys/fs/cgroup/{,unified/}cgroup.subtree_control \
		/proc/irq/*/smp_affinity_list 2>/dev/null; }
	before=$(real)
	run $runner doctor --fix
	case $out in
	*"set     "*)
		true_that "this machine: shown and put back" test \
			"$(real)" = "$before" ;;
	*)	skip "this machine" "it has nothing to set" ;;
	esac
fi
true_that "nothing is left behind" leftovers
done_testing
