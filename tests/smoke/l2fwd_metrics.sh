#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      source ─▶ c0 ─▶ tx       lwkt-l2fwd ◀── HTTP: TCP, unix ── l2fwd_metrics.py ─▶ promtool
#
# l2fwd_metrics.sh PROGRAM CONFIGS: what --metrics answers is what Prometheus takes, and agrees with
# the account; the rules and the dashboard name metrics that there are.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

configs=$2
file=$tmp/pipeline.yaml
counted_file "$file"

# scrape WHERE PATH STATUS: into $tmp/metrics
scrape() {
	python3 "$here/l2fwd_metrics.py" "$1" "$2" >"$tmp/metrics" 2>"$tmp/status" &&
		grep -q "^$3 text/plain" "$tmp/status"
}

all_through() {
	scrape "$where" /metrics 200 &&
		grep -Fqx 'lwkt_packets_total{account="transmitted"} 100000' "$tmp/metrics"
}

# A socket that a program which was killed has left is replaced.
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$tmp/metrics.socket"
for where in 127.0.0.1:$((20000 + $$ % 20000)) "unix:$tmp/metrics.socket"; do
	start "${eal[@]}" "${one_worker[@]}" --vdev net_null0 -- --config "$file" -T 0 --metrics "$where"
	await 20 forwarding || fail "it does not start"
	await 20 all_through || fail "not all get through: $(cat "$tmp/status" "$tmp/metrics")"
	for line in 'lwkt_stage_packets_total{stage="c0",kind="counter",lcore="1"} 100000' \
		'lwkt_packets_total{account="received"} 100000' 'lwkt_held_packets 0' \
		'lwkt_drops_total{stage="tx",reason="tx_full"} 0' 'lwkt_events_total{event="reload"} 0' \
		'lwkt_ethdev_tx_packets_total{port="0",device="net_null0"} 100000'; do
		grep -Fqx "$line" "$tmp/metrics" || fail "no line $line in: $(cat "$tmp/metrics")"
	done
	grep -Eq '^lwkt_stage_cycles_total\{stage="c0",kind="counter",lcore="1"\} [1-9][0-9]*$' "$tmp/metrics" ||
		fail "no cycles: $(cat "$tmp/metrics")"
	grep -Eq '^lwkt_latency_seconds_bucket\{stage="tx",kind="ethdev_tx",lcore="1",le="\+Inf"\} [1-9][0-9]*$' "$tmp/metrics" ||
		fail "no latency: $(cat "$tmp/metrics")"
	cp "$tmp/metrics" "$tmp/kept"
	if command -v promtool >/dev/null; then
		promtool check metrics <"$tmp/kept" >"$tmp/prom" 2>&1 || fail "promtool: $(cat "$tmp/prom")"
		[ ! -s "$tmp/prom" ] || fail "promtool: $(cat "$tmp/prom")"
	fi
	scrape "$where" / 404 || fail "/ is answered by $(cat "$tmp/status")"
	stop TERM
	balanced
	echo "ok: ${where%%:*}"
done
[ ! -e "$tmp/metrics.socket" ] || fail "the socket is left behind"

# wrong CODE WORDS PLACE: refused with that code and these words
wrong() {
	local rc
	timeout -k 5 30 "$prog" "${eal[@]}" "${one_worker[@]}" --vdev net_null0 -- --config "$file" -T 0 \
		--metrics "$3" >"$out" 2>"$err"
	rc=$?
	[ $rc -eq "$1" ] || fail "--metrics $3: exit code $rc, not $1"
	grep -Fq -- "lwkt-l2fwd: --metrics $3: $2" "$err" || fail "--metrics $3: not said so"
}

# Known before anything starts, and not.
for place in 9464 nowhere:1 127.0.0.1:99999 127.0.0.1: 127.0.0.1:0x50 unix: "unix:$(printf '%0120d' 0)"; do
	wrong 2 'no place to listen; say ADDR:PORT' "$place"
done
wrong 1 'No such file or directory; name another place' "unix:$tmp/nowhere/socket"
echo file >"$tmp/kept.file"
wrong 1 'File exists; name another place' "unix:$tmp/kept.file"
[ -s "$tmp/kept.file" ] || fail "a file that is no socket is gone"
echo "ok: wrong places"

while read -r name; do
	grep -q "^# TYPE $name " "$tmp/kept" || fail "$name is in $configs/monitor, and is no metric"
done < <(grep -oh 'lwkt_[a-z_]*' "$configs"/monitor/* | sort -u)
jq -e '.panels | length > 0' "$configs/monitor/dashboard.json" >/dev/null || fail "no dashboard"
if command -v promtool >/dev/null; then
	promtool check rules "$configs/monitor/alerts.yaml" >"$tmp/prom" 2>&1 || fail "rules: $(cat "$tmp/prom")"
fi
echo "ok: rules and dashboard"
