#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      in0.pcap ──▶ net_pcap0 ┐               ┌ net_pcap1 ──▶ out1.pcap
#                             ├─ lwkt-l2fwd ──┤
#      in1.pcap ──▶ net_pcap1 ┘               └ net_pcap0 ──▶ out0.pcap
#
# Every frame comes out once, in order, with the MAC addresses that DPDK's l2fwd gives it and
# nothing else changed; runts are dropped and counted. Both modes, and without MAC updating. All in
# order, so with one rx queue: flows over several workers are l2fwd_queues.sh's.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

frames0=1500 frames1=900 runts0=3 runts1=0
compare() {
	python3 "$here/l2fwd_pcap.py" check "$@" || fail "what came out is not what went in"
}

python3 "$here/l2fwd_pcap.py" make "$tmp/in0.pcap" $frames0 1 $runts0 || fail "no input"
python3 "$here/l2fwd_pcap.py" make "$tmp/in1.pcap" $frames1 2 $runts1 || fail "no input"
all=$((frames0 + frames1 + runts0 + runts1))

all_received() {
	[ "$(ethdev_sum 4)" -eq $all ]
}

mac_of() {
	awk -v id="$1" '/^ethdev .*MAC/{on = 1} on && $1 == id{print $2; exit}' "$out"
}

# forward OPTIONS...
forward() {
	rm -f "$tmp"/out?.pcap
	start "${eal[@]}" "$@" -T 1
	await 20 forwarding || fail "it does not start"
	await 20 all_received || fail "it received $(ethdev_sum 4) frames of $all in 20 seconds"
	stop TERM
	balanced
	[ "$received" -eq $all ] || fail "received $received, not $all"
	[ "$dropped" -eq $((runts0 + runts1)) ] || fail "dropped $dropped"
	grep -q "^account: received.* (fwd0 runt $dropped)$" "$out" || fail "the runts have no name"
	echo "ok: ${*: -4}: $(grep '^account: received' "$out")"
}

devices=(--vdev "net_pcap0,rx_pcap=$tmp/in0.pcap,tx_pcap=$tmp/out0.pcap"
	--vdev "net_pcap1,rx_pcap=$tmp/in1.pcap,tx_pcap=$tmp/out1.pcap")

for mode in rtc pipeline; do
	forward "${three_workers[@]}" "${devices[@]}" -- -p 3 -q 2 --rxq 1 --mode $mode
	compare "$tmp/in0.pcap" "$tmp/out1.pcap" 02:00:00:00:00:01 "$(mac_of 1)"
	compare "$tmp/in1.pcap" "$tmp/out0.pcap" 02:00:00:00:00:00 "$(mac_of 0)"
	[ "$(mac_of 0)" != "$(mac_of 1)" ] || fail "both ethdevs have one address"
done

# Each to itself is what a single ethdev does; here it also shows that addresses can stay.
all=$((frames0 + runts0))
forward "${one_worker[@]}" "${devices[0]}" "${devices[1]}" -- -p 1 -q 1 --no-mac-updating
compare "$tmp/in0.pcap" "$tmp/out0.pcap"
