#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# instructions.sh PROGRAM...: scripts/instructions.sh passes what it has just written, and says so where
# a step grew, is new or is missing.
set -euo pipefail

script=$(cd "$(dirname "$0")/../../scripts" && pwd)/instructions.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# expect PATTERN : it fails with such a line, and with the remedy
expect()
{
	local output

	if output=$("$script" --counts "$tmp/good" --known "$tmp/known" 2>&1); then
		printf 'instructions.sh: no failure, wanted: %s\n' "$1" >&2
		exit 1
	fi
	if ! grep -Eq "$1" <<<"$output" || [[ $output != *--update* ]]; then
		printf 'instructions.sh: wanted %s, got:\n%s\n' "$1" "$output" >&2
		exit 1
	fi
}

"$script" --update --known "$tmp/good" "$@" >/dev/null
"$script" --counts "$tmp/good" --known "$tmp/good" >/dev/null
grep -q '^pipe-packets-tx ' "$tmp/good"
awk '$1 == "sendmsg" { $2 /= 1.04 } 1' "$tmp/good" >"$tmp/known"
"$script" --counts "$tmp/good" --known "$tmp/known" >/dev/null
awk '$1 == "sendmsg" { $2 /= 1.06 } 1' "$tmp/good" >"$tmp/known"
expect '^sendmsg .*GREW by 6 %$'
awk '$1 == "pipe-rtc" { $2 /= 1.06 } 1' "$tmp/good" >"$tmp/known"
expect '^pipe-rtc .*GREW by 6 %$'
sed '/^oncpu /d' "$tmp/good" >"$tmp/known"
expect '^oncpu .*NEW$'
{ cat "$tmp/good" && echo 'planted 7.0'; } >"$tmp/known"
expect '^planted .*MISSING$'
printf 'instructions: a step that grew, is new or is missing fails it\n'
