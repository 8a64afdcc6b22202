# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tables of docs/arrays.md out of states.tsv:
#   awk -F'\t' -v table=refused|degree|natural|injected -f tables.awk states.tsv
function limit() { return $4 ~ /flex|two/ ? 261120 : 1e9 }
function group() {
	if ($4 ~ /^kmalloc/ && $6 > 10)
		return "A kmalloc above 4 MiB, anywhere"
	if ($5 > limit())
		return "9 flex-array above its limit, anywhere"
	if ($2 == "whole")
		return $4 == "kmalloc" ? "1 whole: kmalloc up to 4 MiB" : \
			"2 whole: flex-array up to its limit"
	if ($2 == "fragmented" && $4 ~ /^kmalloc/)
		return $6 < 4 ? "3 fragmented: kmalloc, order 1 to 3" : \
			($4 == "kmalloc" ? 4 : 5) " fragmented: " $4 \
			", order 4 to 10"
	if ($2 == "fragmented")
		return $4 == "flex-array" ? \
			"6 fragmented: flex-array up to its limit" : \
			"7 fragmented: kvmalloc, vmalloc, genradix, xarray, " \
			"list, two-level"
	if ($2 == "everywhere" && $4 == "kmalloc")
		return "8 everywhere: kmalloc, order 4 and 8"
	return ""
}
function natural() {
	if ($2 != "cache" && $2 != "stress-ng")
		return ""
	return $2 ": " $4 ", " $5 " pointers (order " $6 ")"
}
function injected() {
	return $2 == "fault" ? $4 ", " $5 " pointers" : ""
}
NR == 1 { next }
!($1 in seen) && (table == "injected" || $2 != "fault") {
	seen[$1] = 1
	kernels[++nr] = $1
}
table == "degree" && $4 == "kmalloc" && \
($2 == "degree" || ($2 == "fragmented" && $5 ~ /^(8192|32768|131072|524288)$/)) {
	key = sprintf("%7d %2d %s", $5, $6, $1)
	sizes[$5] = $6
	some[key, $3] = some[key, $3] || $9 > 0
	spared[key, $3] = spared[key, $3] || $9 < $8
	states[key, $3]++
}
table != "degree" {
	name = table == "natural" ? natural() : \
		table == "injected" ? injected() : group()
	if (name == "")
		next
	if (!(name in order))
		names[order[name] = ++named] = name
	key = $1 SUBSEP name
	states[key]++
	had[key] += $9 == 0
	refused[key] += $9 == $8
	if ($11 == "-")
		next
	if (!(key in low) || $11 < low[key])
		low[key] = $11
	if ($11 > high[key])
		high[key] = $11
}
function row(name, k,	key) {
	key = kernels[k] SUBSEP name
	if (!(key in states))
		return
	printf "| %s | %s | %d | %d | %d |", table != "refused" ? name : \
		substr(name, 3), kernels[k], states[key], had[key], refused[key]
	if (table == "natural" && !(key in low))
		printf " - |"
	else if (table == "natural")
		printf " %.0f to %.0f %% |", 100 * low[key], 100 * high[key]
	print ""
}
END {
	if (table == "degree") {
		for (p = 1; p <= 4194304; p *= 2)
			for (k = 1; (p in sizes) && k <= nr; k++) {
				key = sprintf("%7d %2d %s", p, sizes[p], kernels[k])
				never = always = ""
				for (l = 0; l <= 100; l++) {
					if (!((key, l) in states))
						continue
					if (some[key, l])
						always = ""
					else if (always == "")
						always = l
					if (!spared[key, l] && !given)
						never = l
					else
						given = 1
				}
				given = 0
				printf "| %d | %d | %s | %s | %s |\n", p,
					sizes[p], kernels[k],
					never == "" ? "-" : never " %",
					always == "" ? "-" : always " %"
			}
		exit
	}
	if (table != "refused")
		for (n = 1; n <= named; n++)
			for (k = 1; k <= nr; k++)
				row(names[n], k)
	else
		for (g = 1; g <= 10; g++)
			for (n = 1; n <= named; n++)
				if (index("123456789A", substr(names[n], 1, 1)) == g)
					for (k = 1; k <= nr; k++)
						row(names[n], k)
}
