#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# campaign.t - every slot once, whatever is killed, and nothing lost
#
# The hosts are tests/data/fake-host, which boots nothing.

. tests/lib.sh
. tests/campaign.sh

top=$PWD
campaign() { campaign/campaign "$@"; }
T=$'\t'

conf() { # DIR [LINE]...; two hosts, A/A, 6 boots
	mkdir -p "$1"
	ln -sfn "$top/tests/data/fake-host" "$tmp/fake-host"
	cat >"$1/campaign.conf" <<-END
		# Does the patch make fork dearer?
		[campaign]
		question = q
		boots    = 6

		[kernel base]
		entry = the old one
		[kernel again]
		same = base
		[kernel patched]
		entry = slow-3

		[host n1 n2]
		call = ../fake-host
	END
	printf '%s\n' "${@:2}" >>"$1/campaign.conf"
}

# --- the plan ---------------------------------------------------------------

conf "$tmp/a b"
run campaign plan "$tmp/a b"
is "a plan" 0 "a b/slots.tsv"
plan=$tmp/a\ b/slots.tsv
true_that "has a line per slot" [ "$(slots "$tmp/a b" | wc -l)" -eq 36 ]
true_that "in each block every kernel once" [ "$(slots "$tmp/a b" |
	cut -f2-4 | sort -u | wc -l)" -eq 36 ]
true_that "a block has one seed, the next the next" [ "$(slots "$tmp/a b" |
	awk '$5 != $3' | wc -l)" -eq 0 ]
true_that "blocks are in different orders" [ "$(slots "$tmp/a b" | awk '
	{ o[$2, $3] = o[$2, $3] $4 } END { for (b in o) print o[b] }' |
	sort -u | wc -l)" -ge 3 ]
conf "$tmp/more" '[host n0]' 'call = ../fake-host'
campaign plan "$tmp/more" >/dev/null
true_that "another host changes nothing on the others" [ "$(slots "$tmp/a b" |
	cut -f2-)" = "$(slots "$tmp/more" | cut -f2- |
	grep -v '^n0')" ]
sed -i 's/^boots .*/&\nseed = 2/' "$tmp/more/campaign.conf"
campaign plan "$tmp/more" >/dev/null
true_that "another seed, another order" [ "$(slots "$tmp/a b" | cut -f2-4)" != \
	"$(slots "$tmp/more" | cut -f2-4 | grep -v '^n0')" ]
if [ -x /bin/busybox ]; then
	true_that "busybox's awk draws the same" [ "$(busybox awk -v file=x \
		-v cksum="$(sed -n 's/# conf //p' "$plan")" \
		-f campaign/plan.awk "$tmp/a b/campaign.conf")" = "$(cat "$plan")" ]
else
	skip "busybox's awk draws the same" "no /bin/busybox"
fi

refused() { # NAME TEXT SED-SCRIPT
	rm -rf "$tmp/bad"
	conf "$tmp/bad"
	sed -i "$3" "$tmp/bad/campaign.conf"
	run campaign plan "$tmp/bad"
	is "$1" 2 "campaign: $tmp/bad/campaign.conf:" "$2"
	true_that "$1: one line, no plan" [ "$(wc -l <<<"$out")" -eq 1 -a \
		! -e "$tmp/bad/slots.tsv" ]
}
refused "an unknown key" ":4: campaign: 'boot'; known: question boots" \
	's/^boots/boot/'
refused "no number" ":4: boots: '6x'; expected a whole number from 1" \
	's/= 6/= 6x/'
refused "no question" "no question; expected" '/^question/d'
refused "an unknown section" "expected [campaign], [kernel LABEL]" \
	's/^\[host.*/[machine n1]/'
refused "a name that is none" "'n;1' is no name" 's/n1/n;1/'
refused "a kernel twice" "kernel 'base' was already in line 6" \
	's/kernel again/kernel base/'
refused "a key twice" "boots was already in line 4" 's/^boots.*/&\n&/'
refused "the same as nothing" "same: 'bas' is no kernel" 's/= base/= bas/'
refused "no entry" "kernel base has no 'entry'" '/^entry = the/d'
refused "no image" "kernel base has no 'image', and host n1" 's/^call.*/lab =/'
refused "no way" "host n1: expected one of lab, call and boot, got 0" '/^call/d'
refused "two ways" "got 2" 's/^call.*/&\nlab = --exact/'
refused "a key before all sections" "stands in no section" '2d'
refused "no host" "no host; expected [host NAME]" '13,99d'

run campaign plan "$tmp/none"
is "no folder" 2 "$tmp/none: no such folder"
run campaign plan "$tmp"
is "no campaign.conf" 2 "$tmp/campaign.conf: cannot be read"
run campaign "$tmp/a b" --jobs 0
is "no jobs" 2 "--jobs: '0'; expected a whole number"
run campaign "$tmp/a b" --host n3
is "no such host" 2 "'n3' is no host of this campaign"
run campaign slot "$tmp/a b" 37
is "no such slot" 2 "'37' is no slot of this campaign"
run campaign status "$tmp/a b" --xml
is "an unknown option" 2 "'--xml' is not known to status"
run campaign --help
is "--help" 0 EXAMPLES
true_that "fits into 72 columns" [ -z "$(awk 'length > 72' <<<"$out")" ]

# --- slots ------------------------------------------------------------------

run campaign gather "$tmp/a b"
is "nothing is there yet" 1 "n1: fewer than two kernels" \
	"36 of 36 slots are missing: 1 2 3"
run campaign slot "$tmp/a b" 5
is "one slot" 0
true_that "its folder is there" test -s "$tmp/a b/slots/n1/5/plan.tsv"
run campaign slot "$tmp/a b" 5
is "once more" 0
true_that "is called once" [ "$(grep -c begin "$tmp/a b/slots/n1/log")" -eq 1 ]

FAKE_LABEL=other run campaign slot "$tmp/a b" 6
is "another label" 1 "slot 6 (n1, " "has another label, not"
FAKE_SEED=77 run campaign slot "$tmp/a b" 6
is "another seed" 1 "has another seed, not 2"
FAKE_BOOT=n1-5 run campaign slot "$tmp/a b" 6
is "the boot of another slot" 1 "boot n1-5 was that of another slot"
FAKE_PROGRAMS=fedcba9876543210 run campaign slot "$tmp/a b" 6
is "programs that were built again" 1 "slot 6 (n1, " \
	"(fedcba9876543210) are not those of slot 5 (0123456789abcdef)"
true_that "what it left is kept" test -d "$tmp/a b/slots/n1/6.failed"
run campaign status "$tmp/a b"
is "status" 0 "q: 36 slots, 2 hosts, 2 kernels and 1 control, 6 boots each" \
	"  n1                            1        0       1     16" \
	"failed: slot 6 (n1, " "Left: "
true_that "fits into 72 columns" [ -z "$(awk 'length > 72' <<<"$out")" ]

# One call is under way: seen as such, and by others waited for.
FAKE_WAIT=$tmp/go campaign slot "$tmp/a b" 7 &
call=$!
until_there -d "$tmp/a b/slots/n1/7.new"
run campaign status "$tmp/a b"
is "a slot that runs" 0 "running: slot 7 (n1, "
run campaign status "$tmp/a b" --html
is "as a page" 0 "1 done, 1 running, 1 failed, 33 to do" "<td>n2" \
	"slot 7 (n1, " "</html>"
campaign slot "$tmp/a b" 7 >"$tmp/second" 2>&1 &
second=$!
until_there -s "$tmp/second"
touch "$tmp/go"
wait $call
wait $second
code=$? out=$(cat "$tmp/second")
is "the second waits" 0 "n1: another call is under way"
true_that "and has nothing left to do" \
	[ "$(grep -c "^7${T}begin" "$tmp/a b/slots/n1/log")" -eq 1 ]

# A signal ends the call, and the slot stays to be done.
FAKE_WAIT=$tmp/never campaign/campaign "$tmp/a b" --host n1 >/dev/null 2>&1 &
call=$!
until_there -d "$tmp/a b/slots/n1/1.new"
kill -TERM $call
wait $call
code=$?
is "SIGTERM" 143
run flock -w 10 "$tmp/a b/slots/n1/lock" true
is "leaves nothing running" 0
run campaign status "$tmp/a b"
is "the slot is to do" 0 "  n1                            2        0       1     15"

run campaign "$tmp/a b" --jobs 2
is "the rest" 0
run campaign status "$tmp/a b"
is "complete" 0 "  all                          36        0       0      0" \
	"Complete: campaign gather compares"
run campaign gather "$tmp/a b"
is "gather" 0 $'On n1:\n\nq: base -> patched, 6 boots each' \
	$'On n2:\n\nq: base' slower \
	"A/A control: one kernel measured twice, under two labels (6 boots"
# Pulled from elsewhere, say: what no call of this campaign has seen.
cp -r "$tmp/a b" "$tmp/built"
sed -i 's/0123456789abcdef/fedcba9876543210/' \
	"$tmp"/built/slots/n1/{5,11}/meta.json
sed -i '/"programs"/d' "$tmp"/built/slots/n2/19/meta.json
run campaign gather "$tmp/built"
is "gather of more than one build" 1 "slots that other programs measured" \
	"n1: 5 11 (not as in 1)" \
	"n2: 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 (not as in 19)" \
	"programs"
sed -i 's/slow-3/slow-4/' "$tmp/a b/campaign.conf"
run campaign status "$tmp/a b"
is "a campaign that has begun stays as it is" 2 "not that of slots.tsv"

# The same slots by hand.
slots "$tmp/a b" | while IFS=$T read -r slot host _ label seed kernel _; do
	tests/data/fake-host "$host" "$kernel" "$tmp/hand/slots/$host/$slot" q \
		--seed "$seed" --label "$label" </dev/null
done
for host in n1 n2; do
	base=$(folders_of "$tmp/a b" $host base)
	compared_by_hand "$tmp/hand" "base=$base" \
		"patched=$(folders_of "$tmp/a b" $host patched)" \
		--aa "$base,$(folders_of "$tmp/a b" $host again)" \
		>"$tmp/hand/$host.json"
	true_that "$host: by hand the same, to the byte" test -s \
		"$tmp/hand/$host.json" -a -z "$(cmp "$tmp/hand/$host.json" \
		"$tmp/a b/gather/$host.json" 2>&1)"
done
run python3 -m json.tool "$tmp/hand/n1.json" /dev/null
is "which is JSON" 0

# --- the example of docs/campaign.md, to the text of its mail -----------------

mkdir -p "$tmp/page"
ln -s "$top/tests" "$top/campaign" "$tmp/page"
block() { # FENCE: what is in it
	awk -v fence="\`\`\`$1" '/^```/ { on = $0 == fence; next } on' \
		docs/campaign.md
}
block 'ini campaign.conf' >"$tmp/page/campaign.conf"
run bash -ec "cd '$tmp/page'; $(block console |
	sed 's/^\$ //; s,\./run\.sh campaign,campaign/campaign,')"
is "the commands of the page" 0
run diff <(block text) <(sed '/^On rack2:/,$d' "$tmp/page/mail.txt" | sed '$d')
is "end with the mail that the page has" 0

# --- killed -----------------------------------------------------------------

# One process of it, any, at any moment; again until nothing is to do.
conf "$tmp/killed"
RANDOM=${SEED:-$$}
for ((round = 0; round < 30; round++)); do
	setsid "$top/campaign/campaign" "$tmp/killed" --jobs 2 \
		>/dev/null 2>&1 &
	session=$!
	sleep 0.$((RANDOM % 4))$((RANDOM % 10))
	mapfile -t pids < <(pgrep -s $session)
	[ ${#pids[@]} -eq 0 ] ||
		kill -KILL "${pids[RANDOM % ${#pids[@]}]}" 2>/dev/null
	wait $session 2>/dev/null && break
done
run campaign "$tmp/killed" --jobs 2
is "killed in $round rounds, it goes on" 0
run campaign gather "$tmp/killed"
is "and is complete" 0
for host in n1 n2; do
	run cmp "$tmp/killed/gather/$host.json" "$tmp/hand/$host.json"
	is "$host: nothing is lost, to the byte" 0
done
true_that "no unfinished folder is left" [ -z "$(find "$tmp/killed" \
	-name '*.new')" ]

# A rename that is killed: the slot is not done, and nobody says it is.
mkdir "$tmp/bin"
cat >"$tmp/bin/mv" <<-END
	#!/bin/sh
	[ -e "$tmp/moved/once" ] || { : >"$tmp/moved/once"; kill -KILL \$\$; }
	exec $(command -v mv) "\$@"
END
chmod +x "$tmp/bin/mv"
conf "$tmp/moved"
campaign plan "$tmp/moved" >/dev/null
PATH=$tmp/bin:$PATH run campaign slot "$tmp/moved" 1
is "a slot whose rename is killed" 1 "1.new cannot be renamed"
true_that "is not done" [ -z "$(grep -hP '^1\tend\t\d+\t0\t' \
	"$tmp"/moved/slots/n?/log)" ]
run campaign slot "$tmp/moved" 1
is "and is done by the next call" 0
true_that "with its folder" test -d "$(echo "$tmp"/moved/slots/n?/1)"

# --- ansible ---------------------------------------------------------------

if ! command -v ansible-playbook >/dev/null; then
	run campaign/ansible-slot inventory n1 entry folder q
	is "without ansible" 4 "ansible-playbook is missing"
	skip "a slot by ansible" "ansible-playbook is not installed"
else
	# A machine that is this one, and does not reboot. What is ansible's goes
	# here: whoever tests may have no home.
	cat >"$tmp/forkpath" <<-END
		#!/bin/sh
		exec "$top/tests/data/fake-host" n1 slow-3 "\$7" "\$1" "\$2" \\
			"\$3" "\$4" "\$5"
	END
	chmod +x "$tmp/forkpath"
	mkdir "$tmp/by-ansible"
	printf '%s' "n1 ansible_connection=local arm=true reboots=false " \
		"ansible_python_interpreter=$(command -v python3) " \
		"forkpath=$tmp/forkpath folder_there=$tmp/7" \
		>"$tmp/by-ansible/inventory"
	printf '%s\n' '[campaign]' 'question = q' '[kernel a]' \
		'entry = an "old" kernel' '[host n1]' \
		'call = ansible-slot inventory' \
		>"$tmp/by-ansible/campaign.conf"
	run env HOME="$tmp" ANSIBLE_REMOTE_TMP="$tmp/ansible" \
		campaign/campaign slot "$tmp/by-ansible" 1
	out+=$'\n'$(cat "$tmp/by-ansible/slots/n1/1.said")
	is "a slot by ansible" 0 "failed=0"
	true_that "is fetched" \
		test -s "$tmp/by-ansible/slots/n1/1/plan.tsv"
fi

# --- a host that boots itself -----------------------------------------------

tree=$tmp/tree
mkdir -p "$tree/build" "$tree/bin"
cp -r campaign "$tree"
cat >"$tree/build/forkpath-runner" <<END
#!/bin/sh
# run QUESTION --out FOLDER --seed N --label L
[ "\$1 \$3" = "run --out" ] || exit 2
exec "$top/tests/data/fake-host" me "\$(cat "$tmp/booted")" "\$4" "\$2" \
	"\$5" "\$6" "\$7" "\$8"
END
cat >"$tree/bin/arm" <<END
#!/bin/sh
echo "\$1" >"$tmp/armed"
END
# Reboots, or says what else it was told.
cat >"$tree/bin/systemctl" <<END
#!/bin/sh
[ "\$*" = reboot ] || { echo "systemctl \$*"; exit; }
cp "$tmp/armed" "$tmp/booted"
cat /proc/sys/kernel/random/uuid >"$tmp/boot_id"
END
chmod +x "$tree"/b*/*
cat /proc/sys/kernel/random/uuid >"$tmp/boot_id"
mkdir "$tmp/self"
printf '%s\n' '[campaign]' 'question = q' 'boots = 2' '[kernel base]' \
	'entry = the old one' "release = $(uname -r)" '[kernel patched]' \
	'entry = slow-3' "[kernel dead]" "entry = dead" "release = 1.2.3" \
	'[host me]' 'boot = arm' >"$tmp/self/campaign.conf"
boot() {
	run env PATH="$tree/bin:$PATH" FORKPATH_BOOT_ID="$tmp/boot_id" \
		"$tree/campaign/campaign" step "$tmp/self" me
}
boot
is "the first slot is armed" 0
true_that "nothing is measured in this boot" \
	[ -z "$(find "$tmp/self/slots" -name plan.tsv)" ]
boot
boot
for ((i = 0; i < 20; i++)); do
	boot
	case $out in *nothing*) break ;; esac
done
is "it goes through its slots and ends" 0 "me: nothing is left to do" \
	"systemctl disable forkpath-campaign.service"
run campaign status "$tmp/self"
is "four are done" 0 "  me                            4        0       2      0" \
	"failed: slot 3 (me, dead): campaign: $(uname -r) runs"
true_that "a kernel that is not the one is booted twice" [ "$(cut -f1,2 \
	"$tmp/self/slots/me/log" | grep -c arm)" -eq 8 ]
run campaign "$tmp/self"
is "from elsewhere it is not run" 2 "goes through its slots by itself"
done_testing
