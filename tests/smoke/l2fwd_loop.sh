#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      ┌ namespace ──────────────────────┐
#      │ host ─ veth 2 ──────────────────┼── port 2 ┐
#      │          ┌ veth 1 ──────────────┼── port 1 ├ lwkt-l2fwd, l2switch
#      │   bridge ┤                      │          │
#      │          └ veth 0 ──────────────┼── port 0 ┘
#      └─────────────────────────────────┘
#
# l2fwd_loop.sh PROGRAM. A looped cable: what goes into port 1 comes in at port 0, for ever. One frame to
# all is enough for a storm. It is named within a second, with the outputs, once; and so is the address
# that moves. The switch goes on, ends when it is told to, and accounts for all.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

[ "$(id -u)" -eq 0 ] || { echo "needs root: network namespaces"; exit 77; }
ns=hl-l-$$
undo() {
	ip netns del $ns 2>/dev/null
	for n in 0 1 2; do ip link del "hll$n$$" 2>/dev/null; done
	true
}

ip netns add $ns || fail "cannot make a namespace"
ip -n $ns link add bridge type bridge stp_state 0 || fail "no bridge"
devices=()
for n in 0 1 2; do
	ip link add "hll$n$$" type veth peer name "end$n" netns $ns || fail "no veth"
	sysctl -qw "net.ipv6.conf.hll$n$$.disable_ipv6=1"
	ip netns exec $ns sysctl -qw "net.ipv6.conf.end$n.disable_ipv6=1"
	ip link set "hll$n$$" up
	ip -n $ns link set "end$n" up
	devices+=(--vdev "net_af_packet$n,iface=hll$n$$")
done
ip netns exec $ns sysctl -qw net.ipv6.conf.bridge.disable_ipv6=1
for end in end0 end1; do ip -n $ns link set $end master bridge || fail "no bridge"; done
ip -n $ns link set bridge up || fail "no bridge"
ip -n $ns addr add 10.99.1.1/24 dev end2 || fail "no address"

{
	echo 'ethdevs:'
	for n in 0 1 2; do echo "  - {name: e$n, device: net_af_packet$n, promiscuous: yes}"; done
	echo 'stages:'
	for n in 0 1 2; do echo "  - {name: rx$n, kind: ethdev_rx, cpu: 1, params: {ethdev: e$n}, outputs: [switch]}"; done
	echo '  - {name: switch, kind: l2switch, cpu: 1, outputs: [tx0, tx1, tx2]}'
	for n in 0 1 2; do echo "  - {name: tx$n, kind: ethdev_tx, cpu: 1, params: {ethdev: e$n}}"; done
} >"$tmp/switch.yaml"

start "${eal[@]}" "${one_worker[@]}" "${devices[@]}" -- --config "$tmp/switch.yaml" -T 0
await 20 forwarding || fail "it does not start"
ip netns exec $ns ping -c 1 -W 1 10.99.1.2 >/dev/null 2>&1 & # who has it? Nobody.
ping=$!
storm='stage switch: warning: storm: [0-9]* packets flooded within a second, most came in at output [01]; look for a looped cable there'
moves='stage switch: warning: .* moves more than 10 times a second, now from output [012] to [012]; look for a looped cable'
# It takes a second, where nothing else runs.
await 30 grep -q "$storm" "$err" || fail "no storm is named"
await 30 grep -q "$moves" "$err" || fail "no address that moves is named"
wait $ping
[ "$(grep -c 'storm:' "$err")" -le 2 ] || fail "a storm is named again and again"
stop TERM
balanced
[ "$received" -gt 10000 ] || fail "received only $received: no storm"
echo "ok: a looped cable: $(grep -o 'storm: [0-9]*' "$err" | head -n 1); $(grep '^account: received' "$out" | cut -c1-80)"
