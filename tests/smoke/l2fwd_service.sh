#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      systemd unit ──▶ systemd-analyze          nobody, no capability, no new privileges,
#      bash completion ──▶ --help                 64 KiB of locked memory ──▶ lwkt-l2fwd ──▶ account
#
# l2fwd_service.sh PROGRAM UNIT COMPLETION: lwkt-l2fwd as a service and as an ordinary user's program.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

unit=$2
completion=$3

# -- the unit ------------------------------------------------------------------------------------

for key in User=lwkt LimitMEMLOCK=infinity NoNewPrivileges=yes CapabilityBoundingSet= ProtectSystem=strict \
	'DeviceAllow=char-vfio rw' 'DeviceAllow=/dev/vfio/vfio rw' 'RestartPreventExitStatus=2 3'; do
	grep -Fqx "$key" "$unit" || fail "the unit does not say $key"
done
if command -v systemd-analyze >/dev/null; then
	# The program need not be installed for that, and there is no man page to look for.
	mkdir "$tmp/units"
	sed -e "s,^ExecStart=[^ ]*,ExecStart=$(realpath "$prog")," -e /^Documentation=/d "$unit" \
		>"$tmp/units/lwkt-l2fwd@.service"
	systemd-analyze verify --man=no "$tmp/units/lwkt-l2fwd@test.service" >"$tmp/verify" 2>&1
	rc=$?
	if grep -q 'lwkt-l2fwd@' "$tmp/verify" || [ $rc -ne 0 ]; then fail "verify: $(cat "$tmp/verify")"; fi
	# Exposure at most 1.5 of 10.
	systemd-analyze security --offline=yes --no-pager --threshold=15 \
		"$tmp/units/lwkt-l2fwd@.service" >"$tmp/security" 2>&1 ||
		fail "security: $(grep -v '✓' "$tmp/security")"
	tail -n 1 "$tmp/security"
	# The check can fail.
	sed -i '/^SystemCallFilter\|^ProtectSystem\|^User=\|^Restrict\|^Capability/d' \
		"$tmp/units/lwkt-l2fwd@.service"
	if systemd-analyze security --offline=yes --no-pager --threshold=15 \
		"$tmp/units/lwkt-l2fwd@.service" >/dev/null 2>&1; then
		fail "a unit without hardening is taken for one with it"
	fi
fi
echo "ok: the unit"

# -- the example, as it is -----------------------------------------------------------------------

# What the unit starts, with the two settings of service/l2fwd.conf; but for the NICs, which this machine has
# not got. A reload, which has no file to open, goes on.
example=$(dirname "$(realpath "$completion")")/l2fwd.conf
setting() {
	sed -n "s/^$1=//p" "$example"
}
read -ra eal_options < <(setting EAL_OPTIONS | sed -e 's/ -a [^ ]*//g' -e 's/--in-memory/--no-huge -m 128/' -e 's/-l 0-2/--lcores 0@0,1@1,2@0/')
read -ra options < <(setting OPTIONS)
for key in Type=notify NotifyAccess=main WatchdogSec=30 LimitCORE=infinity "ExecReload=/bin/kill -HUP \$MAINPID" KillSignal=SIGTERM; do
	grep -Fqx "$key" "$unit" || fail "the unit does not say $key"
done
start --file-prefix "$prefix" "${eal_options[@]}" --no-pci --no-telemetry --no-shconf --vdev net_null0 --vdev net_null1 -- "${options[@]}"
await 20 forwarding || fail "the example does not start"
for _ in 1 2 3; do
	kill -HUP "$pid" || fail "a reload has ended it"
	sleep 0.2
done
kill -0 "$pid" || fail "a reload has ended it"
stop TERM
balanced
echo "ok: the example, reloaded"

# What it tells: ready, alive, reloading, ready again, stopping.
python3 - "$tmp/notify" >"$tmp/told" <<-'END' &
	import socket, sys
	listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	listener.bind(sys.argv[1])
	while True:
	    print(listener.recv(1000).decode().replace("\n", " "), flush=True)
END
listener=$!
await 10 test -S "$tmp/notify" || fail "nobody listens"
export NOTIFY_SOCKET=$tmp/notify WATCHDOG_USEC=300000
start "${eal[@]}" --lcores '0@0,1@1,2@0' --vdev net_null0 --vdev net_null1 -- -p 3 -q 1 -T 0 --link-wait 0
unset NOTIFY_SOCKET WATCHDOG_USEC
# told N WORDS: so many lines begin like that, at least
told() {
	[ "$(grep -c "^$2" "$tmp/told")" -ge "$1" ]
}
await 20 told 1 READY=1 || fail "it is not ready: $(cat "$tmp/told")"
grep -q '^forwarding' "$out" || fail "ready before it forwards"
await 20 told 3 WATCHDOG=1 || fail "it is not alive: $(cat "$tmp/told")"
kill -HUP "$pid"
await 20 told 2 READY=1 || fail "not ready after a reload: $(cat "$tmp/told")"
grep -Eq '^RELOADING=1 MONOTONIC_USEC=[0-9]+$' "$tmp/told" || fail "no reload: $(cat "$tmp/told")"
stop TERM
await 10 told 1 STOPPING=1 || fail "it does not say that it stops"
balanced
kill "$listener"
wait "$listener" 2>/dev/null
echo "ok: what the service manager is told"

# -- completion ----------------------------------------------------------------------------------

# shellcheck source=/dev/null
. "$completion"

# completes WORD...: what it offers for the last of them; sets offered
completes() {
	COMP_WORDS=("$prog" "$@")
	COMP_CWORD=$#
	_lwkt_l2fwd
	offered=" ${COMPREPLY[*]} "
}

completes -- ''
# Every word in the first column of --help that begins with a dash.
"$prog" --help | sed -nE 's/^  (-.{1,20}).*/\1/p' | grep -oE -- '--?[A-Za-z][a-z-]*' >"$tmp/options"
[ "$(wc -l <"$tmp/options")" -ge 17 ] || fail "--help has only $(wc -l <"$tmp/options") options"
while read -r option; do
	[[ $offered == *" $option "* ]] || fail "$option is not completed"
done <"$tmp/options"
completes -- --portm
[ "$offered" = ' --portmap ' ] || fail "--portm becomes $offered"
completes -- --mode ''
[ "$offered" = ' rtc pipeline ' ] || fail "--mode has $offered"
completes -- --mode = pi
[ "$offered" = ' pipeline ' ] || fail "--mode=pi becomes $offered"
touch "$tmp/pipe.yaml"
for option in --config --stats-json --log; do
	completes -- $option "$tmp/pi"
	[ "$offered" = " $tmp/pipe.yaml " ] || fail "$option has $offered"
done
completes -q 1 -- -q ''
[ "$offered" = '  ' ] || fail "-q has $offered"
completes ''
for option in --lcores --vdev --no-huge --in-memory --; do
	[[ $offered == *" $option "* ]] || fail "EAL's $option is not completed"
done
[[ $offered != *" --portmap "* ]] || fail "our options are offered before the --"
echo "ok: completion of $(wc -l <"$tmp/options") options"

# -- an ordinary user ----------------------------------------------------------------------------

# Copied to where everybody can read, with the libraries of this tree.
mkdir "$tmp/program" "$tmp/run"
cp "$prog" "$tmp/program/lwkt-l2fwd"
ldd "$prog" | awk '/liblwkt/{print $3}' | xargs -r cp -Lt "$tmp/program"
chmod -R a+rX "$tmp"
chown nobody "$tmp/run"
as_nobody=(setpriv --reuid nobody --regid nogroup --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all
	env RUNTIME_DIRECTORY="$tmp/run" LD_LIBRARY_PATH="$tmp/program" "$tmp/program/lwkt-l2fwd")

for devices in '--vdev net_null0 --vdev net_null1' '--vdev net_null0 --vdev net_memif0,role=server,socket-abstract=yes'; do
	: >"$out"
	# shellcheck disable=SC2086 # words
	(ulimit -l 64 && exec "${as_nobody[@]}" "${eal[@]}" "${one_worker[@]}" $devices -- -p 3 -q 2 -T 0 --link-wait 0 \
		>"$out" 2>"$err") &
	pid=$!
	await 20 forwarding || fail "it does not start"
	status=$(cat "/proc/$pid/status")
	for line in 'Uid:.65534.65534' 'NoNewPrivs:.1' 'CapEff:.0000000000000000' 'CapBnd:.0000000000000000'; do
		grep -q "^$line" <<<"$status" || fail "it is not: $line"
	done
	grep -q '^Max locked memory *65536 ' "/proc/$pid/limits" || fail "it may lock more memory"
	sleep 0.3
	stop TERM
	balanced
	[ "$received" -gt 0 ] || fail "it received nothing"
	[ -z "$(ls "$tmp/run/dpdk")" ] || fail "it leaves $(ls "$tmp/run/dpdk")"
done
echo "ok: an ordinary user with no capability"
