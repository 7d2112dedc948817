# SPDX-License-Identifier: BSD-3-Clause
"""Reports of lwkt-bench, read and checked: for bench-page.py and bench-diff.py.

What is wrong with a file ends the program with one line that names command, file, line and remedy, and
exit code 2. What is read has a schema that is known, an environment, and rows with names, each once.
"""
import json
import math
import os
import sys

SCHEMA = "lwkt-bench/1"
HINT = "give a report that lwkt-bench has written with --json"


def plain(text, most=63):
    """A text of a file for the terminal: no control characters, which might be its commands; cut."""
    text = "".join("?" if c < " " or "\x7f" <= c < "\xa0" or "\ud800" <= c < "\ue000" else c for c in text[:most + 1])
    return text if len(text) <= most else text[:most - 3] + "..."


def refuse(command, text):
    print(f"lwkt-bench {command}: {text}", file=sys.stderr)
    sys.exit(2)


def number(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:20]} is too large")
    return value


def constant(text):
    raise ValueError(f"{text} is no JSON")


def once(pairs):
    thing = dict(pairs)
    if len(thing) < len(pairs):
        raise ValueError("an object has a key twice")
    return thing


def parse(text):
    """The value, or None; what is wrong; its line."""
    try:
        return json.loads(text, parse_float=number, parse_constant=constant, object_pairs_hook=once), "", 1
    except json.JSONDecodeError as error:
        return None, error.msg[0].lower() + error.msg[1:], error.lineno
    except (ValueError, RecursionError) as error:
        return None, str(error) if isinstance(error, ValueError) else "nested too deep", 1


def fault(report):
    """What is wrong with what was read; None: nothing."""
    schema = report.get("schema") if isinstance(report, dict) else None
    if not isinstance(schema, str):
        return 'no "schema"'
    if schema != SCHEMA:
        return f'"schema" is not "{SCHEMA}"'
    kinds = (("command", str), ("environment", dict), ("rows", list))
    if not all(isinstance(report.get(key), kind) for key, kind in kinds):
        return '"command", "environment" or "rows" is missing'
    names = [row.get("name") if isinstance(row, dict) else None for row in report["rows"]]
    if not all(isinstance(name, str) for name in names):
        return 'a row has no "name"'
    return 'two rows have one "name"' if len(set(names)) < len(names) else None


def load(command, file):
    try:
        with open(file, "rb") as stream:
            data = stream.read()
    except OSError as error:
        refuse(command, f"cannot read '{file}': {error.strerror}")
    try:
        report, wrong, line = parse(data.decode("utf-8"))
    except UnicodeDecodeError:
        report, wrong, line = None, "it is not UTF-8", 1
    wrong = wrong or fault(report)
    if wrong:
        refuse(command, f"{file}:{line}: {plain(wrong, 159)}; {HINT}")
    return report


def keep(command, file, option, output):
    """A file that is read is not written, by whatever name."""
    if output and output != "-" and os.path.exists(output) and os.path.samefile(file, output):
        refuse(command, f"'{output}' is read and would be overwritten; give another {option}")


def field(thing, key):
    return thing.get(key) if isinstance(thing, dict) else None


def figure(thing, key):
    """A finite number, else NAN. Larger integers than a double holds are none, either."""
    value = field(thing, key)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.nan


def text_of(thing, key):
    value = field(thing, key)
    return value if isinstance(value, str) else ""


def list_of(thing, key):
    value = field(thing, key)
    return value if isinstance(value, list) else []
