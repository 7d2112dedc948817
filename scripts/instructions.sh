#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# instructions.sh: instructions of each step of a hop per message, and of pipelines per packet, counted
# by callgrind.
#
#   scripts/instructions.sh [--update] [--known FILE] [--counts FILE | PROGRAM...]
#
#   --update       write the file of known counts anew
#   --known FILE   which that is; default: docs/internals/instructions.txt
#   --counts FILE  take the counts from there, a file as --update writes it, and run nothing
#   PROGRAM        tests/instructions/hops and pipes; default: those of build/gcc, which
#                  scripts/test.sh makes
#
# Prints step, instructions and the known count. Counts do not depend on the machine's
# speed or load, but on the compiler: compare what Debian 12's gcc made, in a release build.
# Exit code 0; 1 if a step grew by more than 5 %, is new or is missing.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

known=$LWKT_ROOT/docs/internals/instructions.txt
programs=()
counts=
update=no
while (($#)); do
	case $1 in
	--update) update=yes ;;
	--known) need_value "$@" && known=$2 && shift ;;
	--counts) need_value "$@" && counts=$2 && shift ;;
	-h | --help) show_help && exit 0 ;;
	-*) usage_error "unknown option '$1'" ;;
	*) programs+=("$1") ;;
	esac
	shift
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# count STEP MESSAGES : a line "STEP INSTRUCTIONS", of the dump that was made under that name
count()
{
	local dump

	dump=$(grep -lFx "desc: Trigger: Client Request: $1" "$tmp"/out.*) || die "no dump of $1"
	awk -v name="$1" -v n="$2" '/^(totals|summary):/ { sum = $2 }
		END { printf "%s %.1f\n", name, sum / n }' "$dump"
}

# run PROGRAM LCORES : the counts of its steps. Lcores may share a processor: one thread plays them all.
run()
{
	[[ -x $1 ]] || die "no program $1; scripts/test.sh --build gcc makes it"
	valgrind --tool=callgrind --collect-atstart=no --callgrind-out-file="$tmp/out" \
		"$1" --no-huge -m 64 --no-pci --no-shconf --no-telemetry --log-level=4 \
		--lcores "$(lcores "$2")" >"$tmp/steps" 2>"$tmp/log" || {
		tail -n 20 "$tmp/log" >&2
		die "$1 failed under valgrind; its log is above"
	}
	while read -r step messages; do
		count "$step" "$messages"
	done <"$tmp/steps"
	rm -f "$tmp"/out.*
}

if [[ -n $counts ]]; then
	grep -v '^#' "$counts" >"$tmp/counts" || die "no counts in $counts"
else
	command -v valgrind >/dev/null || die "no valgrind; apt-get install valgrind"
	((${#programs[@]} > 0)) || programs=("$LWKT_ROOT"/build/gcc/tests/instructions/{hops,pipes})
	for program in "${programs[@]}"; do
		run "$program" "$([[ ${program##*/} == pipes ]] && echo 3 || echo 2)"
	done >"$tmp/counts"
fi

if [[ $update == yes ]]; then
	{
		printf '# Instructions of each step of a hop per message, of pipelines per packet: scripts/instructions.sh --update\n'
		printf '# (x86-64, gcc %s, release build)\n' "$(gcc -dumpfullversion)"
		cat "$tmp/counts"
	} >"$known"
	say "instructions.sh: wrote ${known#"$LWKT_ROOT"/}"
fi
awk -v most=1.05 '
	FNR == NR { if (!/^#/) old[$1] = $2; next }
	FNR == 1 { printf "%-28s %12s %8s\n", "step", "instructions", "known" }
	{
		verdict = ""
		if (!($1 in old)) verdict = "NEW"
		else if ($2 > old[$1] * most) verdict = "GREW by " sprintf("%.0f %%", ($2 / old[$1] - 1) * 100)
		printf "%-28s %12s %8s%s\n", $1, $2, old[$1], verdict == "" ? "" : "  " verdict
		bad += verdict != ""
		delete old[$1]
	}
	END { for (step in old) { printf "%-28s MISSING\n", step; bad++ }; exit bad > 0 }
' "$known" "$tmp/counts" || {
	say "If that is meant: scripts/instructions.sh --update, and say why in the commit"
	exit 1
}
