#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#   ┌ namespace a ┐                            trunk, a veth                            ┌ namespace b ┐
#   │  10.99.0.1  ├── access ─ lwkt-l2fwd ─ trunk ══════ trunk ─ lwkt-l2fwd ─ access ──┤  10.99.0.2  │
#   └─────────────┘                       both run configs/vlan-trunk.yaml              └─────────────┘
#
# l2fwd_vlan.sh PROGRAM CONFIGS: two hosts that know of no VLAN ping each other through VLAN 10 of a trunk, on
# which tcpdump sees the tag. What is on the trunk without a tag gets to neither. (The kernel takes a tag
# out of the frame for net_af_packet, so it has to be put back.)

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"
# shellcheck source-path=SCRIPTDIR source=veth_lib.sh
. "$here/veth_lib.sh"
configs=$2 trunk=hlt$$ other='' watcher=''
undo() {
	[ -z "$other" ] || kill -KILL "$other" 2>/dev/null
	[ -z "$watcher" ] || kill "$watcher" 2>/dev/null
	ip link del "${trunk}a" 2>/dev/null
	rm -rf "/var/run/dpdk/$prefix$outer_a" "/var/run/dpdk/$prefix$outer_b"
	hosts_undo
}

# side ACCESS TRUNK: one of the programs
side() {
	sed -e 's/"0000:01:00.0"/net_af_packet0/' -e 's/"0000:01:00.1"/net_af_packet1/' "$configs/vlan-trunk.yaml" \
		>"$tmp/trunk.yaml"
	start "${eal_rest[@]}" -m 128 --file-prefix "$prefix$1" --lcores '0@0,1@1,2@0' --vdev "net_af_packet0,iface=$1" \
		--vdev "net_af_packet1,iface=$2" -- --config "$tmp/trunk.yaml" -T 0
	await 20 forwarding || fail "it does not start"
}

# 20 of ping, 5 without a tag
all_seen() {
	[ "$(cat "/sys/class/net/${trunk}a/statistics/rx_packets")" -ge 25 ]
}

# account: all that came went on, but for what had no tag
account() {
	stop TERM
	balanced
	[ "$transmitted" -ge 20 ] || fail "only $transmitted packets went through"
	grep -q 'pop other_vlan [1-9]' "$out" || fail "packets without a tag are not dropped: $(cat "$out")"
	echo "ok: $(grep '^account: received' "$out")"
}

host $ns_a $outer_a 10.99.0.1 || fail "cannot make namespace $ns_a"
host $ns_b $outer_b 10.99.0.2 || fail "cannot make namespace $ns_b"
ip link add "${trunk}a" type veth peer name "${trunk}b" || fail "no trunk"
for end in "${trunk}a" "${trunk}b"; do
	sysctl -qw "net.ipv6.conf.$end.disable_ipv6=1"
	ip link set "$end" up
done
out=$tmp/other.out
side $outer_b "${trunk}b"
other=$pid
out=$tmp/out
side $outer_a "${trunk}a"
tcpdump -n -e -i "${trunk}a" -c 8 'vlan 10 and icmp' >"$tmp/seen" 2>"$tmp/tcpdump" &
watcher=$!
await 20 grep -q '^listening' "$tmp/tcpdump" || fail "tcpdump: $(cat "$tmp/tcpdump")"
ping_from $ns_a 10.99.0.2
ping_from $ns_b 10.99.0.1
await 20 grep -q 'vlan 10, .*ICMP echo reply' "$tmp/seen" || fail "tcpdump sees no tag: $(cat "$tmp/seen")"
echo "ok: ping through VLAN 10"
python3 - "${trunk}a" "${trunk}b" <<'END'
import socket, sys
for interface in sys.argv[1:]:
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((interface, 0))
    for _ in range(5):
        s.send(b"\xff" * 6 + bytes.fromhex("020000000009") + b"\x88\xb5" + bytes(46))
END
await 20 all_seen || fail "the trunk has no traffic"
account
pid=$other out=$tmp/other.out other=''
account
