# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# bash completion for lwkt-ctl. Commands and options come from the program's --help, log types from
# the program that runs.

# _lwkt_ctl_help SECTION: the first words of its lines
_lwkt_ctl_help()
{
	"${COMP_WORDS[0]}" --help 2>/dev/null |
		awk -v section="$1:" '$0 == section { on = 1; next } /^[a-z]/ { on = 0 }
			on && /^  [^ ]/ { sub(/,$/, "", $1); print $1; if ($2 ~ /^--/) print $2 }'
}

_lwkt_ctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words

	COMPREPLY=()
	case $prev in
	--socket | --write | -w)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames 2>/dev/null
		return
		;;
	--stage)
		mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" stats 2>/dev/null |
			awk '/^stage /{ on = 1; next } /^lcore /{ on = 0 } on && /^[^ ]/{ print $1 }')" -- "$cur")
		return
		;;
	--timeout | --interval | --ethdev | --filter | --count | --seconds) return ;;
	esac
	if [[ $cur == -* ]]; then
		words=$(_lwkt_ctl_help options)
	elif [[ $prev == log ]]; then
		words=$("${COMP_WORDS[0]}" log 2>/dev/null | awk '{ print $1 }')
	elif ((COMP_CWORD > 2)) && [[ ${COMP_WORDS[COMP_CWORD - 2]} == log ]]; then
		words='error warning notice info debug'
	else
		words=$(_lwkt_ctl_help commands)
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _lwkt_ctl lwkt-ctl
