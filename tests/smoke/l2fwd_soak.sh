#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#   ┌ namespace a ─────────────┐                               ┌ namespace b ─────────────┐
#   │ l2fwd_soak.py send inner ┼─ outer ─┐            ┌─ outer ┼ inner l2fwd_soak.py send │
#   └──────────────────────────┘  net_af_packet0, net_af_packet1  └──────────────────────┘
#                                    └ receive, 2 workers, balancer ┘
#                      signals ──▶ flaps ──▶ telemetry ──▶ statistics, at random
#
# Everything at once, for long: random frames both ways, flows that move between workers, links that
# flap, signals, statistics and telemetry. The account is exact, nothing is left, and the process
# does not grow. For the night: l2fwd_soak.sh PROGRAM [SECONDS [SEED]], 600 seconds unless said.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"
seconds=${2:-600} RANDOM=${3:-1}
[ "$(id -u)" -eq 0 ] || { echo "needs root: network namespaces"; exit 77; }

ns_a=hk-a-$$ ns_b=hk-b-$$ outer_a=hka$$ outer_b=hkb$$
senders=()

undo() {
	[ ${#senders[@]} -eq 0 ] || kill "${senders[@]}" 2>/dev/null
	ip netns del $ns_a 2>/dev/null
	ip netns del $ns_b 2>/dev/null
	ip link del $outer_a 2>/dev/null
	ip link del $outer_b 2>/dev/null
	true
}

# host NAMESPACE OUTER
host() {
	ip netns add "$1" && ip link add "$2" type veth peer name inner netns "$1" &&
		sysctl -qw "net.ipv6.conf.$2.disable_ipv6=1" && ip link set "$2" up &&
		ip netns exec "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 && ip -n "$1" link set inner up
}
host $ns_a $outer_a || fail "cannot make namespace $ns_a"
host $ns_b $outer_b || fail "cannot make namespace $ns_b"

cat >"$tmp/soak.yaml" <<'YAML'
pipeline: {name: soak}
balance: {stage: flows}
ethdevs:
  - {name: a, device: net_af_packet0}
  - {name: b, device: net_af_packet1}
stages:
  - {name: rx_a, kind: ethdev_rx, cpu: 1, params: {ethdev: a}, outputs: [flows]}
  - {name: rx_b, kind: ethdev_rx, cpu: 1, params: {ethdev: b}, outputs: [flows]}
  - name: flows
    kind: distribute
    cpu: 1
    outputs: [{to: w0, overflow: tail, limit: 1024}, {to: w1, overflow: oldest, limit: 1024}]
  - {name: w0, kind: l2fwd, cpu: 2, params: {routes: [1, 0]}, outputs: [tx_a, tx_b]}
  - {name: w1, kind: l2fwd, cpu: 3, params: {routes: [1, 0]}, outputs: [tx_a, tx_b]}
  - {name: tx_a, kind: ethdev_tx, cpu: 2, params: {ethdev: a}}
  - {name: tx_b, kind: ethdev_tx, cpu: 3, params: {ethdev: b}}
YAML

resident() { awk '/^VmRSS/{print $2}' "/proc/$pid/status"; }

start --no-huge --no-pci --no-shconf -m 128 --file-prefix "$prefix" \
	--vdev "net_af_packet0,iface=$outer_a" --vdev "net_af_packet1,iface=$outer_b" \
	"${three_workers[@]}" -- --config "$tmp/soak.yaml" -T 5 --stats-json "$tmp/stats.json"
await 20 forwarding || fail "it does not start"
for ns in $ns_a $ns_b; do
	ip netns exec "$ns" python3 "$here/l2fwd_soak.py" send inner "$RANDOM" >"$tmp/$ns" 2>&1 &
	senders+=($!)
	await 10 grep -q ready "$tmp/$ns" || fail "the sender does not start: $(cat "$tmp/$ns")"
done

end=$((SECONDS + seconds)) early=0 turns=0
while ((SECONDS < end)); do
	kill -0 "$pid" 2>/dev/null || fail "it ended by itself after $turns turns"
	kill -0 "${senders[@]}" 2>/dev/null || fail "a sender ended: $(cat "$tmp/$ns_a" "$tmp/$ns_b")"
	case $((RANDOM % 10)) in
	0) mv -f "$tmp/stats.json" "$tmp/stats.json.1" 2>/dev/null; kill -HUP "$pid" ;;
	1 | 2) kill -USR1 "$pid" ;;
	3) kill -STOP "$pid" && sleep 0.$((RANDOM % 9)) && kill -CONT "$pid" ;;
	4) ip link set $outer_a down && sleep 0.$((RANDOM % 5)) && ip link set $outer_a up ;;
	5) ip -n $ns_b link set inner down && sleep 0.$((RANDOM % 5)) && ip -n $ns_b link set inner up ;;
	6) for sender in "${senders[@]}"; do kill -USR1 "$sender"; done ;; # a new set of flows
	*) python3 "$here/l2fwd_soak.py" ask "/var/run/dpdk/$prefix/dpdk_telemetry.v2" >"$tmp/said" 2>&1 ||
		fail "telemetry: $(cat "$tmp/said")" ;;
	esac
	sleep 0.$((RANDOM % 4))
	((turns += 1))
	((early > 0 || SECONDS < end - seconds * 9 / 10)) || early=$(resident)
done
late=$(resident)
kill "${senders[@]}"
wait "${senders[@]}"
senders=()
stop TERM
balanced
[ "$received" -gt $((seconds * 100)) ] || fail "only $received packets"
[ "$late" -le $((early + early / 20 + 1024)) ] || fail "it has grown from $early to $late KiB"
tail -n 1 "$tmp/stats.json" | python3 -c 'import json, sys; json.load(sys.stdin)' || fail "the JSON is broken"
echo "ok: $turns turns, $early to $late KiB, $(grep '^account: received' "$out")"
