#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# stress.t - every stress test holds here, and every one can fail
#
# All of them for STRESS_SECONDS (55) in all; then each mutation that a
# program lists must be seen `not ok`, by its invariant; then kill -9. What the
# runner says of a test is cli/stress.t.

. tests/lib.sh
. tests/ktap.sh

export FORKPATH_JOURNAL_DIR=$tmp/journal
runner=build/forkpath-runner
root "stress tests" || { done_testing; exit; }

names() {
	find build/bench/stress -type f -perm -100 -printf '%f\n' | sort
}

field() { # PROGRAM OPTION COLUMN, of --describe
	"build/bench/stress/$1" --describe |
		awk -F'\t' -v o="$2" -v c="$3" '$1 == "opt" && $2 == o { print $c }'
}

# --- all of them ----------------------------------------------------------

run "$runner" stress --time "${STRESS_SECONDS:-55}" --out "$tmp/failures"
is "all stress tests" 0 "KTAP version 1" "subtests:"
all=$out
true_that "its KTAP adds up" ktap_adds_up <<<"$all"
# Each by its name, and with its own lines and what was kept of it: where
# only this test's end is seen, that is what one has to go by.
for name in $(names); do
	out=$(awk -v end="^(not )?ok [0-9]+ $name( |$)" '/^ *# Subtest:/ {
		own = "" } { own = own $0 "\n" } $0 ~ end { print own }' <<<"$all"
		tail -n 40 "$tmp/failures/$name."* 2>/dev/null)
	true_that "$name is one of them, and holds" \
		grep -qE "^ok [0-9]+ $name( |\$)" <<<"$out"
done
out=$(grep -E '^  ok [0-9]+ [^#]*$' -B 8 <<<"$all" | grep -c overlaps)
true_that "races were on" [ "$out" -gt 20 ]
out=$(grep -E '# SKIP *$' <<<"$all")
true_that "a reason for every skip" [ -z "$out" ]
out=$(grep -A 60 -E '^  # reason: ' <<<"$all")
true_that "nothing failed, nothing is kept" [ ! -e "$tmp/failures" ]
true_that "nothing is left" leftovers

# The check itself can fail.
for edit in '/^  ok 2 /d' 's/^  ok 1 /  not ok 1 /' 's/^1\.\./1..1/' \
	's/^ok 2 /ok 7 /' '/^  1\.\./d'; do
	out=$(sed "$edit" <<<"$all" | ktap_adds_up)
	true_that "KTAP that does not add up is seen: sed $edit" [ -n "$out" ]
done

# --- each can fail --------------------------------------------------------

mkdir "$tmp/mutated"
for name in $(names); do
	# Where it can run here, else where it would.
	at=$(grep -A 200 "# Subtest: $name\$" <<<"$all" |
		sed -n '/^  ok [0-9]* [^#]*$/{s/.* //p;q};/^[a-z].*ok/q;/^ok/q')
	at=${at:-$(field "$name" hierarchy 4)}
	for mutation in $(field "$name" mutate 5); do
		[ "$mutation" != none ] || continue
		run "$runner" stress "$name/$at" --mutate "$mutation" \
			--time 2 --seed 1 --out "$tmp/mutated/$name"
		if [ "$code" -eq 4 ]; then
			skip "$name, $mutation: not ok" \
				"$(sed -n 's/^  ok 1.*# SKIP //p' <<<"$out")"
			continue
		fi
		is "$name, $mutation: not ok" 1 "not ok 1 $at" \
			"not ok 1 $name" "reason: $name: invariant: "
		rm -rf "$tmp/mutated/$name"
	done
done

# --- killed ---------------------------------------------------------------

run env KILL_WHAT=stress KILL_ROUNDS=6 bash tests/root/kill.t
is "killed at six random moments, nothing remains" 0 "ok 1 - 6 random moments"
true_that "nothing is left in the end" leftovers
done_testing
