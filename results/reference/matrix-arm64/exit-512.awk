# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table of exit-512.tsv: of each release the fastest and the slowest ten
# exits, on average: all of it, and whose instructions they are.
BEGIN { FS = "\t" }
/^#/ || $1 == "release" { next }
{
	if (!($1 in nr))
		name[++releases] = $1
	i = ++nr[$1]
	all[$1, i] = $2
	own[$1, i] = $3 + $4
	irq[$1, i] = $5
	other[$1, i] = $6
}
function row(r, what, from,    i, a, o, q, k) {
	for (i = from; i < from + 10; i++) {
		a += all[r, i]
		o += own[r, i]
		q += irq[r, i]
		k += other[r, i]
	}
	printf "| %s | %s | %.0f | %.0f | %.0f | %.0f |\n", r, what, a / 10,
		o / 10, q / 10, k / 10
}
function swap(a, r, i, j,    t) {
	t = a[r, i]
	a[r, i] = a[r, j]
	a[r, j] = t
}
END {
	print "| release | exits | all | caller and child | interrupts | " \
		"kernel threads |"
	print "|---|---|--:|--:|--:|--:|"
	for (k = 1; k <= releases; k++) {
		r = name[k]
		for (i = 2; i <= nr[r]; i++)
			for (j = i; j > 1 && all[r, j] < all[r, j - 1]; j--) {
				swap(all, r, j, j - 1)
				swap(own, r, j, j - 1)
				swap(irq, r, j, j - 1)
				swap(other, r, j, j - 1)
			}
		row(r, "fastest ten", 1)
		row(r, "slowest ten", nr[r] - 9)
	}
}
