# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Functions that the scripts share. Source it: . "$(dirname "$0")/lib.sh"

# -- environment ---------------------------------------------------------------------------------

# What is built and tested is the tree's, not the caller's: of their environment only this stays. CC,
# CFLAGS, LD_PRELOAD, LD_LIBRARY_PATH, PKG_CONFIG_PATH, DESTDIR, MESON*, XDG_*, LC_*, functions and all
# else go. Commands of the administrator's directories are found without being one.
clean_environment()
{
	local name

	for name in $(compgen -e); do
		case $name in
		PATH | HOME | USER | LOGNAME | SHELL | TERM | TMPDIR | PWD) ;;
		CI | CCACHE_DIR | MUTANTS_DIR | LWKT_BUILD | DPDK_TESTPMD) ;;
		[Hh][Tt][Tt][Pp]_[Pp][Rr][Oo][Xx][Yy] | [Hh][Tt][Tt][Pp][Ss]_[Pp][Rr][Oo][Xx][Yy]) ;; # apt's
		SHELLOPTS | BASHOPTS) export -n "${name?}" ;; # which bash does not unset
		*) unset "$name" ;;
		esac
	done
	while read -r _ _ name; do
		unset -f "$name"
	done < <(declare -Fx)
	PATH=$PATH:/usr/sbin:/sbin
}

clean_environment
LWKT_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$LWKT_ROOT/scripts/need-packages.sh"

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

# -- build ---------------------------------------------------------------------------------------

# build_targets DIR : which targets build_tree compiles; nothing: all. A script may have one of its own.
build_targets()
{
	:
}

# build_tree DIR [meson option]... : configure and compile into DIR; quiet unless it fails
build_tree()
{
	local dir=$1 log=$1.log
	local -a again=()
	shift

	if ! mkdir -p "$dir" 2>/dev/null || [[ ! -w $dir || ! -w ${dir%/*} ]]; then
		die "no right to write into $dir; with --build-dir name a directory of your own," \
			"or clone the tree for yourself"
	fi
	if [[ -f $dir/build.ninja ]]; then
		again=(--reconfigure)
	elif [[ -d $dir/meson-private ]]; then
		rm -rf "$dir" # an earlier run was interrupted
	fi
	# What an older tree was configured with may be in the way; a new one says itself what is wrong.
	if ! meson setup "${again[@]}" "$@" "$dir" "$LWKT_ROOT" >"$log" 2>&1 &&
		! { ((${#again[@]} > 0)) && meson setup --wipe "$@" "$dir" "$LWKT_ROOT" >"$log" 2>&1; }; then
		tail -n 15 "$log" >&2
		die "configuring $dir failed; the log is above and in $log"
	fi
	# shellcheck disable=SC2046 # a target a word
	if ! ninja -C "$dir" $(build_targets "$dir") >"$log" 2>&1; then
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
