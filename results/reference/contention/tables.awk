# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tables of docs/contention.md out of lines.tsv:
#   awk -f tables.awk op=OP [against=OP] [group=same] [hierarchy=H] [only=6.1]
#       [by=variant|hierarchy|against] [changed=1] [purposes.tsv] lines.tsv
# A column for each release, or for each variant of one kernel, or for each
# hierarchy or other operation beside one release (only). What favordynmods
# changes stands behind the cell of the default mode; a tenth is no change.
# changed: only lines that one mode has and not the other, or not all variants.
# With purposes.tsv a last column says what each line is for.

BEGIN {
	FS = "\t"
	group = "own"
	hierarchy = "v2"
}

/^#/ { next }

NF == 2 {
	pattern[++patterns] = $1
	purpose[patterns] = $2
	next
}

{
	k = $5
	variant = 1
	if (match(k, /^[0-9]+\.[0-9]+/)) {
		k = substr(k, 1, RLENGTH)
		variant = 0
	}
	other = against == "" ? op : against
	if ($1 != op || $4 != group || (only != "" && k != only) ||
	    variant != (by == "variant") || (by != "against" && $2 != other) ||
	    (by != "hierarchy" && $3 != hierarchy))
		next
	k = by == "against" ? $2 : by == "hierarchy" ? $3 : k
	if (!(k in at)) {
		at[k] = ++columns
		kernel[columns] = k
	}
	both[k, $6]
	if ($10 == "*") {
		lines[k, $6] = $7
		accesses[k, $6] = $1 == $2 ? $8 : ""
		named[k, $6] = $9
		next
	}
	cell[$10, k, $6] = $1 == $2 ? $8 : $8 ", " $9
	rows[$10]
}

# By more than a tenth, or by half an access.
function differs(a, b,    x, y, n, i) {
	n = split(a, x, /[^0-9.]+/)
	if (split(b, y, /[^0-9.]+/) != n)
		return 1
	for (i = 1; i <= n; i++)
		if ((x[i] > 1.1 * y[i] || y[i] > 1.1 * x[i]) &&
		    (x[i] - y[i] > 0.5 || y[i] - x[i] > 0.5))
			return 1
	return 0
}

function of(name, k,    a, b) {
	a = cell[name, k, "default"]
	b = cell[name, k, "favordynmods"]
	if (!((k, "favordynmods") in both) || !differs(a, b))
		return a == "" ? "-" : a
	return (a == "" ? "-" : a) "; fav " (b == "" ? "-" : b)
}

function sum(what, values,    line, c, k, a, b) {
	line = "| " what " |"
	for (c = 1; c <= columns; c++) {
		k = kernel[c]
		a = values[k, "default"]
		b = values[k, "favordynmods"]
		line = line " " a (b == "" || a == b || \
			(a ~ "/" && !differs(a, b)) ? "" : "; fav " b) " |"
	}
	print line (patterns ? " |" : "")
}

function has_changed(name,    c, k, n) {
	for (c = 1; c <= columns; c++) {
		k = kernel[c]
		n += (name, k, "default") in cell
		if (((k, "favordynmods") in both) &&
		    ((name, k, "default") in cell) != \
		    ((name, k, "favordynmods") in cell))
			return 1
	}
	return by == "variant" && n < columns
}

function why(name,    i) {
	for (i = 1; i <= patterns; i++)
		if (name ~ pattern[i])
			return purpose[i]
	return "?"
}

END {
	line = "| line |"
	rule = "|---|"
	for (c = 1; c <= columns; c++) {
		line = line " " kernel[c] " |"
		rule = rule "--:|"
	}
	print line (patterns ? " for |" : "")
	print rule (patterns ? "---|" : "")
	for (name in rows) {
		if (changed && !has_changed(name))
			continue
		for (i = ++nr; i > 1 && order[i - 1] > name; i--)
			order[i] = order[i - 1]
		order[i] = name
	}
	for (i = 1; i <= nr; i++) {
		line = "| `" order[i] "` |"
		for (c = 1; c <= columns; c++)
			line = line " " of(order[i], kernel[c]) " |"
		print line (patterns ? " " why(order[i]) " |" : "")
	}
	sum("lines", lines)
	if (against == "" && by != "against")
		sum("accesses/locked in them", accesses)
	sum("% of accesses named", named)
}
