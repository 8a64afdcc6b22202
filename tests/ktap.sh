# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ktap.sh - does KTAP add up? And stress tests made up, for tests that source it

# KTAP on stdin: at every level the plan is kept and the numbers rise; a
# test with subtests is ok if and only if none of them is not ok.
ktap_adds_up() {
	awk '
	function bad(why) { print NR ": " why ": " $0; wrong = 1; exit 1 }
	{ match($0, /^ */); at = RLENGTH / 2; line = substr($0, RLENGTH + 1) }
	line ~ /^KTAP version 1$/ { plan[at] = -1; nr[at] = failed[at] = 0
		open[at] = 1; next }
	line ~ /^#/ { next }
	!open[at] { bad("no KTAP version here") }
	line ~ /^1\.\.[0-9]+$/ { plan[at] = substr(line, 4) + 0; next }
	line ~ /^(not )?ok [0-9]+ / {
		no = line ~ /^not /
		sub(/^not /, "", line)
		split(line, word, " ")
		if (word[2] != ++nr[at])
			bad("number " nr[at] " is next")
		if (open[at + 1]) {
			if (nr[at + 1] != plan[at + 1])
				bad(nr[at + 1] " of " plan[at + 1] " subtests")
			if (no != (failed[at + 1] > 0))
				bad(failed[at + 1] " subtests have failed")
			open[at + 1] = 0
		}
		failed[at] += no
		next
	}
	{ bad("not KTAP") }
	END { if (!wrong && (!open[0] || nr[0] != plan[0]))
		print "plan " plan[0] ", tests " nr[0]
	      exit wrong || !open[0] || nr[0] != plan[0] }'
}

# Makes $top, where stress tests of our own stand below $tmp/top, with one of
# them: `hang` hangs on v1, cannot run on v2, crashes on v3.
# shellcheck disable=SC2154 # tmp is of lib.sh
ktap_fixtures() {
	top=$tmp/top/build/bench/stress
	mkdir -p "$top"
	cat >"$top/hang" <<'END'
#!/bin/bash
case " $* " in
*" --describe "*)
	printf 'bench\thang\thangs\n'
	printf 'opt\thierarchy\tchoice\tv1\tv1 v2 v3\twhere\n'
	printf 'opt\tmutate\tchoice\tnone\tnone\thow\n' ;;
*" --check "*)
	case $* in
	*v2*) echo "hang: there is no v2" >&2; exit 4 ;;
	esac
	echo "overhead 0.01" ;;
*v3*)	kill -SEGV $$ ;;
*)	trap '' TERM
	sleep 1000 & wait
	sleep 1000 ;;
esac
END
	chmod +x "$top/hang"
}

# One more, of v1 alone, that is COMMAND.
fixture() { # NAME COMMAND [OVERHEAD]
	cat >"$top/$1" <<-END
	#!/bin/bash
	case " \$* " in
	*" --describe "*) "$top/hang" --describe | sed 's/v1 v2 v3/v1/; s/hang/$1/' ;;
	*" --check "*) echo "overhead ${3-0.01}" ;;
	*)	$2 ;;
	esac
	END
	chmod +x "$top/$1"
}
