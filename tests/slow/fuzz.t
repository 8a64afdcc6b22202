#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fuzz.t - the readers against arbitrary bytes, for some seconds
#
# `make fuzz` is the long form. FUZZ_SECONDS per target (2).

. tests/lib.sh

name="readers of plan, sample, .lat, config and meta"
if ! command -v clang >/dev/null; then
	skip "$name" "clang is not installed"
elif ! echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n)
	{ (void)d; (void)n; return 0; }' | clang -fsanitize=fuzzer,address \
	-x c -o "$tmp/probe" - 2>/dev/null; then
	skip "$name" "the fuzzer runtime of clang (libclang-rt-dev) is not installed"
else
	run make -s -j "$(nproc)" fuzzers
	is "fuzz targets are built" 0
	# Every committed input once, then new ones.
	run bash tests/fuzz/run 100000000 "${FUZZ_SECONDS:-2}"
	is "$name: no crash, hang or leak" 0 " 0 targets failed"
	n=${out##*$'\n'}
	true_that "they did run: ${n%%,*}" [ "${n%% *}" -gt 1000 ]
	run bash tests/fuzz/run many
	is "fuzz: RUNS is no number" 2 "whole numbers"
fi
done_testing
