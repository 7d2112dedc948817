# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# bench_lib.sh: sourced by the tests of lwkt-bench. $1: the program, then $prog. $tmp goes when the
# test ends; what the program printed last is in $out and $err there.
set -u
prog=$(realpath "$1")
# shellcheck disable=SC2034 # for those who source it
here=$(realpath "$(dirname "$0")")
. "$(dirname "${BASH_SOURCE[0]}")/smoke_lib.sh"
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP

# run CODE ARGUMENTS...
run() {
	local code=$1 rc
	shift
	timeout -k 3 100 "$prog" "$@" >"$out" 2>"$err" </dev/null
	rc=$?
	[ $rc -eq "$code" ] || fail "$*: exit code $rc, not $code"
}
