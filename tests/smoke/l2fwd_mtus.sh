#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#   ┌ namespace a, MTU 3500 ┐                                          ┌ namespace b, MTU 1500 ┐
#   │  10.99.0.1            ├── net_pcap0 ── lwkt-l2fwd ── net_pcap1 ──┤  10.99.0.2            │
#   └───────────────────────┘          configs/two-mtus.yaml           └───────────────────────┘
#
# l2fwd_mtus.sh PROGRAM CONFIGS: packets that only a's network can carry reach b cut into fragments,
# and b's kernel puts them together; b's fragments come to a whole. So a's kernel sees no fragment, and
# TCP gets through both ways, where gro and gso are. Not net_af_packet, which lets the kernel put
# fragments together before it hands them over (PACKET_FANOUT_FLAG_DEFRAG).

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"
# shellcheck source-path=SCRIPTDIR source=veth_lib.sh
. "$here/veth_lib.sh"
configs=$2

# of NAMESPACE COUNTER: a number of /proc/net/snmp
# shellcheck disable=SC2016 # awk's
of() {
	ip netns exec "$1" awk -v name="$2" '/^Ip: / { if (!n) { for (n = 1; $n != name; n++) ; } else print $n }' \
		/proc/net/snmp
}

# expect NUMBER -ge|-eq N TEXT
expect() {
	test "$1" "$2" "$3" || fail "$4: $1, not $2 $3"
}

host $ns_a $outer_a 10.99.0.1 3500 || fail "cannot make namespace $ns_a"
host $ns_b $outer_b 10.99.0.2 || fail "cannot make namespace $ns_b"
sed -e 's/"0000:01:00.0"/net_pcap0/' -e 's/"0000:01:00.1"/net_pcap1/' \
	"$configs/two-mtus.yaml" >"$tmp/mtus.yaml"
start "${eal[@]}" --lcores '0@0,1@1,2@0' --vdev "net_pcap0,rx_iface_in=$outer_a,tx_iface=$outer_a" \
	--vdev "net_pcap1,rx_iface_in=$outer_b,tx_iface=$outer_b" -- --config "$tmp/mtus.yaml" -T 1
await 20 forwarding || fail "it does not start"
ping_from $ns_a 10.99.0.2 -M dont -s 3400
expect "$(of $ns_b ReasmOKs)" -ge 10 "datagrams that b has put together"
expect "$(of $ns_b FragOKs)" -ge 10 "datagrams that b has cut"
expect "$(of $ns_a ReasmReqds)" -eq 0 "fragments that a got"
echo "ok: ping of 3,400 bytes"
ip netns exec $ns_b iperf3 -s -1 >"$tmp/server" 2>&1 &
server=$!
sleep 1
timeout -k 3 30 ip netns exec $ns_a iperf3 -c 10.99.0.2 -n 2M -R >"$tmp/iperf" 2>&1 || {
	cat "$tmp/iperf"
	fail "iperf3"
}
echo "ok: TCP"
stop TERM
balanced
grep -q '^account: received.* merged [1-9]' "$out" || fail "nothing has merged: $(grep '^account' "$out")"
echo "ok: $(grep '^account: received' "$out")"
