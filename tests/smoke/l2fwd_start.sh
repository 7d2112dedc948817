#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      python ─ veth, mtu 9000 ─ net_pcap0 ─ lwkt-l2fwd --mtu 9000 ─ net_pcap1 ─ veth, mtu 9000 ─ python
#      lwkt-l2fwd, later ─ net_memif0 ═ net_memif0 ─ lwkt-l2fwd --link-wait
#
# Jumbo frames of several sizes go through as they are; links are waited for, but not for ever.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

[ "$(id -u)" -eq 0 ] || { echo "needs root: network interfaces"; exit 77; }
a=hlsa$$ b=hlsb$$ # at most 15 characters
peer=

undo() {
	[ -n "$peer" ] && kill -KILL "$peer" 2>/dev/null
	rm -rf "/var/run/dpdk/$prefix-peer"
	ip link del "$a" 2>/dev/null
	ip link del "$b" 2>/dev/null
	true
}

# cable NAME MTU : veth NAME and NAMEo, up, and silent
cable() {
	ip link add "$1" mtu "$2" type veth peer name "$1o" mtu "$2" || fail "cannot make veth $1"
	sysctl -qw "net.ipv6.conf.$1.disable_ipv6=1" "net.ipv6.conf.$1o.disable_ipv6=1"
	ip link set "$1" up || fail "veth $1 does not come up"
	ip link set "$1o" up || fail "veth $1o does not come up"
}

cable "$a" 9000
cable "$b" 9000

# -- jumbo frames --------------------------------------------------------------------------------

start "${eal_rest[@]}" -m 256 --file-prefix "$prefix" "${one_worker[@]}" --vdev "net_pcap0,rx_iface_in=$a,tx_iface=$a" \
	--vdev "net_pcap1,rx_iface_in=$b,tx_iface=$b" -- -p 3 -q 2 -T 0 --no-mac-updating --mtu 9000
await 20 forwarding || fail "it does not start"
grep -q '^ethdev 0: descriptors .* mtu 9000, frames of 9018 bytes in ' "$out" || fail "the mtu is not said"
timeout -k 3 30 python3 "$here/l2fwd_jumbo.py" "${a}o" "${b}o" || fail "jumbo frames do not come through"
stop TERM
balanced
[ "$dropped" -eq 0 ] || fail "dropped $dropped"

# -- links ---------------------------------------------------------------------------------------

said() {
	grep -Eq "$1" "$out"
}

# net_memif's link is up when its peer is there.
memif=socket=$tmp/memif,socket-abstract=no

start_peer() {
	"$prog" "${eal_rest[@]}" -m 128 --file-prefix "$prefix-peer" --lcores '0@1,1@1' \
		--vdev "net_memif0,role=client,$memif" -- -p 1 -T 0 --idle sleep >"$tmp/peer" 2>&1 &
	peer=$!
}

# It ends after the program, because net_memif takes its rings away under a CPU that polls them.
end_peer() {
	kill -TERM "$peer"
	wait "$peer" || fail "the peer fails: $(tail -n 3 "$tmp/peer")"
	peer=
}

wait_for_link() {
	start "${eal[@]}" "${one_worker[@]}" --vdev "net_memif0,role=server,$memif" -- -p 1 -T 0 --idle sleep \
		--link-wait "$1"
}

wait_for_link 60
await 20 said '^waiting for the link of ethdev 0: 1 of 60 s$' || fail "no line of progress"
! said '^forwarding' || fail "it does not wait"
start_peer
await 20 said '^all links are up$' || fail "it waits for a link that is up"
await 5 forwarding || fail "it does not forward"
stop TERM
end_peer
echo "ok: a link that comes up"

wait_for_link 1
await 20 forwarding || fail "it waits longer than --link-wait"
said '^ethdev 0: link down after 1 s; going on without \(--link-wait\)$' || fail "it does not say that the link is down"
start_peer
await 20 said 'l2fwd: ethdev 0: its link is up' || fail "it does not see the link come up"
stop TERM
end_peer
echo "ok: a link that stays down"

wait_for_link 3600
await 20 said '^waiting for the link' || fail "it does not wait"
stop INT
echo "ok: a signal ends the wait"
