#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# layers.t - what may include and call what, and how large a piece may be
#
# Dependencies go downwards: analysis (verbs), doc, answer, stats, model,
# common, lib; anatomy beside analysis. What is against a rule today stands in
# tests/cli/layers.known, one line each. That list may only shrink: what is
# new fails, and so does a line that is no longer needed. LAYERS_LIST=1 prints
# what the list would have to be.

. tests/lib.sh

known=tests/cli/layers.known
dirs=(common analysis/model analysis/stats analysis/answer analysis/doc
	analysis anatomy)

# Includes and calls against the order: "include FILE FILE", "call FILE FILE";
# files that call each other in a circle: "circle FILE"; what another file
# uses and whose name does not say where it is from: "name FILE SYMBOL".
uses() {
	local d f sources=() objects=() beside=()

	for d in "${dirs[@]}"; do
		sources+=("$d"/*.[ch])
		for f in "$d"/*.c; do objects+=("build/${f%.c}.o"); done
	done
	for f in runner/*.c lab/*.c; do
		[ ! -f "build/${f%.c}.o" ] || beside+=("build/${f%.c}.o")
	done
	grep -H '^#include "' "${sources[@]}" |
		sed -n 's|^\([^:]*\):#include "\([^"]*\)".*|include \1 \2|p'
	nm -A "${objects[@]}" | sed -nE '
		s|^build/(.*)\.o:.* [TDBRC] ([a-z].*)|defines \1.c \2|p
		s|^build/(.*)\.o: +U ([a-z].*)|needs \1.c \2|p'
	# Of those beside them only what they need of common/.
	nm -A "${beside[@]}" |
		sed -nE 's|^build/(.*)\.o: +U ([a-z].*)|needs \1.c \2|p'
}

judge_uses() {
	awk '
	BEGIN {
		rank_of["common"] = 1
		rank_of["analysis/model"] = 2
		rank_of["analysis/stats"] = 3
		rank_of["analysis/answer"] = 4
		rank_of["analysis/doc"] = 5
		rank_of["analysis"] = rank_of["anatomy"] = 6
		rank_of["runner"] = rank_of["lab"] = 6
	}
	function rank(f) { sub("/[^/]*$", "", f); return rank_of[f] }
	function beside(f, g) { return (f ~ /^anatomy/) != (g ~ /^anatomy/) }
	function stem(f) { sub(".*/", "", f); sub("[.][ch]$", "", f); return f }
	function shown(f) { sub("^analysis/", "", f); return f }
	# Does SYMBOL begin as its file does, up to the first dash?
	function says(symbol, f,    s) {
		s = stem(f)
		sub("-.*", "", s)
		sub("s$", "", s)
		return index(symbol, s) == 1
	}
	{ line[NR] = $0 }
	$1 == "defines" { home[$3] = $2 }
	END {
		list = "ls common/*.h analysis/*.h analysis/*/*.h anatomy/*.h"
		while ((list | getline f) > 0)
			header[substr(f, match(f, "[^/]*$"))] = f
		for (i = 1; i <= NR; i++) {
			split(line[i], w, " ")
			if (w[1] == "include") {
				to = header[w[3]]
				what = "include"
			} else if (w[1] == "needs") {
				to = home[w[3]]
				what = "call"
				if (to != "" && to != w[2]) {
					calls[w[2], to] = 1
					file[w[2]] = file[to] = 1
					if (!says(w[3], to))
						bad["name " shown(to) " " w[3]] = 1
				}
			} else {
				continue
			}
			if (to == "" || to == w[2])
				continue
			if (rank(to) > rank(w[2]) ||
			    (rank(to) == 6 && beside(to, w[2])))
				bad[what " " shown(w[2]) " " shown(to)] = 1
		}
		# Who calls nobody, or is called by nobody, is in no circle.
		do {
			gone = 0
			for (f in file) {
				out = in_ = 0
				for (g in file) {
					out += (f, g) in calls
					in_ += (g, f) in calls
				}
				if (!out || !in_) {
					for (g in file) {
						delete calls[f, g]
						delete calls[g, f]
					}
					delete file[f]
					gone = 1
				}
			}
		} while (gone)
		for (f in file)
			bad["circle " shown(f)] = 1
		for (b in bad)
			print b
	}'
}

sizes() {
	local d sources=()

	for d in "${dirs[@]}"; do sources+=("$d"/*.[ch]); done
	awk '
	FNR == 1 {
		f = FILENAME
		sub("^analysis/", "", f)
		begin = 0
	}
	FNR == 601 { print "large " f }
	/^[a-zA-Z].*\(/ && !/;$/ {
		name = $0
		sub("\\(.*", "", name)
		sub(".*[ *]", "", name)
	}
	/^\{/ { begin = FNR }
	/^\}/ && begin {
		if (FNR - begin - 1 > 60)
			print "long " f " " name
		begin = 0
	}' "${sources[@]}"
}

# "unused FILE FUNCTION": nobody calls it, tests apart.
unused() {
	awk '
	$1 == "defines" { home[$3] = $2 }
	$1 == "needs" { needed[$3] = 1 }
	END { for (s in home) if (!(s in needed)) print home[s], s }' "$tmp/uses" |
	while read -r f s; do
		[ "$s" = main ] || [ "$(grep -hwc "$s" "$f")" -gt 1 ] ||
			echo "unused ${f#analysis/} $s"
	done
}

uses >"$tmp/uses"
now=$( { judge_uses <"$tmp/uses"; sizes; unused; } | LC_ALL=C sort -u)
if [ -n "${LAYERS_LIST:-}" ]; then
	echo "$now"
	exit
fi
listed=$(grep -v '^#' $known | LC_ALL=C sort -u)

rule() { # KIND NAME
	out=$(LC_ALL=C comm -23 <(grep "^$1 " <<<"$now") \
		<(grep "^$1 " <<<"$listed"))
	true_that "$2" [ -z "$out" ]
}
rule include "no file includes what is above its layer"
rule call "no file calls what is above its layer"
rule circle "no files call each other in a circle"
rule name "what other files use is called as its file is"
rule unused "nothing that nobody calls"
rule large "no file of more than 600 lines"
rule long "no function of more than 60 lines"
out=$(LC_ALL=C comm -13 <(echo "$now") <(echo "$listed"))
true_that "$known has no line that is no longer needed" [ -z "$out" ]
done_testing
