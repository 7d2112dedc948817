#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# check-format.sh: clang-format over all C, shellcheck over all scripts, codespell over all text.
#
#   scripts/check-format.sh [--fix] [DIR]
#
#   --fix   let clang-format rewrite the C files first
#
# Needs the packages of scripts/packages/check (installs them as root). Where there is no clang-format
# 14, C files are not looked at. Exit code 0 nothing found.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

fix=no
root=$LWKT_ROOT
while (($#)); do
	case $1 in
	--fix) fix=yes ;;
	-h | --help) show_help && exit 0 ;;
	-*) usage_error "unknown option '$1'" ;;
	*) root=$1 ;;
	esac
	shift
done
need_packages check
cd "$root"

# files FIND-EXPRESSION... : the project's own, without build trees
files()
{
	find . \( -path './build*' -o -path ./.git -o -path ./.cache \) -prune -o \
		-type f \( "$@" \) -print | sort
}

failed=()

# check NAME COMMAND... : on the files of standard input
check()
{
	local name=$1
	local -a list
	shift

	mapfile -t list
	if ((${#list[@]} > 0)) && ! "$@" "${list[@]}"; then
		failed+=("$name")
	fi
	say "check-format: $name: ${#list[@]} files"
}

if type -P clang-format-14 >/dev/null; then
	[[ $fix == no ]] || files -name '*.[ch]' | xargs -r clang-format-14 -i
	check clang-format clang-format-14 --style=file --dry-run -Werror < <(files -name '*.[ch]')
else
	say "check-format: clang-format: SKIPPED, there is no clang-format-14"
fi
check shellcheck shellcheck -x < <(files -name '*.sh' -o -path ./.ci/run)
# The wrong pipeline files of the tests are misspelt on purpose.
check codespell codespell --ignore-words "$LWKT_ROOT/scripts/codespell-ignore" < <(files \
	-name '*.[ch]' -o -name '*.sh' -o -name '*.py' -o -name '*.md' -o -name '*.scd' \
	-o -name 'meson*' -o -name '*.yaml' -o -path ./.ci/run |
	grep -v '^./tests/unit/plan/bad/')

if ((${#failed[@]} > 0)); then
	die "failed: ${failed[*]} (scripts/check-format.sh --fix rewrites what clang-format found)"
fi
