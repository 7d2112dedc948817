#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# test_count.sh: scripts/test-count.py counts what Criterion and scripts say, and never turns a
# failure into a pass.
set -euo pipefail

count=$(cd "$(dirname "$0")/../../scripts" && pwd)/test-count.py
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# test_line NAME RESULT EXITCODE OUTPUT
test_line()
{
	printf '{"name": "%s", "stdout": "%s", "result": "%s", "returncode": %d, "duration": 0.1}\n' \
		"$1" "$4" "$2" "$3" >>"$log"
}

synthesis()
{
	printf '[====] Synthesis: Tested: %d | Passing: %d | Failing: %d | Crashing: %d' "$@"
}

# expect EXITCODE LINE [MESON_EXITCODE] : with what $log has; empties it
expect()
{
	local output status=0

	output=$(python3 "$count" "$log" "${3:-0}") || status=$?
	if [[ $status != "$1" || ${output##*$'\n'} != "$2" ]]; then
		printf 'test_count.sh: wanted exit %s and "%s"; got %s and:\n%s\n' "$1" "$2" "$status" \
			"$output" >&2
		exit 1
	fi
	: >"$log"
}

test_line a OK 0 "$(synthesis 5 5 0 0)"
test_line b OK 0 'a script'
expect 0 '6 passed, 0 failed'
test_line a OK 0 "$(synthesis 5 5 0 0)"
test_line s SKIP 77 ''
expect 0 '5 passed, 0 failed, 1 skipped'
test_line a FAIL 1 "$(synthesis 9 6 2 1)"
expect 1 '6 passed, 3 failed' 1
test_line coloured OK 0 '\u001b[0;34m====\u001b[0m] Synthesis: Tested: \u001b[1m2\u001b[0m | Passing: 2 | Failing: 0 | Crashing: 0'
expect 0 '2 passed, 0 failed'
# All cases pass and the program fails: a sanitizer's report at exit.
test_line a FAIL 23 "$(synthesis 5 5 0 0)"
expect 1 '5 passed, 1 failed' 1
test_line a TIMEOUT 0 'no last line'
expect 1 '0 passed, 1 failed' 1
test_line b FAIL 1 'a script'
expect 1 '0 passed, 1 failed' 1
# A program that runs no case, and a run that runs no program.
test_line a OK 0 "$(synthesis 0 0 0 0)"
expect 1 '0 passed, 1 failed'
expect 1 '0 passed, 1 failed'
# The runner failed for a reason that no test gives.
test_line a OK 0 "$(synthesis 5 5 0 0)"
expect 1 '5 passed, 1 failed' 2
printf 'not json\n' >"$log"
expect 1 '0 passed, 1 failed' 0
printf 'test-count: 11 runs counted\n'
