#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# need_packages.sh: need_packages goes on where the tools are, whoever put them there. Where they are
# not, it names the packages of the system and the command, or installs them. A system is a directory
# of commands here.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"
mkdir -p "$tree/scripts/packages"
cp "$root"/scripts/{lib,need-packages}.sh "$tree/scripts"
printf 'bash bash fedora:bash arch:bash\n' >"$tree/scripts/packages/base"
cat >"$tree/scripts/packages/some" <<'END'
# a comment
libthing-dev  pc:thing        fedora:thing-devel  arch:thing
zap-utils     zap zapd        fedora:zap          arch:zap-git
extra         extra optional  fedora:-            arch:extra
END
cat >"$tree/scripts/try.sh" <<'END'
. "$(dirname "$0")/lib.sh"
PATH=${PATH%%:*} # nothing of this machine's
need_packages some
say 'goes on'
END

# system COMMAND... : has these commands; each but pkg-config does nothing
system()
{
	local command

	rm -rf "$tree/system" "$tree/asked"
	mkdir "$tree/system"
	for command in bash sed sort mktemp tail rm dirname touch; do
		ln -s "$(type -P "$command")" "$tree/system"
	done
	for command; do
		printf '#!%s\n' "$(type -P bash)" >"$tree/system/$command"
		chmod +x "$tree/system/$command"
	done
}

# apt : the system has it, it knows 'extra' if that is an argument, and installs zap and zapd only
apt()
{
	system apt-get apt-cache pkg-config
	cat >>"$tree/system/apt-get" <<-END
		printf '%s\n' "\$*" >>"$tree/asked"
		[[ \$* != *install* ]] || { cd "$tree/system" && touch zap zapd && ${1:-:} && "$(type -P chmod)" +x *; }
	END
	printf 'exit %d\n' "${2:-100}" >>"$tree/system/apt-cache"
}

# expect EXITCODE TEXT... : each is in what it says. As an ordinary user if $as is a command for that.
as=()
expect()
{
	local wanted=$1 output status=0 text
	shift

	output=$(PATH=$tree/system "${as[@]}" "$(type -P bash)" "$tree/scripts/try.sh" 2>&1) || status=$?
	for text; do
		[[ $status == "$wanted" && $output == *"$text"* ]] || {
			printf 'need_packages.sh: wanted exit code %d and "%s", got %d:\n%s\n' "$wanted" "$text" \
				"$status" "$output" >&2
			exit 1
		}
	done
}

((EUID != 0)) || as=("$(type -P setpriv)" --reuid=65534 --regid=65534 --clear-groups)
system pkg-config zap zapd extra
expect 0 'goes on'
system pkg-config zap zapd
expect 0 'left out: extra (Debian: extra; Fedora: ; Arch: extra)' 'goes on'
system pkg-config zap extra
expect 1 'not there: zapd; Debian: zap-utils; Fedora: zap; Arch: zap-git'
system zap zapd dnf extra
expect 1 'not there: pc:thing; sudo dnf install thing-devel'
system pacman
expect 1 'not there: pc:thing zap; sudo pacman -S --needed thing zap-git'
system pkg-config apt-get apt-cache extra
expect 1 'not there: zap; sudo apt-get install zap-utils'
[[ ! -e $tree/asked ]]
if ((EUID == 0)); then
	as=()
	apt
	expect 0 'Installing packages: zap-utils' 'left out: extra' 'goes on'
	expect 0 'goes on' # extra is not there, and apt does not know it: no server is asked
	[[ $(wc -l <"$tree/asked") == 2 ]]
	apt 'touch extra' 0
	expect 0 'Installing packages: extra zap-utils'
	apt false
	expect 1 'could not install packages'
fi
printf 'need_packages: goes on where the tools are, else names or installs the packages\n'
