# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lab/try
#
# build.sh - a commit becomes an image: . lab/build.sh
#
# Its sources are checked out below the cache, in a repository that borrows
# the objects of the tree that is given (objects/info/alternates).
#
#   for_arch         what a kernel of --arch is built with and booted by
#   borrow, unpack   the sources are those of the tree, or of the package
#   second           the second kernel becomes a commit
#   image            $built: a directory with bzImage (of arm64: Image), System.map,
#                    config; with debug information vmlinux, too
#   debug_image      the same with configs/kernel/debug.config in addition

more=()	# parts of a configuration, over that which was asked for

# ARCH, or this machine's. Of another one the compiler's name has a prefix, and
# what calls a guest says so: $on.
for_arch() { # [ARCH]
	local own=x86_64

	[ "$(uname -m)" != aarch64 ] || own=arm64
	case ${1:-$own} in
	x86_64)	karch=x86 boots=bzImage qemu=qemu-system-x86_64
		package_of_qemu=qemu-system-x86 cross=x86_64-linux-gnu- ;;
	arm64)	karch=arm64 boots=Image qemu=qemu-system-aarch64
		package_of_qemu=qemu-system-arm cross=aarch64-linux-gnu- ;;
	*)	bad "--arch: '$1' is neither x86_64 nor arm64" ;;
	esac
	on=(${1:+--arch "$1"})
	foreign=''
	if [ "${1:-$own}" = "$own" ]; then
		cross=''
	else
		foreign=-$1
		case $cc in gcc*) cc=$cross$cc ;; esac
	fi
	[ "$karch" = x86 ] || [ "$config" != configs/kernel/lab.config ] ||
		more=("$top/configs/kernel/lab-$karch.config")
	command -v "$cc" >/dev/null || bad "--toolchain: no '$cc' here; \
expected a compiler such as gcc-12 or clang"
	[ -z "$cross" ] || command -v "${cross}ld" >/dev/null ||
		bad "--arch: no '${cross}ld' here (package binutils-${cross%-})"
}

# --- our sources ------------------------------------------------------------

# By name: a half made one is not taken for a part of the tree around it.
mine() {
	git -C "$src" --git-dir="$src/.git" --work-tree="$src" -c core.autocrlf=false -c core.fsmonitor=false \
		-c core.compression=1 -c gc.auto=0 -c core.hooksPath=/dev/null \
		-c user.name=forkpath -c user.email=forkpath@localhost \
		-c commit.gpgSign=false -c core.excludesFile=/dev/null "$@"
}

room() { # DIR MB
	local free

	free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$2" ] || bad "$1: $free MB free; expected $2 MB for \
sources and objects; FORKPATH_CACHE=DIR is another place"
}

# One tree's or one package's place, locked. Its compilers hold the lock, so
# that nobody builds beside those that a killed one left.
place() { # NAME
	work=$cache/$1 src=$cache/$1/src build=$cache/$1/build$foreign
	[[ $work != *[[:space:]:]* ]] || bad "$work: the kernel's make takes no \
path with a blank or a colon; FORKPATH_CACHE=DIR is another place"
	mkdir -p "$work" || exit 1
	exec 9>"$work/lock" || exit 1
	flock -n 9 || {
		say "another one builds in $work, waiting for it"
		flock 9
	}
	if [ -d "$src/kernel" ]; then
		room "$work" 500
	else
		room "$work" 3000
	fi
}

borrow() {
	local objects

	place "tree-$(readlink -f "$tree" | sha256sum | cut -c1-12)"
	objects=$(given rev-parse --git-path objects) || exit 1
	[ "${objects#/}" != "$objects" ] || objects=$tree/$objects
	objects=$(readlink -f "$objects")
	git init -q "$src" || exit 1
	rm -f "$src"/.git/*.lock
	mkdir -p "$src/.git/objects/info"
	echo "$objects" >"$src/.git/objects/info/alternates"
}

# The package becomes a repository of one commit.
unpack() {
	local tar=/usr/src/linux-source-$package.tar.xz said

	if [ ! -f "$tar" ]; then
		said=$(lab/kernel source "$package") || exit
		tar=$(sed -n 's/^source=//p' <<<"$said")
	fi
	place "source-$package-$(stat -Lc '%s %Y' "$tar" | sha256sum | cut -c1-12)"
	if ! base_hash=$(mine rev-parse -q --verify refs/tags/package^0 \
	     2>/dev/null); then
		say "unpacking $tar"
		rm -rf "$src"
		mkdir "$src" && tar xf "$tar" -C "$src" --strip-components 1 &&
			git init -q "$src" && mine add -A -f &&
			dated mine commit -q -m "$(version_of "$src/Makefile" \
				"linux-source-%s")" && mine tag package || exit 1
		base_hash=$(mine rev-parse package)
	fi
	rm -f "$src"/.git/*.lock
}

# Equal patches on equal commits are equal commits.
dated() {
	GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' \
		GIT_COMMITTER_DATE='2026-01-01T00:00:00Z' "$@"
}

version_of() { # MAKEFILE FORMAT
	awk -v format="$2" '
	/^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION) *=/ && !($1 in v) {
		v[$1] = $3
	}
	END {
		printf format "\n", v["VERSION"] "." v["PATCHLEVEL"] "." \
			v["SUBLEVEL"] v["EXTRAVERSION"]
	}' "$1"
}

full() {
	bad "$work: no space left; FORKPATH_CACHE=DIR is another place"
}

put() { # HASH: the sources are those of that commit
	local said

	rm -rf "$src/.git/rebase-apply"
	said=$(mine checkout -q -f --detach "$1" 2>&1 &&
		mine clean -qfdx 2>&1) || {
		case $said in
		*"No space left"*) full ;;
		esac
		fail "$src: ${said%%$'\n'*}"
	}
}

nothing_in() { # PATCH
	bad "$1: no patch, or a mail without one (a cover letter?); expected \
patches alone"
}

apply() { # PATCH
	local said

	if grep -qE '^(From [0-9a-f]{7,}|From:|Subject:)' "$1"; then
		said=$(dated mine am -q --committer-date-is-author-date \
			"$1" 2>&1) && return
		[[ $said != *"Patch is empty"* ]] || nothing_in "$1"
		said=$(grep -E '^(error|Patch failed|fatal)' <<<"$said" |
			head -n 2 | paste -sd ' ')
	else
		said=$(mine apply --index "$1" 2>&1 &&
			dated mine commit -q -m "${1##*/}" 2>&1) && return
		[[ $said != *"No valid patches in input"* ]] || nothing_in "$1"
		said=${said%%$'\n'*}
	fi
	bad "$1: does not apply to ${base_hash:0:12}: $said"
}

# The second kernel, as a commit.
second() {
	case $way in
	patches)
		put "$base_hash"
		for p in "${list[@]}"; do
			apply "$p"
		done
		new_hash=$(mine rev-parse HEAD) ;;
	variant)
		put "$base_hash"
		(cd "$src" && "$top/lab/variants/$name" "${variant#"$name"}") ||
			bad "--variant: $variant is not possible in ${base_hash:0:12}, \
see above"
		mine add -A
		dated mine commit -q --allow-empty -m "variant: $variant"
		new_hash=$(mine rev-parse HEAD) ;;
	esac
}

# --- building ---------------------------------------------------------------

# In the background, so that a signal is not kept waiting. $making has others.
child() {
	local code others=$making

	"$@" &
	making="$others $!"
	wait $!
	code=$?
	making=$others	# its number is soon that of somebody else
	return $code
}

kbuild() {
	child env ARCH="$karch" CROSS_COMPILE="$cross" make -s -C "$src" \
		O="$build" -j"$jobs" CC="$wrap$cc" \
		KBUILD_BUILD_USER=try KBUILD_BUILD_HOST=lab "$@" \
		</dev/null >>"$work/log" 2>&1
}

# What make was at when it was killed may be half a file.
settle() {
	[ ! -e "$build.now" ] || find "$build" -newer "$build.now" \
		\( -name '*.o' -o -name '*.a' -o -name '.*.cmd' \) -delete
	rm -f "$build.now"
	mkdir -p "$build"
}

# To $key: all that the configuration comes of; to $from: what is given of it.
config_key() { # HASH
	if [ -f "$config" ]; then
		from=$(readlink -f "$config")
	else
		from=$(lab/kernel ${on[@]+"${on[@]}"} get "$config" |
			sed -n 's/^config=//p')
		[ -s "$from" ] || bad "--config: '$config'; expected a file, or \
a release whose configuration is known"
	fi
	key=$( { mine ls-tree -r "$1" |
		grep -E '(Kconfig[^/]*|\.config|	scripts/.*)$'
		"$cc" --version; cat "$from" ${more[@]+"${more[@]}"}
		echo "$wrap$cc$foreign"; } |
		sha256sum | cut -c1-16)
}

merged() { # FRAGMENT
	(cd "$src" && scripts/kconfig/merge_config.sh -O "$build" -m \
		"$build/.config" "$1") >>"$work/log" 2>&1
}

configure() { # HASH
	local part

	if [ ! -s "$work/config-$key" ]; then
		rm -f "$build/.config"
		if head -n 5 "$from" | grep -q 'Kernel Configuration'; then
			cp "$from" "$build/.config"
		elif ! kbuild tinyconfig || ! merged "$from"; then
			not_built "$1" configuration
		fi
		for part in ${more[@]+"${more[@]}"}; do
			merged "$part" || not_built "$1" configuration
		done
		kbuild olddefconfig || not_built "$1" configuration
		cache_keep "$build/.config" "$work/config-$key"
	fi
	cmp -s "$work/config-$key" "$build/.config" ||
		cp "$work/config-$key" "$build/.config"
	lab/check --boot "$build/.config" "$config" || exit
}

subject() { # HASH
	mine log -1 --format='%h %s' --abbrev=12 "$1" | cut -c1-66
}

not_built() { # HASH WHAT
	! grep -q 'No space left' "$work/log" || full
	awk '/(error|Error|undefined reference|No rule)/ { left = 6 }
		left-- > 0 { print; any = 1 }
		{ last = $0 }
		END { if (!any) print last }' "$work/log" | head -n 20 >&2
	cp "$work/log" "$out/build.log"
	fail "$(subject "$1"): its $2 fails, see above and $out/build.log"
}

# Release names of one length: another moves data (docs/exact.md).
local_version() {
	local v

	v=$(version_of "$src/Makefile" %s)
	v=$(printf '%*s' $((20 - ${#v})) '')
	echo "-try${v// /0}"
}

# The same with what says of a kernel that it is wrong, in objects of its own.
debug_image() { # HASH
	local build=$build-debug more=(${more[@]+"${more[@]}"}
		"$top/configs/kernel/debug.config")

	image "$1"
}

# Beside the image lab/stress.c looks for it.
keep_source_lines() {
	! grep -q '^CONFIG_DEBUG_INFO=y' "$build/.config" ||
		cp "$build/vmlinux" "$built.new/"
}

image() { # HASH [STAMP]; in $built: a directory with it
	local stamp=${2-2026-01-01} version=1 now from key image

	[ $# -lt 2 ] || version=7
	now=$(date +%s)
	: >"$work/log"
	config_key "$1"
	image=$( { mine rev-parse "$1^{tree}"; echo "$key $stamp"; } | sha256sum |
		cut -c1-24)
	built=$cache/images/$image
	if [ -s "$built/$boots" ]; then
		say "$(subject "$1"): built before"
		return
	fi
	say "$(subject "$1"): building"
	put "$1"
	settle
	configure "$1"
	: >"$build.now"
	kbuild LOCALVERSION="$(local_version)" KBUILD_BUILD_TIMESTAMP="$stamp" \
		KBUILD_BUILD_VERSION=$version "$boots" || {
		rm -f "$build.now"
		not_built "$1" build
	}
	rm -f "$build.now"
	rm -rf "$built.new"
	mkdir -p "$built.new" && cp "$build/System.map" "$built.new/" &&
		cp "$build/.config" "$built.new/config" &&
		cp "$build/arch/$karch/boot/$boots" "$built.new/" &&
		echo "$image" >"$built.new/key" &&
		keep_source_lines &&
		mv -T "$built.new" "$built" || exit 1
	say "built in $(($(date +%s) - now)) s"
}
