#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# limits.sh: each limit of the tree has its test, and scripts/limits.py finds one that has none, one
# that is cited and is not there, and one that is tested and said to be out of reach.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
tree=$(mktemp -d)
cites='Limit'':' # this file cites none
trap 'rm -rf "$tree"' EXIT
mkdir "$tree/scripts"
cp "$top/scripts/limits.py" "$tree/scripts/"
for part in lib apps tests; do cp -r "$top/$part" "$tree/"; done

# expect EXIT LINE: what it says then
expect()
{
	local status=0 output
	output=$("$tree/scripts/limits.py" 2>&1) || status=$?
	[[ $status == "$1" && $output == *"$2"* ]] || {
		printf 'limits.sh: wanted exit %s and "%s", got %s and:\n%s\n' "$1" "$2" "$status" "$output"
		exit 1
	}
	echo "ok: $2"
}

expect 0 '; 0 offences'
echo '#define PLANTED_MAX 3' >"$tree/lib/planted.c"
expect 1 "lib/planted.c: PLANTED_MAX: no test says '$cites PLANTED_MAX'"
echo "/* $cites PLANTED_MAX */" >"$tree/tests/planted.c"
expect 0 '; 0 offences'
rm "$tree/lib/planted.c"
expect 1 'tests/planted.c: names the limit PLANTED_MAX, which is none'
echo "/* $cites BATCH_MAX */" >"$tree/tests/planted.c"
expect 1 'BATCH_MAX is tested; take it off NOBODY or NOT_YET'
