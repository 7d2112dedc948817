# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# What nic-vm.sh and service-vm.sh share: the steps of a run, what is said of them, and the end.

# shellcheck disable=SC2034,SC2154 # other parts use these, and have the rest

. "$(dirname "$0")/nic-vm-guest.sh"
. "$(dirname "$0")/nic-vm-machine.sh"
. "$(dirname "$0")/nic-vm-steps.sh"

readonly MACS=(52:54:00:00:00:01 52:54:00:00:00:02)
# Limits in seconds, for a machine that is busy: quiet ones need a tenth of them.
readonly BOOT_LIMIT=120 COUNTERS_LIMIT=60 END_LIMIT=60 QUIET_LIMIT=30 RSS_LIMIT=120
emulator='qemu-system-x86_64'
build=$LWKT_ROOT/build/gcc
rate=3000 # frames a second each way
keep=no
work='' vmlinuz=''
nic='' now=''
series=0
passed=0 skipped=0

# -- the end -------------------------------------------------------------------------------------

cleanup()
{
	local status=$?

	set +e
	trap - EXIT
	trap '' INT TERM HUP
	if ((${#pids[@]} > 0)); then
		kill -KILL "${pids[@]}" 2>/dev/null
		wait "${pids[@]}" 2>/dev/null
	fi
	remove_taps
	if ((status != 0)) && [[ -n $now ]]; then
		printf '\n%s: FAILED: %s%s (load %s)\n' "${0##*/}" "${nic:+$nic: }" "$now" \
			"$(cut -d' ' -f1 /proc/loadavg)" >&2
		if [[ -s $work/$nic.console ]]; then
			printf 'The end of its console:\n' >&2
			console | tail -n 25 >&2
		fi
		printf '%d passed, 1 failed, %d skipped\n' "$passed" "$skipped"
	fi
	if [[ $keep == yes && -n $work ]]; then
		say "consoles and logs are in $work"
	elif [[ -n $work ]]; then
		rm -rf "$work"
	fi
	exit "$status"
}

# doing WORDS : the step that is at fault if anything fails now
doing()
{
	now=$*
}

pass()
{
	passed=$((passed + 1))
	say "PASS  $nic: $*"
}

# skip WHY : this NIC is not tested
skip()
{
	skipped=$((skipped + 1))
	now=''
	say "SKIP  $nic: $*"
}

# await SECONDS COMMAND... : until it succeeds; not if qemu ends
await()
{
	local end=$((SECONDS + $1))
	shift

	until "$@"; do
		((SECONDS < end)) || return 1
		kill -0 "$qemu" 2>/dev/null || { "$@" && return 0 || return 1; }
		sleep 0.1
	done
}

clean_up_at_end()
{
	trap cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

# The tree is built, and there are a directory for the run and the guest's kernel.
prepare()
{
	step "Building in $build"
	build_tree "$build" --buildtype=release
	work=$(mktemp -d)
	kernel=$LWKT_ROOT/build/nic-vm/kernel
	get_kernel "$kernel"
}

summary()
{
	step "${0##*/}: $SECONDS s in all"
	if ((skipped > 0)); then
		say "$passed passed, 0 failed, $skipped skipped"
	else
		say "$passed passed, 0 failed"
	fi
}
