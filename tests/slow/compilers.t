#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# compilers.t - gcc and clang have nothing to say, here and for an ARM

. tests/lib.sh

for cc in gcc clang; do
	if ! command -v $cc >/dev/null; then
		skip "$cc without a warning" "it is not installed"
		continue
	fi
	run make -s -j "$(nproc)" CC=$cc WERROR=1 B="$tmp/$cc" tests
	is "$cc without a warning" 0
done

# What is carried to another machine: lib/, bench/ and workloads/.
cross=aarch64-linux-gnu-gcc
for cc in "$cross" "clang --target=aarch64-linux-gnu"; do
	# clang has no libc of its own: the one of gcc's.
	if ! command -v $cross >/dev/null || ! command -v "${cc%% *}" >/dev/null; then
		skip "aarch64 by $cc without a warning" "it is not installed"
		continue
	fi
	# shellcheck disable=SC2086 # its words
	run $cc -fsyntax-only -std=gnu11 -Ilib -Wall -Wextra -Wshadow \
		-Wmissing-prototypes -Werror lib/*.c bench/*.c \
		bench/stress/*.c workloads/*.c
	is "aarch64 by $cc without a warning" 0
done
done_testing
