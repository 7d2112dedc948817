#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Every example runs to its end and says what its first comment promises.
#
#      this script ──▶ example_NAME on two lcores, no devices
#
# examples.sh NAME=PROGRAM=WORDS ...
set -euo pipefail

failed=0
trap 'rmdir "/var/run/dpdk/example-$$" 2>/dev/null || true' EXIT # EAL leaves it
for spec in "$@"; do
	name=${spec%%=*}
	rest=${spec#*=}
	program=${rest%%=*}
	words=${rest#*=}
	if out=$(timeout -k 2 30 "$program" --no-huge -m 64 --no-pci --no-shconf --no-telemetry \
		--file-prefix "example-$$" --lcores '0@0,1@0' --log-level lib.eal:error 2>&1) &&
		grep -qF "$words" <<<"$out"; then
		echo "ok   $name"
	else
		echo "FAIL $name: wanted \"$words\" and exit code 0, got:"
		echo "$out"
		failed=$((failed + 1))
	fi
done
echo "$(($# - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
