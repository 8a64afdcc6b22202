#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# exact-ab.t - what a patch adds is found; between equal kernels is nothing
#
# Records made by hand, in which it is known what differs, and one kernel,
# LAB_KERNEL, against itself under three layouts.

. tests/lib.sh

program=build/forkpath-anatomy
export FORKPATH_JOURNAL_DIR=$tmp/journal
T=$'\t'

# --- two kernels by hand --------------------------------------------------

# fn calls lock, which is where it was; BYTES are the code of fn, USERS those of
# a static key that fn asks, one byte; another one of that name is on.
side() { # DIR BYTES [USERS]
	mkdir "$tmp/$1"
	printf '%s\n' 'ffffffff81000000 T fn' 'ffffffff81000020 T lock' \
		'ffffffff81000040 T tree' 'ffffffff81000060 T _etext' \
		'ffffffff81000060 D __start___jump_table' \
		'ffffffff81000080 D __stop___jump_table' \
		'ffffffff81000088 d lock_mode' 'ffffffff81000090 d lock_mode' \
		>"$tmp/$1/symbols"
	{
		printf 'fkptrac1\0\0\0\x81\xff\xff\xff\xff'
		printf "$2%32s" '' | tr ' ' '\220' | head -c 32
		printf '%64s' '' | tr ' ' '\220'
		printf '\xa0\xff\xff\xff\0\0\0\0\x20\0\0\0\0\0\0\0'
		printf '\x90\xff\xff\xff\0\0\0\0\x18\0\0\0\0\0\0\0'
		printf '\0\0\0\0\0\0\0\0%b\0\0\0\0\0\0\0\1\0\0\0' "${3:-\\0}"
	} >"$tmp/$1/image"
}
# Instructions of each, calls of lock and of fn; then those of fn, one by one:
# OFFSET:BYTES:EXECUTED.
tree() { # DIR NAME WINDOWS FN LOCK LOCKS TREE [CALLS [INSN]...]
	local to=$tmp/$1/$2.tree insn

	printf '%s\n' "# forkpath-tree/2" "windows${T}$3${T}given-up${T}0" \
		"parent${T}function${T}calls${T}instructions" \
		"0${T}fn${T}${8:-$3}${T}$4" "2${T}lock${T}$6${T}$5" \
		"2${T}tree${T}$3${T}$7" "address${T}bytes${T}executed" >"$to"
	for insn in "${@:9}"; do
		printf 'ffffffff810000%s\n' "${insn//:/$T}" >>"$to"
	done
}
side base '\x31\xc0\xc3'
side same '\x31\xc0\xc3'
side nops '\x90\x90\x31\xc0\xc3'
tree base clone 10 1000 200 10 300
tree base exit 10 50 20 10 30
# Ten more in fn; tree has another shape.
tree nops clone 10 1100 200 10 370
tree nops exit 10 50 20 10 30
tree same clone 10 1000 200 10 370
tree same exit 10 50 20 10 30
run $program verdict "$tmp/base" "$tmp/nops" --code
is "ten instructions of code that changed" 0 \
	"code${T}fn${T}changed" "same code in 0 of 2 operations" \
	"other code, but as many instructions of it, in 1" \
	"clone: fn +10" "up to 7.0 instructions"
out=$(grep '^  clone  ' <<<"$out") code=0
is "are the patch, and the tree is not" 0 "+10" "+7.0"
run $program verdict "$tmp/base" "$tmp/nops" --table "$tmp/table"
true_that "all of it is in the table for programs" [ "$(cat "$tmp/table")" = \
	"operation${T}part${T}function${T}instructions
clone${T}base${T}-${T}150.000
clone${T}changed${T}fn${T}+10.000
clone${T}state${T}-${T}+7.000
exit${T}base${T}-${T}10.000
exit${T}state${T}-${T}+0.000" ]
run $program verdict "$tmp/base" "$tmp/nops" --table "$tmp/none/table"
is "a table that cannot be written" 1 "none/table: No such file"
run $program verdict "$tmp/base" "$tmp/nops" --table /dev/full
is "or is cut" 1 "/dev/full: "
run $program verdict "$tmp/base" "$tmp/same"
is "state is no patch" 0 "same code in 2 of 2 operations" "up to 7.0" \
	"100 % of the instructions are in functions with a name"
cp "$tmp/same/exit.tree" "$tmp/named"
sed '1!s/\ttree\t/\t[user]\t/' "$tmp/named" >"$tmp/same/exit.tree"
run $program verdict "$tmp/base" "$tmp/same"
is "what has no name is said" 0 "99.08 % of the instructions are in functions"
cp "$tmp/named" "$tmp/same/exit.tree"
tree nops clone 10 1000 400 20 300
run $program verdict "$tmp/base" "$tmp/nops"
is "a lock taken once more" 0 "clone: lock < fn +20"
run $program verdict "$tmp/base" "$tmp/nops" --table "$tmp/table"
true_that "and what was called, with its caller" \
	grep -q "^clone${T}called${T}lock < fn${T}+20.000$" "$tmp/table"
tree nops clone 10 1003 200 10 300
run $program verdict "$tmp/base" "$tmp/nops"
is "a fraction is said to be one" 0 "fn +0.300" "a fraction is state, too"
run $program verdict "$tmp/base" "$tmp/same" "$tmp/base" "$tmp/same"
is "two layouts" 0 "A/A: the base under one layout" "--layouts 6 or more"
six=()
for ((i = 0; i < 6; i++)); do
	six+=("$tmp/base" "$tmp/same")
done
run $program verdict "${six[@]}"
is "state in every layout is the patch's" 0 \
	"clone: state +7 [+7.0, +7.0], of one sign in all 6 layouts"
run $program verdict "${six[@]:0:10}" "$tmp/same" "$tmp/base"
is "in all but one it is not" 0 "state follows the patch in no operation"
tree same clone 9 1000 200 10 300
run $program verdict "$tmp/base" "$tmp/same"
is "another number of operations" 0 "1 operations not compared"
rm "$tmp/same/clone.tree"
run $program verdict "$tmp/base" "$tmp/same"
is "none of an operation" 0 "1 operations not compared" \
	"same code in 1 of 1 operations"

# xor, je over inc, inc, ret; and with two NOPs in front.
side jump '\x31\xc0\x74\x02\xff\xc0\xc3'
side jump-nops '\x90\x90\x31\xc0\x74\x02\xff\xc0\xc3'
side jump-other '\x31\xc0\x75\x02\xff\xc0\xc3'
side jump-to '\x31\xc0\x74\x00\xff\xc0\xc3'
patch_of() { # NEW: "PATCH STATE" of clone
	run $program verdict "$tmp/jump" "$tmp/$1"
	awk '$1 == "clone" { print $3, $4 }' <<<"$out"
}
nops=(00:1:10 01:1:10 02:2:10 04:2:10)
tree jump clone 10 34 200 10 300 10 00:2:10 02:2:10 04:2:4 06:1:10
tree jump-nops clone 10 57 200 10 300 10 "${nops[@]}" 06:2:7 08:1:10
true_that "two NOPs are two, whichever way is taken more often" \
	[ "$(patch_of jump-nops)" = "+2 +0.3" ]
tree jump-nops clone 10 50 200 10 300 10 "${nops[@]}" 08:1:10
true_that "even a way that was not taken at all" \
	[ "$(patch_of jump-nops)" = "+2 -0.4" ]
tree jump-nops clone 10 114 200 10 300 20 00:1:20 01:1:20 02:2:20 04:2:20 \
	06:2:14 08:1:20
true_that "and however often its state has it called" \
	[ "$(patch_of jump-nops)" = "+2 +6.0" ]
tree jump-nops clone 10 57 240 12 300 10 "${nops[@]}" 06:2:7 08:1:10
true_that "what it calls more often on another way is state, too" \
	[ "$(patch_of jump-nops)" = "+2 +4.3" ]
tree jump-other clone 10 37 240 12 300 10 00:2:10 02:2:10 04:2:7 06:1:10
true_that "another jump is not: all of it is the patch's" \
	[ "$(patch_of jump-other)" = "+4.300 +0.0" ]
tree jump-to clone 10 40 200 10 300 10 00:2:10 02:2:10 04:2:10 06:1:10
true_that "nor is a jump to elsewhere" [ "$(patch_of jump-to)" = "+0.600 +0.0" ]
tree jump-nops clone 10 57 200 10 300 10 "${nops[@]}" 06:0:7 08:1:10
true_that "what cannot be told apart, either" \
	[ "$(patch_of jump-nops)" = "+2.300 +0.0" ]

sed -i "2s/\$/${T}slept${T}3${T}ns${T}12000000/" "$tmp/jump-to/clone.tree"
run $program verdict "$tmp/jump" "$tmp/jump-to"
is "who slept, in a table of its own" 0 "3 of 10  12.0"
is "and no part of the patch" 0 "+0.600"

# xor, mov with four bytes that could be NOPs, ret.
side mov '\x31\xc0\xb8\x90\x90\x90\x90\xc3'
side mov-nops '\x31\xc0\x90\x90\xb8\x90\x90\x90\x90\xc3'
tree mov clone 10 30 200 10 300 10 00:2:10 02:5:10 07:1:10
tree mov-nops clone 10 50 200 10 300 10 00:2:10 02:1:10 03:1:10 04:5:10 09:1:10
run $program verdict "$tmp/mov" "$tmp/mov-nops"
is "bytes in the middle of an instruction are none" 0 "clone: fn +2"
side ecx '\x31\xc9\x74\x02\xff\xc0\xc3'
tree ecx clone 10 34 200 10 300 10 00:2:10 02:2:10 04:2:4 06:1:10
run $program verdict "$tmp/jump" "$tmp/ecx"
is "other code that is as long is not the same" 0 \
	"same code in 0 of 1 operations" "as many instructions of it, in 1"
side on '\x31\xc0\x74\x02\xff\xc0\xc3' '\x01'
tree on clone 10 34 200 10 300 10
run $program verdict "$tmp/jump" "$tmp/on"
is "a static key that is set" 0 "static key lock_mode: off -> on"
for each in jump on; do
	sed 's/\tfn\t/\tanother\t/' "$tmp/$each/clone.tree" >"$tmp/tree"
	mkdir "$tmp/unasked-$each"
	cp "$tmp/$each"/{image,symbols} "$tmp/unasked-$each"
	cp "$tmp/tree" "$tmp/unasked-$each/clone.tree"
done
run $program verdict "$tmp/unasked-jump" "$tmp/unasked-on"
true_that "nor is one that no function executed asks" \
	[ "$code${out/static key/}" = "0$out" ]
run $program verdict "$tmp/on" "$tmp/on"
true_that "is not named where it is set in both" \
	[ "${out/static key/}" = "$out" ]

# A jump that has lock called twice, and with it tree, which changed, too.
for each in jump jump-other; do
	times=1
	[ $each = jump ] || times=2
	printf '%s\n' "# forkpath-tree/2" "windows${T}10${T}given-up${T}0" \
		"parent${T}function${T}calls${T}instructions" \
		"0${T}fn${T}10${T}40" "2${T}lock${T}${times}0${T}${times}00" \
		"3${T}tree${T}${times}0${T}${times}000" \
		"address${T}bytes${T}executed" >"$tmp/$each/clone.tree"
done
printf '\x31\xc0' | dd of="$tmp/jump-other/image" bs=1 seek=$((16 + 64)) \
	conv=notrunc 2>"$tmp/err"
true_that "what changed is called more often by what did not" \
	[ "$(patch_of jump-other)" = "+110 +0.0" ]

run $program verdict "$tmp/base"
is "one folder" 2 "1 folders given; expected BASE NEW"
run $program verdict "$tmp" "$tmp/base"
is "a folder without operations" 2 "no operations (*.tree)"
echo x >"$tmp/same/clone.tree"
run $program verdict "$tmp/base" "$tmp/same"
is "no tree" 2 "same/clone.tree: not a tree"
: >"$tmp/same/image"
run $program verdict "$tmp/base" "$tmp/same"
is "no image" 2 "$tmp/same"

# --- bad input ------------------------------------------------------------

bad() { # NAME TEXT ARGUMENT...
	local name=$1 text=$2

	shift 2
	run ./run.sh lab --exact "$@"
	is "$name" 2 "$text"
}
bad "no question" "which question?" 6.1 6.1 --
bad "no such question" "configs/walk.conf: no such question" 6.1 6.1 -- walk
bad "no layouts" "--layouts: '0'; expected a whole number from 1 to 16" \
	--layouts 0 6.1 6.1 -- quick
bad "boots of equal layout" "--boots: not with two kernels; --layouts N" \
	--boots 3 6.1 6.1 -- quick
bad "a control of what is no function" "'fn;ls' is no function" \
	--control 'fn;ls' 6.1 -- quick
bad "another architecture" "x86_64 or arm64" --arch mips 6.1 6.1 -- quick
bad "no such kernel" "/nowhere" /nowhere/a /nowhere/b -- quick
run ./run.sh lab --layout 1 6.1 -- quick
is "a layout of time" 2 "--layout: only with --exact"

# --- built again meanwhile ------------------------------------------------

mkdir -p "$tmp/top/build" "$tmp/top/configs"
cp -r lab "$tmp/top"
cp $program "$tmp/top/build/"
touch "$tmp/top/configs/q.conf"
cat >"$tmp/top/lab/kernel" <<'END2'
#!/bin/sh
printf 'image=i\nrelease=%s\nsha256=%s\n' "$2" "$2"
END2
cat >"$tmp/top/build/forkpath-lab" <<'END2'
#!/bin/bash
case $1 in
machine) printf 'version=9.1\nplugins=4\nbuilt=build\nprograms=p\n' ;;
exec)	printf 'ffffffff81000000 T %s\n' _text _end | gzip | base64 ;;
run)	mkdir "${@: -1}"
	echo x >>"$BOOTS"
	printf ' "programs": "p%s",\n' "$(wc -l <"$BOOTS")" \
		>"${@: -1}/meta.json" ;;
esac
END2
chmod +x "$tmp"/top/lab/kernel "$tmp"/top/build/*
run env BOOTS="$tmp/booted" FORKPATH_CACHE="$tmp/cache" "$tmp/top/lab/exact" \
	--jobs 1 1 2 -- q --out "$tmp/mixed"
is "boots of two builds are not compared" 1 "ran different programs"

# --- one kernel against itself --------------------------------------------

has_kernel "the rest" || { done_testing; exit; }
cat >"$tmp/aa.conf" <<'END2'
[question]
title = What differs between equal kernels?
repeat = 1
[clone create]
kind = thread fork
ops = 30
[clone-attach beside]
kind = thread
victims = unrelated
think = 0.001
ops = 30
[exit end]
threads = 1
ops = 20
END2
run timeout 600 ./run.sh lab --exact --layouts 2 --code --reuse "$tmp/boots" \
	"$kernel" "$kernel" -- "$tmp/aa.conf" --out "$tmp/aa"
is "equal kernels, three layouts" 0 "A/A" "under 3 layouts" \
	"same code in 4 of 4 operations" "kept in $tmp/aa"
true_that "no row, no function differs" \
	[ -z "$(grep -E "^code|  +[0-9]+ +[+-]" <<<"$out")" ]
true_that "and memory lies elsewhere in them" \
	[ "$(cat "$tmp"/aa/base-[123]/clone\ fork.tree | sort | uniq -c |
		awk '$1 == 3' | wc -l)" -lt \
	  "$(wc -l <"$tmp/aa/base-1/clone fork.tree")" ]
true_that "the report is kept, within 72 columns" \
	[ -z "$(awk 'length > 72' "$tmp/aa/report.txt")" ]
run timeout 600 ./run.sh lab --exact --layouts 2 --reuse "$tmp/boots" \
	"$kernel" "$kernel" -- "$tmp/aa.conf" --out "$tmp/again"
is "boots that were kept say the same" 0 "$(grep 'same code' "$tmp/aa/report.txt")"
true_that "... and were not made again" \
	[ "$tmp/again/base-3/out" -ef "$tmp/aa/base-3/out" ]
for meta in "$tmp"/boots/*-1/results/meta.json; do
	sed -i 's/"programs": "/&0/' "$meta"
done
run timeout 600 ./run.sh lab --exact --layouts 2 --reuse "$tmp/boots" \
	"$kernel" "$kernel" -- "$tmp/aa.conf" --out "$tmp/mended"
is "one of another build is made again" 0 "with another build of the suite" \
	"$(grep 'same code' "$tmp/aa/report.txt")"
true_that "... the others are not" \
	[ "$tmp/mended/base-3/out" -ef "$tmp/aa/base-3/out" ]

# --- two virtual CPUs -----------------------------------------------------

run timeout 600 ./run.sh lab --exact --numa 1x2 "$kernel" "$kernel" \
	-- "$tmp/aa.conf" --out "$tmp/cpus"
is "two CPUs, equal kernels" 0 "under 2 layouts" "same code in 4 of 4 operations"
true_that "... which the guest had" \
	grep -q '^  "numa": "1x2"' "$tmp/cpus/base-1/results/meta.json"
true_that "no row, no function differs" \
	[ -z "$(grep -E "^code|  +[0-9]+ +[+-]" <<<"$out")" ]
# What is known of a window is known of all: on either CPU nothing is missing.
true_that "every window is a sample, but for those that slept" \
	[ "$(grep -L "^windows.*${T}slept${T}" "$tmp"/cpus/base-1/*.tree | wc -l)" \
	  -eq 0 ]

# Four NOPs more in FUNCTION: 4 times its calls, in whatever calls it.
control() { # FUNCTION OPTION...
	local fn=$1 tree op calls want

	shift
	run timeout 600 ./run.sh lab --exact --control "$fn" "$@" "$kernel" \
		-- "$tmp/aa.conf" --out "$tmp/$fn"
	is "4 NOPs in $fn $*" 0 "same code in"
	for tree in "$tmp/$fn"/base-1/*.tree; do
		op=$(basename "$tree" .tree)
		calls=$(awk -F'\t' -v fn="$fn" '
			$1 == "windows" { n = $2 }
			$2 == fn { c += $3 }
			END { printf "%.3f", 4 * c / n }' "$tree")
		want=$(awk -F'\t' -v op="$op" '
			$1 == op && ($2 == "changed" || $2 == "called") { s += $4 }
			END { printf "%.3f", s }' "$tmp/$fn/verdict.tsv")
		true_that "... of $op: $want is $calls" [ "$want" = "$calls" ]
	done
}
control cgroup_post_fork --numa 1x2
true_that "where there are forks" \
	[ "$(grep -c "changed.*+4.000$" "$tmp/cgroup_post_fork/verdict.tsv")" -ge 3 ]
control exit_signals --numa 1x2
control cgroup_attach_task
is "and nowhere else" 0 "same code in 4 of 4 operations"
run timeout 600 ./run.sh lab --exact --control no_such_function "$kernel" \
	-- "$tmp/aa.conf" --out "$tmp/none"
is "no such function" 2 "has no function no_such_function"
done_testing
