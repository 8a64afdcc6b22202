#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# exact.t - instructions, reported and compared; what was counted is invented

. tests/lib.sh
tool=$PWD/build/forkpath-analysis

gen=$PWD/build/tests/gen/exact
measured=$PWD/tests/data/make-boot
repo=$PWD
cd "$tmp" || exit 1

make() { "$gen" --out "$@" || exit 1; }		# DIR [OPTION]...
has() { grep -qE -- "$1" <<<"$out"; }
lacks() { ! grep -qE -- "$1" <<<"$out"; }
narrow() { ! grep -qE '.{73}|[^ -~]' <<<"$out"; }

says() { # as `is`, wherever the lines are broken
	local text=$out

	out=$(tr -s ' \n' ' ' <<<"$text")
	is "$@"
	out=$text
}

make base --label base
make same --label same
make favor --label favor --lock favordynmods --add 42 --less 5
make other --label other --kernel 6.19.0 --turn 9
make below --label below --often 45
make above --label above --often 55 --add 42 --kernel 6.19.0
make strewn --label strewn --lock favordynmods --scatter 13
make spoilt --label spoilt --spoil 3

# --- a report
run "$tool" report base --full
says "says what it is, and what not" 0 \
	"EXACT: instructions per operation, kernel and program together, on 1 virtual CPU (Invented CPU)." \
	"no contention: counts, not time." "reading it takes 7 instructions of every sample" \
	"run.sh lab --exact A B -- counted"
true_that "72 columns, ASCII" narrow
true_that "median, least, p90, max" has \
	'^  thread  300   29400   29400   30482   35482$'
true_that "modes with their counts" has \
	'^  fork: 147000 x253, 148082 x29, 152000 x17, 153082 x1$'
says "cost per thread" 0 "each size to the next: 500 (1 to 64), 500 (64 to 512)"
true_that "no interval, no time" lacks '\+-| ns|ops/s|WRITER LATENCY'
for format in markdown html ktap gobench json; do
	run "$tool" report base --format $format
	is "$format" 0 29400
done
run "$tool" report base --format kcidb
is "kcidb: no seconds" 0 '"unit": "instructions"' '"value": 29400'
run "$tool" report spoilt --full
says "a sample that is not what was hashed" 0 \
	"lat/0003.lat: line 9: the hash is not that of the samples"
true_that "and its distribution is left out" has '^  fork +0 +- +- +- +0$'

# --- equal things
run "$tool" compare base same
says "A/A: nothing differs" 0 "no instruction differs in all 5 points"
true_that "A/A: each is equal" [ "$(grep -cE ' same$' <<<"$out")" -eq 5 ]
true_that "A/A: no p, no interval, no boots to take" \
	lacks 'ONE BOOT|interval|bootstrap| p '
true_that "A/A: no sentence about a lock" lacks 'favordynmods (adds|takes)'
true_that "A/A: 72 columns" narrow

# --- two lock modes of one kernel
run "$tool" compare base favor --full
says "the reader tax" 0 \
	"favordynmods adds 42 instructions to clone(CLONE_THREAD) (0.14 %)" \
	"favordynmods adds 42 instructions to fork (0.029 %)" \
	"favordynmods takes 5 instructions from attach/512 (0.0019 %)" \
	"lock_mode: default -> favordynmods"
true_that "base, new, difference" has \
	'^  clone/thread +29400 +29442 +\+42 +\+0\.14 %$'
true_that "72 columns, ASCII" narrow
run "$tool" compare favor base --full
says "the other way round it adds as much" 0 \
	"favordynmods adds 42 instructions to clone(CLONE_THREAD) (0.14 %)"
true_that "and the table is turned" has '^  clone/thread +29442 +29400 +-42 '

run "$tool" compare base strewn --full
says "medians of different modes tell nothing of the lock" 0 \
	"favordynmods: what it adds to fork cannot be told: no single difference holds for 40 % of the samples" \
	"favordynmods: what it adds to clone(CLONE_THREAD) cannot be told"
true_that "and no figure is given for them" lacks \
	'favordynmods (adds|takes) .* (fork|clone)'

# --- the same operations in another order, and modes of other weights
run "$tool" compare base other
true_that "another order of operations is not equal" has \
	'^  attach/1 +10500 +10500 +\+0 +\+0 % +\+0 +[0-9]* %$'
says "and said" 0 "+0: the median is the same, other samples are not"
run "$tool" compare below above
true_that "shift: what moved, not where the median fell" has \
	'^  clone/thread +29400 +30524 +\+1124 .* \+42 +[89][0-9] %$'
true_that "two kernels: no sentence about a lock" \
	lacks 'favordynmods (adds|takes)'
says "two builds: whose difference that is" 0 \
	"two builds: building one source again moves counts" \
	"./run.sh lab --exact A B has what changed code adds"
run "$tool" compare base favor
true_that "one build: nothing is said of two" lacks 'two builds'

# --- boots that should be one
run "$tool" compare A=base,same B=favor,other
is "two boots of an arm that differ" 0 "boots of one arm differ"
true_that "are marked" has '^  clone/thread .*!'

# --- one kernel twice
for d in same favor; do
	cp -r $d $d-later
	sed -i "s/\"boot_id\": \"b\"/\"boot_id\": \"$d\"/" $d-later/meta.json
done
run "$tool" compare base other --aa base,same-later
says "a control" 0 "A/A control: one kernel counted twice. 0 of 5 points differ"
true_that "a control: 72 columns, ASCII" narrow
run "$tool" compare base other --aa base,favor-later
says "a control that differs" 0 "twice. 5 of 5 points differ, none should. Equal" \
	"clone/thread: 29400 and 29442"
run "$tool" compare base favor
true_that "no control: none is spoken of" lacks 'A/A'

# --- for programs
run "$tool" counts base favor
is "counts: a line per point and a head" 0 \
	$'release\tlock\tpart\tpoint\trole\tops\tleast\tp50\tmode\tof\thash\n' \
	$'6.18.0\tdefault\tall\tclone/kind=thread/siblings=0\tcloner\t300\t29400\t29400\t29400\t253\t' \
	$'6.18.0\tfavordynmods\tall\tattach/threads=64/hierarchy=v2\tattacher\t300\t41995\t'
true_that "counts: of both, all" [ "$(wc -l <<<"$out")" -eq 13 ]
run "$tool" counts above --base below
is "counts: the shift from a base" 0 $'\thash\tshift\tshare\n' $'\t42\t0.9'
true_that "counts: equal samples have one hash" [ "$("$tool" counts base same |
	grep -v ^release | cut -f11 | sort | uniq -c | grep -vc ' 2 ')" -eq 0 ]

# --- time
bash "$measured" timed 1 question=counted
run "$tool" compare base timed
is "instructions against time" 2 \
	"base counts instructions, timed counts time: not to be compared"
run "$tool" compare base favor --aa timed
is "nor is one the other's control" 2 "--aa: timed counts time: no control"
run "$tool" counts timed
is "counts of time" 2 "timed counts time; expected a results folder of exact mode"
run "$tool" history base above --point clone/kind=thread
is "history" 0 "cloner-p50-instructions" 29400 30524


# --- ended while its guests run, which are made up
mkdir -p "$tmp/top/build"
cp -r "$repo/lab" "$repo/configs" "$tmp/top"
printf '#!/bin/sh\necho sha256=0; echo release=1\n' >"$tmp/top/lab/kernel"
cat >"$tmp/top/build/forkpath-lab" <<'END'
#!/bin/sh
[ "$1" = run ] || { echo "0 T a" | gzip | base64; exit; }
echo $$ >>"$PIDS"
exec sleep 300
END
chmod +x "$tmp/top/lab/kernel" "$tmp/top/build/forkpath-lab"
: >"$tmp/pids"
PIDS=$tmp/pids FORKPATH_CACHE=$tmp/cache \
	"$tmp/top/lab/exact" --jobs 2 --layouts 1 a b -- quick --out "$tmp/ended" \
	>/dev/null 2>&1 &
exact=$!
for _ in {1..300}; do
	[ "$(wc -l <"$tmp/pids")" -lt 2 ] || break
	sleep 0.1
done
kill $exact
wait $exact
code=$?
is "ended" 143
mapfile -t guests <"$tmp/pids"
for _ in {1..100}; do
	kill -0 "${guests[@]}" 2>/dev/null || break
	sleep 0.1
done
out=$(ps -o pid= -p "${guests[0]},${guests[1]}")
true_that "and so are its guests" [ -z "$out" ]
kill "${guests[@]}" 2>/dev/null

# --- both lock modes: a verdict of each, never medians of two builds
cat >"$tmp/top/build/forkpath-lab" <<'END'
#!/bin/sh
[ "$1" = run ] || { echo "0 T a" | gzip | base64; exit; }
while [ $# -gt 0 ]; do
	case $1 in
	--lock-mode) echo "$2" >>"$MODES" ;;
	--out) mkdir -p "$2" && : >"$2/a.sample" ;;
	esac
	shift
done
END
cat >"$tmp/top/build/forkpath-anatomy" <<'END'
#!/bin/sh
echo "$@"
END
chmod +x "$tmp/top/build/forkpath-lab" "$tmp/top/build/forkpath-anatomy"
modes() { # ARGUMENT...
	rm -rf "$tmp/both" "$tmp/modes"
	run env MODES="$tmp/modes" FORKPATH_CACHE="$tmp/cache" \
		"$tmp/top/lab/run" --exact "$@" a b -- quick --out "$tmp/both"
	out=${out//"$tmp/both/"/}
}
modes --lock-mode both
is "both lock modes, two kernels" 0 \
	"verdict default/base-1 default/base-2 --title A/A, 1 under 2 layouts, lock mode default" \
	"verdict favordynmods/base-1 favordynmods/base-2 --title A/A, 1 under 2 layouts, lock mode favordynmods"
true_that "boots in each" [ "$(sort "$tmp/modes" | uniq -c | xargs)" = \
	"2 default 2 favordynmods" ]
true_that "a report of each" \
	[ -s "$tmp/both/default/report.txt" -a -s "$tmp/both/favordynmods/report.txt" ]
for each in --favordynmods --lock-mode=favordynmods; do
	modes "$each"
	is "$each" 0 "verdict base-1 base-2 --title A/A, 1 under 2 layouts, lock mode favordynmods"
done
for each in "--plugin a.so" --plugin=a.so "--boots 3" --boots=3 --layout=1; do
	# shellcheck disable=SC2086 # two words
	modes $each
	is "$each: no medians of two builds" 2 "${each%%[ =]*}: not with two kernels"
done
modes --layouts=2
is "--layouts=2" 0 "under 3 layouts"
modes --lock-mode slow
is "no lock mode" 2 "--lock-mode: 'slow' is not default, favordynmods or both"
done_testing
