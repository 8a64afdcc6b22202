#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# contrib.t - what stands between forkpath and other systems
#
# The other systems are scripts that write down what they are told; Slurm
# itself is in tests/lab/slurm.t.

. tests/lib.sh

top=$PWD
python=/usr/bin/python3
[ -x $python ] || python=python3

# --- CI of a kernel: a report as docs/exact.md has it --------------------------

cat >"$tmp/fake" <<END
#!/bin/sh
echo "\$*" >"$tmp/told"
[ ! -e "$tmp/exit" ] || exit "\$(cat "$tmp/exit")"
cat "$tmp/report"
END
chmod +x "$tmp/fake"
job() { run env FORKPATH="$tmp/fake" contrib/kernel-ci/exact-job "$@"; }
awk '/^```text$/ { on = 1; next } on && /^```$/ { exit } on' docs/exact.md \
	>"$tmp/report"
job base/bzImage new/bzImage quick
is "a changed row" 1 "same code in 2 of 4" $'changed:\n+10 clone fork\n+10 clone thread'
true_that "is asked of the lab" [ "$(cat "$tmp/told")" = \
	"lab --exact base/bzImage new/bzImage -- quick" ]
printf '+10 clone fork\n+10 clone thread\n' >"$tmp/wanted"
job --accept "$tmp/wanted" a b
is "which is wanted" 0 "accepted: 2 operations"
true_that "of reader-tax, if not said" grep -q -- '-- reader-tax$' "$tmp/told"
sed -i 's/+10/+11/' "$tmp/wanted"
job --accept "$tmp/wanted" a b
is "another one than is wanted" 1 $'changed:\n+10 clone fork'
sed '/^  operation/,/^  each/d; s/in 2 of 4/in 4 of 4/' "$tmp/report" >"$tmp/same"
mv "$tmp/same" "$tmp/report"
job --out "$tmp/boots" a b
is "same code" 0 "same code in 4 of 4"
true_that "no row" [ "${out/changed:}" = "$out" ]
true_that "kept where it is said" grep -q -- "--out $tmp/boots\$" "$tmp/told"
sed 's/in 4 of 4 op.*/in 1 of 4 operations\n  other code, but as many instructions of it, in 3/' \
	"$tmp/report" >"$tmp/even"
cp "$tmp/report" "$tmp/same"
cp "$tmp/even" "$tmp/report"
job a b
is "other code of as many instructions" 0 "in 3"
sed 's/in 4 of 4/in 3 of 4/' "$tmp/same" >"$tmp/report"
job a b
is "a report that has another number of rows" 3 "nothing is known"
{
	cat "$tmp/same"
	echo "  2 operations not compared: boots did not record as many of them"
} >"$tmp/report"
job a b
is "operations that were not compared" 3 "nothing is known"
echo 1 >"$tmp/exit"
job a b
is "a boot that failed is no changed row" 3
echo 4 >"$tmp/exit"
job a b
is "what cannot be done here" 4
job a
is "one kernel" 2 "exact-job: 1 words given; expected BASE NEW"
job --accept "$tmp/none" a b
is "nothing to accept" 2 "cannot be read"
rm "$tmp/exit"

# --- a board of LAVA --------------------------------------------------------

mkdir "$tmp/bin"
bash tests/data/make-quick "$tmp/measured"
cat >"$tmp/board" <<END
#!/bin/sh
case \$1 in
report)	exec "$top/build/forkpath-analysis" "\$@" ;;
esac
echo "\$*" >"$tmp/told"
[ ! -e "$tmp/exit" ] || exit "\$(cat "$tmp/exit")"
while [ "\$1" != --out ]; do shift; done
cp -r "$tmp/measured" "\$2"
END
cat >"$tmp/bin/lava-test-case" <<END
#!/bin/sh
echo "\$*" >>"$tmp/cases"
END
chmod +x "$tmp/board" "$tmp/bin/lava-test-case"
lava() {
	rm -f "$tmp/cases"
	run env PATH="$tmp/bin:$PATH" FORKPATH="$tmp/board" FORKPATH_RESULTS="$tmp" \
		"${shell[@]}" contrib/lava/run "$@"
}
shells=(sh)
[ ! -x /bin/busybox ] || shells+=("busybox sh")
for each in "${shells[@]}"; do
	read -ra shell <<<"$each"
	lava quick --time 9
	is "$each: a question on a board" 0
	true_that "$each: as it was asked" grep -qE \
		"^quick --time 9 --out $tmp/forkpath-lava.[0-9]+\$" "$tmp/told"
	out=$(cat "$tmp/cases")
	true_that "$each: a point is a case with its median" grep -qE \
		'^[A-Za-z0-9_.-]+ --result pass --measurement [0-9]+ --units ns$' "$tmp/cases"
	true_that "$each: a point that cannot be is skipped" grep -q \
		'v1-memory.* --result skip$' "$tmp/cases"
	true_that "$each: names are names" [ -z "$(grep -vE \
		'^[A-Za-z0-9_.-]+ --result (pass|fail|skip)( |$)' "$tmp/cases")" ]
	n=$("$top/build/forkpath-analysis" report "$tmp/measured" --format ktap |
		grep -cE '^  (not )?ok ')
	true_that "$each: no test is lost" [ "$(wc -l <"$tmp/cases")" -ge "$n" ]
	rm -r "$tmp"/forkpath-lava.*
done
shell=(sh)
echo 4 >"$tmp/exit"
lava pids
is "nothing can be measured" 4
true_that "is one case, skipped" [ "$(cat "$tmp/cases")" = "pids --result skip" ]
echo 2 >"$tmp/exit"
lava pids
is "a question that failed" 2
true_that "is one case, failed" [ "$(cat "$tmp/cases")" = "pids --result fail" ]
rm "$tmp/exit" "$tmp/bin/lava-test-case"
lava quick
is "without LAVA it is printed" 0 "lava-test-case "

if $python -c 'import yaml' 2>/dev/null; then
	for f in contrib/*/*.y*ml campaign/*.yml; do
		run $python -c 'import sys, yaml; assert yaml.safe_load(open(sys.argv[1]))' "$f"
		is "$f is YAML" 0
	done
else
	skip "examples are YAML" "python3-yaml is not installed"
fi

# --- Slurm: one job for a slot -----------------------------------------------

dir="$tmp/a campaign"
mkdir "$dir"
printf '%s\n' '[campaign]' 'question = q' 'boots = 3' '[kernel base]' \
	'entry = x' '[kernel 6.1-a]' 'same = base' '[host n1 n2]' \
	'boot = slurm' >"$dir/campaign.conf"
cat >"$tmp/bin/sbatch" <<END
#!/bin/sh
n=\$((\$(cat "$tmp/jobs" 2>/dev/null | wc -l) + 1))
echo "\$n \$*" >>"$tmp/jobs"
echo "\$n;cluster"
END
printf '#!/bin/sh\ncat "%s" 2>/dev/null || :\n' "$tmp/queue" >"$tmp/bin/squeue"
chmod +x "$tmp"/bin/*
chain() { run env PATH="$tmp/bin:$PATH" contrib/slurm/chain "$@"; }
chain "$dir" --partition=bench
is "12 slots" 0 $'1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12'
jobs() { cat "$tmp/jobs"; }
true_that "are 12 jobs" [ "$(jobs | wc -l)" -eq 12 ]
true_that "a job is one slot on its node" [ "$(jobs | awk '{
	for (i = 1; i <= NF; i++)
		if ($i ~ /^--(nodelist|constraint)=/) {
			sub(/.*=/, "", $i); printf "%s ", $i }
	print $NF }' | sort)" = "$(awk -F'\t' '/^[0-9]/ { sub(/6.1-a/, "k6_1_a", $4)
	print $2, $4, $1 }' "$dir/slots.tsv" | sort)" ]
true_that "what else is said goes to sbatch" \
	[ "$(jobs | grep -c -- ' --partition=bench ')" -eq 12 ]
true_that "a blank in a name is one" grep -qF -- \
	"--wrap exec '$top/run.sh' campaign slot '$dir' 1" "$tmp/jobs"
true_that "two begin, the others follow one each" [ "$(jobs |
	grep -o 'afterany:[0-9]*' | sort -u | wc -l)" -eq 10 ]
true_that "one after the other on a node" [ -z "$(jobs | awk '{
	match($0, /--nodelist=[^ ]*/); node = substr($0, RSTART, RLENGTH)
	after = match($0, /afterany:[0-9]+/) ? substr($0, RSTART + 9, RLENGTH - 9) : ""
	if (after != last[node]) print
	last[node] = $1 }')" ]
true_that "each slot is a boot" [ "$(jobs | grep -c -- ' --reboot ')" -eq 12 ]
# One is done, one still waits: the others are submitted.
mkdir -p "$dir/slots/n1/1"
echo "77 $dir:2" >"$tmp/queue"
rm "$tmp/jobs"
chain "$dir"
is "again" 0
true_that "what is done or queued is not submitted" [ "$(jobs | wc -l)" -eq 10 ]
true_that "the next one waits for the one in the queue" \
	grep -q 'afterany:77 .* 3$' "$tmp/jobs"
chain "$tmp/none"
is "no campaign" 2 "chain: $tmp/none: no such folder"
out=$(contrib/slurm/chain --help)
true_that "--help fits into 72 columns" [ -z "$(awk 'length > 72' <<<"$out")" ]
mkdir "$tmp/plain"
for tool in sh readlink dirname; do
	ln -s "$(command -v $tool)" "$tmp/plain"
done
run env PATH="$tmp/plain" contrib/slurm/chain "$dir"
is "no Slurm" 4 "sbatch is missing"

# --- Slurm: which kernel runs? --------------------------------------------------

cat >"$tmp/kernels" <<'END'
# what can be booted here
arm: arm for one boot
base        6.1  Advanced options>6.1
base-again  6.1  Advanced options>6.1
patched     6.2  Advanced options>6.2
END
cat >"$tmp/bin/arm" <<END
#!/bin/sh
[ ! -e "$tmp/stuck" ] || exit 1
echo "\$4" >"$tmp/entry"
END
printf '#!/bin/sh\ncat "%s"\n' "$tmp/uname" >"$tmp/bin/uname"
chmod +x "$tmp"/bin/*
boot() { # RELEASE
	echo "$1" >"$tmp/uname"
	cat /proc/sys/kernel/random/uuid >"$tmp/boot"
}
helper() {
	run env PATH="$tmp/bin:$PATH" FORKPATH_KERNELS="$tmp/kernels" \
		FORKPATH_STATE="$tmp/state" FORKPATH_BOOT_ID="$tmp/boot" \
		sh contrib/slurm/helper "$@"
}
says() { # NAME LABEL
	helper
	true_that "helper: $1" [ "$code:$out" = "0:$2" ]
}
boot 6.1
says "what was booted by somebody else is the first of its release" base
helper base-again
is "helper: it is armed" 0
true_that "helper: by its entry, one word" \
	[ "$(cat "$tmp/entry")" = "Advanced options>6.1" ]
says "until the boot it is the old one" base
boot 6.1
says "then it is the one that was armed" base-again
says "and stays it" base-again
helper patched
boot 6.2
says "another kernel" patched
helper base-again
boot 6.2
says "one that died: the default runs" patched
boot 6.1
says "what was armed is not believed in a later boot" base
helper base-again
touch "$tmp/stuck"
helper base
is "helper: it cannot be armed" 1 "base is not armed"
boot 6.1
says "nothing is armed then" base
helper newest
is "helper: no such kernel" 2 "'newest' is no kernel of $tmp/kernels"
boot 5.10
says "none of them" ""
echo 'arm: kexec-arm' >>"$tmp/kernels"
helper
is "helper: two ways to boot" 2 "expected one line 'arm: COMMAND'"
done_testing
