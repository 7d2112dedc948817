#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      ┌ lwkt-bench pktgen ┐  net_memif0 ──▶ ┌ lwkt-l2fwd ┐ ──▶ net_memif1   ┌ pktgen ┐
#      └───────────────────┘  net_memif0 ◀── └────────────┘ ◀── net_memif1   └────────┘
#
# Two processes and shared memory between them. What pktgen says is held against lwkt-l2fwd's own
# account: nothing lost through two ethdevs both ways; exactly as much lost as a meter has dropped, and
# as many frames twice as a mirror has copied. And what pktgen says when it cannot measure.
#
# $1: lwkt-l2fwd, $2: lwkt-bench

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/l2fwd_lib.sh"
command=pktgen
. "$(dirname "$0")/generator_lib.sh"
memif0=net_memif0,id=0,socket=$tmp/m0.sock,socket-abstract=no
memif1=net_memif1,id=1,socket=$tmp/m1.sock,socket-abstract=no

# pktgen CODE EAL-OPTION... -- OPTION...
pktgen() {
	generate 60 "$@"
}

# result EXPRESSION: of the report, r0 and r1 its rows
result() {
	python3 - "$json" "$1" <<'END' || fail "not: $1"
import json, sys
d = json.load(open(sys.argv[1]))
r0, r1 = (d["rows"] * 2)[:2]
if not eval(sys.argv[2]):
    print(json.dumps(d["rows"], indent=1))
    sys.exit(1)
END
}

clean='r["lost"] == r["duplicates"] == r["reordered"] == r["too_old"] == r["corrupt"] == r["foreign"] == 0'

# --idle sleep everywhere: net_memif takes its rings away under a CPU that polls them, when the generator
# ends. Asleep is not in the driver.
#
# Through two ethdevs, both ways. Slowly: a processor that is taken away is no loss.
start "${eal[@]}" --vdev "$memif0,role=server" --vdev "$memif1,role=server" "${one_worker[@]}" -- \
	-p 3 -q 2 -T 0 --link-wait 0 --idle sleep
await 20 forwarding || fail "it does not start"
pktgen 0 --vdev "$memif0" --vdev "$memif1" -- --rate 2kpps --count 2000 --seconds 50 --flows 100 \
	--size imix --dst-mac 02:00:00:00:00:01 --max-loss 0 --max-p99 1000s
stop INT
balanced
result 'd["schema"] == "lwkt-bench/1" and d["command"] == "pktgen" and d["incomplete"] is False'
result '[r["name"] for r in d["rows"]] == ["0>1", "1>0"]'
result "all(r['sent'] == r['received'] == 2000 and $clean for r in d['rows'])"
result 'all(r["sent_bytes"] == r["received_bytes"] for r in d["rows"])'
# 100 flows in each size by turns: all twelve sizes, and the first eight.
result 'r0["sent_bytes"] == 100 * (12 * 64 + 6 * 594 + 2 * 1518)'
result 'all(0 < r["latency_us"]["min"] <= r["latency_us"]["p50"] <= r["latency_us"]["p99"] <=
	r["latency_us"]["p9999"] <= r["latency_us"]["max"] for r in d["rows"])'
result 'all(r["sent_pps"] < 2001 for r in d["rows"])'
[ "$received $dropped" = "4000 0" ] || fail "lwkt-l2fwd received $received, dropped $dropped"
echo "ok: 4000 frames through lwkt-l2fwd, all there"

# one_ethdev MIDDLE... : lwkt-l2fwd sends back what comes, through these stages
one_ethdev() {
	printf '%s\n' 'ethdevs:' '  - {name: m, device: net_memif0}' 'stages:' \
		'  - {name: rx, kind: ethdev_rx, cpu: 1, params: {ethdev: m}, outputs: [middle]}' "$@" \
		'  - {name: tx, kind: ethdev_tx, cpu: 1, params: {ethdev: m}}' >"$tmp/pipeline.yaml"
	start "${eal[@]}" --vdev "$memif0,role=server" "${one_worker[@]}" -- --config "$tmp/pipeline.yaml" -T 0 --link-wait 0 \
		--idle sleep
	await 20 forwarding || fail "it does not start"
}

# What is lost is what the meter dropped.
one_ethdev '  - {name: middle, kind: meter, cpu: 1, params: {cir: 50000, cbs: 2000}, outputs: [tx]}'
pktgen 1 --vdev "$memif0" -- --rate 2kpps --count 2000 --seconds 50 --flows 7 --tcp --size 128 --max-loss 0.1% --max-p99 1ns
grep -Eq '^lwkt-bench pktgen: 0>0: [0-9]+ ppm lost, --max-loss allows 1000$' "$tmp/gen-err" || fail 'a gate for loss'
grep -Eq '^lwkt-bench pktgen: 0>0: p99 is [0-9.]+ us, --max-p99 allows 0.0$' "$tmp/gen-err" || fail 'a gate for latency'
stop INT
balanced
result "r0['sent'] == 2000 and r0['duplicates'] == r0['reordered'] == r0['corrupt'] == 0"
result "r0['lost'] == $dropped and r0['received'] == $transmitted and $received == 2000"
[ "$dropped" -gt 100 ] || fail "the meter dropped $dropped"
echo "ok: $dropped frames dropped, all missed"

# What comes twice is what the mirror copied.
one_ethdev '  - {name: middle, kind: mirror, cpu: 1, params: {every: 4}, outputs: [tx, tx]}'
pktgen 0 --vdev "$memif0" -- --rate 2kpps --count 2000 --seconds 50 --flows 3 --ipv6 --vlan 9 --size 100
result "r0['sent'] == 2000 and r0['received'] == 2500 and r0['duplicates'] == 500"
result "r0['lost'] == r0['corrupt'] == r0['foreign'] == 0"
echo "ok: 500 frames twice, all noticed"

# Interrupted: what was measured is kept.
"$bench" "${gen[@]}" --vdev "$memif0" -- pktgen --json "$json" --rate 1kpps --seconds 600 >"$tmp/gen" \
	2>"$tmp/gen-err" </dev/null &
generator=$!
await 30 grep -q ' 1 s ' "$tmp/gen" || fail "no line after a second"
kill -INT "$generator"
wait "$generator"
rc=$?
generator=
[ $rc -eq 1 ] || fail "interrupted: exit code $rc"
result "d['incomplete'] is True and 0 < r0['sent'] < 600000 and r0['lost'] == 0"
result "1 <= r0['received_each_second']['windows'] < 600 and 500 < r0['received_each_second']['median'] < 2000"
result "r0['sent_each_second']['q1'] <= r0['sent_each_second']['median'] <= r0['sent_each_second']['q3']"
echo "ok: interrupted, kept"
stop INT

# The packets of a file, behind a meter: two TCP flows, one in both directions, and ARP.
python3 - "$tmp" <<'END'
import struct, sys
def pcap(name, packets, link=1, cut=0):
    with open(f"{sys.argv[1]}/{name}.pcap", "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link))
        for i, p in enumerate(packets):
            f.write(struct.pack("<IIII", i, 0, len(p) - cut, len(p)) + p[:len(p) - cut])
macs = bytes.fromhex("020000000001020000000002")
def tcp(src, dst, payload):
    ip = struct.pack(">BBHHHBBH4B4B", 0x45, 0, 40 + payload, 0, 0, 64, 6, 0, *src, *dst)
    return macs + b"\x08\0" + ip + struct.pack(">HHIIBBHHH", 5, 6, 0, 0, 80, 16, 1, 0, 0) + bytes(range(256)) [:payload]
a, b, c = (10, 0, 0, 1), (10, 0, 0, 2), (10, 0, 0, 3)
def back(p):
    return p[:34] + p[36:38] + p[34:36] + p[38:]
packets = [tcp(a, b, 0), back(tcp(b, a, 200)), tcp(a, c, 51), macs + b"\x08\x06" + bytes(28), tcp(a, b, 101)]
pcap("good", packets)
pcap("none", [])
pcap("link", packets, link=101)
pcap("part", packets, cut=1)
pcap("long", [macs + b"\x08\0" + bytes(1600)])
open(f"{sys.argv[1]}/torn.pcap", "wb").write(open(f"{sys.argv[1]}/good.pcap", "rb").read()[:-7])
open(f"{sys.argv[1]}/text.pcap", "w").write("no capture at all, but long enough for its header\n")
END
one_ethdev '  - {name: middle, kind: meter, cpu: 1, params: {cir: 50000, cbs: 2000}, outputs: [tx]}'
pktgen 0 --vdev "$memif0" -- --rate 2kpps --count 2000 --seconds 50 --pcap "$tmp/good.pcap"
stop INT
balanced
result "r0['sent'] == 2000 and r0['duplicates'] == r0['reordered'] == r0['corrupt'] == r0['foreign'] == 0"
result "r0['lost'] == $dropped and r0['received'] == $transmitted and d['flows'] == 3"
# With FCS and tag, and made even; the least has 64.
result "r0['sent_bytes'] == 400 * ((54 + 18) + (254 + 18) + (106 + 18) + 64 + (156 + 18))"
echo "ok: the packets of a file"

# Nobody answers; foreign frames do not count.
pktgen 1 --vdev net_null0 --vdev net_null1 -- --one-way --count 100
says 'ethdev 0 sent 100 frames and none came to ethdev 1 ('
result 'd["incomplete"] is True and r0["sent"] == r0["lost"] == 100 and r0["received"] == 0'
pktgen 0 --vdev net_null0 -- --tx-only --count 1000
result 'r0["sent"] == 1000 and r0["sent_bytes"] == 64000 and "lost" not in r0'

# Fields by options, as they are on the line: three addresses by two ports are six flows.
pktgen 0 --vdev "net_pcap0,tx_pcap=$tmp/sent.pcap" -- --tx-only --count 12 --rate 1kpps --src-ip 192.0.2.255-192.0.3.1 \
	--dst-ip 198.51.100.7,203.0.113.9 --src-port 5000-5001 --dst-port 53 --vlan 77 --src-mac 02:00:00:00:00:0a \
	--dst-mac 02:00:00:00:00:0b
result 'd["flows"] == 6'
python3 - "$tmp/sent.pcap" <<'END' || fail "other frames than the options say"
import sys
data, at, seen = open(sys.argv[1], "rb").read(), 24, []
while at < len(data):
    n = int.from_bytes(data[at + 8:at + 12], "little")
    f = data[at + 16:at + 16 + n]
    assert f[:18].hex() == "02000000000b" "02000000000a" "8100004d" "0800", f.hex()
    seen.append((f[30:34].hex(), f[34:38].hex(), f[38:40].hex(), f[40:42].hex()))
    at += 16 + n
want = [(a, "c6336407", p, "0035") for p in ("1388", "1389") for a in ("c00002ff", "c0000300", "c0000301")]
assert seen == want * 2, seen
END
echo "ok: addresses, ports, VLAN and MAC addresses by options"

# A mix with weights.
pktgen 0 --vdev net_null0 -- --tx-only --count 24 --size 64:7,570:4,1518:1
result 'd["sizes"] == 7 * [64] + 4 * [570] + [1518] and r0["sent_bytes"] == 2 * (7 * 64 + 4 * 570 + 1518)'

# No link, no device, too much for either.
pktgen 1 --vdev "$memif0,role=server" -- --link-wait 0
says 'ethdev 0 (net_memif0): no link after 0 s; connect it, start its peer, or wait longer with --link-wait'
pktgen 1 --
says 'lwkt-bench pktgen: no ethdev; give EAL devices'
pktgen 1 --vdev net_null0 -- --ethdevs 5
says 'lwkt-bench pktgen: there is no ethdev 5, there are 1; give EAL devices'
pktgen 1 --vdev net_null0 -- --size 4000
says 'frames of 4000 bytes do not fit in its MTU of'
pktgen 1 --vdev net_null0 -- --rate 100Gbit
says '148809524 frames a second are wanted, its link of 10000 Mbit/s carries 14880952; give a lower --rate, or max'

# refuses LINE OPTION...
refuses() {
	local line=$1
	shift
	pktgen 2 -- "$@"
	says "lwkt-bench pktgen: $line"
}
for bad in "none: there is no packet in it; give another file" \
	"link: its packets are not Ethernet frames; give a capture of an Ethernet link" \
	"part: packet 1: only a part was captured; capture whole packets (tcpdump -s 0)" \
	"torn: packet 5: truncated dump file; tried to read 155 captured bytes, only got 148"; do
	pktgen 2 --vdev net_null0 -- --pcap "$tmp/${bad%%:*}.pcap"
	says "lwkt-bench pktgen: $tmp/${bad%%:*}.pcap:${bad#*:}"
done
pktgen 2 --vdev net_null0 -- --pcap "$tmp/text.pcap"
says "lwkt-bench pktgen: $tmp/text.pcap: unknown file format; give a file that tcpdump -w has written"
pktgen 2 --vdev net_null0 -- --pcap "$tmp/missing.pcap"
says "lwkt-bench pktgen: $tmp/missing.pcap: No such file or directory"
pktgen 1 --vdev net_null0 -- --pcap "$tmp/long.pcap"
says 'frames of 1632 bytes do not fit in its MTU of 1500; give a file of shorter packets, or --mtu'
sizes="--size takes 'imix', or up to 64 sizes from 64 to 16000, as in 64,512, 64-1518:64 or 64:7,1518:1"
refuses "$sizes, not '60'" --size 60
for bad in 64-1518 1518-64:64 64-1518:0 64- 64-1518: 64-1518:64:1 64-16001:64 64:0 64:65 64: 64:7:1 64:60,128:5; do
	refuses "$sizes, not '$bad'" --size "$bad"
done
refuses "--max-loss takes a share such as 0, 10ppm or 0.1%, not '101%'" --max-loss 101%
refuses "--max-p99 takes a time such as 50us or 1ms, not '1 day'" --max-p99 '1 day'
refuses "--tx-only receives nothing that --max-p99 could judge; leave one out" --tx-only --max-p99 5us
refuses "$sizes, not '64,'" --size 64,
refuses "--size 64 is too small: 62 bytes of headers, 14 of the tag and 4 of the FCS need 80" --ipv6
refuses "--rate takes 'max', or a number above 0 and pps, kpps, Mpps, bit, kbit, Mbit, Gbit or % (up to 100), \
not '0pps'" --rate 0pps
refuses "--pcap sends the frames of its file; leave out --size" --pcap x --size 64
refuses "--pcap sends the frames of its file; leave out --flows" --pcap x --flows 1
refuses "--pcap sends the frames of its file; leave out --ipv6" --pcap x --ipv6
ranges="a range A-B, or one a direction, separated by a comma"
refuses "--dst-mac takes an address such as 02:00:00:00:00:01, $ranges, not '02:00'" --dst-mac 02:00
refuses "--src-ip takes an IPv4 address (IPv6 with --ipv6), $ranges, not 'fd00::1'" --src-ip fd00::1
refuses "--dst-port takes a port, $ranges, not '9-8'" --dst-port 9-8
refuses "--vlan takes a VLAN up to 4094, $ranges, not '4095'" --vlan 4095
refuses "--src-ip has a range of its own; leave out --addrs" --src-ip 1.1.1.1 --addrs 4
refuses "--ethdevs takes one or two, not 3" --ethdevs 0,1,2
refuses "--ethdevs has 1 twice; give it once" --ethdevs 1,1
wider='give wider ranges, or --addrs and --ports'
refuses "--flows 100 are more than addresses, ports and VLANs tell apart, 12; $wider" --flows 100 --addrs 3 --ports 4
refuses "--flows 9 are more than addresses, ports and VLANs tell apart, 4; $wider" --flows 9 --ports 4 \
	--src-ip 1.0.0.1-1.0.0.9,1.0.0.1
left_nothing
