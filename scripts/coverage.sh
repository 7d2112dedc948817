#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# coverage.sh: which lines and branches of lib/lwkt and lib/msgport do the tests run?
#
#   scripts/coverage.sh [--lines PERCENT] [--branches PERCENT] [--seeds N] [--uncovered]
#
#   --lines PERCENT     exit code 1 below this (95)
#   --branches PERCENT  exit code 1 below this (85)
#   --seeds N           seeds of the lockstep simulation (5000)
#   --uncovered         name the lines that nothing has run, and the branches never taken
#
# A debug build in build/coverage, with invariants. Runs the unit, stress and lockstep tests. Left
# out of the branches are only those that the compiler makes for exceptions, and for lines without
# code; a stop of the program (lwkt_panic) counts like any other branch.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

lines=95
branches=85
seeds=5000
uncovered=no
while (($#)); do
	case $1 in
	--lines) need_value "$@" && lines=$2 && shift 2 ;;
	--branches) need_value "$@" && branches=$2 && shift 2 ;;
	--seeds) need_value "$@" && seeds=$2 && shift 2 ;;
	--uncovered) uncovered=yes && shift ;;
	-h | --help) show_help && exit 0 ;;
	*) usage_error "unknown option '$1'" ;;
	esac
done

need_packages build test coverage
export CC=gcc
build=$LWKT_ROOT/build/coverage
step "Building build/coverage"
# Counters of several threads: atomic, or they lose counts.
build_tree "$build" --buildtype=debug -Db_coverage=true -Dc_args=-fprofile-update=atomic
find "$build" -name '*.gcda' -delete

step "Running the unit, stress and lockstep tests"
log=$build/coverage.log
if ! meson test -C "$build" --no-rebuild --suite unit --suite stress </dev/null >"$log" 2>&1 ||
	! "$build/tests/sim/lockstep" --seeds "$seeds" >>"$log" 2>&1 ||
	! "$build/tests/sim/lockstep_many" >>"$log" 2>&1; then
	tail -n 40 "$log" >&2
	die "a test failed; the log is above and in $log"
fi

step "Coverage of lib/lwkt and lib/msgport"
report=(gcovr --root "$LWKT_ROOT" --filter "$LWKT_ROOT/lib/lwkt/" --filter "$LWKT_ROOT/lib/msgport/"
	--exclude-unreachable-branches --exclude-throw-branches -j "$(nproc)")
json=$build/coverage.json
"${report[@]}" --json "$json" "$build" >/dev/null
report=(gcovr --root "$LWKT_ROOT" --add-tracefile "$json"
	--exclude-unreachable-branches --exclude-throw-branches)
if [[ $uncovered == yes ]]; then
	"${report[@]}"
	"${report[@]}" --branches
fi
status=0
"${report[@]}" --print-summary --fail-under-line "$lines" --fail-under-branch "$branches" \
	--output "$build/coverage.txt" || status=$?
((status == 0)) || die "below the bar of $lines % of the lines, $branches % of the branches"
