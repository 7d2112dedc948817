#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      bad command line, or bad environment ──▶ lwkt-l2fwd ──▶ one line, an exit code, nothing left
#
# The line stands alone with its prefix on stderr; EAL's and the library's own lines do not count.

# shellcheck source-path=SCRIPTDIR source=l2fwd_lib.sh
. "$(dirname "$0")/l2fwd_lib.sh"

null2=(--vdev net_null0 --vdev net_null1)

# refuses CODE LINE ARGUMENTS...
refuses() {
	local code=$1 line=$2 rc
	shift 2
	timeout -k 3 20 "$prog" "$@" >"$out" 2>"$err" </dev/null
	rc=$?
	[ $rc -eq "$code" ] || fail "$*: exit code $rc, not $code"
	[ "$(grep '^lwkt-l2fwd: ' "$err")" = "lwkt-l2fwd: $line" ] || fail "$*: not: $line"
	left_nothing
	echo "ok: $line"
}

# The same, behind EAL options that work.
with() {
	local code=$1 line=$2
	shift 2
	refuses "$code" "$line" "${eal[@]}" "$@"
}

# Options, before any device is touched.
refuses 2 '-p: not given behind the "--"; say which ethdevs to use, -p 3 means ethdevs 0 and 1'
refuses 2 '-p: not given behind the "--"; say which ethdevs to use, -p 3 means ethdevs 0 and 1' \
	-l 0,1 -p 3
with 2 "unknown option '--wrong'; 'lwkt-l2fwd --help' lists the options" -l 0,1 -- -p 3 --wrong
with 2 "unexpected argument 'rest'; take it away, or see 'lwkt-l2fwd --help'" -l 0,1 -- -p 3 rest
with 2 "-p takes a hexadecimal mask from 1 to ffffffffffffffff, not '0'" -l 0,1 -- -p 0
with 2 "-q takes a number from 1 to 16, not '0'" -l 0,1 -- -p 3 -q 0
with 2 "-T takes whole seconds from 0 to 86400, not 'soon'" \
	-l 0,1 -- -p 3 -T soon
with 2 "--mode takes rtc or pipeline, not 'both'" \
	-l 0,1 -- -p 3 --mode both
with 2 '--portmap 0-1: not a list of pairs of ethdevs; write (0,1) or (0,1),(2,3)' \
	-l 0,1 -- -p 3 --portmap 0-1
with 2 '--portmap (0,1),(2): ethdev 2 has no partner; name pairs, as (0,1)' \
	-l 0,1 -- -p 7 --portmap '(0,1),(2)'
with 2 '--portmap (0,1),(1,2): ethdev 1 is named twice; name each once' \
	-l 0,1 -- -p 7 --portmap '(0,1),(1,2)'
with 2 '--portmap: ethdev 2 is not in -p 0x3; set its bit, or leave it out of the map' \
	-l 0,1 -- -p 3 --portmap '(0,2)'

# EAL's part of the line.
with 2 "EAL: unrecognized option '--wrong'; take it away; 'lwkt-l2fwd --help --' lists them" --wrong -- -p 3
[ "$(cat "$out" "$err" | wc -l)" -eq 1 ] || fail "the reason is not all that is said"
with 2 "EAL: Main lcore is not enabled for DPDK; correct EAL's options; 'lwkt-l2fwd --help --' lists them" \
	--main-lcore 9 -l 0,1 -- -p 3
with 2 'stray: not an EAL option; take it away, or put it behind the "--"' \
	stray -l 0,1 "${null2[@]}" -- -p 3
with 1 'EAL: failed to parse device "net_nonsense0"; name a driver of this DPDK, as net_af_packet0, or a device that is there' \
	-l 0,1 --vdev net_nonsense0 -- -p 1
with 1 '--vdev net_af_packet0: net_af_packet0: ioctl failed (SIOCGIFINDEX):No such device; name an interface that ip link shows' \
	-l 0,1 --vdev net_af_packet0,iface=nonsense -- -p 1
with 1 '--vdev net_pcap0: Error - No rx or tx queues provided; give it the arguments that its driver takes' \
	-l 0,1 --vdev net_pcap0 -- -p 1
# Without --log-level; the environment, not the command line.
RUNTIME_DIRECTORY=/proc/none refuses 1 "EAL: Error creating '/proc/none/dpdk': No such file or directory; make it a directory that this user may write to, or name one in RUNTIME_DIRECTORY" \
	--no-huge -m 64 --no-pci --no-telemetry -l 0,1 "${null2[@]}" -- -p 3
[ "$(wc -l <"$err")" -eq 1 ] || fail "the reason is not all that is said"
refuses 2 "EAL: --file-prefix is the name of a directory; give a word without '/'" --no-huge --file-prefix a/b -- -p 3
(ulimit -n 12 && exec "$prog" "${eal[@]}" -l 0,1 "${null2[@]}" -- -p 3 >"$out" 2>"$err")
[ $? -eq 1 ] || fail "too few open files: exit code"
grep -Fqx 'lwkt-l2fwd: EAL: too few files may be open; allow this process more open files (ulimit -n)' "$err" ||
	fail "too few open files"

# Devices and lcores.
with 1 'no ethdev: EAL found none; bind a NIC to vfio-pci, or give --vdev' -l 0,1 -- -p 3
with 2 '-p 0x7: there is no ethdev 2, EAL found 2; clear its bit, or give EAL the device' \
	-l 0,1 "${null2[@]}" -- -p 7 -q 3
with 2 "--mode rtc: 2 ethdevs with -q 1 need 2 worker lcores and the main one, there is 1 worker;\
 start with -l 0-2, on fewer processors with --lcores '(0-2)@(0-1)', or raise -q up to 2" \
	-l 0,1 "${null2[@]}" -- -p 3
with 2 "--mode pipeline: 2 ethdevs with -q 2 need 3 worker lcores and the main one, there is 1\
 worker; start with -l 0-3, on fewer processors with --lcores '(0-3)@(0-1)'" \
	-l 0,1 "${null2[@]}" -- -p 3 -q 2 --mode pipeline
with 2 "--mode rtc: 1 ethdev with -q 1 need 1 worker lcore and the main one, there are 0 workers;\
 start with -l 0-1, on fewer processors with --lcores '(0-1)@(0-1)'" \
	-l 0 "${null2[@]}" -- -p 1

# A pipeline file.
file=$tmp/p.yaml
devices='ethdevs: [{name: l, device: net_null0}]'
rx='{name: rx, kind: ethdev_rx, cpu: 1, params: {ethdev: l}, outputs: [tx]}'
tx='{name: tx, kind: ethdev_tx, cpu: 1, params: {ethdev: l}}'

# write_file EXTRA: a file that is right if EXTRA is
write_file() {
	printf '%s\n' "$1" "$devices" 'stages:' "  - $rx" "  - $tx" >"$file"
}

# says LINE: the library's own line on stderr
says() {
	grep -Fq -e "lwkt: $1" -e "lib.plan: $1" "$err" || fail "it does not say: $1"
}

see="--config $file: the lines before this say what to change"
with 2 '-p: with --config the file says this; take the option away' -l 0,1 -- --config f -p 3
with 2 '--print-config: with --config the file says this; take the option away' \
	-l 0,1 -- --config f --print-config
with 2 '--config f.yaml: the lines before this say what to change' -l 0,1 -- --config f.yaml
says 'f.yaml: cannot be opened (No such file or directory); write the name of a pipeline file'
write_file 'pools: {}'
with 2 "$see" -l 0,1 "${null2[@]}" -- --config "$file"
says "$file:1:1: file: pools: no such key; did you mean pool?"
write_file 'pool: {packets: 1023}'
for look in --check --graph -T1; do
	with 2 "$see" -l 0,1 "${null2[@]}" -- --config "$file" $look
	says "$file:1:17: pool: packets: 1023 are too few on NUMA node 0: rx rings 1024 + tx rings 1024\
 + window 0 + bursts 64 + caches 768 = 2880; write 4095, or 0"
done
with 2 "$see" -l 0,1 -- --config "$file" --check
says "$file:2:29: ethdev l: device: there is no net_null0; give EAL one (-a, --vdev)"
write_file 'pool: {packets: 1048575}'
for look in --check -T1; do
	with 1 "$see" -l 0,1 "${null2[@]}" -- --config "$file" $look
	says "$file: pool: cannot make 1048575 packets of 2176 bytes on NUMA node 0\
 (Cannot allocate memory); give EAL more memory (-m, --socket-mem, hugepages)"
done
write_file 'pool: {data_room: 256}'
"$prog" "${eal[@]}" -l 0,1 "${null2[@]}" -- --config "$file" --check >"$out" 2>"$err" ||
	fail "--check: exit code $?"
grep -q '^pool on NUMA node 0: rx rings 1024 + .* = 2880; it has 4095 packets with 256 bytes of data, 3 MB$' "$out" ||
	fail "--check does not show the arithmetic"
echo "ok: --check"

# Memory, and a device that does not take our mbufs.
options='options: the lines before this say what to change; --print-config shows what they count in'
refuses 1 "$options" \
	"${eal_rest[@]}" -m 8 --file-prefix "$prefix" -l 0,1 "${null2[@]}" -- -p 3 -q 2
says "options: pool: cannot make 8191 packets of 2176 bytes on NUMA node 0\
 (Cannot allocate memory); give EAL more memory (-m, --socket-mem, hugepages)"
with 2 "$options" \
	-l 0,1 --vdev net_af_packet0,iface=lo,framesz=4096,blocksz=8192 -- -p 1
says 'options:4:5: ethdev 0: framesz: interface lo has mtu 65536, and frames of more than 4030 bytes would'\
' come in cut; give its --vdev framesz=131072,blocksz=131072, or the interface mtu 1500'
with 2 "$options" \
	-l 0,1 --vdev net_af_packet0,iface=lo,framesz=131088,blocksz=135168 -- -p 1
says 'options:4:5: ethdev 0: blocksz: slots of 131088 bytes do not fill blocks of 135168, and its'\
' driver would look for frames where none are; give its --vdev framesz=131072,blocksz=131072'

# What is no mistake.
for help in -h --help; do
	"$prog" $help >"$out" 2>"$err" || fail "$help: exit code $?"
	grep -q '^usage: lwkt-l2fwd' "$out" || fail "$help prints no usage"
	[ ! -s "$err" ] || fail "$help complains"
done
"$prog" --no-huge --help -- >"$out" 2>"$err" || fail "--help --: exit code $?"
grep -q -- '--lcores' "$out" || fail "--help -- does not list EAL's options"
"$prog" -- --keys >"$out" || fail "--keys: exit code $?"
grep -q '^## Kind l2fwd$' "$out" || fail "--keys does not list the kinds"
"$prog" --version >"$out" || fail "--version: exit code $?"
grep -Eq '^lwkt-l2fwd [0-9]+\.[0-9]+\.[0-9]+, DPDK ' "$out" || fail "--version prints no version"
echo "ok: help and version"
for full in --help --version --keys; do
	"$prog" -- $full >/dev/full 2>"$err" && fail "$full: exit code 0 though nothing could be written"
	grep -qx 'lwkt-l2fwd: cannot write to standard output: No space left on device; the rest of it is lost' "$err" ||
		fail "$full: it does not say that nothing could be written"
done
echo "ok: a full standard output"
