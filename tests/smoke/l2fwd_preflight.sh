#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      this machine's /sys, /proc, /dev ──▶ lwkt-l2fwd --preflight ──▶ lines with commands, exit code 0 or 1
#      bad start ─────────────────────────▶ lwkt-l2fwd ─────────────▶ the same lines as hints
#
# And --check of options: what would run, and the arithmetic. Nothing is started.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

null2=(--vdev net_null0 --vdev net_null1)
free_pages=$(cat /sys/kernel/mm/hugepages/*/free_hugepages 2>/dev/null | paste -sd +)

# looks CODE ARGUMENT... : its exit code; nothing runs, nothing is left
looks() {
	local code=$1 rc
	shift
	timeout -k 3 20 "$prog" "$@" >"$out" 2>"$err" </dev/null
	rc=$?
	[ $rc -eq "$code" ] || fail "$*: exit code $rc, not $code"
	! grep -q '^forwarding' "$out" || fail "$*: it forwards"
	left_nothing
}

# says FILE LINE : LINE is in FILE
says() {
	grep -Fqx -- "$2" "$1" || fail "it does not say: $2"
	echo "ok: $2"
}

# All is well.
looks 0 "${eal[@]}" -l 0,1 "${null2[@]}" -- -p 3 -q 2 --preflight
says "$out" 'preflight: ok: hugepages: not needed (--no-huge)'
says "$out" 'preflight: ok: it can start'

# What --check has to say is said too, and a plan that cannot be is a failure like any other.
looks 0 "${eal[@]}" -l 0,1 "${null2[@]}" -- -p 3 -q 2 --rxq 1 --check
says "$out" 'pool on NUMA node 0: rx rings 2048 + tx rings 2048 + window 0 + bursts 128 + caches 768 = 4992; it has 8191 packets with 2176 bytes of data, 20 MB'
looks 0 "${eal[@]}" -l 0,1 "${null2[@]}" -- -p 3 -q 2 --rxq 1 --check --mtu 9000
grep -q '^ethdev 1: descriptors 1024 rx, 1024 tx; mtu 9000, frames of 9018 bytes in ' "$out" ||
	fail "--check does not show the mtu"
looks 2 "${eal[@]}" -l 0,1 "${null2[@]}" -- -p 7 -q 3 --check
looks 1 "${eal[@]}" -l 0,1 "${null2[@]}" -- -p 7 -q 3 --preflight
looks 1 "${eal_rest[@]}" -m 8 --file-prefix "$prefix" -l 0,1 "${null2[@]}" -- -p 3 -q 2 --preflight
grep -q '^lwkt: options: pool: cannot make 8191 packets' "$err" || fail "too little memory is not said"
echo "ok: too little memory for the pools"
looks 2 "${eal[@]}" -l 0,1 --vdev net_af_packet0,iface=lo -- -p 1 --mtu 9000 --check
grep -Eq '^lwkt: options:4:[0-9]+: ethdev 0: mtu: 9000, device net_af_packet0 takes [0-9]+ to 1500; write one of these$' "$err" ||
	fail "an mtu that the driver does not take is not said"
echo "ok: an mtu that the driver does not take"

# A pipeline file.
printf '%s\n' 'ethdevs: [{name: l, device: net_null0}]' 'stages:' \
	'  - {name: rx, kind: ethdev_rx, params: {ethdev: l}, outputs: [tx]}' \
	'  - {name: tx, kind: ethdev_tx, params: {ethdev: l}}' >"$tmp/p.yaml"
looks 0 "${eal[@]}" -l 0,1 "${null2[@]}" -- --config "$tmp/p.yaml" --preflight
says "$out" 'preflight: ok: it can start'
looks 1 "${eal_rest[@]}" -m 8 --file-prefix "$prefix" -l 0,1 "${null2[@]}" -- --config "$tmp/p.yaml" --preflight
looks 1 "${eal[@]}" -l 0,1 --vdev net_ring0 -- --config "$tmp/p.yaml" --preflight

# Devices: one that is not there, one that is the kernel's. EAL is not asked.
pci=(--no-huge -m 128 --no-shconf --no-telemetry --file-prefix "$prefix" -l "0,1")
looks 1 "${pci[@]}" -a 0000:ff:1f.7 -- -p 1 --preflight
says "$out" 'preflight: FAILED: 0000:ff:1f.7: there is no such PCI device: dpdk-devbind.py --status-dev net lists those that are'
says "$err" 'lwkt-l2fwd: --preflight: 1 failed; the lines marked FAILED say what to do, EAL was not asked'
for device in /sys/bus/pci/devices/*; do
	driver=$(basename "$(readlink "$device/driver")" 2>/dev/null)
	[[ $(<"$device/class") == 0x02* && -n $driver && $driver != *vfio* && $driver != *uio* && $driver != mlx* ]] || continue
	nic=${device##*/}
	looks 1 "${pci[@]}" -a "$nic" -- -p 1 --preflight
	command="(modprobe .*)?dpdk-devbind.py (--force )?-b vfio-pci $nic"
	! grep -q ', which the default route leads to): ' "$out" || command='leave it to the kernel, .*'
	grep -Eq "^preflight: FAILED: $nic: it is bound to the kernel's driver $driver.*: $command\$" "$out" ||
		fail "a NIC that is the kernel's is not said"
	# Whoever asks for no device in particular is not told to take the default route's.
	looks 1 --no-huge -m 128 --no-shconf --no-telemetry --file-prefix "$prefix" -l 0,1 -- -p 1 --preflight
	for route in $(ip route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p'); do
		address=$(readlink -f "/sys/class/net/$route/device" | grep -oE '[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]' | tail -n 1)
		[ -z "$address" ] || ! grep -q "dpdk-devbind.py .*$address" "$out" || fail "it is told to unbind the default route's NIC"
	done
	echo "ok: $nic is the kernel's"
	break
done

# No hugepages.
if ((${free_pages:-0} == 0)); then
	looks 1 --in-memory --no-telemetry --no-pci -l 0,1 "${null2[@]}" -- -p 3 -q 2 --preflight
	grep -Eq '^preflight: FAILED: hugepages: (there are none: dpdk-hugepages.py -p [0-9]+[MG] --setup 512M|.* --reserve [0-9]+M|this kernel has none: .*)$' "$out" ||
		fail "hugepages that are missing are not said"
	looks 1 --in-memory --no-telemetry --no-pci -l 0,1 "${null2[@]}" -- -p 3 -q 2
	grep -q '^preflight: FAILED: hugepages: ' "$err" || fail "no hint at a start without hugepages"
	echo "ok: no hugepages"
fi

# A start with nothing to start with.
looks 1 "${eal[@]}" -l 0,1 -- -p 1
says "$err" 'preflight: FAILED: devices: with --no-pci and without --vdev there are none: give --vdev, or take --no-pci away'
