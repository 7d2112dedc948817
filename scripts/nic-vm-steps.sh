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
	local what=$1 status=0
	shift

	series=$((series + 1))
	"$build/tests/nic/nic-wire" "$what" -s "$series" -f "$flows" -r "$rate" -t "$QUIET_LIMIT" \
		"$@" "$work/g0,$work/q0,${MACS[0]}" "$work/g1,$work/q1,${MACS[1]}" \
		>"$work/wire" || status=$?
	sed 's/^/    /' "$work/wire"
	return "$status"
}

# -- the steps ---------------------------------------------------------------------------------

boot()
{
	local try said

	for try in 1 2; do
		doing "boot, try $try of 2, $BOOT_LIMIT s each"
		start_qemu
		if await "$BOOT_LIMIT" on_console '^forwarding;|^nic-vm: (cannot|lwkt-l2fwd ended)|Kernel panic'; then
			break
		fi
		kill -0 "$qemu" 2>/dev/null || die "qemu ended: $(tail -n 3 "$work/$nic.log")"
		said=$(console | grep . | tail -n 1 || true)
		((try == 1)) || die "not up in $BOOT_LIMIT s, for the second time; it said last: ${said:-nothing}"
		say "$nic: not up in $BOOT_LIMIT s; it said last: ${said:-nothing}. The boot is tried once more"
		stop_qemu
	done
	on_console '^forwarding;' || die "$(console | grep -E '^nic-vm: |^lwkt-l2fwd: |panic' | tail -n 2)"
	console | sed -n 's/^nic-vm: NIC/    NIC/p'
	pass "bound to $driver, lwkt-l2fwd runs"
	doing "queues"
	(($(console | grep -cE "^ethdev [0-9a-z]+: ${queues//[()]/.}\$") == 2)) ||
		die "it does not say twice: $queues"
	pass "$queues"
	if [[ $idle == interrupt ]]; then
		say "      $(console | grep -E '^stage .* rx interrupt' | sort -u | paste -sd ';' || true)"
	fi
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

# Flows went to all rx queues, or all workers: each stage had more than the probes.
spread()
{
	local shares

	doing "frames over the stages of kind $shared"
	shares=$(console | awk -v kind="$shared" '$2 == kind && NF > 5 { count[$1] = $5 }
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
