#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# instructions.sh: instructions per message of each step of a hop, counted by callgrind.
#
#   scripts/instructions.sh [--update] [--known FILE] [PROGRAM]
#
#   --update       write the file of known counts anew
#   --known FILE   which that is; default: docs/instructions.txt
#   PROGRAM        tests/instructions/hops; default: of build/gcc, which scripts/test.sh makes
#
# Prints step, instructions and the known count. Counts do not depend on the machine's
# speed or load, but on the compiler: compare what Debian 12's gcc made, in a release build.
# Exit code 0; 1 if a step grew by more than 5 %, is new or is missing.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

known=$LWKT_ROOT/docs/instructions.txt
program=$LWKT_ROOT/build/gcc/tests/instructions/hops
update=no
while (($#)); do
	case $1 in
	--update) update=yes ;;
	--known) need_value "$@" && known=$2 && shift ;;
	-h | --help) show_help && exit 0 ;;
	-*) usage_error "unknown option '$1'" ;;
	*) program=$1 ;;
	esac
	shift
done
command -v valgrind >/dev/null || die "no valgrind; apt-get install valgrind"
[[ -x $program ]] || die "no program $program; scripts/test.sh --build gcc makes it"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# The main lcore and the worker, who sleeps, may share a processor.
valgrind --tool=callgrind --collect-atstart=no --callgrind-out-file="$tmp/out" \
	"$program" --no-huge -m 64 --no-pci --no-shconf --no-telemetry --log-level=4 \
	--lcores "$(lcores 2)" >"$tmp/steps" 2>"$tmp/log" || {
	tail -n 20 "$tmp/log" >&2
	die "$program failed under valgrind; its log is above"
}

# count STEP MESSAGES : a line "STEP INSTRUCTIONS", of the dump that was made under that name
count()
{
	local dump

	dump=$(grep -lFx "desc: Trigger: Client Request: $1" "$tmp"/out.*) || die "no dump of $1"
	awk -v name="$1" -v n="$2" '/^(totals|summary):/ { sum = $2 }
		END { printf "%s %.1f\n", name, sum / n }' "$dump"
}

while read -r step messages; do
	count "$step" "$messages"
done <"$tmp/steps" >"$tmp/counts"

if [[ $update == yes ]]; then
	{
		printf '# Instructions per message of each step of a hop: scripts/instructions.sh --update\n'
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
	say "If that is meant: scripts/instructions.sh --update ${program#"$LWKT_ROOT"/}, and say why in" \
		"the commit"
	exit 1
}
