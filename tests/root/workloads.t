#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# workloads.t - every background load: on, working, counted, gone

. tests/lib.sh

export FORKPATH_JOURNAL_DIR=$tmp/journal
runner=build/forkpath-runner

mapfile -t loads < <($runner list | sed -n '/^WORKLOADS/,$p' |
	awk 'NR > 1 { print $1 }')
true_that "there are loads" test ${#loads[@]} -ge 10
for f in workloads/*.c workloads/*.job; do
	true_that "${f##*/} says what it models" grep -q ' Models ' "$f"
done

{
	printf '# Why?\n[question]\ntitle = Beside what?\n[null a]\ntime = 0.5\n'
	printf 'workload = %s\n' "${loads[*]}"
} >"$tmp/q.conf"
run $runner run "$tmp/q.conf" --seed 1 --events none --out "$tmp/r"
is "all of them, one after the other" 0 " 0 failed, 0 void"
for l in "${loads[@]}"; do
	[ "$l" != idle ] || continue
	why=$(awk -F'\t' -v l="$l" '$5 == l && $7 == "skip" { print $8 }' \
		"$tmp/r/plan.tsv")
	line=$(awk -F'\t' -v l="$l" '$5 == l { print $1 }' "$tmp/r/plan.tsv")
	[ -n "$why" ] || why=$(sed -n "s/^# line $line skip //p" "$tmp/r/q.sample")
	if [ -n "$why" ]; then
		skip "$l" "$why"
		continue
	fi
	out=$(grep "/workload=$l " "$tmp/r/q.sample")
	true_that "$l: how much it did is in the record" grep -qE \
		' [0-9.e+]+ load-[a-z0-9-]+/s' <<<"$out"
	case $l in
	# A round of these can take longer than the repetition.
	build|vm) ;;
	*)	true_that "$l: it did something" grep -qE \
			' [0-9.e+]*[1-9][0-9.e+]* load-' <<<"$out" ;;
	esac
done
true_that "more is better" grep -qx 'Unit load-turns/s better=higher' \
	"$tmp/r/q.sample"
run build/forkpath-analysis report "$tmp/r" --full
is "the report shows it" 0 "load-turns/s "
true_that "no process of theirs is left" test -z "$(grep -lsza \
	"^FORKPATH_JOURNAL_DIR=$FORKPATH_JOURNAL_DIR\$" /proc/[0-9]*/environ |
	grep -v "^/proc/$$/" | xargs -r -n1 dirname | while read -r p; do
		grep -qsza '^FORKPATH_RUN=' "$p/environ" && echo "$p"; done)"

# Killed together with its runner: what it made is undone by the next.
if [ "$(id -u)" -eq 0 ] && build/bench/attach --check >/dev/null 2>&1; then
	rm -f "$tmp/out"	# whose "ready" is that of the load before
	build/workloads/containers >"$tmp/out" 2>&1 &
	pid=$!
	until grep -qs ready "$tmp/out"; do
		kill -0 $pid || break
		sleep 0.02
	done
	run left_cgroups
	true_that "containers: has groups" test -n "$out"
	kill -KILL $pid
	wait $pid 2>/dev/null
	run $runner clean
	is "containers: killed, cleaned up" 0 "removed"
	true_that "containers: nothing is left" leftovers
else
	skip "containers killed" "needs root and v2"
fi

# A load that is less than it should be says so: its rate is no use then.
top=$(awk '/ - cgroup .*[ ,]pids/ { print $5; exit }' /proc/self/mountinfo)
if root "a load that cannot fork" && [ -n "$top" ]; then
	limit=$top/forkpath-limit-$$
	mkdir "$limit" && echo 20 >"$limit/pids.max"
	rm -f "$tmp/out"
	# shellcheck disable=SC2016 # $0 and $$ are those of the inner shell
	bash -c 'echo $$ >"$0/cgroup.procs" && exec build/workloads/forkheavy' \
		"$limit" >"$tmp/out" 2>&1 &
	pid=$!
	until grep -qs 'cannot fork' "$tmp/out"; do
		kill -0 $pid 2>/dev/null || break
		sleep 0.02
	done
	kill -TERM $pid
	wait $pid
	code=$? out=$(cat "$tmp/out")
	is "a load that cannot fork says so" 0 \
		"forkheavy: beware: a worker cannot fork: Resource temporarily"
	for ((i = 0; i < 100; i++)); do
		rmdir "$limit" 2>/dev/null && break
		sleep 0.02
	done
else
	[ -n "$top" ] || skip "a load that cannot fork" "no v1 pids here"
fi

# Without a compiler the build is a synthetic one, and says so.
mkdir "$tmp/path"
rm -f "$tmp/out"
env PATH="$tmp/path" "$PWD/build/workloads/build" >"$tmp/out" 2>&1 &
pid=$!
until grep -qs ready "$tmp/out"; do
	kill -0 $pid || break
	sleep 0.02
done
kill -TERM $pid
wait $pid
code=$? out=$(cat "$tmp/out")
is "build without cc" 0 ready " jobs"

# Words that this stress-ng does not have are found before it is started.
top=$tmp/top
mkdir -p "$top"/{configs,workloads,build/bench,build/workloads}
cp build/bench/null "$top/build/bench/"
if command -v stress-ng >/dev/null; then
	printf '# none\nrun parallel\ncpu 1\nno-such-hog 4\n' \
		>"$top/workloads/odd.job"
	printf '# Why?\n[question]\ntitle = Odd?\n[null a]\nworkload = odd\n' \
		>"$top/configs/q.conf"
	run $runner plan q --top "$top" --events none
	is "a job of another stress-ng" 0 \
		"workload odd: this stress-ng has no 'no-such-hog'"
else
	skip "a job of another stress-ng" "it is not installed"
fi
# One that cannot run here says so and is skipped.
printf '#!/bin/sh\necho "odd: not on this machine" >&2\nexit 4\n' \
	>"$top/build/workloads/cannot"
chmod +x "$top/build/workloads/cannot"
printf '# Why?\n[question]\ntitle = Odd?\n[null a]\nworkload = cannot\n' \
	>"$top/configs/s.conf"
run $runner run s --top "$top" --events none --out "$tmp/s"
true_that "a load that cannot run here is a skip" grep -qx \
	'# line 1 skip workload odd: not on this machine' "$tmp/s/s.sample"
true_that "nothing is left behind" leftovers
done_testing
