#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# question.t - every answer sentence, on points whose answer is known
#
# tests/data/make-arms invents the points; what is asked of each question is
# more, less and no difference, whatever the direction of the figure, and
# what is said where an arm or the repetitions are missing.

. tests/lib.sh

full=1
report() { # BLOCKS [QUESTION]; points on stdin: a sentence per line in $out
	rm -rf "$tmp/r"
	bash tests/data/make-arms "$tmp/r" "$@"
	run build/forkpath-analysis report ${full:+--full} "$tmp/r"
	# Wrapped for people: a sentence per line for us.
	out=$(awk '/^ / { sub(/^ +/, " "); printf "%s", $0; next }
		{ printf "\n%s", $0 } END { print "" }' <<<"$out")
}

says() { # NAME TEXT...
	local name=$1

	shift
	is "$name" 0 "$@"
}

# --- what a verdict is
same=kind=thread,cloners=1
report 8 <<END
a container how=write,think=0.05,hierarchy=v2 spawner-p50-ns=8000000
a container how=into,think=0.05,hierarchy=v2 spawner-p50-ns=400000
a container how=self,think=0.05,hierarchy=v2 spawner-p50-ns=8000000~5
END
says "less: by how much, of how many, in which regime" \
	"Does clone3 into the cgroup avoid the cost of a write?" \
	"402 us [400, 403] with how=into, compared with 8.04 ms [8.01, 8.06] with how=write: less, -95.0 % [-95.0, -95.0]; n=8 think=0.05 hierarchy=v2."
says "no difference: the interval says so" \
	"8.03 ms [7.62, 8.46] with how=self, compared with 8.04 ms [8.01, 8.06] with how=write: no difference shown, -0.1 % [-5.0, +5.0]; n=8"
report 8 <<END
a container how=write,think=0.05 spawner-p50-ns=400000
a container how=into,think=0.05 spawner-p50-ns=8000000
END
says "the wrong way round: more" \
	"8.04 ms [8.01, 8.06] with how=into, compared with 402 us [400, 403] with how=write: more, 20.0 x [20.0, 20.0]; n=8"
report 5 <<END
a container how=write,think=0.05 spawner-p50-ns=400000
a container how=into,think=0.05 spawner-p50-ns=300000
END
says "five repetitions: no verdict" \
	"too few repetitions for an interval, -25.0 % (-25.0 to -25.0); n=5"
report 8 <<END
a container how=write,think=0.05 skip hierarchy v2 is not mounted here
a container how=into,think=0.05 spawner-p50-ns=400000
END
says "the base was never measured" "p50: not answered: how=write has no numbers."
report 8 <<END
a container how=into,think=0.05 spawner-p50-ns=400000
a container how=self,think=0.05 spawner-p50-ns=400000
END
says "the base was never planned" "not answered: how=? has no numbers."
report 8 <<END
a container how=write,think=0.05 spawner-p50-ns=400000
a container how=into,think=0.05 skip this kernel has no clone3
END
says "an arm was never measured" "p50: not answered: how=into has no numbers."
report 8 <<END
a container how=write,think=0 spawner-p50-ns=400000
a container how=into,think=0 spawner-p50-ns=400000~3
a container how=write,think=0.05 spawner-p50-ns=8000000
a container how=into,think=0.05 spawner-p50-ns=400000
a container how=write,think=0.1 spawner-p50-ns=8000000
a container how=into,think=0.1 skip this kernel has no clone3
END
says "several regimes: the least and the most, each named" \
	"how=into, compared with how=write: less in 1 of 3, no difference shown in 1, no number in 1; smallest -95.0 % [-95.0, -95.0] (think=0.05), largest +0.0 % [-3.0, +3.0] (think=0)."
report 8 <<END
a container how=write,think=0 spawner-p50-ns=400000
END
true_that "what was not asked is not answered" [ "${out/clone3/}" = "$out" ]

# --- where a rate stops growing
# shellcheck disable=SC2016 # of awk
law='BEGIN {	# exact values of the law: 100,000/s, 0.05, and 0.002 or 0
	for (n = 1; n <= 64; n *= 2)
		for (k = 0; k <= 0.002; k += 0.002) {
			x = 1e5 * n / (1 + 0.05 * (n - 1) + k * n * (n - 1))
			printf "a clone cloners=%d,place=%s cloner-ops/s=%.9g " \
				"cloner-p50-ns=%.9g\n", n,
				k ? "compact" : "spread", x, n / x * 1e9
		}
	print "a exit reapers=1 reaper-ops/s=1000"
	print "a exit reapers=2 reaper-ops/s=1500"
	print "b exit reapers=1,threads=2 reaper-ops/s=1000"
	print "b exit reapers=2,threads=2 reaper-ops/s=900"
}'
awk "$law" | bash tests/data/make-arms "$tmp/law" 8 scaling
cp configs/scaling.conf configs/answers.conf "$tmp/law"
run build/forkpath-analysis report --full "$tmp/law"
out=$(tr -s '\n ' ' ' <<<"$out")
is "scaling: past its peak" 0 "place=compact: cloners=16, compared with 1: \
7.17 x [7.17, 7.17] (p50 of each 2.23 x [2.23, 2.23]); 64 had less than that; \
contention 0.050 [0.050, 0.050], coherence 0.002 [0.002, 0.002], the most at \
22 (USL); n=8."
is "scaling: no peak" 0 "place=spread: cloners=64, compared with 1: 15.4 x \
[15.4, 15.4] (p50 of each 4.15 x [4.15, 4.15]), the most that were tried; \
contention 0.050 [0.050, 0.050], coherence 0"
is "scaling: two numbers make no law" 0 "reapers=2, compared with 1: +50.0 % \
[+50.0, +50.0], the most that were tried; no terms of 2 numbers (4 are needed)"
is "scaling: one is the most" 0 "reapers=2, compared with 1: -10.0 % [-10.0, \
-10.0]; none had more than 1;"
is "scaling: spread beside compact" 0 "rate: place=spread, compared with \
place=compact: more in 6 of 7"
true_that "scaling: a place that is no distance is no answer about it" \
	[ "${out/What do two processes/}" = "$out" ]
echo '{ "schema": "forkpath-meta/1", "lab": { "time": "emulated" } }' \
	>"$tmp/law/meta.json"
run build/forkpath-analysis report --full "$tmp/law"
out=$(tr -s '\n ' ' ' <<<"$out")
is "scaling: not in emulated time" 0 "Not answered: emulated time (TCG without \
--exact): virtual CPUs take turns"
true_that "scaling: no figure of it" [ "${out/compared with 1:/}" = "$out" ]

# --- what was forecast beside it
bash tests/data/make-arms "$tmp/beside" 8 scaling <<END
a clone kind=thread,group=own,cloners=1 cloner-ops/s=60000
a clone kind=thread,group=own,cloners=2 cloner-ops/s=102000
a clone kind=thread,group=own,cloners=6 cloner-ops/s=150000
a clone kind=thread,group=shared,cloners=1 cloner-ops/s=50000
a clone kind=thread,group=shared,cloners=2 cloner-ops/s=40000
b exit threads=1,reapers=1 reaper-ops/s=1000
b exit threads=1,reapers=2 reaper-ops/s=1500
c clone kind=fork,group=own,cloners=1 @moves cloner-ops/s=60000
c clone kind=fork,group=own,cloners=2 @moves cloner-ops/s=60000
END
cp configs/scaling.conf configs/answers.conf "$tmp/beside"
mkdir -p "$tmp/forecasts/a" "$tmp/forecasts/b" "$tmp/forecasts/c"
forecast() { # KERNEL LOCK OP GROUP CPUS RATE
	printf '%s\t' "$1" "$2" "$3" "$4" 1 125:125:125 300 "$5" "$6" 10
	echo 20
}
head=$'# forkpath-forecast/1\nkernel\tlock\top\tgroup\tnodes\ttransfer-ns\t'
head+=$'instruction-ps\tcpus\trate\tp50-ns\tp99-ns'
{
	echo "$head"
	forecast 6.18.15 default thread own 1 100000
	forecast 6.18.15 default thread own 2 160000
	forecast 6.18.15 default thread own 4 250000
	echo "$head"
	forecast 6.18.15 favordynmods thread own 2 1
	forecast 6.12.118 default thread own 2 1
	forecast 7.3.4 default thread own 2 1
	forecast 6.12.118 default exit own 1 100
	forecast 6.12.118 default exit own 2 150
	forecast 6.18.15 default fork own 1 100
	forecast 6.18.15 default fork own 2 150
} >"$tmp/forecasts/b/forecast.tsv"
beside() { # [FOLDER]
	run build/forkpath-analysis report "$tmp/beside" --full \
		--forecast "${1-$tmp/forecasts}"
	table=$out
	out=$(tr -s '\n ' ' ' <<<"$out")
}
beside
is "forecast: of the kernel of this series, under this lock" 0 \
	"group=own: cloners=2, compared with 1: 1.60 x was forecast; measured \
over forecast: 1.06 [1.06, 1.06] (assumed: a line takes 125 ns, an instruction \
0.3 ns; kernel 6.18.15 in the lab)."
is "forecast: of another kernel, if there is none of it" 0 "\
reapers=2, compared with 1: 1.50 x was forecast; measured over forecast: 1.00" \
	"kernel 6.12.118 in the lab"
true_that "forecast: a row of each number that both have" grep -qE \
	'^ +cloners=2 +102k/s +160k/s +1.70 +1.60 +1.06 \[1.06, 1.06\]$' <<<"$table"
true_that "forecast: none of what others have beside them, nor shared" \
	[ "$(grep -o 'x was forecast' <<<"$out" | wc -l)" = 2 ]
true_that "forecast: 72 columns" [ -z "$(awk 'length > 72' <<<"$table")" ]
beside "$tmp/forecasts/b"
is "forecast: of one folder" 0 "1.60 x was forecast"
beside "$tmp/forecasts/a"
is "forecast: of a folder without one" 2 "no forecast.tsv in it; expected a"
beside "$tmp/forecasts/d"
is "forecast: of no folder" 2 "No such file or directory; expected a folder of"
forecast 6.18.15 default thread own 2 0 >"$tmp/forecasts/c/forecast.tsv"
beside
is "forecast: one that has no head" 2 "line 1: expected what ./run.sh contention"
{
	echo "$head"
	forecast 6.18.15 default thread own 2 0
} >"$tmp/forecasts/c/forecast.tsv"
beside
is "forecast: a rate of nothing" 2 "line 3: expected what ./run.sh contention"

# What a write costs is not what one into a frozen cgroup costs.
moved=by=procs,hierarchy=v2,attachers=1,threads=1,depth=0,think=0
for into in as-is frozen; do
	report 8 <<END
a attach $moved,into=$into attacher-p50-ns=4000
a attach $moved,into=plain attacher-p50-ns=8000
END
	case $into in
	as-is) says "a write: of two cgroups" "Moving a thread group" ;;
	*) true_that "a write: not into a frozen one" \
		[ "${out/Moving a thread group/}" = "$out" ] ;;
	esac
done

# All controllers at once, beside none of them, where nothing else differs.
report 8 <<END
h clone-in hierarchy=v2,home=own,depth=0 cloner-p50-ns=100000
h clone-in hierarchy=v2-all,home=own,depth=0 cloner-p50-ns=150000
h clone-in hierarchy=v1-memory,home=own,depth=0 cloner-p50-ns=150000
END
says "controllers: all, beside none" \
	"Does creating a task cost more with controllers enabled?" \
	"with hierarchy=v2-all, compared with 100 us [100, 101] with hierarchy=v2: more, +50.0 % ["
true_that "controllers: of v2 alone" [ "${out/hierarchy=v1-memory, compared/}" = "$out" ]

# A role that some points have: its table has those, wherever they come.
report 8 <<'END'
a exec kind=leader,attachers=0 spawner-p50-ns=4000
a exec kind=leader,attachers=1 spawner-p50-ns=4000 attacher-p50-ns=8000
END
says "a table of each role" "exec: latency of one operation of the attacher"
out=$(sed -n '/operation of the attacher/,/counters\|noise/p' "$tmp/r/report.txt")
true_that "... without the points that do not have it" \
	[ "$(grep -cE '^ +[01] +[0-9]+ ' <<<"$out")" -eq 1 ]

# --- every question that compares arms, both ways
# KEY=BASE,ARM BENCH OTHER-OPTIONS UNIT HEADING: each a part of its own, so
# that one report has them all.
mapfile -t rows <<'END'
victims unrelated inside clone-attach cloner-p99-ns Is task creation delayed more inside the group that is moved?
victims unrelated inside clone-attach attacher-p50-ns Does a move take longer if the group itself creates threads?
victims unrelated inside clone-attach attacher-max-ns How long can new threads of the moved group hold up its move?
cloners 1 4 clone-attach attacher-p50-ns What does more task creation cost the writer?
threads 1 1000 clone-attach cloner-p99-ns Does moving more threads delay task creation longer?
kind fork thread clone cloner-p50-ns What does creating a task cost, by how it is created?
siblings 0 100 clone cloner-p50-ns Does creating a thread cost more in a larger group?
by procs tasks attach attacher-p50-ns What does it cost to move a group one thread at a time?
place same-cache farthest clone-attach cloner-p50-ns Does the distance to the mover matter to task creation?
place same-cache farthest clone-attach attacher-p50-ns Does the distance to task creation matter to the mover?
place same-node other-node clone cloner-p50-ns What do two processes that create tasks cost each other, by distance?
memory 0 1 clone cloner-p50-ns Does the node of its memory matter to a process that creates tasks?
lock percpu-fast rwsem-own rwlock pair-ns What does one read lock cost, by type of lock?
readers 2 4 rwlock pair-ns What do concurrent readers cost each other?
place same-cache same-node rwlock pair-ns Does the placement of the readers matter?
state asleep throttled throttle attacher-p50-ns Does it matter to a move whether the group runs or may not?
cache single flushed rwlock pair-ns What does a read lock cost that is not in this CPU's cache?
layout own-line with-data rwlock pair-ns Does it matter what a cold lock lies beside?
how cas load-store pingpong handover-ns What does a line cost that another CPU has written?
place same-cache farthest pingpong handover-ns Does the distance matter to it?
players 2 16 pingpong handover-ns Does it matter how many CPUs wait for it?
kind kmalloc flex-array array alloc-ns What does allocating an array cost, by its kind?
kind kmalloc flex-array array walk-ns What does walking an array cost, by its kind?
node local remote array walk-ns Does the node of an array matter to the walk?
spawners 1 4 container spawner-p50-ns Do concurrent container starts wait for each other?
depth 1 31 pidns collector-p50-ns What do nested pid namespaces cost, by depth?
kind kmalloc genradix pidns collect-ns What does collecting the pids of a tree cost, by kind of array?
by collect proc pidns collector-p50-ns Does it pay to collect them inside the kernel?
by procs zero attach attacher-p50-ns Which writes pay for the lock without moving a group?
attachers 1 8 attach attacher-ops/s Do concurrent writers wait for each other?
rcu as-is expedited attach attacher-p50-ns How much of a write is the RCU grace period?
rcu as-is expedited clone-attach cloner-p50-ns What do expedited grace periods cost task creation?
depth 0 32 attach attacher-p50-ns Does the depth of the tree matter?
mounted 0 16 attach attacher-p50-ns Does the number of mounted v1 hierarchies matter?
kind leader thread exec spawner-p50-ns What does exec cost, by the thread that calls it?
threads 1 100 exit reaper-p50-ns How does the cost of an exit depend on its threads?
attachers 0 1 exit reaper-p50-ns Does a move hold up an exit?
threads 1 100 exit attacher-p50-ns Does an exit storm hold up a move?
group none v1-notify exit reaper-p50-ns What does it cost to leave an empty cgroup behind?
by v2-events v1-agent release watcher-p50-ns Which notification of an empty cgroup is faster?
how write into container spawner-p50-ns Does clone3 into the cgroup avoid the cost of a write?
groups 1 1000 container spawner-p50-ns Do other running containers matter?
rcu as-is expedited container spawner-p50-ns What do expedited grace periods gain for containers?
tasks 1 10000 pidlist reader-p50-ns How does the cost of reading a list of tasks depend on its length?
tasks 1 10000 pidlist cloner-p50-ns What does reading a list of tasks cost task creation?
siblings 0 100 churn churner-p50-ns What does a short-lived cgroup cost, by number of siblings?
depth 0 32 churn churner-p50-ns What does a short-lived cgroup cost, by depth?
visitor no yes churn churner-p50-ns How much of that is moving a process in and out?
by none fifo priority attacher-max-ns How long is a write if the holder of the read lock cannot run?
by none fifo priority bystander-max-ns How long is task creation if the holder of the read lock cannot run?
until done write freeze freezer-p50-ns How much of that is the write to the state file?
tasks 0 1000 enable switcher-p50-ns Does enabling a controller cost more above a populated group?
END
declare -A said	# by question: all that the report says to it
for n in 100000:150000:more:+50.0 150000:100000:less:-33.3 \
	100000:100000~4:no\ difference\ shown:-0.1; do
	IFS=: read -r x y word ratio <<<"$n"
	for i in "${!rows[@]}"; do
		read -r key base arm bench unit _ <<<"${rows[i]}"
		echo "p$i $bench $key=$base,hierarchy=v2 $unit=$x"
		echo "p$i $bench $key=$arm,hierarchy=v2 $unit=$y"
	done >"$tmp/rows"
	report 8 <"$tmp/rows"
	said=()
	while IFS= read -r line; do
		[[ $line != *\?* ]] || said[${line%%\?*}?]+=$line
	done <<<"$out"
	for row in "${rows[@]}"; do
		read -r key base arm bench unit asks <<<"$row"
		out=${said[$asks]-}
		says "$bench $key $unit: $word" \
			" with $key=$arm, compared with " " with $key=$base: $word, $ratio % ["
	done
done
for bench in attach:attacher-p50-ns:"Does the hierarchy matter?" \
	container:spawner-p50-ns:"Does the hierarchy matter to starting a container?" \
	churn:churner-p50-ns:"What does a short-lived cgroup cost, by hierarchy?" \
	pidlist:reader-p50-ns:"Is a v1 list more expensive to read than a v2 list?"; do
	IFS=: read -r bench unit asks <<<"$bench"
	report 8 <<END
a $bench hierarchy=v2,threads=1 $unit=4000
a $bench hierarchy=v1-memory,threads=1 $unit=5000
a $bench hierarchy=v1-pids,threads=1 $unit=4000~2
END
	says "$bench hierarchy" "$asks" \
		"5.02 us [5.00, 5.04] with hierarchy=v1-memory, compared with " \
		"more, +25.0 % [+25.0, +25.0]" "hierarchy=v1-pids" \
		"no difference shown"
done
# Of numbers only the largest arm gets a sentence.
report 8 <<END
a attach attachers=1,hierarchy=v2 attacher-ops/s=100
a attach attachers=2,hierarchy=v2 attacher-ops/s=110
a attach attachers=8,hierarchy=v2 attacher-ops/s=120
END
says "numbers: the largest arm" "121/s [120, 121] with attachers=8" "+20.0 % [+20.0, +20.0]"
true_that "and no other" [ "${out/with attachers=2, compared/}" = "$out" ]

# The nearest place that was measured is what the others are set against.
report 8 <<END
a clone place=same-core,cloners=2 skip no core has two threads
a clone place=same-cache,cloners=2 cloner-p50-ns=20000
a clone place=farthest,cloners=2 cloner-p50-ns=30000
END
says "the base of places: the nearest that was measured" \
	"30.1 us [30.0, 30.2] with place=farthest, compared with 20.1 us [20.0, 20.2] with place=same-cache: more, +50.0 % [+50.0, +50.0]" \
	"place=same-core has no numbers."
# Arms that a question does not ask about are another one's.
report 8 <<END
a attach by=procs,threads=100 attacher-p50-ns=20000
a attach by=tasks,threads=100 attacher-p50-ns=2000000
END
says "moving thread by thread" "What does it cost to move a group one thread at a time?"
true_that "is no way to spare the move" [ "${out/Who pays/}" = "$out" ]

# --- task creation while groups are moved
report 8 <<END
q clone $same,period=0 cloner-p50-ns=20000 cloner-p99-ns=40000 cloner-ops/s=50000
s clone-attach $same,period=0,victims=unrelated,think=0.01 cloner-p50-ns=20400 cloner-p99-ns=8000000 cloner-ops/s=49000 attacher-ops/s=100
s clone-attach $same,period=0,victims=inside,think=0.01 cloner-p50-ns=90000 cloner-p99-ns=8000000 cloner-ops/s=9000 attacher-ops/s=100
END
says "while moved: median, tail and rate" \
	"p50: 20.5 us [20.4, 20.6] while a group is being moved, compared with 20.1 us [20.0, 20.2] with no moves in progress: more, +2.0 % [+2.0, +2.0]; n=8 think=0.01." \
	"p99: 8.04 ms [8.01, 8.06] while a group is being moved, compared with 40.2 us [40.0, 40.3] with no moves in progress: more, 200 x" \
	"rate: 49220/s [49049, 49392] while a group is being moved, compared with 50225/s [50050, 50400] with no moves in progress: less, -2.0 %"
# (50000 - 49000) / 100 = 10 per write; 1 % of 50225 is 502, a tenth 50.2.
says "break-even: forks lost per write, and from when on it pays" \
	"100 writes/s: one write costs the others 10.0 clones [10.0, 10.0]; sparing them for 1 % more per clone pays from 50.2 [50.0, 50.4] writes/s on."
report 8 <<END
q clone $same,period=0 cloner-ops/s=50000
s clone-attach $same,period=0,victims=unrelated,think=0.01 cloner-ops/s=50000~1 attacher-ops/s=100
END
says "break-even: no loss, no claim" \
	"no loss of clones is shown" "nor that sparing them would pay."
report 8 <<END
q clone $same,period=0 cloner-ops/s=50000
s clone-attach $same,period=0,victims=unrelated,think=0.001 cloner-ops/s=40000 attacher-ops/s=1000
s clone-attach $same,period=0,victims=unrelated,think=0.1 cloner-ops/s=49900 attacher-ops/s=10
END
says "while moved: two rates of them" \
	"less in all 2; smallest -20.0 % [-20.0, -20.0] (think=0.001), largest -0.2 % [-0.2, -0.2] (think=0.1)."
says "break-even: the loneliest writes" \
	"think=0.1, 10.0 writes/s: one write costs the others 10.0 clones"
report 8 <<END
q clone $same,period=0 cloner-p50-ns=20000
s clone-attach $same,period=0,victims=unrelated,think=0.01 skip hierarchy v2 is not mounted here
END
says "while moved: nobody wrote" "while a group is being moved has no numbers"

# The other way round: writes alone, and while others create tasks.
write=think=0.01,hierarchy=v2,attachers=1
report 8 <<END
q attach $write,by=procs attacher-p50-ns=20000 attacher-max-ns=50000
r attach $write,by=procs attacher-p50-ns=90000
n attach $write,by=zero attacher-p50-ns=10000
s clone-attach $write,victims=unrelated,cloners=1 attacher-p50-ns=40000 attacher-max-ns=500000
s clone-attach $write,victims=unrelated,cloners=4 attacher-p50-ns=80000 attacher-max-ns=600000
u clone-attach $write,victims=unrelated,cloners=4,time=5 attacher-p50-ns=80000 attacher-max-ns=600000
s clone-attach think=0.05,hierarchy=v2,attachers=1,victims=unrelated,cloners=4 attacher-p50-ns=1 attacher-max-ns=1
END
says "writes while others fork" "What does a write cost while others create tasks?" \
	"p50 of a write while others create tasks, compared with 20.1 us [20.0, 20.2] with nothing else running: more in all 2; smallest 2.00 x [2.00, 2.00] (cloners=1), largest 4.00 x [4.00, 4.00] (cloners=4)." \
	"slowest write while others create tasks, compared with 50.2 us [50.0, 50.4] with nothing else running: more in all 2; smallest 10.0 x"
true_that "a base that was planned twice is asked once" \
	[ "$(grep -o "p50 of a write while" <<<"$out" | wc -l)" = 1 ]

# A workload is an arm as an option is.
report 8 <<END
w attach attachers=4 attacher-p50-ns=20000 attacher-max-ns=50000
w attach attachers=4 @forkheavy attacher-p50-ns=40000 attacher-max-ns=500000
END
says "writes under a load" "What does a background load cost a write?" \
	"p50 of a write: 40.2 us [40.0, 40.3] with workload=forkheavy, compared with 20.1 us [20.0, 20.2] with workload=idle: more, 2.00 x [2.00, 2.00]; n=8" \
	"slowest write: 502 us [500, 504] with workload=forkheavy"

# --- answers of their own
report 8 <<END
w window kind=fork after-1ms-mean-ns=21000 after-2ms-mean-ns=20500 after-5ms-mean-ns=20000~1 after-10ms-mean-ns=20600 after-20ms-mean-ns=20000 after-50ms-mean-ns=20000 after-100ms-mean-ns=20000
w window kind=thread after-1ms-mean-ns=20000~3 after-2ms-mean-ns=20000 after-5ms-mean-ns=20000 after-10ms-mean-ns=20000 after-20ms-mean-ns=20000 after-50ms-mean-ns=20000 after-100ms-mean-ns=20000
END
says "window: until the first bin that is not slower" \
	"fork: slower until 2 ms after a write: in the first ms +5.0 % [+5.0, +5.0]"
says "window: none shown" "thread: in the first ms after a write no difference shown"
report 5 <<END
w window kind=fork after-1ms-mean-ns=21000 after-100ms-mean-ns=20000
END
says "window: too few" "fork: too few repetitions for an interval."
report 8 <<END
t attach think=0,hierarchy=v2,by=procs,threads=1 attacher-p50-ns=8000
t attach think=0.001,hierarchy=v2,by=procs,threads=1 attacher-p50-ns=9000
t attach think=0.01,hierarchy=v2,by=procs,threads=1 attacher-p50-ns=6000000
t attach think=0.1,hierarchy=v2,by=procs,threads=1 attacher-p50-ns=8000000
END
says "knee: where, and from what to what" \
	"v2: 8.04 us [8.01, 8.06] with 0 s between two writes, 8.04 ms [8.01, 8.06] with 0.1 s: it jumps between 0.001 and 0.01 s"
report 8 <<END
t attach think=0,hierarchy=v2,by=procs,threads=1 attacher-p50-ns=8000
t attach think=0.001,hierarchy=v2,by=procs,threads=1 attacher-p50-ns=8100
t attach think=0.01,hierarchy=v2,by=procs,threads=1 attacher-p50-ns=8200
t attach think=0.1,hierarchy=v2,by=procs,threads=1 attacher-p50-ns=8300
END
says "knee: none" "with 0.1 s: no jump is shown."
report 8 <<END
t attach think=0,hierarchy=v2,by=procs,threads=1 attacher-p50-ns=4250
t attach think=0,hierarchy=v2,by=procs,threads=10 attacher-p50-ns=6500
t attach think=0,hierarchy=v2,by=procs,threads=100 attacher-p50-ns=29000
t attach think=0,hierarchy=v2,by=procs,threads=1000 attacher-p50-ns=254000
END
says "size: fixed, and per thread" \
	"v2, 0 s between writes: 3.98 us fixed and 251 ns [251, 252] per thread; 16 threads ["
report 8 <<END
f footprint of=process whole-bytes=80000 slab-bytes=16000 stack-bytes=16000 tables-bytes=48000 signal-struct-bytes=1000 rwsem-bytes=50 merged-cache-bytes=1100
END
# The same factor is on every number: 1000 bytes read as 1004.5.
says "footprint: and what a lock is of it" "takes 1004 bytes: an rwsem of 50 bytes in it is 5.0 % of that." \
	"process: 80360 bytes [80080, 80640] of kernel memory each"
report 8 <<END
f footprint of=process whole-bytes=80000 slab-bytes=16000 stack-bytes=16000 tables-bytes=48000 merged-cache-bytes=1100
END
says "footprint: a merged cache is called one" "lies in merged objects of 1105 bytes; this kernel does not tell its own size (BTF)."
report 8 <<END
f footprint of=process whole-bytes=80000 slab-bytes=16000 stack-bytes=16000 tables-bytes=48000 signal-cache-bytes=1100
END
says "footprint: a cache of its own" "lies in objects of 1105 bytes; this kernel does not tell its own size (BTF)."

report 8 <<END
w rwlock lock=percpu-fast,period=0.001 slow-share=1 window-ns=9000000
w rwlock lock=percpu-fast,period=0.1 slow-share=0.25 window-ns=8000000
END
says "slow readers: how often" "How often must writers come to keep readers on the slow path?" \
	"percpu-fast: slow in 100 % of the batches with 0.001 s between writes, in 25 % with 0.1 s; they are fast again 8.04 ms [8.01, 8.06] after a write; n=8."
report 8 <<END
w rwlock lock=rwsem-own,period=0.001 pair-ns=20
w rwlock lock=rwsem-own,period=0.1 pair-ns=20
END
true_that "slow readers: a lock without a slow path" [ "${out/keep readers/}" = "$out" ]
# Counts are 1000 in every repetition, or else 0.
report 8 <<END
f array kind=kmalloc,pointers=4096 tries-count=1000 failed-count=0
f array kind=kmalloc,pointers=8192 tries-count=1000 failed-count=1000
f array kind=flex-array,pointers=4096 tries-count=1000 failed-count=0
f array kind=flex-array,pointers=8192 tries-count=1000 failed-count=0
END
says "arrays: refused from which size on" "From what size on is an array refused?" \
	"kind=kmalloc: refused from 8192 pointers on, 1 [1, 1] of the tries in each of 8 states; of 4096 none was in 8." \
	"The other 2 points: no try was refused in any of 16 states; of the least tried, in at most 0.37 of all such states (95 %)."

# --- what has been published, and ours
into=do=life,think=0.05,rcu=as-is
expedited=do=life,think=0.05,how=write
claim() { # NAME VERDICT; points on stdin
	report "${3:-8}" claims
	says "claims: $1" "$2"
}
claim "as much as published" "8.04 ms [8.01, 8.06] -> 3.83 ms [3.78, 3.87], -52.4 % [-52.9, -51.9]; n=8: shown." <<END
e container $into,how=write spawner-p50-ns=8000000
e container $into,how=into spawner-p50-ns=3808000~1
END
claim "less of it" "-12.5 % [-12.5, -12.5]; n=8: shown, less of it than published." <<END
e container $into,how=write spawner-p50-ns=8000000
e container $into,how=into spawner-p50-ns=7000000
END
claim "more of it" "-95.0 % [-95.0, -95.0]; n=8: shown, more of it than published." <<END
e container $into,how=write spawner-p50-ns=8000000
e container $into,how=into spawner-p50-ns=400000
END
claim "the wrong way" "n=8: the other way round here." <<END
e container $into,how=write spawner-p50-ns=8000000
e container $into,how=into spawner-p50-ns=9000000
END
claim "not distinguishable" "n=8: not shown here." <<END
e container $into,how=write spawner-p50-ns=8000000
e container $into,how=into spawner-p50-ns=8000000~5
END
claim "a missing arm has its reason" "not repeated: this kernel has no clone3." <<END
e container $into,how=write spawner-p50-ns=8000000
e container $into,how=into skip this kernel has no clone3
END
claim "an arm not in the plan" "not repeated: no number in this run." <<END
e container $expedited,rcu=as-is spawner-p50-ns=8000000
END
five() { claim "$@" 5; }
five "five repetitions" "n=5: too few repetitions for a verdict." <<END
e container $into,how=write spawner-p50-ns=8000000
e container $into,how=into spawner-p50-ns=4000000
END
claim "a figure in the published range" "5.02 ms [5.00, 5.04], slowest of 8000 9.07 ms; n=8: as published." <<END
w attach by=procs,think=0.05,hierarchy=v1-own attacher-p50-ns=5000000 attacher-max-ns=9000000 attacher-ops=1000
END
claim "a figure below it" "n=8: less than published." <<END
w attach by=procs,think=0.05,hierarchy=v1-own attacher-p50-ns=5000 attacher-max-ns=9000 attacher-ops=1000
END
claim "a figure above it" "n=8: more than published." <<END
w attach by=procs,think=0.05,hierarchy=v1-own attacher-p50-ns=50000000 attacher-max-ns=90000000 attacher-ops=1000
END
# Every claim can be repeated by the points of its config.
build/forkpath-runner plan claims --seed 1 --repeat 1 >"$tmp/plan.tsv"
awk -F'\t' '/^[0-9]/ && $4 != "null" {
	gsub(/ /, ",", $10)
	print "p", $4, $10, "attacher-p50-ns=1000 attacher-p90-ns=1000",
		"attacher-p99-ns=1000 attacher-max-ns=1000 attacher-ops=1000",
		"spawner-p50-ns=1000 spawner-p90-ns=1000",
		"spawner-max-ns=1000 spawner-ops=1000 cloner-ops/s=1000"
}' "$tmp/plan.tsv" >"$tmp/points"
report 8 claims <"$tmp/points"
says "claims: the config has points for some" "not shown here"
true_that "claims: and for all" [ "${out/not repeated/}" = "$out" ]

# What the page shows (tests/cli/pages.t).
kept=results/reference/claims
out=$(awk -f $kept/table.awk $kept/report.txt)
true_that "claims: and all rows have a verdict" \
	[ "$(grep -cE '\| (as published|shown|less than|more than|not shown)' \
	<<<"$out")" -eq $(($(wc -l <<<"$out") - 2)) ]

# --- every question has an answer, whatever its config asks for
# The points of its plan are invented, with all figures that are asked for.
all="cloner-ops=1000 slow-share=1 window-ns=100 tries-count=10 failed-count=0 \
whole-bytes=100 after-1ms-mean-ns=100 after-100ms-mean-ns=100 \
$(sed -n 's/^figure *= *\(.*\)/\1=1000/p' configs/*.conf | sort -u | xargs)"
unasked=()
for f in configs/*.conf; do
	q=${f##*/} q=${q%.conf}
	[ "$q" != answers ] || continue
	run build/forkpath-runner plan "$q" --seed 1 --repeat 1
	is "question $q can be planned" 0 "forkpath-plan/1"
	# A control; in exact mode only; nothing but the parts of all others.
	case $q in
	aa|matrix|nightly) continue ;;
	esac
	rm -rf "$tmp/r"
	awk -F'\t' -v all="$all" '
	# What counts events is no other point.
	/^[0-9]/ && $4 != "null" && $9 !~ /(events|profile)=/ {
		gsub(/,/, "+", $10)	# a value of its own
		gsub(/ /, ",", $10)
		print $3, $4, $10, $5 == "idle" ? "" : "@" $5, all
	}' <<<"$out" >"$tmp/points"
	bash tests/data/make-arms "$tmp/r" 6 <"$tmp/points"
	build/forkpath-analysis report --format json "$tmp/r" |
		grep -o '"question": "[^"]*?"' | cut -d '"' -f 4 >"$tmp/answers"
	[ -s "$tmp/answers" ] || unasked+=("$q")
	cat "$tmp/answers" >>"$tmp/answered"
done
out=${unasked[*]-}
true_that "every config has points that answer something" [ -z "$out" ]
# What is compared is in one part of a plan.
out=$(sed -n '/^\[answer between/d; s/^asks = //p' configs/answers.conf |
	grep -vxFf "$tmp/answered" |
	grep -vxFf <(sed -n '/^\[answer between/,/^$/s/^asks = //p' \
		configs/answers.conf))
true_that "every answer is given by some config" [ -z "$out" ]

out=$(bash tests/data/make-nightly | diff - configs/nightly.conf)
true_that "nightly has every part of every question" [ -z "$out" ]

out=$(grep -LE 'would make the answers? wrong' configs/*.conf |
	grep -vx configs/answers.conf)
true_that "every config says what would make its answer wrong" [ -z "$out" ]

# --- for programs: the same sentences, and their figures as numbers
report 8 <<END
a container how=write,think=0.05 spawner-p50-ns=8000000
a container how=into,think=0.05 spawner-p50-ns=400000
END
run build/forkpath-analysis report --format json "$tmp/r"
printf '%s\n' "$out" >"$tmp/json"
run /usr/bin/python3 - "$tmp/json" <<'END'
import json, sys
r = json.load(open(sys.argv[1]))
(a,) = r["answers"]
assert a["question"].startswith("Does clone3 into"), a
assert "402 us [400, 403] with how=into, compared with 8.04" in a["sentence"], a
into, write, ratio = a["figures"]
assert into["name"] == "how=into" and into["unit"] == "spawner-p50-ns"
assert into["n"] == 8 and into["low"] <= into["median"] <= into["high"]
assert r["points"][write["point"] - 1]["options"]["how"] == "write", write
assert abs(ratio["median"] - 0.05) < 1e-9 and ratio["verdict"] == "less"
assert ratio["of"] == "spawner-p50-ns" and ratio["base"] == write["point"]
assert r["claims"] == []
END
is "json: the sentence and its figures" 0
report 8 claims <<END
e container $into,how=write spawner-p50-ns=8000000
e container $into,how=into spawner-p50-ns=3808000~1
END
run build/forkpath-analysis report --format json "$tmp/r"
is "json: claims and their verdicts" 0 '"claim": "gVisor #14125: with' \
	'"verdict": "shown"' '"verdict": "not repeated"'

# --- on a page, and the whole behind it
report 8 <<END
a container how=write,think=0.05 spawner-p50-ns=400000
a container how=into,think=0.05 spawner-p50-ns=300000
END
run build/forkpath-analysis report "$tmp/r"
true_that "at most 72 columns" [ "$(awk 'length > 72' <<<"$out" | wc -l)" = 0 ]
is "says where the rest is" 0 "$tmp/r/report.txt"
true_that "which is not on the page" [ "${out/latency of one/}" = "$out" ]
true_that "but in report.txt" grep -q "latency of one" "$tmp/r/report.txt"
true_that "with the arms side by side" \
	grep -Eq 'how=into +301 us \[300, 302\] +-25.0 % \[-25.0, -25.0\]' "$tmp/r/report.txt"

# --- many questions: one page of the largest differences, the rest behind
many() { # NS of the last point
	cat <<-END
	a clone kind=fork,siblings=0 cloner-p50-ns=100000
	a clone kind=thread,siblings=0 cloner-p50-ns=20000
	a clone kind=vfork,siblings=0 cloner-p50-ns=40000
	a clone kind=thread,siblings=100 cloner-p50-ns=20000~5
	b container how=write,groups=1 spawner-p50-ns=400000
	b container how=into,groups=1 spawner-p50-ns=300000
	b container how=into,groups=100 spawner-p50-ns=330000
	c exec kind=leader spawner-p50-ns=300000
	c exec kind=thread spawner-p50-ns=330000
	d exit threads=1,attachers=0,group=none reaper-p50-ns=100000
	d exit threads=9,attachers=0,group=none reaper-p50-ns=300000
	d exit threads=1,attachers=1,group=none reaper-p50-ns=110000
	d exit threads=1,attachers=0,group=each reaper-p50-ns=100000
	e release by=v2-events watcher-p50-ns=100000
	e release by=v1-agent watcher-p50-ns=900000
	f pidlist tasks=10,hierarchy=v2 reader-p50-ns=1000
	f pidlist tasks=90,hierarchy=v2 reader-p50-ns=9000
	f pidlist tasks=90,hierarchy=v1 reader-p50-ns=9900
	g churn siblings=0,depth=0 churner-p50-ns=100000
	g churn siblings=9,depth=0 churner-p50-ns=100000
	g churn siblings=0,depth=9 churner-p50-ns=150000
	h enable tasks=0 switcher-p50-ns=100000
	h enable tasks=9 switcher-p50-ns=$1
	END
}
many 200000 >"$tmp/points"
full=
report 8 <"$tmp/points"
says "page: of several arms the farthest, either way" "In short" \
	"p50, kind=thread, compared with fork: -80.0 % [-80.0, -80.0]"
says "page: what shows no difference is in one list" \
	"No difference was shown:" \
	"- Does creating a thread cost more in a larger group?"
true_that "page: each question once" [ "$(grep -c "Which notification" <<<"$out")" = 1 ]
true_that "page: no sentence of those behind it" \
	[ "${out/kind=vfork/}" = "$out" ]
run build/forkpath-analysis report "$tmp/r"
true_that "page: at most 60 lines" [ "$(wc -l <<<"$out")" -le 60 ]
run cat "$tmp/r/report.txt"
is "page: behind it all sentences" 0 "In short" \
	"40.2 us [40.0, 40.3] with kind=vfork, compared with 100 us"
report 5 <"$tmp/points"
says "page: without an interval no difference is claimed, nor none" \
	"Too few repetitions for an interval (6): - What does creating a task cost"
true_that "page: neither" [ "${out/No difference was shown/}" = "$out" ]

done_testing
