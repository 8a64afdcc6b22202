# SPDX-License-Identifier: GPL-2.0-or-later
#
# recipe.tsv, columns of `forkpath-analysis counts --base` with p90 and max
# of the reports behind them, as the table of docs/claims.md:
#   awk -f recipe.awk recipe.tsv
BEGIN {
	FS = "\t"
	print "| kernel | one | n | default: p50 (max) | favordynmods: p50 (max) | shift |"
	print "|--|--|--:|--:|--:|--:|"
}
NR == 1 || $3 == "floor" { next }
{
	name = $5 == "cloner" ? "fork" : "write"
	name = name ($4 ~ /^clone-attach/ ? (name == "fork" ? \
		", beside four movers" : ", beside forks") : \
		(name == "fork" ? ", quiet" : ", four movers"))
	release = $1
	sub(/\+.*/, "", release)
	at = release SUBSEP name
	if (!(at in seen)) {
		seen[at] = 1
		key[++nr] = at
	}
	p50[at, $2] = $8 " (" $15 ")"
	ops[at] = ops[at] (ops[at] ? ", " : "") $6
	if ($13 >= 0.4)
		shift[at] = sprintf("%+d, of %.0f %%", $12, 100 * $13)
}
END {
	for (i = 1; i <= nr; i++) {
		split(key[i], k, SUBSEP)
		print "| " k[1] " | " k[2] " | " ops[key[i]] " | " \
			p50[key[i], "default"] " | " \
			p50[key[i], "favordynmods"] " | " \
			(key[i] in shift ? shift[key[i]] : "none") " |"
	}
}
