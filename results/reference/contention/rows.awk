# SPDX-License-Identifier: GPL-2.0-or-later
#
# Rows of lines.tsv out of the LABEL.tsv of ./run.sh contention:
#   awk -f rows.awk LABEL.tsv...
# What was done, beside what, which lock; then a line of memory with E, accesses
# and locked accesses of one operation (and of the other side's), who writes it.
# The line `*` is the sum of all: their number, accesses, % that have a name.

BEGIN { FS = "\t"; OFS = "\t" }

FNR == 1 {
	split("", about)
	split("", seen)
}
/^# / {
	split($0, w, " ")
	about[w[2]] = substr($0, length(w[2]) + 4)
	next
}
$1 == "E" {
	kernel = about["label"]
	sub(/\/fav$/, "", kernel)
	key = about["op"] OFS about["against"] OFS about["hierarchy"] OFS \
		about["group"] OFS kernel OFS about["lock"]
	split(about["strong"], w, " ")
	print key, w[1], number(w[3]) "/" number(w[5]), w[7], "*", "-"
	next
}
$1 >= 0.5 {
	name = $8
	gsub(/\+0x[0-9a-f]+/, "", name)
	if (++seen[name] > 1)
		name = name " #" seen[name]
	print key, $1, number($2) "/" number($3), number($4) "/" number($5), \
		name, $10
}

function number(v) {
	v = sprintf((v < 9.95 ? "%.1f" : "%.0f"), v)
	sub(/\.0$/, "", v)
	return v
}
