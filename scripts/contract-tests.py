#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""contract-tests.py [--table]: is each statement of the contract tested, and the test proven?

docs/reference/contract.md has the statements, and below each heading what is asked of a section. A
test names the statements that it tests at the beginning of its name (LWKT_TEST(suite,
M15_M16_what_it_shows)), a mutant on its line `Why: M15, M16: text`. For each statement there must be
a test and, where the page asks for it, a mutant that scripts/mutants.sh shows to be caught; the
mutant's tests must be tests of that statement. Whatever is cited, by tests, mutants or as `contract
M15` anywhere in the tree, must stand on the page.

  --table    print all: statement, tests, mutants

Exit: 0 nothing is missing, 1 something is, each with a line.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = "docs/reference/contract.md"
NUMBER = r"[A-Z][0-9]+a?"
TEST = re.compile(r"^(?:LWKT_TEST\w*|Test)\((\w+),\s*((?:%s_)+)(\w+)" % NUMBER, re.M)
WHY = re.compile(r"^Why: (API|%s(?:, %s)*): \S" % (NUMBER, NUMBER))
CITED = re.compile(r"\bcontract\s+((?:%s\b[,\s*#]*(?:and\s+)?)+)" % NUMBER)
TEXTS = {".c", ".h", ".md", ".py", ".scd", ".sh", ".build", ".pml", ".yaml"}
MARKS = ("no mutants", "not tested yet", "tests of the earlier wording")


class Statement:
    """A number, its text, and what the page asks for."""

    def __init__(self, number, text, asks):
        self.number, self.text = number, text
        self.test, self.mutant = "tests" in asks, "mutants" in asks
        self.marks = set()
        self.tests, self.mutants = [], []


class Page:
    """All statements in order, and what is wrong with the page itself."""

    def __init__(self, text):
        self.statements, self.missing, self.planned = {}, [], []
        for section in re.split(r"^## (?=[A-Z]\. )", text, flags=re.M)[1:]:
            self.read_section(section)
        for number in re.findall(r"\b[%s]\d+a?\b" % "".join(sorted({n[0] for n in self.statements}) or "M"),
                                 text):
            if number not in self.statements:
                self.missing.append(f"{PAGE}: names {number}, which is not on the page")

    def read_section(self, section):
        letter = section[0]
        parts = re.split(r"^\*\*(%s)\*\* " % NUMBER, section, flags=re.M)
        attributes = re.findall(r"^\(([^)]*)\)$", parts[0], re.M)
        if len(attributes) != 1:
            self.missing.append(f"{PAGE}: section {letter}: no line like '(tests, mutants)' below the heading")
            return
        first, *marks = re.sub(r"\s+", " ", attributes[0]).split("; ")
        if first not in ("tests", "tests, mutants", "not built yet"):
            self.missing.append(f"{PAGE}: section {letter}: '{first}' is none of 'tests', 'tests, mutants', "
                                "'not built yet'")
        own = []
        for number, text in zip(parts[1::2], parts[2::2]):
            if number in self.statements:
                self.missing.append(f"{PAGE}: {number} stands there twice")
            if number[0] != letter:
                self.missing.append(f"{PAGE}: {number} stands in section {letter}")
            self.statements[number] = Statement(number, text, first.split(", "))
            own.append(self.statements[number])
        if first == "not built yet":
            self.planned.append((letter, own))
        for mark in marks:
            self.read_mark(letter, mark)

    def read_mark(self, letter, mark):
        name, _, numbers = mark.partition(": ")
        if name not in MARKS or not numbers:
            self.missing.append(f"{PAGE}: section {letter}: '{mark}' is none of: {', '.join(MARKS)}, "
                                "with numbers behind a colon")
            return
        for number in numbers.split():
            statement = self.statements.get(number)
            if statement is None or number[0] != letter:
                self.missing.append(f"{PAGE}: section {letter}: '{name}' names {number}, which is not in it")
                continue
            statement.marks.add(name)
            if name == "tests of the earlier wording" and "(revised" not in statement.text:
                self.missing.append(f"{PAGE}: {number}: '{name}', but it does not say (revised)")

    def cite(self, number, place):
        """The statement of that number, or a line about its absence."""
        if number not in self.statements:
            self.missing.append(f"{place}: no statement {number} in {PAGE}; use one of its numbers")
        return self.statements.get(number)


def read_tests(page):
    for path in sorted((ROOT / "tests").rglob("*.c")):
        for suite, cited, rest in TEST.findall(path.read_text()):
            for number in cited.rstrip("_").split("_"):
                statement = page.cite(number, path.relative_to(ROOT))
                if statement:
                    statement.tests.append(f"{suite}::{cited}{rest}")


def read_mutants(page):
    for path in sorted((ROOT / "tests/mutants").glob("*.patch")):
        place = path.relative_to(ROOT)
        text = path.read_text()
        why = WHY.match(text)
        if not why:
            page.missing.append(f"{place}:1: begin with 'Why: NUMBER[, NUMBER]: text' or 'Why: API: text'")
            continue
        if why.group(1) == "API":
            continue
        for number in why.group(1).split(", "):
            statement = page.cite(number, place)
            if statement:
                statement.mutants.append(path.stem)
            if not re.search(r"^Test: .*(?<![A-Z0-9])%s_" % number, text, re.M):
                page.missing.append(f"{place}: breaks {number}, but no 'Test:' of it is of {number}")


def read_citations(page):
    """`contract M15, M16` in comments and prose. E numbers are the memory model's edges."""
    for path in sorted(ROOT.rglob("*")):
        place = path.relative_to(ROOT)
        if path.suffix not in TEXTS or place.parts[0].startswith((".", "build")) or not path.is_file():
            continue
        for cited in CITED.findall(path.read_text(errors="replace")):
            for number in re.findall(NUMBER, cited):
                if number[0] != "E":
                    page.cite(number, place)


def judge(page):
    for number, statement in page.statements.items():
        if "not tested yet" in statement.marks:
            if statement.tests:
                page.missing.append(f"{number}: is tested; take it out of 'not tested yet' in {PAGE}")
            continue
        if statement.test and not statement.tests:
            page.missing.append(f"{number}: no test; name one {number}_what_it_shows")
        if statement.mutant and "no mutants" not in statement.marks and not statement.mutants:
            page.missing.append(f"{number}: no mutant; plant a fault in tests/mutants/*.patch")
    for letter, statements in page.planned:
        if statements and all(statement.tests for statement in statements):
            page.missing.append(f"section {letter}: all is tested; say so in {PAGE} instead of 'not built yet'")


def main():
    if sys.argv[1:] not in ([], ["--table"]):
        print(__doc__.strip(), file=sys.stderr)
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    page = Page((ROOT / PAGE).read_text())
    read_tests(page)
    read_mutants(page)
    read_citations(page)
    judge(page)
    all_of_them = page.statements.values()
    if sys.argv[1:]:
        for statement in all_of_them:
            print(f"{statement.number}\n  tests    {' '.join(statement.tests)}")
            print(f"  mutants  {' '.join(statement.mutants)}")
    for line in page.missing:
        print(f"contract-tests.py: {line}", file=sys.stderr)
    planned = sum(len(statements) for _, statements in page.planned)
    untested = sum("not tested yet" in statement.marks for statement in all_of_them)
    print(f"{len(all_of_them)} statements ({planned} not built yet, {untested} not tested yet), "
          f"{sum(len(s.tests) for s in all_of_them)} citations by tests, "
          f"{sum(len(s.mutants) for s in all_of_them)} by mutants; {len(page.missing)} missing")
    return 1 if page.missing else 0


if __name__ == "__main__":
    sys.exit(main())
