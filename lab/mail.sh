# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# mail.sh - what goes into the mail, of what lab/try has found: . lab/mail.sh
#
# Everything is read from files, so that it can be written again:
#
#   exact_rows     a report of lab/exact -> lines with tabs: row NAME BASE
#                  CHANGE FUNCTIONS; same N OF; left N
#   exact_says     these -> the table and what it means
#   exact_short    these -> a few words
#   stress_says    KTAP of ./run.sh stress -> what it means
#
# At most 72 columns.

exact_rows() { # REPORT
	awk -v OFS='\t' '
	/^  operation +base/ { table = 1; next }
	match($0, /same code in [0-9]+ of [0-9]+/) {
		split(substr($0, RSTART, RLENGTH), w, " ")
		print "same", w[4], w[6]
		table = 0
	}
	/^ *[0-9]+ operations left out/ { print "left", $1; table = 0 }
	/^ *state: / { table = 0 }
	!table { next }
	/: / {
		at = index($0, ": ")
		full[++m] = substr($0, 3, at - 3)
		where[m] = substr($0, at + 2)
		next
	}
	!m && NF > 5 && $(NF - 4) ~ /^[0-9]+$/ {
		base[++n] = $(NF - 4)
		change[n] = $(NF - 3)
		name[n] = $0
		sub(/ +[0-9]+( +[-+][0-9.]+)+$/, "", name[n])
		sub(/^ +/, "", name[n])
		next
	}
	m { sub(/^ +/, ""); where[m] = where[m] " " $0 }
	END {
		for (i = 1; i <= n; i++) {
			if (n == m)
				name[i] = full[i]
			sub(/ kind=/, " ", name[i])
			print "row", name[i], base[i], change[i], where[i]
		}
	}' "$1"
}

# What a set of rows says; of it the table, the words, or both.
exact_text() { # ROWS short|table
	awk -F '\t' -v how="$2" '
	function one(v) {
		v = sprintf("%.2f", v < 0 ? -v : v)
		sub(/\.?0+$/, "", v)
		return v
	}
	function amount(low, high,  t) {
		if (low < 0 && high > 0)
			return one(low) " fewer to " one(high) " more"
		t = high > 0 ? "more" : "fewer"
		if (high <= 0) {
			v = low; low = -high; high = -v
		}
		return one(low) == one(high) ? one(low) " " t : \
			one(low) " to " one(high) " " t
	}
	function fold(text,  n, word, i, line) {
		n = split(text, word, " ")
		for (i = 1; i <= n; i++) {
			if (length(line " " word[i]) > 70) {
				print line
				line = ""
			}
			line = line (line == "" ? "" : " ") word[i]
		}
		print line
	}
	$1 == "same" { same = $2; of = $3 }
	$1 == "left" { left = $2 }
	$1 == "row" {
		name[++n] = $2
		base[n] = $3
		change[n] = $4
		if (n == 1 || $4 + 0 < low) low = $4 + 0
		if (n == 1 || $4 + 0 > high) high = $4 + 0
		split($5, f, "[ ,]")
		if (f[1] != "") {
			if (!(f[1] in rows))
				function_[++functions] = f[1]
			rows[f[1]]++
			more = more || $5 ~ /,/
		}
	}
	END {
		of = of ? of : n
		if (how == "short") {
			if (!of)
				print "nothing compared"
			else if (!n)
				print "same code in all " of " operations"
			else
				print amount(low, high) " in " n " of " of
			exit
		}
		if (n)
			printf "  %-50s %9s %9s\n", "instructions per " \
				"operation", "base", "change"
		for (i = 1; i <= n && i <= 16; i++)
			printf "  %-50.50s %9s %9s\n", name[i], base[i], change[i]
		if (n > 16)
			print "  " n - 16 " more: report.txt"
		if (n)
			print ""
		if (!of) {
			print "Nothing was compared: no operation could be " \
				"counted on both kernels."
			exit
		}
		if (!n) {
			fold("No difference: all " of " operations of the " \
				"question execute the same code on both kernels.")
			exit
		}
		text = "The patched kernel executes " amount(low, high) \
			" instructions per operation in " n " of " of \
			" operations; the others execute no changed code."
		if (n == of)
			text = "The patched kernel executes " amount(low, high) \
				" instructions per operation, in all " of "."
		for (i = 2; i <= functions; i++)
			for (k = i; k > 1 && rows[function_[k]] > \
			     rows[function_[k - 1]]; k--) {
				t = function_[k]
				function_[k] = function_[k - 1]
				function_[k - 1] = t
			}
		if (functions == 1 && !more) {
			text = text " All of it is in " function_[1] "()."
		} else if (functions) {
			text = text " Most of it is in "
			for (i = 1; i <= functions && i <= 3; i++)
				text = text (i > 1 ? ", " : "") function_[i] "()"
			text = text "."
		}
		fold(text)
	}' <<<"$1"
}

exact_says() { exact_text "$(exact_rows "$1")" table; }
exact_short() { exact_text "$(exact_rows "$1")" short; }

# A guest that died has no summary: the test that began last, and what the
# kernel said first. One that was too slow neither.
stress_says() { # KTAP ERRORS SECONDS
	awk -v seconds="$3" '
	function cut(t) { return length(t) > 70 ? substr(t, 1, 67) "..." : t }
	function count(n) { return n " invariant" (n == 1 ? "" : "s") }
	FNR == NR {
		if (match($0, /subtests: [0-9]+ ok, [0-9]+ not ok/)) {
			split(substr($0, RSTART, RLENGTH), w, " ")
			ok += w[2]
			bad += w[4]
			summed = 1
			if (match($0, /[0-9]+ skipped/))
				skipped += substr($0, RSTART)
		}
		if (match($0, /^ +KTAP version|^ +# Subtest: /) && NF > 2)
			test = $NF
		if (/^    ok / && !/# SKIP/)
			held++
		if (sub(/^    +not ok [0-9]+ (- )?/, ""))
			failed[++nr] = $0
		if (sub(/^ *# reason: /, ""))
			reason[++reasons] = $0
		if (sub(/^ *# repeat: /, ""))
			repeat = $0
		next
	}
	/the time limit of/ { slow = 1 }
	!first && /BUG|Oops|panic|general protection|WARNING|hangs/ {
		first = $0
	}
	END {
		if (!summed && slow && !first) {
			print "Stress: not decided: the guest was not " \
				"through in time" (test ? ", in " test : "") "."
			print "  Until then " count(held) " held" \
				(nr ? ", " nr " FAILED:" : ".")
			for (i = 1; i <= nr && i <= 3; i++)
				print "  not ok " cut(failed[i])
			if (reasons)
				print "  " cut(reason[1])
			exit
		}
		if (!summed) {
			print "Stress: the patched kernel did not survive" \
				(test ? ", in " test : "") "."
			if (first)
				print "  " cut(first)
			exit
		}
		if (!bad) {
			printf "Stress: %s held for %d s; %d not tried.\n", \
				count(ok), seconds, skipped
			exit
		}
		printf "Stress: %d of %d FAILED within %d s.\n", bad, ok + bad,
			seconds
		for (i = 1; i <= nr && i <= 3; i++)
			print "  not ok " cut(failed[i])
		if (reasons)
			print "  " cut(reason[1])
		if (repeat)
			print "  repeat: " repeat
	}' "$1" "$2"
}
