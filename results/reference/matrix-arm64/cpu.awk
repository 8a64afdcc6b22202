# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table of cpu.tsv: p50 of an operation, and what favordynmods adds to it
# where at least 40 % of the samples agree.
BEGIN { FS = "\t" }
NR == 1 { next }
{
	release = $4
	sub(/[-+].*/, "", release)
	row = "| " release " | " $3 " | " $1 " | " $2 " |"
	if (!(row in seen)) {
		seen[row]
		rows[++nr] = row
	}
	if (!($6 in op)) {
		op[$6]
		name[++ops] = $6
	}
	if ($5 == "default")
		p50[row, $6] = $9
	else
		adds[row, $6] = $14 < 0.4 ? "-" : sprintf("%+d", $13)
}
END {
	printf "| release | pages | CPU | LSE |"
	for (k = 1; k <= ops; k++)
		printf " %s |", name[k]
	printf "\n|---|---|---|---|"
	for (k = 1; k <= ops; k++)
		printf "--:|"
	print ""
	for (i = 1; i <= nr; i++) {
		printf "%s", rows[i]
		for (k = 1; k <= ops; k++)
			printf " %d, %s |", p50[rows[i], name[k]],
				adds[rows[i], name[k]]
		print ""
	}
}
