# SPDX-License-Identifier: GPL-2.0-or-later
#
# contention.awk - files of `forkpath-anatomy lines` side by side: what is new
# and gone between the first and the last, the rest, sums. rows: how many are
# shown; all: file for all of them; who: file for who reads and who writes.

BEGIN {
	FS = "\t"
	STRONG = 0.5
}

FNR == 1 {
	columns++
	delete seen
}

/^# / {
	split($0, word, " ")
	about[columns, word[2]] = substr($0, length(word[2]) + 4)
	next
}

$1 == "E" { next }

# The same symbol may have several lines, and a line of another kernel another
# offset: rows are told apart by the names without offsets, and by their number.
{
	key = $8
	gsub(/\+0x[0-9a-f]+/, "", key)
	seen[key]++
	if (seen[key] > 1)
		key = key " #" seen[key]
	if (!(key in known)) {
		known[key] = ++nr
		name[nr] = key
	}
	r = known[key]
	e[r, columns] = $1
	cell[r, columns] = $2 > 0 ? number($2) "/" number($3) : "-"
	other[r, columns] = number($4) "/" number($5)
	sharing[r] = $7
	members[r] = $9
	writes[r] = $10
	reads[r] = $11
	if ($1 > best[r])
		best[r] = $1
	if ($1 >= STRONG) {
		strong[r, columns]
		any[r]
	}
}

function number(v) {
	v = sprintf((v < 9.95 ? "%.1f" : "%.0f"), v)
	sub(/\.0$/, "", v)
	return v
}

# Text cut to N characters, padded.
function cut(text, n) {
	if (length(text) > n)
		text = substr(text, 1, n - 2) ".."
	return sprintf("%-" n "s", text)
}

# The first line stands behind up to 11 characters, if there is an INDENT.
function wrap(text, indent,    w, n, i, line, out, room) {
	room = indent == "" ? 72 : 61
	n = split(text, w, " ")
	line = w[1]
	for (i = 2; i <= n; i++) {
		if (length(line) + length(w[i]) + 1 > room) {
			out = out line "\n" indent
			line = w[i]
		} else
			line = line " " w[i]
	}
	return out line
}

function head(title,    c, line) {
	line = cut(title, left)
	for (c = from; c <= to; c++)
		line = line sprintf(" %12.12s", about[c, "label"])
	print line "     E"
}

function row(r,    c, line, cellc) {
	line = cut(name[r], left)
	for (c = from; c <= to; c++) {
		cellc = (r, c) in strong ? cell[r, c] : "-"
		if (split_sides && cellc != "-")
			cellc = cellc " " other[r, c]
		line = line sprintf(" %12s", cellc)
	}
	printf "%s %5.2f\n", line, best[r]
}

# Rows of one block, by E, as long as there is room. LIST is in that order.
function block(title, test,    i, r, n) {
	for (i = 1; i <= listed; i++) {
		r = list[i]
		if (kind_of(r) != test)
			continue
		if (!n++) {
			if (blocks++)
				print ""
			head(title)
		}
		if (shown++ < rows)
			row(r)
		else
			hidden++
	}
	return n
}

function kind_of(r) {
	if (columns > 1 && !((r, 1) in strong) && (r, columns) in strong)
		return "new"
	if (columns > 1 && (r, 1) in strong && !((r, columns) in strong))
		return "gone"
	return "rest"
}

function sums(what, field,    c, line, w) {
	line = cut(what, left)
	for (c = from; c <= to; c++) {
		if (field == "E") {
			split(about[c, "lines"], w, " ")
			line = line sprintf(" %12s", w[3])
		} else {
			split(about[c, "strong"], w, " ")
			line = line sprintf(" %12s", (field == "lines" ? w[1] : \
				field == "named" ? w[7] : \
				number(w[3]) "/" number(w[5])))
		}
	}
	print line
}

function least(text,    w, n, i, v) {
	n = split(text, w, " ")
	v = w[1]
	for (i = 2; i <= n; i++)
		v = w[i] < v ? w[i] : v
	return v
}

function total(text,    w, n, i, v) {
	n = split(text, w, " ")
	for (i = 1; i <= n; i++)
		v += w[i]
	return v + 0
}

function page(    c, line) {
	left = 72 - 6 - 13 * (to - from + 1)
	shown = hidden = blocks = 0
	if (columns > 1) {
		block("new in " about[columns, "label"], "new")
		block("gone since " about[1, "label"], "gone")
	}
	if (!block(columns > 1 ? "in both" : "line", "rest") && !blocks)
		print "No line is shared: E is below " STRONG " everywhere."
	if (hidden)
		printf "%d more lines: report.txt\n", hidden
	print ""
	head_sums()
	sums("lines with E >= 0.5", "lines")
	sums("accesses/locked in them", "accesses")
	sums("E, of all lines", "E")
	sums("% of these with a name", "named")
	line = cut("windows of each CPU", left)
	for (c = from; c <= to; c++)
		line = line sprintf(" %12d", least(about[c, "windows"]))
	print line
	line = cut("windows refused", left)
	for (c = from; c <= to; c++)
		line = line sprintf(" %12d", total(about[c, "refused"]))
	print line
}

function head_sums(    c, line) {
	line = cut("sum", left)
	for (c = from; c <= to; c++)
		line = line sprintf(" %12.12s", about[c, "label"])
	print line
}

END {
	for (r = 1; r <= nr; r++) {
		if (!(r in any))
			continue
		i = ++listed
		for (; i > 1 && (best[list[i - 1]] < best[r] ||
		     (best[list[i - 1]] == best[r] &&
		      name[list[i - 1]] > name[r])); i--)
			list[i] = list[i - 1]
		list[i] = r
	}
	op = about[1, "op"]
	split_sides = about[1, "against"] != op
	print wrap("forkpath contention: " op (split_sides ? " against " \
		about[1, "against"] : "") ", " \
		(about[1, "group"] == "same" ? "threads of one process" : \
		"processes of their own") ", " about[1, "cpus"] " CPUs", "")
	print wrap("Accesses/locked accesses of one operation to a line that " \
		"the other CPU's operation touches, too." (split_sides ? \
		" First of " op ", then of " about[1, "against"] "." : ""), "")
	side = split_sides ? 2 : 3
	for (from = 1; from <= columns; from += side) {
		to = from + side - 1 < columns ? from + side - 1 : columns
		print ""
		page()
	}
	print ""
	print "E: in what share of pairs of operations the line conflicts."
	print "No time was measured, and no contention: only where it can be."
	for (c = 1; c <= columns; c++)
		if (about[c, "types"] == "none")
			print wrap("No names of allocated memory: kernel " \
				about[c, "label"] " tells of no types. " \
				"Built with CONFIG_DEBUG_INFO_BTF (which " \
				"needs pahole) it does.", "")

	for (c = 1; c <= columns; c++)
		if (about[c, "data"] == "none")
			print wrap("No names of data: kernel " \
				about[c, "label"] " tells of functions only. " \
				"Built with CONFIG_KALLSYMS_ALL it does.", "")

	printf "line\tE" >all
	for (c = 1; c <= columns; c++)
		printf "\t%s\t%s E", about[c, "label"], about[c, "label"] >all
	printf "\tsharing\tmembers\twrite\tread\n" >all
	printf "\nFalse sharing: symbols that only share the line\n" >who
	for (i = 1; i <= listed; i++) {
		r = list[i]
		printf "%s\t%.4f", name[r], best[r] >all
		for (c = 1; c <= columns; c++)
			printf "\t%s%s\t%.4f", (r, c) in cell ? cell[r, c] : "-",
				split_sides && (r, c) in cell ? " " other[r, c] : "",
				e[r, c] >all
		printf "\t%s\t%s\t%s\t%s\n", sharing[r], members[r], writes[r],
			reads[r] >all
		if (sharing[r] != "true") {
			printf "  %s\n", wrap(members[r], "    ") >who
			false_ones++
		}
	}
	if (!false_ones)
		print "  none" >who
	printf "\nWho writes, who only reads (of the last kernel that has the line)\n" >who
	for (i = 1; i <= listed; i++) {
		r = list[i]
		printf "%s\n    writes %s\n", name[r],
			wrap(writes[r], "      ") >who
		if (reads[r] != "-")
			printf "    reads  %s\n", wrap(reads[r], "      ") >who
	}
}
