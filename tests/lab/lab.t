#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lab.t - virtual machines: what is asked of them, what goes wrong with them
#
# What can be tested without a boot comes first. LAB_KERNEL is the release
# (or image) that is booted.

. tests/lib.sh

lab=build/forkpath-lab
export FORKPATH_JOURNAL_DIR=$tmp/journal

bad() { # NAME TEXT ARGUMENT...
	local name=$1 text=$2

	shift 2
	run timeout 20 $lab "$@"
	is "$name" 2 "$text"
	true_that "$name: one line" [ "$(wc -l <<<"$out")" -eq 1 ]
}

: >"$tmp/zero"
echo "no kernel" >"$tmp/text"
bad "no verb" "which verb"
bad "options without a verb" "the verb goes first" --numa 2x2
bad "wrong verb" "there are: run exec shell" walk 6.12
bad "no kernel" "which kernel" run -- quick
bad "no question" "QUESTION would be right" run 6.12
bad "no command" "COMMAND would be right" exec 6.12
bad "two kernels for a command" "takes one kernel" exec 6.1 6.12 -- true
bad "an option behind a kernel" "options go before" run 6.12 --exact -- quick
bad "unknown option" "known: --numa" run --colour red 6.12 -- quick
bad "shape" "such as 2x2" run --numa 2by2 6.12 -- quick
bad "memory" "such as 512M" exec --memory lots 6.12 -- true
bad "memory of each node" "128M for each" exec --numa 8x1 --memory 512M \
	6.12 -- true
bad "distance" "11..254" exec --numa 2x1 --distance 5 6.12 -- true
bad "distance without nodes" "one node" exec --distance 20 6.12 -- true
bad "command line" "printable" exec --append $'a\nb' 6.12 -- true
bad "v1" "separated by commas" exec --v1 "cpuset memory" 6.12 -- true
bad "what to bring" "GUEST_DIR:DIR" exec --bring out:out 6.12 -- true
bad "bring to nowhere" "GUEST_DIR:DIR" exec --bring /run/out: 6.12 -- true
bad "bring what is not for it" "is for exec" run --bring /a:b 6.12 -- quick
bad "a machine of a kernel" "takes no kernel" machine 6.12
bad "a machine that nobody knows" "x86_64 or arm64" machine --arch mips
bad "boots of a command" "boots once" exec --boots 2 6.12 -- true
# shellcheck disable=SC2016 # for the program
printf '#!/bin/sh\necho QEMU emulator version ${V-9.1.2} "(Debian 1:9.1.2)"\n' \
	>"$tmp/qemu"
chmod +x "$tmp/qemu"
run $lab machine --exact --arch arm64 --qemu "$tmp/qemu"
is "what a guest is emulated by" 0 "qemu=$tmp/qemu" "version=9.1.2" \
	"cpu=neoverse-n1,cntfrq=1000000000" "plugins=4"
V=8.2.0 run $lab machine --exact --arch x86_64 --qemu "$tmp/qemu"
is "... by an older one" 0 "version=8.2.0" "cpu=Skylake-Client-v1,-erms" "plugins=1"
V='' run $lab machine --exact --qemu "$tmp/qemu"
is "... that has no version" 1 "expected QEMU emulator version N"
run timeout 20 $lab exec --qemu "$tmp/nowhere" 6.12 -- true
is "no QEMU" 4 "package qemu-system-x86"

if ! command -v qemu-system-x86_64 >/dev/null; then
	skip "the rest" "QEMU is not installed (qemu-system-x86)"
	done_testing
	exit
fi
bad "no such file" "no such file" exec "$tmp/nowhere" -- true
bad "an empty file" "empty" exec "$tmp/zero" -- true
bad "a text" "not a bzImage" exec "$tmp/text" -- true
has_kernel "the rest" || { done_testing; exit; }
bad "no such question" "no-such-question.conf" run "$kernel" -- \
	no-such-question
bad "a budget and a plan" "--plan-file has one" run "$kernel" -- \
	--plan-file "$tmp/text" --time 5
bad "too much of a question" "one question" run "$kernel" -- quick victim

# --- What goes wrong; the first word of a guest never comes.

run timeout 60 $lab exec --timeout 1.5 "$kernel" -- true
is "a boot has a time limit" 1 "the time limit of 1.5 s is over"
run timeout 60 $lab exec --cpu no-such-model "$kernel" -- true
is "a machine that QEMU refuses" 1 "no-such-model"

# QEMU is stopped, as a guest that hangs with its interrupts off would be.
$lab exec --silence 2 "$kernel" -- true >"$tmp/out" 2>&1 &
pid=$!
until qemu=$(pgrep -P $pid -f 'initrd /dev/fd'); do
	kill -0 $pid || break
done
kill -STOP "$qemu"
wait $pid
code=$? out=$(cat "$tmp/out")
is "a guest that hangs" 1 "it hangs: its init said nothing for 2 s" \
	" s of CPU in all"
gone() { # PID: no process, or what nobody has reaped yet
	[ ! -d "/proc/$1" ] || grep -qs '^State:.*Z' "/proc/$1/status"
}
true_that "its QEMU is gone" gone "$qemu"

for sig in KILL INT TERM; do
	$lab exec "$kernel" -- true >"$tmp/out" 2>&1 &
	pid=$!
	until qemu=$(pgrep -P $pid -f 'initrd /dev/fd'); do
		kill -0 $pid || break
	done
	# A background job of a script ignores SIGINT; the lab does not.
	kill -$sig $pid
	wait $pid 2>/dev/null
	code=$? out=$(cat "$tmp/out")
	is "SIG$sig" $((128 + $(kill -l $sig)))
	for ((i = 0; i < 200; i++)); do
		gone "$qemu" && break
		sleep 0.05	# the kernel kills it, nobody tells when
	done
	true_that "SIG$sig leaves no QEMU" gone "$qemu"
done
true_that "nothing is left in memory or in files" [ -z "$(find /tmp /dev/shm \
	-maxdepth 1 -newer "$tmp/text" \( -name '*initramfs*' -o \
	-name '*qemu*' \) 2>/dev/null)" ]

# --- Boots.

run timeout 300 $lab exec --add README.md:/a/b --append panic=-1 \
	--v1 freezer "$kernel" -- sh -c 'echo out; echo err >&2
	head -c 3000 /dev/zero | tr "\0" x; cmp /a/b /a/b && echo same
	grep -c " cgroup freezer\| cgroup rw,freezer" /proc/mounts
	grep -o panic=-1 /proc/cmdline | tail -n 1; exit 7'
is "a command: output, errors, files, exit status" 7 out err same panic=-1 \
	xxxxxxxxxx
run timeout 300 $lab exec "$kernel" -- sh -c 'echo c >/proc/sysrq-trigger'
is "a panic" 1 "  | " "Kernel panic - not syncing: sysrq triggered crash"
# Nobody waits for the words of a guest that has no console any more.
run timeout 300 $lab exec --silence 280 "$kernel" -- sh -c '
	echo N >/sys/class/tty/ttyS0/console || exit 5
	echo c >/proc/sysrq-trigger'
is "a panic without a word" 1 "the machine ended before the command did"

cat >"$tmp/tiny.conf" <<'EOT'
# Four nodes of one CPU, some places, one repetition.
[question]
title = tiny
repeat = 1
seconds = 5

[null floor]
time = 0.05

[clone create]
kind = thread
time = 0.1
warmup = 0.02

[clone near]
cloners = 2
place = same-node other-node farthest
time = 0.1
warmup = 0.02

[clone memory]
kind = fork
memory = 3
time = 0.1
warmup = 0.02
EOT
run timeout 300 $lab run --numa 4x1 --distance 16,31,31,31,31,16 \
	--favordynmods --memory 640M "$kernel" -- "$tmp/tiny.conf" --seed 3 \
	--out "$tmp/r"
is "a question on four nodes" 0 $'\t'"$tmp/r" "5 ok, 1 skipped"
for f in plan.tsv meta.json tiny.sample console.log dmesg.log lat/0002.lat; do
	true_that "$f came back" [ -s "$tmp/r/$f" ]
done
field() { # KEY.KEY: of meta.json
	python3 -c 'import json, sys
o = json.load(open(sys.argv[1]))
for k in sys.argv[2].split("."): o = o[k]
print("%g" % o if isinstance(o, float) else o)' "$tmp/r/meta.json" "$1"
}
run field numa.distances
is "the distance" 0 "[[10, 16, 31, 31], [16, 10, 31, 31]," \
	"[31, 31, 10, 16], [31, 31, 16, 10]]"
run field lock_mode
is "the lock mode" 0 favordynmods
run field place
is "the place" 0 lab
run field lab.numa
is "the shape" 0 4x1
run field lab.command
is "QEMU's command line" 0 "dist,src=0,dst=2,val=31"
# One node apart, and as far as it goes; the first CPU is taken last.
places() { # of the plan: PLACE CPUS
	awk -F'\t' '$7 == "run" && match($10, /place=[a-z-]*/) {
		p = substr($10, RSTART + 6, RLENGTH - 6)
		split($9, c, "cloner-cpus="); sub(/ .*/, "", c[2])
		print p, c[2] }' "$tmp/r/plan.tsv" | sort
}
ran() { # of the record, where 0,1 is written 0-1
	awk '/^# conditions/ { c = $0; sub(/.*cloner-cpus=/, "", c)
		sub(/ .*/, "", c); sub(/-/, ",", c) }
	match($0, /^Benchmark.*place=[a-z-]*/) {
		p = $0; sub(/.*place=/, "", p); sub(/[\/ ].*/, "", p)
		print p, c }' "$tmp/r/tiny.sample" | sort
}
run places
is "placed as the distances say" 0 "farthest 1,2" "other-node 1,0"
true_that "and there it ran" [ "$out" = "$(ran)" ]
run grep $'\tskip\t' "$tmp/r/plan.tsv"
is "no node has two CPUs" 0 "place=same-node"
run grep "^Benchmark.*/memory=3" "$tmp/r/tiny.sample"
is "memory of the fourth node" 0
run grep -c "Linux version" "$tmp/r/dmesg.log"
is "the whole kernel log" 0 1
run build/forkpath-analysis report "$tmp/r" --full
is "its report" 0 "tiny: tiny" "4 nodes" favordynmods "./run.sh lab --numa 4x1" \
	"first result $(field lab.first_result_seconds) s after the start"
run field lab.died
is "it did not die" 0 None

# Time that was emulated is never judged.
run field lab.time
if [ "$out" = emulated ]; then
	run build/forkpath-analysis report "$tmp/r" --full
	is "emulated: the report says so" 0 "BEWARE  emulated time"
	cp -r "$tmp/r" "$tmp/copy"
	run build/forkpath-analysis compare "a=$tmp/r" "b=$tmp/copy"
	is "emulated: no verdict" 0 "NO VERDICT  emulated time"
	run build/forkpath-analysis history "$tmp/r"
	is "emulated: no history" 2 "has no history"
	run build/forkpath-analysis judge "$tmp/r" "$tmp/r" --point clone
	is "emulated: no bisecting" 2 "no ground for a verdict"
	sed 's/"time": "emulated"/"time": "real"/' "$tmp/r/meta.json" \
		>"$tmp/meta" && mv "$tmp/meta" "$tmp/r/meta.json"
	cp "$tmp/r/meta.json" "$tmp/copy/meta.json"
	run build/forkpath-analysis compare "a=$tmp/r" "b=$tmp/copy"
	true_that "real time: a verdict" \
		[ "${out/NO VERDICT/}" = "$out" -a "$code" -eq 0 ]
else
	skip "emulated time" "KVM works here"
fi

# A guest that dies while it measures: what was done by then is kept.
cat >"$tmp/long.conf" <<'EOT'
# Three hundred repetitions of a second each.
[question]
title = long
repeat = 300
seconds = 600

[null floor]
time = 1
EOT
# A lab in whose guest some repetitions are done is $!: its QEMU has had six
# seconds of a CPU since the first one began, the shortest takes one of them.
measuring() { # DIR
	local qemu='' begin='' now

	rm -f "$tmp/out"
	$lab run --numa 1x1 --timeout 300 "$kernel" -- "$tmp/long.conf" \
		--out "$1" >"$tmp/out" 2>&1 &
	while kill -0 $!; do
		sleep 0.05	# nothing to wait for
		grep -qs '\[ *1/300\]' "$tmp/out" || continue
		[ -n "$qemu" ] || qemu=$(pgrep -f 'initrd /dev/fd' -P $!)
		now=$(awk '{ print $14 + $15 }' "/proc/$qemu/stat")
		[ -n "$begin" ] || begin=$now
		[ $((now - begin)) -lt $((6 * $(getconf CLK_TCK))) ] || break
	done
}
measuring "$tmp/dead"
kill -KILL "$(pgrep -f 'initrd /dev/fd' -P $!)"
wait $!
code=$? out=$(cat "$tmp/out")
is "a guest that dies while it measures" 1 "was killed by signal 9" \
	"what it had measured before is in $tmp/dead"
have=$(grep -c '^Benchmark' "$tmp/dead/long.sample")
true_that "$have of 300 repetitions are there" \
	[ "$have" -ge 1 -a "$have" -lt 300 ]
run build/forkpath-analysis report "$tmp/dead" --full
true_that "its report has the end" [ "${out/the guest died: */}" != "$out" ]
true_that "and says how many are not done" \
	[ "${out/not done of 300/}" != "$out" ]

# Ctrl-C is one more way to die.
measuring "$tmp/stopped"
kill -TERM $!
wait $!
code=$? out=$(cat "$tmp/out")
is "a lab that is stopped while it measures" 143 \
	"it was stopped by signal 15" \
	"what it had measured before is in $tmp/stopped"
true_that "does not show the console" [ "${out/  | /}" = "$out" ]
have=$(grep -c '^Benchmark' "$tmp/stopped/long.sample")
true_that "$have of 300 repetitions are there, too" \
	[ "$have" -ge 1 -a "$have" -lt 300 ]
run build/forkpath-analysis report "$tmp/stopped" --full
true_that "its report says who stopped it" \
	[ "${out/the guest died: it was stopped by signal 15/}" != "$out" ]
true_that "and does not offer to go on elsewhere" [ "${out/--resume/}" = "$out" ]
true_that "nothing is left behind" leftovers
done_testing
