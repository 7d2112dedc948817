#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      fail_alloc.so ──(preloaded)──▶ lwkt-l2fwd OPTIONS, lwkt-l2fwd --config configs/*.yaml
#
# One allocation fails, or a thread cannot be made: the first, the second, and so on. Each time the
# start is refused cleanly: exit code 1, a line of ours that says memory or threads are short, and
# nothing left behind; or it goes on without what it could not have, and the account balances.
#
# l2fwd_alloc.sh PROGRAM FAIL_ALLOC CONFIGS [STEP]: each STEPth allocation, 60 unless said, and all of
# the last twelve. STEP "places", as at night: of each place in the code, that is, of each chain of
# callers, the first and the last. What reads a file is most of them, and all alike.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"
fail_alloc=$(realpath "$2") configs=$(realpath "$3") step=${4:-60} prog=$(realpath "$prog")
cd "$tmp" || exit 1
python3 "$here/l2fwd_pcap.py" make in.pcap 70 1 0 || fail "no input"

places=

# one NUMBER ARGUMENT...: the start in which that allocation fails; the exit code
one() {
	timeout -k 5 30 env LWKT_FAIL_AT="$1" LWKT_FAIL_LOG="$tmp/log" ${places:+LWKT_FAIL_PLACES="$places"} LD_PRELOAD="$fail_alloc" \
		"$prog" "${eal_rest[@]}" -m 256 --file-prefix "$prefix" --vdev "$devices_0" --vdev "$devices_1" --lcores "$lcores" -- \
		--count 64 --duration 1 -T 0 "${@:2}" </dev/null >"$out" 2>"$err"
}

# numbers STEP CALLS: of the allocations that are to fail
numbers() {
	local n=0

	if [ "$1" = places ]; then
		sort -nu "$tmp/places"
		return
	fi
	# All that are not of reading the file come last.
	while ((n < $2)); do
		((n += n + $1 < $2 - 12 ? $1 : 1))
		echo "$n"
	done
}

# each STEP ARGUMENT...
each() {
	local step=$1 n rc calls what tried=0 refused=0 without=0
	shift
	places=$tmp/places one 0 "$@" || fail "$*: exit code $? with nothing amiss"
	read -r calls what <"$tmp/log"
	while read -r n; do
		one "$n" "$@"
		rc=$?
		read -r _ what <"$tmp/log"
		((tried += 1))
		case $rc in
		0)
			[ "$what" = nothing ] || ((without += 1))
			grep -q '^account: held 0, mbufs in use 0$' "$out" || fail "$*: $what $n: no account"
			;;
		1)
			((refused += 1))
			grep -qiE '(^lwkt|lib\.[a-z]+: ).*(memory|thread|temporarily|files)' "$err" ||
				fail "$*: $what $n: it does not say what is short"
			;;
		*) fail "$*: $what $n: exit code $rc" ;;
		esac
		left_nothing
	done < <(numbers "$step" "$calls")
	((refused > 0)) || fail "$*: nothing was refused"
	echo "ok: $*: of $calls allocations $tried failed: refused $refused, went on $without"
}

devices_0=net_null0 devices_1=net_null1 lcores='0@0,1@1,2@0,3@1'
each "$step" -p 3 -q 2
each "$step" -p 3 -q 2 --mode pipeline
for file in "$configs"/*.yaml; do
	name=${file##*/}
	sed -e 's/"0000:01:00.0"/net_null0/' -e 's/"0000:[08]1:00.[01]"/net_null1/' "$file" >"$name"
	devices_0=net_null0 devices_1=net_null1 lcores='0@0,1@1,2@0,3@1,17@1,18@0'
	if grep -q net_pcap "$name"; then
		devices_0=net_pcap0,rx_pcap=in.pcap,tx_pcap=out0.pcap
		devices_1=net_pcap1,rx_pcap=in.pcap,tx_pcap=out1.pcap
	fi
	each "$step" --config "$name"
done
