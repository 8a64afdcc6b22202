#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# docs.t - every command of README and docs/ is run, in a copy of the tree
#
# In a block that begins with ```console every line `$ COMMAND` is run and
# must succeed. In a block ```LANGUAGE FILE the text is written to FILE
# first, so that a worked example is compiled and run as it is printed.
# Every link to a file must lead somewhere.

. tests/lib.sh

tree=$tmp/forkpath
git clone -q . "$tree" 2>/dev/null || { mkdir "$tree" && cp -r . "$tree"; }
# What is not committed yet counts as well.
git ls-files -z --cached --others --exclude-standard 2>/dev/null |
	xargs -0 -I{} cp -P --parents {} "$tree" 2>/dev/null
sudo=
[ "$(id -u)" -eq 0 ] || sudo='needs root'

# Lines "FILE name", "RUN command" in the order of the page.
extract() {
	awk -v dir="$2" '
	/^```console/ { console = 1; next }
	/^```[a-z]+ [a-z]/ { file = $2; print "FILE " file; next }
	/^```/ { console = 0; if (file) close(dir "/" file); file = ""; next }
	console && /^\$ / { print "RUN " substr($0, 3) }
	file { print > (dir "/" file) }' "$1"
}

for page in README.md docs/*.md; do
	rm -f "$tmp"/*.out
	while read -r what rest; do
		case $what in
		FILE)	true_that "$page: $rest is written" test -s "$tree/$rest"
			continue ;;
		esac
		case $rest in
		"sudo make test")
			skip "$page: $rest" "it is what runs this test"
			continue ;;
		sudo*)	[ -z "$sudo" ] || {
				skip "$page: $rest" "$sudo"
				continue
			}
			rest=${rest#sudo } ;;
		esac
		run bash -c "cd '$tree' && $rest" </dev/null
		# doctor: 1 is an answer about this machine, not an error.
		case $rest in
		*doctor|*doctor\ --fix) [ "$code" -ne 1 ] || code=0 ;;
		esac
		if [ "$code" -eq 4 ]; then
			skip "$page: $rest" "${out##*$'\n'}"
			continue
		fi
		is "$page: $rest" 0
	done < <(extract "$page" "$tree")
	while read -r link; do
		true_that "$page: link to $link" \
			test -e "$(dirname "$page")/$link"
	done < <(grep -oE '\]\([^)#:]+\)' "$page" | sed 's/^](//; s/)$//' |
		sort -u)
done
true_that "nothing is left behind" leftovers
done_testing
