#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# stress.t - what the runner makes of stress tests
#
# Some that run for a moment, where they can; the folder of a failure and the
# command in it; a complaint of the kernel, a time-out. That all of them hold,
# and that each can fail, is root/stress.t.

. tests/lib.sh
. tests/ktap.sh

export FORKPATH_JOURNAL_DIR=$tmp/journal
runner=build/forkpath-runner

# --- a moment of each -----------------------------------------------------

few=(escape freeze)
run "$runner" stress "${few[@]}" --time 2 --seed 1 --out "$tmp/failures"
true_that "a moment of each: its KTAP adds up" ktap_adds_up <<<"$out"
if root "a moment of each" && [ "$code" = 4 ] && [[ $out == *undecided:* ]]
then
	skip "a moment of each" "this machine has too much other work"
elif [ "$(id -u)" -eq 0 ]; then
	is "a moment of each" 0 "KTAP version 1" "seed 1" \
		"# subtests: " " 0 not ok, "
	for what in forks moves overlaps; do
		true_that "some $what are counted" \
			grep -qE "^# .*$what [1-9][0-9]*(,|\$)" <<<"$out"
	done
	true_that "nothing failed, nothing is kept" [ ! -e "$tmp/failures" ]
	true_that "nothing is left" leftovers
else
	is "nothing of it without root" 4 "needs root"
fi

# Where numbers cannot be made to last longer, nothing is said of the kernel.
# msgmni is as large, and the kernel does not take so much for it either.
if has "pid_max that cannot be raised" v1-freezer; then
	# shellcheck disable=SC2016 # of that shell
	run unshare --mount bash -c '
		mount --bind /proc/sys/kernel/msgmni /proc/sys/kernel/pid_max ||
			exit 4
		exec "$@"' _ "$runner" stress escape/v1-freezer --time 1
	is "pid_max that cannot be raised is a skip" 4 \
		"ok 1 v1-freezer # SKIP pid_max to 4194304: Invalid argument"
fi

# --- the folder of a failure ----------------------------------------------

d=$tmp/kept
run "$runner" stress escape/v1-freezer freeze/v1-freezer --mutate unwritten \
	--time 2 --seed 7 --out "$d"
if has "the folder of a failure" v1-freezer; then
	is "a failure" 1 "# kept in: $d" \
		"# not ok freeze/v1-freezer: freeze: invariant: " \
		"# subtests: 0 ok, 2 not ok"
	true_that "KTAP of a failure adds up" ktap_adds_up <<<"$out"
	run cat "$d/escape.v1-freezer"
	is "it has seed, plan, log" 0 "# seed 7" "# reason escape: invariant: " \
		"us ago: move to" $'# plan\nescape\tv1-freezer\trun' \
		$'freeze\tv1-freezer\trun' "# output" "# errors" "# kernel log"
	true_that "it has both" [ -s "$d/freeze.v1-freezer" ]
	true_that "it has the conditions" grep -q '"kernel"' "$d/meta.json"
	true_that "it has the KTAP" grep -q '^KTAP version 1' "$d/ktap"
	again=$(sed -n 's/^# repeat //p' "$d/escape.v1-freezer")
	run bash -c "$again --out '$tmp/again'"
	is "its command repeats it: $again" 1 "seed 7" \
		"not ok 1 v1-freezer" "reason: escape: invariant: "
fi

# Before the first test runs, not when a failure finds no place.
mkdir -p "$tmp/full/of"
run "$runner" stress escape/v1-freezer --time 1 --out "$tmp/full"
is "a folder that is in use" 2 "$tmp/full: is not empty"
lines=$(wc -l <<<"$out")
true_that "is one line, and nothing was run" [ "$lines" -eq 1 ]
run "$runner" stress escape/v1-freezer --time 1 --out "$tmp/no/where"
is "a folder in no folder" 2 "$tmp/no/where: No such file or directory"

# --- kernel log, time-out -------------------------------------------------

if has "a complaint of the kernel" v1-freezer; then
	log=$tmp/kmsg
	: >"$log"
	"$runner" stress tree/v1-freezer --time 2 --kmsg "$log" \
		--out "$tmp/complaint" >"$tmp/ktap" 2>&1 &
	pid=$!
	# The log is open by then, and the test not over.
	until grep -q '^  1\.\.1' "$tmp/ktap"; do
		kill -0 $pid 2>/dev/null || break
		sleep 0.01
	done
	# A number that is read and then written must not be another's by then.
	max=/proc/sys/kernel/pid_max
	if [ -w $max ]; then
		until [ "$(<$max)" -eq 4194304 ]; do
			kill -0 $pid 2>/dev/null || break
			sleep 0.01
		done
		true_that "numbers are not used again soon" \
			[ "$(<$max)" -eq 4194304 ]
	fi
	cat >>"$log" <<-'END'
	6,1,1,-;eth0: link is up
	0,2,1,-;BUG: workqueue lockup - pool cpus=1 stuck for 31s!
	4,3,1,-;WARNING: CPU: 0 PID: 1 at kernel/cgroup/x.c:1
	END
	wait $pid
	code=$? out=$(<"$tmp/ktap")
	is "a complaint of the kernel is a failure" 1 \
		"reason: kernel: WARNING: CPU: 0 PID: 1" "not ok 1 v1-freezer" \
		"# beware: the kernel said 'BUG: workqueue lockup'"
	run cat "$tmp/complaint/tree.v1-freezer"
	is "and is kept" 0 $'# kernel log\nWARNING: CPU: 0'
fi

ktap_fixtures
run "$runner" stress --top "$tmp/top" --time 1 --limit 1 --grace 0.2
slow="undecided: this machine is slow or busy: time-out after"
if [[ $out == *"ok 1 v1 # SKIP $slow"* ]]; then
	skip "a test that hangs, one that crashes, one that cannot run" \
		"this machine has too much other work to tell what hangs"
else
	is "a test that hangs, one that crashes, one that cannot run" 1 \
		"reason: time-out after 1 s" "not ok 1 v1" \
		"ok 2 v2 # SKIP there is no v2" "reason: killed by signal 11" \
		"not ok 3 v3" "not ok 1 hang" "1 skipped"
fi
true_that "its KTAP adds up" ktap_adds_up <<<"$out"
true_that "a failure without --out is below results/stress" \
	grep -q "time-out" "$tmp"/top/results/stress/*/hang.v1
run "$runner" stress hang/v2 --top "$tmp/top"
is "nothing can run: skip" 4 "ok 1 hang # SKIP there is no v2"

# A test that finds out late that it cannot be done; one that fails, and
# what is known of it cannot be kept; one during which the log lost records.
fixture late 'echo "late: there is no room: try later" >&2; exit 4'
run "$runner" stress late --top "$tmp/top" --time 1
is "what cannot be done after all is a skip" 4 \
	"  ok 1 v1 # SKIP there is no room: try later" "ok 1 late # SKIP there is"
true_that "its KTAP adds up" ktap_adds_up <<<"$out"
fixture asked "echo \"\$*\" >'$tmp/asked'" 40
run "$runner" stress asked --top "$tmp/top" --time 50
is "a test is asked for its time" 0 "ok 1 asked"
given=$(grep -o -- '--time=[0-9]*' "$tmp/asked")
true_that "some of it: $given" [ "${given#*=}" -gt 5 ]
true_that "less what it takes besides: $given" [ "${given#*=}" -le 10 ]
: >"$tmp/lost"
fixture loses "printf '6,1,1,-;fine\n6,5,1,-;fine\n' >>'$tmp/lost'"
run "$runner" stress loses --top "$tmp/top" --time 1 --kmsg "$tmp/lost" \
	--out "$tmp/lost.d"
is "records that were overwritten are no ok" 1 "not ok 1 v1" \
	"records of its log were overwritten before they were read: 3"
fixture wrong 'echo "wrong: invariant: broken" >&2; exit 1'
if root "evidence that cannot be kept is said"; then
	mkdir "$tmp/small"
	# shellcheck disable=SC2016 # of that shell
	run unshare --mount bash -c 'mount -t tmpfs -o size=4k none "$1" &&
		mkdir "$1/o" && head -c 4096 /dev/zero >"$1/fill"
		exec "$2" stress wrong --top "$3" --time 1 --out "$1/o"' _ \
		"$tmp/small" "$PWD/$runner" "$tmp/top"
	is "evidence that cannot be kept is said" 1 "reason: wrong: invariant: broken" \
		"# beware: what is known of it is not kept: $tmp/small/o/wrong.v1: No space"
	true_that "and nothing else is" [ "$(grep -c "kept in:" <<<"$out")" = 0 ]
fi

# --- what is asked --------------------------------------------------------

run ./run.sh stress no-such-test
is "unknown test" 2 "no stress test 'no-such-test'; there are:" escape
run ./run.sh stress escape/v3
is "unknown hierarchy" 2 "escape does not run on 'v3'; it does on: v1-freezer"
run "$runner" stress escape --mutate never
is "unknown mutation" 2 "mutate: 'never'" sweep
run "$runner" stress escape --repeat 3
is "an option that means nothing" 2 "--repeat means nothing to 'stress'"
run ./run.sh stress --on moon
is "--on what?" 2 "--on: 'lab KERNEL...' is right"
run ./run.sh stress --on lab
is "--on lab, which kernel?" 2 "which kernel?"
done_testing
