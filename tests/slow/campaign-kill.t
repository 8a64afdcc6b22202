#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# campaign-kill.t - a campaign of which any program that it calls may be killed

. tests/lib.sh

top=$PWD
ln -s "$top/tests/data/fake-host" "$tmp/fake-host"

# One after the other, be it ever so small: a call that says it has done
# everything has, each slot was told all of its options and by one call at a
# time, and the next call goes on.
programs='awk cat cksum cut date dirname find flock grep head
	mkdir mv readlink rm sed sort tail tr xargs'
mkdir "$tmp/each"
for program in $programs; do
	cat >"$tmp/each/$program" <<-END
		#!/bin/sh
		read -r n <"$tmp/calls-$program"
		echo \$((n + 1)) >"$tmp/calls-$program"
		if [ "$program \$n" = "\$KILL" ]; then
			: >"$tmp/one-killed"
			kill -KILL \$\$
		fi
		exec $(command -v "$program") "\$@"
	END
done
cat >"$tmp/host" <<END
#!/bin/sh
PATH=$PATH
[ ! -e "$tmp/here" ] || echo "two at once" >>"$tmp/told"
: >"$tmp/here"
echo "\$9 \${10}" >>"$tmp/told"
"$top/tests/data/fake-host" "\$@"
ret=\$?
rm "$tmp/here"
exit \$ret
END
chmod +x "$tmp/host" "$tmp"/each/*
both_done() {
	[ -s "$tmp/small/slots/n1/1/plan.tsv" ] &&
		[ -s "$tmp/small/slots/n1/2/plan.tsv" ]
}
lost='' killed=0
for program in $programs; do for ((kill = 0; ; kill++)); do
	rm -rf "$tmp/small" "$tmp/told" "$tmp/here" "$tmp/one-killed"
	mkdir "$tmp/small"
	printf '%s\n' '[campaign]' 'question = q' 'options = --repeat 1' \
		'[kernel base]' 'entry = old' '[kernel patched]' \
		'entry = slow-3' '[host n1]' 'call = ../host' \
		>"$tmp/small/campaign.conf"
	for each in $programs; do
		echo 0 >"$tmp/calls-$each"
	done
	run env KILL="$program $kill" PATH="$tmp/each:$PATH" \
		"$top/campaign/campaign" "$tmp/small"
	[ -e "$tmp/one-killed" ] || break
	killed=$((killed + 1))
	[ "$code" -ne 0 ] || both_done || lost+=" $program $kill: not done;"
	run campaign/campaign "$tmp/small"
	[ "$code" -eq 0 ] && both_done || lost+=" $program $kill: lost;"
	[ "$(sort -u "$tmp/told")" = "--repeat 1" ] ||
		lost+=" $program $kill: told otherwise;"
done; done
out=$lost code=-
true_that "$killed programs that it calls, each killed: nothing is lost" \
	[ "$killed" -gt 20 -a -z "$lost" ]

# A wait for another call that is killed is no turn of one's own.
cat >"$tmp/each/flock" <<END
#!/bin/sh
[ "\$*" != 9 ] || kill -KILL \$\$
exec $(command -v flock) "\$@"
END
rm -rf "$tmp/small" "$tmp/told"
mkdir "$tmp/small"
printf '%s\n' '[campaign]' 'question = q' '[kernel base]' 'entry = old' \
	'[host n1]' 'call = ../fake-host' >"$tmp/small/campaign.conf"
FAKE_WAIT=$tmp/go-on campaign/campaign slot "$tmp/small" 1 &
call=$!
until_there -d "$tmp/small/slots/n1/1.new"
run env PATH="$tmp/each:$PATH" "$top/campaign/campaign" slot "$tmp/small" 1
is "a wait that is killed" 1 "n1: another call is under way"
true_that "is no second call" \
	[ "$(grep -c begin "$tmp/small/slots/n1/log")" -eq 1 ]
touch "$tmp/go-on"
wait $call
done_testing
