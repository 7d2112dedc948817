#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      net_null0 ──▶ ┌─────────────────────────┐ ──▶ net_null1
#      net_null1 ──▶ │ lwkt-l2fwd, both modes  │ ──▶ net_null0
#                    └─────────────────────────┘
#
# Packets without end: the account balances, agrees with what the devices count, and no mbuf is
# left; also when the signal comes before the start is complete.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

devices=(--vdev net_null0 --vdev net_null1)

forward_for_two_seconds() {
	start "${eal[@]}" "${devices[@]}" "$@"
	await 20 forwarding || fail "it does not start"
	sleep 2
	stop INT
	balanced
	[ "$received" -gt 1000 ] || fail "only $received packets in two seconds"
	[ "$dropped" -eq 0 ] || fail "dropped $dropped: the end did not wait for them"
	[ "$received" -eq "$(ethdev_sum 4)" ] || fail "the ethdevs received $(ethdev_sum 4)"
	[ "$transmitted" -eq "$(ethdev_sum 5)" ] || fail "the ethdevs transmitted $(ethdev_sum 5)"
	[ "$(grep -c '^-- ' "$out")" -ge 2 ] || fail "no live statistics"
	echo "ok: $*: $(grep '^account: received' "$out")"
}

forward_for_two_seconds "${one_worker[@]}" -- -p 3 -q 2 -T 1
forward_for_two_seconds "${three_workers[@]}" -- -p 3 -q 2 -T 1 --mode pipeline
grep -q '^lcores share a processor' "$out" || fail "it does not say that lcores share a processor"

# Without --mode the lanes of -q 1 have an lcore each; here they exchange their packets.
forward_for_two_seconds --lcores '0@0,1@1,2@0' -- -p 3 -T 1 -P --no-mac-updating

# An odd ethdev.
start "${eal[@]}" "${devices[@]}" --vdev net_null2 "${one_worker[@]}" -- -p 7 -q 3 -T 0
await 20 forwarding || fail "it does not start"
sleep 0.5
stop TERM
balanced
grep -q '^ethdev 2 has no partner: it forwards to itself$' "$out" || fail "no notice"

# Not the shell's fork of before, which may have it blocked too.
blocks_sigint() {
	local blocked
	[ "$(cat "/proc/$pid/comm")" = lwkt-l2fwd ] || return 1
	blocked=$(awk '/^SigBlk/{print $2}' "/proc/$pid/status") || return 1
	[ $((16#$blocked & 2)) -ne 0 ]
}

# As early as a process can be told: when it has blocked the signal, before EAL is up.
for mode in rtc pipeline; do
	start "${eal[@]}" "${devices[@]}" "${three_workers[@]}" -- -p 3 -q 2 --mode $mode
	await 10 blocks_sigint || fail "it never blocks SIGINT"
	stop INT
	balanced
done
echo "ok: an early signal"
