#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: BSD-3-Clause
#
# service.sh: a unit of systemd's in the virtual machine of scripts/service-vm.sh. Does with
# lwkt-l2fwd@.service what an operator does, as lwkt-l2fwd(8) has it, and looks at what comes of it.
# Its own lines begin with "service-vm: "; at "ready" it waits for a line from outside.

export PATH=/bin:/usr/bin:/usr/sbin:/sbin
here=/usr/local
unit=lwkt-l2fwd@edge

say()
{
	echo "service-vm: $*"
}

off()
{
	say "power off"
	sync
	busybox poweroff -f
}

journal()
{
	journalctl --sync
	journalctl -u "$unit" -o cat --no-pager
}

give_up()
{
	systemctl status --no-pager --lines=0 "$unit"
	journal | tail -n 20
	say "cannot go on: $*"
	off
}

# await COMMAND... : 15 s at least, and as long as the command takes
await()
{
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 30 ] || return 1
		busybox usleep 500000
	done
}

property()
{
	systemctl show --value -p "$1" "$unit"
}

# started N: for the Nth time
started()
{
	[ "$(journal | grep -c '^forwarding;')" -eq "$1" ]
}

is_property()
{
	[ "$(property "$1")" = "$2" ]
}

say "systemd $(systemctl --version | sed -n '1s/.*(\(.*\))/\1/p'), $(systemctl is-system-running)"
echo 128 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
while read -r module; do
	insmod "/lib/modules/$module" || give_up "module $module"
done </lib/modules/vfio-pci.list

systemd-sysusers || give_up "systemd-sysusers"
grep -q '^lwkt:' /etc/passwd || give_up "no user lwkt"
udevadm control --reload || give_up "udev does not answer"
for address in 0000:01:00.0 0000:01:00.1; do
	device=/sys/bus/pci/devices/$address
	[ ! -e $device/driver ] || echo $address >$device/driver/unbind
	echo vfio-pci >$device/driver_override
	echo $address >/sys/bus/pci/drivers_probe
done
udevadm settle
for group in /dev/vfio/[0-9]*; do
	[ "$(stat -c %G:%a "$group")" = lwkt:660 ] || give_up "$group is $(stat -c %G:%a "$group"), not lwkt:660"
done
say "the vfio groups are lwkt's"

mkdir -p $here/etc/lwkt
cp $here/share/lwkt/service/l2fwd.conf $here/etc/lwkt/edge.conf # as it is
systemctl start "$unit" || give_up "systemctl start"
say "systemctl start has returned"
await started 1 || give_up "it does not start"
pid=$(property MainPID)
# shellcheck disable=SC2046 # words
say "state" $(sed -nE 's/^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):\s*(\S+).*/\1 \2/p' "/proc/$pid/status") \
	user "$(stat -c %U "/proc/$pid")" telemetry "$(stat -c %U "/run/lwkt-edge/dpdk" 2>/dev/null || echo none)"
say "ready"
read -r _

for _ in 1 2 3; do
	systemctl reload "$unit" || give_up "systemctl reload"
	busybox sleep 1
done
[ "$(property MainPID)" = "$pid" ] || give_up "a reload has made it another process, or none"
[ "$(property ActiveState)" = active ] || give_up "a reload has ended it"
say "status: $(property StatusText)"
say "reloaded"

kill -KILL "$pid"
await started 2 || give_up "it does not come back"
say "came back, NRestarts $(property NRestarts)"
say "ready again"
read -r _

systemctl stop "$unit" || give_up "systemctl stop"
say "stopped: Result $(property Result), ExecMainStatus $(property ExecMainStatus)"
journal | grep '^account: ' | tail -n 2
[ ! -e /run/lwkt-edge ] || give_up "/run/lwkt-edge is left"

sed -i 's,^OPTIONS=.*,OPTIONS=-p 3 -T 1 --stats-json /var/log/lwkt/edge.json,' $here/etc/lwkt/edge.conf
systemctl start "$unit" || give_up "systemctl start"
await test -s /var/log/lwkt/edge.json || give_up "no statistics"
mv /var/log/lwkt/edge.json /var/log/lwkt/edge.json.1
systemctl reload "$unit" || give_up "systemctl reload"
await test -s /var/log/lwkt/edge.json || give_up "no new file after a reload"
systemctl stop "$unit" || give_up "systemctl stop"
say "opened again"

unit=lwkt-l2fwd@wrong
sed 's/^OPTIONS=.*/OPTIONS=-p 0/' $here/etc/lwkt/edge.conf >$here/etc/lwkt/wrong.conf
systemctl start "$unit" && give_up "a wrong command line gets ready"
await is_property ActiveState failed || give_up "a wrong command line does not end"
busybox sleep 4
say "wrong: ExecMainStatus $(property ExecMainStatus), NRestarts $(property NRestarts)"
off
