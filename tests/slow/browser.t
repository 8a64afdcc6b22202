#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# browser.t - the page of a report and a site, as a real browser shows them
#
# Wide and narrow, light and dark: nothing sticks out, all is legible, tables
# are sorted by a click, links are reached by keyboard.

. tests/lib.sh
. tests/formats/browse.sh

tool=$PWD/build/forkpath-analysis

page() { # TEXT: the first page of the site that has it as a title
	grep -l "<title>$1" "$tmp"/public/*.html | head -n 1
}

"$tool" site "$tmp/public" results/reference >/dev/null
why=''
if [ -z "$browser" ]; then
	why="no chromium here"
else
	chrome "$tmp/public/index.html" >"$tmp/dom"
	[ -s "$tmp/dom" ] || why="$browser does not start here"
fi
if [ "$why" ]; then
	skip "browser" "$why"
	done_testing
	exit
fi

# --- the site of the reference results
out=$(cat "$tmp/dom")
true_that "site: it opens from its file, and its script runs" \
	grep -q '<button>kernels</button>' <<<"$out"
# A copy that wants a picture from elsewhere, and has a broken script: told.
sed 's|</body>|<img src="https://x.invalid/a.png"><script>none()</script>&|' \
	"$tmp/public/index.html" >"$tmp/broken.html"
chrome "$tmp/broken.html" >/dev/null
out=$(console)
true_that "site: the console says what a page may not" [ "$(grep -c \
	"violates the following Content Security Policy" <<<"$out")" -ge 2 ]
chart=$(grep -l '<p>exact mode, matrix/matrix.tsv</p>' "$tmp"/public/*.html)
for p in "$tmp/public/index.html" "$chart" "$(page 'clone kind=thread')"; do
	name=$(basename "$p" .html) name=${name%%-*}
	chrome "$p" >"$tmp/dom"
	out=$(console)
	true_that "site, $name: nothing wanted from elsewhere, no error" \
		[ -s "$tmp/dom" -a -z "$out" ]
	for w in 390 1200; do for mode in light dark; do
		browse "$p" $w $mode
		t="site, $name, $w px, $mode"
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
	done; done
done
if ! command -v gnuplot >/dev/null; then
	skip "figures in a browser" "gnuplot is not installed"
	done_testing
	exit
fi
browse "$chart" 390 light
that "site: a figure for each series" \
	"$(value svgs) == 12 && $(value svg_width) > 300 && $(value svg_right) <= 390"
that "site: letters of figures are legible" "$(value svg_text) >= 9"

# --- a report with its figures
bash tests/data/make-quick "$tmp/good"
"$tool" report "$tmp/good" --format html >"$tmp/page.html" 2>/dev/null
n=$(grep -c '<svg role="img"' "$tmp/page.html")
for w in 390 1200; do for mode in light dark; do
	browse "$tmp/page.html" $w $mode
	t="report, $w px, $mode"
	that "$t: shown so wide" "$(value inner) == $w"
	that "$t: nothing sticks out" "$(value scroll) <= $(value inner)"
	that "$t: the figures have a size" \
		"$n > 0 && $(value svgs) == $n && $(value svg_width) > 300 && $(value svg_height) > 200 && $(value svg_right) <= $w"
	that "$t: letters of figures are legible" "$(value svg_text) >= 9"
	that "$t: letters of the page are legible" "$(value font) >= 16"
	that "$t: a table is sorted by a click" \
		"$(value sorted) == 1 && $(value turned) == 1"
	that "$t: every table and figure has a name" \
		"$(value titles) == 1 && $(value nameless) == 0"
	that "$t: text is told from its ground" "$(value contrast) >= 7"
	if [ $mode = dark ]; then
		that "$t: it is dark" "$(value dark) == 1 && $(value page) < 60"
		true_that "$t: so are the figures" \
			grep -q '^filter=invert' "$tmp/measured"
	else
		that "$t: it is light" "$(value dark) == 0 && $(value page) > 200"
	fi
	[ $w != 390 ] || that "$t: wide tables scroll by themselves" \
		"$(value wide) >= 1"
done; done
done_testing
