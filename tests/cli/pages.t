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
# shellcheck disable=SC2016 # a mark of code
true_that "docs/contention.md: every line is said to be for something" \
	[ -z "$(grep -E '^\| `.* \| \? \|$' docs/contention.md)" ]
true_that "and no table is empty" [ -z "$(awk '
	/^<!-- BEGIN / { rows = 0 }
	/^\| / { rows++ }
	/^<!-- END -->/ && rows < 3 { print FILENAME ": " FNR }' docs/*.md)" ]

done_testing
