#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      net_null0 ──▶ ┌────────────┐ ──▶ net_memif ══▶ peer: comes, freezes, thaws
#      net_null1 ──▶ │ lwkt-l2fwd │ ──▶ net_null0
#                    └────────────┘
#                      ▲ unplugged devices, no mbufs, a CPU that stands still (l2fwd_fault.c), signals
#
# l2fwd_faults.sh PROGRAM FAULT_LIBRARY [GROUP]. Whatever happens, it says so, and runs on or ends cleanly;
# no packet and no mbuf is lost. Most of the time is spent waiting, so the groups run side by side.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

library=$2
[ $# -gt 2 ] || side_by_side "$@" -- links devices leave signals

null2=(--vdev net_null0 --vdev net_null1)
peer=
ns=hf-$$
undo() {
	[ ! -e "/run/netns/$ns" ] || ip netns del "$ns"
	[ ! -e "/run/netns/$ns-tap" ] || ip netns del "$ns-tap"
	ip link del "hl$$a0" 2>/dev/null
	ip link del "hl$$a1" 2>/dev/null
	[ -z "$peer" ] || kill -KILL "$peer" 2>/dev/null
	rm -rf "/var/run/dpdk/$prefix-peer"
}

# says SECONDS PATTERN: a line that matches, in what is printed on either way
says() {
	await "$1" grep -Eqh -- "$2" "$out" "$err" || fail "it does not say: $2"
}

# start_faulty FAULT ARGUMENTS...
start_faulty() {
	local fault=$1
	shift
	: >"$out"
	: >"$err"
	# AddressSanitizer wants to be first of the libraries, and does without.
	LWKT_FAULT=$fault LD_PRELOAD=$library ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 \
		"$prog" "$@" >"$out" 2>"$err" &
	pid=$!
	await 20 forwarding || fail "it does not start"
}

start_peer() {
	"$prog" --no-huge -m 64 --no-pci --no-shconf --no-telemetry --file-prefix "$prefix-peer" \
		--lcores '0@1,1@1' --vdev "net_memif0,role=client,socket=$tmp/memif,socket-abstract=no" \
		-- -p 1 -T 0 >"$tmp/peer" 2>&1 &
	peer=$!
}

end_peer() {
	kill -KILL "$peer"
	wait "$peer" 2>/dev/null
	peer=
}

# A link that flaps. A tap is not moved but set down: its ethdev follows.
link_says() {
	await 10 eval "[ \$(grep -c 'l2fwd: ethdev 1: its link is $1' '$out') -eq $2 ]" || fail "link $1: not said"
}

flaps() {
	if [ "$(id -u)" -ne 0 ] || [ ! -c /dev/net/tun ]; then
		echo "skipped: a link that flaps needs root and /dev/net/tun"
		return
	fi
	ip netns add "$ns" || fail "cannot make a namespace"
	printf '#!/bin/bash\nexec ip netns exec %s "%s" "$@"\n' "$ns" "$prog" >"$tmp/inside"
	chmod +x "$tmp/inside"
	prog=$tmp/inside start "${eal[@]}" "${one_worker[@]}" --vdev net_null0 --vdev net_tap0,iface=flaps -- -p 3 -q 2 -T 0
	await 20 forwarding || fail "it does not start"
	for round in 1 2; do
		ip -n "$ns" link set flaps down || fail "cannot set the link down"
		link_says down $round
		ip -n "$ns" link set flaps up || fail "cannot set the link up"
		link_says up $round
	done
	stop INT
	ip netns del "$ns"
	balanced
	[ "$transmitted" -gt 0 ] || fail "transmitted nothing"
	echo "ok: a link that flaps"
}

# A tx ring that stays full: the peer stands still. It stands still at the end, too, because net_memif takes
# the rings away under a CPU that polls them, when the other end goes.
stands_still() {
	start "${eal[@]}" "${one_worker[@]}" --vdev net_null0 \
		--vdev "net_memif0,role=server,socket=$tmp/memif,socket-abstract=no" -- -p 3 -q 2 -T 0 --link-wait 1
	await 20 forwarding || fail "it does not start"
	grep -q '^ethdev 1: link down after 1 s; going on without (--link-wait)$' "$out" || fail "a link without a peer is up"
	start_peer
	link_says up 1
	sleep 0.2
	kill -STOP "$peer"
	says 5 'l2fwd: stage tx1: the device has taken no packet for [0-9.]+ s; they are dropped \(tx_full\)$'
	kill -CONT "$peer"
	says 5 'l2fwd: stage tx1: the device takes packets again$'
	kill -STOP "$peer"
	stop INT
	balanced
	[ "$transmitted" -gt 0 ] || fail "transmitted nothing"
	[ "$dropped" -gt 0 ] || fail "dropped nothing"
	grep -q 'tx1 tx_full' "$out" || fail "the drops have another reason"
	end_peer
	echo "ok: a tx ring that stays full"
}

links() {
	flaps
	stands_still
}

devices() {
	# A device is unplugged, in the midst of packets.
	for mode in rtc pipeline; do
		start_faulty unplug=net_null1 "${eal[@]}" "${three_workers[@]}" "${null2[@]}" -- -p 3 -q 2 --rxq 1 -T 0 --mode $mode
		sleep 0.3
		kill -RTMIN+1 "$pid"
		says 5 'l2fwd: ethdev 1: the device has gone; going on without it$'
		sleep 0.2
		stop TERM 1
		says 1 '^lwkt-l2fwd: ethdev 1 \(net_null1\): the device had gone and was not back at the end; see why$'
		balanced
		grep -q 'tx1 tx_full' "$out" || fail "$mode: nothing was sent to the device that had gone"
	done
	echo "ok: a device that is unplugged"

	# No mbufs for some time.
	start_faulty hog=l2fwd_0 "${eal[@]}" "${three_workers[@]}" "${null2[@]}" -- -p 3 -q 2 -T 0 --mode pipeline
	kill -RTMIN+1 "$pid"
	says 10 'l2fwd: mbuf pool l2fwd_0: empty but for what CPUs keep; packets may be lost for want of mbufs$'
	says 10 'l2fwd: mbuf pool l2fwd_0: has [0-9]+ mbufs again$'
	stop INT
	balanced
	echo "ok: a pool that is empty for some time"

	# A stage that stands still: the watchdog says which.
	start_faulty stall=300 "${eal[@]}" "${one_worker[@]}" "${null2[@]}" -- -p 3 -q 2 -T 0
	kill -RTMIN+1 "$pid"
	says 10 'CPU 1: stage [a-z0-9]+ \(port .*\) has not returned for [0-9.]+ ms, its budget is 100 ms'
	stop INT
	balanced
	echo "ok: a stage that stands still"
}

# ends_of N...: veth pairs hlPIDaN, hlPIDbN
ends_of() {
	for n; do
		ip link add "hl$$a$n" type veth peer name "hl$$b$n" || fail "no veth"
		ip link set "hl$$a$n" up || fail "no veth"
		ip link set "hl$$b$n" up || fail "no veth"
	done
}

quiet() {
	! grep -Eq 'rte_dump_stack|not ready port|Invalid port' "$err" || fail "more is said than a line"
}

# Interfaces are deleted, one after the other and both, and made again.
comes_back() {
	local two=(--vdev "net_af_packet0,iface=hl$$a0" --vdev "net_af_packet1,iface=hl$$a1")

	ends_of 0 1
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(500).decode(), flush=True)' "$tmp/notify" >"$tmp/notified" &
	peer=$!
	await 5 test -S "$tmp/notify"
	NOTIFY_SOCKET=$tmp/notify start "${eal[@]}" "${one_worker[@]}" "${two[@]}" -- -p 3 -q 2 -T 0 --link-wait 1
	await 20 forwarding || fail "it does not start"
	ip link del "hl$$a1"
	says 5 'l2fwd: ethdev 1: the device has gone; going on without it$'
	await 5 grep -q '^STATUS=forwarding between 1 of 2 ethdevs; gone: 1 (net_af_packet1)$' "$tmp/notified" ||
		fail "the service manager is not told"
	ends_of 1
	says 5 'l2fwd: ethdev 1: the device is back$'
	ip link del "hl$$a0"
	says 5 'l2fwd: ethdev 0: the device has gone; going on without it$'
	ip link del "hl$$a1"
	await 5 eval "[ \$(grep -c 'l2fwd: ethdev 1: the device has gone' '$out') -eq 2 ]" || fail "gone again: not said"
	ends_of 1
	sleep 1.5
	ends_of 0
	says 5 'l2fwd: ethdev 0: the device is back$'
	await 5 eval "[ \$(grep -c 'l2fwd: ethdev 1: the device is back' '$out') -eq 2 ]" || fail "back again: not said"
	before=$(cat "/sys/class/net/hl$$a1/statistics/tx_packets")
	ping -c 3 -i 0.2 -W 1 -I "hl$$b0" 192.0.2.1 >"$tmp/ping" 2>&1
	await 5 eval "[ \$(cat /sys/class/net/hl$$a1/statistics/tx_packets) -gt $before ]" || fail "nothing is forwarded"
	stop INT
	balanced
	quiet
	ip link del "hl$$a0"
	ip link del "hl$$a1"
	end_peer
	echo "ok: devices that come back"

	# With --reprobe 0 it stays away.
	ends_of 0
	start "${eal[@]}" "${one_worker[@]}" --vdev "net_af_packet0,iface=hl$$a0" -- -p 1 -T 0 --reprobe 0
	await 20 forwarding || fail "it does not start"
	ip link del "hl$$a0"
	says 5 'l2fwd: ethdev 0: the device has gone; going on without it$'
	ends_of 0
	sleep 1.5
	stop INT 1
	balanced
	quiet
	! grep -q 'is back' "$out" || fail "it comes back with --reprobe 0"
	ip link del "hl$$a0"
	echo "ok: an interface that is deleted"
}

# open_files N: so many the program may have from now on
open_files() {
	python3 -c 'import resource, sys
pid, most = int(sys.argv[1]), int(sys.argv[2])
hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, hard))' "$pid" "$1"
}

# Neither too many open files nor a tap in another network namespace is a device that has gone.
stays() {
	ends_of 0
	start "${eal[@]}" "${one_worker[@]}" --vdev "net_af_packet0,iface=hl$$a0" -- -p 1 -T 0
	await 20 forwarding || fail "it does not start"
	open_files 5 || fail "cannot limit its open files"
	sleep 0.5
	open_files 1024 # the sanitizers open some at the end
	stop INT
	balanced
	ip link del "hl$$a0"
	[ -c /dev/net/tun ] || { echo "skipped: a tap needs /dev/net/tun"; return; }
	# A tap that is deleted is made again.
	start "${eal[@]}" "${one_worker[@]}" --vdev "net_tap0,iface=hl$$t" -- -p 1 -T 0
	await 20 forwarding || fail "it does not start"
	for round in 1 2; do
		ip link del "hl$$t" || fail "cannot delete the tap"
		await 5 eval "[ \$(grep -c 'l2fwd: ethdev 0: the device has gone' '$out') -eq $round ]" || fail "a tap has gone: not said"
		await 5 eval "[ \$(grep -c 'l2fwd: ethdev 0: the device is back' '$out') -eq $round ]" || fail "a tap is not made again"
		ip link show "hl$$t" >/dev/null || fail "the tap is not there"
	done
	stop INT
	balanced
	quiet
	echo "ok: a tap that is deleted"
	ip netns add "$ns-tap" || fail "cannot make a namespace"
	start "${eal[@]}" "${one_worker[@]}" --vdev "net_tap0,iface=hl$$t" -- -p 1 -T 0
	await 20 forwarding || fail "it does not start"
	ip link set "hl$$t" netns "$ns-tap" || fail "cannot move the tap"
	says 5 "l2fwd: ethdev 0: its interface hl$$t is in another network namespace\$"
	sleep 0.3
	stop INT
	balanced
	ip netns del "$ns-tap"
	! grep -q 'has gone' "$out" || fail "a device that is there has gone"
	echo "ok: devices that stay"
}

leave() {
	[ "$(id -u)" -eq 0 ] || { echo "skipped: interfaces need root"; return; }
	comes_back
	stays
}

signals() {
	local rc
	# Two SIGINTs: packets that nobody takes are not waited for.
	cat >"$tmp/wait.yaml" <<'END'
ethdevs:
  - {name: a, device: net_null0}
  - {name: b, device: net_memif0}
stages:
  - {name: rx, kind: ethdev_rx, cpu: 1, params: {ethdev: a}, outputs: [tx]}
  - {name: tx, kind: ethdev_tx, cpu: 1, params: {ethdev: b, full: wait}}
  - {name: back, kind: ethdev_rx, cpu: 1, params: {ethdev: b}, outputs: [out]}
  - {name: out, kind: ethdev_tx, cpu: 1, params: {ethdev: a}}
END
	start "${eal[@]}" "${one_worker[@]}" --vdev net_null0 \
		--vdev "net_memif0,role=server,socket=$tmp/memif,socket-abstract=no" -- --config "$tmp/wait.yaml" -T 0
	await 20 forwarding || fail "it does not start"
	kill -INT "$pid"
	says 5 '^Interrupt: stopping$'
	SECONDS=0
	kill -INT "$pid"
	says 3 '^Interrupt again: not waiting for packets under way$'
	ends 15 0 "two SIGINTs"
	[ $SECONDS -lt 4 ] || fail "it waited $SECONDS seconds"
	balanced
	[ "$dropped" -gt 0 ] || fail "nothing was under way"
	echo "ok: two SIGINTs"

	# SIGINT at any time of the start: in order, or, if EAL is slow on a busy machine, by force.
	for ms in 00 05 10 20 40; do
		start "${eal[@]}" "${one_worker[@]}" "${null2[@]}" -- -p 3 -q 2 -T 0
		await 10 eval "[[ \$(cat /proc/$pid/comm) = lwkt-l2fwd ]] &&
			(( 16#\$(awk '/^SigBlk/{print \$2}' /proc/$pid/status) & 2 ))" || fail "it never blocks SIGINT"
		sleep 0.$ms
		kill -INT "$pid" || fail "it ended by itself"
		await 15 ended || fail "SIGINT: it does not end"
		wait "$pid"
		rc=$?
		pid=
		if [ $rc -eq 130 ]; then
			grep -q '(EAL starts); ended by force, nothing was done yet$' "$err" || fail "130, and it does not say why"
			rm -rf "/var/run/dpdk/$prefix"
			continue
		fi
		[ $rc -eq 0 ] || fail "SIGINT during the start: exit code $rc"
		left_nothing
		balanced
	done
	echo "ok: SIGINT during the start"

	# Files that somebody has moved away are opened again; without files SIGHUP does nothing.
	json=$tmp/stats.json log=$tmp/log
	start "${eal[@]}" "${one_worker[@]}" "${null2[@]}" -- -p 3 -q 2 -T 1 --stats-json "$json" --log "$log"
	await 20 grep -qs '^forwarding' "$log" || fail "--log: nothing is in the file"
	kill -USR1 "$pid"
	await 5 test -s "$json" || fail "SIGUSR1: no table"
	mv "$json" "$json.1"
	mv "$log" "$log.1"
	kill -HUP "$pid"
	await 5 test -e "$json" || fail "SIGHUP: --stats-json is not opened again"
	await 5 test -e "$log" || fail "SIGHUP: --log is not opened again"
	kill -USR1 "$pid"
	await 5 test -s "$json" || fail "SIGHUP: the new --stats-json stays empty"
	await 5 grep -q '^-- ' "$log" || fail "SIGHUP: the new --log stays empty"
	stop INT
	if [ -s "$out" ] || [ -s "$err" ]; then fail "--log: something is said elsewhere"; fi
	cp "$log" "$out"
	balanced
	jq -es 'length > 0 and (map(.final) | index(true)) == null' "$json.1" >/dev/null || fail "the old file"
	jq -es '.[-1].final' "$json" >/dev/null || fail "the new file"
	start "${eal[@]}" "${one_worker[@]}" "${null2[@]}" -- -p 3 -q 2 -T 0
	await 20 forwarding || fail "it does not start"
	kill -HUP "$pid"
	kill -USR1 "$pid" # and the table says that it has been taken
	await 5 grep -q '^-- ' "$out" || fail "SIGHUP without files: it does not go on"
	kill -0 "$pid" || fail "SIGHUP has ended it"
	stop QUIT
	balanced
	start "${eal[@]}" "${one_worker[@]}" "${null2[@]}" -- -p 3 -q 2 -T 0
	await 20 forwarding || fail "it does not start"
	stop USR2
	balanced
	echo "ok: SIGHUP, SIGQUIT, SIGUSR2"

	# Ten thousand signals a second, of each kind that is taken, for a second; then the end, as often.
	cat >"$tmp/storm.py" <<'END'
import os, signal, sys, time
pid, kinds = int(sys.argv[1]), [getattr(signal, name) for name in sys.argv[2:]]
end, sent = time.monotonic() + 1, 0
try:
    while time.monotonic() < end or sent < 10000:
        os.kill(pid, kinds[sent % len(kinds)])
        sent += 1
except ProcessLookupError:
    pass
print(sent)
END
	start "${eal[@]}" "${one_worker[@]}" "${null2[@]}" -- -p 3 -q 2 -T 0 --stats-json "$json"
	await 20 forwarding || fail "it does not start"
	sent=$(python3 "$tmp/storm.py" "$pid" SIGUSR1 SIGHUP SIGCHLD SIGWINCH SIGCONT) || fail "no storm"
	[ "$sent" -ge 10000 ] || fail "only $sent signals"
	kill -0 "$pid" || fail "signals have ended it"
	tables=$(grep -c '^-- ' "$out")
	[ "$tables" -ge 2 ] || fail "$sent signals made $tables tables"
	[ "$tables" -le 60 ] || fail "$sent signals made $tables tables"
	python3 "$tmp/storm.py" "$pid" SIGINT SIGTERM SIGUSR1 SIGHUP >/dev/null &
	ends 15 0 "a storm"
	wait
	balanced
	echo "ok: $sent signals in a second"
}

"$3"
