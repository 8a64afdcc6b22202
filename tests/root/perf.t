#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# perf.t - a profile from plan to flame graph, and what happens without perf

. tests/lib.sh

export FORKPATH_JOURNAL_DIR=$tmp/journal
runner=build/forkpath-runner

cat >"$tmp/q.conf" <<'EOF'
# Where does the time go?
[question]
title = Where does the time go?
[clone create]
kind = fork
time = 0.1
warmup = 0.01
EOF

mkdir "$tmp/path"
for c in sh env; do ln -s "$(command -v $c)" "$tmp/path/$c"; done
run env PATH="$tmp/path" "$PWD/$runner" plan "$tmp/q.conf" --perf --events none
is "without perf: planned without a profile" 0 \
	"# note no profile: perf is not installed"
true_that "without perf: nothing is profiled" test "${out#*profile=}" = "$out"

if ! command -v perf >/dev/null; then
	skip "a profile" "perf is not installed"
elif root "a profile" && perf record -q -a -o "$tmp/try" -e cpu-clock \
	-- true >/dev/null 2>&1; then
	run $runner run "$tmp/q.conf" --perf --events none --out "$tmp/r"
	is "a run with a profile" 0 "2 ok, 0 skipped"
	out=$(cut -f 9 "$tmp/r/plan.tsv")
	true_that "it is planned behind the others" test \
		"$(tail -n 1 <<<"$out" | grep -c profile=perf)" = 1
	out=$(ls "$tmp/r" "$tmp/r/lat" "$tmp/r/perf")
	true_that "no recording is left" test ! -e "$tmp/r/perf.data"
	true_that "no latencies of it are kept" test ! -e "$tmp/r/lat/0002.lat"
	out=$(cat "$tmp/r/perf/0002.folded")
	true_that "it has the fork path" grep -qE \
		'^cpu;cloner;.*copy_process' <<<"$out"
	true_that "and waits for children" grep -qE \
		'^wait;cloner;.*wait4' <<<"$out"
	true_that "and nobody else" test -z "$(grep -vE \
		'^(#|cpu;cloner|wait;cloner|lock;cloner)' <<<"$out")"
	run build/forkpath-analysis report "$tmp/r" --full
	is "the report has it" 0 Profile \
		"[create] clone: where the cloner spends its time" "on CPU, "
	true_that "no profiled repetition among the timed" \
		grep -qF '(n=1)' <<<"$out"
	long=$(awk 'length > 72' <<<"$out")
	true_that "the report fits into 72 columns" test -z "$long"
	svg=$tmp/r/plots/flame-create-clone-cloner-cpu.svg
	out=$(tail -n 1 "$svg")
	true_that "a flame graph" test "$out" = "</svg>"
	# What was sampled is what is drawn: all of it, at the bottom.
	all=$(awk '/^cpu;cloner/ { n += $NF } END { print n }' \
		"$tmp/r/perf/0002.folded")
	out=$(grep -m 1 '<title>cloner ' "$svg")
	true_that "of all samples" grep -qF \
		"<title>cloner $all samples, 100.00%" <<<"$out"
	# A failure of the program stays one under perf.
	sed 's/kind=fork/kind=vfork until=return/; s/until=exit//' \
		"$tmp/r/plan.tsv" >"$tmp/bad.tsv"
	run $runner run --plan-file "$tmp/bad.tsv" --out "$tmp/bad"
	is "a program that fails under perf" 1 "0 ok, 0 skipped, 2 failed"
	true_that "with its own words" test "$(grep -c 'vfork returns when' \
		"$tmp/bad/q.sample")" = 2
else
	skip "a profile" "perf record does not work here"
fi

# A perf that is there and may not: no repetition has to fail for that.
if root "a perf that does not record"; then
	mkdir "$tmp/refused"
	for c in sh env; do
		ln -s "$(command -v $c)" "$tmp/refused/$c"
	done
	cat >"$tmp/refused/perf" <<'EOF'
#!/bin/sh
[ "$1" != record ] || { echo "perf: the kernel says no" >&2; exit 255; }
EOF
	chmod +x "$tmp/refused/perf"
	run env PATH="$tmp/refused" "$PWD/$runner" plan "$tmp/q.conf" --perf \
		--events none
	is "a perf that does not record: planned without a profile" 0 \
		"# note no profile: perf does not record here: perf: the kernel says no"
	true_that "and nothing is profiled" test "${out#*profile=}" = "$out"
fi

# A perf that records nothing, and says much: 20,000 samples, 5.9 MB, where it
# counts one more, and 3 that it could not write.
cat >"$tmp/path/perf" <<'EOF'
#!/bin/sh
case $1 in
record) while [ "$1" != -- ]; do shift; done; shift; exec "$@" ;;
--version) echo perf version 0 ;;
script) awk 'BEGIN { for (i = 0; i < 20000; i++) {
	printf "cloner 10 [001] 1.%06d:   cpu-clock: \n", i
	for (k = 0; k < 10; k++) printf "\tffffffff82201d7e frame_%d\n", k
	printf "\n" }
	print "cloner 10 [001] 2.000000: PERF_RECORD_LOST lost 3" }' ;;
report) echo '          SAMPLE events:      20001' ;;
lock) exit 1 ;;
esac
EOF
chmod +x "$tmp/path/perf"
ln -s "$(command -v awk)" "$tmp/path/awk"
if root "a profile larger than what is kept of other output"; then
	run env PATH="$tmp/path" "$PWD/$runner" run "$tmp/q.conf" --perf \
		--events none --out "$tmp/large"
	is "a recording of megabytes" 0 "2 ok, 0 skipped"
	out=$(cat "$tmp/large/perf/0002.folded")
	true_that "all of it is folded" grep -qE '^cpu;cloner;.* 20000$' <<<"$out"
	true_that "and counted beside perf's own number" grep -qxF \
		'# samples 20000 of 20001, 3 records lost' <<<"$out"
	true_that "what is lost is a share of it" grep -qxF '# lost 0.02%' \
		<<<"$out"
	run build/forkpath-analysis report --full "$tmp/large"
	is "the report says what was lost" 0 "perf lost up to 0.02 %"
fi
printf '#!/bin/sh\necho WARNING: perf not found for kernel 6.0 >&2\nexit 2\n' \
	>"$tmp/path/perf"
if root "a perf that is none"; then
	run env PATH="$tmp/path" "$PWD/$runner" plan "$tmp/q.conf" --perf \
		--events none
	is "a perf that is none: planned without a profile" 0 \
		"# note no profile: perf does not run here: WARNING: perf not found for kernel 6.0"
fi
true_that "nothing is left behind" leftovers
done_testing
