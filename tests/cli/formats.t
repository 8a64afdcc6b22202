#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# formats.t - report --format: each against the text, the files, its readers
#
# tests/formats/check.py reads each format anew, as its description says, and
# computes what must be in it. The KTAP is shown to prove, the Go lines to
# benchstat where there are such; the page to a browser by slow/browser.t.

. tests/lib.sh
tool=$PWD/build/forkpath-analysis
data=$PWD/tests/data
shopt -s nullglob

# The distribution's python has the distribution's modules.
python=/usr/bin/python3
[ -x $python ] || python=python3
check() { "$python" -B tests/formats/check.py "$@"; }

bash "$data/make-quick" "$tmp/good"
bash "$data/make-quick" "$tmp/one" 1
nothing=$tmp/nothing	# no gnuplot in it
mkdir "$nothing"

make() { # FORMAT FOLDER FILE
	run "$tool" report "$2" --format "$1"
	printf '%s\n' "$out" >"$3"
}

for f in text markdown html ktap gobench hgrm kcidb json; do
	PATH=$nothing run "$tool" report "$tmp/good" --full --format $f
	printf '%s\n' "$out" | sed '/^forkpath-analysis: plots: gnuplot is/d' \
		>"$tmp/$f"
	is "$f: exit 0" 0
	true_that "$f: not empty" test -s "$tmp/$f"
done
"$tool" report "$tmp/good" --format text >/dev/null 2>&1
true_that "text: kept in report.txt" test -s "$tmp/good/report.txt"
true_that "markdown: kept in report.md" \
	cmp -s "$tmp/markdown" "$tmp/good/report.md"
true_that "html: kept in report.html" cmp -s "$tmp/html" "$tmp/good/report.html"
run "$tool" report "$tmp/good" --format pdf
is "unknown format" 2 "'pdf' is not one of: text markdown html"
true_that "unknown format: one line" test "$(wc -l <<<"$out")" -eq 1
run "$tool" report "$tmp/none" --format json
is "json of no folder" 2 "expected a results folder"

# --- the same words
run check html-text "$tmp/html" "$tmp/text"
is "html: every word of the text, in its order" 0
run check markdown-text "$tmp/markdown" "$tmp/text"
is "markdown: every word of the text, in its order" 0
true_that "html: the costs before the tables before how to repeat" bash -c \
	"tr -d '\n' <'$tmp/html' | grep -qE 'Creating a task.*Moving a thread group.*Creating a thread while.*\[create\].*\[size\].*\[stall\].*Not in the numbers.*<dt>repeat'"

# --- what a person reads, a program can read
lacking() { # TEXT JSON: numbers of the text that stand nowhere in the data
	comm -23 <(sed '/^All tables: /d' "$1" |
		grep -oE '[0-9]+([.][0-9]+)?' | sort -u) \
		<(grep -oE '[0-9]+([.][0-9]+)?' "$2" | sort -u)
}
PATH=$nothing "$tool" report "$tmp/good" >"$tmp/screen" 2>/dev/null
for f in text screen; do
	out=$(lacking "$tmp/$f" "$tmp/json")
	true_that "$f: every number is in the JSON" [ -z "$out" ]
done

# --- bold heads where somebody looks
if command -v script >/dev/null; then
	TERM=xterm script -qec "PATH='$nothing' '$tool' report '$tmp/good'" \
		/dev/null </dev/null | sed "/plots: gnuplot is/d" >"$tmp/tty"
	true_that "bold heads on a terminal" [ "$(grep -c $'^\033\[1m[A-Zq].*' \
		"$tmp/tty")" -eq "$(grep -cE '^(quick:|Creating|Moving|In short)' \
		"$tmp/screen")" ]
	out=$(sed $'s/\033\\[1*m//g; s/\r//' "$tmp/tty" | diff - "$tmp/screen")
	true_that "... and nothing else but a file has" [ -z "$out" ]
else
	skip "bold heads on a terminal" "script(1) is not installed"
fi
true_that "none in a file" bash -c "! grep -q $'\033' '$tmp/screen'"

cols() { # every row of a markdown table has as many cells as its head
	awk -F'|' '{ gsub(/\\\|/, "") } /^\|/ { if (n && NF != n && !/^\| \*\*/) {
		print; bad = 1 }; n = n ? n : NF; next } { n = 0 } END { exit bad }' "$1"
}
true_that "markdown: tables are whole" cols "$tmp/markdown"

# --- data
run check json "$tmp/json"
is "json: medians, counts, references" 0
make json "$tmp/one" "$tmp/one.json"
run check json "$tmp/one.json"
is "json: one repetition has no interval" 0
true_that "json: the report's pooled quantile" grep -q '"p99.9-ns": 30208' "$tmp/json"
true_that "json: the report's ratio" grep -q '"estimate": 1.20' "$tmp/json"
true_that "json: reasons" grep -q 'Device or resource busy' "$tmp/json"

run check gobench "$tmp/gobench" "$tmp/json"
is "gobench: medians of the report" 0
if command -v benchstat >/dev/null; then
	run benchstat -format csv "$tmp/gobench"
	is "gobench: benchstat reads it" 0
	true_that "gobench: benchstat's median" \
		grep -qE '^Clone/kind=thread/[^,]*,7.456e-06,' <<<"$out"
else
	skip "gobench: benchstat" "benchstat is not installed"
fi
# Two runs to be compared: what differs in their keys is what the output says
# benchstat has to ignore, or it makes two tables of them.
for l in base patched; do
	bash tests/data/make-boot "$tmp/$l" 1 label=$l kernel=6.18.$l
	sed -i "/^suite: /s/: .*/: $l/" "$tmp/$l"/q.sample
	make gobench "$tmp/$l" "$tmp/$l.go"
done
keys() { sed -n 's/^\([a-z]*\): .*/\1/p' | sort -u; }
ignore=$(sed -n 's/^# two columns: benchstat -ignore \([a-z,]*\) A B$/\1/p' \
	"$tmp/base.go" | tr , '\n')
out="ignored: $ignore
$(diff "$tmp/base.go" "$tmp/patched.go")"
true_that "gobench: two runs differ in keys" test -n \
	"$(sed -n 's/^[<>] //p' <<<"$out" | keys)"
true_that "gobench: all of them are ignored by the command it names" test -z \
	"$(comm -13 <(sort <<<"$ignore") <(sed -n 's/^[<>] //p' <<<"$out" | keys))"
true_that "gobench: and it is that of the manual" grep -qF -- \
	"-ignore $(paste -sd , <<<"$ignore") base.txt patched.txt" docs/formats.md
if command -v benchstat >/dev/null; then
	run benchstat -ignore "$(paste -sd , <<<"$ignore")" \
		-filter '.unit:cloner-p50-ns' "$tmp/base.go" "$tmp/patched.go"
	is "gobench: benchstat has them in two columns" 0 "vs base"
else
	skip "gobench: benchstat, two columns" "benchstat is not installed"
fi
# A name that ends like GOMAXPROCS: nothing of it may be lost.
cp -r "$tmp/good" "$tmp/digits"
sed -i 's/think=0.05/think=5e-02/g' "$tmp/digits/plan.tsv" "$tmp/digits/quick.sample"
sed -i -E 's/(think=[^ /]*)( |\/)by=procs( |\/)attachers=1/by=procs\2attachers=1\2\1/' \
	"$tmp/digits/plan.tsv" "$tmp/digits/quick.sample"
make gobench "$tmp/digits" "$tmp/digits.go"
make json "$tmp/digits" "$tmp/digits.json"
true_that "gobench: there is a name that ends in digits" \
	grep -q 'think=5e-02/end ' "$tmp/digits.go"
run check gobench "$tmp/digits.go" "$tmp/digits.json"
is "gobench: no name ends in -<digits>" 0

run check kcidb "$tmp/kcidb" "$tmp/json"
is "kcidb: numbers of the report, no nulls, ids once" 0
run check schema "$tmp/kcidb" "$data/kcidb-5.3.json"
if [ "$code" = 4 ]; then
	skip "kcidb: schema 5.3" "python3-jsonschema is not installed"
else
	is "kcidb: schema 5.3" 0
	sed 's/"status": "DONE"/"status": "GOOD"/' "$tmp/kcidb" >"$tmp/kcidb.bad"
	run check schema "$tmp/kcidb.bad" "$data/kcidb-5.3.json"
	is "kcidb: the schema refuses another status" 1
fi

# Of a campaign one document: two hosts, two kernels of one release. What is
# left of a slot that failed is no result.
slots=() one=()
for slot in n1/1 n1/2 n2/3 n2/4; do
	n=${slot#*/}
	bash "$data/make-boot" "$tmp/patch/slots/$slot" "$n" reps=2 \
		label=$((n % 2)) utc=2026-01-02T03:04:05Z
	sed -i "s/#1 SMP/#$((n % 2)) SMP/" "$tmp/patch/slots/$slot/meta.json"
	make kcidb "$tmp/patch/slots/$slot" "$tmp/slot$n.kcidb"
	slots+=("$tmp/patch/slots/$slot") one+=("$tmp/slot$n.kcidb")
done
cp -r "$tmp/patch/slots/n1/1" "$tmp/patch/slots/n1/5.failed"
cp -r "$tmp/patch/slots/n1/1" "$tmp/patch/slots/n1/6.new"
make kcidb "$tmp/patch" "$tmp/patch.kcidb"
is "kcidb of a campaign" 0 '"label": "0"' '"boot_id": "b4"'
run check campaign "$tmp/patch.kcidb" "${one[@]}"
is "kcidb of a campaign: the tests of its slots, every id once" 0
true_that "kcidb of a campaign: one checkout, two builds" [ "$(grep -c \
	'"valid": true\|"checkout_id"' "$tmp/patch.kcidb")" -eq 3 ]
run check schema "$tmp/patch.kcidb" "$data/kcidb-5.3.json"
if [ "$code" = 4 ]; then
	skip "kcidb of a campaign: schema 5.3" "python3-jsonschema is not installed"
else
	is "kcidb of a campaign: schema 5.3" 0
fi
run "$tool" report "${slots[@]}" --format kcidb
true_that "kcidb of its slots: the same" [ "$out" = "$(<"$tmp/patch.kcidb")" ]
mv "$tmp/patch/slots/n2/4/meta.json" "$tmp/meta"
echo '{' >"$tmp/patch/slots/n2/4/meta.json"
run "$tool" report "$tmp/patch" --format kcidb
is "kcidb of a campaign: a slot that cannot be read" 2 n2/4/meta.json
true_that "kcidb of a campaign: only said" [ "$(wc -l <<<"$out")" -eq 1 ]
run "$tool" report "$tmp/good" "$tmp/one"
is "two folders for a person" 2 "2 folders given; expected one"

# --- KTAP
ktap() { # FILE: version lines, plans, numbers, directives
	awk '
	function bad(why) { print NR ": " why ": " $0; err = 1 }
	NR == 1 && $0 != "KTAP version 1" { bad("version line") }
	NR == 2 && !/^1\.\.[0-9]+$/ { bad("plan") }
	NR == 2 { plan = substr($0, 4) }
	/^  KTAP version 1$/ { sub_ = 0; getline
		if (!/^  1\.\.[0-9]+$/) bad("plan"); sub_plan = substr($0, 6); next }
	/^  (not )?ok / { n = $1 == "not" ? $3 : $2
		if (n != ++sub_) bad("number")
		if ($0 !~ / # / || gsub(/#/, "#") > 1 && !/SKIP|failed|void/)
			bad("data"); if ($1 == "not") fail = 1; next }
	/^(not )?ok / { n = $1 == "not" ? $3 : $2
		if (n != ++top) bad("number")
		if (sub_ != sub_plan) bad("tests of the part")
		if (($1 == "not") != fail) bad("verdict of the part")
		fail = 0; next }
	NR > 2 && !/^#/ { bad("line") }
	END { if (top != plan) bad("parts"); exit err }' "$1"
}
run ktap "$tmp/ktap"
is "ktap: as the description says" 0
true_that "ktap: numbers" grep -qE '^  ok [0-9]+ clone/kind=thread/.* # p50=74[0-9]{2}ns ci95=[0-9]+\.\.[0-9]+ns p99=[0-9]+ns n=6$' "$tmp/ktap"
true_that "ktap: skipped points" test "$(grep -c '# SKIP hierarchy v1-memory' "$tmp/ktap")" -eq 8
true_that "ktap: a failed repetition" grep -qE '^  not ok .* plan line [0-9]+ # failed: .*busy' "$tmp/ktap"
true_that "ktap: a void repetition" grep -qE '^  not ok .* # void: .*4712 reported' "$tmp/ktap"
if command -v prove >/dev/null; then
	run prove -e cat "$tmp/ktap"
	is "ktap: prove sees two parts that failed" 1 "Failed 2/4 subtests"
	make ktap "$tmp/one" "$tmp/one.ktap"
	run prove -e cat "$tmp/one.ktap"
	is "ktap: prove accepts it" 0 "Result: PASS"
else
	skip "ktap: prove" "perl's prove is not installed"
fi
cp -r "$tmp/good" "$tmp/cut"
sed -i '/^# line 40 /,$d' "$tmp/cut/quick.sample"
make ktap "$tmp/cut" "$tmp/cut.ktap"
run ktap "$tmp/cut.ktap"
is "ktap: of a run that was stopped" 0

# --- HdrHistogram
true_that "hgrm: the names are the files" diff <(sort "$tmp/hgrm") \
	<(cd "$tmp/good" && printf '%s\n' hgrm/*.hgrm | sort)
line() { # OPTIONS: .lat files of this point
	awk -F'\t' -v p="$1" '$10 == p { printf "%s/lat/%04d.lat\n", d, $1 }' \
		d="$tmp/good" "$tmp/good/plan.tsv"
}
mapfile -t thread < <(line 'kind=thread siblings=0 cloners=1 group=own until=exit')
run check hgrm "$tmp"/good/hgrm/*-create-clone-thread-cloner.hgrm "${thread[@]}"
is "hgrm: rows are of the buckets" 0
mapfile -t stall < <(line 'kind=thread victims=inside cloners=1 attachers=1 threads=10 hierarchy=v2 think=0.05 period=0')
for role in cloner attacher; do
	run check hgrm "$tmp"/good/hgrm/*-inside-0.05-$role.hgrm "${stall[@]}"
	is "hgrm: of the role $role" 0
done
cp -r "$tmp/good" "$tmp/link"
rm -r "$tmp/link/hgrm"
mkdir "$tmp/elsewhere"
ln -s "$tmp/elsewhere" "$tmp/link/hgrm"
run "$tool" report "$tmp/link" --format hgrm
is "hgrm: a link is not followed" 1 "link/hgrm: "
true_that "hgrm: nothing is written there" test -z "$(ls "$tmp/elsewhere")"

# --- words that would break a format
cp -r "$tmp/good" "$tmp/evil"
sed -i '/"label"/d' "$tmp/evil/meta.json"
cat >"$tmp/label" <<'END'
 "label": "</title></dd><script>alert(1)</script> & \"q\" | `c` *b* <!-- [x](y) \\",
END
sed -i "1r $tmp/label" "$tmp/evil/meta.json"
sed -i "s#Device or resource busy#<b onclick=\"x\"> \&amp; 'y' \# SKIP | \xe2\x82\xac#" "$tmp/evil/quick.sample"
sed -i 's/^# title .*/# title <i>\xff "T" | # TODO/' "$tmp/evil/plan.tsv"
for f in text markdown html ktap gobench kcidb json; do
	PATH=$nothing run "$tool" report "$tmp/evil" --full --format $f
	printf '%s\n' "$out" | sed '/^forkpath-analysis: plots: gnuplot is/d' \
		>"$tmp/evil.$f"
	is "hostile words: $f" 0
done
true_that "hostile words: they are there" grep -q 'script>alert(1)' "$tmp/evil.text"
run check html "$tmp/evil.html"
is "hostile words: html is whole, with no script but its own" 0
run check html-text "$tmp/evil.html" "$tmp/evil.text"
is "hostile words: html shows them" 0
run check markdown-text "$tmp/evil.markdown" "$tmp/evil.text"
is "hostile words: markdown shows them" 0
true_that "hostile words: markdown's tables are whole" cols "$tmp/evil.markdown"
run check json "$tmp/evil.json"
is "hostile words: json" 0
run check kcidb "$tmp/evil.kcidb" "$tmp/evil.json"
is "hostile words: kcidb" 0
run check gobench "$tmp/evil.gobench" "$tmp/evil.json"
is "hostile words: gobench" 0
run ktap "$tmp/evil.ktap"
is "hostile words: ktap" 0

sed -i 's/x86_64/X86 64/; s/"utc": .*/"utc": "yesterday"/' "$tmp/evil/meta.json"
make kcidb "$tmp/evil" "$tmp/evil.kcidb"
run check schema "$tmp/evil.kcidb" "$data/kcidb-5.3.json"
if [ "$code" = 4 ]; then
	skip "hostile conditions: kcidb" "python3-jsonschema is not installed"
else
	is "hostile conditions: kcidb" 0
fi

# --- nothing measured at all
bash "$data/make-quick" "$tmp/nil" 1
sed -i '/^# line/,$d' "$tmp/nil/quick.sample"
for f in text markdown html ktap gobench hgrm kcidb json; do
	PATH=$nothing run "$tool" report "$tmp/nil" --full --format $f
	printf '%s\n' "$out" | sed '/^forkpath-analysis: plots: gnuplot is/d' \
		>"$tmp/nil.$f"
	is "nothing measured: $f" 0
done
run check html-text "$tmp/nil.html" "$tmp/nil.text"
is "nothing measured: html says so" 0
run check json "$tmp/nil.json"
is "nothing measured: json" 0
run check kcidb "$tmp/nil.kcidb" "$tmp/nil.json"
is "nothing measured: kcidb" 0
true_that "nothing measured: kcidb calls it MISS" grep -q '"MISS"' "$tmp/nil.kcidb"
run ktap "$tmp/nil.ktap"
is "nothing measured: ktap" 0

# --- the page with its figures
if command -v gnuplot >/dev/null; then
	run "$tool" report "$tmp/good" --format html
	cp "$tmp/good/report.html" "$tmp/page.html"
	is "page: exit 0" 0
	run check html "$tmp/page.html"
	is "page: whole, every id once, nothing from elsewhere" 0
	out=$(grep -cE "L([0-9.]+),[0-9.]+ L\\1,| L[0-9.]+,([0-9.]+) L[0-9.]+,\\2 " "$tmp/page.html")
	true_that "page: a step is one number" [ "$out" = 0 ]
	out=$(grep -cE 'V[0-9.]+H[0-9.]+V' "$tmp/page.html")
	true_that "page: ... and there are steps" [ "$out" -gt 0 ]
	n=$(grep -c '<svg role="img"' "$tmp/page.html")
	true_that "page: a figure for each in plots/" test "$n" -eq \
		"$(find "$tmp/good/plots" -name '*.svg' | wc -l)"
	true_that "page: nothing else is left in plots/" \
		test -z "$(find "$tmp/good/plots" -name '*-page*')"
	rm -rf "$tmp/ro"
	cp -r "$tmp/good" "$tmp/ro"
	rm -r "$tmp/ro/plots" "$tmp/ro/report.html"
	ln -s "$tmp/elsewhere" "$tmp/ro/plots"
	"$tool" report "$tmp/ro" --format html >"$tmp/ro.html" 2>/dev/null
	true_that "page: its figures do not need the folder" test "$n" -eq \
		"$(grep -c '<svg role="img"' "$tmp/ro.html")"
else
	skip "page" "gnuplot is not installed"
fi

done_testing
