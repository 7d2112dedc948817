#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: BSD-3-Clause
#
# init.sh: all that runs in the virtual machine of scripts/nic-vm.sh, as its process 1.
#
#   init.sh DRIVER ARGUMENT...   from the kernel's command line, behind its "--"
#
# Binds the NICs to DRIVER, runs lwkt-l2fwd with these arguments of its own, and powers off when it
# has ended. On the console it takes the name of a signal, which lwkt-l2fwd gets. Its own lines
# begin with "nic-vm: ".

/bin/busybox --install -s /bin
export PATH=/bin
driver=$1
shift

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

say "step: lwkt-l2fwd"
mkfifo /run/output
cat /run/output &
output=$!
# Four lcores on two CPUs: the pipeline's idle ones give way.
lwkt-l2fwd --in-memory --no-telemetry -m 240 --lcores 0@0,1@1,2@0,3@1 -- "$@" >/run/output 2>&1 &
l2fwd=$!
while read -r signal; do
	kill -s "$signal" "$l2fwd" && say "lwkt-l2fwd got $signal"
done </dev/ttyS0 &
wait "$l2fwd"
status=$?
wait "$output" # it is all on the console
say "lwkt-l2fwd ended with exit code $status"
off
