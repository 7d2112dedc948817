#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# nightly.sh: the hunts that take too long for .ci/run.
#
#   scripts/nightly.sh [HUNT]...      all of them, or these:
#
#   soak      10 minutes of random traffic, moves, signals, flaps and statistics together
#   random    1,000 random pipelines of every kind, under AddressSanitizer
#   api       random calls by CPUs, pthreads and LWKT threads, 50 seeds, under ThreadSanitizer
#   alloc     each allocation and each thread that a start asks for fails, with every shipped file
#   fuzz      each fuzzer, 2,000,000 inputs
#   mutants   every planted fault has to be found
#   models    the same for the Spin models
#   tests     all tests of all builds, the long ones too, and a build without precompiled headers
#
# Runs as root, at low priority. Goes on after a hunt that found something; exit code 1 then.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

no_options "$@"
all=(soak random api alloc fuzz mutants models tests)
hunts=("$@")
(($# > 0)) || hunts=("${all[@]}")

# hunt NAME : its command
hunt()
{
	local program=build/gcc/apps/l2fwd-lwkt/lwkt-l2fwd

	case $1 in
	soak) nice bash tests/smoke/l2fwd_soak.sh "$program" 600 "$RANDOM" ;;
	random) nice python3 tests/smoke/l2fwd_random.py build/asan/apps/l2fwd-lwkt/lwkt-l2fwd 1000 "$((RANDOM * 1000))" ;;
	api)
		for _ in {1..50}; do # the clock is the seed
			nice build/tsan/tests/stress/test_stress -j1 --filter 'stress_*/*' || return 1
		done
		;;
	alloc) nice bash tests/smoke/l2fwd_alloc.sh "$program" build/gcc/tests/smoke/libfail_alloc.so configs ;;
	fuzz)
		local source
		for source in tests/fuzz/fuzz_*.c; do
			source=${source##*/fuzz_}
			nice bash scripts/fuzz.sh "${source%.c}" 2000000 || return 1
		done
		;;
	mutants) nice bash scripts/mutants.sh ;;
	models) nice bash tests/models/run.sh ;;
	tests)
		local build
		for build in gcc clang asan tsan; do
			nice bash scripts/test.sh --build "$build" || return 1
		done
		for build in build/tsan/tests/unit/*/test_*; do # those too that start no threads
			[[ -d $build ]] || nice "$build" || return 1
		done
		nice bash scripts/test.sh --build plain --list >/dev/null
		;;
	*) usage_error "no hunt named '$1'; there are: ${all[*]}" ;;
	esac
}

found=()
need_packages build test clang
for build in gcc asan tsan; do
	bash scripts/test.sh --build "$build" --list >/dev/null
done
for name in "${hunts[@]}"; do
	step "Nightly: $name"
	hunt "$name" </dev/null || found+=("$name")
done
if ((${#found[@]} > 0)); then
	printf 'found something: %s\n' "${found[*]}"
	exit 1
fi
echo "nothing found"
