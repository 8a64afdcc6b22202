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
done_testing
