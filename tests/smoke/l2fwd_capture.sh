#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      net_pcap0, the same frames again and again ─▶ rx ─▶ d ─┬─▶ c0 ─▶ tx ─▶ net_null0
#                                                     │       └─▶ c1 ─▶ t1 ─▶ net_null0
#                                                     └ dropped: ip4_header
#
# l2fwd_capture.sh PROGRAM LWKT-CTL: lwkt-ctl capture at stages and ethdevs, on other CPUs too; what
# is dropped, with its reason; filters; its end by count, time, signal and a reader that goes. The
# account balances, and forwarding goes on while nobody reads.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

ctl=$2 socket=$tmp/socket got=$tmp/got.pcapng
python3 "$here/l2fwd_capture.py" make "$tmp/in.pcap" || fail "no input"
cat >"$tmp/p.yaml" <<'END'
pipeline: {name: run}
ethdevs: [{name: from, device: net_pcap0}, {name: to, device: net_null0, txq: 2}]
stages:
  - {name: rx, kind: ethdev_rx, cpu: 1, params: {ethdev: from}, outputs: [d]}
  - {name: d, kind: distribute, cpu: 1, outputs: [c0, c1]}
  - {name: c0, kind: counter, cpu: 1, outputs: [tx]}
  - {name: tx, kind: ethdev_tx, cpu: 1, params: {ethdev: to}}
  - {name: c1, kind: counter, cpu: 2, outputs: [t1]}
  - {name: t1, kind: ethdev_tx, cpu: 2, params: {ethdev: to, queue: 1}}
END

# capture [ARGUMENT]...: into $got; what is in it into $tmp/said, what lwkt-ctl says into $tmp/counts
capture() {
	timeout -k 5 60 "$ctl" --socket "$socket" --timeout 20 capture -w "$got" "$@" 2>"$tmp/counts" ||
		fail "capture $*: $(cat "$tmp/counts")"
	look
}

look() {
	python3 "$here/l2fwd_capture.py" check "$got" >"$tmp/said" || fail "no pcapng file"
}

# said FILTER WANTED: jq's answer over all packets
said() {
	[ "$(jq -sc "$1" "$tmp/said")" = "$2" ] || fail "$1: $(jq -sc "$1" "$tmp/said"), not $2"
}

# refused WORDS [ARGUMENT]...
refused() {
	local words=$1
	shift
	timeout -k 5 20 "$ctl" --socket "$socket" capture "$@" >"$tmp/said" 2>&1 && fail "$*: it is done"
	grep -q "^lwkt-ctl: .*$words" "$tmp/said" || fail "$*: $(cat "$tmp/said")"
}

over() {
	[ "$("$ctl" --socket "$socket" --json methods | wc -l)" -eq 1 ] &&
		[ "$(echo '{"jsonrpc":"2.0","method":"captured","id":1}' | ask_raw | jq .result.running)" = false ]
}

ask_raw() {
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(sys.stdin.buffer.read())
print(s.makefile().readline())' "$socket"
}

start "${eal_rest[@]}" -m 256 --file-prefix "$prefix" --lcores '0@0,1@1,2@0' \
	--vdev "net_pcap0,rx_pcap=$tmp/in.pcap,infinite_rx=1,tx_pcap=/dev/null" --vdev net_null0 -- \
	--config "$tmp/p.yaml" -T 0 --control "$socket" --idle sleep
await 20 forwarding || fail "it does not start"

capture --stage d --count 18
said length 18
said '[.[].direction] | unique' '[1]'
said '[.[].comment | sub(", hash.*"; "")] | unique' '["stage d, in"]'
grep -q '^18 packets captured, 0 lost$' "$tmp/counts" || fail "counts: $(cat "$tmp/counts")"
if command -v tshark >/dev/null; then
	[ "$(tshark -r "$got" -T fields -e frame.comment -e ip.proto 2>/dev/null | grep -c '^stage d, in')" -eq 18 ] ||
		fail "tshark reads something else"
fi
[ "$(tcpdump -r "$got" 2>/dev/null | wc -l)" -eq 18 ] || fail "tcpdump reads something else"
echo "ok: a stage, and other programs read it"

capture --stage d --drop --count 5
said '[.[].comment] | unique' '["stage d, dropped: ip4_header"]'
said '[.[].frame[28:30]] | unique' '["41"]'
capture --stage d --out --filter 'udp and src host 10.0.0.3' --count 5
said '[.[].frame[52:60]] | unique' '["0a000003"]'
said '[.[].comment | test("^stage d, out to c[01], hash 0x[0-9a-f]{8}$")] | unique' '[true]'
capture --stage c1 --filter tcp --count 20
said '[.[] | [.frame[46:48], (.comment | sub(", hash.*"; ""))]] | unique' '[["06","stage c1, in"]]'
capture --ethdev 1 --out --count 20
said '[.[].direction] | unique' '[2]'
capture --ethdev 0 --count 20 --filter 'not ip host 10.0.0.1'
said '[.[].direction] | unique' '[1]'
capture --ethdev 0 --in --seconds 0.2
said 'length > 0' true
capture --stage d --filter 'icmp' --seconds 0.2
said length 0
echo "ok: drops, outputs, another CPU, ethdevs, filters, time"

# By a signal, and by a reader that goes; while it does not read, packets go on and what has no room is counted.
rm -f "$got" # of the captures before
"$ctl" --socket "$socket" capture --stage rx -w "$got" 2>"$tmp/counts" &
taker=$!
await 20 test -s "$got" || fail "nothing comes"
refused "another one is under way" --stage d -w /dev/null
kill -INT $taker
wait $taker || fail "it fails at a signal: $(cat "$tmp/counts")"
grep -q ' packets captured, ' "$tmp/counts" || fail "counts: $(cat "$tmp/counts")"
look
await 20 over || fail "the capture is not over"
mkfifo "$tmp/slow"
python3 -c 'import sys, time; f = open(sys.argv[1]); time.sleep(60)' "$tmp/slow" &
reader=$!
"$ctl" --socket "$socket" capture --stage rx -w - >"$tmp/slow" 2>"$tmp/counts" &
taker=$!
lost() {
	[ "$(echo '{"jsonrpc":"2.0","method":"captured","id":1}' | ask_raw | jq '.result.lost > 1000')" = true ]
}
sent() {
	"$ctl" --socket "$socket" --json stats | jq .account.transmitted
}
await 20 lost || fail "nothing is lost though nobody reads"
before=$(sent)
moves() {
	[ "$(sent)" -gt "$before" ]
}
await 20 moves || fail "forwarding waits for who captures"
kill -KILL $reader $taker
wait $reader $taker 2>/dev/null
await 20 over || fail "the capture outlives its client"
echo "ok: signals, slow readers"

refused 'either a stage or an ethdev' -w /dev/null
refused 'either a stage or an ethdev' --stage d --ethdev 0 -w /dev/null
refused 'no such stage' --stage nobody -w /dev/null
refused 'no stage of such an ethdev' --ethdev 7 -w /dev/null
refused 'filter: ' --stage d --filter 'udp port' -w /dev/null
refused 'w FILE is missing' --stage d
refused 'No such file' --stage d -w "$tmp/nowhere/file"
await 20 over || fail "a capture without a file is not over"
for option in '--stage=d' --in '--count=5' '--filter=icmp'; do
	"$ctl" --socket "$socket" stats "$option" >"$tmp/said" 2>&1 && fail "stats takes $option"
	grep -q 'stats: .*captures nothing' "$tmp/said" || fail "stats $option: $(cat "$tmp/said")"
done
rm -f "$got" # of the captures before
"$ctl" --socket "$socket" capture --stage rx -w "$got" 2>"$tmp/counts" &
taker=$!
await 20 test -s "$got" || fail "nothing comes"
stop TERM
wait $taker
balanced
look
echo "ok: what is refused; an end while it captures"
