#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# check_docs.sh: scripts/check-docs.sh finds each kind of offence where it is planted, copes with
# the ways in which a header declares things, and finds nothing in a small tree that has none.
# shellcheck disable=SC2016 # backticks are markdown's
set -euo pipefail

check=$(cd "$(dirname "$0")/../../scripts" && pwd)/check-docs.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cases=0
good='Context: any thread. Ordering: none. Source: ours.'

# header LINE... : lib/lwkt/lwkt_x.h, in whose middle these lines are
header()
{
	rm -rf "${tree:?}"/*
	mkdir -p "$tree/lib/lwkt" "$tree/docs/internals"
	printf '%s\n' '| edge | release |' '|---|---|' '| E1 | here |' >"$tree/docs/internals/memory-model.md"
	printf '%s\n' '/* SPDX-License-Identifier: BSD-3-Clause */' '#ifndef LWKT_X_H' \
		'#include <stdint.h>' '#ifdef __cplusplus' 'extern "C" {' '#endif' \
		"/* It's a type(with a word in parentheses). */" \
		'struct lwkt_x {' '	int (*x_fn)(int n);' '	TAILQ_ENTRY(lwkt_x) x_link;' '};' \
		'typedef void (*lwkt_x_t)(void *arg);' 'extern struct lwkt_x lwkt_one;' \
		'#define LWKT_X_MAX 3' "$@" '#ifdef __cplusplus' '}' '#endif' '#endif' \
		>"$tree/lib/lwkt/lwkt_x.h"
	printf '%s\n' 'int naked(void);' >"$tree/lib/lwkt/lwkt_x_pvt.h"
	printf '%s\n' 'int naked(void);' >"$tree/lib/lwkt/x.h"
}

fail()
{
	printf 'check_docs.sh: %s; got:\n%s\nfor:\n%s\n' "$1" "$2" "$(cat "$tree/lib/lwkt/lwkt_x.h")" >&2
	exit 1
}

# accept LINE... : no offence
accept()
{
	local output

	header "$@"
	output=$("$check" "$tree") || fail 'wanted no offence' "$output"
	[[ $output == 'check-docs: 0 offences' ]] || fail 'wanted only the number' "$output"
	cases=$((cases + 1))
}

# expect RULE FUNCTION LINE... : this is the only offence
expect()
{
	local rule=$1 function=$2 output
	shift 2

	header "$@"
	! output=$("$check" "$tree") || fail "wanted exit code 1 for $rule" "$output"
	[[ $output =~ ^lib/lwkt/lwkt_x\.h:[0-9]+:\ "$rule: $function: "[^$'\n']+$'\ncheck-docs: 1 offences'$ ]] ||
		fail "wanted one $rule offence of $function" "$output"
	cases=$((cases + 1))
}

accept "/** What. $good */" 'void lwkt_a(void);'
accept '/**' ' * What.' ' *' ' * @param n    how many.' ' * @param fn   runs.' ' * @param out  three.' \
	' * @return 0.' ' * Context: any thread, which' ' * may wait. Ordering: releases E1.' \
	' * Source: ours.' ' */' '__attribute__((cold, format(printf, 1, 2))) const struct lwkt_x *' \
	'lwkt_a(unsigned int n, int (*fn)(int a, void *b),' '    uint64_t out[static 3]);'
accept '/**' ' * What.' ' * @param p  it.' ' * Context: a CPU. Ordering: as lwkt_b(). Source: b(), b.c.' \
	' */' 'static inline void' 'lwkt_a(void *p)' '{' '	if (p != NULL) {' '		f("}", '"'{'"');' '	}' '}'
accept "/** What. @param x it. $good */" '#define LWKT_F(x) ((x) + 1)'
accept "/** What. @param fmt as printf()'s. $good */" \
	'__attribute__((noreturn)) void lwkt_a(const char *fmt, ...);'

expect comment lwkt_a 'int lwkt_a(void);'
expect comment lwkt_a "/* What. $good */" 'void lwkt_a(void);'
expect comment lwkt_a "/** What. $good */" '' 'void lwkt_a(void);'
expect comment lwkt_b "/** What. $good */" 'void lwkt_a(void);' 'void lwkt_b(void);'
expect comment lwkt_a 'static inline void' 'lwkt_a(void)' '{' '}'
expect comment LWKT_F '#define LWKT_F(x) ((x) + 1)'
expect param lwkt_a "/** What. @param m one. $good */" 'void lwkt_a(int m, int n);'
expect param lwkt_a "/** What. @param n one. $good */" 'void lwkt_a(int n, void (*fn)(int m));'
expect param lwkt_a "/** What. @param n one. $good */" 'void lwkt_a(void);'
expect return lwkt_a "/** What. $good */" 'int lwkt_a(void);'
expect return lwkt_a "/** What. $good */" 'static inline void *' 'lwkt_a(void)' '{' '	return 0;' '}'
expect return lwkt_a "/** What. @return 0. $good */" 'void lwkt_a(void);'
expect context lwkt_a '/** What. Ordering: none. Source: ours. */' 'void lwkt_a(void);'
expect context lwkt_a '/** What. Context: Ordering: none. Source: ours. */' 'void lwkt_a(void);'
expect ordering lwkt_a '/** What. Context: any. Source: ours. */' 'void lwkt_a(void);'
expect ordering lwkt_a '/** What. Context: any. Ordering: release. Source: ours. */' 'void lwkt_a(void);'
expect ordering lwkt_a '/** What. Context: any. Ordering: E2. Source: ours. */' 'void lwkt_a(void);'
expect source lwkt_a '/** What. Context: any. Ordering: none. */' 'void lwkt_a(void);'

# -- pages ---------------------------------------------------------------------------------------

long=$(printf 'word %.0s' {1..21}) # 105 columns

# page RULE LINE... : a page with these lines has this one offence; RULE none: it has none
page()
{
	local rule=$1 output
	shift

	header "/** What. $good */" 'void lwkt_a(void);'
	printf '%s\n' "$@" >"$tree/README.md"
	output=$("$check" "$tree") || true
	if [[ $rule == none ]]; then
		[[ $output == 'check-docs: 0 offences' ]] || fail "wanted none in: $*" "$output"
	else
		[[ $output =~ ^README\.md:([0-9]+:)?\ "$rule: "[^$'\n']+$'\ncheck-docs: 1 offences'$ ]] ||
			fail "wanted one $rule offence in: $*" "$output"
	fi
	cases=$((cases + 1))
}

page none '# A page' "| $long |" '' "    $long" '' '```' "$long" '```' 'Edges: `docs/internals/memory-model.md`.'
page wrap "$long"
page wrap '```' "$long" '```' "$long"
page page 'See docs/internals/nothing.md.'
page none '## A tour of the code' '1. `lib/lwkt/lwkt_x.h`: it.'
page tour '## A tour of the code' '1. `lib/lwkt/lwkt_gone.h`: it.'
mapfile -t ten < <(printf '1. `lib/lwkt/lwkt_x.h`: it.\n%.0s' {1..10})
page tour '## A tour of the code' "${ten[@]}"
printf 'check-docs: %d small headers and pages judged\n' "$cases"
