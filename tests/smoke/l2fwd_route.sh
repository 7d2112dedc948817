#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#   ┌ namespace a ┐                                                   ┌ namespace b ┐
#   │  10.98.1.2  ├── veth ── lwkt-l2fwd, route-two-nets.yaml ── veth ┤  10.98.2.2  │
#   └─────────────┘                                                   └─────────────┘
#
# l2fwd_route.sh PROGRAM CONFIGS: hosts of two networks ping each other in both families and copy with TCP; a
# hop is taken off; who has none left, or asks for a network that nobody has, gets an ICMP error.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"
# shellcheck source-path=SCRIPTDIR source=veth_lib.sh
. "$here/veth_lib.sh"
configs=$2

# routed NAMESPACE NETWORK MAC ROUTER: its own MAC address, IPv6, and all else by the router
routed() {
	ip -n "$1" link set inner address "$3" &&
		ip netns exec "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.inner.accept_dad=0 \
			net.ipv6.conf.inner.disable_ipv6=0 &&
		ip -n "$1" addr add "2001:db8:$2::2/64" dev inner nodad &&
		ip -n "$1" neigh add "10.98.$2.1" lladdr "$4" dev inner &&
		ip -n "$1" neigh add "2001:db8:$2::1" lladdr "$4" dev inner &&
		ip -n "$1" route add default via "10.98.$2.1" &&
		ip -n "$1" route add default via "2001:db8:$2::1"
}

# says ADDRESS WORDS [OPTION...]: a ping from a to it is answered so
says() {
	ip netns exec $ns_a ping -n -c 1 -W 30 "${@:3}" "$1" >"$tmp/ping" 2>&1
	grep -qE "$2" "$tmp/ping" || fail "ping $1 does not say '$2': $(cat "$tmp/ping")"
}

host $ns_a $outer_a 10.98.1.2 || fail "cannot make namespace $ns_a"
host $ns_b $outer_b 10.98.2.2 || fail "cannot make namespace $ns_b"
routed $ns_a 1 02:00:00:00:00:0a "$(cat /sys/class/net/$outer_a/address)" || fail "no routes in $ns_a"
routed $ns_b 2 02:00:00:00:00:0b "$(cat /sys/class/net/$outer_b/address)" || fail "no routes in $ns_b"
sed -e 's/"0000:01:00.0"/net_af_packet0/' -e 's/"0000:01:00.1"/net_af_packet1/' \
	-e "s,routes: ,routes: $configs/," "$configs/route-two-nets.yaml" >"$tmp/route.yaml"
start "${eal_rest[@]}" -m 128 --file-prefix "$prefix" --lcores '0@0,1@1' \
	--vdev "net_af_packet0,iface=$outer_a" --vdev "net_af_packet1,iface=$outer_b" -- \
	--config "$tmp/route.yaml" -T 0
await 30 forwarding || fail "it does not start"
ping_from $ns_a 10.98.2.2
ping_from $ns_b 10.98.1.2
ping_from $ns_a 2001:db8:2::2
echo "ok: ping, both families"
says 10.98.2.2 'ttl=63 '
says 2001:db8:2::2 'ttl=63 '
says 10.98.2.2 'From 192\.0\.2\.1 icmp_seq=1 Time to live exceeded' -t 1
says 2001:db8:2::2 'From 2001:db8:ffff::1 icmp_seq=1 Time exceeded: Hop limit' -t 1
says 10.98.3.2 'From 192\.0\.2\.1 icmp_seq=1 Destination Net Unreachable'
says 2001:db8:3::2 'From 2001:db8:ffff::1 icmp_seq=1 Destination unreachable: No route'
echo "ok: a hop is taken off, and ICMP says what goes no further"
ip netns exec $ns_b iperf3 -s -1 --forceflush >"$tmp/server" 2>&1 &
server=$!
await 30 grep -q listening "$tmp/server" || fail "iperf3: no server"
timeout -k 2 60 ip netns exec $ns_a iperf3 -c 10.98.2.2 -n 2M >"$tmp/client" 2>&1 || fail "iperf3: $(cat "$tmp/client")"
echo "ok: TCP"
stop TERM
balanced
[ "$transmitted" -ge 80 ] || fail "only $transmitted packets went through"
echo "ok: $(grep '^account: received' "$out")"
