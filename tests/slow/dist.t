#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dist.t - what `make dist` packs up measures where there is busybox alone
#
# In a root of its own: no bash, no compiler, no coreutils, no /usr.
# beside: what is measured here is not looked at

. tests/lib.sh
top=$PWD
export FORKPATH_JOURNAL_DIR=$tmp/journal

run make -s dist
is "make dist" 0
file=${out##*$'\n'}
true_that "it is one archive" test -s "$file"
true_that "of at most 6 MB" [ "$(stat -c %s "$file")" -le 6000000 ]

# The same bytes elsewhere: another path, time zone and umask.
if [ -n "$(git status --porcelain 2>&1)" ]; then
	skip "two builds give the same bytes" "there is something uncommitted"
elif git clone -q . "$tmp/a clone" 2>/dev/null; then
	run env TZ=XYZ-5:45 bash -c "umask 077; make -s -C '$tmp/a clone' \
		-j $(nproc) dist"
	is "make dist of a clone" 0
	run cmp "$file" "$tmp/a clone/${out##*$'\n'}"
	is "two builds give the same bytes" 0
	rm -rf "$tmp/a clone"
fi

# Installed: results are the caller's, below PREFIX nothing changes.
run make -s install DESTDIR="$tmp/in st" PREFIX=/opt
is "make install" 0
installed=$tmp/in\ st/opt
mkdir "$tmp/here"
cd "$tmp/here" || exit 1
find "$installed" | sort >"$tmp/installed"
run "$installed/bin/forkpath" --version
is "forkpath --version" 0 "forkpath $(cat "$installed/lib/forkpath/VERSION")"
run "$installed/bin/forkpath" clone-into --time 2 --repeat 1
if [ "$code" -eq 4 ]; then
	skip "its results are the caller's" "${out##*$'\n'}"
else
	true_that "its results are the caller's" test -s results/latest/plan.tsv
	run "$installed/bin/forkpath" query
	is "query finds them" 0 clone-into
	run env FORKPATH_RESULTS="$tmp/else where" \
		"$installed/bin/forkpath" clone-into --time 2 --repeat 1
	true_that "or where FORKPATH_RESULTS says" \
		test -s "$tmp/else where/latest/plan.tsv"
fi
run bash -c '. "$1/share/bash-completion/completions/forkpath"
	_forkpath "$1/bin/forkpath" re; echo "${COMPREPLY[@]}"' - "$installed"
is "completion" 0 reader-tax report
run man -l "$installed/share/man/man1/forkpath.1"
is "man page" 0 --resume
find "$installed" | sort >"$tmp/used"
true_that "below PREFIX nothing is new" cmp -s "$tmp/installed" "$tmp/used"
cd "$top" || exit 1
run make -s uninstall DESTDIR="$tmp/in st" PREFIX=/opt
is "make uninstall" 0
true_that "no file is left" [ -z "$(find "$tmp/in st" ! -type d)" ]

# Somebody's checkout of that name.
mkdir -p "$tmp/home/lib/forkpath/.git"
run make -s uninstall PREFIX="$tmp/home"
is "make uninstall where there is a checkout" 2 "has sources"
true_that "... leaves it" [ -d "$tmp/home/lib/forkpath/.git" ]

mkdir "$tmp/root" "$tmp/root"/{bin,proc,sys,tmp,root,run,dev}
tar -C "$tmp/root/root" -xf "$file"
name=$(ls "$tmp/root/root")
for program in ./run.sh build/forkpath-runner build/forkpath-analysis; do
	true_that "$program is in it" test -x "$tmp/root/root/$name/$program"
done
if ! root "a root with busybox alone"; then
	done_testing
	exit
elif [ ! -x /bin/busybox ]; then
	skip "a root with busybox alone" "no /bin/busybox (busybox-static)"
	done_testing
	exit
fi
cp /bin/busybox "$tmp/root/bin"
chroot "$tmp/root" /bin/busybox --install -s /bin
for n in null zero full urandom; do
	cp -a /dev/$n "$tmp/root/dev"
done

inside() { # COMMAND
	# shellcheck disable=SC2016 # expanded by the inner shell
	run unshare --mount --propagation private bash -c '
		mount --bind "$1" "$1" && cd "$1" &&
		mount -t proc proc proc && mount -t sysfs sysfs sys &&
		{ [ ! -d /sys/fs/cgroup ] ||
		  mount --rbind /sys/fs/cgroup sys/fs/cgroup; } &&
		exec chroot . /bin/env -i PATH=/bin HOME=/root \
			FORKPATH_JOURNAL_DIR=/run/journal /bin/sh -c "$2"
		' - "$tmp/root" "cd '/root/$name' && $1"
}

inside './run.sh --version'
is "its version" 0 "forkpath $(git describe --always --dirty --abbrev=12)"
inside './run.sh list'
is "its questions" 0 reader-tax
inside './run.sh setup'
is "setup says what is missing, and for what" 0 gnuplot-nox plots
inside './run.sh lab 6.12 -- quick'
is "what is not in it" 4 "run.sh: lab: not in this package"
inside './run.sh reader-tax --plan --seed 1'
is "a plan" 0
packed=$out
run ./run.sh reader-tax --plan --seed 1
is "the same plan here" 0
true_that "one question, one seed, one plan" [ "$packed" = "$out" ]

# shellcheck disable=SC2016 # expanded in there
inside './run.sh clone-into --time 2 --repeat 1 --out here; code=$?
	./run.sh report here --format json >here.json; exit $code'
if [ "$code" -eq 4 ]; then
	skip "measured and reported" "${out##*$'\n'}"
else
	is "measured and reported" 0 "clone-into: "
	true_that "the report is JSON" \
		python3 -m json.tool "$tmp/root/root/$name/here.json" /dev/null
fi
true_that "nothing is left behind" leftovers
cd "$top" || exit 1
done_testing
