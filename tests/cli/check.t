#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check.t - what a kernel must be built with is told before it boots

. tests/lib.sh

required=configs/kernel/required
whole=configs/kernel/lab.config
check=lab/check

narrow() { ! awk 'length > 72' <<<"$out" | grep -q .; }
without() { # OPTION: the configuration less it
	sed "s/^CONFIG_$1=.*/# CONFIG_$1 is not set/" $whole >"$tmp/less"
}

run $check $whole
is "ours has all of it" 0 "it boots" "BLK_DEV_INITRD            yes  its files"
true_that "72 columns" narrow
true_that "nothing is missing" [ -z "$(grep -E ' (no|m) ' <<<"$out")" ]

# Every row is looked at: none is there where it is not set.
while read -r need option _; do
	case $need in
	boot|exact|part) ;;
	*)	continue ;;
	esac
	option=${option%>=*}
	[ "$option" = "${option#ARM64:}" ] || continue	# tests/lab/arm64.t
	option=${option#!ARM64:}
	without "$option"
	run $check "$tmp/less"
	if [ "$need" = boot ]; then
		is "without $option" 4 "$option " "no guest comes up"
		run $check --boot "$tmp/less" bzImage
		is "... in one line" 4 "lab/check: bzImage: CONFIG_$option is not \
set; expected "
		true_that "... and no other" [ "$(wc -l <<<"$out")" -eq 1 ]
	else
		is "without $option" 0 "it boots"
	fi
	run $check "$tmp/less"
	true_that "... its row says no" \
		grep -qE "^$need +$option +(no|0) " <<<"$out"
done <$required
true_that "there are rows" [ "$tap_n" -gt 50 ]

head='1i# Linux/x86 6.19.0 Kernel Configuration'
sed "$head" $whole >"$tmp/whole"
sed -e "$head" -e "s/_UARTS=.*/_UARTS=1/; s/^CONFIG_TMPFS=y/CONFIG_TMPFS=m/" $whole \
	>"$tmp/less"
run $check --boot "$tmp/less" bzImage
is "one serial port, a module" 4 \
	"CONFIG_SERIAL_8250_RUNTIME_UARTS is 1; expected 2 or more: a second" \
	"CONFIG_TMPFS is m; expected y: results are files"
true_that "three lines" [ "$(wc -l <<<"$out")" -eq 3 ]

# What boots asks before it boots.
made_up_image "$tmp/bzImage"
run $check "$tmp/bzImage,config=$tmp/less"
is "an image and its configuration" 4 "no guest comes up"
run build/forkpath-lab exec --qemu /bin/true \
	"$tmp/bzImage,config=$tmp/less" -- true
is "the lab does not boot it" 4 "CONFIG_TMPFS is m; expected y"
run build/forkpath-lab exec --qemu /bin/true \
	"$tmp/bzImage,config=$tmp/whole" -- true
true_that "the lab boots the other" [ "$code" -ne 4 ]
run $check "$tmp/bzImage"
is "no configuration" 2 "its configuration is not known; expected \
IMAGE,config=FILE"
run $check
is "nothing" 2 "0 kernels given"
run $check --all
is "unknown option" 2 "unknown option '--all'; known: --boot --help"
run $check --help
is "--help" 0 EXAMPLES
true_that "--help: 72 columns" narrow
done_testing
