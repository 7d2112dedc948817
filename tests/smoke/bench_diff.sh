#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      two reports, one altered ──▶ lwkt-bench diff ──▶ verdict of each figure, exit code
#      what is no report        ──▶ lwkt-bench diff ──▶ one line, exit code 2
#      a report that lwkt-bench has just written, with itself ──▶ nothing worse
#
# $1: the program
# shellcheck source-path=SCRIPTDIR source=bench_lib.sh
. "$(dirname "$0")/bench_lib.sh"
cd "$tmp" || exit 1

# diff CODE ARGUMENTS...
diff() {
	local code=$1
	shift
	run "$code" diff "$@"
}

# report FILE ROWS [CPU]: a report of msg
report() {
	printf '{"schema": "lwkt-bench/1", "command": "msg", "environment": {"cpu": "%s"},
		"warnings": [], "rows": [%s]}\n' "${3:-Z80}" "$2" >"$1"
}

# ratio VALUE Q1 Q3 [FIELD]: a row with a rival
ratio() {
	printf '{"name": "oneway-32", "ours": {"median": 9, "q1": 9, "q3": 9}, "ratio": %s, "ratio_q1": %s,
		"ratio_q3": %s, "rounds_kept": 41, "regime": "near"%s}' "$1" "$2" "$3" "${4:-}"
}

# cycles VALUE Q1 Q3 [REGIME]: a row without
cycles() {
	printf '{"name": "oncpu", "ours": {"n": 41, "median": %s, "q1": %s, "q3": %s}, "regime": "%s"}' "$1" "$2" \
		"$3" "${4:-near}"
}

# said WORDS: they stand in one line of the table or below; * is anything
said() {
	local line
	while read -r line; do
		# shellcheck disable=SC2053 # a pattern
		[[ $line != $1* ]] || return 0
	done < <(tr -s ' ' <"$out")
	cat "$out"
	fail "'$1' is not said"
}

# verdict CODE WORDS ROWA ROWB [OPTION...]
verdict() {
	local code=$1 words=$2
	report a.json "$3"
	report b.json "$4"
	shift 4
	diff "$code" a.json b.json "$@"
	said "$words"
	echo "ok: $words"
}

a=$(ratio 1 0.98 1.02)
verdict 0 'oneway-32 ratio 1.00 1.00 0.0 * same' "$a" "$a"
verdict 1 'oneway-32 ratio 1.00 0.90 -10.0 * WORSE' "$a" "$(ratio 0.9 0.88 0.92)"
verdict 0 'oneway-32 ratio 1.00 1.10 10.0 * better' "$a" "$(ratio 1.1 1.08 1.12)"
# The change is small, or smaller than chance makes it: no verdict against it, and none for it if it is too noisy.
verdict 0 'oneway-32 ratio 1.00 0.98 -2.0 * same' "$a" "$(ratio 0.98 0.975 0.985)"
verdict 1 'oneway-32 ratio 1.00 0.96 -4.0 * WORSE' "$a" "$(ratio 0.96 0.955 0.965)"
verdict 0 'oneway-32 ratio 1.00 0.96 -4.0 * same' "$a" "$(ratio 0.96 0.955 0.965)" --tolerance 10
verdict 2 'oneway-32, ratio: too noisy: a change of 15.* % would be found, not 5 %; measure longer' "$a" \
	"$(ratio 0.97 0.85 1.15)"
verdict 1 'oneway-32 ratio 1.00 0.70 -30.0 * WORSE' "$a" "$(ratio 0.7 0.6 0.8)"
# Fewer cycles are better.
b=$(cycles 10 9.9 10.1)
verdict 1 'oncpu cycles 10.00 12.00 -20.0 * WORSE' "$b" "$(cycles 12 11.9 12.1)"
verdict 0 'oncpu cycles 10.00 8.00 20.0 * better' "$b" "$(cycles 8 7.9 8.1)"
verdict 1 '1 worse, 0 better, 1 the same, 0 not compared' "$a,$b" "$a,$(cycles 12 11.9 12.1)"
# What stands against a comparison is said, and is an error of its own.
verdict 2 'oncpu, cycles: no such row in the second report' "$a,$b" "$a"
grep -qxF 'lwkt-bench diff: 1 of 2 figures cannot be judged; the lines above say why' "$err" || fail 'not all is judged'
verdict 2 'oncpu, cycles: one is near, the other far; see --regime' "$a,$b" "$a,$(cycles 12 12 12 far)"
verdict 2 'oneway-32, ratio: disturbed: it had no good round' "$a" "$(ratio 1 1 1 ', "disturbed": true')"
verdict 2 'oneway-32, ratio: beside different rivals' "$a" "$(ratio 1 1 1 ', "rival_name": "rte_ring"')"
verdict 2 'oneway-32, ratio: not all of it are numbers above 0' "$a" "$(ratio '"1"' 1 1)"
verdict 2 'oneway-32, ratio: not all of it are numbers above 0' "$a" "$(ratio 1 1 0)"
verdict 2 'oneway-32, ratio: no such figure in the second report' "$a" '{"name": "oneway-32"}'
grep -qxF "lwkt-bench diff: no figure of a.json can be compared with b.json; measure both with the same \
options on the same machine" "$err" || fail 'nothing compared'
report a.json "$a,$b"
report b.json "$(ratio 0.9 0.88 0.92),$(cycles 12 12 12)" Z8000
diff 1 a.json b.json --json diff.json
grep -qF 'oncpu, cycles: different CPUs' "$out" || fail 'different CPUs'
grep -qxF 'lwkt-bench: warning: cpu was "Z80", is "Z8000"' "$err" || fail 'the CPU has changed'
python3 - diff.json <<'END' || fail 'its JSON'
import json, sys
d = json.load(open(sys.argv[1]))
assert d["schema"] == "lwkt-bench/1" and d["command"] == "diff" and d["of"] == "msg", d
assert d["environment_from"] == {"cpu": "Z80"} and d["environment_to"] == {"cpu": "Z8000"}, d
assert d["tolerance_percent"] == 5 and d["warnings"] == ['cpu was "Z80", is "Z8000"'], d
ratio, cycles = d["rows"]
assert ratio["name"] == "oneway-32" and ratio["figure"] == "ratio", ratio
assert ratio["verdict"] == "WORSE" and (ratio["from"], ratio["to"]) == (1, 0.9), ratio
assert abs(ratio["change_percent"] + 10) < 1e-4 and "why" not in ratio, ratio
assert cycles["verdict"] == "not compared" and cycles["why"] == "different CPUs", cycles
END

# Rows of pktgen and rfc2544: rates with their spread, and what they were measured with.
# traffic FILE COMMAND FIELDS ROW
traffic() {
	printf '{"schema": "lwkt-bench/1", "command": "%s", "environment": {}, %s, "rows": [{"name": "64", %s}]}\n' \
		"$2" "$3" "$4" >"$1"
}

# each VALUE: with quartiles 1 % from it
each() {
	python3 -c 'import sys; v = float(sys.argv[1])
print(f"{{\"n\": 30, \"median\": {v}, \"q1\": {v * 0.99}, \"q3\": {v * 1.01}}}")' "$1"
}

# changed CODE WORDS COMMAND FIELDSA ROWA FIELDSB ROWB
changed() {
	traffic a.json "$3" "$4" "$5"
	traffic b.json "$3" "$6" "$7"
	diff "$1" a.json b.json
	said "$2"
	echo "ok: $2"
}
d=$(each 100) c=$(each 90) whole='"incomplete": false'
both="\"sent_each_second\": $d, \"received_each_second\""
changed 1 '64 received/s 100.00 90.00 -10.0 * WORSE' pktgen "$whole" "$both: $d" "$whole" "$both: $c"
grep -qxF '1 worse, 0 better, 0 the same, 0 not compared' "$out" || fail 'sent/s is compared beside received/s'
changed 0 '64 sent/s 90.00 100.00 11.1 * better' pktgen "$whole" "\"sent_each_second\": $c" "$whole" \
	"\"sent_each_second\": $d"
changed 0 '64 p99 us 100.00 90.00 10.0 * better' rfc2544 "$whole" "\"p99_us\": $d" "$whole" "\"p99_us\": $c"
changed 1 '64 device us 90.00 100.00 -11.1 * WORSE' idle "$whole" "\"device_us\": $c" "$whole" "\"device_us\": $d"
changed 0 '64 message us 100.00 90.00 10.0 * better' idle "$whole" "\"message_us\": $d" "$whole" "\"message_us\": $c"
changed 2 '64, given loss/s: with another loss' rfc2544 "$whole" "\"pdr_loss\": 0.1, \"pdr_pps\": $d" "$whole" \
	"\"pdr_loss\": 0.2, \"pdr_pps\": $d"
changed 2 '64, received/s: with frames of other sizes' pktgen '"sizes": [64]' "$both: $d" '"sizes": [65]' "$both: $d"
changed 2 '64, received/s: at another rate' pktgen "$whole" "\"offered_pps\": null, $both: $d" "$whole" \
	"\"offered_pps\": 5, $both: $d"
changed 2 '64, received/s: incomplete: it was broken off' pktgen "$whole" "$both: $d" '"incomplete": true' "$both: $d"

# Frames that are lost, and latency: each kind of quantity has its cases in tests/scripts/diff_power.py.
frames='"sent": 1000000, "received": 999000, "corrupt": 0, "lost"'
changed 1 '64 lost 0.001 0.0015 -50.0 * WORSE' pktgen "$whole" "$frames: 1000" "$whole" "$frames: 1500"

# Rows of scale have two figures in cycles, and bytes.
scale='{"schema": "lwkt-bench/1", "command": "scale", "environment": {}, "rows": [{"name": "scale-2",
	"idle_poll": {"n": 99, "median": %s, "q1": 60, "q3": 62}, "find": {"n": 99, "median": 200, "q1": 190, "q3": 210},
	"memory_bytes": %s}]}'
# shellcheck disable=SC2059 # the format is ours
printf "$scale" 61 1000000 >a.json
# shellcheck disable=SC2059
printf "$scale" 61 2000000 >b.json
diff 1 a.json b.json
said 'scale-2 bytes 1000000.00 2000000.00 -100.0 0.0 WORSE'
grep -qxF '1 worse, 0 better, 2 the same, 0 not compared' "$out" || fail 'scale'

# refuses LINE FILE...
refuses() {
	local line=$1
	shift
	diff 2 "$@"
	[ "$(cat "$err")" = "lwkt-bench diff: $line" ] || fail "diff $*: not: $line"
	[ ! -s "$out" ] || fail "diff $*: there is something on stdout"
	echo "ok: $line"
}

hint='give a report that lwkt-bench has written with --json'
refuses "no A.json; 'lwkt-bench diff --help' says what it takes"
refuses "no B.json; 'lwkt-bench diff --help' says what it takes" a.json
refuses "unexpected argument 'c.json'; take it away, or see 'lwkt-bench diff --help'" a.json b.json c.json
refuses "cannot read 'none.json': No such file or directory" a.json none.json
report b.json "$b"
refuses "a.json is of 'scale', b.json of 'msg'; give two of one subcommand" a.json b.json
printf '{\n"schema": "lwkt-bench/1",\n"rows": [}\n' >c.json
refuses "c.json:3: expecting value; $hint" c.json b.json
echo '{}' >c.json
refuses "c.json:1: no \"schema\"; $hint" c.json b.json
echo '[]' >c.json
refuses "c.json:1: no \"schema\"; $hint" c.json b.json
echo '{"schema": "lwkt-bench/9"}' >c.json
refuses "c.json:1: \"schema\" is not \"lwkt-bench/1\"; $hint" c.json b.json
echo '{"schema": "lwkt-bench/1", "command": "msg", "environment": {}}' >c.json
refuses "c.json:1: \"command\", \"environment\" or \"rows\" is missing; $hint" c.json b.json
report c.json '{"what": "?"}'
refuses "c.json:1: a row has no \"name\"; $hint" c.json b.json
report c.json "$b,$b"
refuses "c.json:1: two rows have one \"name\"; $hint" c.json b.json
printf '{"schema": "lwkt-bench/1", "schema": "lwkt-bench/1"}' >c.json
refuses "c.json:1: an object has a key twice; $hint" c.json b.json
for bad in 1e999 NaN -Infinity; do
	printf '{"schema": %s}' "$bad" >c.json
	diff 2 b.json c.json
done
report c.json "$b,{}"
diff 2 b.json c.json
refuses "unknown option '--wide'; 'lwkt-bench diff --help' lists the options" --wide a.json b.json

# A report is not overwritten, by whatever name.
report a.json "$a"
report b.json "$a"
ln -s a.json link.json
ln b.json hard.json
cp a.json kept.json
for own in a.json ./b.json link.json hard.json; do
	refuses "'$own' is read and would be overwritten; give another --json" a.json b.json --json "$own"
done
cmp -s a.json kept.json || fail 'a report was overwritten'
# A file's text is no command of the terminal, and no row is wider than a screen.
python3 - <<'END'
import json
r = json.load(open("a.json"))
r["rows"] += [{"name": "\x1b[2J\x9b5n\x7f", "ratio": 1, "ratio_q1": 1, "ratio_q3": 1},
              {"name": "n" * 2000000, "ratio": 1, "ratio_q1": 1, "ratio_q3": 1},
              {"name": "far", "ratio": 1e-300, "ratio_q1": 1e-300, "ratio_q3": 1e-300}]
json.dump(r, open("c.json", "w"))
r["environment"]["cpu"] = "\x1b[31m"
r["rows"][-1].update(ratio=1e300, ratio_q1=1e300, ratio_q3=1e300)
r["rows"].append({"name": "n" * 1000000 + "\x1b"})
json.dump(r, open("d.json", "w"))
END
diff 2 c.json d.json
LC_ALL=C grep -q "$(printf '[\033\177]')" "$out" "$err" && fail 'an escape sequence of a file is printed'
LC_ALL=C grep -q "$(printf '\302\233')" "$out" "$err" && fail 'an escape sequence of a file is printed'
[ "$(wc -c <"$out")" -lt 20000 ] || fail 'a long name makes a long table'
grep -qF 'far, ratio: they are too far apart for numbers' "$out" || fail 'a change that is no number'
printf '{"schema": "lwkt-bench/1", "command": "\\u001b[2J", "environment": {}, "rows": []}' >c.json
diff 2 c.json b.json
grep -q "$(printf '\033')" "$err" && fail 'an escape sequence of a file is printed'
"$prog" diff a.json b.json >/dev/full 2>"$err" && fail 'exit code 0 though nothing could be written'
grep -q 'cannot write to standard output: No space left on device' "$err" || fail 'a full disk is not said'
rm c.json d.json
echo 'ok: files that are hostile, and a full disk'

# What it has written itself
run 0 scale --cpus 2,4 --quick --json own.json
# So short a run may be too noisy to be judged.
timeout -k 3 100 "$prog" diff own.json own.json >"$out" 2>"$err" </dev/null
[ $? -ne 1 ] || fail 'its own report is worse than itself'
grep -Eqx '0 worse, 0 better, [2-6] the same, [0-4] not compared' "$out" || fail 'its own report'
echo 'ok: its own report'
