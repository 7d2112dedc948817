# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# The virtual machine of nic-vm.sh: qemu, its monitor, its console, and what lwkt-l2fwd prints there.

# shellcheck disable=SC2154 # work, nic, vmlinuz and what describe() sets are nic-vm.sh's

pids=() # what has to be ended: qemu and the reader of its answers
qemu=''
netns=''  # where the tap interfaces are
inside=() # puts a command there
slot=''    # not empty: the NICs are one device's two functions, in a slot: 0000:01:00.0 and .1
processors=2

# -- qemu ----------------------------------------------------------------------------------------

# start_qemu : what it is and does is in describe's variables; its pid is in $qemu
start_qemu()
{
	local -a iommu=() nics=()
	local arguments='' wire i at

	rm -f "$work"/{keys,qmp.in,qmp.out} "$work"/[qg][01]
	mkfifo "$work"/{keys,qmp.in,qmp.out}
	exec {keys}<>"$work/keys" {commands}<>"$work/qmp.in"
	: >"$work/$nic.qmp"
	cat "$work/qmp.out" >"$work/$nic.qmp" &
	pids=("$!")
	for i in 0 1; do # slot 4 and 6: the virtual functions of igb take 20 and on
		wire="dgram,id=n$i,local.type=unix,local.path=$work/q$i,remote.type=unix,remote.path=$work/g$i"
		((taps == 0)) || wire="tap,id=n$i,ifname=tap$i,script=no,downscript=no,vhost=off,queues=$taps"
		at=addr=$((4 + 2 * i))
		[[ -z $slot ]] || at=bus=root1,addr=0.$i,multifunction=on
		nics+=(-netdev "$wire" -device "$device,romfile=,netdev=n$i,mac=${MACS[i]},$at")
	done
	[[ -z $slot ]] || nics=(-device "pcie-root-port,id=root1,chassis=1" "${nics[@]}")
	((taps == 0)) || make_taps
	if [[ $driver == vfio-pci ]]; then
		iommu=(-device "intel-iommu,intremap=on,caching-mode=on,device-iotlb=on")
		arguments='intel_iommu=on iommu=nopt'
	fi
	"${inside[@]}" "$emulator" -M q35,kernel-irqchip=off -accel tcg,thread=multi -cpu max -smp "$processors" -m 768 \
		-nodefaults -display none -no-reboot "${iommu[@]}" "${nics[@]}" \
		-serial stdio -chardev "pipe,id=qmp,path=$work/qmp" -mon chardev=qmp,mode=control \
		-kernel "$vmlinuz" -initrd "$work/initrd" \
		-append "console=ttyS0 quiet panic=-1 no_timer_check mitigations=off $arguments -- ${init[*]}" \
		>"$work/$nic.console" 2>"$work/$nic.log" <"$work/keys" &
	qemu=$!
	pids+=("$qemu")
	qmp '{"execute": "qmp_capabilities"}'
}

stop_qemu()
{
	kill -KILL "${pids[@]}" 2>/dev/null || true
	wait "${pids[@]}" 2>/dev/null || true
	pids=()
	exec {keys}>&- {commands}>&-
	remove_taps
}

# A wire with several queues is a tap interface, in a namespace where nothing else sends to it.
make_taps()
{
	local i

	netns=nic-vm-$$
	ip netns add "$netns" || die "no network namespace $netns"
	inside=(ip netns exec "$netns")
	"${inside[@]}" sysctl -qw net.ipv6.conf.{default,all}.disable_ipv6=1
	for i in 0 1; do
		ip -n "$netns" tuntap add "tap$i" mode tap multi_queue vnet_hdr ||
			die "no tap interface (is there /dev/net/tun?)"
		ip -n "$netns" link set "tap$i" up
	done
}

remove_taps()
{
	[[ -z $netns ]] || ip netns del "$netns"
	netns='' inside=()
}

# qmp COMMAND : qemu's answer has come
qmp()
{
	local before

	before=$(answers)
	printf '%s\n' "$1" >&"$commands"
	await 30 answered "$before" || die "qemu does not answer to $1: $(tail -n 2 "$work/$nic.log")"
	if grep -q '"error"' "$work/$nic.qmp"; then
		die "qemu refuses: $(grep '"error"' "$work/$nic.qmp")"
	fi
}

answers()
{
	grep -cE '^\{"(return|error)"' "$work/$nic.qmp" 2>/dev/null || true
}

answered()
{
	(($(answers) > ${1:-0}))
}

# -- console -------------------------------------------------------------------------------------

console()
{
	tr -d '\r' <"$work/$nic.console"
}

on_console()
{
	grep -qE "$1" <(console) # no pipe: grep leaves it early
}

# The counters of the last whole table on the console: rx and tx of ethdev 0, then of 1, and what
# was missed, in error or without mbuf.
counters()
{
	console | awk '
		/^-- / { split("", row) }
		/^[01] / { row[$1] = $4 " " $5; bad[$1] = $6 + $7 + $8 }
		/^stage / { last = row[0] " " row[1] " " bad[0] + bad[1] }
		END { print last }'
}

tables()
{
	console | grep -c '^stage ' || true
}

more_tables()
{
	(($(tables) >= $1))
}

# read_counters : into rx0 tx0 rx1 tx1 bad, once two tables in a row say the same
read_counters()
{
	local before='' after

	while :; do
		await "$COUNTERS_LIMIT" more_tables $(($(tables) + 1)) ||
			die "lwkt-l2fwd prints no statistics for $COUNTERS_LIMIT s"
		after=$(counters)
		[[ $after != "$before" ]] || break
		before=$after
	done
	read -r rx0 tx0 rx1 tx1 bad <<<"$after"
	[[ $bad == 0 ]] || die "missed, errors and nombuf are $bad, not 0"
}

# counted RX0 TX0 RX1 TX1 : the counters have grown by that since the last time. They only grow, so
# that looking again, should the console be late, hides no frame too many.
counted()
{
	local before=("$rx0" "$tx0" "$rx1" "$tx1") wanted="$*" grown try

	for try in 1 2 3; do
		read_counters
		grown="$((rx0 - before[0])) $((tx0 - before[1])) $((rx1 - before[2])) $((tx1 - before[3]))"
		[[ $grown != "$wanted" ]] || return 0
	done
	die "rx 0, tx 0, rx 1, tx 1 grew by $grown, not by $wanted (read $try times)"
}
