# SPDX-License-Identifier: GPL-2.0-or-later
#
# transfer.awk - what a line takes from CPU to CPU, of files of samples: medians
# of pingpong by compare-and-exchange, NEAR, and where nodes were measured
# NEAR:NEXT[:FAR]. Fails if there is none.

/^BenchmarkPingpong.*how=cas.*players=2/ {
	place = "any"
	if (match($1, /place=[a-z-]+/))
		place = substr($1, RSTART + 6, RLENGTH - 6)
	for (i = 3; i <= NF; i++)
		if ($i == "handover-ns")
			all[place, ++nr[place]] = $(i - 1)
}

function median(place,    i, j, v, n) {
	n = nr[place]
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && all[place, j - 1] + 0 > all[place, j] + 0; j--) {
			v = all[place, j]
			all[place, j] = all[place, j - 1]
			all[place, j - 1] = v
		}
	return (all[place, int((n + 1) / 2)] + all[place, int(n / 2) + 1]) / 2
}

END {
	near = "any"
	if ("same-node" in nr)
		near = "same-node"
	if ("same-cache" in nr)
		near = "same-cache"
	if (!(near in nr))
		exit 1
	printf "%.1f", median(near)
	if ("other-node" in nr)
		printf ":%.1f", median("other-node")
	if ("other-node" in nr && "farthest" in nr)
		printf ":%.1f", median("farthest")
}
