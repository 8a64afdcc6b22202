# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # me, of who sources it
#
# cache.sh - where kernels, headers and symbols are kept: . lab/cache.sh
#
# Modules are built from it, as root. So it has to be a directory that nobody
# can have prepared or can change: of us, of root or of the one whose checkout
# this is (his programs run as root anyway), below directories of the same.
#
#   cache_dir    sets $cache, and makes it; $me: the name for messages
#   cache_keep   a copy of a file that is there whole, or not at all

cache_refuse() { # DIR WHY
	echo "$me: the cache $1: $2; FORKPATH_CACHE=DIR is another place" >&2
	exit 2
}

cache_dir() {
	local owner mode path first=1 trusted

	if [ -n "${FORKPATH_CACHE-}" ]; then
		cache=$FORKPATH_CACHE
	elif [ -n "${XDG_CACHE_HOME-}" ]; then
		cache=$XDG_CACHE_HOME/forkpath
	elif [ -n "${HOME-}" ]; then
		cache=$HOME/.cache/forkpath
	elif [ "$EUID" -eq 0 ]; then
		cache=/var/cache/forkpath
	else
		cache_refuse '' "HOME is not set"
	fi
	(umask 077 && mkdir -p "$cache") || exit 1
	cache=$(readlink -f "$cache") || exit 1
	# Whoever owns / has everything: in a container that may be somebody
	# without a name there.
	trusted=$(stat -c %u / "${BASH_SOURCE[0]}")
	trusted=" 0 $EUID ${trusted//$'\n'/ } "
	path=$cache
	while read -r owner mode; do
		[[ $trusted == *" $owner "* ]] ||
			cache_refuse "$cache" "$path is of user $owner"
		# A directory with the sticky bit lets nobody take ours away.
		if [ $((0x$mode & 0002)) -ne 0 ] && [ $((0x$mode & 01000)) -eq 0 ] ||
		   { [ -n "$first" ] && [ $((0x$mode & 0022)) -ne 0 ]; }; then
			cache_refuse "$cache" "others can write to $path"
		fi
		first=''
		path=$(dirname "$path")
	done < <(p=$cache
		while :; do
			stat -c '%u %f' "$p"
			[ "$p" != / ] || break
			p=$(dirname "$p")
		done)
}

cache_keep() { # FILE AS
	if ! mkdir -p "$(dirname "$2")" || ! cp "$1" "$2.$$" ||
	   ! mv "$2.$$" "$2"; then
		echo "$me: $2: cannot be written" >&2
		exit 1
	fi
}
