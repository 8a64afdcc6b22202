#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kill.t - a run is ended at random moments, in every way; nothing remains
#
# KILL_ROUNDS moments (50), KILL_SEED repeats them. In turn: SIGKILL to the
# runner, SIGKILL to something it started, SIGINT, SIGTERM, SIGHUP to the
# runner, SIGKILL to the runner and all that it started at once, SIGKILL to
# any one process of the run. Only where the runner got SIGKILL may `clean` be
# needed. What was in the samples before is in there afterwards, and whole.
# KILL_WHAT=stress: stress tests that are drawn, instead of the run
# tests/data/kill.conf.

. tests/lib.sh

rounds=${KILL_ROUNDS:-50}
RANDOM=${KILL_SEED:=$((SRANDOM % 32768))}
export FORKPATH_JOURNAL_DIR=$tmp/journal
runner=build/forkpath-runner

root "killed at random moments" || { done_testing; exit; }

settings() { cat /proc/sys/kernel/pid_max /proc/sys/kernel/threads-max; }
mounts() { awk '/ - cgroup/ && !/name=forkpath-/' /proc/self/mountinfo; }

# Is somebody else's run in progress? It may have raised pid_max.
others() {
	[ -n "$(find /sys/fs/cgroup -maxdepth 2 -name forkpath -print -quit \
		2>/dev/null)" ] || grep -q ':name=forkpath-' /proc/self/cgroup
}

# What is killed, number I.
start() {
	local i=$1 all names=()

	if [ "${KILL_WHAT:-run}" = run ]; then
		exec $runner run tests/data/kill.conf --seed $((i + 1)) \
			--out "$tmp/r$i"
	fi
	mapfile -t all < <(find build/bench/stress -perm -100 -type f \
		-printf '%f\n' | sort)
	RANDOM=$((KILL_SEED + i))
	while [ ${#names[@]} -lt 4 ]; do
		names+=("${all[RANDOM % ${#all[@]}]}")
	done
	exec $runner stress "${names[@]}" --seed $((i + 1)) --time 10 \
		--out "$tmp/r$i"
}

# Everything that carries the mark of a run of this test.
marked() {
	grep -lsza "^FORKPATH_JOURNAL_DIR=$FORKPATH_JOURNAL_DIR\$" \
		/proc/[0-9]*/environ 2>/dev/null |
		sed 's,^/proc/\([0-9]*\)/.*,\1,' |
		while read -r p; do
			# This shell and its children were not started by a run.
			grep -qsza '^FORKPATH_RUN=' "/proc/$p/environ" &&
				echo "$p"
		done
}

# Named v1 hierarchies of processes that are dead, or of this test.
left_hierarchies() {
	local name pid

	grep -o 'name=forkpath-[^:]*' /proc/self/cgroup |
		while read -r name; do
			pid=${name#name=forkpath-} pid=${pid%%-*}
			[ -d "/proc/$pid" ] && ! grep -qsza \
				"^FORKPATH_JOURNAL_DIR=$FORKPATH_JOURNAL_DIR\$" \
				"/proc/$pid/environ" || echo "hierarchy $name"
		done
}

# What is this test's at first sight.
left_here() {
	find "$FORKPATH_JOURNAL_DIR" -type f -name '[0-9]*' \
		-printf 'journal %p\n' 2>/dev/null
	marked | sed 's/^/process /'
	find "$FORKPATH_JOURNAL_DIR" -mindepth 1 ! -name lock \
		! -name '[0-9]*' -printf 'file %p\n' 2>/dev/null
}

# What may be that of a run beside this one: tests that kill some of theirs
# have it undone, and one that ends puts pid_max back last.
left_somewhere() {
	left_cgroups
	left_hierarchies
	[ -z "$settings" ] || [ "$(settings)" = "$settings" ] || others ||
		echo "settings: $(settings)"
	[ "$(mounts)" = "$mounts" ] || echo "mounts: $(mounts)"
}

left() {
	local here found i

	here=$(left_here)
	for ((i = 0; i < 100; i++)); do
		found=$(left_somewhere)
		[ -n "$found" ] || break
		sleep 0.2
	done
	found=$here${here:+$'\n'}$found
	[ -z "$found" ] || { echo "# left: $found"; return 1; }
}

# Is all that was in BEFORE in the samples of ROUND, and nothing torn?
kept() { # ROUND BEFORE
	local now size

	[ -e "$tmp/r$1/kill.sample" ] || [ ! -s "$2" ] || return 1
	[ -e "$tmp/r$1/kill.sample" ] || return 0
	size=$(stat -c %s "$2")
	cmp -s -n "$size" "$2" "$tmp/r$1/kill.sample" ||
		{ echo "# a sample that was there is gone"; return 1; }
	now=$tmp/r$1/kill.sample
	[ ! -s "$now" ] || [ -z "$(tail -c 1 "$now")" ] ||
		{ echo "# the last sample is torn"; return 1; }
}

# Those of somebody else's run are not what they will be without it, nor are
# they a moment after it, when its cgroups are gone.
settings=''
others || {
	sleep 1
	others || settings=$(settings)
}
mounts=$(mounts)
how=(runner child INT all TERM HUP any)
bad=0 cleaned=0 lines=0
# What is found is said with the verdict, which a log is searched for.
exec 3>&1 >"$tmp/said"

for ((i = 0; i < rounds; i++)); do
	kind=${how[i % ${#how[@]}]}
	delay=$((RANDOM % 2500))
	start $i >"$tmp/out" 2>"$tmp/err" 3>&- &
	pid=$!
	# The moment is the point: there is no condition to wait for.
	sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
	before=$tmp/before
	cat "$tmp/r$i/kill.sample" >"$before" 2>/dev/null
	case $kind in
	runner)	kill -KILL $pid ;;
	any)	mapfile -t list < <(marked; echo $pid)
		one=${list[RANDOM % ${#list[@]}]}
		kill -KILL "$one" 2>/dev/null
		# What is left of the run goes on, or is told to end.
		[ "$one" = $pid ] || kill -TERM $pid ;;
	all)	mapfile -t list < <(marked)
		kill -KILL $pid "${list[@]}" 2>/dev/null ;;
	child)	mapfile -t list < <(marked)
		[ ${#list[@]} -eq 0 ] ||
			kill -KILL "${list[RANDOM % ${#list[@]}]}" 2>/dev/null
		kill -TERM $pid ;;
	*)	kill -"$kind" $pid ;;
	esac
	wait $pid 2>/dev/null
	code=$?
	if [ $code -gt 128 ] && [ "$kind" != INT ] && [ "$kind" != TERM ] &&
	   [ "$kind" != HUP ] && [ "$kind" != child ]; then
		$runner clean >"$tmp/clean" 2>&1 ||
			{ bad=$((bad + 1)); sed 's/^/# clean: /' "$tmp/clean"; }
		cleaned=$((cleaned + $(grep -cv '^nothing to undo' "$tmp/clean")))
	fi
	lines=$((lines + $(grep -c '^Benchmark' "$before")))
	if ! kept $i "$before" || ! left; then
		bad=$((bad + 1))
		echo "# round $i: $kind after $delay ms, exit $code"
		tail -n 3 "$tmp/err" | sed 's/^/#   /'
		tail -n 9 "$tmp/out" | sed 's/^/#   /'
		$runner clean >/dev/null 2>&1
	fi
	rm -rf "${tmp:?}/r$i"
done
exec >&3 3>&-
code=$bad out="seed $KILL_SEED"$'\n'$(tail -n 60 "$tmp/said")
true_that "$rounds random moments, nothing remains" [ $bad -eq 0 ]
# If it never found anything to undo, this test has tested nothing.
true_that "SIGKILL leaves work for clean ($cleaned lines)" \
	[ $cleaned -gt 0 ]
if [ "${KILL_WHAT:-run}" = run ]; then
	# Rounds that lost one are among those above.
	true_that "and no finished sample is lost ($lines were there)" \
		[ $lines -gt 0 ]
fi
done_testing
