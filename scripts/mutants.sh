#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Do the tests notice when lib/ is wrong? Each tests/mutants/*.patch plants one fault; each must make
# a test fail. Works on a copy of the tree. On demand, not in CI: a few minutes.
#
# A patch opens with lines that say what it is for:
#   Why: the contract statement that it breaks, and how
#   Test: PROGRAM [FILTER]    what must fail (test_PROGRAM, a Criterion filter); several: any of them
#   Build: debug|tsan|asan    debug (the default) has the invariants
#
# Usage: scripts/mutants.sh [NAME...]     NAME: of a patch, without .patch; default: all
#   MUTANTS_DIR=DIR    where the copy and its builds go and stay; default: a temporary directory
# Exit: 0 all were caught, 1 not all, 2 the tests fail without a mutant or nothing can be built.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
work=${MUTANTS_DIR:-$(mktemp -d)} || exit 2
[ -n "${MUTANTS_DIR:-}" ] || trap 'rm -rf "$work"' EXIT
limit=120 # seconds for one test program: who hangs has failed
passed=0
failed=0

# field PATCH NAME: the values of its opening lines
field() {
	sed -n "/^---/q; s/^$2: //p" "$1"
}

copy_tree() {
	mkdir -p "$work/src" && tar -C "$top" --exclude=.git --exclude='build*' -cf - . |
		tar -C "$work/src" -xmf - # new times, so that nothing old stays built
}

# prepare BUILD: configure it once
prepare() {
	local args=(-Dbuildtype=debug)

	[ ! -f "$work/$1/build.ninja" ] || return 0
	case $1 in
	debug) ;;
	tsan) args+=(-Db_sanitize=thread -Db_lundef=false) ;;
	asan) args+=('-Db_sanitize=address,undefined' -Db_lundef=false) ;;
	*) return 1 ;;
	esac
	meson setup "${args[@]}" "$work/$1" "$work/src" >"$work/log" 2>&1
}

# compile BUILD PROGRAM
compile() {
	prepare "$1" && meson compile -C "$work/$1" "test_$2" </dev/null >"$work/log" 2>&1
}

# run BUILD PROGRAM [FILTER]
run() {
	local program args=(-j2)

	program=$(find "$work/$1/tests" -type f -name "test_$2" -perm -u+x | head -1)
	[ "$2" != stress ] || args=(-j1)
	[ -z "${3:-}" ] || args+=(--filter "$3")
	timeout -k 5 "$limit" "$program" "${args[@]}" </dev/null >"$work/log" 2>&1
}

# clean BUILD PROGRAM [FILTER]: without a mutant it passes; asked once each
declare -A is_clean
clean() {
	local key="$*"

	if [ -z "${is_clean[$key]:-}" ]; then
		if compile "$1" "$2" && run "$@" && grep -q 'Tested: [1-9]' "$work/log"; then
			is_clean[$key]=yes
		else
			is_clean[$key]=no
			tail -20 "$work/log"
		fi
	fi
	[ "${is_clean[$key]}" = yes ]
}

# try PATCH: what it led to is in $outcome; returns whether it was caught
outcome=
try() {
	local build program filter started=$SECONDS

	outcome=survived
	build=$(field "$1" Build)
	build=${build:-debug}
	while read -r program filter; do
		clean "$build" "$program" ${filter:+"$filter"} || {
			outcome="not tried: $program $filter does not pass as it is"
			return 1
		}
	done < <(field "$1" Test)
	patch -s -d "$work/src" -p1 <"$1" >"$work/log" 2>&1 || {
		outcome="the patch does not apply"
		find "$work/src/lib" -name '*.rej' -delete
		return 1
	}
	while read -r program filter && [ "$outcome" = survived ]; do
		if ! compile "$build" "$program"; then
			outcome="does not build"
		elif ! run "$build" "$program" ${filter:+"$filter"}; then
			outcome=caught
		fi
	done < <(field "$1" Test)
	patch -s -R -d "$work/src" -p1 <"$1"
	[ "$outcome" = caught ] || return 1
	filter=$(sed 's/\x1b\[[0-9;]*m//g' "$work/log" |
		sed -n 's/^\[FAIL\] \([^:]*::[^:]*\):.*/\1/p' | sort -u | head -1)
	outcome="$((SECONDS - started)) s, ${filter:-timeout or exit code}"
}

copy_tree || exit 2
if [ $# -eq 0 ]; then
	for patch in "$top"/tests/mutants/*.patch; do
		set -- "$@" "$(basename "$patch" .patch)"
	done
fi
for name; do
	patch=$top/tests/mutants/$name.patch
	if try "$patch"; then
		printf 'ok   %-24s %s\n' "$name" "$outcome"
		passed=$((passed + 1))
	else
		printf 'FAIL %-24s %s\n     %s\n' "$name" "$outcome" "$(field "$patch" Why)"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
