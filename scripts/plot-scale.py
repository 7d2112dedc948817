#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""plot-scale.py JSON SVG: the curves of `lwkt-bench scale --json JSON` as a picture.

Two panels over the number of CPUs, all scales logarithmic: nanoseconds of an idle poll and of the
poll that finds a sender; bytes of memory. The limits at 128 CPUs are drawn in. Exit 0, 2 unreadable.
"""
import json
import math
import sys

WIDTH, HEIGHT = 420, 300  # of a panel's plot
LEFT, TOP, RIGHT, BOTTOM = 70, 50, 40, 60
STYLE = """  text { font: 13px sans-serif; fill: #222 }
  .title { font-weight: bold; font-size: 15px }
  .axis { stroke: #222; fill: none }
  .grid { stroke: #ddd; fill: none }
  .limit { stroke: #c33; stroke-dasharray: 6 4; fill: none }
"""
COLOURS = ("#1f6fb4", "#e07b00")


def decades(values):
    """The powers of ten around the values."""
    low = math.floor(math.log10(min(values)))
    high = math.ceil(math.log10(max(values)))
    return [10.0**e for e in range(low, max(high, low + 1) + 1)]


class Panel:
    """A plot with its axes at the given place."""

    def __init__(self, left, title, cpus, values, unit):
        self.left = left
        self.cpus = cpus
        self.ticks = decades(values)
        self.out = [f'<text class="title" x="{left}" y="{TOP - 22}">{title}</text>']
        self.axes(unit)

    def x(self, cpus):
        low, high = math.log2(self.cpus[0]), math.log2(self.cpus[-1])
        share = (math.log2(cpus) - low) / (high - low) if high > low else 0.5
        return round(self.left + share * WIDTH, 1)

    def y(self, value):
        low, high = math.log10(self.ticks[0]), math.log10(self.ticks[-1])
        return round(TOP + HEIGHT * (1 - (math.log10(value) - low) / (high - low)), 1)

    def axes(self, unit):
        right, bottom = self.left + WIDTH, TOP + HEIGHT
        for tick in self.ticks:
            y = self.y(tick)
            self.out += [
                f'<path class="grid" d="M{self.left} {y}H{right}"/>',
                f'<text x="{self.left - 8}" y="{y + 4}" text-anchor="end">{tick:g}</text>',
            ]
        for n in self.cpus:
            self.out.append(
                f'<text x="{self.x(n)}" y="{bottom + 20}" text-anchor="middle">{n}</text>')
        self.out += [
            f'<path class="axis" d="M{self.left} {TOP}V{bottom}H{right}"/>',
            f'<text x="{self.left - 8}" y="{TOP - 8}" text-anchor="end">{unit}</text>',
            f'<text x="{right}" y="{bottom + 42}" text-anchor="end">CPUs</text>',
        ]

    def curve(self, values, colour, name):
        points = [(self.x(n), self.y(v)) for n, v in zip(self.cpus, values)]
        line = " ".join(f"{x},{y}" for x, y in points)
        self.out.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for (x, y), n, value in zip(points, self.cpus, values):
            self.out.append(f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}">'
                            f"<title>{n} CPUs: {value:.3g}</title></circle>")
        x, y = points[len(points) // 2]
        self.out.append(f'<text x="{x}" y="{y - 12}" text-anchor="middle">{name}</text>')

    def limit(self, value, text):
        y = self.y(value)
        self.out += [
            f'<path class="limit" d="M{self.left} {y}h{WIDTH}"/>',
            f'<text x="{self.left + 8}" y="{y + 16}">{text}</text>',
        ]


def picture(report):
    """The SVG text."""
    rows = sorted(report["rows"], key=lambda row: row["cpus"])
    cpus = [row["cpus"] for row in rows]
    idle, find, memory = ([row[key] for row in rows]
                          for key in ("idle_poll_ns", "find_ns", "memory_mib"))
    time = Panel(LEFT, "A poll", cpus, idle + find + [100], "ns")
    time.limit(100, "limit of an idle poll at 128 CPUs")
    time.curve(find, COLOURS[1], "finds a sender")
    time.curve(idle, COLOURS[0], "idle")
    space = Panel(LEFT + WIDTH + RIGHT + LEFT, "Memory of all CPUs together", cpus, memory + [64],
                  "MiB")
    space.limit(64, "limit at 128 CPUs")
    space.curve(memory, COLOURS[0], "")
    width, height = space.left + WIDTH + RIGHT, TOP + HEIGHT + BOTTOM
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">',
        f"<style>\n{STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
        *time.out, *space.out, "</svg>", ""
    ])


def main(source, target):
    try:
        with open(source, encoding="utf-8") as file:
            report = json.load(file)
        if report["command"] != "scale" or not report["rows"]:
            raise ValueError("not a report of lwkt-bench scale")
        text = picture(report)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"plot-scale.py: {source}: {error}", file=sys.stderr)
        return 2
    with open(target, "w", encoding="utf-8") as file:
        file.write(text)
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
