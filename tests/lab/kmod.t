#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kmod.t - the kernel module: built for every kernel, tested inside one
#
# KMOD_RELEASE: the kernel that is booted. `make reach-kmod` boots them all,
# and does it for longer (tests/reach/kmod).

. tests/lib.sh

guest=build/tests/kmod/guest
release=${KMOD_RELEASE:-6.12}
built=''

# What is up to date would have no warning to show.
rm -f build/kmod/*/*.o
for r in 5.10 6.1 6.12 newest; do
	ko=$(kmod/build "$r" 2>"$tmp/err")
	code=$? out=$ko$'\n'$(cat "$tmp/err")
	if [ "$code" -eq 4 ]; then
		skip "module for $r" "${out##*$'\n'}"
		continue
	fi
	is "module for $r" 0 "build/kmod/" "/forkpath.ko"
	true_that "module for $r: nothing else on standard output" \
		[ -n "$ko" -a -f "$ko" ]
	[ -f "$ko" ] || continue
	[ "$r" != "$release" ] || built=$ko
	out=$(grep -i warning "${ko%/*}/log" |
		grep -vi 'compiler differs\|pahole')
	true_that "module for $r: no warning" [ -z "$out" ]
done

run kmod/build
is "build: no kernel" 2 "which kernel?"
run kmod/build "$tmp/none"
is "build: no headers" 4 "its headers are missing"
run kmod/build --for quick "$tmp/none"
is "build: a question without a module builds none" 0
true_that "build: ... and says nothing" [ -z "$out" ]
for q in rwlock array pids; do
	run kmod/build --for $q "$tmp/none"
	is "build: a question with one ($q) tries to" 4
done

# Without the module: a skip with its reason.
for b in rwlock array "pidns --by collect"; do
	# shellcheck disable=SC2086 # words
	run build/bench/$b --check
	is "$b without the module is skipped" 4 \
		"/dev/forkpath: the module forkpath is not loaded"
	# shellcheck disable=SC2086 # words
	FORKPATH_NO_MODULE="because of this" run build/bench/$b --check
	is "$b says why" 4 "/dev/forkpath: because of this"
done
run build/bench/array --kind list --size 24
is "array: a list of more than pointers" 2 "hold a pointer each"
run build/bench/array --fragmented all
is "array: fragmented in what?" 2 "needs --fragment ORDER"
run build/bench/array --leave 5
is "array: leave some of what?" 2 "need --fragment ORDER"
run build/bench/array --fragment 4 --by stress-ng --leave 5
is "array: stress-ng leaves what it likes" 2 "only module and cache leave"
run build/bench/array --fragment 4 --fragmented all --by cache
is "array: every node" 2 "only the module holds every node"
run build/bench/rwlock --lock loop --writers 1
is "rwlock: nothing to write" 2 "there is nothing to write"
run build/bench/rwlock --lock rcu --window yes
is "rwlock: no window" 2 "only a writer of percpu-fast"
run build/bench/rwlock --layout behind-pointer
is "rwlock: a layout of what is no rwsem" 2 "only rwsem-own may lie elsewhere"
run build/bench/rwlock --lock rwsem-own --layout with-data
is "rwlock: beside what, in a warm cache" 2 "an effect on a cold lock"
run build/bench/rwlock --cache flushed --readers 2
is "rwlock: whose is chilled" 2 "what is chilled is one reader's"
run build/bench/rwlock --cache flushed --pairs 10001
is "rwlock: too many are chilled" 2 "at most 10000 --pairs"
run build/bench/array-predict --pointers 4096 --time 0.02
is "predicted: order 3 is never refused" 0 " 0 failed-count 3 block-order"
run build/bench/array-predict --pointers 524289 --time 0.02
tries=$(sed -n 's/.* \([0-9]*\) tries-count .*/\1/p' <<<"$out")
is "predicted: more than 4 MiB always is" 0 \
	" ${tries:-x} tries-count ${tries:-x} failed-count 11 block-order"

run build/bench/pidns --tasks 2
is "pidns: one child at a time" 2 "the child is the only task"
run build/bench/pidns --by proc --depth 3 --tasks 2
is "pidns: too few tasks" 2 "at least one for each level"
run build/bench/pidns --by proc --depth 3 --tasks 6 --branches 2
is "pidns: too few tasks for the branches" 2 "and each of its --branches"
run build/bench/pidns --by collect --depth 31 --branches 2 --tasks 5000
is "pidns: too many namespaces" 2 "more than 4096 namespaces"
run build/bench/pidns --by proc --depth 3 --tasks 6 --whole yes
is "pidns: whole is the kernel's" 2 "of --by collect"
run build/bench/pidns --by collect --changing 2
is "pidns: what is given may be too few" 2 "use --room counted or grown"
if root "pidns"; then
	export FORKPATH_JOURNAL_DIR=$tmp/journal
	mkdir -m 700 "$FORKPATH_JOURNAL_DIR"
	run build/bench/pidns --depth 3 --time 0.02
	is "pidns: fork three levels down" 0 "/depth=3/tasks=1/"
	run build/bench/pidns --by proc --depth 3 --tasks 7 --time 0.02
	is "pidns: numbers of seven tasks, 3 + 4 + 6" 0 " 13 numbers-count"
	run build/bench/pidns --by proc --depth 3 --branches 2 --tasks 9 \
		--time 0.02
	is "pidns: of nine tasks in seven namespaces, 2 + 6 + 12" 0 \
		" 20 numbers-count"
	# Of this test: stress tests and others beside it have some, too.
	out=$(grep -lsza "^FORKPATH_JOURNAL_DIR=$FORKPATH_JOURNAL_DIR\$" \
		/proc/[0-9]*/environ | xargs -r dirname | while read -r p; do
		[ ! "$p/exe" -ef build/bench/pidns ] || echo "$p"
	done)
	true_that "pidns: nobody is left" [ -z "$out" ]
	true_that "pidns: no journal is left" leftovers
fi

if [ -z "$built" ]; then
	skip "inside a guest" "no module for $release"
	done_testing
	exit
fi

# --numa 2x1: we live on node 0, node 1 is there to be broken.
lab() { # COMMAND...: in a guest
	run timeout 500 build/forkpath-lab exec --numa 2x1 --memory 1G \
		--add $guest:/forkpath/guest --add "$built:/forkpath/m.ko" \
		"$release" -- "$@"
}

lab ./guest test m.ko
if [ "$code" -eq 4 ]; then
	skip "inside a guest" "${out##*$'\n'}"
else
	all=$out
	while IFS= read -r line; do
		case $line in
		'ok '*)		result 0 "$release: ${line#*- }" ;;
		'not ok '*)	out=$all; result 1 "$release: ${line#*- }" ;;
		'# '*)		echo "$line" ;;
		esac
	done <<<"$all"
	out=$all
	is "$release: all tests, and their plan" 0 $'\n1..'
fi

# As a checkpoint needs it: what /proc says of the tree is the proof.
# shellcheck disable=SC2016 # the guest's shell expands it
run timeout 500 build/forkpath-lab exec --numa 1x2 --module "$built" \
	"$release" -- sh -c '
	for o in "--whole yes --branches 2" "--room counted --kind genradix" \
		"--room grown --tasks 600" "--room grown --changing 2" \
		"--room grown --kind flex-array --tasks 600"; do
		build/bench/pidns --by collect --depth 4 --tasks 100 $o \
			--time 0.02 --warmup 0.01 || exit
	done'
if [ "$code" -eq 4 ]; then
	skip "pidns: as a checkpoint needs it" "${out##*$'\n'}"
else
	is "pidns: as a checkpoint needs it" 0 "/whole=yes/room=given/" \
		" counting-ns " "/room=grown/changing=2 "
fi

# Nothing less nothing is negative half the time, which would be malformed.
# shellcheck disable=SC2016 # the guest's shell expands it
run timeout 500 build/forkpath-lab exec --numa 1x2 --module "$built" \
	"$release" -- sh -c 'for i in 1 2 3 4 5 6 7 8; do
	build/bench/rwlock --lock loop --time 0.05 --warmup 0.01 || exit; done'
if [ "$code" -eq 4 ]; then
	skip "rwlock: a loop less a loop" "${out##*$'\n'}"
else
	is "rwlock: a loop less a loop" 0 " pair-ns "
	pairs=$(sed -n 's/^Benchmark.* \([^ ]*\) pair-ns .*/\1/p' <<<"$out" |
		tr '\n' ' ')
	read -r -a each <<<"$pairs"
	true_that "is never less than nothing: $pairs" \
		[ "${#each[@]} ${pairs//[!-]/}" = "8 " ]
fi

# Cold, and that it was is counted by who made it so; --numa 2x2.
# shellcheck disable=SC2016 # the guest's shell expands it
run timeout 500 build/forkpath-lab exec --numa 2x2 --module "$built" \
	"$release" -- sh -c '
	for c in single flushed other-cpu other-node; do
		for l in with-data behind-pointer own-line; do
			build/bench/rwlock --lock rwsem-own --cache $c \
				--layout $l --pairs 100 --time 0.02 \
				--warmup 0.01 || exit
		done
		build/bench/rwlock --lock percpu-slow+rwsem --cache $c \
			--pairs 100 --time 0.02 --warmup 0.01 || exit
	done'
if [ "$code" -eq 4 ]; then
	skip "rwlock: cold locks" "${out##*$'\n'}"
else
	is "rwlock: cold locks" 0 "/cache=flushed/layout=with-data " \
		"/cache=other-cpu/layout=behind-pointer " \
		"/cache=other-node/layout=own-line "
	true_that "... all of them" [ "$(grep -c ^Benchmark <<<"$out")" = 16 ]
fi

# Instructions, where a sum is a sum: nothing, something, and both at once.
# shellcheck disable=SC2016 # the guest's shell expands it
run timeout 500 build/forkpath-lab exec --exact --module "$built" \
	"$release" -- sh -c '
	for l in loop rcu percpu-slow rwsem-own percpu-slow+rwsem; do
		build/bench/rwlock --exact --lock $l --ops 40 || exit
	done
	for k in two-level flex-array; do
		build/bench/array --exact --kind $k --pointers 8192 --ops 5 || exit
	done
	build/bench/array --fragment 4 --by fault --check'
if [ "$code" -ne 4 ] || [[ $out != *no\ fail_page_alloc* ]]; then
	[ "$code" -eq 4 ] || is "exact: locks and arrays" 4
	skip "exact: locks and arrays" "${out##*$'\n'}"
else
	figure() { # LINE UNIT: of that Benchmark line, less its fraction
		sed -n "s/^Benchmark[^ ]*$1.* \([0-9]*\)[.0-9]* $2 .*/\1/p" \
			<<<"$out"
	}
	pair() { figure "lock=$1\/" pair-instructions; }
	true_that "exact: a loop less a loop is nothing" \
		[ "$(pair loop)" = 0 ]
	true_that "exact: rcu is more than nothing" [ "$(pair rcu)" -gt 2 ]
	apart=$(($(pair percpu-slow) + $(pair rwsem-own)))
	both=$(pair percpu-slow+rwsem)
	true_that "exact: both locks are the sum of both ($apart)" \
		[ $((both - apart)) -le 2 -a $((apart - both)) -le 2 ]
	for part in alloc fill walk; do
		less=$(figure kind=two-level $part-instructions)
		more=$(figure kind=flex-array $part-instructions)
		true_that "exact: $part of flex-array is more than of two pages \
($more, $less)" [ "$more" -gt "$less" ]
	done
fi
done_testing
