#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""test-targets.py DIR [--suite NAME]... [TEST]... : what meson must build in DIR to run these tests

Prints a target a line. A test that is named, or whose suite is, counts, as with `meson test`; with
neither, all of them.
"""
import json
import os
import pathlib
import sys


def main(args):
    build = pathlib.Path(args.pop(0))
    suites = {args[i + 1] for i, arg in enumerate(args) if arg == "--suite"}
    names = {arg for i, arg in enumerate(args) if arg != "--suite" and (i == 0 or args[i - 1] != "--suite")}

    def intro(what):
        return json.loads((build / "meson-info" / f"intro-{what}.json").read_text())

    def chosen(test):
        of = {suite.split(":")[-1] for suite in test["suite"]}
        return (not suites or suites & of) and (not names or test["name"] in names)

    wanted = {target for test in intro("tests") if chosen(test) for target in test["depends"]}
    for target in intro("targets"):
        if target["id"] in wanted:
            for file in target["filename"]:
                print(os.path.relpath(file, build.resolve()))


main(sys.argv[1:])
