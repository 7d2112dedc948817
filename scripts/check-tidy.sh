#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# check-tidy.sh: clang-tidy over the C files of lib and apps, with .clang-tidy.
#
#   scripts/check-tidy.sh [FILE]...
#
# Uses the compile commands of build/tidy, a build with clang. Exit code 0 nothing found.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

no_options "$@"
need_packages build clang tidy
build=$LWKT_ROOT/build/tidy
CC=clang build_tree "$build" --buildtype=debug -Dtests=false
cd "$LWKT_ROOT"
files=("$@")
((${#files[@]} > 0)) || mapfile -t files < <(
	sed -n 's,.*"file": "\(\.\./\)*\(.*\)".*,\2,p' "$build/compile_commands.json" | sort -u)
printf '%s\0' "${files[@]}" |
	xargs -0 -n 4 -P "$(nproc)" clang-tidy -p "$build" --quiet --warnings-as-errors='*' 2>/dev/null
say "check-tidy: ${#files[@]} files, nothing found"
