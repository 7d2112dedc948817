#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""limits.py [--table]: is each limit that is compiled in tested, at the limit and one beyond?

A limit is a `#define` in lib/ or apps/ whose name has the word MAX or MOST, or is in ALSO below. A
test says in a comment which limits it goes to and beyond: `Limit: NAME, NAME`. What nobody outside
can reach is in NOBODY, with the reason; what waits for its test is in NOT_YET.

  --table    print all: limit, where it is, the tests

Exit: 0 nothing is missing, 1 something is, each with a line.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEFINE = re.compile(r"^#define\s+(\w+)\s+\S", re.M)
WORD = re.compile(r"(?:^|_)(?:MAX|MOST)(?:_|$)")
CITED = re.compile(r"\bLimit: (\w+(?:,\s*(?:[/*#]+\s*)?\w+)*)")
# Limits by other names.
ALSO = {
    "BOUNDS_ANCHORS", "BOUNDS_DEPTH", "BOUNDS_DIRECTIVES", "BOUNDS_EVENTS", "CONFIG_BYTES",
    "CONFIG_STAGES", "LWKT_PARAM_ETHDEVS", "LWKT_STAGE_COUNTERS", "LWKT_STAGE_DEPTH",
    "LWKT_STAGE_DROPS", "LWKT_STAGE_NAME", "LWKT_STAGE_OUTS"}
# What no input, option or caller can reach.
NOBODY = {
    "BATCH_MAX": "a batch ends there and the next one begins",
    "BURST_MAX": "the most of --bursts, by the option's own range",
    "CACHE_MAX": "a processor has four caches; what is beyond is not listed",
    "CALLS_MAX": "who finds them taken waits (contract I69)",
    "EAL_ARGS_MAX": "a fixed list of the program's own",
    "ENDING_MAX": "the program's own signals",
    "GROUPS_MAX": "a burst that has asked so many groups takes the oldest one's results first",
    "IN_FLIGHT_MAX": "windows are the tests' own",
    "L2FWD_MAX_NODES": "memory of nodes beyond it is not asked for",
    "L2FWD_MAX_PAGES": "sizes of hugepages: a kernel has at most four",
    "LOOK_EVERY_MAX": "a pace, which stops growing there",
    "LWKT_FLOWHASH_KEY_MAX": "a key has 40 or 52 bytes and no other number",
    "LWKT_GATHER_MAX": "a gathering is published there",
    "MISSED_MAX": "a counter that stops there",
    "NEAR_MAX_NS": "a threshold",
    "OPTIONS_MAX": "the program's own rows, asserted",
    "OPT_TABLE_MAX": "the program's own rows, asserted",
    "ROWS_MAX": "the program's own rows",
    "SAMPLES_MAX": "the number of samples is cut to it",
    "SILENT_MAX": "a count of trials, after which a search ends",
    "SLICES_MAX": "the program's own measure",
    "SWEEP_MAX": "a sweep ends there and goes on later",
    "WANTED_MAX": "names of the program's own",
}

# What has no test yet.
NOT_YET = set()


def texts(*places):
    for place in places:
        for path in sorted((ROOT / place).rglob("*")):
            if path.is_file() and path.suffix in {".c", ".h", ".sh", ".py"}:
                yield path.relative_to(ROOT), path.read_text(errors="replace")


def main():
    limits, tests, missing = {}, {}, []
    for path, text in texts("lib", "apps"):
        for name in DEFINE.findall(text):
            if name in ALSO or WORD.search(name):
                limits.setdefault(name, path)
    for path, text in texts("tests"):
        for found in CITED.finditer(text):
            for name in re.findall(r"\w+", found.group(1)):
                tests.setdefault(name, []).append(str(path))
    for name, path in sorted(limits.items()):
        if name not in tests and name not in NOBODY and name not in NOT_YET:
            missing.append(f"{path}: {name}: no test says 'Limit: {name}'; write one that goes to it and beyond")
        if name in tests and (name in NOBODY or name in NOT_YET):
            missing.append(f"scripts/limits.py: {name} is tested; take it off NOBODY or NOT_YET")
    for name in sorted((set(tests) | set(NOBODY) | NOT_YET | ALSO) - set(limits)):
        where = ", ".join(tests.get(name, ["scripts/limits.py"]))
        missing.append(f"{where}: names the limit {name}, which is none; correct it")
    if "--table" in sys.argv[1:]:
        for name, path in sorted(limits.items()):
            print(f"{name:28} {str(path):34} {', '.join(sorted(set(tests.get(name, [])))) or NOBODY.get(name, '-')}")
    for line in missing:
        print(line)
    print(f"limits: {len(limits)}, of these {len(limits) - len(NOBODY)} that can be reached, {len(NOT_YET)} not tested yet; {len(missing)} offences")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
