#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""bench-diff.py TOLERANCE JSON A B: is report B worse than A? The inside of 'lwkt-bench diff'.

Every quantity that was measured is compared by its kind (docs/reference/bench-json.md). With the
tolerance of 5 per cent two runs of the same thing give a false alarm in at most 5 of 100 comparisons,
whatever the number of rows, and a change of 5 per cent is found in at least 90: what is too noisy for
that is not judged. JSON is the file to write, "" none, "-" standard output. Exit code 0: all is the
same or better; 1: something is worse, or the file cannot be written; 2: something cannot be judged.
"""
import json
import math
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench_reports import field, figure, keep, list_of, load, plain, refuse, text_of  # pylint: disable=wrong-import-position

WORSE, BETTER, SAME, NOT = "WORSE", "better", "same", "not compared"
ALPHA, POWER = 0.05, 0.90


def normal(z):
    """The share of a normal distribution below z."""
    return math.erfc(-z / math.sqrt(2)) / 2


def quantile(share):
    """The z below which this share lies; halved, as the module that has it takes long to load."""
    low, high = -40.0, 40.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if normal(middle) < share else (low, middle)
    return low


POWER_Z = quantile(POWER)
# Name, field of the row ("": the row itself), median and quartiles, more is better, means something on one CPU
# and in one regime only, left out in rows with this field, since another figure says more.
RANGE = ("median", "q1", "q3")
SPREADS = (
    ("ratio", "", ("ratio", "ratio_q1", "ratio_q3"), True, False, None),
    ("cycles", "ours", RANGE, False, True, "ratio"),
    ("idle poll cycles", "idle_poll", RANGE, False, True, None),
    ("find cycles", "find", RANGE, False, True, None),
    ("received/s", "received_each_second", RANGE, True, True, None),
    ("sent/s", "sent_each_second", RANGE, True, True, "received_each_second"),
    ("burst", "burst_frames", RANGE, True, True, None),
    ("p99 us", "p99_us", RANGE, False, True, None),
    ("device us", "device_us", RANGE, False, True, None),
    ("message us", "message_us", RANGE, False, True, None),
)
INTERVALS = (("no loss/s", "ndr_pps"), ("given loss/s", "pdr_pps"))
COUNTS = ("lost", "duplicates", "reordered", "corrupt")
PERCENTILES = (("p50 us", "p50"), ("p99 us", "p99"), ("p99.9 us", "p999"))
SINGLE = 1.5  # without a spread only a factor of so much is a change
HELD = 0.98   # of the rate that was asked for
ENVIRONMENT = ("cpu", "dpdk", "kernel", "compiler", "buildtype", "optimization", "flags", "invariants", "lcores",
               "governor", "cpus_isolated")
OF_REPORT = (("sizes", "with frames of other sizes"), ("flows", "with another number of flows"),
             ("pcap", "with the frames of another file"), ("link", "over another kind of link"),
             ("loss", "with another loss"), ("exceed", "with another share of trials that may be bad"))
OF_ROW = (("offered_pps", "at another rate"), ("pdr_loss", "with another loss"))
COLUMNS = (("name", "row", 0), ("figure", "figure", 0), ("from", "A", 2), ("to", "B", 2),
           ("change_percent", "change %", 1), ("noise_percent", "noise %", 1), ("verdict", "verdict", 0))


def equal(a, b):
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


class Quantity:
    """A figure of a row of A and the same of B: judge() says what became of it, given the error that is allowed."""

    def __init__(self, name, more_is_better, local):
        self.name, self.sign, self.local = name, 1 if more_is_better else -1, local

    def result(self, a, b, noise, verdict=None, why=None):
        change = 100 * self.sign * (b - a) / a + 0.0 if a else 0 if a == b else math.copysign(100, self.sign * (b - a))
        if not math.isfinite(change) or not math.isfinite(noise):
            return {"verdict": NOT, "why": "they are too far apart for numbers"}
        if why:
            return {"verdict": NOT, "why": why}
        return {"from": a, "to": b, "change_percent": change, "noise_percent": noise, "verdict": verdict}


class Spread(Quantity):
    """Median and quartiles of n values each: Student's test of the medians, where it has the power."""

    def __init__(self, name, key, keys, more_is_better, local):
        super().__init__(name, more_is_better, local)
        self.key, self.keys = key, keys

    def read(self, row):
        thing = row[self.key] if self.key else row
        values = [figure(thing, key) for key in self.keys]
        n = figure(thing, "n") if self.key else figure(row, "rounds_kept")
        if math.isnan(n):
            n = figure(row, "rounds_kept")
        return values if all(0 < v <= sys.float_info.max for v in values) else None, max(n, 1) if n == n else 1

    @staticmethod
    def error(values, n):
        """Of the median, of 1, from the quartiles; a little more than normal, as few values show too little spread."""
        spread = max(values[2] - values[1], 0) / 1.349 / values[0]
        return 1.2533 * spread / math.sqrt(n) * (1 + 2 / n)

    def judge(self, a, b, alpha, tolerance):
        (was, n), (now, m) = self.read(a), self.read(b)
        if was is None or now is None:
            return {"verdict": NOT, "why": "not all of it are numbers above 0"}
        error, least = math.hypot(self.error(was, n), self.error(now, m)), tolerance / 2
        sure = -quantile(alpha / 2) * error
        finds = max(sure, least) + POWER_Z * error
        change = self.sign * (now[0] - was[0]) / was[0] + 0.0
        if not math.isfinite(change) or abs(change) > max(sure, least):
            verdict = WORSE if change < 0 else BETTER
        elif finds > tolerance:
            return self.result(was[0], now[0], 100 * error, why="too noisy: a change of %.3g %% would be found, not %.3g %%; "
                               "measure longer" % (100 * finds, 100 * tolerance))
        else:
            verdict = SAME
        return self.result(was[0], now[0], 100 * error, verdict)


class Interval(Quantity):
    """Lower and upper bound: another one if they do not meet, and by more than the tolerance allows."""

    def __init__(self, name, key):
        super().__init__(name, True, True)
        self.key = key

    def read(self, row):
        thing = field(row, self.key)
        lower, upper = figure(thing, "lower"), figure(thing, "upper")
        if math.isnan(lower):  # of versions before: a mean and its confidence
            mean, half = figure(thing, "mean"), figure(thing, "confidence95")
            if math.isnan(mean) or math.isnan(half):
                return figure(thing, "q1"), figure(thing, "q3")
            return mean - half, mean + half
        return lower, math.inf if math.isnan(upper) else upper

    def judge(self, a, b, _alpha, tolerance):
        (low, high), (low_b, high_b) = self.read(a), self.read(b)
        if any(math.isnan(v) or v < 0 for v in (low, high, low_b, high_b)):
            return {"verdict": NOT, "why": "it has no bounds"}
        noise = 100 * max(self.width(low, high), self.width(low_b, high_b))
        if low > 0 and (low_b == 0 or high_b < low and low_b < low * (1 - tolerance / 2)):
            return self.result(low, low_b, noise, WORSE)
        if low_b > 0 and (low == 0 or high < low_b and low_b > low * (1 + tolerance / 2)):
            return self.result(low, low_b, noise, BETTER)
        if low > 0 and noise > 100 * tolerance:
            return self.result(low, low_b, noise, why="the interval is wider than the tolerance; give a finer --resolution")
        if low > 0 and low_b < low * (1 - tolerance / 2) and math.isinf(high_b):
            return self.result(low, low_b, noise, why="the sender of B could do less, and B stood all of it")
        return self.result(low, low_b, noise, SAME)

    @staticmethod
    def width(low, high):
        return (high - low) / 2 / high if math.isfinite(high) and high > 0 and low > 0 else 0


class Count(Quantity):
    """Frames of those that were sent: more than chance gives, if both had the share of both together."""

    def __init__(self, name):
        super().__init__(name, False, False)

    def judge(self, a, b, alpha, _tolerance):
        k, n, k_b, n_b = figure(a, self.name), figure(a, "sent"), figure(b, self.name), figure(b, "sent")
        if not all(v >= 0 for v in (k, n, k_b, n_b)) or min(n, n_b) == 0:
            return {"verdict": NOT, "why": "not all of it are numbers of frames"}
        share, both = n_b / (n + n_b), k + k_b
        mean, error = both * share, math.sqrt(both * share * (1 - share))
        if both < 1e6:
            below = self.at_most(int(both), share, int(k_b))
            above = 1 - self.at_most(int(both), share, int(k_b) - 1)
        else:
            below, above = normal((k_b - mean) / error), normal((mean - k_b) / error)
        # None before: any is an increase beyond its interval.
        verdict = WORSE if above < alpha / 2 or (k == 0 < k_b) else BETTER if below < alpha / 2 else SAME
        return self.result(k / n, k_b / n_b, 100 * error / mean if mean else 0, verdict)

    @staticmethod
    def at_most(n, p, k):
        """Binomial distribution, from its largest term outwards within the doubles."""
        if k < 0 or n == 0:
            return 0.0 if k < 0 else 1.0
        mean, error = n * p, math.sqrt(n * p * (1 - p))
        if abs(k - mean) > 12 * error + 40:
            return 0.0 if k < mean else 1.0
        low = max(0, int(mean - 12 * error - 40))
        log = math.lgamma(n + 1)
        return min(1.0, sum(math.exp(log - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * math.log(p) +
                                     (n - i) * math.log1p(-p)) for i in range(low, k + 1)))


class Single(Quantity):
    """One number without a spread, exact, or changed only by a factor."""

    def __init__(self, name, path, factor, local):
        super().__init__(name, False, local)
        self.path, self.factor = path, factor

    def read(self, row):
        return figure(field(row, self.path[0]) if len(self.path) > 1 else row, self.path[-1])

    def judge(self, a, b, _alpha, tolerance):
        was, now = self.read(a), self.read(b)
        if not (was > 0 and now > 0):
            return {"verdict": NOT, "why": "not all of it are numbers above 0"}
        most = self.factor or 1 + tolerance
        return self.result(was, now, 0, WORSE if now > was * most else BETTER if now < was / most else SAME)


class Loss(Single):
    """A point of the curve of loss: more than both intervals explain."""

    def __init__(self, percent):
        super().__init__(f"loss at {percent:g} %", ("loss",), None, True)
        self.percent = percent

    def point(self, row):
        return next((p for p in list_of(row, "loss") if figure(p, "percent") == self.percent), None)

    def judge(self, a, b, _alpha, _tolerance):
        was, now = self.point(a), self.point(b)
        x, y = figure(was, "loss_ratio"), figure(now, "loss_ratio")
        if not (x >= 0 and y >= 0):
            return {"verdict": NOT, "why": "no such point in both"}
        if not abs(figure(now, "pps") / (figure(was, "pps") or 1) - 1) < 0.02:
            return {"verdict": NOT, "why": "at another rate"}
        noise = figure(was, "confidence95") + figure(now, "confidence95")
        noise = 0 if math.isnan(noise) else noise
        return self.result(x, y, 100 * noise, WORSE if y > x + noise + 1e-9 else BETTER if y < x - noise - 1e-9 else SAME)


def quantities(row):
    """What a row has measured."""
    for name, key, keys, more, local, unless in SPREADS:
        if (unless is None or unless not in row) and (key or keys[0]) in row:
            yield key or keys[0], Spread(name, key, keys, more, local)
    for name, key in INTERVALS:
        if key in row:
            yield key, Interval(name, key)
    if "received" in row or "lost" in row:
        for key in COUNTS:
            if key in row:
                yield key, Count(key)
    if "received" in row and isinstance(field(row, "latency_us"), dict):
        for name, key in PERCENTILES:
            if key in row["latency_us"]:
                yield "latency_us", Single(name, ("latency_us", key), SINGLE, True)
    for point in list_of(row, "loss"):
        if not math.isnan(figure(point, "percent")):
            yield "loss", Loss(figure(point, "percent"))
    if "memory_bytes" in row:
        yield "memory_bytes", Single("bytes", ("memory_bytes",), None, False)


def differ(a, b, fields):
    for key, why in fields:
        if (key in a) != (key in b) or not equal(field(a, key), field(b, key)):
            return why
    return None


def not_held(row):
    """Was less sent than asked for? Then the rest is of another rate."""
    return figure(row, "sent_pps") < HELD * figure(row, "offered_pps")


def obstacle(old, new, a, b, key, quantity):
    """What stands against a comparison; None: nothing."""
    if b is None:
        return "no such row in the second report"
    if key not in b:
        return "no such figure in the second report"
    if field(old, "incomplete") is True or field(new, "incomplete") is True:
        return "incomplete: it was broken off"
    if a.get("disturbed") is True or b.get("disturbed") is True:
        return "disturbed: it had no good round"
    if text_of(a, "regime") != text_of(b, "regime"):
        return "one is near, the other far; see --regime"
    if text_of(a, "rival_name") != text_of(b, "rival_name"):
        return "beside different rivals"
    if quantity.local and text_of(old["environment"], "cpu") != text_of(new["environment"], "cpu"):
        return "different CPUs"
    why = differ(old, new, OF_REPORT) or differ(a, b, OF_ROW)
    return why or ("its rate was not held" if not_held(a) or not_held(b) else None)


def findings(old, new, tolerance):
    """One for each quantity of each row; the error that is allowed is shared among them."""
    rows = {row["name"]: row for row in new["rows"]}
    every = [(a, key, quantity) for a in old["rows"] for key, quantity in quantities(a)]
    alpha = ALPHA / max(len(every), 1)
    for a, key, quantity in every:
        b = rows.get(a["name"])
        why = obstacle(old, new, a, b, key, quantity)
        result = {"verdict": NOT, "why": why} if why else quantity.judge(a, b, alpha, tolerance / 100)
        yield {"name": a["name"], "figure": quantity.name} | result


def cell(row, key, decimals):
    value = row.get(key)
    if value is None or isinstance(value, str):
        return "-" if value is None else plain(value)
    return plain(f"{value:.3g}" if key in ("from", "to") and 0 < abs(value) < 0.1 else f"{value:.{decimals}f}")


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


def environment_changes(old, new):
    """What else has changed, and may be the reason."""
    for key in ENVIRONMENT:
        a, b = (report["environment"].get(key) for report in (old, new))
        if a is not None and b is not None and not equal(a, b):
            yield "{} was {}, is {}".format(key, *(json.dumps(v, ensure_ascii=False) for v in (a, b)))


def main():
    tolerance, output, names = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    old, new = (load("diff", name) for name in names)
    if old["command"] != new["command"]:
        refuse("diff", f"{names[0]} is of '{plain(old['command'])}', {names[1]} of '{plain(new['command'])}'; "
               "give two of one subcommand")
    for name in names:
        keep("diff", name, "--json", output)
    rows, warnings = list(findings(old, new, tolerance)), list(environment_changes(old, new))
    for warning in warnings:
        print("lwkt-bench: warning: " + plain(warning, 255), file=sys.stderr)
    counts = say(rows, sys.stderr if output == "-" else sys.stdout)
    report = {"schema": old["schema"], "command": "diff", "of": old["command"],
              "environment_from": old["environment"], "environment_to": new["environment"],
              "tolerance_percent": tolerance, "warnings": warnings, "rows": rows}
    if output:
        with open(1 if output == "-" else output, "w", encoding="utf-8") as file:
            file.write(json.dumps(six_digits(report), indent=2) + "\n")
    if counts[0]:
        return 1
    if not any(counts[:3]):
        print("lwkt-bench diff: no figure of {} can be compared with {}; measure both with the same options on the "
              "same machine".format(*names), file=sys.stderr)
    elif counts[3]:
        print(f"lwkt-bench diff: {counts[3]} of {len(rows)} figures cannot be judged; the lines above say why",
              file=sys.stderr)
    return 2 if counts[3] or not rows else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")
    sys.stderr.reconfigure(errors="replace")
    try:
        code = main()
    except OSError as error:
        where = f"'{error.filename}'" if error.filename not in (None, 1) else "to standard output"
        print(f"lwkt-bench diff: cannot write {where}: {error.strerror}", file=sys.stderr, flush=True)
        os._exit(1)  # what standard output still holds cannot be written, either
    sys.exit(code)
