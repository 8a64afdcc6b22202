# SPDX-License-Identifier: GPL-2.0-or-later
#
# The list of claims in report.txt as the table of docs/claims.md:
#   awk -f table.awk report.txt
function row(	who, said, n, verdict) {
	if (!claim)
		return
	who = said = claim
	sub(/: .*/, "", who)
	sub(/^[^:]*: /, "", said)
	n = verdict = figure
	sub(/; n=[0-9]*: .*/, "", figure)
	sub(/.*; n=/, "", n)
	sub(/:.*/, "", n)
	sub(/.*; n=[0-9]*: /, "", verdict)
	sub(/\.$/, "", verdict)
	print "| " who " | " said " | " figure " | " n " | " verdict " |"
	claim = figure = ""
}
BEGIN {
	print "| who | said | here | n | verdict |"
	print "|--|--|--|--:|--|"
}
/^(READER TAX|Creating a )/ || (list && /^$/) { exit }
/^$/ { list = head++ == 1; next }
!list { next }
/^[^ ]/ {
	if (figure)
		row()
	claim = claim (claim ? " " : "") $0
	next
}
{ sub(/^ +/, ""); figure = figure (figure ? " " : "") $0 }
END { row() }
