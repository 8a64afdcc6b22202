#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# runner.t - the runner from outside: verdicts, limits, faults, signals
#
# A tree of its own with tests/runner/fake as every benchmark; its own
# journal directory, so that a real run on this machine is not in the way.
# Nothing here sleeps to let something happen: it waits until it has.

set -u
export LC_ALL=C LANG=C
cd "$(dirname "$0")/../.." || exit 1
here=$PWD
runner=$PWD/build/forkpath-runner
top=$(mktemp -d /tmp/forkpath-runner-XXXXXX) || exit 1
export FORKPATH_JOURNAL_DIR=$top/journal
export FAKE_LOG=$top/log FAKE_GO=$top/go FAKE_KMSG=$top/kmsg
export FAKE_OVERHEAD=0.01
mkdir -p "$top"/{configs,build/bench,build/workloads,workloads}
cp tests/runner/fake "$top/build/bench/fake"
mkfifo "$FAKE_GO"
: >"$FAKE_KMSG"

cleanup() {
	mountpoint -q "$top/small" && umount "$top/small"
	rm -rf "$top"
}
trap cleanup EXIT

nr=0 bad=0
ok() { # WHAT CONDITION... : one test; the condition's output is shown
	local what=$1 said
	shift
	nr=$((nr + 1))
	if said=$("$@" 2>&1); then
		echo "ok $nr - $what"
	else
		bad=$((bad + 1))
		echo "not ok $nr - $what"
		echo "# failed: $*"
		[ -z "$said" ] || echo "${said//$'\n'/$'\n'# }"
		[ ! -s "$top/err" ] || sed 's/^/# err: /' "$top/err"
	fi
}
skip() { nr=$((nr + 1)); echo "ok $nr - $1 # SKIP $2"; }
not() { ! "$@"; }

conf() { # NAME LINES...
	{
		printf '# Why?\n[question]\ntitle = What does %s do?\n' "$1"
		printf '%s\n' "${@:2}"
	} >"$top/configs/$1.conf"
}
r() { # ARGUMENTS... : run; rc, $top/out, $top/err
	: >"$FAKE_LOG"
	"$runner" "$@" --top "$top" --kmsg "$FAKE_KMSG" >"$top/out" 2>"$top/err"
	rc=$?
	dir=$(tail -n 1 "$top/out")
}
is() { [ "$1" = "$2" ] || { echo "is '$1', not '$2'"; return 1; }; }
said() { grep -qF -- "$1" "$top/err"; }
one_line() { is "$(wc -l <"$top/err")" 1; }
narrow() { awk 'length > 72 { print; bad = 1 } END { exit bad }' "$@"; }
sample() { cat "$dir"/*.sample; }
record() { sample | grep -qE -- "$1"; }
gone() { # no process of ours is left, but this script
	local p left=0
	while read -r p; do
		p=${p#/proc/} p=${p%/environ}
		[ "$p" = $$ ] || [ "$p" = "$BASHPID" ] ||
			[ "$(ps -o comm= -p "$p")" = grep ] ||
			[ "$(ps -o ppid= -p "$p" | xargs)" = "$BASHPID" ] ||
			! ps -fp "$p" || left=1
	done < <(grep -lsz "^FAKE_LOG=$FAKE_LOG" /proc/[0-9]*/environ)
	return $left
}

# --- plan ---------------------------------------------------------------

conf two 'repeat = 2' '[fake a]' 'n = 1 2 3'
r plan two --seed 5
cp "$top/out" "$top/plan1"
ok "plan: exit 0" is $rc 0
ok "plan: six repetitions" is "$(grep -c '^[0-9]' "$top/plan1")" 6
r plan --seed=5 two
ok "plan: same seed, same plan; options anywhere" cmp "$top/plan1" "$top/out"
# Whoever has closed his output may not have ended yet.
FAKE_LINGER=1 r ask two --plan --seed 5
ok "ask: the end of a program is waited for" is $rc 0
ok "ask: the same plan" cmp "$top/plan1" "$top/out"
# The report is asked for by the folder's name from here.
printf '#!/bin/sh\necho "$*"\n' >"$top/build/forkpath-analysis"
chmod +x "$top/build/forkpath-analysis"
cd "$top" || exit 1
r ask two --seed 5
ok "ask: a folder below this one" grep -qx 'report results/[^/]*/[^/]*' "$top/out"
r ask two --seed 5 --out mine
ok "ask: a folder that was named" grep -qx 'report mine' "$top/out"
cd configs || exit 1
r ask two --seed 5 --out "$top/mine2"
ok "ask: a folder elsewhere" grep -qx "report $top/mine2" "$top/out"
cd "$here" || exit 1
rm -r "$top/build/forkpath-analysis" "$top"/mine* "$top/results"
r plan nosuch
ok "plan: unknown question: exit 2" is $rc 2
ok "plan: ... and which there are" said "there are: two"
ok "plan: ... in one line" one_line
for args in "" "two --seed x" "two --colour red" "two --time 0" \
	    "two --repeat 0" "two three" "two --seed" "two --out x"; do
	# shellcheck disable=SC2086
	r plan $args
	ok "plan $args: exit 2" is $rc 2
	ok "plan $args: one line" one_line
done
r frobnicate
ok "unknown verb: exit 2" is $rc 2
r
ok "no verb: exit 2" is $rc 2
conf bad '[fake a]' 'n = 1' 'm = 2'
r plan bad
ok "unknown key: exit 2" is $rc 2
ok "unknown key: file and line" said "bad.conf:6: m: unknown; fake has: n do"
r run bad
ok "run of a bad config: exit 2" is $rc 2
ok "run of a bad config: no folder" not test -e "$top/results"
rm "$top/configs/bad.conf"
r list
ok "list: exit 0" is $rc 0
ok "list: the title" grep -q '^two  *What does two do?$' "$top/out"
ok "list: the benchmark" grep -q '^fake  *does as it is told$' "$top/out"
ok "list: idle" grep -q '^idle ' "$top/out"

# --- budget -------------------------------------------------------------

# The plan believes that each repetition costs 10 s; in truth it costs nothing.
conf kept 'repeat = 6' '[fake a]' 'n = 1 2 3'
export FAKE_OVERHEAD=10
r plan kept --time 100 --seed 5
ok "budget: the plan has what it was told" grep -qx '# blocks 3' "$top/out"
r run kept --time 100 --seed 5
plan=$dir/plan.tsv samples=$dir/kept.sample
ok "budget: exit 0" is $rc 0
ok "budget: all blocks that were asked for" grep -qx '# blocks 6' "$plan"
ok "budget: no note of fewer" not grep '^# note' "$plan"
ok "budget: a sample of each line" is "$(sample | grep -c '^# line [0-9]* ok ')" 18
ok "budget: what was planned anew is the same point" is "$(
	"$here/build/forkpath-analysis" report "$dir" --format json |
	sed -n 's/^ *"ok": \([0-9]*\),$/\1/p' | sort -n | paste -sd ' ')" "6 6 6 18"
r plan kept --seed 5
ok "budget: the order is that of the seed" cmp \
	<(grep '^[0-9]' "$plan" | cut -f1,2,10) \
	<(grep '^[0-9]' "$top/out" | cut -f1,2,10)
ok "budget: what was measured is what the plan says" cmp \
	<(sed -n 's/^# conditions \(time=[^ ]*\)$/\1/p' "$samples") \
	<(grep '^[0-9]' "$plan" | cut -f9 | cut -d' ' -f1)
r run --plan-file "$plan"
ok "budget: a plan that is given is kept" cmp "$plan" "$dir/plan.tsv"
r run kept --time 100 --seed 5 --repeat 2
ok "budget: never more than were asked for" grep -qx '# blocks 2' "$dir/plan.tsv"
# A guest is compared with others: it does as planned.
exec 9</dev/null
FORKPATH_HANDOVER=9 r run kept --time 100 --seed 5
exec 9<&-
ok "budget: in a guest as planned" grep -qx '# blocks 3' "$dir/plan.tsv"
export FAKE_OVERHEAD=0.01

# --- verdicts -----------------------------------------------------------

verdict() { # DO VERDICT RC REASON
	conf v "[fake a]" "do = $1"
	r run v --limit 1 --grace 0.2
	ok "$1: $2" record "^# line 1 $2 $4"
	ok "$1: exit $3" is $rc "$3"
	ok "$1: every process gone" gone
}
verdict ok ok 0 'seconds=[0-9.]* workload=idle lat=lat/0001.lat$'
ok "ok: its Benchmark line" record '^BenchmarkFake/n=1/do=ok 10 8123 actor-p50'
ok "ok: its distribution" grep -q '^end$' "$dir/lat/0001.lat"
ok "ok: schema first" is "$(sample | head -n 1)" "schema: forkpath-sample/1"
ok "latest points there" test "$top/results/latest" -ef "$dir"
ok "progress: fits" narrow "$top/err"
ok "progress: one line a minute, one at the end" is "$(wc -l <"$top/err")" 2
ok "progress: form" grep -qE '^\[1/1\] fake  0:00 left$' "$top/err"
ok "progress: nothing of skips where none is" not said skipped\;
verdict void void 1 'fake: counted 1, reported 2$'
ok "void: its line is a comment" record '^# BenchmarkFake/n=1/do=void 10'
ok "void: no Benchmark line" not record '^Benchmark'
ok "void: measured once more, not for ever" is \
	"$(sample | grep -c '^# line [12] void')" 2
ok "void: the plan says which it repeats" grep -qx '# again 1' "$dir/plan.tsv"
verdict fail fail 1 'fake: it broke$'
ok "fail: not measured again" is "$(sample | grep -c '^# line')" 1
ok "fail: no distribution" not test -e "$dir/lat/0001.lat"
verdict skip skip 0 'not today$'
verdict bad fail 1 'fake: n: bad$'
verdict crash fail 1 'fake: killed by signal 11 (.*)$'
verdict code7 fail 1 'fake: exit code 7: fake: seven$'
verdict silent fail 1 'fake: printed no Benchmark line$'
verdict torn fail 1 'fake: the last line of the sample is cut off$'
verdict junk fail 1 'fake: printed what is no sample: hello = world$'
verdict twice fail 1 'fake: printed more than one Benchmark line$'
verdict hang fail 1 'fake: time limit of 1 s exceeded$'
ok "hang: could clean up" grep -q '^cleaned' "$FAKE_LOG"
verdict deaf fail 1 'fake: time limit of 1 s exceeded$'
verdict leave ok 0 'seconds='
conf v 'repeat = 3' "[fake a]" "do = leave"
r run v
ok "leave: gone before the next repetition" is \
	"$(grep -c '^left' "$FAKE_LOG") $(grep -c '^still' "$FAKE_LOG")" "3 0"
verdict bug fail 1 'kernel: BUG: it broke$'
ok "bug: what the kernel said" is "$(tail -n 2 "$dir/kernel.log")" \
	$'BUG: it broke\ntrace'
verdict need-skip skip 4 'no such thing here$'
ok "need-skip: never run" not test -s "$FAKE_LOG"
conf v 'repeat = 2' "[fake a]" "n = 1 2 3 4" "do = ok need-skip fail"
r run v
ok "progress: skips are counted, not listed" is "$(grep -c skip "$top/err")" 2
ok "progress: ... with where to read why" said \
	"4 points skipped; the report has the reasons (NOT IN THE NUMBERS)"
ok "progress: what fails is listed" is \
	"$(grep -c '^\[.*  fail  fake: it broke$' "$top/err")" 8
ok "progress: what is good is not" not grep '^\[.*  ok  ' "$top/err"
if command -v script >/dev/null; then
	script -qec "'$runner' run v --seed 1 --top '$top' --kmsg '$FAKE_KMSG'" \
		/dev/null >"$top/tty" </dev/null
	ok "progress: drawn over on a terminal" is \
		"$(tr '\r' '\n' <"$top/tty" | grep -c '  ok  8.1 us   ')" 8
	ok "progress: ... of which nothing stays" is \
		"$(grep -c '  ok  8.1 us *[^ ]* left *.$' "$top/tty")" 0
else
	skip "progress: on a terminal" "script(1) is not installed"
fi
conf v "[fake a]" "do = need-bad"
r run v
ok "need-bad: exit 2" is $rc 2
ok "need-bad: file and line" said "v.conf:4: [fake a] n=1 do=need-bad: fake: n"

# --- what stood still is measured again ---------------------------------

export FAKE_ONCE=$top/once
again() { rm -rf "$FAKE_ONCE"; mkdir "$FAKE_ONCE"; }
report() { "$PWD/build/forkpath-analysis" report "$@" 2>&1; }
conf v 'repeat = 4' '[fake a]' 'n = 1 2 3 4 5 6 7 8 9 10' 'do = once'
again
r run v --seed 7
# 10 of 40 are void, a twentieth of 40 is 2.
ok "once: exit 1, there were too many" is $rc 1
ok "once: a twentieth of the plan is repeated" is \
	"$(grep -c '^# again' "$dir/plan.tsv")" 2
ok "once: both stay on record" is "$(sample | grep -c '^# line [0-9]* void')" 10
ok "once: and the repeats" is "$(sample | grep -c '^# line 4[12] ok')" 2
ok "once: says how many" said "32 ok, 0 skipped, 0 failed, 10 void; 2 of them \
repeated, with success"
same_block() { # each repeat has block and point of the line that it repeats
	awk -F'\t' '/^# again/ { of = $0; sub(/.* /, "", of); next }
		{ row = $2 FS $3 FS $4 FS $9 FS $10
		  if (of && was[of] != row) bad = 1
		  was[$1] = row; of = "" }
		END { exit bad }' "$1"
}
ok "once: in the block of the first" same_block "$dir/plan.tsv"
conf v 'repeat = 4' '[fake a]' 'n = 1' 'do = once'
again
r run v --seed 7
ok "once: exit 0 if all repeats are ok" is $rc 0
ok "once: four ok of five" is "$(grep -c '^Benchmark' "$dir"/v.sample)" 4
cp -r "$dir" "$top/whole"
ok "once: and says so" grep -q '1 of 4 measurements was repeated at the end' \
	<<<"$(report --full "$dir")"
ok "once: as KTAP no failure" not grep -q '^ *not ok' <<<"$(
	"$PWD/build/forkpath-analysis" report "$dir" --format ktap)"
# Torn at any line: the same in the end.
norm() { sed '/^# [^l]/d; s/seconds=[0-9.]*/seconds=/' "$1"; }
differ=0
for cut in $(seq 1 "$(wc -l <"$top/whole/v.sample")"); do
	rm -rf "$top/part"
	cp -r "$top/whole" "$top/part"
	sed -i "$cut,\$d" "$top/part/v.sample"
	[ "$(grep -c '^# line' "$top/part/v.sample")" = 5 ] ||
		sed -i '/^# again/,$d' "$top/part/plan.tsv"
	# The first is void as long as its record is not there.
	again
	! grep -q '^# line 1 void' "$top/part/v.sample" || : >"$FAKE_ONCE/1"
	r run --resume "$top/part"
	[ $rc = 0 ] || differ=$cut
	cmp -s "$top/part/plan.tsv" "$top/whole/plan.tsv" || differ=$cut
	cmp -s <(norm "$top/part/v.sample") <(norm "$top/whole/v.sample") ||
		differ=$cut
done
ok "once: stopped anywhere, the same in the end" is "$differ" 0
again
r run --plan-file "$top/whole/plan.tsv"
ok "once: a plan file without what was repeated" is \
	"$rc $(grep -c '^# again' "$dir/plan.tsv") $(grep -c '^[0-9]' \
	"$dir/plan.tsv")" "0 1 5"
conf v '[fake a]' 'n = 1 2' 'do = late'
again
: >"$FAKE_ONCE/2"
r run v --limit 1 --grace 0.2
ok "late: a time limit is worth another try" is $rc 0
ok "late: both on record" is \
	"$(sample | grep -cE '^# line ([12] fail fake: time limit|3 ok)')" 2
again
r run v --exact --limit 1 --grace 0.2 --settle 0.1
ok "exact: the time limit is one" record '^# line 1 fail fake: time limit of 1 s'
ok "exact: equal input, equal refusal: no other try" not \
	grep -q '^# again' "$dir/plan.tsv"
# shellcheck disable=SC2016 # the last line, for sed
for edit in 's/^# again 1$/# again 9/' 's/^# again 1$/# again 0/' \
	   's/^# again 1$/# again x/' '/^# again/{p}' '$d' \
	   '$s/^5\t1\t/5\t2\t/' '$s/$/ n=2/' '/^# again/{h;d};${G}' \
	   '$s/\t[^\t]*$/\tn=2 do=once/'; do
	rm -rf "$top/part"
	cp -r "$top/whole" "$top/part"
	sed -i "$edit" "$top/part/plan.tsv"
	r run --resume "$top/part"
	ok "again: refused: $edit" is $rc 2
	ok "again: one line" one_line
done

# --- workloads ----------------------------------------------------------

cat >"$top/build/workloads/spin" <<'SPIN'
#!/bin/bash
echo "up" >>"$FAKE_LOG"
trap 'echo down >>"$FAKE_LOG"; exit 0' TERM
echo ready
while :; do sleep 1000 & wait $!; done
SPIN
cat >"$top/build/workloads/brief" <<'BRIEF'
#!/bin/bash
echo ready
BRIEF
cat >"$top/build/workloads/dead" <<'DEAD'
#!/bin/bash
echo "dead: no such luck" >&2
exit 3
DEAD
cat >"$top/build/workloads/deaf" <<'DEAF'
#!/bin/bash
trap '' TERM
(trap '' TERM; exec setsid sleep 1000) &
echo ready
while :; do sleep 1000; done
DEAF
chmod +x "$top"/build/workloads/*
conf w "[fake a]" "workload = spin" "n = 1 2"
r run w --seed 3
ok "workload: exit 0" is $rc 0
ok "workload: up, one process, down, per line" is \
	"$(cut -d' ' -f1 "$FAKE_LOG" | xargs)" "up begin end down up begin end down"
ok "workload: in the name" record '^BenchmarkFake/n=1/do=ok/workload=spin 10 '
ok "workload: in the record" record 'workload=spin lat='
ok "workload: gone" gone
conf w "[fake a]" "workload = dead"
r run w
ok "workload that cannot start: fail" record \
	'^# line 1 fail workload dead: ended with 3 before it was ready: dead: no'
conf w "[fake a]" "workload = brief" "do = hang"
r run w --limit 1 --grace 0.2
ok "workload that ends early: exit 1" is $rc 1
conf w "[fake a]" "workload = deaf"
r run w --grace 0.2
ok "workload that ignores SIGTERM: measured" is $rc 0
ok "workload that ignores SIGTERM: whole tree gone" gone
if command -v stress-ng >/dev/null; then
	printf '# a hog\nrun sequential\ntimeout 60\ncpu 1\n' \
		>"$top/workloads/hog.job"
	conf w "[fake a]" "workload = hog"
	r run w
	ok "job: exit 0" is $rc 0
	ok "job: in the name" record '/workload=hog '
	ok "job: gone" not pgrep -f "$top/workloads/hog.job"
else
	skip "job" "no stress-ng"
fi

# --- built again --------------------------------------------------------

conf built 'repeat = 2' '[fake a]' 'n = 1' 'do = built'
r run built
ok "built again to the same bytes: nothing to say" is $rc 0
programs() { grep -o '"programs": "[0-9a-f]\{16\}"' "$dir/meta.json"; }
before=$(programs)
ok "the digest of what measures is recorded" test -n "$before"
conf built 'repeat = 2' '[fake a]' 'n = 2' 'do = built'
r run built --seed 5
ok "another program meanwhile: exit 1" is $rc 1
ok "another program meanwhile: what it measured does not count" is "$(sample |
	grep -c "^# line [12] fail $top/build/bench/fake: not what this run")" 2
ok "it is the digest of what the run began with" is "$(programs)" "$before"
built=$dir
r run --resume "$built"
ok "resume with another program: exit 2" is $rc 2
ok "resume with another program: says so" said "measured by other programs"
r run built
ok "another build, another digest" not is "$(programs)" "$before"
cp tests/runner/fake "$top/build/bench/fake"

# --- resume -------------------------------------------------------------

conf two 'repeat = 2' '[fake a]' 'n = 1 2 3'
r run two --seed 5 --label first
full=$dir
ok "resume of a finished run: nothing to do" r run --resume "$full"
ok "resume of a finished run: exit 0" is $rc 0
ok "resume of a finished run: nothing measured" not test -s "$FAKE_LOG"
ok "label in meta.json" grep -q '"label": "first"' "$full/meta.json"

# Cut here and there: whole again afterwards, line for line.
norm "$full/two.sample" >"$top/want"
torn=0
for cut in $(seq 0 37 "$(stat -c %s "$full/two.sample")"); do
	rm -rf "$top/part"
	cp -r "$full" "$top/part"
	truncate -s "$cut" "$top/part/two.sample"
	r run --resume "$top/part"
	norm "$top/part/two.sample" >"$top/got"
	[ $rc = 0 ] || torn=$cut
	cmp -s "$top/got" "$top/want" || torn=$cut
done
ok "resume of a truncated sample at any place" is "$torn" 0
rm -rf "$top/part"
cp -r "$full" "$top/part"
truncate -s -3 "$top/part/two.sample"
r run --resume "$top/part"
ok "truncated: says so" said "the last record is cut off: removed"
ok "truncated: one repetition measured again" is "$(grep -c begin "$FAKE_LOG")" 1

refuse() { # WHAT FILE SED-SCRIPT SAID
	rm -rf "$top/part"
	cp -r "$full" "$top/part"
	sed -i "$3" "$top/part/$2"
	cp "$top/part/two.sample" "$top/before"
	r run --resume "$top/part"
	ok "$1: exit 2" is $rc 2
	ok "$1: $4" said "$4"
	ok "$1: one line" one_line
	ok "$1: untouched" cmp "$top/before" "$top/part/two.sample"
}
refuse "plan of another schema" plan.tsv '1s/1$/2/' "plan.tsv:1: not a plan"
refuse "sample of another schema" two.sample '1s/1$/2/' "two.sample:1: schema"
refuse "meta of another schema" meta.json 's,meta/1,meta/2,' "meta.json: schema"
refuse "meta of another kernel" meta.json 's/"release": "/&9/' "one folder is"
refuse "sample of another plan" two.sample 's/^# line 6 /# line 7 /' \
	"no record of this plan"
refuse "Benchmark line lost" two.sample '0,/^Benchmark/{/^Benchmark/d}' \
	"the Benchmark line of plan line 1 is missing"
rm -rf "$top/part"
cp -r "$full" "$top/part"
sed -i '/^# suite/s/ [^ ]*$/ other/' "$top/part/plan.tsv"
r run --resume "$top/part"
ok "other suite: exit 0" is $rc 0
ok "other suite: warned" said "beware: begun by suite other"
refuse "programs of another build" meta.json 's/"programs": "/&0/' \
	"measured by other programs"
r run --resume "$top/nosuch"
ok "resume of nothing: exit 2" is $rc 2
r run --resume "$top"
ok "resume of another folder: exit 2" is $rc 2
r run two --resume "$full"
ok "resume and question: exit 2" is $rc 2
r run --resume "$full" --seed 3
ok "resume and seed: exit 2" is $rc 2
rm "$full/plan.tsv"
ln -s "$top/plan1" "$full/plan.tsv"
r run --resume "$full"
ok "plan is a link: exit 2" is $rc 2

# --- plan file, out -----------------------------------------------------

r run --plan-file "$top/plan1" --out "$top/mine"
ok "plan file: exit 0" is $rc 0
ok "plan file: in the folder asked for" is "$dir" "$top/mine"
ok "plan file: copied" cmp "$top/plan1" "$top/mine/plan.tsv"
r run two --out "$top/mine"
ok "out: not empty: exit 2" is $rc 2
sed 's/idle\t/..\t/' "$top/plan1" >"$top/plan2"
r run --plan-file "$top/plan2"
ok "plan file: bad workload: exit 2" is $rc 2

# --- disk full, read-only -----------------------------------------------

if [ "$(id -u)" = 0 ] && mkdir "$top/small" &&
   mount -t tmpfs -o size=64k,nr_inodes=10000 none "$top/small" 2>/dev/null &&
   mount -o remount,size=64k "$top/small" 2>/dev/null; then
	conf many 'repeat = 100' '[fake a]' 'time = 0.001'
	r run many --out "$top/small/out"
	ok "disk full: exit 1" is $rc 1
	ok "disk full: says so" said "No space left on device"
	ok "disk full: last word in one line" is \
		"$(tail -n 1 "$top/err" | grep -c 'go on with --resume')" 1
	ok "disk full: no torn line" is \
		"$(tail -c 1 "$top/small/out/many.sample" | od -An -tx1)" " 0a"
	kept=$(grep -c '^Benchmark' "$top/small/out/many.sample")
	ok "disk full: every Benchmark has its line" is "$kept" \
		"$(grep -c '^# line [0-9]* ok' "$top/small/out/many.sample")"
	mount -o remount,size=32m "$top/small"
	r run --resume "$top/small/out"
	ok "disk full: nothing was torn" not said "cut off"
	ok "disk full: the rest later" is \
		"$(grep -c '^Benchmark' "$top/small/out/many.sample")" 100
	r run two --out "$top/small/ro"
	sed -i '/^# line 4/,$d' "$top/small/ro/two.sample"
	cp "$top/small/ro/two.sample" "$top/before"
	mount -o remount,ro "$top/small"
	r run --resume "$top/small/ro"
	ok "read-only: exit 1" is $rc 1
	ok "read-only: says so in one line" one_line
	ok "read-only: why" said "Read-only file system"
	ok "read-only: untouched" cmp "$top/before" "$top/small/ro/two.sample"
	r run two --out "$top/small/new"
	ok "read-only: new folder: exit 1" is $rc 1
	umount "$top/small"
else
	skip "disk full" "needs root and a tmpfs that can be mounted again"
	skip "read-only" "needs root and a tmpfs that can be mounted again"
	umount "$top/small" 2>/dev/null
fi

# --- one run at a time, signals -----------------------------------------

conf wait 'repeat = 3' '[fake a]' 'do = ok wait'
start() { # in the background; returns when it measures
	: >"$FAKE_LOG"
	"$runner" run wait --seed 1 --top "$top" --kmsg "$FAKE_KMSG" \
		--grace 5 --out "$top/$1" >"$top/bg.out" 2>"$top/bg.err" &
	pid=$!
	read -r _ <"$FAKE_GO"
}

start lock
r run two --lock-wait 0.1
ok "second run: exit 1" is $rc 1
ok "second run: one line" one_line
ok "second run: why" said "another run is in progress"
r clean --lock-wait 0.1
ok "clean beside a run: exit 1" is $rc 1
kill -TERM $pid
wait $pid
ok "SIGTERM: exit 143" is $? 143

i=0
for sig in INT TERM HUP; do
	i=$((i + 1))
	start sig$sig
	kill -$sig $pid
	wait $pid
	ok "SIG$sig: exit 128 + signal" is $? $((128 + $(kill -l $sig)))
	ok "SIG$sig: says how to go on" grep -q -- \
		"go on with ./run.sh --resume $top/sig$sig" "$top/bg.err"
	ok "SIG$sig: the bench could clean up" grep -q '^cleaned' "$FAKE_LOG"
	ok "SIG$sig: every process gone" gone
	ok "SIG$sig: journal empty" is \
		"$(find "$top/journal" -name '*-*' | wc -l)" 0
	ok "SIG$sig: the interrupted repetition has no record" is \
		"$(grep -c '^# line' "$top/sig$sig/wait.sample")" \
		"$(grep -c '^end' "$FAKE_LOG")"
	# Going on: 'wait' is 'ok' this time.
	sed -i 's/do=wait/do=ok/' "$top/sig$sig/plan.tsv"
	r run --resume "$top/sig$sig"
	ok "SIG$sig: goes on: exit 0" is $rc 0
	ok "SIG$sig: goes on: all six" is \
		"$(grep -c '^Benchmark' "$top/sig$sig/wait.sample")" 6
done

# SIGKILL: nobody is left to clean up but the next run.
start kill
kill -KILL $pid
wait $pid 2>/dev/null
for _ in $(seq 2000); do	# PR_SET_PDEATHSIG is the kernel's, so is its time
	grep -q '^cleaned' "$FAKE_LOG" && break
	sleep 0.01
done
ok "SIGKILL: the bench was told, and cleaned up" grep -q '^cleaned' "$FAKE_LOG"
ok "SIGKILL: a journal is left" is \
	"$(find "$top/journal" -name '*-*' | wc -l)" 1
r clean --lock-wait 0.2
ok "clean: exit 0" is $rc 0
ok "clean: journal empty" is "$(find "$top/journal" -name '*-*' | wc -l)" 0
ok "clean: every process gone" gone
sed -i 's/do=wait/do=ok/' "$top/kill/plan.tsv"
r run --resume "$top/kill"
ok "SIGKILL: the sample is whole" is $rc 0
ok "SIGKILL: nothing was torn" not said "cut off"

echo "1..$nr"
[ $bad = 0 ]
