#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# locale.t - who reads a number does not change it: a decimal comma

. tests/lib.sh
export FORKPATH_JOURNAL_DIR=$tmp/journal

# Made for us, from glibc's sources of locales; no locale of the machine. It
# takes two seconds, so it is kept for the next time.
locales=$PWD/build/locale-$(localedef --version 2>&1 | cksum | tr ' ' -)
if [ ! -d "$locales/de_DE.UTF-8" ]; then
	localedef -i de_DE -f UTF-8 "$tmp/de_DE.UTF-8" 2>"$tmp/err"
	if ! [ -d "$tmp/de_DE.UTF-8" ]; then
		skip "a decimal comma" "no sources of locales here (package locales)"
		done_testing
		exit
	fi
	mkdir -p "$locales" && mv "$tmp/de_DE.UTF-8" "$locales" ||
		locales=$tmp
fi
comma() { # COMMAND...
	env LOCPATH="$locales" LC_ALL=de_DE.UTF-8 LANG=de_DE.UTF-8 "$@"
}
run comma printf '%.1f' 7,5
is "it is a decimal comma" 0 "7,5"

same() { # NAME COMMAND...: the same words and numbers either way
	local name=$1 plain

	shift
	plain=$("$@" 2>&1)
	run comma "$@"
	[ "$out" = "$plain" ] || diff <(echo "$plain") <(echo "$out") |
		head -n 10 | sed 's/^/# /'
	true_that "$name" [ "$out" = "$plain" ]
}

bash tests/data/make-boot "$tmp/c" 7 sd=0.02 fork=1.05
comma bash tests/data/make-boot "$tmp/d" 7 sd=0.02 fork=1.05
run diff -r "$tmp/c" "$tmp/d"
is "an invented boot" 0
comma bash tests/data/make-boot "$tmp/e" 8 sd=0.02 label=e
run comma ./run.sh victim writers --time 75 --plan --seed 1 --events none
true_that "a budget for two questions, a half for each" \
	[ "$code $(grep -c '^# budget 37.5$' <<<"$out")" = "0 2" ]
same "a plan" build/forkpath-runner plan quick --seed 1 --repeat 2 --events none
same "a report" build/forkpath-analysis report "$tmp/c"
same "a report in JSON" build/forkpath-analysis report "$tmp/c" --format json
same "a comparison" build/forkpath-analysis compare "$tmp/c" "$tmp/e"
run comma build/bench/null --time 0.05
is "a sample" 0 " time=0.05 "
run comma build/bench/null --time 0,05
is "a number with a comma is none" 2 "'0,05'"
same "the tables of the releases" lab/matrix table \
	results/reference/matrix/matrix.tsv
done_testing
