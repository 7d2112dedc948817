#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# scripts/lwkt-gdb.py lists threads with their backtraces, in a live process and in its core file
# (contract L116). Usage: gdb.sh PROGRAM, made of gdb_threads.c. Exit: 77 there is no gdb.
set -u
here=$(cd "$(dirname "$0")" && pwd)
script=$here/../../scripts/lwkt-gdb.py

command -v gdb >/dev/null || {
	echo "SKIP: gdb is not installed (apt-get install gdb)"
	exit 77
}
work=$(mktemp -d) || exit 1
# EAL's directory too: the program ends by a signal.
trap 'rm -rf "$work" "/var/run/dpdk/lwkt-gdb-$$"' EXIT
failed=0

# look WHERE GDB-ARGUMENT...: what the commands say, and whether that is right.
look() {
	local where=$1 out=$work/$1

	shift
	timeout -k 5 100 gdb -nx -batch "$@" >"$out" 2>&1 </dev/null
	expect "$where" '^cpu 0 +(cpu0|main)[^ ]* +running +pri 16 '
	expect "$where" '^cpu 0 +napper +waiting +pri 16 0x[0-9a-f]+ nap$'
	expect "$where" '^cpu 0 +server +waiting +pri 16 0x[0-9a-f]+ lwkt_waitport'
	expect "$where" '^cpu 0 +late +waiting '
	expect "$where" '^cpu 0 napper: waiting nap$'
	expect "$where" '^  #[0-9]+ +0x[0-9a-f]+ in lwkt_tsleep'
	expect "$where" '^  #[0-9]+ +0x[0-9a-f]+ in naps'
	expect "$where" '^  #[0-9]+ +0x[0-9a-f]+ in serves'
	expect "$where" 'no thread of the name nobody'
}

# expect WHERE PATTERN
expect() {
	if grep -qE "$2" "$work/$1"; then
		echo "ok   $1: $2"
	else
		echo "FAIL $1: no line like '$2'"
		failed=1
	fi
}

commands=(-ex lwkt-threads -ex lwkt-bt -ex 'lwkt-bt nobody')
program=$(realpath "$1")
eal=(--no-huge -m 64 --no-pci --no-shconf --no-telemetry -l 0 --file-prefix "lwkt-gdb-$$")
look live -ex "source $script" -ex 'break gdb_look_here' -ex run "${commands[@]}" -ex kill \
	--args "$program" "${eal[@]}"
(cd "$work" && ulimit -c unlimited && "$program" "${eal[@]}") >"$work/log" 2>&1
core=$(find "$work" -name 'core*' -print -quit)
if [ -n "$core" ]; then
	look dead -ex "source $script" "${commands[@]}" "$program" "$core"
else
	echo "note: the kernel leaves no core file here ($(cat /proc/sys/kernel/core_pattern))"
fi
[ "$failed" = 0 ] || cat "$work/log" "$work/live" "$work/dead"
exit "$failed"
