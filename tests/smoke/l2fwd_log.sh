#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      lwkt-l2fwd ── lines ──▶ text, JSON, journal        source ─▶ c0 ─▶ tx
#
# l2fwd_log.sh PROGRAM LWKT-CTL: lines of the log in each form: DPDK's, the library's, and events, which
# the control socket has under the same names. Levels change as it runs.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

ctl=$2
socket=$tmp/socket
counted_file "$tmp/p.yaml"

# late FORMAT...: a run in which the main lcore stands still, files are opened again, and a level changes
late() {
	start "${eal[@]}" "${one_worker[@]}" --log-level '*:info' --vdev net_null0 -- --config "$tmp/p.yaml" -T 0 --control "$socket" \
		"$@"
	await 30 forwards || fail "it does not start"
	kill -STOP "$pid"
	sleep 1.3
	kill -CONT "$pid"
	await 30 grep -q 'stood still' "$out" || fail "the event is not said"
	kill -HUP "$pid"
	await 30 grep -q 'opened again' "$out" || fail "the reload is not said"
	"$ctl" --socket "$socket" --json events >"$tmp/events" || fail "no events"
	jq -e '([.[].event] | index("late") and index("reload"))' "$tmp/events" >/dev/null || fail "events: $(cat "$tmp/events")"
	"$ctl" --socket "$socket" --json log lib.stages debug >"$tmp/log" || fail "no level is set"
	jq -e 'all(.[]; .level == "debug")' "$tmp/log" >/dev/null || fail "levels: $(cat "$tmp/log")"
	stop TERM
}
forwards() {
	kill -0 "$pid" 2>/dev/null || fail "it ended before it began"
	grep -q 'forwarding; SIGINT' "$out"
}
when='20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z'

late --log-format json
[ -s "$err" ] || fail "nothing is logged"
for file in "$err" "$out"; do
	jq -es 'all(.[]; (.time | test("^20.*Z$")) and (.level | IN("error", "warning", "notice", "info")) and
		.subsystem != "" and .text != "")' "$file" >/dev/null || fail "not JSON with these fields: $(cat "$file")"
done
jq -es 'any(.[]; .subsystem == "lib.plan" and .level == "warning" and (.text | startswith("lwkt: ") | not))' "$err" >/dev/null ||
	fail "the library's line is not there: $(cat "$err")"
jq -es 'any(.[]; .event == "late" and .subsystem == "l2fwd" and .level == "warning")' "$out" >/dev/null ||
	fail "the event is not there: $(cat "$out")"
jq -es 'any(.[]; .event == "reload" and .level == "notice")' "$out" >/dev/null || fail "the reload is not there: $(cat "$out")"
jq -es 'any(.[]; .text | startswith("account: held 0, mbufs in use 0"))' "$out" >/dev/null || fail "no account: $(cat "$out")"
echo "ok: json"

late
balanced
grep -Evq "^$when (error|warning|notice|info) [A-Za-z0-9_.]+: ." "$err" &&
	fail "lines without time, level, subsystem: $(cat "$err")"
grep -Eq "^$when warning lib\.plan: .*p\.yaml:" "$err" || fail "the library's line is not there: $(cat "$err")"
grep -Eq "^$when warning l2fwd: the main lcore stood still" "$out" || fail "the event is not there: $(cat "$out")"
echo "ok: text"

# As if its output were the journal's.
: >"$err"
: >"$out"
JOURNAL_STREAM=$(stat -L -c %d:%i "$err")
(
	export JOURNAL_STREAM
	exec "$prog" "${eal[@]}" "${one_worker[@]}" --vdev net_null0 -- --config "$tmp/p.yaml" -T 0 --control none --duration 1
) >"$out" 2>>"$err" || fail "as a service it fails"
grep -Eq '^<4>lib\.plan: .*p\.yaml:' "$err" || fail "no priorities: $(cat "$err")"
grep -q '^<' "$out" && fail "priorities where it is no journal: $(cat "$out")"
! "$prog" "${eal[@]}" "${one_worker[@]}" -- --config "$tmp/none.yaml" --log-format json >"$out" 2>"$err" || fail "it starts without a file"
jq -es '.[-1] | .level == "error" and .subsystem == "l2fwd"' "$err" >/dev/null || fail "the last line is no JSON: $(cat "$err")"
echo "ok: the journal"
