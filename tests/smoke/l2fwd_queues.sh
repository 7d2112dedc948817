#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      net_null0 ═ 3 rx queues, RSS ═▶ ┌───────────────────────┐ ═▶ 3 or 2 tx queues ═ net_null1
#                                      │ lwkt-l2fwd, 3 workers │
#      in0.pcap ──▶ net_pcap0 ────────▶ └───────────────────────┘ ──▶ net_pcap1 ──▶ out1.pcap
#                    1 rx queue: spread in software      1 tx queue: one worker sends for all
#
# Each worker has its share, a flow stays in order, the account balances and agrees with what the
# devices count; and a line says how the queues are shared, and why.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

# forward ARGUMENTS... : until all of the capture, or something of what has no end, has come
forward() {
	start "${eal_rest[@]}" -m 256 --file-prefix "$prefix" "${three_workers[@]}" "$@" -T 1
	await 20 forwarding || fail "it does not start"
	await 20 enough || fail "it received $(ethdev_sum 4) packets in 20 seconds"
	stop TERM
	balanced
	[ "$received" -eq "$(ethdev_sum 4)" ] || fail "the ethdevs received $(ethdev_sum 4)"
	[ "$transmitted" -eq "$(ethdev_sum 5)" ] || fail "the ethdevs transmitted $(ethdev_sum 5)"
}

# says LINE... : these are in its output
says() {
	local line
	for line; do
		grep -Fqx "$line" "$out" || fail "it does not say: $line"
	done
	echo "ok: $1"
}

# shared KIND N : N stages of that kind, each with packets in the last table
shared() {
	awk -v kind="$1" -v n="$2" '/^-- /{split("", in_)} $2 == kind && NF > 6 {in_[$1] = $6}
		END{for (s in in_) {if (in_[s] == 0) exit 1; seen++} exit seen != n}' "$out" ||
		fail "not $2 stages of kind $1 with packets"
}

# shellcheck disable=SC2317 # await calls it
enough() {
	[ "$(ethdev_sum 4)" -gt 1000 ]
}

# The device has queues for all.
null=(--vdev net_null0 --vdev net_null1)
rss='3 rx queues, flows spread over 3 workers by its RSS with the symmetric key'
forward "${null[@]}" -- -p 3 -q 2
says "ethdev 0: $rss; 3 tx queues for 3 workers" "ethdev 1: $rss; 3 tx queues for 3 workers"
[ "$dropped" -eq 0 ] || fail "dropped $dropped"
shared ethdev_rx 6
shared ethdev_tx 6

# Fewer tx queues than workers.
forward "${null[@]}" -- -p 3 -q 2 --txq 2
says "ethdev 0: $rss; 2 tx queues for 3 workers (txq): lcores 1 2 send for all"
[ "$dropped" -eq 0 ] || fail "dropped $dropped"
shared l2fwd 3
shared ethdev_tx 4

# One queue each way.
frames=3000 runts=4
python3 "$here/l2fwd_pcap.py" make "$tmp/in0.pcap" $frames 1 $runts 40 || fail "no input"
# shellcheck disable=SC2317 # await calls it
enough() {
	[ "$(ethdev_sum 4)" -ge $((frames + runts)) ]
}
pcap=(--vdev "net_pcap0,rx_pcap=$tmp/in0.pcap,tx_pcap=$tmp/out0.pcap"
	--vdev "net_pcap1,rx_pcap=$tmp/none.pcap,tx_pcap=$tmp/out1.pcap")
python3 "$here/l2fwd_pcap.py" make "$tmp/none.pcap" 0 1 0 || fail "no input"
software='1 rx queue, flows spread over 3 workers in software: its driver has no RSS'
forward "${pcap[@]}" -- -p 3 -q 2 --no-mac-updating
says "ethdev 0: $software; 1 tx queue for 3 workers (it takes no more): lcore 1 sends for all"
shared l2fwd 3
[ "$received:$dropped" = $((frames + runts)):$runts ] || fail "received $received, dropped $dropped"
grep -q "^account: received.* (fwd0_0 runt $runts)$" "$out" || fail "more than the runts is dropped"
python3 "$here/l2fwd_pcap.py" flows "$tmp/in0.pcap" "$tmp/out1.pcap" ||
	fail "what came out is not what went in"

# What the device does not have.
"$prog" "${eal[@]}" "${three_workers[@]}" "${pcap[@]}" -- -p 3 -q 2 --rxq 2 >"$out" 2>"$err"
rc=$?
line='--rxq 2: ethdev 0 takes no more than 1 rx queue; give --rxq 1, or leave it out: flows are then spread
 in software'
[ $rc -eq 2 ] || fail "--rxq 2: exit code $rc, not 2"
[ "$(grep '^lwkt-l2fwd: ' "$err")" = "lwkt-l2fwd: ${line/$'\n'/}" ] || fail "not: $line"
left_nothing
echo "ok: --rxq 2 of 1"
