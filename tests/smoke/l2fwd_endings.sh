#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      FIFO without reader or writer ─┐                     ┌─ a pipe that is full
#      a file that takes for ever ────┤ lwkt-l2fwd, SIGTERM ├─ a CPU that stands still (l2fwd_fault.c)
#                                     └─────────────────────┘
#
# l2fwd_endings.sh PROGRAM FAULT_LIBRARY [GROUP]. Whatever it does, a signal ends it within 5 seconds, and a
# second one at once; what is known of the account is said.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

library=$2
[ $# -gt 2 ] || side_by_side "$@" -- start output stuck alone

null=("${one_worker[@]}" --vdev net_null0)

doing() {
	grep -Eq "^lwkt-l2fwd: .*: not at its end after [0-9.]+ s \($1\); ended by force" "$err" ||
		fail "it does not say that it ended by force: $1"
}

start() {
	mkfifo "$tmp/fifo"
	for option in --stats-json --log --config; do
		local mask=(-p 1) what="it opens the file of $option"
		[ $option != --config ] || mask=() what="it reads the file of --config"
		for signals in TERM 'TERM INT'; do
			: >"$err"
			"$prog" "${eal[@]}" "${null[@]}" -- "${mask[@]}" -T 0 $option "$tmp/fifo" >"$out" 2>"$err" &
			pid=$!
			await 10 eval "[[ \$(cat /proc/$pid/comm) = lwkt-l2fwd && -e /proc/$pid/task/$pid/wchan ]] &&
				(( \$(ls /proc/$pid/task | wc -l) == 2 ))" || fail "it has no thread for signals"
			sleep 0.3
			SECONDS=0
			for signal in $signals; do
				kill -"$signal" "$pid"
				sleep 0.2
			done
			ends 5 143 "$option FIFO, $signals"
			[ "$signals" = TERM ] || [ $SECONDS -le 1 ] || fail "$option: a second signal: $SECONDS s"
			doing "$what"
		done
	done
	echo "ok: a FIFO that nobody opens"

	for text in '[' '{' '- &a x' '%TAG !a! x'; do
		python3 -c 'import sys; t = sys.argv[1]; print(end=((t + "\n" * (len(t) > 1)) * 1000000)[:1000000])' "$text" >"$tmp/deep"
		timeout -k 1 5 "$prog" "${eal[@]}" "${null[@]}" -- --config "$tmp/deep" --check >"$out" 2>"$err"
		rc=$?
		[ $rc -eq 2 ] || fail "a megabyte of '$text': exit code $rc"
		grep -Eq "^lwkt: $tmp/deep:[0-9]+:[0-9]+: more than " "$err" || fail "a megabyte of '$text': no place"
	done
	echo "ok: a file that nests without end"
}

# A second SIGTERM does not wait either.
output() {
	mkfifo "$tmp/pipe"
	exec 7<>"$tmp/pipe"
	head -c 65536 /dev/zero >"$tmp/pipe"
	for signals in TERM 'TERM TERM'; do
		: >"$err"
		"$prog" "${eal[@]}" "${null[@]}" -- -p 1 -T 1 --idle sleep >"$tmp/pipe" 2>"$err" &
		pid=$!
		await 20 grep -q pipe_write "/proc/$pid/wchan" || fail "a full pipe: nothing is written to it"
		for signal in $signals; do
			kill -"$signal" "$pid"
			sleep 0.2
		done
		ends 5 3 "a full pipe, $signals"
		doing '.*'
		grep -Eq '^account so far: received [0-9]+ = transmitted [0-9]+ \+ dropped 0 \+ under way [0-9]+$' "$err" ||
			fail "nothing is said of the account"
	done
	echo "ok: stdout is a full pipe"
}

# stand_still ARGUMENTS...: forward, and let all workers stand still
stand_still() {
	: >"$out"
	: >"$err"
	LWKT_FAULT=stall=60000 LD_PRELOAD=$library ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 \
		"$prog" "${eal[@]}" "${null[@]}" -- -p 1 -T 0 "$@" >"$out" 2>"$err" &
	pid=$!
	await 20 forwarding || fail "it does not start"
	sleep 0.2
	kill -RTMIN+1 "$pid"
	await 5 grep -Eqh 'CPU 1: (stage [a-z0-9]+ .* has not returned|stands still outside)' "$out" "$err" ||
		fail "the watchdog does not see it"
}

# known: what it knows is on the standard output
known() {
	grep -Eq '^account so far: received [0-9]+ = transmitted [0-9]+ \+ dropped 0 \+ under way [0-9]+$' "$out" ||
		fail "nothing is said of the account"
}

stuck() {
	stand_still
	kill -TERM "$pid"
	ends 5 3 "a CPU that stands still"
	doing 'CPUs are stopped'
	known
	stand_still
	kill -TERM "$pid"
	sleep 0.2
	SECONDS=0
	kill -TERM "$pid"
	ends 5 3 "a CPU that stands still, two signals"
	[ $SECONDS -le 2 ] || fail "a second signal: $SECONDS s"
	known
	echo "ok: a CPU that stands still"
}

# Nobody ends it, but --duration.
alone() {
	stand_still --duration 2
	ends 15 3 "a CPU that stands still, --duration"
	grep -q '^lwkt-l2fwd: end: not at its end after 10' "$err" || fail "it does not say for how long"
	known
	echo "ok: a CPU that stands still, and no signal"
}

"$3"
