#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: BSD-3-Clause
#
# init.sh: all that runs in the virtual machine of scripts/nic-vm.sh, as its process 1.
#
#   init.sh DRIVER QUEUES ARGUMENT...   from the kernel's command line, behind its "--"
#
# Binds the NICs to DRIVER; if QUEUES is not 0, lets nic-rss see how they spread frames over so many;
# runs lwkt-l2fwd with these arguments of its own, and powers off when it has ended. On the console it takes the name of a signal, which lwkt-l2fwd gets. Its own lines
# begin with "nic-vm: ".

/bin/busybox --install -s /bin
export PATH=/bin
MEMORY_MB=240
LOCKED_KB=$((MEMORY_MB * 1024 + 4096))
driver=$1 queues=$2
shift 2

say()
{
	echo "nic-vm: $*"
}

off()
{
	say "power off"
	sync
	poweroff -f
}

give_up()
{
	say "cannot go on: $*"
	off
}

# preflight CODE PATTERN ARGUMENT... : what lwkt-l2fwd says of this machine before it starts
preflight()
{
	code=$1 pattern=$2
	shift 2
	lwkt-l2fwd --in-memory --no-telemetry -m 240 --lcores 0@0,1@1,2@0,3@1 "$@" --preflight >/run/preflight 2>&1
	status=$?
	if [ "$status" -ne "$code" ] || ! grep -q "$pattern" /run/preflight; then
		cat /run/preflight
		give_up "preflight: exit code $status, not $code, or no line $pattern"
	fi
	grep '^preflight: ' /run/preflight
	say "preflight: exit code $status"
}

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
mkdir -p /var /dev/huge
ln -s /run /var/run
stty -echo </dev/ttyS0
say "kernel $(uname -r), $(nproc) CPUs"

say "step: hugepages"
echo 128 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
mount -t hugetlbfs none /dev/huge || give_up "no hugetlbfs"

say "step: modules"
while read -r module; do
	insmod "/lib/modules/$module" || give_up "module $module"
done <"/lib/modules/$driver.list"

say "step: bind"
nics=0
for device in /sys/bus/pci/devices/*; do
	case $(cat "$device/class") in 0x0200*) ;; *) continue ;; esac
	address=${device##*/}
	[ "$nics" -gt 0 ] ||
		preflight 1 "^preflight: FAILED: $address: it is bound to .*dpdk-devbind.py -b vfio-pci $address\$" -a "$address" -- "$@"
	if [ -e "$device/driver" ]; then
		echo "$address" >"$device/driver/unbind"
	fi
	echo "$driver" >"$device/driver_override"
	echo "$address" >/sys/bus/pci/drivers_probe
	bound=$(readlink "$device/driver")
	[ "${bound##*/}" = "$driver" ] || give_up "$address is not bound to $driver"
	say "NIC $address $(cat "$device/vendor"):$(cat "$device/device") is bound to $driver"
	nics=$((nics + 1))
done
[ "$nics" -gt 0 ] || give_up "no NIC"

say "step: preflight"
preflight 0 '^preflight: ok: it can start' -- "$@"

say "step: lwkt-l2fwd"
mkfifo /run/output
cat /run/output &
output=$!
if [ "$queues" -gt 0 ]; then
	say "ready"
	read -r _ </dev/ttyS0 # now the NICs have a wire between them
	nic-rss --in-memory --no-telemetry -m 64 --lcores 0@0 -- "$queues" || give_up "nic-rss: exit code $?"
	say "nic-rss ended"
	read -r _ </dev/ttyS0 # and now they have not
fi
# Four lcores on two CPUs: the pipeline's idle ones give way.
set -- lwkt-l2fwd --in-memory --no-telemetry -m $MEMORY_MB --lcores 0@0,1@1,2@0,3@1 -- "$@"
if [ "$driver" = vfio-pci ]; then
	echo 'lwkt:x:1000:1000::/:/bin/sh' >/etc/passwd
	for group in /dev/vfio/[0-9]*; do
		chown 1000:1000 "$group"
	done
	ulimit -l $LOCKED_KB || give_up "no limit of locked memory"
	set -- setpriv --nnp su lwkt -c "exec $*"
fi
"$@" >/run/output 2>&1 &
l2fwd=$!
while read -r word; do
	if [ "$word" = STATE ]; then
		say "user $(awk '/^(Uid|CapEff):/ { print $2 }' "/proc/$l2fwd/status" | paste -sd ' ')"
		say "interrupts $(awk '/vfio-msi/ { n += $2 + $3 } END { print n + 0 }' /proc/interrupts)"
	else
		kill -s "$word" "$l2fwd" && say "lwkt-l2fwd got $word"
	fi
done </dev/ttyS0 &
wait "$l2fwd"
status=$?
wait "$output" # it is all on the console
say "lwkt-l2fwd ended with exit code $status"
off
