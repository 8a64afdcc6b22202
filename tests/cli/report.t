#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# report.t - the report of a folder whose answers are known, and of bad ones
#
set -u
export LC_ALL=C LANG=C
tool=$PWD/build/forkpath-analysis
data=$PWD/tests/data
dir=$(mktemp -d) || exit 1
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
nr=0

ok() { # NAME COMMAND...: the command succeeds
	local name=$1
	shift
	nr=$((nr + 1))
	if "$@" >"$dir/ok.out" 2>&1; then
		echo "ok $nr - $name"
	else
		echo "not ok $nr - $name"
		sed 's/^/# /' "$dir/ok.out"
		[ ! -s "$dir/err" ] || sed 's/^/# stderr: /' "$dir/err"
	fi
}

skip() { # NAME REASON
	nr=$((nr + 1))
	echo "ok $nr - $1 # SKIP $2"
}

fresh() { # a good folder in $q
	q=$dir/q
	rm -rf "$q"
	cp -r "$dir/good" "$q"
}

report() { # [FOLDER]: $rc, $dir/out, $dir/err
	"$tool" report --full "${1:-$q}" >"$dir/out" 2>"$dir/err"
	rc=$?
}

has() { grep -qF -- "$1" "$dir/${2:-out}" || { cat "$dir/${2:-out}"; false; }; }
is() { [ "$1" = "$2" ] || { echo "'$1' is not '$2'"; false; }; }
narrow() { awk 'length > 72 { print; bad = 1 } END { exit bad }' "$1"; }
ascii() { ! LC_ALL=C grep -n '[^ -~]' "$1"; }

# One line on stderr, exit 2, nothing on stdout.
refused() { # NAME WORDS
	ok "$1: exit 2" is $rc 2
	ok "$1: one line" is "$(wc -l <"$dir/err")" 1
	ok "$1: says what is wrong" has "$2" err
	ok "$1: no report" is "$(wc -c <"$dir/out")" 0
}

bash "$data/make-quick" "$dir/good"

# --- known answers, without gnuplot so that no version of it matters
fresh
PATH=$dir report
ok "exit 0" is $rc 0
ok "72 columns" narrow "$dir/out"
ok "ASCII" ascii "$dir/out"
ok "says that gnuplot is missing" has "gnuplot is not installed"
ok "report.txt is what was printed" cmp "$dir/out" "$q/report.txt"
PATH=$dir "$tool" report "$q" >"$dir/screen" 2>/dev/null
ok "one screen: at most 40 lines" test "$(wc -l <"$dir/screen")" -le 40
ok "one screen: 72 columns" narrow "$dir/screen"
ok "one screen: what may spoil it" has "BEWARE  1 failed, 1 void of 186" screen
ok "one screen: what is left out, in one line" has "8 of 31 points could not run" screen
ok "one screen: where the rest is" has "$q/report.txt" screen
ok "one screen: the whole is still in report.txt" cmp "$dir/out" "$q/report.txt"
# Six repetitions of 7400 ns times 0.98 to 1.03, each the upper edge of its
# bucket: 7264 .. 7424, 7488 .. 7648.
ok "median and interval" grep -qE "^  thread +7\.46 us +\[7\.26, 7\.65\]" "$dir/out"
# One of six is void: the range of five, 78848 .. 82944 about 80896.
ok "void is left out, five are a range" has "80.9 us  (78.8 to 82.4)"
# The 300th from above of 300000 is of the second slowest repetition.
ok "pooled quantile" grep -qE "^  thread +6 +7\.46 +\[7\.26, 7\.65\] +8\.32 +8\.96 +30\.2 +305 +300k" "$dir/out"
ok "paired ratio" has "+20.1 % [+19.7, +20.5]"
ok "slope" has "252 [248, 256]"
ok "skip has its reason" has "8 points of attach: hierarchy v1-memory is not mounted"
ok "fail has its reason" has "Device or resource busy"
ok "void has its reason" has "4712 reported"
ok "too few operations for p99" grep -qE '^  0.05 +1000 +6 +8356 .* - +- ' "$dir/out"
ok "noise floor under every table" is \
	"$(grep -c 'noise floor: an empty operation takes 49 ns' "$dir/out")" \
	"$(grep -c '^\[.*latency of one' "$dir/out" | awk '{ print $1 - 1 }')"
ok "the costs are in the first 36 lines" is \
	"$(head -n 36 "$dir/out" | grep -cE '^(Creating a t|Moving a t)')" 3
ok "no point is lost" is \
	"$(awk -F'\t' '$7 == "run" && $2 == 1 && $4 != "null"' "$q/plan.tsv" | wc -l)" \
	"$(awk '/^\[.*latency.*(cloner|attacher)/ { t = 1; if (/clone-attach.*attacher/) t = 0; next }
		/^[^ ]/ { t = 0 } t && / [56] +[0-9.]+ +[[(][0-9.]+/' "$dir/out" | wc -l)"

# --- blocks that were planned anew, with other times: the same points
views() { # FOLDER: what the verbs say of it
	local w

	for w in "report --format json" "report --format kcidb" \
		 "report --format gobench" counts history "history --format json"
	do
		# shellcheck disable=SC2086 # a verb and its options
		"$tool" $w "$1" || echo "$w: $?"
	done
	"$tool" compare --format json "$dir/good" "$1"
}
fresh
views "$q" >"$dir/was" 2>&1
awk -F'\t' -v OFS='\t' '$2 > 1 { sub(/time=0.4/, "time=0.4" $2, $9) } 1' \
	"$q/plan.tsv" >"$dir/plan.tsv"
cp "$dir/plan.tsv" "$q/plan.tsv"
ok "planned anew: the times differ" is \
	"$(grep -o 'time=0.4[0-9]*' "$q/plan.tsv" | sort -u | wc -l)" 6
views "$q" >"$dir/is" 2>&1
ok "planned anew: not a number differs" cmp "$dir/was" "$dir/is"

# --- pauses: one that the hierarchies have in common, not the longest of one
{
	for t in 0 0.05 0.2; do
		echo "b attach hierarchy=v2,think=$t,threads=1,by=procs,attachers=1 attacher-p50-ns=5000"
	done
	for t in 0 0.05; do
		echo "b attach hierarchy=v1-memory,think=$t,threads=1,by=procs,attachers=1 attacher-p50-ns=7000"
	done
} | bash "$data/make-arms" "$dir/pauses" 6 quick
PATH=$dir "$tool" report "$dir/pauses" >"$dir/screen" 2>/dev/null
ok "pauses: one column for all" grep -q "^ *50 ms apart  no pause$" "$dir/screen"
ok "pauses: and all are in it" is "$(grep -cE "^  v[12]( memory)? +[0-9.]+ us +[0-9.]+ us$" "$dir/screen")" 2

# --- more than a screen holds: what is left out is said, and is in report.txt
{
	for k in a b c d e f; do
		echo "a clone kind=$k,siblings=0,cloners=1,group=own,until=exit,period=0 cloner-p50-ns=9000"
		echo "c clone-attach kind=$k,victims=unrelated,think=0,cloners=1,attachers=1,threads=10,hierarchy=v2,period=0 cloner-p50-ns=9900"
	done
	for h in a b c d e f g h i j k l; do
		echo "b attach hierarchy=$h,think=0,threads=1,by=procs,attachers=1 attacher-p50-ns=5000"
	done
} | bash "$data/make-arms" "$dir/crowd" 6 quick
PATH=$dir "$tool" report "$dir/crowd" >"$dir/screen" 2>/dev/null
ok "a crowd: at most 40 lines" test "$(wc -l <"$dir/screen")" -le 40
ok "a crowd: and says that there is more" has "more part" screen
ok "a crowd: the rest is in report.txt" \
	grep -q "^Creating a task while a group" "$dir/crowd/report.txt"

# --- moves by hierarchy and size: 2 threads in `a` are worst, and only there
{
	echo "q clone kind=thread,siblings=0,cloners=1,group=own,until=exit,period=0 cloner-p50-ns=9000"
	for h in a b; do
		for k in 1 2; do
			p="kind=thread,cloners=1,attachers=1,threads=$k,hierarchy=$h,period=0,rcu=as-is"
			n=9900
			[ $h$k != a2 ] || n=10800
			echo "s clone-attach $p,victims=unrelated,think=0 cloner-p50-ns=18000"
			echo "s clone-attach $p,victims=inside,think=0 cloner-p50-ns=27000"
			echo "s clone-attach $p,victims=unrelated,think=0.02 cloner-p50-ns=$n"
		done
	done
	echo "s clone-attach kind=thread,cloners=1,attachers=4,threads=1,hierarchy=a,period=0,rcu=as-is,victims=unrelated,think=0 cloner-p50-ns=90000"
} | bash "$data/make-arms" "$dir/moved" 6 quick
PATH=$dir "$tool" report "$dir/moved" >"$dir/screen" 2>/dev/null
ok "by hierarchy: one process elsewhere, one inside" is \
	"$(sed -n '/^Creating a thread, group moved without/,/^$/p' \
		"$dir/screen" | sed -n '3,6s/ \[[^]]*]//gp' | tr -s ' ')" \
	" a, 1 thread 2.00 x 3.00 x
 a, 2 threads 2.00 x 3.00 x
 b, 1 thread 2.00 x 3.00 x
 b, 2 threads 2.00 x 3.00 x"
ok "by hierarchy: the worst of those with a pause is named" is \
	"$(tr -s ' \n' ' ' <"$dir/screen" | grep -o 'Moves with pauses of 20 ms.*threads)')" \
	"Moves with pauses of 20 ms raise the median outside the moved group by up to 20.0 % [20.0, 20.0] (a, 2 threads)"
ok "by hierarchy: no detail of one of them beside it" is \
	"$(grep -c 'no pause\|being moved' "$dir/screen")" 0

# --- fewer repetitions than an interval needs
bash "$data/make-quick" "$dir/three" 3
PATH=$dir report "$dir/three"
ok "n=3: no interval" has "no such interval exists"
ok "n=3: no interval anywhere" is "$(sed -n '/^Creating a task/,/^Moving/p' "$dir/out" | grep -c "us .*\[")" 0
for kind in fork clone3-into-cgroup; do
	echo "s clone kind=$kind,siblings=0,cloners=1,group=own,until=exit,period=0 cloner-p50-ns=9000"
done | bash "$data/make-arms" "$dir/few" 3 clone-into
PATH=$dir "$tool" report "$dir/few" >"$dir/out" 2>/dev/null
ok "n=3: questions without an interval are named" has "Too few repetitions"
ok "n=3: nothing in short, no title of it" is "$(grep -c "^In short" "$dir/out")" 0

# --- plots
fresh
report
# 256000 and 258048 are the upper edges in the middle of six.
ok "known size data" grep -q '^1000 257024 ' "$q/plots/size-size.dat"
if command -v gnuplot >/dev/null; then
	ok "plots: nothing temporary is left" is "$(find "$q" -name '.*.[0-9]*' | wc -l)" 0
	ok "plots: exit 0, no complaint" is "$rc$(cat "$dir/err")" 0
	ok "plots: 72 columns with text plots" narrow "$dir/out"
	ok "plots: ASCII with text plots" ascii "$dir/out"
	ok "plots: size in the text" has "threads in the group"
	for f in size-size stall dist-create-clone-cloner; do
		ok "plots: $f is whole" test -s "$q/plots/$f.svg" -a \
			-s "$q/plots/$f.png" -a -s "$q/plots/$f.dat" -a \
			-s "$q/plots/$f.gp"
	done
	ok "plots: svg is closed" grep -q '</svg>' "$q/plots/stall.svg"
	ok "plots: script repeats the picture" bash -c \
		"cd '$q/plots' && LC_ALL=C gnuplot -d -e \"set terminal svg size 900,560 noenhanced font 'sans,13' background 'white'\" stall.gp | cmp - stall.svg"
	# A slow operation: one or two of it are a distribution, too.
	for n in 1 2; do
		rm -rf "$q"
		bash "$data/make-quick" "$q" 1
		for f in "$q"/lat/*; do
			awk -v n=$n '/^#/ || /^end/ { print }
			/^role/ { k = 0; role = $2 }
			/^[0-9]/ && ++k <= n { low[k] = $1; row[k] = $1 " " $2 " 1" }
			/^[0-9]/ && k == n { print "role " role " ops " n \
				" under 0 over 0 min " low[1] " max " $1 \
				" sum " n * $1
				for (i = 1; i <= n; i++)
					print row[i] }' "$f" >"$dir/lat"
			mv "$dir/lat" "$f"
		done
		report
		ok "plots: of $n" is "$rc$(cat "$dir/err")" 0
	done
else
	skip "plots" "gnuplot is not installed"
fi

# --- not enough to spoil a folder
fresh
first=$(sed -n 's/.*line \([0-9]*\) ok.*lat=\(.*\)/\2/p' "$q/quick.sample" | sed -n 3p)
rm "$q/$first"
PATH=$dir report
ok "missing .lat: exit 0" is $rc 0
ok "missing .lat: named" has "$first: No such file"
ok "missing .lat: quantiles marked" has "30.2*"
ok "missing .lat: median stays" grep -qE "^  thread +7\.46 us +\[7\.26, 7\.65\]" "$dir/out"

fresh
sed -i '$d' "$q/$first"
PATH=$dir report
ok "truncated .lat: named" has "$first: line"
ok "truncated .lat: 72 columns" narrow "$dir/out"

fresh
rm "$q/$first"
ln -s /etc/passwd "$q/$first"
PATH=$dir report
ok ".lat that is a link: not followed" has "$first: a symbolic link"

fresh
at=$(grep -n '^BenchmarkClone/kind=thread' "$q/quick.sample" | head -n 1 | cut -d: -f1)
sed -i "${at}s/ [0-9]* cloner-p50-ns/ -1 cloner-p50-ns/" "$q/quick.sample"
PATH=$dir report
ok "malformed value: exit 0" is $rc 0
ok "malformed value: named" has "quick.sample:$at: line"
ok "malformed value: counted" has "excluded: 1 repetition, 1 remark"
ok "malformed value: in the head" has "1 failed, 1 void, 1 malformed of 186"
ok "malformed value: not in n" grep -qE '^  thread +[0-9.]+ us +\([0-9.]+ to' "$dir/out"

fresh
grep -n '^# line 100 ' "$q/quick.sample" | cut -d: -f1 >"$dir/at"
head -n $(($(cat "$dir/at") - 1)) "$q/quick.sample" >"$dir/cut"
cp "$dir/cut" "$q/quick.sample"
PATH=$dir report
ok "stopped run: says how far it came" has "repetitions of the plan; continue with"
ok "stopped run: in the head" has " not done of 186 repetitions"

# --- what spoils it
report "$dir/none"
refused "no such folder" "none: No such file or directory; expected a results folder"
mkdir "$dir/empty"
report "$dir/empty"
refused "not a results folder" "plan.tsv: No such file or directory; expected a folder made by ./run.sh"
report "$data/make-quick"
refused "a file" "Not a directory; expected a results folder"
fresh
sed -i 's/^schema:.*/schema: forkpath-sample\/9/' "$q/quick.sample"
report
refused "other schema" "quick.sample:1: schema 'forkpath-sample/9'; expected 'forkpath-sample/1'"
fresh
truncate -s -5 "$q/quick.sample"
report
refused "truncated sample" "truncated"
fresh
sed -i '$d' "$q/quick.sample"
report
refused "sample without its last values" "truncated: the Benchmark line of plan line 186"
fresh
sed -i 's/"clocksource": .*/"clocksource": "arch_sys_counter", "clock_tick_ns": 41.67,/' \
	"$q/meta.json"
report
tr -s ' \n' ' ' <"$dir/out" >"$dir/words"
ok "a coarse clock" has "arch_sys_counter (ticks every 41.7 ns: no time is finer)" words
fresh
sed -i 's/"clocksource": .*/"clocksource": "arch_sys_counter", "clock_tick_ns": 1.0,/' \
	"$q/meta.json"
report
tr -s ' \n' ' ' <"$dir/out" >"$dir/words"
ok "one that is not" has "clock arch_sys_counter, " words
fresh
echo '{' >"$q/meta.json"
report
refused "unreadable meta" "meta.json:"
fresh
rm "$q/meta.json"
report
refused "no meta" "meta.json: No such file"
fresh
rm "$q/quick.sample"
ln -s /etc/passwd "$q/quick.sample"
report
refused "sample is a link" "quick.sample: a symbolic link"
fresh
sed -i '20s/\t/ /' "$q/plan.tsv"
report
refused "broken plan" "plan.tsv:20: "
fresh
printf '\0\377\0' >"$q/plan.tsv"
report
refused "binary plan" "plan.tsv:1: "

"$tool" >"$dir/out" 2>"$dir/err"; rc=$?
refused "no verb" "a verb is missing"
"$tool" explain >"$dir/out" 2>"$dir/err"; rc=$?
refused "unknown verb" "unknown verb 'explain'; known: report"
"$tool" report >"$dir/out" 2>"$dir/err"; rc=$?
refused "no folder" "expected one results folder"
"$tool" report --format pdf x >"$dir/out" 2>"$dir/err"; rc=$?
refused "unknown format" "'pdf' is not one of: text"
"$tool" report x --frobnicate 1 >"$dir/out" 2>"$dir/err"; rc=$?
refused "unknown option" "unknown option '--frobnicate'; known: --format"
"$tool" --help >"$dir/out" 2>&1
ok "help names the verbs" has "report "
"$tool" report --help >"$dir/out" 2>&1
ok "help of a verb" has "--format WORD"

# --- where nothing can be written, or something lies in the way
fresh
chmod -R a-w "$q"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	# Still root, but one that modes are for.
	setpriv --bounding-set -dac_override --inh-caps -dac_override \
		"$tool" report --full "$q" >"$dir/out" 2>"$dir/err"
	rc=$?
else
	report
fi
if [ "$(id -u)" = 0 ] && ! command -v setpriv >/dev/null; then
	skip "read-only folder" "root without setpriv"
else
	ok "read-only folder: exit 0" is $rc 0
	ok "read-only folder: report" has "Creating a task"
	ok "read-only folder: said once" is "$(grep -c 'stdout only' "$dir/err")" 1
	ok "read-only folder: unchanged" test ! -e "$q/report.txt" -a ! -e "$q/plots"
	! command -v gnuplot >/dev/null ||
		ok "read-only folder: text plots" has "threads in the group"
fi

chmod -R u+w "$q"
fresh
mkdir "$dir/elsewhere"
ln -s "$dir/elsewhere" "$q/plots"
ln -s "$dir/victim" "$q/report.txt"
report
ok "plots is a link: report goes on" has "Creating a task"
ok "plots is a link: not followed" is "$(find "$dir/elsewhere" -type f | wc -l)" 0
ok "report.txt is a link: not followed" test ! -e "$dir/victim"

fresh
mkdir "$q/plots"
ln -s "$dir/victim" "$q/plots/stall.svg"
ln -s "$dir/victim" "$q/plots/stall.dat"
report
ok "a plot is a link: not followed" test ! -e "$dir/victim"
if command -v gnuplot >/dev/null; then
	ok "a plot is a link: replaced" test -f "$q/plots/stall.svg" -a ! -L "$q/plots/stall.svg"
fi

fresh
PATH=$dir "$tool" report "$q" 2>/dev/null | head -n 1 >"$dir/out"
rc=${PIPESTATUS[0]}
ok "a reader that has had enough is no error" is "$rc" 0
fresh
PATH=$dir "$tool" report "$q" >/dev/full 2>"$dir/err"; rc=$?
ok "disk full: exit 1" is $rc 1
ok "disk full: said" has "No space left" err

# --- words from outside cannot reach the terminal or gnuplot
fresh
sed -i "s/^# title .*/# title '; system(\"touch $(printf %s "$dir" | sed 's/\//\\\//g')\/pwned\") # \`touch x\` \xc2\xb5/" "$q/plan.tsv"
sed -i "s/4712 reported/\xe2\x82\xac 4712/" "$q/quick.sample"
report
ok "hostile title: exit 0" is $rc 0
ok "hostile title: ASCII" ascii "$dir/out"
ok "hostile title: not run" test ! -e "$dir/pwned"

echo "1..$nr"
