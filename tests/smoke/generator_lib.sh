# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# generator_lib.sh: sourced by the tests of pktgen and rfc2544, behind l2fwd_lib.sh. $2: lwkt-bench.
# $command is which of the two; $json its report, $tmp/gen and $tmp/gen-err what it printed last.
# shellcheck disable=SC2154 # prefix and tmp are l2fwd_lib.sh's, command is the test's
bench=$2
json=$tmp/report.json
gen=(--no-huge -m 256 --no-pci --no-shconf --no-telemetry --file-prefix "$prefix-g"
	--log-level=lib.eal:4 --lcores '0@(0,1),1@1')

generator= # one that runs in the background
undo() {
	[ -z "$generator" ] || kill -KILL "$generator" 2>/dev/null
	rm -rf "/var/run/dpdk/$prefix-g"
}

show_generator() {
	sed "s/^/  $command: /" "$tmp/gen" "$tmp/gen-err"
}

# generate SECONDS CODE EAL-OPTION... -- OPTION... : it ends within so long, with this exit code
generate() {
	local seconds=$1 code=$2 rc eal_options=()
	shift 2
	while [ "$1" != -- ]; do
		eal_options+=("$1")
		shift
	done
	shift
	timeout -k 3 "$seconds" "$bench" "${gen[@]}" "${eal_options[@]}" -- "$command" --json "$json" "$@" \
		>"$tmp/gen" 2>"$tmp/gen-err" </dev/null
	rc=$?
	if [ $rc -ne "$code" ]; then
		show_generator
		fail "$command $*: exit code $rc, not $code"
	fi
}

# says LINE: it did, on stderr
says() {
	grep -qF -- "$1" "$tmp/gen-err" || {
		show_generator
		fail "$command does not say: $1"
	}
	echo "ok: $1"
}

# device OPTION... : the known device, at $memif
device() {
	start "${eal[@]}" --log-level=lib.eal:4 --lcores '(0-1)@0' --vdev "$memif,role=server" -- "$@"
	await 20 grep -q '^ready$' "$out" || fail "the device does not start"
}

# $did: what it did. EAL leaves its directory behind, other than lwkt-l2fwd.
stop_device() {
	kill -TERM "$pid" || fail "the device ended by itself"
	await 15 ended || fail "the device does not end"
	wait "$pid" || fail "exit code $? of the device"
	# shellcheck disable=SC2034 # pktgen_faults.sh reads it
	did=$(grep '^received ' "$out")
	pid=
	rm -rf "/var/run/dpdk/$prefix"
}
