# SPDX-License-Identifier: GPL-2.0-or-later
#
# refused.tsv in a few rows per kernel, as docs/arrays.md has them:
#   awk -F'\t' -f summary.awk refused.tsv
function group() {
	if ($3 == "kmalloc" && $5 > 10)
		return "A kmalloc above 4 MiB, anywhere"
	if ($3 == "flex-array" && $4 > 261120)
		return "9 flex-array above its limit, anywhere"
	if ($2 == "whole")
		return $3 == "kmalloc" ? "1 whole: kmalloc up to 4 MiB" : \
			"2 whole: flex-array up to its limit"
	if ($2 == "fragmented") {
		if ($3 == "kmalloc-noretry" || $3 == "kmalloc")
			return $5 < 4 ? "3 fragmented: kmalloc, order 1 to 3" : \
				$5 > 10 ? "" : \
				($3 == "kmalloc" ? 4 : 5) \
				" fragmented: " $3 ", order 4 to 10"
		if ($3 == "flex-array")
			return "6 fragmented: flex-array up to its limit"
		return "7 fragmented: kvmalloc, vmalloc, genradix"
	}
	if ($2 == "everywhere" && $3 == "kmalloc" && $5 > 3)
		return "8 everywhere: kmalloc, order 4 to 8"
	return ""
}
NR > 1 && group() != "" {
	split($1, release, "-")
	short = release[1] (release[2] ~ /^[0-9]/ ? "-" release[2] : "")
	key = short SUBSEP group()
	if (!(short in seen)) {
		seen[short] = 1
		kernels[++nr] = short
	}
	tries[key] += $6
	refused[key] += $7
	groups[group()] = 1
}
END {
	for (g = 1; g <= 10; g++)
		for (name in groups)
			if (index("123456789A", substr(name, 1, 1)) == g)
				for (k = 1; k <= nr; k++)
					printf "| %s | %s | %d | %d |\n",
						substr(name, 3), kernels[k],
						tries[kernels[k] SUBSEP name],
						refused[kernels[k] SUBSEP name]
}
