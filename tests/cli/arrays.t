#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arrays.t - what docs/arrays.md says is what results/reference has

# shellcheck disable=SC2016 # awk programs
. tests/lib.sh

page=docs/arrays.md
ref=results/reference
raw=$ref/array/states.tsv

# A table of the page is what its program makes of the states, row by row.
table() { # NAME HEADING
	local rows

	rows=$(awk -F'\t' -v table="$1" -f $ref/array/tables.awk $raw)
	out=$(awk -v heading="$2" '
		$0 == heading { on = 1; next }
		on && !/^[|]/ { exit }
		on && !/^[|]--/' $page | diff - <(echo "$rows"))
	true_that "the table '$1' is made of the states" [ -z "$out" ]
	true_that "... and is not empty" [ "$(wc -l <<<"$rows")" -gt 4 ]
}
table refused '| what | kernel | states | all had | all refused |'
table degree '| pointers | order | kernel | refused always up to P = | had always from P = |'
table injected '| what is refused | kernel | states | all had | all refused |'
table natural '| what | kernel | states | all had | all refused | in large blocks |'

# What the text makes of them.
claim() { # NAME AWK-CONDITION: no state contradicts it
	out=$(awk -F'\t' "NR > 1 && ($2)" $raw)
	true_that "$1" [ -z "$out" ]
}
claim "a strict array is all of one node" \
	'$2 != "preferred" && $2 != "everywhere" && $10 != "-" && $10 > 0'
claim "order 4 to 10 of a fragmented node is refused" \
	'$2 == "fragmented" && $4 ~ /^kmalloc/ && $6 > 3 && $9 < $8'
out=$(awk -F'\t' 'NR > 1 && $2 == "fragmented" { n[$1, $4, $5]++ }
	END { for (k in n) if (n[k] < 3) print k, n[k] }' $raw)
true_that "... each size in three states and more" [ -z "$out" ]
claim "order 1 to 3 is had" '$4 ~ /^kmalloc/ && $6 < 4 && $9 > 0'
claim "flex_array is had up to its limit" \
	'$4 == "flex-array" && $5 <= 261120 && $9 > 0'
claim "... and never above" '$4 == "flex-array" && $5 > 261120 && $9 < $8'
claim "a whole node has all up to 4 MiB" \
	'$2 == "whole" && $4 == "kmalloc" && $6 <= 10 && $9 > 0'
claim "where another node will do, nothing is refused" \
	'$2 == "preferred" && $9 > 0'
claim "injection refuses kmalloc of order 4, and nothing else" \
	'$2 == "fault" && ($4 == "kmalloc" && $5 == 8192 ? $9 < $8 : $9 > 0)'
claim "kvmalloc, vmalloc, genradix, xarray and list are never refused" \
	'$4 ~ /^(kv|v|gen|xa|list)/ && $9 > 0'
out=$(cut -f1 $raw | sort -u | grep -vc kernel)
true_that "there are two kernels and more" [ "$out" -ge 2 ]

while IFS=$'\t' read -r kernel lock pair; do
	[ "$kernel" != kernel ] || continue
	out="$kernel $lock $pair"
	true_that "on the page: $out" awk -F' *[|] *' -v k="$kernel" \
		-v l="$lock" -v p="$pair" '
		$2 == "lock" { for (i = 3; i < NF; i++) col[$i] = i }
		$2 == l && (k in col) && $(col[k]) == p { found = 1 }
		END { exit !found }' $page
done <$ref/rwlock/pairs.tsv

# Both locks cost what each does: the loop around them is taken off once.
out=$(awk -F'\t' 'NR > 1 { pair[$1, $2] = $3; seen[$1] }
	END { for (k in seen) {
		apart = pair[k, "percpu-slow"] + pair[k, "rwsem-own"]
		both = pair[k, "percpu-slow+rwsem"]
		if (both - apart > 2 || apart - both > 2)
			print k, apart, both
	} }' $ref/rwlock/pairs.tsv)
true_that "two locks are the sum of both" [ -z "$out" ]
done_testing
