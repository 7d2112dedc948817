#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Reports to draw, with known figures, and what the page that lwkt-bench makes of them must have.

bench_report.py make DIR         write reports into DIR
bench_report.py check PAGE       the page of all of them; exit 1 with a line for what is wrong
"""
import html.parser
import json
import math
import os
import sys

EVIL = "<script>alert(1)</script>&\"'"


def summary(median):
    return {"median": median, "q1": median * 0.9, "q3": median * 1.1, "min": median / 2, "max": median * 2}


def latency(scale):
    return dict(zip(("min", "p50", "p90", "p99", "p999", "p9999", "max"),
                    (scale, 2 * scale, 3 * scale, 5 * scale, 10 * scale, 50 * scale, 100 * scale)),
                mean=2.5 * scale)


def msg(test, burst, rival, ours, theirs):
    return {"name": f"{test}-{burst}", "what": EVIL, "burst": burst, "rival_name": rival, "unit": "cycles",
            "ours": summary(ours), "ours_ns": ours / 2, "rival": summary(theirs), "ratio": theirs / ours,
            "ratio_q1": 0.9, "ratio_q3": 1.1}


LOSS_FROM = {64: 30, 512: 70, 1518: 70}  # per cent of the highest rate: two curves, one over the other


def rfc2544(size):
    pps = 1e9 / (8 * (size + 20))
    stands = LOSS_FROM[size]
    return {"name": str(size), "what": "x", "size": size, "high_pps": pps, "ndr_pps": summary(pps / 2),
            "pdr_pps": summary(pps * 0.6), "pdr_loss": 0.001,
            "latency": [{"percent": 100, "pps": pps / 2, "latency_us": latency(size / 10)}],
            "loss": [{"percent": p, "pps": pps * p / 100, "loss_ratio": max(0, p - stands) / 100}
                     for p in range(100, 0, -10)]}


def compare(size, ratio):
    row = {"name": f"{size}-rtc-io", "what": "x", "size": size, "ours_name": "lwkt-l2fwd rtc",
           "rival_name": "testpmd io", "ours_pps": summary(3e6), "rival_pps": summary(4e6)}
    row.update({"ratio": 0.75} if ratio else {"no_ratio": "generator and device share CPU 1"})
    return row


def scale(cpus):
    row = {"name": f"scale-{cpus}", "what": "x", "cpus": cpus, "memory_mib": cpus / 4, "unit": "cycles",
           "memory_bytes": cpus << 18, "idle_poll": summary(cpus), "idle_poll_ns": cpus / 2.0,
           "find": summary(10 * cpus), "find_ns": 5.0 * cpus}
    if cpus == 128:
        row["limits"] = [{"what": "memory", "unit": "MiB", "value": 32, "limit": 64, "holds": True},
                         {"what": "idle poll", "unit": "ns", "value": 64, "limit": 100, "holds": True}]
    return row


def pktgen(size, pps):
    return {"sizes": [size], "flows": 1, "incomplete": False, "rows": [
        {"name": "0>1", "what": "x", "sent": 1000, "sent_bytes": 1000 * size, "sent_pps": pps,
         "received": 1000, "received_pps": pps, "lost": 0, "latency_us": latency(size / 20)}]}


REPORTS = {
    "msg": [msg("oneway", b, "rte_ring", 40 / b + 10, 50 / b + 10) for b in (1, 8, 32, 64)] +
           [msg("oneway-mpsc", b, "rte_ring MPSC", 40 / b + 10, 90 / b + 10) for b in (1, 8, 32, 64)] +
           [msg("roundtrip" + p, 1, "rte_ring", c, c + 100) | {"name": "roundtrip" + p}
            for p, c in (("", 600), ("-p99", 700), ("-p999", 900))],
    "scale": [scale(n) for n in (2, 8, 32, 128)],
    "rfc2544": {"incomplete": True, "rows": [rfc2544(s) for s in (64, 512, 1518)]},
    "compare": [compare(64, True), compare(1518, True), compare(512, False)],
    "fanin": [{"name": "fanin-count", "what": "x", "sources": 3, "received": [7, 8, 9]}],
}
PKTGEN = {"64": pktgen(64, 1e6), "1518": pktgen(1518, 8e4)}


def write(path, command, content):
    report = {"schema": "lwkt-bench/1", "command": command, "warnings": [EVIL] if command == "msg" else [],
              "environment": {"cpu": "Z80", "date": "2026-01-02T03:04:05Z", "revision": "0123456789ab+",
                              "flags": EVIL, "caches": [{"level": 1, "size_bytes": 32768}],
                              "pingpong": {"cycles": 200.0, "ns": 100.0, "cpus": [0, 1]}}}
    report.update(content if isinstance(content, dict) else {"rows": content})
    with open(path, "w", encoding="utf-8") as file:
        json.dump(report, file)


def make(directory):
    for command, content in REPORTS.items():
        write(os.path.join(directory, command + ".json"), command, content)
    for size, content in PKTGEN.items():
        write(os.path.join(directory, f"pktgen-{size}.json"), "pktgen", content)


VOID = ("meta", "br", "link", "img", "input", "hr")


class Page(html.parser.HTMLParser):
    """The elements as (tag, attributes, text in it), and what is wrong with their nesting."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.wrong = [], [], []
        self.feed(text)
        self.close()
        if self.open:
            self.wrong.append(f"never ended: {[e[0] for e in self.open]}")

    def handle_starttag(self, tag, attrs):
        element = [tag, dict(attrs), "", list(self.open)]
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.elements.append([tag, dict(attrs), "", list(self.open)])

    def handle_endtag(self, tag):
        if not self.open or self.open.pop()[0] != tag:
            self.wrong.append(f"</{tag}> where it does not belong")

    def handle_data(self, data):
        for element in self.open:
            element[2] += data

    def all(self, tag, inside=None):
        return [e for e in self.elements if e[0] == tag and (inside is None or any(o is inside for o in e[3]))]


def curves(page, title):
    """The lines of a picture: name to [(x, y)] of its plot; the legend names them in their order."""
    for figure in page.all("figure"):
        if page.all("figcaption", figure)[0][2] == title:
            names = [e[2].strip() for e in page.all("li", figure)]
            lines = [[tuple(map(float, xy.split(","))) for xy in e[1]["points"].split()]
                     for e in page.all("polyline", figure)]
            assert len(names) == len(lines), (title, names)
            return dict(zip(names, lines))
    raise AssertionError(f"no picture '{title}'")


def straight(points, values, logarithm=None):
    """Do the heights in the picture stand to each other as the values do? Less is higher."""
    f = logarithm or (lambda v: v)
    (y0, y1), (v0, v1) = (points[0][1], points[-1][1]), (f(values[0]), f(values[-1]))
    return len(points) == len(values) and y0 != y1 and all(
        abs((y - y0) / (y1 - y0) - (f(v) - v0) / (v1 - v0)) < 0.01
        for (_, y), v in zip(points, values))


def check_curves(page):
    bursts = curves(page, "Messages to another CPU against burst size")
    assert list(bursts) == ["LWKT", "rte_ring", "rte_ring MPSC"], list(bursts)
    assert straight(bursts["LWKT"], [2e3 / (40 / b + 10) for b in (1, 8, 32, 64)])
    assert straight(bursts["rte_ring MPSC"], [2e3 / (90 / b + 10) for b in (1, 8, 32, 64)])
    assert all(a[1] < b[1] for a, b in zip(bursts["LWKT"], bursts["rte_ring"])), "the faster one is above"
    throughput = curves(page, "Throughput against frame size")
    assert list(throughput) == ["pktgen 0>1 received", "rfc2544, no loss (incomplete)",
                                "rfc2544, 0.1 % lost (incomplete)", "lwkt-l2fwd rtc",
                                "testpmd io"], list(throughput)
    assert straight(throughput["rfc2544, no loss (incomplete)"],
                    [rfc2544(s)["ndr_pps"]["median"] for s in (64, 512, 1518)])
    assert len(throughput["pktgen 0>1 received"]) == 2, "two files, one line"
    assert len(throughput["testpmd io"]) == 2, "no rate where CPUs were shared"
    x = [p[0] for p in throughput["rfc2544, no loss (incomplete)"]]
    assert abs((x[1] - x[0]) / (x[2] - x[0]) - math.log(512 / 64) / math.log(1518 / 64)) < 0.01, x
    loss = curves(page, "Frame loss")
    assert len(loss) == 3 and straight(loss["64 bytes (incomplete)"], [max(0, p - 30) for p in range(10, 101, 10)])
    frames = curves(page, "Latency of frames")
    assert len(frames) == 5, list(frames)
    values = [latency(6.4)[p] for p in ("min", "p50", "p90", "p99", "p999", "p9999", "max")]
    assert straight(frames["64 bytes at 100 % of no loss (incomplete)"], values, math.log)
    trips = curves(page, "Latency of a request with its reply")
    assert straight(trips["LWKT, roundtrip"], [600, 700, 900], math.log)
    assert straight(trips["rte_ring, roundtrip"], [700, 800, 1000], math.log)
    polls = curves(page, "A poll, with the number of CPUs")
    assert straight(polls["finds nothing"], [2, 8, 32, 128], math.log)
    assert straight(polls["finds a sender"], [2, 8, 32, 128], math.log)
    memory = curves(page, "Memory, with the number of CPUs")
    assert straight(memory["rings and ports"], [2, 8, 32, 128], math.log)
    assert len([e for e in page.all("path") if e[1].get("class") == "limit"]) == 2


def check_self_contained(page, text):
    for tag, attributes, _, _ in page.elements:
        assert tag not in ("script", "link", "img", "iframe", "object", "embed", "base", "form"), tag
        for name, value in attributes.items():
            assert not name.startswith("on") and name not in ("src", "srcset", "data", "action"), name
            assert name != "href" or value.startswith("#"), value
    for word in ("http:", "https:", "url(", "@import", "<script", "javascript:"):
        assert word not in text.lower(), word


def check(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    page = Page(text)
    assert not page.wrong, page.wrong
    check_self_contained(page, text)
    check_curves(page)
    assert len(page.all("section")) == len(REPORTS) + len(PKTGEN)
    tables = [e[1].get("class") for e in page.all("table")]
    assert tables.count("environment") == tables.count("rows") == len(REPORTS) + len(PKTGEN), tables
    assert [e[2] for e in page.all("li") if e[1].get("class") == "bad"] == [EVIL]
    assert any(e[1].get("title") == EVIL for e in page.all("td")), "what a row is"
    assert sum(e[2] == EVIL for e in page.all("td")) == len(REPORTS) + len(PKTGEN), "flags"
    assert text.count("Incomplete: ") == 1 and [e[2] for e in page.all("span")] == ["incomplete"]
    assert "compare, 512-rtc-io: generator and device share CPU 1" in page.all("body")[0][2]
    rows = [e for e in page.all("table") if e[1].get("class") == "rows"]
    cells = sum(e[3][-1] is table for table in rows for e in page.all("tr", table)) - len(rows)
    assert cells == sum(len(c["rows"] if isinstance(c, dict) else c)
                        for c in [*REPORTS.values(), *PKTGEN.values()]), cells
    inner = [e for e in page.all("table") if e[1].get("class") == "inner"]
    assert [len(page.all("tr", table)) for table in inner] == [3] + [2, 11] * 3, "limits; latency, loss"
    assert "7, 8, 9" in [e[2] for e in page.all("td")]


def main(what, path):
    if what == "make":
        make(path)
        return 0
    try:
        check(path)
    except AssertionError as error:
        print(f"{path}: {error!r}", file=sys.stderr)
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
