# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Functions that the scripts share. Source it: . "$(dirname "$0")/lib.sh"

LWKT_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# -- messages ------------------------------------------------------------------------------------

if [[ -t 1 ]]; then
	LWKT_BOLD=$'\e[1m' LWKT_RESET=$'\e[0m'
else
	LWKT_BOLD='' LWKT_RESET=''
fi

# A headline: what comes next.
step()
{
	printf '\n%s==> %s%s\n' "$LWKT_BOLD" "$*" "$LWKT_RESET"
}

say()
{
	printf '%s\n' "$*"
}

# One line that names what is wrong and the fix, and the end.
die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# A wrong command line.
usage_error()
{
	printf '%s: %s (try --help)\n' "${0##*/}" "$*" >&2
	exit 2
}

# need_value OPTION [VALUE]... : the option's value is there
need_value()
{
	[[ -n ${2:-} ]] || usage_error "$1 needs a value"
}

# The comment at the top of the calling script is its help.
show_help()
{
	sed -n '/^#!/d; /^# SPDX/d; /^#/!q; s/^#$//; s/^# //; p' "$0" | sed '1{/^$/d}'
}

# no_options ARGUMENT... : for a script that has none but --help
no_options()
{
	case ${1:-} in
	-h | --help) show_help && exit 0 ;;
	-*) usage_error "unknown option '$1'" ;;
	esac
}

# -- packages ------------------------------------------------------------------------------------

# package_names LIST... : the packages in these lists of scripts/packages
package_names()
{
	local list

	for list in "$@"; do
		[[ -f $LWKT_ROOT/scripts/packages/$list ]] || die "no list scripts/packages/$list"
		sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$LWKT_ROOT/scripts/packages/$list"
	done | sort -u
}

# need_packages LIST... : install what is missing of these lists. Asks no server if nothing is.
need_packages()
{
	local -a wanted have missing
	local names log

	names=$(package_names "$@")
	mapfile -t wanted <<<"$names"
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		say "This is no Debian system; taking it that these are installed: ${wanted[*]}"
		return 0
	fi
	# shellcheck disable=SC2016 # the ${...} are dpkg-query's
	mapfile -t have < <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" \
		2>/dev/null | sed -n 's/^installed //p' | sort -u)
	mapfile -t missing < <(comm -23 <(printf '%s\n' "${wanted[@]}") <(printf '%s\n' "${have[@]}"))
	if ((${#missing[@]} == 0)); then
		return 0
	fi
	if ((EUID != 0)); then
		die "packages are missing and only root may install them:" \
			"apt-get install ${missing[*]}"
	fi

	step "Installing packages: ${missing[*]}"
	log=$(mktemp)
	if ! apt_get update >"$log" 2>&1 ||
		! apt_get install --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
		tail -n 15 "$log" >&2
		rm -f "$log"
		die "could not install packages (no network?); needed: apt-get install ${missing[*]}"
	fi
	rm -f "$log"
}

apt_get()
{
	DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 \
		-o Acquire::Retries=2 "$@" </dev/null
}

# -- build ---------------------------------------------------------------------------------------

# build_tree DIR [meson option]... : configure and compile into DIR; quiet unless it fails
build_tree()
{
	local dir=$1 log=$1.log
	local -a mode=()
	shift

	mkdir -p "$(dirname "$dir")"
	if [[ -f $dir/build.ninja ]]; then
		mode=(--reconfigure)
	elif [[ -d $dir/meson-private ]]; then
		rm -rf "$dir" # an earlier run was interrupted
	fi
	if ! meson setup "${mode[@]}" "$@" "$dir" "$LWKT_ROOT" >"$log" 2>&1 &&
		! meson setup --wipe "$@" "$dir" "$LWKT_ROOT" >"$log" 2>&1; then
		tail -n 15 "$log" >&2
		die "configuring $dir failed; the log is above and in $log"
	fi
	if ! ninja -C "$dir" >"$log" 2>&1; then
		tail -n 40 "$log" >&2
		die "building $dir failed; the log is above and in $log"
	fi
	grep -E 'warning:' "$log" || true
}

# -- processors ----------------------------------------------------------------------------------

# allowed_cpus : the CPUs this process may run on, one a line
allowed_cpus()
{
	local list part

	list=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)
	for part in ${list//,/ }; do
		seq "${part%-*}" "${part#*-}"
	done
}

# lcores N : EAL's --lcores for N lcores over the allowed CPUs, shared where there are too few
lcores()
{
	local -a cpus
	local i map=''

	mapfile -t cpus < <(allowed_cpus)
	for ((i = 0; i < $1; i++)); do
		map+="${map:+,}$i@${cpus[i % ${#cpus[@]}]}"
	done
	printf '%s\n' "$map"
}
