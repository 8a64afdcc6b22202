# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# mail.sh - what goes into the mail, of what lab/try has found: . lab/mail.sh
#
# Everything is read from files, so that it can be written again:
#
#   exact_rows     a report of lab/exact -> lines with tabs: row NAME BASE
#                  CHANGE FUNCTIONS; same N OF; left N (not compared)
#   exact_says     these -> the table and what it means
#   exact_short    these -> a few words
#   stress_says    KTAP of ./run.sh stress -> what it means
#   debug_says     the same of a debug kernel
#   contention_says  contention.tsv of two kernels -> what is new and gone
#
# At most 72 columns.

# A note is NAME; NAME: PARTS, or "each of them" for the names; it is wrapped,
# and names of rows may be cut. Rows are in the order of the names.
exact_rows() { # REPORT
	awk -v OFS='\t' '
	/^  operation +base +patch +state$/ { table = 1; next }
	match($0, /same code in [0-9]+ of [0-9]+/) {
		split(substr($0, RSTART, RLENGTH), w, " ")
		print "same", w[4], w[6]
		table = 0
	}
	/^ *[0-9]+ operations not compared/ { print "left", $1; table = 0 }
	!table { next }
	notes == "" && match($0, / [0-9]+ +[-+][0-9.]+ +[-+][0-9.]+$/) {
		base[++n] = $(NF - 2)
		change[n] = $(NF - 1)
		name[n] = substr($0, 1, RSTART)
		gsub(/^ +| +$/, "", name[n])
		next
	}
	{ sub(/^ +/, ""); notes = notes (notes == "" ? "" : " ") $0 }
	function add(full, what,  k) {
		for (k = ++m; k > 1 && all[k - 1] ".tree" > full ".tree"; k--) {
			all[k] = all[k - 1]
			of[k] = of[k - 1]
		}
		all[k] = full
		of[k] = what
	}
	END {
		part = "[^ ]+( < [^ ]+)? [-+][0-9.]+"
		while ((at = index(notes, ": ")) > 0) {
			names = substr(notes, 1, at - 1)
			notes = substr(notes, at + 2)
			if (notes ~ /^state [-+]/) {
				at = index(notes, "follows the patch")
				notes = substr(notes, at ? at + 18 : length(notes))
				continue
			}
			if (!match(notes, "^" part "(, " part ")*(, [0-9]+ more)?"))
				break
			what = substr(notes, 1, RLENGTH)
			notes = substr(notes, RLENGTH + 2)
			if (names == "each of them") {
				for (i = 1; i <= n; i++)
					where[i] = what
				continue
			}
			k = split(names, w, "; ")
			for (i = 1; i <= k; i++)
				add(w[i], what)
		}
		for (i = 1; i <= n; i++) {
			if (n == m) {
				name[i] = all[i]
				where[i] = of[i]
			}
			print "row", name[i], base[i], change[i], where[i]
		}
	}' "$1"
}

# What a set of rows says; of it the table, the words, or both.
exact_text() { # ROWS short|table
	awk -F '\t' -v how="$2" '
	function one(v) {
		v = sprintf("%.2f", v < 0 ? -v : v + 0)
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
	function noun(low, high) {
		return one(low) one(high) == "11" && (low > 0) == (high > 0) ? \
			" instruction" : " instructions"
	}
	# A fraction is state of the machine: what is said is said of the rows
	# that have none, if there are any. Less than one instruction is state.
	function whole(v) {
		if (v < 0.95 && v > -0.95)
			return 0
		v -= int(v + (v < 0 ? -0.5 : 0.5))
		return v <= 0.05 && v >= -0.05
	}
	function add(v, is_whole) {
		if (is_whole > has_whole || !(n > 1)) {
			low = high = v
			has_whole = is_whole
		} else if (is_whole == has_whole) {
			low = v < low ? v : low
			high = v > high ? v : high
		}
		wholes += is_whole
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
		add($4 + 0, whole($4 + 0))
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
		if (has_whole) {
			low = sprintf("%.0f", low) + 0
			high = sprintf("%.0f", high) + 0
		} else {
			wholes = n
		}
		state = n - wholes
		if (how == "short") {
			if (!of)
				text = "nothing compared"
			else if (!n)
				text = "same code in all " of " operations"
			else
				text = amount(low, high) " in " wholes " of " \
					of (state ? ", " state " with state" : "")
			print text (left ? ", " left " not compared" : "")
			exit
		}
		if (n)
			printf "  %-50s %9s %9s\n", "instructions per " \
				"operation", "base", "by patch"
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
		other = !left ? "" : " Of " left " more nothing is said: boots " \
			"did not record as many of them."
		if (!n) {
			fold("No difference: all " of " operations " (left ? \
				"compared" : "of the question") " execute " \
				"the same code on both kernels." other)
			exit
		}
		text = "Code that the patch changes executes " amount(low, high) \
			noun(low, high) " per operation in " wholes " of " of \
			" operations"
		if (state)
			text = text "; in " state " with a fraction state of the " \
				"machine is in it, too" (n == of ? "." : \
				"; the others execute none of it.")
		else
			text = text "; the others execute none of it."
		if (n == of && !state)
			text = "Code that the patch changes executes " amount(low, high) \
				noun(low, high) " per operation, in all " of \
				"."
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
			text = text " The largest part is in "
			for (i = 1; i <= functions && i <= 3; i++)
				text = text (i > 1 ? ", in " : "") function_[i] \
					"() in " rows[function_[i]] \
					(i > 1 ? "" : " of them")
			text = text "."
		}
		if (!has_whole)
			text = text " A fraction is state of the machine, too."
		fold(text other)
	}' <<<"$1"
}

exact_says() { exact_text "$(exact_rows "$1")" table; }
exact_short() { exact_text "$(exact_rows "$1")" short; }

# A guest that ended early has no summary; lab/stress.c says in which test, and
# what its kernel said first. Of one that was too slow nothing is known; that
# workers had no CPU says the same once more (docs/stress.md).
stress_says() { # KTAP SECONDS
	awk -v seconds="$2" '
	function cut(t) { return length(t) > 70 ? substr(t, 1, 67) "..." : t }
	# Of what lockdep says of a lock its name and place.
	function lock(t) {
		sub(/[0-9a-f]+ \(/, "(", t)
		sub(/\{[^}]*\}-\{[^}]*\}/, "", t)
		return t
	}
	# With the line of the sources, if that is known: instead of the
	# offset where there is no room for both.
	function with_source(t, most,  place, name, where) {
		if (!match(t, /[A-Za-z0-9_.]+\+0x[0-9a-f]+\/0x[0-9a-f]+/))
			return t
		name = place = substr(t, RSTART, RLENGTH)
		if (!(place in source))
			return t
		if (length(t " " source[place]) > most)
			sub(/\+0x.*/, "", name)
		where = substr(t, 1, RSTART - 1) name \
			substr(t, RSTART + RLENGTH) " " source[place]
		return length(where) > most ? t : where
	}
	function count(n) { return n + 0 " test" (n == 1 ? "" : "s") }
	match($0, /subtests: [0-9]+ ok, [0-9]+ not ok/) {
		split(substr($0, RSTART, RLENGTH), w, " ")
		ok += w[2]
		bad += w[4]
		if (match($0, /[0-9]+ skipped/))
			skipped += substr($0, RSTART)
	}
	sub(/^# not run: /, "") { why = $0 }
	/^    ok / && !/# SKIP/ { held++ }
	sub(/^    +not ok [0-9]+ (- )?/, "") { failed[++nr] = $0; kernel = 0 }
	sub(/^ *# repeat: /, "") {
		repeat = $0
		sub(/.*\//, "", $NF)		# of the image its name
		sub(/[^ ]*$/, $NF, repeat)
		if (length(repeat) > 60)
			sub(/ --on lab/, " \\\n    --on lab", repeat)
		behind = 1
		next
	}
	/^ *# at [^ ]+\+0x[0-9a-f]+\/0x[0-9a-f]+ [^ ]+:[0-9]+$/ {
		source[$3] = $4
		next
	}
	died && !behind && /^  # / {
		oops[++lines] = lock(substr($0, 5))
		lockups += /workqueue lockup/
	}
	kernel && splats < 3 && /\+0x/ && !/\?|WARNING: |BUG: / {
		sub(/^ *# */, "")
		splat[++splats] = lock($0)
	}
	sub(/^ *# reason: /, "") {
		reason[++reasons] = $0
		kernel = reasons == 1 && /^kernel: /
		if (match($0, /: the guest: /)) {
			died = substr($0, 1, RSTART - 1)
			end = substr($0, RSTART + RLENGTH)
		}
	}
	END {
		if (why != "") {
			print "Stress: not run."
			print "  " cut(why)
			exit
		}
		if (!ok && !bad && !died && skipped) {
			print "Stress: not run: no test can run on the " \
				"patched kernel."
			exit
		}
		slow = end ~ /^the time limit of/ && lines == lockups
		if (!died && !bad) {
			printf "Stress: %s passed in %d s, %d skipped.\n", \
				count(ok), seconds, skipped
			exit
		}
		if (!died)
			printf "Stress: %d of %s FAILED in %d s.\n", bad,
				count(ok + bad), seconds
		else if (!slow)
			print "Stress: the patched kernel did not survive " died "."
		else if (nr)
			print "Stress: " nr " of " count(held + nr) " FAILED."
		else
			print "Stress: not decided: " count(held) " passed."
		if (slow)
			print "  The guest was not through in time, in " died "."
		for (i = 1; i <= nr && i <= 3; i++)
			print "  not ok " cut(failed[i])
		if (nr)
			print "  " cut(reason[1])
		else if (died && !slow && !lines)
			print "  " cut(end)
		for (i = 1; i <= splats; i++)
			print "    " substr(with_source(splat[i], 68), 1, 68)
		for (i = 1; i <= lines && i <= 5; i++)
			print "  " cut(with_source(oops[i], 70))
		if (repeat && !slow)
			print "  repeat: " repeat
	}' "$1"
}

debug_says() { # KTAP SECONDS
	stress_says "$@" | sed 's/^Stress:/With lockdep, KASAN and fault injection:/
		/^.\{73\}/s/injection: /injection:\n  /'
}

# Shared is a line in at least half of the pairs of operations, as for
# lab/contention.awk.
contention_says() { # TSV OPERATION CPUS
	awk -F '\t' -v op="$2" -v cpus="$3" '
	NR == 1 { next }
	{
		base += $4 >= 0.5
		patched += $6 >= 0.5
		if (($4 >= 0.5) == ($6 >= 0.5))
			next
		what = $4 >= 0.5 ? "gone" : "new"
		row[++n] = sprintf("  %-4s  %-50.50s  %12s", what, $1, \
			what == "new" ? $5 : $3)
	}
	END {
		printf "Contention, %s on %d CPUs: %d line%s of memory shared", \
			op, cpus, patched, patched == 1 ? "" : "s"
		print !n ? ",\nthe same as on base." : \
			",\n" base + 0 " on base. Accesses/locked of one operation:"
		for (i = 1; i <= n && i <= 4; i++)
			print row[i]
		if (n > 4)
			print "  " n - 4 " more: contention.txt"
	}' "$1"
}
