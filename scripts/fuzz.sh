#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# fuzz.sh: run a fuzzer for long, from its corpus in tests/fuzz/corpus.
#
#   scripts/fuzz.sh [NAME] [RUNS]
#
#   NAME   what tests/fuzz/fuzz_NAME.c fuzzes: flowhash (the default), config, options, rpc
#   RUNS   how many inputs; 10000000 by default
#
# Builds build/clang. Inputs that reach something new are kept in build/fuzz/NAME, one that fails is
# left there as crash-*; put it into the corpus with the fix. Runs at low priority. Exit code 0 if all
# runs were clean.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

no_options "$@"
name=${1:-flowhash}
runs=${2:-10000000}
(($# <= 2)) || usage_error "NAME and RUNS, no more"
[[ -f $LWKT_ROOT/tests/fuzz/fuzz_$name.c ]] || usage_error "no fuzzer '$name' in tests/fuzz"
[[ $runs =~ ^[0-9]+$ ]] || usage_error "RUNS is a number, not '$runs'"

need_packages build test clang
export CC=clang
step "Building build/clang"
build_tree "$LWKT_ROOT/build/clang" --buildtype=release
fuzzer=$LWKT_ROOT/build/clang/tests/fuzz/fuzz_$name
[[ -x $fuzzer ]] || die "fuzz_$name was not built: is libclang-rt-dev installed?"

found=$LWKT_ROOT/build/fuzz/$name
mkdir -p "$found"
step "$runs runs of fuzz_$name"
words=()
[[ ! -f $LWKT_ROOT/tests/fuzz/$name.dict ]] || words=(-dict="$LWKT_ROOT/tests/fuzz/$name.dict")
exec nice "$fuzzer" "${words[@]}" -runs="$runs" -max_len=1504 -len_control=0 -artifact_prefix="$found/" -print_final_stats=1 \
	"$found" "$LWKT_ROOT/tests/fuzz/corpus/$name"
