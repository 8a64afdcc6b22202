#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# matrix.t - the history of the fork path says what its files say

. tests/lib.sh

page=docs/history-of-the-fork-path.md
kept=results/reference/matrix
arm64=$kept-arm64

block() { # COMMAND; what the pages have between its marks
	awk -v begin="<!-- BEGIN $1 -->" '
		$0 == begin { on = 1; next }
		$0 == "<!-- END -->" { on = 0 }
		on' $page docs/anatomy.md
}

for command in "lab/matrix table $kept/matrix.tsv" \
	       "lab/matrix patches $kept/steps.tsv" \
	       "lab/matrix patches $kept/steps.tsv thread" \
	       "lab/matrix patches $kept/steps.tsv attach-64" \
	       "lab/matrix patches $kept/steps.tsv exit" \
	       "lab/matrix patches $kept/steps.tsv fork" \
	       "lab/matrix steps $kept/thread.tsv modes" \
	       "lab/matrix steps $kept/exit-1.tsv modes" \
	       "lab/matrix lock ${kept%/*}/anatomy/clone-thread/anatomy.tsv \
$kept/matrix.tsv thread" \
	       "lab/matrix lock $kept/thread.tsv $kept/matrix.tsv thread" \
	       "lab/matrix lock ${kept%/*}/anatomy/fork/anatomy.tsv $kept/matrix.tsv fork" \
	       "lab/matrix table $arm64/matrix.tsv" \
	       "lab/matrix patches $arm64/steps.tsv" \
	       "lab/matrix patches $arm64/steps.tsv thread" \
	       "lab/matrix steps $arm64/thread.tsv modes" \
	       "awk -f $arm64/exit-512.awk $arm64/exit-512.tsv" \
	       "lab/matrix lock $arm64/thread.tsv $arm64/matrix.tsv thread" \
	       "awk -f $arm64/cpu.awk $arm64/cpu.tsv"; do
	# shellcheck disable=SC2086 # its words
	run $command
	is "$command" 0 "|--:|"
	true_that "is what the page shows" [ "$out" = "$(block "$command")" ]
done
for dir in $kept $arm64; do
	true_that "$dir: every row has its columns" \
		[ -z "$(awk -F'\t' 'NF != 11' "$dir/matrix.tsv")" ]
	true_that "$dir: every release has its origin" \
		[ "$(tail -n +2 "$dir/matrix.tsv" | cut -f1 | sort -u)" = \
		  "$(grep -v '^#' "$dir/origin.txt" | cut -f1 | sort -u)" ]
	# A row of it is a release in a lock mode: all have the same operations.
	true_that "$dir: no operation is missing" \
		[ "$(tail -n +2 "$dir/matrix.tsv" | cut -f1,2 | uniq -c |
			awk '{ print $1 }' | sort -u | wc -l)" -eq 1 ]
done
# The functions add up to the step.
true_that "the steps are whole" [ "$(lab/matrix steps $kept/thread.tsv |
	sed -n 's/^| 6.1.0 to 6.1.0\/fav | +\([0-9]*\) .*/\1/p')" -eq "$(awk \
	-F'\t' '$1 == "cgroup" { exit } !/^#/ && !/^function/ { s += $4 - $3 }
	END { print s }' \
	$kept/thread.tsv)" ]

# Below the functions the file has those of the lock once more.
true_that "no function counts twice" [ -z "$(lab/matrix steps $kept/thread.tsv |
	awk -F '|' '{ n = split($4, f, /, /)
		for (i = 1; i <= n; i++) {
			sub(/^ */, "", f[i]); sub(/ .*/, "", f[i])
			if (seen[NR, f[i]]++) print $2, f[i] } }')" ]

run lab/matrix steps $kept/thread.tsv fast
is "steps: neither all nor modes" 2 "steps takes one FILE, anatomy.tsv, and perhaps modes"
true_that "each release has its step from the one before it" \
	[ "$(tail -n +2 $kept/steps.tsv | cut -f1,2 | tr '\t' '\n' |
		uniq | awk '!seen[$1]++')" = \
	  "$(tail -n +2 $kept/matrix.tsv | cut -f1 | sed 's/[-+].*//' | uniq)" ]

# The prose names functions that are there.
# shellcheck disable=SC2016 # marks of code
while read -r name; do
	true_that "$name is in the files" \
		grep -qE "(^|	| < )$name(	| <)" $kept/thread.tsv \
		$kept/steps.tsv $kept/exit-1.tsv \
		${kept%/*}/anatomy/fork/anatomy.tsv $arm64/thread.tsv \
		$arm64/steps.tsv $arm64/exit-512-other.tsv
done < <(sed '/BEGIN lab/,/END -->/d' $page | grep -o '`[a-z_]*`' |
	tr -d '`' | sort -u | grep _ | grep -v _compress)

# What the plugin counts is what the clock says, where the clock is sure.
while read -r functions samples op; do
	# shellcheck disable=SC2016 # of awk
	true_that "$functions: the functions of the lock are the shift of the samples" \
		awk -F '|' '$7 + 0 > 50 && $5 != $6 { exit 1 }' \
		<<<"$(lab/matrix lock "$functions" "$samples" "$op")"
done <<-EOT
	${kept%/*}/anatomy/clone-thread/anatomy.tsv $kept/matrix.tsv thread
	${kept%/*}/anatomy/fork/anatomy.tsv $kept/matrix.tsv fork
	$kept/thread.tsv $kept/matrix.tsv thread
	$arm64/thread.tsv $arm64/matrix.tsv thread
EOT

# --- what code that changed adds
{
	printf 'from\tto\toperation\tpart\tfunction\tinstructions\n'
	printf '1.0\t2.0\tclone thread\t%s\n' $'base\t-\t1000.4' \
		$'changed\tcopy_process\t+12.500' \
		$'called\tdown_read < fn\t-44' $'changed\tfew\t+9.6' $'changed\t-\t+1' $'state\t-\t-0.4'
	printf '2.0\t3.0\tclone thread\t%s\n' $'base\t-\t900' $'state\t-\t+3'
	printf '2.0\t3.0\tattach threads=64\t%s\n' $'base\t-\t50000' \
		$'changed\tfew\t+100' $'state\t-\t+3'
} >"$tmp/steps.tsv"
run lab/matrix patches "$tmp/steps.tsv"
true_that "changed + called, of each operation" [ "$out" = \
"| instructions | thread | attach-64 |
|---|--:|--:|
| 1.0 to 2.0 | -21 | - |
| 2.0 to 3.0 | +0 | +100 |" ]
run lab/matrix patches "$tmp/steps.tsv" thread
true_that "of one by function, the largest first" [ "$out" = \
"| thread | base | patch | state | largest changes |
|---|--:|--:|--:|---|
| 1.0 to 2.0 | 1000 | -21 | +0 | \`down_read < fn\` -44, \`copy_process\` +12, \`few\` +10 |
| 2.0 to 3.0 | 900 | +0 | +3 |  |" ]
run lab/matrix patches "$tmp/steps.tsv" walk
is "an operation that nobody measured" 2 "no operation 'walk'"

run lab/matrix lock "$tmp/none" $kept/matrix.tsv thread
is "lock: no such file" 2 "none: cannot be read"
run lab/matrix table "$tmp/none"
is "no such file" 2 "none: cannot be read"
run lab/matrix --colour
is "unknown option" 2 "known: --arch --out --jobs"
run lab/matrix --help
is "help" 0 EXAMPLES
true_that "help fits into 72 columns" [ -z "$(awk 'length > 72' <<<"$out")" ]

# --- all of it, on kernels that are made up: steps are of the one before
mkdir -p "$tmp/top/build"
cp -r lab "$tmp/top"
cat >"$tmp/top/lab/kernel" <<'END'
#!/bin/sh
printf 'release=%s.1+x-cloud\npackage=p\nversion=v\nsha256=s\n' "$2"
END
cat >"$tmp/top/lab/exact" <<'END'
#!/bin/bash
echo "$*" >>"$CALLS"
mkdir "${@: -1}"
t=$'\t'
{
	echo "operation${t}part${t}function${t}instructions"
	echo "clone fork${t}base${t}-${t}100"
	for i in {1..14}; do
		echo "clone fork${t}changed${t}f$i${t}+$i"
	done
	echo "clone fork${t}called${t}g < f1${t}-0.5"
	echo "clone fork${t}state${t}-${t}+2"
} >"${@: -1}/verdict.tsv"
END
cat >"$tmp/top/build/forkpath-lab" <<'END'
#!/bin/bash
if [ "$1" = machine ]; then
	printf 'version=9.1\nprograms=%s\n' "${BUILD-p1}"
	exit
fi
echo boot >>"$CALLS"
mkdir "${@: -1}"
printf '%s\n' '{' ' "lab": {' '  "image": {' \
	"   \"sha256\": \"${IMAGE-s}\"," '  },' \
	"  \"qemu\": \"QEMU emulator version ${QEMU-9.1} (D)\"," ' },' \
	" \"programs\": \"${BUILD-p1}\"," '}' >"${@: -1}/meta.json"
printf 'set\t%s\n' "${@: -1}"
END
printf '#!/bin/sh\n' >"$tmp/top/build/forkpath-analysis"
chmod +x "$tmp/top/lab/kernel" "$tmp/top/lab/exact" "$tmp/top"/build/*
run env CALLS="$tmp/calls" "$tmp/top/lab/matrix" --out "$tmp/made" 1 2 3
is "three releases" 0
true_that "two comparisons, each with the one before" [ "$(
	grep -o 'boots [0-9] [0-9] --' "$tmp/calls" | xargs)" = \
	"boots 1 2 -- boots 2 3 --" ]
true_that "by name, the largest first, the others in one" [ "$(
	grep -v state "$tmp/made/steps.tsv" | cut -f1,2,4- | sed '2,6!d')" = \
"1.1	2.1	base	-	100
1.1	2.1	changed	f14	+14
1.1	2.1	changed	f13	+13
1.1	2.1	changed	f12	+12
1.1	2.1	changed	f11	+11" ]
run lab/matrix patches "$tmp/made/steps.tsv" fork
is "and nothing is lost" 0 "| 1.1 to 2.1 | 100 | +104 | +2 | \`f14\` +14, "


# --- boots that are there are asked what made them
again() { # NAME WHAT BOOTS
	: >"$tmp/calls"
	run env CALLS="$tmp/calls" "$tmp/top/lab/matrix" --out "$tmp/made" 1
	is "$1" 0 ${2:+"$2; booting it again"}
	true_that "... $3 boots" [ "$(grep -c boot$ "$tmp/calls")" = "$3" ]
}
kept_by() { # SED
	sed -i "$1" "$tmp"/made/boots/1/meta.json
}
again "the same build" '' 0
kept_by 's/"programs": "p1/&2/'
again "another build" "matrix: 1 was booted with another build of the suite" 1
again "which is kept then" '' 0
kept_by 's/version 9.1 /version 9.1.1 /'
again "another QEMU" "matrix: 1 was booted with another QEMU" 1
kept_by 's/"sha256": "s/&t/'
again "another image" "matrix: 1 was booted with another image" 1
rm "$tmp"/made/boots/1/meta.json
again "nobody knows" "matrix: 1 was booted with no record of it" 1

run lab/matrix --arch mips --out "$tmp/none"
is "an architecture that nobody knows" 2 "x86_64 or arm64"
done_testing
