#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# stress-lab.t - stress tests in a guest: they hold, and can fail there
#
# One boot each. LAB_KERNEL is the release (or image) that is booted; one CPU,
# for QEMU before 8.1 is not to be trusted with more.

. tests/lib.sh

export FORKPATH_JOURNAL_DIR=$tmp/journal

stress() { # ARGUMENT...
	run timeout 300 ./run.sh stress "$@" --on lab --numa=1x1 "$kernel"
}

# Has a test of the guest not come to an end within its time? NAME is skipped.
busy() { # NAME
	[[ $out = *"SKIP undecided"* && $out != *"not ok "[0-9]* ]] || return 1
	skip "$1" "this machine is too busy: no answer within its time"
}

has_kernel "stress in a guest" || { done_testing; exit; }

stress escape/v1-freezer many-writers/v2 nsdelegate --time 3 \
	--out "$tmp/none"
busy "they hold in a guest" ||
	is "they hold in a guest" 0 $'KTAP version 1\n1..1\n' "ok 1 escape" \
	"ok 2 many-writers" "ok 3 nsdelegate" "subtests: 3 ok, 0 not ok" \
	"ok 1 $kernel"
true_that "nothing failed, nothing is kept" [ ! -e "$tmp/none" ]

# cpuset has agreed when memory refuses: where a kernel mounts both as v1.
run timeout 300 ./run.sh stress all-or-nothing/v1-cpuset --time 3 --seed 1 \
	--on lab --numa=1x1 --v1 cpuset+memory "$kernel"
case $out in
*"v1 controller cpuset+memory: "*)
	skip "the second subsystem refuses" "no cpuset and memory of v1" ;;
*"charges stay"*)
	skip "the second subsystem refuses" "memory of v1 moves no charges" ;;
*)	busy "the second subsystem refuses" ||
		is "the second subsystem refuses" 0 "second-refuses=ENOMEM" ;;
esac

run ./run.sh stress escape/v1-freezer --on lab --numa
is "an option of the lab without its value" 2 "--numa: its value is missing"

# A release, not its image: the module is built for it.
release=${LAB_KERNEL:-6.12}
if [[ $release != */* ]] && lab/kernel headers "$release" >/dev/null 2>"$tmp/err"
then
	run timeout 300 ./run.sh stress kmod/module --time 3 --on lab \
		--numa 1x1 "$release"
	busy "the module is built for its test" ||
		is "the module is built for its test" 0 "ok 1 kmod" \
			"ok 1 $release"
else
	skip "the module is built for its test" \
		"no headers: $(tail -n 1 "$tmp/err")"
fi

stress escape/v1-freezer --mutate unwritten --time 1 --seed 7 \
	--out "$tmp/kept"
if ! busy "one that is broken fails there"; then
	is "one that is broken fails there" 1 "not ok 1 escape" "not ok 1 $kernel" \
		"reason: escape: invariant: " \
		"# repeat: ./run.sh stress escape/v1-freezer --seed 7 --time"
	d=$(sed -n 's/^ *# kept in: //p' <<<"$out" | tail -n 1)
	true_that "its folder is here: $d" [ "$(dirname "$d")" = "$tmp/kept" ]
	run cat "$d/escape.v1-freezer"
	is "it has seed, reason, plan" 0 "# seed 7" \
		"# reason escape: invariant: " $'# plan\nescape\tv1-freezer\trun'
	true_that "it has the conditions" grep -q '"kernel"' "$d/meta.json"
	true_that "it has the KTAP" grep -q '^KTAP version 1' "$d/ktap"
	true_that "it has the kernel log" grep -q 'Linux version' "$d/dmesg.log"
fi

# Here running out of memory is a panic, and a test runs out of it.
run timeout 300 ./run.sh stress oom --time 30 --seed 7 --out "$tmp/died" \
	--on lab --numa=1x1 --append=sysctl.vm.panic_on_oom=2 "$kernel"
case $out in
*"SKIP "*"memory"*"subtests: "*)
	skip "a guest that panics in a test" "no controller memory there" ;;
*)	is "a guest that panics in a test" 1 "not ok 1 $kernel" \
		"# reason: oom: the guest: Kernel panic - not syncing: Out of" \
		"  # Kernel panic - not syncing: Out of memory: " \
		"  # out_of_memory" "  # repeat: ./run.sh stress oom --seed 7 \
--time 30 --on lab --numa=1x1 --append=sysctl.vm.panic_on_oom=2 $kernel" ;;
esac

# A kernel that panics has written no folder.
run timeout 300 build/forkpath-lab exec --bring "/run/kept:$tmp/panic" \
	"$kernel" -- sh -c 'echo c >/proc/sysrq-trigger'
is "a guest that panics" 1 "Kernel panic"
true_that "what it said last is here" grep -q 'Kernel panic' \
	"$tmp/panic/console.log"
done_testing
