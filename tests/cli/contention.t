#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# contention.t - lines that two CPUs share: names, E, kernels side by side
#
# On invented records; what the plugin sees in a guest is tests/lab.

. tests/lib.sh

program=build/forkpath-anatomy
T=$'\t'

# CPU areas at 0x...10000 and 0x...20000, linked at 0 and 0x1000 long. In the
# image: a lock, two symbols in one line, one of two lines.
printf '%s\n' '0000000000000000 A __per_cpu_start' \
	'0000000000000100 A runqueue' '0000000000001000 A __per_cpu_end' \
	'ffffffff81000000 T _stext' 'ffffffff81000100 t copy_process' \
	'ffffffff81000200 T _raw_spin_lock' 'ffffffff81000300 T release_task' \
	'ffffffff82000000 T _etext' 'ffffffff82000040 D a_lock' \
	'ffffffff82000044 d after_it' 'ffffffff82000080 d seq' \
	'ffffffff82000088 D kthread' 'ffffffff82000090 d pool' \
	'ffffffff82000100 d next' >"$tmp/symbols"
{
	echo forkpath-lines/5
	echo space ffffffff80000000 ffffffffffffffff image
	echo space ffffc90000000000 ffffe90000000000 vmalloc
	echo space ffff888000000000 ffffc88000000000 heap
	echo windows 0 ffff888000010000 10 1 1000
	echo windows 1 ffff888000020000 10 0 900
	echo way 1 0 ffffffff81000110
	echo way 2 1 ffffffff81000310
	echo line 1000 ffffffff82000040
	echo cpu 0 10 10 20 10 10 f f
	echo cpu 1 10 10 20 10 10 f f
	echo at 0 ffffffff81000210 1 20 10 10
	echo at 1 ffffffff81000210 2 15 5 5
	echo at 1 ffffffff81000214 2 5 5 5
	echo line 1040 ffffffff82000080
	echo cpu 0 10 5 10 5 0 8 8
	echo cpu 1 5 5 5 5 0 ff00 8
	echo at 0 ffffffff81000110 0 10 5 0
	echo at 1 ffffffff81000310 0 5 5 0
	echo line 1080 ffffffff820000c8
	echo cpu 0 10 10 0 10 0 0 ff
	echo cpu 1 10 10 0 10 0 0 ff00
	echo at 0 ffffffff81000110 0 0 10 0
	echo line 10c0 ffff888000020100
	echo cpu 0 1 1 0 1 0 0 1
	echo cpu 1 10 10 10 10 0 1 1
	echo at 1 ffffffff81000110 0 10 10 0
	echo line 1100 ffff888001000000
	echo cpu 0 10 0 10 0 0 1 0
	echo cpu 1 10 10 0 10 0 0 1
	echo at 0 ffffffff81000310 0 10 0 0
	echo at 1 ffffffff81000110 0 0 10 0
	echo order 0 1000 4
	echo step 0 100 locked
	echo step 4 150 read
	echo step 0 200 wrote
	echo step 2 300 wrote
	echo order 1 2000 2
	echo step 0 100 locked
	echo step 2 300 wrote
	echo end 5
} >"$tmp/record"
printf 'label one\nop thread\nagainst thread\ncpus 2\n' >"$tmp/about"
run $program lines "$tmp/record" "$tmp/symbols" --about "$tmp/about"
is "names" 0 "# label one" "# windows 10 10" "# refused 1 0" \
	"# lines 5 E 3.60" "# strong 4 accesses 6.2 locked 1.0 named 84.0" \
	"1.0000${T}3.000${T}1.000${T}3.000${T}1.000${T}image${T}true${T}a_lock$T" \
	"0.5000${T}1.250${T}0.000${T}1.250${T}0.000${T}image${T}mixed${T}seq+0x3, kthread${T}seq written, kthread only read" \
	"false${T}pool+0x30$T" "per-cpu${T}true${T}cpu1: runqueue$T" \
	"heap of copy_process${T}0-0 written${T}copy_process${T}release_task"
is "the caller of a function that locks" 0 \
	"copy_process>_raw_spin_lock, release_task>_raw_spin_lock${T}-"
echo "$out" >"$tmp/one.tsv"
# Four symbols are used in the line of a lock, the last is written.
{ cat "$tmp/symbols"; printf '%s\n' 'ffffffff82000048 d third' \
	'ffffffff8200004c d fourth'; } >"$tmp/four"
sed -E 's/^(cpu . 10 10 20 10 10) f f$/\1 ffff f000/' "$tmp/record" \
	>"$tmp/many"
run $program lines "$tmp/many" "$tmp/four"
is "of too many for a name what is written is in it" 0 \
	"mixed${T}fourth, a_lock, after_it, ...${T}a_lock only read, after_it"
run $program lines "$tmp/record" "$tmp/symbols" --split 1
is "one operation against another" 0 \
	"0.1000${T}0.100${T}0.000${T}2.000${T}0.000${T}per-cpu"

run $program lines "$tmp/record" "$tmp/symbols" --about "$tmp/about" \
	--order "$tmp/order"
run cat "$tmp/order"
is "the order of what operations do to strong lines" 0 "# label one" \
	"line 1.000 a_lock" $'\nop 1000\n0 100 l' $'150 r\n0 200 w' \
	$'\nop 2000\n0 100 l' $'\nend 4'
run $program lines "$tmp/record" "$tmp/symbols" --folded "$tmp/folded"
run cat "$tmp/folded"
is "ways of calls to strong lines, as folded stacks" 0 \
	"a_lock;copy_process;_raw_spin_lock 30" \
	"a_lock;copy_process;release_task;_raw_spin_lock 30" \
	$'\nseq+0x3, kthread;copy_process 15'
true_that "a stack and a number in each line" [ -z "$(grep -vE \
	'^[^;]+(;[^;]+)+ [1-9][0-9]*$' <<<"$out")" ]
true_that "no stack twice" [ -z "$(while read -r line; do
	echo "${line% *}"
done <<<"$out" | sort | uniq -d)" ]
true_that "none of the others" [ "${out/runqueue/}" = "$out" ]
run $program lines "$tmp/record" "$tmp/symbols" --folded "$tmp/no/where"
is "no place for them" 1 "$tmp/no/where: No such file"
# What is in an object of a slab cache: its members, where the kernel tells.
sed 's/^line 1100 .*/&\nslab kmalloc-64 64 0/' "$tmp/record" >"$tmp/slabs"
run $program lines "$tmp/slabs" "$tmp/symbols"
is "a slab cache of no type" 0 "kmalloc-64 of copy_process${T}0-0 written"
sed 's/^line 1100 .*/line 1100 ffff888000012000\nslab kmalloc-64 64 0/' \
	"$tmp/record" >"$tmp/slabs"
run $program lines "$tmp/slabs" "$tmp/symbols"
is "an object at the end of a CPU's area" 0 \
	"heap${T}true${T}kmalloc-64 of copy_process${T}0-0 written"
printf '0x%s-0x%s 20480 alloc_them+0x1a/0x90 pages=4\n' ffffc90000000000 \
	ffffc90000005000 ffffc90000005000 ffffc90000007000 >"$tmp/areas"
sed 's/^line 1100 .*/line 1100 ffffc90000005040/' "$tmp/record" >"$tmp/slabs"
run $program lines "$tmp/slabs" "$tmp/symbols" --areas "$tmp/areas"
is "who has allocated what" 0 "vmalloc by alloc_them+0x40${T}0-0 written"
sed 's/^line 1100 .*/&\nslab kmalloc-64 64 64/' "$tmp/record" >"$tmp/slabs"
run $program lines "$tmp/slabs" "$tmp/symbols"
is "behind the end of an object" 2 "'slab kmalloc-64 64 64'; expected"
run $program lines "$tmp/record" "$tmp/symbols" --btf "$tmp/symbols"
is "types that are none" 2 "no BTF"
: >"$tmp/none"
run $program lines "$tmp/record" "$tmp/symbols" --btf "$tmp/none"
is "a kernel without types" 0 "heap of copy_process"
run $program slab "$tmp/none" "$tmp/symbols"
is "nor with slab caches to be found" 0
true_that "nothing is printed" [ -z "$out" ]
if [ -f /sys/kernel/btf/vmlinux ]; then
	printf '%s\n' 'ffffffff82000000 D slab_caches' >"$tmp/caches"
	run $program slab /sys/kernel/btf/vmlinux "$tmp/caches"
	is "a kernel's own slab caches" 0 "slab=ffffffff82000000:"
	sed 's/^line 1100 .*/&\nslab pid 192 0/' "$tmp/record" >"$tmp/slabs"
	run $program lines "$tmp/slabs" "$tmp/symbols" \
		--btf /sys/kernel/btf/vmlinux
	is "a member of a structure" 0 "${T}pid.count${T}pid.count written"
else
	skip "a member of a structure" "this kernel tells of no types"
fi

# What kmalloc() gave out is what a member points to: types made by hand.
word() { # NUMBER...: as 32 bits
	for w; do
		printf '%b' "$(printf '\\x%02x' $((w & 255)) $((w >> 8 & 255)) \
			$((w >> 16 & 255)) $((w >> 24 & 255)))"
	done
}
kind() { echo $(($1 << 24 | ${2:-0})); } # KIND MEMBERS
{	word $((0x1eb9f)) 24 0 220 220 39
	word 1 "$(kind 1)" 4 32				# 1 int
	word 0 "$(kind 3)" 0 1 1 9			# 2 int[9]
	word 11 "$(kind 4 3)" 48 19 1 0 21 2 32 17 5 320	# 3 thing
	word 0 "$(kind 2)" 3				# 4 thing *
	word 0 "$(kind 2)" 6				# 5 last *
	word 26 "$(kind 4 1)" 24 19 1 0			# 6 last
	word 31 "$(kind 4 1)" 56 19 1 0			# 7 other
	word 0 "$(kind 2)" 7				# 8 other *
	word 5 "$(kind 4 3)" 24 19 1 0 17 4 64 37 8 128	# 9 owner
	printf '\0int\0owner\0thing\0p\0a\0rest\0last\0other\0q\0'
} >"$tmp/btf"
objects() { # TIMES: so many of owner.q point to what owner.p is pointing to
	sed '/^order/,$d' "$tmp/record"
	printf '%s\n' "line 1140 ffff888001000040" "slab owner 24 16" \
		"cpu 0 10 10 0 10 0 0 f" "cpu 1 10 10 0 10 0 0 f" \
		"at 0 ffffffff81000110 0 0 10 0" \
		"line 1180 ffff888001000080" "slab kmalloc-64 64 0" \
		"by ffff888001000048 8 3" "by ffff888001000048 16 $1" \
		"cpu 0 10 10 0 10 0 0 f" "cpu 1 10 10 0 10 0 0 f" \
		"at 0 ffffffff81000110 0 0 10 0" \
		"line 11c0 ffff8880010000c0" "slab kmalloc-32 32 0" \
		"by ffff888001000080 40 1" \
		"cpu 0 10 10 0 10 0 0 f" "cpu 1 10 10 0 10 0 0 f" \
		"at 0 ffffffff81000110 0 0 10 0" "end 8"
}
objects 2 >"$tmp/pointed"
run $program lines "$tmp/pointed" "$tmp/symbols" --btf "$tmp/btf"
is "what most of its owners' members point to" 0 "${T}thing.a${T}"
is "and what that points to" 0 "${T}last.a${T}last.a written"
objects 3 >"$tmp/pointed"
run $program lines "$tmp/pointed" "$tmp/symbols" --btf "$tmp/btf"
is "as many say something else" 0 "kmalloc-64 of copy_process" \
	"kmalloc-32 of copy_process"
objects 2 | sed 's/^by ffff888001000048/by ffff888001000050/' >"$tmp/pointed"
run $program lines "$tmp/pointed" "$tmp/symbols" --btf "$tmp/btf"
is "by what is no object" 0 "kmalloc-64 of copy_process"
objects 2 | sed 's/^slab kmalloc-64 64 0/slab kmalloc-128 128 0/' \
	>"$tmp/pointed"
run $program lines "$tmp/pointed" "$tmp/symbols" --btf "$tmp/btf"
is "to something that is too small for it" 0 "kmalloc-128 of copy_process"

sed 's/^step 4 /step 5 /' "$tmp/record" >"$tmp/bad"
run $program lines "$tmp/bad" "$tmp/symbols"
is "a step at no line" 2 "'step 5 150 read'; expected a record of"
sed 's/^order 0 1000 4/order 0 1000 3/' "$tmp/record" >"$tmp/bad"
run $program lines "$tmp/bad" "$tmp/symbols"
is "more steps than were said" 2 "'step 2 300 wrote'; expected"

# --- the forecast: one lock, whose rate is known
order() { # STEP...: an operation of 1,000 instructions
	printf '%s\n' "# forkpath-order/1" "# label one" "# op thread" \
		"line 1.000 a_lock" "line 0.000 other" "op 1000" "$@" "end 2" \
		>"$tmp/order"
}
rate() { # CPUS
	awk -v n="$1" '$1 == n { print $2 }' <<<"$out"
}
order "0 1000 l"
run $program forecast "$tmp/order" --transfer 100 --instruction-ps 1000 --ops 300
is "a lock that is given back at once" 0 "Assumed: a line takes 100 ns" \
	"Forecast: thread on one, 1 node; simulated from 1 operations:" \
	"Bound 1/(k T): a_lock, k = 1.0 locked, T = 100 ns: 10000000 /s" \
	"100 % a_lock"
true_that "the first line is the assumption" [ "${out#Assumed: }" != "$out" ]
true_that "72 columns" [ -z "$(awk 'length > 72' <<<"$out")" ]
true_that "alone it costs nothing" [ "$(rate 1)" = 1000000 ]
true_that "8 CPUs: eight times work and transfer" [ "$(rate 8)" -gt 7200000 ] &&
	[ "$(rate 8)" -lt 7340000 ]
true_that "512 CPUs: the bound" [ "$(rate 512)" -gt 9900000 ] &&
	[ "$(rate 512)" -lt 10100000 ]
first=$out
run $program forecast "$tmp/order" --transfer 100 --instruction-ps 1000 --ops 300
true_that "the same seed, the same figures" [ "$out" = "$first" ]
order "0 100 l" "0 500 w"
run $program forecast "$tmp/order" --transfer 100 --instruction-ps 1000 --ops 300
true_that "a lock that is held for 400 ns" [ "$(rate 512)" -gt 1980000 ] &&
	[ "$(rate 512)" -lt 2020000 ]
order "0 1000 l"
run $program forecast "$tmp/order" --transfer 100:300 --nodes 2 --also 6 \
	--ops 300 --tsv "$tmp/forecast"
is "two nodes" 0 "100, 300, 300 ns (same node, next, farther)" \
	"T = 200 ns: 5000000 /s"
true_that "another number of CPUs, in its place" [ "$(awk '/^ +[0-9]+ / {
	printf "%s ", $1 }' <<<"$out")" = "1 2 4 6 8 16 32 64 128 256 512 " ]
run cat "$tmp/forecast"
is "the same for programs" 0 "# forkpath-forecast/1" \
	$'\n?\t?\tthread\t?\t2\t100:300:300\t300\t6\t'
true_that "a row of each number" [ "$(wc -l <<<"$out")" = 13 ]
run $program forecast "$tmp/order" --transfer 100 --tsv "$tmp/no/where"
is "no place for it" 1 "$tmp/no/where: No such file"
for t in 0 x 1: 1:2:3:4 -5 1e9; do
	run $program forecast "$tmp/order" --transfer "$t"
	is "a transfer of '$t'" 2 "expected "
done
run $program forecast "$tmp/order"
is "no transfer" 2 "--transfer: ''; expected NEAR[:NEXT[:FAR]]"
order "2 1000 l"
run $program forecast "$tmp/order" --transfer 100
is "a line that there is not" 2 "line 7: '2 1000 l'; expected what lines"
order
run $program forecast "$tmp/order" --transfer 100
is "nothing to wait for" 1 "there is nothing to wait for"
sed -i '$d' "$tmp/order"
run $program forecast "$tmp/order" --transfer 100
is "an order without its end" 2 "expected 'end': truncated"

sed 's/^way 2 1 /way 2 2 /' "$tmp/record" >"$tmp/bad"
run $program lines "$tmp/bad" "$tmp/symbols"
is "a way that is behind itself" 2 "'way 2 2 ffffffff81000310'; expected"
sed 's/^at 1 ffffffff81000210 2 /at 1 ffffffff81000210 3 /' "$tmp/record" \
	>"$tmp/bad"
run $program lines "$tmp/bad" "$tmp/symbols"
is "a way that there is not" 2 "'at 1 ffffffff81000210 3 15 5 5'; expected"
sed '$d' "$tmp/record" >"$tmp/bad"
run $program lines "$tmp/bad" "$tmp/symbols"
is "a record without its end" 2 "expected 'end': truncated"
sed 's/^cpu 0 10 10 20/cpu 0 11 10 20/' "$tmp/record" >"$tmp/bad"
run $program lines "$tmp/bad" "$tmp/symbols"
is "more windows than there are" 2 "line 10: 'cpu 0 11" "expected a record of"
sed 's/^windows 1 \(.*\) 10 0 900/windows 1 \1 0 7 0/' "$tmp/record" |
	sed -E '/^(line|cpu|at|order|step) /d; s/^end.*/end 0/' >"$tmp/bad"
run $program lines "$tmp/bad" "$tmp/symbols"
is "a CPU without windows" 1 "no window of CPU 1, 7 refused"
run $program lines "$tmp/record"
is "no symbols" 2 "expected RECORD SYMBOLS"
run $program lines "$tmp/record" "$tmp/record"
is "wrong symbols" 2 "ADDRESS TYPE NAME"
run $program lines "$tmp/nowhere" "$tmp/symbols"
is "no record" 2 "No such file"

# Another kernel: the lock is gone, a counter is new.
sed 's/# label one/# label two/; s/a_lock/counter/g' "$tmp/one.tsv" \
	>"$tmp/two.tsv"
table() { # FILE...
	run awk -v rows=24 -v all="$tmp/all.tsv" -v who="$tmp/who" \
		-f lab/contention.awk "$@"
}
table "$tmp/one.tsv" "$tmp/two.tsv"
is "new and gone first" 0 "new in two" "gone since one" "in both"
true_that "what is new has no cell in the first" grep -Eq \
	'^counter +- +3/1 +1.00$' <<<"$out"
true_that "what is gone has none in the last" grep -Eq \
	'^a_lock +3/1 +- +1.00$' <<<"$out"
true_that "the order: new, gone, rest" [ "$(awk '/^(counter|a_lock|pool) / {
	printf "%s ", $1 }' <<<"$out")" = "counter a_lock pool " ]
true_that "72 columns" [ -z "$(cat "$tmp/who" - <<<"$out" |
	awk 'length > 72')" ]
true_that "false sharing is a block of its own" grep -qx \
	"  seq written, kthread only read" "$tmp/who"
true_that "who reads" grep -qx "    reads  release_task" "$tmp/who"
true_that "all kernels in one file" grep -q \
	"^counter${T}1.0000${T}-${T}0.0000${T}3/1${T}1.0000${T}true" "$tmp/all.tsv"
table "$tmp/one.tsv"
is "one kernel has neither" 0 "lines with E >= 0.5"
true_that "not a word of new" [ "${out#*new in}" = "$out" ]
true_that "nor of types" [ "${out#*types}" = "$out" ]
sed '1a # types none' "$tmp/one.tsv" >"$tmp/small.tsv"
table "$tmp/one.tsv" "$tmp/small.tsv"
true_that "it fits into 72 columns" [ -z "$(awk 'length > 72' <<<"$out")" ]
out=${out//$'\n'/ }
is "why there are no names, and how to get them" 0 "kernel one tells of no \
types. Built with CONFIG_DEBUG_INFO_BTF (which needs pahole) it does."
true_that "said once" [ "$(grep -o "tells of no" <<<"$out" | wc -l)" = 1 ]
sed '1a # data none' "$tmp/one.tsv" >"$tmp/small.tsv"
table "$tmp/one.tsv" "$tmp/small.tsv"
true_that "that fits, too" [ -z "$(awk 'length > 72' <<<"$out")" ]
out=${out//$'\n'/ }
is "why not even symbols have one" 0 "kernel one tells of functions only. \
Built with CONFIG_KALLSYMS_ALL it does."

run lab/contention --help
is "help" 0 EXAMPLES
true_that "of 72 columns" [ -z "$(awk 'length > 72' <<<"$out")" ]
run lab/contention
is "no kernel" 2 "which kernels?"
run lab/contention 6.12 --op walk
is "no such operation" 2 "--op: 'walk'; expected one of thread fork vfork exit"
run lab/contention 6.12 --against walk
is "nor against one" 2 "--against: 'walk'; expected one of"
run lab/contention 6.12 --cpus 1
is "one CPU" 2 "--cpus: '1'; expected a whole number from 2 to 8"
run lab/contention 6.12 --same-group --op fork
is "one group that forks" 2 "--same-group: --op fork; expected thread"
run lab/contention 6.12 --lock-mode none
is "no such lock mode" 2 "'none' is not default, favordynmods or both"
run lab/contention 6.12 --hierarchy v1-cpuset
is "a hierarchy of nothing" 2 "neither --op nor --against is attach"
run lab/contention 6.12 --op attach --hierarchy v1-name=x
is "no such hierarchy" 2 "'v1-name=x'; expected v2, v1-cpuset, v1-memory or"
run lab/contention 6.12 --forecast 1 --against exit
is "a forecast of two operations" 2 "--forecast: no --against beside it"
mkdir "$tmp/run"
run lab/contention 6.12 --forecast "$tmp/run"
is "no run of pingpong" 2 "expected NEAR[:NEXT[:FAR]] in ns or the folder of"
pingpong() { # PLACE NS...
	for ns in "${@:2}"; do
		echo "BenchmarkPingpong/how=cas/players=2/rounds=100/place=$1" \
			"9 400 player-p50-ns $ns handover-ns 20 clock-ns"
	done
}
{ pingpong same-cache 120 90 100; pingpong other-node 300; } >"$tmp/a.sample"
{ pingpong farthest 500 400; pingpong same-node 7; } >"$tmp/b.sample"
run awk -f lab/transfer.awk "$tmp/a.sample" "$tmp/b.sample"
is "what a line takes, of a run: medians by distance" 0
true_that "near, next node, farther" [ "$out" = 100.0:300.0:450.0 ]
run awk -f lab/transfer.awk "$tmp/record"
is "of what is no run" 1
run lab/contention 6.12 --forecast 0:1
is "a line that takes no time" 2 "--forecast: '"
run lab/contention 6.12 --nodes 9
is "nine nodes" 2 "--nodes: '9'; expected a whole number from 1 to 8"
run lab/contention 6.12 --depth 65
is "too many levels" 2 "--depth: '65'; expected a whole number from 0 to 64"
run lab/contention 6.12 --what
is "no such option" 2 "unknown option '--what'; known:"

done_testing
