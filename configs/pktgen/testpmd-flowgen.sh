#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# testpmd-flowgen.sh: dpdk-testpmd's flow generator against lwkt-l2fwd.
#
#   testpmd-flowgen.sh vhost [SECONDS]         both here, no hardware, no hugepages:
#
#      ┌ dpdk-testpmd ┐  net_virtio_user0 ══ net_vhost0  ┌ lwkt-l2fwd ┐
#      └──────────────┘  net_virtio_user1 ══ net_vhost1  └────────────┘
#
#   testpmd-flowgen.sh nics PCI PCI [SECONDS]  dpdk-testpmd alone, on two NICs that are wired to those of
#                                              lwkt-l2fwd -P, which runs already: here or elsewhere
#
# SECONDS of 10. GEN_LCORES and L2FWD_LCORES are EAL's --lcores for the two ('0@0,1@0' and '0@0,1@1': where
# there are two CPUs, the generator and the main lcores share one, lwkt-l2fwd's worker has the other), and
# LWKT_L2FWD our program, if it is not in PATH. Prints what both have counted.
set -euo pipefail

usage()
{
	sed -n '4,/^set/{s/^# \{0,1\}//;/^set/d;p}' "$0" >&2
	exit 2
}

l2fwd=${LWKT_L2FWD:-lwkt-l2fwd}
gen_lcores=${GEN_LCORES:-0@0,1@0}
l2fwd_lcores=${L2FWD_LCORES:-0@0,1@1}
dir=$(mktemp -d)
prefix=flowgen$$
pid=

clean_up()
{
	[[ -z $pid ]] || kill -INT "$pid" 2>/dev/null || true
	[[ -z $pid ]] || wait "$pid" || true
	rm -rf "$dir" "/var/run/dpdk/$prefix-g" "/var/run/dpdk/$prefix-l"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

# await FILE WORDS: 30 seconds at most, and as long as lwkt-l2fwd runs
await()
{
	local left=300

	until grep -q "$2" "$1"; do
		if ! kill -0 "$pid" 2>/dev/null || ((left-- == 0)); then
			cat "$dir/l2fwd.err" >&2
			echo "testpmd-flowgen.sh: lwkt-l2fwd does not start; the lines above say why" >&2
			exit 1
		fi
		sleep 0.1
	done
}

# generate SECONDS EAL-OPTION...: flows out of both ports, then what came back
generate()
{
	local seconds=$1
	shift

	# It stops when somebody presses enter.
	(sleep "$((seconds + 2))" && echo) | dpdk-testpmd --no-telemetry --file-prefix "$prefix-g" \
		--lcores "$gen_lcores" "$@" -- --forward-mode=flowgen --flowgen-flows=1024 --nb-cores=1 \
		--total-num-mbufs=8191 >"$dir/gen.out" 2>"$dir/gen.err" || {
		tail -n 5 "$dir/gen.err" >&2
		echo "testpmd-flowgen.sh: dpdk-testpmd failed; the lines above say why" >&2
		exit 1
	}
	sed -n '/Accumulated forward statistics/,$s/^ *\([RT]X-packets:\)/testpmd: \1/p' "$dir/gen.out"
}

command -v dpdk-testpmd >/dev/null || {
	echo "testpmd-flowgen.sh: dpdk-testpmd is not there; install Debian's package dpdk-dev" >&2
	exit 1
}
case ${1:-} in
vhost)
	no_hardware=(--no-huge -m 256 --no-pci --no-shconf)
	: >"$dir/l2fwd.out"
	"$l2fwd" --no-telemetry --file-prefix "$prefix-l" --lcores "$l2fwd_lcores" "${no_hardware[@]}" \
		--vdev "net_vhost0,iface=$dir/v0" --vdev "net_vhost1,iface=$dir/v1" -- -p 3 -q 2 -T 0 --link-wait 0 \
		>"$dir/l2fwd.out" 2>"$dir/l2fwd.err" &
	pid=$!
	await "$dir/l2fwd.out" '^forwarding'
	generate "${2:-10}" "${no_hardware[@]}" --vdev "net_virtio_user0,path=$dir/v0" \
		--vdev "net_virtio_user1,path=$dir/v1"
	kill -INT "$pid"
	wait "$pid"
	pid=
	sed -n 's/^account:/lwkt-l2fwd: account:/p' "$dir/l2fwd.out"
	;;
nics)
	(($# >= 3)) || usage
	generate "${4:-10}" -a "$2" -a "$3"
	;;
*) usage ;;
esac
