#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      options ──▶ lwkt-l2fwd --print-config ──▶ p.yaml ──▶ lwkt-l2fwd --config p.yaml --check, --graph ─┐
#         └──────────────────────────────────────────────▶ lwkt-l2fwd --check, --graph ───────────────────┴─▶ the same
#
# Each combination of options that the other tests run, both ways: same stages, queues, arithmetic and
# graph. One of them runs, and its tables have the same stages and ethdevs.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

# look FILE ARGUMENTS... : what it prints, without what is drawn by lot
look() {
	local to=$1
	shift
	"$prog" "$@" >"$out" 2>"$err" </dev/null || fail "$*: exit code $?"
	left_nothing
	sed -E 's/([0-9A-F]{2}:){5}[0-9A-F]{2}/MAC/' "$out" >"$to"
	[ -s "$to" ] || fail "$*: nothing is printed"
}

# same EAL... -- OPTIONS...: behind EAL options that all have; of $ways
ways=(--check)
same() {
	local -a devices=()
	while [ "$1" != -- ]; do
		devices+=("$1")
		shift
	done
	shift
	devices=("${eal_rest[@]}" -m 256 --file-prefix "$prefix" "${devices[@]}")
	look "$tmp/p.yaml" "${devices[@]}" -- "$@" --print-config
	for way in "${ways[@]}"; do
		look "$tmp/options" "${devices[@]}" -- "$@" "$way"
		look "$tmp/file" "${devices[@]}" -- --config "$tmp/p.yaml" "$way"
		diff "$tmp/options" "$tmp/file" || fail "$*: $way of the options is not that of what they print"
	done
	echo "ok: $*"
}

null2=(--vdev net_null0 --vdev net_null1)
null4=("${null2[@]}" --vdev net_null2 --vdev net_null3)
two_workers=(--lcores '0@0,1@0,2@1')
six_workers=(--lcores '(0-6)@(0-1)')
for name in in0 in1; do
	python3 "$here/l2fwd_pcap.py" make "$tmp/$name.pcap" 5 1 0 || fail "no input"
done
pcap=(--vdev "net_pcap0,rx_pcap=$tmp/in0.pcap,tx_pcap=$tmp/out0.pcap"
	--vdev "net_pcap1,rx_pcap=$tmp/in1.pcap,tx_pcap=$tmp/out1.pcap")

for workers in one_worker two_workers three_workers six_workers; do
	declare -n lcores=$workers
	same "${lcores[@]}" "${null2[@]}" -- -p 3 -q 2
	same "${lcores[@]}" "${null2[@]}" -- -p 3 -q 2 --rxq 1
	same "${lcores[@]}" "${pcap[@]}" -- -p 3 -q 2 --no-mac-updating
	same "${lcores[@]}" "${null2[@]}" -- -p 1 -P
done
ways=(--check --graph)
same "${three_workers[@]}" "${null2[@]}" -- -p 3 -q 2 --mode pipeline
ways=(--check)
same "${three_workers[@]}" "${null2[@]}" -- -p 3 -q 2 --rxq 1 --mode pipeline
same "${six_workers[@]}" "${null2[@]}" -- -p 3 --mode pipeline
same "${two_workers[@]}" "${null2[@]}" -- -p 3 -P --no-mac-updating
same "${three_workers[@]}" "${null2[@]}" -- -p 3 -q 2 --txq 2
same "${two_workers[@]}" "${null2[@]}" -- -p 3 -q 2 --no-mac-updating -P --rxq 2 --txq 2
same "${two_workers[@]}" "${null2[@]}" -- -p 3 -q 2 --txq 1 --checksums leave
[ "$(grep -c 'kind: ethdev_rx.* checksums: leave}' "$tmp/p.yaml")" -ge 2 ] || fail "--checksums is not in the file"
same "${six_workers[@]}" "${null2[@]}" -- -p 3 -q 2 --rxq 8
same "${one_worker[@]}" "${null2[@]}" --vdev net_null2 -- -p 7 -q 3
same "${six_workers[@]}" "${null4[@]}" -- -p f -q 2 --portmap '(0,3),(2,1)'
same "${three_workers[@]}" "${null4[@]}" -- -p f -q 2 --portmap '(1,3)'
grep -q '^  # ethdev 2 is in -p but not in --portmap: left alone$' "$tmp/p.yaml" || fail "ethdev 2 is not named"
same "${one_worker[@]}" "${null2[@]}" -- -p 3 -q 2 --mtu 9000
same "${one_worker[@]}" "${null2[@]}" -- -p 3 -q 2 --mtu 0=9000,1=2000
same "${one_worker[@]}" "${pcap[@]}" -- -p 3 -q 2 --mtu 1=1400

# The same run: a table each of stages and ethdevs.
# tables FILE ARGUMENTS...
tables() {
	local to=$1
	shift
	start "${eal[@]}" "${three_workers[@]}" "${null2[@]}" -- "$@" -T 1 --duration 1
	ends 20 0 --duration
	balanced
	awk '/^-- /{on = 1} /^account/{on = 0} on && NF > 4 {print $1, $2 ~ /^[a-z]/ ? $2 : ""}' "$out" | grep -v '^--' | sort -u >"$to"
	[ -s "$to" ] || fail "$*: no table"
}
for mode in rtc pipeline; do
	look "$tmp/p.yaml" "${eal[@]}" "${three_workers[@]}" "${null2[@]}" -- -p 3 -q 2 --mode $mode --print-config
	tables "$tmp/options" -p 3 -q 2 --mode $mode
	tables "$tmp/file" --config "$tmp/p.yaml"
	diff "$tmp/options" "$tmp/file" || fail "$mode: not the same rows in the tables"
	echo "ok: $mode: the tables have the same rows"
done
