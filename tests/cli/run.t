#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.t - run.sh and make: two at once, what is called, targets that do what
# they say

. tests/lib.sh

# --- Two calls in one checkout, after an update: both build.
tree=$tmp/tree
mkdir -p "$tree/docs" "$tree/configs"
cp -r run.sh Makefile "$tree"
cp docs/usage.txt "$tree/docs"
cp configs/packages "$tree/configs"
mkdir "$tree/bin"
# As long as a build of make's takes, a second one would find half of it.
cat >"$tree/bin/make" <<'EOT'
#!/bin/sh
[ "$1" != -C ] || cd "$2" || exit 1
mkdir build/busy || { echo "two at once" >&2; exit 1; }
: >build/began
while [ -e build/wait ]; do sleep 0.01; done
rmdir build/busy
EOT
mkdir -p "$tree/build"
printf '#!/bin/sh\necho listed\n' >"$tree/build/forkpath-runner"
chmod +x "$tree/bin/make" "$tree/build/forkpath-runner"
: >"$tree/build/wait"
list() { PATH=$tree/bin:$PATH "$tree/run.sh" list; }
list >"$tmp/1" 2>&1 &
first=$!
until [ -e "$tree/build/began" ]; do kill -0 $first || break; sleep 0.01; done
list >"$tmp/2" 2>&1 &
second=$!
until grep -q waiting "$tmp/2"; do kill -0 $second || break; sleep 0.01; done
rm "$tree/build/wait"
wait $first
code=$? out=$(cat "$tmp/1")
is "two at once: the first" 0 listed
wait $second
code=$? out=$(cat "$tmp/2")
is "two at once: the second waits" 0 "another one builds here" listed

# --- Every verb is one, and nothing else is.
for program in runner analysis lab; do
	printf '#!/bin/sh\necho "%s: $*"\n' $program \
		>"$tree/build/forkpath-$program"
	chmod +x "$tree/build/forkpath-$program"
done
mkdir "$tree/lab"
cp lab/run "$tree/lab"
mkdir "$tree/results"
for program in exact anatomy contention matrix try check kernel; do
	printf '#!/bin/sh\necho "%s: $*"\n' $program >"$tree/lab/$program"
	chmod +x "$tree/lab/$program"
done
become() { # WANT ARGUMENT...
	local want=$1

	shift
	run env PATH="$tree/bin:$PATH" "$tree/run.sh" "$@"
	is "run.sh $*" 0 "$want"
	true_that "run.sh $*: in one line" [ "$out" = "$want" ]
}
# Without what the lab needs nothing would be called.
: >"$tree/configs/packages"
become "runner: ask"
become "runner: ask quick --time 5" quick --time 5
become "runner: ask --label stress" --label stress
become "runner: stress escape" stress escape
become "lab: stress 6.12 -- escape" stress escape --on lab 6.12
become "lab: shell 6.12" lab --shell 6.12
become "kernel: list" lab --list
become "check: x" lab --check x
become "exact: --exact A B -- quick" lab --exact A B -- quick
for verb in list doctor clean bisect; do
	become "runner: $verb x" $verb x
done
for verb in report history compare power; do
	become "analysis: $verb x" $verb x
done
become "analysis: query $tree/results x" query x
mkdir "$tree/campaign"
printf '#!/bin/sh\necho "campaign: $*"\n' >"$tree/campaign/campaign"
chmod +x "$tree/campaign/campaign"
become "campaign: x" campaign x
for verb in anatomy contention matrix try; do
	become "$verb: x" $verb x
done

# --- make: nothing succeeds by doing nothing.
for target in instal chek no-such-target; do
	run make $target
	is "make $target" 2 "No rule to make target"
done
run make -n check
is "make check runs tests" 0 "tests/run unit cli"
run make -n check T=report
is "make check T=report runs one" 0 "tests/run report"
run bash tests/run no-such-test
is "a test that is not there" 2 "no test 'no-such-test'"
done_testing
