#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# bench-testpmd.sh rtc|txonly [ROUNDS [SECONDS]]: ours beside dpdk-testpmd, by turns, ROUNDS times (5)
# for SECONDS each (4).
#
#   rtc     lwkt-l2fwd --mode rtc beside --forward-mode=mac
#
#      net_null0 ──▶ ┌──────────────────────┐ ──▶ net_null1      both on one worker lcore (CPU 1)
#      net_null1 ──▶ │ one lcore, MACs set  │ ──▶ net_null0
#                    └──────────────────────┘
#
#   txonly  lwkt-bench pktgen --tx-only, whose frames are numbered, stamped and checked, beside
#           --forward-mode=txonly, whose are not: 64 bytes without FCS to net_null0
#
# Prints a line a round, the medians and their ratio: millions of packets transmitted per second of
# the worker thread's processor time, so that other load on the machine takes little part. Still only
# the ratio says something. Both have a pool of as many mbufs: 8,191
# in rtc, 4,095 in txonly.
#
# LWKT_BUILD is our build directory if it is not build/gcc; the rival is in Debian's package dpdk-dev,
# or where DPDK_TESTPMD says.

set -u
. "$(dirname "$0")/lib.sh"

need_packages test
mode=${1:-} rounds=${2:-5} seconds=${3:-4}
build=${LWKT_BUILD:-$LWKT_ROOT/build/gcc}
testpmd=${DPDK_TESTPMD:-dpdk-testpmd}
eal=(--no-huge -m 512 --no-pci --no-shconf --no-telemetry --lcores '0@0,1@1'
	--vdev net_null0)
case $mode in
rtc)
	program=$build/apps/l2fwd-lwkt/lwkt-l2fwd
	eal+=(--vdev net_null1)
	;;
txonly) program=$build/apps/bench/lwkt-bench ;;
*)
	echo "bench-testpmd.sh: rtc or txonly, not '$mode'" >&2
	exit 2
	;;
esac
prefix=hlb$$
tmp=$(mktemp -d)
pid=
clean_up() {
	[ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null
	rm -rf "$tmp"
	rmdir "/var/run/dpdk/$prefix" 2>/dev/null
}
trap clean_up EXIT
trap 'exit 1' INT TERM

# worker_ns PID: processor time of its worker thread.
worker_ns() {
	local task
	for task in /proc/"$1"/task/*; do
		grep -q worker "$task/comm" && cut -d ' ' -f 1 "$task/schedstat"
	done
}

# run PATTERN COMMAND...: run it; packets per microsecond of its worker. The packets stand behind
# PATTERN in the last line of its output that has it.
run() {
	local pattern=$1 ns packets
	shift
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null &
	pid=$!
	sleep "$seconds"
	ns=$(worker_ns $pid)
	kill -INT $pid 2>/dev/null
	wait $pid
	pid=
	packets=$(sed -n "s/.*$pattern *\([0-9][0-9]*\).*/\1/p" "$tmp/out" | tail -n 1)
	if [ -z "$packets" ] || [ -z "$ns" ]; then
		cat "$tmp/err" >&2
		echo "bench-testpmd.sh: $1 did not run; see above" >&2
		exit 1
	fi
	awk -v p="$packets" -v ns="$ns" 'BEGIN{printf "%.1f\n", p * 1000 / ns}'
}

ours_rtc() {
	run 'transmitted' "$program" "${eal[@]}" --file-prefix $prefix -- -p 3 -q 2 -T 0
}

rival_rtc() {
	run 'TX-total:' "$testpmd" "${eal[@]}" --file-prefix $prefix -- --forward-mode=mac \
		--nb-cores=1 --total-num-mbufs=8191 --stats-period=3600
}

ours_txonly() {
	run '0>0 ' "$program" "${eal[@]}" --file-prefix $prefix -- pktgen --tx-only --size 68 \
		--seconds 3600
}

rival_txonly() {
	run 'TX-total:' "$testpmd" "${eal[@]}" --file-prefix $prefix -- --forward-mode=txonly \
		--nb-cores=1 --total-num-mbufs=4095 --stats-period=3600
}

median() {
	sort -n "$1" | sed -n "$(((rounds + 1) / 2))p"
}

for needed in "$program" "$testpmd"; do
	command -v "$needed" >/dev/null || {
		echo "bench-testpmd.sh: $needed: not there; build it, or install dpdk-dev" >&2
		exit 1
	}
done
printf '%-6s %10s %10s %6s\n' round "${program##*/}" testpmd ratio
for ((i = 1; i <= rounds; i++)); do
	a=$("ours_$mode") && b=$("rival_$mode") || exit 1
	echo "$a" >>"$tmp/all_ours"
	echo "$b" >>"$tmp/all_rival"
	awk -v n=$i -v a="$a" -v b="$b" 'BEGIN{printf "%-6d %10.1f %10.1f %6.2f\n", n, a, b, a / b}'
done
awk -v a="$(median "$tmp/all_ours")" -v b="$(median "$tmp/all_rival")" \
	'BEGIN{printf "%-6s %10.1f %10.1f %6.2f\n", "median", a, b, a / b}'
