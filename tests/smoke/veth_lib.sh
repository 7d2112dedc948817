#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Two hosts in namespaces, for tests that source this behind l2fwd_lib.sh; the outer ends of their
# veths are for the program.
# shellcheck disable=SC2034,SC2154 # variables of those that source it, and of l2fwd_lib.sh

[ "$(id -u)" -eq 0 ] || { echo "needs root: network namespaces"; exit 77; }
for tool in ip ethtool ping iperf3; do
	command -v $tool >/dev/null || fail "$tool is not installed"
done

ns_a=hl-a-$$ ns_b=hl-b-$$
outer_a=hla$$ outer_b=hlb$$ # at most 15 characters
server=

hosts_undo() {
	[ -n "$server" ] && kill "$server" 2>/dev/null
	ip netns del $ns_a 2>/dev/null
	ip netns del $ns_b 2>/dev/null
	ip link del $outer_a 2>/dev/null # when a namespace was not even made
	ip link del $outer_b 2>/dev/null
	true
}

undo() {
	hosts_undo
}

# host NAMESPACE OUTER ADDRESS [MTU]
host() {
	# A veth does not finish TCP checksums nor segments, because no wire follows; here one does.
	ip netns add "$1" &&
		ip link add "$2" type veth peer name inner netns "$1" &&
		sysctl -qw "net.ipv6.conf.$2.disable_ipv6=1" &&
		ip link set "$2" mtu "${4:-1500}" up &&
		ip netns exec "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 &&
		ip -n "$1" addr add "$3/24" dev inner &&
		ip -n "$1" link set inner mtu "${4:-1500}" up &&
		ip netns exec "$1" ethtool -K inner tx off rx off >/dev/null
}

# ping_from NAMESPACE ADDRESS [OPTION...]: ten replies. With -w it waits for late ones: on a busy machine the
# lcores may be without a processor for a second.
ping_from() {
	ip netns exec "$1" ping -q -c 10 -i 0.05 -w 30 "${@:2}" >"$tmp/ping" 2>&1 || {
		cat "$tmp/ping"
		fail "ping from $1 to $2"
	}
	! grep -q duplicates "$tmp/ping" || fail "packets came twice"
}
