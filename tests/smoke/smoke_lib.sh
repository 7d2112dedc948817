# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# smoke_lib.sh: what bench_lib.sh and l2fwd_lib.sh share; they source it. $tmp is a directory of the
# test, which they remove; what the program printed last is in $out and $err.
tmp=$(mktemp -d)
out=$tmp/out err=$tmp/err

fail() {
	echo "FAIL: $*"
	[ -s "$err" ] && sed 's/^/  stderr: /' "$err"
	[ -s "$out" ] && tail -n 40 "$out" | sed 's/^/  stdout: /'
	exit 1
}
