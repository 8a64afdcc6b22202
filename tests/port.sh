# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# port.sh - TCP ports of this machine for servers of a test: . tests/port.sh

free_ports() { # N: at which nobody listens at this moment, on a line
	local port found=()

	# Below those that connections are given.
	for ((port = 20000 + $$ % 10000; port < 32768; port++)); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null ||
			found+=("$port")
		[ ${#found[@]} -lt "$1" ] || break
	done
	echo "${found[*]}"
}

until_answers() { # PORT PID: the server's, while it lives; 10 s
	local i

	for ((i = 0; i < 500; i++)); do
		(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
		kill -0 "$2" 2>/dev/null || return 1
		sleep 0.02
	done
	return 1
}
