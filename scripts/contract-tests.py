#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""contract-tests.py [--table]: is each statement of the contract tested, and the test proven?

A test names the statements that it tests at the beginning of its name (LWKT_TEST(suite,
M15_M16_what_it_shows)), a mutant on its line `Why: M15, M16: text`. For each statement of the
contract there must be a test, and in the sections of the message ports and of transit a mutant that
scripts/mutants.sh shows to be caught; the mutant's tests must be tests of that statement.

  --table    print all: statement, tests, mutants

Exit: 0 nothing is missing, 1 something is, each with a line.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Section, first and last number; whether a mutant is asked for.
SECTIONS = [
    ("M", 1, 20, True), ("P", 21, 29, True), ("T", 30, 36, True), ("S", 37, 42, True),
    ("Z", 43, 44, True), ("X", 45, 47, True), ("B", 48, 54, True), ("D", 55, 58, True),
    ("R", 59, 64, True), ("I", 65, 77, True), ("C", 78, 82, True), ("N", 83, 94, False),
    ("G", 95, 95, False), ("G", 96, 98, True), ("G", 99, 99, False),
    ("P", 101, 101, True), ("M", 102, 102, True), ("P", 103, 104, True),
]
NUMBER = r"[A-Z][0-9]+a?"
TEST = re.compile(r"^(?:LWKT_TEST\w*|Test)\((\w+),\s*((?:%s_)+)(\w+)" % NUMBER, re.M)
WHY = re.compile(r"^Why: (API|%s(?:, %s)*): \S" % (NUMBER, NUMBER))


def statements():
    """All numbers in order, each with whether a mutant is asked for."""
    wanted = {}
    for letter, first, last, mutants in SECTIONS:
        for number in range(first, last + 1):
            wanted[f"{letter}{number}"] = mutants
            if number == 34:
                wanted["T34a"] = mutants
    return wanted


def add(found, number, name, place, missing):
    if number in found:
        found[number].append(name)
    else:
        missing.append(f"{place}: no statement {number} in the contract; use one of its numbers")


def tests(numbers, missing):
    found = {number: [] for number in numbers}
    for path in sorted((ROOT / "tests").rglob("*.c")):
        place = path.relative_to(ROOT)
        for suite, cited, rest in TEST.findall(path.read_text()):
            for number in cited.rstrip("_").split("_"):
                add(found, number, f"{suite}::{cited}{rest}", place, missing)
    return found


def mutants(numbers, missing):
    found = {number: [] for number in numbers}
    for path in sorted((ROOT / "tests/mutants").glob("*.patch")):
        place = path.relative_to(ROOT)
        text = path.read_text()
        why = WHY.match(text)
        if not why:
            missing.append(f"{place}:1: begin with 'Why: NUMBER[, NUMBER]: text' or 'Why: API: text'")
            continue
        if why.group(1) == "API":
            continue
        for number in why.group(1).split(", "):
            add(found, number, path.stem, place, missing)
            if not re.search(r"^Test: .*\b%s_" % number, text, re.M):
                missing.append(f"{place}: breaks {number}, but no 'Test:' of it is of {number}")
    return found


def main():
    if sys.argv[1:] not in ([], ["--table"]):
        print(__doc__.strip(), file=sys.stderr)
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    numbers = statements()
    missing = []
    tested = tests(numbers, missing)
    broken = mutants(numbers, missing)
    for number, asks in numbers.items():
        if sys.argv[1:]:
            print(f"{number}\n  tests    {' '.join(tested[number])}")
            print(f"  mutants  {' '.join(broken[number])}")
        if not tested[number]:
            missing.append(f"{number}: no test; name one {number}_what_it_shows")
        if asks and not broken[number]:
            missing.append(f"{number}: no mutant; plant a fault in tests/mutants/*.patch")
    for line in missing:
        print(f"contract-tests.py: {line}", file=sys.stderr)
    print(f"{len(numbers)} statements, {sum(map(len, tested.values()))} citations by tests, "
          f"{sum(map(len, broken.values()))} by mutants; {len(missing)} missing")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
