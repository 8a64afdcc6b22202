#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lab-kernel.t - lab/kernel: what an image is; an archive, whole and broken
#
# The archive is made here: two releases of a distribution with kernels of
# two kilobytes, signed by a key of this test, served from a directory.
# Only the last test asks the real one.

. tests/lib.sh
umask 022	# dpkg-deb makes no package of what others cannot read

real=${FORKPATH_CACHE-}
[ -n "$real" ] || real=${XDG_CACHE_HOME:-$HOME/.cache}/forkpath
export FORKPATH_CACHE=$tmp/cache
kernel=lab/kernel
c=$tmp/cache/kernels

one_line() { [ "$(wc -l <<<"$out")" -eq 1 ]; }
narrow() { ! awk 'length > 72' <<<"$out" | grep -q .; }
value() { sed -n "s/^$1=//p" <<<"$out"; }
refused() { # NAME TEXT
	is "$1" 2 "$2"
	true_that "$1: one line" one_line
}
no() { ! grep -q "$1" <<<"$out"; }
bytes() { # FILE OFFSET OCTAL...
	printf '%b' "$(printf '\\0%s' "${@:3}")" |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
config() { # VERSION OPTION...
	printf '#\n# Automatically generated file\n'
	printf '# Linux/x86 %s Kernel Configuration\n#\n' "$1"
	shift
	printf 'CONFIG_%s\n' "$@"
}

run $kernel --help
is "--help" 0 EXAMPLES
true_that "--help: 72 columns" narrow
run $kernel --version
is "--version" 0 forkpath
run $kernel
refused "no verb" "list, get, headers"
run $kernel take 6.12
refused "unknown verb" "unknown verb 'take'"
run $kernel get
refused "get: nothing" "one RELEASE"
run $kernel get 6.12 6.18
refused "get: two" "one RELEASE"
run $kernel get linux
refused "get: no release" "'linux' is no release"
run $kernel list --colour
refused "list: unknown option" "'--colour'; known: --update"

# --- A cache that somebody else could have filled.
refuses() { # NAME TEXT DIR: a cache there
	run env FORKPATH_CACHE="$3" $kernel list
	refused "$1" "$2; FORKPATH_CACHE=DIR is another place"
}
mkdir -m 777 "$tmp/open"
refuses "a cache below a directory of everybody" \
	"others can write to $tmp/open" "$tmp/open/cache"
mkdir -m 770 "$tmp/group"
refuses "a cache that a group can write to" "others can write to $tmp/group" \
	"$tmp/group"
ln -s open "$tmp/link"
refuses "... behind a link" "others can write to $tmp/open" "$tmp/link/c"
if root "a cache of somebody else's"; then
	mkdir -m 755 "$tmp/theirs"
	chown 65534 "$tmp/theirs"
	refuses "a cache of somebody else's" "$tmp/theirs is of user 65534" \
		"$tmp/theirs/c"
	run setpriv --reuid 65534 --clear-groups env -u HOME -u FORKPATH_CACHE \
		-u XDG_CACHE_HOME bash -c "
		me=test; $(sed 's/BASH_SOURCE\[0\]/PWD/' lab/cache.sh); cache_dir"
	is "no HOME" 2 "HOME is not set"
fi

# --- Images by path.
b=$tmp/linux/arch/x86/boot
mkdir -p "$b" "$tmp/a b"
made_up_image "$b/bzImage" 6.19.0-rc1-test+
config 6.19.0-rc1 CPUSETS=y >"$tmp/linux/.config"
run $kernel get "$b/bzImage"
is "an image of a build" 0 "image=$b/bzImage" "release=6.19.0-rc1-test+" \
	"config=$tmp/linux/.config" "package=" "modules=" \
	"sha256=$(sha256sum <"$b/bzImage" | cut -d' ' -f1)"
cp "$b/bzImage" "$tmp/large"
truncate -s 1M "$tmp/large"
# shellcheck disable=SC2016 # of bash -c
run bash -c 'trap "" PIPE; exec "$@"' - $kernel get "$tmp/large"
is "called by who ignores SIGPIPE" 0 "release=6.19.0-rc1-test+"
true_that "nothing complains" no "Broken pipe"
cp "$b/bzImage" "$tmp/a b/vmlinuz-x,y"
config 6.19 >"$tmp/a b/config-x,y"
run $kernel get "$tmp/a b/vmlinuz-x,y"
is "beside its config, with a space and a comma" 0 \
	"config=$tmp/a b/config-x,y"
mkdir -p "$tmp/m/lib/modules/6.19.0-rc1-test+"
: >"$tmp/m/lib/modules/6.19.0-rc1-test+/modules.order"
cp "$tmp/linux/.config" "$tmp/a b/config"
run $kernel get "$b/bzImage,modules=$tmp/m,config=$tmp/a b/config"
is "config= and modules=" 0 "config=$tmp/a b/config" \
	"modules=$tmp/m/lib/modules/6.19.0-rc1-test+"
run $kernel get "$b/bzImage,config=README.md"
refused "config= is none" "README.md: not a kernel's configuration"
run $kernel get "$b/bzImage,modules=lib"
refused "modules= are none" "lib: no modules.order"
run $kernel get "$b/bzImage,initrd=x"
refused "unknown word" "after a comma: config=FILE or modules=DIR"
run $kernel get "$tmp/nothing"
refused "no such image" "no such file"
run $kernel get "$tmp/"
refused "a directory" "$tmp/: is a directory; the image of a build tree is arch/x86/boot/bzImage"
mkfifo "$tmp/fifo"
run $kernel get "$tmp/fifo"
refused "a fifo" "not a regular file"
: >"$tmp/i"
run $kernel get "$tmp/i"
refused "empty" "empty"
run $kernel get ./README.md
refused "text" "README.md: not a bzImage"
run $kernel get "$(command -v bash)"
refused "ELF" "arch/x86/boot/bzImage"
gzip -c "$b/bzImage" >"$tmp/i"
run $kernel get "$tmp/i"
refused "gzip" "not a bzImage but gzip; unpack it: gzip -dc i >vmlinuz"
for z in xz zstd bzip2 lz4; do
	command -v $z >/dev/null || { skip "$z" "$z is not installed"; continue; }
	$z -c "$b/bzImage" >"$tmp/i" 2>/dev/null
	run $kernel get "$tmp/i"
	refused "$z" "not a bzImage but $z; unpack it"
done
# The configuration as /proc/config.gz has it.
gzip -c "$tmp/linux/.config" >"$tmp/config.gz"
run $kernel get "$b/bzImage,config=$tmp/config.gz"
is "config.gz" 0 "config=$tmp/cache/kernels/config-"
true_that "is read" cmp "$(sed -n 's/^config=//p' <<<"$out")" \
	"$tmp/linux/.config"
run $kernel get "$b/bzImage,config=$tmp/config.gz"
is "and again, from the cache" 0 "config=$tmp/cache/kernels/config-"
gzip -c README.md >"$tmp/config.gz"
run $kernel get "$b/bzImage,config=$tmp/config.gz"
refused "config.gz with something else" "no kernel's configuration is in it"
head -c 40 <"$tmp/config.gz" >"$tmp/torn.gz"
run $kernel get "$b/bzImage,config=$tmp/torn.gz"
refused "config.gz that is torn" "no kernel's configuration is in it"
true_that "nothing of it is kept" test "$(find \
	"$tmp/cache/kernels" -type f -name 'config-*' | wc -l)" = 1
run $kernel get "$b/bzImage,config=$tmp/linux"
refused "config= a directory" "is a directory; a configuration is its .config"
run $kernel get "$b/bzImage,modules=README.md"
refused "modules= a file" "README.md: is a file"
run $kernel get "$b/bzImage,modules=$tmp/none"
refused "modules= not there" "no such directory"
head -c 4096 /dev/zero >"$tmp/raw"
bytes "$tmp/raw" 56 101 122 115 144
gzip -c "$tmp/raw" >"$tmp/i"
run $kernel get "$tmp/i"
refused "aarch64, packed" "gzip; an image for aarch64"
head -c 4096 /dev/zero >"$tmp/i"
bytes "$tmp/i" 0 115 132
bytes "$tmp/i" 56 101 122 115 144
run $kernel get "$tmp/i"
refused "aarch64" "an image for aarch64"
for size in 520 1000 2047; do
	head -c $size "$b/bzImage" >"$tmp/i"
	run $kernel get "$tmp/i"
	refused "truncated to $size bytes" "truncated, $size"
done
cp "$b/bzImage" "$tmp/i"
bytes "$tmp/i" 566 0
run $kernel get "$tmp/i"
refused "32 bits" "not a 64-bit kernel"
run $kernel get "$b/bzImage"$'\n'
refused "a line break" "control character"

# --- Without apt.
mkdir "$tmp/bin"
for p in bash env readlink dirname mkdir cat sort sed awk date stat uname; do
	ln -s "$(command -v $p)" "$tmp/bin"
done
run env PATH="$tmp/bin" $kernel list
is "list without apt" 4 "apt-get is not here; only images by path"
true_that "list without apt: one line" one_line
run env PATH="$tmp/bin" $kernel get 6.12
is "get without apt" 4 "apt-get is not here"

for p in apt-get dpkg-deb gpg; do
	command -v $p >/dev/null && continue
	skip "an archive" "$p is not installed"
	done_testing
	exit
done

# --- An archive.
own=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
: "${own:=sheep}"
export GNUPGHOME=$tmp/gpg
mkdir -m 700 "$GNUPGHOME"
for k in good other; do
	gpg --batch --quiet --pinentry-mode loopback --passphrase '' \
		--quick-gen-key $k ed25519 sign never 2>/dev/null
	gpg --export $k >"$tmp/$k.gpg"
done
a=$tmp/archive
mkdir -p "$a/pool"

cpu=amd64	# of what is packed
deb() { # SUITE PACKAGE VERSION DEPENDS DIR
	local file=pool/$2_$3${cpu#amd64}.deb

	mkdir -p "$5/DEBIAN" "$a/dists/$1"
	printf '%s\n' "Package: $2" "Version: $3" "Architecture: $cpu" \
		"Maintainer: nobody <nobody@invalid>" "Description: nothing" \
		"Depends: $4" | grep -v ': $' >"$5/DEBIAN/control"
	dpkg-deb -Znone --root-owner-group -b "$5" "$a/$file" >/dev/null
	{ cat "$5/DEBIAN/control"
	  echo "Filename: $file"
	  echo "Size: $(stat -c %s "$a/$file")"
	  echo "SHA256: $(sha256sum <"$a/$file" | cut -d' ' -f1)"
	  echo; } >>"$a/dists/$1/list-$cpu"
	rm -r "$5"
}
linux() { # SUITE RELEASE VERSION OPTION...
	local d=$tmp/deb r=$2-cloud-amd64

	mkdir -p "$d/boot" "$d/lib/modules/$r"
	made_up_image "$d/boot/vmlinuz-$r" "$r"
	config "$2" "${@:4}" >"$d/boot/config-$r"
	echo "$1" >"$d/lib/modules/$r/modules.order"
	deb "$1" "linux-image-$r" "$3" "kmod" "$d"
}
publish() { # SUITE CODENAME KEY: also under its code name
	local d=$a/dists/$1 p list

	printf '%s\n' "Origin: Test" "Suite: $1" "Codename: $2" \
		"Date: $(date -Ru)" "Architectures: amd64 arm64" \
		"Components: main" SHA256: >"$tmp/Release"
	for list in "$d"/list-*; do
		p=main/binary-${list##*-}/Packages
		mkdir -p "$d/${p%/*}"
		cp "$list" "$d/$p"
		echo " $(sha256sum <"$d/$p" | cut -d' ' -f1) $(stat -c %s \
			"$d/$p") $p" >>"$tmp/Release"
	done
	gpg --batch --yes --quiet -u "$3" --clearsign -o "$d/InRelease" \
		"$tmp/Release"
	ln -sfn "$1" "$a/dists/$2"
}
v1='CPUSETS=y MEMCG=y CGROUP_FREEZER=y CGROUP_SCHED=y CGROUP_CPUACCT=y
CGROUP_PIDS=y CGROUP_DEVICE=y BLK_CGROUP=y CGROUP_RDMA=y CGROUP_HUGETLB=y
CGROUP_PERF=y CGROUP_NET_CLASSID=y CGROUP_NET_PRIO=y'
# shellcheck disable=SC2086
linux oldstable 5.10.0-3 5.10.3-1 $v1
linux oldstable 6.1.0-9 6.1.90-1
# shellcheck disable=SC2086
linux stable 6.12.9+deb1 6.12.9-1 $v1 CGROUP_MISC=y MEMCG_V1=y \
	'CPUSETS_V1 is not set' 'CGROUP_FAVOR_DYNMODS is not set'
linux stable 6.12.10+deb1 6.12.10-1 CPUSETS=y
linux testing 6.12.10+deb2 6.12.10-2
linux stable-backports 7.2.1+deb1 7.2.1-1
linux stable-security 6.12.11+deb1 6.12.11-1
deb stable linux-image-6.12-cloud-amd64 6.12.99-1 \
	linux-image-6.12.10+deb1-cloud-amd64 "$tmp/deb"
# Since 6.19 in parts.
r=7.2.2+deb1-cloud-amd64 m=$tmp/deb/usr/lib/modules/7.2.2+deb1-cloud-amd64
deb stable-backports "linux-image-$r" 7.2.2-1 "linux-binary-$r (= 7.2.2-1)" \
	"$tmp/deb"
mkdir -p "$m"
made_up_image "$m/vmlinuz" "$r"
deb stable-backports "linux-binary-$r" 7.2.2-1 "linux-base-$r" "$tmp/deb"
mkdir -p "$m"
config 7.2.2 CPUSETS=y >"$m/config"
: >"$m/modules.order"
deb stable-backports "linux-base-$r" 7.2.2-1 '' "$tmp/deb"
mkdir -p "$m/kernel"
: >"$m/kernel/x.ko"
deb stable-backports "linux-modules-$r" 7.2.2-1 '' "$tmp/deb"
# Headers whose build does what a build does as far as we can see it.
suite=oldstable
headers() { # RELEASE VERSION COMMAND...
	local h=$tmp/deb/usr/src/linux-headers-$1

	mkdir -p "$h-cloud-$cpu"
	echo "include /usr/src/linux-headers-$1-common/Makefile" \
		>"$h-cloud-$cpu/Makefile"
	echo CONFIG_GCC_VERSION=10203 >"$h-cloud-$cpu/.config"
	deb $suite "linux-headers-$1-cloud-$cpu" "$2" "linux-headers-$1-\
common (= $2), linux-kbuild-5.10 (>= $2), gcc-1" "$tmp/deb"
	mkdir -p "$h-common"
	printf '%s\n' modules: $'\t'"${*:3}" >"$h-common/Makefile"
	deb $suite "linux-headers-$1-common" "$2" '' "$tmp/deb"
}
kbuild() {
	mkdir -p "$tmp/deb/usr/lib/linux-kbuild-5.10"
	echo $cpu >"$tmp/deb/usr/lib/linux-kbuild-5.10/of"
	deb $suite linux-kbuild-5.10 6.1.95-1 'libc6 (>= 2.2)' "$tmp/deb"
}
# shellcheck disable=SC2016 # of make
headers 5.10.0-3 5.10.3-1 \
	'test "$(CC)" = gcc && printf "vermagic=5.10.0-3-cloud-amd64 " >$M/check.ko'
headers 6.1.0-9 6.1.90-1 'echo out of order; false'
for p in x86_64 aarch64; do
	mkdir -p "$tmp/deb/usr/bin"
	printf '#!/bin/sh\necho %s "$@"\n' $p \
		>"$tmp/deb/usr/bin/qemu-system-$p"
	chmod 755 "$tmp/deb/usr/bin/qemu-system-$p"
	[ $p = aarch64 ] || deb stable qemu-system-x86 1:10.0-1 '' "$tmp/deb"
done
deb stable qemu-system-arm 1:10.0-1 '' "$tmp/deb"
deb testing qemu-system-x86 1:11.0-1 '' "$tmp/deb"
mkdir -p "$tmp/deb/usr/share/seabios"
deb stable seabios 1.1 '' "$tmp/deb"
kbuild
mkdir -p "$tmp/deb/usr/src"
echo "sources" >"$tmp/deb/usr/src/linux-source-6.12.tar.xz"
deb stable linux-source-6.12 6.12.9-1 xz-utils "$tmp/deb"
mkdir -p "$tmp/deb/usr/src"
echo "newer sources" >"$tmp/deb/usr/src/linux-source-6.12.tar.xz"
deb testing linux-source-6.12 6.12.10-2 xz-utils "$tmp/deb"
# Of arm64: for virtual machines, and with pages of 16 KiB.
cpu=arm64
for r in 6.12.9+deb1-cloud-arm64 6.12.9+deb1-arm64-16k 6.12.9+deb1-arm64; do
	mkdir -p "$tmp/deb/boot"
	{ head -c 56 /dev/zero; printf ARMd; head -c 4036 /dev/zero
	  echo "Linux version $r (nobody) #1"; } >"$tmp/deb/boot/vmlinuz-$r"
	config 6.12.9 CPUSETS=y >"$tmp/deb/boot/config-$r"
	deb stable "linux-image-$r" 6.12.9-1 '' "$tmp/deb"
done
suite=stable
# shellcheck disable=SC2016 # of make
headers 6.12.9+deb1 6.12.9-1 'test "$(CC) $(ARCH) $(CROSS_COMPILE)" = \
"aarch64-linux-gnu-gcc arm64 aarch64-linux-gnu-" && \
	grep -q amd64 "$(CURDIR)/../../lib/linux-kbuild-5.10/of" && \
	printf "vermagic=6.12.9+deb1-cloud-arm64 " >$M/check.ko'
kbuild
cpu=amd64 suite=oldstable
publish oldstable goat good
publish stable "$own" good
publish testing cow good
publish stable-backports "$own-backports" good
publish stable-security "$own-security" other
mkdir "$tmp/apt"
printf '%s\n' '# a comment' 'Types: deb' "URIs: copy:$a" \
	'Suites: stable stable-security' '# another' 'Components: main' \
	"Signed-By: $tmp/good.gpg" '' 'Enabled: no' 'Types: deb' \
	'URIs: copy:/nowhere' 'Suites: stable' 'Components: main' \
	>"$tmp/apt/test.sources"
cat >"$tmp/apt.conf" <<EOT
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "$tmp/apt";
EOT
export APT_CONFIG=$tmp/apt.conf

before=$(ls -la --time-style=full-iso /var/lib/apt/lists /var/cache/apt)
run $kernel list
is "list" 0 "5.10.0-3         5.10.3-1           goat" "yes" \
	"6.12.10+deb1     6.12.10-1          $own" \
	"7.2.2+deb1       7.2.2-1            $own-backports" "4 of 7;" \
	"$own-security: " "public key is not available"
true_that "list: 72 columns" narrow
true_that "list: none of what could not be verified" \
	no 6.12.11
run $kernel list 6.12
is "list of a series" 0 "6.12.9+deb1" "3 of 7"
true_that "list of a series: no other" no "^7"
run $kernel list all
true_that "list all: in order" [ "$(awk '/^[1-9]/ { printf "%s ", $1 }' \
	<<<"$out")" = "5.10.0-3 6.1.0-9 6.12.9+deb1 6.12.10+deb2 6.12.10+deb1 \
7.2.1+deb1 7.2.2+deb1 " ]
true_that "list: the machine's own lists are as they were" [ "$before" = \
	"$(ls -la --time-style=full-iso /var/lib/apt/lists /var/cache/apt)" ]
run $kernel get 6.13
refused "unknown release" "nearest: 6.12.10+deb1, 6.12.10+deb2, 7.2.1+deb1"
run $kernel get 6.12.11
refused "a release that could not be verified" "no release '6.12.11'"
run $kernel get newest
is "newest, which is in parts" 0 release=7.2.2+deb1-cloud-amd64 \
	"package=linux-binary-7.2.2" "version=7.2.2-1"
true_that "newest: config" grep -q 7.2.2 "$(value config)"
true_that "newest: modules" test -e "$(value modules)/kernel/x.ko"
run $kernel get 6.12.9
is "one version" 0 release=6.12.9+deb1-cloud-amd64
run $kernel get 6.1
is "6.1 is not 6.12" 0 release=6.1.0-9-cloud-amd64
run $kernel get 5.10.3-1
is "by the package's version" 0 release=5.10.0-3-cloud-amd64
true_that "the sum is that of the image" [ "$(value sha256)" = \
	"$(sha256sum <"$(value image)" | cut -d' ' -f1)" ]
run $kernel list
is "list: what the cached can do" 0 "5.10.0-3         no            misc" \
	"6.12.9+deb1      yes           cpuset"

# Pages of 16 KiB, for which one has to ask.
kernel="lab/kernel --arch arm64"
run $kernel list
is "arm64" 0 "6.12.9+deb1      6.12.9-1" "1 of 2;"
true_that "arm64: 4 KiB, if nothing is said" no 16k
run $kernel get 6.12
is "arm64: get" 0 release=6.12.9+deb1-cloud-arm64
for r in 6.12-16k newest-16k 6.12.9+deb1-16k 6.12.9+deb1-arm64-16k; do
	run $kernel get $r
	is "arm64: $r" 0 release=6.12.9+deb1-arm64-16k
done
run $kernel list 6.12-16k
is "arm64: list 6.12-16k" 0 "6.12.9+deb1-16k" "1 of 2;"
run $kernel get 6.13-16k
refused "arm64: none of 16 KiB" "no release '6.13-16k'; nearest: 6.12.9+deb1-16k"
kernel=lab/kernel
run $kernel get 6.12-16k
is "16 KiB, but of x86-64" 4 "6.12-16k: the archive has no kernel of amd64"

# Two at once.
$kernel get 6.12.10 >"$tmp/1" 2>&1 &
$kernel get 6.12.10 >"$tmp/2" 2>&1
wait
out=$(cat "$tmp/1" "$tmp/2")
true_that "two at once: both have it" \
	[ "$(grep -c '^release=6.12.10+deb1' <<<"$out")" -eq 2 ]
true_that "two at once: one downloads" \
	[ "$(grep -c downloading <<<"$out")" -eq 1 ]

# --- Headers.
run $kernel headers 5.10
is "headers" 0 "make=CC=gcc"
kdir=$(value kdir)
out=$(make -s -C "$kdir" M="$tmp" CC=gcc modules 2>&1)
code=$?
is "headers: a module can be built" 0
run $kernel headers 6.12.9
is "headers that are gone" 4 "6.12.9+deb1: the archive has its image, but no"
run $kernel headers 6.1
is "headers that do not work" 1 "out of order" "no module can be built"
true_that "headers that do not work are not kept" \
	[ -z "$(compgen -G "$c/headers_6.1*")" ]

if [ "$(uname -m)" = x86_64 ]; then
	run make -n ARCH=arm64 CC="${CC:-gcc}" guest
	is "no programs of this machine for guests of arm64" 2 \
		"compiles for x86_64" "expected aarch64"
	mkdir "$tmp/cross"
	printf '#!/bin/sh\n' >"$tmp/cross/aarch64-linux-gnu-gcc"
	chmod 755 "$tmp/cross/aarch64-linux-gnu-gcc"
	run env PATH="$tmp/cross:$PATH" $kernel --arch arm64 headers 6.12.9
	is "headers of arm64, programs of this machine" 0 \
		"make=ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-" \
		"CC=aarch64-linux-gnu-gcc"
	kdir=$(value kdir)
	true_that "... which are with them" grep -qx amd64 \
		"${kdir%/src/*}/lib/linux-kbuild-5.10/of"
fi

run $kernel source 6.12
is "source: the newest of the series" 0 "version=6.12.10-2"
true_that "source: that is what it is" grep -qx "newer sources" \
	"$(value source)"
run $kernel source 6.1
is "source: none" 4 "source: the archive has none of 6.1"
run $kernel source newest
refused "source: no series" "'newest' is no series; 6.12 would be right"

run $kernel qemu
is "qemu: of this machine's release" 0 "version=1:10.0-1"
run "$(value qemu)" -smp 2
is "qemu: called with its files" 0 "x86_64 -L" \
	"qemu_10.0-1/usr/share/seabios" "-smp 2"
if [ "$(uname -m)" = x86_64 ]; then
	run $kernel --arch arm64 qemu
	is "qemu: for guests of arm64, of this machine" 0 "version=1:10.0-1"
	run "$(value qemu)" -smp 3
	is "qemu: that one" 0 "aarch64 -L" "qemu-arm64_10.0-1/" "-smp 3"
fi

# --- What goes wrong.
f=$(echo "$c"/6.1.0-9_*)
echo x >>"$f/vmlinuz"
run $kernel get 6.1
is "a changed image is fetched again" 0 "not as it was downloaded" \
	release=6.1.0-9
true_that "and is as it was" bash -c "cd '$f' && sha256sum --quiet -c sums"

# A newer one takes the place of 7.2.2: what the lists say is gone.
linux stable-backports 7.2.3+deb1 7.2.3-1
rm -rf "$c"/7.2.2* "$a"/pool/linux-binary-7.2.2*
publish stable-backports "$own-backports" good
run $kernel get 7.2
is "gone since the lists were read" 0 release=7.2.3+deb1 \
	"reading the lists of the archive"
linux stable-backports 7.3.1+deb1 7.3.1-1
publish stable-backports "$own-backports" good
echo x >>"$a/pool/linux-image-7.3.1+deb1-cloud-amd64_7.3.1-1.deb"
run $kernel list --update
is "list --update" 0 7.3.1+deb1
before=$(ls "$c")
run $kernel get 7.3
is "a broken package" 1 "lab/kernel: 7.3.1+deb1: "
true_that "a broken package leaves nothing" [ "$(ls "$c")" = "$before" ]
mkdir "$c/work.killed"
run $kernel get 7.3
true_that "what a killed one left is removed" test ! -e "$c/work.killed"
publish stable-backports "$own-backports" other
run $kernel list --update
is "a suite that is signed by another now" 0 "$own-backports: "

# --- Without the archive.
mv "$a" "$a.away"
run $kernel list --update
is "offline: list" 0 "not renewed" "6.12.10+deb1"
true_that "offline: 72 columns" narrow
run $kernel get 6.12
is "offline: cached" 0 release=6.12.10
echo x >>"$(value image)"
run $kernel get 6.12
is "offline: the newest that is whole" 0 "not as it was downloaded" \
	"the newest that is cached instead" release=6.12.9
true_that "offline: not the changed one" no release=6.12.10
run $kernel get 6.12.10
is "offline: not cached" 4 "lab/kernel: 6.12.10+deb1: "
run $kernel headers 6.1
is "offline: headers" 4 "lab/kernel: 6.1.0-9: "
rm "$c/index"
run $kernel list
is "offline: only what is cached" 0 "Only what is cached" 5.10.0-3 6.1.0-9
run $kernel get 5.10
is "offline: get without lists" 0 release=5.10.0-3
rm -rf "$c"
run $kernel list
is "offline: nothing" 4 "no release can be had: "

# --- The archive of this machine, into the cache of whoever calls.
unset APT_CONFIG
export FORKPATH_CACHE=$real
run $kernel get 6.12
case $code in
4)	skip "6.12 of the real archive" "${out##*$'\n'}" ;;
*)	is "6.12 of the real archive" 0 release=6.12. config=/
	true_that "its config is of 6.12" \
		grep -q '^# Linux/x86 6\.12\.' "$(value config)" ;;
esac
done_testing
