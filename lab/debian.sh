# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # variables of lab/kernel
#
# debian.sh - the part of lab/kernel that knows Debian's archive and apt
#
# apt works on a state directory of its own inside the cache; of the machine
# it uses sources, keyrings, proxies, and changes nothing. No suite is named
# here: the archive keeps names that follow its releases (stable, testing,
# ...), their Release files tell today's code names, and every suite of the
# machine (bookworm, bookworm-security) is asked for under each of these.
#
#   $arch                    of the kernels, by Debian's name: amd64
#   missing                  why there is no apt here, 1; or 0
#   update                   $work/{index,packages,skipped}; or why not, 1
#   download DIR <PACKAGES   or why not, 1
#   KIND_packages            lines NAME=VERSION; KIND: image, headers, kbuild,
#                            qemu, libraries, source
#   unpack_KIND              $work/debs to $work/new
#   qemu_version             of the QEMU that qemu_packages names
#   in_order                 sorts rows, oldest first
#
# Fields of a row: release, version of the package, of upstream, whether it
# is of this machine's own release, suite, bytes, sha256 of the package with
# the image, whether there are headers, packages. Of equal kernels the one
# built with this machine's compiler and libc comes last, hence is chosen.
#
# The flavour is the one for virtual machines: a quarter of the size, and
# serial console and NVMe are built in. It has none with pages of 16 KiB: these
# are a flavour of arm64's other kernels, whose releases end in -16k here.

flavour=cloud-$arch
names='oldoldstable oldstable stable testing unstable'
apt=$cache/apt
limit=600 # seconds, for 50 MB; apt waits for ever when a disk is full

missing() {
	local c

	for c in apt-get apt-config dpkg-deb; do
		command -v $c >/dev/null || {
			echo "$c is not here; only images by path can be used"
			return 1
		}
	done
}

in_order() {
	sort -t $'\t' -u -k 3,3V -k 4,4n -k 2,2V -k 1,1
}

full_name() { # as uname has $release
	case $release in
	*-16k)	echo "${release%-16k}-$arch-16k" ;;
	*)	echo "$release-$flavour" ;;
	esac
}

# --- Lists.

configure() {
	mkdir -p "$apt"/{lists,names}/partial "$apt"/archives/partial || exit 1
	: >"$apt/status"
	cat >"$apt/conf" <<EOT
Dir::Etc::SourceList "$apt/list.sources";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State::Lists "$apt/lists";
Dir::State::Status "$apt/status";
Dir::Cache "$apt";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "";
#clear APT::Architectures;
#clear APT::Update;
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowReleaseInfoChange "true";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "15";
Acquire::https::Timeout "15";
EOT
	# Release files alone, to learn names.
	cat "$apt/conf" - >"$apt/conf.names" <<EOT
#clear Acquire::IndexTargets;
Dir::Etc::SourceList "$apt/names.sources";
Dir::State::Lists "$apt/names";
EOT
}

# The machine's sources of binary packages, whichever way they are written:
# lines "URI SUITE KEY", where KEY may be a keyring or a key, \001 between
# its lines.
machine() {
	local list parts f

	eval "$(apt-config shell list Dir::Etc::sourcelist/f \
		parts Dir::Etc::sourceparts/d)"
	for f in "$list" "${parts%/}"/*.list; do
		[ ! -f "$f" ] || sed -E -n -e 's/\t/ /g; s/ *#.*//' \
			-e 's/^ *deb +\[([^]]*)\] */deb \1 ] /; t opt' \
			-e 's/^ *deb +/deb ] /; T' -e ': opt' \
			-e 's/^deb (.*signed-by=([^ ]*) )?.*\] ([^ ]+) +([^ ]+) .*/\3\t\4\t\2/p' "$f"
	done
	for f in "${parts%/}"/*.sources; do
		[ ! -f "$f" ] || awk '
		function stanza(  n, m, i, j, uri, suite) {
			n = split(value["uris"], uri, /[ \t\001]+/)
			m = split(value["suites"], suite, /[ \t\001]+/)
			if (value["types"] ~ /(^| )deb( |$)/ &&
			    value["enabled"] !~ /^(no|false|0)/)
				for (i = 1; i <= n; i++)
					for (j = 1; j <= m; j++)
						print uri[i] "\t" suite[j] \
							"\t" value["signed-by"]
			split("", value)
		}
		/^#/ { next }
		/^[ \t]*$/ { stanza(); next }
		/^[ \t]/ { value[field] = value[field] "\001" $0; next }
		{ field = tolower($0); sub(/:.*/, "", field)
		  sub(/^[^:]*:[ \t]*/, ""); value[field] = $0 }
		END { stanza() }' "$f"
	done
}

sources() { # <LINES of machine
	local uri suite key

	while IFS=$'\t' read -r uri suite key; do
		[ -n "$uri" ] || continue
		printf '%s\n' "Types: deb" "URIs: $uri" "Suites: $suite" \
			"Components: main" "Architectures: $arch"
		[ -z "$key" ] ||
			printf 'Signed-By: %s\n' "${key//$'\001'/$'\n'}"
		echo
	done
}

# apt takes a missing network for a warning.
renew_lists() { # CONF; prints why not
	timeout --foreground -k 5 $limit apt-get -c "$1" update \
		>"$work/log" 2>&1
	if [ $? -eq 124 ]; then
		echo "no lists after $limit s"
		return 1
	fi
	grep -qE '^(Get|Hit):' "$work/log" && return 0
	sed -n 's/^[WE]: *//p' "$work/log" | head -n 1
	return 1
}

# Every suite of the machine, for each of these releases.
for_each() { # CODENAME... <"URI SUITE KEY" >"URI SUITE KEY"
	local uri suite key suffix code

	while IFS=$'\t' read -r uri suite key; do
		suffix=${suite#"${suite%%[-/]*}"}
		for code; do
			printf '%s\t%s\t%s\n' "$uri" "$code$suffix" "$key"
			[ -n "$suffix" ] || printf '%s\t%s\t%s\n' "$uri" \
				"$code-backports" "$key"
		done
	done | sort -u
}

update() {
	local own file suite codes

	own=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	configure
	# Only what has a suite per release.
	machine | awk -F '\t' -v known="$names $own" '
		{ base = $2; sub(/[-\/].*/, "", base) }
		index(" " known " ", " " base " ")' >"$work/machine"
	[ -s "$work/machine" ] || {
		echo "the sources of apt name no suite of a Debian release"
		return 1
	}
	# shellcheck disable=SC2086 # one word per name
	awk -F '\t' '$2 !~ /[-\/]/' "$work/machine" | for_each $names |
		grep -v -e -backports | sources >"$apt/names.sources"
	renew_lists "$apt/conf.names" || return 1
	cp "$work/log" "$work/log.names"
	codes=$(cat "$apt"/names/*Release | sed -n 's/^Codename: //p')
	# shellcheck disable=SC2086 # one word per name
	for_each $codes $own <"$work/machine" | sources >"$apt/list.sources"
	renew_lists "$apt/conf" || return 1
	cat "$work/log.names" "$work/log" | sed -n \
		's/^W: .*GPG error: [^ ]* \([^ ]*\) [^:]*: /\1: /p' |
		sort -u >"$work/skipped"
	# shellcheck disable=SC2016 # of apt
	apt-get -c "$apt/conf" indextargets \
		--format '$(FILENAME) $(RELEASE)' 'Created-By: Packages' |
	while read -r file suite; do
		[ "${suite%%-*}" != "$own" ]
		echo "Suite: $suite $?"
		/usr/lib/apt/apt-helper cat-file "$file"
	done | summarise &&
		in_order <"$work/rows" >"$work/index" &&
		sort -t $'\t' -k 1,1 -k 2,2V "$work/all" >"$work/packages" &&
		[ -s "$work/index" ] && return
	echo "no kernel could be read from the lists"
	return 1
}

# Packages files to $work/rows and $work/all: name, version, depends, own.
summarise() {
	: >"$work/rows"
	: >"$work/all"
	awk -v flavour="$flavour" -v large="$arch-16k" \
		-v rows="$work/rows" -v all="$work/all" '
	$1 == "Suite:" { suite = $2; own = $3; next }
	$1 == "Package:" {
		p = $2; depends = ""
		wanted = p ~ /^(libc6|seabios)$|^qemu-system-(x86|arm|common|data)$/ ||
			p ~ /^(busybox-static|lib(inih|jansson|hwloc|pfm4|gsl)-dev)$/ ||
			p ~ /^linux-(kbuild|headers)-[0-9]/ ||
			p ~ /^linux-source-[0-9]+\.[0-9]+$/ ||
			p ~ "^linux-(image|binary|base|modules)-[0-9].*-(" \
				flavour "|" large ")$"
	}
	!wanted { next }
	$1 == "Version:" { v = $2 }
	$1 == "Size:" { bytes = $2 }
	$1 == "SHA256:" { sha = $2 }
	$1 == "Depends:" { depends = substr($0, 10) }
	$0 == "" {
		wanted = 0
		id = p SUBSEP v
		if (id in size)
			next
		size[id] = bytes
		from[id] = suite "\t" own "\t" sha
		print p "\t" v "\t" depends "\t" own >all
		# Not the name that means the newest of a series, nor what
		# is split into binary, base and modules since 6.19.
		if (p ~ /^linux-(image|binary)-/ &&
		    depends !~ /linux-(image|binary)-/)
			image[id] = p
	}
	function more(kind) {
		if ((kind rest, v) in size) {
			packages = packages " " kind rest "=" v
			total += size[kind rest, v]
		}
	}
	END {
		for (id in image) {
			split(id, part, SUBSEP)
			v = part[2]
			rest = image[id]
			sub(/^linux-[a-z]*-/, "", rest)
			release = rest
			sub("-" flavour "$", "", release)
			sub("-" large "$", "-16k", release)
			upstream = v
			sub(/-[^-]*$/, "", upstream)
			packages = image[id] "=" v
			total = size[id]
			more("linux-base-")
			more("linux-modules-")
			split(from[id], f, "\t")
			print release "\t" v "\t" upstream "\t" f[2] "\t" \
				f[1] "\t" total "\t" f[3] "\t" \
				((("linux-headers-" rest), v) in size) + 0 \
				"\t" packages >rows
		}
	}'
}

# --- Packages.

download() { # DIR <NAME=VERSION...
	local log

	# shellcheck disable=SC2046 # one word each
	log=$(cd "$1" && timeout --foreground -k 5 $limit \
		apt-get -c "$apt/conf" download -q $(cat) 2>&1) && return 0
	if [ $? -eq 124 ]; then
		echo "not downloaded after $limit s"
	else
		sed -n 's/^E: *//p' <<<"$log" | head -n 1
	fi
	return 1
}

extract() { # DEB DIR
	dpkg-deb -x "$1" "$2" 2>"$work/log" ||
		stop 1 "$(basename "$1"): $(head -n 1 "$work/log")"
}

image_packages() {
	printf '%s\n' "${packages// /$'\n'}"
}

unpack_image() {
	local d root=$work/root rest f m

	rest=$(full_name)
	rm -rf "$root"
	for d in "$work"/debs/*.deb; do
		extract "$d" "$root"
	done
	for m in "$root/usr/lib/modules/$rest" "$root/lib/modules/$rest"; do
		[ ! -d "$m" ] || break
	done
	for f in vmlinuz config; do
		mv "$root/boot/$f-$rest" "$work/new/$f" 2>/dev/null ||
			mv "$m/$f" "$work/new/$f" 2>/dev/null
	done
	[ ! -e "$m/modules.order" ] || mv "$m" "$work/new/modules" || exit 1
	(uname_of "$work/new/vmlinuz" >/dev/null) || exit 1
	printf '%s\n' "$line" >"$work/new/row" || exit 1
}

# --- Headers.

kdir() { echo "usr/src/linux-headers-$(full_name)"; }

no_headers() {
	stop 4 "$release: the archive has its image, but no headers any more"
}

# The headers and what they depend on of the same kind, in the same version
# if there is one; and what their programs need. Programs for another
# architecture would be its own: $work/kbuild has their name instead.
headers_packages() {
	: >"$work/need"
	: >"$work/kbuild"
	awk -F '\t' -v first="linux-headers-$(full_name)" \
		-v version="$version" -v need="$work/need" \
		-v foreign="$([ "$arch" = "$own_arch" ] || echo 1)" \
		-v kbuild="$work/kbuild" '
	{ depends[$1, $2] = $3; newest[$1] = $2 }
	function take(p,  v, n, i, d) {
		v = (p, version) in depends ? version : newest[p]
		if (foreign && p ~ /^linux-kbuild-/) {
			print p "=" v >kbuild
			return
		}
		print p "=" v
		n = split(depends[p, v], d, /, */)
		for (i = 1; i <= n; i++) {
			if (match(d[i], /^linux-(headers|kbuild)-[^ ]+/))
				take(substr(d[i], 1, RLENGTH))
			else if (sub(/^libc6 \(>= */, "", d[i]))
				print substr(d[i], 1, length(d[i]) - 1) >need
		}
	}
	END { take(first) }' "$cache/packages"
	libc_for "$(cat "$work/need")"
}

# The oldest libc from NEED on, if that of this machine is older.
libc_for() { # NEED
	local need=$1 have p v

	[ -n "$need" ] || return 0
	have=$(getconf GNU_LIBC_VERSION)
	dpkg --compare-versions "${have#* }" ge "$need" && return
	while IFS=$'\t' read -r p v _; do
		if [ "$p" = libc6 ] && dpkg --compare-versions "$v" ge "$need"
		then
			echo "libc6=$v"
			return
		fi
	done <"$cache/packages"
}

# The programs of headers, and what they need.
kbuild_packages() {
	printf '%s\n' "$kbuild"
	libc_for "$(awk -F '\t' -v p="${kbuild%=*}" -v v="${kbuild#*=}" '
		$1 == p && $2 == v && match($3, /libc6 \(>= [^)]*/) {
			print substr($3, RSTART + 10, RLENGTH - 10)
			exit
		}' "$cache/packages")"
}

unpack_kbuild() {
	local d

	for d in "$work"/debs/*.deb; do
		case $d in
		*/libc6_*) extract "$d" "$work/libc" ;;
		*)	extract "$d" "$work/new" ;;
		esac
	done
	[ ! -d "$work/libc" ] || lend_libc "$work/libc" "$work/new/usr/lib"
}

# Those of this machine, for the headers in $work/new.
lend_kbuild() {
	local said

	said=$("$here/kernel" --arch "$own_name" kbuild \
		"$(cat "$work/kbuild")") || exit
	cp -a "${said#kbuild=}"/* "$work/new" && rm "$work/new/sums" || exit 1
}

# Programs that this machine's libc cannot run get one to run with.
lend_libc() { # DIR of libc, DIR of the programs
	local tool lib

	lib=$(dirname "$(find "$1" -name ld-linux-x86-64.so.2 -type f)")
	mv "$lib" "$work/new/libc" && rm -rf "$work/new/libc/gconv" || exit 1
	find "$2" -type f -perm -u+x | while IFS= read -r tool; do
		ldd "$tool" 2>&1 | grep -q 'GLIBC_.* not found' || continue
		lib=$(realpath --relative-to "$(dirname "$tool")" \
			"$work/new/libc")
		mv "$tool" "$tool.elf"
		cat >"$tool" <<EOT
#!/bin/sh
l=\${0%/*}/$lib
exec "\$l/ld-linux-x86-64.so.2" --library-path "\$l" "\$0.elf" "\$@"
EOT
		chmod 755 "$tool"
	done
}

# What compilers for the kernel are called before `gcc`, as make wants it.
cross() {
	case $arch in
	"$own_arch") ;;
	arm64)	echo aarch64-linux-gnu- ;;
	*)	echo x86_64-linux-gnu- ;;
	esac
}

# Arguments of make: the kernel's compiler if it is here, else the one that
# is, without what that does not know; no BTF, which needs pahole.
make_arguments() { # CONFIG
	local cc prefix

	prefix=$(cross)
	cc=${prefix}gcc-$(sed -n 's/^CONFIG_GCC_VERSION=\(.*\)....$/\1/p' "$1")
	command -v "$cc" >/dev/null || cc=${prefix}gcc
	[ -z "$prefix" ] ||
		printf '%s\n' "ARCH=${arch/amd64/x86}" "CROSS_COMPILE=$prefix"
	printf '%s\n' "CC=$cc" CONFIG_DEBUG_INFO_BTF_MODULES=
	$cc -fmin-function-alignment=16 -E -x c /dev/null >/dev/null 2>&1 ||
		echo CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=
}

unpack_headers() {
	local d c check=$work/check kdir arguments

	for c in make "$(cross)gcc" ldd; do
		command -v "$c" >/dev/null || stop 4 "$c is needed for modules"
	done
	for d in "$work"/debs/*.deb; do
		case $d in
		*/libc6_*) extract "$d" "$work/libc" ;;
		*)	extract "$d" "$work/new" ;;
		esac
	done
	kdir=$work/new/$(kdir)
	# shellcheck disable=SC2016 # of make
	sed -i 's,/usr/src/,$(CURDIR)/../,' "$kdir/Makefile" || exit 1
	[ ! -d "$work/libc" ] || lend_libc "$work/libc" "$work/new/usr/lib"
	[ ! -s "$work/kbuild" ] || lend_kbuild
	mapfile -t arguments < <(make_arguments "$kdir/.config")
	echo "make=${arguments[*]}" >"$work/new/make"
	printf '%s\n' "$line" >"$work/new/row" || exit 1

	say "building a module of three lines to see that they do"
	rm -rf "$check" && mkdir "$check" || exit 1
	echo 'obj-m := check.o' >"$check/Makefile"
	printf '%s\n' '#include <linux/module.h>' 'MODULE_LICENSE("GPL");' \
		'MODULE_DESCRIPTION("nothing");' >"$check/check.c"
	if ! make -C "$kdir" M="$check" "${arguments[@]}" modules \
		>"$work/log" 2>&1 ||
	   ! grep -aq "vermagic=$(full_name) " "$check/check.ko"; then
		tail -n 8 "$work/log" >&2
		stop 1 "$release: no module can be built, see above"
	fi
}

# --- Libraries, for programs of another architecture.

# Of this machine's own release: as old as the compiler's libc.
libraries_packages() {
	awk -F '\t' '
	$4 && /^(busybox-static|lib(inih|jansson|hwloc|pfm4|gsl)-dev)\t/ {
		newest[$1] = $2
	}
	END { for (p in newest) print p "=" newest[p] }' "$cache/packages" |
		sort
}

unpack_libraries() {
	local d

	for d in "$work"/debs/*.deb; do
		extract "$d" "$work/new"
	done
}

# --- Sources.

# Of $series the newest, in whichever suite it is; nothing: there is none.
source_packages() {
	awk -F '\t' -v name="linux-source-$series" '
	$1 == name { newest = $2 }
	END { if (newest != "") print name "=" newest }' "$cache/packages"
}

unpack_source() {
	local d

	for d in "$work"/debs/*.deb; do
		dpkg-deb --fsys-tarfile "$d" | tar xO --wildcards '*.tar.xz' \
			>"$work/new/linux-source-$series.tar.xz" 2>"$work/log" ||
			stop 1 "$(basename "$d"): no sources in it"
	done
}

# --- QEMU.

# Of this machine's own release, so that its libraries will do; for guests of
# $guests.
qemu_packages() {
	awk -F '\t' -v arm="$([ "$guests" != arm64 ] || echo 1)" '
	$1 == "qemu-system-x86" || $1 == "seabios" ? !arm : \
		$1 == "qemu-system-arm" ? arm : /^qemu-system-/ {
		if ($4)
			newest[$1] = $2
	}
	END { for (p in newest) print p "=" newest[p] }' "$cache/packages"
}

qemu_version() {
	qemu_packages 2>/dev/null | sed -n 's/^qemu-system-\(x86\|arm\)=//p'
}

unpack_qemu() {
	local d program=qemu-system-x86_64

	[ "$guests" != arm64 ] || program=qemu-system-aarch64
	for d in "$work"/debs/*.deb; do
		extract "$d" "$work/new"
	done
	cat >"$work/new/qemu" <<EOT
#!/bin/sh
d=\${0%/*}/usr
exec "\$d/bin/$program" -L "\$d/share/seabios" -L "\$d/share/qemu" "\$@"
EOT
	chmod 755 "$work/new/qemu"
	"$work/new/qemu" --version >"$work/log" 2>&1 ||
		stop 4 "qemu: $(head -n 1 "$work/log")"
}
