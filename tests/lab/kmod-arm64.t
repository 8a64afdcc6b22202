#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kmod-arm64.t - the kernel module for guests of arm64: built here, tested there
#
# LAB_ARM64_KERNEL is the release that is booted, two times; modules are built
# for KMOD_ARM64_KERNELS.

. tests/lib.sh

guest=build/arm64/tests/kmod/guest
release=${LAB_ARM64_KERNEL:-6.12}
built=''

needs_arm64 "module" || { done_testing; exit; }
rm -f build/kmod/*-arm64*/*.o
for r in ${KMOD_ARM64_KERNELS:-6.1 6.12 newest 6.12-16k}; do
	ko=$(kmod/build --arch arm64 "$r" 2>"$tmp/err")
	code=$? out=$ko$'\n'$(cat "$tmp/err")
	if [ "$code" -eq 4 ]; then
		skip "module for $r" "${out##*$'\n'}"
		continue
	fi
	is "module for $r" 0 "build/kmod/" "arm64" "/forkpath.ko"
	[ -f "$ko" ] || continue
	# Of an ELF file the machine is at 18; 183 is arm64's.
	true_that "module for $r: of arm64" \
		[ "$(od -An -t u2 -j 18 -N 2 "$ko" | tr -d ' ')" = 183 ]
	[ "$r" != "$release" ] || built=$ko
	out=$(grep -i warning "${ko%/*}/log" |
		grep -vi 'compiler differs\|pahole')
	true_that "module for $r: no warning" [ -z "$out" ]
done
run kmod/build --arch mips 6.12
is "no such architecture" 2 "'mips' is neither x86_64 nor arm64"

if [ -z "$built" ]; then
	skip "inside a guest" "no module for $release"
	done_testing
	exit
fi
run make -s -j "$(nproc)" ARCH=arm64 WERROR=1 guest $guest
is "programs of the guest" 0

# --numa 2x1: we live on node 0, node 1 is there to be broken. These kernels
# keep memory for devices (CMA), which the kernel itself is never given: free
# blocks that no allocation of ours can have.
run timeout 900 build/forkpath-lab exec --arch arm64 --numa 2x1 --memory 1G \
	--append cma=0 --add $guest:/forkpath/guest --add "$built:/forkpath/m.ko" \
	"$release" -- ./guest test m.ko
all=$out
while IFS= read -r line; do
	case $line in
	'ok '*)		result 0 "$release: ${line#*- }" ;;
	'not ok '*)	out=$all; result 1 "$release: ${line#*- }" ;;
	'# '*)		echo "$line" ;;
	esac
done <<<"$all"
out=$all
is "$release: all tests, and their plan" 0 $'\n1..'

# The questions themselves, on two nodes: locks, arrays, pids. What is loaded
# is what lab and kmod/build have agreed on.
printf '%s\n' '[question]' 'title = Module' \
	'[rwlock locks]' 'lock = rcu rwsem-own percpu-slow+rwsem' 'ops = 40' \
	'[array node]' 'kind = kmalloc flex-array' 'pointers = 8192' \
	'node = remote' 'policy = strict' 'ops = 5' >"$tmp/module.conf"
run timeout 900 build/forkpath-lab run --arch arm64 --exact --numa 2x1 \
	"$release" -- "$tmp/module.conf" --out "$tmp/module"
is "a question of locks and arrays" 0 "5 ok, 0 skipped, 0 failed, 0 void"
folder=$(cut -f2 <<<"$out" | tail -n 1)
figure() { # LINE UNIT: of that Benchmark line, less its fraction
	sed -n "s/^Benchmark[^ ]*$1.* \([0-9]*\)[.0-9]* $2 .*/\1/p" \
		"$folder"/*.sample | head -n 1
}
pair() { figure "lock=$1\/" pair-instructions; }
# A section of RCU is nothing where preemption is not counted (6.12).
true_that "a pair of rcu is next to nothing" [ "$(pair rcu)" -lt 30 ]
true_that "an rwsem is more than rcu" [ "$(pair rwsem-own)" -gt "$(pair rcu)" ]
true_that "two locks are more than one" \
	[ "$(pair percpu-slow+rwsem)" -gt "$(pair rwsem-own)" ]
true_that "an array is more than nothing" \
	[ "$(figure kind=flex-array alloc-instructions)" -gt 0 ]
done_testing
