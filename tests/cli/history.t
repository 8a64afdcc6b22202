#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# history.t - many results folders: history, query, judge, git bisect
#
# All of them are invented by tests/gen/results with a speed that is known.

. tests/lib.sh

tool=$PWD/build/forkpath-analysis
gen=$PWD/build/tests/gen/results
top=$PWD

narrow() { ! awk 'length > 72' <<<"$out" | grep -q .; }
ascii() { ! LC_ALL=C grep -q '[^ -~]' <<<"$out"; }
refused() { # NAME WORDS: exit 2, one line
	is "$1" 2 "$2"
	true_that "$1: one line" [ "$(wc -l <<<"$out")" -eq 1 ]
}

# --- history: six releases of three boots, 4 % slower from 6.12.20 on
n=0
for k in 6.9.0 6.10.0-rc1 6.10.0 6.12.3 6.12.20 6.18.0; do
	for _ in 1 2 3; do
		n=$((n + 1)) p50=7000
		case $k in 6.12.20|6.18.0) p50=7300 ;; esac
		mkdir -p "$tmp/tree/$k"
		"$gen" --out "$tmp/tree/$k/box-$n" --kernel $k --p50 $p50 \
			--boot-sd 0.004 --seed $n --points 2 --host box \
			--utc "2026-01-$(printf %02d $((30 - n)))T00:00:00Z"
	done
done
run "$tool" history "$tmp/tree"
is "history" 0 "18 folders, 2 series" "[create] clone kind=thread siblings=1" \
	"cloner-p50-ns on box"
true_that "history: 72 columns" narrow
true_that "history: ASCII" ascii
order=$(awk '/^  .*  6\./ { sub(/^  >? */, ""); print $1 }' <<<"$out" |
	head -n 6 | tr '\n' ' ')
true_that "history: natural order of releases ($order)" [ "$order" = \
	"6.9.0 6.10.0-rc1 6.10.0 6.12.3 6.12.20 6.18.0 " ]
true_that "history: the change is marked, in both series" \
	[ "$(grep -cE '^  >  6\.12\.20 .* \+[345]\.[0-9]% p=0\.00' <<<"$out")" -eq 2 ]
true_that "history: and no other" [ "$(grep -c '^  >  6' <<<"$out")" -eq 2 ]
first=$out
run "$tool" history "$tmp/tree"
true_that "history: the same seed, the same text" [ "$out" = "$first" ]
run "$tool" history "$tmp/tree" --by date --point clone/siblings=0 \
	--metric cloner-ops/s
is "history by date" 0 "18 folders, 1 series" "cloner-ops/s on box"
true_that "history by date: oldest first" grep -qE '^ +6\.18\.0 +2026-01-12' \
	<<<"$(grep -m1 -E '^ +6\.' <<<"$out")"
true_that "history by date: the change" grep -qE '^  > +6\.12\.3 .*p=' <<<"$out"
if command -v gnuplot >/dev/null; then
	run "$tool" history "$tmp/tree" --out "$tmp/figures"
	is "history --out" 0 "figures/history-1.svg"
	for e in svg png dat gp; do
		true_that "history --out: .$e" test -s "$tmp/figures/history-2.$e"
	done
else
	skip "history --out" "gnuplot is not installed"
fi
run env PATH=/none "$tool" history "$tmp/tree"
is "history without gnuplot" 0 "gnuplot is not installed" "6.12.20"
cp -r "$tmp/tree/6.9.0/box-1" "$tmp/torn"
echo '{' >"$tmp/torn/meta.json"
run "$tool" history "$tmp/tree" "$tmp/torn"
is "history: a folder that cannot be read is named" 0 "18 folders" "torn/meta.json"
run "$tool" history "$tmp/torn"
refused "history: nothing but that" "torn/meta.json"
run "$tool" history "$tmp/none"
refused "history: no such folder" "none: No such file or directory; expected a results"
mkdir "$tmp/empty"
run "$tool" history "$tmp/empty"
refused "history: an empty one" "plan.tsv is not there, nor in a folder below"
run "$tool" history
refused "history: none given" "no folder given"
run "$tool" history "$tmp/tree" --metric no-ns
refused "history: no such metric" "with no-ns"
run "$tool" history "$tmp/tree" --point =x
refused "history: no point" "BENCH/KEY=VALUE"
ln -s "$tmp/tree" "$tmp/link"
run "$tool" history "$tmp/link"
is "history: a link that was named is followed" 0 "18 folders"
ln -s "$tmp/tree/6.9.0" "$tmp/empty/link"
run "$tool" history "$tmp/empty"
refused "history: one below it is not" "plan.tsv is not there, nor in a folder below"

# --- query
index=$tmp/tree/index.tsv
run "$tool" query "$tmp/tree"
is "query" 0 "18 of 18 runs" "2026-01-12T00:00" "20/20"
true_that "query: the index is there" test -s "$index"
run "$tool" query "$tmp/tree" --kernel '6.10.*'
is "query --kernel" 0 "6 of 18 runs"
run "$tool" query "$tmp/tree" --kernel 6.10.0 --host box --question invented
is "query: exact words" 0 "3 of 18 runs"
run "$tool" query "$tmp/tree" --host nobody
is "query: nothing" 0 "0 of 18 runs"
run "$tool" query "$tmp/tree" --since 2026-01-12 --until 2026-01-13
is "query: both days are in it" 0 "2 of 18 runs"
run "$tool" query "$tmp/tree" --kernel "x' OR '1'='1"
is "query: a quote is a character" 0 "0 of 18 runs"
run "$tool" query "$tmp/tree" --kernel 6.9.0 --paths
true_that "query --paths" [ "$(sort <<<"$out")" = \
	"$(printf '%s\n' "$tmp"/tree/6.9.0/box-*)" ]
sed -i 's/"host": "box"/"host": "bay"/' "$tmp/tree/6.9.0/box-1/meta.json"
run "$tool" query "$tmp/tree" --host bay
is "query: a file that changed is read again" 0 "1 of 18 runs"
sed -i 's/"host": "bay"/"host": "box"/' "$tmp/tree/6.9.0/box-1/meta.json"
mv "$tmp/tree/6.18.0/box-18" "$tmp/moved"
run "$tool" query "$tmp/tree"
is "query: a folder that is gone is forgotten" 0 "17 of 17 runs"
mv "$tmp/moved" "$tmp/tree/6.18.0/box-18"
want=$("$tool" query "$tmp/tree")
run "$tool" query "$tmp/tree"
true_that "query: the index says what the files say" [ "$out" = "$want" ]
rm "$index"
run "$tool" query "$tmp/tree"
true_that "query: a missing index is made anew" [ "$out" = "$want" ]
for how in "text" "cut" "foreign" "link"; do
	case $how in
	text)	echo "nothing of the kind, for longer than a header is" >"$index" ;;
	cut)	truncate -s 500 "$index" ;;
	foreign) rm "$index"; "$gen" --out "$tmp/f" --seed 1
		"$tool" query "$tmp/f" >/dev/null
		sed '1s/[0-9]*$/7/' "$tmp/f/index.tsv" >"$index" ;;
	link)	echo precious >"$tmp/victim"; ln -sf "$tmp/victim" "$index" ;;
	esac
	run "$tool" query "$tmp/tree"
	is "query: index damaged ($how): one line" 0 "made anew"
	true_that "query: index damaged ($how): the answer" \
		[ "$(grep -v 'made anew' <<<"$out")" = "$want" ]
	run "$tool" query "$tmp/tree"
	true_that "query: index damaged ($how): whole again" [ "$out" = "$want" ]
done
true_that "query: what a link points to is left alone" \
	grep -qx precious "$tmp/victim"
rm "$index"; mkdir "$index"
run "$tool" query "$tmp/tree"
is "query: no place for an index" 0 "for this answer only" "18 of 18 runs"
rmdir "$index"
cp "$tmp/torn/meta.json" "$tmp/tree/6.9.0/box-1/meta.json"
run "$tool" query "$tmp/tree"
is "query: an unreadable folder is named" 0 "17 of 17 runs" \
	"not listed: $tmp/tree/6.9.0/box-1"
run "$tool" query "$tmp/tree" --since yesterday
refused "query: no date" "'yesterday' is no date"
run "$tool" query "$tmp/none"
refused "query: no tree" "No such file or directory"

# --- one of a thing is one thing
"$gen" --out "$tmp/once" --p50 7000 --seed 1 --blocks 1 --question toy
run "$tool" report "$tmp/once" --full
is "one repetition" 0 "1 repetition planned" "of 1 repetition never"
true_that "is not called repetitions" [ "${out/1 repetitions/}" = "$out" ]

# --- judge and pick
end() { # NAME P50 SEED [BLOCKS]
	"$gen" --out "$tmp/$1" --p50 "$2" --seed "$3" --blocks "${4:-20}" \
		--question toy
}
end good 7000 101
end bad 7300 102
end fast 6900 1
end slow 7400 2
end few 7000 3 4
end limit 7160 4
j() { run "$tool" judge "$tmp/good" "$tmp/bad" "$@" --point clone; }
j
is "judge: how many" 0 "need 10"
j "$tmp/fast"
is "judge: good" 0 "good #"
j "$tmp/slow"
is "judge: bad" 1 "bad #"
j "$tmp/few"
is "judge: too few" 3 "more 6"
j "$tmp/limit"
is "judge: on the limit" 3 "more 20"
j "$tmp/limit" --look 4
is "judge: on the limit, for the last time" 125 "skip #"
j "$tmp/none"
is "judge: nothing to judge" 125 "No such file"
run "$tool" judge "$tmp/bad" "$tmp/good" "$tmp/slow" --point clone
is "judge: faster may be bad" 0 "good #"
run "$tool" judge "$tmp/good" "$tmp/good" --point clone
refused "judge: ends that are alike" "too alike"
run "$tool" judge "$tmp/good" "$tmp/bad" --point attach
refused "judge: no such point" "no point is attach"
run "$tool" judge "$tmp/tree/6.9.0/box-2" "$tmp/bad" --point clone
refused "judge: not one point" "is said of 2 points"
run "$tool" judge "$tmp/good" "$tmp/bad"
refused "judge: which point" "--point"
run "$tool" pick "$tmp/good" --point clone/kind=thread --repeat 3
is "pick" 0 "# question toy" "# blocks 3" \
	$'3\t3\tcreate\tclone\tidle\t30\trun\t-\ttime=0.4 warmup=0.04\tkind=thread siblings=0'

# --- run.sh bisect
b() { run ./run.sh bisect "$@"; }
b "$tmp/good" "$tmp/bad" --now "$tmp/fast" -- toy clone
is "bisect: good" 0 "good #"
b "$tmp/good" "$tmp/bad" --now "$tmp/slow" -- toy clone/kind=thread
is "bisect: bad" 1 "bad #"
b "$tmp/good" "$tmp/bad" --now "$tmp/few" --now "$tmp/fast" -- toy clone
is "bisect: sure at the second look" 0 "more 6" "good #"
b "$tmp/good" "$tmp/bad" --now "$tmp/limit" -- toy clone
is "bisect: cannot be told" 125 "skip #"
b "$tmp/good" "$tmp/bad" --now "$tmp/fast" -- other clone
is "bisect: another question stops" 255 "is not of question 'other'"
b "$tmp/good" "$tmp/good" --now "$tmp/fast" -- toy clone
is "bisect: ends that are alike stop" 255 "too alike"
b "$tmp/good" "$tmp/bad" --soon "$tmp/fast" -- toy clone
is "bisect: an unknown option stops" 255 \
	"bisect: unknown option '--soon'; known: --now --metric"
touch "$tmp/no-journal"
if root "bisect: what cannot be measured is no verdict"; then
	run env FORKPATH_JOURNAL_DIR="$tmp/no-journal" ./run.sh bisect \
		"$tmp/good" "$tmp/bad" -- toy clone
	is "bisect: what cannot be measured is no verdict" 125 \
		"journal directory $tmp/no-journal: Not a directory"
fi
b "$tmp/good" "$tmp/bad" toy clone
is "bisect: words missing stop" 255 "GOOD BAD -- QUESTION POINT is right"

# --- the worked example of docs/bisecting.md
mkdir "$tmp/doc"
ln -s "$top/run.sh" "$top/build" "$tmp/doc/"
awk -v dir="$tmp/doc" '
	/^```[a-z]+ [a-z]/ { file = $2; next }
	/^```/ { file = "" }
	file { print > (dir "/" file) }' docs/bisecting.md
run bash -c "cd '$tmp/doc' &&
	$(sed -n 's/^\$ \(build\/tests.*\|sh toy\.sh\)$/\1 \&\& \\/p' \
		docs/bisecting.md)
	true"
is "example: the ends and the repository" 0
run bash -c "cd '$tmp/doc/toy' && git bisect start HEAD HEAD~19 &&
	git bisect run sh ../toy-step.sh"
is "example: the right commit" 0 "bisect found first bad commit"
true_that "example: it is the thirteenth" \
	[ "$(git -C "$tmp/doc/toy" show -s --format=%s refs/bisect/bad)" = "change 13" ]
true_that "example: across two that say nothing" \
	[ "$(git -C "$tmp/doc/toy" for-each-ref 'refs/bisect/skip-*' | wc -l)" -eq 2 ]
done_testing
