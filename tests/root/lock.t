#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lock.t - one run at a time, whoever runs it
#
# In a network namespace of its own, which is as far as the lock reaches: runs
# of this machine are neither in the way nor held up.

. tests/lib.sh

root "two users" || { done_testing; exit; }
if [ -z "${LOCK_INSIDE-}" ]; then
	export LOCK_INSIDE=1
	unshare -n true 2>/dev/null && exec unshare -nm "$0"
	skip "two users" "no network namespace can be made here"
	done_testing
	exit
fi
unset FORKPATH_JOURNAL_DIR FORKPATH_RUN XDG_RUNTIME_DIR
# Nobody can read a checkout that is root's alone.
cp build/bench/null "$tmp/null" && chmod 755 "$tmp" "$tmp/null"
# A journal directory for root that is not that of the machine.
mount --make-rprivate / && mount -t tmpfs -o mode=755 none /run || exit 1

nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
held() { grep -q '@forkpath-run$' /proc/net/unix; }
until_held() { until held || ! kill -0 $pid 2>/dev/null; do sleep 0.02; done; }

# COMMAND... measures, REFUSED... is not let: who does is said.
one() { # NAME WHO COMMAND...
	local name=$1 who=$2

	shift 2
	"$@" --time 60 >/dev/null 2>&1 &
	pid=$!
	until_held
	run "${other[@]}" "$tmp/null" --time 0.01
	is "$name" 1 "null: another run is in progress on this machine: \
process $pid of $who, since 20"
	true_that "$name: in one line" [ "$(wc -l <<<"$out")" = 1 ]
	kill $pid
	wait $pid 2>/dev/null
	run "${other[@]}" "$tmp/null" --time 0.01
	is "$name: until he has ended" 0 BenchmarkNull
}

user=$(awk -F: '$3 == 65534 { print $1; exit }' /etc/passwd)
other=(env)
one "a user measures, root does not" "${user:-user 65534}" \
	"${nobody[@]}" "$tmp/null"
other=("${nobody[@]}")
one "root measures, a user does not" root "$tmp/null"
one "one user twice" "${user:-user 65534}" "${nobody[@]}" "$tmp/null"
mkdir -m 700 "$tmp/own"
chown 65534 "$tmp/own"
other=("${nobody[@]}" env XDG_RUNTIME_DIR="$tmp/own")
one "the same with a place for a file" "${user:-user 65534}" \
	"${other[@]}" "$tmp/null"

# A run that was killed is over when the last of its processes is.
"${nobody[@]}" "$tmp/null" --time 60 >/dev/null 2>&1 &
pid=$!
until_held
kill -KILL $pid
wait $pid 2>/dev/null
while held; do sleep 0.02; done
run "$tmp/null" --time 0.01
is "after SIGKILL it is free" 0 BenchmarkNull

# What a user plants in a place for everybody is not in the way.
mkdir -m 1777 "$tmp/all"
ln -s /etc/shadow "$tmp/all/lock"
run env XDG_RUNTIME_DIR="$tmp/all" "$tmp/null" --time 0.01
is "files of others decide nothing" 0 BenchmarkNull
done_testing
