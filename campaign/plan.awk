# SPDX-License-Identifier: GPL-2.0-or-later
#
# plan.awk - campaign.conf to slots.tsv
#
# -v file=NAME -v cksum=NUMBER. One line per slot: on each host the boots come
# in blocks, one of every kernel, in an order drawn from the seed and the
# host's name. So a slow hour falls on all kernels, and what other hosts there
# are changes nothing on this one.

function refuse(line, what) {
	if (failed)
		return		# the first one is the cause
	failed = 1
	print "campaign: " file ":" line ": " what | "cat 1>&2"
}

function word(s) { return s ~ /^[A-Za-z0-9][A-Za-z0-9_.+-]*$/ }

# S as a whole number, or -1.
function number(s, from, to) {
	return s ~ /^[0-9]+$/ && length(s) < 11 && s + 0 >= from && \
		s + 0 <= to ? s + 0 : -1
}

function section(text,	n, w, i) {
	if (text !~ /\]$/) {
		refuse(FNR, "'" text "'; a section is [campaign], [kernel LABEL] or [host NAME...] alone on its line")
		return
	}
	n = split(substr(text, 2, length(text) - 2), w, " ")
	kind = w[1]
	names = 0
	if (kind == "campaign" && n == 1) {
		name[++names] = kind
	} else if ((kind == "kernel" && n == 2) || (kind == "host" && n > 1)) {
		for (i = 2; i <= n; i++) {
			if (!word(w[i]))
				refuse(FNR, "'" w[i] "' is no name; letters, digits and _.+- would be right")
			name[++names] = w[i]
		}
	} else {
		refuse(FNR, text "; expected [campaign], [kernel LABEL] or [host NAME...]")
	}
	for (i = 1; i <= names; i++) {
		if ((kind, name[i]) in begun)
			refuse(FNR, kind " '" name[i] "' was already in line " begun[kind, name[i]])
		begun[kind, name[i]] = FNR
		if (kind == "kernel")
			kernel[++kernels] = name[i]
		else if (kind == "host")
			host[++hosts] = name[i]
	}
}

function key(text,	k, v, i) {
	i = index(text, "=")
	k = substr(text, 1, i - 1)
	v = substr(text, i + 1)
	gsub(/^[ \t]+|[ \t]+$/, "", k)
	gsub(/^[ \t]+|[ \t]+$/, "", v)
	gsub(/\t/, " ", v)
	if (!i || !((kind, k) in known)) {
		refuse(FNR, kind ": '" (i ? k : text) "'; known: " keys[kind])
		return
	}
	for (i = 1; i <= names; i++) {
		if ((kind, name[i], k) in value)
			refuse(FNR, k " was already in line " at[kind, name[i], k])
		value[kind, name[i], k] = v
		at[kind, name[i], k] = FNR
	}
}

function allow(of, list,	n, w, i) {
	keys[of] = list
	n = split(list, w, " ")
	for (i = 1; i <= n; i++)
		known[of, w[i]]
}

# One of campaign's numbers.
function given(k, otherwise, from, to,	v) {
	if (!(("campaign", "campaign", k) in value))
		return otherwise
	v = number(value["campaign", "campaign", k], from, to)
	if (v < 0)
		refuse(at["campaign", "campaign", k], k ": '" \
			value["campaign", "campaign", k] \
			"'; expected a whole number from " from " to " to)
	return v
}

# How HOST boots: lab, call or boot.
function way_of(h,	n, way) {
	if (("host", h, "lab") in value) { n++; way = "lab" }
	if (("host", h, "call") in value) { n++; way = "call" }
	if (("host", h, "boot") in value) { n++; way = "boot" }
	if (n != 1)
		refuse(begun["host", h], "host " h ": expected one of lab, call and boot, got " n + 0)
	else if (way != "lab" && value["host", h, way] == "")
		refuse(at["host", h, way], way ": which program?")
	return way
}

# What HOST is told to boot for LABEL.
function boots_what(h, label,	of, k) {
	of = ("kernel", label, "same") in value ? value["kernel", label, "same"] : label
	k = way[h] == "lab" ? "image" : "entry"
	if (value["kernel", of, k] == "")
		refuse(begun["kernel", of], "kernel " of " has no '" k \
			"', and host " h " boots by it (" way[h] " = ..)")
	return value["kernel", of, k]
}

function release_of(label,	of) {
	of = ("kernel", label, "same") in value ? value["kernel", label, "same"] : label
	return ("kernel", of, "release") in value ? value["kernel", of, "release"] : "-"
}

function check_kernel(label,	of) {
	if (!(("kernel", label, "same") in value))
		return
	of = value["kernel", label, "same"]
	if (!(("kernel", of) in begun) || ("kernel", of, "same") in value)
		refuse(at["kernel", label, "same"], "same: '" of "' is no kernel of its own here")
	if (("kernel", label, "image") in value || ("kernel", label, "entry") in value)
		refuse(at["kernel", label, "same"], "kernel " label ": what is the same has neither image nor entry")
}

# Park and Miller: the same in every awk.
function draw(below) {
	state = (state * 16807) % 2147483647
	return int(state / 2147483647 * below)
}

function begin_draw(text,	i) {
	state = seed
	for (i = 1; i <= length(text); i++)
		state = (state * 131 + index(letters, substr(text, i, 1))) % 2147483646
	state++			# never 0
	for (i = 0; i < 20; i++)
		draw(1)
}

BEGIN {
	allow("campaign", "question boots seed options")
	allow("kernel", "image entry release same")
	allow("host", "lab call boot")
	for (i = 32; i < 127; i++)
		letters = letters sprintf("%c", i)
}
{ sub(/\r$/, "") }
/^[ \t]*([#;].*)?$/ { next }
/^\[/ { sub(/[ \t]+$/, ""); section($0); next }
kind == "" { refuse(FNR, "'" $0 "' stands in no section; expected [campaign] first") }
{ key($0) }

END {
	if (!failed && !(("campaign", "campaign", "question") in value))
		refuse(FNR, "no question; expected [campaign] with question = NAME")
	if (!kernels)
		refuse(FNR, "no kernel; expected [kernel LABEL]")
	if (!hosts)
		refuse(FNR, "no host; expected [host NAME]")
	question = value["campaign", "campaign", "question"]
	if (question !~ /^[A-Za-z0-9_.\/][A-Za-z0-9_.\/+-]*$/)
		refuse(at["campaign", "campaign", "question"], "question: '" question "'; expected a name or a path without blanks")
	boots = given("boots", 1, 1, 10000)
	seed = given("seed", 1, 1, 2147483646)
	for (i = 1; i <= kernels; i++)
		check_kernel(kernel[i])
	for (i = 1; i <= hosts; i++) {
		way[host[i]] = way_of(host[i])
		for (k = 1; k <= kernels; k++)
			what[host[i], k] = boots_what(host[i], kernel[k])
	}
	if (failed)
		exit 2
	print "# forkpath-campaign/1\n# conf " cksum
	print "# question " question
	print "# options " value["campaign", "campaign", "options"]
	for (k = 1; k <= kernels; k++)
		print "# kernel " kernel[k] (("kernel", kernel[k], "same") in value ? \
			" same " value["kernel", kernel[k], "same"] : "")
	for (i = 1; i <= hosts; i++)
		print "# host " host[i] " " way[host[i]] " " value["host", host[i], way[host[i]]]
	print "slot\thost\tblock\tlabel\tseed\tkernel\trelease"
	for (i = 1; i <= hosts; i++) {
		begin_draw(host[i])
		for (b = 1; b <= boots; b++) {
			for (k = 1; k <= kernels; k++)
				order[k] = k
			for (k = kernels; k > 1; k--) {
				j = 1 + draw(k)
				t = order[k]; order[k] = order[j]; order[j] = t
			}
			for (k = 1; k <= kernels; k++)
				print ++slot "\t" host[i] "\t" b "\t" kernel[order[k]] "\t" \
					seed + b - 1 "\t" what[host[i], order[k]] "\t" \
					release_of(kernel[order[k]])
		}
	}
}
