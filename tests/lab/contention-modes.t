#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# contention-modes.t - the lock of a thread group is a line of its threads
#
# 6.18 with favordynmods takes a rwsem of the group beside the lock of all:
# one line more for the threads of one process, none between processes.

. tests/lib.sh

T=$'\t'
export LAB_KERNEL=6.18

has_kernel "the lock of a group" || { done_testing; exit; }
contention() { # NAME [OPTION]...
	run timeout 550 ./run.sh contention "$kernel" --lock-mode both \
		--rounds 40 --out "$tmp/$1" "${@:2}"
	f=$(ls "$tmp/$1"/[0-9]*[0-9].tsv)
	fav=${f%.tsv}-fav.tsv
}
lock_lines() { # FILE: shared lines that readers of a rwsem of the group write
	awk -F "$T" '$1 >= 0.5 && $10 ~ \
		/(exit_signals|cgroup_css_set_put_fork|cgroup_can_fork)>(down|up)_read/ {
		n++ }
		END { print n + 0 }' "$1"
}
lines() { # FILE: static objects, the first of each line; others are read rarely
	awk -F "$T" '$1 >= 0.9 && $6 == "image" { sub(/,.*/, "", $8); print $8 }' \
		"$1" | sort
}

contention one --same-group
if [ "$code" = 4 ]; then
	skip "the lock of a group" "${out##*$'\n'}"
	done_testing
	exit
fi
is "threads of one process, both modes" 0 css_set_lock
true_that "the lock's lines without favordynmods: none" \
	[ "$(lock_lines "$f")" = 0 ]
true_that "with favordynmods: one" [ "$(lock_lines "$fav")" = 1 ]
# Two of an operation of a clone, one of an exit: each down and up.
# shellcheck disable=SC2016 # of awk
true_that "which each thread and its end lock and unlock" awk -F "$T" '
	$10 ~ /exit_signals>down_read/ && $1 == 1 && $3 >= 4 { found = 1 }
	END { exit !found }' "$fav"
true_that "beside it no static object" [ "$(lines "$f")" = "$(lines "$fav")" ]

contention own
is "threads of two processes, both modes" 0 css_set_lock
true_that "the lock's lines between them, without: none" \
	[ "$(lock_lines "$f")" = 0 ]
true_that "and with: none" [ "$(lock_lines "$fav")" = 0 ]
true_that "the same static objects" [ "$(lines "$f")" = "$(lines "$fav")" ]

# Where the programs' cgroups are is nothing to unrelated creations.
run timeout 550 ./run.sh contention "$kernel" --rounds 40 --depth 3 \
	--out "$tmp/deep"
is "cgroups three levels down" 0 css_set_lock
true_that "it is said" grep -qx '# depth 3' "$tmp"/deep/[0-9]*.tsv
true_that "the same static objects there" [ "$(lines "$f")" = \
	"$(lines "$tmp"/deep/[0-9]*.tsv)" ]
true_that "ways of calls are kept" grep -qE \
	'^css_set_lock;(.*;)?copy_process;cgroup_post_fork(;|$).* [0-9]+$' \
	"$tmp"/deep/[0-9]*.folded

done_testing
