#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      ┌ lwkt-bench pktgen ┐  net_memif0 ◀──▶ ┌ known_device: does wrong what it is told ┐
#      └───────────────────┘                  └──────────────────────────────────────────┘
#
# What pktgen counts is what the device says that it did: exactly, however often a processor is taken
# away, since the device counts frames. Only delay and rate are times. Percentiles: test_gen_faults.c.
#
# $1: known_device, $2: lwkt-bench

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/l2fwd_lib.sh"
command=pktgen
. "$(dirname "$0")/generator_lib.sh"
memif=net_memif0,id=0,socket=$tmp/m.sock,socket-abstract=no

# agrees EXPRESSION: of the report's row r, and the device's account: received, lost, corrupt, twice, late, sent
agrees() {
	python3 - "$json" "$did" "$1" <<'END' || {
import json, sys
r = json.load(open(sys.argv[1]))["rows"][0]
words = sys.argv[2].split()
a = {k: int(v) for k, v in zip(words[::2], words[1::2])}
def near(x, y):
    return abs(x / y - 1) <= 0.01
sys.exit(not eval(sys.argv[3], {**a, "r": r, "near": near}))
END
		show_generator
		fail "not: $1; the device: $did"
	}
}

# pktgen DEVICE-OPTION... -- OPTION...
pktgen() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	device "${options[@]}"
	generate 60 0 --vdev "$memif" "$@"
	stop_device
}

# trial OPTION... : 2001 frames; the last one follows whatever is late
trial() {
	pktgen "$@" -- --rate 2kpps --count 2001 --seconds 50 --size 64-1518:127
	agrees 'r["sent"] == received == 2001 and r["foreign"] == r["too_old"] == 0'
	agrees 'r["lost"] == lost + corrupt and r["corrupt"] == corrupt'
	agrees 'r["duplicates"] == twice and r["received"] == sent - corrupt'
}
trial --lose 20
agrees 'lost == 100'
trial --corrupt 25 --twice 40
agrees 'corrupt == 80 and twice == 40'
trial --late 50
agrees 'late == r["reordered"] == 40'
trial --seed 5 --lose 20 --corrupt 25 --twice 40
agrees 'lost > 50 and corrupt > 40 and twice > 20 and r["reordered"] == 0'
echo "ok: loss, corruption, copies and order are what the device did"

# one_of_five EXPRESSION DEVICE-OPTION... -- OPTION... : times are known when nobody had to wait for a processor
one_of_five() {
	local expression=$1 i
	shift
	for ((i = 0; i < 4; i++)); do
		pktgen "$@"
		(agrees "$expression") >/dev/null && return
	done
	pktgen "$@"
	agrees "$expression"
}
one_of_five 'near(r["latency_us"]["min"], 100000)' --delay-ms 100 -- --rate 1kpps --count 1000 --seconds 50
agrees 'r["lost"] == 0 and r["latency_us"]["min"] >= 99999'
echo "ok: the delay"

# A line of 1,000 frames a second, and twice as many: what finds 200 others before it is lost.
one_of_five 'near(r["received_pps"], 1000) or near(r["received_each_second"]["median"], 1000)' \
	--line-pps 1000 --queue 200 -- --rate 2kpps --count 8000 --seconds 50
agrees 'r["sent"] == received and r["lost"] == lost and r["received"] == sent and lost > 0'
echo "ok: the rate"

# Of each second 300 ms: frames wait up to so long, and none is lost.
pktgen --stall-ms 300 -- --rate 1kpps --count 3000 --seconds 50
agrees 'r["lost"] == r["reordered"] == 0 and r["latency_us"]["max"] > 290000'
agrees 'r["latency_us"]["p90"] > 150000'
left_nothing
