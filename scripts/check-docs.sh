#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# check-docs.sh: does each function of a public header say what CONTRIBUTING.md wants it to say, and
# are the pages as it wants them?
#
#   scripts/check-docs.sh [DIR]
#
# Looks at functions, inline functions and macros with parameters in lib/*/lwkt_*.h.
#
#   comment   no comment that begins with two stars directly above
#   param     a parameter without @param, or an @param without its parameter
#   return    a value without @return, or an @return without a value
#   context   no 'Context:' that says which thread may call it, and whether it blocks
#   ordering  no 'Ordering:' with an edge (E1), another function or none; or an edge that
#             docs/internals/memory-model.md does not have
#   source    no 'Source:' with the function it follows, or ours
#
# Looks at all pages (*.md), and at whatever cites one.
#
#   wrap      prose of more than 100 columns; tables and code may be wider
#   page      a page of docs/ is cited that is not there
#   tour      README.md's tour of the code has more than 9 files or 2,000 lines, or one that is gone
#
# Prints a line for each offence, and their number last. Exit code 0 none, 1 some.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

no_options "$@"
python3 "$LWKT_ROOT/scripts/check-docs.py" "${1:-$LWKT_ROOT}"
