#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# test.sh: install what the tests need (Debian, as root), build, run all tests. With the packages
# there it needs no root; tests that do are skipped then.
#
#   scripts/test.sh [--build NAME] [--build-dir DIR] [--werror] [--needed] [--suite NAME] [--list] [TEST]...
#
#   --build gcc     release build with gcc (the default)
#   --build clang   the same with clang
#   --build asan    debug build under AddressSanitizer and UndefinedBehaviorSanitizer
#   --build tsan    optimised build under ThreadSanitizer, invariants on
#   --build static  release build with DPDK linked statically; of the tests, those of programs
#   --build plain   as gcc, without precompiled headers, so that no file relies on them
#   --build-dir DIR build there, not in build/NAME
#   --werror        warnings are errors; so it is where CI is set
#   --needed        build what the named suites and tests need, no more
#   --suite NAME    run this suite only: unit, smoke, traffic, once, scripts, ...
#   --list          build, then list the tests
#   TEST            run only these, as meson test names them
#
# Ends with 'N passed, N failed' over all cases; exit code 0 only if
# nothing failed.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

name=gcc
build=''
list=no
sparing=no
options=()
tests=()
[[ -z ${CI:-} ]] || options+=(--werror)
while (($#)); do
	case $1 in
	--build) need_value "$@" && name=$2 && shift 2 ;;
	--build-dir) need_value "$@" && build=$2 && shift 2 ;;
	--werror) options+=(--werror) && shift ;;
	--suite) need_value "$@" && tests+=(--suite "$2") && shift 2 ;;
	--list) list=yes && shift ;;
	--needed) sparing=yes && shift ;;
	-h | --help) show_help && exit 0 ;;
	-*) usage_error "unknown option '$1'" ;;
	*) tests+=("$1") && shift ;;
	esac
done

packages=(build test)
case $name in
gcc)
	options+=(--buildtype=release)
	((${#tests[@]} > 0)) || packages+=(browser)
	;;
clang)
	options+=(--buildtype=release -Dinvariants_libs=false)
	packages+=(clang)
	;;
asan) options+=(--buildtype=debug '-Db_sanitize=address,undefined') ;;
tsan) options+=(--buildtype=debug -Doptimization=1 -Db_sanitize=thread -Dinvariants=true) ;;
plain) options+=(--buildtype=release -Db_pch=false -Dinvariants_libs=false) ;;
static) options+=(--buildtype=release -Dinvariants_libs=false -Ddpdk_static=true -Dtests=programs) ;;
*) usage_error "no build named '$name'" ;;
esac

need_packages "${packages[@]}"
if [[ $name == clang ]]; then
	export CC=clang
else
	export CC=gcc
fi
build=${build:-$LWKT_ROOT/build/$name}
build_targets()
{
	[[ $sparing == no ]] || python3 "$LWKT_ROOT/scripts/test-targets.py" "$1" "${tests[@]}"
}
step "Building ${build#"$LWKT_ROOT"/}"
build_tree "$build" "${options[@]}"

if [[ $list == yes ]]; then
	exec meson test -C "$build" --no-rebuild --list
fi

# The sanitizers' reports end a program with a code of their own; tests may look for it too.
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=0:second_deadlock_stack=1
wrap=()
if [[ $name == ?san ]] && (($(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0) > 28)) &&
	setarch "$(uname -m)" -R true 2>/dev/null; then
	# More randomness than the shadow memory of these compilers' sanitizers can take.
	wrap=(setarch "$(uname -m)" -R)
fi

step "Running the tests of ${build#"$LWKT_ROOT"/}"
log=$build/meson-logs/testlog.json
rm -f "$log"
status=0
"${wrap[@]}" meson test -C "$build" --no-rebuild "${tests[@]}" </dev/null || status=$?
exec python3 "$LWKT_ROOT/scripts/test-count.py" "$log" "$status"
