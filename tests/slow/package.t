#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# package.t - the Debian package: built, read, installed, used, removed
#
# Of sources as a release has them, unpacked where somebody else's git is: what
# is packed up, and its version, are ours. beside: what is measured here is not
# looked at.

. tests/lib.sh
export FORKPATH_JOURNAL_DIR=$tmp/journal

missing=
for program in dpkg-buildpackage dpkg-deb dh help2man; do
	command -v $program >/dev/null || missing+=" $program"
done
if [ -n "$missing" ]; then
	skip "a Debian package" \
		"not installed:$missing (packages dpkg-dev, debhelper)"
	done_testing
	exit
fi
if ! out=$(dpkg-checkbuilddeps 2>&1); then
	skip "a Debian package" "${out##*error: }"
	done_testing
	exit
fi

if command -v git >/dev/null; then
	git init -q "$tmp"
	git -C "$tmp" -c user.name=x -c user.email=x@example.org commit -q \
		--allow-empty -m "somebody's notes"
fi
tree=$tmp/forkpath-0
mkdir "$tree"
{
	git ls-files -z --cached --others --exclude-standard 2>/dev/null ||
		find . -path ./build -prune -o -path ./results -prune -o \
			-type f -print0
} | xargs -0 cp -P --parents -t "$tree" 2>/dev/null
if command -v ccache >/dev/null; then
	export CC="ccache gcc"
fi
run bash -c "umask 022; cd '$tree' && dpkg-buildpackage -us -uc -b" </dev/null
is "dpkg-buildpackage" 0
deb=$(find "$tmp" -maxdepth 1 -name 'forkpath_*.deb')
if [ ! -s "$deb" ]; then
	true_that "there is a package" false
	done_testing
	exit
fi
version=$(dpkg-parsechangelog -l debian/changelog -S Version)

if command -v lintian >/dev/null; then
	run lintian --allow-root --fail-on error,warning "$tmp"/forkpath_*.changes
	true_that "lintian has nothing to say" [ "$code:$out" = 0: ]
else
	skip "lintian has nothing to say" "lintian is not installed"
fi
run dpkg-deb --field "$deb" Depends
is "it takes the distribution's libraries" 0 libc6 libhwloc libjansson libgsl
run dpkg-deb --field "$deb" Built-Using
is "it says of which libc its static programs are" 0 "glibc (= "
run dpkg-deb --contents "$deb"
is "what is in it" 0 ./usr/bin/forkpath ./usr/lib/forkpath/build/bench/clone \
	./usr/lib/forkpath/campaign/campaign ./usr/lib/forkpath/contrib/slurm/chain \
	./usr/share/man/man1/forkpath.1.gz \
	./usr/share/bash-completion/completions/forkpath \
	./usr/share/zsh/vendor-completions/_forkpath \
	./usr/share/doc/forkpath/copyright
true_that "all of it below /usr" [ -z "$(awk '$6 !~ /^\.\/(usr\/.*)?$/' <<<"$out")" ]

if ! root "installed"; then
	done_testing
	exit
fi
# A root of its own that has nothing but dpkg's own files.
inst=$tmp/root
mkdir -p "$inst"/var/lib/dpkg/{info,updates}
: >"$inst/var/lib/dpkg/status"
run dpkg --root="$inst" --force-depends --install "$deb"
is "installed" 0
export PATH=$inst/usr/bin:$PATH
run forkpath --version
is "forkpath --version" 0
true_that "is that of the package" [ "$out" = "forkpath $version" ]
find "$inst/usr" | sort >"$tmp/installed"
run env AUTOPKGTEST_TMP="$tmp" sh debian/tests/quick
if [ "$code" -eq 77 ]; then
	skip "debian/tests/quick" "nothing can be measured here"
else
	is "debian/tests/quick" 0 "nothing to undo"
	true_that "a sample says which version it is of" grep -qx \
		"suite: $version" "$tmp/results/latest/quick.sample"
fi
find "$inst/usr" | sort >"$tmp/used"
run diff "$tmp/installed" "$tmp/used"
is "below /usr nothing is new" 0
run dpkg --root="$inst" --purge forkpath
is "removed" 0
true_that "nothing of it is left" [ ! -e "$inst/usr" ]
true_that "nothing is left behind" leftovers
done_testing
