#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# check-layers.sh: does the tree keep to its layers? (docs/internals/architecture.md)
#
#   scripts/check-layers.sh [DIR]
#
#   up        an include goes up: lib/lwkt -> msgport -> dispatch -> stages -> plan -> programs
#   private   a *_pvt.h crosses a layer, or a program or example uses one of the library's
#   ring      rte_ring outside of lib/lwkt; apps/bench and tests may, for raw loops beside ours
#   ethdev    rte_ethdev outside of lib/stages, lib/plan, apps and tests
#   yaml      yaml.h outside of lib/plan; tests may
#   version   RTE_VERSION outside of lib/lwkt/lwkt_compat.h
#   spdx      a source file without SPDX line
#
# Prints a line for each offence, and its number last. Exit code 0 none, 1 some.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

no_options "$@"
cd "${1:-$LWKT_ROOT}"

offences=0
declare -A layer_of_header # lwkt_x.h -> its layer

offence()
{
	printf '%s: %s: %s\n' "$1" "$2" "$3"
	offences=$((offences + 1))
}

# sources PATTERN... : the project's files of these names, without build trees
sources()
{
	local -a match=()
	local pattern

	for pattern in "$@"; do
		match+=(${match[0]:+-o} -name "$pattern")
	done
	find . \( -path './build*' -o -path ./.git -o -path ./.cache \) -prune -o \
		-type f \( "${match[@]}" \) -print | sed 's,^\./,,' | sort
}

# layer_of FILE : sets layer: lwkt, msgport, dispatch, stages, plan; apps/NAME, examples or tests above
layer_of()
{
	layer=${1%%/*}
	case $1 in
	lib/*/*) layer=${1#lib/} layer=${layer%%/*} ;;
	apps/*/*) layer=${1#apps/} layer=apps/${layer%%/*} ;;
	esac
}

declare -A height=([lwkt]=1 [msgport]=2 [dispatch]=3 [stages]=4 [plan]=5) # all others are above

learn_headers()
{
	local file layer

	while read -r file; do
		layer_of "$file"
		layer_of_header[${file##*/}]=$layer
	done < <(sources '*.h' | grep '^lib/' || true)
}

# check_include WHERE LAYER HEADER
check_include()
{
	local where=$1 from=$2 header=${3##*/}
	local to=${layer_of_header[$header]:-}

	case $header in
	rte_ring*.h)
		[[ $from =~ ^(lwkt|apps/bench|tests)$ ]] ||
			offence "$where" ring "$header belongs to lib/lwkt"
		;;
	rte_ethdev*.h | rte_eth_*.h)
		[[ $from =~ ^(stages|plan|apps/.*|tests)$ ]] ||
			offence "$where" ethdev "$header belongs to lib/stages, lib/plan and apps"
		;;
	yaml.h)
		[[ $from =~ ^(plan|tests)$ ]] ||
			offence "$where" yaml "$header belongs to lib/plan"
		;;
	esac
	[[ -n $to && $to != "$from" ]] || return 0
	if ((${height[$to]:-6} > ${height[$from]:-6})); then
		offence "$where" up "lib/$to/$header is above lib/$from"
	fi
	if [[ $header == *_pvt.h && $from != tests ]]; then
		offence "$where" private "$header is private to lib/$to"
	fi
}

check_includes()
{
	local file line header layer

	while read -r file; do
		layer_of "$file"
		while IFS=: read -r line header; do
			check_include "$file:$line" "$layer" "$header"
		done < <(sed -nE '/^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]/{
			=; s/^[^<"]*[<"]([^>"]*).*/\1/p }' "$file" | paste -d: - -)
	done < <(sources '*.c' '*.h' '*.cc' '*.cpp')
}

check_version()
{
	local file line

	while IFS=: read -r file line _; do
		offence "$file:$line" version "RTE_VERSION belongs to lib/lwkt/lwkt_compat.h"
	done < <(sources '*.c' '*.h' | grep -v '^lib/lwkt/lwkt_compat.h$' |
		xargs -r grep -nHwE 'RTE_VERSION(_NUM)?|RTE_VER_YEAR' || true)
}

check_spdx()
{
	local file

	while read -r file; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: BSD-3-Clause' ||
			offence "$file" spdx "no 'SPDX-License-Identifier: BSD-3-Clause' in lines 1 to 3"
	done < <(sources '*.c' '*.h' '*.cc' '*.cpp' '*.sh' '*.py' '*.map' '*.yaml' '*.yml' \
		'meson.build' 'meson_options.txt' 'run')
}

learn_headers
check_includes
check_version
check_spdx
printf 'check-layers: %d offences\n' "$offences"
((offences == 0))
