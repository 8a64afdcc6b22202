#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# stdout.t - what was printed and did not arrive is an error; bad options
#
# Of every program that was built, whatever its name: a text that is lost on a
# full disk must not look like one that is empty.
# beside: measures nothing on this machine

. tests/lib.sh
top=$PWD
export FORKPATH_JOURNAL_DIR=$tmp/journal

full() { "$@" >/dev/full; }

lost() { # NAME EXIT COMMAND...: that code, one line, the cause
	local name=$1 want=$2

	shift 2
	run full "$@"
	out=$(grep -v ": plots: " <<<"$out")
	[ "$(wc -l <<<"$out")" -eq 1 ] || code="$code, but not one line"
	is "$name, standard output full" "$want" "No space left on device"
}

programs=()
while IFS= read -r p; do
	programs+=("$p")
done < <(find build -type f -perm -u+x ! -name '*.so' ! -path 'build/tests/*' \
	! -path 'build/fuzz/*' ! -path 'build/asan/*' ! -path 'build/dist/*' \
	! -path 'build/arm64/*' \
	! -path build/lab/init ! -path 'build/kmod/*' | sort)
true_that "programs were built" [ ${#programs[@]} -gt 40 ]

if [ -c /dev/full ]; then
	for p in ./run.sh "${programs[@]}"; do
		lost "$p --help" 1 "$p" --help
		lost "$p --version" 1 "$p" --version
	done
	for p in lab/kernel lab/matrix lab/anatomy; do
		lost "$p --help" 1 "$p" --help
	done
else
	skip "--help of every program, standard output full" "there is no /dev/full"
fi

for p in "${programs[@]}"; do
	run timeout 20 "$p" --no-such-option
	is "$p: an unknown option" 2 --no-such-option known
done
for p in build/workloads/*; do
	case $p in *.[do]) continue ;; esac
	run timeout 20 "$p" 10
	is "$p: an argument" 2 "'10': there is nothing to be said"
	run timeout 20 "$p" --help
	is "$p --help" 0 "Usage: ${p##*/} "
done
run timeout 20 build/lab/init --help
is "process 1 of a guest, on this machine" 2 "process 1 of a guest of the lab"

# --- what a verb finds out
tool=$top/build/forkpath-analysis
cd "$tmp" || exit 1
bash "$top/tests/data/make-quick" quick
for i in 0 1 2 3 4 5; do
	bash "$top/tests/data/make-boot" "base/$i" "1$i" \
		utc=2026-01-1${i}T01:00:00Z
	bash "$top/tests/data/make-boot" "new/$i" "2$i" fork=1.05 \
		utc=2026-01-1${i}T02:00:00Z
done
"$top/build/tests/gen/exact" --out exact --label base
for arm in "good 7000 101" "bad 7300 102"; do
	read -r name p50 seed <<<"$arm"
	"$top/build/tests/gen/results" --out "$name" --p50 "$p50" \
		--seed "$seed" --blocks 20 --question toy
done
T=$'\t'
printf '%s\n' "# forkpath-anatomy/1" "# label one" "# op clone" \
	"# windows 9 mode 9 given-up 0" \
	"# operation mode 7 p50 7 mean 7 min 7 max 7" \
	"# all p50 7 mean 7 min 7 max 7" \
	"part${T}function${T}mode${T}mean${T}cgroup${T}lock${T}string" \
	"caller${T}[user]${T}7${T}7${T}0${T}0${T}0" >one.anatomy
mkdir plain

if [ -c /dev/full ]; then
	verb() { # EXIT VERB ARGUMENT...; no gnuplot: figures take their time
		lost "$2" "$1" env PATH="$tmp/plain" "$tool" "${@:2}"
	}
	for format in text markdown html ktap gobench kcidb json; do
		verb 1 report quick --format $format
	done
	verb 1 report quick --full
	verb 1 history base new
	verb 1 query .
	verb 1 pick good --point clone
	verb 1 compare base new
	verb 1 power base
	verb 1 counts exact
	verb 125 judge good bad good --point clone
	lost "anatomy table" 1 "$top/build/forkpath-anatomy" table one.anatomy
fi
# A reader that has had enough is no error.
"$tool" report quick --full | head -n 1 >first
code=${PIPESTATUS[0]} out=$(<first)
is "a pipe that is closed early" 0
done_testing
