#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# check-layers.sh: does the tree keep to its layers? (docs/internals/architecture.md)
#
#   scripts/check-layers.sh [DIR]
#
#   up        an include goes up: lib/lwkt -> lib/msgport -> lib/dispatch -> programs
#   private   a *_pvt.h crosses a layer, or a program or example uses one of the library's
#   ring      rte_ring outside of lib/lwkt; apps/bench and tests may, for raw loops beside ours
#   ethdev    rte_ethdev outside of lib/dispatch, apps and tests
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

# layer FILE : lwkt, msgport, dispatch; apps/NAME, examples or tests above them
layer()
{
	case $1 in
	lib/*/*) local rest=${1#lib/} && printf '%s\n' "${rest%%/*}" ;;
	apps/*/*) local rest=${1#apps/} && printf '%s\n' "apps/${rest%%/*}" ;;
	*) printf '%s\n' "${1%%/*}" ;;
	esac
}

height()
{
	case $1 in
	lwkt) echo 1 ;;
	msgport) echo 2 ;;
	dispatch) echo 3 ;;
	*) echo 4 ;;
	esac
}

learn_headers()
{
	local file

	while read -r file; do
		layer_of_header[${file##*/}]=$(layer "$file")
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
		[[ $from =~ ^(dispatch|apps/.*|tests)$ ]] ||
			offence "$where" ethdev "$header belongs to lib/dispatch and apps"
		;;
	esac
	[[ -n $to && $to != "$from" ]] || return 0
	if (($(height "$to") > $(height "$from"))); then
		offence "$where" up "lib/$to/$header is above lib/$from"
	fi
	if [[ $header == *_pvt.h && $from != tests ]]; then
		offence "$where" private "$header is private to lib/$to"
	fi
}

check_includes()
{
	local file line header from

	while read -r file; do
		from=$(layer "$file")
		while IFS=: read -r line header; do
			check_include "$file:$line" "$from" "$header"
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
