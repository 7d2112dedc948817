#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""l2fwd_stats.py STATS OUTPUT: what --stats-json wrote, against itself and what was printed.

Each line is an object with the fields of docs/reference/l2fwd-stats.md; counters never go back; the last
object is the whole run, and agrees with the account in OUTPUT. Prints the last object's ethdevs,
"ETHDEV RX_PACKETS RX_BYTES TX_PACKETS TX_BYTES" a line.
"""
import json
import re
import sys

TOP = {"schema": str, "time": float, "uptime": float, "interval": float, "final": bool,
       "account": dict, "ethdevs": list, "stages": list, "rings": list, "lcores": list, "events": dict}
ETHDEV = {"ethdev": int, "device": str, "rx_packets": int, "rx_bytes": int, "tx_packets": int,
          "tx_bytes": int, "imissed": int, "ierrors": int, "oerrors": int, "rx_nombuf": int,
          "rx_pps": float, "tx_pps": float, "rx_bps": float, "tx_bps": float, "rx_queues": list, "tx_queues": list}
STAGE = {"stage": str, "kind": str, "lcore": int, "received": int, "in": int, "out": int,
         "sent": int, "consumed": int, "merged": int, "held": int, "in_pps": float, "burst": float,
         "dropped": dict, "dropped_pps": dict, "counters": dict, "outputs": list, "cycles": dict}
CYCLES = {"cycles": int, "packets": int, "calls": int, "per_packet": float, "per_call": float,
          "burst": float, "bursts": list, "ages": dict}
AGES = {"packets": int, "p50": int, "p90": int, "p99": int, "p999": int, "highest": int, "highest_time": float}
RING = {"from": int, "to": int, "messages": int, "bursts": int, "size": int, "depth": int,
        "high": int, "full": int, "spilled": int, "spilled_high": int,
        "spilled_high_time": float}
LCORE = {"lcore": int, "busy": float, "rounds": int}
QUEUE = {"queue": int, "packets": int, "bytes": int, "pps": float, "bps": float}
OUTPUT = {"to": str, "sent": int, "taken": int, "depth": int, "high": int, "high_time": float,
          "vectors": bool}


def expect(holds, what):
    if not holds:
        sys.exit(what)


def shaped(row, fields, where):
    missing = fields.keys() - row.keys()
    expect(not missing, f"{where}: without {sorted(missing)}")
    extra = row.keys() - fields.keys() - {"errors", "bytes", "in_bps"}
    expect(not extra, f"{where}: {sorted(extra)}, which nobody knows")
    for name, kind in fields.items():
        expect(type(row[name]) is kind, f"{where}: {name} is {row[name]!r}")


def check_ethdev(row):
    shaped(row, ETHDEV, "ethdev")
    for way in ("rx", "tx"):
        queues = row[way + "_queues"]
        for queue in queues:
            shaped(queue, QUEUE, way + " queue")
        for unit in ("packets", "bytes"):
            # The driver adds its queues up; there are none where it does not count them.
            total = sum(queue[unit] for queue in queues)
            expect(not queues or total == row[f"{way}_{unit}"],
                   f"{way} queues have {total} {unit}, the ethdev {row[f'{way}_{unit}']}")


def check_stage(row, final):
    shaped(row, STAGE, "stage")
    expect(row["dropped"].keys() == row["dropped_pps"].keys(), f"reasons of {row['stage']}")
    if "bytes" in row:
        expect(row["in"] + row["received"] == 0 or row["bytes"] > 0, f"no bytes: {row['stage']}")
    shaped(row["cycles"], CYCLES, "cycles")
    shaped(row["cycles"]["ages"], AGES, "ages")
    expect(row["cycles"]["packets"] <= row["in"] + row["received"], f"timed packets: {row}")
    expect(sum(row["cycles"]["bursts"]) >= row["cycles"]["calls"], f"bursts of {row['stage']}")
    for output in row["outputs"]:
        shaped(output, OUTPUT, "output")
        expect(0 <= output["depth"] <= output["sent"], f"depth of {row['stage']}: {output}")
        expect(not final or output["depth"] == 0, f"{row['stage']} is not drained: {output}")
        expect(output["taken"] == 0 or output["high"] > 0, f"no high water: {output}")


def check(row):
    shaped(row, TOP, "object")
    expect(row["schema"] == "lwkt-l2fwd-stats/2", f"schema {row['schema']}")
    for ethdev in row["ethdevs"]:
        check_ethdev(ethdev)
    for stage in row["stages"]:
        check_stage(stage, row["final"])
    for ring in row["rings"]:
        shaped(ring, RING, "ring")
        expect(0 <= ring["depth"] <= ring["high"] <= ring["size"], f"depth of a ring: {ring}")
        expect(ring["bursts"] <= ring["messages"], f"bursts of a ring: {ring}")
        expect(not row["final"] or ring["depth"] + ring["spilled"] == 0, f"left in a ring: {ring}")
    for lcore in row["lcores"]:
        shaped(lcore, LCORE, "lcore")
        expect(0 <= lcore["busy"] <= 1, f"busy {lcore}")


def counters(row):
    ends = ("transmitted", "consumed", "merged", "dropped")
    yield from (row["account"][name] for name in ("received",) + ends)
    for ethdev in row["ethdevs"]:
        yield from (ethdev[name] for name in ("rx_packets", "rx_bytes", "tx_packets", "tx_bytes"))
    for stage in row["stages"]:
        yield from (stage[name] for name in ("received", "in", "out", "sent", "consumed", "merged"))
        yield from stage["dropped"].values()
        yield from (output["high"] for output in stage["outputs"])


def check_end(row, printed):
    account = row["account"]
    said = re.search(r"^account: received (\d+) = transmitted (\d+) \+ dropped (\d+)", printed, re.M)
    ours = tuple(account[name] for name in ("received", "transmitted", "dropped"))
    expect(said and tuple(map(int, said.groups())) == ours, f"the account: {said}, not {ours}")
    expect(account["held"] == 0, f"held {account['held']}")
    dropped = sum(sum(stage["dropped"].values()) for stage in row["stages"])
    expect(dropped == account["dropped"], f"dropped by reason: {dropped}, not {account['dropped']}")
    for ours, theirs in (("received", "rx_packets"), ("transmitted", "tx_packets")):
        device = sum(ethdev[theirs] for ethdev in row["ethdevs"])
        expect(device == account[ours], f"devices: {theirs} {device}, {ours} {account[ours]}")


def main(stats, output):
    with open(stats, encoding="utf-8") as f:
        rows = [json.loads(line) for line in f]
    expect(rows, "no object")
    for row in rows:
        check(row)
    expect([row["final"] for row in rows] == [False] * (len(rows) - 1) + [True], "finals")
    for before, after in zip(rows, rows[1:]):
        expect(before["uptime"] <= after["uptime"], "time goes back")
        expect(all(a <= b for a, b in zip(counters(before), counters(after))), "a counter goes back")
    with open(output, encoding="utf-8") as f:
        check_end(rows[-1], f.read())
    for row in rows[-1]["ethdevs"]:
        print(*(row[name] for name in ("ethdev", "rx_packets", "rx_bytes", "tx_packets", "tx_bytes")))


main(*sys.argv[1:])
