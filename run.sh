#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh - the one command: finds, builds, calls
#
# It decides nothing about measuring: runner/ plans and runs, analysis/
# reads the files and reports.

set -u
# No number may depend on who reads it; nor what is read of other programs.
export LC_ALL=C LANG=C
# Paths are as the caller meant them: this script stays where he is.
top=$(dirname "$(readlink -f "$0")") || exit 1

runner=$top/build/forkpath-runner
analysis=$top/build/forkpath-analysis
lab=$top/build/forkpath-lab

usage() {
	cat <<'EOF'
forkpath - what does it cost to fork, and to move a thread group?

Usage: run.sh [OPTION]... [QUESTION]...
       run.sh VERB [ARGUMENT]...

A QUESTION is configs/QUESTION.conf; without one it is `quick`, which
takes two minutes. The answer is printed, one screen; all tables are in
report.txt in the results folder, the newest of which is results/latest.

Verbs:
  list           questions, benchmarks and background loads
  doctor [--fix] is this machine fit to measure on, and what to do;
                 --fix: how it looks once a run with --fix has set it
  report DIR     the answer of a results folder, again; --full: all of
                 it; --format html, markdown, ktap, gobench, hgrm, kcidb
                 or json
  history DIR... many results folders in order, change points marked
  query          which runs are there? By --kernel --host --question
                 --label --since --until
  bisect GOOD BAD -- QUESTION POINT
                 for git bisect run, see docs/bisecting.md
  compare BASE NEW
                 two sets of results folders, one verdict per point
  power DIR...   from a pilot: how many boots an effect takes
  lab KERNEL... -- QUESTION
                 the same in virtual machines, for any kernel image; two
                 kernels are compared. --list: releases to be had,
                 --shell KERNEL: a prompt there, --help: all options
  stress [NAME...] [--on lab KERNEL...]
                 races with invariants, as KTAP: all that can run, ten
                 minutes; see docs/stress.md
  matrix [RELEASE]...
                 the fork path release by release, in exact mode
  try TREE BASE..NEW [-- QUESTION]
                 from a patch to the mail: builds both, compares,
                 stresses; docs/try.md
  exact BASE NEW -- QUESTION
                 how much of a difference is changed code, docs/exact.md
  anatomy KERNEL...
                 in which functions of a kernel is one operation?
                 Counted in virtual machines, docs/anatomy.md
  contention KERNEL...
                 which memory do operations on different CPUs share?
                 Seen in virtual machines, docs/contention.md
  clean          undo what a killed run left behind
  setup [tests]  install what is missing, and build

Options:
  --plan         print what would be done (plan.tsv), measure nothing
  --seed N       order of the plan; drawn and recorded if not given
  --time SECONDS
                 budget for the whole run, spread over the plan
  --repeat N     repetitions of every point
  --perf         and one of each under perf record
  --events LIST  count these events, in repetitions of their own;
                 without it what the CPU has; none: count nothing
  --out DIR      results folder to make, instead of one below results/
  --label NAME   name of this run, for comparisons
  --resume DIR   go on with an interrupted run
  --fix          quieter settings (governor, turbo, autogroup, huge
                 pages, interrupts, ...) for the time of the run
  --allow-fragmentation
                 array-fragmented may take a node's memory apart here
  -h, --help     this text
  --version      version and revision

Exit: 0 measured, 1 something failed, 2 bad input, 4 nothing can be
measured here, 128 + N stopped by signal N.

EXAMPLES
  sudo ./run.sh                        two minutes, a first look
  sudo ./run.sh victim --time 600      one question, ten minutes
  sudo ./run.sh size --label patched   to be compared later
  ./run.sh reader-tax --plan --seed 1  what would be done
  ./run.sh compare results/6.12.1 results/6.18.0
  ./run.sh lab --exact base/bzImage patched/bzImage -- reader-tax
EOF
}

bad() {
	echo "run.sh: $1" >&2
	exit 2
}

# PACKAGE, how to see that it is there, what for.
needs_run='
gcc            command  cc             compiles the benchmarks
make           command  make           builds
libc6-dev      header   sys/mman.h     the only library of the benchmarks
libinih-dev    header   ini.h          reads configs/
libjansson-dev header   jansson.h      writes and reads meta.json
libhwloc-dev   header   hwloc.h        records the topology
libpfm4-dev    header   perfmon/pfmlib.h names of hardware events
libgsl-dev     header   gsl/gsl_rng.h  statistics
libsqlite3-dev header   sqlite3.h      index of results
gnuplot-nox    command  gnuplot        plots
stress-ng      command  stress-ng      background loads'
needs_perf='
linux-perf     command  perf           profiles (--perf)'
needs_tests='
libcmocka-dev  cmocka   cmocka.h       unit tests
git            command  git            the example of bisecting
valgrind       command  valgrind       memory that was never set
locales        file     /usr/share/i18n/locales/de_DE a decimal comma
clang          command  clang          the second compiler
libclang-rt-dev fuzzer  fuzzer         fuzzing of the readers
shellcheck     command  shellcheck     checks the scripts
gpg            command  gpg            signs the archive of a test
gpg-agent      command  gpg-agent      has its key
help2man       command  help2man       man pages from --help
man-db         command  man            shows them
python3-minimal command python3        a second opinion on JSON
python3-jsonschema file /usr/lib/python3/dist-packages/jsonschema the schema of KCIDB
chromium       command  chromium       shows the page of a report'

needs_lab='
qemu-system-x86 command qemu-system-x86_64 virtual machines
busybox-static file    /bin/busybox   a shell in them'

needs_try='
git            command  git            the commits that are built
flex           command  flex           builds kernels
bison          command  bison          builds kernels
bc             command  bc             builds kernels
libelf-dev     header   gelf.h         builds kernels
xz-utils       command  xz             unpacks their sources
ccache         command  ccache         does not compile twice'

have() { # KIND WHAT
	case $1 in
	command) command -v "$2" >/dev/null 2>&1 ;;
	file)	[ -e "$2" ] ;;
	header)	printf '#include <%s>\n' "$2" |
			cc -E -x c - >/dev/null 2>&1 ;;
	fuzzer)	compgen -G "$(clang -print-resource-dir 2>/dev/null)/lib/*/*$2*.a" \
			>/dev/null 2>&1 ;;
	cmocka)	printf '#include <%s>\n#include <%s>\n#include <%s>\n%s\n' \
			stdarg.h stddef.h setjmp.h \
			'#include <stdint.h>' | sed "\$a #include <$2>" |
			cc -E -x c - >/dev/null 2>&1 ;;
	esac
}

missing() { # TABLE; prints "PACKAGE WHAT FOR"
	local package kind what why

	while read -r package kind what why; do
		[ -n "$package" ] || continue
		have "$kind" "$what" || echo "$package $why"
	done <<<"$1"
}

setup() { # TABLE
	local list packages line

	list=$(missing "$1")
	[ -n "$list" ] || return 0
	packages=$(cut -d' ' -f1 <<<"$list")
	echo "forkpath: these packages are missing:" >&2
	while read -r line; do
		printf '  %-16s %s\n' "${line%% *}" "${line#* }" >&2
	done <<<"$list"
	if ! command -v apt-get >/dev/null 2>&1; then
		echo "run.sh: the names are Debian's; install what carries" \
			"them here, then call again" >&2
		exit 1
	fi
	if [ "$(id -u)" -ne 0 ]; then
		echo "run.sh: call as root to have them installed, or:" \
			"apt-get install ${packages//$'\n'/ }" >&2
		exit 1
	fi
	echo "forkpath: installing them with apt-get" >&2
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086 # one word per package
	if ! line=$( { apt-get update -qq && apt-get install -y -qq \
		--no-install-recommends $packages; } 2>&1 </dev/null); then
		printf '%s\n' "$line" "run.sh: apt-get failed, see above" >&2
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

plan='' resume='' seconds='' fix=''
options=() questions=()
while [ $# -gt 0 ]; do
	case $1 in
	-h|--help)	usage; exit ;;
	--version)	version=1 ;;
	--plan)		plan=1 ;;
	--fix)		fix=--fix ;;
	--allow-fragmentation)
			export FORKPATH_ALLOW_FRAGMENTATION=1 ;;
	--perf)		perf=1 options+=(--perf) ;;
	--seed|--time|--repeat|--events|--out|--label|--resume)
		[ $# -ge 2 ] || bad "$1: its value is missing"
		case $1 in
		--time)	  seconds=$2 ;;
		--resume) resume=$2 ;;
		*)	  options+=("$1" "$2") ;;
		esac
		shift ;;
	--seed=*|--repeat=*|--events=*|--out=*|--label=*)
			options+=("$1") ;;
	--time=*)	seconds=${1#*=} ;;
	--resume=*)	resume=${1#*=} ;;
	-*)	bad "unknown option '$1'; known: --plan --seed --time --repeat \
--events --out --label --resume --perf --fix \
--allow-fragmentation --help --version" ;;
	list|doctor|clean|report|setup|compare|power|history|query|bisect|\
	lab|try|exact|anatomy|contention|matrix|stress)
		[ ${#questions[@]} -eq 0 ] ||
			bad "'$1' is a verb and comes first"
		[ -z "${options[*]-}$plan$resume$seconds$fix" ] ||
			bad "'$1' takes none of these options"
		verb=$1
		shift
		break ;;
	*)	questions+=("$1") ;;
	esac
	shift
done

if [ -n "${version-}" ]; then
	echo "forkpath $(git -C "$top" describe --always --dirty --abbrev=12 \
		2>/dev/null || cat "$top/VERSION" 2>/dev/null || echo unknown)"
	exit
fi

case ${verb-} in
setup)
	case ${1-} in
	'')	setup "$needs_run" ;;
	tests)	setup "$needs_run$needs_lab$needs_perf$needs_tests" ;;
	*)	bad "setup: '$1' is not 'tests'" ;;
	esac
	build
	exit 0 ;;
esac

# For git bisect run: 0 good, 1 bad, 125 cannot be told, and 255, which stops
# it, for whatever says nothing about the kernel that runs.
stop() {
	echo "run.sh: bisect: $1" >&2
	exit 255
}

bisect() {
	local ends=() now=() more=() used=() question point plan need dir code
	local look answer

	while [ $# -gt 0 ]; do
		case $1 in
		--)	shift; break ;;
		--now|--metric)
			[ $# -ge 2 ] || stop "$1: its value is missing"
			case $1 in
			--now)	now+=("$2") ;;
			*)	more+=("$1" "$2") ;;
			esac
			shift ;;
		-*)	stop "unknown option '$1'; known: --now --metric" ;;
		*)	ends+=("$1") ;;
		esac
		shift
	done
	[ "${#ends[@]} $#" = "2 2" ] ||
		stop "GOOD BAD -- QUESTION POINT is right"
	question=$1 point=$2
	(setup "$needs_run" && build) || stop "not built, see above"
	answer=$("$analysis" judge "${ends[@]}" --point "$point" \
		${more[@]+"${more[@]}"}) || stop "GOOD and BAD do not do, see above"
	need=${answer#need }
	for dir in "${ends[@]}"; do
		grep -qxF "# question $question" "$dir/plan.tsv" ||
			stop "$dir is not of question '$question'"
	done
	plan=$(mktemp) || stop "no temporary file"
	# shellcheck disable=SC2064 # now, while it is known
	trap "rm -f '$plan'" EXIT
	for look in 1 2 3 4; do
		if [ ${#now[@]} -gt 0 ]; then
			[ "$look" -le ${#now[@]} ] || {
				echo "skip # no more results to judge"
				exit 125
			}
			dir=${now[look - 1]}
		else
			"$analysis" pick "${ends[0]}" --point "$point" \
				--repeat "$need" >"$plan" ||
				stop "no plan, see above"
			dir=$("$runner" run --plan-file "$plan" --label bisect)
			code=$?
			case $code in
			0|1)	[ -n "$dir" ] || exit 125 ;;
			4)	exit 125 ;;
			*)	stop "not measured, exit $code, see above" ;;
			esac
		fi
		used+=("$dir")
		answer=$("$analysis" judge "${ends[@]}" "${used[@]}" \
			--point "$point" ${more[@]+"${more[@]}"} --look "$look")
		code=$?
		echo "$answer"
		case $code in
		0|1|125) exit $code ;;
		3)	need=${answer#more } need=${need%% *} ;;
		*)	stop "not judged, exit $code, see above" ;;
		esac
	done
	exit 125
}

# What comes after `--on lab` is for the lab: options (--numa 2x2) and kernels.
stress() {
	local args=() boot=() kernels=() place='' p k nr=0 code worst=4 failed=''
	local out='' made kept named module limit
	# An emulated CPU is slow, which is no stall.
	local slow="rcupdate.rcu_cpu_stall_timeout=300 watchdog_thresh=60"
	local add=(--numa=2x1 --append="$slow")

	while [ $# -gt 0 ]; do
		case $place$1 in
		-h|--help) exec "$runner" --help ;;
		--on)	[ "${2-}" = lab ] || bad "--on: 'lab KERNEL...' is right"
			place=lab
			shift ;;
		--out|lab--out)
			[ $# -ge 2 ] || bad "--out: its value is missing"
			out=$2
			shift ;;
		--out=*|lab--out=*)
			out=${1#*=} ;;
		lab-*)	boot+=("$1")
			# --numa 2x2 as well as --numa=2x2: its help says so.
			if "$lab" --help | awk -v option="$1" '
			   $1 == option && NF == 2 { found = 1 }
			   END { exit !found }'; then
				[ $# -ge 2 ] || bad "$1: its value is missing"
				boot[${#boot[@]} - 1]+="=$2"
				shift
			fi ;;
		lab*)	kernels+=("$1") ;;
		*)	args+=("$1") ;;
		esac
		shift
	done
	if [ -z "$place" ]; then
		"$runner" stress ${args[@]+"${args[@]}"} ${out:+--out "$out"}
		exit
	fi
	[ ${#kernels[@]} -gt 0 ] || bad "--on lab: which kernels?"
	for p in "$top"/build/bench/stress/*; do
		[[ ${p##*/} == *.* ]] ||
			add+=(--add="$p:/forkpath/build/bench/stress/${p##*/}")
	done
	# A guest that hangs as a whole does not keep its budget by itself.
	limit=$(printf '%s\n' ${args[@]+"${args[@]}"} | awk '
		last == "--time" || sub(/^--time=/, "") { t = $0 }
		{ last = $0 }
		BEGIN { t = 600 }
		END { if (t ~ /^[0-9]+(\.[0-9]+)?$/) print 2 * t + 60 }')
	# Some tests by name, or all: is the one that loads the module asked for?
	named='' module=''
	for p in ${args[@]+"${args[@]}"}; do
		[ ! -x "$top/build/bench/stress/${p%%/*}" ] || named=1
		[ "${p%%/*}" != kmod ] || module=1
	done
	# What fails leaves a folder in the guest; it is brought to here.
	made=()
	if [ -z "$out" ]; then
		out=$top/results/stress/lab-$(date -u +%Y%m%dT%H%M%SZ).$$
		as_owner mkdir -p "$top/results/stress"
		made=("$top/results/stress")
	fi
	[ -d "$out" ] || made=("$out" ${made[@]+"${made[@]}"})
	# His where he may; elsewhere it stays root's.
	as_owner mkdir -p "$out" 2>/dev/null || mkdir -p "$out" ||
		bad "--out: '$out' cannot be made"
	echo "KTAP version 1"
	echo "1..${#kernels[@]}"
	for k in "${kernels[@]}"; do
		nr=$((nr + 1))
		# Of an image that somebody built: make kmod KDIR=...
		[[ -n $named && -z $module || $k == */* ]] ||
			"$top/kmod/build" "$k" >/dev/null
		kept=${k%%,*} kept=${kept##*/}
		kept=$out/$nr-${kept//[^A-Za-z0-9._+-]/_}
		[ ! -e "$kept" ] || bad "--out: '$kept' is there already"
		"$lab" exec "${add[@]}" \
			--bring="/run/kept:$kept" ${limit:+--timeout="$limit"} \
			${boot[@]+"${boot[@]}"} \
			"$k" -- build/forkpath-runner stress --out /run/kept \
			${args[@]+"${args[@]}"} |
			sed -u "s|^|  |; /# repeat: /s|\$| --on lab ${boot[*]+${boot[*]} }$k|
				s|# kept in: /run/kept|# kept in: ${kept//[&|\\]/\\&}|"
		code=${PIPESTATUS[0]}
		[ ! -d "$kept" ] || echo "  # kept in: $kept"
		k=${k//\#/_}
		case $code in
		0)	echo "ok $nr $k"
			worst=0 ;;
		4)	echo "ok $nr $k # SKIP nothing can run there" ;;
		2)	rmdir ${made[@]+"${made[@]}"} 2>/dev/null
			exit 2 ;;
		*)	echo "not ok $nr $k"
			failed=1 ;;
		esac
	done
	[ ${#made[@]} -eq 0 ] || rmdir "${made[@]}" 2>/dev/null
	exit "${failed:-$worst}"
}

[ "${verb-}" != bisect ] || bisect "$@"

# Sets of boots, in the order in which they were asked for: one is reported,
# more are compared with the first.
lab() {
	local word verb=run words=() code=0 set dir out line
	local -A folders=()
	local names=() sets=()

	for word; do
		case $word in
		--list)	 exec "$top/lab/kernel" list ;;
		--check) shift; exec "$top/lab/check" "$@" ;;
		-h|--help) exec "$lab" --help ;;
		--shell) verb=shell; shift; words+=("$@"); break ;;
		--)	 words+=("$@"); break ;;
		*)	 words+=("$word"); shift ;;
		esac
	done
	[ "$verb" = run ] || exec "$lab" shell ${words[@]+"${words[@]}"}
	out=$("$lab" run ${words[@]+"${words[@]}"})
	code=$?
	while IFS=$'\t' read -r set dir; do
		[ -n "$dir" ] || continue
		[ -n "${folders[$set]-}" ] || names+=("$set")
		folders[$set]+=${folders[$set]:+,}$dir
	done <<<"$out"
	[ $code -le 1 ] || exit $code
	case ${#names[@]} in
	0)	;;
	1)	while read -r dir; do
			"$analysis" report "$dir" || code=$?
		done <<<"${folders[${names[0]}]//,/$'\n'}" ;;
	*)	for set in "${names[@]}"; do
			sets+=("$set=${folders[$set]}")
		done
		"$analysis" compare "${sets[@]}" || code=$? ;;
	esac
	exit $code
}

case ${verb-} in
try)	needs_run+=$needs_lab$needs_try ;;
lab|exact|anatomy|contention|matrix) needs_run+=$needs_lab ;;
esac
setup "$needs_run${perf:+$needs_perf}"
build

case ${verb-} in
lab)
	[ $# -ge 1 ] || bad "lab: KERNEL... -- QUESTION would be right; \
lab --help"
	lab "$@" ;;
try|exact|anatomy|contention|matrix)
	exec "$top/lab/$verb" "$@" ;;
doctor)
	[ "$*" = '' ] || [ "$*" = --fix ] ||
		bad "'doctor' takes no argument but --fix, not '$1'"
	exec "$runner" doctor "$@" ;;
list|clean)
	[ $# -eq 0 ] || bad "'$verb' takes no argument, not '$1'"
	exec "$runner" "$verb" ;;
stress)	stress "$@" ;;
report)
	[ $# -ge 1 ] || bad "report: which results folder? The newest is \
results/latest"
	exec "$analysis" report "$@" ;;
history)
	[ $# -ge 1 ] || bad "history: which folders? All are results"
	exec "$analysis" history "$@" ;;
query)
	as_owner "$analysis" query "$top/results" "$@"
	exit ;;
compare|power)
	[ $# -ge 1 ] || bad "$verb: which results folders?"
	exec "$analysis" "$verb" "$@" ;;
esac

if [ -n "$resume" ]; then
	[ ${#questions[@]} -eq 0 ] ||
		bad "--resume: the folder knows its question, not '${questions[0]}'"
	options+=(--resume "$resume")
	questions=('')
elif [ ${#questions[@]} -eq 0 ]; then
	questions=(quick)
fi
if [ -n "$seconds" ] && [ ${#questions[@]} -gt 1 ]; then
	# The budget is for all of them.
	case $seconds in
	*[!0-9.]*|'') bad "--time: '$seconds' is not a number of seconds" ;;
	esac
	seconds=$(awk -v s="$seconds" -v n=${#questions[@]} \
		'BEGIN { print s / n }')
fi
[ -z "$seconds" ] || options+=(--time "$seconds")

worst=0
for question in "${questions[@]}"; do
	if [ -n "$plan" ]; then
		"$runner" plan ${question:+"$question"} \
			${options[@]+"${options[@]}"} || exit
		continue
	fi
	dir=$("$runner" run ${question:+"$question"} ${fix:+"$fix"} \
		${options[@]+"${options[@]}"})
	code=$?
	case $code in
	0|1)	[ -z "$dir" ] || "$analysis" report "$dir" || code=$? ;;
	esac
	[ $code -eq 0 ] || worst=$code
	[ $code -le 1 ] || exit $code
done
exit $worst
