#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# slurm.t - a campaign by Slurm: two nodes, two kernels, one of them twice
#
# Slurm's daemons are real, all on this machine. A node that Slurm reboots ends
# its slurmd and begins another one; what it runs then is a guest of the lab,
# booted with the kernel that was armed. The controller is killed in between.

. tests/lib.sh
. tests/campaign.sh
. tests/port.sh

top=$PWD
export FORKPATH_JOURNAL_DIR=$tmp/journal
for program in slurmctld slurmd sbatch munged; do
	command -v $program >/dev/null || {
		skip "a campaign by Slurm" \
			"$program is not installed (slurmctld slurmd slurm-client munge)"
		done_testing
		exit
	}
done
root "a campaign by Slurm" || { done_testing; exit; }
LAB_KERNEL=6.1 has_kernel "a campaign by Slurm" || { done_testing; exit; }
old=$kernel
has_kernel "a campaign by Slurm" || { done_testing; exit; }
release_of() { lab/kernel get "$1" | sed -n 's/^release=//p'; }

d=$tmp/slurm dir=$tmp/campaign
mkdir -p "$d"/{state,log,spool,n1/bin,n2/bin} "$dir"
cat >"$d/kernels" <<END
arm: arm
base $(release_of "$old") $old
base_again $(release_of "$old") $old
patched $(release_of "$kernel") $kernel
END

# Which node is it whose slurmd called? $node.
cat >"$d/node" <<END
pid=\$PPID
while [ "\$pid" -gt 1 ]; do
	node=\$(tr '\\0' ' ' <"/proc/\$pid/cmdline" | sed -n 's/.* -N \\(n[0-9]\\).*/\\1/p')
	[ -z "\$node" ] || break
	pid=\$(sed -n 's/^PPid:[^0-9]*//p' "/proc/\$pid/status")
done
END
cat >"$d/helper" <<END
#!/bin/bash
. "$d/node"
export FORKPATH_KERNELS=$d/kernels FORKPATH_STATE=$d/\$node/state
export FORKPATH_BOOT_ID=$d/\$node/boot_id PATH=$d/\$node/bin:\$PATH
exec "$top/contrib/slurm/helper" "\$@"
END
# Detached: it ends the daemon that called it.
cat >"$d/reboot" <<END
#!/bin/bash
. "$d/node"
setsid bash -c '
	exec >>"$d/log/reboot" 2>&1 </dev/null
	pid=\$(cat "$d/slurmd.\$1.pid")
	kill "\$pid"
	for ((i = 0; i < 1000; i++)); do
		kill -0 "\$pid" 2>/dev/null || break
		sleep 0.02
	done
	[ ! -e "$d/\$1/next" ] || mv "$d/\$1/next" "$d/\$1/running"
	cat /proc/sys/kernel/random/uuid >"$d/\$1/boot_id"
	echo "\$1 \$(cat "$d/\$1/running")"
	exec slurmd -b -f "$d/slurm.conf" -N "\$1"
	' - "\$node" &
END
for node in n1 n2; do
	echo "$old" >"$d/$node/running"
	cat /proc/sys/kernel/random/uuid >"$d/$node/boot_id"
	printf '#!/bin/sh\necho "%s" >"%s"\n' "\$1" "$d/$node/next" \
		>"$d/$node/bin/arm"
	cat >"$d/$node/bin/uname" <<-END
		#!/bin/sh
		awk -v e="\$(cat "$d/$node/running")" '\$3 == e { print \$2; exit }' "$d/kernels"
	END
done
# HOST ENTRY FOLDER QUESTION ...: in a guest of the kernel that HOST runs.
cat >"$d/in-guest" <<END
#!/bin/bash
host=\$1 entry=\$2 folder=\$3
shift 3
running=\$(cat "$d/\$host/running")
[ "\$running" = "\$entry" ] || {
	echo "\$host runs \$running; expected \$entry"
	exit 1
}
exec "$top/build/forkpath-lab" run --exact --v1 none "\$running" -- "\$@" --out "\$folder"
END
chmod +x "$d"/{helper,reboot,in-guest} "$d"/n?/bin/*

host=$(uname -n)
read -r port port_1 port_2 <<<"$(free_ports 3)"
cat >"$d/slurm.conf" <<END
ClusterName=forkpath
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$d/munge.sock
CredType=cred/munge
StateSaveLocation=$d/state
SlurmctldPidFile=$d/slurmctld.pid
SlurmctldLogFile=$d/log/slurmctld.log
SlurmdSpoolDir=$d/spool/%n
SlurmdPidFile=$d/slurmd.%n.pid
SlurmdLogFile=$d/log/slurmd.%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/linear
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=2
ReturnToService=2
MailProg=/bin/true
KillWait=2
SlurmdTimeout=60
NodeFeaturesPlugins=node_features/helpers
RebootProgram=$d/reboot
ResumeTimeout=120
NodeName=n[1-2] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$port_1,$port_2] CPUs=2 RealMemory=1000 Features=base,base_again,patched State=UNKNOWN
PartitionName=bench Nodes=ALL Default=YES MaxTime=INFINITE OverSubscribe=EXCLUSIVE State=UP
END
sed "s|Helper=.*|Helper=$d/helper|" contrib/slurm/helpers.conf >"$d/helpers.conf"

pids() {
	cat "$d"/slurmctld.pid "$d"/slurmd.*.pid "$d"/munged.pid 2>/dev/null
}
trap 'kill $(pids) 2>/dev/null; kill -KILL $(pids) 2>/dev/null; rm -rf "$tmp"' EXIT
wait_for() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}
nodes_idle() { [ "$(sinfo -h -o %T)" = idle ]; }
queue_empty() { queue=$(squeue -h -o %i) && [ -z "$queue" ]; }
one_done() { ls "$dir"/slots/n?/[0-9]/plan.tsv >/dev/null 2>&1; }

export SLURM_CONF=$d/slurm.conf
dd if=/dev/urandom of="$d/munge.key" bs=1 count=1024 status=none
chmod 600 "$d/munge.key"
run munged --force --key-file="$d/munge.key" --socket="$d/munge.sock" \
	--pid-file="$d/munged.pid" --log-file="$d/log/munged.log" \
	--seed-file="$d/munge.seed"
is "munged" 0
run slurmctld -f "$d/slurm.conf"
is "slurmctld" 0
for node in n1 n2; do
	run slurmd -f "$d/slurm.conf" -N $node
	is "slurmd of $node" 0
done
out=$(tail -n 5 "$d"/log/* 2>/dev/null)
true_that "two nodes are idle" wait_for 30 nodes_idle
nodes_idle || { done_testing; exit; }

point_campaign "$dir" '[kernel base]' "entry = $old" '[kernel base-again]' \
	'same = base' '[kernel patched]' "entry = $kernel" '[host n1 n2]' \
	"call = $d/in-guest"
run contrib/slurm/chain "$dir"
is "six slots are submitted" 0
true_that "as six jobs" [ "$(grep -c '^[0-9]*$' <<<"$out")" -eq 6 ]
out=$(contrib/slurm/chain "$dir" 2>/dev/null)
true_that "not twice" [ -z "$out" ]

true_that "a slot is done" wait_for 300 one_done
kill -KILL "$(cat "$d/slurmctld.pid")"
rm "$d/slurmctld.pid"
run slurmctld -f "$d/slurm.conf"
is "the controller is killed, and begins again" 0
out=$(squeue 2>&1; sinfo -R; tail -n 5 "$d"/log/*)
true_that "the queue becomes empty" wait_for 500 queue_empty
run campaign/campaign status "$dir"
is "all slots are done" 0 "  all                           6        0       0      0"
run cat "$dir"/jobs/*
true_that "no job had anything to say" [ -z "$(grep -v 'builds here' <<<"$out")" ]
out=$(cat "$d/log/reboot")
true_that "a node was rebooted for each slot" [ "$(wc -l <"$d/log/reboot")" -ge 6 ]
run campaign/campaign gather "$dir"
is "gathered" 0 "On n1:" "On n2:" "base -> patched" "A/A control"

# The same slots by hand.
slots_by_hand "$dir" "$tmp/hand" n1
base=$(folders_of "$dir" n1 base)
compared_by_hand "$tmp/hand" "base=$base" \
	"patched=$(folders_of "$dir" n1 patched)" \
	--aa "$base,$(folders_of "$dir" n1 base-again)" >"$tmp/hand.json"
run cmp "$tmp/hand.json" "$dir/gather/n1.json"
is "by hand the same, to the byte of the JSON" 0

run scontrol shutdown
wait_for 20 test ! -e "$d/slurmctld.pid"
munged --stop --socket="$d/munge.sock" >/dev/null 2>&1
true_that "nothing is left behind" leftovers
done_testing
