# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# need_packages: what the lists of scripts/packages give is there, or is installed (Debian, as root).
# What is looked for are the tools themselves: who has them needs no root and no package manager.
# lib.sh sources this. How a line of a list reads is said in scripts/packages/base.

# package_lines LIST... : the lines of these lists and of base, without comments, each once
package_lines()
{
	local list

	for list in base "$@"; do
		[[ -f $LWKT_ROOT/scripts/packages/$list ]] || die "no list scripts/packages/$list"
		sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$LWKT_ROOT/scripts/packages/$list"
	done | sort -u
}

# package_name SYSTEM LINE : its name in debian, fedora or arch; '-' if it has none there
package_name()
{
	local word name=-

	for word in $2; do
		case $1:$word in
		debian:*) name=$word && break ;;
		fedora:fedora:* | arch:arch:*) name=${word#*:} ;;
		esac
	done
	printf '%s\n' "$name"
}

# is_given THING : a command, or what its prefix says
is_given()
{
	case $1 in
	pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
	py:*) /usr/bin/python3 -c "import ${1#py:}" 2>/dev/null ;;
	clang:*)
		clang "${1#clang:}" -x c -o /dev/null - 2>/dev/null <<<'int LLVMFuzzerTestOneInput(void) { return 0; }'
		;;
	file:*) [[ -e ${1#file:} ]] ;;
	*) type -P "$1" >/dev/null ;;
	esac
}

# lacking LINE : the first thing of the line that is not there; fails if all are
lacking()
{
	local word
	local -a words

	read -ra words <<<"$1"
	for word in "${words[@]:1}"; do
		case $word in
		optional | fedora:* | arch:*) ;;
		*) is_given "$word" || { printf '%s\n' "$word" && return 0; } ;;
		esac
	done
	return 1
}

# find_lacking LIST... : into the arrays lines, those of which something is not there, and things
find_lacking()
{
	local line thing

	lines=() things=()
	while read -r line; do
		if thing=$(lacking "$line"); then
			lines+=("$line")
			things+=("$thing")
		fi
	done < <(package_lines "$@")
}

# names_of SYSTEM LINE... : the packages, in one line
names_of()
{
	local system=$1 line name names=''
	shift

	for line; do
		name=$(package_name "$system" "$line")
		[[ $name == - || " $names " == *" $name "* ]] || names+="${names:+ }$name"
	done
	printf '%s\n' "$names"
}

# how_to_install LINE... : the command of this system, or the names where it is none of the three
how_to_install()
{
	local sudo=''

	((EUID == 0)) || sudo='sudo '
	if command -v apt-get >/dev/null; then
		say "${sudo}apt-get install $(names_of debian "$@")"
	elif command -v dnf >/dev/null; then
		say "${sudo}dnf install $(names_of fedora "$@")"
	elif command -v pacman >/dev/null; then
		say "${sudo}pacman -S --needed $(names_of arch "$@")"
	else
		say "Debian: $(names_of debian "$@"); Fedora: $(names_of fedora "$@"); Arch: $(names_of arch "$@")"
	fi
}

apt_get()
{
	DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 \
		-o Acquire::Retries=2 "$@" </dev/null
}

# is_optional LINE
is_optional()
{
	[[ " $1 " == *' optional '* ]]
}

# installable LINE... : the packages of these lines; what is optional only if apt knows it
installable()
{
	local line

	for line; do
		if ! is_optional "$line" || apt-cache show "${line%% *}" >/dev/null 2>&1; then
			printf '%s\n' "${line%% *}"
		fi
	done
}

# install_lacking LINE... : their packages. Asks no server where apt has none of them.
install_lacking()
{
	local log
	local -a wanted

	[[ -n $(installable "$@") ]] || return 0
	log=$(mktemp)
	if apt_get update >"$log" 2>&1 && mapfile -t wanted < <(installable "$@") &&
		step "Installing packages: ${wanted[*]}" &&
		apt_get install --no-install-recommends "${wanted[@]}" >"$log" 2>&1; then
		rm -f "$log"
		return 0
	fi
	tail -n 15 "$log" >&2
	rm -f "$log"
	die "could not install packages (no network?); needed: $(how_to_install "$@")"
}

# need_packages LIST... : all that these lists and base give is there. Asks no server if it is.
need_packages()
{
	local -a lines things needed=() missing=()
	local i

	find_lacking "$@"
	((${#lines[@]} > 0)) || return 0
	if ((EUID == 0)) && command -v apt-get >/dev/null; then
		install_lacking "${lines[@]}"
		find_lacking "$@"
	fi
	for i in "${!lines[@]}"; do
		if is_optional "${lines[i]}"; then
			say "not there, and what needs it is left out: ${things[i]} ($(how_to_install "${lines[i]}"))"
		else
			needed+=("${lines[i]}")
			missing+=("${things[i]}")
		fi
	done
	((${#needed[@]} == 0)) || die "not there: ${missing[*]}; $(how_to_install "${needed[@]}")"
}
