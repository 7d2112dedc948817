#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""bench-page.py --output FILE -- REPORT...: reports of lwkt-bench as one page of HTML.

The inside of 'lwkt-bench report'. The page needs nothing but itself:
no script, no other file. It has pictures of what is there, and below all that stands in the reports.
Exit code 0; 1: the page cannot be written; 2: what is no report.
"""
import html
import math
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench_reports import field, keep, list_of, load, plain, refuse, text_of  # pylint: disable=wrong-import-position
from bench_reports import figure as number  # pylint: disable=wrong-import-position

# A picture's text has 13 of 460 units of its width: 10 pixels and more in a window of 400. Tables
# that are wider than the window scroll by themselves.
HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>lwkt-bench report</title>
<style>
:root{--bg:#fff;--fg:#1c1c1c;--dim:#5c5c5c;--grid:#e2e2e2;--card:#f6f6f6;--bad:#b3261e;--s0:#1f6fb4;--s1:#d95f02;--s2:#2e7d32;--s3:#7b3fa0;--s4:#b0126b;--s5:#00808a;--s6:#8a6a00;--s7:#555}
@media(prefers-color-scheme:dark){:root{--bg:#15171a;--fg:#e6e6e6;--dim:#a6a6a6;--grid:#34383d;--card:#1e2125;--bad:#ff8a80;--s0:#6ab0f3;--s1:#ff9d4d;--s2:#7fce83;--s3:#c79be8;--s4:#ff7fbf;--s5:#4fd0da;--s6:#e0be50;--s7:#bbb}}
body{margin:0 auto;padding:12px;max-width:1240px;background:var(--bg);color:var(--fg);font:15px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:22px}h2{font-size:18px;margin:1.6em 0 .4em}
.pictures{display:grid;gap:16px;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr))}
figure{margin:0;padding:6px 0;background:var(--card);border-radius:6px}
figcaption{font-weight:600;padding:4px 10px}
.chart{display:block;width:100%;max-width:600px;height:auto;margin:auto}
.chart text{font:13px system-ui,sans-serif;fill:var(--fg)}.chart .unit{fill:var(--dim)}
.grid{stroke:var(--grid)}.axis{stroke:var(--fg);fill:none}
path.limit{stroke:var(--bad);stroke-dasharray:2 4;stroke-width:1.5}.chart text.limit{fill:var(--bad)}
.line{fill:none;stroke:var(--c);stroke-width:2}.rival{stroke-dasharray:6 4}.dot{fill:var(--c)}.spread{stroke:var(--c);stroke-width:5;stroke-opacity:.35}
.c0{--c:var(--s0)}.c1{--c:var(--s1)}.c2{--c:var(--s2)}.c3{--c:var(--s3)}.c4{--c:var(--s4)}.c5{--c:var(--s5)}.c6{--c:var(--s6)}.c7{--c:var(--s7)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 16px;margin:0;padding:4px 10px 8px;font-size:13px}.legend svg{width:30px;height:12px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:13px;margin:4px 0 12px}th,td{padding:3px 8px;border-bottom:1px solid var(--grid);text-align:left;vertical-align:top}.rows td,.rows th{text-align:right;white-space:nowrap;overflow-wrap:normal}.rows td.long{white-space:normal;min-width:240px;text-align:left}.rows :first-child{text-align:left}.inner{margin:0;font-size:12px}th{color:var(--dim);font-weight:600}
.contents td,.contents th,.environment th,.options th{white-space:nowrap;overflow-wrap:normal}
.bad{color:var(--bad);font-weight:600}.note{color:var(--dim)}
</style>
</head>
<body>
<h1>lwkt-bench report</h1>
"""

# Reports

KINDS = ("msg", "thread", "lone", "spill", "fanin", "scale", "pipeline", "idle", "pktgen", "rfc2544", "compare")


class Input:
    """A report and its file."""

    def __init__(self, file):
        self.file = file
        self.report = load("report", file)
        self.command = self.report["command"]
        if self.command not in KINDS:
            refuse("report", f"{file}:1: a report of '{plain(self.command)}'; there are pages of {', '.join(KINDS)}")
        self.incomplete = self.report.get("incomplete") is True

    def label(self, inputs, text):
        """The text, and the file's name if other reports of this subcommand are there."""
        several = sum(other.command == self.command for other in inputs) > 1
        return text + (f" · {self.file}" if several else "") + (" (incomplete)" if self.incomplete else "")


def each_row(inputs, command):
    for source in inputs:
        if source.command == command:
            for row in source.report["rows"]:
                yield source, row


def divide(a, b):
    return a / b if b else math.nan


# HTML


def escape(text):
    """As text; HTML has no control characters."""
    plain = "".join(" " if c < " " or c == "\x7f" else c for c in text)
    return html.escape(plain, quote=True).replace("&#x27;", "&#39;")


def real(value):
    return f"{value:.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"


def fields_of(thing):
    median, low, high = (number(thing, key) for key in ("median", "q1", "q3"))
    if not any(map(math.isnan, (median, low, high))):  # median and quartiles are one figure
        return f"{real(median)} ({real(low)} – {real(high)})"
    return ", ".join(f"{escape(key)} {shown(value)}" for key, value in thing.items())


def shown(value):
    """Any value in the words of a cell."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return real(value)
    if isinstance(value, list):
        return "".join((("; " if isinstance(v, dict) else ", ") if i else "") + shown(v) for i, v in enumerate(value))
    return fields_of(value) if isinstance(value, dict) else "–"


def is_rows(value):
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def cell(row, key):
    value, what = field(row, key), field(row, "what") if key == "name" else None
    long = isinstance(value, list) or (isinstance(value, dict) and "median" not in value)
    if isinstance(what, str):
        begin = f'<td title="{escape(what)}">'
    else:
        begin = '<td class="long">' if long and not is_rows(value) else "<td>"
    inner = table(value, "inner") if is_rows(value) else "" if value is None and key not in row else shown(value)
    return f"{begin}{inner}</td>"


def table(rows, kind):
    """Rows may have rows in their fields; "what" is said by the name."""
    rows = [row if isinstance(row, dict) else {} for row in rows]
    keys = list(dict.fromkeys(key for row in rows for key in row if key != "what"))
    lines = [f'<table class="{kind}">\n<tr>' + "".join(f"<th>{escape(key)}</th>" for key in keys) + "</tr>\n"]
    lines += ["<tr>" + "".join(cell(row, key) for key in keys) + "</tr>\n" for row in rows]
    return "".join(lines) + "</table>\n"


def pair(key, value):
    return f"<tr><th>{escape(key)}</th><td>{shown(value)}</td></tr>\n"


def section(source, place):
    report = source.report
    out = [f'<section id="report-{place}">\n<h2>{shown(source.command)} · {escape(source.file)}</h2>\n']
    if source.incomplete:
        out.append('<p class="bad incomplete">Incomplete: it was broken off; these are the figures until then.</p>\n')
    warnings = field(report, "warnings")
    if isinstance(warnings, list) and warnings:
        out.append("<ul>\n" + "".join(f'<li class="bad">{shown(w)}</li>\n' for w in warnings) + "</ul>\n")
    if not report["rows"]:
        out.append('<p class="bad">No rows: nothing was measured.</p>\n')
    out.append('<div class="scroll">\n' + table(report["rows"], "rows") + "</div>\n")
    own = {key: value for key, value in report.items()
           if key not in ("schema", "command", "environment", "warnings", "rows", "incomplete")}
    if own:
        out.append('<h3>Measured with</h3>\n<table class="options">\n' +
                   "".join(pair(key, value) for key, value in own.items()) + "</table>\n")
    out.append('<h3>Environment</h3>\n<table class="environment">\n')
    for key, value in report["environment"].items():
        parts = value if is_rows(value) else [value]
        out += [pair("" if i else key, part) for i, part in enumerate(parts)]
    return "".join(out) + "</table>\n</section>\n"


# Pictures: a chart has series of points; what is no finite number, or too large or small for an axis, is left out

NINES = (("min", 0, "min"), ("p50", 0.7, "50"), ("p90", 1.4, "90"), ("p99", 2.4, "99"), ("p999", 3.4, "99.9"),
         ("p9999", 4.4, "99.99"), ("max", 5.4, "max"))  # each 9 more is one step
LINEAR, LOG2, LOG10, PERCENTILES = range(4)
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 336, 62, 18, 34, 56
LETTER, COLOURS, DOT = 7.6, 8, 3.8  # the width of a letter, about; a dot's radius
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
TICKS_MAX, STEPS, DECADES_MAX = 32, 5, 8


def short(value):
    """64, 14.9 k, 1.5 M"""
    for least, scale, prefix in ((1e12, 1e12, " T"), (1e9, 1e9, " G"), (1e6, 1e6, " M"), (1e4, 1e3, " k")):
        if value >= least * (1 - 1e-9):
            return f"{value / scale:.4g}{prefix}"
    return f"{value:.4g}"


def round_step(least):
    """1, 2 or 5 times a power of ten, at least so much."""
    power = 10.0 ** math.floor(math.log10(least))
    return next((step * power for step in (1, 2, 5) if step * power >= least * (1 - 1e-9)), 10 * power)


class Axis:
    """From low to high (exponents on a logarithmic one), with ticks."""

    def __init__(self, kind, values):
        self.kind, self.ticks = kind, []
        getattr(self, ("linear", "points", "decades", "nines")[kind])(sorted(values))
        self.ticks = self.ticks[:TICKS_MAX]

    def linear(self, values):
        most = max(values[-1], 0)
        step = round_step((most if most > 0 else 1) / STEPS)
        steps = math.ceil(most / step * (1 - 1e-9)) if most > 0 else STEPS
        self.low, self.high = 0, steps * step
        self.ticks = [i * step for i in range(steps + 1)]

    def points(self, values):
        """A tick for each place where there is a point."""
        self.low, self.high = math.log2(values[0]), math.log2(values[-1])
        if self.high - self.low < 1e-9:
            self.low, self.high = self.low - 1, self.high + 1
        for value in values:
            if not any(abs(tick - value) <= 1e-9 * abs(value) for tick in self.ticks):
                self.ticks.append(value)

    def decades(self, values):
        """Whole decades; within one or two of them also twice and five times."""
        low, high = math.floor(math.log10(values[0])), math.ceil(math.log10(values[-1]))
        high = max(high, low + 1)
        self.low, self.high = low, high
        for e in range(low, high + 1, (high - low + DECADES_MAX - 1) // DECADES_MAX):
            more = (1, 2, 5) if high - low <= 2 and e < high else (1,)
            self.ticks += [m * 10.0 ** e for m in more]

    def nines(self, _values):
        self.low, self.high, self.ticks = 0, NINES[-1][1], [nine[1] for nine in NINES]

    def place(self, value):
        at = math.log2(value) if self.kind == LOG2 else math.log10(value) if self.kind == LOG10 else value
        return min(max((at - self.low) / (self.high - self.low), 0), 1)

    def label(self, value):
        if self.kind != PERCENTILES:
            return short(value)
        return next(text for _, at, text in NINES if at >= value)


class Series:
    def __init__(self, name, rival):
        self.name, self.rival, self.points = name, rival, []


class Chart:
    def __init__(self, title, x_title, y_title, x=LINEAR, y=LINEAR):
        self.title, self.x_title, self.y_title, self.kinds = title, x_title, y_title, (x, y)
        self.limit, self.limit_text = 0, ""
        self.series = {}
        self.x = self.y = None

    @staticmethod
    def fits(kind, value):
        if not math.isfinite(value) or abs(value) > 1e300 or 0 < abs(value) < 1e-300:
            return False
        return value > 0 if kind in (LOG2, LOG10) else value >= 0

    def has(self, name, x):
        return name in self.series and any(point[0] == x for point in self.series[name].points)

    def point(self, name, rival, x, y, low=None, high=None):
        """Of two at one place the first counts."""
        series = self.series.setdefault(name, Series(name, rival))
        if not self.fits(self.kinds[0], x) or not self.fits(self.kinds[1], y) or self.has(name, x):
            return
        if low is None or not self.fits(self.kinds[1], low) or not self.fits(self.kinds[1], high):
            low = high = y
        series.points.append((x, y, low, high))
        series.points.sort()

    def at(self, point):
        return LEFT + PLOT_WIDTH * self.x.place(point[0]), TOP + PLOT_HEIGHT * (1 - self.y.place(point[1]))

    def height(self, y):
        return TOP + PLOT_HEIGHT * (1 - self.y.place(y))

    def draw(self):
        """The figure, or several if there are more series than colours; "" if there is no point."""
        series = [one for one in self.series.values() if one.points]
        if not series:
            return ""
        points = [point for one in series for point in one.points]
        self.x = Axis(self.kinds[0], [point[0] for point in points])
        self.y = Axis(self.kinds[1], [v for point in points for v in point[1:]] +
                      ([self.limit] if self.limit > 0 else []))
        return "".join(self.figure(series[i:i + COLOURS], i > 0) for i in range(0, len(series), COLOURS))

    def figure(self, series, more):
        title = self.title + (", continued" if more else "")
        out = [f'<figure>\n<figcaption>{title}</figcaption>\n<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" '
               f'role="img" aria-label="{title}">\n', self.axes()]
        out += [self.line(series, colour) for colour in range(len(series))]
        out += [self.dots(series, colour) for colour in range(len(series))]
        return "".join(out) + "</svg>\n" + self.legend(series) + "</figure>\n"

    def axes(self):
        out, used_to = [], 0  # the right end of the last label
        for tick in self.x.ticks:
            x, label = LEFT + PLOT_WIDTH * self.x.place(tick), self.x.label(tick)
            half = len(label) * LETTER / 2
            out.append(f'<path class="grid" d="M{x:.1f} {TOP}v{PLOT_HEIGHT}"/>')
            if x - half >= used_to:
                out.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 22}" text-anchor="middle">{label}</text>\n')
                used_to = x + half + 3
        for tick in self.y.ticks:
            y = self.height(tick)
            out.append(f'<path class="grid" d="M{LEFT} {y:.1f}h{PLOT_WIDTH}"/><text x="{LEFT - 6}" y="{y + 4.5:.1f}" '
                       f'text-anchor="end">{self.y.label(tick)}</text>\n')
        out.append(f'<path class="axis" d="M{LEFT} {TOP}v{PLOT_HEIGHT}h{PLOT_WIDTH}"/>\n'
                   f'<text class="unit" x="4" y="15">{self.y_title}</text>\n<text class="unit" '
                   f'x="{LEFT + PLOT_WIDTH // 2}" y="{HEIGHT - 10}" text-anchor="middle">{self.x_title}</text>\n')
        if self.limit > 0:
            y = self.height(self.limit)
            out.append(f'<path class="limit" d="M{LEFT} {y:.1f}h{PLOT_WIDTH}"/><text class="limit" x="{LEFT + 6}" '
                       f'y="{y + (15 if y < TOP + 24 else -6):.1f}">{self.limit_text}</text>\n')
        return "".join(out)

    # What lies over another has to let it be seen: a curve all over another is dashed, dots over dots are smaller.

    def has_dot(self, series, point):
        x, y = self.at(point)
        return any(abs(self.at(p)[0] - x) < 1 and abs(self.at(p)[1] - y) < 1 for p in series.points)

    def line(self, series, colour):
        one = series[colour]
        covered = sum(all(self.has_dot(one, point) for point in other.points) for other in series[:colour])
        style = f' style="stroke-dasharray:6 {6 * covered}"' if covered else ""
        points = " ".join("{:.1f},{:.1f}".format(*self.at(point)) for point in one.points)
        return f'<polyline class="line c{colour}{" rival" * one.rival}"{style} points="{points}"/>\n'

    def dots(self, series, colour):
        one, out = series[colour], []
        for point in one.points:
            covered = sum(self.has_dot(other, point) for other in series[:colour])
            x, y = self.at(point)
            if point[3] > point[2]:
                out.append(f'<path class="spread c{colour}" d="M{x:.1f} {self.height(point[2]):.1f}'
                           f'V{self.height(point[3]):.1f}"/>')
            out.append(mark(one, colour, x, y, max(DOT - 1.2 * covered, 1)) +
                       f"<title>{escape(one.name)}, {self.x.label(point[0])}: {point[1]:.6g}</title>" +
                       ("</rect>\n" if one.rival else "</circle>\n"))
        return "".join(out)

    @staticmethod
    def legend(series):
        out = ['<ul class="legend">\n']
        for colour, one in enumerate(series):
            out.append(f'<li><svg viewBox="0 0 30 12" aria-hidden="true"><path class="line c{colour}'
                       f'{" rival" * one.rival}" d="M0 6h30"/>{mark(one, colour, 15, 6, DOT)}'
                       f'{"</rect>" if one.rival else "</circle>"}</svg> {escape(one.name)}</li>\n')
        return "".join(out) + "</ul>\n"


def mark(series, colour, x, y, r):
    if series.rival:
        return (f'<rect class="dot c{colour}" x="{x - r:.1f}" y="{y - r:.1f}" width="{2 * r:.1f}" '
                f'height="{2 * r:.1f}">')
    return f'<circle class="dot c{colour}" cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}">'


# Pictures of traffic: pktgen, rfc2544, compare


def mean_size(report, row):
    """Bytes of a frame, the mean of several sizes."""
    sizes = field(report, "sizes")
    if isinstance(sizes, list) and len(sizes) == 1:
        return number({"size": sizes[0]}, "size")
    return divide(number(row, "sent_bytes"), number(row, "sent"))


def rate_point(chart, name, rival, size, rate):
    if isinstance(rate, dict):
        chart.point(name, rival, size, *(number(rate, key) for key in ("median", "q1", "q3")))


def throughput(inputs):
    chart = Chart("Throughput against frame size", "bytes of a frame, with FCS", "frames a second, each way", LOG2)
    for source, row in each_row(inputs, "pktgen"):
        received = field(row, "received_pps") is not None
        pps, size = number(row, "received_pps" if received else "sent_pps"), mean_size(source.report, row)
        text = f"pktgen {text_of(row, 'name')} {'received' if received else 'sent'}"
        # Runs of several sizes make one line, unless two of a size are there: then the file is named.
        name = source.label([], text)
        chart.point(source.label(inputs, text) if chart.has(name, size) else name, False, size, pps, pps, pps)
    for source, row in each_row(inputs, "rfc2544"):
        size, loss = number(row, "size"), number(row, "pdr_loss")
        rate_point(chart, source.label(inputs, "rfc2544, no loss"), False, size, field(row, "ndr_pps"))
        lost = f"rfc2544, {100 * (0 if math.isnan(loss) else loss):.4g} % lost"
        rate_point(chart, source.label(inputs, lost), False, size, field(row, "pdr_pps"))
    for source, row in each_row(inputs, "compare"):
        for side in ("ours", "rival") if field(row, "ratio") is not None else ():
            # Without a ratio, since CPUs were shared, a picture of both would be a claim just as well.
            rate_point(chart, source.label(inputs, text_of(row, side + "_name")), side == "rival",
                       number(row, "size"), field(row, side + "_pps"))
    return chart


def left_out(inputs):
    """Why rows of compare are in no picture."""
    out = []
    for _, row in each_row(inputs, "compare"):
        if field(row, "ratio") is None:
            why = text_of(row, "no_ratio")
            out.append(f'<p class="note">Not in the picture: compare, {escape(text_of(row, "name"))}'
                       f'{": " if why else ""}{escape(why)}</p>\n')
    return "".join(out)


def loss(inputs):
    chart = Chart("Frame loss", "rate, % of the highest that was tried", "% of the frames lost")
    for source, row in each_row(inputs, "rfc2544"):
        name = source.label(inputs, f"{number(row, 'size'):.6g} bytes")
        for trial in list_of(row, "loss"):
            chart.point(name, False, number(trial, "percent"), 100 * number(trial, "loss_ratio"))
    return chart


def percentiles(chart, name, latency):
    for key, x, _ in NINES:
        if not math.isnan(number(latency, key)):
            chart.point(name, False, x, number(latency, key))


def latency_of_frames(inputs):
    chart = Chart("Latency of frames", "percentile of the frames", "µs from making to receipt", PERCENTILES, LOG10)
    for source, row in each_row(inputs, "pktgen"):
        text = (f"{text_of(row, 'name')}, {mean_size(source.report, row):.0f} bytes, "
                f"{short(number(row, 'sent_pps'))} frames/s")
        percentiles(chart, source.label(inputs, text), field(row, "latency_us"))
    for source, row in each_row(inputs, "rfc2544"):
        last = (list_of(row, "latency") or [None])[-1]  # at the highest of the rates
        text = f"{number(row, 'size'):.6g} bytes at {number(last, 'percent'):.4g} % of no loss"
        percentiles(chart, source.label(inputs, text), field(last, "latency_us"))
    return chart


# Pictures of messages: msg, lone


def ns_of_cycle(row):
    """A row has its first figure in both."""
    return divide(number(row, "ours_ns"), number(field(row, "ours"), "median"))


def bursts(inputs):
    chart = Chart("Messages to another CPU against burst size", "messages a send", "million messages a second", LOG2)
    for source, row in each_row(inputs, "msg"):
        if not text_of(row, "name").startswith("oneway"):
            continue
        # Ours is the same beside each rival: of several at one burst the first is shown.
        for side, name in (("ours", "LWKT"), ("rival", text_of(row, "rival_name"))):
            cycles = field(row, side)
            if cycles is not None:
                rates = (divide(1000, ns_of_cycle(row) * number(cycles, key)) for key in ("median", "q3", "q1"))
                chart.point(source.label(inputs, name), side == "rival", number(row, "burst"), *rates)
    return chart


def round_trips(inputs):
    chart = Chart("Latency of a request with its reply", "percentile of the requests", "µs there and back",
                  PERCENTILES, LOG10)

    def trip(source, test, row, side, percentile, us):
        whose = "LWKT" if side == "ours" else text_of(row, "rival_name") or "rte_ring"
        for key, x, _ in NINES:
            if key == percentile and not math.isnan(us):
                chart.point(source.label(inputs, f"{whose}, {test}"), side == "rival", x, us)
    for source, row in each_row(inputs, "msg"):  # rows roundtrip, roundtrip-p99 ..., each with a figure
        for test in ("roundtrip", "domsg"):
            if text_of(row, "name").startswith(test):
                rest = text_of(row, "name")[len(test):]
                for side in ("ours", "rival"):
                    trip(source, test, row, side, rest[1:] if rest.startswith("-") else "p50",
                         ns_of_cycle(row) * number(field(row, side), "median") / 1000)
    for source, row in each_row(inputs, "lone"):  # rows lone, lone-next, each with all percentiles
        for side in ("ours", "rival"):
            for key, _, _ in NINES:
                trip(source, text_of(row, "name"), row, side, key, ns_of_cycle(row) / 1000 *
                     number(field(row, side), "median" if key == "p50" else key))
    return chart


# Pictures of growth with the number of CPUs: scale


def put_limit(chart, row, what, text):
    limits = field(row, "limits")
    for one in limits if isinstance(limits, list) else []:
        most = number(one, "limit")
        if text_of(one, "what") == what and most > 0 and chart.fits(LOG10, most):
            chart.limit, chart.limit_text = most, text


def growth(inputs):
    chart = Chart("A poll, with the number of CPUs", "CPUs", "ns a poll", LOG2, LOG10)
    for source, row in each_row(inputs, "scale"):
        for key, text in (("idle_poll", "finds nothing"), ("find", "finds a sender")):
            cycles, ns = field(row, key), number(row, key + "_ns")
            scale = divide(ns, number(cycles, "median"))
            chart.point(source.label(inputs, text), False, number(row, "cpus"), ns, scale * number(cycles, "q1"),
                        scale * number(cycles, "q3"))
        put_limit(chart, row, "idle poll", "limit of the first, at 128 CPUs")
    return chart


def memory(inputs):
    chart = Chart("Memory, with the number of CPUs", "CPUs", "MiB of all together", LOG2, LOG10)
    for source, row in each_row(inputs, "scale"):
        chart.point(source.label(inputs, "rings and ports"), False, number(row, "cpus"), number(row, "memory_mib"))
        put_limit(chart, row, "memory", "limit at 128 CPUs")
    return chart


# The page


def contents(inputs):
    out = ['<div class="scroll">\n<table class="contents">\n<tr><th>report</th><th>of</th><th>date</th>'
           "<th>revision</th></tr>\n"]
    for i, source in enumerate(inputs):
        env = source.report["environment"]
        broken = ' <span class="bad">incomplete</span>' if source.incomplete else ""
        cells = [f'<a href="#report-{i}">{escape(source.file)}</a>{broken}', shown(source.command)]
        cells += [shown(env[key]) if key in env else "" for key in ("date", "revision")]
        out.append("<tr>" + "".join(f"<td>{text}</td>" for text in cells) + "</tr>\n")
    return "".join(out) + "</table>\n</div>\n"


def page(inputs):
    cpus = [source.report["environment"].get("cpu") for source in inputs]
    out = [HEAD]
    if any(cpu != cpus[0] for cpu in cpus):
        out.append('<p class="bad">These reports are of different CPUs: only ratios can be compared between '
                   "them.</p>\n")
    out += [contents(inputs), '<div class="pictures">\n']
    out += [make(inputs).draw() for make in (throughput, loss, latency_of_frames, bursts, round_trips, growth, memory)]
    out += ["</div>\n", left_out(inputs)]
    out += [section(source, i) for i, source in enumerate(inputs)]
    return "".join(out) + "</body>\n</html>\n"


def main():
    output, files = sys.argv[2], sys.argv[4:]
    inputs = [Input(file) for file in files]
    for file in files:
        keep("report", file, "--output", output)
    text = page(inputs).encode("utf-8", errors="replace")
    try:
        with open(1 if output == "-" else output, "wb") as file:
            file.write(text)
    except OSError as error:
        print(f"lwkt-bench report: cannot write '{output}': {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.stderr.reconfigure(errors="replace")
    sys.exit(main())
