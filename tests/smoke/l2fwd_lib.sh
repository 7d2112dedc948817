#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# What the l2fwd_*.sh tests share; they source it. $1 of each test: the program lwkt-l2fwd.
# shellcheck disable=SC2034 # the tests use what is set here

set -u
prog=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
prefix=hl$$
. "$(dirname "${BASH_SOURCE[0]}")/smoke_lib.sh"
eal_rest=(--no-huge --no-pci --no-shconf --no-telemetry) # with another -m, --file-prefix: EAL may take each once only
eal=("${eal_rest[@]}" -m 128 --file-prefix "$prefix")
one_worker=(--lcores '0@0,1@1')
three_workers=(--lcores '0@0,1@1,2@0,3@1')
pid=

# Each test may add to this with a function undo.
clean_up() {
	[ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null
	declare -F undo >/dev/null && undo
	rm -rf "$tmp" "/var/run/dpdk/$prefix"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

# await SECONDS COMMAND...: run COMMAND every 50 ms until it succeeds.
await() {
	local left=$(($1 * 20))
	shift
	until "$@"; do
		[ $((left--)) -gt 0 ] || return 1
		sleep 0.05
	done
}

# side_by_side ARGUMENT... -- GROUP...: run this test once for each group, all at the same time, as
# "$0 ARGUMENT... GROUP", and end. For tests that spend most of their time waiting.
side_by_side() {
	local -a arguments=() jobs=()
	local rc=0 i
	while [ "$1" != -- ]; do
		arguments+=("$1")
		shift
	done
	shift
	for i; do
		bash "$0" "${arguments[@]}" "$i" >"$tmp/$i" 2>&1 &
		jobs+=($!)
	done
	for i in "${jobs[@]}"; do
		wait "$i" || rc=1
		cat "$tmp/$1"
		shift
	done
	exit $rc
}

# counted_file FILE: a pipeline of 100,000 packets through a counter to net_null0, on lcore 1
counted_file() {
	cat >"$1" <<-'END'
		pipeline: {name: run}
		ethdevs: [{name: none, device: net_null0}]
		stages:
		  - {name: src, kind: source, cpu: 1, params: {pool: run_0, count: 100000}, outputs: [c0]}
		  - {name: c0, kind: counter, cpu: 1, outputs: [tx]}
		  - {name: tx, kind: ethdev_tx, cpu: 1, params: {ethdev: none}}
	END
}

start() {
	# Now: the child may come to it only after the first look for "forwarding".
	: >"$out"
	: >"$err"
	"$prog" "$@" >"$out" 2>"$err" &
	pid=$!
}

forwarding() {
	kill -0 "$pid" 2>/dev/null || fail "it ended before it began"
	grep -q '^forwarding' "$out"
}

# ends SECONDS CODE WHAT: it ends before that, with this exit code, and leaves nothing
ends() {
	local rc
	await "$1" ended || fail "$3: it does not end"
	wait "$pid"
	rc=$?
	pid=
	[ $rc -eq "$2" ] || fail "$3: exit code $rc, not $2"
	left_nothing
}

# stop SIGNAL [CODE]: it has 15 seconds to end, with this exit code, 0 by default.
stop() {
	kill -"$1" "$pid" || fail "it ended by itself"
	ends 15 "${2:-0}" "SIG$1"
}

ended() {
	! kill -0 "$pid" 2>/dev/null
}

left_nothing() {
	[ ! -e "/var/run/dpdk/$prefix" ] || fail "/var/run/dpdk/$prefix is left behind"
}

# balanced: the account in $out adds up. Sets received, transmitted, dropped.
balanced() {
	local text
	text=$(grep '^account: received' "$out") || fail "no account"
	[[ $text =~ received\ ([0-9]+)\ =\ transmitted\ ([0-9]+)\ \+\ (consumed\ ([0-9]+)\ \+\ )?(merged\ ([0-9]+)\ \+\ )?dropped\ ([0-9]+) ]] ||
		fail "unreadable account"
	received=${BASH_REMATCH[1]} transmitted=${BASH_REMATCH[2]} dropped=${BASH_REMATCH[7]}
	[ "$received" -eq $((transmitted + ${BASH_REMATCH[4]:-0} + ${BASH_REMATCH[6]:-0} + dropped)) ] || fail "the account does not add up"
	grep -q '^account: held 0, mbufs in use 0$' "$out" || fail "packets or mbufs are left"
}

# ethdev_sum COLUMN: the sum over the ethdevs of a column of the last table; rx is 4, tx is 5.
ethdev_sum() {
	awk -v c="$1" '/^-- /{s = 0; on = 0} /^stage/{on = 0} on{s += $c} /^ethdev .*rx\/s/{on = 1}
		END{printf "%d\n", s}' "$out"
}
