#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# nic_wire.sh: nic-wire, which judges what a NIC forwarded, finds each fault that is planted.
#
#      nic-wire   g0 ──── q0  peer.py: MAC rewrite, and one
#                 g1 ──── q1  frame lost, twice, late, wrong ...
set -euo pipefail

wire=$1
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
peer=''
trap '[[ -z $peer ]] || kill -KILL "$peer" 2>/dev/null || true; rm -rf "$dir"' EXIT
cases=0

# expect EXITCODE WORDS FAULT ARGUMENT... : nic-wire's, beside a peer with that fault
expect()
{
	local status=0 output wanted=$1 words=$2 fault=$3 i
	shift 3

	rm -f "$dir"/[qg][01] "$dir/ready"
	python3 "$here/peer.py" "$dir" "$fault" >"$dir/ready" &
	peer=$!
	for ((i = 0; i < 300; i++)); do
		[[ -s $dir/ready ]] && break
		sleep 0.1
	done
	output=$(timeout -k 5 60 "$wire" "$@" "$dir/g0,$dir/q0,52:54:00:00:00:01" \
		"$dir/g1,$dir/q1,52:54:00:00:00:02" 2>&1) || status=$?
	kill -KILL "$peer"
	wait "$peer" 2>/dev/null || true
	peer=''
	cases=$((cases + 1))
	if [[ $status != "$wanted" || $output != *"$words"* ]]; then
		printf 'nic_wire.sh: fault "%s", %s: wanted exit %s and "%s", got %s and "%s"\n' "$fault" "$*" \
			"$wanted" "$words" "$status" "$output" >&2
		exit 1
	fi
	if [[ -e $dir/g0 || -e $dir/g1 ]]; then
		printf 'nic_wire.sh: %s leaves its sockets\n' "$*" >&2
		exit 1
	fi
}

good='lost 0, reordered 0, duplicates 0, wrong MAC 0, changed 0, foreign 0'
expect 0 "wire 0 to 1: sent 400, came 400, $good" '' both -n 400
expect 0 "wire 1 to 0: sent 400, came 400, $good" '' both -n 400 -f 16 -s 999
expect 0 '' '' probe -f 16
expect 1 'sent 400, came 399, lost 1, reordered 0, duplicates 0, wrong MAC 0' lose both -n 400 -t 3
expect 1 'wire 1 to 0: sent 400, came 400, lost 0' lose both -n 400 -t 3
expect 1 'sent 40, came 39, lost 1' lose both -n 40 -t 3
expect 1 'came 400, lost 0, reordered 0, duplicates 1, wrong' twice both -n 400
expect 1 'came 400, lost 0, reordered 1, duplicates 0, wrong' late both -n 400
expect 1 'came 400, lost 0, reordered 0, duplicates 0, wrong MAC 1,' destination both -n 400
expect 1 'number 39, to 02:00:00:00:00:01, from 52:54:00:00:00:07' source both -n 400
expect 1 'came 399, lost 1, reordered 0, duplicates 0, wrong MAC 0, changed 1' payload \
	both -n 400 -t 3
expect 1 'changed 1, foreign 0' padding both -n 400 -t 3
expect 1 'lost 1, reordered 0, duplicates 0, wrong MAC 0, changed 0, foreign 1' longer both -n 400 -t 3
expect 1 'changed 0, foreign 1' foreign both -n 400
expect 1 'sent 64, came 0, lost 64' back both -n 400 -t 3
expect 1 'no frame came through in 3 s' silent probe -t 3
expect 0 'sent 300, came 0, lost 300' silent down -n 300
expect 1 'wire 0 to 1: sent 300, came 300, lost 0' '' down -n 300
expect 2 '-n 0: not a whole number from 1' '' both -n 0
expect 2 'usage: nic-wire' '' neither
printf 'nic-wire: %d runs\n' "$cases"
