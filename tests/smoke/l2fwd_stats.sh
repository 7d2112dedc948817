#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      net_null0, 1 ──▶ ┌────────────┐ ──▶ --stats-json FILE ──▶ l2fwd_stats.py
#      in0.pcap     ──▶ │ lwkt-l2fwd │ ──▶ tables: a terminal's, or a file's
#                       └────────────┘
#                          ends by itself: --duration, --count
#
# What is written for programs agrees with what is printed for people, and with what was sent.

# l2fwd_stats.sh PROGRAM [GROUP]

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

[ $# -gt 1 ] || side_by_side "$@" -- durations counts ends_of_files disk_with_room_again stopped terminals

null2=(--vdev net_null0 --vdev net_null1)
json=$tmp/stats.json

# ends REASON: by itself, and says why
ends_itself() {
	local rc
	await 30 ended || fail "it does not end by itself"
	wait "$pid"
	rc=$?
	pid=
	[ $rc -eq 0 ] || fail "exit code $rc"
	grep -qx -- "$1: stopping" "$out" || fail "it does not say that $1 ended it"
	left_nothing
	balanced
}

agrees() {
	python3 "$here/l2fwd_stats.py" "$json" "$out" >"$tmp/ethdevs" || fail "--stats-json is wrong"
}

durations() {
	for mode in rtc pipeline; do
		rm -f "$json"
		start "${eal[@]}" "${three_workers[@]}" "${null2[@]}" -- -p 3 -q 2 --rxq 1 --mode $mode -T 1 \
			--duration 2 --stats-json "$json"
		ends_itself --duration
		agrees
		objects=$(wc -l <"$json")
		[ "$objects" -ge 2 ] || fail "$objects objects in 2 seconds"
		[ "$objects" -eq "$(grep -c '^-- ' "$out")" ] || fail "$objects objects, another number of tables"
		[ "$received" -gt 1000 ] || fail "received $received"
		uptime=$(jq -s '.[-1].uptime >= 2' "$json")
		[ "$uptime" = true ] || fail "it ended before its time"
		shape=$(jq -rs '.[-1] | "\(.lcores | length) \([.stages[].outputs[]] | length) \(.rings | length)
			\([.rings[] | select(.messages > 0)] | length)"' "$json" | xargs)
		[ $mode = rtc ] && expected='1 0 0 0' || expected='3 4 2 2'
		[ "$shape" = "$expected" ] || fail "lcores, outputs that cross, rings, used: $shape, not $expected"
		echo "ok: $mode: --duration, $objects objects"
	done
	if grep -q "$(printf '\033')" "$out"; then fail "terminal sequences in a file"; fi
}

# Bytes and drops of known frames; --count ends it at the last of them. Behind -T 0 only the end.
counts() {
	python3 "$here/l2fwd_pcap.py" make "$tmp/in0.pcap" 700 5 4 || fail "no input"
	bytes=$(($(stat -c %s "$tmp/in0.pcap") - 24 - 16 * 704)) # without headers of the file and the packets
	rm -f "$json"
	start "${eal[@]}" "${one_worker[@]}" --vdev "net_pcap0,rx_pcap=$tmp/in0.pcap,tx_pcap=$tmp/out0.pcap" -- \
		-p 1 -T 0 --count 704 --stats-bytes --stats-json "$json"
	ends_itself --count
	agrees
	[ "$received $dropped" = "704 4" ] || fail "received $received, dropped $dropped"
	read -r _ packets all_bytes sent _ <"$tmp/ethdevs"
	[ "$packets $all_bytes $sent" = "704 $bytes 700" ] || fail "$packets packets, $all_bytes bytes, $sent sent"
	[ "$(jq -s 'map(.stages[] | select(.kind == "l2fwd") | .dropped.runt) | add' "$json")" = 4 ] ||
		fail "the runts have no name"
	[ "$(wc -l <"$json")" -eq 1 ] || fail "more than the end with -T 0"
	weighed=$(jq -r '.stages[] | select(.kind != "ethdev_tx") | .bytes' "$json" | xargs)
	[ "$weighed" = "$bytes $bytes" ] || fail "the stages saw $weighed bytes of $bytes"
	echo "ok: --count, bytes, drops"

	# Packets without end: --count is the number that comes in, to the packet, over two sources.
	for mode in rtc pipeline; do
		rm -f "$json"
		start "${eal[@]}" "${three_workers[@]}" "${null2[@]}" -- -p 3 -q 2 --mode $mode -T 1 --count 100003 \
			--stats-json "$json"
		ends_itself --count
		agrees
		[ "$received" -eq 100003 ] || fail "--count 100003 received $received"
	done
	echo "ok: --count is exact"

	# More than there is: --count does not end it, and a second run's object comes behind the first's.
	start "${eal[@]}" "${one_worker[@]}" --vdev "net_pcap0,rx_pcap=$tmp/in0.pcap,tx_pcap=$tmp/out0.pcap" -- \
		-p 1 -T 1 --count 705 --stats-json "$json"
	await 30 grep -q '^-- 1 s' "$out" || fail "no table"
	stop INT
	[ "$(jq -s 'map(select(.final)) | length' "$json")" -eq 2 ] || fail "the file was not appended to"
	echo "ok: --count that is not reached"
}

# A disk that is full; a place that is not there.
ends_of_files() {
	start "${eal[@]}" "${one_worker[@]}" "${null2[@]}" -- -p 3 -q 2 -T 1 --duration 1 --stats-json /dev/full
	ends_itself --duration
	[ "$(grep -c 'l2fwd: --stats-json /dev/full: cannot be written (No space left on device); lines are left out until it can$' \
		"$out")" -eq 1 ] || fail "it does not say once that the disk is full"
	timeout -k 3 20 "$prog" "${eal[@]}" "${null2[@]}" -- -p 3 -q 2 --stats-json "$tmp/no/file" >"$out" 2>"$err"
	[ $? -eq 1 ] || fail "a file that cannot be made is accepted"
	text="--stats-json $tmp/no/file: cannot be opened (No such file or directory); name a file that can be written"
	grep -Fqx "lwkt-l2fwd: $text" "$err" || fail "it does not say which file"
	left_nothing
	echo "ok: a full disk, and no directory"
}

lines_are() {
	await 5 eval "[ \$(grep -c '$2' '$out') -ge $1 ]" || fail "it does not say: $2"
}

# A disk that fills up, and has room again: whole lines, and a word for each.
disk_with_room_again() {
	[ "$(id -u)" -eq 0 ] || { echo "skipped: a full disk needs root, for a mount"; return; }
	mkdir "$tmp/disk"
	printf '#!/bin/bash\nmount -t tmpfs -o size=64k none %s/disk && head -c 53000 /dev/zero >%s/disk/filler\nexec "%s" "$@"\n' \
		"$tmp" "$tmp" "$prog" >"$tmp/inside"
	printf '#!/bin/bash\nexec unshare -m "%s" "$@"\n' "$tmp/inside" >"$tmp/outside"
	chmod +x "$tmp/inside" "$tmp/outside"
	prog=$tmp/outside start "${eal[@]}" "${one_worker[@]}" "${null2[@]}" -- -p 3 -q 2 -T 0 --stats-json "$tmp/disk/json"
	await 20 forwarding || fail "it does not start"
	for ((i = 0; i < 12; i++)); do
		kill -USR1 "$pid"
		sleep 0.15
	done
	lines_are 1 'cannot be written (No space left on device); lines are left out until it can$'
	rm "/proc/$pid/root$tmp/disk/filler"
	kill -USR1 "$pid"
	lines_are 1 'is written again; [0-9]* lines were left out$'
	kill -USR1 "$pid"
	sleep 0.2
	cp "/proc/$pid/root$tmp/disk/json" "$tmp/json-copy"
	stop INT
	[ "$(grep -c 'cannot be written' "$out")" -eq 1 ] || fail "it says more than once that the disk is full"
	while read -r line; do
		jq -e '.schema' >/dev/null <<<"$line" || fail "half a line"
	done <"$tmp/json-copy"
	[ "$(wc -l <"$tmp/json-copy")" -ge 4 ] || fail "only $(wc -l <"$tmp/json-copy") lines"
	echo "ok: a disk with room again"
}

# A process that was stopped for five periods: one table for all of them, and no alarm.
stopped() {
	start "${eal[@]}" "${one_worker[@]}" "${null2[@]}" -- -p 3 -q 2 -T 1
	await 20 grep -q '^-- 1 s' "$out" || fail "no table"
	kill -STOP "$pid"
	sleep 5
	before=$(grep -c '^-- ' "$out")
	kill -CONT "$pid"
	lines_are 1 'l2fwd: the main lcore stood still for [4-9]\.[0-9] s; the next table is of that time too$'
	sleep 0.4
	after=$(grep -c '^-- ' "$out")
	[ $((after - before)) -le 2 ] || fail "$((after - before)) tables after it was stopped"
	stop INT
	# On a busy machine a loop may well be without a processor for its budget of 0.1 s, but not for these 5 s.
	! grep -Eq '(has not returned|stands still outside of its stages) for [0-9]{4,}\.' "$err" ||
		fail "a process that was stopped is no CPU that stands still"
	echo "ok: one table after it was stopped"
}

# On a terminal a table goes over the one before; on one that is too low it
# cannot.
# on_terminal ROWS
terminals() {
	on_terminal() {
		local command
		printf -v command '%q ' "$prog" "${eal[@]}" "${one_worker[@]}" "${null2[@]}" -- -p 3 -q 2 -T 1 --duration 3
		timeout -k 3 60 script -qec "stty rows $1 cols 80; $command" /dev/null </dev/null 2>&1 |
			tr -d '\r' >"$tmp/tty$1"
	}
	on_terminal 60 &
	on_terminal 5 &
	wait
	over=$(printf '\033\\[[0-9]*A\033\\[J-- ')
	for rows in 60 5; do
		cp "$tmp/tty$rows" "$out"
		balanced
	done
	grep -q "^$over" "$tmp/tty60" || fail "no table is drawn over the one before"
	lines=$(sed -n "s/^$(printf '\033')\\[\\([0-9]*\\)A.*/\\1/p" "$tmp/tty60" | head -n 1)
	drawn=$(awk '/^-- /{n = 0} /-- /{if (seen++) {print n; exit}} {n++}' "$tmp/tty60")
	[ "$lines" -eq "$drawn" ] || fail "goes back $lines lines over a table of $drawn"
	if grep -q "^$over" "$tmp/tty5"; then fail "draws over a table whose top has scrolled away"; fi
	echo "ok: a terminal"
}

"$2"
