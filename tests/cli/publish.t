#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# publish.t - a campaign pushed to a store and pulled from it is the same
#
# The commands are those of docs/publishing.md, as they stand there. The store is
# a daemon of rsync's on this machine, and a server of S3 where there is one.

. tests/lib.sh
. tests/port.sh

top=$PWD
server=
trap '[ -z "$server" ] || kill $server 2>/dev/null; rm -rf "$tmp"' EXIT
commands() { # PROGRAM: lines of the page
	sed -n "s/^    \($1 .*\)/\1/p" "$top/docs/publishing.md"
}

here=$tmp/here
mkdir -p "$here/results/patch" "$tmp/store" "$tmp/there/results"
ln -s "$top/tests/data/fake-host" "$here/results/fake-host"
cp -P "$here/results/fake-host" "$tmp/there/results"
printf '%s\n' '[campaign]' 'question = q' 'boots = 6' '[kernel base]' \
	'entry = old' '[kernel patched]' 'entry = slow-3' '[host n1 n2]' \
	'call = ../fake-host' >"$here/results/patch/campaign.conf"
campaign/campaign "$here/results/patch" --jobs 2
campaign/campaign gather "$here/results/patch" >"$tmp/gathered"
mkdir "$here/results/patch/slots/n1/99.new"
echo half >"$here/results/patch/slots/n1/99.new/plan.tsv"

pushed() { # NAME
	true_that "$1: nothing that is not done is in the store" [ -z "$(find \
		"$tmp/there" -name '*.new' -o -name lock)" ]
	rm -rf "$tmp/there/results/patch/gather"
	run campaign/campaign gather "$tmp/there/results/patch"
	is "$1: it is complete there" 0 "On n1:" "q: base -> patched, 6 boots each"
	for host in n1 n2; do
		run cmp "$here/results/patch/gather/$host.json" \
			"$tmp/there/results/patch/gather/$host.json"
		is "$1: $host compares the same, to the byte" 0
	done
	run build/forkpath-analysis report "$tmp/there/results/patch" --format kcidb
	true_that "$1: so does what is published of it" [ "$out" = \
		"$(build/forkpath-analysis report "$here/results/patch" --format kcidb)" ]
}

# Runs line N of the COMMANDS in DIR.
step() { # N DIR COMMAND...
	local line

	line=$(sed -n "$1p" "$tmp/commands")
	run bash -c "cd '$2' && $line" </dev/null
}

if ! command -v rsync >/dev/null; then
	skip "a store by rsync" "rsync is not installed"
else
	commands rsync >"$tmp/commands"
	true_that "the page pushes, finishes and pulls" \
		[ "$(wc -l <"$tmp/commands")" -eq 3 ]
	port=$(free_ports 1)
	# Only root may say as whom: it would be nobody.
	as=()
	[ "$(id -u)" -ne 0 ] || as=('uid = 0' 'gid = 0')
	printf '%s\n' 'use chroot = no' "log file = $tmp/rsyncd.log" \
		"port = $port" 'address = 127.0.0.1' ${as[@]+"${as[@]}"} \
		'[forkpath]' "path = $tmp/store" \
		'read only = no' >"$tmp/rsyncd.conf"
	rsync --daemon --no-detach --config "$tmp/rsyncd.conf" \
		>"$tmp/rsyncd.out" 2>&1 &
	server=$!
	if ! until_answers "$port" $server; then
		skip "a store by rsync" "the daemon does not start: $(tail -n 1 \
			"$tmp/rsyncd.log" "$tmp/rsyncd.out" 2>/dev/null | tail -n 1)"
	else
		export STORE=rsync://127.0.0.1:$port/forkpath
		step 1 "$here"
		is "rsync: push" 0
		true_that "rsync: before the end nobody sees a result" [ -z \
			"$(find "$tmp/store" -name plan.tsv)" ]
		step 2 "$here"
		is "rsync: the end of it" 0
		step 3 "$tmp/there"
		is "rsync: pull" 0
		pushed rsync
	fi
	kill $server
	wait $server 2>/dev/null
	server=
fi

# A server of S3: rclone has one from 1.65 on; s3rver is one, of npm's.
rm -rf "$tmp/store" "$tmp/there/results/patch"
mkdir -p "$tmp/store/forkpath"
port=$(free_ports 1)
serve=()
if command -v rclone >/dev/null && rclone serve --help 2>&1 | grep -q '^  s3 '; then
	serve=(rclone serve s3 --auth-key "S3RVER,S3RVER"
		--addr "127.0.0.1:$port" "$tmp/store")
elif command -v s3rver >/dev/null; then
	serve=(s3rver --directory "$tmp/store" --address 127.0.0.1
		--port "$port" --configure-bucket forkpath)
fi
if ! command -v rclone >/dev/null; then
	skip "a store of S3" "rclone is not installed"
elif [ ${#serve[@]} -eq 0 ]; then
	skip "a store of S3" "no server: rclone is older than 1.65, no s3rver"
else
	commands rclone >"$tmp/commands"
	true_that "the page pushes, finishes and pulls by rclone" \
		[ "$(wc -l <"$tmp/commands")" -eq 3 ]
	# Where it is set, rclone before 1.61 does not start.
	unset AWS_CA_BUNDLE
	export RCLONE_CONFIG=$tmp/rclone.conf
	printf '%s\n' '[store]' 'type = s3' 'provider = Other' \
		"endpoint = http://127.0.0.1:$port" 'access_key_id = S3RVER' \
		'secret_access_key = S3RVER' 'force_path_style = true' \
		>"$RCLONE_CONFIG"
	"${serve[@]}" >"$tmp/s3.out" 2>&1 &
	server=$!
	true_that "a server of S3: ${serve[0]}" until_answers "$port" $server
	step 1 "$here"
	is "rclone: push" 0
	run rclone lsf -R store:forkpath
	is "rclone: what is there" 0 patch/slots/n1/1/meta.json
	true_that "rclone: before the end nobody sees a result" \
		[ "${out/plan.tsv}" = "$out" ]
	step 2 "$here"
	is "rclone: the end of it" 0
	step 3 "$tmp/there"
	is "rclone: pull" 0
	pushed rclone
	kill $server
	wait $server 2>/dev/null
	server=
fi
done_testing
