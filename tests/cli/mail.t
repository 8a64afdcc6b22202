#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mail.t - what a mail of ./run.sh try says of what was found
#
# The reports are of kernels of which it is known by what they differ
# (tests/reach/variants), as lab/exact printed them, some rows less.

. tests/lib.sh
. lab/mail.sh

says() { # NAME EXPECTED
	code=0
	out=$2
	[ "$2" = "$3" ] || out="got:
$2
expected:
$3"
	true_that "$1" test "$2" = "$3"
}
narrow() { ! awk 'length > 72' <<<"$out" | grep -q .; }

# --- ten NOPs in one function
cat >"$tmp/nops" <<'END'
instructions that code changed adds to an operation: 6.12.117 ->
6.12.117, 1 layout
  operation                               base    patch   state
  clone clone3-into-cgroup siblings=0   141390      +10   -12.4
  clone fork siblings=0 this-is-a-long   58181      +10  +488.2
  each of them: cgroup_post_fork +10
  same code in 2 of 4 operations
  19 operations left out: another one began before they were through
  state: unchanged code that took another path, up to 850.2 instructions
  (0.11 %); noise of the laboratory, no part of `patch`
END
says "ten NOPs" "$(exact_says "$tmp/nops")" "\
  instructions per operation                              base  by patch
  clone clone3-into-cgroup siblings=0                   141390       +10
  clone fork siblings=0 this-is-a-long                   58181       +10

Code that the patch changes executes 10 more instructions per
operation in 2 of 4 operations; the others execute none of it. All of
it is in cgroup_post_fork()."
true_that "72 columns" narrow
says "one" "$(sed 's/ +10/  +1/' "$tmp/nops" >"$tmp/one"
	exact_says "$tmp/one" | sed -n 's/^Code.*executes //p')" \
	"1 more instruction per operation"
says "ten NOPs, in short" "$(exact_short "$tmp/nops")" "10 more in 2 of 4"

# --- one function less, what it called, another one more
cat >"$tmp/mixed" <<'END'
  operation                                base    patch   state
  clone clone3-into-cgroup siblings=0 u  141390   +2.953   -32.6
  clone clone3-into-cgroup siblings=0 u   58182 -179.453  -489.3
  exit 1                                   9000   +2.953    +0.0
  clone clone3-into-cgroup siblings=0 until=exit; exit 1: copy_process
  +2.953
  clone clone3-into-cgroup siblings=0 until=exit: state +7 [+6.0, +9.0],
  of one sign in all 6 layouts: it follows the patch
  clone clone3-into-cgroup siblings=0 until=return: mas_store <
  copy_process -157.677, vm_area_dup < copy_process -13.680, 65 more
  same code in 0 of 3 operations
  a fraction is state, too: inside of functions that changed the two
  cannot be told apart
  2 operations not compared: boots did not record as many of them
END
says "names and functions in several lines" "$(exact_rows "$tmp/mixed")" \
"$(printf '%s\t%s\t%s\t%s\t%s\n' same 0 3 '' '' | sed 's/\t*$//'
printf 'left\t2\n'
printf 'row\tclone clone3-into-cgroup siblings=0 until=%s\t%s\t%s\t%s\n' \
	exit 141390 +2.953 "copy_process +2.953" \
	return 58182 -179.453 "mas_store < copy_process -157.677, \
vm_area_dup < copy_process -13.680, 65 more"
printf 'row\texit 1\t9000\t+2.953\tcopy_process +2.953\n')"
says "rows with a fraction are told apart" "$(exact_says "$tmp/mixed" |
	tail -n 5)" "\
Code that the patch changes executes 3 more instructions per operation
in 2 of 3 operations; in 1 with a fraction state of the machine is in
it, too. The largest part is in copy_process() in 2 of them, in
mas_store() in 1. Of 2 more nothing is said: boots did not record as
many of them."
says "... in short" "$(exact_short "$tmp/mixed")" \
	"3 more in 2 of 3, 1 with state, 2 not compared"
sed 's/+2.953/-1/; s/-179.453/+4/; /not compared/d' "$tmp/mixed" >"$tmp/both"
says "fewer and more" "$(exact_short "$tmp/both")" "1 fewer to 4 more in 3 of 3"
sed 's/+2.953/-1.5/; /not compared/d' "$tmp/mixed" >"$tmp/fewer"
sed 's/+2.953/-0.037/; /not compared/d' "$tmp/mixed" >"$tmp/less"
says "nothing but state" "$(exact_short "$tmp/less")" \
	"0.04 to 179.45 fewer in 3 of 3"
says "fewer, none without a fraction" "$(exact_short "$tmp/fewer")" \
	"1.5 to 179.45 fewer in 3 of 3"
true_that "the columns are those that anatomy/verdict.c has" test \
	"$(tr -d '\n\t' <anatomy/verdict.c | grep -o \
	'patches\[\] = {[^}]*}')" = \
	'patches[] = {"operation", "base", "patch", "state",}'

# --- the same built again
cat >"$tmp/rebuild" <<'END'
instructions that code changed adds to an operation: 6.12.117 ->
6.12.117, 1 layout
  same code in 16 of 16 operations
  state: unchanged code that took another path, up to 843.8 instructions
  (0.42 %); noise of the laboratory, no part of `patch`
END
says "a rebuild" "$(exact_says "$tmp/rebuild")" "\
No difference: all 16 operations of the question execute the same code
on both kernels."
says "a rebuild, in short" "$(exact_short "$tmp/rebuild")" \
	"same code in all 16 operations"
echo "nothing" >"$tmp/nothing"
says "no row" "$(exact_says "$tmp/nothing")" "Nothing was compared: no \
operation could be counted on both kernels."
{ head -n 3 "$tmp/nops"
  for i in {1..30}; do
	echo "  clone fork siblings=$i  58181  +10  +488.2"
  done
  echo "  each of them: a +10"
  echo "  same code in 2 of 32 operations"; } >"$tmp/long"
out=$(exact_says "$tmp/long")
true_that "no more than 16 rows" test "$(grep -c '+10$' <<<"$out")" -eq 16
true_that "the rest is counted" grep -qx '  14 more: report.txt' <<<"$out"

# --- stress
cat >"$tmp/held" <<'END'
KTAP version 1
  1..2
    # Subtest: escape
    ok 1 v1-freezer
    ok 2 v2 # SKIP no time is left of the budget
  ok 1 escape
  # subtests: 1 ok, 0 not ok, 1 skipped
ok 1 bzImage
END
says "they held" "$(stress_says "$tmp/held" 60)" \
	"Stress: 1 test passed in 60 s, 1 skipped."
cat >"$tmp/failed" <<'END'
    # Subtest: escape
    ok 1 v1-freezer
    # reason: escape: invariant: a thread was left behind
    # repeat: ./run.sh stress escape/v2 --seed 7 --on lab bzImage
    not ok 2 v2
  not ok 1 escape
  # subtests: 1 ok, 1 not ok
not ok 1 bzImage
END
says "one failed" "$(stress_says "$tmp/failed" 60)" "\
Stress: 1 of 2 tests FAILED in 60 s.
  not ok v2
  escape: invariant: a thread was left behind
  repeat: ./run.sh stress escape/v2 --seed 7 --on lab bzImage"
sed '/reason:/c\    # reason: kernel: WARNING: possible circular locking dependency
	/repeat:/c\    # clone-into/99 is trying to acquire lock:\
    # ffffffff8244a9c8 (cgroup_mutex){+.+.}-{3:3}, at: set_fork+0x7/0x1f0\
    # but task is already holding lock:\
    # ? prb_read_valid+0x5/0x10\
    #  copy_process+0x1c3/0x2c0' "$tmp/failed" >"$tmp/splat"
says "the kernel said something" "$(stress_says "$tmp/splat" 60)" "\
Stress: 1 of 2 tests FAILED in 60 s.
  not ok v2
  kernel: WARNING: possible circular locking dependency
    (cgroup_mutex), at: set_fork+0x7/0x1f0
    copy_process+0x1c3/0x2c0"
head -n 4 "$tmp/held" >"$tmp/begun"
{ cat "$tmp/begun"
  cat <<'END'
  # reason: escape: the guest: Kernel panic - not syncing: Fatal exception
  # BUG: kernel NULL pointer dereference, address: 0000000000000008
  # RIP: 0010:move_it+0x9b/0x1f0
  # migrate_it+0x1c3/0x2c0
  # repeat: ./run.sh stress escape --seed 7 --time 60 --on lab --numa=2x1 a/b/bzImage
  # kept in: results/stress/1-bzImage
not ok 1 bzImage
END
} >"$tmp/died"
says "the guest died" "$(stress_says "$tmp/died" 60)" "\
Stress: the patched kernel did not survive escape.
  BUG: kernel NULL pointer dereference, address: 0000000000000008
  RIP: 0010:move_it+0x9b/0x1f0
  migrate_it+0x1c3/0x2c0
  repeat: ./run.sh stress escape --seed 7 --time 60 \\
    --on lab --numa=2x1 bzImage"
sed '/migrate_it/a\  # at move_it+0x9b/0x1f0 kernel/cgroup/cgroup.c:906\
  # at migrate_it+0x1c3/0x2c0 a/rather/long/path/of/a/file/in/the/tree/of/all.c:7' \
	"$tmp/died" >"$tmp/lines"
says "... in which lines" "$(stress_says "$tmp/lines" 60 | sed -n 3,4p)" "\
  RIP: 0010:move_it+0x9b/0x1f0 kernel/cgroup/cgroup.c:906
  migrate_it a/rather/long/path/of/a/file/in/the/tree/of/all.c:7"
sed '$a\  # at set_fork+0x7/0x1f0 kernel/fork.c:17' "$tmp/splat" >"$tmp/lines"
says "the kernel said where" "$(stress_says "$tmp/lines" 60 | grep set_fork)" \
	"    (cgroup_mutex), at: set_fork+0x7/0x1f0 kernel/fork.c:17"
sed '/BUG/d; /+0x/d; s/Kernel panic.*/it hangs: nothing was heard/' \
	"$tmp/died" >"$tmp/hangs"
says "the guest hangs" "$(stress_says "$tmp/hangs" 60 | head -n 2)" "\
Stress: the patched kernel did not survive escape.
  it hangs: nothing was heard"
sed 's/it hangs.*/the time limit of 180 s is over (--timeout)/' "$tmp/hangs" \
	>"$tmp/slow"
says "the guest was too slow" "$(stress_says "$tmp/slow" 60)" "\
Stress: not decided: 1 test passed.
  The guest was not through in time, in escape."
echo "# not run: forkpath-lab: no qemu-system-x86_64" >"$tmp/not"
sed '/reason:/a\  # BUG: workqueue lockup - pool cpus=1 node=1 stuck for 57s!' "$tmp/slow" \
	>"$tmp/starved"
says "no CPU for its workers either" "$(stress_says "$tmp/starved" 60 |
	sed 1q)" "Stress: not decided: 1 test passed."
printf '  # subtests: 0 ok, 0 not ok, 90 skipped\n' >"$tmp/none"
says "a kernel without cgroups" "$(stress_says "$tmp/none" 60)" \
	"Stress: not run: no test can run on the patched kernel."
says "not run" "$(stress_says "$tmp/not" 60)" "\
Stress: not run.
  forkpath-lab: no qemu-system-x86_64"

# --- contention
printf '%s\t%s\t%s\t%s\t%s\t%s\n' line E 6.12 "6.12 E" 6.12#2 "6.12#2 E" \
	css_set_lock 1 15/5 1 15/5 1 \
	"a_counter, which_has_a_name_of_more_than_fifty_characters_of_room" \
		0.9 - 0 2/1 0.9 \
	old_lock 0.6 9/3 0.6 1/0 0.4 >"$tmp/lines.tsv"
out=$(contention_says "$tmp/lines.tsv" threads 2)
says "lines that are new and gone" "$out" "\
Contention, threads on 2 CPUs: 2 lines of memory shared,
2 on base. Accesses/locked of one operation:
  new   a_counter, which_has_a_name_of_more_than_fifty_cha           2/1
  gone  old_lock                                                     9/3"
true_that "72 columns" narrow
sed -i '3,4d' "$tmp/lines.tsv"
says "no line of it" "$(contention_says "$tmp/lines.tsv" threads 2)" "\
Contention, threads on 2 CPUs: 1 line of memory shared,
the same as on base."

# --- the mails of docs/try.md are of what the runs found
holds() { [[ $1 == *"$2"* ]]; }	# TEXT PART
page=$(cat docs/try.md)
for d in results/reference/try/*/; do
	v=$(basename "$d")
	out=$(cat "$d/mail.txt")
	true_that "$v: its mail is in docs/try.md" holds "$page" \
		$'```text\n'"$out"$'\n```\n'
	true_that "$v: the counts" holds "$out" \
		$'\n\n'"$(exact_says "$d/report.txt")"$'\n'
	true_that "$v: the base with itself" holds "$out" \
		"Base compared with itself: $(exact_short "$d/self.txt")."
	true_that "$v: the tests" holds "$out" \
		$'\n\n'"$(stress_says "$d/stress.txt" 60)"$'\n'
	true_that "$v: 72 columns" narrow
	true_that "$v: 45 lines" test "$(wc -l <<<"$out")" -le 45
done
# What each is known to differ by.
ref=results/reference/try
true_that "ten NOPs are ten" test "$(exact_rows $ref/nops/report.txt |
	awk -F '\t' '$1 == "row" { print $4, $5 }' | sort -u)" = \
	"+10 cgroup_post_fork +10"
true_that "a rebuild is nothing" test \
	"$(exact_rows $ref/rebuild/report.txt)" = $'same\t16\t16'
true_that "without the lock an exit is 23 fewer, of 100 threads 2300" test \
	"$(exact_rows $ref/no-read-side/report.txt | awk -F '\t' \
	'$2 ~ /^exit/ { printf "%.0f\n", $4 }' | paste -sd ' ')" = "-23 -2300"
true_that "... and the kernel does not survive the tests" grep -q \
	'the guest: Kernel panic - not syncing: softlockup' \
	$ref/no-read-side/stress.txt
out=$(cat $ref/no-read-side/mail.txt)
true_that "... which the mail says, and that base does" holds "$out" \
	"Stress: the patched kernel did not survive "
true_that "... on base" test "$(grep -c '^On base: [0-9]* tests passed' \
	<<<"$out")" -eq 1

# Of the lock of 2011: an exit takes none, a fork has one to initialise, a
# thread and its exit pay more than today.
change() { # ROW
	exact_rows $ref/per-group-2011/report.txt |
		awk -F '\t' -v row="$1" '$2 == row { printf "%.0f\n", $4 }'
}
true_that "per-group-2011: an exit takes no lock" test \
	"$(change 'exit threads=1')" -eq -23
true_that "... a fork takes none" test \
	"$(change 'clone fork siblings=0 exit')" -lt -23
true_that "... a thread takes one" test \
	"$(change 'clone thread siblings=0 exit')" -gt 0
out=$(cat $ref/per-group-2011/mail.txt)
true_that "... and moves race with the rest" holds "$out" \
	"Stress: the patched kernel did not survive "

# --- what debug builds said of locks that are wrong, in docs/try.md
for v in lock-kept lock-order; do
	out=$(stress_says results/reference/try-debug/$v.txt 20)
	true_that "$v: what its mail says is in docs/try.md" holds "$page" \
		$'```text\n'"$out"$'\n```\n'
	true_that "$v: 72 columns" narrow
done
for v in series-order series-kept; do
	out=$(debug_says results/reference/try-debug/$v.txt 40)
	true_that "$v: what its mail says is in docs/try.md" holds "$page" \
		$'```text\n'"$out"$'\n  First in '
	true_that "$v: 72 columns" narrow
done
true_that "lock-kept: the lock, and who kept it" grep -q \
	'#0: [0-9a-f]* (cgroup_threadgroup_rwsem).* at: copy_process' \
	results/reference/try-debug/lock-kept.txt
true_that "lock-order: a circle" grep -q 'WARNING: possible circular locking' \
	results/reference/try-debug/lock-order.txt

# --- docs/reader-tax.md: what the lock is of each operation
tax_rows() { # WITHOUT PER-GROUP
	awk -F '\t' -v OFS='\t' '
	function one(v) { v = sprintf("%.0f", v); return v == "-0" ? "0" : v }
	$1 != "row" { next }
	FNR == NR { order[++n] = $2; base[$2] = $3; lock[$2] = -$4; next }
	{ old[$2] = lock[$2] + $4 }
	END {
		for (i = 1; i <= n; i++) {
			k = order[i]
			printf "| %s | %s | %s | %.2f %% | %s |\n", k, base[k],
				one(lock[k]), 100 * lock[k] / base[k],
				k in old ? one(old[k]) : one(lock[k])
		}
	}' <(exact_rows $ref/"$1"/report.txt) <(exact_rows $ref/"$2"/report.txt)
}
out=$(tax_rows no-read-side per-group-2011)
true_that "docs/reader-tax.md has what was counted" holds \
	"$(cat docs/reader-tax.md)" $'|--:|\n'"$out"$'\n\n'

# What is gone in each report, and what part of the base that is.
tax_releases() { # REPORT...
	local f

	for f; do
		exact_rows "$f" | sed "s/^/$(basename "$f" .txt)\t/"
	done | awk -F '\t' '
	$2 != "row" { next }
	!($1 in column) { column[$1] = ++columns }
	!($3 in row) { row[$3] = ++rows; name[rows] = $3 }
	{ lock[row[$3], column[$1]] = sprintf("%.0f | %.2f %%", -$5,
		-100 * $5 / $4) }
	END {
		for (r = 1; r <= rows; r++) {
			printf "| %s", name[r]
			for (c = 1; c <= columns; c++)
				printf " | %s", (r, c) in lock ? \
					lock[r, c] : "- | -"
			print " |"
		}
	}'
}
cp results/reference/reader-tax/{6.1,7.3}.txt "$tmp"
cp $ref/no-read-side/report.txt "$tmp/6.12.txt"
out=$(tax_releases "$tmp"/{6.1,6.12,7.3}.txt)
true_that "... and what was counted of other releases" holds \
	"$(cat docs/reader-tax.md)" $'|--:|\n'"$out"$'\n\n'
out=$(tax_releases "$tmp/6.12.txt" results/reference/reader-tax/no-cgroups.txt)
true_that "... and of a kernel without cgroups" holds \
	"$(cat docs/reader-tax.md)" $'|--:|\n'"$out"$'\n\n'

done_testing
