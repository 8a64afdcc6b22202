#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# inside.t - what a report makes of the kernel module's numbers
#
# Folders made by hand, so that every answer is known.

. tests/lib.sh

dir=$tmp/run
state="size=8 source=synthetic policy=strict node=remote fragment=4"
lock="window=no pairs=1000"

make_run() { # UNIT: ns or instructions; a row said again is another state
	local n=0 line kind nr rest exact='' block left state=$state
	local -A seen=()

	mkdir -p "$dir"
	[ "$1" = ns ] || exact=' assume=exact'
	printf '%s\n' '# forkpath-plan/1' '# question t' '# title T' \
		'# seed 1' '# blocks 3' '# parts a l' >"$dir/plan.tsv"
	printf 'line\tblock\tpart\tbench\tworkload\tlimit\tverdict\treason\t' \
		>>"$dir/plan.tsv"
	printf 'conditions\tpoint\n' >>"$dir/plan.tsv"
	printf '%s\n' 'schema: forkpath-sample/1' "suite: s" "kernel: 6.1" \
		"Unit builder-p50-$1 better=lower$exact" \
		"Unit reader-p50-$1 better=lower$exact" >"$dir/t.sample"
	# kind, pointers, tries, refused, order, leave; or lock, -, pair, slow
	while read -r kind nr rest; do
		n=$((n + 1))
		left=${rest##* }
		[ "$left" != "${left#leave=}" ] || left=leave=0
		block=$((${seen[$kind $nr $left]:-0} + 1))
		seen[$kind $nr $left]=$block
		state=${state% leave=*}" $left"
		# shellcheck disable=SC2086 # words
		set -- "$1" $rest
		case $kind in
		lock=*)	printf '%s\t'$block'\tl\trwlock\tidle\t30\trun\t-\ttime=1\t%s\n' \
				$n "$kind $lock" >>"$dir/plan.tsv"
			line="Rwlock/$kind/${lock// //} 9 5000 reader-p50-$1 9 \
reader-ops $2 pair-$1 $3 slow-share" ;;
		predict) printf '%s\t'$block'\ta\tarray-predict\tidle\t30\trun\t-\ttime=1\t%s\n' \
				$n "kind=kmalloc pointers=$nr $state" >>"$dir/plan.tsv"
			line="ArrayPredict/kind=kmalloc/pointers=$nr/${state// //} \
9 5000 predictor-p50-ns $2 tries-count $3 failed-count $4 block-order" ;;
		*)	printf '%s\t'$block'\ta\tarray\tidle\t30\trun\t-\ttime=1\t%s\n' \
				$n "kind=$kind pointers=$nr $state" >>"$dir/plan.tsv"
			line="Array/kind=$kind/pointers=$nr/${state// //} 9 5000 \
builder-p50-$1 $2 tries-count $3 failed-count $4 block-order 1200 alloc-$1 0.5 \
remote-share" ;;
		esac
		printf '# line %s ok seconds=1 workload=idle\nBenchmark%s\n' \
			$n "$line" >>"$dir/t.sample"
	done
	echo '{"schema": "forkpath-meta/1"}' >"$dir/meta.json"
}

make_run ns <<'EOT'
kmalloc 1024 50 0 1
kmalloc 1024 50 0 1
kmalloc 2048 40 0 2
kmalloc 2048 40 0 2
kmalloc 2048 40 0 2
kmalloc 8192 50 45 4
kmalloc 8192 50 0 4
kmalloc 8192 50 50 4
kmalloc 16384 60 60 5
kmalloc 16384 60 60 5
kmalloc 32768 5000 5000 6
flex-array 8192 1000 0 0
kmalloc 16384 50 50 5 leave=5
kmalloc 16384 50 50 5 leave=5
kmalloc 16384 50 0 5 leave=20
kmalloc 16384 50 1 5 leave=20
kmalloc 16384 50 0 5 leave=50
kmalloc 16384 50 0 5 leave=60
predict 8192 7 7 4
lock=rcu - 16.04 0
lock=percpu-fast - 23.5 0.25
EOT
run build/forkpath-analysis report "$dir" --full
is "a report" 0 "Arrays: in how many states of memory was one refused?"
row() { true_that "$1" grep -qE "^ *$2\$" <<<"$out"; }
row "some refused: Clopper and Pearson over states" \
	"kmalloc +8192 +4 +2 of 3 +\[0\.094, 0\.99\] +0\.\.1"
row "neighbours of which none was refused are one row" \
	"kmalloc +1024\.\.2048 +1\.\.2 +none of 2 +\[0, 0\.84\] +0"
row "five thousand tries in one state are one answer" \
	"kmalloc +16384\.\.32768 +5\.\.6 +all of 1 +\[0\.025, 1\] +1"
row "a thousand, too" "flex-array +8192 +0 +none of 1 +\[0, 0\.97\] +0"
row "a prediction is marked" "kmalloc, predicted +8192 +4 +all of 1 .*"
row "from which degree on it is had, and up to which never" \
	"kmalloc +16384 +5 +5% +50%"
row "... one row, of what has degrees" "kind +pointers +order +never to +always from"
is "... and explained" 0 "the kernel was not asked"
row "what it costs, where it was had" \
	"kmalloc +8192 +1\.20 us +- +- +- +50%"
true_that "no cost of what was always refused" [ -z \
	"$(grep -E '^ *kmalloc +32768 .*us' <<<"$out")" ]
row "read locks: a pair" "rcu +16\.0 .*"
row "read locks: how many were slow" "percpu-fast +23\.5 +[^ ]+ +25% .*"
true_that "the three costs are not missed here" [ -z \
	"$(grep 'None of the three' <<<"$out")" ]
long=$(awk 'length > 72' <<<"$out")
true_that "72 columns" [ -z "$long" ]
if command -v gnuplot >/dev/null; then
	dat=$(cat "$dir"/plots/refused-*.dat)
	out=$dat
	true_that "plot: mean and range over states" \
		grep -qE '^8192 0\.63333[0-9]* 0 1 3$' <<<"$dat"
	true_that "plot: who was never refused is named" \
		grep -q 'never refused: flex-array' "$dir"/plots/refused-*.gp
else
	skip "plot" "no gnuplot"
fi

rm -rf "$dir"
make_run instructions <<'EOT'
lock=rcu - 16 0
kmalloc 8192 50 45 4
EOT
run build/forkpath-analysis report "$dir" --full
is "exact: instructions" 0 "instructions for one lock and unlock"
row "exact: counted, not timed" "kmalloc +8192 +1200 +- +- +- +50%"
done_testing
