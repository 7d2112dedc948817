#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# check_layers.sh: scripts/check-layers.py finds each kind of offence where it is planted, and
# nothing in a small tree that has none.
set -euo pipefail

check=$(cd "$(dirname "$0")/../../scripts" && pwd)/check-layers.py
tree=$(mktemp -d)
trap 'rm -rf "$tree" "$tree.clean"' EXIT
cases=0

# plant FILE LINE... : a source file with its SPDX line
plant()
{
	local file=$tree/$1
	shift

	[[ -d ${file%/*} ]] || mkdir -p "${file%/*}"
	printf '%s\n' '/* SPDX-License-Identifier: BSD-3-Clause */' "$@" >"$file"
}

clean_tree()
{
	plant lib/lwkt/lwkt_cpu.h '#include <stdint.h>'
	plant lib/lwkt/lwkt_compat.h '#if RTE_VERSION < 1' '#endif'
	plant lib/lwkt/cpu_pvt.h '#include <rte_ring.h>'
	plant lib/lwkt/cpu.c '#include "cpu_pvt.h"' '#include <rte_ring_elem.h>'
	plant lib/msgport/lwkt_msgport.h '#include <lwkt_cpu.h>'
	plant lib/msgport/msgport_pvt.h
	plant lib/msgport/port.c '#include "msgport_pvt.h"' '# include <lwkt_cpu.h>'
	plant lib/dispatch/lwkt_stage.h '#include <lwkt_msgport.h>'
	plant lib/dispatch/stage_pvt.h
	plant lib/dispatch/loop.c '#include "stage_pvt.h"'
	plant lib/stages/lwkt_ethdev.h '#include <lwkt_stage.h>'
	plant lib/stages/rx.c '#include <rte_ethdev.h>' '#include "lwkt_ethdev.h"'
	plant lib/plan/lwkt_plan.h '#include <lwkt_ethdev.h>'
	plant lib/plan/load.c '#include <yaml.h>' '#include <rte_ethdev.h>' '#include "lwkt_plan.h"'
	plant apps/bench/raw.c '#include <rte_ring.h>' '#include <lwkt_msgport.h>' '#include "bench.h"'
	plant apps/bench/bench.h
	plant apps/l2fwd-lwkt/main.c '#include <rte_ethdev.h>' '#include "own_pvt.h"'
	plant apps/l2fwd-lwkt/own_pvt.h
	plant tests/unit/t.c '#include <cpu_pvt.h>' '#include <rte_ring.h>' '#include <rte_ethdev.h>'
	plant lib/lwkt/a_pvt.h 'static inline int' 'inl(void)' '{' '	return b_do();' '}'
	plant lib/lwkt/a.c 'static int' 'b_only(struct b_do *b)' '{' '	return b == 0; /* b_do() */' '}' '' \
		'int' 'a_do(void)' '{' '	return b_only(0);' '}'
	plant lib/lwkt/b.c 'int' 'b_do(void)' '{' '	return c_do();' '}'
	plant lib/lwkt/c.c 'int' 'c_do(void)' '{' '	return a_do() + a_data[0];' '}'
	plant build/x.c '#include <rte_ring.h>'
}

# expect RULE FILE [LINE...] : with that file planted the only offence is against RULE, in FILE
expect()
{
	local rule=$1 file=$2 output
	shift

	rm -rf "$tree"
	cp -r "$tree.clean" "$tree"
	plant "$@"
	[[ $rule != spdx ]] || sed -i 1d "$tree/$file"
	if output=$("$check" "$tree"); then
		printf 'check_layers.sh: no %s offence found in %s\n' "$rule" "$file" >&2
		exit 1
	fi
	if [[ $output != "$file"*": $rule: "*$'\ncheck-layers: 1 offences' ]]; then
		printf 'check_layers.sh: wanted one %s offence in %s, got:\n%s\n' "$rule" "$file" "$output" >&2
		exit 1
	fi
	cases=$((cases + 1))
}

clean_tree
cp -r "$tree" "$tree.clean"
"$check" "$tree" >"$tree.out" || {
	cat "$tree.out" >&2
	rm -f "$tree.out"
	exit 1
}
rm -f "$tree.out"

expect up lib/lwkt/up.c '#include <lwkt_msgport.h>'
expect up lib/lwkt/up.c '#include <lwkt_stage.h>'
expect up lib/msgport/up.h '#  include "lwkt_stage.h"'
expect up lib/dispatch/up.c '#include <lwkt_ethdev.h>'
expect up lib/dispatch/up.c '#include <lwkt_plan.h>'
expect up lib/stages/up.c '#include <lwkt_plan.h>'
expect private lib/stages/peek.c '#include "stage_pvt.h"'
expect private lib/dispatch/peek.c '#include "msgport_pvt.h"'
expect private lib/msgport/peek.c '#include "../lwkt/cpu_pvt.h"'
expect private apps/l2fwd-lwkt/peek.c '#include <stage_pvt.h>'
expect private examples/peek.c '#include "cpu_pvt.h"'
expect ring lib/msgport/ring.c '#include <rte_ring.h>'
expect ring lib/dispatch/ring.h '#include <rte_ring_elem.h>'
expect ring apps/l2fwd-lwkt/ring.c '#include <rte_ring.h>'
expect ring examples/ring.c '#include <rte_ring.h>'
expect ethdev lib/lwkt/eth.c '#include <rte_ethdev.h>'
expect ethdev lib/msgport/eth.h '#include <rte_ethdev.h>'
expect ethdev lib/dispatch/eth.c '#include <rte_ethdev.h>'
expect yaml lib/stages/yaml.c '#include <yaml.h>'
expect yaml apps/l2fwd-lwkt/yaml.c '#include <yaml.h>'
expect ring lib/plan/ring.c '#include <rte_ring.h>'
expect ethdev examples/eth.c '#include <rte_eth_ring.h>'
expect version lib/lwkt/cpu.c '#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)' '#endif'
expect version apps/bench/raw.c '#if RTE_VERSION' '#endif'
# b.c needs c.c, and c.c a.c, which closes the circle if it needs b.c, by an inline function here.
expect circle lib/lwkt/a.c 'int' 'a_do(void)' '{' '	return inl();' '}'
expect circle lib/lwkt/a.c 'int a_data[4] = {0};' '' 'int' 'a_too(void)' '{' '	return inl();' '}'
expect spdx lib/lwkt/naked.c 'int naked;'
expect spdx scripts/naked.sh 'true'
printf 'check-layers: %d planted offences found, none in the clean tree\n' "$cases"
