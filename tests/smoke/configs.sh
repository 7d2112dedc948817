#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      configs/NAME.args ── sed ──▶ lwkt-l2fwd, as configs/README.md says ── SIGINT ──▶ exit code 0
#
# configs.sh PROGRAM CONFIGS: the file for null devices as it is; the others with devices and
# processors that are here.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"
configs=$2

# run FILE: its words, for a second
run() {
	local -a words
	read -r -d '' -a words < <(sed 's/#.*//' "$1")
	start --file-prefix "$prefix" "${words[@]}"
	await 20 forwarding || fail "$1: it does not start"
	sleep 1
	stop INT
	balanced
	echo "ok: ${1##*/}: $(grep '^account: received' "$out")"
}

for file in "$configs"/*.args; do
	[ "$(sed -n 3p "$file" | grep -c '──▶')" -eq 1 ] || fail "$file does not open with a drawing"
	grep -q "^- \`${file##*/}\`: " "$configs/README.md" || fail "README.md does not name $file"
done

run "$configs/rtc-two-null.args"
[ "$received" -gt 1000 ] || fail "only $received packets in a second"

sed -e 's/^-a [^ ]*0 /--vdev net_null0 /' -e 's/^-a [^ ]*1 /--vdev net_null1 /' \
	-e 's/^-l 0-3/--lcores 0@0,1@1,2@0,3@1 --no-shconf --no-telemetry --no-huge -m 128 --no-pci/' \
	"$configs/pipeline-two-nics.args" >"$tmp/pipeline.args"
[ "$(grep -c '^--vdev' "$tmp/pipeline.args")" -eq 2 ] || fail "the NICs have not been replaced"
run "$tmp/pipeline.args"
[ "$received" -gt 1000 ] || fail "only $received packets in a second"

configs=$(realpath "$configs") prog=$(realpath "$prog")
python3 "$here/l2fwd_pcap.py" make "$tmp/in.pcap" 700 1 0 || fail "no input"
cd "$tmp" || exit 1
run "$configs/pcap-file-to-file.args"
[ "$received:$dropped" = 700:0 ] || fail "not all of 700 frames went through"
[ -s out.pcap ] || fail "no out.pcap"
