# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of `forkpath`, by what it says of itself.
_forkpath() {
	local said questions

	said=$("$1" --help 2>/dev/null |
		sed -n '/^Verbs:/,/^$/s/^  \([a-z]\{1,\}\).*/\1/p
			s/^  .*\(--[a-z-]*\).*/\1/p')
	questions=$("$1" list 2>/dev/null |
		awk '/^[A-Z]/ { on = $1 == "QUESTIONS"; next } on { print $1 }')
	mapfile -t COMPREPLY < <(compgen -W "$said $questions" -- "$2")
	[ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$2")
}
complete -F _forkpath forkpath
