#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# quickstart.sh: see lwkt-l2fwd forward real traffic, from a fresh Debian 12 machine, as root.
#
#   scripts/quickstart.sh [--build-dir DIR] [--seconds N]
#
# Installs the packages it needs, builds (a DIR that is built already keeps its options), and runs
# without hugepages or a NIC:
#
#    namespace "left"        namespace "mid"                           namespace "right"
#    192.0.2.1                                                         192.0.2.2
#    eth0 ──── veth ──── left ═ ethdev 0 ═ lwkt-l2fwd ═ ethdev 1 ═ right ──── veth ──── eth0
#                               rx 0 ─┐               ┌─ tx 1
#                               rx 1 ─┴── forward ────┴─ tx 0
#                                CPU 1     CPU 2         CPU 3
#
# First ping and a TCP transfer of N seconds (default 4) go through it, then a capture of that
# traffic, from file to file, and the two files are compared. The namespaces are made for this and
# removed again, also when something fails or Ctrl-C is pressed; no interface or address of the
# machine is touched.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

readonly LEFT_ADDR=192.0.2.1 RIGHT_ADDR=192.0.2.2 # for documentation, RFC 5737
# How many packets are captured: fewer than lwkt-l2fwd has mbufs, since net_pcap drops a packet of
# its file when there is none.
readonly PACKETS=4000
build=$LWKT_ROOT/build/quickstart
seconds=4
prefix=lwktqs$$
left=$prefix-left mid=$prefix-mid right=$prefix-right
work=''
pids=()
passed=()

# -- what is made, and its removal ---------------------------------------------------------------

cleanup()
{
	local status=$? pid ns

	set +e
	trap - EXIT
	trap '' INT TERM HUP
	for pid in "${pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	for ns in "$left" "$mid" "$right"; do
		[[ -e /var/run/netns/$ns ]] && ip netns del "$ns"
	done
	# What EAL leaves behind when it is killed.
	rm -rf "/var/run/dpdk/$prefix-live" "/var/run/dpdk/$prefix-file"
	if [[ -n $work ]]; then
		if ((status != 0)) && [[ -s $work/l2fwd.log ]]; then
			printf '\nThe end of what lwkt-l2fwd said:\n' >&2
			tail -n 25 "$work/l2fwd.log" >&2
		fi
		rm -rf "$work"
	fi
	((status == 0)) || printf '\nquickstart: FAILED (exit %d)\n' "$status" >&2
	exit "$status"
}

# within NAMESPACE COMMAND...
within()
{
	ip netns exec "$@"
}

# background NAMESPACE LOG COMMAND... : the command itself is the job, its pid is in $job
background()
{
	local ns=$1 log=$2
	shift 2

	ip netns exec "$ns" "$@" >"$log" 2>&1 </dev/null &
	job=$!
	pids+=("$job")
}

make_network()
{
	local ns

	for ns in "$left" "$mid" "$right"; do
		ip netns add "$ns" 2>"$work/err" ||
			die "cannot make a network namespace: $(<"$work/err") (a container needs --privileged)"
		# Only the traffic we make ourselves: no IPv6 neighbour discovery.
		within "$ns" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6' 2>/dev/null ||
			true
	done
	# A rewritten packet is for 02:00:00:00:00:<the ethdev it left by>: the hosts' addresses.
	make_wire "$left" left 02:00:00:00:00:00 "$LEFT_ADDR"
	make_wire "$right" right 02:00:00:00:00:01 "$RIGHT_ADDR"
}

# make_wire NAMESPACE NAME MAC ADDRESS : eth0 there, NAME in the middle
make_wire()
{
	ip -n "$mid" link add "$2" type veth peer name eth0 netns "$1"
	ip -n "$1" link set eth0 address "$3"
	ip -n "$1" address add "$4/24" dev eth0
	ip -n "$1" link set eth0 up
	ip -n "$mid" link set "$2" arp off up
	# Else veth hands over TCP with unfinished checksums, which only a kernel would forgive.
	within "$1" ethtool -K eth0 tx off >/dev/null
}

# -- lwkt-l2fwd ----------------------------------------------------------------------------------

# start_l2fwd NAME ARGUMENT... : in the middle, in the background; its pid is in $l2fwd
start_l2fwd()
{
	local name=$1
	shift
	local -a command=("$build/apps/l2fwd-lwkt/lwkt-l2fwd" --no-huge -m 256 --no-pci --no-shconf
		--no-telemetry --file-prefix "$prefix-$name" --lcores "$(lcores 4)" "$@")

	say "lwkt-l2fwd ${command[*]:1}"
	background "$mid" "$work/l2fwd.log" "${command[@]}"
	l2fwd=$job
}

# stop_l2fwd : ask it to stop, wait, and show the account it prints; its exit code is ours
stop_l2fwd()
{
	local status=0

	kill -TERM "$l2fwd" 2>/dev/null || true
	await 15 not_running "$l2fwd" || die "lwkt-l2fwd does not stop"
	wait "$l2fwd" || status=$?
	forget "$l2fwd"
	sed -n '/^account:/p' "$work/l2fwd.log"
	((status == 0)) || die "lwkt-l2fwd ended with exit code $status"
	grep -q '^account: held 0, mbufs in use 0$' "$work/l2fwd.log" || die "packets are left over"
}

# last_table : the statistics that lwkt-l2fwd printed last
last_table()
{
	awk '/^-- / { table = "" } { table = table $0 "\n" } END { printf "%s", table }' \
		"$work/l2fwd.log"
}

not_running()
{
	! kill -0 "$1" 2>/dev/null
}

forget()
{
	local pid
	local -a rest=()

	for pid in "${pids[@]}"; do
		[[ $pid == "$1" ]] || rest+=("$pid")
	done
	pids=("${rest[@]}")
}

# await SECONDS COMMAND... : until the command succeeds
await()
{
	local end=$((SECONDS + $1))
	shift

	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.1
	done
}

pass()
{
	passed+=("$*")
	say "PASS  $*"
}

# -- the three shows -----------------------------------------------------------------------------

reaches()
{
	if not_running "$l2fwd"; then
		die "lwkt-l2fwd ended by itself"
	fi
	within "$left" ping -q -c 1 -W 1 "$RIGHT_ADDR" >/dev/null 2>&1
}

listening()
{
	[[ -n $(within "$right" ss -H -l -t -n 'sport = :5201') ]]
}

show_ping()
{
	step "ping through lwkt-l2fwd, from $LEFT_ADDR to $RIGHT_ADDR"
	# With -w it goes on until 5 replies are there, so that a busy machine may be slow.
	within "$left" ping -c 5 -w 15 -i 0.3 "$RIGHT_ADDR" | tee "$work/ping"
	grep -q ' 5 received' "$work/ping" || die "ping lost packets"
	pass "ping: 5 replies"
}

show_tcp()
{
	step "TCP through lwkt-l2fwd: iperf3, $seconds seconds"
	background "$right" "$work/iperf-server" iperf3 -s -1 -B "$RIGHT_ADDR"
	server=$job
	await 5 listening || die "the iperf3 server does not listen: $(<"$work/iperf-server")"
	within "$left" timeout --foreground -k 2 $((seconds + 20)) \
		iperf3 -c "$RIGHT_ADDR" -t "$seconds" -i 1 --forceflush | tee "$work/iperf"
	kill "$server" 2>/dev/null || true
	wait "$server" 2>/dev/null || true
	forget "$server"
	say ''
	say "lwkt-l2fwd's own view, once a second; its last:"
	last_table
	rate=$(awk '/receiver/ { print $7, $8 }' "$work/iperf")
	[[ -n $rate && $rate != 0.00* ]] || die "no TCP data arrived"
	pass "TCP: $rate arrived"
}

start_capture()
{
	background "$mid" "$work/tcpdump" \
		tcpdump -i left -n -s 0 -U -Z root -c "$PACKETS" -w "$work/in.pcap"
	capture=$job
	await 5 grep -q 'listening on' "$work/tcpdump" || die "tcpdump: $(<"$work/tcpdump")"
}

stop_capture()
{
	kill -INT "$capture" 2>/dev/null || kill -TERM "$capture" 2>/dev/null || true
	await 5 not_running "$capture" || kill -TERM "$capture"
	wait "$capture" 2>/dev/null || true
	forget "$capture"
}

all_out()
{
	not_running "$l2fwd" ||
		(($(stat -c %s "$work/out.pcap" 2>/dev/null || echo 0) >= $(stat -c %s "$work/in.pcap")))
}

show_file()
{
	step "The capture of that traffic through lwkt-l2fwd again, from file to file"
	start_l2fwd file --vdev "net_pcap0,rx_pcap=$work/in.pcap" \
		--vdev "net_pcap1,tx_pcap=$work/out.pcap" \
		-- -p 0x3 -q 2 --mode pipeline -T 0
	await 20 all_out || say "(not all packets came out in 20 s)"
	stop_l2fwd
	same=$(python3 "$LWKT_ROOT/scripts/pcap-same.py" --l2fwd 1 "$work/in.pcap" "$work/out.pcap") ||
		die "what came out is not what went in: $same"
	pass "pcap: $same, MACs rewritten"
}

# -- main ----------------------------------------------------------------------------------------

while (($#)); do
	case $1 in
	--build-dir) need_value "$@" && build=$2 && shift 2 ;;
	--seconds) need_value "$@" && seconds=$2 && shift 2 ;;
	-h | --help) show_help && exit 0 ;;
	*) usage_error "unknown option '$1'" ;;
	esac
done
[[ $seconds =~ ^[1-9][0-9]{0,2}$ ]] || usage_error "--seconds $seconds: not a number from 1 to 999"
((EUID == 0)) || die "needs root, for the namespaces and raw sockets: sudo $0"

trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

need_packages build quickstart
step "Building in $build"
if [[ -f $build/build.ninja && $build != "$LWKT_ROOT/build/quickstart" ]]; then
	ninja -C "$build" >/dev/null # somebody's own, with the options that it has
else
	build_tree "$build" --buildtype=release -Dtests=false
fi
say "built in ${SECONDS} s, packages included"

work=$(mktemp -d)
step "lwkt-l2fwd, $(allowed_cpus | wc -l) CPUs: receive, forward and transmit on an lcore each"
make_network
start_l2fwd live --vdev net_af_packet0,iface=left --vdev net_af_packet1,iface=right \
	-- -p 0x3 -q 2 --mode pipeline -P -T 1
await 30 reaches || die "no ping comes through"
start_capture
show_ping
show_tcp
stop_capture
step "The account lwkt-l2fwd gives at its end"
stop_l2fwd
pass "$(sed -n '1,/^account: received/s/^account: /account: /p' "$work/l2fwd.log"), none is left"
show_file

step "quickstart: ${#passed[@]} passed, in $SECONDS s"
printf 'PASS  %s\n' "${passed[@]}"
cat <<END

You saw ping, TCP and a capture go through a pipeline of three lcores: receive, forward, transmit,
a message port before each, the packets travelling between the CPUs as messages in their mbufs.

Next: scripts/test.sh runs all tests. README.md has a tour of the code, and how to use a NIC.
END
