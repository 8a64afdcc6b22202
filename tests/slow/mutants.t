#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mutants.t - the judge of the tests, judged: a small tree with known faults

. tests/lib.sh

tool=$PWD/tests/mutants/mutants
tree=$tmp/tree
mkdir -p "$tree"/{lib,bench,runner,tests/unit,tests/cli}
var=$(mktemp -d /var/tmp/forkpath-test-XXXXXX) || exit 1
trap 'rm -rf "$tmp" "$var"' EXIT
chmod 755 "$var"	# who judges is nobody
cd "$tree" || exit 1

cat >lib/a.c <<'END'
int unit_sees(int x)
{
	if (x)
		return 1;
	return 2;
}

int nobody_sees(int x)
{
	if (x)
		return 1;
	return 2;
}

int needs_its_value(void)
{
	int v[] = { 1, 2 };

	return v[0] - 1;
}

int is_set_twice(int x)
{
	int y = 1;

	y = x;
	return y;
}

void goes_on(volatile int *x)
{
	while (*x)
		;
}
END
cat >bench/b.c <<'END'
int nobody_sees(int x);

int main(int argc, char **argv)
{
	(void)argv;
	nobody_sees(1);
	if (argc > 1)
		return 3;
	return 0;
}
END
cat >tests/unit/lib-a.c <<'END'
int unit_sees(int x), needs_its_value(void), is_set_twice(int x);
void goes_on(volatile int *x);

int main(void)
{
	volatile int none = 0;

	goes_on(&none);
	return unit_sees(1) != 1 || needs_its_value() || is_set_twice(0);
}
END
cat >tests/cli/b.t <<'END'
build/bench/b && echo "ok 1 - none" || echo "not ok 1 - none"
echo 1..1
END
cat >tests/cli/other.t <<'END'
[ ! -e wrong ] && echo "ok 1 - other"
echo 1..1
END
cat >Makefile <<'END'
tests: build/bench/b build/tests/unit/lib-a
build/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -w -c -o $@ $<
build/%: build/%.o build/lib/a.o
	$(CC) -o $@ $^
.PRECIOUS: build/%.o
END
git init -q . && git add -A

judge() { # WHAT is kept in $out and $log
	run env TMPDIR="$var" MAKEFLAGS= python3 "$tool" --rooms 1 \
		--count 99 --log "$tmp/log" "$@"
}
said() { # NAME PATTERN: a line of the log
	if grep -qE "$2" "$tmp/log"; then result 0 "$1"; else
		out+=$'\n'$(cat "$tmp/log" 2>/dev/null)
		result 1 "$1"
	fi
}

before=$(find . -path ./.git -prune -o -type f -exec sha256sum {} + | sort)
judge --least 1 --limit 10
if [ "$code" -eq 4 ]; then
	skip "mutants" "${out##*$'\n'}"
	echo "1..$tap_n"
	exit
fi
tab=$'\t'
is "a survivor is one too many where all have to be killed" 1 \
	"survived: lib/a.c:10: negated: 'x' -> '!(x)'"
said "what a unit test notices is killed by it" \
	"^lib-a.c${tab}lib/a.c:3: negated.*exit code 1"
said "what only a command shows is killed by that test, with its line" \
	"^b.t${tab}bench/b.c:7: negated.*not ok 1 - none"
said "what no test notices has survived" "^-${tab}lib/a.c:10: negated"
said "so has a call that is not missed" "^-${tab}bench/b.c:6: dropped"
said "what cannot be built is no mutant" \
	"^does not compile${tab}lib/a.c:17: not set"
said "what does not change the object is none" \
	"^same object${tab}lib/a.c:24: not set"
said "what does not come to an end is killed by the time limit" \
	"^lib-a.c${tab}lib/a.c:32: negated.*time limit$"
case $out in
*", 1 of them by a time limit, "*"besides, 1 did not compile, 1 had the same object"*)
	result 0 "each kind has its own count" ;;
*)	result 1 "each kind has its own count" ;;
esac
after=$(find . -path ./.git -prune -o -type f -exec sha256sum {} + | sort)
true_that "the tree is as it was" [ "$before" = "$after" ]
true_that "no copy is left" [ -z "$(ls -A "$var")" ]

judge --only bench --least 0.1 --limit 5
is "enough are killed: exit 0" 0 " killed ("
first=$(cat "$tmp/log")
judge --only bench --least 0.1 --limit 5
true_that "the same seed judges the same mutants" [ "$first" = "$(cat "$tmp/log")" ]

# A list, which is a log: of what the source still has.
cat >"$tmp/these" <<END
other.t${tab}bench/b.c:90: negated: 'argc > 1' -> '!(argc > 1)'${tab}exit code 1
bench/b.c:6: dropped: 'nobody_sees(1)' -> '(void)0'
-${tab}bench/b.c:6: dropped: 'is_gone(1)' -> '(void)0'${tab}
END
judge --these "$tmp/these" --list
is "what is wanted is taken by its text, wherever it is now" 0 \
	"not in the source any more: bench/b.c:6: dropped: 'is_gone(1)'" \
	"bench/b.c:7: negated: 'argc > 1'" "bench/b.c:6: dropped"
echo "b.t${tab}bench/b.c:7: negated: 'argc > 1' -> '!(argc > 1)'${tab}why" \
	>"$tmp/log"
judge --these "$tmp/these" --go-on
is "what the log has is not judged twice, and counts" 1 \
	"2 mutants, 1 killed (50 %)" "2 of 2: SURVIVED: bench/b.c:6: dropped"
said "and its line is kept" "^b.t${tab}bench/b.c:7: negated.*why$"
echo "wrong" >"$tmp/these"
judge --these "$tmp/these"
is "what is no mutant is named" 1 \
	"these:1: no mutant: wrong; expected a line of --list or of a log"

# One failure may be the load.
cp tests/cli/other.t "$tmp/other"
cat >tests/cli/other.t <<'END'
build/bench/b
if [ -e once ] || cmp -s build/bench/b ../asbuilt/build/bench/b; then
	echo "ok 1 - other"
else
	echo "not ok 1 - other"
fi
: >once
echo 1..1
END
echo "bench/b.c:6: dropped: 'nobody_sees(1)' -> '(void)0'" >"$tmp/these"
judge --these "$tmp/these"
is "what fails once only kills nobody, and is said" 1 \
	"other.t failed once only: not ok 1 - other" "1 mutants, 0 killed"
cp "$tmp/other" tests/cli/other.t

# Ended in the middle: by the test that has begun, and waits.
cat >tests/cli/other.t <<END
: >begun
while [ ! -e wrong ]; do sleep 0.01; done
echo "ok 1 - other"
echo 1..1
END
TMPDIR=$var MAKEFLAGS='' python3 "$tool" --rooms 1 >/dev/null 2>&1 &
pid=$!
begun() { ls "$var"/*/*/begun >/dev/null 2>&1; }
for ((i = 0; i < 6000; i++)); do
	if begun || ! kill -0 $pid 2>/dev/null; then break; fi
	sleep 0.01
done
kill -TERM $pid
wait $pid
true_that "SIGTERM ends it" [ $? -eq 143 ]
true_that "and what it had begun" [ -z "$(ls -A "$var")" ]
waits=$(pgrep -fx "bash tests/cli/other.t")
true_that "and no test waits any more" [ -z "$waits" ]

cat >tests/cli/other.t <<'END'
[ ! -e wrong ] && echo "ok 1 - other"
echo 1..1
for d in /sys/fs/cgroup /sys/fs/cgroup/*; do
	[ ! -e "$d/cgroup.procs" ] || mkdir "$d/x" && echo "# made $d/x"
done
END
touch wrong && git add wrong
judge --only bench --least 0.1
is "a test that fails without a fault judges nothing, and is named" 0 \
	"other.t fails without any fault: 0 of 1 lines" \
	"left out, as they fail without a fault: other.t"
true_that "nothing is left then, either" [ -z "$(ls -A "$var")" ]
if [ "$(id -u)" -ne 0 ]; then
	skip "whose cgroups are its own" "needs root"
elif ! grep -q ' - cgroup2\? ' /proc/self/mountinfo; then
	skip "whose cgroups are its own" "no cgroups are mounted"
else
	true_that "whose cgroups are its own" grep -q "^# made " <<<"$out"
fi
left=''
for d in /sys/fs/cgroup/forkpath-inside-* /sys/fs/cgroup/*/forkpath-inside-*; do
	p=${d##*/forkpath-inside-}
	if [ -e "$d" ] && [ ! -e "/proc/${p%%-*}" ]; then left+=" $d"; fi
done
true_that "no cgroup is left${left:+:}$left" [ -z "$left" ]
echo "1..$tap_n"
