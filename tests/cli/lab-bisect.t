#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lab-bisect.t - ./run.sh lab bisect: which commit is found, what is refused
#
# The tree is a small one (tests/data/make-tree); what it counts and how it
# fails is made up of the number in its image. Nothing is booted here.

. tests/lib.sh
umask 022

tree="$tmp/a tree"
export FORKPATH_CACHE=$tmp/cache
unset XDG_CACHE_HOME
git="git -c user.name=nobody -c user.email=nobody@invalid -c commit.gpgSign=false -C"

for p in git make cc; do
	command -v $p >/dev/null && continue
	skip "a tree is bisected" "$p is not installed"
	done_testing
	exit
done
if [ "$(df -Pm "$tmp" | awk 'NR == 2 { print $4 }')" -lt 3000 ]; then
	skip "a tree is bisected" "3000 MB are needed"
	done_testing
	exit
fi

# --- thirty commits, one of them a culprit
tests/data/make-tree "$tree"
change() { # NUMBER WHAT
	printf 'int fork_it(void)\n{\n\treturn %s; /* %s */\n}\n' "$1" "$2" \
		>"$tree/kernel/fork.c"
	$git "$tree" commit -qam "$2"
}
for i in {1..30}; do
	at=1
	[ "$i" -lt 19 ] || at=11
	# What does not build, and what does nothing.
	case $i in
	7|15|22) change "nothing$i" "change $i, broken" ;;
	*)	change $at "change $i" ;;
	esac
done
culprit=$($git "$tree" log --format=%h --abbrev=12 --grep='change 19$')

# --- what is asked of images
mkdir "$tmp/top" "$tmp/bin"
cp -r lab configs "$tmp/top"
ln -s "$PWD/build" "$tmp/top/build"
cat >"$tmp/top/lab/exact" <<'EOT'
#!/bin/bash
# --names 3 --reuse DIR GOOD NEW -- --plan-file=PLAN --out DIR
number() { sed -nE 's/.*return ([0-9]+);.*/\1/p' "$1" | head -n 1; }
plan=${8#--plan-file=}
[ "$(grep -vc '^#\|^line' "$plan")" = 1 ] && grep -q 'kind=vfork' "$plan" &&
	mkdir "${10}" || exit 2
awk -v n=$(($(number "$6") - $(number "$5"))) 'BEGIN {
	if (n) {
		print "  operation  base  patch  state"
		printf "  clone  1000  %+d  +0.0\n  clone: fork_it %+d\n", n, n
	}
	print "  same code in " !n " of 1 operations"
}' >"${10}/report.txt"
EOT
cat >"$tmp/top/run.sh" <<'EOT'
#!/bin/bash
# stress escape --time 60 --seed 1 --out DIR --on lab IMAGE
[ "${*:1:6} ${*:9:2}" = "stress escape --time 60 --seed 1 --on lab" ] || exit 2
[ -z "${ASKED-}" ] || cksum <"${11}" >>"$ASKED"
if grep -aq 'return 11;' "${11}"; then
	echo "    not ok 1 v2"
	echo "    # reason: escape: invariant: left behind"
	echo "  # subtests: 0 ok, 1 not ok"
	exit 1
fi
echo "  # subtests: 1 ok, 0 not ok"
EOT
printf '#!/bin/sh\necho QEMU emulator version 9.9.9\n' \
	>"$tmp/bin/qemu-system-x86_64"
chmod +x "$tmp/top/lab/exact" "$tmp/top/run.sh" "$tmp/bin/qemu-system-x86_64"
n=0
bisect() { # ARGUMENT...
	n=$((n + 1))
	run env PATH="$tmp/bin:$PATH" "$tmp/top/lab/bisect" --out "$tmp/out$n" \
		--tree "$tree" "$@"
}
refused() { # NAME TEXT
	is "$1" 2 "$2"
	true_that "... nothing is left" [ ! -e "$tmp/out$n" ]
}
state() {
	(cd "$tree" && find . -type f -print0 | sort -z | xargs -0 cksum)
}
point=clone/kind=vfork/until=exit

run lab/bisect --help
is "--help" 0 EXAMPLES
true_that "--help: 72 columns" [ -z "$(awk 'length > 72' <<<"$out")" ]
$git "$tree" status --porcelain >/dev/null	# renews the index
before=$(state)
bisect v6.12 HEAD -- reader-tax $point
is "the culprit among what does not build" 0 \
	"first bad commit: $culprit change 19" "      fork_it +11"
true_that "... in few steps" test "$(grep -c '^\(good\|bad\|skip\) ' \
	"$tmp/out$n/bisect.txt")" -le 9
bisect v6.12 HEAD -- stress escape
is "the culprit by a stress test" 0 "first bad commit: $culprit change 19" \
	"escape: invariant: left behind"
true_that "the tree is as it was" test "$(state)" = "$before"
# Killed in the middle: neither the tree nor the next one is any the worse.
for i in 1 2 3; do
	rm -rf "$tmp/cache/try/images" "$tmp/killed"
	setsid env PATH="$tmp/bin:$PATH" "$tmp/top/lab/bisect" --tree "$tree" \
		--out "$tmp/killed" v6.12 HEAD -- stress escape \
		>/dev/null 2>&1 &
	pid=$!
	until [ "$(grep -c . "$tmp/killed/bisect.txt" 2>/dev/null)" -ge $((3 * i)) ]
	do
		kill -0 $pid 2>/dev/null || break
		sleep 0.02
	done
	kill -9 -- -$pid 2>/dev/null
	wait $pid 2>/dev/null
done
true_that "killed three times the tree is as it was" test "$(state)" = "$before"
bisect v6.12 HEAD -- stress escape
is "... and the next one finds it" 0 "first bad commit: $culprit change 19"
bisect v6.12 HEAD --is better -- reader-tax $point
is "what is asked for in the wrong direction" 1 "BAD executes more \
instructions (+11); --is worse looks for that"
bisect v6.12~0 HEAD~14 -- reader-tax $point
is "one that adds one" 0 "change 1"
bisect HEAD~5 HEAD -- reader-tax $point
is "no difference" 1 "no difference between GOOD and BAD in $point"
bisect HEAD~9 HEAD -- stress escape
is "a GOOD that is not" 1 "on GOOD: 1 of 1 test FAILED"
# Beside the culprit nothing builds: two it may be.
$git "$tree" checkout -q -b close v6.12
change 1 "one"
change "nothing" "no build"
change 11 "eleven"
bisect HEAD~2 HEAD -- reader-tax $point
is "one of two" 1 "not found: the first bad commit is one of" "no build" "eleven"
$git "$tree" checkout -q main

$git "$tree" checkout -q -b words v6.12
for i in {1..8}; do
	[ "$i" != 4 ] || printf 'int fork_it(void)\n{\n\treturn 11;\n}\n' \
		>"$tree/kernel/fork.c"
	echo "$i" >>"$tree/README"
	$git "$tree" add -A
	$git "$tree" commit -qm "word $i"
done
export ASKED=$tmp/asked
bisect v6.12 HEAD -- stress escape
is "commits that change no code" 0 "first bad commit: " " word 4" \
	"      as $($git "$tree" rev-parse --short=12 v6.12)"
true_that "... are not asked again" test "$(wc -l <"$ASKED")" -eq 2
unset ASKED
$git "$tree" checkout -q main

$git "$tree" checkout -q -b full main
sed -i 's/^bzImage Image:/&\n\techo "as: no: No space left on device" >\&2; false/' \
	"$tree/Makefile"
change 11 "a full disk"
bisect v6.12 HEAD -- stress escape
is "no space left" 2 "no space left; FORKPATH_CACHE=DIR is another place"
$git "$tree" checkout -q main

bisect HEAD v6.12 -- reader-tax $point
refused "the ends the other way round" "'HEAD' is no ancestor of 'v6.12'"
bisect v6.99 HEAD -- reader-tax $point
refused "no such commit" "no commit 'v6.99'; expected a commit,"
whole=$tree
$git "$tmp" clone -q --bare "$tree" "$tmp/bare"
$git "$tmp" clone -q --depth 1 "file://$tree" "$tmp/shallow"
tree=$tmp/bare
bisect v6.12 HEAD -- reader-tax $point
refused "bare" "a bare repository; expected a tree with its files"
tree=$tmp/shallow
bisect HEAD~1 HEAD -- reader-tax $point
refused "shallow" "no commit 'HEAD~1' (it is a shallow clone: git fetch"
tree=$whole
bisect v6.12 HEAD -- reader-tax clone/kind=thread
refused "more than one point" "operations are 'clone/kind=thread'; expected \
one, such as"
bisect v6.12 HEAD -- reader-tax clone/kind=nothing
refused "no point" "0 operations are 'clone/kind=nothing'; expected one"
bisect v6.12 HEAD -- reader-tax
refused "no point is given" "1 words behind --; expected QUESTION POINT"
bisect v6.12 HEAD -- nothing at-all
refused "no question" "nothing"
bisect v6.12 HEAD -- stress escape/v2 nothing
refused "no test" "no stress test 'nothing'"
bisect v6.12 -- stress
refused "one end" "1 commits given; expected GOOD BAD"
bisect v6.12 HEAD --arch mips -- stress
refused "--arch" "--arch: 'mips' is neither x86_64 nor arm64"
bisect v6.12 HEAD --is else -- stress
refused "--is" "--is: 'else'; expected worse or better"
bisect --fast v6.12 HEAD -- stress
refused "unknown option" "unknown option '--fast'; known: --tree"
done_testing
