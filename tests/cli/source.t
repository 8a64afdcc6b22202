#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# source.t - lab/source: the lines of places that an oops names
#
# The kernel is a program of a few lines: all that is asked of a vmlinux are
# its symbols and its debug information.

. tests/lib.sh

for p in gcc nm addr2line; do
	command -v $p >/dev/null && continue
	skip "places and their lines" "$p is not installed"
	done_testing
	exit
done
tree="$tmp/a tree"
mkdir -p "$tree/init" "$tree/kernel"
cat >"$tree/init/main.c" <<'END'
void move_it(int);
int start_kernel(void)
{
	move_it(1);
	return 0;
}
int main(void) { return start_kernel(); }
END
cat >"$tree/kernel/deep.h" <<'END'
static inline __attribute__((always_inline)) void deep(int *p)
{
	*(volatile int *)p = 1;
}
END
cat >"$tree/kernel/move.c" <<'END'
#include "deep.h"
void there(int *p)
{
	deep(p);
}
void move_it(int n)
{
	int a = n;

	there(&a);
	a = 5;
	there(&a);
}
END
build() { # OUTPUT OPTION...
	gcc -fno-inline -fno-ipa-icf -fomit-frame-pointer -no-pie "${@:2}" \
		-o "$1" "$tree/init/main.c" "$tree/kernel/move.c"
}
build "$tmp/vmlinux" -g -O1 || bail "no program"
build "$tmp/plain" -O1

# As a kernel says it: a function ends where the next symbol lies.
size=$(nm -n "$tmp/vmlinux" | awk '
	from { print $1, from; exit }
	$3 == "move_it" { from = $1 }' | {
	read -r end from
	printf %x $((0x$end - 0x$from)); })
# Behind the first and behind the second call of it.
mapfile -t calls < <(objdump -d "$tmp/vmlinux" | awk '
	/^[0-9a-f]+ <move_it>:/ { inside = 1; start = $1 }
	/^$/ { inside = 0 }
	called { sub(/:.*/, "", $1); print $1, start; called = 0 }
	inside && /(call|bl).*<there>/ { called = 1 }' |
	while read -r at start; do printf '%x\n' $((0x$at - 0x$start)); done)
run lab/source "$tmp/vmlinux" "move_it+0x${calls[0]}/0x$size" \
	"move_it+0x${calls[1]}/0x$size" "RIP:move_it+0x${calls[0]}/0x$size"
is "where a call is, not where it returns to" 0 \
	"move_it+0x${calls[0]}/0x$size kernel/move.c:10" \
	"move_it+0x${calls[1]}/0x$size kernel/move.c:12"
true_that "the instruction itself" [ "$(sed -n '3s/.*://p' <<<"$out")" -gt 10 ]
# ccache gives what was compiled for another tree, which its debug information
# names.
mkdir -p "$tmp/other/build-2" && cp -r "$tree" "$tmp/other/src"
gcc -fno-inline -fno-ipa-icf -fomit-frame-pointer -no-pie -g -O1 \
	-o "$tmp/mixed" "$tree/init/main.c" \
	"$tmp/other/build-2/../src/kernel/move.c"
run lab/source "$tmp/mixed" "move_it+0x${calls[0]}/0x$size"
is "an object of another tree" 0 "move_it+0x${calls[0]}/0x$size kernel/move.c:10"
size=$(nm -n "$tmp/vmlinux" | awk '
	from { print $1, from; exit }
	$3 == "there" { from = $1 }' | {
	read -r end from
	printf %x $((0x$end - 0x$from)); })
run lab/source "$tmp/vmlinux" "RIP:there+0x0/0x$size"
is "of what is inlined the caller" 0 "there+0x0/0x$size kernel/move.c:4"
run lab/source "$tmp/vmlinux" "move_it+0x1/0x1" "nowhere+0x1/0x2"
true_that "a function of another size, or none" [ "$code:$out" = 0: ]
run lab/source "$tmp/plain" "move_it+0x1/0x$size"
true_that "no debug information" [ "$code:$out" = 4: ]
run lab/source "$tmp/vmlinux"
is "no place" 2 "1 words given; expected VMLINUX PLACE..."
run lab/source "$tmp/none" a+0x1/0x2
is "no vmlinux" 2 "none: cannot be read; expected a vmlinux"
run lab/source --help
is "--help" 0 EXAMPLES
true_that "--help: 72 columns" [ -z "$(awk 'length > 72' <<<"$out")" ]

# --- a guest that dies in a test, of an image that has its vmlinux beside it
fd=$(sed -n 's/.*QEMU_INITRD = \([0-9]*\), QEMU_CONSOLE, QEMU_WIRE.*/\1/p' lab/qemu.h)
cat >"$tmp/qemu" <<END
#!/bin/bash
[ "\$1" != --version ] || { echo "QEMU emulator version 9.9.9"; exit; }
say() { # a frame of the test's output, as lab/wire.c has it
	crc=\$(printf '%s' "\$1" | gzip | tail -c 8 | od -An -N4 -tx4)
	printf 'o %08x %s\n%s' \${#1} \$crc "\$1" >&$((fd + 2))
}
say "KTAP version 1
# forkpath stress, kernel 6.12.0, seed 7
  # Subtest: escape
"
printf '%s\n' '[    1.7] BUG: kernel NULL pointer dereference' \
	'[    1.7] RIP: 0010:there+0x0/0x$size' \
	'[    1.7]  ? nothing+0x1/0x2' '[    1.7]  nowhere+0x1/0x2' \
	'[    1.8] Kernel panic - not syncing: Fatal exception' >&$((fd + 1))
END
chmod +x "$tmp/qemu"
made_up_image "$tree/bzImage"
cp "$tmp/vmlinux" "$tree/"
run build/forkpath-lab stress --qemu "$tmp/qemu" "$tree/bzImage" -- escape \
	--time 3 --out "$tmp/kept"
is "a guest that dies names test, seed, lines and what repeats it" 1 \
	"# reason: escape: the guest: BUG: kernel NULL pointer" \
	"  # RIP: 0010:there+0x0/0x$size"$'\n' \
	"  # at there+0x0/0x$size kernel/move.c:4"$'\n' \
	"# repeat: ./run.sh stress escape --seed 7 --time 3 --on lab"
mkdir -p "$tree/arch/x86/boot"
mv "$tree/bzImage" "$tree/arch/x86/boot/"
run build/forkpath-lab stress --qemu "$tmp/qemu" \
	"$tree/arch/x86/boot/bzImage" -- escape --time 3 --out "$tmp/kept2"
is "... in the tree that built it" 1 "  # at there+0x0/0x$size kernel/move.c:4"
rm "$tree/vmlinux"
run build/forkpath-lab stress --qemu "$tmp/qemu" \
	"$tree/arch/x86/boot/bzImage" -- escape --time 3 --out "$tmp/kept3"
is "... or nothing, without one" 1 "RIP: 0010:there+0x0"
true_that "... and no word of it" [ "${out#*# at }" = "$out" ]
done_testing
