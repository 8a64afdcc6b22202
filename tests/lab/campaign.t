#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# campaign.t - a campaign of real boots: killed, it goes on; by hand the same
#
# Two slots of one kernel in exact mode. The lab is killed in the first.

. tests/lib.sh
. tests/campaign.sh

export FORKPATH_JOURNAL_DIR=$tmp/journal
has_kernel "a campaign" || { done_testing; exit; }

dir=$tmp/campaign
point_campaign "$dir" '[kernel base]' "image = $kernel" '[kernel again]' \
	'same = base' '[host vm]' 'lab = --exact --v1 none'
campaign/campaign plan "$dir" >/dev/null

setsid "$PWD/campaign/campaign" "$dir" >"$tmp/said" 2>&1 &
session=$!
for ((i = 0; i < 3000; i++)); do
	lab=$(pgrep -s $session -x forkpath-lab) && break
	sleep 0.02
done
kill -KILL $session 2>/dev/null
kill -KILL "$lab" 2>/dev/null
wait $session 2>/dev/null
run campaign/campaign status "$dir"
is "a slot whose lab was killed is not done" 0 \
	"  vm                            0 "
run timeout 600 campaign/campaign "$dir"
is "again" 0
run campaign/campaign gather "$dir"
is "complete" 0 "base -> again" "no instruction differs"

# The same slots by hand.
slots_by_hand "$dir" "$tmp/hand" vm
compared_by_hand "$tmp/hand" "base=$(folders_of "$dir" vm base)" \
	"again=$(folders_of "$dir" vm again)" >"$tmp/hand.json"
run cmp "$tmp/hand.json" "$dir/gather/vm.json"
is "by hand the same, to the byte of the JSON" 0
true_that "nothing is left behind" leftovers
done_testing
