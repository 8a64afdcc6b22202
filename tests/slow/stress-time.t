#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# stress-time.t - stress tests that hang: how long they may
#
# Nothing here is quick: that a budget is kept shows when it is over.

. tests/lib.sh
. tests/ktap.sh

export FORKPATH_JOURNAL_DIR=$tmp/journal
runner=build/forkpath-runner
ktap_fixtures

# Of a budget of two seconds twice as much and a minute may be taken. What
# comes last, when little of that is left, is given the time to be stopped.
for name in hang-again stops; do
	sed "s/hang/$name/g" "$top/hang" >"$top/$name"
	chmod +x "$top/$name"
done
sed -i "s/trap '' TERM/trap 'sleep 1; exit 1' TERM/" "$top/stops"
begin=$SECONDS
run "$runner" stress hang/v1 hang-again/v1 stops/v1 --top "$tmp/top" --time 2 \
	--out "$tmp/budget"
true_that "a budget is kept by what hangs: $((SECONDS - begin)) s" \
	[ $((SECONDS - begin)) -le 64 ]
true_that "and it is said" grep -q "time-out after" <<<"$out"
true_that "the last one is not said to hang" grep -q '^ok 3 stops # SKIP' <<<"$out"
rm "$top/hang-again" "$top/stops"

# What cannot be killed, for it is frozen as v1 freezes, is no matter of time.
v1=$(awk '/ - cgroup .*[ ,]freezer/ { print $5; exit }' /proc/self/mountinfo)
fixture frozen "mkdir '$v1/forkpath-frozen-$$' &&
	echo \$\$ >'$v1/forkpath-frozen-$$/cgroup.procs' &&
	echo FROZEN >'$v1/forkpath-frozen-$$/freezer.state'"
fixture next true
if root "what cannot be killed" && [ -n "$v1" ]; then
	run "$runner" stress frozen next --top "$tmp/top" --time 1 --limit 1 \
		--grace 0.2 --out "$tmp/frozen"
	echo THAWED >"$v1/forkpath-frozen-$$/freezer.state"
	until rmdir "$v1/forkpath-frozen-$$" 2>/dev/null; do
		[ -e "$v1/forkpath-frozen-$$" ] || break
	done
	is "what cannot be killed is not ok, however slow this is" 1 \
		"time-out after" "not ok 1 frozen" \
		"ok 1 v1 # SKIP processes of another test cannot be killed"
else
	[ -n "$v1" ] || skip "what cannot be killed" "no v1 freezer here"
fi
done_testing
