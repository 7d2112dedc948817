# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# bash completion for lwkt-l2fwd. Options and their words come from the program's --help, so that
# they are those of the program that is there.

# The options of a help text, one a line with what stands behind it: "--mode rtc|pipeline".
_lwkt_l2fwd_options()
{
	"$@" 2>/dev/null | awk '/^ +--?[A-Za-z]/ {
		n = 0
		sub(/^ +/, "")
		while (match($0, /^--?[A-Za-z][A-Za-z0-9-]*/)) {
			name[n++] = substr($0, 1, RLENGTH)
			$0 = substr($0, RLENGTH + 1)
			if (!sub(/^, /, ""))
				break
		}
		value = $0 ~ /^[ =][^ ]/ ? substr($0, 2) : ""
		sub(/ .*/, "", value)
		while (n > 0)
			print name[--n], value
	}'
}

# _lwkt_l2fwd_value CUR WORD: what may stand for WORD of a help text, such as FILE or rtc|pipeline
_lwkt_l2fwd_value()
{
	case $2 in
	FILE)
		mapfile -t COMPREPLY < <(compgen -f -- "$1")
		compopt -o filenames 2>/dev/null
		;;
	*\|*) mapfile -t COMPREPLY < <(compgen -W "${2//|/ }" -- "$1") ;;
	esac
}

_lwkt_l2fwd()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} ours=no options value i

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} != -- ]] || ours=yes
	done
	options=$(_lwkt_l2fwd_options "${COMP_WORDS[0]}" --help)
	if [[ $ours == no ]]; then # EAL's; its help has ours too
		options=$(grep -vFxe "$options" <(_lwkt_l2fwd_options "${COMP_WORDS[0]}" --help --)
			printf '%s\n' --help --version)
	fi
	if [[ $prev == = ]] && ((COMP_CWORD > 1)); then # readline has split --mode=rtc
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	value=$(awk -v option="$prev" '$1 == option { print $2; exit }' <<<"$options")
	if [[ -n $value ]]; then
		_lwkt_l2fwd_value "${cur#=}" "$value"
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$(awk '{ print $1 }' <<<"$options") --" -- "$cur")
}

complete -F _lwkt_l2fwd lwkt-l2fwd
