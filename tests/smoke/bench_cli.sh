#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      bad command line, or bad environment ──▶ lwkt-bench ──▶ one line, an exit code
#      msg --quick ──▶ lwkt-bench ──▶ a table and a JSON report, all rows in both
#      lone, scale, pipeline, shortly ──▶ lwkt-bench ──▶ a JSON report with their figures
#
# $1: the program. A busy machine is no failure: what is measured does not matter here.

# shellcheck source-path=SCRIPTDIR source=bench_lib.sh
. "$(dirname "$0")/bench_lib.sh"
json=$tmp/report.json

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
commands='msg, thread, lone, scale, pipeline, idle, pktgen, rfc2544, diff, report'
names=oneway,roundtrip,domsg,async,natural,natural-single,natural-turns,oncpu,oncpu-burst,oncpu-reply,oneway-mpsc,oneway-dsw,distributor,call,call-256,call-32,call-spinlock,call-ticketlock,call-mcslock,call-atomic

# ThreadSanitizer sees neither the devices nor DPDK's pools (meson.build says so), and reading a command
# line has one thread.
tsan=no
nm -D "$prog" 2>/dev/null | grep -q __tsan_init && tsan=yes

command_lines() {
	refuses 2 ": no subcommand; 'lwkt-bench --help' lists them"
	refuses 2 ": no subcommand behind the EAL options and '--'; 'lwkt-bench --help' lists them" -l 0,1
	refuses 2 ": unknown subcommand 'scale-up'; use $commands" scale-up
	refuses 2 ": unknown subcommand 'scale-up'; use $commands" -l 0,1 -- scale-up
	refuses 2 " msg: unknown option '--wrong'; $msg_help" msg --wrong
	refuses 2 " msg: unknown option '--wrong'; $msg_help" msg --wrong=1
	refuses 2 " msg: unknown option '-r'; $msg_help" msg -r 3
	refuses 2 " msg: unexpected argument 'rest'; take it away, or see 'lwkt-bench msg --help'" msg rest
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

	refuses 2 " scale: --cpus takes at most 8 numbers from 2 to 128, separated by commas, not '1'" \
		scale --cpus 1
	refuses 2 ' scale: starts EAL itself; leave out the EAL options' -l 0,1 -- scale
	refuses 2 " idle: --mode takes one or more of poll,pause,sleep,interrupt, not 'doze'" idle --mode doze
	refuses 2 " lone: --rate takes a number from 1 to 10000, not '0'" lone --rate 0

	refuses 2 " pipeline: --only takes one or more of packets,vectors,rtc,stages,switch-1,switch-10k,switch-100k, not 'two'" \
		pipeline --only two
	refuses 2 " pipeline: --window takes a number from 128 to 65535, not '127'" pipeline --window 127
	refuses 1 " pipeline: needs 3 CPUs and has 2; give EAL more lcores, for example --lcores '0@(0,1),1@0,2@1'" \
		--no-huge -m 64 --no-pci --no-shconf --no-telemetry --lcores '(0-1)@0' -- pipeline
}

# Limit: FLOWS_MAX, RFC_REPEATS_MAX, RFC_BURSTS_MAX, OPT_LIST_MAX: what is at it is taken, and it ends for want of CPUs
limits() {
	local one=(--no-huge -m 64 --no-pci --no-shconf --no-telemetry -l 0)
	for line in 'pktgen --flows 65536' 'rfc2544 --repeat 20' 'rfc2544 --bursts 1000'; do
		# shellcheck disable=SC2086 # words
		refuses 1 " ${line%% *}: needs 2 CPUs and has 1; give EAL more lcores, for example --lcores '0@(0,1),1@0,2@1'" \
			"${one[@]}" -- $line
	done
	refuses 1 ' msg: needs 2 CPUs and has 1; give EAL more lcores, for example -l 0,1' \
		"${one[@]}" -- msg --burst 1,2,3,4,5,6,7,8
	refuses 2 " pktgen: --flows takes a number from 1 to 65536, not '65537'" pktgen --flows 65537
	refuses 2 " rfc2544: --repeat takes a number from 1 to 20, not '21'" rfc2544 --repeat 21
	refuses 2 " rfc2544: --bursts takes a number from 1 to 1000, not '1001'" rfc2544 --bursts 1001
	refuses 2 " msg: --burst takes at most 8 numbers from 1 to 256, separated by commas, not '1,2,3,4,5,6,7,8,9'" \
		msg --burst 1,2,3,4,5,6,7,8,9
}

# Limit: PCAP_PACKETS_MAX, PACKET_MAX: a file that is taken ends for want of an ethdev
captures() {
	local three=(--no-huge -m 64 --no-pci --no-shconf --no-telemetry --lcores '0@(0,1),1@0,2@0')
	local file=$tmp/made.pcap
	while read -r packets bytes code line; do
		python3 -c 'import struct, sys
packets, size = map(int, sys.argv[2:])
with open(sys.argv[1], "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
    f.write((struct.pack("<IIII", 0, 0, size, size) + bytes(size)) * packets)' "$file" "$packets" "$bytes"
		refuses "$code" " pktgen: ${line/FILE/$file}" "${three[@]}" -- pktgen --pcap "$file"
	done <<-'END'
		65536 14 1 no ethdev; give EAL devices, as in: lwkt-bench --vdev net_memif0 -- pktgen, or bind NICs with dpdk-devbind.py
		65537 14 2 FILE: packet 65537: these are too many; cut the file to 65536 packets
		1 16000 1 no ethdev; give EAL devices, as in: lwkt-bench --vdev net_memif0 -- pktgen, or bind NICs with dpdk-devbind.py
		1 16001 2 FILE: packet 1: it has less than 14 or more than 16000 bytes; leave it out
	END
}
if [ $tsan = no ]; then
	command_lines
	limits
	captures
fi

for help in --help 'msg --help' 'lone --help' 'scale --help' 'pipeline --help' 'idle --help'; do
	# shellcheck disable=SC2086 # two words
	run 0 $help
	grep -q '^usage: lwkt-bench' "$out" || fail "$help: no usage"
done
run 0 --version
grep -Eq '^lwkt-bench [0-9]+\.[0-9]+' "$out" || fail "--version: no version"
for full in --help --version 'msg --help'; do
	# shellcheck disable=SC2086 # two words
	"$prog" $full >/dev/full 2>"$err" && fail "$full: exit code 0 though nothing could be written"
	grep -qx 'lwkt-bench: cannot write to standard output: No space left on device; the rest of it is lost' "$err" ||
		fail "$full: it does not say that nothing could be written"
done
echo "ok: help and version"

if [ "$(nproc)" -lt 2 ]; then
	echo "one CPU: nothing is measured"
	exit 0
fi

# check_environment: it is what the system says.
check_environment() {
	python3 "$here/bench_env.py" "$json" "$here/../.." || fail "the environment is not as it should be"
}

# check_report ROWS: the report has exactly these rows, in order, each with its figures.
check_report() {
	python3 - "$json" "$@" <<-'EOF' || fail "the report is not as it should be"
		import json, sys
		report = json.load(open(sys.argv[1]))
		assert report["schema"] == "lwkt-bench/1" and report["command"] == "msg", report
		names = [row["name"] for row in report["rows"]]
		assert names == sys.argv[2:], names
		for row in report["rows"]:
		    for side in ("ours", "rival"):
		        s = row[side]
		        assert 0 < s["min"] <= s["q1"] <= s["median"] <= s["q3"] <= s["max"], row
		    assert row["ratio"] > 0 and row["regime"] in ("near", "far"), row
		    assert row["pingpong_cycles"] > 0 and row["unit"] == "cycles", row
		    assert row["rounds_kept"] > 0 or row["disturbed"], row
		    rival = {"oneway-mpsc": "rte_ring MPSC", "oneway-dsw": "event_dsw",
		             "distributor": "rte_distributor", "call-spinlock": "rte_spinlock", "call-ticketlock": "rte_ticketlock",
		             "call-mcslock": "rte_mcslock", "call-atomic": "atomic add"}.get(row["name"].rstrip("0123456789-"), "rte_ring")
		    assert row["rival_name"] == rival, row
	EOF
	check_environment
}

# rival NAME ROWS...: these rows, too, unless the program says that it leaves the test out.
rival() {
	local why
	why=$(grep "^lwkt-bench: warning: $1 left out: " "$err")
	if [ -z "$why" ]; then
		rows+=("${@:2}")
	else
		echo "$why"
	fi
}

rows=(oneway-1 oneway-8 oneway-32 oneway-64 roundtrip roundtrip-p99 roundtrip-p999 domsg
	domsg-p99 domsg-p999 async natural-1 natural-8 natural-32 natural-64 natural-single natural-turns
	oncpu oncpu-burst oncpu-reply
	oneway-mpsc-1 oneway-mpsc-8 oneway-mpsc-32 oneway-mpsc-64)
run 0 msg --rounds 1 --quick --json "$json"
rival oneway-dsw oneway-dsw-1 oneway-dsw-8 oneway-dsw-32 oneway-dsw-64
rival distributor distributor
rows+=(call call-p99 call-p999 call-256 call-32 call-spinlock call-ticketlock call-mcslock call-atomic)
check_report "${rows[@]}"
[ "$(awk 'NR > 1 {print $1}' "$out" | xargs)" = "${rows[*]}" ] || fail "the table has other rows"
echo "ok: msg, all rows"

run 0 msg --rounds 2 --quick --only oneway,oncpu-reply --burst 3,200 --json -
cp "$out" "$json"
check_report oneway-3 oneway-200 oncpu-reply
grep -q '^oneway-200 ' "$err" || fail "no table beside the JSON on stdout"
echo "ok: msg, chosen rows, JSON on stdout"

# check_rows COMMAND PYTHON: what must hold of each row; "names" are those of all.
check_rows() {
	python3 - "$json" "$@" <<-'EOF' || fail "$1: the report is not as it should be"
		import json, sys
		report = json.load(open(sys.argv[1]))
		assert report["schema"] == "lwkt-bench/1" and report["command"] == sys.argv[2], report
		assert report["environment"]["tsc_hz"] > 0, report
		names = [row["name"] for row in report["rows"]]
		assert names
		for row in report["rows"]:
		    assert eval("(" + sys.argv[3] + ")"), (sys.argv[3], row)
	EOF
	check_environment
}

run 0 lone --rate 200 --seconds 1 --json "$json"
check_rows lone 'names == ["lone", "lone-next"] and all(0 < row[s]["median"] <= row[s]["p99"] <= row[s]["p999"]
	<= row[s]["max"] for s in ("ours", "rival")) and row["regime"] in ("near", "far")'
echo "ok: lone"

# A thread costs TSan a millisecond, and there are thousands; the unit tests have them with it.
if [ "$tsan" = no ]; then
	run 0 thread --quick --rounds 1 --json "$json"
	check_rows thread '{"yield-futex", "create", "call", "calls-1024", "wakeup", "callout", "callout-1M"} <= set(names) and
		all(row[s]["median"] > 0 for s in ("ours", "rival")) and
		("resident_kib" in row) == (row["name"] == "wakeup")'
	echo "ok: thread"
fi

run 0 scale --cpus 2,20,128 --quick --json "$json"
check_rows scale 'names == ["scale-2", "scale-20", "scale-128"] and row["memory_bytes"] > 0 and
	row["name"] == "scale-%d" % row["cpus"] and row["idle_poll"]["median"] > 0 and
	row["find"]["median"] > 0 and ("limits" in row) == (row["cpus"] == 128)'
grep -Eq '^memory at 128 CPUs: [0-9.]+ MiB, limit 64: ' "$out" || fail "no word about the limit"
plot=$here/../../scripts/plot-scale.py
python3 "$plot" "$json" "$tmp/scale.svg" || fail "plot-scale.py: exit code $?"
python3 -c 'import sys, xml.dom.minidom
assert xml.dom.minidom.parse(sys.argv[1]).getElementsByTagName("polyline").length == 3' \
	"$tmp/scale.svg" || fail "plot-scale.py: not a picture of three curves"
echo '{"command": "msg"}' >"$tmp/other.json"
python3 "$plot" "$tmp/other.json" "$tmp/other.svg" 2>"$err"
rc=$?
[ $rc -eq 2 ] || fail "plot-scale.py: exit code $rc for what is no report of scale, not 2"
[ ! -e "$tmp/other.svg" ] || fail "plot-scale.py draws what is no report of scale"
echo "ok: scale"

run 0 idle --ms 100 --wakes 20 --json "$json"
check_rows idle 'names == ["poll", "pause", "sleep", "interrupt"] and row["wakes"] == 20 and
	0 <= row["cpu_percent"] < 105 and (row["sleeps"] == 0) == (row["name"] in ("poll", "pause")) and
	all(0 < row[w]["q1"] <= row[w]["median"] <= row[w]["q3"] <= row[w]["p90"] <= row[w]["p99"] <= row[w]["max"] * 1.001 for w in ("device_us", "message_us")) and
	(row["cpu_percent"] < 50 or row["name"] in ("poll", "pause"))'
run 0 idle --ms 10 --wakes 1 --mode interrupt --json "$json"
check_rows idle 'names == ["interrupt"]'
echo "ok: idle"

[ $tsan = no ] || exit 0
run 0 pipeline --quick --rounds 1 --json "$json"
check_rows pipeline 'names == ["packets", "vectors", "rtc", "stages", "switch-1", "switch-10k",
	"switch-100k"] and row["ratio"] is not None and
	(row["ours"]["max"] > 0 or row["name"] == "stages") and row["cpus"] == (2 if row["name"] in ("packets", "vectors") else 1) and
	("floor" in row) != ("limit_ns" in row) and row["holds"] in (True, False) and
	("mpps" in row) == (row["name"] != "stages") and row["window"] >= 1024'
[ "$(awk 'NR > 1 {print $1}' "$out" | xargs)" = "packets vectors rtc stages switch-1 switch-10k switch-100k" ] ||
	fail "the table has other rows"
run 0 pipeline --quick --rounds 1 --only packets --window 128 --room 64 --mbufs 1023 --cache 0 --json "$json"
check_rows pipeline 'names == ["packets"] and row["window"] == 128 and row["room"] == 64 and
	row["mbufs"] == 1023 and row["cache"] == 0'
echo "ok: pipeline"

run 0 --no-huge -m 128 --no-pci --no-shconf --no-telemetry --lcores '0@(0,1),1@1' --vdev net_ring0 -- \
	pktgen --rate 10kpps --count 100 --drain 50 --json "$json"
check_rows pktgen 'names == ["0>0"] and row["sent"] == row["received"] and row["lost"] == 0'
echo "ok: pktgen"
