#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# anatomy.t - what the plugin counts in a guest, and what is said of it
#
# Windows of which every instruction is known (tests/bench/marks.c), and one
# kernel, LAB_KERNEL. All numbers are exact, so they are asserted.

. tests/lib.sh

lab=build/forkpath-lab
program=build/forkpath-anatomy
T=$'\t'

row="caller${T}[user]${T}7${T}7${T}0${T}0${T}0"
counts() { # LABEL OP
	printf '%s\n' "# forkpath-anatomy/1" "# label $1" "# op $2" \
		"# windows 9 mode 9 given-up 0" \
		"# operation mode 7 p50 7 mean 7 min 7 max 7" \
		"# all p50 7 mean 7 min 7 max 7" \
		"part${T}function${T}mode${T}mean${T}cgroup${T}lock${T}string"
}
{ counts one clone; echo "$row"; } >"$tmp/one"
{ counts two fork; echo "${row//7/9}"; } >"$tmp/two"
run $program table "$tmp/one" "$tmp/two"
is "a table of two" 0 "one  two  more" "7    9    +2" \
	"! two: another operation, fork" "! two: only 9 of 9 operations"
run $program table "$tmp/one" "$tmp/two" "$tmp/one" "$tmp/two" \
	--out "$tmp/out"
is "a table of four, three columns at a time" 0
true_that "it fits into 72 columns" [ -z "$(awk 'length > 72' <<<"$out")" ]
true_that "every function is kept" grep -q "^\[user\]${T}7${T}9${T}7${T}9$" \
	"$tmp/out/anatomy.tsv"
if command -v gnuplot >/dev/null; then
	true_that "with a figure" [ -s "$tmp/out/anatomy.svg" ]
fi
echo "# forkpath-anatomy/2" >"$tmp/bad"
run $program table "$tmp/one" "$tmp/bad"
is "counts of another version" 2 "line 1: '# forkpath-anatomy/2' is not of"
run $program table "$tmp/nowhere"
is "no counts" 2 "No such file"
run $program fold "$tmp/one"
is "fold: one file" 2 "expected TRACE SYMBOLS"
printf 'ffffffff81000000 T _stext\nffffffff82000000 T _etext\n' >"$tmp/symbols"
run $program fold "$tmp/one" "$tmp/symbols"
is "fold: no trace" 2 "no trace of lab/anatomy-plugin.c"
run $program fold "$tmp/one" "$tmp/one"
is "fold: no symbols" 2 "ADDRESS TYPE NAME"

run ./run.sh anatomy
is "no kernel" 2 "which kernels?"
run ./run.sh anatomy 6.12 --op walk
is "no such operation" 2 "'walk' is not one of clone fork vfork into exit"
run ./run.sh anatomy 6.12 -- walk
is "no such bench" 2 "no bench 'walk'; there are:" " attach "
run ./run.sh anatomy 6.12 -- clone --kind cell
is "no such kind" 2 "thread fork vfork"
run ./run.sh anatomy 6.12 --rounds 0
is "no rounds" 2 "--rounds: '0' is not a whole number from 1"
run ./run.sh anatomy 6.12 --lock-mode none
is "no such lock mode" 2 "'none' is not default, favordynmods or both"

# --- who calls a function -------------------------------------------------

mkdir "$tmp/stacks"
printf '%s\n' 'caller;[user] 9000' 'caller;fork;can_fork;down_read 23000' \
	'caller;fork;can_fork;down_read;schedule 1500' \
	'child;do_exit;acct;down_read 23000' 'child;down_read 1000' \
	>"$tmp/stacks/6.9.1.folded"
printf '%s\n' 'caller;fork;can_fork;down_read 46000' \
	'child;do_exit;acct;down_read 23000' >"$tmp/stacks/6.18.2.folded"
printf '%s\n' 'child;do_exit;acct;down_read 23000' \
	>"$tmp/stacks/6.18.2-fav.folded"
run ./run.sh anatomy --callers down_read "$tmp/stacks"
is "callers, the largest difference first" 0 "\
callers of down_read                     6.9.1       6.18.2   6.18.2-fav
caller: can_fork < fork                   24.5           46            0
child: -                                     1            0            0
child: acct < do_exit                       23           23           23
Instructions per operation in and below it, mean of all operations."
printf 'child;%s;%s;down_read 1\n' a_function_with_a_long_name and_its_caller \
	>"$tmp/stacks/7.0.folded"
run ./run.sh anatomy --callers down_read "$tmp/stacks"
is "long names, fewer side by side" 0 \
	"child: and_its_caller < a_function_with_a_long" \
	"   6.18.2-fav          7.0"
true_that "72 columns" [ -z "$(awk 'length > 72' <<<"$out")" ]
run ./run.sh anatomy --callers up_read "$tmp/stacks"
is "a function that nobody called" 1 "no operation was in up_read"
run ./run.sh anatomy --callers 'a b' "$tmp/stacks"
is "no function" 2 "--callers: 'a b' is no function"
run ./run.sh anatomy --callers down_read "$tmp"
is "no stacks" 2 "$tmp: no stacks (*.folded)"
run ./run.sh anatomy --callers down_read
is "no folder" 2 "--callers: one folder is right"

has_kernel "the rest" || { done_testing; exit; }

# One kernel. Sample by sample, the clock says what a window holds: that,
# and nine instructions more, the marks and one reading of the clock.
run timeout 200 env FORKPATH_CACHE="$tmp/cache" ./run.sh anatomy "$kernel" \
	--rounds 100 --out "$tmp/kernel"
is "anatomy of a clone" 0 "reader tax: the cgroup code" cgroup_can_fork \
	copy_process "kept in $tmp/kernel"
true_that "it fits into 72 columns" \
	[ -z "$(awk 'length > 72' "$tmp/kernel/report.txt")" ]
f=$(ls "$tmp"/kernel/*.anatomy)
true_that "every sample is its window and 9 instructions" \
	grep -qx '# samples 100 more 9' "$f"
named=$(awk -F "$T" '$1 == "caller" || $1 == "child" { all += $4
	if ($2 != "[unknown]" && $2 != "[user]") named += $4 }
	END { printf "%d", 1e4 * named / all }' "$f")
true_that "at least 99.9 % of it in functions with a name: $named / 10000" \
	[ "$named" -ge 9990 ]
true_that "those of the bench, too" grep -q "^caller${T}\[user:[a-z_]*\]$T" "$f"
# shellcheck disable=SC2016 # of awk
true_that "their sum is the operation" awk -F "$T" '
	/^# operation mode / { split($0, w, " "); want = w[4] }
	$1 == "caller" || $1 == "child" { sum += $3 }
	END { exit !(want > 0 && sum - want < 1e-3 && want - sum < 1e-3) }' "$f"
true_that "a child exits" grep -q "^child${T}do_exit$T" "$f"
true_that "stacks are kept" grep -q '^caller;entry_SYSCALL_64.*;copy_process;' \
	"${f%.anatomy}.folded"

# 20 windows of 1000, 20 with a fault in the middle, 2 with a tick.
case $(qemu-system-x86_64 --version) in
*"version "[4-8].*) plugin=$PWD/build/lab/anatomy-plugin-1.so ;;
*)	plugin=$PWD/build/lab/anatomy-plugin-4.so ;;
esac
run timeout 100 $lab exec --exact --timeout 90 --plugin \
	"$plugin,out=$tmp/marks,windows=42" --add build/tests/bench/marks \
	"$kernel" -- ./marks
is "windows that are known" 0 "marks: done"
user() { # SYMBOLS [TRACE]: instructions of user space in all windows
	run $program fold "${2:-$tmp/marks}" "$1"
	awk -F "$T" '$1 == "caller" && $2 == "[user]" {
		printf "%.0f", $4 * 42 }' <<<"$out"
}
want=$((40 * 1000 + 2 * 5010001))
symbols=$(ls "$tmp"/cache/symbols-all/*)
true_that "every instruction of user space is counted once" \
	[ "$(user "$symbols")" = $want ]
run $program fold "$tmp/marks" "$symbols"
is "the mode is 1000" 0 "# windows 42 mode 20 given-up 0" \
	"# operation mode 1000 p50" "caller${T}[user]${T}1000$T"
true_that "ticks are no part of it" grep -q \
	"^interrupt${T}asm_sysvec_apic_timer_interrupt$T" <<<"$out"
# The same by the QEMU that contention takes, which has another interface.
other=$(timeout 300 lab/kernel qemu 2>/dev/null | sed -n 's/^qemu=//p')
if [ "$plugin" = "${plugin%-4.so}" ] && [ -n "$other" ]; then
	run timeout 100 $lab exec --exact --timeout 90 --qemu "$other" --plugin \
		"${plugin%-1.so}-4.so,out=$tmp/marks-4,windows=42" \
		--add build/tests/bench/marks "$kernel" -- ./marks
	is "windows that are known, QEMU 10" 0 "marks: done"
	true_that "and every instruction of theirs" \
		[ "$(user "$symbols" "$tmp/marks-4")" = $want ]
fi
# Nobody who knows page faults: what is repeated is counted twice.
true_that "counting too much would be seen" \
	[ "$(user "$tmp/symbols")" = $((want + 20)) ]
run timeout 30 qemu-system-x86_64 -M none -display none -plugin \
	"$plugin,windows=0"
is "a plugin asked for no window" 1 "'windows=0'; out=FILE"
done_testing
