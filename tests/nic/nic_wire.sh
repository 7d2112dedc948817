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
cases=() # all at once, since most of them wait: pids
trap '((${#cases[@]} == 0)) || kill "${cases[@]}" 2>/dev/null || true; rm -rf "$dir"' EXIT

# judge DIR EXITCODE WORDS FAULT ARGUMENT... : nic-wire's, beside a peer with that fault
judge()
{
	local at=$1 wanted=$2 words=$3 fault=$4 status=0 output peer i
	shift 4

	mkdir "$at"
	python3 "$here/peer.py" "$at" "$fault" >"$at/ready" &
	peer=$!
	trap 'kill -KILL "$peer" 2>/dev/null || true' EXIT
	for ((i = 0; i < 300; i++)); do
		[[ -s $at/ready ]] && break
		sleep 0.1
	done
	output=$(timeout -k 5 60 "$wire" "$@" "$at/g0,$at/q0,52:54:00:00:00:01" \
		"$at/g1,$at/q1,52:54:00:00:00:02" 2>&1) || status=$?
	if [[ $status != "$wanted" || $output != *"$words"* ]]; then
		printf 'nic_wire.sh: fault "%s", %s: wanted exit %s and "%s", got %s and "%s"\n' "$fault" "$*" \
			"$wanted" "$words" "$status" "$output" >&2
		return 1
	fi
	if [[ -e $at/g0 || -e $at/g1 ]]; then
		printf 'nic_wire.sh: %s leaves its sockets\n' "$*" >&2
		return 1
	fi
}

expect()
{
	judge "$dir/${#cases[@]}" "$@" &
	cases+=("$!")
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
failed=0
for pid in "${cases[@]}"; do
	wait "$pid" || failed=$((failed + 1))
done
printf 'nic-wire: %d runs, %d failed\n' "${#cases[@]}" "$failed"
((failed == 0))
