#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# contention.t - what the plugin sees in a guest with two CPUs
#
# One kernel, LAB_KERNEL; then windows of which every shared line is known
# (tests/bench/lines.c). Counts are exact, so they are asserted.

. tests/lib.sh
me=contention.t
# shellcheck source=lab/cache.sh
. lab/cache.sh

program=build/forkpath-anatomy
T=$'\t'

has_kernel "contention" || { done_testing; exit; }
record() { # NAME: thread creations on both CPUs
	run timeout 500 ./run.sh contention "$kernel" --rounds 40 \
		--out "$tmp/$1"
}

record one
if [ "$code" = 4 ]; then
	skip "contention" "${out##*$'\n'}"
	done_testing
	exit
fi
is "thread creations on two CPUs" 0 css_set_lock tasklist_lock pidmap_lock \
	"kept in $tmp/one"
true_that "it fits into 72 columns" \
	[ -z "$(awk 'length > 72' "$tmp/one/report.txt")" ]
f=$(ls "$tmp"/one/[0-9]*.tsv)
true_that "40 windows of each CPU" grep -qx '# windows 40 40' "$f"
# A write lock is taken once by the clone, once by the exit and once when the
# task is released: each time one locked access.
# shellcheck disable=SC2016 # of awk
true_that "three locked accesses to tasklist_lock" awk -F "$T" '
	$8 == "tasklist_lock" { found = $1 == 1 && $3 >= 3 && $3 < 3.2 }
	END { exit !found }' "$f"
# shellcheck disable=SC2016 # of awk
true_that "nine of ten accesses to shared lines have a name" awk '
	$2 == "strong" { found = $9 >= 90 } END { exit !found }' "$f"
run $program forecast "${f%.tsv}.order" --transfer 60:140 --nodes 2
is "a forecast of it" 0 "Assumed: a line takes 60, 140, 140 ns" \
	"simulated from 32 operations" "Bound 1/(k T): css_set_lock, k = 5"
true_that "1 to 512 CPUs" [ "$(grep -cE '^ +[0-9]+ +[0-9]+ ' <<<"$out")" = 10 ]
record two
true_that "two boots are equal to the byte" cmp "$f" \
	"$tmp/two/${f##*/}"

# A fork has most of its lines in what was allocated.
run timeout 500 ./run.sh contention "$kernel" --op fork --rounds 20 \
	--out "$tmp/fork"
is "forks: members of structures" 0 "css_set_lock"
f=$(ls "$tmp"/fork/[0-9]*.tsv)
# shellcheck disable=SC2016 # of awk
true_that "nine of ten of a fork, too" awk '
	$2 == "strong" { found = $9 >= 90 } END { exit !found }' "$f"
# shellcheck disable=SC2016 # of awk
true_that "the program's file is opened by both" awk -F "$T" '
	$8 ~ /^file\.f_(count|ref)/ && $3 == 2 { found = 1 }
	END { exit !found }' "$f"

# Threads of one process share what kmalloc() gave out for it: what a member
# points to.
run timeout 500 ./run.sh contention "$kernel" --same-group --rounds 20 \
	--out "$tmp/group"
is "threads of one process" 0 "css_set_lock"
f=$(ls "$tmp"/group/[0-9]*.tsv)
# shellcheck disable=SC2016 # of awk
true_that "nineteen of twenty of theirs" awk '
	$2 == "strong" { found = $9 >= 95 } END { exit !found }' "$f"
# shellcheck disable=SC2016 # of awk
true_that "the set of cgroups that they are in" awk -F "$T" '
	$1 == 1 && $8 ~ /^css_set\./ && $9 ~ /css_set.nr_tasks written/ {
		found = 1 }
	END { exit !found }' "$f"

# A move takes the lock that forks share, and writes what they read.
run timeout 500 ./run.sh contention "$kernel" --op attach --against thread \
	--hierarchy v1-freezer --rounds 20 --out "$tmp/moves"
is "moves against thread creations" 0 "attach against thread" css_set_lock
f=$(ls "$tmp"/moves/[0-9]*.tsv)
# shellcheck disable=SC2016 # of awk
true_that "the writer's lock: written by one side, read by the other" awk \
	-F "$T" '$8 ~ /^cgroup_threadgroup_rwsem/ && $1 == 1 && $2 > 2 &&
	$4 > 0 && $5 == 0 { found = 1 } END { exit !found }' "$f"
true_that "20 windows of each side" grep -qx '# windows 20 20' "$f"

qemu=$(lab/kernel qemu | sed -n 's/^qemu=//p')
cache_dir
symbols=$cache/contention/$(sha256sum <"$kernel" | cut -d' ' -f1)
if [ -z "$qemu" ]; then
	skip "lines that are known" "no QEMU in the archive"
	done_testing
	exit
fi
run timeout 300 build/forkpath-lab exec --exact --qemu "$qemu" --numa 1x2 \
	--timeout 280 --add build/tests/bench/lines --plugin \
	"$PWD/build/lab/contention-plugin-4.so,out=$tmp/lines,windows=18,skip=2,symbols=$symbols" \
	"$kernel" -- ./lines
is "windows whose lines are known" 0 "lines: done"
run $program lines "$tmp/lines" "$symbols"
is "18 of each" 0 "# windows 18 18" "# refused 0 0" "# strong 3 "
same() { # ACCESSES LOCKED SHARING: how many lines
	awk -F "$T" -v a="$1" -v l="$2" -v s="$3" '
		$1 == 1 && $2 == a && $3 == l && $7 == s && /user memory/ { n++ }
		END { print n + 0 }' <<<"$out"
}
true_that "one word of two writers: true sharing" [ "$(same 2 0 true)" = 1 ]
true_that "the same, locked" [ "$(same 2 1 true)" = 1 ]
true_that "two words of one line: false sharing" \
	[ "$(same 2 0 false)" = 1 ]
true_that "words of two lines: none" [ "$(grep -c "user memory" <<<"$out")" = 3 ]
true_that "which bytes" grep -q "false${T}user memory of \[user\]${T}0-15 written" <<<"$out"

# Locks of which it is known who shares them: two readers, 100 pairs each.
ko=$(kmod/build "${LAB_KERNEL:-6.12}" 2>"$tmp/err" | tail -n 1)
for lock in "rwsem-own 0" "rwsem-shared 1" "percpu-fast 0" "percpu-slow 0"; do
	read -r lock lines <<<"$lock"
	if [ ! -f "$ko" ]; then
		skip "$lock" "no module: $(tail -n 1 "$tmp/err")"
		continue
	fi
	run timeout 300 build/forkpath-lab exec --exact --qemu "$qemu" \
		--numa 1x2 --timeout 280 --module "$ko" --plugin \
		"$PWD/build/lab/contention-plugin-4.so,out=$tmp/$lock,windows=20,skip=5,symbols=$symbols" \
		"$kernel" -- build/bench/rwlock --exact --lock "$lock" \
		--readers 2 --pairs 100 --ops 40
	is "two readers of $lock" 0 "BenchmarkRwlock/lock=$lock/"
	run $program lines "$tmp/$lock" "$symbols"
	true_that "$lock: lines with a lock that both take: $lines" \
		[ "$(awk -F "$T" '$1 == 1 && $3 == 200 { n++ }
		END { print n + 0 }' <<<"$out")" = "$lines" ]
	is "$lock: and no other line" 0 "# lines $lines E "
done

run timeout 30 qemu-system-x86_64 -M none -display none -plugin \
	"$PWD/build/lab/contention-plugin-4.so,out=$tmp/none"
true_that "another QEMU, another machine: no record of it" [ "$code" != 0 ]

done_testing
