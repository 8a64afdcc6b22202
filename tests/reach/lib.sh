# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# lib.sh - ratios of things that alternate in one run, for reach/run and peers
#
# Their median, and as interval the Kth lowest and the Kth highest, which holds
# the median of all with 95 % or more (binomial distribution): of nine the
# second. What is begun at once is measured in many short turns: between two of
# a pair less happens to the machine than in few long ones.

rounds=9
# shellcheck disable=SC2034 # of who sources this
seconds=${REACH_SECONDS:-0.5}

clone_rate() { # ARGUMENTS of clone; operations per second
	build/bench/clone --time "$seconds" --warmup 0.05 "$@" |
		sed -n 's/.* \([0-9.e+]*\) cloner-ops\/s.*/\1/p'
}

# A bogo operation of stress-ng is a child, see its sources.
stress_ng_rate() { # NAME [OPTION]...: on CPU 1
	taskset -c 1 stress-ng "--$1" 1 "${@:2}" --timeout 1 \
		--metrics-brief 2>&1 | awk -v name="$1" '
		$4 == name && $5 ~ /^[0-9]+$/ { print $9; exit }'
}

perf_rate() { # NAME: of `perf bench syscall`, on CPU 1
	taskset -c 1 perf bench syscall "$1" 2>/dev/null |
		awk '/ops\/sec/ { gsub(/,/, "", $1); print $1 }'
}

# COMMAND... prints a rate; side by side, and what of it is left.
pairs() { # OURS PEER: two functions; medians, ratio, interval to $p_*
	local i a b ours=() peer=() ratio=()

	for ((i = 0; i < rounds; i++)); do
		# Each is first as often as the other.
		if ((i % 2)); then b=$($2) a=$($1); else a=$($1) b=$($2); fi
		[ -n "$a" ] && [ -n "$b" ] || return 1
		ours+=("$a") peer+=("$b")
		ratio+=("$(awk -v a="$a" -v b="$b" \
			'BEGIN { printf "%.4f", a / b }')")
	done
	p_ours=$(at $((rounds / 2 + 1)) "${ours[@]}")
	p_peer=$(at $((rounds / 2 + 1)) "${peer[@]}")
	p_ratio=$(at $((rounds / 2 + 1)) "${ratio[@]}")
	i=$(awk -v n="$rounds" 'BEGIN { print int((n + 1) / 2 - 0.98 * sqrt(n)) }')
	p_low=$(at "$i" "${ratio[@]}")
	p_high=$(at $((rounds + 1 - i)) "${ratio[@]}")
}

at() { # K VALUE...: the Kth smallest
	printf '%s\n' "${@:2}" | sort -g | sed -n "$1p"
}

line() { # NAME: the last pair as a line of a table
	printf '  %-34s %10.0f %10.0f  %5.2f [%.2f, %.2f]\n' "$1" \
		"$p_ours" "$p_peer" "$p_ratio" "$p_low" "$p_high"
}
