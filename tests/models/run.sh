#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Verify the Spin models of the protocols: each must hold as it is, and each planted bug (the BUG
# numbers of its opening comment) must be found. Usage: run.sh [--bugs N] [model...], without .pml;
# --bugs: of each model only the first N, as each has to be compiled.
# One line a case, and a count at the end. Exit: 0 all as expected, 1 not, 77 no spin (skipped).
set -u

here=$(cd "$(dirname "$0")" && pwd)
command -v spin >/dev/null || {
	echo "SKIP: spin is not installed (apt-get install spin)"
	exit 77
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# verify MODEL BUG: what pan said is in $work/out. Compiled without optimisation for a planted bug:
# that is found at once, and the compiler would be the longest part of it.
verify() {
	local opt=-O1

	[ "$2" = 0 ] || opt=-O0
	(
		cd "$work" && rm -f pan* ./*.trail &&
			spin -DBUG="$2" -a "$here/$1.pml" &&
			${CC:-cc} $opt -w -DSAFETY -DMEMLIM=2000 -o pan pan.c &&
			./pan -m1000000
	) >"$work/out" 2>&1
}

# check MODEL BUG
check() {
	local started=$SECONDS name=$1 found states

	[ "$2" = 0 ] || name+=" BUG=$2"
	verify "$1" "$2"
	if ! grep -q '^State-vector' "$work/out" ||
		grep -q 'depth too small\|out of memory\|MEMLIM bound' "$work/out"; then
		echo "FAIL $name: not searched"
		cat "$work/out"
		return 1
	fi
	# What pan objects to; nothing: it has looked at every state and found no error.
	found=$(sed -n 's/^pan:1: \(.*\) (at depth .*/\1/p' "$work/out")
	states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$work/out")
	if [ "$2" = 0 ] && [ -z "$found" ]; then
		echo "ok   $name: holds in all of $states states, $((SECONDS - started)) s"
	elif [ "$2" != 0 ] && [ -n "$found" ]; then
		echo "ok   $name: found, $found"
	else
		echo "FAIL $name: ${found:-nothing found}"
		[ -z "$found" ] || (cd "$work" && spin -DBUG="$2" -t -p "$here/$1.pml" | tail -60)
		return 1
	fi
}

most=99
if [ "${1:-}" = --bugs ]; then
	most=$2
	shift 2
fi
[ $# -gt 0 ] || set -- calls abort wakeup waiters move ipicall cpusync ring bells sleep slotcall tsleep end
for model; do
	bugs=$(sed -n 's/^#define BUGS \([0-9]*\).*/\1/p' "$here/$model.pml")
	[ "$bugs" -le "$most" ] || bugs=$most
	for bug in $(seq 0 "$bugs"); do
		if check "$model" "$bug"; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
		fi
	done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
