# SPDX-License-Identifier: GPL-2.0-or-later
#
# Which lock design puts a line into the fork path, and between whom: of
# lines.tsv those of the lock against moves, by name or by who writes there.
#   awk -f designs.awk lines.tsv
# Accesses/locked accesses of one operation, added up over the lines; beside a
# move those of the move, then those of the other one.

BEGIN {
	FS = "\t"
	design("per-group-2011 default", "rwsem of the group (2011), a variant of 6.12")
	design("6.12 default", "percpu rwsem of all, 6.12")
	design("6.12 favordynmods", "the same on its slow path, 6.12")
	design("6.18 default", "percpu rwsem of all, 6.18")
	design("6.18 favordynmods", "with a rwsem of the group, 6.18")
	design("7.3 default", "percpu rwsem of all, 7.3")
	design("7.3 favordynmods", "with a rwsem of the group, 7.3")
	split("thread,thread,own thread,thread,same attach,thread,own", where, " ")
}

function design(k, what) {
	key[++designs] = k
	text[designs] = what
}

{
	k = $5
	if (match(k, /^[0-9]+\.[0-9]+/))
		k = substr(k, 1, RLENGTH)
	k = k " " $6
	w = $1 "," $2 "," $4
	tried[k, w]
}

$10 ~ /cgroup_threadgroup_rwsem/ ||
$11 ~ /(cgroup_can_fork|cgroup_css_set_put_fork|exit_signals)>(down|up)_read/ {
	n[k, w]++
	add(here, $8)
	add(there, $9)
}

function add(to, cell,    v) {
	split(cell, v, "/")
	to[k, w] += v[1]
	to[k, w, "locked"] += v[2]
}

function of(side, k) {
	return side[k] "/" side[k, "locked"]
}

END {
	print "| design | threads of two processes | threads of one | a move and a thread elsewhere |"
	print "|---|--:|--:|--:|"
	for (i = 1; i <= designs; i++) {
		line = "| " text[i] " |"
		for (j = 1; j in where; j++) {
			k = key[i] SUBSEP where[j]
			if (!((key[i], where[j]) in tried))
				line = line " not tried |"
			else if (!n[k])
				line = line " - |"
			else
				line = line " " n[k] (n[k] > 1 ? " lines: " : \
					" line: ") of(here, k) \
					(where[j] ~ /^attach/ ? ", " \
					of(there, k) : "") " |"
		}
		print line
	}
}
