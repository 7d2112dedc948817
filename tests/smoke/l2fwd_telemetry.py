#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""l2fwd_telemetry.py SOCKET STAGES: ask a running pipeline of so many stages, and check it."""
import json
import socket
import sys
import time

PATH, STAGES = sys.argv[1], int(sys.argv[2])
LARGEST = 0


def connect():
    """EAL's socket, once it has said hello."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.connect(PATH)
    sock.recv(1 << 20)
    return sock


SOCK = connect()


def ask(command):
    global LARGEST
    SOCK.send(command.encode())
    reply = SOCK.recv(1 << 20)
    LARGEST = max(LARGEST, len(reply))
    (value,) = json.loads(reply).values()
    return value


def pages(command):
    """All entries of a list, in order."""
    entries, first = [], 0
    while True:
        page = ask(f"{command},{first}")
        here = {int(key): page[key] for key in page if key.isdigit()}
        assert sorted(here) == list(range(first, first + len(here))), (command, sorted(here))
        entries += [here[i] for i in sorted(here)]
        if "next" not in page:
            assert len(entries) == page["total"], (command, len(entries), page["total"])
            return entries
        assert page["next"] > first, command
        first = page["next"]


def check_while_it_runs():
    """Held is never less than it is, so nothing ends that has not begun."""
    before = ask("/lwkt/account")["0"]
    after = ask("/lwkt/account")["0"]
    for account in before, after:
        ends = sum(account[key] for key in ("transmitted", "consumed", "merged", "dropped", "held"))
        assert account["received"] == ends, account
    assert after["received"] >= before["received"], (before, after)


def await_end():
    for _ in range(600):
        account = ask("/lwkt/account")["0"]
        if account["received"] == 500000 and account["held"] == 0:
            return account
        time.sleep(0.1)
    raise AssertionError(f"it does not come to an end: {account}")


def check_at_end(account):
    listed = pages("/lwkt/stages")
    assert len(listed) == STAGES == account["stages"], listed
    stages = [ask(f"/lwkt/stage,{entry['name']}") for entry in listed]
    assert stages[3] == ask(f"/lwkt/stage,{account['pipeline']}/{listed[3]['name']}")
    for entry, stage in zip(listed, stages):
        assert all(stage[key] == entry[key] for key in entry), (entry, stage)
    assert sum(stage["received"] for stage in stages) == account["received"]
    assert sum(stage["transmitted"] for stage in stages) == account["transmitted"] == 500000
    assert sum(sum(stage["dropped"].values()) for stage in stages) == account["dropped"] == 0
    assert all(stage["in"] == 500000 for stage in stages[1:-2])
    assert sum(stage["in"] for stage in stages[-2:]) == 500000
    counting = [stage["counters"] for stage in stages if stage["kind"] == "counter"]
    assert len(counting) == STAGES - 4 and all(counters["packets"] == 500000 for counters in counting), counting[0]

    wires = pages("/lwkt/wires")
    lcores = {entry["name"]: entry["lcore"] for entry in listed}
    crossing = [(stage["name"], to) for stage in stages for to in stage["outputs"]
                if lcores[stage["name"]] != lcores[to]]
    assert [(wire["from"], wire["to"]) for wire in wires] == crossing, wires
    assert all(wire["sent"] == wire["taken"] and wire["depth"] == 0 for wire in wires)
    assert all(wire["sent"] == 500000 and wire["high_time"] > 1600000000 for wire in wires if wire["to"] != "tx"), wires

    cpus = pages("/lwkt/cpus")
    assert [cpu["lcore"] for cpu in cpus] == [1, 2], cpus
    assert all(0 < cpu["busy_cycles"] <= cpu["total_cycles"] for cpu in cpus), cpus
    rings = {(ring["from"], ring["to"]): ring for ring in pages("/lwkt/rings")}
    assert rings[1, 2]["items"] > 0 and rings[2, 1]["items"] > 0, rings
    threads = pages("/lwkt/threads")
    assert [thread["lcore"] for thread in threads] == [0, 1, 2], threads
    assert all(thread["name"] and thread["stack_bytes"] == 0 for thread in threads), threads


def check_plan():
    """The plan's lines are whole, over pages too; the shares of a distributor are all buckets."""
    lines = {}
    for entry in pages("/lwkt/config"):
        lines[entry["line"]] = lines.get(entry["line"], "") + entry["text"]
    assert sorted(lines) == list(range(1, len(lines) + 1)), lines
    named = [line.split()[0] for line in lines.values() if " counter " in line]
    assert len(named) == STAGES - 4, lines
    shares = pages("/lwkt/balance")
    assert [(share["stage"], share["output"], share["lcore"]) for share in shares] == [("d", 0, 2), ("d", 1, 1)], shares
    assert sum(share["buckets"] for share in shares) == 256, shares
    assert sum(share["packets"] for share in shares) == 500000, shares


check_while_it_runs()
check_at_end(await_end())
check_plan()
for wrong in ("/lwkt/stage", "/lwkt/stage,nobody", "/lwkt/stages,x", "/lwkt/wires,1x"):
    assert ask(wrong) is None, wrong
assert pages("/lwkt/events") == [] or all(event["event"] for event in pages("/lwkt/events"))
assert ask("/lwkt/stages,100000") == {"total": STAGES}
assert LARGEST < 16384, LARGEST
print(f"ok: replies of at most {LARGEST} bytes")
