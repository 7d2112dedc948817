#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      reports with known figures ──▶ lwkt-bench report ──▶ a page: every curve, table, warning; nothing from outside
#      reports that lwkt-bench has just written ──▶ lwkt-bench report ──▶ a page with their pictures
#      what is no report, or no place for the page ──▶ lwkt-bench report ──▶ one line, an exit code
#
# $1: the program
# shellcheck source-path=SCRIPTDIR source=bench_lib.sh
. "$(dirname "$0")/bench_lib.sh"
cd "$tmp" || exit 1

# report CODE ARGUMENTS...
report() {
	local code=$1
	shift
	run "$code" report "$@"
}

# refuses CODE LINE ARGUMENTS...: and writes no page
refuses() {
	local code=$1 line=$2
	shift 2
	report "$code" "$@"
	[ "$(cat "$err")" = "lwkt-bench report: $line" ] || fail "report $*: not: $line"
	if [ -s "$out" ] || [ -e none.html ]; then
		fail "report $*: writes something"
	fi
	echo "ok: $line"
}

mkdir known
python3 "$here/bench_report.py" make known || fail 'no reports'
files=(known/msg.json known/scale.json known/rfc2544.json known/compare.json known/fanin.json
	known/pktgen-64.json known/pktgen-1518.json)
report 0 "${files[@]}" -o page.html
[ ! -s "$out" ] || fail 'it says something'
[ ! -s "$err" ] || fail 'it says something'
python3 "$here/bench_report.py" check page.html || fail 'the page is not as it should be'
echo 'ok: a page of reports with known figures'
report 0 "${files[0]}" --output - "${files[@]:1}"
cmp -s "$out" page.html || fail 'the page on stdout is another'
echo 'ok: on standard output'
report 0 known/scale.json known/scale.json -o twice.html
grep -q 'finds nothing · known/scale.json' twice.html || fail 'two reports of a kind: no file names'
grep -q 'Memory, with the number' twice.html || fail 'two reports of a kind: no picture'
# Numbers that no axis can have: no picture, but a table.
echo '{"schema": "lwkt-bench/1", "command": "scale", "environment": {"cpu": "other"}, "rows": [{"name": "x",
	"cpus": 0, "memory_mib": -1, "idle_poll": 7, "find": {"median": "a"}}, 
	{"name": "y", "cpus": 1e308, "memory_mib": 1e-300}]}' >odd.json
report 0 odd.json known/scale.json -o odd.html
grep -q 'different CPUs' odd.html || fail 'different CPUs'
grep -Eiq '[">, ](nan|-?inf)' odd.html && fail 'nan or inf in the page'
# The smallest and largest numbers: no axis made of an infinite number of steps.
echo '{"schema": "lwkt-bench/1", "command": "pktgen", "environment": {}, "sizes": [64], "rows": [
	{"name": "a", "sent_pps": 5e-324}, {"name": "b", "sent_pps": 1.7e308}]}' >ends.json
report 0 ends.json -o ends.html
grep -Eiq '[">, ](nan|-?inf)' ends.html && fail 'nan or inf in the page'
echo '{"schema": "lwkt-bench/1", "command": "msg", "environment": {}, "rows": []}' >empty.json
report 0 empty.json -o empty.html
grep -q 'No rows' empty.html || fail 'no rows'
grep -q '<figure' empty.html && fail 'a picture of nothing'
echo 'ok: odd reports'

hint='give a report that lwkt-bench has written with --json'
refuses 2 "no FILE.json; 'lwkt-bench report --help' says what it takes" -o none.html
refuses 2 'no --output; give -o report.html' known/msg.json
refuses 2 '--output takes a value; none was given' known/msg.json -o
refuses 2 "unknown option '-x'; 'lwkt-bench report --help' lists the options" known/msg.json -x none.html
refuses 2 "cannot read 'none.json': No such file or directory" none.json -o none.html
printf '{\n"schema": }\n' >bad.json
refuses 2 "bad.json:2: expecting value; $hint" known/msg.json bad.json -o none.html
echo '{"schema": "lwkt-bench/2"}' >bad.json
refuses 2 "bad.json:1: \"schema\" is not \"lwkt-bench/1\"; $hint" bad.json -o none.html
echo '{"schema": "lwkt-bench/1", "command": "tea", "environment": {}, "rows": []}' >bad.json
refuses 2 "bad.json:1: a report of 'tea'; there are pages of msg, thread, lone, spill, fanin, scale, pipeline, idle, pktgen, \
rfc2544, compare" bad.json -o none.html
refuses 1 "cannot write 'none/none.html': No such file or directory" known/msg.json -o none/none.html
refuses 1 "cannot write '/dev/full': No space left on device" known/msg.json -o /dev/full
cp known/msg.json own.json
refuses 2 "'own.json' is read and would be overwritten; give another --output" own.json -o own.json
cmp -s own.json known/msg.json || fail 'a report was overwritten'

if [ "$(nproc)" -lt 2 ]; then
	echo 'one CPU: nothing is measured'
	exit 0
fi

run 0 msg --rounds 1 --quick --only oneway,roundtrip --burst 1,8 --json r-msg.json
run 0 scale --cpus 2,8 --quick --json r-scale.json
report 0 r-msg.json r-scale.json -o real.html
[ "$(grep -c '<figure>' real.html)" -eq 4 ] || fail 'not four pictures of real reports'
grep -q '<tr><th>pingpong</th><td>cycles [0-9]' real.html || fail 'no environment'
grep -Eiq '[">, ](nan|-?inf)' real.html && fail 'nan or inf in the page'
echo 'ok: reports that it has just written'
