#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# variants.t - lab/variants: what they make of sources
#
# The sources are a few made-up lines, of the form that a kernel's have.

. tests/lib.sh

here=$PWD
tree="$tmp/a tree"
variant() { # NAME [ARGUMENT]
	run sh -c 'cd "$1" && "$2/lab/variants/$3" ${4+"$4"}' - "$tree" "$here" \
		"$@"
}
count() { # NUMBER PATTERN FILE
	[ "$(grep -cE "$2" "$tree/$3")" -eq "$1" ]
}
sources() {
	rm -rf "$tree"
	mkdir -p "$tree/kernel/cgroup" "$tree/fs" "$tree/init" \
		"$tree/include/linux/sched"
	cat >"$tree/kernel/cgroup/cgroup.c" <<'END'
static void attach_lock(bool all)
{
	if (all)
		percpu_down_write(&cgroup_threadgroup_rwsem);
}
int cgroup_attach_task(struct group *to, struct task *leader, bool threadgroup)
{
	int ret = 0;

	/* look up all src csets */
	ret = cgroup_migrate(leader);
	cgroup_migrate_finish(&mgctx);
	return ret;
}
static int cgroup_css_set_fork(struct kernel_clone_args *kargs)
{
	if (kargs->flags & CLONE_INTO_CGROUP)
		cgroup_lock();

	cgroup_threadgroup_change_begin(current);

	kargs->cset = find_css_set(cset, dst_cgrp);
	if (!kargs->cset) {
		ret = -ENOMEM;
		goto err;
	}
	return 0;
err:
	cgroup_threadgroup_change_end(current);
	cgroup_unlock();
	return -1;
}
static void cgroup_css_set_put_fork(struct kernel_clone_args *kargs)
{
	cgroup_threadgroup_change_end(current);
}
END
	printf 'static int copy(void)\n{\n\tmutex_init(&sig->cred_guard_mutex);\n}\n' \
		>"$tree/kernel/fork.c"
	printf 'static int dethread(void)\n{\n\tcgroup_threadgroup_change_begin(tsk);\n\t\tthreadgroup_change_end(tsk);\n}\n' \
		>"$tree/fs/exec.c"
	printf 'struct s {\n\tstruct mutex cred_guard_mutex; /* it */\n};\n' \
		>"$tree/include/linux/sched/signal.h"
	printf 'struct s i = {\n\t.cred_guard_mutex = 1,\n};\n' \
		>"$tree/init/init_task.c"
}

sources
variant no-read-side
is "no-read-side" 0
true_that "... no caller is left" test -z "$(grep -rE 'change_(begin|end)' "$tree")"
true_that "... of five" test "$(grep -r 'do { } while' "$tree" | wc -l)" -eq 5
true_that "... the write side is" count 1 percpu_down_write kernel/cgroup/cgroup.c
variant no-read-side
is "no-read-side where it has been" 1 "no-read-side: nobody calls"

sources
sed -i 's/^\tkargs->cset = find.*/\tcgroup_fork_child_lock(child);\n&/' \
	"$tree/kernel/cgroup/cgroup.c"
variant no-read-side
is "no-read-side of a kernel with a lock for the child, too" 0
true_that "... nobody takes it" count 0 'fork_child_lock' kernel/cgroup/cgroup.c

sources
variant per-group-2011
is "per-group-2011" 0
c=kernel/cgroup/cgroup.c
true_that "... a new thread takes its group's lock" \
	count 1 $'^\t\tdown_read.*group_rwsem' $c
true_that "... and gives it back, also if it fails" \
	count 2 $'^\t\tup_read.*group_rwsem' $c
true_that "... other forks do not" count 3 'flags & CLONE_THREAD' $c
true_that "... a move writes it" count 1 'down_write.*group_rwsem' $c
true_that "... and gives it back" count 1 'up_write.*group_rwsem' $c
true_that "... nobody writes that of all groups" count 0 percpu_down_write $c
true_that "... it is there, and made" test "$(cd "$tree" && grep -l group_rwsem \
	include/linux/sched/signal.h init/init_task.c kernel/fork.c | wc -l)" -eq 3
true_that "... exec takes none" count 2 'do { } while' fs/exec.c

# What of a function is between two lines, in one.
part() { # FROM TO
	sed -n "/$1/,/$2/p" "$tree/$c" | tr -d '\n\t'
}
sources
variant lock-order
is "lock-order" 0
out=$(part '^static int cgroup_css_set_fork' cgroup_lock)
true_that "... the lock of moves is taken first" test "${out#*{}" = \
	"cgroup_threadgroup_change_begin(current);if (kargs->flags & \
CLONE_INTO_CGROUP)cgroup_lock();"
true_that "... and once" count 1 change_begin $c
variant lock-order
is "lock-order where it has been" 1 "lock-order: kernel/cgroup/cgroup.c is not as"

sources
variant lock-kept
is "lock-kept" 0
out=$(part 'ret = -ENOMEM' cgroup_unlock)
true_that "... without memory it is kept" test "$out" = "ret = -ENOMEM;goto \
err_kept;}return 0;err:cgroup_threadgroup_change_end(current);err_kept:\
cgroup_unlock();"
variant lock-kept
is "lock-kept where it has been" 1 "lock-kept: kernel/cgroup/cgroup.c is not as"

printf 'menuconfig CGROUPS\n\tbool "Control"\n\tselect KERNFS\n\nconfig SCHED_AUTOGROUP\n\tbool "Auto"\n\tselect CGROUPS\nconfig C\n\tbool "C"\n' \
	>"$tree/init/Kconfig"
variant no-cgroups
is "no-cgroups" 0
true_that "... they and what selects them cannot be had" test \
	"$(grep -B 2 BROKEN "$tree/init/Kconfig" | paste -sd '|' | tr -d '\t')" = \
	'menuconfig CGROUPS|bool "Control"|depends on BROKEN|--|config SCHED_AUTOGROUP|bool "Auto"|depends on BROKEN'
sed -i '/^menuconfig/d' "$tree/init/Kconfig"
variant no-cgroups
is "no-cgroups, to sources that have none" 1 "no-cgroups: init/Kconfig is not as"

for kind in global percpu beside; do
	printf '#define MIN_THREADS 20\n#define MAX_THREADS 99\nint copy_process(void)\n{\n\ttotal_forks++;\n}\n' \
		>"$tree/kernel/fork.c"
	variant counter "=$kind"
	is "counter=$kind" 0
	true_that "... it is there once, and counts once" \
		count 2 forkpath_count kernel/fork.c
	true_that "... behind the count of forks" [ "$(grep -A1 'total_forks++' \
		"$tree/kernel/fork.c" | grep -c '_inc(.*forkpath_count)')" = 1 ]
done
variant counter =none
is "a counter of no kind" 1 "expected =global, =percpu or =beside"
printf 'int copy_process(void)\n{\n}\n' >"$tree/kernel/fork.c"
variant counter =global
is "counter, to sources that are others" 1 "counter: kernel/fork.c is not as in"

sources
sed -i '/mutex_init/d' "$tree/kernel/fork.c"
variant per-group-2011
is "per-group-2011, to sources that are others" 1 \
	"per-group-2011: kernel/fork.c is not as in 6.1 to 6.12"
done_testing
