#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh - the one command: finds, builds, calls
#
# It decides nothing about measuring: runner/ plans and runs, lab/ boots,
# analysis/ reads the files and reports. What it takes is in docs/usage.txt,
# what it installs in configs/packages. What `make dist` has packed up is
# built, and finds no compiler, no bash and no coreutils but busybox's.

set -u
# No number may depend on who reads it; nor what is read of other programs.
export LC_ALL=C LANG=C
# Paths are as the caller meant them: this script stays where he is.
top=$(readlink -f "$0") || exit 1
top=${top%/*}
[ -e "$top/Makefile" ] && packed='' || packed=1

runner=$top/build/forkpath-runner
analysis=$top/build/forkpath-analysis

usage() {
	tail -n +2 "$top/docs/usage.txt"
}

bad() {
	echo "run.sh: $1" >&2
	exit 2
}

have() { # KIND WHAT
	case $1 in
	command) command -v "$2" >/dev/null 2>&1 ;;
	file)	[ -e "$2" ] ;;
	fuzzer)	ls "$(clang -print-resource-dir 2>/dev/null)"/lib/*/*"$2"*.a \
			>/dev/null 2>&1 ;;
	header)	printf '#include <%s>\n' stdarg.h stddef.h setjmp.h stdint.h \
			"$2" | cc -E -x c - >/dev/null 2>&1 ;;
	esac
}

# Lines "PACKAGE WHY" of what is missing of the SETs, the first column of
# configs/packages. What is packed up needs other programs alone.
missing() { # SET...
	while read -r set package kind what why; do
		case " $* " in *" $set "*) ;; *) continue ;; esac
		case $packed$kind$package in
		1commandgcc|1commandmake|1[!c]*) continue ;;
		esac
		have "$kind" "$what" || printf '  %-16s %s\n' "$package" "$why"
	done <"$top/configs/packages"
}

# What $packages are called where there is no apt. Only named: nobody has
# tried what they are there.
elsewhere() {
	for call in 'dnf install' 'zypper install' 'pacman -S'; do
		command -v "${call%% *}" >/dev/null 2>&1 || continue
		echo "run.sh: call as root, then this again:" \
			"$call$(names_for "${call%% *}")" >&2
		return
	done
	echo "run.sh: the names are Debian's; install what carries" \
		"them here, then call again" >&2
}

names_for() { # MANAGER
	# shellcheck disable=SC2086 # one word per package
	printf '%s\n' $packages | awk -v manager="$1" '
	BEGIN { column["dnf"] = 2; column["zypper"] = 3; column["pacman"] = 4 }
	FNR == NR { if (!/^#/) name[$1] = $(column[manager]); next }
	name[$1] == "-" { none = none ", " $1; next }
	!said[name[$1]]++ { printf " %s", name[$1] }
	END { if (none) printf "; not known there: %s", substr(none, 3) }
	' "$top/configs/package-names" -
}

setup() { # SET...
	said=$(missing "$@")
	[ -n "$said" ] || return 0
	printf 'forkpath: these packages are missing:\n%s\n' "$said" >&2
	packages=$(printf '%s\n' "$said" | awk '{ printf " %s", $1 }')
	if ! command -v apt-get >/dev/null 2>&1; then
		elsewhere
		exit 1
	fi
	if [ "$(id -u)" -ne 0 ]; then
		echo "run.sh: call as root to have them installed, or:" \
			"apt-get install$packages" >&2
		exit 1
	fi
	echo "forkpath: installing them with apt-get" >&2
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086 # one word per package
	if ! said=$( { apt-get update -qq && apt-get install -y -qq \
		--no-install-recommends $packages; } 2>&1 </dev/null); then
		printf '%s\n' "$said" "run.sh: apt-get failed, see above" >&2
		exit 1
	fi
}

# What belongs to the one who called sudo stays his. (What is measured the
# runner gives him; what needs no root, the analysis gives up by itself.)
as_owner() {
	if [ "$(id -u)" -eq 0 ] && [ "$(stat -c %u "$top")" -ne 0 ] &&
	   command -v setpriv >/dev/null 2>&1; then
		setpriv --reuid "$(stat -c %u "$top")" \
			--regid "$(stat -c %g "$top")" --clear-groups "$@"
	else
		"$@"
	fi
}

# Two calls in one checkout: the second waits until the first has built. The
# lock is on the directory, so that nothing is left of it.
build() {
	exec 9<"$top"
	flock -n 9 || {
		echo "run.sh: another one builds here, waiting for it" >&2
		flock 9
	}
	for goal in all $arm64; do
		as_owner make -C "$top" -s -j "$(nproc)" "$goal" >&2 9<&- || {
			echo "run.sh: the build failed, see above" >&2
			exit 1
		}
	done
	exec 9<&-
}

# --- what is asked for ------------------------------------------------------

verb=ask sets=run
for word in $(usage | sed -n '/^Verbs:/,/^$/s/^  \([a-z][a-z]*\).*/\1/p'); do
	[ "${1-}" != "$word" ] || verb=$word
done
if [ "$verb" != ask ]; then
	shift
else
	for word; do
		case $word in
		-h|--help) usage; exit ;;
		--version)
			# What is packed up has a file; a git beside it is not its own.
			version=$(cat "$top/VERSION" 2>/dev/null ||
				git -C "$top" describe --always --dirty \
				--abbrev=12 2>/dev/null)
			env printf 'forkpath %s\n' "${version:-unknown}"
			exit ;;
		--perf)	sets="$sets perf" ;;
		esac
	done
fi
case $verb in
setup)	case $* in
	''|tests) [ $# -eq 0 ] || sets="$sets lab perf tests arm64" ;;
	*)	bad "setup: '$1' is not 'tests'" ;;
	esac ;;
stress)	case " $* " in *' --on '*) sets="$sets lab" ;; esac ;;
try)	sets="$sets lab try" ;;
lab|anatomy|matrix|contention) sets="$sets lab"
	[ "${1-}" != bisect ] || sets="$sets try" ;;
esac
# For guests of another architecture there are other programs.
arm64=''
case $sets-$(uname -m)-" $* " in
*lab*-aarch64-*) ;;
*lab*' --arch arm64 '*|*lab*' --arch=arm64 '*)
	arm64=arm64 sets="$sets arm64" ;;
esac
if [ -n "$packed" ]; then
	case $sets in *lab*)
		echo "run.sh: $verb: not in this package; a checkout has it" >&2
		exit 4 ;;
	esac
	[ "$verb" != setup ] || missing run perf
else
	# shellcheck disable=SC2086 # words
	# For git bisect run 1 would be an answer; 255 stops it.
	(setup $sets && build) || {
		[ "$verb" != bisect ] || exit 255
		exit 1
	}
fi

# --- calls ------------------------------------------------------------------

case $verb in
setup)	;;
stress)	case " $* " in *' --on '*) exec "$top/lab/run" stress "$@" ;; esac
	exec "$runner" stress "$@" ;;
lab)	exec "$top/lab/run" "$@" ;;
try|anatomy|matrix|contention) exec "$top/lab/$verb" "$@" ;;
campaign) exec "$top/campaign/campaign" "$@" ;;
ask|list|doctor|clean|bisect) exec "$runner" "$verb" "$@" ;;
query)	results=$top/results
	[ -d "$results" ] || results=results
	as_owner "$analysis" query "${FORKPATH_RESULTS:-$results}" "$@" ;;
*)	exec "$analysis" "$verb" "$@" ;;
esac
