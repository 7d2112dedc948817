#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""fuzz_reports.py LWKT-BENCH [RUNS [SEED]]: JSON reports that are broken in every way, given to lwkt-bench.

Reports of each command are altered: values exchanged for others of any type and size, keys taken away,
doubled and misspelt, texts with control characters, numbers without end, bytes of the file changed, cut
and repeated. 'lwkt-bench diff' and 'report' must answer each with an exit code of theirs and lines that
can be printed, in time and in size, and whatever JSON they write must be JSON. Prints the seed; the same
seed makes the same files.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

LIMIT_S = 20
STATISTIC = {"n": 99, "median": 9.0, "q1": 8.9, "q3": 9.1, "rounds": 5}
LATENCY = {"p50_us": 1.0, "p90_us": 2.0, "p99_us": 3.0, "p999_us": 4.0, "p100_us": 9.0}
ROWS = {
    "msg": {"name": "oneway-32", "ours": STATISTIC, "rival": STATISTIC, "rival_name": "rte_ring", "ratio": 1.0,
            "ratio_q1": 0.99, "ratio_q3": 1.01, "rounds_kept": 41, "regime": "near"},
    "lone": {"name": "lone", "ours": STATISTIC, "round_trip": {"p50": 1, "p99": 2}},
    "scale": {"name": "16 CPUs", "cpus": 16, "idle_poll": STATISTIC, "find": STATISTIC, "memory_bytes": 123456},
    "pipeline": {"name": "packets", "ours": STATISTIC, "ratio": 0.9, "ratio_q1": 0.89, "ratio_q3": 0.91, "rounds_kept": 41},
    "idle": {"name": "sleep", "device_us": STATISTIC, "message_us": STATISTIC},
    "pktgen": {"name": "0 to 1", "offered_pps": 1e6, "sent": 10, "received": 10, "lost": 0, "latency": LATENCY,
               "sent_each_second": STATISTIC, "received_each_second": STATISTIC},
    "rfc2544": {"name": "64", "ndr_pps": STATISTIC, "pdr_pps": STATISTIC, "pdr_loss": 0.1, "latency": LATENCY,
                "burst_frames": STATISTIC, "p99_us": STATISTIC},
}
VALUES = (None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, -1e308, 5e-324, 2**63, -2**63, 10**40, "", "x", "\x1b[31mred\x07",
          "\u0000\u009b2J", "<script>alert(1)</script>", "\"&'<>", "a" * 5000, "\u202e\ud7ff", [], {}, [[]], [{}], {"": {}},
          [1, 2, 3], {"median": 1}, {"median": "x", "q1": None, "q3": []})
RAW = (b"NaN", b"Infinity", b"1e999", b"-", b"0x10", b"1e3", b"\x00", b"\xff\xfe", b"\"\\ud800\"", b"[" * 3000, b"{\"a\":" * 3000,
       b"}", b"]", b",", b"\"", b"//", b"\x1b[2J", b"9" * 400)


def report(rng, command):
    rows = [json.loads(json.dumps(ROWS[command])) for _ in range(rng.randrange(1, 4))]
    for i, row in enumerate(rows):
        row["name"] += f"-{i}"
    return {"schema": "lwkt-bench/1", "command": command,
            "environment": {"cpu": "Z80", "dpdk": "DPDK 22.11", "tsc_hz": 2e9, "lcores": [0, 1], "invariants": False},
            "warnings": [], "rows": rows}


def places(thing, found):
    """Every container in it, with its keys."""
    keys = list(thing) if isinstance(thing, dict) else list(range(len(thing)))
    for key in keys:
        found.append((thing, key))
        if isinstance(thing[key], (dict, list)):
            places(thing[key], found)
    return found


def alter(thing, rng):
    holder, key = rng.choice(places(thing, []))
    way = rng.randrange(5)
    if way == 0:
        del holder[key]
    elif way == 1 and isinstance(holder, dict):
        holder[rng.choice(("name", "median", "rows", key + "\x1b", "é" * 300))] = holder.pop(key)
    elif way == 2:
        other, name = rng.choice(places(thing, []))
        holder[key] = json.loads(json.dumps(other[name]))
    else:
        holder[key] = json.loads(json.dumps(rng.choice(VALUES)))


def break_bytes(data, rng):
    at = rng.randrange(len(data) + 1)
    way = rng.randrange(4)
    if way == 0:
        return data[:at]
    if way == 1:
        return data[:at] + rng.choice(RAW) + data[at:]
    if way == 2:
        return data[:at] + rng.choice(RAW) + data[min(len(data), at + rng.randrange(40)):]
    return data + data


def make(path, rng, command):
    thing = report(rng, command)
    for _ in range(rng.choice((0, 1, 1, 2, 3, 12))):
        if thing and places(thing, []):
            alter(thing, rng)
    data = json.dumps(thing, indent=rng.choice((None, 2)), ensure_ascii=rng.random() < 0.5).encode("utf-8", "replace")
    for _ in range(rng.choice((0, 0, 0, 0, 0, 1, 3))):
        data = break_bytes(data, rng)
    with open(path, "wb") as f:
        f.write(data)
    return len(data)


def no_constant(word):
    raise ValueError(f"{word} is no JSON")


def judge(words, done, most):
    """What is wrong with an answer; None: nothing."""
    out, err = done.stdout, done.stderr
    if done.returncode not in (0, 1, 2):
        return f"exit code {done.returncode}"
    if b"Traceback" in err or b"Sanitizer" in err:
        return "it crashed"
    if done.returncode == 2 and b"lwkt-bench " not in err:
        return "no line says why"
    if len(out) + len(err) > most:
        return f"{len(out) + len(err)} bytes of output"
    for stream in (out, err):
        text = stream.decode("utf-8", "replace")
        if any(c != "\n" and (c < " " or "\x7f" <= c < "\xa0") for c in text):
            return "control characters"
    if words[-1] == "-" and done.returncode != 2 and words[0] == "diff":
        try:
            json.loads(out, parse_constant=no_constant)
        except ValueError as error:
            return f"its JSON is none: {error}"
    return None


def main():
    bench = os.path.abspath(sys.argv[1])
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(1 << 32)
    rng = random.Random(seed)
    codes = {}
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        for run in range(runs):
            command = rng.choice(list(ROWS))
            size = make("a.json", rng, command) + make("b.json", rng, command if rng.random() < 0.9 else "msg")
            for words in (["diff", "a.json", "b.json"], ["diff", "a.json", "b.json", "--json", "-"],
                          ["report", "a.json", "b.json", "-o", "page.html"]):
                try:
                    done = subprocess.run([bench, *words], capture_output=True, timeout=LIMIT_S, check=False)
                except subprocess.TimeoutExpired:
                    sys.exit(f"FAIL: seed {seed}, run {run}: {' '.join(words)}: not at its end after {LIMIT_S} s")
                wrong = judge(words, done, 200000 + 20 * size)
                codes[words[0], done.returncode] = codes.get((words[0], done.returncode), 0) + 1
                if wrong:
                    sys.stderr.buffer.write(done.stderr[-2000:])
                    sys.exit(f"FAIL: seed {seed}, run {run}: {' '.join(words)}: {wrong}")
    print(", ".join(f"{name} {code}: {n}" for (name, code), n in sorted(codes.items())))
    if not all(any(key[0] == name and key[1] != 2 for key in codes) for name in ("diff", "report")):
        sys.exit("FAIL: none of them was a report")


main()
