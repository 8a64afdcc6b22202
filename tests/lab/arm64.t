#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arm64.t - guests of another architecture: built, booted, counted, stressed
#
# LAB_ARM64_KERNEL is the release (or Image) that is booted, nine times;
# 6.12-16k is, once.

. tests/lib.sh

export FORKPATH_JOURNAL_DIR=$tmp/journal
lab=build/forkpath-lab
analysis=build/forkpath-analysis

# --- What needs no guest.

run $lab exec --arch mips 6.12 -- true
is "an architecture that nobody knows" 2 "--arch: 'mips' is wrong; x86_64 or arm64"
run lab/kernel --arch mips list
is "for kernels, too" 2 "--arch: 'mips' is neither x86_64 nor arm64"
head -c 4096 /dev/zero >"$tmp/zeroes"
run lab/kernel --arch arm64 get "$tmp/zeroes"
is "no Image" 2 "not an Image of arm64"
printf ARMd | dd of="$tmp/zeroes" bs=1 seek=56 conv=notrunc 2>/dev/null
run lab/kernel --arch arm64 get "$tmp/zeroes"
is "an Image without a release" 2 "names no release"
printf 'Linux version 6.12.1-x (a@b) #1' >>"$tmp/zeroes"
run lab/kernel --arch arm64 get "$tmp/zeroes"
is "an Image" 0 "release=6.12.1-x"
export FORKPATH_CACHE=$tmp/cache
gzip <"$tmp/zeroes" >"$tmp/packed"
# An EFI program with the same in it, PACKED by METHOD, TAIL behind it.
zboot() { # PACKED METHOD TAIL
	local size

	size=$(($(stat -c %s "$1") + ${#3}))
	printf 'MZ\0\0zimg\x40\0\0\0'
	# shellcheck disable=SC2059 # bytes
	printf "$(printf '\\x%02x' $((size & 255)) $((size >> 8 & 255)) \
		$((size >> 16 & 255)) $((size >> 24)))"
	printf '\0\0\0\0\0\0\0\0%-8s' "$2" | tr ' ' '\0'
	head -c 32 /dev/zero
	cat "$1"
	printf %s "$3"
}
zboot "$tmp/packed" gzip '' >"$tmp/efi"
xz <"$tmp/zeroes" >"$tmp/packed.xz"
zboot "$tmp/packed.xz" xzkern size >"$tmp/efi.xz"
for packed in packed efi efi.xz; do
	run lab/kernel --arch arm64 get "$tmp/$packed"
	is "a packed one: $packed" 0 "release=6.12.1-x"
	image=$(sed -n 's/^image=//p' <<<"$out")
	true_that "... is what was packed" cmp "$image" "$tmp/zeroes"
done
head -c -30 "$tmp/efi.xz" >"$tmp/cut"
run lab/kernel --arch arm64 get "$tmp/cut"
is "one that is cut off" 2 "what is packed in it cannot be unpacked here"
run lab/kernel --arch x86_64 get "$tmp/efi"
is "of x86-64 it is none" 2 "not a bzImage; an EFI image"
unset FORKPATH_CACHE
printf 'CONFIG_ARM64=y\n# CONFIG_TTY is not set\n' >"$tmp/config"
run lab/check "$tmp/config"
is "what such a kernel needs" 4 SERIAL_AMBA_PL011_CONSOLE SERIAL_8250_PCI
true_that "is not what one of x86-64 needs" [ "${out#*RUNTIME_UARTS}" = "$out" ]

# --- Programs.

needs_arm64 "guests of arm64" || { done_testing; exit; }
run timeout 500 lab/kernel --arch arm64 libraries
is "libraries" 0 sysroot=
sysroot=${out#*sysroot=}
true_that "the shell of a guest is among them" [ -x "${sysroot%%$'\n'*}/bin/busybox" ]
run make -s -j "$(nproc)" ARCH=arm64 WERROR=1 guest dist
is "every program is built, without a warning" 0 aarch64.tar.xz
packed=$(tail -n 1 <<<"$out")
true_that "for arm64" [ -z "$(for file in build/arm64/bench/* \
	build/arm64/lab/init build/arm64/lab/forkpath-runner; do
	# Of an ELF file the machine is at 18; 183 is arm64's.
	case $file in *.o|*.d) continue ;; esac
	[ -f "$file" ] || continue
	[ "$(od -An -t u2 -j 18 -N 2 "$file" | tr -d ' ')" = 183 ] ||
		echo "$file"
done)" ]

# --- Guests.

kernel=$(timeout 500 lab/kernel --arch arm64 get "${LAB_ARM64_KERNEL:-6.12}" \
	2>"$tmp/err" | sed -n 's/^image=//p')
[ -n "$kernel" ] || {
	skip "guests of arm64" "no kernel to boot: $(tail -n 1 "$tmp/err")"
	done_testing
	exit
}
# shellcheck disable=SC2016 # the guest's shell expands it
run timeout 300 $lab exec --arch arm64 --numa 2x1 --distance 21 "$kernel" -- \
	sh -c 'uname -m; cat /sys/devices/system/node/node0/distance
	build/bench/exec --ops 20 --time 5 | grep -c "^Benchmark"
	for pmu in arm_n1 arm_v2; do
		LIBPFM_FORCE_PMU=$pmu build/forkpath-runner events \
			CPU_CYCLES:k,L1D_CACHE_REFILL:u,REMOTE_ACCESS
	done; exit 7'
is "a command" 7 aarch64 "10 21"
is "programs of machine code are executed" 7 $'\n1'
events=CPU_CYCLES:k=4:11:0:0:25,L1D_CACHE_REFILL:u=4:3:0:0:26,REMOTE_ACCESS=4:31:0:0:24
is "events of Neoverse CPUs have their names" 7 "$events"$'\n'"$events"

# QEMU's own frequency is 62.5 MHz.
run timeout 300 $lab exec --arch arm64 --cpu neoverse-n1 "$kernel" -- \
	sh -c 'build/forkpath-runner doctor; true'
is "a counter that ticks slowly" 0 \
	"clock source arch_sys_counter, ticks every 16 ns" "QEMU"
if lab/kernel --arch arm64 get 6.12-16k >"$tmp/large" 2>&1; then
	run timeout 300 $lab exec --arch arm64 6.12-16k -- sh -c \
		'uname -r; grep -m 1 KernelPageSize /proc/self/smaps'
	is "pages of 16 KiB" 0 "-arm64-16k" " 16 kB"
else
	skip "pages of 16 KiB" "$(tail -n 1 "$tmp/large")"
fi

printf '%s\n' '[question]' 'title = Small' '[null floor]' 'ops = 50' \
	'[clone create]' 'kind = thread fork' 'ops = 50' >"$tmp/small.conf"
run timeout 300 $lab exec --arch arm64 --add "$packed:/root/packed.tar.xz" \
	--add "$tmp/small.conf:/root/small.conf" "$kernel" -- sh -c 'cd /root
	unxz packed.tar.xz && tar xf packed.tar && cd forkpath-* &&
	./run.sh ../small.conf --repeat 2'
is "the archive measures and reports where there is nothing" 0 \
	"15 ok, 0 skipped, 0 failed, 0 void" "Neoverse-N1, 2 CPUs, 1 node" \
	"Creating a task"

timeout 600 $lab run --arch arm64 --exact --silence 300 --boots 2 "$kernel" -- \
	tests/data/exact.conf --out "$tmp/same" >"$tmp/folders" 2>"$tmp/log"
code=$? out=$(cat "$tmp/log")
is "two exact boots" 0 "5 ok, 0 skipped, 0 failed, 0 void"
mapfile -t folder < <(cut -f2 "$tmp/folders")
run $analysis compare A="${folder[0]}" B="${folder[1]}"
is "every sample is equal" 0 "no instruction differs in all 4 points"
run $analysis counts "${folder[0]}"
# shellcheck disable=SC2016 # for awk
true_that "nothing takes as many instructions each time" awk -F'\t' '
	$3 == "floor" { found = 1; exit !($7 == $8 && $8 == $9 && $10 == 50) }
	END { exit !found }' <<<"$out"
run python3 -c 'import json, sys
m = json.load(open(sys.argv[1]))
print(m["cpu"]["model"], m["place"], m["hypervisor"], m["lab"]["cpu"])' \
	"${folder[0]}/meta.json"
is "the record says what it was" 0 \
	"Neoverse-N1 lab QEMU neoverse-n1,cntfrq=1000000000"

run timeout 600 lab/anatomy --arch arm64 --rounds 100 --lock-mode both \
	--out "$tmp/anatomy" "$kernel"
is "functions" 0 "__percpu_down_read" "cgroup_post_fork"
# One lock is taken twice more, by the one that clones and by its child.
# shellcheck disable=SC2016 # for awk
true_that "every window is its sample, every instruction has a name" \
	awk '/that are their sample/ { ok += $5 == 100 && $6 == 100 }
	/% in functions with a name/ { ok += $7 == 100 && $8 == 100 }
	/of it in its locks/ { ok += $6 == 0 && $7 > 40 }
	END { exit ok != 3 }' <<<"$out"

run timeout 600 ./run.sh lab --arch arm64 --exact --code "$kernel" "$kernel" -- \
	tests/data/exact.conf --out "$tmp/aa"
is "a kernel against itself, two layouts" 0 "same code in 4 of 4 operations"
true_that "no function, no static key differs" \
	[ -z "$(grep -E '^code|static key' <<<"$out")" ]

run timeout 600 $lab stress --arch arm64 "$kernel" -- escape release \
	--time 10
is "stress tests" 0 "0 not ok" "ok 1 escape"
done_testing
