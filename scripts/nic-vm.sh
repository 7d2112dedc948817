#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# nic-vm.sh: lwkt-l2fwd drives real PCI NICs with their real drivers, in a virtual machine.
#
#   scripts/nic-vm.sh [--all] [--list] [--build-dir DIR] [--qemu FILE] [--frames N] [--rate N] [--idle WAY]
#                     [--keep] [NIC]...
#
#   NIC          e1000e, vmxnet3, virtio, virtio-rss, igb; default: e1000e and vmxnet3
#   --all        all of them
#   --list       say what there is of each, and end
#   --build-dir  where lwkt-l2fwd is built; default: build/gcc
#   --qemu FILE  qemu-system-x86_64, another than the one installed
#   --frames N   how many go each way, each time; default 5000
#   --rate N     frames a second each way; default 3000
#   --idle WAY   what idle lcores do: poll, pause, sleep or interrupt; default pause; interrupt
#                for virtio-rss and igb
#   --keep       leave consoles and logs, and say where
#
#      this machine          qemu, without KVM
#      nic-wire ── socket ── NIC 0 ═ vfio-pci or     ═ lwkt-l2fwd, a pipeline
#               ── socket ── NIC 1 ═ uio_pci_generic ═ of three lcores
#
# For each kind of NIC: boot, bind two of them, start; numbered frames both ways; the link of one
# down and up again, and frames meanwhile; frames both ways again; SIGTERM. No frame may be lost,
# come twice, out of order or changed, lwkt-l2fwd's counters have to say the same, and its account
# at the end. On a slow machine it only takes longer: frames wait, since only a window of them is
# under way. A boot that hangs is tried once more.
#
# Everything is from Debian packages: the guest has Debian's cloud kernel, which is fetched once and
# only unpacked, and what lwkt-l2fwd and DPDK's drivers need of this machine. Nothing of this
# machine's network is touched. Ends with 'N passed, N failed, N skipped'.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/nic-vm-run.sh"

readonly NICS=(e1000e vmxnet3 virtio virtio-rss igb)
readonly DOWN_FRAMES=200
frames=5000
idle=''

# -- a kind of NIC ---------------------------------------------------------------------------------

# describe NIC : sets driver, device (qemu's, with options), flows, l2fwd (its arguments), queues
# (what it has to say of each ethdev's), shared (the kind of stage of which each has its share), rss
# (over how many queues its RSS is looked at), way (what idle lcores do), wakes (yes: its interrupts come), and taps (queues of the tap interfaces; 0: sockets)
describe()
{
	flows=1 shared='' rss=0 taps=0 way=${idle:-pause} wakes=no queues='1 rx queue: one worker; 1 tx queue for 1 worker'
	l2fwd=(-p 0x3 -q 2 --mode pipeline -T 1)
	case $1 in
	e1000e) driver=vfio-pci device=e1000e ;;
	vmxnet3) # of three workers' queues its driver takes two; qemu puts all into the first
		driver=uio_pci_generic device=vmxnet3 flows=16
		l2fwd=(-p 0x3 -q 2 -T 1)
		queues='2 rx queues, flows spread over 2 workers by its RSS with the symmetric key; '
		queues+='2 tx queues for 2 workers'
		;;
	virtio) # has one queue here
		driver=vfio-pci flows=16 shared=l2fwd wakes=yes
		l2fwd=(-p 0x3 -q 2 -T 1)
		queues='1 rx queue, flows spread over 3 workers in software: its driver has no RSS; '
		queues+='1 tx queue for 3 workers (it takes no more): lcore 1 sends for all'
		device=virtio-net-pci,disable-legacy=on,iommu_platform=on,ats=on
		;;
	virtio-rss) # 3 of 4 queues: RSS goes by its table, not by the hash's lowest bits
		driver=vfio-pci flows=16 shared=l2fwd rss=4 taps=4 way=${idle:-interrupt} wakes=yes
		l2fwd=(-p 0x3 -q 2 -T 1)
		queues='3 rx queues, flows spread over 3 workers by its RSS with the symmetric key; '
		queues+='3 tx queues for 3 workers'
		device=virtio-net-pci,disable-legacy=on,iommu_platform=on,ats=on,mq=on,rss=on,vectors=10
		;;
	igb)
		driver=vfio-pci device=igb flows=16 shared=ethdev_rx rss=2 way=${idle:-interrupt} wakes=yes
		l2fwd=(--config /etc/two-queues.yaml -T 1)
		queues='2 rx queues, flows spread over 2 workers by its RSS with the symmetric key; 2 tx queues for 2 workers'
		;;
	*) usage_error "no NIC '$1'; there are: ${NICS[*]}" ;;
	esac
}

# has_device NAME : this qemu can be it
has_device()
{
	local answer name=${1%%,*}

	answer=$("$emulator" -device "$name,help" 2>&1) || true
	if [[ $answer == *"$name options:"* ]]; then
		return 0
	fi
	[[ $answer == *"not found"* || $answer == *"not a valid device"* ]] ||
		die "qemu does not say whether it has $name: ${answer##*$'\n'}"
	return 1
}

qemu_version()
{
	"$emulator" --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p'
}

test_nic()
{
	local driver device flows l2fwd queues shared rss taps way wakes
	local -a init

	nic=$1
	describe "$nic"
	init=("$driver" "$rss" "${l2fwd[@]}" --idle "$way")
	step "$nic"
	doing "looking for the device"
	if ! has_device "$device"; then
		[[ $nic == igb ]] || die "qemu $(qemu_version) has no $device"
		skip "qemu $(qemu_version) has no $device (igb came with 8.0)"
		return 0
	fi
	if ((taps > 0 && EUID != 0)); then
		skip "only root may make its tap interfaces: sudo $0 $nic"
		return 0
	fi
	boot
	doing "first frames through"
	wire probe
	read_counters
	exchange 'at first'
	flap "$DOWN_FRAMES"
	exchange 'after that'
	[[ -z $shared ]] || spread
	[[ $way != interrupt ]] || interrupted
	finish
	now=''
}

# -- main --------------------------------------------------------------------------------------

chosen=()
list=no
while (($#)); do
	case $1 in
	--all) chosen=("${NICS[@]}") && shift ;;
	--list) list=yes && shift ;;
	--build-dir) need_value "$@" && build=$2 && shift 2 ;;
	--qemu) need_value "$@" && emulator=$2 && shift 2 ;;
	--frames) need_value "$@" && frames=$2 && shift 2 ;;
	--rate) need_value "$@" && rate=$2 && shift 2 ;;
	--idle) need_value "$@" && idle=$2 && shift 2 ;;
	--keep) keep=yes && shift ;;
	-h | --help) show_help && exit 0 ;;
	-*) usage_error "unknown option '$1'" ;;
	*) describe "$1" && chosen+=("$1") && shift ;;
	esac
done
((${#chosen[@]} > 0)) || chosen=(e1000e vmxnet3)
[[ $frames =~ ^[1-9][0-9]{0,8}$ ]] || usage_error "--frames $frames: not a number from 1 to 999999999"
[[ $rate =~ ^[1-9][0-9]{0,5}$ ]] || usage_error "--rate $rate: not a number from 1 to 999999"
[[ ${idle:-poll} =~ ^(poll|pause|sleep|interrupt)$ ]] || usage_error "--idle $idle: not poll, pause, sleep or interrupt"
[[ $(uname -m) == x86_64 ]] || die "the guest is an x86-64, and runs this machine's programs"

clean_up_at_end
need_packages build test nic
command -v "$emulator" >/dev/null || die "--qemu $emulator: no such program"
if [[ $list == yes ]]; then
	for nic in "${NICS[@]}"; do
		describe "$nic"
		if has_device "$device"; then
			say "$nic: there is ${device%%,*} in qemu $(qemu_version); with $driver"
		else
			say "$nic: no ${device%%,*} in qemu $(qemu_version)"
		fi
	done
	exit 0
fi
prepare
make_initrd
for name in "${chosen[@]}"; do
	test_nic "$name"
done
summary
