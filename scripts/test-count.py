#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""test-count.py TESTLOG.json EXITCODE: count the cases of one `meson test` run.

Prints the log of what failed, and last 'N passed, N failed' alone on a line (', N skipped' may
follow). A Criterion program counts with its own cases, a script as one. A
program that fails without a failing case of its own (a sanitizer's report, a crash, a time-out)
counts as one failed, and so does one that ran no case. Exit 0 only if nothing failed, something
passed, and EXITCODE, meson's own, is 0.
"""
import json
import re
import sys

SYNTHESIS = re.compile(
    r"Synthesis: Tested: (\d+) \| Passing: (\d+) \| Failing: (\d+) \| Crashing: (\d+)")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def count(test):
    """(passed, failed, skipped) of one line of testlog.json."""
    output = COLOUR.sub("", (test.get("stdout") or "") + (test.get("stderr") or ""))
    runs = [tuple(map(int, run)) for run in SYNTHESIS.findall(output)]
    good = test["result"] in ("OK", "EXPECTEDFAIL")
    if not runs:
        if test["result"] == "SKIP":
            return 0, 0, 1
        return (1, 0, 0) if good else (0, 1, 0)
    passed = sum(run[1] for run in runs)
    failed = sum(run[2] + run[3] for run in runs)
    if not failed and (not good or not passed):
        failed = 1
    return passed, failed, 0


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return [json.loads(line) for line in file if line.strip()]
    except (OSError, ValueError) as error:
        print(f"test-count.py: {path}: {error}")
        return []


def main(path, meson_exit):
    total = [0, 0, 0]
    tests = read(path)
    for test in tests:
        counts = count(test)
        total = [a + b for a, b in zip(total, counts)]
        if counts[1]:
            print(f"---- {test['name']}: {test['result']}, exit code {test.get('returncode')} ----")
            print(test.get("stdout") or "", test.get("stderr") or "", sep="\n")
    if meson_exit != 0 and not total[1]:
        print(f"meson test ended with exit code {meson_exit}")
        total[1] = 1
    if not total[0] and not total[1]:
        print("no test ran")
        total[1] = 1
    skipped = f", {total[2]} skipped" if total[2] else ""
    print(f"{total[0]} passed, {total[1]} failed{skipped}")
    return 1 if total[1] else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
