#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      configs/NAME.yaml, and the command in it ──▶ lwkt-l2fwd ─┬─▶ --check, --graph
#                                                               └─▶ traffic ── SIGINT ──▶ account
#
# configs.sh PROGRAM CONFIGS: the files for null devices and captures as they are, the others with null
# devices in place of NICs. All lcores share the processors that are here.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"
configs=$(realpath "$2") prog=$(realpath "$prog")
cd "$tmp" || exit 1
cp "$configs"/*.routes . || exit 1

# prepare NAME: the file without NICs in $tmp, and the words of its command in the array words.
prepare() {
	local text command lcores i
	text=$(sed -e 's/"0000:01:00.0"/net_null0/' -e 's/"0000:[08]1:00.[01]"/net_null1/' "$configs/$1")
	printf '%s\n' "$text" >"$1"
	command=$(sed -n '/^#   \$ lwkt-l2fwd /,/^#\?$/p' "$configs/$1" |
		sed -e 's/^# *\$ lwkt-l2fwd //' -e 's/^# *//' -e 's/\\$//' | tr '\n' ' ')
	read -ra words <<<"$command"
	[[ " ${words[*]} " == *" --config $1 "* ]] || fail "$1 does not say how it is run"
	if [[ " ${words[*]} " == *" -a "* ]]; then
		command=" ${words[*]} "
		lcores=$(sed -nE 's/.* -l ([0-9,-]+) .*/\1/p' <<<"$command")
		i=$(sed -E 's/^0,1$/0@0,1@1/; s/^0-2$/0@0,1@1,2@0/; s/^0-3$/0@0,1@1,2@0,3@1/; s/^0,1,2,17,18$/0@0,1@1,2@0,17@1,18@0/' <<<"$lcores")
		command=$(sed -E -e "s/ -l [0-9,-]+ / --lcores $i /" -e 's/ -a [^ ]+0 / --vdev net_null0 /' \
			-e 's/ -a [^ ]+ / --vdev net_null1 /' <<<"$command")
		read -ra words <<<"--no-shconf --no-telemetry --no-huge -m 128 --no-pci $command"
	fi
}

# run NAME: its words, for a second
run() {
	prepare "$1"
	start --file-prefix "$prefix" "${words[@]}"
	await 20 forwarding || fail "$1: it does not start"
	sleep 1
	stop INT
	balanced
	[ "$received" -gt "$2" ] || fail "$1: only $received packets in a second"
	echo "ok: $1: $(grep '^account: received' "$out")"
}

# look NAME OPTION: it says that all is well, and starts nothing
look() {
	prepare "$1"
	"$prog" --file-prefix "$prefix" "${words[@]}" "$2" >"$out" 2>"$err" || fail "$1 $2: exit code $?"
	! grep '^lwkt: ' "$err" | grep -v 'warning:' || fail "$1 $2: it complains"
	left_nothing
}

python3 "$here/l2fwd_pcap.py" make "$tmp/in.pcap" 700 1 0 || fail "no input"
for file in "$configs"/*.yaml; do
	name=${file##*/}
	[ "$(sed -n 3p "$file" | grep -c '──▶')" -eq 1 ] || fail "$file does not open with a drawing"
	grep -q "^- \`$name\`: " "$configs/README.md" || fail "README.md does not name $file"
	look "$name" --check
	grep -q '^pool on NUMA node 0: rx rings .* = ' "$out" || fail "$name: no arithmetic"
	look "$name" --graph
	grep -q '^digraph ' "$out" || fail "$name: no graph"
	if command -v dot >/dev/null; then
		dot -Tsvg "$out" >/dev/null || fail "$name: dot does not read the graph"
	fi
	echo "ok: $name: --check and --graph"
done

run rtc-two-null.yaml 1000
run pipeline-two-nics.yaml 1000
run two-numa-nodes.yaml 1000
run two-mtus.yaml 1000
run vlan-trunk.yaml 1000
run route-two-nets.yaml 1000
run workers-by-flow.yaml 1000
run pcap-file-to-file.yaml 699
[ "$received:$dropped" = 700:0 ] || fail "not all of 700 frames went through"
[ -s out.pcap ] || fail "no out.pcap"
