#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh - the one command: finds, builds, calls
#
# It decides nothing about measuring: runner/ plans and runs, lab/ boots,
# analysis/ reads the files and reports. What it takes is in docs/usage.txt,
# what it installs in configs/packages.

set -u
# No number may depend on who reads it; nor what is read of other programs.
export LC_ALL=C LANG=C
# Paths are as the caller meant them: this script stays where he is.
top=$(dirname "$(readlink -f "$0")") || exit 1

runner=$top/build/forkpath-runner
analysis=$top/build/forkpath-analysis
lab=$top/build/forkpath-lab

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
	header)	printf '#include <%s>\n' "$2" |
			cc -E -x c - >/dev/null 2>&1 ;;
	fuzzer)	compgen -G "$(clang -print-resource-dir 2>/dev/null)/lib/*/*$2*.a" \
			>/dev/null 2>&1 ;;
	cmocka)	printf '#include <%s>\n' stdarg.h stddef.h setjmp.h stdint.h \
			"$2" | cc -E -x c - >/dev/null 2>&1 ;;
	esac
}

setup() { # SET..., the first column of configs/packages
	local set package kind what why packages='' said

	while read -r set package kind what why; do
		[[ " $* " == *" $set "* ]] || continue
		have "$kind" "$what" && continue
		[ -n "$packages" ] ||
			echo "forkpath: these packages are missing:" >&2
		printf '  %-16s %s\n' "$package" "$why" >&2
		packages+=" $package"
	done <"$top/configs/packages"
	[ -n "$packages" ] || return 0
	if ! command -v apt-get >/dev/null 2>&1; then
		echo "run.sh: the names are Debian's; install what carries" \
			"them here, then call again" >&2
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
	local lock

	exec {lock}<"$top" && { flock -n "$lock" || {
		echo "run.sh: another one builds here, waiting for it" >&2
		flock "$lock"
	}; }
	as_owner make -C "$top" -s -j "$(nproc)" all >&2 || {
		echo "run.sh: the build failed, see above" >&2
		exit 1
	}
	exec {lock}<&-
}

# --- what is asked for ------------------------------------------------------

verbs=$(usage | sed -n '/^Verbs:/,/^$/s/^  \([a-z][a-z]*\).*/\1/p')
verb=ask sets=(run)
if [[ $'\n'$verbs$'\n' == *$'\n'"${1-}"$'\n'* ]]; then
	verb=$1
	shift
else
	for word; do
		case $word in
		-h|--help) usage; exit ;;
		--version)
			echo "forkpath $(git -C "$top" describe --always \
				--dirty --abbrev=12 2>/dev/null ||
				cat "$top/VERSION" 2>/dev/null || echo unknown)"
			exit ;;
		--perf)	sets+=(perf) ;;
		esac
	done
fi
case $verb in
setup)	[[ $* =~ ^(tests)?$ ]] || bad "setup: '$1' is not 'tests'"
	[ $# -eq 0 ] || sets+=(lab perf tests) ;;
lab|exact|anatomy|contention|matrix) sets+=(lab) ;;
esac
# For git bisect run 1 would be an answer; 255 stops it.
(setup "${sets[@]}" && build) || {
	[ "$verb" != bisect ] || exit 255
	exit 1
}

# --- calls ------------------------------------------------------------------

# What comes after `--on lab` is for the lab: options (--numa 2x2) and kernels.
stress() {
	local i

	for ((i = 1; i <= $#; i++)); do
		[ "${!i}" != --on ] || break
	done
	[ "$i" -le $# ] || exec "$runner" stress "$@"
	[ "${*:i + 1:1}" = lab ] || bad "--on: 'lab KERNEL...' is right"
	exec "$lab" stress "${@:i + 2}" -- "${@:1:i - 1}"
}

# Sets of boots, in the order in which they were asked for: one is reported,
# more are compared with the first.
lab() {
	local word call=run words=() sets=() said code dir

	for word; do
		case $word in
		--list)	exec "$top/lab/kernel" list ;;
		--shell) call=shell ;;
		*)	words+=("$word") ;;
		esac
	done
	[ $call = run ] || exec "$lab" shell ${words[@]+"${words[@]}"}
	said=$("$lab" run ${words[@]+"${words[@]}"})
	code=$?
	if [ $code -gt 1 ] || [[ $said != *$'\t'* ]]; then
		printf '%s' "${said:+$said$'\n'}"	# --help
		exit $code
	fi
	mapfile -t sets < <(awk -F'\t' '
		!($1 in of) { name[++nr] = $1 }
		{ of[$1] = of[$1] (of[$1] == "" ? "" : ",") $2 }
		END { for (i = 1; i <= nr; i++) print name[i] "=" of[name[i]] }
		' <<<"$said")
	if [ ${#sets[@]} -gt 1 ]; then
		"$analysis" compare "${sets[@]}" || code=$?
	else
		while read -r dir; do
			"$analysis" report "$dir" || code=$?
		done < <(cut -f2 <<<"$said")
	fi
	exit $code
}

case $verb in
setup)	;;
lab|stress) "$verb" "$@" ;;
exact|anatomy|contention|matrix) exec "$top/lab/$verb" "$@" ;;
ask|list|doctor|clean|bisect) exec "$runner" "$verb" "$@" ;;
query)	as_owner "$analysis" query "$top/results" "$@" ;;
*)	exec "$analysis" "$verb" "$@" ;;
esac
