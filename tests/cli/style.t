#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# style.t - what holds for every file: licence, scripts, help

. tests/lib.sh

files() { git ls-files 2>/dev/null || find . -type f -not -path './build*' \
	-not -path './.git/*' -not -path './results/*' -printf '%P\n'; }

# Those among FILES whose first line that has PATTERN is one of the first N.
within() { # N PATTERN; FILES on stdin
	xargs -d '\n' grep -anHm 1 -e "$2" | awk -F: -v n="$1" '$2 <= n { print $1 }'
}

files | grep -vE \
	'^(COPYING|\.gitignore|debian/(changelog|source/format))$|^tests/data/|^results/' |
	sort >"$tmp/ours"
within 5 SPDX-License-Identifier <"$tmp/ours" | sort >"$tmp/licensed"
out=$(comm -23 "$tmp/ours" "$tmp/licensed")
true_that "an SPDX line in every file" [ -z "$out" ]

mapfile -t scripts < <({
	files | grep -E '\.(sh|t)$'
	files | within 1 '^#!.*sh$'
} | sort -u)
if command -v shellcheck >/dev/null; then
	# 12 s of CPU: none again until it changes, or what others read of it.
	seen=build/shellcheck/$(grep -lE '^# shellcheck shell=' "${scripts[@]}" |
		xargs -d '\n' cat .shellcheckrc <(shellcheck --version) 2>/dev/null |
		sha256sum | cut -c -16)
	mkdir -p "$seen"
	sums=() unseen=()
	while read -r sum f; do
		[ ! -e "$seen/$sum" ] || continue
		sums+=("$seen/$sum")
		unseen+=("$f")
	done < <(sha256sum "${scripts[@]}")
	run true
	[ ${#unseen[@]} -eq 0 ] || run shellcheck -x "${unseen[@]}"
	is "shellcheck" 0
	[ "$code" -ne 0 ] || [ ${#sums[@]} -eq 0 ] || touch "${sums[@]}"
else
	skip "shellcheck" "it is not installed"
fi

# Numbers and messages are the same for everybody, and bash 4.3 will do: it
# takes an empty array for an unset variable, and knows none of these.
run grep -L -E '^export LC_ALL=C|^\. tests/lib\.sh|^# shellcheck shell=' \
	"${scripts[@]}"
true_that "a script sets the locale: ${out//$'\n'/ }" \
	[ "$out" = .ci/run ]
new='wait -p|(mapfile|readarray) -d|local -$|EPOCH(SECONDS|REALTIME)'
new+='|[$][{][a-z_]+([[][^]]*[]])?@[A-Za-z][}]|[$][{][a-z_]+[[]-[0-9]'
run grep -nE "$new" "${scripts[@]}"
out=$(grep -v '^tests/cli/style.t:' <<<"$out")
true_that "nothing that bash 4.3 does not know" [ -z "$out" ]

# Text for people fits into a mail that is quoted twice.
for p in ./run.sh build/forkpath-runner build/forkpath-analysis build/forkpath-anatomy build/forkpath-lab build/bench/* build/bench/stress/*; do
	if [ ! -x "$p" ] || [ ! -f "$p" ]; then continue; fi
	run "$p" --help
	is "${p##*/} --help" 0 EXAMPLES
	long=$(awk 'length > 72' <<<"$out")
	true_that "${p##*/} --help fits into 72 columns" [ -z "$long" ]
	run "$p" --version
	is "${p##*/} --version" 0 forkpath
done

if command -v help2man >/dev/null; then
	run make -s man
	is "man pages" 0
	for m in build/man/*.1; do
		run man -l --warnings -E ascii "$m"
		is "${m##*/}" 0 NAME SYNOPSIS
	done
else
	skip "man pages" "help2man is not installed"
fi

# That each can be planned is for question.t to say.
for q in configs/*.conf; do
	q=${q##*/} q=${q%.conf}
	[ "$q" != answers ] || continue
	title=$(sed -n 's/^title = //p' "configs/$q.conf")
	out=$title
	true_that "question $q has a title that fits a list" \
		test "${#title}" -ge 1 -a "${#title}" -le 54
done

out=$(wc -l <run.sh)
true_that "run.sh is thin: at most 200 lines" [ "$out" -le 200 ]
run ./run.sh --colour red
is "run.sh: unknown option" 2 "unknown option '--colour'; known: --seed"
run ./run.sh no-such-question
is "run.sh: unknown question" 2 no-such-question
run ./run.sh --time
is "run.sh: value missing" 2 "its value is missing"
run ./run.sh quick no-such-question
is "run.sh: unknown question, the second: nothing is measured" 2 \
	no-such-question
# Another test may build at the same time, which is said, too.
out=$(grep -v '^run.sh: another one builds here' <<<"$out")
true_that "only said" [ "$(wc -l <<<"$out")" -eq 1 ]
run ./run.sh doctor now
is "run.sh: too much" 2 "takes no argument"
done_testing
