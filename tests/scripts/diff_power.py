#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""diff_power.py BENCH-DIFF: what 'lwkt-bench diff' finds, and what it does not, on reports made by chance.

The noise is that of our rounds: log-normal, with some that are disturbed. Two reports of one thing are
made RUNS times: in at most 5 of 100 pairs is anything said to be worse or better. Then B is 5 per cent
slower in every row: at least 90 of 100 rows are found. The same for intervals of the search, for counts
of frames and for what has a small number of values.
"""
import importlib.util
import math
import random
import statistics
import sys

RUNS = 600
sys.dont_write_bytecode = True


def load(path):
    spec = importlib.util.spec_from_file_location("bench_diff", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def summary(values):
    values = sorted(values)
    q1, median, q3 = statistics.quantiles(values, n=4, method="inclusive")
    return {"n": len(values), "median": median, "q1": q1, "q3": q3}


def rounds(rng, n, middle, noise, disturbed=0.03):
    return [middle * math.exp(rng.gauss(0, noise)) * (1 + (rng.random() < disturbed) * rng.random()) for _ in range(n)]


def msg(rng, slow):
    """Ten rows of 41 rounds, half of them with a ratio."""
    rows = []
    for i in range(10):
        noise = 0.01 + 0.02 * i / 10
        if i % 2:
            of = summary(rounds(rng, 41, 1 / slow, noise))
            row = {"ratio": of["median"], "ratio_q1": of["q1"], "ratio_q3": of["q3"], "rounds_kept": 41}
        else:
            row = {"ours": summary(rounds(rng, 41, 10 * slow, noise))}
        rows.append({"name": f"row-{i}", "regime": "near"} | row)
    return "msg", rows


def traffic(rng, slow):
    """pktgen for 30 seconds, both ways, as fast as it goes; some frames are lost by chance."""
    rows = []
    for name in ("0>1", "1>0"):
        sent = 30_000_000
        lost = max(0, int(rng.gauss(300, math.sqrt(300))))
        rows.append({"name": name, "offered_pps": None, "sent": sent, "received": sent - lost, "lost": lost,
                     "duplicates": 0, "reordered": 0, "corrupt": 0,
                     "received_each_second": summary(rounds(rng, 30, 1e6 / slow, 0.015, 0)),
                     "latency_us": {"p50": rng.gauss(10, 0.3), "p99": rng.gauss(20, 1), "p999": rng.gauss(40, 3)}})
    return "pktgen", rows


def search(rng, slow):
    """rfc2544: the limit lies somewhere in an interval of half a per cent, most times."""
    rows = []
    for size in (64, 512, 1518):
        limit = 1e6 / slow * math.exp(rng.gauss(0, 0.001))
        lower = limit * (1 - 0.005 * rng.random())
        rows.append({"name": str(size), "ndr_pps": {"lower": lower, "upper": lower * 1.005},
                     "burst_frames": summary([1000 / slow + rng.randrange(-5, 6) for _ in range(50)]),
                     "p99_us": summary([50 * slow * math.exp(rng.gauss(0, 0.01)) for _ in range(5)])})
    return "rfc2544", rows


def report(of, rng, slow):
    command, rows = of(rng, slow)
    return {"schema": "lwkt-bench/1", "command": command, "environment": {"cpu": "Z80"}, "warnings": [], "rows": rows}


def frames(lost=1000, reordered=10, corrupt=0, p99=10, offered=100):
    return {"sent": 1000000, "received": 999000, "lost": lost, "reordered": reordered, "corrupt": corrupt,
            "sent_pps": 100, "offered_pps": offered, "latency_us": {"p50": 5, "p99": p99}}


def bounds(lower, upper):
    return {"ndr_pps": {"median": lower, "lower": lower, "upper": upper}}


def before(mean):
    return {"ndr_pps": {"mean": mean, "confidence95": 1}}


def curve(ratio, confidence, pps=5):
    return {"loss": [{"percent": 100, "pps": pps, "loss_ratio": ratio, "confidence95": confidence}]}


# Command, row before and after, figure, what it says or why it cannot.
CASES = (
    ("rfc2544", bounds(100, 100.5), bounds(100.3, 100.8), "no loss/s", "same"),
    ("rfc2544", bounds(100, 100.5), bounds(95, 95.5), "no loss/s", "WORSE"),
    ("rfc2544", bounds(100, 100.5), bounds(105, None), "no loss/s", "better"),
    ("rfc2544", bounds(100, 100.5), bounds(0, 10), "no loss/s", "WORSE"),
    ("rfc2544", bounds(0, 10), bounds(0, 10), "no loss/s", "same"),
    ("rfc2544", bounds(0, 10), bounds(100, 100.5), "no loss/s", "better"),
    ("rfc2544", bounds(100, None), bounds(50, 50.2), "no loss/s", "WORSE"),
    ("rfc2544", bounds(100, None), bounds(100, None), "no loss/s", "same"),
    ("rfc2544", bounds(100, 100.5), bounds(50, None), "no loss/s", "the sender of B could do less"),
    ("rfc2544", bounds(100, 150), bounds(100, 150), "no loss/s", "the interval is wider"),
    ("rfc2544", bounds(100, 100.5), {"ndr_pps": {}}, "no loss/s", "it has no bounds"),
    ("rfc2544", before(100), before(90), "no loss/s", "WORSE"),
    ("rfc2544", before(100), bounds(99.5, 100.2), "no loss/s", "same"),
    ("rfc2544", curve(0.01, 0.01), curve(0.05, 0.01), "loss at 100 %", "WORSE"),
    ("rfc2544", curve(0.01, 0.01), curve(0.02, 0.01), "loss at 100 %", "same"),
    ("rfc2544", curve(0, 0), curve(0.001, 0), "loss at 100 %", "WORSE"),
    ("rfc2544", curve(0, 0), curve(0, 0, 4), "loss at 100 %", "at another rate"),
    ("pktgen", frames(), frames(lost=1020, reordered=13, p99=11), "lost", "same"),
    ("pktgen", frames(), frames(lost=1500), "lost", "WORSE"),
    ("pktgen", frames(), frames(lost=500), "lost", "better"),
    ("pktgen", frames(lost=0), frames(lost=1), "lost", "WORSE"),
    ("pktgen", frames(), frames(reordered=100), "reordered", "WORSE"),
    ("pktgen", frames(), frames(reordered=13), "reordered", "same"),
    ("pktgen", frames(), frames(corrupt=1), "corrupt", "WORSE"),
    ("pktgen", frames(), frames(p99=200), "p99 us", "WORSE"),
    ("pktgen", frames(), frames(p99=11), "p99 us", "same"),
    ("pktgen", frames(), frames(offered=200), "lost", "at another rate"),
    ("pktgen", frames(offered=200), frames(offered=200), "lost", "its rate was not held"),
)


def try_case(diff, case):
    command, was, now, figure, wanted = case
    reports = [{"schema": "lwkt-bench/1", "command": command, "environment": {}, "rows": [{"name": "64"} | row]}
               for row in (was, now)]
    row = next(row for row in diff.findings(*reports, 5) if row["figure"] == figure)
    if not row.get("why", row["verdict"]).startswith(wanted):
        print(f"{was} -> {now}: {row}, not {wanted}")
        return False
    return True


SLOWER = ("ratio", "cycles", "received/s", "no loss/s", "burst", "p99 us")  # of these the model makes 5 % slower


def try_out(diff, of, rng):
    false, found, rows, judged = 0, 0, 0, 0
    for _ in range(RUNS):
        base = report(of, rng, 1)
        same = list(diff.findings(base, report(of, rng, 1), 5))
        false += any(row["verdict"] in (diff.WORSE, diff.BETTER) for row in same)
        for row in diff.findings(base, report(of, rng, 1 / 0.95), 5):
            if row["figure"] in SLOWER and not (of is traffic and row["figure"] == "p99 us"):
                rows += 1
                judged += row["verdict"] != diff.NOT
                found += row["verdict"] == diff.WORSE
    return false / RUNS, found / rows, judged / rows


def main():
    diff = load(sys.argv[1])
    rng = random.Random(4711)
    wrong = sum(not try_case(diff, case) for case in CASES)
    for of in (msg, traffic, search):
        false, found, judged = try_out(diff, of, rng)
        print(f"{of.__name__}: false alarms {100 * false:.1f} %, 5 % slower found {100 * found:.1f} %, "
              f"judged {100 * judged:.1f} %")
        wrong += false > 0.05 or found < 0.90
    if wrong:
        sys.exit("FAIL: another verdict, more than 5 % false alarms, or less than 90 % found")


if __name__ == "__main__":
    main()
