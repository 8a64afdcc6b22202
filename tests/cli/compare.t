#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# compare.t - campaigns whose answers are known, compared; and bad ones

. tests/lib.sh
tool=$PWD/build/forkpath-analysis
make_boot=$PWD/tests/data/make-boot
make_arms=$PWD/tests/data/make-arms
cd "$tmp" || exit 1

boot() { bash "$make_boot" "$@"; }
compare() { run "$tool" compare "$@"; }
has() { grep -qE -- "$1" <<<"$out"; }
lacks() { ! grep -qE -- "$1" <<<"$out"; }
narrow() { ! grep -qE '.{73}|[^ -~]' <<<"$out"; }
row() { true_that "$1" has "^ *$2( |$)"; }	# NAME PATTERN of a line of the table

says() { # as `is`, wherever the lines are broken
	local text=$out

	out=$(tr -s ' \n' ' ' <<<"$text")
	is "$@"
	out=$text
}

refused() { # NAME TEXT...: one line, exit 2
	is "$1" 2 "${@:2}"
	true_that "$1: one line" [ "$(wc -l <<<"$out")" -eq 1 ]
}

# --- ten boots per arm, which alternate: fork costs 5 % more, move 8 % less
for i in 0 1 2 3 4 5 6 7 8 9; do
	boot "A/$i" "1$i" utc=2026-01-1${i}T01:00:00Z
	boot "B/$i" "2$i" kernel=6.19.0 utc=2026-01-1${i}T02:00:00Z \
		fork=1.05 move=0.92 insn=815
	boot "aa/$i" "3$i" question=aa utc=2026-01-1${i}T03:00:00Z
	boot "bad-aa/$i" "3$i" question=aa aa=1.05 utc=2026-01-1${i}T03:00:00Z
done
compare A B --aa aa
says "ten boots" 0 "q: 6.18.0 -> 6.19.0, 10 boots each" \
	"Besides the kernel no recorded condition differs" \
	"0 of 6 points differ, none should; the widest" "A/A control: one kernel measured twice in each of 10 boots"
true_that "one screen" [ "$(wc -l <<<"$out")" -le 30 ]
true_that "72 columns, ASCII" narrow
compare A B --aa aa --full
says "ten boots: all of it" 0 "10 boots per arm; a boot counts once" \
	"boots alternate, pairs by time: Wilcoxon signed-rank"
true_that "72 columns, ASCII" narrow
row "slower" 'clone/fork .*\+[45]\.[0-9] % .*\.012 +slower'
row "faster" 'attach/1000 .* -[789]\.[0-9] % .*\.012 +faster'
row "unclear" 'clone/thread .* ~ % \[.* unclear'
true_that "largest effect first" [ "$(grep -nE '^  (attach|clone)/' <<<"$out" |
	head -n 4 | grep -c attach)" -eq 4 ]
true_that "counts add up" has '^6 points: 1 slower, 4 faster, 1 unclear'
true_that "no p of zero" lacks ' 0\.000|p=0'
row "exact: the difference itself" '  insn +812 +815 +\+3'
true_that "points by name" [ "$(grep -oE '^  attach/1[0-9]*  ' <<<"$out" |
	head -n 4 | tr -d ' \n')" = attach/1attach/10attach/100attach/1000 ]
true_that "~ has its legend" has 'all points; ~: not shown to differ$'
true_that "a label has its legend" has '^  point: attach/threads, clone/kind; times: medians'
true_that "null is a control" has '^null +an empty operation takes 48 ns in A and 48 ns in B, \+0\.0 %'
row "cost per thread" 'attach +ns/thread +2[0-9]+ +2[0-9]+ +-[789]\.[0-9] % .*'
true_that "p99 is not judged" has 'p99, rates and cost per thread: not tested'
true_that "the same again" [ "$out" = "$("$tool" compare A B --aa aa --full)" ]
run "$tool" compare B A --aa aa
row "the other way round" 'clone/fork .* -[45]\.[0-9] % .*faster'

# --- units are boots: what is inside of them adds nothing to n
compare A=A/0,A/1,A/2 B=B/0,B/1,B/2
says "three boots cannot" 0 "TOO FEW" "5 per arm is the least"
true_that "three boots: no verdict" has '^6 points: 6 unclear'

# --- same: tight boots, small differences
for i in 0 1 2 3 4 5 6 7; do
	boot "S/$i" "4$i" sd=0.001 utc=2026-02-1${i}T01:00:00Z
	boot "T/$i" "5$i" sd=0.001 utc=2026-02-1${i}T02:00:00Z label=new \
		fork=1.005
done
compare S T
row "same, though it is no chance" 'clone/fork .* ~ % \[\+0\.[1-9], .*same'
compare S T --smallest 0.1
row "a smaller smallest effect" 'clone/fork .* \+0\.[3-7] % .*slower'

# --- pairing: a machine that grows slower by 5 % a boot; B costs 3 % more
for i in 0 1 2 3 4 5 6 7; do
	a=$(awk -v i="$i" 'BEGIN { print 1.05 ^ i }')
	b=$(awk -v i="$i" 'BEGIN { print 1.05 ^ i * 1.03 }')
	boot "P/$i" "6$i" sd=0.002 utc=2026-03-1${i}T01:00:00Z \
		fork="$a" thread="$a" move="$a"
	boot "Q/$i" "7$i" sd=0.002 utc=2026-03-1${i}T02:00:00Z label=q \
		fork="$b" thread="$b" move="$b"
done
compare P Q
true_that "pairs see through drift" has '^6 points: 6 slower'
for i in 0 1 2 3 4 5 6 7; do
	sed -i 's/T02:00:00Z/T00:30:00Z/' "Q/$i/meta.json"
	sed -i 's/2026-03-1/2026-04-1/' "Q/$i/meta.json"
done
compare P Q --full
says "boots that do not alternate" 0 "not paired: Mann-Whitney"
true_that "and the drift hides it" has '^6 points: 6 unclear'

# --- both arms in every boot
for i in 0 1 2 3 4 5 6 7; do
	boot "V/$i" "8$i" label=off boot="x$i" sd=0.002
	boot "W/$i" "8$i" label=on boot="x$i" sd=0.002 fork=1.03
done
compare V W --full
says "pairs by boot" 0 "both arms in each boot, pairs by boot" "A off:"
row "pairs by boot: slower" 'clone/fork .* \+3\.[0-9] % .*slower'

# --- one boot per arm
boot one 90 reps=12
boot two 91 reps=12 kernel=6.19.0 fork=1.1
compare one two --full
true_that "one boot: said first" [ "$(sed -n 3p <<<"$out" |
	cut -c 1-17)" = "ONE BOOT PER ARM:" ]
says "one boot: repetitions" 0 "12 repetitions per arm and point" \
	"Nothing is claimed about"
row "one boot: verdict in parentheses" 'clone/fork .*\(slower\)'
# Two folders of one boot are one boot.
boot one-more 92 reps=12 boot=b90
compare A=one,one-more B=two --full
says "two folders, one boot" 0 "1 boot, 2 runs" "ONE BOOT PER ARM"
compare one one
says "the same twice" 0 "one: both sides are the same results folder, so nothing can differ"
true_that "the same twice: no table" lacks 'clone/'
true_that "the same twice: no more than a line or two" \
	[ "$(wc -l <<<"$out")" -le 3 ]

# --- a control that fires
compare A B --aa bad-aa
says "A/A fires" 0 "Equal things differ here, so no verdict is given" "of 6 points differ, none should;"
true_that "A/A fires: withheld" has '^NO VERDICT  equal things differ'
true_that "A/A fires: no verdict in the table" lacks ' (slower|faster|same|unclear)$'
compare A B
says "no control" 0 "No A/A control"
mkdir both && cp -r A B aa both/
compare both
says "a control among the folders" 0 "measured twice in each of"
compare A B --aa S
says "a control of one label" 0 "every other boot against the rest"
run "$tool" report aa/0 --full
says "A/A in its report" 0 "A/A control: the same points measured twice" "0 of 6 points differ"

# --- three sets are one family
compare A B S --label 6.18.0,6.19.0 --full
says "--label chooses" 0 "B 6.19.0"
for i in 0 1 2 3 4 5 6 7; do boot "C/$i" "11$i" kernel=6.20.0; done
compare A B C
says "three sets" 0 "6.18.0 -> 6.20.0" "6.18.0 -> 6.19.0"
row "three sets: Holm over all" 'clone/fork .* slower'

# --- conditions
boot lock 93 kernel=6.19.0 meta='"lock_mode": "favordynmods", "microcode": "0x2b", "sysctl": {"vm.swappiness": 10}, "cpu2": 1,'
compare one lock
true_that "the lock mode before all rows" [ "$(sed -n '/^LOCK MODE/=' <<<"$out")" -lt \
	"$(sed -n '/^  point /=' <<<"$out")" ]
says "conditions differ, in short" 0 "LOCK MODE not recorded -> favordynmods: the lock itself differs"
compare one lock --full
says "conditions differ" 0 "Different besides the kernel, most important first" \
	"! lock_mode: not recorded -> favordynmods (the lock itself)" \
	"microcode: not recorded -> 0x2b" "cpu2: not recorded -> 1"
true_that "most important first" [ "$(grep -nE '(lock_mode|microcode|swappiness|cpu2):' <<<"$out" |
	sed 's/^[0-9]*:  . //; s/:.*//' | tr '\n' ' ')" = \
	"lock_mode microcode sysctl.vm.swappiness cpu2 " ]
compare one lock --strict
says "--strict refuses" 1 "4 conditions differ besides the kernel, the most important is lock_mode"
compare A B --strict
says "--strict is content" 0 "points:"
boot debug 94 kernel=6.19.0
sed -i 's/"LOCKDEP": "n"/"LOCKDEP": "y"/' debug/meta.json
compare one debug --full
says "a debug kernel" 0 "! config.LOCKDEP: n -> y (a debug kernel)" "BEWARE B"

boot noconf 98 kernel=6.19.0
sed -i '/"config":/d' noconf/meta.json
compare one noconf --full
says "no configuration: one difference" 0 "config.: recorded -> not recorded"
true_that "no configuration: no more" lacks 'config\.[A-Z]'

# --- one side only
boot less 95 kernel=6.19.0 only=fork reps=12
compare one less --full
says "one side only" 0 "On one side only" \
	"all:clone/fork in the first set only (the other: not in the plan)"

# --- an exact metric that is none
boot vary 96 kernel=6.19.0 reps=2
sed -i '0,/812 insn/s//813 insn/' vary/q.sample
compare one vary
says "an exact metric that varies" 0 "not one value within an arm"

# --- malformed values are left out and named
boot torn 97 kernel=6.19.0 reps=12
at=$(grep -n '^BenchmarkClone/kind=fork' torn/q.sample | head -n 1 | cut -d: -f1)
sed -i "${at}s/ [0-9]* cloner-p50-ns/ nan cloner-p50-ns/" torn/q.sample
compare one torn --full
says "malformed" 0 "1 malformed of 84 repetitions" "q.sample:$at"

# --- a repetition that grows slower all the time never settles
boot ramp 99 kernel=6.19.0 reps=2
mkdir ramp/lat
{
	printf '# forkpath-lat/1\nrole cloner ops 5000 under 0 over 0'
	printf ' min 9000 max 9000 sum 45000000\n9000 9001 5000\nseries 0 16'
	for i in {1..200}; do printf ' %d' $((140000 + i * 10)); done
	printf '\nend\n'
} >ramp/lat/0002.lat
sed 's/^series.*/series 0 16'"$(printf ' 14400%d' {1,0,2,1,0,2,2,1,0,1}{,,,,,,,,,,,})"'/' \
	ramp/lat/0002.lat >ramp/lat/0010.lat
sed -i -E '/^# line (2|10) ok/s/$/ lat=lat\/00XX.lat/; s/^(# line 2 .*)XX/\102/; s/^(# line 10 .*)XX/\110/' ramp/q.sample
run "$tool" report ramp --full
says "never settles: report" 0 "warm-up 1 of 2 repetitions never reached a steady state (MSER-5)" \
	"[all] clone kind=fork: 1 of"
compare one ramp --full
says "never settles: compare" 0 "warm-up 6.19.0: 1 of 2 repetitions never settled"

# --- power
run "$tool" power A
says "power" 0 "from a pilot of 10 boots" "5 per arm, or 8 pairs"
true_that "power: 72 columns" narrow
run "$tool" power one
says "power of one boot" 0 "ONE BOOT: the spread of repetitions"
run "$tool" power S --smallest 5
row "power: five are enough" 'clone/fork .* +5 +5'

# --- files
compare A B --out o
says "--out" 0
true_that "--out: compare.txt is the whole" grep -q "^repeat B" o/compare.txt
true_that "--out: data and script" test -s o/plots/forest.dat -a -s o/plots/forest.gp
if command -v gnuplot >/dev/null; then
	true_that "--out: pictures" test -s o/plots/forest.svg -a -s o/plots/forest.png
else
	skip "--out: pictures" "gnuplot is not installed"
fi

# --- lock modes: each in its own boots, side by side in the answers
lab='"lab": { "time": "emulated" },'
for i in 0 1 2 3 4 5 6 7; do
	boot "L/$i" "1$i" utc=2026-05-1${i}T01:00:00Z \
		meta='"lock_mode": "default",'
	boot "M/$i" "2$i" utc=2026-05-1${i}T02:00:00Z label=both fork=1.05 \
		thread=1.05 move=0.01 meta='"lock_mode": "favordynmods",'
	boot "N/$i" "3$i" utc=2026-05-1${i}T03:00:00Z label=third \
		meta='"lock_mode": "favordynmods",'
	boot "E/$i" "1$i" utc=2026-05-1${i}T01:00:00Z \
		meta="\"lock_mode\": \"default\", $lab"
	boot "F/$i" "2$i" utc=2026-05-1${i}T02:00:00Z label=both move=0.01 \
		meta="\"lock_mode\": \"favordynmods\", $lab"
done
compare L M --full
says "lock modes: the arms have their names" 0 \
	"default -> favordynmods, n=8 and 8 boots" \
	"What does creating a task cost with no moves in progress? median: slower in all 2: from +4.3 % [+3.6, +4.9] (clone/fork: 80.7 us -> " \
	"What does a write to cgroup.procs cost? median: faster in all 4: from" \
	"rate (not tested): from"
true_that "lock modes: two sets are one table" lacks 'Side by side'
compare M L --full
says "lock modes: the other way round" 0 "favordynmods -> default" \
	"median: faster in all 2: from" "median: slower in all 4: from"
compare L L2=N --full
says "lock modes: nothing between them" 0 "median: unclear in all 2"
compare E F --full
says "emulated: figures, no verdict" 0 \
	"default -> favordynmods, n=8 and 8 boots" "NO VERDICT emulated time" \
	"What does a write to cgroup.procs cost? median: from"
compare L M N
says "three sets: side by side" 0 "Side by side: medians, each set in its own boots" \
	"B both" "C third"
true_that "three sets: a column each" \
	has '^  attach/1000 +2[0-9]+ us +2\.[0-9]+ us +2[0-9]+ us$'

# --- dearer always, or dearer at each write: where the two are equal
rates() { # DIR LABEL QUIET BESIDE: clones/s of eight boots, 100 writes/s
	local i

	for i in 0 1 2 3 4 5 6 7; do
		bash "$make_arms" "$1/$i" 3 q <<-END
		a clone kind=thread,period=0 cloner-p50-ns=9000 cloner-ops/s=$(($3 + i * 100))
		b clone-attach kind=thread,period=0,think=0.01,victims=unrelated cloner-p50-ns=9000 cloner-ops/s=$(($4 + i * 130)) attacher-p50-ns=5000 attacher-ops/s=100
		END
		printf '%s\n' "{ \"schema\": \"forkpath-meta/1\"," \
			"$5 \"label\": \"$2\", \"lock_mode\": \"$2\"," \
			"\"boot_id\": \"$2$i\"," \
			"\"utc\": \"2026-05-1${i}T01:00:00Z\"," \
			'"kernel": { "release": "6.18.0" } }' >"$1/$i/meta.json"
	done
}
rates R default 100000 90000 ''
rates S favordynmods 98000 96000 ''
rates T favordynmods 98000 80000 ''
rates U favordynmods 100010 96000 ''
# (100.0k - 98.0k) / ((10.0k - 2.0k) / 100 writes/s): 25; boots differ
compare R S --full
says "break-even: the rate, with its interval" 0 \
	"From which rate of moves on does which of the two pay?" \
	"clones: favordynmods pays from 25.1 [20.4, 29.8] moves/s on: 2004 [1653, 2355] clones/s fewer with no moves in progress, 80.0 [79.0, 81.0] fewer lost per move; n=8 and 8."
compare S R --full
says "break-even: whichever comes first" 0 \
	"clones: favordynmods pays from 25.1 [20." "moves/s on: 2004 [16"
compare R T --full
says "break-even: no rate where one is worse always" 0 \
	"clones: favordynmods is worse at any rate of moves: 2004 [1653, 2355] clones/s fewer with no moves in progress, 80."
compare R U --full
says "break-even: nothing is claimed of what is not shown" 0 \
	"clones: no answer:" "with no moves in progress are not shown"
rm -r R S
rates R default 100000 90000 "$lab"
rates S favordynmods 98000 96000 "$lab"
compare R S --full
true_that "break-even: not of emulated time" lacks 'From which rate'

# --- bad input
compare; refused "no folder" "BASE NEW"
compare A; refused "one set" "all folders are one set, '6.18.0'"
compare A nowhere; refused "no such folder" "nowhere: No such file"
mkdir empty; compare A empty; refused "no results" "empty: plan.tsv is not there"
compare A X=; refused "a name without folders" "NAME=FOLDER"
compare A B --smallest 0; refused "smallest 0" "from 0.01 to 100"
compare A B --smallest x; refused "smallest x" "'x' is not a number"
compare A B --label nobody; refused "label" "no folder is labelled 'nobody'"
compare A B --aa one; refused "no control" "neither parts a and b"
compare A=one,one B=two; refused "given twice" "given twice"
compare A B --out "$make_boot"; refused "--out is a file" "Not a directory"
cp -r two cut; truncate -s -5 cut/q.sample
compare one cut; refused "truncated" "cut/q.sample" "truncated"
run "$tool" power; refused "power of nothing" "no folder given"
run "$tool" power empty; refused "power of an empty folder" "plan.tsv is not there"
# What other people's folders say goes to no terminal.
sed -i 's/"place": "host"/"place": "\\u001b[31m\\u00b5"/' two/meta.json
compare one two
says "hostile meta" 0 "place (host ->"
true_that "hostile meta: ASCII" narrow

cd - >/dev/null || exit 1
# --- many points: what is undecided is cut short, and says so
gen=build/tests/gen/results
mkdir "$tmp/many"
$gen --out "$tmp/many/a" --points 25 --blocks 6 --seed 1 >/dev/null 2>&1
$gen --out "$tmp/many/b" --points 25 --blocks 6 --seed 2 >/dev/null 2>&1
run "$tool" compare "A=$tmp/many/a" "B=$tmp/many/b"
says "many points" 0 "19 more: " "(--full)"
short=$(wc -l <<<"$out")
run "$tool" compare "A=$tmp/many/a" "B=$tmp/many/b" --full
says "many points, --full" 0 "25 points:"
true_that "many points: 19 rows more with --full" \
	[ $(($(wc -l <<<"$out") - short)) -ge 19 ]

# --- what the verdicts are worth; `make simulate` does a thousand
run build/tests/simulate/simulate 60 3
says "60 campaigns" 0 "60 campaigns each"
done_testing
