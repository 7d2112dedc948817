#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# pcap_same.sh: scripts/pcap-same.py tells captures apart that differ, MACs aside.
set -euo pipefail

same=$(cd "$(dirname "$0")/../../scripts" && pwd)/pcap-same.py
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# capture FILE PACKET... : each packet is ten letters behind MAC addresses, given as HEXMACS:LETTERS
capture()
{
	python3 - "$@" <<'END'
import struct
import sys
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for text in sys.argv[2:]:
        macs, letters = text.split(":")
        data = bytes.fromhex(macs) + letters.encode()
        file.write(struct.pack("<IIII", 1, 2, len(data), len(data)) + data)
END
}

# expect EXITCODE WORDS ARGUMENT...
expect()
{
	local status=0 output wanted=$1 words=$2
	shift 2

	output=$(python3 "$same" "$@" 2>&1) || status=$?
	if [[ $status != "$wanted" || $output != *"$words"* ]]; then
		printf 'pcap_same.sh: %s: wanted exit %s and "%s", got %s and "%s"\n' "$*" "$wanted" "$words" \
			"$status" "$output" >&2
		exit 1
	fi
}

a=020000000001000000000001 b=02000000000102706361700a c=02000000000202706361700a
cd "$dir"
capture in "$a:one" "$a:two" "$a:three"
capture rewritten "$b:one" "$b:two" "$b:three"
capture elsewhere "$c:one" "$c:two" "$c:three"
capture mixed "$b:one" "$a:two" "$b:three"
capture swapped "$b:two" "$b:one" "$b:three"
capture changed "$b:one" "$b:twO" "$b:three"
capture longer "$b:one" "$b:two" "$b:three "
capture short "$b:one" "$b:two"
capture twice "$b:one" "$b:two" "$b:three" "$b:three"
capture none
head -c 60 in >torn
expect 0 '3 packets, 47 bytes' in rewritten
expect 0 '3 packets' --l2fwd 1 in rewritten
expect 1 'destination 02:00:00:00:00:02' --l2fwd 1 in elsewhere
expect 1 '2 different pairs' --l2fwd 1 in mixed
expect 1 'packet 1 differs' in swapped
expect 1 'packet 2 differs' in changed
expect 1 'packet 3 differs' in longer
expect 1 '3 packets in, 2 out' in short
expect 1 '3 packets in, 4 out' in twice
expect 1 'no packets' none none
expect 2 'ends inside' in torn
expect 2 'not a pcap file' in /dev/null
expect 2 'pcap-same.py [--l2fwd' in
printf 'pcap-same: 13 comparisons\n'
