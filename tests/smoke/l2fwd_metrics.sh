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
		'lwkt_ethdev_tx_packets_total{port="0",device="net_null0",queue="0"} 100000' \
		"lwkt_config_info{file=\"$file\",stages=\"3\",lcores=\"1\",cycles=\"64\"} 1"; do
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

# Both ways: what they name there is, and of each family there is a panel or a rule.
grep -oh 'lwkt_[a-z_]*' "$configs"/monitor/* | sed 's/_bucket$//' | sort -u >"$tmp/named"
sed -n 's/^# TYPE \([a-z_]*\) .*/\1/p' "$tmp/kept" | sort -u >"$tmp/families"
[ -s "$tmp/families" ] || fail "no metrics"
diff "$tmp/families" "$tmp/named" >"$tmp/differ" ||
	fail "metrics (<) and what $configs/monitor names (>) differ: $(cat "$tmp/differ")"
jq -e '.panels | length > 0' "$configs/monitor/dashboard.json" >/dev/null || fail "no dashboard"
if command -v promtool >/dev/null; then
	promtool check rules "$configs/monitor/alerts.yaml" >"$tmp/prom" 2>&1 || fail "rules: $(cat "$tmp/prom")"
fi
echo "ok: rules and dashboard"

# A real scrape: Prometheus takes the metrics, evaluates the rules and the dashboard's questions.
command -v prometheus >/dev/null || {
	echo "no prometheus: nothing is scraped"
	exit 0
}
undo() {
	[ -z "${scraper:-}" ] || kill "$scraper" 2>/dev/null
}
port=$((20000 + $$ % 20000))
cat >"$tmp/prometheus.yml" <<-END
	global: {scrape_interval: 500ms, evaluation_interval: 500ms}
	scrape_configs: [{job_name: lwkt, static_configs: [{targets: ['127.0.0.1:$port']}]}]
	rule_files: ['$(realpath "$configs")/monitor/alerts.yaml']
END
start "${eal[@]}" "${one_worker[@]}" --vdev net_null0 -- --config "$file" -T 0 --metrics "127.0.0.1:$port"
await 20 forwarding || fail "it does not start"
prometheus --config.file="$tmp/prometheus.yml" --storage.tsdb.path="$tmp/tsdb" \
	--web.listen-address="127.0.0.1:$((port + 1))" >"$tmp/prom" 2>&1 &
scraper=$!
# ask PATH [FILTER]: of Prometheus, with jq
ask() {
	python3 "$here/l2fwd_metrics.py" "127.0.0.1:$((port + 1))" "$1" 2>"$tmp/status" | jq -er "$2" >"$tmp/said"
}
scraped() {
	ask '/api/v1/query?query=lwkt_packets_total%7Baccount%3D%22transmitted%22%7D' '.data.result[0].value[1]' &&
		[ "$(cat "$tmp/said")" = 100000 ]
}
evaluated() {
	ask /api/v1/rules '[.data.groups[].rules[].health] | unique | join(" ")' && [ "$(cat "$tmp/said")" = ok ]
}
await 30 scraped || fail "nothing is scraped: $(tail -n 3 "$tmp/prom")"
await 30 evaluated || fail "rules: $(cat "$tmp/said")"
while read -r question; do
	ask "/api/v1/query?query=$question" .status
	[ "$(cat "$tmp/said")" = success ] ||
		fail "the dashboard asks $question: $(cat "$tmp/status")"
done < <(jq -r '.panels[].targets[].expr | gsub("\\$__rate_interval"; "1m") | @uri' "$configs/monitor/dashboard.json")
kill "$scraper"
wait "$scraper" 2>/dev/null
stop TERM
balanced
echo "ok: a scrape"
