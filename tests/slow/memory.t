#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# memory.t - the unit tests under ASan and UBSan, and under valgrind
#
# Memory that was never set, read behind its end or after it was freed is a
# failure even where nothing comes of it. What gcc's sanitizers cannot see
# (memory that was never set) valgrind does.

. tests/lib.sh

each() { # DIR COMMAND...: every unit test in DIR by it
	local dir=$1 t name

	shift
	for t in tests/unit/*.c; do
		name=$(basename "$t" .c)
		if [ "$1/$name" = valgrind/runner-events ]; then
			skip "$name: $1" "libpfm4 sees the CPU that it makes up"
			continue
		fi
		run timeout 300 "$@" "$dir/tests/unit/$name"
		# A test that is skipped is none that fails.
		result "$((code != 0))" "$name: ${1##*/}"
	done
}

if echo 'int main(void) { return 0; }' |
	${CC:-cc} -fsanitize=address,undefined -x c -o "$tmp/probe" - \
		2>"$tmp/err" && "$tmp/probe"; then
	run make -s -j "$(nproc)" asan
	is "built with sanitizers" 0
	[ "$code" -ne 0 ] || each build/asan env \
		ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
else
	skip "under sanitizers" "the compiler has none here (libasan, libubsan): \
$(tail -n 1 "$tmp/err")"
fi

if command -v valgrind >/dev/null; then
	each build valgrind -q --error-exitcode=99 \
		--child-silent-after-fork=yes --suppressions=tests/valgrind.supp
else
	skip "under valgrind" "it is not installed (package valgrind)"
fi
done_testing
