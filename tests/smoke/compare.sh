#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      ┌    lwkt-compare    ┐ ══ memif, or virtio_user and vhost ══ ┌ lwkt-l2fwd, dpdk-testpmd by turns ┐
#      └────────────────────┘                                       └───────────────────────────────────┘
#
# Both forward at a low rate, so the ratio is 1; with one CPU for all there is none, and both say why.
#
# $1: lwkt-l2fwd, $2: lwkt-bench, $3: lwkt-compare
set -u
l2fwd=$(realpath "$1")
bench=$(realpath "$2")
prog=$(realpath "$3")
tmp=$(mktemp -d)
json=$tmp/report.json
pid=

clean_up() {
	[ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null
	rm -rf "$tmp"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

fail() {
	echo "FAIL: $*"
	sed 's/^/  compare: /' "$tmp/out" "$tmp/err"
	exit 1
}

# compare CODE [COMMAND...] -- OPTION...
compare() {
	local code=$1 rc before=()
	shift
	while [ "$1" != -- ]; do
		before+=("$1")
		shift
	done
	shift
	"${before[@]}" timeout -k 3 100 "$prog" --bench "$bench" --json "$json" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	rc=$?
	[ $rc -eq "$code" ] || fail "compare $*: exit code $rc, not $code"
}

# says LINE: compare did, on stderr
says() {
	grep -qF -- "$1" "$tmp/err" || fail "compare does not say: $1"
	echo "ok: $1"
}

# result EXPRESSION: of the report
result() {
	python3 - "$json" "$1" <<'END' || fail "not: $1"
import json, sys
d = json.load(open(sys.argv[1]))
r = d["rows"]
if not eval(sys.argv[2]):
    print(json.dumps({**d, "environment": 0}))
    sys.exit(1)
END
}

# refuses LINE OPTION...
refuses() {
	local line=$1
	shift
	compare 2 -- "$@"
	says "lwkt-compare: $line"
}
first=$(python3 -c 'import os; print(min(os.sched_getaffinity(0)))')
refuses "cannot find '/none'; install it, or say where with --l2fwd" --l2fwd /none
refuses "cannot find 'nowhere'; install Debian's package dpdk-dev, or say where it is with --testpmd" \
	--l2fwd "$l2fwd" --testpmd nowhere
refuses "--link takes one, memif or vhost" --link memif,vhost
refuses "--ours takes one or more of rtc,pipeline, not 'both'" --ours both
refuses "--device-cpus: there is no CPU 1023, or it is not allowed; give others" --device-cpus 1023
refuses "--device-cpus has $first twice; give it once" --device-cpus "$first,$first"
refuses "--size takes each size once, separated by commas, not '64,64'" --size 64,64
refuses "unknown option '--ethdevs'" --ethdevs 0,1
refuses "--repeat is given twice, as '3' and as '4'; give it once" --repeat 3 --repeat 4
refuses "--seconds takes seconds from 0.1 to 3600, not '1e3'" --seconds 1e3
# What rfc2544 says of its options is said before anything starts.
refuses "--vlan takes a number from 1 to 4094, not '5000'" --l2fwd "$l2fwd" --vlan 5000
refuses "--rate takes 'max', or a number above 0 and pps, kpps," --l2fwd "$l2fwd" --rate 1e3pps
"$bench" compare >"$tmp/out" 2>"$tmp/err"
rc=$?
[ $rc -eq 2 ] || fail "lwkt-bench compare: exit code $rc, not 2"
[ "$(cat "$tmp/err")" = 'lwkt-bench compare: it is a program of its own; start lwkt-compare, which takes the same options' ] ||
	fail 'lwkt-bench compare does not say where it went'
"$prog" --help >/dev/full 2>"$tmp/err" && fail '--help on a full disk: exit code 0'

# What does not start is no measurement.
compare 1 -- --l2fwd "$l2fwd" --testpmd /bin/false --ours rtc --rivals io --rate 2kpps --seconds 0.1 --repeat 1
says 'lwkt-compare: dpdk-testpmd io does not start; the lines above say why'
says 'warning: incomplete: a program does not start; what was measured until then is here'
result 'd["incomplete"] is True and r[0]["ours_pps"]["repeats"] == 1 and r[0]["no_ratio"] == "one was not measured"'

command -v dpdk-testpmd >/dev/null || { echo "needs dpdk-testpmd (package dpdk-dev)"; exit 77; }
run=(--l2fwd "$l2fwd" --rate 2kpps --resolution 500)
compare 0 -- "${run[@]}" --seconds 0.1 --ours rtc --rivals io --repeat 2 --generator-cpus 0 --device-cpus 1
result 'd["schema"] == "lwkt-bench/1" and d["command"] == "compare" and d["incomplete"] is False'
result 'd["link"] == "memif" and d["loss"] == 0 and d["cpus"]["shared"] == []'
result '[x["name"] for x in r] == ["64-rtc-io"] and r[0]["rival_name"] == "dpdk-testpmd io"'
result 'all(1000 < r[0][x]["median"] <= 2000 and r[0][x]["repeats"] == 2 for x in ("ours_pps", "rival_pps"))'
result '0.5 < r[0]["ratio_q1"] <= r[0]["ratio"] <= r[0]["ratio_q3"] < 2 and "no_ratio" not in r[0]'
result '"lwktcmp" in d["environment"]["eal"] and d["environment"]["lcores"] == 2'
# By turns, forwards and backwards.
order=$(sed -n 's/^64 bytes, \([a-z0-9-]* [a-z]* [12]\/2\):.*/\1/p' "$tmp/err" | uniq | paste -sd,)
[ "$order" = "lwkt-l2fwd rtc 1/2,dpdk-testpmd io 1/2,dpdk-testpmd io 2/2,lwkt-l2fwd rtc 2/2" ] || fail "order $order"
grep -q '^generator on CPU 0, device on CPU 1,' "$tmp/out" || fail "it does not say where they run"
echo "ok: rtc beside io, over memif"

# One CPU for all: rates, and no claim.
compare 0 taskset -c "$first" -- "${run[@]}" --seconds 0.1 --ours pipeline --rivals mac --repeat 1 --link vhost --loss 999999
says "warning: generator and device share CPU $first: the rates say how the kernel shares it, so there is no ratio"
result 'd["link"] == "vhost" and d["cpus"]["shared"] == d["cpus"]["device"] == d["cpus"]["generator"] != []'
result "r[0]['name'] == '64-pipeline-mac' and r[0]['no_ratio'] == 'generator and device share CPU $first'"
result '"ratio" not in r[0] and r[0]["ours_pps"]["median"] > 0 and r[0]["rival_pps"]["median"] > 0'
grep -q "share CPU $first\$" "$tmp/out" || fail "the table does not say so"
echo "ok: pipeline and mac on one CPU, over vhost"

# Interrupted: what was measured is kept, and nothing else is.
: >"$tmp/err"
"$prog" --bench "$bench" "${run[@]}" --ours rtc --rivals io --seconds 1 --json "$json" >"$tmp/out" 2>"$tmp/err" </dev/null &
pid=$!
for ((i = 0; i < 300; i++)); do
	grep -q 'dpdk-testpmd io 1/5' "$tmp/err" && break
	sleep 0.1
done
kill -INT "$pid"
wait "$pid"
rc=$?
[ $rc -eq 1 ] || fail "interrupted: exit code $rc"
says 'warning: incomplete: interrupted; what was measured until then is here'
result 'd["incomplete"] is True and r[0]["ours_pps"]["repeats"] == 1'
# Of the device and the generator; the brackets are for grep, which would find itself.
grep -lsa "[l]wktcmp$pid-\|$tmp/[r]eport.json" /proc/[0-9]*/cmdline && fail "a process is left behind"
ls -d /var/run/dpdk/lwktcmp"$pid"-* 2>/dev/null && fail "EAL's directory is left behind"
pid=
