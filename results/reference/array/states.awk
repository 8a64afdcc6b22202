# SPDX-License-Identifier: GPL-2.0-or-later
#
# states.tsv out of the samples of array-fragmented, one or more kernels:
#   awk -f states.awk RESULTS/array-fragmented.sample... >states.tsv
# A row is a repetition: one state of the memory, and what was tried in it.
function option(name,	i) {
	for (i = 1; i <= nr; i++)
		if (index(part[i], name "=") == 1)
			return substr(part[i], length(name) + 2)
	return ""
}
function state() {
	if (option("fragment") == 0)
		return "whole"
	if (option("by") != "module")
		return option("by")
	if (option("fragmented") == "all")
		return "everywhere"
	if (option("policy") == "preferred")
		return "preferred"
	return option("leave") > 0 ? "degree" : "fragmented"
}
function value(unit,	i) {
	for (i = 4; i <= NF; i += 2)
		if ($i == unit)
			return $(i - 1)
	return "-"
}
$1 == "kernel:" { kernel = $2; sub(/-cloud-amd64$/, "", kernel) }
$1 == "#" && $2 == "line" { ok = $4 == "ok"; line = $3 }
/^BenchmarkArray\// && ok {
	nr = split($1, part, "/")
	row[++rows] = kernel "\t" state() "\t" option("leave") "\t" \
		option("kind") "\t" option("pointers") "\t" \
		value("block-order") "\t" line "\t" value("tries-count") "\t" \
		value("failed-count") "\t" value("remote-share") "\t" \
		value("large-share")
}
END {
	print "kernel\tstate\tleave\tkind\tpointers\torder\tline\ttries\t" \
		"refused\tremote\tlarge"
	sort = "LC_ALL=C sort -t '\t' -k1,1V -k2,2 -k3,3n -k4,4 -k5,5n -k7,7n"
	for (i = 1; i <= rows; i++)
		print row[i] | sort
	close(sort)
}
