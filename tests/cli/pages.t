#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pages.t - tables of docs/ are what results/reference says

. tests/lib.sh

for page in docs/*.md; do
	grep -q '^<!-- BEGIN ' "$page" || continue
	copy=$tmp/${page##*/}
	cp "$page" "$copy"
	run bash tests/reach/pages "$copy"
	is "$page: its tables are made" 0
	true_that "$page: and are what it shows" cmp "$page" "$copy"
done
true_that "there are such pages" test -f "$tmp/history-of-the-fork-path.md"
true_that "docs/contention.md: every line is said to be for something" \
	[ -z "$(grep -E ' \| \? \|$' docs/contention.md)" ]
# The last two rows are sums.
true_that "and no table is empty" [ -z "$(awk '
	/^<!-- BEGIN .*tables.awk/ { rows = 1 }
	rows && /^\| / { rows++ }
	rows && /^<!-- END -->/ { if (rows < 5) print FNR; rows = 0 }' \
	docs/contention.md)" ]

done_testing
