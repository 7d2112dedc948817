#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""bench-diff.py TOLERANCE JSON A B: is report B worse than A, row by row, beyond the noise?

The inside of 'lwkt-bench diff', which has checked the reports. JSON is the file to write, "" none, "-"
standard output. The figures that can be compared (docs/bench-json.md) are, in this order of preference
for one row: the ratio to the rival, since both sides ran on the same machine in the same minute; else
cycles, if the CPU and the regime are the same; and bytes. Exit code 0; 1 something is worse, or cannot
be written; 2 nothing can be compared.
"""
import json
import math
import os
import sys

WORSE, BETTER, SAME, NOT = "WORSE", "better", "same", "not compared"
RANGE = ("median", "q1", "q3")
# Name, object of the row (none: the row itself), value and quartiles, more is better, means something on one
# CPU and in one regime only, left out in rows with this field, since another figure says more.
FIGURES = (
    ("ratio", None, ("ratio", "ratio_q1", "ratio_q3"), True, False, None),
    ("cycles", "ours", RANGE, False, True, "ratio"),
    ("idle poll cycles", "idle_poll", RANGE, False, True, None),
    ("find cycles", "find", RANGE, False, True, None),
    ("received/s", "received_each_second", RANGE, True, True, None),
    ("sent/s", "sent_each_second", RANGE, True, True, "received_each_second"),
    ("no loss/s", "ndr_pps", RANGE, True, True, None),
    ("given loss/s", "pdr_pps", RANGE, True, True, None),
    ("burst", "burst_frames", RANGE, True, True, None),
    ("p99 us", "p99_us", RANGE, False, True, None),
    ("device us", "device_us", RANGE, False, True, None),
    ("message us", "message_us", RANGE, False, True, None),
    ("bytes", None, ("memory_bytes",), False, False, None),
)
ENVIRONMENT = ("cpu", "dpdk", "kernel", "compiler", "buildtype", "optimization", "flags", "invariants", "lcores",
               "governor", "cpus_isolated")
OF_REPORT = (("sizes", "with frames of other sizes"), ("flows", "with another number of flows"),
             ("pcap", "with the frames of another file"), ("link", "over another kind of link"),
             ("loss", "with another loss"))
OF_ROW = (("offered_pps", "at another rate"), ("pdr_loss", "with another loss"))
COLUMNS = (("name", "row", 0), ("figure", "figure", 0), ("from", "A", 2), ("to", "B", 2),
           ("change_percent", "change %", 1), ("noise_percent", "noise %", 1), ("verdict", "verdict", 0))
CELL = 63  # letters of a cell, at most


def plain(text, most=CELL):
    """A text of a file for the terminal: no control characters, which might be its commands; cut."""
    text = "".join("?" if c < " " or "\x7f" <= c < "\xa0" else c for c in text[:most + 1])
    return text if len(text) <= most else text[:most - 3] + "..."


def field(thing, key):
    return thing.get(key) if isinstance(thing, dict) else None


def text_of(thing, key):
    value = field(thing, key)
    return value if isinstance(value, str) else None


def equal(a, b):
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


def has(row, figure):
    _, thing, values, _, _, unless = figure
    return (unless is None or unless not in row) and (thing or values[0]) in row


def read_value(row, figure):
    """Value and quartiles, all above 0; None: they are not."""
    thing = field(row, figure[1]) if figure[1] else row
    numbers = []
    for key in figure[2]:
        value = field(thing, key)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= sys.float_info.max:
            return None
        numbers.append(float(value))
    return numbers if len(numbers) == 3 else numbers * 3


def differ(a, b, fields):
    for key, why in fields:
        x, y = field(a, key), field(b, key)
        if (key in a) != (key in b) or not equal(x, y):
            return why
    return None


def obstacle(old, new, a, b, figure):
    """What stands against a comparison; None: nothing."""
    if b is None:
        return "no such row in the second report"
    if not has(b, figure):
        return "no such figure in the second report"
    if old.get("incomplete") is True or new.get("incomplete") is True:
        return "incomplete: it was broken off"
    if a.get("disturbed") is True or b.get("disturbed") is True:
        return "disturbed: it had no good round"
    if text_of(a, "regime") != text_of(b, "regime"):
        return "one is near, the other far; see --regime"
    if text_of(a, "rival_name") != text_of(b, "rival_name"):
        return "beside different rivals"
    if figure[4] and text_of(old["environment"], "cpu") != text_of(new["environment"], "cpu"):
        return "different CPUs"
    return differ(old, new, OF_REPORT) or differ(a, b, OF_ROW)


def judge(was, now, more_is_better, tolerance):
    """Worse or better: moved by more than the tolerance, and the ranges between quartiles do not meet."""
    (a, a1, a3), (b, b1, b3) = was, now
    change = 100 * (b - a) / a * (1 if more_is_better else -1)
    noise = max(50 * abs(a3 - a1) / a, 50 * abs(b3 - b1) / b)
    if not math.isfinite(change) or not math.isfinite(noise):
        return {"verdict": NOT, "why": "they are too far apart for numbers"}
    moved = (b1 > a3 or b3 < a1) and abs(change) > tolerance
    return {"from": a, "to": b, "change_percent": change, "noise_percent": noise,
            "verdict": (BETTER if change > 0 else WORSE) if moved else SAME}


def findings(old, new, tolerance):
    """One for each figure of each row."""
    rows = {row["name"]: row for row in new["rows"]}
    for a in old["rows"]:
        for figure in FIGURES:
            if not has(a, figure):
                continue
            b = rows.get(a["name"])
            why = obstacle(old, new, a, b, figure)
            was, now = read_value(a, figure), read_value(b, figure) if b is not None else None
            if why is None and (was is None or now is None):
                why = "not all of it are numbers above 0"
            result = {"verdict": NOT, "why": why} if why else judge(was, now, figure[3], tolerance)
            yield {"name": a["name"], "figure": figure[0]} | result


def cell(row, key, decimals):
    value = row.get(key)
    return "-" if value is None else plain(value) if isinstance(value, str) else plain(f"{value:.{decimals}f}")


def print_table(rows, out):
    lines = [[title for _, title, _ in COLUMNS]]
    lines += [[cell(row, key, decimals) for key, _, decimals in COLUMNS] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        print("  ".join(c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(line, widths))), file=out)


def six_digits(value):
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: six_digits(v) for key, v in value.items()}
    return [six_digits(v) for v in value] if isinstance(value, list) else value


def say(rows, out):
    print_table(rows, out)
    for row in rows:
        if "why" in row:
            print(f"{plain(row['name'], 160)}, {row['figure']}: {row['why']}", file=out)
    counts = [sum(row["verdict"] == verdict for row in rows) for verdict in (WORSE, BETTER, SAME, NOT)]
    print("{} worse, {} better, {} the same, {} not compared".format(*counts), file=out, flush=True)
    return counts


def main():
    tolerance, output, names = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    old, new = (json.load(open(name, encoding="utf-8")) for name in names)
    rows, warnings = list(findings(old, new, tolerance)), []
    for key in ENVIRONMENT:  # what else has changed, and may be the reason
        a, b = (report["environment"].get(key) for report in (old, new))
        if a is not None and b is not None and not equal(a, b):
            warnings.append("{} was {}, is {}".format(key, *(json.dumps(v, ensure_ascii=False) for v in (a, b))))
            print("lwkt-bench: warning: " + plain(warnings[-1], 255), file=sys.stderr)
    counts = say(rows, sys.stderr if output == "-" else sys.stdout)
    report = {"schema": old["schema"], "command": "diff", "of": old["command"],
              "environment_from": old["environment"], "environment_to": new["environment"],
              "tolerance_percent": tolerance, "warnings": warnings, "rows": rows}
    if output:
        with open(1 if output == "-" else output, "w", encoding="utf-8") as file:
            file.write(json.dumps(six_digits(report), indent=2) + "\n")
    if not any(counts[:3]):
        print("lwkt-bench diff: no figure of {} can be compared with {}; measure both with the same options on the "
              "same machine".format(*names), file=sys.stderr)
        return 2
    return 1 if counts[0] else 0


if __name__ == "__main__":
    try:
        code = main()
    except OSError as error:
        where = f"'{error.filename}'" if error.filename not in (None, 1) else "to standard output"
        print(f"lwkt-bench diff: cannot write {where}: {error.strerror}", file=sys.stderr, flush=True)
        os._exit(1)  # what standard output still holds cannot be written, either
    sys.exit(code)
