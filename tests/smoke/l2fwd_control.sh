#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      source ─▶ c0 ─▶ tx       lwkt-l2fwd ◀── socket ──▶ lwkt-ctl
#
# l2fwd_control.sh PROGRAM LWKT-CTL COMPLETION: what lwkt-ctl asks of a running program, and how each says no.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

ctl=$2
file=$tmp/pipeline.yaml
counted_file "$file"

# run [OPTION]...: with these behind the "--"
run() {
	start "${eal[@]}" "${one_worker[@]}" --vdev net_null0 -- --config "$file" -T 0 "$@"
	await 20 forwarding || fail "it does not start"
}

# refused CODE WORDS [ARGUMENT]...: lwkt-ctl ends with that code and one line that has these words
refused() {
	local code=$1 words=$2 rc
	shift 2
	"$ctl" "$@" >"$tmp/said" 2>&1
	rc=$?
	[ $rc -eq "$code" ] || fail "$*: exit code $rc: $(cat "$tmp/said")"
	grep -q "^lwkt-ctl: .*$words" "$tmp/said" || fail "$*: $(cat "$tmp/said")"
	[ "$(wc -l <"$tmp/said")" -eq 1 ] || fail "$*: more than a line: $(cat "$tmp/said")"
}

# ask [ARGUMENT]...: of the one at $socket, into $tmp/said
ask() {
	"$ctl" --socket "$socket" "$@" >"$tmp/said" 2>&1 || fail "lwkt-ctl $*: $(cat "$tmp/said")"
}

# The stages are read a moment before the account: a sample has all packets when both have them.
all_through() {
	ask --json stats
	[ "$(jq -c '[.account.transmitted, .stages[1].counters.packets]' "$tmp/said")" = '[100000,100000]' ]
}

# -- the default socket --------------------------------------------------------------------------

run
socket=/var/run/dpdk/$prefix/lwkt_control
[ -S "$socket" ] || fail "no socket $socket"
[ "$(stat -c %a "$socket")" = 600 ] || fail "mode $(stat -c %a "$socket")"
await 20 all_through || fail "not all get through: $(cat "$tmp/said")"
[ "$(jq -c '[.schema, .stages[1].counters.packets, (.stages | length)]' "$tmp/said")" = '["lwkt-l2fwd-stats/2",100000,3]' ] ||
	fail "stats: $(cat "$tmp/said")"
ask clear
ask --json stats
[ "$(jq -c '[.account.transmitted, .stages[1].in, .stages[1].counters.packets, .cleared >= 0]' "$tmp/said")" = '[100000,0,0,true]' ] ||
	fail "cleared: $(cat "$tmp/said")"
ask stats --interval 0.1
grep -q '^account: received 100000 = transmitted 100000' "$tmp/said" || fail "stats: $(cat "$tmp/said")"
ask config
grep -q "^lwkt-l2fwd .*pid $pid, $file" "$tmp/said" || fail "config: $(cat "$tmp/said")"
grep -q 'c0' "$tmp/said" || fail "config has no plan: $(cat "$tmp/said")"
kill -HUP "$pid"
reloaded() {
	ask --json events
	[ "$(jq -c '.[] | select(.event == "reload") | .text' "$tmp/said")" = '"files were opened again"' ]
}
await 10 reloaded || fail "events: $(cat "$tmp/said")"
ask events
grep -q '^20[0-9-]* [0-9:]* reload  *files were opened again$' "$tmp/said" || fail "events: $(cat "$tmp/said")"
ask --json stats
[ "$(jq .events.reload "$tmp/said")" = 1 ] || fail "events in stats: $(cat "$tmp/said")"
ask log 'lib.dis*' debug
[ "$(awk '{ print $1, $2 }' "$tmp/said")" = 'lib.dispatch debug' ] || fail "log: $(cat "$tmp/said")"
ask --json log lib.dispatch
[ "$(jq -r '.[].level' "$tmp/said")" = debug ] || fail "log: $(cat "$tmp/said")"
ask health
[ "$(cat "$tmp/said")" = healthy ] || fail "health: $(cat "$tmp/said")"
ask balance
ask methods
grep -q '^health ' "$tmp/said" || fail "methods: $(cat "$tmp/said")"
refused 2 "level: 'loud' is none" --socket "$socket" log lib.dispatch loud
refused 2 "none is called 'nobody'" --socket "$socket" log nobody
refused 2 "no such command" --socket "$socket" dance
refused 2 "too many arguments" --socket "$socket" clear all
refused 2 "it has no --interval" --socket "$socket" health --interval 1
refused 2 "lists commands"
echo "ok: what it answers"

# Clients that keep it busy do not keep it from its rounds, or from its end.
python3 - "$socket" >"$tmp/busy" <<-'END' &
	import select, socket, sys
	busy = [socket.socket(socket.AF_UNIX) for _ in range(5)]
	for sock in busy:
	    sock.connect(sys.argv[1])
	    sock.setblocking(False)
	request, answers = b'{"jsonrpc":"2.0","method":"stats","id":1}\n' * 100, 0
	while True:
	    readable, writable, _ = select.select(busy, busy, [], 20)
	    try:
	        for sock in readable:
	            piece = sock.recv(65536)
	            if not piece:
	                sys.exit()
	            answers += piece.count(b"\n")
	        for sock in writable:
	            sock.send(request)
	    except BlockingIOError:
	        pass
	    except OSError:
	        sys.exit()
	    if answers >= 100:
	        print("busy", flush=True)
END
client=$!
await 20 grep -q busy "$tmp/busy" || fail "clients are not answered"
kill -USR1 "$pid"
await 10 grep -q '^-- ' "$out" || fail "no table while clients ask"
ask --timeout 10 health
stop TERM
balanced
wait "$client"
echo "ok: an end with clients"

# -- another one, and none -----------------------------------------------------------------------

socket=$tmp/socket
run --control "$socket" --control-group "$(id -gn)"
[ "$(stat -c %a "$socket")" = 660 ] || fail "mode $(stat -c %a "$socket")"
ask health
[ ! -e "/var/run/dpdk/$prefix/lwkt_control" ] || fail "two sockets"
kill -STOP "$pid"
refused 1 "no answer within 0.2 s" --socket "$socket" --timeout 0.2 health
kill -CONT "$pid"
stop TERM
[ ! -e "$socket" ] || fail "the socket is left behind"
refused 1 "No such file" --socket "$socket" health
run --control none
[ ! -e "/var/run/dpdk/$prefix/lwkt_control" ] || fail "a socket in spite of none"
stop TERM
for wrong in "$tmp/nowhere/socket" "$tmp/$(printf '%0120d' 0)" "$file"; do
	wanted=1
	[ ${#wrong} -lt 108 ] || wanted=2 # known before anything starts
	"$prog" "${eal[@]}" "${one_worker[@]}" --vdev net_null0 -- --config "$file" -T 0 --control "$wrong" \
		>"$out" 2>"$err"
	rc=$?
	[ $rc -eq $wanted ] || fail "--control $wrong: exit code $rc"
	grep -Eq '^lwkt-l2fwd: --control .*; (name another|give a shorter) one' "$err" || fail "--control $wrong: not said so"
done
[ -f "$file" ] || fail "it has removed a file"
echo "ok: other sockets"

# -- answers that are too long -------------------------------------------------------------------

# long BYTES: a socket that answers a line of so many. Limit: ANSWER_MAX
long() {
	python3 - "$tmp/long" "$1" <<-'END' &
		import socket, sys
		listener = socket.socket(socket.AF_UNIX)
		listener.bind(sys.argv[1])
		listener.listen()
		client = listener.accept()[0]
		client.recv(65536)
		head, tail = b'{"jsonrpc":"2.0","id":1,"result":"', b'"}\n'
		try:
		    client.sendall(head + b"x" * (int(sys.argv[2]) - len(head) - len(tail)) + tail)
		    client.recv(1)
		except OSError:
		    pass
	END
	client=$!
	await 10 test -S "$tmp/long" || fail "no socket that answers"
}

long $((64 << 20))
"$ctl" --socket "$tmp/long" --timeout 60 --json health >"$tmp/said" 2>&1 || fail "64 MB: $(head -c 200 "$tmp/said")"
[ "$(wc -c <"$tmp/said")" -gt 67000000 ] || fail "64 MB: $(head -c 200 "$tmp/said")"
wait $client
rm "$tmp/long"
long $(((64 << 20) + 1))
refused 1 'the answer has more than 67108864 bytes' --socket "$tmp/long" --timeout 60 health
wait $client
echo "ok: answers at their limit and beyond"

# -- completion ----------------------------------------------------------------------------------

# shellcheck source=/dev/null
. "$3"
# completes WANTED WORD...: it offers that for the last word
completes() {
	local wanted=$1
	shift
	COMP_WORDS=("$ctl" "$@")
	COMP_CWORD=$#
	_lwkt_ctl
	[ "${COMPREPLY[*]}" = "$wanted" ] || fail "completion of $*: ${COMPREPLY[*]}, not $wanted"
}
completes health hea
completes '--json' --js
completes 'capture config clear' c
completes debug log lib.dispatch de
echo "ok: completion"
