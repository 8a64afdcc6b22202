#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench.t - the harness, and whether each verify() can fail

. tests/lib.sh

order=build/tests/bench/order
T=(--time 0.02 --warmup 0.01)

calls() { sed -n 's/^order: //p' <<<"$out" | tr '\n' ' '; }

run $order "${T[@]}"
is "measures and prints a sample" 0 "BenchmarkOrder/fail=no/actors=1/pool=own" \
	"schema: forkpath-sample/1" " actor-p50-ns " "42 answer-things" \
	"Unit actor-ops/s better=higher" " clock-ns"
true_that "order of the life cycle" \
	[ "$(calls)" = "setup enter loop loop loop verify cleanup " ]

run $order "${T[@]}" --actors 3
true_that "every actor enters and loops thrice" \
	[ "$(calls | tr ' ' '\n' | sort | uniq -c | tr -s ' \n' ' ')" = \
	  " 1 cleanup 3 enter 9 loop 1 setup 1 verify " ]
run $order "${T[@]}" --actors 3 --pool shared
true_that "threads of one process enter once" \
	[ "$(calls | tr ' ' '\n' | sort | uniq -c | tr -s ' \n' ' ')" = \
	  " 1 cleanup 1 enter 9 loop 1 setup 1 verify " ]

run $order "${T[@]}" --fail setup
is "a failed setup is cleaned up and said" 1 "told to fail in setup" cleanup
run $order "${T[@]}" --fail enter
is "a failed enter" 1 "actor 0: enter: Input/output error" cleanup
run $order "${T[@]}" --fail forbidden
is "an enter that is not permitted is a skip" 4 \
	"actor 0: enter: Operation not permitted" cleanup
run $order "${T[@]}" --fail loop --actors 2
is "an error in a loop fails the repetition" 1 "loop: Input/output error" \
	cleanup
run $order "${T[@]}" --fail die
is "an actor that dies" 1 "actor 0 died (status 7)" cleanup
run $order "${T[@]}" --fail verify
is "what is not verified is void" 3 "told to find nothing right" \
	"BenchmarkOrder" cleanup

run $order --ops 7 --warmup 0
is "by count: as many as asked for" 0 " 7 actor-ops " "rounds=0 7 "
run $order --time 0.001 --min-ops 25 --warmup 0
ops=$(sed -n 's/.* \([0-9]*\) actor-ops .*/\1/p' <<<"$out")
true_that "by time: at least min-ops" [ "${ops:-0}" -ge 25 ]
run $order --time 0.001 --rounds 5 --warmup 0
ops=$(sed -n 's/.* \([0-9]*\) actor-ops .*/\1/p' <<<"$out")
true_that "by time: until it is enough" [ "${ops:-0}" -ge 50 ]

# Exact mode. Without its machine nothing is measured, and nothing set up.
run $order --exact --time 0.01
is "exact: where the clock counts time it is void" 3 \
	"order: the clock does not count instructions: 18 of them read "
true_that "exact: and nothing has begun" [ "$out" = "${out#*setup}" ]
run $order --exact --ops 65537
is "exact: more samples than are kept" 2 "--ops is at most 65536"

exact=build/tests/bench/exact
run $exact --exact --ops 30 --actors 2 --lat "$tmp/exact.lat"
is "exact: instructions, by count" 0 "actors=2 60 1002 actor-p50-instructions \
1102 actor-max-instructions 60 actor-ops 5 other-p50-instructions" \
	"Unit actor-p50-instructions better=lower assume=exact" \
	"# conditions exact=true ops=30 warmup-ops=8 actor-cpus="
true_that "exact: nothing about time" [ -z "$(grep -- '-ns\|ops/s' <<<"$out")" ]
true_that "exact: every sample, in order, and none of the warm-up" \
	[ "$(sed '1,/^role/d; /^end/q' "$tmp/exact.lat" | tr '\n' ' ')" = "$(
	for v in 1000 1001 1002 1100 1101 1102; do
		printf '%d %d 10 ' $v $((v + 1))
	done
	echo -n "hash fnv1a64 b968de7045fe2131 "
	for k in 0 1; do
		echo -n "series $k 1 "
		for ((i = 0; i < 30; i++)); do
			echo -n "$((1000 + 100 * k + i % 3)) "
		done
	done)end " ]
run sed -n 2p "$tmp/exact.lat"
is "exact: functions of the vDSO" 0 "vdso 0000"
run $exact --exact
is "exact: a few hundred if nothing is said" 0 "actors=1 300 1001 " \
	" 1002 actor-p90-instructions"

run $order --lat "$tmp/x.lat" --ops 5 --warmup 0
is "distribution" 0
true_that "of all operations" grep -q '^role actor ops 5 ' "$tmp/x.lat"
true_that "with its end" [ "$(tail -n 1 "$tmp/x.lat")" = end ]
run $order --lat /dev/full --ops 5 --warmup 0
is "full disk" 1 "No space left on device"
run $order --lat "$tmp/no/such" --ops 1 --warmup 0
is "no such directory" 1 "No such file or directory"

run $order --describe
is "describes itself" 0 $'bench\torder\ttest of the harness' \
	$'opt\tactors\tuint\t1\t1..64\thow many' $'role\tactor' \
	$'counter\tanswer\tthings\tbetter=higher' $'common\ttime\ttime\t1'
run $order --check
is "checks a point" 0 "overhead 0.010"

run $order --actors 65
is "value out of range" 2 "order: --actors: '65' is not a whole number in 1..64"
run $order --colour red
is "unknown option" 2 "order: unknown option '--colour'; known: --fail"
run $order extra
is "no operands" 2 "'extra': there are only options"

for s in TERM INT HUP; do
	run env --default-signal=$s timeout -s $s 0.3 $order --time 60
	is "SIG$s ends it and cleans up" 124 cleanup
done

# One measurement at a time, also by hand.
mkdir -m 700 "$tmp/journal"
exec 9>"$tmp/journal/lock"
flock 9
run env -u FORKPATH_RUN FORKPATH_JOURNAL_DIR="$tmp/journal" $order "${T[@]}"
is "a second measurement is refused" 1 "another run is in progress"
exec 9>&-
run env -u FORKPATH_RUN FORKPATH_JOURNAL_DIR="$tmp/journal" $order "${T[@]}"
is "until the first has ended" 0

true_that "a file in the place of the journal directory" touch "$tmp/no-journal"
for p in "$order ${T[*]}" "$order --check"; do
	root "$p: not begun" || continue
	# shellcheck disable=SC2086 # words
	run env -u FORKPATH_RUN FORKPATH_JOURNAL_DIR="$tmp/no-journal" $p
	is "$p: not begun" 4 "journal directory $tmp/no-journal: Not a directory"
done

# The harness waits asleep: it shares the machine with what it measures.
TIMEFORMAT='%U %S'
{ time build/bench/clone --period 0.2 --time 2 --warmup 0 >/dev/null
} 2>"$tmp/spent"
at_most() { # SECONDS of a CPU
	awk -v most="$1" '{ spent = $1 + $2; n++ }
		END { exit n != 1 || spent > most }' "$tmp/spent"
}
true_that "nobody spins while nothing is due: $(<"$tmp/spent")" at_most 0.25

run build/bench/clone "${T[@]}" --memory 0
if [ "$code" -ne 0 ]; then
	skip "memory that nobody can place is void" "${out##*$'\n'}"
else
	run build/tests/bench/memory-unasked "${T[@]}" --memory 0
	if [ "$code" -eq 77 ]; then
		skip "memory that nobody can place is void" "no seccomp here"
	else
		is "memory that nobody can place is void" 3 "clone: cloner 0: \
where its memory is cannot be asked: Function not implemented"
	fi
fi

# Every benchmark, every kind of point, as shipped.
for kind in thread fork vfork; do
	run build/bench/clone --kind $kind "${T[@]}" --siblings 20
	is "clone --kind $kind" 0 "/siblings=20/"
done
run build/bench/clone "${T[@]}" --cloners 3 --group shared
is "clone, three cloners in one group" 0
run build/bench/clone "${T[@]}" --kind fork --until return
is "clone, until return" 0
run build/bench/clone --kind thread --period 0.001 --time 0.1
ops=$(sed -n 's/.* \([0-9]*\) cloner-ops .*/\1/p' <<<"$out")
# 100 are due. Those that a stall has put off from before are made, too; a
# closed loop makes thousands.
true_that "open loop keeps its schedule" [ "${ops:-1000}" -le 300 ]
run build/bench/clone --kind vfork --until return
is "options that contradict each other" 2 "use --until exit"

run build/tests/bench/clone-overcount "${T[@]}"
is "n+1 reported is void" 3 "children seen"
run build/tests/bench/clone-stays "${T[@]}"
is "a thread that does not end is void" 3 "2 threads in its group, not 1"
run build/tests/bench/clone-refused "${T[@]}" --kind fork
is "a fork that is refused fails the repetition" 1 \
	"cloner 0: loop: Resource temporarily unavailable"
run build/tests/bench/clone-killed "${T[@]}" --kind fork
is "so does a child that did not end by itself" 1 "cloner 0: loop: Bad message"

if root "kind clone3-into-cgroup" && has "kind clone3-into-cgroup" v2; then
	run build/bench/clone --kind clone3-into-cgroup "${T[@]}"
	is "clone --kind clone3-into-cgroup" 0
fi
for h in v1-cpuset v1-memory v1-freezer v2; do
	if root "attach in $h" && has "attach in $h" $h; then
		for by in procs tasks same missing; do
			run build/bench/attach --hierarchy $h --by $by \
				--threads 5 "${T[@]}"
			is "attach --hierarchy $h --by $by" 0
		done
		run build/bench/attach --hierarchy $h --by zero "${T[@]}"
		is "attach --hierarchy $h --by zero" 0
		for by in member self; do
			run build/bench/attach --hierarchy $h --by $by \
				--threads 5 --attachers 2 "${T[@]}"
			is "attach --hierarchy $h --by $by" 0 "/by=$by/"
		done
		run build/bench/attach --hierarchy $h --spread 4 \
			--threads 5 "${T[@]}"
		is "attach --hierarchy $h --spread 4" 0 "/spread=4/"
		run build/bench/attach --hierarchy $h --attachers 3 "${T[@]}"
		is "attach --hierarchy $h --attachers 3" 0
		for v in unrelated inside; do
			run build/bench/clone-attach --hierarchy $h \
				--victims $v --attachers 2 --cloners 2 \
				--threads 4 "${T[@]}"
			is "clone-attach --hierarchy $h --victims $v" 0
		done
	fi
done
run build/bench/attach --hierarchy v9
is "no such hierarchy" 2 "'v9' is not v2"
run build/bench/attach --by zero --threads 2
is "zero moves one thread" 2 "--threads must be 1"
run build/bench/attach --by member
is "one thread is the leader" 2 "--threads must be 2 or more"
run build/bench/attach --by same --spread 2 --threads 2
is "put apart to be moved" 2 "--by procs or member and --think 0"
run build/bench/attach --spread 3 --threads 2
is "more cgroups than threads" 2 "must be at most --threads"
if root "hierarchy not mounted"; then
	run build/bench/attach --hierarchy v1-nonsense
	is "hierarchy not mounted" 4 "v1-nonsense is not mounted here"
	run setpriv --reuid 65534 --clear-groups build/bench/attach
	is "attach without root" 4 "needs root"
	run setpriv --reuid 65534 --clear-groups build/bench/clone "${T[@]}"
	is "clone without root" 0
fi

run build/bench/attach --into frozen --think 0.1
is "a frozen target, after a pause" 2 "use it with --by procs or member, --think 0"
run build/bench/attach --into full --hierarchy v1-cpu
is "a full target, of no pids" 2 "use --hierarchy v1-pids or v2-pids"
run build/bench/carry --what pages --hierarchy v2-memory
is "pages that no cpuset carries" 2 "use --hierarchy v1-cpuset or v2-cpuset"
run build/bench/carry --what charges --hierarchy v2-memory
is "charges that v2 never moves" 2 "use --hierarchy v1-memory"
if root "there and back" && has "there and back" v2; then
	run build/bench/attach --into plain --threads 3 "${T[@]}"
	is "there, and back outside of the sample" 0 "/into=plain/"
fi
for p in "frozen v1-freezer" "frozen v2" "full v1-pids" "full v2-pids"; do
	read -r into h <<<"$p"
	if root "into a $into cgroup of $h" && has "into a $into cgroup of $h" "$h"; then
		run build/bench/attach --into "$into" --hierarchy "$h" \
			--threads 3 --attachers 2 "${T[@]}"
		is "into a $into cgroup of $h" 0 "/into=$into/"
		run build/tests/bench/attach-as-is --into "$into" \
			--hierarchy "$h" --threads 3 "${T[@]}"
		is "into one of $h that is not $into: void" 3 "is not $into"
	fi
done
for h in v1-memory v1-cpuset v2-cpuset; do
	if root "carry in $h" && has "carry in $h" $h; then
		run build/bench/carry --resident 32 --hierarchy $h "${T[@]}"
		is "carry in $h" 0 "/what=none/resident=32/"
	fi
done
if root "more memory than there is" && has "more memory than there is" v1-memory; then
	run build/bench/carry --resident 65536 --hierarchy v1-memory --check
	if [ "$(awk '/^MemAvail/ { print $2 }' /proc/meminfo)" -gt 134217728 ]; then
		skip "more memory than there is" "there is more than 128 GiB"
	else
		is "more memory than there is: a skip that says so" 4 \
			"65536 MiB are more than half of the"
	fi
fi
if root "carry-elsewhere" && has "carry-elsewhere" v1-memory; then
	run build/tests/bench/carry-elsewhere --resident 32 \
		--hierarchy v1-memory "${T[@]}"
	is "memory that somebody else pays for is void" 3 "are charged to"
fi
for p in "pages v1-cpuset" "charges v1-memory"; do
	read -r what h <<<"$p"
	if root "carry $what" && has "carry $what" "$h"; then
		run build/bench/carry --what "$what" --resident 32 \
			--hierarchy "$h" "${T[@]}"
		if [ "$code" -eq 4 ]; then
			skip "carry $what" "$out"
			continue
		fi
		is "carry $what" 0 "/what=$what/"
		run build/tests/bench/carry-left --what "$what" --resident 32 \
			--hierarchy "$h" "${T[@]}"
		is "$what left behind are void" 3
	fi
done

if root "writes not made are void" && has "writes not made are void" v2; then
	run build/tests/bench/attach-uncounted "${T[@]}"
	is "where the kernel counts no writes it is said" 0 \
		"attach: beware: not verified: writes: no count of them in" \
		" verified=no:writes"
	run build/tests/bench/attach-unwritten "${T[@]}"
	is "writes not made are void" 3 "writes of the attacher"
	run build/tests/bench/attach-by-leader --by member --threads 3 "${T[@]}"
	is "a member that leads is void" 3 "the number of the leader"
	run build/tests/bench/attach-unscattered --spread 3 --threads 5 "${T[@]}"
	is "threads that are not apart are void" 3 "in a cgroup apart, not 1"
	if has "one thread moved is void" v1-freezer; then
		# Odd and even: after an even number all are where they began.
		for n in 3 4; do
			run build/tests/bench/attach-one-thread --warmup 0 \
				--threads 3 --hierarchy v1-freezer --ops $n
			is "one thread moved of three is void ($n)" 3 "left in"
			run build/tests/bench/attach-one-thread --warmup 0 \
				--threads 3 --hierarchy v1-freezer --ops $n \
				--by self
			is "so it is if it moves itself ($n)" 3 "left in"
		done
	fi
fi

# pid_max is raised and put back. Where a namespace has one of its own (6.14),
# no other test's run can come between.
PID_MAX=/proc/sys/kernel/pid_max
if root "pid_max is raised" && has "pid_max is raised" v2; then
	before=$(cat $PID_MAX)
	# shellcheck disable=SC2016 # expanded by the inner shell
	if [ "$(unshare --pid --fork --mount-proc cat $PID_MAX)" = "$before" ]; then
		skip "pid_max is raised" "one for all namespaces before Linux 6.14"
	else
		run unshare --pid --fork --mount-proc bash -c '
			echo 2000 >"$1" && build/bench/attach --threads 3000 \
				--ops 2 --warmup 0 &&
			echo "afterwards: $(cat "$1")"' - $PID_MAX
		is "pid_max is raised" 0 "threads=3000"
		is "pid_max is back" 0 "afterwards: 2000"
		# shellcheck disable=SC2016 # expanded by the inner shell
		run unshare --pid --fork --mount-proc bash -c '
			echo 2000 >"$1" && build/bench/pidlist --elsewhere \
				3000 --ops 2 --warmup 0 &&
			echo "afterwards: $(cat "$1")"' - $PID_MAX
		is "pid_max is raised for tasks elsewhere, too" 0 \
			"elsewhere=3000" "afterwards: 2000"
	fi
fi

# A large group: built, and moved whole. slow/large.t has the largest.
if root "10,000 threads" && has "10,000 threads" v2; then
	run build/bench/attach --threads 10000 --ops 2 --warmup 0
	if [ "$code" -eq 4 ]; then
		skip "10,000 threads are moved whole" "$out"
	else
		is "10,000 threads are moved whole" 0 "threads=10000"
	fi
fi

# Limits are seen before they are hit; one that cannot be seen, of a namespace
# around, is no failure. Before 6.14 there is one for all.
if root "a limit that cannot be seen" && has "a limit that cannot be seen" v2
then
	if [ "$(unshare --pid --fork --mount-proc cat $PID_MAX)" = "$before" ]
	then
		skip "a limit that cannot be seen" \
			"one for all namespaces before Linux 6.14"
	else
		# shellcheck disable=SC2016 # expanded by the inner shell
		run unshare --pid --fork --mount-proc bash -c '
			echo 2000 >"$1" && exec unshare --pid --fork \
				--mount-proc build/bench/attach \
				--threads 3000 --ops 2 --warmup 0' - $PID_MAX
		is "a limit that cannot be seen" 4 "3000 threads: " \
			"perhaps of an outer pid namespace"
	fi
fi

# Limits are seen before they are hit.
if root "memory for threads" && has "memory for threads" v2; then
	kib=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
	if [ "$kib" -lt 45000000 ]; then
		run build/bench/attach --threads 1000000 --check
		is "memory for threads" 4 "1000000 threads take " \
			" MiB, more than half of the "
		run build/bench/clone --cloners 2 --siblings 1000000 --check
		is "memory for those of each cloner" 4 "2000004 threads take "
		run build/bench/clone --cloners 2 --siblings 1000000 \
			--group shared --check
		is "memory for those of all" 4 "1000004 threads take "
	else
		skip "memory for threads" "a million of them would fit here"
	fi
fi
if root "pids.max is respected" && has "pids.max is respected" v1-pids; then
	top=$(awk '/ - cgroup .*[ ,]pids/ { print $5; exit }' \
		/proc/self/mountinfo)
	mkdir "$top/forkpath-limit" && echo 60 >"$top/forkpath-limit/pids.max"
	# shellcheck disable=SC2016 # $0 and $$ are those of the inner shell
	run bash -c 'echo $$ >"$0/cgroup.procs" &&
		build/bench/attach --threads 100 --hierarchy v1-pids --check' \
		"$top/forkpath-limit"
	is "pids.max is respected" 4 "pids.max of this process's cgroup"
	rmdir "$top/forkpath-limit"
fi

run prlimit --nofile=20:20 build/bench/null --events "$(build/forkpath-runner \
	events page-faults,task-clock,cpu-clock,context-switches,minor-faults)" \
	--check
is "RLIMIT_NOFILE: a skip with its reason" 4 \
	"21 more open files: RLIMIT_NOFILE is 20 at most (ulimit -Hn)"
if ! root "RLIMIT_NPROC"; then
	:
elif ! command -v setpriv >/dev/null; then
	skip "RLIMIT_NPROC" "setpriv is not installed"
elif ! setpriv --reuid 4000123 --clear-groups true 2>/dev/null; then
	skip "RLIMIT_NPROC" "a user namespace, where root has its limit, too"
else
	cp build/bench/clone "$tmp/clone" && chmod 711 "$tmp" "$tmp/clone"
	run setpriv --reuid 4000123 --clear-groups prlimit --nproc=5:5 \
		"$tmp/clone" --cloners 8 --check
	is "RLIMIT_NPROC: a skip with its reason" 4 \
		"16 tasks: RLIMIT_NPROC is 5, this user has 1 (ulimit -u)"
	run setpriv --reuid 4000123 --clear-groups prlimit --nproc=5:5 \
		"$tmp/clone" --cloners 2 --group own --siblings 30 --check
	is "RLIMIT_NPROC: each cloner has siblings of its own" 4 "64 tasks: "
	run setpriv --reuid 4000123 --clear-groups prlimit --nproc=5:5 \
		"$tmp/clone" --cloners 2 --group shared --siblings 30 --check
	is "RLIMIT_NPROC: or shares them" 4 "34 tasks: "
	run prlimit --nproc=5:5 build/bench/clone --cloners 2 --time 0.05
	is "RLIMIT_NPROC: nothing to root" 0 BenchmarkClone
fi

# One file is enough to carry.
for b in build/bench/*; do
	[ -x "$b" ] || continue
	case $b in *.*) continue ;; esac
	true_that "${b##*/} is under 1.2 MB" [ "$(stat -c %s "$b")" -lt 1200000 ]
done
if root "empty chroot"; then
	mkdir -p "$tmp/c/proc" "$tmp/c/sys"
	cp build/bench/* "$tmp/c/" 2>/dev/null
	run env -u FORKPATH_JOURNAL_DIR unshare -m sh -c "mount -t proc proc $tmp/c/proc &&
		mount --rbind /sys $tmp/c/sys &&
		chroot $tmp/c /clone ${T[*]} && chroot $tmp/c /null ${T[*]} &&
		if build/bench/attach --check; then
			chroot $tmp/c /attach ${T[*]}; fi"
	is "runs in an empty chroot with /proc and /sys" 0 BenchmarkClone \
		BenchmarkNull
fi

# kill -9 of a benchmark: its children die, the journal knows the rest.
true_that "nothing is left behind" leftovers
# A move that is the operation carries its marks (lib/mark.h), not those of
# somebody beside one: anatomy and exact mode would count nothing.
if [ "$(uname -m)" = x86_64 ]; then
	marks() { # NUMBER NAME: how many in that object
		grep -oUaP "\x0f\x1f\x84\x00${1}kpf" "build/bench/$2.o" | wc -l
	}
	for name in attach churn; do
		true_that "$name: its moves are operations" \
			[ "$(marks 1 $name)" -ge 2 ]
		true_that "$name: ... and beside nothing" \
			[ "$(marks 5 $name)" -eq 0 ]
	done
else
	skip "moves are operations" "marks are instructions of x86-64"
fi

done_testing
