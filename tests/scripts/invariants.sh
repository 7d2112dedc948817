#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# invariants.sh true|false LIBRARY: with invariants the checks of the state machine are in
# liblwkt_msgport, without they cost nothing, since not one of them is there.
set -euo pipefail

found=0
texts=("a prepared or active message" "a message taken from a port and not yet replied"
	"a reply port, DONE set and QUEUED clear" "a message that is not DROPABLE"
	"does not hold its serializer" "changes ago" "lwkt_checked")
for text in "${texts[@]}"; do
	if grep -qF "$text" "$2"; then
		found=$((found + 1))
		[[ $1 == true ]] || printf 'invariants.sh: off, but "%s" is in the library\n' "$text" >&2
	elif [[ $1 == true ]]; then
		printf 'invariants.sh: on, but "%s" is not in the library\n' "$text" >&2
	fi
done
printf 'invariants %s: %d of %d texts of checks in the library\n' "$1" "$found" "${#texts[@]}"
wanted=0
[[ $1 == false ]] || wanted=${#texts[@]}
((found == wanted))
