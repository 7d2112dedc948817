#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# check_format.sh: scripts/check-format.sh passes a small tidy tree, and says which of its checks
# failed where something is planted. Skipped where the tools are not installed.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
for tool in clang-format-14 shellcheck codespell; do
	command -v "$tool" >/dev/null || exit 77
done
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

tidy_tree()
{
	rm -rf "${tree:?}"/*
	cp "$root/.clang-format" "$tree"
	printf 'int\nmain(void)\n{\n\treturn 0;\n}\n' >"$tree/main.c"
	printf '#!/bin/bash\necho "%s"\n' "\$1" >"$tree/a.sh"
	printf 'All is well.\n' >"$tree/README.md"
}

# expect NAME : the check of that name fails, and no other
expect()
{
	local output

	if output=$("$root/scripts/check-format.sh" "$tree" 2>&1); then
		printf 'check_format.sh: %s does not fail\n' "$1" >&2
		exit 1
	fi
	[[ $output == *"failed: $1 ("* ]] || {
		printf 'check_format.sh: wanted %s to fail, got:\n%s\n' "$1" "$output" >&2
		exit 1
	}
}

tidy_tree
"$root/scripts/check-format.sh" "$tree" >/dev/null
printf 'int f(void){return 0;}\n' >>"$tree/main.c"
expect clang-format
"$root/scripts/check-format.sh" --fix "$tree" >/dev/null
tidy_tree
# shellcheck disable=SC2016 # planted
printf 'echo $1\n' >>"$tree/a.sh"
expect shellcheck
tidy_tree
printf 'It %s.\n' "$(rev <<<'sruccco')" >"$tree/README.md" # a misspelling
expect codespell
printf 'check-format: each of its checks fails where something is planted, and --fix repairs C\n'
