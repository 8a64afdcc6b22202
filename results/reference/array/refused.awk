# SPDX-License-Identifier: GPL-2.0-or-later
#
# refused.tsv out of the samples of array-fragmented, one or more kernels:
#   awk -f refused.awk RESULTS/array-fragmented.sample... >refused.tsv
# A refused.tsv among them is added: tries of the same arrays, in the same
# state of the memory, on the same kernel.
function option(name,	i) {
	for (i = 1; i <= nr; i++)
		if (index(part[i], name "=") == 1)
			return substr(part[i], length(name) + 2)
	return ""
}
function state() {
	if (option("fragmented") == "all")
		return "everywhere"
	if (option("policy") == "preferred")
		return "preferred"
	return option("fragment") > 0 ? "fragmented" : "whole"
}
function value(unit,	i) {
	for (i = 4; i <= NF; i += 2)
		if ($i == unit)
			return $(i - 1)
	return 0
}
$1 == "kernel:" { kernel = $2 }
/^BenchmarkArray\// {
	nr = split($1, part, "/")
	key = kernel "\t" state() "\t" option("kind") "\t" option("pointers")
	order[key] = value("block-order")
	tries[key] += value("tries-count")
	refused[key] += value("failed-count")
}
FILENAME ~ /\.tsv$/ && FNR > 1 {
	split($0, col, "\t")
	key = col[1] "\t" col[2] "\t" col[3] "\t" col[4]
	order[key] = col[5]
	tries[key] += col[6]
	refused[key] += col[7]
}
END {
	print "kernel\tstate\tkind\tpointers\torder\ttries\trefused"
	sort = "LC_ALL=C sort -t '\t' -k1,1V -k2,3 -k4,4n"
	for (key in tries)
		printf "%s\t%d\t%d\t%d\n", key, order[key], tries[key],
			refused[key] | sort
	close(sort)
}
