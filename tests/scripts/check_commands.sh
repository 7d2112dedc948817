#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# check_commands.sh: scripts/check-commands.py passes a small tree, and finds in it what is
# planted. Skipped where there is no shfmt.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
command -v shfmt >/dev/null || exit 77
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
# The tree itself: .ci/run layers.

fresh()
{
	rm -rf "${tree:?}"/*
	mkdir -p "$tree/scripts/packages"
	printf 'coreutils ls cat nice timeout fedora:coreutils arch:coreutils\n' >"$tree/scripts/packages/base"
	printf 'xz-utils xz fedora:xz arch:xz\n' >"$tree/scripts/packages/nic"
	printf 'gcc gcc pc:libdpdk fedora:gcc arch:gcc\n' >"$tree/scripts/packages/build"
	printf 'need_packages() { :; }\n' >"$tree/scripts/lib.sh"
	# shellcheck disable=SC2016 # a script
	printf '%s\n' 'mine() { cat; }' 'packages=(nic)' 'need_packages "${packages[@]}"' \
		'[[ -n $(timeout 5 xz -d) ]] && mine | ls' >"$tree/scripts/a.sh"
}

# expect LINE : the check fails and says so
expect()
{
	local output

	if output=$("$root/scripts/check-commands.py" "$tree"); then
		printf 'check_commands.sh: nothing found, but wanted: %s\n' "$1" >&2
		exit 1
	fi
	[[ $output == "$1"*$'\ncheck-commands: 1 offences' ]] || {
		printf 'check_commands.sh: wanted: %s, got:\n%s\n' "$1" "$output" >&2
		exit 1
	}
	fresh
}

fresh
"$root/scripts/check-commands.py" "$tree" >/dev/null
printf 'ls | patch -p1\n' >>"$tree/scripts/a.sh"
expect "scripts/a.sh:5: 'patch' is in no list"
printf 'gcc --version\n' >>"$tree/scripts/a.sh"
expect "scripts/a.sh:5: 'gcc' is in no list of scripts/packages that it asks for (base nic)"
printf 'timeout -k 5 10 nice patch\n' >"$tree/scripts/b.sh"
expect "scripts/b.sh:1: 'patch' is in no list"
printf "spin = find_program('spin', required: false)\n" >"$tree/meson.build"
expect "meson.build:1: 'spin' is in no list"
printf 'import subprocess\nsubprocess.run(["git", "log"])\n' >"$tree/scripts/a.py"
expect "scripts/a.py:2: 'git' is in no list"
printf 'jq jq fedora:jq\n' >>"$tree/scripts/packages/nic"
expect 'scripts/packages/nic:2: jq: what it gives'
printf 'jq fedora:jq arch:jq\n' >>"$tree/scripts/packages/nic"
expect 'scripts/packages/nic:2: jq: what it gives'
printf 'check-commands: each command that no list has is found\n'
