#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#   ┌ namespace ──────────────────────────────────────┐
#   │ frames ── tap_a ── lwkt-l2fwd ── tap_b ── frames │
#   └─────────────────────────────────────────────────┘
#
# --idle: each way forwards what comes when everything has slept, one packet at a time, and the
# workers of those that sleep take little of a CPU. net_tap has rx interrupts, net_null has none.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

[ "$(id -u)" -eq 0 ] || { echo "needs root: network namespaces"; exit 77; }
[ -c /dev/net/tun ] || { echo "needs /dev/net/tun"; exit 77; }
command -v ip >/dev/null || fail "ip is not installed"

ns=hi-$$
real=$prog
undo() {
	ip netns del $ns 2>/dev/null
	true
}

# In the namespace, as the same process.
prog=$tmp/inside
cat >"$prog" <<-EOF
	#!/bin/bash
	exec ip netns exec $ns "$real" "\$@"
EOF
chmod +x "$prog"

# processor: nanoseconds that the workers' threads have run.
processor() {
	local sum=0 task ran _
	for task in /proc/"$pid"/task/*; do
		case $(cat "$task/comm") in
		*worker*)
			read -r ran _ <"$task/schedstat"
			sum=$((sum + ran))
			;;
		esac
	done
	echo "$sum"
}

# idle_below PERMILLE WORKERS: what each of them takes of a CPU for a second and a half.
idle_below() {
	local before wall
	sleep 0.2
	before=$(processor) wall=$(date +%s%N)
	sleep 1.5
	share=$((($(processor) - before) * 1000 / ($(date +%s%N) - wall) / $2))
	[ "$share" -lt "$1" ] || fail "an idle worker takes $share of 1000 of a CPU, not less than $1"
}

# frames: 25 each way, when all has been asleep for a while, each before the next one.
frames() {
	ip netns exec $ns /usr/bin/python3 - <<-'EOF' || fail "frames"
		import socket, sys, time

		def end(name):
		    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88b5))
		    s.bind((name, 0x88b5))
		    s.settimeout(5)
		    return s

		a, b = end("tap_a"), end("tap_b")
		for i in range(25):
		    for out, back in (a, b), (b, a):
		        frame = bytes(12) + b"\x88\xb5" + b"%04d" % i + bytes(42)
		        time.sleep(0.02)
		        out.send(frame)
		        while True:
		            got, where = back.recvfrom(2048)
		            if where[2] != socket.PACKET_OUTGOING:
		                break
		        assert got == frame, (i, got)
	EOF
}

# taps IDLE OPTIONS...
taps() {
	local idle=$1
	shift
	ip netns add $ns || fail "cannot make a namespace"
	start "${eal[@]}" --vdev "net_tap0,iface=tap_a" --vdev "net_tap1,iface=tap_b" "$@" \
		-T 0 --no-mac-updating --idle "$idle"
	await 20 forwarding || fail "it does not start"
	ip netns exec $ns sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	ip -n $ns link set tap_a up || fail "tap_a does not come up"
	ip -n $ns link set tap_b up || fail "tap_b does not come up"
	frames
}

end() {
	stop TERM
	balanced
	[ "$received" -ge 50 ] || fail "received only $received"
	ip netns del $ns
}

taps interrupt "${one_worker[@]}" -- -p 3 -q 2
[ "$(grep -c 'its rx interrupt wakes lcore 1$' "$out")" -eq 2 ] || fail "no rx interrupts"
frames
idle_below 50 1
end
echo "ok: interrupt, run to completion: $share of 1000 of a CPU"

taps interrupt "${three_workers[@]}" -- -p 3 -q 2 --mode pipeline
frames
idle_below 50 3
end
echo "ok: interrupt, pipeline: $share of 1000 of a CPU for each worker"

taps sleep "${one_worker[@]}" -- -p 3 -q 2
idle_below 250 1
end
echo "ok: sleep: $share of 1000 of a CPU"

# Without interrupts: said, and looked at. A null device brings packets without end.
prog=$real
start "${eal[@]}" "${one_worker[@]}" --vdev net_null0 -- -p 1 -T 0 --idle interrupt
await 20 forwarding || fail "it does not start"
grep -q 'no rx interrupt: idle, lcore 1 looks every 80 us$' "$out" || fail "no word about the interrupt"
sleep 0.3
stop INT
balanced
[ "$received" -gt 10000 ] || fail "received only $received"
echo "ok: interrupt without interrupts: $received received"
