#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arrays.t - what docs/arrays.md says is what results/reference has

# shellcheck disable=SC2016 # awk programs
. tests/lib.sh

page=docs/arrays.md
ref=results/reference

rows=$(awk -F'\t' -f $ref/array/summary.awk $ref/array/refused.tsv)
out=$rows
true_that "there are three kernels" test "$(cut -d'|' -f3 <<<"$rows" |
	sort -u | wc -l)" -ge 3
while IFS= read -r row; do
	out=$row
	true_that "on the page: ${row:2:60}" grep -qxF "$row" $page
done <<<"$rows"
out=$(grep -E '^\| .* \| [0-9.]+[-+a-z0-9]* \| [0-9]+ \| [0-9]+ \|$' $page |
	grep -vxF "$rows")
true_that "no other row is on the page" [ -z "$out" ]

# What the text makes of them.
claim() { # NAME AWK-CONDITION: no row contradicts it
	out=$(awk -F'\t' "NR > 1 && ($2)" $ref/array/refused.tsv)
	true_that "$1" [ -z "$out" ]
}
claim "each row is all or nothing" '$7 != 0 && $7 != $6'
claim "order 4 to 10 of a fragmented node is refused" \
	'$2 == "fragmented" && $3 ~ /^kmalloc/ && $5 > 3 && $7 < $6'
claim "order 1 to 3 is had" '$3 ~ /^kmalloc/ && $5 < 4 && $7 > 0'
claim "flex_array is had up to its limit" \
	'$3 == "flex-array" && $4 <= 261120 && $7 > 0'
claim "... and never above" \
	'$3 == "flex-array" && $4 > 261120 && $7 < $6'
claim "a whole node has all up to 4 MiB" \
	'$2 == "whole" && $3 == "kmalloc" && $5 <= 10 && $7 > 0'
claim "where another node will do, nothing is refused" \
	'$2 == "preferred" && $7 > 0'
claim "kvmalloc, vmalloc and genradix are never refused" \
	'$3 ~ /^(kv|v|gen)/ && $7 > 0'
out=$(awk -F'\t' 'NR > 1 && $2 == "fragmented" && $3 == "kmalloc" &&
	$5 > 3 && $5 < 11 && $6 < 1000' $ref/array/refused.tsv)
true_that "a thousand tries and more of each size of those" [ -z "$out" ]
out=$(awk -F'\t' 'NR > 1 && $2 == "fragmented" && $3 == "flex-array" &&
	$4 > 4096 && $4 <= 131072 && $6 < 1000' $ref/array/refused.tsv)
true_that "... and of flex_array, up to 131,072 pointers" [ -z "$out" ]

while IFS=$'\t' read -r kernel lock pair; do
	[ "$kernel" != kernel ] || continue
	out="$kernel $lock $pair"
	true_that "on the page: $out" awk -F' *[|] *' -v k="$kernel" \
		-v l="$lock" -v p="$pair" '
		$2 == "lock" { for (i = 3; i < NF; i++) col[$i] = i }
		$2 == l && (k in col) && $(col[k]) == p { found = 1 }
		END { exit !found }' $page
done <$ref/rwlock/pairs.tsv
done_testing
