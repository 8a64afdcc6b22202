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

make_run() { # UNIT: ns or instructions
	local n=0 line kind nr rest exact=''

	mkdir -p "$dir"
	[ "$1" = ns ] || exact=' assume=exact'
	printf '%s\n' '# forkpath-plan/1' '# question t' '# title T' \
		'# seed 1' '# blocks 1' '# parts a l' >"$dir/plan.tsv"
	printf 'line\tblock\tpart\tbench\tworkload\tlimit\tverdict\treason\t' \
		>>"$dir/plan.tsv"
	printf 'conditions\tpoint\n' >>"$dir/plan.tsv"
	printf '%s\n' 'schema: forkpath-sample/1' "suite: s" "kernel: 6.1" \
		"Unit builder-p50-$1 better=lower$exact" \
		"Unit reader-p50-$1 better=lower$exact" >"$dir/t.sample"
	# kind, pointers, tries, refused, order; or lock, -, pair, slow
	while read -r kind nr rest; do
		n=$((n + 1))
		# shellcheck disable=SC2086 # words
		set -- "$1" $rest
		case $kind in
		lock=*)	printf '%s\t1\tl\trwlock\tidle\t30\trun\t-\ttime=1\t%s\n' \
				$n "$kind $lock" >>"$dir/plan.tsv"
			line="Rwlock/$kind/${lock// //} 9 5000 reader-p50-$1 9 \
reader-ops $2 pair-$1 $3 slow-share" ;;
		predict) printf '%s\t1\ta\tarray-predict\tidle\t30\trun\t-\ttime=1\t%s\n' \
				$n "kind=kmalloc pointers=$nr $state" >>"$dir/plan.tsv"
			line="ArrayPredict/kind=kmalloc/pointers=$nr/${state// //} \
9 5000 predictor-p50-ns $2 tries-count $3 failed-count $4 block-order" ;;
		*)	printf '%s\t1\ta\tarray\tidle\t30\trun\t-\ttime=1\t%s\n' \
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
kmalloc 2048 40 0 2
kmalloc 8192 50 45 4
kmalloc 16384 60 60 5
kmalloc 32768 50 50 6
flex-array 8192 1000 0 0
predict 8192 7 7 4
lock=rcu - 16.04 0
lock=percpu-fast - 23.5 0.25
EOT
run build/forkpath-analysis report "$dir"
is "a report" 0 "ARRAYS: requests for memory that were refused"
row() { true_that "$1" grep -qE "^ *$2\$" <<<"$out"; }
row "some refused: Clopper and Pearson" \
	"kmalloc +8192 +4 +50 +45 +0\.9 \[0\.782,0\.967\]"
row "neighbours of which none was refused are one row" \
	"kmalloc +1024\.\.2048 +1\.\.2 +40 +none +0 \[0,0\.0881\]"
row "neighbours that all were refused are one row" \
	"kmalloc +16384\.\.32768 +5\.\.6 +50 +all +1 \[0\.929,1\]"
row "none of a thousand" "flex-array +8192 +0 +1000 +none +0 \[0,0\.00368\]"
row "a prediction is marked" "kmalloc \(predicted\) +8192 +4 +7 +all .*"
is "... and explained" 0 "nothing was asked of"
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
	true_that "plot: share with its interval" \
		grep -qE '^8192 0\.9 0\.7818[0-9]* 0\.9667[0-9]* 50$' <<<"$dat"
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
run build/forkpath-analysis report "$dir"
is "exact: instructions" 0 "instructions for one lock and unlock"
row "exact: counted, not timed" "kmalloc +8192 +1200 +- +- +- +50%"
done_testing
