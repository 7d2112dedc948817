#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#   ┌ namespace a ┐     ┌ namespace m ─────────────────────────────────────────────┐     ┌ namespace b ┐
#   │ 10.99.0.1 ──┼veth─┼ bridge ─ tap ═ 2 queues ═ lwkt-l2fwd ═ 2 queues ═ tap ─ bridge ┼─veth┼── 10.99.0.2 │
#   └─────────────┘     └──────────────────────────────────────────────────────────┘     └─────────────┘
#
#   pktgen ── memif ──▶ near: 2 workers ═ virtio_user, 2 queues ═ vhost ═ far: 2 workers ── memif ──▶ pktgen
#          ◀── memif ──                                                                 ◀── memif ──
#
# Two queues each way, on devices that have them. Each rx and tx queue has its share, nothing is lost,
# a flow stays in order, and what one end has sent the other has received.
#
# $1: lwkt-l2fwd, $2: lwkt-bench

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"
bench=$2
[ "$(id -u)" -eq 0 ] || { echo "needs root: network namespaces"; exit 77; }
[ -c /dev/net/tun ] || { echo "needs /dev/net/tun"; exit 77; }
for tool in ip ethtool ping iperf3; do
	command -v $tool >/dev/null || fail "$tool is not installed"
done

ns_a=hq-a-$$ ns_b=hq-b-$$ ns_m=hq-m-$$
real=$prog
server='' far=''
undo() {
	[ -z "$server" ] || kill "$server" 2>/dev/null
	[ -z "$far" ] || kill -KILL "$far" 2>/dev/null
	for ns in $ns_a $ns_b $ns_m; do
		ip netns del "$ns" 2>/dev/null
	done
	rm -rf "/var/run/dpdk/$prefix-g" "/var/run/dpdk/$prefix-f"
}

# shares FILE KIND N: N stages of that kind in the last table, each with 20 packets at least.
shares() {
	awk -v kind="$2" '/^-- /{split("", in_)} $2 == kind && NF > 6 {in_[$1] = $6}
		END{for (s in in_) print s, in_[s]}' "$1" | sort >"$tmp/shares"
	awk -v n="$3" '$2 < 20 {few = 1} END{exit few || NR != n}' "$tmp/shares" ||
		fail "not $3 stages of kind $2 with 20 packets: $(paste -sd, "$tmp/shares")"
	echo "ok: $(paste -sd, "$tmp/shares")"
}

# -- taps ------------------------------------------------------------------------------------------

# In the namespace, as the same process.
prog=$tmp/inside
printf '#!/bin/bash\nexec ip netns exec %s "%s" "$@"\n' $ns_m "$real" >"$prog"
chmod +x "$prog"

# host NAMESPACE NAME ADDRESS
host() {
	ip netns add "$1" &&
		ip netns exec "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 &&
		ip link add inner netns "$1" type veth peer name "veth_$2" netns $ns_m &&
		ip -n "$1" addr add "$3/24" dev inner &&
		ip -n "$1" link set inner up &&
		ip netns exec "$1" ethtool -K inner tx off rx off >/dev/null &&
		ip -n $ns_m link add "br_$2" type bridge &&
		ip -n $ns_m link set "veth_$2" master "br_$2" up &&
		ip -n $ns_m link set "br_$2" up
}
if ! ip netns add $ns_m || ! ip netns exec $ns_m sysctl -qw net.ipv6.conf.{all,default}.disable_ipv6=1 ||
	! host $ns_a a 10.99.0.1 || ! host $ns_b b 10.99.0.2; then
	fail "cannot make the namespaces"
fi

listening() {
	ip netns exec $ns_b ss -Hltn 'sport = :5201' | grep -q .
}

# tcp [-R]: sixteen flows at once
tcp() {
	ip netns exec $ns_b iperf3 -s -1 >"$tmp/server" 2>&1 &
	server=$!
	await 10 listening || fail "iperf3 does not listen"
	ip netns exec $ns_a timeout -k 2 60 iperf3 -c 10.99.0.2 -P 16 -n 256K "$@" >"$tmp/tcp" 2>&1 ||
		fail "TCP $*: $(tail -n 3 "$tmp/tcp")"
	wait "$server"
	server=''
}

# taps ARGUMENT...: ping and TCP both ways through lwkt-l2fwd on two taps, with these arguments
taps() {
	start "${eal[@]}" --lcores '0@0,1@0,2@1' --vdev net_tap0,iface=tap_a --vdev net_tap1,iface=tap_b -- \
		-p 3 -q 2 --no-mac-updating -P -T 1 "$@"
	await 20 forwarding || fail "it does not start"
	for name in a b; do
		ip -n $ns_m link set "tap_$name" master "br_$name" up || fail "no tap_$name"
	done
	ip netns exec $ns_a ping -q -c 20 -i 0.02 -w 30 10.99.0.2 >"$tmp/ping" 2>&1 || fail "$(cat "$tmp/ping")"
	! grep -q duplicates "$tmp/ping" || fail "packets came twice"
	tcp
	tcp -R
	stop TERM
	balanced
	[ "$received:$dropped" = "$(ethdev_sum 4):0" ] || fail "ethdevs received $(ethdev_sum 4), dropped $dropped"
	[ "$transmitted" -eq "$(ethdev_sum 5)" ] || fail "ethdevs transmitted $(ethdev_sum 5)"
}

taps --rxq 2 --txq 2
grep -E '^ethdev [01]: 2 rx queues, .*; 2 tx queues for 2 workers$' "$out" || fail "not two queues: $(head -n 20 "$out")"
shares "$out" ethdev_rx 4
shares "$out" ethdev_tx 4
# With one tx queue net_tap takes no more rx queues.
taps --txq 1
line='1 rx queue, flows spread over 2 workers in software; 1 tx queue for 2 workers (txq): lcore 1 sends for all'
for i in 0 1; do
	grep -Fqx "ethdev $i: $line" "$out" || fail "it does not say: ethdev $i: $line"
done
shares "$out" l2fwd 2
shares "$out" ethdev_tx 2
prog=$real

# -- virtio_user and vhost -------------------------------------------------------------------------

# pipeline FILE DEVICE: memif, one queue, and the device, two
pipeline() {
	cat >"$1" <<-EOF
		ethdevs:
		  - {name: m, device: net_memif0}
		  - {name: v, device: $2, rxq: 2, txq: 2}
		stages:
		  - {name: rx_m, kind: ethdev_rx, cpu: 1, params: {ethdev: m}, outputs: [flows]}
		  - {name: flows, kind: distribute, cpu: 1, outputs: [tx_v0, tx_v1]}
		  - {name: tx_v0, kind: ethdev_tx, cpu: 1, params: {ethdev: v, queue: 0, full: wait}}
		  - {name: tx_v1, kind: ethdev_tx, cpu: 2, params: {ethdev: v, queue: 1, full: wait}}
		  - {name: rx_v0, kind: ethdev_rx, cpu: 1, params: {ethdev: v, queue: 0}, outputs: [tx_m]}
		  - {name: rx_v1, kind: ethdev_rx, cpu: 2, params: {ethdev: v, queue: 1}, outputs: [tx_m]}
		  - {name: tx_m, kind: ethdev_tx, cpu: 1, params: {ethdev: m, full: wait}}
	EOF
}
pipeline "$tmp/near.yaml" net_virtio_user0
pipeline "$tmp/far.yaml" net_vhost0
two=(--lcores '0@0,1@0,2@1')
memif=("net_memif0,id=0,socket=$tmp/m0,socket-abstract=no" "net_memif1,id=1,socket=$tmp/m1,socket-abstract=no")

# The peer of a device may be there a little later than its generator, or away for a while: full: wait.
# The one with the socket first. --idle sleep: net_memif takes its rings away under a CPU that polls them, when
# the generator ends.
out=$tmp/far.out
start "${eal_rest[@]}" -m 128 --file-prefix "$prefix-f" "${two[@]}" --vdev "net_vhost0,iface=$tmp/v,queues=2" \
	--vdev "${memif[1]/memif1/memif0},role=server" -- --config "$tmp/far.yaml" -T 1 --link-wait 0 --idle sleep
far=$pid
await 20 test -S "$tmp/v" || fail "vhost has no socket"
out=$tmp/out
start "${eal[@]}" "${two[@]}" --vdev "net_virtio_user0,path=$tmp/v,queues=2" --vdev "${memif[0]},role=server" \
	-- --config "$tmp/near.yaml" -T 1 --link-wait 0 --idle sleep
await 30 forwarding || fail "near does not start"
await 30 grep -q '^forwarding' "$tmp/far.out" || fail "far does not start: $(cat "$tmp/far.out")"

timeout -k 3 90 "$bench" --no-huge -m 256 --no-pci --no-shconf --no-telemetry --file-prefix "$prefix-g" \
	--log-level=lib.eal:4 --lcores '0@(0,1),1@1' --vdev "${memif[0]}" --vdev "${memif[1]}" -- pktgen \
	--rate 2kpps --count 1500 --seconds 60 --flows 64 --size imix --json "$tmp/report" >"$tmp/gen" 2>&1 </dev/null ||
	fail "pktgen: $(cat "$tmp/gen")"
python3 - "$tmp/report" <<-'EOF' || fail "not 1500 frames each way, each once, in order: $(cat "$tmp/gen")"
	import json, sys
	rows = json.load(open(sys.argv[1]))["rows"]
	bad = ("lost", "duplicates", "reordered", "too_old", "corrupt", "foreign")
	sys.exit(not (len(rows) == 2 and all(r["sent"] == r["received"] == 1500 for r in rows)
	    and all(r[b] == 0 for r in rows for b in bad)))
EOF

# account: this one's: 3000 each way, and as virtio_user or vhost says. (memif forgets what it has
# counted when its peer goes.)
account() {
	local counts
	stop TERM
	balanced
	[ "$received:$transmitted:$dropped" = 3000:3000:0 ] || fail "account $received, $transmitted, $dropped"
	counts=$(awk '/^-- /{on = 0} /^stage/{on = 0} on && $1 == 0{n = $4 ":" $5} /^ethdev .*rx\/s/{on = 1}
		END{print n}' "$out")
	[ "$counts" = 1500:1500 ] || fail "ethdev 0 has $counts"
	shares "$out" ethdev_rx 3
	shares "$out" ethdev_tx 3
}
account
pid=$far out=$tmp/far.out far=''
account
echo "ok: two queues of virtio_user and vhost"
