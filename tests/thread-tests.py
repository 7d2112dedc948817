#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""thread-tests.py [--filter] FILE...: which of these tests start threads?

ThreadSanitizer looks for races, so it runs these alone; the others play all CPUs from one thread. A
test starts threads if it names one of STARTERS, or something of its file that does so.

Prints the files that have such tests, a line each; with --filter the pattern of their names for
Criterion's option of that name. Exit: 1 if no file has one.
"""
import pathlib
import re
import sys

STARTERS = re.compile(
    r"\b(?:test_launch|pthread_create|servers_begin|when_waiting|\w*pipeline_start|run_dry|run_audited|feed_run"
    r"|lwkt_create)\b")
TEST = re.compile(r"^(?:\w*TEST\w*|Test)\((\w+), *(\w+)", re.M)
# At the start of a line: a function, a macro, a variable or table.
NAME = re.compile(r"^(\w+)\(|^#define +(\w+)|^\w[^\n({]*?\b(\w+)(?:\[[^\n]*\])? *[=;]", re.M)


def hot_tests(text):
    """suite/name of the tests of a file that start threads."""
    tests, bodies = {}, {}
    for piece in re.split(r"\n\n(?=[A-Za-z#/])", text):
        found = TEST.findall(piece)
        for suite, name in found:
            tests[f"{suite}/{name}"] = piece
        for names in [] if found else NAME.findall(piece):
            name = "".join(names)
            bodies[name] = bodies.get(name, "") + piece
    hot = {name for name, body in bodies.items() if STARTERS.search(body)}
    while True:
        words = re.compile("|".join([STARTERS.pattern] + [rf"\b{name}\b" for name in sorted(hot)]))
        more = {name for name, body in bodies.items() if words.search(body)}
        if more <= hot:
            return {test for test, body in tests.items() if words.search(body)}
        hot |= more


def main(arguments):
    pattern = arguments[:1] == ["--filter"]
    files = {file: hot_tests(pathlib.Path(file).read_text(encoding="utf-8")) for file in arguments[pattern:]}
    tests = sorted(set().union(*files.values()))
    print("@(" + "|".join(tests) + ")" if pattern else "\n".join(file for file in files if files[file]))
    return 0 if tests else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
