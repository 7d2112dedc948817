#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# bench-rtc.sh [ROUNDS [SECONDS]]: lwkt-l2fwd --mode rtc beside dpdk-testpmd --forward-mode=mac.
#
#      net_null0 ──▶ ┌──────────────────────┐ ──▶ net_null1      both on one worker lcore (CPU 1),
#      net_null1 ──▶ │ one lcore, MACs set  │ ──▶ net_null0      by turns, ROUNDS times (5) for
#                    └──────────────────────┘                    SECONDS each (4)
#
# Prints a line a round, the medians and their ratio. Packets are transmitted packets a second,
# both ethdevs together, of the last full second. Only the ratio says something, on a quiet
# machine. LWKT_L2FWD names our program if it is not build/apps/l2fwd-lwkt/lwkt-l2fwd; the rival
# is in Debian's package dpdk-dev, or where DPDK_TESTPMD says.

set -u
rounds=${1:-5} seconds=${2:-4}
root=$(cd "$(dirname "$0")/.." && pwd)
l2fwd=${LWKT_L2FWD:-$root/build/apps/l2fwd-lwkt/lwkt-l2fwd}
testpmd=${DPDK_TESTPMD:-dpdk-testpmd}
eal=(--no-huge -m 512 --no-pci --no-shconf --no-telemetry --lcores '0@0,1@1'
	--vdev net_null0 --vdev net_null1)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# run NAME COMMAND...: its output, for that many seconds.
run() {
	local name=$1
	shift
	timeout -k 5 -s INT "$seconds.5" "$@" >"$tmp/$name" 2>"$tmp/$name.err" </dev/null
	rmdir "/var/run/dpdk/hlb$$" 2>/dev/null
}

# The sum over both ethdevs in the last table of a full second.
rate_ours() {
	run ours "$l2fwd" "${eal[@]}" --file-prefix "hlb$$" -- -p 3 -q 2 -T 1
	awk '/stopping$/{exit} /^-- /{s = 0} /^stage/{on = 0} on{s += $3} /^ethdev .*rx\/s/{on = 1}
		END{printf "%d\n", s}' "$tmp/ours"
}

rate_testpmd() {
	run testpmd "$testpmd" "${eal[@]}" --file-prefix "hlb$$" -- --forward-mode=mac \
		--nb-cores=1 --stats-period=1
	awk '/Tx-pps:/{b = a; a = $2} END{printf "%d\n", a + b}' "$tmp/testpmd"
}

median() {
	sort -n "$1" | sed -n "$(((rounds + 1) / 2))p"
}

for program in "$l2fwd" "$testpmd"; do
	command -v "$program" >/dev/null || {
		echo "bench-rtc.sh: $program: not there; build it, or install dpdk-dev" >&2
		exit 1
	}
done
printf '%-6s %14s %14s %6s\n' round lwkt-l2fwd testpmd ratio
for ((i = 1; i <= rounds; i++)); do
	ours=$(rate_ours) rival=$(rate_testpmd)
	if [ "$ours" -eq 0 ] || [ "$rival" -eq 0 ]; then
		cat "$tmp"/*.err
		echo "bench-rtc.sh: a program did not run; see above" >&2
		exit 1
	fi
	echo "$ours" >>"$tmp/all_ours"
	echo "$rival" >>"$tmp/all_rival"
	awk -v n=$i -v a="$ours" -v b="$rival" 'BEGIN{printf "%-6d %14d %14d %6.2f\n", n, a, b, a / b}'
done
awk -v a="$(median "$tmp/all_ours")" -v b="$(median "$tmp/all_rival")" \
	'BEGIN{printf "%-6s %14d %14d %6.2f\n", "median", a, b, a / b}'
