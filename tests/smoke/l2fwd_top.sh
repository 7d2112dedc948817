#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      tmux ─ lwkt-ctl top ──▶ socket ─ lwkt-l2fwd: source ─▶ c0 ─▶ ... ─▶ c31 ─▶ tx
#
# l2fwd_top.sh PROGRAM LWKT-CTL: what lwkt-ctl top shows fits 80x24 and 200x50, pages through 34 stages,
# sorts, folds and answers keys; where it is no terminal it is tables, one below the other.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

ctl=$2 socket=$tmp/socket
{
	cat <<-'END'
		pipeline: {name: run}
		ethdevs: [{name: none, device: net_null0}, {name: other, device: net_null1}]
		stages:
		  - {name: src, kind: source, cpu: 1, params: {pool: run_0, count: 2000000000}, outputs: [c0]}
	END
	for ((i = 0; i < 31; i++)); do
		echo "  - {name: c$i, kind: counter, cpu: 1, outputs: [c$((i + 1))]}"
	done
	cat <<-'END'
		  - {name: c31, kind: counter, cpu: 1, outputs: [tx]}
		  - {name: tx, kind: ethdev_tx, cpu: 1, params: {ethdev: none}}
	END
} >"$tmp/p.yaml"
start "${eal[@]}" "${one_worker[@]}" --vdev net_null0 --vdev net_null1 -- --config "$tmp/p.yaml" -T 0 \
	--control "$socket"
await 20 forwarding || fail "it does not start"

timeout -k 5 20 "$ctl" --socket "$socket" top --interval 0.1 --count 3 >"$tmp/said" || fail "top: $(cat "$tmp/said")"
[ "$(grep -c '^up [0-9,]* s   rx ' "$tmp/said")" -eq 3 ] || fail "not three tables: $(cat "$tmp/said")"
[ "$(grep -c '^c31 ' "$tmp/said")" -eq 3 ] || fail "not all stages: $(cat "$tmp/said")"
grep -Eq '^c31 +counter +1 +[0-9]{1,3}(,[0-9]{3})+ +0 ' "$tmp/said" || fail "no thousands: $(cat "$tmp/said")"
grep -q $'\033' "$tmp/said" && fail "escape codes where there is no terminal"
for wrong in --json --drop '--stage=d'; do
	"$ctl" --socket "$socket" top "$wrong" >"$tmp/said" 2>&1 && fail "top takes $wrong"
	grep -q 'top: it takes --interval and --count only' "$tmp/said" || fail "top $wrong: $(cat "$tmp/said")"
done
echo "ok: no terminal"

command -v tmux >/dev/null || {
	stop TERM
	echo "no tmux: the screen is not looked at"
	exit 0
}
undo() {
	tmux -S "$tmp/tmux" kill-server 2>/dev/null
}
# screen COLUMNS LINES
screen() {
	tmux -S "$tmp/tmux" -f /dev/null new-session -d -x "$1" -y "$2" -s t \
		"$ctl --socket $socket top --interval 0.2 2>$tmp/top.err; echo \$? >$tmp/code" || fail "tmux"
	await 20 shows '^q end ' || fail "nothing is shown: $(cat "$tmp/screen" "$tmp/top.err")"
}
shows() {
	tmux -S "$tmp/tmux" capture-pane -p -t t >"$tmp/screen" && grep -Eq -- "$1" "$tmp/screen"
}
# fits LINES: what it shows has so many, and its last one is that with the keys; none is there twice
fits() {
	[ "$(wc -l <"$tmp/screen")" -eq "$1" ] || fail "$(wc -l <"$tmp/screen") lines: $(cat "$tmp/screen")"
	tail -n 1 "$tmp/screen" | grep -q '^q end ' || fail "no keys: $(cat "$tmp/screen")"
	[ -z "$(awk 'NF { print $1, $2 }' "$tmp/screen" | sort | uniq -d)" ] || fail "a line twice: $(cat "$tmp/screen")"
}
press() {
	tmux -S "$tmp/tmux" send-keys -t t "$1"
}

screen 80 24
fits 24
shows '^src ' || fail "no first stage: $(cat "$tmp/screen")"
shows 'page 1/2' || fail "no pages: $(cat "$tmp/screen")"
press Space
await 10 shows 'page 2/2' || fail "no second page: $(cat "$tmp/screen")"
shows '^src ' && fail "the first stage is there still: $(cat "$tmp/screen")"
press f
await 10 shows '^all stages +1 ' || fail "no folding: $(cat "$tmp/screen")"
fits 24
press f
press d
await 10 shows 'd all' || fail "no drops only: $(cat "$tmp/screen")"
shows '^c1 ' && fail "what drops nothing is there: $(cat "$tmp/screen")"
press d
press s
press s
await 10 shows 'sort: cycles' || fail "no sorting: $(cat "$tmp/screen")"
tmux -S "$tmp/tmux" resize-window -t t -x 200 -y 50
await 10 shows '^tx +ethdev_tx +1 ' || fail "not all at 200x50: $(cat "$tmp/screen")"
shows 'page 1/1' || fail "pages at 200x50: $(cat "$tmp/screen")"
fits 50
press q
await 10 test -s "$tmp/code" || fail "it does not end by q"
[ "$(cat "$tmp/code")" -eq 0 ] || fail "exit code $(cat "$tmp/code")"
screen 40 8
fits 8
stop TERM
await 10 grep -q 'lwkt-ctl: ' "$tmp/top.err" || fail "it does not say that the program has ended"
echo "ok: screens"
