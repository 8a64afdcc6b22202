#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# environments.t - containers, namespaces, capabilities, read-only mounts
#
# The short form of tests/reach/environments: a few seconds each. Then what
# is asked of single programs: --check and the run agree, and say why.

# shellcheck disable=SC2016 # inner shells expand what is quoted
. tests/lib.sh

export FORKPATH_JOURNAL_DIR=$tmp/journal
root "environments" || { done_testing; exit; }

# --- all of them, a little of each -----------------------------------------

kept=$(mktemp -d /var/tmp/forkpath-test-XXXXXX)
trap 'rm -rf "$tmp" "$kept"' EXIT
cat >"$tmp/short.conf" <<'END'
# SPDX-License-Identifier: GPL-2.0-or-later
# What can be asked in a moment?
[question]
title = What can be asked in a moment?
[null floor]
time = 0.02
warmup = 0.01
[clone create]
kind = thread clone3-into-cgroup
time = 0.02
warmup = 0.01
[attach size]
hierarchy = v1-freezer v2
time = 0.02
warmup = 0.01
[pidns nested]
time = 0.02
warmup = 0.01
END
out=$(QUESTION=$tmp/short.conf KEEP=$kept tests/reach/environments 1 1 1 -- \
	escape/v1-freezer escape/v2 tree/v2 release pidns/v2 2>&1)
code=$?
table=$out
for name in container privileged-v1 rootless no-sys-admin proc-sys-ro \
	cgroupfs-ro cgroupns cgroupns-mount pidns no-clone3 tiny-tmp one-cpu; do
	line=$(grep "^$name " <<<"$table")
	out=$line$'\n'$(cat "$kept/$name"/{quick,stress,said} 2>/dev/null)
	case $line in
	*"# SKIP "*) skip "$name: nothing but what is so" "${line#*# SKIP }" ;;
	*)	true_that "$name: nothing but what is so" \
			grep -q ' right$' <<<"$line" ;;
	esac
done

# --- one by one -------------------------------------------------------------

# COMMAND in a mount namespace that SETUP has made, $m being v2's mount.
in_mounts() { # SETUP COMMAND
	run unshare --mount bash -c "mount --make-rprivate / && { $1; } &&
		{ $2; }"
}
m=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
export m tmp
both='for how in --check "--time 0.05"; do
	build/bench/attach --hierarchy v2 $how; echo "exit $?"; done'

if [ -n "$m" ] && has "mounts of v2" v2; then
	mkdir "$tmp/second"
	in_mounts 'mount -o remount,bind,ro "$m"; mount -t cgroup2 none "$tmp/second"' \
		"$both"
	is "the first mount is read-only: the second is taken" 0 \
		"overhead" $'exit 0\n' "/hierarchy=v2"
	in_mounts 'mount -t tmpfs none "$m"; mount -t cgroup2 none "$tmp/second"' \
		"$both; ls \"\$m\""
	is "the first is covered: the second is taken" 0 "overhead" \
		$'exit 0\n' "/hierarchy=v2"
	true_that "nothing is made in what is no cgroup file system" \
		[ "$(tail -n 1 <<<"$out")" != forkpath ]
	in_mounts 'mount -o remount,bind,ro "$m"' "$both"
	is "none can be written to: skip, by check and run" 0 \
		"hierarchy v2 is mounted read-only: $m"
	true_that "both say exit 4" [ "$(grep -c '^exit 4$' <<<"$out")" -eq 2 ]
	in_mounts 'mount -t tmpfs none "$m"' "$both"
	is "none can be seen: skip" 0 "hierarchy v2 is covered by another mount: $m"
fi

drop="setpriv --bounding-set -all,+chown,+dac_override,+setgid,+setuid,+kill"
drop+=" --inh-caps=-all"
for what in "pidns" "attach --hierarchy v1-own" "stress/pidns --hierarchy v2" \
	"stress/release" "stress/oom --hierarchy v1-memory"; do
	# shellcheck disable=SC2086 # words
	case $(build/bench/$what --check 2>&1) in
	overhead*) ;;
	*)	skip "without CAP_SYS_ADMIN: $what" "cannot run here anyhow"
		continue ;;
	esac
	run bash -c "for how in --check '--time 0.05'; do
		$drop build/bench/$what \$how; echo \"exit \$?\"; done"
	is "without CAP_SYS_ADMIN: $what says what it needs" 0 "CAP_"
	true_that "both say exit 4" [ "$(grep -c '^exit 4$' <<<"$out")" -eq 2 ]
done

run unshare --pid --fork build/bench/null --check
is "/proc of another pid namespace is no use" 4 \
	"/proc is that of another pid namespace"
# What a container takes of the machine's numbers, all others lack.
IFS=.- read -r major minor _ < <(uname -r)
if [ $((major * 100 + minor)) -lt 614 ]; then
	skip "many threads in a pid namespace" "pid_max is the machine's before 6.14"
else
	most=$(($(nproc --all) * 1024))
	[ "$most" -gt 32768 ] || most=32768
	run unshare --pid --fork --mount-proc build/bench/attach \
		--hierarchy v2 --threads "$most" --check
	is "many threads in a pid namespace: skip" 4 \
		"$most threads in a pid namespace, where pid_max of the machine is not seen: "
	run unshare --pid --fork --mount-proc build/bench/attach \
		--hierarchy v2 --threads 10000 --check
	is "... and not so many can be had" 0 "overhead"
	if [ "$(stat -Lc %i /proc/self/ns/pid)" = 4026531836 ]; then
		run build/bench/attach --hierarchy v2 --threads "$most" \
			--check
		true_that "... and outside of one nothing of that is said" \
			[ "${out/in a pid namespace/}" = "$out" ]
	fi
fi
run build/tests/gen/refuse clone3 build/bench/clone --kind clone3-into-cgroup \
	--check
is "no clone3: the words are right" 4 "or a filter (seccomp) refuses it"
in_mounts 'mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys' \
	'build/bench/stress/leader-exit --hierarchy v1-freezer --check'
case $code in
0)	skip "a number may be somebody else's" "kernel.pid_max is high here" ;;
*)	is "a number may be somebody else's: skip" 4 \
		"cannot be raised: Read-only file system" ;;
esac
true_that "nothing is left" leftovers
done_testing
