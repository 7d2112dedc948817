#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What l2fwd_soak.sh needs.

send INTERFACE SEED   random frames out of it, until SIGTERM; SIGUSR1: other flows
ask SOCKET            all that telemetry has, and the account
"""
import json
import os
import random
import signal
import socket
import struct
import sys
import time

FLOWS = 40


def frame(rng, flow):
    """IPv4 or IPv6, TCP or UDP or nonsense, tagged or not; a length that may lie."""
    source, target = flow
    payload = rng.randbytes(rng.randint(0, 1400))
    kind = rng.randrange(8)
    ethernet = rng.randbytes(6).replace(b"\xff", b"\x02") + b"\x02" + rng.randbytes(5)
    if kind == 0:
        return (ethernet + rng.randbytes(2) + payload)[:1514].ljust(14, b"\0")
    tag = struct.pack(">HH", 0x8100, rng.randrange(4096)) if kind == 1 else b""
    l4 = struct.pack(">HHHH", source & 0xffff, target & 0xffff, 8 + len(payload), 0) + payload
    length = 20 + len(l4) if kind != 2 else rng.randrange(65536)
    if kind == 3:
        ip = struct.pack(">IHBB", 6 << 28, len(l4), 17, 64) + source.to_bytes(16) + target.to_bytes(16)
        return (ethernet + tag + b"\x86\xdd" + ip + l4)[:1514]
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, length, 0, rng.choice((0, 0, 0, 0x2000)), 64,
                     rng.choice((6, 17, 17, 47, 132)), 0, source, target)
    return (ethernet + tag + b"\x08\x00" + ip + l4)[:1514]


def send(interface, seed):
    rng = random.Random(seed)
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    flows = []

    def renew(*_):
        flows[:] = [(rng.getrandbits(32), rng.getrandbits(32)) for _ in range(FLOWS)]

    def end(*_):
        os._exit(0)

    renew()
    signal.signal(signal.SIGUSR1, renew)
    signal.signal(signal.SIGTERM, end)
    sock.bind((interface, 0))
    print("ready", flush=True)
    while True:
        for _ in range(rng.randint(1, 64)):
            # A few flows have most of the frames, so that there is something to balance.
            try:
                sock.send(frame(rng, flows[min(int(rng.expovariate(0.3)), FLOWS - 1)]))
            except OSError:  # the link is down
                time.sleep(0.01)
        time.sleep(rng.random() / 200)


def ask(path):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.settimeout(10)
    sock.connect(path)
    sock.recv(1 << 20)
    for command in ("/lwkt/account", "/lwkt/stages", "/lwkt/wires", "/lwkt/cpus", "/lwkt/rings", "/lwkt/stage,flows"):
        sock.send(command.encode())
        (reply,) = json.loads(sock.recv(1 << 20)).values()
        assert reply, command
        if command == "/lwkt/account":
            account = reply["0"]
            assert account["received"] == sum(
                account[key] for key in ("transmitted", "consumed", "merged", "dropped", "held")), account


if sys.argv[1] == "send":
    send(sys.argv[2], int(sys.argv[3]))
else:
    ask(sys.argv[2])
