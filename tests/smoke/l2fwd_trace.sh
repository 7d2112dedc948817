#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      net_pcap0, the same frames again and again ─▶ rx ─▶ d ─┬─▶ c0 ─▶ m ──┬─▶ tx ─▶ net_null0
#                                                     │       │            └─▶ sink, copies
#                                                     │       └─▶ c1 ─▶ t1 ─▶ net_null0
#                                                     └ dropped: ip4_header
#
# l2fwd_trace.sh PROGRAM LWKT-CTL: lwkt-ctl trace from rx and from another CPU's stage: each
# packet's way is the one that the pipeline has, in order, over CPUs, in vectors and one by one; drops,
# copies, filters; its end by count, time, signal. Taps are gone afterwards, and the account balances.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

ctl=$2 socket=$tmp/socket
python3 "$here/l2fwd_capture.py" make "$tmp/in.pcap" || fail "no input"

# run MESSAGE: of the wire
run() {
	cat >"$tmp/p.yaml" <<-END
		pipeline: {name: run}
		ethdevs: [{name: from, device: net_pcap0}, {name: to, device: net_null0, txq: 2}]
		stages:
		  - {name: rx, kind: ethdev_rx, cpu: 1, params: {ethdev: from}, outputs: [d]}
		  - {name: d, kind: distribute, cpu: 1, outputs: [c0, {to: c1, message: $1}]}
		  - {name: c0, kind: counter, cpu: 1, outputs: [m]}
		  - {name: m, kind: mirror, cpu: 1, outputs: [tx, copies]}
		  - {name: tx, kind: ethdev_tx, cpu: 1, params: {ethdev: to}}
		  - {name: copies, kind: sink, cpu: 1}
		  - {name: c1, kind: counter, cpu: 2, outputs: [t1]}
		  - {name: t1, kind: ethdev_tx, cpu: 2, params: {ethdev: to, queue: 1}}
	END
	start "${eal_rest[@]}" -m 256 --file-prefix "$prefix" --lcores '0@0,1@1,2@0' \
		--vdev "net_pcap0,rx_pcap=$tmp/in.pcap,infinite_rx=1,tx_pcap=/dev/null" --vdev net_null0 -- \
		--config "$tmp/p.yaml" -T 0 --control "$socket" --idle sleep
	await 20 forwarding || fail "it does not start"
}

# trace [ARGUMENT]...: as JSON into $tmp/said, what it says besides into $tmp/counts
trace() {
	timeout -k 5 60 "$ctl" --socket "$socket" --timeout 20 --json trace "$@" >"$tmp/said" 2>"$tmp/counts" ||
		fail "trace $*: $(cat "$tmp/counts")"
}

# said FILTER WANTED: jq's answer
said() {
	[ "$(jq -c "$1" "$tmp/said")" = "$2" ] || fail "$1: $(jq -c "$1" "$tmp/said"), not $2"
}

# refused WORDS [ARGUMENT]...
refused() {
	local words=$1
	shift
	timeout -k 5 20 "$ctl" --socket "$socket" trace "$@" >"$tmp/said" 2>&1 && fail "$*: it is done"
	grep -q "^lwkt-ctl: .*$words" "$tmp/said" || fail "$*: $(cat "$tmp/said")"
}

way='[.events[] | select(.copy | not) | [.stage, .event]]'

for kind in vector packet; do
	run $kind
	trace --stage rx --count 36
	said '[.running, .chosen, .lost, (.packets | length)]' '[false,36,0,36]'
	said "[.packets[] | select(.end == \"dropped\") | $way] | unique" '[[["rx","in"],["rx","out"],["d","in"],["d","drop"]]]'
	said '[.packets[] | select(.end == "dropped") | .events[-1].reason] | unique' '["ip4_header"]'
	said '[.packets[] | select(.end == "dropped")] | length' 4
	said "[.packets[] | select([.events[].stage] | index(\"c1\")) | [$way, .end]] | unique" \
		'[[[["rx","in"],["rx","out"],["d","in"],["d","out"],["c1","in"],["c1","out"],["t1","in"]],"transmitted"]]'
	said '[.packets[].events[] | select(.stage == "d" and .event == "out") | [(.to == "c1"), .output, .to_lcore]] | unique' \
		'[[false,0,1],[true,1,2]]'
	said '[.packets[].events[] | [.stage, .lcore]] | unique | map(select(.[0] == "d" or .[0] == "c1" or .[0] == "t1"))' \
		'[["c1",2],["d",1],["t1",2]]'
	# Two ways of copies: the packet's own, and its copy's, which the sink consumes.
	said '[.packets[].events[] | select(.copy) | [.stage, .event]] | unique' '[["copies","consumed"],["copies","in"],["m","out"]]'
	said '[.packets[].events[] | select(.bucket) | .bucket < 256 and (.hash | test("^0x[0-9a-f]{8}$"))] | unique' '[true]'
	said '[.packets[].events[0] | .nanoseconds] | unique' '[0]'
	said '[.packets[] | select(.end != "dropped") | .events[0].headers.ipv4.dst[0:5]] | unique' '["10.0."]'
	echo "ok: $kind"
	if [ $kind = vector ]; then
		stop TERM
		balanced
	fi
done

trace --stage c1 --filter 'udp and src host 10.0.0.3 or tcp' --count 10
said '[.packets[].events[0] | [.stage, .event]] | unique' '[["c1","in"]]'
said '[.packets[].events[0].headers | (.tcp != null) or (.ipv4.src == "10.0.0.3")] | unique' '[true]'
trace --stage rx --filter icmp --seconds 0.2
said '[.running, .chosen]' '[false,0]'
trace --stage rx --count 1000
said '[.chosen, .lost, ([.packets[] | .end] | unique)]' '[1000,0,["dropped","transmitted"]]'
timeout -k 5 60 "$ctl" --socket "$socket" trace --stage d --filter 'src host 10.0.0.2' --count 1 >"$tmp/said" 2>"$tmp/counts" ||
	fail "trace: $(cat "$tmp/counts")"
grep -q '^packet 1: 74 bytes, transmitted$' "$tmp/said" || fail "text: $(cat "$tmp/said")"
grep -Eq '^ +\+[0-9]+ ns  lcore 1   d +out [01] to c[01] \(lcore [12]\), hash 0x[0-9a-f]{8}, bucket [0-9]+$' "$tmp/said" ||
	fail "text: $(cat "$tmp/said")"
grep -q 'ipv4 10.0.0.2 > 10.0.1.2 protocol 6 ttl 64, tcp 1002 > 2000' "$tmp/said" || fail "text: $(cat "$tmp/said")"
grep -q '^1 packets followed, 0 events lost$' "$tmp/counts" || fail "counts: $(cat "$tmp/counts")"
echo "ok: filters, time, text"

"$ctl" --socket "$socket" --json trace --stage rx --filter icmp --seconds 60 >"$tmp/first" 2>"$tmp/counts" &
tracer=$!
under_way() {
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b"""{"jsonrpc":"2.0","method":"traced","id":1}\n""")
print(s.makefile().readline())' "$socket" >"$tmp/other" && jq -e .result.running "$tmp/other" >/dev/null
}
await 20 under_way || fail "it does not begin: $(cat "$tmp/other")"
refused 'another one is under way' --stage d
kill -INT $tracer
wait $tracer || fail "it fails at a signal: $(cat "$tmp/counts")"
cp "$tmp/first" "$tmp/said"
said '[.running, .chosen]' '[false,0]'
refused 'stage NAME is missing'
refused "none is called 'nobody'" --stage nobody
refused 'filter: ' --stage rx --filter 'udp port'
refused 'count: 1001 is none; write 1 to 1000' --stage rx --count 1001
# Limit: MS_MOST
refused 'milliseconds: 3600001 is none; write 1 to 3600000' --stage rx --seconds 3600.001
refused 'takes --stage' --stage rx -w /dev/null
refused 'takes --stage' --stage rx --drop
"$ctl" --socket "$socket" trace --stage rx --filter icmp --seconds 3600 >"$tmp/said" 2>&1 &
tracer=$!
await 20 under_way || fail "it does not begin"
stop TERM
wait $tracer
balanced
echo "ok: signals, what is refused, an end while it traces"
