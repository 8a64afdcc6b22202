#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# setup.t - what is missing is named, in the words of whoever installs it

. tests/lib.sh

names() { grep -v '^#' configs/package-names; }
wanted() { awk '!/^#/ && NF { print $2 }' configs/packages | sort -u; }

out=$(comm -3 <(wanted) <(names | awk '{ print $1 }' | sort))
true_that "configs/package-names has each package of configs/packages, once" \
	[ -z "$out" ]
out=$(names | awk 'NF != 4')
true_that "a name for each of four managers, or -" [ -z "$out" ]
out=$(comm -23 <(awk '$1 == "run" || $1 == "tests" { print $2 }' configs/packages |
	sort -u) <(sed -n 's/^ \([^$@ ]*\),$/\1/p' debian/tests/control | sort))
true_that "debian/tests/control has what the tests need" [ -z "$out" ]
out=$(comm -23 <(sed -n '/^Build-Depends/,/^Standards/s/^ \(lib.*\),$/\1/p' \
	debian/control | sort) <(wanted))
true_that "debian/control builds with libraries of configs/packages" [ -z "$out" ]
out=$(comm -3 <(awk '$1 == "run" && $3 == "header" { print $2 }' configs/packages |
	while read -r p; do names | awk -v p="$p" '$1 == p { print $2 }'; done |
	sort) <(sed -n 's/^BuildRequires: *\(.*-\(devel\|static\)\)$/\1/p' \
	packaging/forkpath.spec | sort))
true_that "packaging/forkpath.spec builds with the same of Fedora's" [ -z "$out" ]

# A machine with nothing but a shell's tools, and one manager.
mkdir "$tmp/bin"
for tool in sh awk sed tail readlink id grep cat uname; do
	ln -s "$(command -v $tool)" "$tmp/bin"
done
setup() { # MANAGER [tests]
	ln -s /bin/true "$tmp/bin/$1"
	run env PATH="$tmp/bin" ./run.sh setup "${@:2}"
	rm "$tmp/bin/$1"
}
setup dnf
is "dnf" 1 "libinih-dev      reads configs/" "call as root, then this again: \
dnf install gcc make glibc-static inih-devel jansson-devel"
setup zypper
is "zypper" 1 "zypper install gcc make glibc-devel-static libinih-devel"
setup pacman tests
is "pacman" 1 "pacman -S gcc make glibc libinih jansson hwloc libpfm gsl"
true_that "pacman: a package with two of Debian's is named once" \
	[ "$(grep -o ' gnupg' <<<"$out" | wc -l)" -eq 1 ]
setup zypper tests
is "what has no name there is said" 1 "; not known there: " libclang-rt-dev
setup none
is "another one" 1 "the names are Debian's; install what carries them here"
done_testing
