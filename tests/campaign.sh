# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# campaign.sh - a small campaign, and the same slots by hand: . tests/campaign.sh

# One point, so that a slot is hardly more than its boot.
point_campaign() { # DIR LINE...: more of campaign.conf
	mkdir -p "$1"
	cat >"$1/one.conf" <<-'END'
		[question]
		title = What does a thread cost?
		repeat = 1
		[clone create]
		kind = thread
		ops = 20
	END
	printf '%s\n' '[campaign]' 'question = ./one.conf' "${@:2}" \
		>"$1/campaign.conf"
}

slots() { # DIR [HOST]: rows of its plan
	awk -F'\t' -v h="${2-}" '/^[0-9]/ && (h == "" || $2 == h)' \
		"$1/slots.tsv"
}

folders_of() { # DIR HOST LABEL: as compare takes them
	slots "$1" "$2" | awk -F'\t' -v l="$3" '$4 == l {
		printf "%sslots/%s/%s", s, $2, $1; s = "," }'
}

# Each slot of HOST in a guest; no campaign is asked. Those that are there stay.
slots_by_hand() { # DIR HAND HOST
	local slot host label seed image lab=$PWD/build/forkpath-lab

	mkdir -p "$2/slots/$3"
	cp "$1/one.conf" "$2"
	while IFS=$'\t' read -r slot host _ label seed image _; do
		[ ! -d "$2/slots/$host/$slot" ] || continue
		(cd "$2" && "$lab" run --exact --v1 none "$image" -- \
			./one.conf --out "slots/$host/$slot" --seed "$seed" \
			--label "$label") </dev/null >"$2/said-$host" 2>&1
	done < <(slots "$1" "$3")
}

# As JSON; SET... and --aa are those of compare, in the folder HAND.
compared_by_hand() { # HAND SET...
	local analysis=$PWD/build/forkpath-analysis

	(cd "$1" && "$analysis" compare "${@:2}" --format json)
}
