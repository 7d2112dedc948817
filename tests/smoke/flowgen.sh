#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      dpdk-testpmd's flow generator ══ virtio_user, vhost ══ lwkt-l2fwd
#
# As configs/pktgen/testpmd-flowgen.sh sets it up: what testpmd has sent lwkt-l2fwd has received, and what
# that has transmitted testpmd has received, but for what was in the rings when testpmd ended.
#
# $1: lwkt-l2fwd, $2: the script
set -u
export LWKT_L2FWD=$1
script=$2
out=$(mktemp)
trap 'rm -f "$out"' EXIT

fail() {
	echo "FAIL: $*"
	cat "$out"
	exit 1
}

# number PATTERN: what stands for N in the line
number() {
	sed -n "s/.*${1/N/\\([0-9][0-9]*\\)}.*/\1/p" "$out"
}

command -v dpdk-testpmd >/dev/null || { echo "needs dpdk-testpmd (package dpdk-dev)"; exit 77; }
timeout -k 5 100 "$script" vhost 2 >"$out" 2>&1 </dev/null || fail "$script"
sent=$(number 'TX-packets: N')
back=$(number 'testpmd: RX-packets: N')
received=$(number 'account: received N')
transmitted=$(number 'transmitted N')
for number in "$sent" "$back" "$received" "$transmitted"; do
	[ -n "$number" ] || fail "a number is missing"
	[ "$number" -gt 1000 ] || fail "only $number frames"
done

# in_rings NUMBER: four rings of 256 and a burst each
in_rings() {
	[ "$1" -ge 0 ] && [ "$1" -le 1152 ]
}
in_rings $((sent - received)) || fail "lwkt-l2fwd received $received of $sent"
in_rings $((transmitted - back)) || fail "testpmd received $back of $transmitted"
grep -q 'account: held 0, mbufs in use 0' "$out" || fail "packets or mbufs are left"
echo "ok: $sent sent, $received received, $transmitted transmitted, $back back"

# usage and a program that is not there
"$script" >"$out" 2>&1 && fail "without arguments it runs"
grep -q 'testpmd-flowgen.sh vhost' "$out" || fail "no usage"
LWKT_L2FWD=/bin/false timeout -k 5 60 "$script" vhost 1 >"$out" 2>&1 && fail "it runs without lwkt-l2fwd"
grep -q 'lwkt-l2fwd does not start' "$out" || fail "it does not say what is missing"
echo "ok: bad arguments"
