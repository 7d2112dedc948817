#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      bad command line, or bad environment ──▶ lwkt-bench ──▶ one line, an exit code
#      msg --quick ──▶ lwkt-bench ──▶ a table and a JSON report, all rows in both
#
# $1: the program. A busy machine is no failure: what is measured does not matter here.

set -u
prog=$1
tmp=$(mktemp -d)
out=$tmp/out err=$tmp/err json=$tmp/report.json
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP

fail() {
	echo "FAIL: $*"
	[ -s "$err" ] && sed 's/^/  stderr: /' "$err"
	[ -s "$out" ] && tail -n 40 "$out" | sed 's/^/  stdout: /'
	exit 1
}

# run CODE ARGUMENTS...
run() {
	local code=$1 rc
	shift
	timeout -k 3 60 "$prog" "$@" >"$out" 2>"$err" </dev/null
	rc=$?
	[ $rc -eq "$code" ] || fail "$*: exit code $rc, not $code"
}

# refuses CODE LINE ARGUMENTS...: the line is all there is, but for EAL's own.
refuses() {
	local code=$1 line=$2
	shift 2
	run "$code" "$@"
	[ "$(grep '^lwkt-bench' "$err")" = "lwkt-bench$line" ] || fail "$*: not: lwkt-bench$line"
	[ ! -s "$out" ] || fail "$*: there is something on stdout"
	echo "ok: lwkt-bench$line"
}

msg_help="'lwkt-bench msg --help' lists the options"
names=oneway,roundtrip,domsg,async,oncpu,oncpu-burst,oncpu-reply

refuses 2 ": no subcommand; 'lwkt-bench --help' lists them"
refuses 2 ": no subcommand behind the EAL options and '--'; 'lwkt-bench --help' lists them" -l 0,1
refuses 2 ": unknown subcommand 'scale-up'; use msg" scale-up
refuses 2 ": unknown subcommand 'scale-up'; use msg" -l 0,1 -- scale-up
refuses 2 " msg: unknown option '--wrong'; $msg_help" msg --wrong
refuses 2 " msg: unknown option '--wrong'; $msg_help" msg --wrong=1
refuses 2 " msg: unknown option '-r'; $msg_help" msg -r 3
refuses 2 " msg: unexpected argument 'rest'; options begin with --" msg rest
refuses 2 " msg: --rounds takes a number from 1 to 1000; none was given" msg --rounds
refuses 2 " msg: --rounds takes a number from 1 to 1000, not '0'" msg --rounds 0
refuses 2 " msg: --rounds takes a number from 1 to 1000, not '7x'" msg --rounds=7x
refuses 2 " msg: --burst takes at most 8 numbers from 1 to 256, separated by commas, not '8,,1'" \
	msg --burst 8,,1
refuses 2 " msg: --only takes one or more of $names, not 'oneway,two'" msg --only oneway,two
refuses 2 " msg: --regime takes one or more of near,far, not 'here'" msg --regime here
refuses 2 " msg: --quick takes no value; leave out '=1'" msg --quick=1
refuses 1 " msg: cannot write '$tmp/none/x': No such file or directory" msg --json "$tmp/none/x"
refuses 1 ' msg: needs 2 CPUs and has 1; give EAL more lcores, for example -l 0,1' \
	--no-huge -m 64 --no-pci --no-shconf --no-telemetry -l 0 -- msg

for help in --help 'msg --help'; do
	# shellcheck disable=SC2086 # two words
	run 0 $help
	grep -q '^usage: lwkt-bench' "$out" || fail "$help: no usage"
done
run 0 --version
grep -Eq '^lwkt-bench [0-9]+\.[0-9]+' "$out" || fail "--version: no version"
echo "ok: help and version"

if [ "$(nproc)" -lt 2 ]; then
	echo "one CPU: nothing is measured"
	exit 0
fi

# check_report ROWS: the report has exactly these rows, in order, each with its figures.
check_report() {
	python3 - "$json" "$@" <<-'EOF' || fail "the report is not as it should be"
		import json, sys
		report = json.load(open(sys.argv[1]))
		assert report["schema"] == "lwkt-bench/1" and report["command"] == "msg", report
		env = report["environment"]
		for key in ("date", "lwkt", "cpu", "tsc_hz", "dpdk", "compiler", "buildtype",
		            "optimization", "invariants", "eal", "kernel", "lcores"):
		    assert key in env, key
		names = [row["name"] for row in report["rows"]]
		assert names == sys.argv[2:], names
		for row in report["rows"]:
		    for side in ("ours", "rival"):
		        s = row[side]
		        assert 0 < s["min"] <= s["q1"] <= s["median"] <= s["q3"] <= s["max"], row
		    assert row["ratio"] > 0 and row["regime"] in ("near", "far"), row
		    assert row["pingpong_cycles"] > 0 and row["unit"] == "cycles", row
		    assert row["rounds_kept"] > 0 or row["disturbed"], row
	EOF
}

rows=(oneway-1 oneway-8 oneway-32 oneway-64 roundtrip roundtrip-p99 roundtrip-p999 domsg
	domsg-p99 domsg-p999 async oncpu oncpu-burst oncpu-reply)
run 0 msg --rounds 1 --quick --json "$json"
check_report "${rows[@]}"
[ "$(awk 'NR > 1 {print $1}' "$out" | xargs)" = "${rows[*]}" ] || fail "the table has other rows"
echo "ok: msg, all rows"

run 0 msg --rounds 2 --quick --only oneway,oncpu-reply --burst 3,200 --json -
cp "$out" "$json"
check_report oneway-3 oneway-200 oncpu-reply
grep -q '^oneway-200 ' "$err" || fail "no table beside the JSON on stdout"
echo "ok: msg, chosen rows, JSON on stdout"
