#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# contract_tests.sh: no statement of the contract is without a test and a mutant, and
# scripts/contract-tests.py finds what is taken away.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cases=0

# expect EXITCODE WORDS
expect()
{
	local status=0 output

	output=$("$tree/scripts/contract-tests.py" 2>&1) || status=$?
	if [[ $status != "$1" || $output != *"$2"* ]]; then
		printf 'contract_tests.sh: wanted exit %s and "%s", got %s and:\n%s\n' "$1" "$2" "$status" \
			"$output" >&2
		exit 1
	fi
	cases=$((cases + 1))
}

clean_tree()
{
	rm -rf "${tree:?}"/*
	mkdir "$tree/scripts"
	cp "$top/scripts/contract-tests.py" "$tree/scripts/"
	(cd "$top" && find tests -name '*.c' -o -name '*.patch') | tar -C "$top" -cf - -T - |
		tar -C "$tree" -xf -
}

clean_tree
expect 0 '100 statements'

find "$tree/tests" -name '*.c' -exec sed -i 's/, M14_/, API_/' {} +
expect 1 'M14: no test; name one M14_what_it_shows'

clean_tree
rm "$tree/tests/mutants/done-in-transit.patch"
expect 1 'M14: no mutant; plant a fault in tests/mutants/*.patch'

clean_tree
sed -i '2,3d' "$tree/tests/mutants/do-async.patch"
expect 1 "do-async.patch: breaks M8, but no 'Test:' of it is of M8"

sed -i '1s/.*/Why: a fault/' "$tree/tests/mutants/do-async.patch"
expect 1 "do-async.patch:1: begin with 'Why: NUMBER[, NUMBER]: text'"

sed -i '1s/.*/Why: Q1: a fault/' "$tree/tests/mutants/do-async.patch"
expect 1 'do-async.patch: no statement Q1 in the contract'

# What a mutant is to change may have moved.
"$top/scripts/mutants.sh" --check | grep -v '^ok '

printf 'contract_tests.sh: %d cases\n' "$cases"
