# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # those of tests/lib.sh
#
# browse.sh - a page as a real browser shows it: . tests/formats/browse.sh
#
# $browser is the browser, empty if there is none.

browser=
for b in chromium chromium-browser google-chrome; do
	command -v $b >/dev/null && { browser=$b; break; }
done

# What the page is when its script has run.
chrome() { # [OPTION]... FILE
	rm -rf "$tmp/profile"
	timeout -k 5 90 "$browser" --headless --no-sandbox --disable-gpu \
		--disable-quic --no-first-run --disable-sync \
		--disable-background-networking --disable-component-update \
		--user-data-dir="$tmp/profile" --hide-scrollbars \
		--window-size=1400,1000 --enable-logging=stderr \
		"${@:1:$#-1}" \
		--dump-dom "file://${*: -1}" 2>"$tmp/browser.err"
}

# What the page told the browser's console: errors, and whatever it wanted from
# elsewhere, as its policy allows nothing.
console() {
	sed -n 's/.*:CONSOLE[^]]*\] *//p' "$tmp/browser.err"
}

# A window is never narrower than 500 px, a frame is as wide as it is told.
browse() { # PAGE WIDTH light|dark: measured values in $tmp/measured
	local scheme=1

	[ "$3" = light ] || scheme=0
	# Scripts are forbidden to the page; the copy that is measured has one.
	{ sed '/http-equiv="Content-Security-Policy"/d; /^<\/body>/,$d' \
		"$1"; cat tests/formats/measure.html; } >"$tmp/measured.html"
	{
		printf '%s\n' '<!DOCTYPE html><html><head>' \
			'<style>:root { color-scheme: light dark }</style>' \
			'</head><body><pre id="measured"></pre>'
		printf '<iframe style="border:0;width:%dpx;height:900px" srcdoc="' \
			"$2"
		sed 's/&/\&amp;/g; s/"/\&quot;/g' "$tmp/measured.html"
		printf '%s\n' '"></iframe></body></html>'
	} >"$tmp/frame.html"
	chrome --blink-settings=preferredColorScheme=$scheme "$tmp/frame.html" |
		sed -n 's/.*<pre id="measured">//; /^[a-z_]*=/p' >"$tmp/measured"
}
value() { sed -n "s/^$1=//p" "$tmp/measured"; }
that() { # NAME EXPRESSION with $values
	out=$(cat "$tmp/measured") code=-
	awk "BEGIN { exit !($2) }" 2>/dev/null
	result $? "$1"
}
