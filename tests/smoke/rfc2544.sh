#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      ┌ lwkt-bench rfc2544 ┐  net_memif0 ◀──▶ ┌ known_device: loses and delays as it is told ┐
#      └────────────────────┘                  └──────────────────────────────────────────────┘
#
# A device of which the throughput, the loss, the longest burst and the delay are known: rfc2544 has to
# find each to within 1 %. Rates are so low that a processor that is taken away does not matter.
#
# $1: known_device, $2: lwkt-bench

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/l2fwd_lib.sh"
command=rfc2544
. "$(dirname "$0")/generator_lib.sh"
memif=net_memif0,id=0,socket=$tmp/m.sock,socket-abstract=no

# rfc CODE OPTION...
rfc() {
	local code=$1
	shift
	generate 120 "$code" --vdev "$memif" -- "$@"
}

# result EXPRESSION: of the report; r is its first row, near(a, b): to within 1 %
result() {
	python3 - "$json" "$1" <<'END' || {
import json, sys
d = json.load(open(sys.argv[1]))
r = d["rows"][0]
def near(a, b):
    return abs(a / b - 1) <= 0.01
if not eval(sys.argv[2]):
    print(json.dumps(r))
    sys.exit(1)
END
		show_generator
		fail "not: $1"
	}
}

# 190 frames a trial of 0.2 seconds get through, so 950 a second without loss, and 985 with 4 % lost.
device --pass 190 --delay-ms 100
# Where a processor is taken away so often that even this rate is not held, the search goes on below: again then.
for ((i = 0; i < 4; i++)); do
	rfc 0 --size 100 --rate 1kpps --seconds 0.2 --repeat 1 --resolution 4 --loss 4% --at 50,100 --bursts 3 --drain 700
	python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))["rows"][0]
found = r["ndr_pps"], r["pdr_pps"]
sys.exit(any(f["by_sender"] or f["confidence95"] > 0.003 * f["upper"] for f in found))' "$json" && break
done
result 'd["schema"] == "lwkt-bench/1" and d["command"] == "rfc2544" and d["incomplete"] is False'
result 'r["name"] == "100" and r["size"] == 100 and r["high_pps"] == 1000 and d["seconds"] == 0.2'
# 190.5 frames are sent as 190, and the rate without loss lies within its interval, which is 0.4 % wide.
result 'r["ndr_pps"]["lower"] <= 952.5 and r["ndr_pps"]["upper"] >= 950 and r["ndr_pps"]["by_sender"] is False'
result 'near(r["ndr_pps"]["lower"], 950) and near(r["ndr_pps"]["upper"], 950) and r["ndr_pps"]["min"] == r["ndr_pps"]["lower"]'
result 'near(r["pdr_pps"]["lower"], 985) and r["pdr_pps"]["upper"] >= 985 and r["pdr_loss"] == 0.04'
result 'r["burst_frames"]["mean"] == 190 and r["burst_frames"]["deviation"] == 0 and r["burst_frames"]["repeats"] == 3'
result 'near(r["burst_frames"]["buffer_us"], 190000) and 8500 < r["burst_frames"]["corrected_buffer_us"] < 10500'
result '[x["percent"] for x in r["latency"]] == [50, 100] and r["p99_us"] == r["latency"][1]["p99_us"]'
result 'abs(r["p99_us"]["median"] / r["latency_us"]["p99"] - 1) < 0.001'
result 'all(x["latency_us"]["min"] > 99000 for x in r["latency"])'
# 190 of 200, and then two without loss.
result '[x["percent"] for x in r["loss"]] == [100, 90, 80]'
result 'near(r["loss"][0]["loss_ratio"], 0.05) and r["loss"][1]["loss_ratio"] == r["loss"][2]["loss_ratio"] == 0'
grep -Eq '^100 bytes, no loss, both ways: [0-9]+ frames/s, [0-9]+ of [0-9]+ lost; trial [0-9]+, about [0-9]+ left, [0-9]+ s$' \
	"$tmp/gen-err" || fail "no word on how far it has come"
# To 1 % it is known when nobody had to wait for a processor: one of five times.
for ((i = 0; i < 5; i++)); do
	rfc 0 --size 100 --rate 500pps --seconds 0.2 --repeat 1 --loss 0 --only throughput,latency --at 50 --drain 700
	least=$(python3 -c 'import json, sys
print(int(json.load(open(sys.argv[1]))["rows"][0]["latency_us"]["min"]))' "$json")
	[ "$least" -gt 101000 ] || break
done
result 'near(r["latency_us"]["min"], 100000)'
stop_device
echo "ok: a device that passes 190 frames and takes 100 ms"

# One of 50 is lost at any rate: no throughput, but with 3 % of loss all of it. Each trial has a multiple of
# 50 frames, so it does not matter which of them is the 50th.
device --lose 50
rfc 0 --size 64 --rate 2kpps --seconds 0.25 --repeat 1 --resolution 500 --loss 30000 --only throughput,loss --drain 400
# If a processor was taken away, the rate may not have been held, three times; it says so then.
result 'r["ndr_pps"]["lower"] == 0 and r["pdr_pps"]["by_sender"] and (near(r["pdr_pps"]["lower"], 2000) or r["pdr_pps"]["lower"] > 0)'
result 'len(r["loss"]) == 10 and all(near(x["loss_ratio"], 0.02) for x in r["loss"])'
result '"latency" not in r and "burst_frames" not in r'
says 'warning: 64 bytes: something was lost at every rate'
rfc 0 --size 64 --rate 5kpps --seconds 0.1 --repeat 2 --resolution 500 --loss 30000 --only throughput --each --drain 400
result 'r["ndr_pps"]["repeats"] == r["pdr_pps"]["repeats"] == 2 and r["ndr_pps"]["confidence95"] == 0'
result '[x["name"] for x in r["directions"]] == ["0>0"] and r["directions"][0]["pdr_pps"]["lower"] > 0'

# Broken off: what there is is kept.
rfc_from_here() {
	: >"$tmp/gen-err"
	"$bench" "${gen[@]}" --vdev "$memif" -- rfc2544 --json "$json" --rate 300pps --only throughput,loss \
		--drain 100 --seconds "$@" >"$tmp/gen" 2>"$tmp/gen-err" </dev/null &
	generator=$!
	await 30 grep -q 'trial 2,' "$tmp/gen-err" || fail "no second trial"
}

# broken_off WHY: it ends, and says so
broken_off() {
	local rc
	wait "$generator"
	rc=$?
	generator=
	[ $rc -eq 1 ] || fail "exit code $rc"
	says "warning: incomplete: $1; what was measured until then is here"
	result 'd["incomplete"] is True and r["high_pps"] == 300'
}
rfc_from_here 0.5 --size 64
kill -INT "$generator"
broken_off interrupted

# And so if the device stands still. Killed at once, net_memif takes the rings away under the generator that
# polls them, and that crashes in the driver about once in twenty times.
rfc_from_here 0.1 --size 64,128,256,512
kill -STOP "$pid"
broken_off "nothing comes back any more"
kill -KILL "$pid"
wait "$pid"
pid=

# Nobody answers.
rfc_null() {
	timeout -k 3 60 "$bench" "${gen[@]}" --vdev net_null0 --vdev net_null1 -- rfc2544 --json "$json" --one-way \
		--rate 1kpps --seconds 0.1 --drain 100 --size 64 >"$tmp/gen" 2>"$tmp/gen-err" </dev/null
}
rfc_null && fail "net_null answers"
says 'warning: incomplete: nothing came back'
result 'd["incomplete"] is True and "ndr_pps" not in r'

# refuses LINE OPTION...
refuses() {
	local line=$1
	shift
	rfc 2 "$@"
	says "lwkt-bench rfc2544: $line"
}
refuses "--size takes up to 64 sizes from 64 to 16000, as in 64,512 or 64-1518:64; pktgen sends mixes, not 'imix'" \
	--size imix
refuses "--size 64 is too small: 62 bytes of headers, 14 of the tag and 4 of the FCS need 80" --ipv6
refuses "--only takes one or more of throughput,latency,loss,burst, not 'jitter'" --only jitter
refuses "--only latency is at a share of the throughput; add throughput" --only latency
refuses "--at takes at most 8 numbers from 1 to 100, separated by commas, not '0'" --at 0
refuses "--rate takes 'max', or a number above 0 and pps, kpps, Mpps, bit, kbit, Mbit, Gbit or % (up to 100), \
not '101%'" --rate 101%
refuses "--size takes each size once, separated by commas, not '64,128,64'" --size 64,128,64
refuses "--loss takes a share below all, such as 1000ppm or 0.1%, not '100%'" --loss 100%
refuses "--seconds takes seconds from 0.1 to 3600, not '0.05'" --seconds 0.05
refuses "--seconds takes seconds from 0.1 to 3600, not '1.'" --seconds 1.
