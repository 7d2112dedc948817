#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# pipeline-keys.sh: bring the reference of all keys, lwkt-pipeline(5), up to what lwkt-l2fwd says.
#
#   scripts/pipeline-keys.sh [PROGRAM]    default build/gcc/apps/l2fwd-lwkt/lwkt-l2fwd
#
# The test `config` fails as long as docs/reference/lwkt-pipeline.5.scd says something else than the
# tables in the code.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

no_options "$@"
program=${1:-$LWKT_ROOT/build/gcc/apps/l2fwd-lwkt/lwkt-l2fwd}
keys=$("$program" -- --keys) || die "$program does not print its keys"

page=$LWKT_ROOT/docs/reference/lwkt-pipeline.5.scd
# Replaced is what stands between these two headings.
text=$(awk -v keys="$keys" '
	$0 == "# KEYS" { print; print ""; print keys; skip = 1 }
	$0 == "# SEE ALSO" { print ""; skip = 0 }
	!skip { print }' "$page")
printf '%s\n' "$text" >"$page"
