# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# booted.sh - would a boot that is kept be the same today? . lab/booted.sh
#
#   booted_other   what a results folder was booted with and a guest would now
#                  not be: of its programs, its QEMU and its kernel, by what
#                  `forkpath-lab machine` and `lab/kernel get` say. Nothing:
#                  it is the same.

booted_other() { # FOLDER MACHINE SHA256
	local programs version

	programs=$(sed -n 's/^programs=//p' <<<"$2")
	version=$(sed -n 's/^version=//p' <<<"$2")
	[ -r "$1/meta.json" ] || {
		echo "no record of it"
		return
	}
	grep -qxF " \"programs\": \"$programs\"," "$1/meta.json" ||
		echo "another build of the suite"
	grep -q "^  \"qemu\": \"QEMU emulator version ${version//./\\.}[^0-9.]" \
		"$1/meta.json" || echo "another QEMU"
	grep -qxE " +\"sha256\": \"$3\",?" "$1/meta.json" ||
		echo "another image"
}
