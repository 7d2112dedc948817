#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      source ─▶ c0 ─▶ c1 ─▶ ... ─▶ c39 ─▶ d ─▶ tx, tx1     each on the next of 2 CPUs
#                                                 │ EAL's telemetry socket
#                                        l2fwd_telemetry.py
#
# What a running pipeline says of itself by DPDK's telemetry: lists are whole over all pages, no
# reply exceeds the 16 KiB that EAL has, the counters of stages and wires agree with the account,
# and what is not there is said so. Asked while packets flow, and when the last has ended.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

stages=40
file=$tmp/pipeline.yaml
{
	echo "pipeline: {name: run}"
	echo "ethdevs: [{name: none, device: net_null0, txq: 2}]"
	echo "stages:"
	echo "  - {name: source_with_quite_a_long_name, kind: source, cpu: 1, params: {pool: run_0, count: 500000}, outputs: [c_with_a_long_name_0]}"
	for ((i = 0; i < stages; i++)); do
		next=c_with_a_long_name_$((i + 1))
		((i + 1 < stages)) || next=d
		echo "  - {name: c_with_a_long_name_$i, kind: counter, cpu: $((1 + (i + 1) % 2)), outputs: [$next]}"
	done
	echo "  - {name: d, kind: distribute, cpu: 1, outputs: [tx, tx1]}"
	echo "  - {name: tx, kind: ethdev_tx, cpu: 2, params: {ethdev: none}}"
	echo "  - {name: tx1, kind: ethdev_tx, cpu: 1, params: {ethdev: none, queue: 1}}"
} >"$file"

start --no-huge --no-pci --no-shconf -m 128 --file-prefix "$prefix" --vdev net_null0 \
	--lcores '0@0,1@1,2@0' -- --config "$file" -T 0
await 20 forwarding || fail "it does not start"
python3 "$here/l2fwd_telemetry.py" "/var/run/dpdk/$prefix/dpdk_telemetry.v2" $((stages + 4)) \
	>"$tmp/said" 2>&1 || fail "$(cat "$tmp/said")"
cat "$tmp/said"
stop TERM
balanced
echo "ok: telemetry of $((stages + 4)) stages"
