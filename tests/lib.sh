# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# lib.sh - TAP for the scripts of this directory: . tests/lib.sh
#
# ok NAME COMMAND...: the command succeeds. Its output is in $out, its exit
# code in $code; fails: what it printed follows as comments.

tap_n=0
tmp=$(mktemp -d "${TMPDIR:-/tmp}/forkpath-test-XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C LANG=C

run() { # COMMAND...: output and errors to $out, never fails itself
	ran=$1
	read -r began _ </proc/uptime
	out=$("$@" 2>&1)
	code=$?
	read -r ended _ </proc/uptime
}

# Is what a benchmark has just printed a sample that can be? Each figure has its unit,
# and no time in it is longer than all of it. What is wrong, as comments.
sound() {
	local all=$((10#${ended/.} - 10#${began/.} + 10))0000000

	awk -v all="$all" '
	function wrong(what) { print "# " what ": " $0; bad = 1 }
	/^schema: / { split("", unit) }
	/^Unit / && ($2 in unit || $2 ~ /^-|--|-$|-\//) { wrong("unit " $2) }
	/^Unit / { unit[$2] }
	/^# conditions / && /-cpus=( |$)/ { wrong("no CPU") }
	/^Benchmark/ {
		for (i = 3; i < NF; i += 2) {
			if (!($(i + 1) in unit) && $(i + 1) !~ \
			    /-ops$|:.*-(count|enabled-ns|running-ns)$/)
				wrong("no unit " $(i + 1))
			if ($(i + 1) ~ /-ns$/ && !($i >= 0 && $i <= all + 0))
				wrong("longer than all of it")
		}
	}
	END { exit bad }' <<<"$out"
}

result() { # 0|1 NAME
	local line

	tap_n=$((tap_n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_n - $2"
	else
		echo "not ok $tap_n - $2"
		echo "# exit $code, output:"
		while IFS= read -r line; do echo "#   $line"; done <<<"$out"
	fi
}

is() { # NAME EXPECTED-EXIT [TEXT-IN-OUTPUT]...
	local name=$1 want=$2 bad=0 text

	shift 2
	[ "$code" = "$want" ] || bad=1
	for text; do
		case $out in
		*"$text"*) ;;
		*) bad=1; echo "# missing: $text" ;;
		esac
	done
	case $want:${ran-} in
	0:build/bench/*|0:build/tests/bench/*) sound || bad=1 ;;
	esac
	result $bad "$name"
}

true_that() { # NAME COMMAND...
	local name=$1

	shift
	if "$@"; then result 0 "$name"; else result 1 "$name"; fi
}

skip() { # NAME REASON
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

root() { # NAME: is this root? If not, NAME is skipped.
	[ "$(id -u)" -eq 0 ] && return 0
	skip "$1" "needs root"
	return 1
}

has() { # NAME HIERARCHY
	build/bench/attach --hierarchy "$2" --check >/dev/null 2>&1 && return 0
	skip "$1" "hierarchy $2 is not offered here"
	return 1
}

# An image that QEMU boots, in $kernel. False: there is none, NAME is skipped.
has_kernel() { # NAME
	if ! command -v qemu-system-x86_64 >/dev/null; then
		skip "$1" "QEMU is not installed (qemu-system-x86)"
		return 1
	fi
	kernel=$(timeout 500 lab/kernel get "${LAB_KERNEL:-6.12}" \
		2>"$tmp/err" | sed -n 's/^image=//p')
	[ -z "$kernel" ] || return 0
	skip "$1" "no kernel to boot: $(tail -n 1 "$tmp/err")"
	return 1
}

# What guests of arm64 take besides a kernel; else a skip of NAME.
needs_arm64() { # NAME
	local program

	for program in aarch64-linux-gnu-gcc qemu-system-aarch64; do
		command -v $program >/dev/null || {
			skip "$1" "$program is not installed (./run.sh setup tests)"
			return 1
		}
	done
	[ "$(uname -m)" = x86_64 ] || {
		skip "$1" "this machine is $(uname -m): its guests are its own"
		return 1
	}
	timeout 500 lab/kernel --arch arm64 libraries >"$tmp/libraries" \
		2>"$tmp/err"
	[ $? -eq 4 ] || return 0
	skip "$1" "$(tail -n 1 "$tmp/err")"
	return 1
}

# DIR is not empty, or not there: somebody else's run that begins or ends
# leaves it empty for a moment.
used_or_gone() { # DIR
	local i

	for ((i = 0; i < 100; i++)); do
		[ -d "$1" ] && [ -z "$(find "$1" -mindepth 1 -type d \
			-print -quit 2>/dev/null)" ] || return 0
		sleep 0.02
	done
	return 1
}

groups_of_runs() { # one a line
	local d

	for d in /sys/fs/cgroup/forkpath/*/ /sys/fs/cgroup/*/forkpath/*/; do
		[ ! -d "$d" ] || echo "$d"
	done
}
# In another pid namespace a number says nothing.
there_before=$(groups_of_runs)

# Of a group's name: the process in this pid namespace (base_name() in lib/cg.c), if any.
pid_of_group() { # NAME
	local ns

	ns=$(stat -L -c %i /proc/self/ns/pid 2>/dev/null)
	case $1 in
	*-"$ns") echo "${1%-*}" ;;
	*-*)	;;
	*)	[ "$ns" != 4026531836 ] || echo "$1" ;;
	esac
}

# Cgroups of runs that are over, or of runs with this journal directory
# (those of somebody else's living run are not ours to judge, nor those that
# were there before). FOREIGN: of other pid namespaces, too, of which nobody
# here knows whether they are over.
left_cgroups() { # [FOREIGN]
	local d group name pid

	for d in /sys/fs/cgroup/forkpath /sys/fs/cgroup/*/forkpath; do
		[ -d "$d" ] || continue
		if ! used_or_gone "$d"; then
			echo "cgroup $d"
			continue
		fi
		for group in "$d"/*/; do
			[[ $'\n'$there_before$'\n' != *$'\n'$group$'\n'* ]] ||
				continue
			name=$(basename "$group")
			pid=$(pid_of_group "$name")
			[ -n "$pid" ] || [ -n "${1-}" ] || continue
			[ -z "$pid" ] || [ ! -d "/proc/$pid" ] || { [ -n \
			   "${FORKPATH_JOURNAL_DIR-}" ] && grep -qsza \
			   "^FORKPATH_JOURNAL_DIR=$FORKPATH_JOURNAL_DIR\$" \
			   "/proc/$pid/environ"; } || continue
			# A run removes it before it ends.
			[ ! -d "$d/$name" ] || echo "cgroup $d/$name"
		done
	done
}

# What a killed run of the other lane left is undone by the next one there,
# and what lives in another pid namespace ends: ours stays, under its name.
leftovers() { # 0 if nothing of ours remains
	local found i

	found=$(left_cgroups foreign)
	for ((i = 0; i < 100; i++)); do
		[ -n "$found" ] || break
		sleep 0.2
		found=$(grep -Fxf <(left_cgroups foreign) <<<"$found")
	done
	found+=$(find "${FORKPATH_JOURNAL_DIR:-/run/forkpath}" -type f \
		-name '[0-9]*' 2>/dev/null)
	found+=$(grep -F "${FORKPATH_JOURNAL_DIR:-/run/forkpath}/hierarchy-" \
		/proc/self/mountinfo)
	[ -z "$found" ] || { echo "# left: $found"; return 1; }
}

# A bzImage to look at, and nothing to boot: one sector of set-up, 64 * 16
# bytes of kernel, 64-bit, its name at 512 + 256.
made_up_image() { # FILE [RELEASE]
	local at

	head -c 2048 /dev/zero >"$1"
	for at in 497:'\01' 500:'\0100' 510:'\0125\0252' 514:'HdrS\017\02' \
		526:'\0\01' 529:'\01' 566:'\01' 768:"${2-6.19.0} (nobody) #1 SMP"; do
		printf '%b' "${at#*:}" | dd of="$1" bs=1 seek="${at%%:*}" \
			conv=notrunc status=none
	done
}

until_there() { # -d|-s FILE
	local i

	for ((i = 0; i < 1000; i++)); do
		! test "$1" "$2" || return 0
		sleep 0.02
	done
	true_that "$2 is there after 20 s" false
}

done_testing() {
	echo "1..$tap_n"
}
