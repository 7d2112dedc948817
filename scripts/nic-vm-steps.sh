# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# The steps of nic-vm.sh with each kind of NIC: boot, frames, the link down and up, the end.

# shellcheck disable=SC2154 # work, nic, build and what describe() sets are nic-vm.sh's

# -- the frames --------------------------------------------------------------------------------

# wire COMMAND ARGUMENT... : nic-wire, at the outer ends. Not in a pipe, where its series would be
# that of the next one too.
wire()
{
	local status=0

	series=$((series + 1))
	(nic_wire "$@" -s "$series" -f "$flows" -r "$rate" -t "$QUIET_LIMIT") >"$work/wire" || status=$?
	sed 's/^/    /' "$work/wire"
	return "$status"
}

# nic-wire, as the last thing a subshell does: its pid is the subshell's.
nic_wire()
{
	local -a ends=("$work/g0,$work/q0" "$work/g1,$work/q1")

	((taps == 0)) || ends=("tap,tap0" "tap,tap1")
	exec "${inside[@]}" "$build/tests/nic/nic-wire" "$@" "${ends[0]},${MACS[0]}" "${ends[1]},${MACS[1]}"
}

# -- the steps ---------------------------------------------------------------------------------

readonly UP_OR_NOT='^forwarding;|^nic-vm: (cannot|lwkt-l2fwd ended)|Kernel panic'

boot()
{
	local try said

	for try in 1 2; do
		doing "boot, try $try of 2, $BOOT_LIMIT s each"
		start_qemu
		if await "$BOOT_LIMIT" on_console "^nic-vm: ready|$UP_OR_NOT"; then
			break
		fi
		kill -0 "$qemu" 2>/dev/null || die "qemu ended: $(tail -n 3 "$work/$nic.log")"
		said=$(console | grep . | tail -n 1 || true)
		((try == 1)) || die "not up in $BOOT_LIMIT s, for the second time; it said last: ${said:-nothing}"
		say "$nic: not up in $BOOT_LIMIT s; it said last: ${said:-nothing}. The boot is tried once more"
		stop_qemu
	done
	((rss == 0)) || see_rss
	await "$BOOT_LIMIT" on_console "$UP_OR_NOT" || die "lwkt-l2fwd is not up in $BOOT_LIMIT s"
	on_console '^forwarding;' || die "$(console | grep -E '^nic-vm: |^lwkt-l2fwd: |panic' | tail -n 2)"
	console | sed -n 's/^nic-vm: NIC/    NIC/p'
	pass "bound to $driver, lwkt-l2fwd runs"
	doing "preflight"
	[[ $(console | sed -n 's/^nic-vm: preflight: exit code //p' | tr -d '\r' | paste -sd ' ') == '1 0' ]] ||
		die "lwkt-l2fwd --preflight did not run once before the NICs were bound, and once after"
	pass "lwkt-l2fwd --preflight: fails before the NICs are bound, and says how; then passes"
	doing "queues"
	(($(console | grep -cE "^ethdev [0-9a-z]+: ${queues//[()]/.}\$") == 2)) ||
		die "it does not say twice: $queues"
	pass "$queues"
	if [[ $way == interrupt ]]; then
		say "      $(console | grep -E '^stage .* rx interrupt' | sort -u | paste -sd ';' || true)"
	fi
	if [[ $driver == vfio-pci ]]; then
		doing "user"
		state
		on_console '^nic-vm: user 1000 0000000000000000$' || die "not an ordinary user: $(console | grep ' user ')"
		pass "it is an ordinary user's, without capabilities, and locks no more memory than it has"
	fi
}

# The guest sends frames from NIC to NIC, over a wire between them, and sees to which queue they come.
see_rss()
{
	local crossing

	doing "RSS over $rss queues"
	on_console '^nic-vm: ready' || return 0 # it has said why not
	nic_wire cross &
	crossing=$!
	pids+=("$crossing")
	printf 'GO\n' >&"$keys"
	await "$RSS_LIMIT" on_console '^nic-vm: (cannot|nic-rss ended)' || die "not over in $RSS_LIMIT s"
	kill -TERM "$crossing" || die "the wire between the NICs has ended"
	wait "$crossing" || die "the wire between the NICs failed"
	console | sed -n 's/^rss: /    /p'
	on_console '^nic-vm: nic-rss ended' || die "$(console | grep -E '^nic-vm: |WRONG' | tail -n 3)"
	printf 'GO\n' >&"$keys"
	pass "RSS: each frame comes to the queue of its flow hash, both ways of a flow to the same"
}

exchange()
{
	doing "$frames frames both ways $*"
	wire both -n "$frames"
	pass "$frames frames both ways $*: none lost, twice, out of order or wrong"
	doing "counters of the frames $*"
	counted "$frames" "$frames" "$frames" "$frames"
	pass "counters of the frames $*"
}

flap()
{
	doing "link down"
	qmp '{"execute": "set_link", "arguments": {"name": "n0", "up": false}}'
	wire down -n "$DOWN_FRAMES"
	doing "counters with the link down"
	# What is for the link that is down is sent all the same: the NIC takes it, and drops it.
	counted 0 "$1" "$DOWN_FRAMES" 0
	doing "link up"
	qmp '{"execute": "set_link", "arguments": {"name": "n0", "up": true}}'
	wire probe
	read_counters
	pass "link down, $DOWN_FRAMES frames, link up"
}

# state : on the console, anew
state()
{
	local before

	before=$(console | grep -c '^nic-vm: interrupts ' || true)
	printf 'STATE\n' >&"$keys"
	await "$END_LIMIT" more_states "$before" || die "the guest does not answer"
}

more_states()
{
	(($(console | grep -c '^nic-vm: interrupts ' || true) > $1))
}

# CPUs slept, and the NICs woke them: at 3,000 frames a second there is a pause between most of them.
# Drivers that have none say so, or take them and send none; they have to be named by describe().
interrupted()
{
	local n

	doing "rx interrupts"
	state
	n=$(console | sed -n 's/^nic-vm: interrupts //p' | tail -n 1)
	if [[ $wakes == no ]]; then
		say "      $n rx interrupts"
		return 0
	fi
	((n >= frames / 50)) || die "$n interrupts for $((2 * frames)) frames"
	pass "rx interrupts: $n"
}

# Flows went to all rx queues, or all workers: each stage had more than the probes.
spread()
{
	local shares

	doing "frames over the stages of kind $shared"
	shares=$(console | awk -v kind="$shared" '$2 == kind && NF > 6 { count[$1] = $6 }
		END { for (stage in count) print stage, count[stage] }' | sort)
	[[ -n $shares ]] || die "no stage of kind $shared"
	awk '$2 < 100 { exit 1 }' <<<"$shares" || die "one had next to none: ${shares//$'\n'/, }"
	pass "each $shared had its share: ${shares//$'\n'/, }"
}

finish()
{
	local account received transmitted

	doing "SIGTERM"
	printf 'TERM\n' >&"$keys"
	await "$END_LIMIT" on_console '^nic-vm: lwkt-l2fwd ended' || die "it does not end in $END_LIMIT s"
	account=$(console | grep '^account: ' || true)
	say "${account//account:/    account:}"
	on_console '^nic-vm: lwkt-l2fwd ended with exit code 0$' || die "$(console | grep ' ended with')"
	[[ $account =~ received\ ([0-9]+)\ =\ transmitted\ ([0-9]+) ]] || die "no account"
	received=${BASH_REMATCH[1]} transmitted=${BASH_REMATCH[2]}
	((received == rx0 + rx1)) || die "the account has $received received, the NICs $((rx0 + rx1))"
	((transmitted == tx0 + tx1)) || die "the account has $transmitted transmitted, the NICs $((tx0 + tx1))"
	[[ $account == *'account: held 0, mbufs in use 0'* ]] || die "packets are left over"
	pass "SIGTERM: exit code 0, the account balances, no mbuf is left"
	doing "power off"
	await "$END_LIMIT" on_console '^nic-vm: power off$' || die "the guest does not power off"
	stop_qemu
}
