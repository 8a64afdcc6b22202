# SPDX-License-Identifier: GPL-2.0-or-later
#
# status.awk - what has become of the slots: slots.tsv, the hosts' logs, the
# folders that are there (paths slots/HOST/SLOT), in this order
#
# -v want=text, html: the status, want=heading: its first line. -v want=gather:
# for each host one line of words, what forkpath-analysis compares there.
# -v want=missing: what is not done. -v time=SECONDS: now.

function plural(n, what) { return n " " what (n == 1 ? "" : "s") }

function long(s) {
	if (s < 90)
		return sprintf("%d s", s)
	if (s < 5400)
		return sprintf("%d min", s / 60 + 0.5)
	if (s < 172800)
		return sprintf("%.1f h", s / 3600)
	return sprintf("%.1f days", s / 86400)
}

function escaped(s) {
	gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); gsub(/>/, "\\&gt;", s)
	return s
}

function slot_name(s) { return "slot " s " (" host_of[s] ", " label_of[s] ")" }

# Whose last slot began and did not end: is a call under way, or was it killed?
function ask_locks(	h) {
	for (h in last)
		if (!(last[h] in code) &&
		    system("flock -n slots/" h "/lock true"))
			is_busy[h]
}

# What each slot is now, what each host has of it.
function judge(	s, h, i) {
	ask_locks()
	for (s = 1; s <= slots; s++) {
		h = host_of[s]
		if (s in done)
			state[s] = "done"
		else if (h in is_busy && last[h] == s && !(s in code))
			state[s] = "running"
		else if (s in code)
			state[s] = "failed"
		else
			state[s] = "todo"
		count[h, state[s]]++
		all[state[s]]++
	}
	for (i = 1; i <= hosts; i++) {
		h = host[i]
		each = timed[h] ? spent[h] / timed[h] : \
			timed_all ? spent_all / timed_all : 0
		left[h] = each * (count[h, "todo"] + count[h, "failed"] + \
			count[h, "running"])
		if (count[h, "running"] && each)
			left[h] -= time - begun[last[h]] < each ? \
				time - begun[last[h]] : each
		left_sum += left[h]
		left_max = left[h] > left_max ? left[h] : left_max
	}
}

function left_text(s) { return s ? long(s) : all["done"] == slots ? "-" : "?" }

function numbers(h, form) {
	return sprintf(form, count[h, "done"], count[h, "running"], \
		count[h, "failed"], count[h, "todo"])
}

function heading() {
	return question ": " plural(slots, "slot") ", " plural(hosts, "host") \
		", " plural(kernels - controls, "kernel") \
		(controls ? " and " plural(controls, "control") : "") ", " \
		plural(slots / hosts / kernels, "boot") " each"
}

function as_text(	i, h, shown, s, form) {
	form = "%6d  %7d  %6d  %5d"
	print heading() "\n"
	printf "  %-24s %6s  %7s  %6s  %5s  %8s\n", "host", "done", "running", \
		"failed", "to do", "left"
	for (i = 1; i <= hosts; i++) {
		h = host[i]
		if (hosts > 20 && !count[h, "failed"] && !count[h, "running"])
			continue
		if (++shown > 20)
			break
		printf "  %-24.24s %s  %8s\n", h, numbers(h, form), \
			left_text(left[h])
	}
	if (hosts > 20)
		printf "  %d hosts of %d are shown: what runs or failed, at most 20\n", \
			(shown > 20 ? 20 : shown), hosts
	if (hosts > 1)
		printf "  %-24s %6d  %7d  %6d  %5d\n", "all", all["done"], \
			all["running"], all["failed"], all["todo"]
	print ""
	for (s = 1; s <= slots && nr_said < 10; s++) {
		if (state[s] == "running") {
			print substr("running: " slot_name(s) ", for " \
				long(time - begun[s]), 1, 72)
			nr_said++
		} else if (state[s] == "failed") {
			print substr("failed: " slot_name(s) ": " why[s], 1, 72)
			nr_said++
		}
	}
	if (all["done"] == slots)
		print "Complete: campaign gather compares."
	else if (left_sum)
		print "Left: " long(left_max) (hosts > 1 ? \
			" where the hosts run at once, " long(left_sum) " in turn" : "")
	else
		print "Left: not known before the first slot is done"
}

function as_html(	i, h, s, form) {
	form = "<td>%d<td>%d<td>%d<td>%d"
	print "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
	print "<meta name=\"viewport\" content=\"width=device-width\">"
	print "<title>" escaped(question) ": campaign</title>"
	print "<style>body{font-family:sans-serif;margin:1em;max-width:60em}"
	print "table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:right}"
	print "td:first-child,th:first-child{text-align:left}"
	print "tr:nth-child(even){background:#f0f0f0}</style>"
	print "<h1>" escaped(heading()) "</h1>"
	print "<p>" all["done"] + 0 " done, " all["running"] + 0 " running, " \
		all["failed"] + 0 " failed, " all["todo"] + 0 " to do; left: " \
		left_text(left_max) (hosts > 1 ? " where the hosts run at once, " \
		left_text(left_sum) " in turn" : "") "</p>"
	print "<p><progress value=\"" all["done"] + 0 "\" max=\"" slots "\"></progress></p>"
	print "<table><tr><th>host<th>done<th>running<th>failed<th>to do<th>left"
	for (i = 1; i <= hosts; i++) {
		h = host[i]
		print "<tr><td>" escaped(h) numbers(h, form) "<td>" left_text(left[h])
	}
	print "</table>"
	if (all["running"] + all["failed"])
		print "<h2>Running and failed</h2>\n<ul>"
	for (s = 1; s <= slots; s++) {
		if (state[s] == "running")
			print "<li>" slot_name(s) ": running for " long(time - begun[s])
		else if (state[s] == "failed")
			print "<li>" slot_name(s) ": failed: " escaped(why[s])
	}
	if (all["running"] + all["failed"])
		print "</ul>"
	print "</html>"
}

# NAME=FOLDER,FOLDER... of HOST; what is the same kernel once more is the
# control, unless there is nothing else.
function gather(h,	k, l, sets, aa, real) {
	for (k = 1; k <= kernels; k++)
		real += !(kernel[k] in same)
	for (k = 1; k <= kernels; k++) {
		l = kernel[k]
		if (!((h, l) in folders))
			continue
		if (l in same && real > 1)
			aa = aa "," folders[h, l]
		else
			sets = sets " " l "=" folders[h, l]
		if (l in same && real > 1 && !((h, same[l]) in given)) {
			given[h, same[l]]
			aa = "," folders[h, same[l]] aa
		}
	}
	gsub(/,,/, ",", aa)
	sub(/^,/, "", aa)
	sub(/,$/, "", aa)
	print h sets (aa == "" ? "" : " --aa " aa)
}

BEGIN { FS = "\t" }
FNR == 1 { file++ }
file == 1 && /^# / {
	n = split($0, w, " ")
	if (w[2] == "question")
		question = w[3]
	else if (w[2] == "kernel") {
		kernel[++kernels] = w[3]
		if (n > 3) {
			same[w[3]] = w[5]
			controls++
		}
	} else if (w[2] == "host")
		host[++hosts] = w[3]
	next
}
file == 1 && $1 != "slot" {
	host_of[$1] = $2
	label_of[$1] = $4
	slots++
	next
}
file == 2 && $2 == "begin" {
	last[host_of[$1]] = $1
	begun[$1] = $3
	delete code[$1]
}
file == 2 && $2 == "end" {
	h = host_of[$1]
	code[$1] = $4
	why[$1] = $5
	if ($4 == 0 && $1 in begun) {
		spent[h] += $3 - begun[$1]
		spent_all += $3 - begun[$1]
		timed[h]++
		timed_all++
	}
}
file == 3 {
	n = split($1, w, "/")
	if (w[n] in host_of) {
		done[w[n]]
		nr_done++
	}
}
END {
	if (want == "gather") {
		for (s = 1; s <= slots; s++) {
			if (!(s in done))
				continue
			f = folders[host_of[s], label_of[s]]
			folders[host_of[s], label_of[s]] = f (f == "" ? "" : ",") \
				"slots/" host_of[s] "/" s
		}
		for (i = 1; i <= hosts; i++)
			gather(host[i])
	} else if (want == "missing") {
		if (nr_done == slots)
			exit
		printf "incomplete: %d of %d slots are missing:", slots - nr_done, slots
		for (s = 1; s <= slots && shown < 20; s++)
			if (!(s in done)) {
				printf " %d", s
				shown++
			}
		print slots - nr_done > shown ? " ..." : ""
	} else if (want == "heading") {
		print heading()
	} else {
		judge()
		if (want == "html")
			as_html()
		else
			as_text()
	}
}
