#compdef forkpath
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of `forkpath`, by what it says of itself.
local -a words
words=(${(f)"$($words[1] --help 2>/dev/null |
	sed -n '/^Verbs:/,/^$/s/^  \([a-z]\{1,\}\).*/\1/p
		s/^  .*\(--[a-z-]*\).*/\1/p')"}
	${(f)"$($words[1] list 2>/dev/null |
	awk '/^[A-Z]/ { on = $1 == "QUESTIONS"; next } on { print $1 }')"})
compadd -a words
_files
