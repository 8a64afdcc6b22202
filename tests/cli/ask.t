#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ask.t - [answer] sections: what is refused, and that a folder keeps its own

. tests/lib.sh

conf() { # SED: a config that is right, edited
	sed "$1" >"$tmp/q.conf" <<-END
	[question]
	title = T
	[null floor]
	time = 0.05
	[answer mine]
	asks = What is mine?
	figure = cloner-p50-ns
	called = p50
	base = clone kind=fork
	by = kind
	END
}

conf ''
run build/forkpath-runner plan "$tmp/q.conf" --seed 1
is "a section that is right" 0 forkpath-plan/1
while IFS='|' read -r edit want; do
	conf "$edit"
	run build/forkpath-runner plan "$tmp/q.conf" --seed 1
	is "refused: $want" 2 "$want"
	true_that "in one line" [ "$(wc -l <<<"$out")" = 1 ]
done <<'END'
s/^by = .*/whom = x/|q.conf:10: expected one of asks, called, figure
s/^by = .*/by = whom/|q.conf:5: expected an option of clone, got 'whom'
s/^figure = .*/figure = p50/|figure: expected a unit that ends in -ns, -bytes, -share or /s, got 'p50'
s/clone kind/clon kind/|expected a benchmark, got 'clon'
s/kind=fork/colour=red/|expected an option of clone, got 'colour'
s/kind=fork/kind/|base: expected KEY=VALUE[,VALUE]..., got 'kind'
/^called/d|expected called = WORDS, got a section without it
/^by/d|expected either by = KEY or while = BENCH..., got a section
s/^by = .*/compute = magic/|compute: expected one of between, break-even
s/^figure = .*/compute = between/|expected figure = UNIT, got a section
END

# A folder answers what its own copies ask, an old one what is installed.
points() { printf 'a clone kind=%s cloner-p50-ns=%s\n' fork 20000 thread 10000; }
points | bash tests/data/make-arms "$tmp/r" 8 q
run build/forkpath-analysis report --full "$tmp/r"
is "without a copy: what is installed" 0 "What does creating a task cost"
conf 's/^\[answer mine/[answer kind/'
cp "$tmp/q.conf" "$tmp/r/"
run build/forkpath-analysis report --full "$tmp/r"
is "a copy replaces what has its name" 0 "What is mine?"
true_that "and asks it once" [ "${out/What does creating/}" = "$out" ]
conf 's/^\[answer mine/[answer between-clone/;s/^by = .*/compute = between/'
cp "$tmp/q.conf" "$tmp/r/"
cp -r "$tmp/r" "$tmp/r2"
run build/forkpath-analysis compare --full "$tmp/r" "$tmp/r2"
is "compare sums up below what the folder asks" 0 "What is mine?" \
	"median: same in all 2"
cp "$tmp/q.conf" "$tmp/r/answers.conf"
run build/forkpath-analysis report --full "$tmp/r"
is "a copy that cannot be understood is said" 0 \
	"answers.conf:1: expected [answer NAME] or [claim NAME], got [question]"
done_testing
