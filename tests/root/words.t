#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# words.t - what is said is the cause, in one line

. tests/lib.sh

root "words of refused steps" || { done_testing; exit; }
runner=build/forkpath-runner
export FORKPATH_JOURNAL_DIR=$tmp/journal

if [ -c /dev/full ]; then
	full() { "$@" >/dev/full; }
	for verb in "stress tree/v2 --time 1 --seed 1" "plan quick --seed 1" \
		    list doctor meta; do
		# shellcheck disable=SC2086 # words
		run full $runner $verb
		is "$verb, standard output full" 1 \
			"standard output: No space left on device"
	done
	for way in "--time 0.01" --check --describe; do
		# shellcheck disable=SC2086 # words
		run full build/bench/null $way
		is "null $way, standard output full" 1 "No space left on device"
	done
	closed() { "$@" >&-; }
	run closed $runner plan quick --seed 1
	is "standard output closed" 1 "standard output: Bad file descriptor"
else
	skip "standard output full" "there is no /dev/full"
fi

limited() { (ulimit -f 8; "$@"); }
cat >"$tmp/q.conf" <<'END'
[question]
title = How long may a file be?
repeat = 200
seconds = 5

[null one]
time = 0.001
END
run limited $runner run "$tmp/q.conf" --events none --out "$tmp/o"
is "a file may not be as long as the plan" 1 "File too large"
true_that "which is no full disk" [ "${out/No space left/}" = "$out" ]

true_that "a file in the place of the journal directory" touch "$tmp/file"
for verb in "run $tmp/q.conf --events none --out $tmp/none" \
	    "stress tree/v2 --time 1" "doctor --fix" clean; do
	# shellcheck disable=SC2086 # words
	run env FORKPATH_JOURNAL_DIR="$tmp/file" $runner $verb
	is "no journal, no ${verb%% *}" 1 \
		"journal directory $tmp/file: Not a directory"
done
true_that "and no folder" [ ! -e "$tmp/none/quick.sample" ]

newline() {
	# shellcheck disable=SC2016 # for that shell
	unshare -m bash -c '
		mount --make-rprivate /
		awk "\$0 ~ / - cgroup2 / { print \$5 }" /proc/self/mountinfo |
			while read -r m; do umount "$m"; done
		d=$1/$(printf "a\nb")
		mkdir "$d" && mount -t cgroup2 none "$d" || exit 99
		shift
		exec "$@"' bash "$tmp" "$@"
}
for way in --check "--time 0.05"; do
	# shellcheck disable=SC2086 # words
	run newline build/bench/attach --hierarchy v2 $way
	rmdir "$tmp"/a?b 2>/dev/null
	if [ "$code" = 99 ]; then
		skip "a newline in the mount point" "nothing can be mounted here"
		continue
	fi
	is "a newline in the mount point, $way" 4 'a\012b'
	true_that "$way: in one line" [ "$(wc -l <<<"$out")" = 1 ]
done

# A mount that is refused leaves nothing, and clean tells the truth.
may=(setpriv --bounding-set "-all,+dac_override,+kill" --inh-caps -all)
[ -d "$FORKPATH_JOURNAL_DIR" ] || mkdir -m 700 "$FORKPATH_JOURNAL_DIR"
if has "a refused mount" v1-own; then
	run "${may[@]}" build/bench/attach --hierarchy v1-own --time 0.05
	is "a mount that is refused" 4 "needs CAP_SYS_ADMIN"
	true_that "leaves nothing" leftovers
	true_that "nor a directory" \
		[ -z "$(find "$FORKPATH_JOURNAL_DIR" -mindepth 1 ! -name lock)" ]
	run "${may[@]}" $runner clean
	is "there is nothing to undo" 0 "nothing to undo"
fi
mkdir "$FORKPATH_JOURNAL_DIR/hierarchy-999999999-0" \
	"$FORKPATH_JOURNAL_DIR/hierarchy-999999999-1"
run $runner clean
is "a directory that no journal speaks of" 0 "removed" "hierarchy-999999999-1"
true_that "goes" [ -z "$(ls -d "$FORKPATH_JOURNAL_DIR"/h* 2>/dev/null)" ]
mount -t tmpfs none "$FORKPATH_JOURNAL_DIR" -o mode=700 &&
	mkdir "$FORKPATH_JOURNAL_DIR/hierarchy-999999999-0" &&
	mount --bind "$tmp" "$FORKPATH_JOURNAL_DIR/hierarchy-999999999-0"
run "${may[@]}" $runner clean
is "what cannot be undone is a failure" 1 "failed  hierarchy" \
	"not all that an earlier run left can be undone"
true_that "not nothing" [ "${out/nothing to undo/}" = "$out" ]
umount "$FORKPATH_JOURNAL_DIR/hierarchy-999999999-0" "$FORKPATH_JOURNAL_DIR"
done_testing
