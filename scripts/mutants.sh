#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Do the tests notice when lib/ is wrong? Each tests/mutants/*.patch plants one fault; each must make
# a test fail. Works on a copy of the tree. On demand, not in CI: half an hour.
# scripts/contract-tests.py says which contract statement has which tests and mutants.
#
# A patch opens with lines that say what it is for:
#   Why: NUMBER[, NUMBER...]: the contract statements that it breaks, and how
#   Test: PROGRAM [FILTER]    what must fail (test_PROGRAM, a Criterion filter); several: each of
#                             them. lockstep[_many] OPTIONS: tests/sim
#   Build: debug|release|tsan|asan    debug (the default) has the invariants
#   Limit: SECONDS            who runs longer has failed, without the fault too; the default is 120
#
# Usage: scripts/mutants.sh [--check] [NAME...]     NAME: of a patch, without .patch; default: all
#   --check            say only whether the patches apply to the tree; a second or two
#   MUTANTS_DIR=DIR    where the copy and its builds go and stay; default: a temporary directory
# Exit: 0 all were caught, 1 not all, 2 the tests fail without a mutant or nothing can be built.
set -u
. "$(dirname "$0")/lib.sh"

top=$LWKT_ROOT
verb=try
if [ "${1:-}" = --check ]; then
	verb=check
	shift
fi
need_packages build test
work=${MUTANTS_DIR:-$(mktemp -d)} || exit 2
[ -n "${MUTANTS_DIR:-}" ] || trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# field PATCH NAME: the values of its opening lines
field() {
	sed -n "/^---/q; s/^$2: //p" "$1"
}

build_of() {
	local build

	build=$(field "$1" Build)
	echo "${build:-debug}"
}

limit_of() {
	local limit

	limit=$(field "$1" Limit)
	echo "${limit:-120}"
}

# What has not changed keeps its time, and so stays built.
copy_tree() {
	local file

	rm -rf "$work/new" && mkdir -p "$work/src" "$work/new" || return 1
	tar -C "$top" --exclude=.git --exclude='./build*' -cf - . | tar -C "$work/new" -xf - || return 1
	(cd "$work/src" && find . -type f) | while read -r file; do
		[ -e "$work/new/$file" ] || rm -f "$work/src/$file"
	done
	(cd "$work/new" && find . -type f) | while read -r file; do
		cmp -s "$work/new/$file" "$work/src/$file" ||
			install -D -m "$(stat -c %a "$work/new/$file")" "$work/new/$file" "$work/src/$file"
	done
	rm -rf "$work/new"
}

# prepare BUILD: configure it once
prepare() {
	local args=(-Dbuildtype=debug)

	[ ! -f "$work/$1/build.ninja" ] || return 0
	case $1 in
	debug) ;;
	release) args=(-Dbuildtype=release) ;;
	tsan) args+=(-Db_sanitize=thread -Db_lundef=false) ;;
	asan) args+=('-Db_sanitize=address,undefined' -Db_lundef=false) ;;
	*) return 1 ;;
	esac
	meson setup "${args[@]}" "$work/$1" "$work/src" >"$work/log" 2>&1
}

# compile BUILD PROGRAM
compile() {
	local target=test_$2

	[[ $2 != lockstep* ]] || target=$2
	prepare "$1" && meson compile -C "$work/$1" "$target" </dev/null >"$work/log" 2>&1
}

# run LIMIT BUILD PROGRAM [FILTER]
run() {
	local program args=(-j2)

	if [[ $3 == lockstep* ]]; then # and the filter is its options
		# shellcheck disable=SC2086
		timeout -k 5 "$1" "$work/$2/tests/sim/$3" ${4:-} </dev/null >"$work/log" 2>&1
		return
	fi
	program=$(find "$work/$2/tests" -type f -name "test_$3" -perm -u+x | head -1)
	[ "$3" != stress ] || args=(-j1)
	[ -z "${4:-}" ] || args+=(--filter "$4")
	timeout -k 5 "$1" "$program" "${args[@]}" </dev/null >"$work/log" 2>&1
}

# clean LIMIT BUILD PROGRAM [FILTER]: without a mutant it passes; asked once each
declare -A is_clean
clean() {
	local key="$*"

	if [ -z "${is_clean[$key]:-}" ]; then
		if compile "$2" "$3" && run "$@" && grep -q 'Tested: [1-9]\|passed, 0 failed' "$work/log"; then
			is_clean[$key]=yes
		else
			is_clean[$key]=no
			tail -20 "$work/log"
		fi
	fi
	[ "${is_clean[$key]}" = yes ]
}

# clean_all PATCH: what it names passes; $outcome says what does not
clean_all() {
	local build program filter limit

	build=$(build_of "$1")
	limit=$(limit_of "$1")
	while read -r program filter; do
		clean "$limit" "$build" "$program" ${filter:+"$filter"} || {
			outcome="not tried: $program $filter does not pass as it is"
			return 1
		}
	done < <(field "$1" Test)
}

# try PATCH: what it led to is in $outcome; returns whether it was caught
outcome=
try() {
	local build program filter limit failing='' started=$SECONDS

	clean_all "$1" || return 1
	build=$(build_of "$1")
	limit=$(limit_of "$1")
	patch -s -d "$work/src" -p1 <"$1" >"$work/log" 2>&1 || {
		outcome="the patch does not apply"
		find "$work/src/lib" -name '*.rej' -delete
		return 1
	}
	outcome=caught
	while read -r program filter && [ "$outcome" = caught ]; do
		if ! compile "$build" "$program"; then
			outcome="does not build"
		elif run "$limit" "$build" "$program" ${filter:+"$filter"}; then
			outcome="survived $program $filter"
		else
			filter=$(sed 's/\x1b\[[0-9;]*m//g' "$work/log" |
				sed -n 's/^\[FAIL\] \([^:]*::[^:]*\):.*/\1/p' | sort -u | head -1)
			failing="$failing, ${filter:-timeout or exit code}"
		fi
	done < <(field "$1" Test)
	patch -s -R -d "$work/src" -p1 <"$1"
	[ "$outcome" = caught ] || return 1
	outcome="$((SECONDS - started)) s$failing"
}

# check PATCH: does it apply?
check() {
	outcome=applies
	patch --dry-run -s -f -d "$top" -p1 <"$1" >"$work/log" 2>&1 && return
	outcome="the patch does not apply"
	return 1
}

if [ $# -eq 0 ]; then
	for patch in "$top"/tests/mutants/*.patch; do
		set -- "$@" "$(basename "$patch" .patch)"
	done
fi
if [ "$verb" = try ]; then
	copy_tree || exit 2
	# First what needs no patch, so that each build is made once without one.
	for name; do
		clean_all "$top/tests/mutants/$name.patch"
	done
fi
for name; do
	patch=$top/tests/mutants/$name.patch
	if $verb "$patch"; then
		printf 'ok   %-24s %s\n' "$name" "$outcome"
		passed=$((passed + 1))
	else
		printf 'FAIL %-24s %s\n     %s\n' "$name" "$outcome" "$(field "$patch" Why)"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
