# SPDX-License-Identifier: GPL-2.0-or-later
# rebuild.awk - reports of ./run.sh lab --exact A B as rows: what do two say?
/ -> / {
	title = $0
	sub(/.*: /, "", title)
	sub(/,.*/, "", title)
	if (!(title in seen)) {
		seen[title]
		name[++nr] = title
	}
}
/same code in / {
	same[title] += $4
	of[title] += $6
}
/state: unchanged code/ {
	text = $0
	getline
	text = text " " $0
	sub(/.* up to /, "", text)
	if (text + 0 > state[title])
		state[title] = text + 0
}
END {
	print "| two builds | same code | state, at most |"
	print "|---|--:|--:|"
	for (i = 1; i <= nr; i++)
		printf "| %s | %d of %d | %s |\n", name[i], same[name[i]],
			of[name[i]], state[name[i]]
}
