#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# site.t - results folders as pages: what they say, where they lead, and that
# nothing is written elsewhere
#
# The folders are invented by tests/gen/results with a speed that is known.

. tests/lib.sh

tool=$PWD/build/forkpath-analysis
gen=$PWD/build/tests/gen/results
python=$(command -v python3)

check() { "$python" -B tests/formats/check.py "$@"; }
words() { # FILE: without tags
	sed 's/<style>.*//; s/<[^>]*>/ /g; s/&gt;/>/g; s/&amp;/\&/g' "$1"
}
page() { # TEXT [DIR]: the page that has it as a title
	grep -l "<title>$1" "${2:-$tmp/site}"/*.html
}
links() { grep -o 'href="[^#"]*"' "$1" | cut -d'"' -f2 | sort -u; }

# --- two hosts, four kernels of three boots each, 4 % slower from the third on
mkdir "$tmp/tree" "$tmp/fleet" "$tmp/apart"
n=0
for k in 6.9.0 6.10.0 6.12.0 6.18.0; do
	for host in box bay; do for _ in 1 2 3; do
		n=$((n + 1)) p50=7000
		case $k in 6.1[28].0) p50=7280 ;; esac
		[ $host = box ] || p50=$((p50 * 12 / 10))
		"$gen" --out "$tmp/tree/$n" --kernel $k --p50 $p50 --points 2 \
			--boot-sd 0.004 --seed $n --host $host --label l \
			--utc "2026-01-$(printf %02d $n)T00:00:00Z"
	done; done
done
"$tool" query "$tmp/tree" >/dev/null	# its index is a table of another kind
run "$tool" site "$tmp/site" "$tmp/tree"
is "a site" 0 "$tmp/site/index.html"
run check site "$tmp/site"
is "every link leads to a page of it, every page can be reached" 0
out=$(words "$tmp/site/index.html" | tr -s ' \n' ' ')
true_that "the first page counts" grep -qF \
	"question kernels hosts boots series steps" <<<"$out"
true_that "four kernels, two hosts, 24 boots, two series, a step in each" \
	grep -qE ' invented 4 2 24 2 2 ' <<<"$out"
history=$(page 'invented: forkpath')
run words "$history"
is "a page of the question" 0 "[create] clone kind=thread siblings=1" \
	"hosts" "machines are one series"
true_that "the step is found although hosts differ by a fifth" \
	[ "$(grep -cE '^ +> +6\.12\.0 .*\+[345]\.[0-9]% p=0' <<<"$out")" -eq 2 ]
true_that "and no other" [ "$(grep -cE '^ +> +6' <<<"$out")" -eq 2 ]
true_that "it leads to one comparison" [ "$(links "$history" |
	grep -vc index.html)" -eq 1 ]
compared=$tmp/site/$(links "$history" | grep -v index.html)
run words "$compared"
is "the comparison of both kernels" 0 "invented: 6.10.0 -> 6.12.0" slower
true_that "has a way back" [ "$(links "$compared")" = "${history##*/}" ]
mapfile -t first < <(cd "$tmp/site" && sha256sum -- *)
run "$tool" site "$tmp/site/" "$tmp/tree"
is "once more" 0
true_that "gives the same bytes" [ "${first[*]}" = \
	"$(cd "$tmp/site" && sha256sum -- * | paste -sd' ')" ]

# A host that ran the later kernels only: its slowness is not the kernel's.
for k in 6.9.0 6.10.0 6.12.0 6.18.0; do
	for host in box bay; do
		case $host$k in bay6.9.0|box6.18.0) continue ;; esac
		for _ in 1 2 3; do
			n=$((n + 1)) p50=7000
			[ $host = box ] || p50=8400
			"$gen" --out "$tmp/fleet/$n" --kernel $k --p50 $p50 \
				--boot-sd 0.004 --seed $n --host $host
		done
	done
done
run "$tool" history "$tmp/fleet" --hosts together
is "hosts together" 0 "1 series" "machines are one series"
true_that "a slow host is no change of a kernel" \
	[ "$(grep -c '^  >  6' <<<"$out")" -eq 0 ]
run "$tool" history "$tmp/fleet"
is "hosts apart" 0 "2 series" "on bay" "on box"

# Nobody ran both kernels: said, where a comparison would be.
for i in 1 2 3 4 5 6 7; do
	"$gen" --out "$tmp/apart/$i" --kernel 6.9.0 --seed $i --host old
	"$gen" --out "$tmp/apart/1$i" --kernel 6.18.0 --seed 1$i --host new \
		--p50 9000
done
run "$tool" site "$tmp/site2" "$tmp/apart"
is "hosts that share no kernel" 0
out=$(cat "$tmp"/site2/*.html)
true_that "cannot be compared" grep -qF "No host ran both kernels" <<<"$out"

# --- what is not written to
mkdir "$tmp/mine"
echo precious >"$tmp/mine/index.html"
refused() { # NAME WORDS
	is "$1" 2 "$2"
	true_that "$1: one line" [ "$(wc -l <<<"$out")" -eq 1 ]
}
run "$tool" site "$tmp/mine" "$tmp/tree"
refused "a folder that is no site" "$tmp/mine: is there and no site"
true_that "stays as it was" [ "$(cat "$tmp/mine"/*)" = precious ]
ln -s "$tmp/site2" "$tmp/link"
for dir in "$tmp/link" "$tmp/link/"; do
	run "$tool" site "$dir" "$tmp/tree"
	refused "a link to one ($dir)" "link"
done
touch "$tmp/file"
run "$tool" site "$tmp/file" "$tmp/tree"
refused "a file" "$tmp/file: Not a directory"
run "$tool" site "$tmp/none/site" "$tmp/tree"
refused "no folder to make it in" "No such file or directory"
run "$tool" site "$tmp/site3" "$tmp/mine"
refused "no results" "plan.tsv is not there"
true_that "no results, no site" [ ! -e "$tmp/site3" ]
run "$tool" site "$tmp/site"
refused "nothing but the site" "1 folder given"

# --- done anew: what is no page any more goes, what is somebody's stays
echo mine >"$tmp/site/about.html"
ln -sf "$tmp/mine/index.html" "$tmp/site/index.html"
printf '../mine/index.html\n' >>"$tmp/site/forkpath-site.txt"
run "$tool" site "$tmp/site" "$tmp/apart"
is "of other results" 0
true_that "the old pages are gone" [ ! -e "$compared" ]
true_that "what is not of the site is there" grep -qx mine \
	"$tmp/site/about.html"
true_that "a link is replaced, not followed" [ ! -L "$tmp/site/index.html" -a \
	"$(cat "$tmp/mine/index.html")" = precious ]

# --- words that would break a page, or out of the folder
cp -r "$tmp/apart" "$tmp/evil"
for f in "$tmp"/evil/?/meta.json; do
	sed -i 's#"6\.9\.0"#"../../x=/etc,<script>alert(1)</script>"#
		s#"host": "[^"]*"#"host": "\\"><img src=x onerror=alert(1)>"#
		s#"schema"#"cpu": {"model": "</title><script>alert(2)</script>"},\n&#' \
		"$f"
done
for f in "$tmp"/evil/1?/meta.json; do
	sed -i 's#"host": "[^"]*"#"host": "\\"><img src=x onerror=alert(1)>"#
		s#"schema"#"cpu": {"model": "</title><script>alert(2)</script>"},\n&#' \
		"$f"
done
before=$(find "$tmp" -path "$tmp/evil-site" -prune -o -print | sort)
run "$tool" site "$tmp/evil-site" "$tmp/evil"
is "hostile words" 0
run check site "$tmp/evil-site"
is "hostile words: whole pages, with no script but their own" 0
true_that "hostile words: they are there" grep -q "script&gt;alert(2)" \
	"$tmp/evil-site/index.html"
true_that "hostile words: names of files are plain" [ -z "$(find \
	"$tmp/evil-site" -mindepth 1 | grep -vE '/[a-z0-9-]+\.(html|txt)$')" ]
true_that "hostile words: nothing is elsewhere" [ "$(find "$tmp" -path \
	"$tmp/evil-site" -prune -o -print | sort)" = "$before" ]

# --- the reference results of this repository
reference=results/reference
run "$tool" site "$tmp/public" $reference
is "the reference is published" 0
run check site "$tmp/public"
is "the reference: every link leads somewhere" 0
matrix=$(grep -l '<p>exact mode, matrix/matrix.tsv</p>' "$tmp"/public/*.html)
run words "$matrix"
is "the matrix has a page" 0 "clone kind=thread siblings=0 until=exit" \
	"attach threads=512" "counted, so nothing is estimated"
true_that "with the numbers of the table" [ "$(awk -F'\t' '$2 == "default" &&
	$3 == "thread" { print $6 }' $reference/matrix/matrix.tsv)" = \
	"$(sed -n '/id=.*clone kind=thread siblings=0 until=exit</,/<\/table>/p' \
	"$matrix" | sed -n 's|.*-amd64</td><td>1</td><td>\([0-9]*\)<.*|\1|p')" ]
functions() { # A B: the page behind thread's step, as "FUNCTION CHANGE"
	words "$(page "clone kind=thread siblings=0: $1 -.gt; $2" "$tmp/public" |
		head -n 1)" | awk 'NF == 4 && $4 ~ /^[-+][0-9]+$/ { print $1, $4 }'
}
# The same rows as docs/history-of-the-fork-path.md has.
want=$(lab/matrix steps $reference/matrix/thread.tsv |
	sed -n 's/^| 6.12.117 to 6.16.12 | [^|]* | \(.*\) |$/\1/p' |
	tr -d '`' | sed 's/, /\n/g')
out=$(functions 6.12.117 6.16.12)
true_that "a step leads to its functions" [ -n "$want" -a \
	"$(head -n 10 <<<"$out" | sort)" = "$(sort <<<"$want")" ]

# --- in a browser
. tests/formats/browse.sh
if [ -z "$browser" ]; then
	skip "browser" "no chromium here"
else
	chrome "$tmp/public/index.html" >"$tmp/dom"
	if [ ! -s "$tmp/dom" ]; then
		skip "browser" "$browser does not start here"
	else
	out=$(cat "$tmp/dom")
	true_that "browser: it opens from its file, and its script runs" \
		grep -q '<button>kernels</button>' <<<"$out"
	# A copy that wants a picture from elsewhere, and has a broken script: told.
	sed 's|</body>|<img src="https://x.invalid/a.png"><script>none()</script>&|' \
		"$tmp/public/index.html" >"$tmp/broken.html"
	chrome "$tmp/broken.html" >/dev/null
	out=$(console)
	true_that "browser: its console says what a page may not" [ "$(grep -c \
		"violates the following Content Security Policy" <<<"$out")" -ge 2 ]
	chart=$(grep -l '<p>exact mode, matrix/matrix.tsv</p>' \
		"$tmp"/public/*.html)
	for p in index "$(basename "$chart" .html)" \
		 "$(basename "$(page 'clone kind=thread' "$tmp/public" |
			head -n 1)" .html)"; do
	chrome "$tmp/public/$p.html" >"$tmp/dom"
	out=$(console)
	true_that "browser, ${p%%-*}: shown, nothing wanted from elsewhere, no error" \
		[ -s "$tmp/dom" -a -z "$out" ]
	for w in 390 1200; do for mode in light dark; do
		browse "$tmp/public/$p.html" $w $mode
		t="browser, ${p%%-*}, $w px, $mode"
		that "$t: shown so wide" "$(value inner) == $w"
		out=$(console)
		true_that "$t: no error" [ -z "$out" ]
		that "$t: nothing sticks out" \
			"$(value scroll) <= $(value inner)"
		that "$t: letters are legible" "$(value font) >= 16"
		that "$t: text is told from its ground" "$(value contrast) >= 7"
		that "$t: a table is sorted by a click" \
			"$(value sorted) == 1 && $(value turned) == 1"
		that "$t: links are reached by keyboard" \
			"$(value links) > 0 && $(value unreachable) == 0"
		that "$t: every table and figure has a name" \
			"$(value titles) == 1 && $(value nameless) == 0"
		that "$t: $mode" \
			"$(value dark) == $([ $mode = dark ] && echo 1 || echo 0)"
	done; done; done
	if command -v gnuplot >/dev/null; then
		browse "$chart" 390 light
		that "browser: a figure for each series" \
			"$(value svgs) == 12 && $(value svg_width) > 300 && $(value svg_right) <= 390"
		that "browser: letters of figures are legible" \
			"$(value svg_text) >= 9"
	else
		skip "browser: figures" "gnuplot is not installed"
	fi
	fi
fi
done_testing
