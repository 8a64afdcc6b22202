#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# golden.t - every view of invented folders, word for word
#
# tests/data/golden/ has a text for each. `make golden` writes them anew:
# read the difference as somebody who sees the tool for the first time, then
# commit it with the change that made it.
# beside: measures nothing on this machine

. tests/lib.sh
tool=$PWD/build/forkpath-analysis
data=$PWD/tests/data
gen=$PWD/build/tests/gen/exact
nothing=$tmp/nothing	# no gnuplot in it
mkdir "$nothing"
cd "$tmp" || exit 1

bash "$data/make-quick" quick
for i in 0 1 2 3 4 5 6 7 8 9; do
	bash "$data/make-boot" "base/$i" "1$i" utc=2026-01-1${i}T01:00:00Z
	bash "$data/make-boot" "new/$i" "2$i" kernel=6.19.0 fork=1.05 \
		move=0.92 insn=815 utc=2026-01-1${i}T02:00:00Z
	bash "$data/make-boot" "aa/$i" "3$i" question=aa \
		utc=2026-01-1${i}T03:00:00Z
	bash "$data/make-boot" "again/$i" "4$i" label=again \
		utc=2026-01-1${i}T02:00:00Z
done
"$gen" --out exact --label base
"$gen" --out favor --label favor --lock favordynmods --add 42 --less 5

view() { # NAME VERB ARGUMENT...
	local name=$1

	shift
	PATH=$nothing "$tool" "$@" >"$name.txt" 2>"$name.err"
	code=$?
	[ -z "${GOLDEN-}" ] || cp "$name.txt" "$data/golden/"
	out=$(/usr/bin/diff -u "$data/golden/$name.txt" "$name.txt")
	true_that "$name: as in tests/data/golden" [ -z "$out" ]
	out=$(awk 'length > 72 || /[^ -~]/' "$name.txt")
	true_that "$name: 72 columns, ASCII" [ -z "$out" ]
}

lines() { # NAME MOST
	out=$(wc -l <"$1.txt")
	true_that "$1: at most $2 lines" [ "$out" -le "$2" ]
}

view quick report quick
lines quick 40
view quick-full report quick --full
view compare compare base new --aa aa
lines compare 30
view compare-same compare base again --aa aa
lines compare-same 30
view compare-full compare base new --aa aa --full
view compare-itself compare base/0 base/0
lines compare-itself 3
view exact report exact
lines exact 60
view exact-compare compare exact favor
lines exact-compare 30
done_testing
