#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      fail_alloc.so ──(preloaded)──▶ lwkt-l2fwd OPTIONS, lwkt-l2fwd --config configs/*.yaml
#
# One allocation fails, or a thread cannot be made: the first, the second, and so on. Each time the
# start is refused cleanly: exit code 1, a line of ours that says memory or threads are short, and
# nothing left behind; or it goes on without what it could not have, and the account balances.
#
# l2fwd_alloc.sh PROGRAM FAIL_ALLOC CONFIGS [STEP]: each STEPth allocation, 1 unless said, and all of
# the last twelve. Two starts run side by side.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"
fail_alloc=$(realpath "$2") configs=$(realpath "$3") step=${4:-1} prog=$(realpath "$prog")
cd "$tmp" || exit 1
python3 "$here/l2fwd_pcap.py" make in.pcap 70 1 0 || fail "no input"
cp "$configs"/*.yaml . || fail "no configs"
failed=0

# one NUMBER ARGUMENT...: the start in which that allocation fails; the exit code
one() {
	timeout -k 5 60 env LWKT_FAIL_AT="$1" LWKT_FAIL_LOG="$tmp/log" LD_PRELOAD="$fail_alloc" \
		"$prog" "${eal_rest[@]}" -m 256 --file-prefix "$prefix" --vdev "$devices_0" --vdev "$devices_1" --lcores "$lcores" -- \
		--count 64 --duration 1 -T 0 "${@:2}" </dev/null >"$out" 2>"$err"
}

# judge NUMBER EXIT_CODE ARGUMENT...: is that how a start may end? Says refused, without or nothing.
judge() {
	local n=$1 rc=$2 what
	shift 2
	read -r _ what <"$tmp/log"
	case $rc in
	0)
		grep -q '^account: held 0, mbufs in use 0$' "$out" || fail "$*: $what $n: no account"
		[ "$what" = nothing ] && echo nothing || echo without
		;;
	1)
		grep -qiE '(^lwkt|lib\.[a-z]+: ).*(memory|thread|temporarily|files)' "$err" ||
			fail "$*: $what $n: it does not say what is short"
		echo refused
		;;
	*) fail "$*: $what $n: exit code $rc" ;;
	esac
	left_nothing
}

# half FIRST CALLS STEP ARGUMENT...: every second number, in a directory and with names of its own
half() {
	local first=$1 calls=$2 step=$3 n=0 i=0
	shift 3
	mkdir "$tmp/$first"
	cp -- in.pcap *.yaml "$tmp/$first"
	tmp=$tmp/$first prefix=$prefix$first
	out=$tmp/out err=$tmp/err
	cd "$tmp" || exit 1
	while ((n < calls)); do
		((n += n + step < calls - 12 ? step : 1)) # all that are not of reading the file come last
		((i++ % 2 == first)) || continue
		one "$n" "$@"
		(judge "$n" $? "$@") # goes on behind a failure
	done
}

# each STEP ARGUMENT...
each() {
	local step=$1 calls i
	shift
	one 0 "$@" || fail "$*: exit code $? with nothing amiss"
	read -r calls _ <"$tmp/log"
	for i in 0 1; do
		(half $i "$calls" "$step" "$@") >"$tmp/said$i" &
		jobs[i]=$!
	done
	for i in 0 1; do
		wait "${jobs[i]}"
		rm -rf "${tmp:?}/$i" "/var/run/dpdk/$prefix$i"
	done
	grep -h -A60 FAIL "$tmp"/said? && failed=1
	grep -q refused "$tmp"/said? || fail "$*: nothing was refused"
	echo "$*: of $calls allocations failed one:" \
		"$(grep -hxE 'refused|without|nothing' "$tmp"/said? | sort | uniq -c | xargs)"
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
exit "$failed"
