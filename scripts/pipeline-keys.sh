#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# pipeline-keys.sh: bring the reference of all keys in docs/ up to what lwkt-l2fwd says.
#
#   scripts/pipeline-keys.sh [PROGRAM]    default build/gcc/apps/l2fwd-lwkt/lwkt-l2fwd
#
# The test `config` fails as long as docs/guides/pipelines.md and docs/reference/lwkt-pipeline.5.scd say something
# else than the tables in the code.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

no_options "$@"
program=${1:-$LWKT_ROOT/build/gcc/apps/l2fwd-lwkt/lwkt-l2fwd}
keys=$("$program" -- --keys) || die "$program does not print its keys"

# between FROM TO FILE : replace what is between these lines by the keys; TO '': to the end
between()
{
	local text

	text=$(awk -v from="$1" -v to="$2" -v keys="$keys" '
		$0 == from { if (to != "") { print; print "" } print keys; skip = 1 }
		to != "" && $0 == to { print ""; skip = 0 }
		!skip { print }' "$3")
	printf '%s\n' "$text" >"$3"
}

between '## The file' '' "$LWKT_ROOT/docs/guides/pipelines.md"
between '# KEYS' '# SEE ALSO' "$LWKT_ROOT/docs/reference/lwkt-pipeline.5.scd"
