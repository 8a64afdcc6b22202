#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# contention-arm64.t - what the plugin sees in a guest of arm64 with two CPUs
#
# As contention.t, of which this is what can differ there: which CPU it is,
# what is a locked instruction, by which calls an access came about, and which
# object it was in. LAB_ARM64_KERNEL is booted seven times.

. tests/lib.sh
me=contention-arm64.t
# shellcheck source=lab/cache.sh
. lab/cache.sh

program=build/forkpath-anatomy
lines=build/arm64/tests/bench/lines
release=${LAB_ARM64_KERNEL:-6.12}
T=$'\t'

# --- What needs no guest.

run lab/contention --arch mips 6.12
is "an architecture that nobody knows" 2 "--arch: 'mips' is wrong"
needs_arm64 "contention" || { done_testing; exit; }
kernel=$(timeout 500 lab/kernel --arch arm64 get "$release" 2>"$tmp/err" |
	sed -n 's/^image=//p')
[ -n "$kernel" ] || {
	skip "contention" "no kernel to boot: $(tail -n 1 "$tmp/err")"
	done_testing
	exit
}
run make -s -j "$(nproc)" ARCH=arm64 WERROR=1 guest $lines
is "programs of the guest" 0

# --- Operations.

run timeout 500 ./run.sh contention --arch arm64 "$kernel" --rounds 40 \
	--out "$tmp/one"
if [ "$code" = 4 ]; then
	skip "contention" "${out##*$'\n'}"
	done_testing
	exit
fi
is "thread creations on two CPUs" 0 css_set_lock tasklist_lock pidmap_lock \
	"kept in $tmp/one"
f=$(ls "$tmp"/one/[0-9]*.tsv)
true_that "40 windows of each CPU" grep -qx '# windows 40 40' "$f"
true_that "of which CPU model" grep -q '^# cpu neoverse-n1' "$f"
# A write lock is taken once by the clone, once by the exit and once when the
# task is released: each time one locked access.
# shellcheck disable=SC2016 # of awk
true_that "three locked accesses to tasklist_lock" awk -F "$T" '
	$8 == "tasklist_lock" { found = $1 == 1 && $3 >= 3 && $3 < 3.2 }
	END { exit !found }' "$f"
true_that "by which calls" grep -q \
	'^tasklist_lock;.*;__do_sys_clone;kernel_clone;copy_process' \
	"${f%.tsv}.folded"
# shellcheck disable=SC2016 # of awk
true_that "nine of ten accesses to shared lines have a name" awk '
	$2 == "strong" { found = $9 >= 90 } END { exit !found }' "$f"

# A fork has most of its lines in what was allocated.
run timeout 500 ./run.sh contention --arch arm64 "$kernel" --op fork \
	--rounds 20 --out "$tmp/fork"
is "forks: members of structures" 0 "css_set_lock"
f=$(ls "$tmp"/fork/[0-9]*.tsv)
# shellcheck disable=SC2016 # of awk
true_that "the program's file is opened by both" awk -F "$T" '
	$8 ~ /^file\.f_(count|ref)/ && $3 == 2 { found = 1 }
	END { exit !found }' "$f"

# A move takes the lock that forks share, and writes what they read.
run timeout 500 ./run.sh contention --arch arm64 "$kernel" --op attach \
	--against thread --hierarchy v1-freezer --rounds 20 --out "$tmp/moves"
is "moves against thread creations" 0 "attach against thread" css_set_lock
f=$(ls "$tmp"/moves/[0-9]*.tsv)
# shellcheck disable=SC2016 # of awk
true_that "the writer's lock: written by one side, read by the other" awk \
	-F "$T" '$8 ~ /^cgroup_threadgroup_rwsem/ && $1 == 1 && $2 > 2 &&
	$4 > 0 && $5 == 0 { found = 1 } END { exit !found }' "$f"

# --- Windows of which everything is known.

qemu=$(lab/kernel --arch arm64 qemu | sed -n 's/^qemu=//p')
cache_dir
symbols=$cache/contention/$(sha256sum <"$kernel" | cut -d' ' -f1)
[ -n "$qemu" ] || {
	skip "lines that are known" "no QEMU in the archive"
	done_testing
	exit
}
guest() { # PLUGIN-OPTIONS OPTION... -- COMMAND...
	run timeout 300 build/forkpath-lab exec --arch arm64 --exact \
		--qemu "$qemu" --numa 1x2 --timeout 280 --plugin \
		"$PWD/build/lab/contention-plugin-4.so,$1,symbols=$symbols" \
		"${@:2}"
}
# Without LSE a locked access is a pair of exclusives: one that reads more.
for cpu in neoverse-n1 cortex-a72; do
	locked=2
	[ $cpu = neoverse-n1 ] || locked=3
	guest "out=$tmp/lines,windows=18,skip=2" --add $lines \
		--cpu "$cpu,cntfrq=1000000000" "$kernel" -- ./lines
	is "$cpu: windows whose lines are known" 0 "lines: done"
	run $program lines "$tmp/lines" "$symbols"
	is "$cpu: 18 of each" 0 "# windows 18 18" "# refused 0 0" "# strong 3 "
	same() { # ACCESSES LOCKED SHARING: how many lines
		awk -F "$T" -v a="$1" -v l="$2" -v s="$3" '
			$1 == 1 && $2 == a && $3 == l && $7 == s &&
			/user memory/ { n++ } END { print n + 0 }' <<<"$out"
	}
	true_that "$cpu: one word of two writers: true sharing" \
		[ "$(same 2 0 true)" = 1 ]
	true_that "$cpu: the same, locked" [ "$(same $locked 1 true)" = 1 ]
	true_that "$cpu: two words of one line: false sharing" \
		[ "$(same 2 0 false)" = 1 ]
	true_that "$cpu: words of two lines: none" \
		[ "$(grep -c "user memory" <<<"$out")" = 3 ]
done

# Locks of which it is known who shares them: two readers, 100 pairs each.
ko=$(kmod/build --arch arm64 "$release" 2>"$tmp/err" | tail -n 1)
for lock in "rwsem-own 0" "rwsem-shared 1"; do
	read -r lock nr <<<"$lock"
	if [ ! -f "$ko" ]; then
		skip "$lock" "no module: $(tail -n 1 "$tmp/err")"
		continue
	fi
	guest "out=$tmp/$lock,windows=20,skip=5" --module "$ko" "$kernel" -- \
		build/bench/rwlock --exact --lock "$lock" --readers 2 \
		--pairs 100 --ops 40
	is "two readers of $lock" 0 "BenchmarkRwlock/lock=$lock/"
	run $program lines "$tmp/$lock" "$symbols"
	true_that "$lock: lines with a lock that both take: $nr" \
		[ "$(awk -F "$T" '$1 == 1 && $3 == 200 { n++ }
		END { print n + 0 }' <<<"$out")" = "$nr" ]
	is "$lock: and no other line" 0 "# lines $nr E "
done
done_testing
