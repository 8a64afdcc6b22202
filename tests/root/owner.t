#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# owner.t - what root does for a user harms neither, wherever paths lead
#
# The user is 65534. What he plants: links, scripts, names of other files.

. tests/lib.sh

root "two users" || { done_testing; exit; }
uid=65534
here=$PWD
chmod 755 "$tmp"
umask 022
# A checkout of his, with what was built here.
tree=$tmp/tree
mkdir -p "$tree/build"
cp -r configs workloads "$tree/"
cp build/forkpath-runner build/forkpath-analysis "$tree/build/"
cp -r build/bench build/workloads "$tree/build/"
chown -R $uid:$uid "$tree"
runner=$tree/build/forkpath-runner
analysis=$tree/build/forkpath-analysis
export FORKPATH_JOURNAL_DIR=$tmp/journal

his() { [ -z "$(find "$1" ! -uid $uid -print -quit)" ]; }
roots() { [ "$(stat -c %u "$1")" = 0 ]; }

cat >"$tmp/q.conf" <<'END'
[question]
title = Who owns it?
repeat = 1
seconds = 5

[null one]
time = 0.02
END

# --- measuring ----------------------------------------------------------

mkdir "$tree/results"
chown $uid:$uid "$tree/results"
echo precious >"$tree/results/of-root"
ln "$tree/results/of-root" "$tree/results/link-of-root" || exit 1
run "$runner" run "$tmp/q.conf" --events none
is "root measures in a user's checkout" 0 "1 ok"
dir=$(tail -n 1 <<<"$out")
true_that "all of the results folder is the user's" his "$dir"
true_that "and the folder of the kernel" his "$(dirname "$dir")"
true_that "what was there before is not" roots "$tree/results/of-root"

mkdir "$tmp/empty" && chmod 700 "$tmp/empty"
run "$runner" run "$tmp/q.conf" --events none --out "$tmp/empty"
is "an empty folder that is there" 0 "1 ok"
true_that "is the user's, with what is in it" his "$tmp/empty"
run "$runner" run "$tmp/q.conf" --events none --out "$tmp/not/there"
is "a place that is not there is made by nobody" 2 "No such file or directory"

# Another name of a file of root's, and links out of it, in a folder that
# is gone on with. All that is to be measured is measured again.
rm -rf "$dir/lat"
mkdir "$dir/lat"
ln -s "$tmp/of-root.lat" "$dir/lat/0001.lat"
ln "$tree/results/of-root" "$dir/kept"
ln -s "$tree/results" "$dir/out"
sed -i '/^# line/,$d' "$dir"/*.sample
chown -hR $uid:$uid "$dir/lat"
run "$runner" run --resume "$dir"
is "an interrupted run of his is gone on with" 0 "ok"
true_that "through no link" [ ! -e "$tmp/of-root.lat" ]
true_that "another name of a file of root's gives nothing away" \
	roots "$tree/results/of-root"
true_that "and the folder is his again" his "$dir/lat"
true_that "as it was" [ "$(stat -c %u "$dir")" = $uid ]

run "$runner" stress tree/v2 --time 1 --seed 1 --mutate blind --out "$tmp/stress"
[ ! -d "$tmp/stress" ] || true_that "what a stress test keeps is his" \
	his "$tmp/stress"

# --- reading ------------------------------------------------------------

bash tests/data/make-quick "$tmp/mine" >/dev/null
chown -R $uid:$uid "$tmp/mine"
# Who draws, and what he is told to read.
mkdir -m 1777 "$tmp/log"
mkdir "$tmp/bin"
cat >"$tmp/bin/gnuplot" <<END
#!/bin/sh
{ id -u; for word; do :; done; echo "\$word"; } >>"$tmp/log/\$\$"
exec $(command -v gnuplot) "\$@"
END
chmod 755 "$tmp/bin" "$tmp/bin/gnuplot"
drawn() { # by nobody but the user, from no file that somebody can change
	[ -n "$(ls "$tmp/log")" ] &&
		! cat "$tmp"/log/* | grep -vqx "$uid\|/proc/self/fd/3"
}
echo precious >"$tmp/target"
chmod 666 "$tmp/target"
ln -s "$tmp/target" "$tmp/mine/report.txt"
PATH=$tmp/bin:$PATH run "$analysis" report "$tmp/mine"
is "root reads a user's folder" 0 "What does the fork path"
true_that "what it writes is the user's" his "$tmp/mine"
true_that "and in no file that a link leads to" \
	[ "$(cat "$tmp/target")" = precious ]
true_that "gnuplot is the user, its script nobody else's" drawn

# Swapped while gnuplot draws: whatever is in the folder is not run.
rm -f "$tmp"/log/*
for f in "$tmp"/mine/plots/*.gp; do
	echo "system('touch $tmp/log/ran')" >"$f"
done
cat >"$tmp/bin/gnuplot" <<END
#!/bin/sh
for f in *.gp; do echo "system('touch $tmp/log/ran')" >"\$f"; done
exec $(command -v gnuplot) "\$@"
END
PATH=$tmp/bin:$PATH run "$analysis" report "$tmp/mine" --format html
is "with scripts that are swapped" 0 "<html"
true_that "none of them has run" [ ! -e "$tmp/log/ran" ]

mkdir "$tmp/root-only"
rm -rf "$tmp/mine/plots"
ln -s "$tmp/root-only" "$tmp/mine/plots"
run "$analysis" report "$tmp/mine"
is "a link in the place of plots/" 0 "the report is on stdout only"
true_that "leads nowhere" [ -z "$(ls "$tmp/root-only")" ]
rm "$tmp/mine/plots"

mkdir "$tmp/hist"
chown $uid:$uid "$tmp/hist"
for verb in "compare $tmp/mine $tmp/mine --out $tmp/hist" \
	    "history $tmp/mine --out $tmp/hist"; do
	# shellcheck disable=SC2086 # words
	run "$analysis" $verb
	is "${verb%% *} --out, as root" 0
	true_that "${verb%% *}: what it writes is the user's" his "$tmp/hist"
done
ln -s "$tmp/target" "$tmp/mine/index.tsv"
chmod 600 "$tmp/target"
run "$analysis" query "$tmp/mine"
is "query, as root, with a link in the place of the index" 0 quick
true_that "the file that it leads to is as it was" \
	[ "$(cat "$tmp/target")" = precious ]
chmod 0 "$tmp/mine/quick.sample"
ln -sf "$tmp/target" "$tmp/mine/meta.json"
run "$analysis" report "$tmp/mine"
is "root's rights are not used" 2 "quick.sample: Permission denied"

# --- stress in guests, with a QEMU that ends at once ----------------------

cp run.sh "$tree/"
mkdir "$tree/docs"
cp docs/usage.txt "$tree/docs/"
cp -r lab "$tree/"
cp -r build/forkpath-lab build/lab "$tree/build/"
printf 'all:\n' >"$tree/Makefile"
printf '#!/bin/sh\nexit 1\n' >"$tmp/qemu"
chmod 755 "$tree/run.sh" "$tmp/qemu"
made_up_image "$tmp/a"
cp "$tmp/a" "$tmp/b"
mkdir "$tmp/there"
echo precious >"$tmp/there/file"
cd "$tmp" || exit 1
lab=(--on lab --accel tcg "--qemu=$tmp/qemu")
run "$tree/run.sh" stress "${lab[@]}" ./a ./b --out there
is "stress --on lab --out, a folder that is there" 1 "not ok 2 ./b"
true_that "is where it is meant to be" [ -e there/2-b/console.log ]
true_that "and root's as before, with what was in it" \
	[ "$(stat -c %u there there/file | tr -d '\n')" = 00 ]
run "$tree/run.sh" stress --out there "${lab[@]}" ./a
is "nothing is written into what an earlier one kept" 2 "there/1-a' is there"
run "$tree/run.sh" stress --out in/two "${lab[@]}" ./none
is "a kernel that is not there is no test" 2 "./none"
true_that "and nothing is left of it" [ ! -e in ]
run "$tree/run.sh" stress escape "${lab[@]}" ./a
is "and without --out" 1 "not ok 1 ./a" "# kept in: $tree/results/stress/lab-"
true_that "all of it is the user's" his "$tree/results/stress"

# --- whose relative path is it? -------------------------------------------

cp -r "$here/tests/data/make-quick" make-quick
bash make-quick own >/dev/null
for verb in "report own" "compare own own" "history own" "power own"; do
	# shellcheck disable=SC2086 # words
	run "$tree/run.sh" $verb
	is "$verb, from elsewhere" 0
done
run "$tree/run.sh" bisect own own -- quick clone/kind=thread
is "bisect finds them" 255 "too alike"
run "$tree/run.sh" ./q.conf --events none --out new
is "measures a question of here" 0 "Who owns it?"
true_that "into a folder of here" [ -e new/plan.tsv ]
run "$tree/run.sh" ./q.conf --events none
is "and without --out" 0
true_that "into results/ of the checkout" \
	[ "$(realpath -q "$tree/results/latest/plan.tsv")" ]
run "$tree/run.sh" --resume new
is "goes on in a folder of here" 0
run "$tree/run.sh" --version
is "says its version" 0 "forkpath "
cd "$here" || exit 1
done_testing
