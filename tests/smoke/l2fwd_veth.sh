#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#   ┌ namespace a ──────┐                                              ┌ namespace b ──────┐
#   │ 10.99.0.1  inner ─┼─ veth ─ outer ┐                ┌ outer ─ veth ─┼─ inner  10.99.0.2 │
#   └───────────────────┘       net_af_packet0     net_af_packet1      └───────────────────┘
#                                       └── lwkt-l2fwd ──┘
#
# Two hosts that have no other way to each other than lwkt-l2fwd (addresses unchanged, so that it
# is their cable): ping both ways without loss, and TCP both ways. Both modes. Then with hosts that
# leave checksums and segments to their device, as veth's do unless told otherwise: checksums are
# completed, segments made, what is cut is counted, and TCP gets through. An interface with an mtu whose frames the
# ring would cut is refused.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

# shellcheck source-path=SCRIPTDIR source=veth_lib.sh
. "$here/veth_lib.sh"

listening() {
	ip netns exec $ns_b ss -Hltn 'sport = :5201' | grep -q .
}

# tcp LEAST [-R]: a transfer of two seconds, of at least so many bytes.
tcp() {
	local bytes least=$1
	shift
	ip netns exec $ns_b iperf3 -s -1 >"$tmp/server" 2>&1 &
	server=$!
	await 10 listening || fail "the iperf3 server does not listen"
	timeout -k 3 30 ip netns exec $ns_a iperf3 -c 10.99.0.2 -t 2 -J "$@" >"$tmp/iperf" 2>&1
	bytes=$(python3 -c 'import json, sys
print(json.load(sys.stdin)["end"]["sum_received"]["bytes"])' <"$tmp/iperf") || {
		cat "$tmp/iperf"
		fail "iperf3 $*"
	}
	[ "$bytes" -ge "$least" ] || fail "TCP: only $bytes bytes came through"
	await 5 server_ended || kill "$server"
	wait "$server"
	server=
	echo "ok: TCP ${1:-} $((bytes * 8 / 2000000)) Mbit/s"
}

server_ended() {
	! kill -0 "$server" 2>/dev/null
}

cable() {
	start "${eal[@]}" --vdev "net_af_packet0,iface=$outer_a" \
		--vdev "net_af_packet1,iface=$outer_b" "$@" -p 3 -q 2 -P -T 1 --no-mac-updating
	await 20 forwarding || fail "it does not start"
	ping_from $ns_a 10.99.0.2
	ping_from $ns_b 10.99.0.1
	echo "ok: ping"
	tcp 1000000
	tcp 1000000 -R
	stop TERM
	balanced
	[ "$received" -gt 1000 ] || fail "received only $received"
	[ "$received" -eq "$(ethdev_sum 4)" ] || fail "the ethdevs received $(ethdev_sum 4)"
	echo "ok: $(grep '^account: received' "$out")"
}

host $ns_a $outer_a 10.99.0.1 || fail "cannot make namespace $ns_a"
host $ns_b $outer_b 10.99.0.2 || fail "cannot make namespace $ns_b"
if ip netns exec $ns_a ping -q -c 1 -W 1 10.99.0.2 >/dev/null 2>&1; then
	fail "the namespaces have another way to each other"
fi
cable "${three_workers[@]}" -- --mode pipeline
cable "${one_worker[@]}" -- --mode rtc

# Hosts that finish neither checksums nor segments.
for ns in $ns_a $ns_b; do
	ip netns exec "$ns" ethtool -K inner tx on rx on tso on gso on >/dev/null || fail "ethtool"
done
start "${eal[@]}" --vdev "net_af_packet0,iface=$outer_a" --vdev "net_af_packet1,iface=$outer_b" \
	"${one_worker[@]}" -- -p 3 -q 2 -P -T 0 --no-mac-updating
await 20 forwarding || fail "it does not start"
grep -q "^warning: net_af_packet0: the other end of $outer_a is in another network namespace; .* ethtool -K DEV tx off" "$out" ||
	fail "nothing is said at the start"
tcp 100000
tcp 100000 -R
stop TERM
balanced
grep -q 'hands over unfinished checksums, which are completed' "$err" || fail "nothing about checksums"
grep -q 'come from ethdev ., cut, which costs packets; on the sender: ethtool -K DEV tso off' "$err" || fail "nothing about what was cut"
grep -q '^account: received.* cut [1-9]' "$out" || fail "what was cut is not counted"
echo "ok: unfinished: $(grep '^account: received' "$out")"

# With room for many segments in the ring TCP is a hundred times as fast.
roomy=framesz=61440,blocksz=61440
start "${eal_rest[@]}" -m 1024 --file-prefix "$prefix" --vdev "net_af_packet0,iface=$outer_a,$roomy" \
	--vdev "net_af_packet1,iface=$outer_b,$roomy" "${one_worker[@]}" -- -p 3 -q 2 -P -T 0 --no-mac-updating
await 20 forwarding || fail "it does not start"
tcp 10000000
tcp 10000000 -R
stop TERM
balanced
grep -q 'hands over TCP that is not segmented, which is done here' "$err" || fail "nothing about segments"
echo "ok: segmented here: $(grep '^account: received' "$out")"

# --checksums leave: they stay unfinished, and no TCP gets through.
start "${eal[@]}" --vdev "net_af_packet0,iface=$outer_a" --vdev "net_af_packet1,iface=$outer_b" \
	"${one_worker[@]}" -- -p 3 -q 2 -P -T 0 --no-mac-updating --checksums leave
await 20 forwarding || fail "it does not start"
ping_from $ns_a 10.99.0.2
! ip netns exec $ns_b timeout -k 1 2 bash -c 'echo >/dev/tcp/10.99.0.1/5201' 2>/dev/null || fail "TCP with unfinished checksums"
stop TERM
balanced
! grep -q 'unfinished checksums' "$err" || fail "--checksums leave: they are completed"
echo "ok: --checksums leave"

# What the interfaces leave to their device is said before the start, with the command.
"$prog" "${eal[@]}" --vdev "net_af_packet0,iface=$outer_a" "${one_worker[@]}" -- -p 1 --preflight >"$out" 2>"$err" ||
	fail "--preflight: exit code $?"
grep -q "^preflight: warning: net_af_packet0: the other end of $outer_a is in another network namespace; .* ethtool -K DEV tx off" "$out" ||
	fail "--preflight does not say what the other end may leave"
ip -n $ns_a link set inner netns $$ name "hlp$$" || fail "cannot move the other end"
"$prog" "${eal[@]}" --vdev "net_af_packet0,iface=$outer_a" "${one_worker[@]}" -- -p 1 --preflight >"$out" 2>"$err"
grep -q "^preflight: warning: net_af_packet0: the other end of $outer_a, hlp$$, leaves checksums and segments of TCP .*: ethtool -K hlp$$ tx off tso off gso off\$" "$out" ||
	fail "--preflight does not say what the other end leaves"
echo "ok: --preflight"

# Frames that the ring would cut.
ip link set $outer_a mtu 9000 || fail "mtu"
"$prog" "${eal[@]}" --vdev "net_af_packet0,iface=$outer_a" --vdev "net_af_packet1,iface=$outer_b" \
	"${one_worker[@]}" -- -p 3 -q 2 >"$out" 2>"$err"
rc=$?
[ $rc -eq 2 ] || fail "exit code $rc where the mtu does not fit the ring"
grep -q "framesz: interface $outer_a has mtu 9000, .* give its --vdev framesz=16384,blocksz=16384" "$err" ||
	fail "it does not say what to do"
echo "ok: an mtu beyond the ring's frames"
