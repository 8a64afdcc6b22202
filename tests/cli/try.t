#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# try.t - ./run.sh try: what is asked for, and that nobody's tree is touched
#
# The tree is a small one (tests/data/make-tree). Nothing is booted here.

. tests/lib.sh
umask 022

try=lab/try
tree="$tmp/a tree"
export FORKPATH_CACHE=$tmp/cache
unset XDG_CACHE_HOME
git="git -c user.name=nobody -c user.email=nobody@invalid -c init.defaultBranch=main -c commit.gpgSign=false -C"

for p in git make cc; do
	command -v $p >/dev/null && continue
	skip "a patch is tried" "$p is not installed"
	done_testing
	exit
done

one_line() { [ "$(wc -l <<<"$out")" -eq 1 ]; }
refused() { # NAME TEXT
	is "$1" 2 "$2"
	true_that "... in one line" one_line
}
# All of the tree: names, sizes, times, what is in them. (Of an object that it
# would have written git renews the time, wherever it is.)
state() {
	(cd "$tree" && find . -printf '%p %y %s %T@ %m\n' | sort |
		sed -E '/^.\/.git\/objects/s/ [0-9.]+ ([0-7]+)$/ \1/'
	 find . -type f -print0 | sort -z | xargs -0 cksum)
}
change() { # NUMBER SUBJECT: one commit that returns it
	printf '#include <linux/none.h>\nint fork_it(void)\n{\n\treturn %s;\n}\n' \
		"$1" | sed 1d >"$tree/kernel/fork.c"
	$git "$tree" commit -qam "$2"
}

run $try --help
is "--help" 0 EXAMPLES
true_that "--help: 72 columns" [ -z "$(awk 'length > 72' <<<"$out")" ]

# --- a small tree
tests/data/make-tree "$tree"
change 1 "fork: return one"
change 2 "fork: return two"
$git "$tree" format-patch -q -o "$tmp/patches" v6.12
(cd "$tmp/patches" && printf '# a series\n' >series && ls ./*.patch >>series)
cat "$tmp"/patches/*.patch >"$tmp/both.mbox"
$git "$tree" checkout -q -b long
change 3 "fork: return three, of which the subject is longer than a line of a mail may be"
$git "$tree" checkout -q main
sed '1,/^---/d' "$tmp"/patches/0001*.patch | sed -n '/^diff/,/^-- $/p' |
	sed '$d' >"$tmp/plain.diff"
before=$(state)

# --- what is not right
run $try
refused "nothing" "0 words given; expected TREE BASE..NEW"
run $try "$tree" v6.12
refused "no second kernel" "'v6.12' alone; expected BASE..NEW, patches or"
run $try "$tree" v6.12...HEAD
refused "three dots" "'v6.12...HEAD': three dots; expected BASE..NEW"
run $try "$tree" v6.12..v6.99
refused "a tag that does not exist" "no commit 'v6.99'; expected a commit,"
run $try "$tree" v6.12..v6.12
refused "nothing between" "both are "
run $try "$tmp/none" v6.12..HEAD
refused "no such directory" "no such directory; expected a git tree"
mkdir "$tmp/plain"
run $try "$tmp/plain" v6.12..HEAD
refused "no git tree" "plain: not a git tree"
$git "$tmp/plain" init -q
$git "$tmp/plain" commit -qm none --allow-empty
run $try "$tmp/plain" HEAD..HEAD
refused "no kernel" "'HEAD' has no kernel/fork.c; expected a tree of the kernel"
$git "$tmp" clone -q --bare "$tree" "$tmp/bare"
run $try "$tmp/bare" v6.12..HEAD
refused "bare" "a bare repository; expected a tree with its files"
$git "$tmp" clone -q --depth 1 "file://$tree" "$tmp/shallow"
run $try "$tmp/shallow" HEAD~1..HEAD
refused "shallow" "no commit 'HEAD~1' (it is a shallow clone: git fetch"
$git "$tmp" clone -q "$tree" "$tmp/dirty"
echo >>"$tmp/dirty/kernel/fork.c"
run $try "$tmp/dirty" v6.12..HEAD
refused "uncommitted changes" "uncommitted changes in kernel/fork.c (files: 1)"
run $try "$tree" v6.12..HEAD --variant rebuild
refused "two ways" "two ways to the second kernel"
run $try "$tree" v6.12 --variant faster
refused "unknown variant" "no 'faster'; there are: $(cd lab/variants && echo *)"
run $try "$tree" v6.12 --variant ../check
refused "a variant from elsewhere" "no '../check'; there are: "
run $try "$tree" v6.12 "$tmp/none.mbox"
refused "no such patch" "none.mbox: no such file; expected an mbox"
run $try "$tree" v6.12 "$tmp/patches"
refused "a folder of patches" "patches: a directory; expected an mbox"
mkdir "$tmp/empty"
echo "# nothing" >"$tmp/empty/series"
run $try "$tree" v6.12 "$tmp/empty/series"
refused "an empty series" "series: a series without a patch"
run $try "$tree/.git" v6.12..HEAD
refused "not the tree but what is in it" "inside of the git directory of a tree"
run $try "$tree" v6.12..HEAD --stress much
refused "--stress" "--stress: 'much'; expected seconds"
run $try "$tree" v6.12..HEAD --jobs 0
refused "--jobs" "--jobs: '0'; expected a number from 1"
run $try "$tree" v6.12..HEAD --toolchain gcc-99
refused "--toolchain" "no 'gcc-99' here; expected a compiler"
run $try "$tree" v6.12..HEAD --arch mips
refused "--arch" "--arch: 'mips' is neither x86_64 nor arm64"
other=arm64
[ "$(uname -m)" != aarch64 ] || other=x86_64
# What there is of programs, but for a compiler of the other architecture.
mkdir "$tmp/less-bin"
for p in bash cat df dirname env git id ls mkdir nproc readlink sed uname; do
	ln -s "$(command -v $p)" "$tmp/less-bin/"
done
run env PATH="$tmp/less-bin" $try "$tree" v6.12..HEAD --arch $other
refused "--arch without its compiler" "linux-gnu-gcc' here; expected a compiler"
ln -s "$(command -v cc)" "$tmp/less-bin/clang"
run env PATH="$tmp/less-bin" $try "$tree" v6.12..HEAD --arch $other --toolchain clang
refused "--arch without its linker" "linux-gnu-ld' here (package binutils-"
run $try "$tree" v6.12..HEAD --arch
refused "--arch alone" "--arch: its value is missing"
run $try "$tree" v6.12..HEAD -- much
refused "no question" "no question 'much'; ./run.sh list shows them"
run $try --source six "$tmp/both.mbox"
refused "--source" "'six'; expected a series such as 6.12"
run $try --fast "$tree" v6.12..HEAD
refused "unknown option" "unknown option '--fast'; known: --source"
run env FORKPATH_CACHE="$tmp/a cache" $try --build "$tree" v6.12..HEAD
refused "a cache with a blank in its path" "takes no path with a blank"
if root "no space" && mkdir "$tmp/small" &&
   mount -t tmpfs -o size=8m,mode=700 small "$tmp/small" 2>/dev/null; then
	run env FORKPATH_CACHE="$tmp/small" $try --build "$tree" v6.12..HEAD
	umount "$tmp/small"
	refused "no space" "small: 8 MB free; expected 500 MB for sources and"
elif [ "$(id -u)" -eq 0 ]; then
	skip "no space" "no tmpfs can be mounted here"
fi
free=$(df -Pm "$tmp" | awk 'NR == 2 { print $4 }')
if [ "$free" -lt 3000 ]; then
	skip "something is built" "$free MB free, 3000 are needed"
	done_testing
	exit
fi

# --- both are built
build() { # NAME ARGUMENT...
	n=$((${n-0} + 1))
	run $try --build --out "$tmp/out$n" "$@"
}
hash_of() { $git "$tree" rev-parse --short=12 "$1"; }

build "$tree" v6.12..HEAD
is "a range, in a tree with a blank in its path" 0 \
	"$(hash_of v6.12) first: building" \
	"$(hash_of HEAD) fork: return two: building" \
	"$tmp/out$n/pair/patched/bzImage"
true_that "the images differ" test "$(cksum <"$tmp/out$n/pair/base/bzImage")" \
	!= "$(cksum <"$tmp/out$n/pair/patched/bzImage")"
# 6.12.0-small and this are 24 characters, as is every other.
true_that "a release name of one length" \
	grep -qa -- '-try00000000' "$tmp/out$n/pair/base/bzImage"
two=$(cksum <"$tmp/out$n/pair/patched/bzImage")
build "$tree" v6.12..HEAD
is "the second time nothing is built" 0 "first: built before" \
	"return two: built before"
build "$tree" v6.12 "$tmp/both.mbox"
is "an mbox" 0 "fork: return two: built before"
build "$tree" v6.12 "$tmp/patches/series"
is "a quilt series" 0 "fork: return two: built before"
build "$tree" v6.12 "$tmp/plain.diff"
is "a patch without a mail" 0 "plain.diff: building"
build "$tree" v6.12 --variant nops=3:kernel/fork.c:fork_it
is "a variant" 0 "variant: nops=3:kernel/fork.c:fork_it: building"
build "$tree" v6.12 --variant rebuild
is "a rebuild" 0 "variant: rebuild: building"
build "$tree" v6.12..HEAD --each
is "every commit" 0 "fork: return one: built before" "$tmp/out$n/pair/base/bzImage"
true_that "... has its kernels" cmp "$tmp/out$n/1/patched/bzImage" \
	"$tmp/out$n/2/base/bzImage"
run env GIT_DIR=/nowhere GIT_INDEX_FILE=/nowhere/index $try --build \
	--out "$tmp/hook" "$tree" v6.12..HEAD
is "called by git" 0 "return two: built before"
build --committed "$tmp/dirty" v6.12..HEAD
is "--committed" 0 "return two: built before"
true_that "... without them" \
	test "$(cksum <"$tmp/out$n/pair/patched/bzImage")" = "$two"

# --- the mail, of a comparison and tests that are made up
mkdir "$tmp/top" "$tmp/bin"
cp -r lab configs "$tmp/top"
cat >"$tmp/top/lab/exact" <<'END'
#!/bin/bash
# As lab/exact has it: what is behind -- is the question's, --out also.
[ -z "${HANG-}" ] || { echo $$ >>"$HANG"; exec sleep 1000; }
sleep "${TAKES-0}"
[ "$7" != --arch ] || set -- "${@:1:6}" "${@:9}"
[ "${*:1:3} ${*:7:3}" = "--names 3 --reuse -- reader-tax --out" ] &&
	mkdir "${10}" || exit 2
if [ "$5" = "$6" ]; then
	echo "  same code in 2 of 2 operations"
else
	printf '  %s\n' "operation  base  patch  state" "fork       1000    +10   +0.0" \
		"fork: fork_it +10" "same code in 1 of 2 operations"
fi >"${10}/report.txt"
END
cat >"$tmp/top/run.sh" <<'END'
#!/bin/sh
# stress [NAME] --time SECONDS --out DIR --on lab IMAGE
[ "$1" = --version ] && exec echo forkpath
[ -z "${HANG-}" ] || { echo $$ >>"$HANG"; exec sleep 1000; }
[ -z "${ASKED-}" ] || echo "$*" >>"$ASKED"
if [ "$1" = contention ]; then
	[ -z "${OLD-}" ] || { echo "contention: needs QEMU 10" >&2; exit 4; }
	while [ "$1" != --out ]; do shift; done
	mkdir "$2"
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' line E a "a E" b "b E" \
		css_set_lock 1 15/5 1 15/5 1 counter 0.9 - 0 2/1 0.9 \
		>"$2/contention.tsv"
	exit
fi
sleep "${TAKES-0}"
for image; do :; done
case ${SLOW+$*} in
*debug-*)
	echo "  # reason: exit-storm: the guest: the time limit of 9 s is over (--timeout)"
	exit 1 ;;
esac
! grep -aq 'return [23];' "$image" || case $* in
*--time\ 120*debug-kernel*|*no-memory\ --time\ 60*)
	echo "    # reason: kernel: BUG: KASAN: use-after-free in fork_it+0x1/0x2"
	echo "    not ok 1 v2"
	echo "  # not ok no-memory/v2: kernel: BUG"
	echo "  # subtests: 0 ok, 1 not ok"
	exit 1 ;;
esac
echo "  ok 3 exit-storm"
echo "  ok 4 tree # SKIP no time is left of the budget"
echo "  ok 5 no-memory # SKIP no FAULT_INJECTION"
echo "  # subtests: 5 ok, 0 not ok, 1 skipped"
END
printf '#!/bin/sh\necho QEMU emulator version 9.9.9\n' \
	>"$tmp/bin/qemu-system-x86_64"
cp "$tmp/bin/qemu-system-x86_64" "$tmp/bin/qemu-system-aarch64"
chmod +x "$tmp/top/lab/exact" "$tmp/top/run.sh" "$tmp"/bin/qemu-system-*
run env PATH="$tmp/bin:$PATH" "$tmp/top/lab/try" --out "$tmp/mail" "$tree" \
	v6.12..long
is "a mail" 0 "Code that the patch changes executes 10 more instructions per" \
	"Base compared with itself: same code in all 2 operations." \
	"Stress: 5 tests passed in 60 s, 1 skipped." "QEMU 9.9.9"
true_that "... of 72 columns" [ -z "$(awk 'length > 72' "$tmp/mail/mail.txt")" ]
out=$(cat "$tmp/mail/trailer.txt")
is "a trailer" 0 "Forkpath-reader-tax: 10 more in 1 of 2"

run env PATH="$tmp/bin:$PATH" "$tmp/top/lab/try" --contention \
	--out "$tmp/lines" "$tree" v6.12..long
is "--contention" 0 \
	"Contention, threads on 2 CPUs: 2 lines of memory shared," \
	"1 on base. Accesses/locked of one operation:" \
	"  new   counter  " "caches, how long CPUs wait. Counted on one"
run env OLD=1 PATH="$tmp/bin:$PATH" "$tmp/top/lab/try" --contention \
	--out "$tmp/lines2" "$tree" v6.12..long
is "--contention where it cannot be" 0 \
	"Contention: not looked at: contention: needs QEMU 10"

if [ $other = arm64 ] && command -v aarch64-linux-gnu-gcc >/dev/null; then
	run env ASKED="$tmp/asked" PATH="$tmp/bin:$PATH" "$tmp/top/lab/try" \
		--arch arm64 --out "$tmp/arm64" "$tree" v6.12..long
	is "--arch: the mail says of what it is" 0 \
		"fork path of arm64, in instructions: reader-tax" \
		"  built    aarch64-linux-gnu-gcc" "QEMU 9.9.9" "--arch arm64"
	# Of an ELF file the machine is at 18; 183 is arm64's.
	true_that "--arch: it is of that" test "$(od -An -t u2 -j 18 -N 2 \
		"$tmp/arm64/pair/patched/Image" | tr -d ' ')" = 183
	true_that "--arch: as its part of the configuration says" \
		grep -q ^CONFIG_SERIAL_8250_PCI=y "$tmp/arm64/pair/base/config"
	out=$(cat "$tmp/asked" "$tmp/arm64/trailer.txt")
	is "--arch: it is booted as such" 0 \
		"--on lab --arch arm64 $tmp/arm64/pair/patched/Image" \
		"Forkpath-arch: arm64"
	rm "$tmp/asked"
else
	skip "--arch" "no aarch64-linux-gnu-gcc, or not x86-64 here"
fi

# Programs of these names, so that there are tests to be put into an order.
mkdir -p "$tmp/top/build/bench/stress"
for t in clone-into escape no-memory tree; do
	cp "$tmp/top/run.sh" "$tmp/top/build/bench/stress/$t"
done
run env ASKED="$tmp/asked" PATH="$tmp/bin:$PATH" "$tmp/top/lab/try" --debug \
	--out "$tmp/debug" "$tree" v6.12..long
is "--debug: which commit was the first" 1 \
	"Stress: 5 tests passed in 60 s, 1 skipped." \
	"With lockdep, KASAN and fault injection: 1 of 1 test FAILED in 120 s." \
	"  kernel: BUG: KASAN: use-after-free in fork_it+0x1/0x2" \
	"  First in $(hash_of HEAD) fork: return two"
true_that "... its kernel was configured so" \
	grep -q ^CONFIG_FAULT_INJECTION=y "$tmp/debug/debug-kernel/config"
true_that "... and is another one" test "$(cksum <"$tmp/debug/pair/patched/config")" \
	!= "$(cksum <"$tmp/debug/debug-kernel/config")"
out=$(cut -d ' ' -f 1-7 "$tmp/asked")
is "... with what moves first, and there with what did not run before" 1 \
	"stress escape clone-into no-memory tree --time 60" \
	"stress no-memory tree escape clone-into --time 120" \
	"stress no-memory --time 60"
rm -r "$tmp/top/build/bench/stress"
run env PATH="$tmp/bin:$PATH" "$tmp/top/lab/try" --debug --out "$tmp/debug2" \
	"$tree" v6.12..HEAD~1
is "--debug: nothing" 0 $'With lockdep, KASAN and fault injection:\n  5 tests passed'
true_that "what base has been compared with is not asked again" \
	test -z "$(grep 'first with itself' <<<"$out")"
run env SLOW=1 PATH="$tmp/bin:$PATH" "$tmp/top/lab/try" --debug \
	--out "$tmp/debug3" "$tree" v6.12..HEAD~1
is "--debug: not through in time" 1 "With lockdep, KASAN and fault injection: \
not decided: 0 tests passed."
true_that "... no commit is blamed for that" \
	test -z "$(grep -E 'First in|which commit' <<<"$out")"
run $try "$tree" v6.12..HEAD --debug --stress 0
refused "--debug without tests" "--debug: without stress tests there is nothing"

# --- stopped while tests and comparisons go on
env HANG="$tmp/pids" PATH="$tmp/bin:$PATH" "$tmp/top/lab/try" \
	--out "$tmp/stopped" "$tree" v6.12..long >/dev/null 2>&1 &
pid=$!
: >"$tmp/pids"
until [ "$(wc -l <"$tmp/pids")" -ge 2 ] || ! kill -0 $pid 2>/dev/null; do
	sleep 0.02
done
kill $pid
wait $pid
code=$? out=$(cat "$tmp/pids")
is "it is stopped" 143
left=''
for p in $out; do
	for _ in {1..500}; do
		kill -0 "$p" 2>/dev/null || continue 2
		sleep 0.02
	done
	left+=" $p"
done
true_that "... and with it what it had begun" test "$(wc -w <<<"$out"):$left" = 2:

# --- what does not apply or build
build "$tree" HEAD "$tmp/both.mbox"
refused "an mbox that does not apply" "both.mbox: does not apply to \
$(hash_of HEAD): "
build "$tree" HEAD "$tmp/plain.diff"
refused "a patch that does not apply" "plain.diff: does not apply to "
printf 'From: nobody\nSubject: [PATCH 0/2] two\n\nNo patch.\n' >"$tmp/cover.mbox"
build "$tree" v6.12 "$tmp/cover.mbox"
refused "a cover letter" "cover.mbox: no patch, or a mail without one"
echo none >"$tmp/none.diff"
build "$tree" v6.12 "$tmp/none.diff"
refused "a patch that is none" "none.diff: no patch, or a mail without one"
build "$tree" v6.12 "$tmp/both.mbox"
is "... and the next does" 0 "return two: built before"
build "$tree" v6.12 --variant nops=3:kernel/fork.c:exit_it
is "a variant that does not fit" 2 "no function 'exit_it' in kernel/fork.c" \
	"nops=3:kernel/fork.c:exit_it is not possible in $(hash_of v6.12)"
cp -r "$tree/kernel" "$tmp/elsewhere"
before_it=$(cksum <"$tmp/elsewhere/fork.c")
for f in "$tmp/elsewhere/fork.c" ../../../../elsewhere/fork.c; do
	build "$tree" v6.12 --variant "nops=3:$f:fork_it"
	is "a variant of what is elsewhere" 2 "'$f' is not a path in the tree"
done
true_that "... does not change it" \
	test "$(cksum <"$tmp/elsewhere/fork.c")" = "$before_it"
true_that "of what was refused no folder is left" [ ! -e "$tmp/out$n" ]
sed '/BLK_DEV_INITRD/d' configs/kernel/lab.config >"$tmp/less"
build --config "$tmp/less" "$tree" v6.12..HEAD
is "a configuration that does not boot" 4 "CONFIG_BLK_DEV_INITRD is not set"
true_that "the tree is as it was" test "$(state)" = "$before"

change 'three' "fork: return three"
build "$tree" v6.12..HEAD
is "a commit that does not build" 1 "$(hash_of HEAD) fork: return three: its \
build fails" "kernel/fork.c:3:" "three" "undeclared"
true_that "all of it is in its log" grep -q undeclared "$tmp/out$n/build.log"
sed -i 's/^bzImage Image:/&\n\techo "as: no: No space left on device" >\&2; false/' \
	"$tree/Makefile"
change 5 "fork: a full disk"
build "$tree" v6.12..HEAD
is "no space left as it builds" 2 "no space left; FORKPATH_CACHE=DIR is"
$git "$tree" reset -q --hard HEAD~1
change 4 "fork: return four"

# --- killed at some moments, from its start to its end: as it builds, as what
# --- is made up for boots goes on, as it writes the mail; slow/try-killed.t: more
kills=${TRY_KILLS:-5}
whole() { # DIR
	TAKES=0.3 PATH="$tmp/bin:$PATH" exec setsid "$tmp/top/lab/try" \
		--out "$1" "$tree" v6.12..HEAD
}
status=$($git "$tree" status --porcelain)	# which may renew the index
before=$(state)
rm -rf "$tmp/cache/try/images"
from=$(date +%s%N)
out=$(whole "$tmp/unkilled" 2>&1)
code=$?
took=$((($(date +%s%N) - from) / 1000))
is "what is killed then is this" 0 "fork: return four: building" \
	"comparing the first with itself" "stress: 60 s" "comparing: reader-tax"
for ((i = 1; i <= kills; i++)); do
	rm -rf "$tmp/cache/try/images" "$tmp/killed"
	whole "$tmp/killed" >/dev/null 2>&1 &
	pid=$!
	sleep "$(awk -v us=$((took * i / kills)) 'BEGIN { print us / 1e6 }')"
	kill -9 -- -$pid 2>/dev/null
	wait $pid 2>/dev/null
	[ "$(state)" = "$before" ] || break
done
true_that "killed at any of $kills moments the tree is as it was" \
	test "$(state)" = "$before"
true_that "nothing is uncommitted" \
	test -z "$status$($git "$tree" status --porcelain)"
true_that "one work tree" \
	test "$($git "$tree" worktree list | wc -l)" -eq 1
rm -rf "$tmp/killed"
out=$(whole "$tmp/killed" 2>&1)
code=$?
is "and what was killed does not stand in the way" 0 \
	"Stress: 5 tests passed in 60 s, 1 skipped."
true_that "... says the same" \
	cmp "$tmp/unkilled/mail.txt" "$tmp/killed/mail.txt"
cmp -s "$tmp/killed/pair/base/bzImage" "$tmp/out1/pair/base/bzImage"
true_that "... and is the same kernel" [ $? -eq 0 ]
done_testing
