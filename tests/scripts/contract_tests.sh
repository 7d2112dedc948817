#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# contract_tests.sh: no statement of docs/reference/contract.md is without what the page asks for,
# and scripts/contract-tests.py finds what is taken away, cited for nothing, or marked wrongly.
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
	mkdir -p "$tree/scripts" "$tree/docs/reference" "$tree/lib"
	cp "$top/scripts/contract-tests.py" "$tree/scripts/"
	cp "$top/docs/reference/contract.md" "$tree/docs/reference/"
	(cd "$top" && find tests -name '*.c' -o -name '*.patch') | tar -C "$top" -cf - -T - |
		tar -C "$tree" -xf -
}

# page SED-SCRIPT... : the page as it is, but for this
page()
{
	local script

	cp "$top/docs/reference/contract.md" "$tree/docs/reference/"
	for script in "$@"; do
		sed -i "$script" "$tree/docs/reference/contract.md"
	done
}

"$top/scripts/contract-tests.py" >/dev/null
clean_tree
expect 0 '; 0 missing'

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
expect 1 'do-async.patch: no statement Q1 in docs/reference/contract.md'

# The page says what is there and what is asked.
clean_tree
printf 'LWKT_TEST(q, M999_nothing)\n' >"$tree/tests/q.c"
expect 1 'tests/q.c: no statement M999 in docs/reference/contract.md'

clean_tree
printf '/* as it must be (contract M14,\n * T999 and E1). */\n' >"$tree/lib/q.h"
expect 1 'lib/q.h: no statement T999 in docs/reference/contract.md'

rm "$tree/lib/q.h"
page 's/(as I68)/(as I998)/'
expect 1 'names I998, which is not on the page'

page '/^\*\*T36\*\*/i **T997** A new one.\n'
expect 1 'T997: no test; name one T997_what_it_shows'

page '/^\*\*T36\*\*/i **M997** A new one.\n'
expect 1 'M997 stands in section T'

page '/^\*\*T36\*\*/i **T35** Once more.\n'
expect 1 'T35 stands there twice'

page '/^## Z\. /,/^\*\*/{/^(tests/d}'
expect 1 "section Z: no line like '(tests, mutants)' below the heading"

page '/^## Z\. /,/^\*\*/s/^(tests, mutants/(prose/'
expect 1 "section Z: 'prose' is none of"

page '/^## Z\. /,/^\*\*/s/^(tests, mutants/&; not tested: Z43/'
expect 1 "section Z: 'not tested: Z43' is none of"

page '/^## Z\. /,/^\*\*/s/^(tests, mutants/&; no mutants: X45/'
expect 1 "section Z: 'no mutants' names X45, which is not in it"

# A mark that is not true any more, or not true yet.
page '/^## Z\. /,/^\*\*/s/^(tests, mutants/&; not tested yet: Z43/'
expect 1 "Z43: is tested; take it out of 'not tested yet'"

page '/^## Z\. /,/^\*\*/s/^(tests, mutants/&; tests of the earlier wording: Z43/'
expect 1 "Z43: 'tests of the earlier wording', but it does not say (revised)"

page '/^## Z\. /,/^\*\*/s/^(tests, mutants.*)$/(not built yet)/'
expect 1 "section Z: all is tested; say so in docs/reference/contract.md instead of 'not built yet'"

page '/^\*\*Z44\*\*/i **Z997** A new one.\n' \
	'/^## Z\. /,/^\*\*/s/^(tests, mutants/&; not tested yet: Z997/'
expect 0 '; 0 missing'

page '/^\*\*Z44\*\*/i **Z997** A new one.\n' \
	'/^## Z\. /,/^\*\*/s/^(tests, mutants.*)$/(not built yet)/'
expect 0 '; 0 missing'

# What a mutant is to change may have moved.
"$top/scripts/mutants.sh" --check | grep -v '^ok '

printf 'contract_tests.sh: %d cases\n' "$cases"
