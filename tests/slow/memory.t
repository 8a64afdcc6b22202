#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# memory.t - the unit tests under ASan and UBSan, and under valgrind
#
# Memory that was never set, read behind its end or after it was freed is a
# failure even where nothing comes of it. What gcc's sanitizers cannot see
# (memory that was never set) valgrind does. As many side by side as there are
# CPUs. Loops of chance run a few rounds: what they assert is the business of
# the unit tier.

. tests/lib.sh

# The test is $0, its output and exit code go to $DIR/$0.
# shellcheck disable=SC2016 # for the inner shell
one='timeout 300 "$@" >"$DIR/$0" 2>&1; echo $? >"$DIR/$0.code"'

each() { # DIR COMMAND...: every unit test in DIR by it
	local dir=$1 name names=()

	shift
	for name in tests/unit/*.c; do
		name=$(basename "$name" .c)
		if [ "$1/$name" = valgrind/runner-events ]; then
			skip "$name: $1" "libpfm4 sees the CPU that it makes up"
			continue
		fi
		names+=("$name")
	done
	mkdir "$tmp/$1"
	printf '%s\n' "${names[@]}" | DIR=$tmp/$1 TEST_EFFORT=3 \
		xargs -P "$(nproc)" -I '{}' \
		bash -c "$one" '{}' "$@" "$dir/tests/unit/{}"
	for name in "${names[@]}"; do
		out=$(cat "$tmp/$1/$name")
		code=$(cat "$tmp/$1/$name.code")
		# A test that is skipped is none that fails.
		result "$((code != 0))" "$name: $1"
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
